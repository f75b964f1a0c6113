//! Which of several notes that follow the same one counts, and from when on?
//!
//! Times are those at which witnesses had cosigned, never those that a claimant states. They are an
//! argument, so that everybody who knows the same notes and times comes to the same answer, in
//! whatever order they arrived.

use std::collections::BTreeMap;

use crate::tlog::hash::Hash;

/// How long an operation by a key of a lower priority waits for a word of a higher one, in seconds.
pub const WAIT_SECONDS: i64 = 72 * 60 * 60;

/// When notes began to be known: for each, by the hash of its text, the moment at which the policy's
/// quorum had first cosigned the log that it names, in seconds since 1970-01-01, UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Starts(BTreeMap<Hash, i64>);

impl Starts {
    /// Takes note of a start; of two for one note the earlier counts. Whether anything changed.
    pub fn take(&mut self, note: Hash, seconds: i64) -> bool {
        let known = self.0.get(&note).copied();
        let earlier = known.is_none_or(|known| seconds < known);
        if earlier {
            self.0.insert(note, seconds);
        }
        earlier
    }

    /// The start of a note, if it is known.
    pub fn of(&self, note: Hash) -> Option<i64> {
        self.0.get(&note).copied()
    }

    /// All that are known.
    pub fn all(&self) -> impl Iterator<Item = (Hash, i64)> {
        self.0.iter().map(|(note, seconds)| (*note, *seconds))
    }
}

/// One of several notes that follow the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    pub note: Hash,
    /// Place of its key among those that the note before names; 0 is the highest.
    pub priority: usize,
}

impl Claim {
    /// When it becomes final if nothing overrides it; `None` as long as that is not known.
    pub fn final_at(self, starts: &Starts) -> Option<i64> {
        match self.priority {
            0 => Some(i64::MIN),
            _ => starts.of(self.note)?.checked_add(WAIT_SECONDS),
        }
    }

    /// Whether its time has come.
    pub fn is_final(self, starts: &Starts, now: i64) -> bool {
        self.final_at(starts).is_some_and(|moment| moment <= now)
    }
}

/// The one that counts, or will count when its time has come.
///
/// From the lowest priority upwards, each overrides the one that led so far, unless that one had become
/// final before it began.
pub(super) fn leading(claims: &[Claim], starts: &Starts, now: i64) -> Option<Claim> {
    let mut claims = claims.to_vec();
    // Among equals the earlier leads. A key that was used once and is found years later cannot take
    // back what it was used for.
    let begun = |claim: &Claim| starts.of(claim.note).unwrap_or(i64::MAX);
    claims.sort_by_key(|claim| (std::cmp::Reverse(claim.priority), begun(claim), claim.note));
    claims.dedup_by_key(|claim| claim.priority);
    claims.into_iter().reduce(|lower, higher| {
        let settled = lower.final_at(starts).unwrap_or(i64::MAX);
        let before = settled <= now && settled <= begun(&higher);
        if before { lower } else { higher }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 3600;

    fn claim(letter: u8, priority: usize) -> Claim {
        let note = Hash([letter; 32]);
        Claim { note, priority }
    }

    /// Who leads among claims with their priorities and starts in hours, and whether it is final.
    fn led(claims: &[(u8, usize, Option<i64>)], now: i64) -> (u8, bool) {
        let mut starts = Starts::default();
        for (letter, _, start) in claims {
            if let Some(hours) = start {
                starts.take(Hash([*letter; 32]), hours * HOUR);
            }
        }
        let notes: Vec<Claim> = claims.iter().map(|(l, p, _)| claim(*l, *p)).collect();
        let lead = leading(&notes, &starts, now * HOUR).expect("one leads");
        (lead.note.0[0], lead.is_final(&starts, now * HOUR))
    }

    #[test]
    fn a_lower_priority_waits_for_72_hours_and_a_higher_one_does_not() {
        for (claims, now, lead, is_final) in [
            (vec![(1, 0, None)], 0, 1, true),
            (vec![(1, 1, None)], 1_000, 1, false),
            (vec![(1, 1, Some(0))], 71, 1, false),
            (vec![(1, 1, Some(0))], 72, 1, true),
            // A higher priority inside the 72 hours, and one that came too late.
            (vec![(1, 1, Some(0)), (2, 0, Some(71))], 71, 2, true),
            (vec![(1, 1, Some(0)), (2, 0, Some(71))], 1_000, 2, true),
            (vec![(1, 1, Some(0)), (2, 0, Some(72))], 1_000, 1, true),
            (vec![(1, 1, Some(0)), (2, 0, None)], 1_000, 1, true),
            // As long as the lower one waits, the higher one needs no witness.
            (vec![(1, 1, Some(0)), (2, 0, None)], 71, 2, true),
            (vec![(1, 1, None), (2, 0, None)], 1_000, 2, true),
            // Three: the middle one stops the lowest, and waits for its own time.
            (vec![(1, 2, Some(0)), (2, 1, Some(71))], 100, 2, false),
            (vec![(1, 2, Some(0)), (2, 1, Some(71))], 143, 2, true),
            (
                vec![(1, 2, Some(0)), (2, 1, Some(71)), (3, 0, Some(142))],
                500,
                3,
                true,
            ),
            (
                vec![(1, 2, Some(0)), (2, 1, Some(71)), (3, 0, Some(143))],
                500,
                2,
                true,
            ),
            // Among equals the earlier, and without times the one with the lower hash.
            (vec![(1, 0, Some(9)), (2, 0, Some(8))], 10, 2, true),
            (vec![(1, 0, None), (2, 0, Some(8))], 10, 2, true),
            (vec![(1, 0, None), (2, 0, None)], 10, 1, true),
        ] {
            assert_eq!(led(&claims, now), (lead, is_final), "{claims:?} at {now}");
        }
    }

    #[test]
    fn a_start_only_moves_back() {
        let mut starts = Starts::default();
        let note = Hash([1; 32]);
        assert!(starts.take(note, 5));
        assert!(!starts.take(note, 6));
        assert!(starts.take(note, 4));
        assert_eq!(starts.of(note), Some(4));
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_never_counts(
            claims in prop::collection::vec((0..5_usize, prop::option::of(0..300_i64)), 1..8),
            order in any::<prop::sample::Index>(),
            now in 0..400_i64,
        ) {
            let claims: Vec<(u8, usize, Option<i64>)> =
                (0..).zip(&claims).map(|(letter, (priority, start))| (letter, *priority, *start)).collect();
            let mut turned = claims.clone();
            turned.rotate_left(order.index(claims.len()));
            prop_assert_eq!(led(&claims, now), led(&turned, now));
            turned.reverse();
            prop_assert_eq!(led(&claims, now), led(&turned, now));
        }

        /// What witnesses had seen as final is not taken back by anything that begins afterwards.
        #[test]
        fn what_is_final_stays_final(
            claims in prop::collection::vec((0..5_usize, 0..300_i64), 1..6),
            late in prop::collection::vec((0..5_usize, 0..300_i64), 0..4),
            now in 0..600_i64,
        ) {
            let letter = |(letter, (priority, start)): (u8, &(usize, i64))| (letter, *priority, Some(*start));
            let seen: Vec<(u8, usize, Option<i64>)> = (0..).zip(&claims).map(letter)
                .filter(|(_, _, start)| start.is_some_and(|start| start <= now)).collect();
            prop_assume!(!seen.is_empty());
            let before = led(&seen, now);
            prop_assume!(before.1);
            let mut all = seen.clone();
            // Those that begin later than this moment, of any priority.
            all.extend((100..).zip(&late).map(|(letter, (priority, after))| (letter, *priority, Some(now + 1 + after))));
            let lead = seen.iter().find(|(letter, _, _)| *letter == before.0).expect("it is there");
            // A paper key in force is not overridden; a lower priority was final before they began.
            for moment in [now, now + 1, now + 400] {
                prop_assert_eq!(led(&all, moment).0, before.0, "{:?} {:?}", lead, all);
            }
        }
    }
}
