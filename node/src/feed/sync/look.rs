//! How is one feed followed: when is it looked at, whom do we ask, and what do we make of the answer?

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use clearinghouse_protocol::feed::follow::{FollowError, Verified};
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::tlog::tree::Index;
use futures_util::StreamExt;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use url::Url;

use super::super::feeds::{Feed, Health};
use super::super::peer::{Peer, PeerError};
use super::super::step::{Patience, StepError, ask_again};
use super::{MeetError, News, Sync};

/// The shortest wait after a failure; it doubles up to the time between polls.
const BACK_OFF: Duration = Duration::from_millis(500);

/// Looks at a feed whose bodies are held back before it goes on without them.
const PATIENCE: u32 = 5;

/// How often a log that goes on while we read it is read again at once: a peer that says so for ever must
/// not keep us busy for ever.
const OVERTAKEN_MAX: u32 = 8;

/// Events that wait for a feed that is being fetched; the latest says it all.
const EVENTS_MAX: usize = 16;

impl Sync {
    pub(super) async fn follow(self, nid: Nid, addresses: Vec<Url>, nudge: Arc<Notify>) {
        let (events, mut offered) = mpsc::channel::<Bytes>(EVENTS_MAX);
        let listening = addresses
            .first()
            .cloned()
            .map(|origin| tokio::spawn(self.clone().listen(nid, origin, events)));
        let _ends_with_us = listening.map(AbortOnDrop);
        let (mut failures, mut overtaken) = (0u32, 0u32);
        let mut note: Option<Bytes> = None;
        loop {
            let by_clock = note.is_none();
            let mut outcome = self.look(nid, &addresses, note.take(), failures).await;
            if outcome.is_ok() && by_clock {
                outcome = self.compare(nid, &addresses).await;
            }
            match outcome {
                Ok(()) => (failures, overtaken) = (0, 0),
                Err(Trouble::Again) if overtaken < OVERTAKEN_MAX => {
                    overtaken += 1;
                    continue;
                }
                Err(Trouble::Again) => (failures, overtaken) = (failures.saturating_add(1), 0),
                Err(Trouble::Later) => failures = failures.saturating_add(1),
                Err(Trouble::Final) => return,
                Err(Trouble::Rest) => failures = 0,
            }
            let wait = self.wait_for(failures);
            tokio::select! {
                // In this order, so that the same things happening make the same run again.
                biased;
                () = self.inner.clock.sleep(wait) => {}
                () = nudge.notified() => {}
                // A closed channel means that no events come from there: poll.
                Some(event) = offered.recv() => {
                    note = Some(event);
                    while let Ok(later) = offered.try_recv() {
                        note = Some(later);
                    }
                }
            }
        }
    }

    /// Asks the origin, and if it is silent every mirror that we know, for the latest checkpoint.
    async fn look(
        &self,
        nid: Nid,
        addresses: &[Url],
        offered: Option<Bytes>,
        failures: u32,
    ) -> Result<(), Trouble> {
        let mut reason: Option<String> = None;
        let mirrors = self.mirrors(nid, addresses);
        self.ask_daily(nid, addresses, &mirrors).await;
        for (place, url) in addresses.iter().chain(&mirrors).enumerate() {
            let is_named = place < addresses.len();
            let peer = Peer::new(self.inner.transport.clone(), url.clone());
            let feed = match self.feed_of(nid, &peer).await {
                Ok(feed) => feed,
                Err(error) => {
                    reason.get_or_insert(error.to_string());
                    continue;
                }
            };
            let is_origin = is_named && self.speaks_for_itself(&feed, url);
            let note = match offered.clone().filter(|_| is_named) {
                Some(note) => Ok(note),
                None => peer.newest(nid).await,
            };
            let attested = note.as_ref().ok();
            let attested = attested.and_then(|note| self.attested(&feed, note));
            let outcome = self.go_on(&feed, &peer, note, failures).await;
            let knows_as_much = matches!(outcome, Ok(None));
            // A step may lead into a later log.
            let feed = self.inner.feeds.feed(nid).unwrap_or(feed);
            self.ask_if_changed(&feed, &peer, &outcome).await;
            // A mirror with nothing newer says nothing, unless it passes on what the author said.
            let is_word = !is_origin && knows_as_much;
            let judged = match is_word && self.hears(&feed, attested, url.as_str()) {
                true => Ok(()),
                false => self.judge(&feed, url, is_origin, outcome).await,
            };
            match judged {
                Ok(()) => {
                    self.ask_again(&feed, &peer).await;
                    return Ok(());
                }
                Err(Verdict::Trouble(trouble)) => return Err(trouble),
                // What the origin said comes first; a mirror only explains why it could not stand in.
                Err(Verdict::AskAnother(why)) => {
                    reason.get_or_insert(why);
                    // Of a centre that is gone for good, only mirrors have the bodies: whoever knows as
                    // much as we do may hold those that the origin took with it.
                    if knows_as_much {
                        self.ask_again(&feed, &peer).await;
                    }
                }
            }
        }
        self.is_silent(nid, reason)
    }

    /// Nobody had anything to say about a feed. That is no news about one that pushes.
    fn is_silent(&self, nid: Nid, reason: Option<String>) -> Result<(), Trouble> {
        let reason = reason.unwrap_or_else(|| "nobody is known who serves it".to_owned());
        if let Some(feed) = self.inner.feeds.feed(nid) {
            self.was_read(&feed);
            let attested_at = feed.notes().attested_at;
            if attested_at.is_some_and(|at| self.is_recent(at)) {
                return Ok(());
            }
            feed.take_note(|notes| {
                if !matches!(notes.health, Health::Frozen(_)) {
                    notes.health = Health::Silent(reason);
                }
            });
        }
        Err(Trouble::Later)
    }

    /// Takes the step to what a peer offered, or has.
    async fn go_on(
        &self,
        feed: &Arc<Feed>,
        peer: &Peer,
        note: Result<Bytes, PeerError>,
        failures: u32,
    ) -> Result<Option<Verified>, StepError> {
        let patience = if failures < PATIENCE {
            Patience::Wait
        } else {
            Patience::GoOn
        };
        let note = note?;
        let verified = self.take(feed, peer, note.clone(), patience).await?;
        // A step may lead into a later log; what witnesses say is about that one then.
        if let Some(feed) = self.inner.feeds.feed(feed.nid()) {
            self.inner.confirm.hear(&feed, &note);
        }
        Ok(verified)
    }

    pub(super) async fn judge(
        &self,
        feed: &Arc<Feed>,
        url: &Url,
        is_origin: bool,
        outcome: Result<Option<Verified>, StepError>,
    ) -> Result<(), Verdict> {
        match outcome {
            // A mirror that knows no more than we do says nothing about the feed: two mirrors would
            // keep each other fresh for ever, and hide that the origin hands out nothing.
            Ok(None) if !is_origin => Err(Verdict::AskAnother(
                "no mirror has anything newer".to_owned(),
            )),
            Ok(verified) => {
                if let Err(error) = feed.verified(self.inner.clock.now(), url.as_str()) {
                    tracing::warn!(%error, "the time of this verification is not on disk");
                }
                if let Some(verified) = verified {
                    self.tell(feed, verified).await;
                }
                Ok(())
            }
            Err(StepError::OverQuota { .. }) => Err(Verdict::Trouble(Trouble::Rest)),
            Err(StepError::Overtaken) => Err(Verdict::Trouble(Trouble::Again)),
            // A mirror may lag behind; only the author's own word is held against the author.
            Err(StepError::Follow(error @ FollowError::Shrunk { .. })) if !is_origin => {
                Err(Verdict::AskAnother(error.to_string()))
            }
            Err(StepError::Follow(
                error @ (FollowError::Shrunk { .. }
                | FollowError::Forked { .. }
                | FollowError::Critical { .. }),
            )) => {
                tracing::warn!(%error, "a feed is kept at its last good state");
                let trouble = match error {
                    FollowError::Shrunk { .. } => Trouble::Later,
                    FollowError::Forked { .. } => Trouble::Rest,
                    _ => Trouble::Final,
                };
                feed.take_note(|notes| notes.health = Health::Frozen(error.to_string()));
                Err(Verdict::Trouble(trouble))
            }
            Err(error @ StepError::Behind { .. }) if is_origin => {
                tracing::warn!(%error, "a feed is kept at its last good state");
                feed.take_note(|notes| notes.health = Health::Frozen(error.to_string()));
                Err(Verdict::Trouble(Trouble::Later))
            }
            Err(StepError::Feed(error)) => {
                tracing::error!(%error, "a mirror cannot be kept");
                // Everyone may read this; where our disk is mounted is in the log only.
                let reason = "this node cannot keep it on its disk at the moment".to_owned();
                feed.take_note(|notes| notes.health = Health::Silent(reason));
                Err(Verdict::Trouble(Trouble::Later))
            }
            Err(error) => Err(Verdict::AskAnother(in_full(&error))),
        }
    }

    /// Bodies that were held back are asked for with every look; the feed has gone on without them.
    pub(super) async fn ask_again(&self, feed: &Arc<Feed>, peer: &Peer) {
        if let Ok(came) = ask_again(&self.inner.feeds, feed, peer).await
            && !came.is_empty()
        {
            self.tell_late(feed.nid(), came).await;
            super::taken::drop_taken(&self.inner.feeds);
        }
    }

    /// Passes on that bodies came which had been held back.
    pub(in crate::feed) async fn tell_late(&self, nid: Nid, came: Vec<Index>) {
        self.send(News::Late(nid, came)).await;
    }

    /// Passes on what was verified of a feed, and what follows from it for whom we follow.
    pub(in crate::feed) async fn tell(&self, feed: &Feed, verified: Verified) {
        let rosters_changed = verified.rosters_changed;
        self.send(News::Step(feed.nid(), Box::new(verified))).await;
        if rosters_changed {
            self.reconsider();
        }
    }

    /// Passes news on, and waits while too much of it waits.
    async fn send(&self, told: News) {
        let news = self.inner.news.clone();
        // On a task of its own: who follows a feed may be let go at any await, and what was verified
        // has to reach the view all the same. A closed channel means that the node is shutting down.
        let _ = tokio::spawn(async move { news.send(told).await }).await;
    }

    pub(super) async fn feed_of(&self, nid: Nid, peer: &Peer) -> Result<Arc<Feed>, MeetError> {
        if let Some(feed) = self.inner.feeds.feed(nid) {
            return Ok(feed);
        }
        let chain = peer.identity(nid).await?;
        let feed = self.inner.feeds.add(&chain, Some(nid))?;
        self.keep_bodies_of(&feed);
        Ok(feed)
    }

    /// Other nodes that may serve a feed: every one that we follow ourselves.
    pub(super) fn mirrors(&self, nid: Nid, addresses: &[Url]) -> Vec<Url> {
        let tasks = self.tasks();
        let others = tasks.iter().filter(|(other, _)| **other != nid);
        let urls = others.flat_map(|(_, task)| task.addresses.clone());
        urls.filter(|url| !addresses.contains(url))
            .collect::<BTreeSet<Url>>()
            .into_iter()
            .collect()
    }

    /// Holds the event stream of a feed's origin and passes its checkpoints on.
    async fn listen(self, nid: Nid, origin: Url, events: mpsc::Sender<Bytes>) {
        let peer = Peer::new(self.inner.transport.clone(), origin);
        let mut failures = 0;
        while !events.is_closed() {
            let mut stream = peer.events();
            while let Some(Ok(event)) = stream.next().await {
                failures = 0;
                let ours = event
                    .lines()
                    .next()
                    .and_then(|line| line.parse::<Origin>().ok());
                // With a full queue the feed is being fetched, and will look again afterwards.
                if ours.is_some_and(|origin| origin.nid == nid) {
                    let _ = events.try_send(Bytes::from(event));
                }
            }
            failures += 1;
            self.inner.clock.sleep(self.wait_for(failures)).await;
        }
    }

    /// The time until the next look: between polls, or after failures a doubling part of it; always with
    /// jitter, so that the followers of a centre that comes back do not all ask at once.
    fn wait_for(&self, failures: u32) -> Duration {
        let longest = self.inner.poll;
        let wait = match failures {
            0 => longest,
            _ => longest.min(BACK_OFF * 2u32.saturating_pow((failures - 1).min(16))),
        };
        let [byte] = self.inner.clock.random::<1>();
        wait.mul_f64(0.75 + f64::from(byte) / 512.0)
    }
}

/// What happened, down to the first cause: for whoever wants to know which peer did what.
pub(super) fn in_full(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = inner.source();
    }
    told
}

/// Why a look did not bring what was hoped for, and when the next one is due.
pub(super) enum Trouble {
    /// Look again at once.
    Again,
    /// Look again after a while.
    Later,
    /// Look again after a while, and in between there is nothing to hurry for.
    Rest,
    /// Never look again.
    Final,
}

/// What an answer that cannot be used says.
pub(super) enum Verdict {
    /// About the feed.
    Trouble(Trouble),
    /// About the one who was asked.
    AskAnother(String),
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
