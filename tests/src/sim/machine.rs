//! How is one node of a simulation founded, started and ended?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use clearinghouse::clock::{Clock, Hand};
use clearinghouse::config::{Config, Overrides};
use clearinghouse::feed::confirm::Confirm;
use clearinghouse::feed::feeds::{Feed, Feeds};
use clearinghouse::feed::guard::Guard;
use clearinghouse::feed::log::Log;
use clearinghouse::feed::sync::{Chosen, News, Parts, Sync};
use clearinghouse::http::feed::{Shelf, routes};
use clearinghouse::node::{NodeError, Opened, init, nid_of, open_feeds};
use clearinghouse::store::fault_disk::FaultDisk;
use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::tlog::tree::{Index, Size};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::fold::{Fold, Readings};
use super::lies::Liar;
use super::net::{Inbox, Line};
use super::tally::State;

/// Seconds between two looks at a feed that sends no events.
pub const POLL_S: u64 = 60;

/// Where every node keeps everything, each on a disk of its own.
const DATA: &str = "/node";

/// A machine with its disk and clock; its node may run or not.
pub struct Machine {
    /// By which name others reach it; a copied machine has that of the first.
    pub host: usize,
    /// Who it is.
    pub nid: Nid,
    /// Its disk.
    pub disk: FaultDisk,
    /// What turns its clock.
    pub hand: Arc<Hand>,
    /// How far its clock is from the world's.
    pub offset: SignedDuration,
    /// The feeds that its staff chose.
    pub chosen: Vec<Chosen>,
    /// How it lies, if it does.
    pub liar: Option<Liar>,
    /// It takes questions and never answers.
    pub silent: bool,
    /// It is gone for good.
    pub dead: bool,
    /// What was put in place of its disk, if anything was.
    pub restored: Option<&'static str>,
    /// Copies of its disk.
    pub backups: Vec<FaultDisk>,
    /// Entries that were acknowledged and not yet seen under a checkpoint: the hash of the body, or none
    /// for an erasure.
    pub owed: BTreeMap<Index, Option<[u8; 32]>>,
    clock: Clock,
    /// How often its node was started.
    pub lives: u64,
    /// The node, if it runs.
    pub life: Option<Life>,
}

/// A node while it runs.
pub struct Life {
    /// The feeds that it keeps.
    pub feeds: Arc<Feeds>,
    /// Its one writer.
    pub log: Log,
    /// Whom it follows.
    pub sync: Sync,
    /// What it serves.
    pub router: Router,
    heard: Arc<Mutex<Heard>>,
    leave: CancellationToken,
    news: JoinHandle<()>,
}

/// What the news of verified steps brought.
#[derive(Default)]
pub struct Heard {
    /// The listings.
    pub fold: Fold,
    /// What was reached on the way.
    pub reached: Vec<State>,
}

/// The address of a node.
pub fn address(host: usize) -> String {
    format!("http://n{host}.example/")
}

/// The node at an address.
pub fn host_of(url: &url::Url) -> Option<usize> {
    url.host_str()?
        .strip_prefix('n')?
        .strip_suffix(".example")?
        .parse()
        .ok()
}

fn config() -> Arc<Config> {
    static CONFIG: OnceLock<Arc<Config>> = OnceLock::new();
    let load = || {
        let config = Config::load(Path::new("/nowhere"), &Overrides::default());
        Arc::new(config.expect("the defaults are sound"))
    };
    CONFIG.get_or_init(load).clone()
}

impl Machine {
    /// Makes a new node; it does not run yet.
    pub fn found(host: usize, seed: u64, now: Timestamp) -> Machine {
        let (clock, hand) = Clock::by_hand(now, seed);
        let disk = FaultDisk::new(seed);
        disk.tear(true);
        let names = [("en".to_owned(), format!("Centre {host}"))].into();
        let made = init(
            &disk.start(),
            Path::new(DATA),
            names,
            &address(host),
            &clock,
        );
        let (identity, _) = made.expect("a new disk takes a new node");
        Machine {
            host,
            nid: identity.nid,
            disk,
            hand,
            offset: SignedDuration::ZERO,
            chosen: Vec::new(),
            liar: None,
            silent: false,
            dead: false,
            restored: None,
            backups: Vec::new(),
            owed: BTreeMap::new(),
            clock,
            lives: 0,
            life: None,
        }
    }

    /// A second machine with everything that is on the disk of this one.
    pub fn copy(&self, seed: u64, now: Timestamp) -> Machine {
        let (clock, hand) = Clock::by_hand(now, seed);
        Machine {
            disk: self.disk.copy(),
            hand,
            clock,
            life: None,
            backups: Vec::new(),
            owed: BTreeMap::new(),
            chosen: self.chosen.clone(),
            liar: self.liar.clone(),
            ..*self
        }
    }

    /// Opens the node; what its start did is told.
    ///
    /// # Errors
    /// If the node refuses to start.
    pub fn start(
        &mut self,
        id: usize,
        inbox: &Inbox,
        readings: &Readings,
    ) -> Result<Vec<State>, NodeError> {
        assert!(self.life.is_none(), "a node that runs is not started");
        self.lives += 1;
        let data = Path::new(DATA);
        let before = (self.entries_bytes(), self.mirrors_on_disk());
        let disk = self.disk.start();
        assert_eq!(
            nid_of(&disk, data)?,
            self.nid,
            "keys do not change by themselves"
        );
        let Opened {
            feeds, log, reason, ..
        } = open_feeds(&disk, data, &self.clock)?;
        if let Some(reason) = reason {
            return Err(NodeError::SignLock(reason.word().to_owned()));
        }
        let mut reached = Vec::new();
        if self.entries_bytes() < before.0 {
            reached.push(State::TailCut);
        }
        let is_new = |nid: &Nid| {
            feeds
                .feed(*nid)
                .is_some_and(|feed| feed.follower().size() == Size(0))
        };
        if before.1.iter().any(is_new) {
            reached.push(State::MirrorFetchedAnew);
        }
        let (sync, news) = self.following(id, inbox, &feeds)?;
        let shelf = Shelf::new(feeds.clone(), config(), self.clock.clone());
        let leave = shelf.leave.clone();
        let heard = Arc::new(Mutex::new(Heard {
            fold: Fold::of(&feeds.all(), readings),
            reached: Vec::new(),
        }));
        sync.start();
        let news = listen(news, feeds.clone(), heard.clone(), readings.clone());
        self.life = Some(Life {
            router: routes().with_state(shelf),
            feeds,
            log,
            sync,
            heard,
            leave,
            news: tokio::spawn(news),
        });
        Ok(reached)
    }

    fn following(
        &self,
        id: usize,
        inbox: &Inbox,
        feeds: &Arc<Feeds>,
    ) -> Result<(Sync, mpsc::Receiver<News>), NodeError> {
        let data = Path::new(DATA);
        let confirm = Confirm::open(feeds.clone(), data.into(), Vec::new(), self.clock.clone())?;
        let confirm = Arc::new(confirm);
        let parts = Parts {
            feeds: feeds.clone(),
            confirm: confirm.clone(),
            transport: Arc::new(Line {
                from: id,
                inbox: inbox.clone(),
            }),
            guard: Guard::new(false),
            clock: self.clock.clone(),
            poll: Duration::from_secs(POLL_S),
            chosen: self.chosen.clone(),
        };
        let following = Sync::new(parts);
        confirm.restore()?;
        Ok(following)
    }

    /// Makes sure that the first entry is the node's own identity.
    pub async fn introduce(&self) {
        let Some(life) = &self.life else { return };
        let own = life.feeds.own();
        if own.files().size() == Size(0) {
            // Refused by a disk that fails, it is tried again at the next start.
            let _ = life.log.append(Deed::Introduce(own.chain().to_vec())).await;
            let _ = life.log.rest().await;
        }
    }

    /// Ends the process; what is on the disk stays as it is.
    pub fn end(&mut self) {
        let Some(life) = self.life.take() else { return };
        self.disk.crash();
        life.leave.cancel();
        life.sync.stop();
        life.news.abort();
    }

    /// Cuts the power.
    pub fn cut_power(&mut self) {
        self.disk.power_cut();
        self.end();
    }

    /// Whether the node runs.
    pub fn runs(&self) -> bool {
        self.life.is_some()
    }

    /// Whether what it says is held against it.
    pub fn is_honest(&self) -> bool {
        self.liar.is_none()
    }

    /// A feed that it keeps while it runs.
    pub fn feed(&self, nid: Nid) -> Option<Arc<Feed>> {
        self.life.as_ref()?.feeds.feed(nid)
    }

    /// The folder of its feeds.
    pub fn feeds_dir() -> PathBuf {
        Path::new(DATA).join("feeds")
    }

    /// The file of its sign lock.
    pub fn lock_path() -> PathBuf {
        Path::new(DATA).join("signlock")
    }

    fn entries_bytes(&self) -> usize {
        let own = Machine::feeds_dir().join(self.nid.as_str());
        let all = self.disk.paths().into_iter();
        let own = all.filter(|path| path.starts_with(&own) && path.ends_with("entries"));
        own.filter_map(|path| self.disk.bytes(&path))
            .map(|bytes| bytes.len())
            .sum()
    }

    fn mirrors_on_disk(&self) -> Vec<Nid> {
        let dir = Machine::feeds_dir();
        let all = self.disk.paths().into_iter();
        let notes = all.filter(|path| path.starts_with(&dir) && path.ends_with("checkpoint"));
        let nids = notes.filter_map(|path| {
            path.strip_prefix(&dir)
                .ok()?
                .iter()
                .next()?
                .to_str()?
                .parse::<Nid>()
                .ok()
        });
        nids.filter(|nid| *nid != self.nid).collect()
    }
}

impl Life {
    /// What the news brought.
    pub fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn listen(
    mut news: mpsc::Receiver<News>,
    feeds: Arc<Feeds>,
    heard: Arc<Mutex<Heard>>,
    readings: Readings,
) {
    while let Some(news) = news.recv().await {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        match news {
            News::Step(nid, verified) => {
                let Some(feed) = feeds.feed(nid) else {
                    continue;
                };
                heard.fold.end(feed.identity.origin, &verified.ended);
                heard.fold.begin(&feed, &verified.begun, &readings);
            }
            News::Late(nid, begun) => {
                let Some(feed) = feeds.feed(nid) else {
                    continue;
                };
                heard.fold.begin(&feed, &begun, &readings);
                heard.reached.push(State::CameLate);
            }
            News::Standing => {
                let unkept = feeds.all().into_iter().filter(|feed| !feed.keeps_bodies());
                unkept.for_each(|feed| heard.fold.forget(feed.nid()));
            }
        }
    }
}
