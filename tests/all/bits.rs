//! Is every flipped bit of everything that is served refused, by us and by clients that we did not write?

use std::collections::BTreeMap;

use bytes::Bytes;
use clearinghouse_protocol::feed::body::{check_commitment, read_bundle};
use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::feed::follow::Follower;
use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::receipt::Receipt;
use clearinghouse_protocol::tlog::tile::{EntryBundle, Tile, bodies_path};
use clearinghouse_protocol::tlog::tree::{Index, Size};
use clearinghouse_tests::wire::look;
use clearinghouse_tests::world::World;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{HashReader, TileHashReader, TileReader};

/// A whole feed as it is served: each path below that of its log, and the identity, with its bytes.
#[derive(Clone)]
struct Served {
    nid: Nid,
    vkey: String,
    origin: String,
    size: Size,
    files: BTreeMap<String, Bytes>,
}

/// Where a bit is flipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Identity,
    Checkpoint,
    Entries,
    Tile,
    Bodies,
    Proof,
}

impl Served {
    /// A feed with so many listings, one of them revised and one erased.
    async fn of(listings: usize) -> Served {
        let mut world = World::new(listings as u64);
        world.found("toronto");
        world.rest().await;
        let all = world.publish_many("toronto", listings).await;
        world.revise(all[0]).await;
        world.erase(all[1]).await;
        world.rest().await;
        world.check().await;
        let centre = world.centre("toronto");
        let own = centre.desk().feeds.own();
        let size = own.follower().size();
        let origin = own.identity.origin;
        let mut paths = vec!["checkpoint".to_owned()];
        for number in 0..size.0.div_ceil(256) {
            let bundle = EntryBundle::within(size, number).expect("it lies inside");
            paths.extend([bundle.path(), bodies_path(number)]);
        }
        paths.extend(Tile::all(size).map(|tile| tile.path()));
        paths.extend([0, size.0 / 2, size.0 - 1].map(|index| format!("proof/{index}")));
        let mut files = BTreeMap::new();
        let router = &centre.life().router;
        for path in paths {
            let (status, bytes) = look(
                router,
                &format!("/feed/{}/{}/{path}", origin.nid, origin.epoch),
            )
            .await;
            assert_eq!(status, 200, "{path}");
            files.insert(path, bytes);
        }
        let (_, chain) = look(router, &format!("/feed/{}/identity", origin.nid)).await;
        files.insert("identity".to_owned(), chain);
        Served {
            nid: origin.nid,
            vkey: own.identity.log_key.to_string(),
            origin: origin.to_string(),
            size,
            files,
        }
    }

    fn with_flipped(&self, path: &str, bit: usize) -> Served {
        let mut served = self.clone();
        let mut bytes = self.files[path].to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        served.files.insert(path.to_owned(), bytes.into());
        served
    }

    fn entries(&self) -> Option<Vec<Vec<u8>>> {
        let mut entries = Vec::new();
        for number in 0..self.size.0.div_ceil(256) {
            let bundle = EntryBundle::within(self.size, number)?;
            let bytes = &self.files[&bundle.path()];
            let decoded = EntryBundle::decode(bytes, bundle.width()).ok()?;
            entries.extend(decoded.into_iter().map(<[u8]>::to_vec));
        }
        Some(entries)
    }

    /// Whether our own reader believes the log: identity, checkpoint, entries.
    fn we_believe_the_log(&self) -> Option<Follower> {
        let identity = Identity::read(&self.files["identity"], Some(self.nid)).ok()?;
        let blank = Follower::new(&identity);
        let offer = blank.consider(&self.files["checkpoint"]).ok()??;
        let mut trial = blank.begin(offer);
        for entry in self.entries()? {
            trial.push(&entry);
        }
        trial.finish().ok().map(|(follower, _)| follower)
    }

    /// Whether our own reader believes every body that is in force.
    fn we_believe_the_bodies(&self, entries: &[Vec<u8>], follower: &Follower) -> Option<()> {
        let mut believed = 0;
        for number in 0..self.size.0.div_ceil(256) {
            for framed in read_bundle(number, &self.files[&bodies_path(number)]).ok()? {
                let entry = entries.get(framed.index.0 as usize)?;
                let entry = Entry::decode(entry).ok()?;
                check_commitment(framed.index, &entry, framed.salt, framed.body).ok()?;
                believed += u64::from(follower.living().contains(framed.index));
            }
        }
        (believed == follower.living().count()).then_some(())
    }

    fn we_believe_the_proofs(&self, entries: &[Vec<u8>], path: &str) -> Option<()> {
        let index: usize = path.strip_prefix("proof/")?.parse().ok()?;
        let receipt = Receipt::parse(&self.files[path]).ok()?;
        let key = self.vkey.parse().expect("our own key");
        let leaf = Hash::leaf(&entries[index]);
        let named = receipt.index == Index(index as u64);
        receipt
            .verify(leaf, &self.origin, &key)
            .ok()
            .filter(|_| named)
            .map(drop)
    }

    /// The checkpoint as two other libraries believe it.
    fn they_believe_the_checkpoint(&self) -> Option<(u64, tlog_tiles::Hash)> {
        let verifier = StandardVerifier::new(&self.vkey).expect("our key is a key to them");
        let verifiers = VerifierList::new(vec![Box::new(verifier)]);
        let note = Note::from_bytes(&self.files["checkpoint"]).ok()?;
        note.verify(&verifiers).ok()?;
        let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).ok()?;
        (checkpoint.origin() == self.origin).then_some((checkpoint.size(), *checkpoint.hash()))
    }

    /// The leaves as another library believes them, from a checkpoint and the tiles.
    fn they_believe_the_tiles(&self) -> Option<Vec<tlog_tiles::Hash>> {
        let (size, root) = self.they_believe_the_checkpoint()?;
        let reader = TileHashReader::new(size, root, self);
        let indexes: Vec<u64> = (0..size)
            .map(|n| tlog_tiles::stored_hash_index(0, n))
            .collect();
        reader.read_hashes(&indexes).ok()
    }

    fn refused(&self, whole: &Whole, part: Part, path: &str) -> bool {
        match part {
            // The other clients know the key, not how we vouch for it.
            Part::Identity => self.we_believe_the_log().is_none(),
            Part::Checkpoint => {
                self.we_believe_the_log().is_none() && self.they_believe_the_checkpoint().is_none()
            }
            Part::Entries => {
                let theirs = self.entries().is_some_and(|entries| {
                    let leaves = entries.iter().map(|entry| tlog_tiles::record_hash(entry));
                    leaves.eq(whole.leaves.iter().copied())
                });
                self.we_believe_the_log().is_none() && !theirs
            }
            // We compute tiles from the entries; a served tile only has to be what they say.
            Part::Tile => {
                let tile = Tile::parse(path).expect("the path of a tile");
                let sound = tile
                    .hashes(&self.files[path])
                    .is_ok_and(|hashes| hashes == whole.tile(tile));
                !sound && self.they_believe_the_tiles().is_none()
            }
            Part::Bodies => {
                let bodies = self.we_believe_the_bodies(&whole.entries, &whole.follower);
                bodies.is_none()
            }
            Part::Proof => self.we_believe_the_proofs(&whole.entries, path).is_none(),
        }
    }
}

impl TileReader for Served {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            self.files.get(&path).map(|bytes| bytes.to_vec())
        };
        let read: Option<Vec<Vec<u8>>> = tiles.iter().map(read).collect();
        read.ok_or(tlog_tiles::Error::InvalidTile)
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

/// What everyone believes of the feed as it is.
struct Whole {
    follower: Follower,
    entries: Vec<Vec<u8>>,
    leaves: Vec<tlog_tiles::Hash>,
    levels: Vec<Vec<Hash>>,
}

impl Whole {
    fn of(served: &Served) -> Whole {
        let follower = served.we_believe_the_log().expect("we believe the log");
        let entries = served.entries().expect("whole bundles");
        let leaves = served
            .they_believe_the_tiles()
            .expect("they believe the tiles");
        let ours: Vec<Hash> = entries.iter().map(|entry| Hash::leaf(entry)).collect();
        assert!(
            ours.iter()
                .map(|hash| hash.0)
                .eq(leaves.iter().map(|hash| hash.0))
        );
        served
            .we_believe_the_bodies(&entries, &follower)
            .expect("we believe the bodies");
        let mut levels = vec![ours];
        while let Some(last) = levels.last().filter(|last| last.len() >= 256) {
            let above = last
                .chunks_exact(256)
                .map(clearinghouse_protocol::tlog::tree::root_of);
            levels.push(above.collect());
        }
        Whole {
            follower,
            entries,
            leaves,
            levels,
        }
    }

    fn tile(&self, tile: Tile) -> &[Hash] {
        let first = tile.first().expect("a small position") as usize;
        &self.levels[usize::from(tile.level())][first..first + usize::from(tile.width())]
    }
}

fn part_of(path: &str) -> Part {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["identity"] => Part::Identity,
        ["checkpoint"] => Part::Checkpoint,
        ["tile", "entries", ..] => Part::Entries,
        ["tile", ..] => Part::Tile,
        ["bodies", ..] => Part::Bodies,
        _ => Part::Proof,
    }
}

/// Flips every `stride`th bit of every file, or about so, and answers how many of each part there were.
fn flip(served: &Served, stride: usize) -> BTreeMap<Part, usize> {
    let whole = Whole::of(served);
    let mut flipped = BTreeMap::new();
    for (path, bytes) in &served.files {
        let part = part_of(path);
        for bit in (0..bytes.len() * 8).step_by(stride) {
            let altered = served.with_flipped(path, bit);
            assert!(
                altered.refused(&whole, part, path),
                "bit {} of byte {} of {path} was flipped and believed",
                bit % 8,
                bit / 8,
            );
            *flipped.entry(part).or_default() += 1;
        }
    }
    flipped
}

#[tokio::test]
async fn every_flipped_bit_of_a_small_feed_is_refused() {
    let served = Served::of(3).await;
    let flipped = flip(&served, 1);
    assert_eq!(flipped.len(), 6, "{flipped:?}");
    assert!(flipped.values().all(|count| *count > 1000), "{flipped:?}");
}

#[tokio::test]
async fn flipped_bits_of_a_feed_of_several_bundles_are_refused() {
    // With identity, revision and erasure 257 entries. At sizes where two of the subtrees that make up
    // the tree stand in one tile, version 0.2.0 of the other client leaves as many full tiles unchecked.
    let served = Served::of(254).await;
    assert_eq!(served.size, Size(257));
    // Prime, so that every bit of a byte has its turn.
    let flipped = flip(&served, 9973);
    assert_eq!(flipped.len(), 6, "{flipped:?}");
}
