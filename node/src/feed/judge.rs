//! Were entries altered on the way to us, or did their log fork?

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use clearinghouse_protocol::feed::evidence::{Evidence, Joint};
use clearinghouse_protocol::feed::follow::{Follower, Offer};
use clearinghouse_protocol::tlog::checkpoint::SignedCheckpoint;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tile::Tile;
use clearinghouse_protocol::tlog::tree::TileHashes;

use super::feeds::Feed;
use super::peer::{Peer, PeerError};

/// Rounds of fetching the tiles that a judgement asks for: a tree of 2^53 leaves needs fewer.
const JUDGE_ROUNDS: usize = 40;

/// Finds out whether entries that do not fit were altered on the way, or whether the log forked: then
/// with the evidence.
pub(super) async fn judge(
    feed: &Feed,
    follower: &Follower,
    offer: &Offer,
    note: &[u8],
    peer: &Peer,
) -> Result<Option<Evidence>, PeerError> {
    let mut tiles: BTreeMap<(u8, u64), Vec<Hash>> = BTreeMap::new();
    for _ in 0..JUDGE_ROUNDS {
        let (joint, wanted) = judge_by(follower, offer, &tiles);
        if let Some(joint) = joint {
            let files = feed.files();
            let ours = files.checkpoint().unwrap_or_default();
            let (origin, key) = (follower.origin(), &feed.identity.log_key);
            return Ok(Evidence::new(joint, ours, note, &origin, key).ok());
        }
        if wanted.is_empty() {
            return Ok(None);
        }
        for (level, index) in wanted {
            let Some(tile) = Tile::within(offer.size(), level, index) else {
                return Ok(None);
            };
            let bytes = peer.tile(follower.origin(), tile).await?;
            let Ok(hashes) = tile.hashes(&bytes) else {
                return Ok(None);
            };
            tiles.insert((level, index), hashes);
        }
    }
    Ok(None)
}

/// What the tiles that are here show, and which further ones were asked for.
fn judge_by(
    follower: &Follower,
    offer: &Offer,
    tiles: &BTreeMap<(u8, u64), Vec<Hash>>,
) -> (Option<Joint>, BTreeSet<(u8, u64)>) {
    let wanted: RefCell<BTreeSet<(u8, u64)>> = RefCell::default();
    let hashes = TileHashes(|level: u8, range: std::ops::Range<u64>| {
        let tile = (level, range.start / 256);
        let Some(hashes) = tiles.get(&tile) else {
            wanted.borrow_mut().insert(tile);
            return None;
        };
        let first = (range.start % 256) as usize;
        let last = first + (range.end - range.start) as usize;
        hashes.get(first..last).map(<[Hash]>::to_vec)
    });
    let joint = follower.judge(offer, &hashes);
    (joint, wanted.into_inner())
}

/// Evidence that a signed checkpoint, of no more entries than we have, is of another history than ours;
/// `None` if it is of ours, or is none.
pub fn against(feed: &Feed, note: &[u8]) -> Option<Evidence> {
    let (origin, key) = (feed.identity.origin, &feed.identity.log_key);
    let offered = SignedCheckpoint::open(note, &origin.to_string(), key).ok()?;
    let files = feed.files();
    let ours = files.checkpoint()?;
    let known = SignedCheckpoint::open(ours, &origin.to_string(), key).ok()?;
    if offered.size > known.size {
        return None;
    }
    let hashes = TileHashes(|level: u8, range: std::ops::Range<u64>| {
        let bytes = files.hashes(level, range).ok()??;
        let (hashes, _) = bytes.as_chunks::<{ Hash::BYTES }>();
        Some(hashes.iter().copied().map(Hash).collect::<Vec<Hash>>())
    });
    let joint = Joint::of(offered.size, &known, &hashes)?;
    if joint.prefix == offered.root {
        return None;
    }
    Evidence::new(joint, note, ours, &origin, key).ok()
}
