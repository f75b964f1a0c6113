//! Do two other implementations compute our roots, proofs and tiles?

use std::ops::Range;
use std::sync::LazyLock;

use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::proof;
use clearinghouse_protocol::tlog::tile::Tile;
use clearinghouse_protocol::tlog::tree::{
    self, Frontier, Hashes, Index, Size, TILE_HEIGHT, TileHashes,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;
use tlog_tiles::{HashReader, TileHashReader, TileReader};

/// Both sides of every edge that tiles have, and the example of the specification.
const SIZES: [u64; 12] = [
    0, 1, 2, 3, 255, 256, 257, 511, 65_535, 65_536, 65_537, 70_000,
];

fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

fn ours(hash: tlog_tiles::Hash) -> Hash {
    Hash(hash.0)
}

fn theirs(hash: Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.0)
}

/// The largest log: every complete subtree as we computed it, and as they did.
struct Log {
    levels: Vec<Vec<Hash>>,
    stored: Stored,
}

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let (mut levels, mut stored) = (vec![Vec::new(); 20], Stored(Vec::new()));
    let mut frontier = Frontier::new();
    for index in 0..SIZES[SIZES.len() - 1] {
        let entry = entry(index);
        frontier.push_seen(Hash::leaf(&entry), |level, position, hash| {
            let level: &mut Vec<Hash> = &mut levels[usize::from(level)];
            assert_eq!(level.len() as u64, position);
            level.push(hash);
        });
        let hashes = tlog_tiles::stored_hashes(index, &entry, &stored).expect("all are stored");
        stored.0.extend(hashes);
    }
    Log { levels, stored }
});

impl Log {
    /// What a node keeps of this log: every eighth level.
    fn tiles<'a>(&'a self) -> TileHashes<impl Fn(u8, Range<u64>) -> Option<&'a [Hash]>> {
        TileHashes(|level: u8, range: Range<u64>| {
            let level = self.levels.get(usize::from(level * TILE_HEIGHT))?;
            level.get(range.start as usize..range.end as usize)
        })
    }

    /// The bytes that we would serve for a tile.
    fn tile(&self, tile: Tile) -> Vec<u8> {
        let level = &self.levels[usize::from(tile.level() * TILE_HEIGHT)];
        let first = tile.first().expect("a small position") as usize;
        let hashes = &level[first..first + usize::from(tile.width())];
        hashes.iter().flat_map(|hash| hash.0).collect()
    }

    /// Positions at both sides of every edge, in a tree of this size.
    fn positions(size: u64) -> impl Iterator<Item = u64> {
        let near = SIZES.into_iter().flat_map(|s| s.saturating_sub(1)..s + 2);
        let near = near.chain([size / 2, size / 3, size.saturating_sub(1)]);
        near.filter(move |index| *index < size)
    }
}

/// Hashes in the order in which the other implementation stores them.
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, at: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(at.iter().map(|at| self.0[*at as usize]).collect())
    }
}

/// A client of the other implementation that is served our tiles under our paths.
struct Served;

impl TileReader for Served {
    fn height(&self) -> u8 {
        TILE_HEIGHT
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            LOG.tile(Tile::parse(&path).expect("a path"))
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn every_stored_hash_is_the_same() {
    for (level, hashes) in LOG.levels.iter().enumerate() {
        for (index, hash) in hashes.iter().enumerate() {
            let at = tlog_tiles::stored_hash_index(level as u8, index as u64);
            assert_eq!(ours(LOG.stored.0[at as usize]), *hash, "{level} {index}");
        }
    }
}

#[test]
fn roots_are_the_same() {
    for size in SIZES {
        let root = tree::root(Size(size), &LOG.tiles()).expect("all are there");
        let other = tlog_tiles::tree_hash(size, &LOG.stored).expect("all are stored");
        assert_eq!(root, ours(other), "{size}");
    }
}

#[test]
fn inclusion_proofs_are_the_same() {
    for size in SIZES {
        let root = tree::root(Size(size), &LOG.tiles()).expect("all are there");
        for index in Log::positions(size) {
            let leaf = Hash::leaf(&entry(index));
            let proof = proof::prove(Index(index), Size(size), &LOG.tiles()).expect("inside");
            let other = tlog_tiles::prove_record(size, index, &LOG.stored).expect("inside");
            let other: Vec<Hash> = other.into_iter().map(ours).collect();
            assert_eq!(proof, other, "{index} of {size}");
            let verified = proof::verify_inclusion(leaf, Index(index), Size(size), &proof, root);
            assert_eq!(verified, Ok(()), "{index} of {size}");
        }
    }
}

#[test]
fn consistency_proofs_are_the_same() {
    let roots = SIZES.map(|size| tree::root(Size(size), &LOG.tiles()).expect("all are there"));
    for (new, new_root) in SIZES.into_iter().zip(roots) {
        for (old, old_root) in SIZES.into_iter().zip(roots).filter(|(old, _)| *old <= new) {
            let proof = proof::prove_consistency(Size(old), Size(new), &LOG.tiles());
            let proof = proof.expect("grown");
            let verified =
                proof::verify_consistency(Size(old), old_root, Size(new), new_root, &proof);
            assert_eq!(verified, Ok(()), "{old} to {new}");
            if old > 0 {
                let other = tlog_tiles::prove_tree(new, old, &LOG.stored).expect("grown");
                let other: Vec<Hash> = other.into_iter().map(ours).collect();
                assert_eq!(proof, other, "{old} to {new}");
            }
        }
    }
}

#[test]
fn false_proofs_are_refused_by_both() {
    let (size, index) = (70_000, 65_536);
    let root = tree::root(Size(size), &LOG.tiles()).expect("all are there");
    let leaf = Hash::leaf(&entry(index));
    let proof = proof::prove(Index(index), Size(size), &LOG.tiles()).expect("inside");
    let mut changed = vec![proof[1..].to_vec(), [&proof[..], &[leaf]].concat()];
    for at in 0..proof.len() {
        let mut turned = proof.clone();
        turned[at].0[at] ^= 0x80;
        changed.push(turned);
    }
    for proof in changed {
        let here = proof::verify_inclusion(leaf, Index(index), Size(size), &proof, root);
        let other = proof.into_iter().map(theirs).collect();
        let there = tlog_tiles::check_record(&other, size, theirs(root), index, theirs(leaf));
        assert!(here.is_err() && there.is_err());
    }
}

#[test]
fn tiles_are_cut_and_named_the_same() {
    for new in SIZES {
        for old in SIZES.into_iter().filter(|old| *old <= new) {
            let tiles: Vec<Tile> = Tile::grown(Size(old), Size(new)).collect();
            let others = tlog_tiles::Tile::new_tiles(TILE_HEIGHT, old, new);
            let paths: Vec<String> = others
                .iter()
                .map(|t| t.path().replacen("tile/8/", "tile/", 1))
                .collect();
            assert_eq!(
                tiles.iter().map(Tile::path).collect::<Vec<_>>(),
                paths,
                "{old} to {new}"
            );
        }
        let all = tlog_tiles::Tile::new_tiles(TILE_HEIGHT, 0, new);
        for (tile, other) in Tile::all(Size(new)).zip(all) {
            let bytes = LOG.tile(tile);
            assert_eq!(bytes, other.read_data(&LOG.stored).expect("all are stored"));
            let hashes = tile.hashes(&bytes).expect("as many as it is wide");
            let first = tile.first().expect("a small position");
            assert_eq!(
                LOG.tiles().hash(tile.level() * TILE_HEIGHT, first),
                Some(hashes[0])
            );
        }
    }
}

#[test]
fn a_client_of_another_make_verifies_our_tiles() {
    for size in SIZES.into_iter().filter(|size| *size > 0) {
        let root = tree::root(Size(size), &LOG.tiles()).expect("all are there");
        let client = TileHashReader::new(size, theirs(root), &Served);
        for index in [0, size / 2, size - 1] {
            let proof = tlog_tiles::prove_record(size, index, &client).expect("sound tiles");
            let leaf = theirs(Hash::leaf(&entry(index)));
            tlog_tiles::check_record(&proof, size, theirs(root), index, leaf).expect("sound");
        }
    }
}

#[test]
fn a_third_implementation_agrees() {
    let mut other = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for new in SIZES {
        for index in other.len()..new {
            other.push(entry(index));
        }
        let root = tree::root(Size(new), &LOG.tiles()).expect("all are there");
        assert_eq!(other.root().as_bytes()[..], root.0, "{new}");
        for index in Log::positions(new) {
            let proof = proof::prove(Index(index), Size(new), &LOG.tiles()).expect("inside");
            let bytes: Vec<u8> = proof.iter().flat_map(|hash| hash.0).collect();
            assert_eq!(
                other.prove_inclusion(index as usize).as_bytes(),
                bytes,
                "{index}/{new}"
            );
        }
        for old in SIZES.into_iter().filter(|old| (1..=new).contains(old)) {
            let proof = proof::prove_consistency(Size(old), Size(new), &LOG.tiles());
            let bytes: Vec<u8> = proof
                .expect("grown")
                .iter()
                .flat_map(|hash| hash.0)
                .collect();
            let more = (new - old) as usize;
            assert_eq!(
                other.prove_consistency(more).as_bytes(),
                bytes,
                "{old} to {new}"
            );
        }
    }
}
