//! Which listings follow from verified steps?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use clearinghouse::feed::feeds::Feed;
use clearinghouse_protocol::feed::body::Body;
use clearinghouse_protocol::feed::handover::Handovers;
use clearinghouse_protocol::feed::merge::{Claim, accept, latest};
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::listing::Taxonomy;
use clearinghouse_protocol::tlog::hash::sha256;
use clearinghouse_protocol::tlog::tree::Index;
use uuid::Uuid;

/// What is shown of each listing: where it is stated, and the hash of its body.
pub type Shown = BTreeMap<Uuid, (Claim, [u8; 32])>;

/// The listing of each body that was read, by the body's hash; one for all nodes of a world.
#[derive(Clone, Default)]
pub struct Readings(Arc<Mutex<BTreeMap<[u8; 32], Option<Body>>>>);

impl Readings {
    /// The listing that a body states in a log, if it may.
    fn listing_of(&self, origin: Origin, hash: [u8; 32], body: &[u8]) -> Result<Uuid, Unshown> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let read = known.entry(hash);
        let read = read.or_insert_with(|| Body::read(body, Taxonomy::standard()).ok());
        let read = read.as_ref().ok_or(Unshown::Unread)?;
        // Nobody hands a listing over in these worlds.
        accept(origin, read, &Handovers::default()).map_err(|_| Unshown::Foreign)?;
        Ok(read.uuid)
    }
}

enum Unshown {
    Unread,
    Foreign,
}

/// The claims of all feeds of one node, as verified steps brought them.
#[derive(Clone, Default)]
pub struct Fold {
    claims: BTreeMap<Uuid, BTreeMap<Claim, [u8; 32]>>,
    stated: BTreeMap<Claim, Uuid>,
    /// Bodies stated by someone who does not own the listing.
    pub foreign: u64,
}

impl Fold {
    /// Derives the claims anew from all that a node keeps.
    pub fn of(feeds: &[Arc<Feed>], readings: &Readings) -> Fold {
        let mut fold = Fold::default();
        for feed in feeds.iter().filter(|feed| feed.keeps_bodies()) {
            let living: Vec<Index> = {
                let follower = feed.follower();
                follower.living().between(0, follower.size().0).collect()
            };
            fold.begin(feed, &living, readings);
        }
        fold
    }

    /// Entries that are no longer in force.
    pub fn end(&mut self, origin: Origin, ended: &[Index]) {
        for index in ended {
            let claim = Claim {
                origin,
                index: *index,
            };
            let Some(uuid) = self.stated.remove(&claim) else {
                continue;
            };
            if let Some(claims) = self.claims.get_mut(&uuid) {
                claims.remove(&claim);
            }
            self.claims.retain(|_, claims| !claims.is_empty());
        }
    }

    /// Entries that are in force from now on, as far as their bodies are here.
    pub fn begin(&mut self, feed: &Feed, begun: &[Index], readings: &Readings) {
        let origin = feed.identity.origin;
        let files = feed.files();
        for index in begun {
            // A disk that reads no more belongs to a process that is over.
            let Ok(Some((_, body))) = files.bodies().read(*index) else {
                continue;
            };
            let hash = sha256(&[&body]);
            let claim = Claim {
                origin,
                index: *index,
            };
            match readings.listing_of(origin, hash, &body) {
                Ok(uuid) => {
                    self.claims.entry(uuid).or_default().insert(claim, hash);
                    self.stated.insert(claim, uuid);
                }
                Err(Unshown::Foreign) => self.foreign += 1,
                Err(Unshown::Unread) => {}
            }
        }
    }

    /// Nobody speaks for a node any more: what it stated goes, and comes back with its bodies.
    pub fn forget(&mut self, nid: Nid) {
        self.stated.retain(|claim, _| claim.origin.nid != nid);
        for claims in self.claims.values_mut() {
            claims.retain(|claim, _| claim.origin.nid != nid);
        }
        self.claims.retain(|_, claims| !claims.is_empty());
    }

    /// Every claim, with the listing that it states.
    pub fn claims(&self) -> &BTreeMap<Claim, Uuid> {
        &self.stated
    }

    /// What visitors are shown of the nodes that count.
    pub fn shown(&self, counting: &BTreeSet<Nid>) -> Shown {
        let mut shown = Shown::new();
        for (uuid, claims) in &self.claims {
            let counted = claims
                .keys()
                .filter(|claim| counting.contains(&claim.origin.nid));
            if let Some(claim) = latest(counted.copied()) {
                shown.insert(*uuid, (claim, claims[&claim]));
            }
        }
        shown
    }
}
