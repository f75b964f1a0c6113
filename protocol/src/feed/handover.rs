//! How does a listing come into other hands, and whose is it then?

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::handed::{Handed, Word};
use super::origin::{Nid, Origin};
use super::roster::{Rosters, check_url};
use crate::tlog::hash::sha256;
use crate::tlog::tree::Index;

/// The first line of every statement.
const HEADING: &str = "clearinghouse/transfer/v1";

/// The most statements of one log that a reader keeps: every listing of the largest centre, ten times.
pub const TRANSFERS_MAX: usize = 100_000;

/// What one entry of kind transfer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transfer {
    /// A node hands over the listing of the target, or without one all that it has.
    Give {
        /// To whom.
        to: Nid,
        /// Where that node is served.
        url: String,
        /// What binds the statement to the listing, where it is one; see [`commitment`].
        listing: Option<[u8; 32]>,
    },
    /// A node has taken over what stood in another log; the target is its own entry that states it now.
    Take {
        /// The log.
        from: Origin,
        /// The entry of that log.
        entry: Index,
    },
}

/// Why a text is not a statement of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it does not state a hand-over: {0}")]
pub struct TransferError(&'static str);

/// What binds a statement to a listing:
/// SHA-256("clearinghouse/transfer/v1" 0x00 ‖ salt ‖ the 16 bytes of its UUID).
pub fn commitment(salt: &[u8; 32], uuid: Uuid) -> [u8; 32] {
    sha256(&[b"clearinghouse/transfer/v1\0", salt, uuid.as_bytes()])
}

impl Transfer {
    /// The payload of its entry.
    pub fn write(&self) -> String {
        match self {
            Transfer::Give { to, url, listing } => {
                let listing = listing.map(|bound| format!("listing {}\n", STANDARD.encode(bound)));
                let listing = listing.unwrap_or_default();
                format!("{HEADING}\nto {to}\nurl {url}\n{listing}")
            }
            Transfer::Take { from, entry } => {
                format!("{HEADING}\nfrom {from}\nentry {}\n", entry.0)
            }
        }
    }

    /// Reads what `write` writes and nothing else, for an entry with or without a target.
    pub fn read(payload: &[u8], has_target: bool) -> Result<Transfer, TransferError> {
        let text = std::str::from_utf8(payload).map_err(|_| TransferError("it is not UTF-8"))?;
        let transfer = parse(text).ok_or(TransferError("its lines are not those of one"))?;
        if transfer.write() != text {
            return Err(TransferError("it is spelt in another way than it must be"));
        }
        let names_one = !matches!(&transfer, Transfer::Give { listing: None, .. });
        if names_one != has_target {
            return Err(TransferError("its target and its lines disagree"));
        }
        Ok(transfer)
    }
}

fn parse(text: &str) -> Option<Transfer> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    lines.next().filter(|line| *line == HEADING)?;
    let (verb, node) = lines.next()?.split_once(' ')?;
    match verb {
        "to" => {
            let url = check_url(lines.next()?.strip_prefix("url ")?)?.to_owned();
            let listing = match lines.next() {
                None => None,
                Some(line) => {
                    let bound = STANDARD.decode(line.strip_prefix("listing ")?).ok()?;
                    Some(bound.try_into().ok()?)
                }
            };
            let to = node.parse().ok()?;
            Some(Transfer::Give { to, url, listing })
        }
        "from" => {
            let entry = lines.next()?.strip_prefix("entry ")?.parse().ok()?;
            let entry = Some(entry).filter(|entry| *entry < 1 << 53).map(Index)?;
            let from = node.parse().ok()?;
            Some(Transfer::Take { from, entry })
        }
        _ => None,
    }
}

/// What a log hands over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The entry that states the listing; none: all that the node has.
    pub target: Option<Index>,
    /// To whom.
    pub to: Nid,
    /// Where that node is served.
    pub url: String,
    /// What binds the statement to the listing, where it is one.
    pub listing: Option<[u8; 32]>,
}

/// What a log has taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its own entry that stated the listing when it took it.
    pub target: Index,
    /// The log that stated it before.
    pub from: Origin,
    /// The entry of that log.
    pub entry: Index,
}

/// All that one log says of hand-overs: a fold over its entries of kind transfer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transfers {
    /// In the order of the log.
    pub given: Vec<Given>,
    /// In the order of the log.
    pub taken: Vec<Taken>,
}

impl Transfers {
    /// Takes one statement into account; false: there are [`TRANSFERS_MAX`] already.
    pub fn apply(&mut self, target: Option<Index>, transfer: Transfer) -> bool {
        if self.len() >= TRANSFERS_MAX {
            return false;
        }
        match (transfer, target) {
            (Transfer::Give { to, url, listing }, target) => self.given.push(Given {
                target,
                to,
                url,
                listing,
            }),
            (Transfer::Take { from, entry }, Some(target)) => self.taken.push(Taken {
                target,
                from,
                entry,
            }),
            (Transfer::Take { .. }, None) => unreachable!("it was read for an entry with a target"),
        }
        true
    }

    /// How many statements there are; they are never taken back.
    pub fn len(&self) -> usize {
        self.given.len() + self.taken.len()
    }

    /// Whether nothing was handed over or taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// To whom the listing of an entry was promised first.
    pub fn promised(&self, entry: Index) -> Option<&Given> {
        let names = |given: &&Given| given.target.is_none_or(|target| target == entry);
        self.given.iter().find(names)
    }
}

/// What all known logs together say of hand-overs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handovers {
    /// What each node hands over, in the order of its logs.
    given: BTreeMap<Nid, Vec<Given>>,
    /// Networks, members of theirs that have ended, and who takes their place.
    ended: BTreeSet<(Nid, Nid, Nid)>,
    /// Entries that were taken over, and the entries in other logs that did so.
    taken: BTreeMap<(Origin, Index), BTreeSet<(Origin, Index)>>,
}

/// By which statements somebody owns a listing; of two titles to one listing the greater one counts.
///
/// Where one goes on from the other, that is the longer one. Where they part, one node gave the listing
/// to two: then its first word counts, and its own before that of a network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Title(Vec<Reverse<Step>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// The statement of this number in the logs of the one who gave.
    Given(usize),
    /// The word of this network.
    Ended(Nid),
}

impl Handovers {
    /// What these logs say together, in whatever order they come.
    pub fn of<'a>(
        logs: impl IntoIterator<Item = (Origin, &'a Rosters, &'a Transfers)>,
    ) -> Handovers {
        let mut logs: Vec<(Origin, &Rosters, &Transfers)> = logs.into_iter().collect();
        logs.sort_by_key(|(origin, ..)| *origin);
        let mut all = Handovers::default();
        for (origin, _, transfers) in &logs {
            if !transfers.given.is_empty() {
                let given = all.given.entry(origin.nid).or_default();
                given.extend(transfers.given.iter().cloned());
            }
        }
        let joined: BTreeSet<(Nid, Nid)> = logs
            .iter()
            .flat_map(|(origin, rosters, _)| {
                let joined = rosters.joined.keys();
                joined.map(|network| (origin.nid, *network))
            })
            .collect();
        for (network, rosters, _) in &logs {
            for (nid, member) in &rosters.members {
                let successor = member.successor.filter(|successor| {
                    *successor == network.nid || rosters.members.contains_key(successor)
                });
                if let Some(successor) = successor.filter(|_| joined.contains(&(*nid, network.nid)))
                {
                    all.ended.insert((network.nid, *nid, successor));
                }
            }
        }
        for (origin, _, transfers) in &logs {
            for taken in &transfers.taken {
                if all.may_take(origin.nid, taken) {
                    let takers = all.taken.entry((taken.from, taken.entry)).or_default();
                    takers.insert((*origin, taken.target));
                }
            }
        }
        all
    }

    /// Whether nothing at all is handed over.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && self.ended.is_empty()
    }

    /// Every entry that was taken over.
    pub fn taken(&self) -> impl Iterator<Item = (Origin, Index)> + '_ {
        self.taken.keys().copied()
    }

    /// The entries of other logs by which an entry was taken over, each as it stood when it was.
    pub fn takers(
        &self,
        origin: Origin,
        entry: Index,
    ) -> impl Iterator<Item = (Origin, Index)> + '_ {
        let takers = self.taken.get(&(origin, entry));
        takers.into_iter().flatten().copied()
    }

    /// The network that says that `from` has ended and `to` takes its place; of several the one with the
    /// lowest identifier, because that one counts.
    pub fn ended_by(&self, from: Nid, to: Nid) -> Option<Nid> {
        let mut ended = self.ended.iter();
        let found = ended.find(|(_, gone, heir)| (*gone, *heir) == (from, to));
        found.map(|(network, ..)| *network)
    }

    /// By which statements `speaker` owns a listing that `owner` minted and that came to it in the steps
    /// `handed`; `None` when one of them is not in force.
    pub fn title(&self, owner: Nid, speaker: Nid, uuid: Uuid, handed: &[Handed]) -> Option<Title> {
        let mut has = owner;
        let mut steps = Vec::with_capacity(handed.len());
        for (place, step) in handed.iter().enumerate() {
            let next = handed.get(place + 1).map_or(speaker, |next| next.from);
            if step.from != has || next == has {
                return None;
            }
            steps.push(Reverse(self.step(step, next, uuid)?));
            has = next;
        }
        (has == speaker).then_some(Title(steps))
    }

    fn step(&self, step: &Handed, to: Nid, uuid: Uuid) -> Option<Step> {
        let bound = match step.by {
            Word::Network(network) => {
                let known = self.ended.contains(&(network, step.from, to));
                return known.then_some(Step::Ended(network));
            }
            Word::All => None,
            Word::One { salt } => Some(commitment(&salt, uuid)),
        };
        let given = self.given.get(&step.from)?;
        let found = |given: &Given| given.to == to && given.listing == bound;
        given.iter().position(found).map(Step::Given)
    }

    fn may_take(&self, taker: Nid, taken: &Taken) -> bool {
        let nid = taken.from.nid;
        let given = self.given.get(&nid).into_iter().flatten();
        let is_given = given.filter(|given| given.to == taker).any(|given| {
            let names = given.target.is_none_or(|target| target == taken.entry);
            names && nid != taker
        });
        let ended = |(_, from, to): &(Nid, Nid, Nid)| (*from, *to) == (nid, taker);
        is_given || self.ended.iter().any(ended)
    }
}

#[cfg(test)]
#[path = "handover_tests.rs"]
mod tests;
