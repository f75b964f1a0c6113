//! For how long may the bodies of another's feed be handed out?

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::feeds::{Health, Notes};

/// Without a look at the feed for longer than this, its tail may hold an erasure that we never saw: after
/// a restart, or when this computer was asleep. Well above the usual time between two looks.
const GAP: Duration = Duration::from_secs(600);

/// Whether bodies may be handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// They may: we know what was erased.
    Runs,
    /// Not yet: entries are known or possible that nobody here has read.
    Unread,
    /// No more: nothing was heard of the feed for too long.
    Over,
}

/// How the lease on a feed stands, `poll` being the longest time between two looks at it.
///
/// Read is the tail when a look has ended and nobody who answered had anything newer: a dead centre's
/// feed is handed out for as long as its lease runs, although its own node says nothing any more.
pub fn lease(notes: &Notes, days: u32, poll: Duration, now: Timestamp) -> Lease {
    if notes.health == Health::Own {
        return Lease::Runs;
    }
    let younger = |moment: Option<Timestamp>, limit: SignedDuration| {
        moment.is_some_and(|moment| now.duration_since(moment) < limit)
    };
    if !younger(
        notes.verified_at,
        SignedDuration::from_hours(24 * i64::from(days)),
    ) {
        return Lease::Over;
    }
    let gap = SignedDuration::try_from(GAP.max(poll * 2)).unwrap_or(SignedDuration::MAX);
    match younger(notes.read_at, gap) {
        true => Lease::Runs,
        false => Lease::Unread,
    }
}
