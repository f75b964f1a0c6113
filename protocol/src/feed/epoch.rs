//! How does one log of a node go over into the next?

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Kind};
use super::living::Living;
use super::origin::{Epoch, Origin};
use super::roster::Rosters;
use super::statement::Statement;
use crate::tlog::hash::Hash;
use crate::tlog::tree::{Index, Size};

/// The first line of the payload of kind epoch.
const EPOCH: &str = "clearinghouse/epoch/v1";

/// The first line of the payload of kind close.
const CLOSE: &str = "clearinghouse/close/v1";

/// What the first entry of a later log says: from where it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochNote {
    /// The log that it goes on from.
    pub previous: Epoch,
    /// How many entries of that log count.
    pub size: Size,
    /// The root over them.
    pub root: Hash,
    /// How many entries of the new log repeat what is in force, this one included.
    pub opening: Size,
}

/// What the last entry of a log says: which log goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseNote {
    /// The log after this one.
    pub next: Epoch,
}

/// Why an entry between two logs changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EpochError {
    /// Its payload is not one that docs/format.md gives.
    #[error("its text is not that of an entry of its kind")]
    Shape,
    /// An entry of kind epoch that is not the first of a later log.
    #[error("an epoch is opened by the first entry of a later log and by no other")]
    NotFirst,
    /// A later log that goes on from itself, or from one after it.
    #[error("a log goes on from an earlier one, not from epoch {0}")]
    Previous(Epoch),
    /// A log of a later epoch that does not begin with an entry of kind epoch.
    #[error("its log is one of a later epoch and does not say from where it goes on")]
    NotOpened,
    /// A carry outside the opening, or one that carries an entry twice or out of order.
    #[error("it carries an entry where nothing is carried")]
    Carry,
    /// A close that does not name the epoch after its own.
    #[error("a log is followed by the next one, not by epoch {0}")]
    Next(Epoch),
    /// An entry behind the end.
    #[error("its log was closed before it")]
    Closed,
}

impl EpochNote {
    /// The payload of its entry.
    pub fn write(&self) -> String {
        let EpochNote {
            previous,
            size,
            root,
            opening,
        } = self;
        format!(
            "{EPOCH}\nprevious {previous}\nsize {}\nroot {root}\nopening {}\n",
            size.0, opening.0
        )
    }

    /// Reads what `write` writes and nothing else.
    pub fn read(payload: &[u8]) -> Result<EpochNote, EpochError> {
        let note = || {
            let mut lines = lines_of(payload, EPOCH)?;
            let note = EpochNote {
                previous: lines.next()?.strip_prefix("previous ")?.parse().ok()?,
                size: size(lines.next()?.strip_prefix("size ")?)?,
                root: lines.next()?.strip_prefix("root ")?.parse().ok()?,
                opening: size(lines.next()?.strip_prefix("opening ")?)?,
            };
            (note.write().as_bytes() == payload && note.opening.0 > 0).then_some(note)
        };
        note().ok_or(EpochError::Shape)
    }
}

impl CloseNote {
    /// The payload of its entry.
    pub fn write(&self) -> String {
        format!("{CLOSE}\nnext {}\n", self.next)
    }

    /// Reads what `write` writes and nothing else.
    pub fn read(payload: &[u8]) -> Result<CloseNote, EpochError> {
        let note = || {
            let next = lines_of(payload, CLOSE)?.next()?.strip_prefix("next ")?;
            let note = CloseNote {
                next: next.parse().ok()?,
            };
            (note.write().as_bytes() == payload).then_some(note)
        };
        note().ok_or(EpochError::Shape)
    }
}

/// The lines behind the heading.
fn lines_of<'a>(payload: &'a [u8], heading: &str) -> Option<impl Iterator<Item = &'a str>> {
    let text = std::str::from_utf8(payload).ok()?;
    let mut lines = text.strip_suffix('\n')?.split('\n');
    (lines.next() == Some(heading)).then_some(lines)
}

fn size(text: &str) -> Option<Size> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(Size(number))
}

/// Where a log stands between its opening and its close.
///
/// The author asks it before an entry is written, the reader before one is believed, so both keep one
/// rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    epoch: Epoch,
    opened: Option<EpochNote>,
    /// The highest target that was carried.
    carried: Option<Index>,
    closed: Option<Epoch>,
}

impl Course {
    /// The course of a log that has no entry yet.
    pub fn new(origin: Origin) -> Course {
        Course {
            epoch: origin.epoch,
            opened: None,
            carried: None,
            closed: None,
        }
    }

    /// What the first entry of a later log said.
    pub fn opened(&self) -> Option<&EpochNote> {
        self.opened.as_ref()
    }

    /// The log that goes on after this one.
    pub fn closed(&self) -> Option<Epoch> {
        self.closed
    }

    /// Takes the entry at `index` into account; an error means that it changes nothing.
    pub fn apply(&mut self, index: Index, entry: &Entry) -> Result<(), EpochError> {
        if self.closed.is_some() {
            return Err(EpochError::Closed);
        }
        let is_later = self.epoch > Epoch::FIRST;
        let opens = entry.kind == Kind::Epoch && index == Index(0);
        match entry.kind {
            _ if is_later && self.opened.is_none() && !opens => Err(EpochError::NotOpened),
            Kind::Epoch => self.open(index, entry),
            Kind::Carry => self.carry(index, entry),
            Kind::Close => self.close(entry),
            _ => Ok(()),
        }
    }

    fn open(&mut self, index: Index, entry: &Entry) -> Result<(), EpochError> {
        let note = EpochNote::read(&entry.payload)?;
        if index != Index(0) || self.epoch == Epoch::FIRST {
            return Err(EpochError::NotFirst);
        }
        if note.previous >= self.epoch {
            return Err(EpochError::Previous(note.previous));
        }
        self.opened = Some(note);
        Ok(())
    }

    fn carry(&mut self, index: Index, entry: &Entry) -> Result<(), EpochError> {
        let note = self.opened.filter(|note| note.opening.contains(index));
        let target = note.zip(entry.target).filter(|(note, target)| {
            note.size.contains(*target) && self.carried.is_none_or(|last| last < *target)
        });
        let (_, target) = target.ok_or(EpochError::Carry)?;
        self.carried = Some(target);
        Ok(())
    }

    fn close(&mut self, entry: &Entry) -> Result<(), EpochError> {
        let CloseNote { next } = CloseNote::read(&entry.payload)?;
        if self.epoch.next() != Some(next) {
            return Err(EpochError::Next(next));
        }
        self.closed = Some(next);
        Ok(())
    }
}

/// What a reader who holds the older log finds about the carries of the new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// Carries that repeat a living entry: where it stands now, and where it stood.
    pub copied: Vec<(Index, Index)>,
    /// Carries of what was not in force, or was another body: to be set aside.
    pub not_living: Vec<Index>,
    /// Entries of the older log that were in force and are carried by none.
    pub left_out: Vec<Index>,
}

/// Compares the carries of a new log with what lived in the older one at the size and root that its
/// entry of kind epoch names.
///
/// An author, or a thief with its key, could otherwise bring back what was erased, or drop listings
/// without a word. `entry_of` answers with entries of the older log.
pub fn check_carried(
    living: &Living,
    mut entry_of: impl FnMut(Index) -> Option<Entry>,
    carries: impl IntoIterator<Item = (Index, Entry)>,
) -> Carried {
    let mut carried = Carried::default();
    let mut seen = BTreeSet::new();
    for (index, carry) in carries {
        let target = carry.target.filter(|target| living.contains(*target));
        let same = target.filter(|target| {
            entry_of(*target).is_some_and(|entry| {
                (entry.length, entry.commitment) == (carry.length, carry.commitment)
            })
        });
        match same {
            Some(target) => {
                seen.insert(target);
                carried.copied.push((index, target));
            }
            None => carried.not_living.push(index),
        }
    }
    let all = living.between(0, u64::MAX);
    carried.left_out = all.filter(|index| !seen.contains(index)).collect();
    carried
}

/// The fewest of a log's statements of membership, in their order, that say the same as all of them: what
/// an author repeats at the beginning of a later log.
pub fn restated(statements: Vec<Statement>) -> Vec<Statement> {
    let mut groups: BTreeMap<String, Vec<(usize, Statement)>> = BTreeMap::new();
    for (place, statement) in statements.into_iter().enumerate() {
        // A statement says nothing of any other node than the one behind its verb.
        let text = statement.write();
        let deed = text.lines().nth(1).unwrap_or_default();
        let nid = deed.split(' ').nth(1).unwrap_or_default().to_owned();
        groups.entry(nid).or_default().push((place, statement));
    }
    let fold = |statements: &[(usize, Statement)]| {
        let mut rosters = Rosters::default();
        for (_, statement) in statements {
            rosters.apply(statement.clone());
        }
        rosters
    };
    let mut kept = Vec::new();
    for mut group in groups.into_values() {
        let all = fold(&group);
        // The earliest first: what a later one took back goes before what took it back.
        let mut place = 0;
        while place < group.len() {
            let dropped = group.remove(place);
            if fold(&group) != all {
                group.insert(place, dropped);
                place += 1;
            }
        }
        kept.extend(group);
    }
    kept.sort_by_key(|(place, _)| *place);
    kept.into_iter().map(|(_, statement)| statement).collect()
}

#[cfg(test)]
#[path = "epoch_tests.rs"]
mod tests;
