//! Do others hold the same history of a feed as we do?
//!
//! An author that shows different people different histories is found out by nobody who only ever asks
//! the author. So with every look by the clock one other node that keeps the feed is asked as well.

use std::sync::Arc;

use clearinghouse_protocol::feed::origin::Nid;
use url::Url;

use super::super::evidence::{AccusationError, ask};
use super::super::feeds::Feed;
use super::super::peer::Peer;
use super::super::step::Patience;
use super::Sync;
use super::look::{Trouble, Verdict};

impl Sync {
    /// Holds what one other node has of this feed against what we have, and asks the feed's own node
    /// whether there is evidence against us. Three small questions, whatever the size of the feed.
    pub(super) async fn compare(&self, nid: Nid, addresses: &[Url]) -> Result<(), Trouble> {
        let Some(feed) = self.inner.feeds.feed(nid) else {
            return Ok(());
        };
        if let Some(origin) = addresses.first() {
            let own = self.inner.feeds.own();
            self.hear(&own, &self.peer(origin)).await;
        }
        let mirrors = self.mirrors(nid, addresses);
        let turn = u64::from_be_bytes(self.inner.clock.random()) as usize;
        let Some(mirror) = turn.checked_rem(mirrors.len()).map(|place| &mirrors[place]) else {
            return Ok(());
        };
        let peer = self.peer(mirror);
        self.hear(&feed, &peer).await;
        if feed.evidence().is_some() {
            return Err(Trouble::Rest);
        }
        let outcome = match peer.checkpoint(feed.identity.origin).await {
            Ok(note) => self.take(&feed, &peer, note, Patience::Wait).await,
            Err(error) => Err(error.into()),
        };
        match self.judge(&feed, mirror, false, outcome).await {
            Err(Verdict::Trouble(trouble @ (Trouble::Rest | Trouble::Final))) => Err(trouble),
            // What else is wrong with a mirror says nothing about the feed.
            _ => Ok(()),
        }
    }

    /// Takes evidence against a feed from whoever has some.
    async fn hear(&self, feed: &Arc<Feed>, peer: &Peer) {
        if feed.evidence().is_some() {
            return;
        }
        match ask(&self.inner.feeds, feed, peer).await {
            Ok(_) | Err(AccusationError::Peer(_)) => {}
            Err(error) => tracing::warn!(%error, "an accusation is passed over"),
        }
    }

    fn peer(&self, url: &Url) -> Peer {
        Peer::new(self.inner.transport.clone(), url.clone())
    }
}
