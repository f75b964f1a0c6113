//! Whom does this node follow, and when does it ask each?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::feed::roster::{Place, Rosters, Standing, resolve};
use clearinghouse_protocol::tlog::tree::Index;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use url::Url;

use super::confirm::Confirm;
use super::feeds::{Feed, Feeds, Health};
use super::guard::Guard;
use super::peer::Peer;
use super::transport::Transport;
use crate::clock::Clock;

mod compare;
mod identities;
mod look;
mod meet;
mod others;
mod take;

mod pushed;
mod taken;

pub use meet::MeetError;
pub use pushed::NotTaken;

/// A verified step of some feed, for whoever shows it.
#[derive(Debug)]
pub enum News {
    /// A feed went on.
    Step(Nid, Box<clearinghouse_protocol::feed::follow::Verified>),
    /// Bodies came that had been held back.
    Late(Nid, Vec<Index>),
    /// Other nodes count now: those of [`Sync::standings`]. Which they are is not said here, because
    /// two pieces of such news may come in either order.
    Standing,
}

/// How every known node stands, seen from this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standings {
    /// By node.
    pub places: BTreeMap<Nid, Place>,
    /// The nodes whose cosignatures count, and where each is asked for one: those that count, and the
    /// networks that took this node in.
    pub witnesses: BTreeMap<Nid, Url>,
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
    confirm: Arc<Confirm>,
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
    /// Who hears what witnesses say.
    pub confirm: Arc<Confirm>,
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
            confirm,
            poll,
            chosen,
        } = parts;
        let inner = Inner {
            feeds,
            transport,
            guard,
            clock,
            confirm,
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

    /// Tells whenever nodes stand otherwise than before.
    pub fn watch(&self) -> watch::Receiver<Arc<Standings>> {
        self.inner.standings.subscribe()
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
        let feed = self.inner.feeds.add(&chain, Some(nid))?;
        self.keep_bodies_of(&feed);
        Ok(feed)
    }

    /// Works out anew who stands how, and begins or ends following accordingly.
    pub fn reconsider(&self) {
        if self.resolve() {
            let news = self.inner.news.clone();
            tokio::spawn(async move { news.send(News::Standing).await });
        }
        for feed in self.inner.feeds.all() {
            self.keep_bodies_of(&feed);
        }
        taken::drop_taken(&self.inner.feeds);
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
        let witnesses = self.witnesses(&places, &rosters, &chosen);
        let nodes = witnesses.keys().copied().chain([own]).collect();
        self.inner.confirm.count(nodes);
        let standings = Standings { places, witnesses };
        self.inner.standings.send_if_modified(|known| {
            let changed = **known != standings;
            if changed {
                *known = Arc::new(standings);
            }
            changed
        })
    }

    /// The nodes whose cosignatures count: a stranger whom nobody speaks for could be a thousand.
    fn witnesses(
        &self,
        places: &BTreeMap<Nid, Place>,
        rosters: &BTreeMap<Nid, Rosters>,
        chosen: &[Chosen],
    ) -> BTreeMap<Nid, Url> {
        let own = self.inner.feeds.own().nid();
        let counting = places.iter().filter(|(_, place)| place.standing.counts());
        let counting = counting.filter_map(|(nid, place)| Some((*nid, place.url.clone()?)));
        let chosen = chosen.iter().map(|one| (one.nid, one.url.to_string()));
        let joined = rosters[&own].joined.iter();
        let joined = joined.filter(|(network, _)| {
            let us = rosters
                .get(network)
                .and_then(|network| network.members.get(&own));
            us.is_some_and(|us| !us.suspended)
        });
        let joined = joined.map(|(nid, url)| (*nid, url.clone()));
        let all = counting.chain(chosen).chain(joined);
        all.filter(|(nid, _)| *nid != own)
            .filter_map(|(nid, url)| Some((nid, self.inner.guard.read(&url).ok()?)))
            .collect()
    }

    /// Whom to ask, and where: those who count or might, and the networks that we say we belong to.
    fn wanted(&self) -> BTreeMap<Nid, Vec<Url>> {
        let standings = self.standings();
        let mut wanted: BTreeMap<Nid, Vec<Url>> = BTreeMap::new();
        let ourselves = self.inner.feeds.own().identity.url.clone();
        let mut add = |nid: Nid, url: &str| {
            let urls = wanted.entry(nid).or_default();
            // An address that our guard refuses is not asked, nor are we; mirrors are, and the node may
            // push.
            if let Ok(url) = self.inner.guard.read(url)
                && url.as_str() != ourselves
                && !urls.contains(&url)
            {
                urls.push(url);
            }
        };
        for one in whole(self.inner.chosen.lock()).iter() {
            add(one.nid, one.url.as_str());
        }
        for (nid, place) in &standings.places {
            let may_count = place.standing.counts() || place.standing == Standing::OneSided;
            if let Some(url) = place.url.as_ref().filter(|_| may_count) {
                add(*nid, url);
            }
        }
        for (nid, url) in self.inner.feeds.own().rosters().joined {
            add(nid, &url);
        }
        // A later identity note says more than what a network or our staff once wrote down; those
        // addresses stay behind it, for as long as the new one does not answer.
        for (nid, urls) in &mut wanted {
            let who = self.inner.feeds.feed(*nid).map(|feed| feed.who());
            let moved = who.filter(|who| who.seq > 0);
            if let Some(url) = moved.and_then(|who| self.inner.guard.read(&who.url).ok()) {
                urls.retain(|known| *known != url);
                urls.insert(0, url);
            }
        }
        wanted
    }

    async fn follow_own(self) {
        let mut feed = self.inner.feeds.own();
        let mut news = self.inner.feeds.listen();
        loop {
            let now = self.inner.feeds.own();
            let step = if now.identity.origin == feed.identity.origin {
                now.step_from_files()
            } else {
                // The writer has checked the opening of a later log as any reader does.
                Ok(Some(now.whole()))
            };
            feed = now;
            match step {
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

    fn tasks(&self) -> std::sync::MutexGuard<'_, BTreeMap<Nid, Task>> {
        whole(self.inner.tasks.lock())
    }
}

/// Locks are held for a few lines, and what they guard is whole even after a panic.
fn whole<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}
