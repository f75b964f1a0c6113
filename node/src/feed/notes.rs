//! What are staff and pages told of a feed?

use std::collections::BTreeMap;

use clearinghouse_protocol::tlog::tree::Index;
use jiff::Timestamp;

use super::quota::Over;

/// Reasons for entries set aside that are kept for staff to read, for each feed.
const SET_ASIDE_MAX: usize = 100;

/// How following a feed goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It is our own.
    Own,
    /// Nobody was asked for it yet.
    New,
    /// The last answer was verified.
    Verified,
    /// Nobody answered the last time, and why.
    Silent(String),
    /// It is kept at its last good state, because what it offers contradicts that.
    Frozen(String),
}

/// What staff and pages are told of a feed.
#[derive(Debug, Clone)]
pub struct Notes {
    /// How following it goes.
    pub health: Health,
    /// When a checkpoint of it was last verified.
    pub verified_at: Option<Timestamp>,
    /// Who served it then.
    pub served_by: Option<String>,
    /// When somebody was last asked for the chain of identity notes.
    pub identity_asked: Option<Timestamp>,
    /// When a look at it last ended without anybody having anything newer; only in memory, because what
    /// happened while this process was not there nobody here has read.
    pub read_at: Option<Timestamp>,
    /// Whether entries are known to be signed that nobody here has read.
    pub tail: bool,
    /// What of it waits because of its quota.
    pub over: Option<Over>,
    /// Entries and bodies that change nothing, and why: the latest hundred.
    pub set_aside: Vec<(Index, String)>,
    /// How many there were in all.
    pub set_aside_count: u64,
    /// When its author, whom nobody may be able to reach, last attested that this is its latest state.
    pub attested_at: Option<Timestamp>,
    /// Of our own feed: to whom it was pushed.
    pub sent: BTreeMap<String, Sent>,
}

/// How pushing our own feed to another node goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// When it last took everything.
    pub at: Option<Timestamp>,
    /// Why it did not take the last push.
    pub refused: Option<String>,
    /// Whether what it asked is being looked up at this moment.
    pub looking: bool,
}

impl Notes {
    /// Of a feed that nobody was asked for yet, last verified at `seen`.
    pub(super) fn of(seen: Option<Timestamp>) -> Notes {
        Notes {
            health: Health::New,
            verified_at: seen,
            served_by: None,
            identity_asked: None,
            read_at: None,
            tail: false,
            over: None,
            set_aside: Vec::new(),
            set_aside_count: 0,
            attested_at: None,
            sent: BTreeMap::new(),
        }
    }

    /// An entry or body changes nothing, and why.
    pub(super) fn put_aside(&mut self, index: Index, reason: String) {
        let before = self.set_aside.len();
        self.set_aside.retain(|(known, _)| *known != index);
        self.set_aside_count += u64::from(self.set_aside.len() == before);
        if self.set_aside.len() == SET_ASIDE_MAX {
            self.set_aside.remove(0);
        }
        self.set_aside.push((index, reason));
    }

    /// Bodies came that had been missed.
    pub(super) fn came(&mut self, came: &[Index]) {
        let before = self.set_aside.len();
        self.set_aside.retain(|(known, _)| !came.contains(known));
        let gone = (before - self.set_aside.len()) as u64;
        self.set_aside_count = self.set_aside_count.saturating_sub(gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_latest_hundred_are_kept_with_their_reasons() {
        let mut notes = Notes::of(None);
        for index in 0..250 {
            notes.put_aside(Index(index), "a reason".to_owned());
        }
        notes.put_aside(Index(249), "a better one".to_owned());
        assert_eq!((notes.set_aside_count, notes.set_aside.len()), (250, 100));
        assert_eq!(notes.set_aside[0].0, Index(150));
        assert_eq!(notes.set_aside[99].1, "a better one");
        notes.came(&[Index(3), Index(200)]);
        assert_eq!((notes.set_aside_count, notes.set_aside.len()), (249, 99));
    }
}
