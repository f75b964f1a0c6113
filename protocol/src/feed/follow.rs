//! What makes a reader believe a feed?

use std::collections::BTreeSet;
use std::sync::Arc;

pub use super::aside::SetAside;
use super::entry::{Entry, EntryError, Kind};
use super::epoch::{Course, EpochError, EpochNote};
use super::evidence::Joint;
use super::handover::{Transfer, Transfers};
use super::identity::Identity;
use super::living::{Living, TargetGone};
use super::origin::{Epoch, Origin};
use super::roster::{Rosters, Statement};
use crate::tlog::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::tlog::hash::Hash;
use crate::tlog::key::VerifierKey;
use crate::tlog::tree::{Frontier, Hashes, Index, Size};

/// Entries set aside that one step reports; a peer that sends a page of nonsense fills no memory.
const SET_ASIDE_MAX: usize = 1000;

/// What a reader knows of one log, all of it verified.
#[derive(Debug, Clone)]
pub struct Follower {
    origin: Origin,
    key: VerifierKey,
    frontier: Frontier,
    living: Living,
    rosters: Rosters,
    course: Course,
    /// Carries that are not believed.
    refused: Arc<BTreeSet<Index>>,
    transfers: Transfers,
}

/// A signed checkpoint that is larger than what we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer(Checkpoint);

impl Offer {
    /// How far the log has come.
    pub fn size(&self) -> Size {
        self.0.size
    }

    /// What it signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.0
    }
}

/// Why a reader does not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FollowError {
    /// Not a checkpoint that the log's key signed.
    #[error("{origin}: {source}")]
    NotSigned {
        /// The log.
        origin: Origin,
        /// What is wrong with the note.
        source: CheckpointError,
    },
    /// The log signed fewer entries than it had signed before: an old backup, or an old answer.
    #[error("{origin} offers {} entries after showing us {}", offered.0, known.0)]
    Shrunk {
        /// The log.
        origin: Origin,
        /// What we had verified.
        known: Size,
        /// What it offers now.
        offered: Size,
    },
    /// Two histories under one key.
    #[error("{origin} signed a history of {} entries that does not contain the {} we know", offered.0, known.0)]
    Forked {
        /// The log.
        origin: Origin,
        /// What we had verified.
        known: Size,
        /// What it offers now.
        offered: Size,
    },
    /// The entries that a peer served are not those that the log signed.
    #[error("the entries served for {origin} do not give the root that it signed at {} entries", offered.0)]
    Altered {
        /// The log.
        origin: Origin,
        /// The size of the checkpoint.
        offered: Size,
    },
    /// An entry says that it must be understood, and is not.
    #[error("{origin} cannot be followed beyond entry {}: {reason}", index.0)]
    Critical {
        /// The log.
        origin: Origin,
        /// The entry.
        index: Index,
        /// What is not known.
        reason: EntryError,
    },
}

/// What one step of following brought; only a reader that checked the root can make one.
#[derive(Debug, Clone)]
pub struct Verified {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// How many entries were known before.
    pub from: Size,
    /// Entries below `from` that are no longer in force.
    pub ended: Vec<Index>,
    /// Entries from `from` on that are in force.
    pub begun: Vec<Index>,
    /// Whether a membership or a hand-over was stated.
    pub rosters_changed: bool,
    /// The last identity note that was stated, by the hash of its text, and where.
    pub introduced: Option<(Index, Hash)>,
    /// Entries that change nothing, and why; at most a thousand of them.
    pub set_aside: Vec<(Index, SetAside)>,
}

impl Follower {
    /// A reader who knows nothing of the log yet but whose it is.
    pub fn new(identity: &Identity) -> Follower {
        Follower {
            origin: identity.origin,
            key: identity.log_key.clone(),
            frontier: Frontier::new(),
            living: Living::default(),
            rosters: Rosters::default(),
            transfers: Transfers::default(),
            course: Course::new(identity.origin),
            refused: Arc::default(),
        }
    }

    /// A reader who sets these carries aside: see [`check_carried`](super::epoch::check_carried).
    pub fn refusing(identity: &Identity, carries: BTreeSet<Index>) -> Follower {
        Follower {
            refused: Arc::new(carries),
            ..Follower::new(identity)
        }
    }

    /// The log.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// How many entries were verified.
    pub fn size(&self) -> Size {
        self.frontier.size()
    }

    /// The root over them.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The compact form of the tree, to go on writing from.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Which entries are in force.
    pub fn living(&self) -> &Living {
        &self.living
    }

    /// Where the log stands between its opening and its close.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// The epoch of the log that goes on after this one, once this one is closed.
    pub fn closed(&self) -> Option<Epoch> {
        self.course.closed()
    }

    /// From where a later log goes on.
    pub fn opened(&self) -> Option<&EpochNote> {
        self.course.opened()
    }

    /// Whether its opening is all there; a reader keeps to the older log until then.
    pub fn is_whole(&self) -> bool {
        match self.opened() {
            Some(note) => note.opening <= self.size(),
            None => self.origin.epoch == Epoch::FIRST,
        }
    }

    /// What the log says about membership.
    pub fn rosters(&self) -> &Rosters {
        &self.rosters
    }

    /// What the log says of hand-overs.
    pub fn transfers(&self) -> &Transfers {
        &self.transfers
    }

    /// Reads a checkpoint; `None` when it says what we know.
    pub fn consider(&self, note: &[u8]) -> Result<Option<Offer>, FollowError> {
        let origin = self.origin;
        let offered = SignedCheckpoint::open(note, &origin.to_string(), &self.key)
            .map_err(|source| FollowError::NotSigned { origin, source })?;
        let (known, size) = (self.size(), offered.size);
        if size < known {
            return Err(FollowError::Shrunk {
                origin,
                known,
                offered: size,
            });
        }
        if size > known {
            return Ok(Some(Offer(offered)));
        }
        if offered.root != self.root() {
            return Err(FollowError::Forked {
                origin,
                known,
                offered: size,
            });
        }
        Ok(None)
    }

    /// Begins to check the entries that lead to `offer`.
    pub fn begin(&self, offer: Offer) -> Trial<'_> {
        Trial {
            before: self,
            after: self.clone(),
            offer,
            statements: 0,
            introduced: None,
            set_aside: Vec::new(),
            critical: None,
        }
    }

    /// Tells a fork from a peer that serves altered entries, from the hashes of complete subtrees that
    /// the peer serves as tiles: how the signed tree begins if it forked, `None` for altered entries.
    ///
    /// The tiles prove themselves: only hashes that lead to the signed root are believed.
    pub fn judge(&self, offer: &Offer, hashes: &(impl Hashes + ?Sized)) -> Option<Joint> {
        let joint = Joint::of(self.size(), &offer.0, hashes);
        joint.filter(|joint| joint.prefix != self.root())
    }
}

/// A step that is not yet verified; dropping it changes nothing.
#[derive(Debug)]
pub struct Trial<'a> {
    before: &'a Follower,
    after: Follower,
    offer: Offer,
    statements: usize,
    introduced: Option<(Index, Hash)>,
    set_aside: Vec<(Index, SetAside)>,
    critical: Option<(Index, EntryError)>,
}

impl Trial<'_> {
    /// Takes the next entry of the log and returns its leaf.
    pub fn push(&mut self, bytes: &[u8]) -> Hash {
        let index = Index(self.after.size().0);
        let leaf = Hash::leaf(bytes);
        self.after.frontier.push(leaf);
        match Entry::decode(bytes) {
            Ok(entry) => self.apply(index, &entry),
            Err(reason @ EntryError::Critical { .. }) => self.stop(index, reason),
            Err(reason) => self.put_aside(index, SetAside::Entry(reason)),
        }
        leaf
    }

    /// Compares with the signed root; only then is anything of it true.
    pub fn finish(self) -> Result<(Follower, Verified), FollowError> {
        let (origin, checkpoint) = (self.before.origin, self.offer.0);
        if self.after.size() != checkpoint.size || self.after.root() != checkpoint.root {
            return Err(FollowError::Altered {
                origin,
                offered: checkpoint.size,
            });
        }
        if let Some((index, reason)) = self.critical {
            return Err(FollowError::Critical {
                origin,
                index,
                reason,
            });
        }
        let from = self.before.size();
        let ended = self.before.living.between(0, from.0);
        let verified = Verified {
            from,
            ended: ended
                .filter(|index| !self.after.living.contains(*index))
                .collect(),
            begun: self
                .after
                .living
                .between(from.0, checkpoint.size.0)
                .collect(),
            rosters_changed: self.statements > 0,
            introduced: self.introduced,
            set_aside: self.set_aside,
            checkpoint,
        };
        Ok((self.after, verified))
    }

    fn apply(&mut self, index: Index, entry: &Entry) {
        if let Err(reason) = self.after.course.apply(index, entry) {
            let aside = SetAside::Epoch(reason);
            return match reason {
                EpochError::Shape => self.put_aside_unread(index, entry, aside),
                _ => self.put_aside(index, aside),
            };
        }
        match entry.kind {
            Kind::Carry if self.after.refused.contains(&index) => {
                self.put_aside(index, SetAside::NotLiving);
            }
            Kind::Put | Kind::Erase | Kind::Carry => {
                if let Err(gone) = self.after.living.apply(index, entry) {
                    self.put_aside(index, SetAside::Target(gone));
                }
            }
            Kind::Roster => match Statement::read(&entry.payload) {
                Ok(statement) => {
                    self.after.rosters.apply(statement);
                    self.statements += 1;
                }
                Err(reason) => self.put_aside_unread(index, entry, SetAside::Roster(reason)),
            },
            Kind::Identity => match Identity::check_note(&entry.payload, self.after.origin.nid) {
                Ok(note) => self.introduced = Some((index, note)),
                Err(_) => self.put_aside_unread(index, entry, SetAside::Identity),
            },
            Kind::Epoch | Kind::Close => {}
            Kind::Transfer => self.hand_over(index, entry),
        }
    }

    fn hand_over(&mut self, index: Index, entry: &Entry) {
        let transfer = match Transfer::read(&entry.payload, entry.target.is_some()) {
            Ok(transfer) => transfer,
            Err(reason) => {
                return self.put_aside_unread(index, entry, SetAside::Transfer(reason));
            }
        };
        let gone = |target: &Index| !self.after.living.contains(*target);
        if let Some(target) = entry.target.filter(gone) {
            self.put_aside(index, SetAside::Target(TargetGone { target }));
        } else if self.after.transfers.apply(entry.target, transfer) {
            self.statements += 1;
        } else {
            self.put_aside(index, SetAside::TooMany);
        }
    }

    /// For what a later program may understand: a critical entry then stops us, as an unknown kind does.
    fn put_aside_unread(&mut self, index: Index, entry: &Entry, reason: SetAside) {
        if entry.critical {
            self.stop(index, entry.not_understood());
        } else {
            self.put_aside(index, reason);
        }
    }

    fn stop(&mut self, index: Index, reason: EntryError) {
        // Nothing is believed before the root is: a peer must not stop us with an entry that the log
        // never had. So it is kept for the end.
        self.critical.get_or_insert((index, reason));
    }

    fn put_aside(&mut self, index: Index, reason: SetAside) {
        if self.set_aside.len() < SET_ASIDE_MAX {
            self.set_aside.push((index, reason));
        }
    }
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
