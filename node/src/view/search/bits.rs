//! How do we hold and count sets of documents of one segment?

/// A set with at least one document in this many is kept as a bit per document, a sparser one as
/// a sorted list: at 32 both take the same memory, and below it the list is quicker to walk.
const DENSE_FROM: usize = 32;

/// One bit for each document of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// No document out of `len`.
    pub(super) fn none(len: u32) -> Bits {
        Bits {
            words: vec![0; (len as usize).div_ceil(64)],
        }
    }

    /// Every document out of `len`.
    pub(super) fn all(len: u32) -> Bits {
        let mut words = vec![u64::MAX; (len as usize).div_ceil(64)];
        if let (Some(last), rest @ 1..) = (words.last_mut(), len % 64) {
            *last = (1 << rest) - 1;
        }
        Bits { words }
    }

    /// No document, out of as many.
    pub(super) fn emptied(&self) -> Bits {
        Bits {
            words: vec![0; self.words.len()],
        }
    }

    pub(super) fn add(&mut self, doc: u32) {
        self.words[doc as usize / 64] |= 1 << (doc % 64);
    }

    pub(super) fn has(&self, doc: u32) -> bool {
        self.words[doc as usize / 64] >> (doc % 64) & 1 == 1
    }

    pub(super) fn keep(&mut self, other: &Bits) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine &= theirs;
        }
    }

    pub(super) fn leave_out(&mut self, other: &Bits) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine &= !theirs;
        }
    }

    pub(super) fn join(&mut self, other: &Bits) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.words
            .iter()
            .map(|word| u64::from(word.count_ones()))
            .sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The documents, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.words.iter().enumerate().flat_map(|(i, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros();
                    rest &= rest - 1;
                    i as u32 * 64 + bit
                })
            })
        })
    }

    fn count_with(&self, other: &Bits) -> u64 {
        self.words
            .iter()
            .zip(&other.words)
            .map(|(mine, theirs)| u64::from((mine & theirs).count_ones()))
            .sum()
    }
}

/// A set of documents that never changes, in the smaller of two forms.
#[derive(Debug)]
pub(super) enum Docs {
    Dense { bits: Bits, count: u64 },
    Sparse(Vec<u32>),
}

impl Docs {
    /// From ascending documents out of `len`.
    pub(super) fn new(docs: Vec<u32>, len: u32) -> Docs {
        if docs.len() * DENSE_FROM < len as usize {
            return Docs::Sparse(docs);
        }
        let mut bits = Bits::none(len);
        for doc in &docs {
            bits.add(*doc);
        }
        Docs::Dense {
            bits,
            count: docs.len() as u64,
        }
    }

    pub(super) fn count(&self) -> u64 {
        match self {
            Docs::Dense { count, .. } => *count,
            Docs::Sparse(docs) => docs.len() as u64,
        }
    }

    /// How many of these documents are in `found`.
    pub(super) fn count_in(&self, found: &Bits) -> u64 {
        match self {
            Docs::Dense { bits, .. } => bits.count_with(found),
            Docs::Sparse(docs) => docs.iter().map(|doc| u64::from(found.has(*doc))).sum(),
        }
    }

    pub(super) fn has(&self, doc: u32) -> bool {
        match self {
            Docs::Dense { bits, .. } => bits.has(doc),
            Docs::Sparse(docs) => docs.binary_search(&doc).is_ok(),
        }
    }

    /// Each document, ascending.
    pub(super) fn for_each(&self, mut each: impl FnMut(u32)) {
        match self {
            Docs::Dense { bits, .. } => bits.iter().for_each(each),
            Docs::Sparse(docs) => docs.iter().for_each(|doc| each(*doc)),
        }
    }

    pub(super) fn join_into(&self, sum: &mut Bits) {
        match self {
            Docs::Dense { bits, .. } => sum.join(bits),
            Docs::Sparse(docs) => docs.iter().for_each(|doc| sum.add(*doc)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_hold_the_same_documents() {
        for len in [1, 63, 64, 65, 1000] {
            for step in [1, 2, 31, 33, 100] {
                let docs: Vec<u32> = (0..len).step_by(step).collect();
                let mut bits = Bits::none(len);
                docs.iter().for_each(|doc| bits.add(*doc));
                assert_eq!(bits.iter().collect::<Vec<_>>(), docs);
                assert_eq!(bits.count(), docs.len() as u64);
                let kept = Docs::new(docs.clone(), len);
                assert_eq!(kept.count(), docs.len() as u64);
                assert_eq!(kept.count_in(&Bits::all(len)), docs.len() as u64);
                assert_eq!(kept.count_in(&Bits::none(len)), 0);
                let mut joined = Bits::none(len);
                kept.join_into(&mut joined);
                assert_eq!(joined, bits);
                for doc in 0..len {
                    assert_eq!(kept.has(doc), docs.contains(&doc));
                }
            }
            assert_eq!(Bits::all(len).count(), u64::from(len));
            assert!(Bits::none(len).is_empty());
        }
        assert!(Bits::all(0).is_empty());
    }

    #[test]
    fn keeping_and_joining_are_what_sets_do() {
        let (mut even, mut third) = (Bits::none(100), Bits::none(100));
        (0..100).step_by(2).for_each(|doc| even.add(doc));
        (0..100).step_by(3).for_each(|doc| third.add(doc));
        let mut both = even.clone();
        both.keep(&third);
        assert_eq!(
            both.iter().collect::<Vec<_>>(),
            (0..100).step_by(6).collect::<Vec<_>>()
        );
        let mut either = even.clone();
        either.join(&third);
        assert_eq!(either.count(), even.count() + third.count() - both.count());
    }
}
