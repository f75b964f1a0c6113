//! Does a tree have the root that RFC 6962 gives it, however it grew?

use super::*;
use proptest::prelude::*;

/// RFC 6962, section 2.1, word for word.
fn by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::EMPTY,
        [leaf] => *leaf,
        more => {
            let k = more.len().next_power_of_two() / 2;
            Hash::node(by_definition(&more[..k]), by_definition(&more[k..]))
        }
    }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| Hash::leaf(&n.to_be_bytes())).collect()
}

#[test]
fn a_root_is_what_the_definition_says() {
    for size in (0..70).chain([255, 256, 257, 511, 512, 513, 1000]) {
        let leaves = leaves(size);
        let expected = by_definition(&leaves);
        assert_eq!(root_of(&leaves), expected, "{size}");
        assert_eq!(
            root(Size(size), leaves.as_slice()),
            Some(expected),
            "{size}"
        );
        assert_eq!(root(Size(size + 1), leaves.as_slice()), None, "{size}");
    }
}

#[test]
fn a_frontier_grows_by_leaves_and_by_subtrees_alike() {
    let leaves = leaves(600);
    let mut grown = Frontier::new();
    for (count, leaf) in leaves.iter().enumerate() {
        let size = Size(count as u64);
        assert_eq!(grown.size(), size);
        assert_eq!(Frontier::of(size, leaves.as_slice()).as_ref(), Some(&grown));
        let copy = Frontier::from_hashes(size, grown.hashes().to_vec());
        assert_eq!(copy.as_ref(), Some(&grown));
        grown.push(*leaf);
    }
    let mut by_subtrees = Frontier::new();
    for (level, range) in [
        (8, 0..256),
        (7, 256..384),
        (7, 384..512),
        (6, 512..576),
        (3, 576..584),
    ] {
        assert!(by_subtrees.push_subtree(level, root_of(&leaves[range])));
    }
    assert!(
        !by_subtrees.push_subtree(4, Hash::EMPTY),
        "584 is no multiple of 16"
    );
    leaves[584..]
        .iter()
        .for_each(|leaf| by_subtrees.push(*leaf));
    assert_eq!(by_subtrees, grown);
}

#[test]
fn a_frontier_needs_one_hash_for_each_bit() {
    for (size, count, fits) in [
        (0, 0, true),
        (0, 1, false),
        (1, 0, false),
        (1, 1, true),
        (7, 3, true),
        (7, 2, false),
        (8, 1, true),
        (Size::MAX.0, 63, true),
        (Size::MAX.0 + 1, 1, false),
    ] {
        let frontier = Frontier::from_hashes(Size(size), vec![Hash::EMPTY; count]);
        assert_eq!(frontier.is_some(), fits, "{size} {count}");
    }
}

#[test]
fn a_frontier_shows_every_subtree_that_it_finishes() {
    let leaves = leaves(300);
    let (mut frontier, mut seen) = (Frontier::new(), Vec::new());
    for leaf in &leaves {
        frontier.push_seen(*leaf, |level, index, hash| seen.push((level, index, hash)));
    }
    for &(level, index, hash) in &seen {
        assert_eq!(leaves.hash(level, index), Some(hash), "{level} {index}");
    }
    let expected: u64 = (0..9).map(|level| 300 >> level).sum();
    assert_eq!(seen.len() as u64, expected);
}

#[test]
fn every_subtree_can_be_had_from_tile_levels() {
    let leaves = leaves(3 * 256 + 129);
    let tops: Vec<Hash> = leaves.chunks_exact(256).map(root_of).collect();
    let tiles = TileHashes(|level: u8, range: std::ops::Range<u64>| {
        assert!(range.end - range.start <= 128 && range.start / 256 == (range.end - 1) / 256);
        let stored = if level == 0 { &leaves } else { &tops };
        stored.get(range.start as usize..range.end as usize)
    });
    for level in 0..10 {
        let count = leaves.len() as u64 >> level;
        for index in 0..count {
            assert_eq!(
                tiles.hash(level, index),
                leaves.hash(level, index),
                "{level} {index}"
            );
        }
        assert_eq!(tiles.hash(level, count), None, "{level}");
    }
    let short = TileHashes(|_: u8, _| Some([Hash::EMPTY]));
    assert_eq!(
        short.hash(1, 0),
        None,
        "a callback that answers too little is not believed"
    );
}

#[test]
#[should_panic(expected = "a tree of more than 2^63-1 leaves")]
fn the_largest_tree_does_not_grow() {
    let frontier = Frontier::from_hashes(Size::MAX, vec![Hash::EMPTY; 63]);
    frontier.expect("sound").push(Hash::EMPTY);
}

#[test]
fn a_size_and_a_position_are_one_apart() {
    assert_eq!(Size::ZERO.last(), None);
    assert_eq!(Size(4).last(), Some(Index(3)));
    assert_eq!(Size(4).next_index(), Index(4));
    assert_eq!(Index(3).as_last(), Size(4));
    assert_eq!(Size(4).grown(), Size(5));
    assert!(Size(4).contains(Index(3)) && !Size(4).contains(Index(4)));
}

proptest! {
    #[test]
    fn a_frontier_taken_up_again_goes_on(before in 0_u64..700, after in 0_u64..700) {
        let leaves = leaves(before + after);
        let mut taken_up = Frontier::of(Size(before), leaves.as_slice()).expect("all are there");
        leaves[before as usize..].iter().for_each(|leaf| taken_up.push(*leaf));
        prop_assert_eq!(taken_up.root(), by_definition(&leaves));
    }
}
