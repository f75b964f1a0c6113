//! May the next step of a feed be taken today, and is its tail read?

use std::sync::Arc;

use bytes::Bytes;
use clearinghouse_protocol::feed::follow::{Follower, Verified};
use clearinghouse_protocol::feed::identity::Identity;
use jiff::Timestamp;

use super::super::crossing::follow;
use super::super::feeds::{Feed, origin_of};
use super::super::peer::Peer;
use super::super::quota::{Ledger, Over};
use super::super::step::{Patience, StepError};
use super::Sync;
use crate::config::Quota;

/// The day since 1970-01-01, UTC.
fn day_of(moment: Timestamp) -> i64 {
    moment.as_second().div_euclid(86_400)
}

impl Sync {
    /// Takes the step to `note`, unless it brings more entries than the feed's quota has room for.
    pub(super) async fn take(
        &self,
        feed: &Arc<Feed>,
        peer: &Peer,
        note: Bytes,
        patience: Patience,
    ) -> Result<Option<Verified>, StepError> {
        let origin = feed.identity.origin;
        if feed.evidence().is_some() && !self.leads_back(feed, peer, &note).await {
            return Err(StepError::Convicted { origin });
        }
        let known = feed.follower().size().0;
        let offered = feed.follower().consider(&note).ok().flatten();
        let waiting = offered.map_or(0, |offer| offer.size().0 - known);
        if waiting > 0 {
            feed.take_note(|notes| notes.tail = true);
            let quota = self.inner.feeds.quota(feed.nid());
            if waiting > self.room(feed, known, &quota) {
                feed.take_note(|notes| notes.over = Some(Over::Entries(waiting)));
                return Err(StepError::OverQuota { waiting });
            }
        }
        let (feeds, now) = (&self.inner.feeds, self.inner.clock.now());
        let outcome = follow(feeds, feed, peer, note, patience, now).await;
        // What led into a later log is none of this one's work.
        let stayed = |verified: &&Verified| verified.checkpoint.origin == origin.to_string();
        if let Some(verified) = outcome
            .as_ref()
            .ok()
            .and_then(Option::as_ref)
            .filter(stayed)
        {
            let size = verified.checkpoint.size.0;
            // A first sync is no day's work.
            if let Some(ledger) = feed.ledger().as_mut().filter(|_| known > 0) {
                ledger.take(size - verified.from.0);
            }
            feed.take_note(|notes| {
                notes.tail = false;
                // What bodies wait is counted with the bodies.
                notes.over = notes.over.filter(|over| matches!(over, Over::Bodies(_)));
            });
        }
        outcome
    }

    /// Whether a note is of a later log that a rotation key names: the only way back after a fork. Whoever
    /// holds the log's key alone can close a log and open the next one, and may be a thief.
    async fn leads_back(&self, feed: &Feed, peer: &Peer, note: &[u8]) -> bool {
        let forked = feed.identity.origin;
        let Some(epoch) = origin_of(note).map(|origin| origin.epoch) else {
            return false;
        };
        let Ok(chain) = peer.identity(feed.nid()).await else {
            return false;
        };
        let named = Identity::read(&chain, Some(feed.nid())).ok();
        let named = named.filter(|named| named.origin.epoch > forked.epoch);
        let names_it = named.filter(|named| named.origin.epoch <= epoch);
        names_it.is_some_and(|named| Follower::new(&named.at(epoch)).consider(note).is_ok())
    }

    /// How many entries may be taken from a feed today.
    fn room(&self, feed: &Feed, known: u64, quota: &Quota) -> u64 {
        let now = self.inner.clock.now();
        let seen = feed.notes().verified_at.unwrap_or(now);
        let mut ledger = feed.ledger();
        let ledger = ledger.get_or_insert_with(|| Ledger::since(day_of(seen)));
        ledger.room(known, quota, day_of(now))
    }

    /// Takes note that nobody who answered has anything that we have not read.
    pub(super) fn was_read(&self, feed: &Feed) {
        let now = self.inner.clock.now();
        feed.take_note(|notes| {
            if !notes.tail {
                notes.read_at = Some(now);
            }
        });
    }
}
