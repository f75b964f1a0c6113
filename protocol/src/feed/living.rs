//! Which entries of a log are still in force?

use super::entry::{Entry, Kind};
use crate::tlog::tree::Index;

/// The entries of one log that state a listing and were neither replaced nor erased.
///
/// One bit an entry: a log of a million entries takes 125 kB.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Living {
    bits: Vec<u64>,
    count: u64,
}

/// Why an entry changes nothing, although it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its target, entry {}, is not in force", target.0)]
pub struct TargetGone {
    /// The entry that it names.
    pub target: Index,
}

impl Living {
    /// Takes the entry at `index` into account: its target ends, a listing begins.
    ///
    /// An entry whose target is not in force changes nothing. The target of a carry stands in another
    /// log and ends nothing here.
    pub fn apply(&mut self, index: Index, entry: &Entry) -> Result<(), TargetGone> {
        if !matches!(entry.kind, Kind::Put | Kind::Erase | Kind::Carry) {
            return Ok(());
        }
        if let Some(target) = entry.target.filter(|_| entry.kind != Kind::Carry) {
            if target >= index || !self.contains(target) {
                return Err(TargetGone { target });
            }
            self.bits[word(target)] &= !bit(target);
            self.count -= 1;
        }
        if entry.kind.has_body() {
            if self.bits.len() <= word(index) {
                self.bits.resize(word(index) + 1, 0);
            }
            self.bits[word(index)] |= bit(index);
            self.count += 1;
        }
        Ok(())
    }

    /// Whether the entry at `index` states a listing that is in force.
    pub fn contains(&self, index: Index) -> bool {
        self.bits
            .get(word(index))
            .is_some_and(|bits| bits & bit(index) != 0)
    }

    /// How many listings are in force.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The entries in force from `from` up to but not including `until`, in order.
    pub fn between(&self, from: u64, until: u64) -> impl Iterator<Item = Index> + '_ {
        let until = until.min(self.bits.len() as u64 * 64);
        let words = (from / 64)..until.div_ceil(64).max(from / 64);
        words
            .flat_map(move |word| {
                let bits = self.bits.get(word as usize).copied().unwrap_or(0);
                (0..64)
                    .filter(move |bit| bits >> bit & 1 == 1)
                    .map(move |bit| Index(word * 64 + bit))
            })
            .filter(move |index| (from..until).contains(&index.0))
    }
}

fn word(index: Index) -> usize {
    (index.0 / 64) as usize
}

fn bit(index: Index) -> u64 {
    1 << (index.0 % 64)
}

#[cfg(test)]
mod tests {
    use super::super::entry::Day;
    use super::*;

    fn put(target: Option<u64>) -> Entry {
        Entry::put(Day(1), target.map(Index), 10, [0; 32])
    }

    #[test]
    fn only_a_living_entry_can_be_replaced_or_erased() {
        let mut living = Living::default();
        assert!(living.apply(Index(0), &put(None)).is_ok());
        assert!(living.apply(Index(1), &put(Some(0))).is_ok());
        assert_eq!(
            living.apply(Index(2), &put(Some(0))),
            Err(TargetGone { target: Index(0) })
        );
        assert_eq!(
            living.apply(Index(3), &put(Some(3))),
            Err(TargetGone { target: Index(3) })
        );
        assert!(
            living
                .apply(Index(4), &Entry::erase(Day(1), Index(1)))
                .is_ok()
        );
        assert!(
            living
                .apply(Index(5), &Entry::erase(Day(1), Index(1)))
                .is_err()
        );
        assert!(living.apply(Index(200), &put(None)).is_ok());
        assert_eq!(living.count(), 1);
        assert_eq!(
            living.between(0, u64::MAX).collect::<Vec<_>>(),
            [Index(200)]
        );
        assert_eq!(living.between(200, 201).count(), 1);
        assert_eq!(living.between(201, 400).count(), 0);
        assert_eq!(living.between(0, 200).count(), 0);
    }
}
