//! Were entries altered on the way to us, or did their log fork?

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use clearinghouse_protocol::feed::follow::{FollowError, Follower, Offer};
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tile::Tile;
use clearinghouse_protocol::tlog::tree::TileHashes;

use super::peer::{Peer, PeerError};

/// Rounds of fetching the tiles that a judgement asks for: a tree of 2^53 leaves needs fewer.
const JUDGE_ROUNDS: usize = 40;

/// Finds out whether entries that do not fit were altered on the way or whether the log forked.
pub(super) async fn judge(
    follower: &Follower,
    offer: &Offer,
    peer: &Peer,
) -> Result<FollowError, PeerError> {
    let mut tiles: BTreeMap<(u8, u64), Vec<Hash>> = BTreeMap::new();
    for _ in 0..JUDGE_ROUNDS {
        let (verdict, wanted) = judge_by(follower, offer, &tiles);
        if wanted.is_empty() {
            return Ok(verdict);
        }
        for (level, index) in wanted {
            let Some(tile) = Tile::within(offer.size(), level, index) else {
                return Ok(verdict);
            };
            let bytes = peer.tile(follower.origin(), tile).await?;
            let Ok(hashes) = tile.hashes(&bytes) else {
                return Ok(verdict);
            };
            tiles.insert((level, index), hashes);
        }
    }
    Ok(FollowError::Altered {
        origin: follower.origin(),
        offered: offer.size(),
    })
}

/// The verdict from the tiles that are here, and which further ones it asked for.
fn judge_by(
    follower: &Follower,
    offer: &Offer,
    tiles: &BTreeMap<(u8, u64), Vec<Hash>>,
) -> (FollowError, BTreeSet<(u8, u64)>) {
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
    let verdict = follower.judge(offer, &hashes);
    (verdict, wanted.into_inner())
}
