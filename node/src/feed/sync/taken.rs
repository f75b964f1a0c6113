//! Whose texts are kept here, and which does nobody need any more?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clearinghouse_protocol::feed::handover::Handovers;
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::feed::roster::Standing;
use clearinghouse_protocol::tlog::tree::Index;

use super::super::feeds::{Feed, Feeds};
use super::{Sync, whole};

impl Sync {
    /// Fetches and keeps the bodies of those whose listings belong to the view, of networks that we have
    /// joined, and of nodes that staff chose; of all others that we know, the log alone.
    pub(super) fn keep_bodies_of(&self, feed: &Arc<Feed>) {
        let (nid, own) = (feed.nid(), self.inner.feeds.own());
        let stands = self
            .standings()
            .places
            .get(&nid)
            .map(|place| place.standing);
        let chosen = whole(self.inner.chosen.lock())
            .iter()
            .any(|one| one.nid == nid);
        let keep = nid == own.nid()
            || chosen
            || stands.is_some_and(Standing::counts)
            || own.rosters().joined.contains_key(&nid);
        if !feed.keep_bodies(keep) {
            return;
        }
        if keep {
            self.nudge(nid);
            return;
        }
        let feed = feed.clone();
        let dropping = move || {
            if let Err(error) = feed.drop_bodies() {
                tracing::warn!(%error, "bodies that nobody speaks for are still on disk");
            }
        };
        // A feed of many bodies keeps the disk busy for a while; outside a runtime nobody waits for us.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(dropping)),
            Err(_) => dropping(),
        }
    }
}

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
