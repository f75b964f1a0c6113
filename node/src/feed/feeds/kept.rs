//! Which logs of one node are kept, and which of them is the current one?

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLockWriteGuard};

use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::feed::origin::{Epoch, Nid, Origin};
use clearinghouse_protocol::tlog::tree::{Index, Size};
use jiff::Timestamp;

use super::learn::known_in;
use super::{Feed, FeedError, Feeds};
use crate::store::disk::{DiskError, SharedDisk};
use crate::store::files::{FeedFiles, FilesError};

/// Seconds of a day, by which retention counts.
const DAY_S: i64 = 86_400;

/// The logs of one node.
pub(super) struct Logs {
    pub(super) current: Arc<Feed>,
    pub(super) older: BTreeMap<Epoch, Arc<Feed>>,
}

impl Logs {
    pub(super) fn new(current: Arc<Feed>) -> Logs {
        Logs {
            current,
            older: BTreeMap::new(),
        }
    }
}

impl Feeds {
    /// A log of any epoch that is kept here.
    pub fn log(&self, origin: Origin) -> Option<Arc<Feed>> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let logs = all.get(&origin.nid)?;
        if logs.current.identity.origin == origin {
            return Some(logs.current.clone());
        }
        logs.older.get(&origin.epoch).cloned()
    }

    /// The logs of the same node before this one, the latest first.
    pub fn older_than(&self, origin: Origin) -> Vec<Arc<Feed>> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let Some(logs) = all.get(&origin.nid) else {
            return Vec::new();
        };
        let older = logs.older.values().chain([&logs.current]).rev();
        let older = older.filter(|feed| feed.identity.origin.epoch < origin.epoch);
        older.cloned().collect()
    }

    /// The last checkpoint of a log of which nothing else is left.
    pub fn last_word(&self, origin: Origin) -> Result<Option<Vec<u8>>, DiskError> {
        if self.feed(origin.nid).is_none() {
            return Ok(None);
        }
        FeedFiles::saved_checkpoint(&self.disk, &self.folder(origin))
    }

    /// Opens the files of a later log, to fill it. What came of it before in this process is still there;
    /// what an earlier process left is not.
    pub fn prepare(
        &self,
        identity: &Identity,
        chain: &[u8],
        refused: &BTreeSet<Index>,
    ) -> Result<Arc<Feed>, FeedError> {
        let origin = identity.origin;
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = begun.get(&origin.nid)
            && feed.identity == *identity
            && feed.refused() == refused
        {
            return Ok(feed.clone());
        }
        if let Some(current) = self.feed(origin.nid) {
            adopt(&self.disk, &self.dir_of(origin.nid), &current, chain)?;
        }
        let feed = Arc::new(self.blank(identity, chain, refused)?);
        begun.insert(origin.nid, feed.clone());
        Ok(feed)
    }

    /// Opens the files of a later log that has no entry yet.
    pub(in crate::feed) fn blank(
        &self,
        identity: &Identity,
        chain: &[u8],
        refused: &BTreeSet<Index>,
    ) -> Result<Feed, FeedError> {
        let folder = self.folder(identity.origin);
        self.disk.create_dir_all(&folder)?;
        // A checkpoint here would be one of files that did not verify.
        self.disk.remove(&folder.join("checkpoint"))?;
        self.disk.flush_dir(&folder)?;
        if refused.is_empty() {
            self.disk.remove(&folder.join(REFUSED))?;
        } else {
            let lines = refused.iter().map(|index| format!("{}\n", index.0));
            let text: String = lines.collect();
            self.disk.replace(&folder.join(REFUSED), text.as_bytes())?;
        }
        let dir = self.dir_of(identity.nid);
        Feed::at(&self.disk, &dir, identity.clone(), chain.to_vec(), None)
    }

    /// Makes a later log the current one. It is verified and on disk.
    pub fn go_over(&self, feed: &Arc<Feed>, now: Timestamp) -> Result<(), DiskError> {
        let nid = feed.nid();
        let before = self.feed(nid);
        if let Some(before) = &before {
            feed.hear_from(before);
        }
        if let Some(before) = before.filter(|before| before.files().size() > Size(0)) {
            self.date(before.identity.origin, now)?;
        }
        let mut all = self.all_mut();
        match all.get_mut(&nid) {
            Some(logs) => {
                let before = std::mem::replace(&mut logs.current, feed.clone());
                if before.files().size() > Size(0) {
                    logs.older.insert(before.identity.origin.epoch, before);
                }
            }
            None => drop(all.insert(nid, Logs::new(feed.clone()))),
        }
        drop(all);
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.remove(&nid);
        Ok(())
    }

    /// Drops the bodies of a node's logs before this one: what of them lives is served by it or by a later
    /// one. To be called when nothing points to them any more.
    pub fn retire_before(&self, origin: Origin) {
        for old in self.older_than(origin) {
            if !old.retire_now() {
                continue;
            }
            let mut files = old.files_mut();
            let bodies = files.bodies_mut();
            bodies.drop_all();
            if let Err(error) = bodies.sweep(usize::MAX) {
                // They are out of service, and the next start tries again.
                tracing::warn!(%error, "bodies of an older log are still on disk");
            }
        }
    }

    /// Drops all but the last checkpoint of older logs that went out of use more than `days` ago.
    pub fn forget(&self, now: Timestamp, days: u32) -> Result<(), DiskError> {
        for feed in self.all() {
            for old in self.older_than(feed.identity.origin) {
                let origin = old.identity.origin;
                let dir = self.folder(origin);
                let since = self.disk.read(&dir.join(RETIRED))?;
                let since = since.and_then(|text| {
                    let text = std::str::from_utf8(&text).ok()?;
                    text.trim_end().parse::<i64>().ok()
                });
                let Some(since) = since else {
                    self.date(origin, now)?;
                    continue;
                };
                if now.as_second() - since < i64::from(days) * DAY_S {
                    continue;
                }
                self.drop_log(&dir)?;
                if let Some(logs) = self.all_mut().get_mut(&origin.nid) {
                    logs.older.remove(&origin.epoch);
                }
            }
        }
        Ok(())
    }

    /// Opens all logs of a node under `dir` that are kept, and finds the current one: the latest whose
    /// opening is whole. `None` when there is none yet.
    pub(super) fn open_logs(&self, dir: &Path) -> Result<Option<Logs>, FeedError> {
        let mut logs: Option<Logs> = None;
        for epoch in epochs(&self.disk, dir)? {
            let Some(feed) = self.open_log(dir, epoch)? else {
                continue;
            };
            if !feed.follower().is_whole() {
                continue;
            }
            let feed = Arc::new(feed);
            match &mut logs {
                None => logs = Some(Logs::new(feed)),
                Some(logs) => {
                    let before = std::mem::replace(&mut logs.current, feed);
                    logs.older.insert(before.identity.origin.epoch, before);
                }
            }
        }
        Ok(logs)
    }

    /// Opens the logs of this node before the current one. One that does not verify is not served; it is
    /// of no account for what goes on.
    pub(super) fn open_older(&self, own: &Feed) -> Result<BTreeMap<Epoch, Arc<Feed>>, FeedError> {
        let origin = own.identity.origin;
        let dir = self.dir_of(origin.nid);
        let mut older = BTreeMap::new();
        for epoch in epochs(&self.disk, &dir)? {
            if epoch < origin.epoch
                && let Some(feed) = self.open_log(&dir, epoch)?
            {
                feed.take_note(|notes| notes.health = super::Health::Own);
                older.insert(epoch, Arc::new(feed));
            }
        }
        Ok(older)
    }

    /// Opens a mirror under the folder of its node, or begins one.
    pub(super) fn open_mirror(&self, chain: Vec<u8>) -> Result<Arc<Feed>, FeedError> {
        let nid = Identity::read(&chain, None)?.nid;
        let dir = self.dir_of(nid);
        let identity = known_in(&self.disk, &dir, &chain)?.identity().clone();
        if let Some(logs) = self.open_logs(&dir)? {
            let mut all = self.all_mut();
            return Ok(all.entry(identity.nid).or_insert(logs).current.clone());
        }
        let epoch = dir.join(identity.origin.epoch.to_string());
        // A mirror is a copy: what does not verify is thrown away and fetched again.
        self.disk.remove(&epoch.join("checkpoint"))?;
        if self.disk.len(&epoch.join("entries"))?.is_some() {
            self.disk.flush_dir(&epoch)?;
        }
        let feed = Feed::open(&self.disk, &dir, chain, None)?;
        let logs = Logs::new(Arc::new(feed));
        let mut all = self.all_mut();
        Ok(all.entry(identity.nid).or_insert(logs).current.clone())
    }

    /// Opens one log as its saved checkpoint says; `None` when it has none or does not verify.
    fn open_log(&self, dir: &Path, epoch: Epoch) -> Result<Option<Feed>, FeedError> {
        let folder = dir.join(epoch.to_string());
        let Some(note) = FeedFiles::saved_checkpoint(&self.disk, &folder)? else {
            return Ok(None);
        };
        if self.disk.len(&folder.join("entries"))?.is_none() {
            return Ok(None);
        }
        let Some(chain) = chain_of(&self.disk, dir, epoch)? else {
            return Ok(None);
        };
        let identity = known_in(&self.disk, dir, &chain)?.identity().at(epoch);
        match Feed::at(&self.disk, dir, identity, chain, Some(note)) {
            Ok(feed) => Ok(Some(feed)),
            Err(FeedError::Files(FilesError::Disk(error))) => Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "a log that is kept here does not verify");
                Ok(None)
            }
        }
    }

    /// Notes when a log went out of use.
    fn date(&self, origin: Origin, now: Timestamp) -> Result<(), DiskError> {
        let path = self.folder(origin).join(RETIRED);
        self.disk
            .replace(&path, format!("{}\n", now.as_second()).as_bytes())
    }

    fn drop_log(&self, dir: &Path) -> Result<(), DiskError> {
        // The entries last: without them the log is not opened again, and the rest is never looked for.
        for part in ["bodies", "hashes"] {
            let folder = dir.join(part);
            for name in self.disk.list(&folder)? {
                self.disk.remove(&folder.join(name))?;
            }
            self.disk.flush_dir(&folder)?;
        }
        self.disk.remove(&dir.join("entries"))?;
        self.disk.flush_dir(dir)
    }

    /// The folder of a node's logs.
    pub(in crate::feed) fn dir_of(&self, nid: Nid) -> PathBuf {
        self.dir.join(nid.as_str())
    }

    fn folder(&self, origin: Origin) -> PathBuf {
        self.dir_of(origin.nid).join(origin.epoch.to_string())
    }

    pub(super) fn all_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<Nid, Logs>> {
        self.all.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file of carries that this reader does not believe, one index a line.
const REFUSED: &str = "refused";

/// The file that says since when a log is out of use, in seconds since 1970-01-01, UTC.
const RETIRED: &str = "retired";

/// The chain that proves the key of one epoch's log: one of its own, if the node's has gone on since.
pub fn chain_of(disk: &SharedDisk, dir: &Path, epoch: Epoch) -> Result<Option<Vec<u8>>, DiskError> {
    for later in epochs(disk, dir)?.range(epoch..) {
        let chain = disk.read(&dir.join(later.to_string()).join("identity"))?;
        if chain.is_some() {
            return Ok(chain);
        }
    }
    disk.read(&dir.join("identity"))
}

/// The checkpoint of the latest log under a node's folder that has one.
pub fn latest_note(disk: &SharedDisk, dir: &Path) -> Result<Option<Vec<u8>>, DiskError> {
    for epoch in epochs(disk, dir)?.iter().rev() {
        let note = FeedFiles::saved_checkpoint(disk, &dir.join(epoch.to_string()))?;
        if note.is_some() {
            return Ok(note);
        }
    }
    Ok(None)
}

/// The carries that were not believed when the log under `dir` was taken over.
pub(super) fn refused_in(disk: &SharedDisk, dir: &Path) -> Result<BTreeSet<Index>, DiskError> {
    let text = disk.read(&dir.join(REFUSED))?.unwrap_or_default();
    let text = String::from_utf8(text).unwrap_or_default();
    let indexes = text.lines().filter_map(|line| line.parse().ok());
    Ok(indexes.map(Index).collect())
}

/// Puts a newer chain in place of the node's, after the one that proves the key of `current` is kept
/// beside its log.
pub fn adopt(disk: &SharedDisk, dir: &Path, current: &Feed, chain: &[u8]) -> Result<(), DiskError> {
    if chain == current.chain() {
        return Ok(());
    }
    let epoch = dir.join(current.identity.origin.epoch.to_string());
    disk.create_dir_all(&epoch)?;
    disk.replace(&epoch.join("identity"), &current.chain())?;
    disk.replace(&dir.join("identity"), chain)
}

/// The epochs that have a folder, in rising order.
fn epochs(disk: &SharedDisk, dir: &Path) -> Result<BTreeSet<Epoch>, DiskError> {
    let names = disk.list(dir)?;
    Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
}
