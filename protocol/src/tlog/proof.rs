//! What shows that a leaf is in a tree, or that one tree grew from another?
//!
//! Proofs are made as RFC 6962, sections 2.1.1 and 2.1.2, defines them, and verified by the
//! steps of RFC 9162, sections 2.1.3.2 and 2.1.4.2, which describe the same proofs.

use super::hash::Hash;
use super::text::{Lines, TextError};
use super::tree::{self, Hashes, Index, Size};

/// The most hashes a proof can have: one for each level of the largest tree.
pub const MAX_HASHES: usize = 63;

/// Why a proof was not made or not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The tree has no such leaf.
    #[error("no leaf {index} in a tree of {size}")]
    Outside {
        /// The position that was asked for.
        index: Index,
        /// The size of the tree.
        size: Size,
    },
    /// A tree cannot have grown from a larger one.
    #[error("a tree of {new} leaves cannot have grown from one of {old}")]
    Shrunk {
        /// The size of the earlier tree.
        old: Size,
        /// The size of the later tree.
        new: Size,
    },
    /// A hash that the proof needs is not at hand.
    #[error("a hash that the proof needs is missing")]
    Missing,
    /// The proof has more or fewer hashes than one for these numbers has.
    #[error("a proof of {0} hashes does not fit these sizes")]
    Length(usize),
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// Makes the inclusion proof of a leaf, from its sibling up (RFC 6962, section 2.1.1).
///
/// # Errors
/// [`ProofError::Outside`] or [`ProofError::Missing`].
pub fn prove<H>(index: Index, size: Size, hashes: &H) -> Result<Vec<Hash>, ProofError>
where
    H: Hashes + ?Sized,
{
    if !size.contains(index) {
        return Err(ProofError::Outside { index, size });
    }
    let mut proof = Vec::new();
    let (mut first, mut end) = (0, size.0);
    while end - first > 1 {
        let middle = first + split(end - first);
        let sibling = if index.0 < middle {
            (middle, end)
        } else {
            (first, middle)
        };
        let hash = tree::span_root(sibling.0, sibling.1, hashes);
        proof.push(hash.ok_or(ProofError::Missing)?);
        if index.0 < middle {
            end = middle
        } else {
            first = middle
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Verifies that the tree of this size and root has this leaf at this position.
///
/// # Errors
/// [`ProofError::Outside`], [`ProofError::Length`] or [`ProofError::Root`].
pub fn verify_inclusion(
    leaf: Hash,
    index: Index,
    size: Size,
    proof: &[Hash],
    root: Hash,
) -> Result<(), ProofError> {
    let last = size.last().filter(|_| size.contains(index));
    let last = last.ok_or(ProofError::Outside { index, size })?;
    let mut climb = Climb {
        here: index.0,
        last: last.0,
    };
    let mut hash = leaf;
    for &sibling in proof {
        hash = match climb.step().ok_or(ProofError::Length(proof.len()))? {
            Side::Left => Hash::node(sibling, hash),
            Side::Right => Hash::node(hash, sibling),
        };
    }
    climb.arrived(proof.len())?;
    if hash == root {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}

/// Makes the proof that a tree of `new` leaves begins with the one of `old` leaves
/// (RFC 6962, section 2.1.2). Empty for equal sizes, and from the tree without leaves.
///
/// # Errors
/// [`ProofError::Shrunk`] or [`ProofError::Missing`].
pub fn prove_consistency<H>(old: Size, new: Size, hashes: &H) -> Result<Vec<Hash>, ProofError>
where
    H: Hashes + ?Sized,
{
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    let mut proof = Vec::new();
    if old == Size::ZERO {
        return Ok(proof);
    }
    let mut push = |first, end| {
        let hash = tree::span_root(first, end, hashes);
        hash.map(|hash| proof.push(hash)).ok_or(ProofError::Missing)
    };
    let (mut first, mut end) = (0, new.0);
    while old.0 < end {
        let middle = first + split(end - first);
        if old.0 <= middle {
            push(middle, end)?;
            end = middle;
        } else {
            push(first, middle)?;
            first = middle;
        }
    }
    // The old tree is itself a subtree of the new one when it is complete; then its root is
    // known to whoever verifies and is left out.
    if first > 0 {
        push(first, end)?;
    }
    proof.reverse();
    Ok(proof)
}

/// Verifies that the tree `new` begins with the tree `old`.
///
/// Everything begins with the tree without leaves: then the proof is empty and the roots are
/// only checked where they are known without a proof.
///
/// # Errors
/// [`ProofError::Shrunk`], [`ProofError::Length`] or [`ProofError::Root`].
pub fn verify_consistency(
    old: Size,
    old_root: Hash,
    new: Size,
    new_root: Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    if old == Size::ZERO || old == new {
        let empty_old = old > Size::ZERO || old_root == Hash::EMPTY;
        let same = old < new || old_root == new_root;
        return match proof {
            [] if empty_old && same => Ok(()),
            [] => Err(ProofError::Root),
            more => Err(ProofError::Length(more.len())),
        };
    }
    let wrong_length = ProofError::Length(proof.len());
    let mut climb = Climb {
        here: old.0 - 1,
        last: new.0 - 1,
    };
    // Up to the largest complete subtree that ends where the old tree ends.
    climb.rise(climb.here.trailing_ones());
    let (seed, rest) = if old.0.is_power_of_two() {
        (old_root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(wrong_length)?;
        (*first, rest)
    };
    let (mut old_hash, mut new_hash) = (seed, seed);
    for &sibling in rest {
        match climb.step().ok_or(wrong_length)? {
            Side::Left => {
                old_hash = Hash::node(sibling, old_hash);
                new_hash = Hash::node(sibling, new_hash);
            }
            Side::Right => new_hash = Hash::node(new_hash, sibling),
        }
    }
    climb.arrived(proof.len())?;
    let joined = old_hash == old_root && new_hash == new_root;
    if joined {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}

/// Writes a proof as receipts and requests to witnesses hold it: one hash a line.
pub fn to_lines(proof: &[Hash]) -> String {
    proof.iter().map(|hash| format!("{hash}\n")).collect()
}

/// Reads a proof of at most [`MAX_HASHES`] lines up to an empty line, which is read too.
///
/// # Errors
/// [`TextError`] for a line that is no hash, too many lines, or no empty line.
pub fn from_lines(lines: &mut Lines<'_>) -> Result<Vec<Hash>, TextError> {
    let mut proof = Vec::new();
    for line in lines {
        if line.is_empty() {
            return Ok(proof);
        }
        if proof.len() == MAX_HASHES {
            return Err(TextError::TooManyLines(MAX_HASHES));
        }
        proof.push(line.parse()?);
    }
    Err(TextError::NoEmptyLine)
}

/// The largest power of two below a count of at least two (RFC 6962, section 2.1: k).
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// On which side of the path a sibling stands.
enum Side {
    Left,
    Right,
}

/// The way from a node up to the root, beside the way of the last node of each level.
struct Climb {
    here: u64,
    last: u64,
}

impl Climb {
    /// Goes up to the next node that has a sibling, and says on which side; `None` at the root.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        if self.here & 1 == 1 {
            self.rise(1);
            return Some(Side::Left);
        }
        if self.here < self.last {
            self.rise(1);
            return Some(Side::Right);
        }
        // A last node without a sibling is its own parent, up to where it is a right child.
        self.rise(self.here.trailing_zeros());
        self.rise(1);
        Some(Side::Left)
    }

    fn rise(&mut self, levels: u32) {
        self.here >>= levels;
        self.last >>= levels;
    }

    fn arrived(&self, length: usize) -> Result<(), ProofError> {
        if self.last == 0 {
            Ok(())
        } else {
            Err(ProofError::Length(length))
        }
    }
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
