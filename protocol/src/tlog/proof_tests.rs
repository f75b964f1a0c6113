//! Does a proof show what it should, and nothing else?

use super::*;
use crate::tlog::tree::{Frontier, root_of};
use proptest::prelude::*;

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| Hash::leaf(&n.to_be_bytes())).collect()
}

/// RFC 6962, section 2.1.1, word for word.
fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut proof, sibling) = if m < k {
        (path(m, &leaves[..k]), &leaves[k..])
    } else {
        (path(m - k, &leaves[k..]), &leaves[..k])
    };
    proof.push(root_of(sibling));
    proof
}

/// RFC 6962, section 2.1.2, word for word.
fn subproof(m: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if known {
            Vec::new()
        } else {
            vec![root_of(leaves)]
        };
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut proof, sibling) = if m <= k {
        (subproof(m, &leaves[..k], known), &leaves[k..])
    } else {
        (subproof(m - k, &leaves[k..], false), &leaves[..k])
    };
    proof.push(root_of(sibling));
    proof
}

#[test]
fn every_leaf_of_small_trees_is_proven_and_no_other() {
    for size in 1..40_u64 {
        let leaves = leaves(size);
        let root = root_of(&leaves);
        for index in 0..size {
            let leaf = leaves[index as usize];
            let proof = prove(Index(index), Size(size), leaves.as_slice()).expect("inside");
            assert_eq!(proof, path(index as usize, &leaves), "{index} of {size}");
            for other in 0..size + 2 {
                let verified = verify_inclusion(leaf, Index(other), Size(size), &proof, root);
                assert_eq!(
                    verified.is_ok(),
                    other == index,
                    "{index} as {other} of {size}"
                );
            }
            refuse_changed(&proof, |p| {
                verify_inclusion(leaf, Index(index), Size(size), p, root)
            });
        }
    }
}

#[test]
fn growth_of_small_trees_is_proven_and_nothing_else() {
    let leaves = leaves(40);
    let roots: Vec<Hash> = (0..=40).map(|size| root_of(&leaves[..size])).collect();
    for new in 0..=40_usize {
        for old in 0..=new {
            let proof = prove_consistency(Size(old as u64), Size(new as u64), leaves.as_slice());
            let proof = proof.expect("inside");
            let expected = if old == 0 {
                vec![]
            } else {
                subproof(old, &leaves[..new], true)
            };
            assert_eq!(proof, expected, "{old} to {new}");
            let verify = |old_root: Hash, new_root: Hash, proof: &[Hash]| {
                let (old, new) = (Size(old as u64), Size(new as u64));
                verify_consistency(old, old_root, new, new_root, proof)
            };
            assert_eq!(
                verify(roots[old], roots[new], &proof),
                Ok(()),
                "{old} to {new}"
            );
            let wrong = Hash::leaf(b"another log");
            assert_eq!(verify(wrong, roots[new], &proof), Err(ProofError::Root));
            if old > 0 {
                assert_eq!(verify(roots[old], wrong, &proof), Err(ProofError::Root));
            }
            refuse_changed(&proof, |p| verify(roots[old], roots[new], p));
        }
    }
}

/// A proof that is longer, shorter, or has one bit turned proves nothing.
fn refuse_changed(proof: &[Hash], verify: impl Fn(&[Hash]) -> Result<(), ProofError>) {
    let longer = [proof, &[Hash::EMPTY]].concat();
    assert_eq!(verify(&longer), Err(ProofError::Length(longer.len())));
    if let Some((_, shorter)) = proof.split_last() {
        assert_eq!(verify(shorter), Err(ProofError::Length(shorter.len())));
    }
    for at in 0..proof.len() {
        let mut turned = proof.to_vec();
        turned[at].0[at % 32] ^= 1;
        assert_eq!(verify(&turned), Err(ProofError::Root));
    }
}

#[test]
fn what_cannot_be_proven_is_said() {
    let leaves = leaves(5);
    let hashes = leaves.as_slice();
    let outside = ProofError::Outside {
        index: Index(5),
        size: Size(5),
    };
    assert_eq!(prove(Index(5), Size(5), hashes), Err(outside));
    assert_eq!(prove(Index(0), Size(6), hashes), Err(ProofError::Missing));
    assert_eq!(
        prove_consistency(Size(3), Size(6), hashes),
        Err(ProofError::Missing)
    );
    let shrunk = ProofError::Shrunk {
        old: Size(6),
        new: Size(5),
    };
    assert_eq!(prove_consistency(Size(6), Size(5), hashes), Err(shrunk));
    let (any, none) = (Hash::EMPTY, &[]);
    assert_eq!(
        verify_consistency(Size(6), any, Size(5), any, none),
        Err(shrunk)
    );
    let outside = ProofError::Outside {
        index: Index(0),
        size: Size(0),
    };
    assert_eq!(
        verify_inclusion(any, Index(0), Size(0), none, any),
        Err(outside)
    );
}

proptest! {
    #[test]
    fn any_numbers_and_any_hashes_are_answered(
        a: u64, b: u64, hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let hashes: Vec<Hash> = hashes.into_iter().map(Hash).collect();
        let any = Hash::EMPTY;
        let included = verify_inclusion(any, Index(a), Size(b), &hashes, any);
        let grown = verify_consistency(Size(a), any, Size(b), any, &hashes);
        prop_assert!(included.is_err());
        prop_assert!(grown.is_err() || a == 0 && hashes.is_empty());
    }

    #[test]
    fn larger_trees_prove_what_their_edges_say(size in 1_u64..3000, a: u64, b: u64) {
        let leaves = leaves(size);
        let root = root_of(&leaves);
        let index = Index(a % size);
        let proof = prove(index, Size(size), leaves.as_slice()).expect("inside");
        let leaf = leaves[index.0 as usize];
        prop_assert_eq!(verify_inclusion(leaf, index, Size(size), &proof, root), Ok(()));
        prop_assert!(proof.len() <= MAX_HASHES);
        let old = Size(b % (size + 1));
        let old_root = Frontier::of(old, leaves.as_slice()).expect("inside").root();
        let proof = prove_consistency(old, Size(size), leaves.as_slice()).expect("inside");
        prop_assert_eq!(verify_consistency(old, old_root, Size(size), root, &proof), Ok(()));
    }
}
