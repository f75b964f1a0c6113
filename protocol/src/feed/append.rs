//! What must an author write?

use std::sync::Arc;

use super::body::{Minted, SALT_BYTES, commitment};
use super::entry::{BODY_MAX_BYTES, Day, Entry, Kind};
use super::epoch::{CloseNote, Course, EpochError, EpochNote};
use super::handed::Handed;
use super::handover::Transfer;
use super::living::{Living, TargetGone};
use super::origin::{Epoch, Origin};
use super::roster::Statement;
use crate::listing::Listing;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::hash::Hash;
use crate::tlog::key::SigningKey;
use crate::tlog::note::SignedNote;
use crate::tlog::tree::{Frontier, Index, Size};

/// What a centre wants to state in its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A listing's body, new or in place of the entry at `target`.
    Put {
        /// The entry that it replaces.
        target: Option<Index>,
        /// Chance that hides the body from those who only see the log.
        salt: [u8; SALT_BYTES],
        /// The exact bytes that are committed to and served.
        body: Vec<u8>,
    },
    /// The listing at `target` is taken back.
    Erase {
        /// The entry that ends.
        target: Index,
    },
    /// A membership.
    State(Statement),
    /// A hand-over, of the listing at `target` or of all.
    HandOver {
        /// The entry that is given, or that has taken over what stood elsewhere.
        target: Option<Index>,
        /// What is stated.
        transfer: Transfer,
    },
    /// The node's latest identity note alone, as one that was signed: a chain outgrows a payload.
    Introduce(Vec<u8>),
    /// A later log begins.
    Open(EpochNote),
    /// A living entry of the older log is repeated.
    Carry {
        /// Where it stood.
        target: Index,
        /// The entry itself.
        entry: Entry,
        /// Its salt and body, if they are here.
        body: Option<([u8; SALT_BYTES], Vec<u8>)>,
    },
    /// This log ends; the next one goes on.
    Close(Epoch),
}

/// Why a deed cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Its target was replaced or erased in the meantime, or never was.
    #[error("entry {} is no longer in force: the listing was changed in the meantime", .0.target.0)]
    TargetGone(TargetGone),
    /// The body is larger than any reader takes.
    #[error("the listing takes {0} bytes, at most {BODY_MAX_BYTES} are allowed")]
    TooLong(usize),
    /// It does not belong where the log stands: before its opening, or behind its close.
    #[error("this cannot be written where the log stands: {0}")]
    OutOfPlace(EpochError),
}

/// One entry as it goes to disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where it stands.
    pub index: Index,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its leaf.
    pub leaf: Hash,
    /// Its body and salt, if it has one.
    pub body: Option<([u8; SALT_BYTES], Vec<u8>)>,
    /// The entry whose body is to be dropped.
    pub ended: Option<Index>,
}

/// The one who writes a log: knows how far it has come and what is in force.
#[derive(Debug, Clone)]
pub struct Author {
    origin: Origin,
    key: Arc<SigningKey>,
    frontier: Frontier,
    living: Living,
    course: Course,
}

/// The exact bytes of a listing's body; the deed that puts it follows from them.
pub fn body_of(minted: &Minted, listing: &Listing) -> Result<Vec<u8>, AppendError> {
    body_of_handed(minted, &[], listing)
}

/// The same of a listing that came through other hands.
pub fn body_of_handed(
    minted: &Minted,
    handed: &[Handed],
    listing: &Listing,
) -> Result<Vec<u8>, AppendError> {
    let body = super::body::Body::write_handed(minted, handed, listing);
    if body.len() > BODY_MAX_BYTES {
        Err(AppendError::TooLong(body.len()))
    } else {
        Ok(body)
    }
}

impl Author {
    /// Goes on where a log stands that was neither opened by an entry nor closed by one: `frontier` and
    /// `living` are folds over all its entries.
    pub fn resume(origin: Origin, key: SigningKey, frontier: Frontier, living: Living) -> Author {
        Author::go_on(key, frontier, living, Course::new(origin), origin)
    }

    /// Goes on where a log stands: `frontier`, `living` and `course` are folds over all its entries.
    pub fn go_on(
        key: SigningKey,
        frontier: Frontier,
        living: Living,
        course: Course,
        origin: Origin,
    ) -> Author {
        assert_eq!(
            key.verifier().name().as_str(),
            origin.to_string(),
            "a log has a key of its own"
        );
        Author {
            origin,
            key: Arc::new(key),
            frontier,
            living,
            course,
        }
    }

    /// The log that is written.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The root over all that was written.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The log that goes on, once this one is closed.
    pub fn closed(&self) -> Option<Epoch> {
        self.course.closed()
    }

    /// The same author where the log stands now: what was written since is forgotten.
    pub fn moved(&self, frontier: Frontier, living: Living, course: Course) -> Author {
        Author {
            origin: self.origin,
            key: self.key.clone(),
            frontier,
            living,
            course,
        }
    }

    /// How many entries were written.
    pub fn size(&self) -> Size {
        self.frontier.size()
    }

    /// Which of them are in force.
    pub fn living(&self) -> &Living {
        &self.living
    }

    /// Makes the next entry. What it says becomes true with the next checkpoint that is signed.
    pub fn write(&mut self, deed: Deed, day: Day) -> Result<Written, AppendError> {
        let index = Index(self.size().0);
        let (entry, body) = entry_of(deed, day)?;
        let mut course = self.course.clone();
        course
            .apply(index, &entry)
            .map_err(AppendError::OutOfPlace)?;
        let gone = |target: &Index| !self.living.contains(*target);
        let given = entry.target.filter(|_| entry.kind == Kind::Transfer);
        if let Some(target) = given.filter(gone) {
            return Err(AppendError::TargetGone(TargetGone { target }));
        }
        self.living
            .apply(index, &entry)
            .map_err(AppendError::TargetGone)?;
        self.course = course;
        let bytes = entry.encode();
        let leaf = Hash::leaf(&bytes);
        self.frontier.push(leaf);
        Ok(Written {
            index,
            bytes,
            leaf,
            body,
            // A carry's target stands in another log, and a hand-over ends nothing.
            ended: entry
                .target
                .filter(|_| !matches!(entry.kind, Kind::Carry | Kind::Transfer)),
        })
    }

    /// The checkpoint over all that was written, signed.
    ///
    /// Only for the one writer of the log, after what was written is on disk: a signature for entries
    /// that are then lost is a fork.
    pub fn sign(&self) -> SignedNote {
        let (size, root) = (self.frontier.size(), self.frontier.root());
        let checkpoint = Checkpoint {
            origin: self.origin.to_string(),
            size,
            root,
        };
        checkpoint
            .sign(&self.key)
            .expect("an origin and a tree of ours make a sound checkpoint")
    }
}

/// A body with its salt.
type Salted = ([u8; SALT_BYTES], Vec<u8>);

/// The entry that states a deed, and the body that is kept beside it.
fn entry_of(deed: Deed, day: Day) -> Result<(Entry, Option<Salted>), AppendError> {
    let with_payload = |kind, payload| (Entry::with_payload(kind, day, payload), None);
    Ok(match deed {
        Deed::Put { body, .. } if body.len() > BODY_MAX_BYTES => {
            return Err(AppendError::TooLong(body.len()));
        }
        Deed::Put { target, salt, body } => {
            let entry = Entry::put(day, target, body.len(), commitment(&salt, &body));
            (entry, Some((salt, body)))
        }
        Deed::Carry {
            target,
            entry,
            body,
        } => (Entry::carry(target, &entry), body),
        Deed::Erase { target } => (Entry::erase(day, target), None),
        Deed::State(statement) => with_payload(Kind::Roster, statement.write().into_bytes()),
        Deed::HandOver { target, transfer } => {
            let (entry, body) = with_payload(Kind::Transfer, transfer.write().into_bytes());
            (Entry { target, ..entry }, body)
        }
        Deed::Introduce(note) => with_payload(Kind::Identity, note),
        Deed::Open(note) => with_payload(Kind::Epoch, note.write().into_bytes()),
        Deed::Close(next) => with_payload(Kind::Close, CloseNote { next }.write().into_bytes()),
    })
}
