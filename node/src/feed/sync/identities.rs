//! When is a node asked who it is now, and what is made of the answer?

use std::sync::Arc;
use std::time::Duration;

use clearinghouse_protocol::feed::follow::{FollowError, Verified};
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::tlog::checkpoint::SignedCheckpoint;
use futures_util::future::join_all;
use url::Url;

use super::super::feeds::{Feed, FeedError};
use super::super::peer::Peer;
use super::super::step::StepError;
use super::Sync;

/// The time after which the chain of a feed is asked for again, whatever its log says.
const DAILY: Duration = Duration::from_secs(24 * 60 * 60);

/// Mirrors that are asked for a chain beside its author.
const MIRRORS_MAX: usize = 3;

impl Sync {
    /// Asks for the chain once a day, and at every look while something is announced in it.
    ///
    /// Not only its author is asked: whoever took over its address, or its keys, would withhold it.
    pub(super) async fn ask_daily(&self, nid: Nid, addresses: &[Url], mirrors: &[Url]) {
        let Some(feed) = self.inner.feeds.feed(nid) else {
            return;
        };
        let now = self.inner.clock.now();
        let mut due = feed.who().pending.is_some();
        feed.take_note(|notes| {
            let waited = notes.identity_asked.map(|asked| now.duration_since(asked));
            let long = waited.is_none_or(|waited| waited.unsigned_abs() >= DAILY);
            due |= long;
            if due {
                notes.identity_asked = Some(now);
            }
        });
        if !due {
            return;
        }
        let [chance] = self.inner.clock.random::<1>();
        let first = usize::from(chance) % mirrors.len().max(1);
        let others = mirrors[first..].iter().chain(&mirrors[..first]);
        let urls = addresses.iter().take(1).chain(others.take(MIRRORS_MAX));
        join_all(urls.map(|url| {
            let peer = Peer::new(self.inner.transport.clone(), url.clone());
            let feed = feed.clone();
            async move { self.ask_who(&feed, &peer).await }
        }))
        .await;
    }

    /// Asks for the chain when the log says that there is a new note, or is not signed as it was.
    pub(super) async fn ask_if_changed(
        &self,
        feed: &Arc<Feed>,
        peer: &Peer,
        outcome: &Result<Option<Verified>, StepError>,
    ) {
        let changed = match outcome {
            Ok(Some(Verified {
                introduced: Some((_, note)),
                ..
            })) => feed.known().chain().note(*note).is_none(),
            Err(StepError::Follow(error)) => matches!(
                error,
                FollowError::NotSigned { .. } | FollowError::Forked { .. }
            ),
            _ => false,
        };
        if changed {
            self.ask_who(feed, peer).await;
        }
    }

    /// Asks a peer who the author of a feed is now, and who we are: if somebody else has a key that may
    /// speak for us, we learn it from those who were told.
    async fn ask_who(&self, feed: &Arc<Feed>, peer: &Peer) {
        let now = self.inner.clock.now().as_second();
        for nid in [feed.nid(), self.inner.feeds.own().nid()] {
            // Who has not heard of a node serves no chain of it, and lies are refused.
            if let Ok(chain) = peer.identity(nid).await {
                let learnt = self.inner.feeds.learn_chain(nid, &chain, now);
                self.take_in(nid, learnt);
            }
        }
        let Some(pending) = feed.who().pending else {
            return;
        };
        let next = pending.identity;
        if pending.begun.is_none()
            && let Ok(note) = peer.checkpoint(next.origin).await
            && SignedCheckpoint::open(&note, &next.origin.to_string(), &next.log_key).is_ok()
        {
            // This node is a witness of what it follows: its own clock says when it saw the log.
            let learnt = self.inner.feeds.learn_begun(feed.nid(), next.note, now);
            self.take_in(feed.nid(), learnt);
        }
        let learnt = self.inner.feeds.learn_time(feed.nid(), now);
        self.take_in(feed.nid(), learnt);
    }

    fn take_in(&self, nid: Nid, learnt: Result<bool, FeedError>) {
        match learnt {
            Ok(false) => {}
            // It may be served elsewhere now.
            Ok(true) => {
                tracing::info!(%nid, "a node has a new identity note");
                self.reconsider();
            }
            Err(error) => tracing::warn!(%nid, %error, "identity notes were not taken"),
        }
    }
}
