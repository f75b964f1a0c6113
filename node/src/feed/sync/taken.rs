//! Which texts does nobody need any more, because their listings are another node's?

use std::collections::{BTreeMap, BTreeSet};

use clearinghouse_protocol::feed::handover::Handovers;
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::tlog::tree::Index;

use super::super::feeds::Feeds;

/// Drops the bodies of entries that were taken over, our own among them, as soon as we hold what the
/// successor says instead, or know that it was replaced or erased. Each node does so by its own
/// knowledge: until then it shows what it has.
pub(super) fn drop_taken(feeds: &Feeds) {
    let said: Vec<_> = feeds
        .all()
        .iter()
        .map(|feed| {
            let follower = feed.follower();
            let transfers = follower.transfers().clone();
            (feed.identity.origin, follower.rosters().clone(), transfers)
        })
        .collect();
    let logs = said.iter();
    let handovers =
        Handovers::of(logs.map(|(origin, rosters, transfers)| (*origin, rosters, transfers)));
    let mut dropped: BTreeMap<Origin, BTreeSet<Index>> = BTreeMap::new();
    for (origin, index) in handovers.taken() {
        let mut takers = handovers.takers(origin, index);
        if takers.any(|(taker, entry)| has_arrived(feeds, taker, entry)) {
            dropped.entry(origin).or_default().insert(index);
        }
    }
    for (origin, entries) in dropped {
        let feed = feeds.feed(origin.nid);
        let Some(feed) = feed.filter(|feed| feed.identity.origin == origin) else {
            continue;
        };
        if let Err(error) = feed.drop_taken(&entries) {
            // The next look tries again.
            tracing::warn!(%error, "texts that were handed over are still on disk");
        }
    }
}

fn has_arrived(feeds: &Feeds, taker: Origin, entry: Index) -> bool {
    let feed = feeds.feed(taker.nid);
    feed.filter(|feed| feed.identity.origin == taker)
        .is_some_and(|feed| {
            let is_living = feed.follower().living().contains(entry);
            !is_living || feed.files().bodies().contains(entry)
        })
}
