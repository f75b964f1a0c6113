//! What do we make of what a node pushes, and of what it attested?

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use clearinghouse_protocol::feed::attest::{attested_s, authors_own};
use clearinghouse_protocol::feed::follow::FollowError;
use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::tlog::tree::Size;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::super::feeds::{Feed, Health, origin_of};
use super::super::peer::Peer;
use super::super::step::{Patience, StepError};
use super::super::transport::{Answer, Ask, Transport, TransportError};
use super::look::{Trouble, Verdict};
use super::{MeetError, Sync, whole};

/// By which a feed that was pushed is said to be served.
pub const PUSHED: &str = "push";

/// How long a node that pushes counts as heard from: it attests its checkpoint anew every hour.
const RECENT: SignedDuration = SignedDuration::from_mins(150);

/// How often a step is taken anew because the feed went on meanwhile.
const OVERTAKEN_MAX: u32 = 4;

/// Why what a node pushes is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The node did not say of this checkpoint when it was its latest.
    #[error("the checkpoint is not attested by the node's witness key, or its clock is ahead")]
    Unattested,
    /// It said something newer before.
    #[error("the node attested a newer checkpoint before")]
    Stale,
    /// We keep the feed at its last good state.
    #[error("the feed is frozen: {0}")]
    Frozen(String),
    /// Its identity is not sound, or does not come.
    #[error(transparent)]
    Identity(#[from] MeetError),
    /// What was pushed does not verify, or not all of it came.
    #[error(transparent)]
    Step(#[from] StepError),
    /// It took more than half an hour.
    #[error("the push took too long")]
    TooLong,
    /// The node began anew.
    #[error("the node began another push")]
    Replaced,
}

impl Sync {
    /// Whether this node's feed would be followed if the node could be reached.
    pub fn expects(&self, nid: Nid) -> bool {
        nid != self.inner.feeds.own().nid() && self.wanted().contains_key(&nid)
    }

    /// When the node attested this checkpoint, if that is no older than what we heard before. `None`
    /// while its identity is not known.
    pub fn attested_anew(&self, nid: Nid, note: &[u8]) -> Result<Option<Timestamp>, NotTaken> {
        let Some(feed) = self.inner.feeds.feed(nid) else {
            return Ok(None);
        };
        let Some((at, _)) = self.attested(&feed, note) else {
            // A later log may have other keys; the chain that names them has to be asked for.
            return match is_later(&feed, note) {
                true => Ok(None),
                false => Err(NotTaken::Unattested),
            };
        };
        let before = feed.notes().attested_at;
        match before.is_some_and(|before| before > at) {
            true => Err(NotTaken::Stale),
            false => Ok(Some(at)),
        }
    }

    /// Takes the step to a checkpoint that its node pushes, asking that node for what is missing, and
    /// answers with what is verified then.
    pub async fn take_pushed(
        &self,
        nid: Nid,
        note: Bytes,
        peer: &Peer,
        patience: Patience,
    ) -> Result<Size, NotTaken> {
        if let Some(reason) = self.frozen(nid) {
            return Err(NotTaken::Frozen(reason));
        }
        let feed = self.feed_of(nid, peer).await?;
        let (at, note) = self.attested_to_us(&feed, &note, peer).await?;
        let mut tries = 0;
        let outcome = loop {
            let current = self.inner.feeds.feed(nid).unwrap_or_else(|| feed.clone());
            let taken = self.take(&current, peer, note.clone(), patience).await;
            tries += 1;
            match taken {
                Err(StepError::Overtaken) if tries < OVERTAKEN_MAX => {}
                taken => break taken,
            }
        };
        // A step may lead into a later log.
        let feed = self.inner.feeds.feed(nid).unwrap_or(feed);
        match outcome {
            Ok(verified) => {
                self.take_attested(&feed, at, &note, PUSHED);
                self.inner.confirm.hear(&feed, &note);
                feed.take_note(|notes| notes.health = Health::Verified);
                self.was_read(&feed);
                if let Some(verified) = verified {
                    self.tell(&feed, verified).await;
                }
                self.ask_again(&feed, peer).await;
                Ok(feed.follower().size())
            }
            Err(error) => {
                // Only what the node signed is held against it, whoever brings it.
                if let StepError::Follow(
                    FollowError::Forked { .. } | FollowError::Critical { .. },
                ) = &error
                {
                    let told = NotTaken::Frozen(error.to_string());
                    let verdict = self.judge(&feed, peer.base(), false, Err(error)).await;
                    if let Err(Verdict::Trouble(Trouble::Final)) = verdict {
                        self.give_up(nid);
                    }
                    return Err(told);
                }
                tracing::warn!(%nid, %error, "a push was not taken");
                Err(error.into())
            }
        }
    }

    /// When a node that pushes attested this checkpoint, also under keys that we have not heard of yet.
    async fn attested_to_us(
        &self,
        feed: &Feed,
        note: &[u8],
        peer: &Peer,
    ) -> Result<(Timestamp, Bytes), NotTaken> {
        let attested = match self.attested(feed, note) {
            None if is_later(feed, note) => {
                let chain = peer.identity(feed.nid()).await.map_err(MeetError::from)?;
                let later = Identity::read(&chain, Some(feed.nid())).ok();
                later.and_then(|author| self.attested_by(&author, note))
            }
            attested => attested,
        };
        attested.ok_or(NotTaken::Unattested)
    }

    /// Asks another node something that is no part of a feed.
    pub async fn call(
        &self,
        url: Url,
        body: Bytes,
        max_bytes: usize,
        wait: Duration,
    ) -> Result<Answer, TransportError> {
        let ask = Ask::new(url, max_bytes, wait).posting(body);
        let transport: Arc<dyn Transport> = self.inner.transport.clone();
        transport.fetch(ask).await
    }

    /// When the author attested a checkpoint, and the note with nobody's signatures but the author's.
    pub(super) fn attested(&self, feed: &Feed, note: &[u8]) -> Option<(Timestamp, Bytes)> {
        self.attested_by(&feed.identity, note)
    }

    fn attested_by(&self, author: &Identity, note: &[u8]) -> Option<(Timestamp, Bytes)> {
        let author = match origin_of(note) {
            Some(origin) if origin.epoch > author.origin.epoch => author.at(origin.epoch),
            _ => author.clone(),
        };
        let now_s = u64::try_from(self.inner.clock.now().as_second()).ok()?;
        let at_s = attested_s(note, &author, now_s)?;
        let at = Timestamp::from_second(i64::try_from(at_s).ok()?).ok()?;
        Some((at, authors_own(note, &author)?.into()))
    }

    pub(super) fn take_attested(&self, feed: &Feed, at: Timestamp, note: &[u8], served_by: &str) {
        match feed.attested(at, note, served_by) {
            // Others learn from us that the author is there.
            Ok(true) => self.inner.feeds.announce(feed.nid()),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the time of a push is not on disk"),
        }
    }

    /// Takes what the author attested from a mirror; whether the author was there of late.
    pub(super) fn hears(
        &self,
        feed: &Feed,
        attested: Option<(Timestamp, Bytes)>,
        served_by: &str,
    ) -> bool {
        attested.is_some_and(|(at, note)| {
            self.take_attested(feed, at, &note, served_by);
            self.is_recent(at)
        })
    }

    /// Whether a node that attested its checkpoint then is not to be called silent.
    pub(super) fn is_recent(&self, at: Timestamp) -> bool {
        self.inner.clock.now().duration_since(at) < RECENT
    }

    /// Whether `url` is where the node of this feed itself is served, as far as we can tell. A network
    /// states its own address for members whom nobody can reach.
    pub(super) fn speaks_for_itself(&self, feed: &Feed, url: &Url) -> bool {
        let is_of = |feed: &Feed| feed.identity.url == url.as_str();
        is_of(feed) || !self.inner.feeds.all().iter().any(|other| is_of(other))
    }

    fn frozen(&self, nid: Nid) -> Option<String> {
        let is_over = self
            .tasks()
            .get(&nid)
            .is_some_and(|task| task.handle.is_finished());
        let feed = self.inner.feeds.feed(nid)?;
        match feed.notes().health {
            Health::Frozen(reason) if is_over || feed.evidence().is_some() => Some(reason),
            _ => None,
        }
    }

    fn give_up(&self, nid: Nid) {
        if let Some(task) = whole(self.inner.tasks.lock()).get(&nid) {
            task.handle.abort();
        }
    }
}

/// Whether a checkpoint speaks of a later log of the node than the one that is followed.
fn is_later(feed: &Feed, note: &[u8]) -> bool {
    let known = feed.identity.origin;
    origin_of(note).is_some_and(|origin| origin.nid == known.nid && origin.epoch > known.epoch)
}
