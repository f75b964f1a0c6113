//! What is the root of a log, and how does it grow?
//!
//! The only file that turns a count of leaves into a position and back.

use std::fmt;

use super::hash::Hash;

/// A count of leaves: the size of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Size(pub u64);

/// The position of a leaf, counted from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Index(pub u64);

impl Size {
    /// The tree without leaves.
    pub const ZERO: Self = Self(0);

    /// The largest tree that anybody signs or reads: 2^63-1 leaves. Other implementations count
    /// in signed numbers, and a consistency proof of a witness has at most 63 hashes.
    pub const MAX: Self = Self((1 << 63) - 1);

    /// Whether the tree has a leaf at this position.
    pub fn contains(self, index: Index) -> bool {
        index.0 < self.0
    }

    /// The position of the last leaf, if there is one.
    pub fn last(self) -> Option<Index> {
        self.0.checked_sub(1).map(Index)
    }

    /// The position that the next leaf will have.
    pub fn next_index(self) -> Index {
        Index(self.0)
    }

    /// The size after one more leaf.
    pub fn grown(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Index {
    /// The size of the tree whose last leaf is this one.
    pub fn as_last(self) -> Size {
        Size(self.0 + 1)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where the hashes of a tree can be looked up.
pub trait Hashes {
    /// The hash of the complete subtree over the leaves `index << level` up to, without,
    /// `(index + 1) << level`; `None` if it is not there.
    fn hash(&self, level: u8, index: u64) -> Option<Hash>;
}

/// Leaves kept in memory are hashes of a tree; every other level is computed when asked for.
impl Hashes for [Hash] {
    fn hash(&self, level: u8, index: u64) -> Option<Hash> {
        let width = 1_usize.checked_shl(level.into())?;
        let first = usize::try_from(index).ok()?.checked_mul(width)?;
        self.get(first..first.checked_add(width)?).map(root_of)
    }
}

/// The hashes of a tree of which only every eighth level is kept, as tiles keep them.
///
/// The callback is given a tile level (0: leaves; 1: hashes of 256 leaves; 2: of 65,536 …) and a
/// range of positions in that level, and answers with exactly those hashes, or `None` if it does
/// not have them all. A range has at most 128 hashes and never crosses the edge of a tile. It is
/// asked only for hashes of complete subtrees, so a partial tile serves as well as a full one.
#[derive(Debug, Clone, Copy)]
pub struct TileHashes<F>(pub F);

impl<F, H> Hashes for TileHashes<F>
where
    F: Fn(u8, std::ops::Range<u64>) -> Option<H>,
    H: AsRef<[Hash]>,
{
    fn hash(&self, level: u8, index: u64) -> Option<Hash> {
        let (tile_level, above) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let first = index.checked_mul(1 << above)?;
        let hashes = (self.0)(tile_level, first..first.checked_add(1 << above)?)?;
        let hashes = hashes.as_ref();
        (hashes.len() == 1 << above).then(|| root_of(hashes))
    }
}

/// The binary levels that one tile spans (C2SP tlog-tiles).
pub const TILE_HEIGHT: u8 = 8;

/// The root of a tree of these leaves, or of these roots of equally large subtrees
/// (RFC 6962, section 2.1).
pub fn root_of(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    for hash in hashes {
        frontier.push(*hash);
    }
    frontier.root()
}

/// The root of the first `size` leaves; `None` if a hash that it needs is not there.
pub fn root<H: Hashes + ?Sized>(size: Size, hashes: &H) -> Option<Hash> {
    Frontier::of(size, hashes).map(|frontier| frontier.root())
}

/// The root over the leaves `first..end`, where `first` is where a subtree of that span begins
/// in a tree. `None` if a hash is not there.
pub(crate) fn span_root<H: Hashes + ?Sized>(first: u64, end: u64, hashes: &H) -> Option<Hash> {
    span_peaks(first, end, hashes).map(|peaks| fold(&peaks))
}

/// The roots of the complete subtrees that cover `first..end`, largest and leftmost first.
fn span_peaks<H: Hashes + ?Sized>(mut first: u64, end: u64, hashes: &H) -> Option<Vec<Hash>> {
    let mut peaks = Vec::with_capacity((end - first).count_ones() as usize);
    while first < end {
        let level = (end - first).ilog2() as u8;
        peaks.push(hashes.hash(level, first >> level)?);
        first += 1 << level;
    }
    Some(peaks)
}

/// The root over neighbouring subtrees, each larger than the next (RFC 6962, section 2.1).
fn fold(peaks: &[Hash]) -> Hash {
    let joined = peaks
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| Hash::node(left, right));
    joined.unwrap_or(Hash::EMPTY)
}

/// The right edge of a tree: the roots of the complete subtrees that it consists of, one for
/// each one-bit of its size, largest first. All that is needed to append and to know the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    size: Size,
    peaks: Vec<Hash>,
}

impl Default for Frontier {
    fn default() -> Self {
        Self::new()
    }
}

impl Frontier {
    /// The edge of the tree without leaves.
    pub fn new() -> Self {
        // Room for every size there is, so that no leaf ever waits for memory.
        Self {
            size: Size::ZERO,
            peaks: Vec::with_capacity(64),
        }
    }

    /// The edge that [`Frontier::size`] and [`Frontier::hashes`] once described. `None` unless
    /// there is one hash for each one-bit of the size. Whether they are the right hashes shows in
    /// the root only.
    pub fn from_hashes(size: Size, hashes: Vec<Hash>) -> Option<Self> {
        let fits = hashes.len() == size.0.count_ones() as usize && size <= Size::MAX;
        fits.then_some(Self {
            size,
            peaks: hashes,
        })
    }

    /// The edge of the first `size` leaves of a tree; `None` if a hash is not there.
    pub fn of<H: Hashes + ?Sized>(size: Size, hashes: &H) -> Option<Self> {
        Self::from_hashes(size, span_peaks(0, size.0, hashes)?)
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The roots of the complete subtrees, largest and leftmost first.
    pub fn hashes(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root of the tree: 0 to 63 hashes are computed.
    pub fn root(&self) -> Hash {
        fold(&self.peaks)
    }

    /// Appends a leaf: one hash on average.
    pub fn push(&mut self, leaf: Hash) {
        self.push_seen(leaf, |_, _, _| {});
    }

    /// Appends a leaf and shows every complete subtree that it finishes: level, position in that
    /// level, hash; the leaf itself first. What a writer of tiles keeps is among them.
    pub fn push_seen(&mut self, leaf: Hash, mut seen: impl FnMut(u8, u64, Hash)) {
        self.join(0, leaf, &mut seen);
    }

    /// Appends a complete subtree of `2^level` leaves at once, such as a full tile.
    /// `false`, and nothing is appended, if such a subtree does not begin here.
    pub fn push_subtree(&mut self, level: u8, root: Hash) -> bool {
        let fits = level < 63 && self.size.0.trailing_zeros() >= level.into();
        if fits {
            self.join(level, root, &mut |_, _, _| {});
        }
        fits
    }

    fn join(&mut self, level: u8, root: Hash, seen: &mut impl FnMut(u8, u64, Hash)) {
        let (mut hash, mut level) = (root, level);
        let mut index = self.size.0 >> level;
        seen(level, index, hash);
        // As in adding one to a binary number: every one-bit that carries is a pair to join.
        while index & 1 == 1 {
            let left = self
                .peaks
                .pop()
                .expect("there is a peak for every one-bit of the size");
            hash = Hash::node(left, hash);
            (level, index) = (level + 1, index >> 1);
            seen(level, index, hash);
        }
        self.size = Size((index + 1) << level);
        assert!(self.size <= Size::MAX, "a tree of more than 2^63-1 leaves");
        self.peaks.push(hash);
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
