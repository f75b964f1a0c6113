//! How much do we take from one feed, and what waits?
//!
//! A centre that goes wild, or whose key was stolen, must not fill the disks of all who follow it. What
//! is over a quota is not dropped: it waits, and is shown to wait.

use std::collections::BTreeMap;

use clearinghouse_protocol::feed::origin::Nid;

use crate::config::Quota;

/// Days of which the share that was not taken may be taken later: as long as a lease usually lasts, so
/// that nobody is over a quota for having been offline.
const SAVED_DAYS: i64 = 30;

/// How many days' share a first sync may bring: a log of years is met in one step.
const FIRST_DAYS: u64 = 365;

/// What of a feed waits, because it is more than its quota allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// So many entries, and the author is followed no further today.
    Entries(u64),
    /// The bodies of so many entries, whose listings are not shown.
    Bodies(u64),
}

/// What staff decided about quotas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quotas {
    /// For every feed about which nothing else was decided.
    pub standard: Quota,
    /// For one feed.
    pub of: BTreeMap<Nid, Quota>,
}

impl Quotas {
    /// That of one feed.
    pub fn quota(&self, nid: Nid) -> Quota {
        self.of.get(&nid).copied().unwrap_or(self.standard)
    }
}

/// How many entries were taken from one feed, and since when.
///
/// Counted by the days of our own clock: an author may write any day into its entries. What was taken
/// today is forgotten at a restart; what was missed before is not, because the last verification is on disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ledger {
    since: i64,
    taken: u64,
}

impl Ledger {
    /// Begins on the day on which the feed was last verified, or today.
    pub fn since(day: i64) -> Ledger {
        Ledger {
            since: day,
            taken: 0,
        }
    }

    /// How many entries may be taken on this day from a feed of which `known` are here.
    pub fn room(&mut self, known: u64, quota: &Quota, today: i64) -> u64 {
        if known == 0 {
            return quota.entries_a_day.saturating_mul(FIRST_DAYS);
        }
        let begins = self.since.max(today - SAVED_DAYS);
        let passed = u64::try_from(begins - self.since).unwrap_or(0);
        self.taken = self
            .taken
            .saturating_sub(passed.saturating_mul(quota.entries_a_day));
        self.since = begins;
        // A clock that was turned back takes nothing away.
        let days = u64::try_from(today - begins + 1).unwrap_or(1).max(1);
        let share = quota.entries_a_day.saturating_mul(days);
        share.saturating_sub(self.taken)
    }

    /// Takes note of entries that were taken.
    pub fn take(&mut self, entries: u64) {
        self.taken = self.taken.saturating_add(entries);
    }
}

/// What there is still room for among the bodies of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Listings.
    pub living: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
}

impl Room {
    /// What is left beside so many bodies with so many bytes.
    pub fn beside(quota: &Quota, kept: u64, bytes: u64) -> Room {
        Room {
            living: quota.living.saturating_sub(kept),
            bytes: quota.body_bytes.saturating_sub(bytes),
        }
    }

    /// Whether one more body of at most this length may come; then its room is taken.
    pub fn admits(&mut self, length: u32) -> bool {
        let length = u64::from(length);
        let fits = self.living > 0 && self.bytes >= length;
        if fits {
            self.living -= 1;
            self.bytes -= length;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota {
        entries_a_day: 10,
        body_bytes: 1024,
        living: 3,
    };

    #[test]
    fn a_feed_brings_its_share_of_each_day_and_what_it_missed() {
        for (since, known, taken, today, room) in [
            (100, 0, 0, 100, 3_650),
            (100, 1, 0, 100, 10),
            (100, 1, 4, 100, 6),
            (100, 1, 12, 100, 0),
            (100, 1, 12, 101, 8),
            (100, 1, 0, 107, 80),
            (100, 1, 0, 129, 300),
            (100, 1, 0, 130, 310),
            (100, 1, 0, 500, 310),
            (100, 1, 1_000, 500, 310),
            (100, 1, 1_000, 130, 0),
            (100, 1, 3, 99, 7),
        ] {
            let mut ledger = Ledger::since(since);
            ledger.take(taken);
            let found = ledger.room(known, &QUOTA, today);
            assert_eq!(found, room, "{since} {known} {taken} {today}");
            assert_eq!(ledger.room(known, &QUOTA, today), room, "asked twice");
        }
    }

    #[test]
    fn what_staff_raise_counts_at_once() {
        let mut ledger = Ledger::since(100);
        ledger.take(10);
        assert_eq!(ledger.room(1, &QUOTA, 100), 0);
        let raised = Quota {
            entries_a_day: 25,
            ..QUOTA
        };
        assert_eq!(ledger.room(1, &raised, 100), 15);
    }

    #[test]
    fn bodies_come_until_their_number_or_their_bytes_are_reached() {
        for (kept, bytes, lengths, come) in [
            (0, 0, vec![512, 512, 1], vec![true, true, false]),
            (0, 0, vec![1; 4], vec![true, true, true, false]),
            (2, 2, vec![1, 1], vec![true, false]),
            (0, 1_000, vec![64, 16], vec![false, true]),
            (9, 9_000, vec![1], vec![false]),
        ] {
            let mut room = Room::beside(&QUOTA, kept, bytes);
            let found: Vec<bool> = lengths.iter().map(|length| room.admits(*length)).collect();
            assert_eq!(found, come, "{kept} {bytes} {lengths:?}");
        }
    }
}
