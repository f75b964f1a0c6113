//! What does a seed have in store?

use super::lies::Lie;
use crate::endure::chance::Chance;

/// Something that is done to the world, or in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A listing, or three, are published.
    Publish,
    /// So many that a log grows beyond a bundle.
    PublishMany,
    /// A listing is replaced.
    Revise,
    /// A listing is erased.
    Erase,
    /// A liar states a listing of somebody else.
    Claim,
    /// A node is asked to stop, or killed.
    Kill,
    /// A machine loses its power.
    CutPower,
    /// A node is started again.
    Start,
    /// One of the next steps of a disk fails.
    FailDisk,
    /// A disk is full, or has room again.
    FillDisk,
    /// A clock jumps.
    TurnClock,
    /// Messages of one machine to another vanish, or are refused.
    CutLine,
    /// A machine is cut off from all others.
    Isolate,
    /// The weather everywhere changes.
    Weather,
    /// All lines are good again.
    Mend,
    /// A machine takes questions and answers none, or answers again.
    Silence,
    /// Everybody sleeps for days or weeks.
    Leap,
    /// A disk is copied.
    Backup,
    /// A backup is put in place of a disk.
    Restore,
    /// A network suspends a member, or takes it in again.
    Suspend,
    /// A machine is gone for good.
    Bury,
    /// A liar changes its ways.
    Lie,
}

impl Deed {
    /// What happens in every run, with how often.
    const ALWAYS: [(Deed, u64); 4] = [
        (Deed::Publish, 12),
        (Deed::Revise, 8),
        (Deed::Erase, 6),
        (Deed::Start, 6),
    ];

    /// What happens in some runs, with how often.
    const SOMETIMES: [(Deed, u64); 17] = [
        (Deed::PublishMany, 1),
        (Deed::Kill, 5),
        (Deed::CutPower, 5),
        (Deed::FailDisk, 6),
        (Deed::FillDisk, 4),
        (Deed::TurnClock, 3),
        (Deed::CutLine, 8),
        (Deed::Isolate, 4),
        (Deed::Weather, 4),
        (Deed::Mend, 4),
        (Deed::Silence, 4),
        (Deed::Leap, 3),
        (Deed::Backup, 3),
        (Deed::Restore, 1),
        (Deed::Suspend, 3),
        (Deed::Bury, 1),
        (Deed::Mend, 2),
    ];

    /// What happens in runs with liars.
    const LYING: [(Deed, u64); 2] = [(Deed::Lie, 6), (Deed::Claim, 2)];
}

/// What one run is made of.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many nodes there are.
    pub nodes: usize,
    /// How many of them lie.
    pub liars: usize,
    /// Whether the first liar shows two faces.
    pub two_faced: bool,
    /// How many things happen.
    pub steps: usize,
    /// What happens how often.
    deeds: Vec<(Deed, u64)>,
}

impl Plan {
    /// The plan of a seed, with at most so many nodes.
    pub fn of(chance: &mut Chance, nodes_max: usize) -> Plan {
        let nodes = match chance.below(400) {
            0 => 61 + chance.below(140),
            1..6 => 21 + chance.below(40),
            6..40 => 9 + chance.below(12),
            _ => 3 + chance.below(6),
        };
        let nodes = (nodes as usize).min(nodes_max);
        let mut deeds = Deed::ALWAYS.to_vec();
        for deed in Deed::SOMETIMES {
            let rare = deed.0 == Deed::PublishMany && chance.below(8) != 0;
            if chance.below(2) == 0 && !rare {
                deeds.push(deed);
            }
        }
        let liars = match chance.below(2) {
            0 => 0,
            _ => chance.below(nodes as u64 / 3 + 1) as usize,
        };
        if liars > 0 {
            deeds.extend(Deed::LYING);
        }
        let steps = 20 + chance.below(50) as usize;
        Plan {
            nodes,
            liars,
            two_faced: liars > 0 && chance.below(3) == 0,
            steps: if nodes > 20 { 12 } else { steps },
            deeds,
        }
    }

    /// What happens next.
    pub fn next(&self, chance: &mut Chance) -> Deed {
        let total = self.deeds.iter().map(|(_, often)| often).sum();
        let mut place = chance.below(total);
        for (deed, often) in &self.deeds {
            if place < *often {
                return *deed;
            }
            place -= often;
        }
        Deed::Publish
    }

    /// The network that admits a node, none for the first: small worlds have one network, larger ones
    /// networks of networks.
    pub fn parent(&self, node: usize, chance: &mut Chance) -> Option<usize> {
        match node {
            0 => None,
            1..4 => Some(0),
            _ if chance.below(3) == 0 => Some(1 + chance.below(3) as usize),
            _ => Some(0),
        }
    }

    /// Whether a node follows the whole network, and not only what it is told to.
    pub fn follows_all(&self, node: usize, chance: &mut Chance) -> bool {
        match self.nodes {
            ..13 => chance.below(4) != 0,
            _ => node < 4,
        }
    }

    /// The ways of a liar.
    pub fn ways(chance: &mut Chance) -> Vec<Lie> {
        let count = 1 + chance.below(2);
        let one = |_| Lie::ALL[chance.below(Lie::ALL.len() as u64) as usize].0;
        (0..count).map(one).collect()
    }
}
