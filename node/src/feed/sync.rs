//! Whom does this node follow, and when does it ask each?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use clearinghouse_protocol::feed::follow::FollowError;
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::feed::roster::{Place, Rosters, Standing, resolve};
use futures_util::StreamExt;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use url::Url;

use super::feeds::{Feed, FeedError, Feeds, Health};
use super::guard::Guard;
use super::peer::{Peer, PeerError};
use super::step::{Patience, StepError, step};
use super::transport::Transport;
use crate::clock::Clock;

/// The shortest wait after a failure; it doubles up to the time between polls.
const BACK_OFF: Duration = Duration::from_millis(500);

/// Looks at a feed whose bodies are held back before it goes on without them.
const PATIENCE: u32 = 5;

/// Events that wait for a feed that is being fetched; the latest says it all.
const EVENTS_MAX: usize = 16;

/// A verified step of some feed, for whoever shows it.
#[derive(Debug)]
pub enum News {
    /// A feed went on.
    Step(Nid, Box<clearinghouse_protocol::feed::follow::Verified>),
    /// Other nodes count now.
    Standing(Arc<Standings>),
}

/// How every known node stands, seen from this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standings {
    /// By node.
    pub places: BTreeMap<Nid, Place>,
}

impl Standings {
    /// The nodes whose listings belong to the view.
    pub fn counting(&self) -> BTreeSet<Nid> {
        let counting = self
            .places
            .iter()
            .filter(|(_, place)| place.standing.counts());
        counting.map(|(nid, _)| *nid).collect()
    }
}

/// A feed that staff chose to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Whose.
    pub nid: Nid,
    /// Where it is served.
    pub url: Url,
    /// Whether the members of its roster are followed too.
    pub with_members: bool,
}

/// Follows every feed that belongs to this node's view, its own first; cheap to clone.
#[derive(Clone)]
pub struct Sync {
    inner: Arc<Inner>,
}

struct Inner {
    feeds: Arc<Feeds>,
    transport: Arc<dyn Transport>,
    guard: Guard,
    clock: Clock,
    poll: Duration,
    chosen: Mutex<Vec<Chosen>>,
    tasks: Mutex<BTreeMap<Nid, Task>>,
    standings: watch::Sender<Arc<Standings>>,
    news: mpsc::Sender<News>,
}

struct Task {
    addresses: Vec<Url>,
    nudge: Arc<Notify>,
    handle: JoinHandle<()>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

/// What a follower of feeds needs.
pub struct Parts {
    /// The feeds kept here.
    pub feeds: Arc<Feeds>,
    /// How others are asked.
    pub transport: Arc<dyn Transport>,
    /// Whom we may ask.
    pub guard: Guard,
    /// The time and chance.
    pub clock: Clock,
    /// The time between two looks at a silent feed.
    pub poll: Duration,
    /// The feeds that staff chose.
    pub chosen: Vec<Chosen>,
}

impl Sync {
    /// Prepares to follow; nothing is asked before [`Sync::start`]. Steps come out of the receiver.
    pub fn new(parts: Parts) -> (Sync, mpsc::Receiver<News>) {
        let (news, steps) = mpsc::channel(64);
        let Parts {
            feeds,
            transport,
            guard,
            clock,
            poll,
            chosen,
        } = parts;
        let inner = Inner {
            feeds,
            transport,
            guard,
            clock,
            poll,
            chosen: Mutex::new(chosen),
            tasks: Mutex::default(),
            standings: watch::Sender::default(),
            news,
        };
        let sync = Sync {
            inner: Arc::new(inner),
        };
        sync.resolve();
        (sync, steps)
    }

    /// Begins to follow, our own feed first.
    pub fn start(&self) {
        let own = self.clone();
        let nid = self.inner.feeds.own().nid();
        let handle = tokio::spawn(async move { own.follow_own().await });
        let task = Task {
            addresses: Vec::new(),
            nudge: Arc::default(),
            handle,
        };
        self.tasks().insert(nid, task);
        self.reconsider();
    }

    /// Ends all following.
    pub fn stop(&self) {
        self.tasks().clear();
    }

    /// How every known node stands.
    pub fn standings(&self) -> Arc<Standings> {
        self.inner.standings.borrow().clone()
    }

    /// Replaces the feeds that staff chose.
    pub fn choose(&self, chosen: Vec<Chosen>) {
        *whole(self.inner.chosen.lock()) = chosen;
        self.reconsider();
    }

    /// Asks for a feed now, whatever the wait.
    pub fn nudge(&self, nid: Nid) {
        if let Some(task) = self.tasks().get(&nid) {
            task.nudge.notify_one();
        }
    }

    /// Finds out which node answers at an address and whether its identity is sound.
    pub async fn meet(&self, url: &str) -> Result<Arc<Feed>, MeetError> {
        let url = if url.ends_with('/') {
            url.to_owned()
        } else {
            format!("{url}/")
        };
        let url = self
            .inner
            .guard
            .read(&url)
            .map_err(|error| MeetError::Address(error.to_string()))?;
        let peer = Peer::new(self.inner.transport.clone(), url);
        let nid: Nid = peer
            .card()
            .await?
            .nid
            .parse()
            .map_err(|_| MeetError::NoNode)?;
        let chain = peer.identity(nid).await?;
        Ok(self.inner.feeds.add(&chain, Some(nid))?)
    }

    /// Works out anew who stands how, and begins or ends following accordingly.
    pub fn reconsider(&self) {
        if self.resolve() {
            let standings = self.standings();
            let news = self.inner.news.clone();
            tokio::spawn(async move { news.send(News::Standing(standings)).await });
        }
        let wanted = self.wanted();
        let own = self.inner.feeds.own().nid();
        let mut tasks = self.tasks();
        tasks.retain(|nid, task| *nid == own || wanted.get(nid) == Some(&task.addresses));
        for (nid, addresses) in wanted {
            if nid == own || tasks.contains_key(&nid) {
                continue;
            }
            let nudge = Arc::new(Notify::new());
            let follow = self.clone().follow(nid, addresses.clone(), nudge.clone());
            let handle = tokio::spawn(follow);
            tasks.insert(
                nid,
                Task {
                    addresses,
                    nudge,
                    handle,
                },
            );
        }
    }

    /// Recomputes the standings; whether they changed.
    fn resolve(&self) -> bool {
        let chosen = whole(self.inner.chosen.lock()).clone();
        let own = self.inner.feeds.own().nid();
        let alone: BTreeSet<Nid> = chosen
            .iter()
            .filter(|one| !one.with_members)
            .map(|one| one.nid)
            .collect();
        let roots = chosen.iter().map(|one| one.nid).chain([own]).collect();
        let rosters: BTreeMap<Nid, Rosters> = self
            .inner
            .feeds
            .all()
            .iter()
            .map(|feed| (feed.nid(), feed.rosters()))
            .map(|(nid, mut rosters)| {
                if alone.contains(&nid) {
                    rosters.members.clear();
                }
                (nid, rosters)
            })
            .collect();
        let places = resolve(&roots, &rosters);
        self.inner.standings.send_if_modified(|known| {
            let changed = known.places != places;
            if changed {
                *known = Arc::new(Standings { places });
            }
            changed
        })
    }

    /// Whom to ask, and where: those who count or might, and the networks that we say we belong to.
    fn wanted(&self) -> BTreeMap<Nid, Vec<Url>> {
        let standings = self.standings();
        let mut wanted: BTreeMap<Nid, Vec<Url>> = BTreeMap::new();
        let mut add = |nid: Nid, url: &str| {
            // An address that our guard refuses is not asked; the feed then shows as silent.
            if let Ok(url) = self.inner.guard.read(url) {
                let urls = wanted.entry(nid).or_default();
                if !urls.contains(&url) {
                    urls.push(url);
                }
            }
        };
        for one in whole(self.inner.chosen.lock()).iter() {
            add(one.nid, one.url.as_str());
        }
        for (nid, place) in &standings.places {
            let may_count = matches!(
                place.standing,
                Standing::Root | Standing::Mutual | Standing::OneSided
            );
            if let Some(url) = place.url.as_ref().filter(|_| may_count) {
                add(*nid, url);
            }
        }
        for (nid, url) in self.inner.feeds.own().rosters().joined {
            add(nid, &url);
        }
        wanted
    }

    async fn follow_own(self) {
        let feed = self.inner.feeds.own();
        let mut news = self.inner.feeds.listen();
        loop {
            match feed.step_from_files() {
                Ok(Some(verified)) => self.tell(&feed, verified).await,
                Ok(None) => {}
                // Our own log not being what we signed is no fault of a moment.
                Err(error) => {
                    feed.take_note(|notes| notes.health = Health::Frozen(error.to_string()));
                    tracing::error!(%error, "our own feed does not verify");
                    return;
                }
            }
            // Lagging behind only means that there is news.
            if let Err(tokio::sync::broadcast::error::RecvError::Closed) = news.recv().await {
                return;
            }
        }
    }

    async fn follow(self, nid: Nid, addresses: Vec<Url>, nudge: Arc<Notify>) {
        let (events, mut offered) = mpsc::channel::<Bytes>(EVENTS_MAX);
        let listening = addresses
            .first()
            .cloned()
            .map(|origin| tokio::spawn(self.clone().listen(nid, origin, events)));
        let _ends_with_us = listening.map(AbortOnDrop);
        let mut failures = 0u32;
        let mut note: Option<Bytes> = None;
        loop {
            let outcome = self.look(nid, &addresses, note.take(), failures).await;
            match outcome {
                Ok(()) => failures = 0,
                Err(Trouble::Again) => continue,
                Err(Trouble::Later) => failures = failures.saturating_add(1),
                Err(Trouble::Final) => return,
            }
            let wait = self.wait_for(failures);
            tokio::select! {
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
        let mut reason = String::from("nobody is known who serves it");
        let mirrors = self.mirrors(nid, addresses);
        for (place, url) in addresses.iter().chain(&mirrors).enumerate() {
            let is_origin = place < addresses.len();
            let peer = Peer::new(self.inner.transport.clone(), url.clone());
            let feed = match self.feed_of(nid, &peer).await {
                Ok(feed) => feed,
                Err(error) => {
                    reason = error.to_string();
                    continue;
                }
            };
            let note = match offered.clone().filter(|_| is_origin) {
                Some(note) => Ok(note),
                None => peer.checkpoint(feed.identity.origin).await,
            };
            let patience = if failures < PATIENCE {
                Patience::Wait
            } else {
                Patience::GoOn
            };
            let outcome = match note {
                Ok(note) => step(&self.inner.feeds, &feed, &peer, note, patience).await,
                Err(error) => Err(error.into()),
            };
            match self.judge(&feed, url, is_origin, outcome).await {
                Ok(()) => return Ok(()),
                Err(Verdict::Trouble(trouble)) => return Err(trouble),
                Err(Verdict::AskAnother(why)) => reason = why,
            }
        }
        if let Some(feed) = self.inner.feeds.feed(nid) {
            feed.take_note(|notes| {
                if !matches!(notes.health, Health::Frozen(_)) {
                    notes.health = Health::Silent(reason);
                }
            });
        }
        Err(Trouble::Later)
    }

    async fn judge(
        &self,
        feed: &Arc<Feed>,
        url: &Url,
        is_origin: bool,
        outcome: Result<Option<clearinghouse_protocol::feed::follow::Verified>, StepError>,
    ) -> Result<(), Verdict> {
        match outcome {
            Ok(verified) => {
                let now = self.inner.clock.now();
                feed.take_note(|notes| {
                    notes.health = Health::Verified;
                    notes.verified_at = Some(now);
                    notes.served_by = Some(url.to_string());
                });
                if let Some(verified) = verified {
                    self.tell(feed, verified).await;
                }
                Ok(())
            }
            Err(StepError::Overtaken) => Err(Verdict::Trouble(Trouble::Again)),
            // A mirror may lag behind; only the author's own word is held against the author.
            Err(StepError::Follow(FollowError::Shrunk { .. })) if !is_origin => Ok(()),
            Err(StepError::Follow(
                error @ (FollowError::Shrunk { .. }
                | FollowError::Forked { .. }
                | FollowError::Critical { .. }),
            )) => {
                tracing::warn!(%error, "a feed is kept at its last good state");
                let final_word = !matches!(error, FollowError::Shrunk { .. });
                feed.take_note(|notes| notes.health = Health::Frozen(error.to_string()));
                Err(Verdict::Trouble(if final_word {
                    Trouble::Final
                } else {
                    Trouble::Later
                }))
            }
            Err(StepError::Feed(error)) => {
                tracing::error!(%error, "a mirror cannot be kept");
                feed.take_note(|notes| notes.health = Health::Silent(error.to_string()));
                Err(Verdict::Trouble(Trouble::Later))
            }
            Err(error) => Err(Verdict::AskAnother(error.to_string())),
        }
    }

    async fn tell(&self, feed: &Feed, verified: clearinghouse_protocol::feed::follow::Verified) {
        let rosters_changed = verified.rosters_changed;
        // A closed channel means that the node is shutting down.
        let _ = self
            .inner
            .news
            .send(News::Step(feed.nid(), Box::new(verified)))
            .await;
        if rosters_changed {
            self.reconsider();
        }
    }

    async fn feed_of(&self, nid: Nid, peer: &Peer) -> Result<Arc<Feed>, MeetError> {
        if let Some(feed) = self.inner.feeds.feed(nid) {
            return Ok(feed);
        }
        let chain = peer.identity(nid).await?;
        Ok(self.inner.feeds.add(&chain, Some(nid))?)
    }

    /// Other nodes that may serve a feed: every one that we follow ourselves.
    fn mirrors(&self, nid: Nid, addresses: &[Url]) -> Vec<Url> {
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

    fn tasks(&self) -> std::sync::MutexGuard<'_, BTreeMap<Nid, Task>> {
        whole(self.inner.tasks.lock())
    }
}

/// Why a node at an address cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum MeetError {
    /// The address is none that we may ask.
    #[error("this address cannot be followed: {0}")]
    Address(String),
    /// What answers there is no node.
    #[error("what answers there is not a Clearinghouse node")]
    NoNode,
    /// It gave no answer of use.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// Its identity is not sound, or our disk refused it.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

enum Trouble {
    /// Look again at once.
    Again,
    /// Look again after a while.
    Later,
    /// Never look again.
    Final,
}

enum Verdict {
    Trouble(Trouble),
    AskAnother(String),
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Locks are held for a few lines, and what they guard is whole even after a panic.
fn whole<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}
