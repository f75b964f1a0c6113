//! How many of the listings found have each value of each facet?

use std::collections::BTreeMap;

use super::{bits::Bits, schema::Facet, segment::Segment};

/// Where at most one document in this many was found, it is quicker to look at the values of
/// each than at the documents of each value.
const FEW: u64 = 32;

/// For each facet its values with the number of listings found that have them, the most frequent
/// first, equally frequent ones in the order of their spelling. Values that no listing has are
/// left out.
///
/// A facet by which the visitor has narrowed the search is counted as if it had not been
/// narrowed by that one, so that the numbers say what choosing another of its values would add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    counts: BTreeMap<u8, Vec<(String, u64)>>,
}

impl Facets {
    /// The values of one facet and their counts.
    pub fn of(&self, facet: Facet) -> &[(String, u64)] {
        self.counts.get(&(facet as u8)).map_or(&[], Vec::as_slice)
    }
}

/// Adds up the counts of many segments.
#[derive(Default)]
pub(super) struct Counting {
    sums: BTreeMap<u8, BTreeMap<String, u64>>,
}

impl Counting {
    /// Adds what was found in one segment, for those facets that are `wanted`.
    pub(super) fn add(&mut self, segment: &Segment, found: &Bits, wanted: impl Fn(Facet) -> bool) {
        let columns = &segment.columns;
        let total = found.count();
        if total == 0 {
            return;
        }
        let mut counts = vec![0_u64; columns.docs.len()];
        let few = total * FEW <= u64::from(segment.reader.max_doc());
        if few {
            for doc in found.iter() {
                for number in columns.values_of(doc) {
                    counts[usize::from(*number)] += 1;
                }
            }
        }
        for facet in Facet::ALL.into_iter().filter(|facet| wanted(*facet)) {
            let sums = self.sums.entry(facet as u8).or_default();
            for ((_, value), number) in columns.values_in(facet) {
                let number = usize::from(*number);
                let count = if few {
                    counts[number]
                } else {
                    columns.docs[number].count_in(found)
                };
                if count > 0 {
                    match sums.get_mut(value) {
                        Some(sum) => *sum += count,
                        None => _ = sums.insert(value.clone(), count),
                    }
                }
            }
        }
    }

    pub(super) fn finish(self) -> Facets {
        let sorted = |sums: BTreeMap<String, u64>| {
            let mut counts: Vec<(String, u64)> = sums.into_iter().collect();
            // The values came in the order of their spelling, and a stable sort keeps it.
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            counts
        };
        Facets {
            counts: self
                .sums
                .into_iter()
                .map(|(facet, sums)| (facet, sorted(sums)))
                .collect(),
        }
    }
}
