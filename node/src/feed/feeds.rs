//! Which feeds does this node keep, and what does it know of each?

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};

use clearinghouse_protocol::feed::evidence::EvidenceError;
use clearinghouse_protocol::feed::follow::{FollowError, Follower, SetAside};
use clearinghouse_protocol::feed::identity::{Identity, IdentityError};
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::feed::roster::Rosters;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::{Index, Size};
use jiff::Timestamp;
use tokio::sync::broadcast;

use super::known::Known;
pub use super::notes::{Health, Notes, Sent};
use super::quota::{Ledger, Quotas};
use crate::config::Quota;
use crate::store::disk::{DiskError, SharedDisk};
use crate::store::files::{FeedFiles, FilesError};

mod kept;
mod older;
mod texts;

use kept::Logs;
pub use kept::{adopt, chain_of, latest_note};
pub use older::Stated;

mod attested;
mod turns;

use turns::Turns;
mod convicted;
mod learn;
mod own;

/// Feeds that one node keeps: some 3,000 initiatives have a dozen centres; this leaves room for a world.
pub const FEEDS_MAX: usize = 10_000;

/// News that a slow listener may lag behind before it has to look for itself.
const NEWS_MAX: usize = 1024;

/// One feed, our own or a mirror, with all that was verified of it.
pub struct Feed {
    /// Whose log it is, and with which key. Who the node is by now says [`Feed::who`].
    pub identity: Identity,
    known: RwLock<Known>,
    files: RwLock<FeedFiles>,
    follower: Mutex<Follower>,
    notes: Mutex<Notes>,
    /// Entries in force whose bodies nobody has handed out yet.
    expected: Mutex<Vec<Index>>,
    /// Whether anybody here has a reason to hold its bodies.
    keeps_bodies: AtomicBool,
    /// What proves that its log has signed two histories, as it is served.
    evidence: OnceLock<Vec<u8>>,
    /// Whether a later log serves what of this one lives.
    retired: AtomicBool,
    /// Carries that are not believed, because the log before was held against them.
    refused: BTreeSet<Index>,
    /// How many of its entries were taken, and since when.
    ledger: Mutex<Option<Ledger>>,
    turns: Turns,
}

/// Why a feed's files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The disk, or entries that are gone.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The chain of identity notes.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The files are not what was signed.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// What should prove a fork of its log proves nothing.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// A state that the log has not come to here.
    #[error("this log has not come to {} entries here", .0.0)]
    TooShort(Size),
    /// One feed more than a node keeps.
    #[error("this node keeps {FEEDS_MAX} feeds already")]
    TooMany,
}

impl From<DiskError> for FeedError {
    fn from(error: DiskError) -> FeedError {
        FeedError::Files(FilesError::Disk(error))
    }
}

impl Feed {
    /// Opens a feed's files and verifies every entry against `note`, the last signed checkpoint, which
    /// also says of which epoch they are; without one they are of the epoch that the chain names.
    pub fn open(
        disk: &SharedDisk,
        dir: &Path,
        chain: Vec<u8>,
        note: Option<Vec<u8>>,
    ) -> Result<Feed, FeedError> {
        let identity = learn::known_in(disk, dir, &chain)?.identity().clone();
        let named = note.as_deref().and_then(origin_of);
        let identity = match named.filter(|origin| origin.nid == identity.nid) {
            Some(origin) if origin != identity.origin => identity.at(origin.epoch),
            _ => identity,
        };
        Feed::at(disk, dir, identity, chain, note)
    }

    /// Opens the files of the log that `identity` names, under the node's folder `dir`.
    pub fn at(
        disk: &SharedDisk,
        dir: &Path,
        identity: Identity,
        chain: Vec<u8>,
        note: Option<Vec<u8>>,
    ) -> Result<Feed, FeedError> {
        // What proves this log may be a chain of its time; who the node is says the one that is served.
        let served = disk.read(&dir.join("identity"))?;
        let known = learn::known_in(disk, dir, &served.unwrap_or(chain))?;
        let dir = dir.join(identity.origin.epoch.to_string());
        let refused = kept::refused_in(disk, &dir)?;
        let blank = Follower::refusing(&identity, refused.clone());
        let offer = note
            .as_deref()
            .map(|note| blank.consider(note))
            .transpose()?
            .flatten();
        let signed = offer.as_ref().map_or(Size(0), |offer| offer.size());
        let mut trial = offer.map(|offer| blank.begin(offer));
        let mut files = FeedFiles::open(disk.clone(), &dir, signed, |entry| match &mut trial {
            Some(trial) => trial.push(entry),
            None => Hash::leaf(entry),
        })?;
        let (follower, set_aside) = match trial {
            Some(trial) => {
                let (follower, verified) = trial.finish()?;
                (follower, verified.set_aside)
            }
            None => (blank, Vec::new()),
        };
        files.keep_only(follower.living())?;
        let living = follower.living().between(0, signed.0);
        let expected = living
            .filter(|index| !files.bodies().contains(*index))
            .collect();
        let seen = files
            .seen()?
            .and_then(|seen| Timestamp::from_second(seen).ok());
        if let Some(note) = note {
            files.publish(signed, note);
        }
        let feed = Feed {
            identity,
            known: RwLock::new(known),
            files: RwLock::new(files),
            follower: Mutex::new(follower),
            notes: Mutex::new(Notes::of(seen)),
            expected: Mutex::new(expected),
            keeps_bodies: AtomicBool::new(true),
            turns: Turns::default(),
            evidence: OnceLock::new(),
            retired: AtomicBool::new(false),
            refused,
            ledger: Mutex::default(),
        };
        feed.set_aside(&set_aside);
        feed.reopen_evidence()?;
        Ok(feed)
    }

    /// The node whose feed this is.
    pub fn nid(&self) -> Nid {
        self.identity.nid
    }

    /// The files, to read.
    pub fn files(&self) -> RwLockReadGuard<'_, FeedFiles> {
        self.files.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files, to write.
    pub fn files_mut(&self) -> RwLockWriteGuard<'_, FeedFiles> {
        self.files.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was verified so far; whoever holds it takes the next step.
    pub fn follower(&self) -> MutexGuard<'_, Follower> {
        self.follower.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the log says about membership.
    pub fn rosters(&self) -> Rosters {
        self.follower().rosters().clone()
    }

    /// What staff and pages are told.
    pub fn notes(&self) -> Notes {
        self.notes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Changes what staff and pages are told.
    pub fn take_note(&self, change: impl FnOnce(&mut Notes)) {
        change(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes note that the feed was verified up to what `served_by` has, now.
    pub fn verified(&self, now: Timestamp, served_by: &str) -> Result<(), DiskError> {
        let before = self.notes().verified_at;
        self.take_note(|notes| {
            notes.health = Health::Verified;
            notes.verified_at = Some(now);
            notes.read_at = Some(now);
            notes.served_by = Some(served_by.to_owned());
        });
        // On disk to the hour: the lease counts in days and must outlast a restart.
        let hour = |moment: Timestamp| moment.as_second() / 3600;
        if before.map(hour) == Some(hour(now)) {
            Ok(())
        } else {
            self.files().save_seen(now.as_second())
        }
    }

    /// How many of its entries were taken, and since when; empty before the first count.
    pub(super) fn ledger(&self) -> MutexGuard<'_, Option<Ledger>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells staff about entries that change nothing.
    pub fn set_aside(&self, entries: &[(Index, SetAside)]) {
        for (index, reason) in entries {
            self.set_one_aside(*index, reason.to_string());
        }
    }

    /// Tells staff about an entry or body that changes nothing.
    pub fn set_one_aside(&self, index: Index, reason: String) {
        self.take_note(|notes| notes.put_aside(index, reason));
    }
}

/// The log that a checkpoint says it is of; nothing of it is verified by that.
pub fn origin_of(note: &[u8]) -> Option<Origin> {
    let line = note.split(|byte| *byte == b'\n').next()?;
    std::str::from_utf8(line).ok()?.parse().ok()
}

/// All feeds of this node, its own among them.
pub struct Feeds {
    disk: SharedDisk,
    dir: PathBuf,
    own: Nid,
    quotas: RwLock<Quotas>,
    all: RwLock<BTreeMap<Nid, Logs>>,
    /// Later logs that are being fetched, and are not the current ones yet.
    begun: Mutex<BTreeMap<Nid, Arc<Feed>>>,
    news: broadcast::Sender<Nid>,
}

impl Feeds {
    /// Opens every mirror under `dir` beside our own feed. A mirror that does not verify is fetched anew.
    pub fn open(disk: SharedDisk, dir: PathBuf, own: Feed) -> Result<Feeds, FeedError> {
        own.take_note(|notes| notes.health = Health::Own);
        let nid = own.nid();
        let feeds = Feeds {
            all: RwLock::default(),
            begun: Mutex::default(),
            news: broadcast::Sender::new(NEWS_MAX),
            disk,
            dir,
            own: nid,
            quotas: RwLock::default(),
        };
        let older = feeds.open_older(&own)?;
        let current = Arc::new(own);
        feeds.all_mut().insert(nid, Logs { current, older });
        for name in feeds.disk.list(&feeds.dir)? {
            let Ok(nid) = name.parse::<Nid>() else {
                continue;
            };
            let chain = feeds.disk.read(&feeds.dir.join(&name).join("identity"))?;
            if let Some(chain) = chain.filter(|_| nid != feeds.own) {
                feeds.open_mirror(chain)?;
            }
        }
        Ok(feeds)
    }

    /// Begins to keep the feed of a node that gave this chain of identity notes.
    pub fn add(&self, chain: &[u8], expected: Option<Nid>) -> Result<Arc<Feed>, FeedError> {
        let nid = Identity::read(chain, expected)?.nid;
        if let Some(feed) = self.feed(nid) {
            return Ok(feed);
        }
        if self.all().len() >= FEEDS_MAX {
            return Err(FeedError::TooMany);
        }
        let dir = self.dir_of(nid);
        self.disk.create_dir_all(&dir)?;
        self.disk.replace(&dir.join("identity"), chain)?;
        self.open_mirror(chain.to_vec())
    }

    /// Our own feed.
    pub fn own(&self) -> Arc<Feed> {
        self.feed(self.own)
            .expect("our own feed is never taken away")
    }

    /// The feed of a node: its current log.
    pub fn feed(&self, nid: Nid) -> Option<Arc<Feed>> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&nid).map(|logs| logs.current.clone())
    }

    /// The current log of every node, in the order of their identifiers.
    pub fn all(&self) -> Vec<Arc<Feed>> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.values().map(|logs| logs.current.clone()).collect()
    }

    /// How much is taken from the feed of a node.
    pub fn quota(&self, nid: Nid) -> Quota {
        let quotas = self.quotas.read().unwrap_or_else(PoisonError::into_inner);
        quotas.quota(nid)
    }

    /// Replaces what staff decided about quotas.
    pub fn set_quotas(&self, quotas: Quotas) {
        *self.quotas.write().unwrap_or_else(PoisonError::into_inner) = quotas;
    }

    /// Tells everyone who listens that a feed has a new checkpoint.
    pub fn announce(&self, nid: Nid) {
        // Nobody listening is no fault: whoever comes later looks at the checkpoint first.
        let _ = self.news.send(nid);
    }

    /// Names of feeds as they get new checkpoints.
    pub fn listen(&self) -> broadcast::Receiver<Nid> {
        self.news.subscribe()
    }

    /// The disk on which they stand.
    pub fn disk(&self) -> &SharedDisk {
        &self.disk
    }
}
