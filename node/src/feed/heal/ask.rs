//! Who can tell how far our own log has come, and what do they say?

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use url::Url;

use super::super::peer::PeerError;
use super::{Answers, Asked, Healer, Known, whole};

/// Nodes that are asked in one round after the start: each round asks others of them.
pub(super) const ASKED_LATER: usize = 8;

/// Nodes that are asked at most: a nation has fewer centres, and a few dozen answers say it all.
const ASKED_MAX: usize = 64;

/// The shortest wait between two attempts to heal; it doubles up to the time between polls.
const BACK_OFF: Duration = Duration::from_secs(1);

impl Healer {
    /// Asks at most `count` nodes for our own highest checkpoint; answers that come within `wait` count.
    ///
    /// A peer can keep what it knows to itself. It cannot make us believe what our key did not sign.
    pub(super) async fn ask(&self, wait: Duration, count: usize) -> Answers {
        let parts = &self.inner.parts;
        let origin = self.own().identity.origin;
        let urls = self.some_of(self.whom(), count.min(ASKED_MAX));
        let asked = urls.len();
        let known = Mutex::new(Vec::new());
        let mut asking: FuturesUnordered<_> = urls
            .into_iter()
            .map(|url| async {
                let peer = parts.sync.peer_at(url);
                let note = peer.checkpoint(origin).await;
                (peer, note)
            })
            .collect();
        let listening = async {
            while let Some((peer, answer)) = asking.next().await {
                let note = answer.map(|bytes| self.read(bytes));
                match note {
                    Ok(Some(note)) => whole(known.lock()).push(Known { note, peer }),
                    Ok(None) => {
                        let peer = peer.base();
                        tracing::warn!(%peer, "what it has of our log is not signed by us");
                    }
                    Err(PeerError::Status { status: 404, .. }) => {}
                    Err(error) => tracing::debug!(%error, "it cannot say how far our log has come"),
                }
            }
        };
        let _ = parts.clock.within(wait, listening).await;
        drop(asking);
        let known: Vec<Known> = known.into_inner().unwrap_or_default();
        let at = parts.clock.now();
        let knew = known.len();
        whole(self.inner.state.lock()).asked = Some(Asked { at, asked, knew });
        Answers(known)
    }

    /// Everyone who may have our log: whom we follow, our networks and members, and whom we asked before.
    fn whom(&self) -> Vec<Url> {
        let parts = &self.inner.parts;
        let current = parts.sync.addresses();
        let before = self.remembered();
        if !current.is_empty() && current.iter().any(|url| !before.contains(url)) {
            self.remember(current.iter().chain(&before));
        }
        let all: BTreeSet<Url> = current.into_iter().chain(before).collect();
        all.into_iter().collect()
    }

    /// Writes down whom to ask; a hint, so nothing depends on its being kept.
    fn remember<'a>(&self, urls: impl Iterator<Item = &'a Url>) {
        let urls: BTreeSet<&Url> = urls.collect();
        let lines = urls.into_iter().take(ASKED_MAX);
        let text: String = lines.map(|url| format!("{url}\n")).collect();
        let parts = &self.inner.parts;
        if let Err(error) = parts.feeds.disk().replace(&parts.peers, text.as_bytes()) {
            tracing::warn!(%error, "whom to ask after a mishap is not written down");
        }
    }

    /// So many of them, chosen by chance.
    fn some_of(&self, mut urls: Vec<Url>, count: usize) -> Vec<Url> {
        while urls.len() > count {
            let chance = u64::from_be_bytes(self.inner.parts.clock.random());
            let place = chance % urls.len() as u64;
            urls.swap_remove(usize::try_from(place).expect("a place in a list in memory"));
        }
        urls
    }

    /// The time until the next question, with jitter.
    pub(super) fn wait(&self) -> Duration {
        let longest = self.inner.parts.poll;
        let attempts = self.inner.attempts.load(Relaxed);
        let wait = match (self.is_recovering(), attempts) {
            (false, _) => longest,
            (true, attempts) => longest.min(BACK_OFF * 2u32.saturating_pow(attempts.min(16))),
        };
        let [byte] = self.inner.parts.clock.random::<1>();
        wait.mul_f64(0.75 + f64::from(byte) / 512.0)
    }
}
