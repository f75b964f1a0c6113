//! How does sled keep what can be built anew from the feeds?
//!
//! The only module that knows sled. Its `flush` is not durable (`docs/decisions`), so nothing here
//! is a promise: whatever is wrong with it is answered with an error, and the caller deletes the
//! folder and builds it anew.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use uuid::Uuid;

pub use batch::Batch;
use batch::Rows;

use super::rows::{
    ASIDE, CHANGES, CURSORS, Change, Cursor, ENTRIES, FEEDS, FORMAT, META, Meta, POINTERS, Pointer,
    Reader, SetAside, Standing, fingerprint, fitting, key_of_change, key_of_entry, key_of_feed,
    key_of_name, key_of_uuid,
};

mod batch;

/// sled's files may grow to this many times what a new database takes before we rebuild it.
const GROWTH: u64 = 4;

/// What a row takes on disk beside its own bytes, in a new database: measured with 300,000 rows.
const ROW_OVERHEAD: u64 = 200;

/// Below this size in bytes growth is not worth a rebuild: sled takes a few such at the start.
const SMALL: u64 = 64 << 20;

/// How often and how long we wait for sled to let go of its files: 2 s, far above what it takes.
const LOCK_TRIES: u32 = 100;
const LOCK_WAIT: Duration = Duration::from_millis(20);

/// Why the database is of no use any more. In every case: delete it and build it anew.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// sled answered with an error.
    #[error("the derived database answered with an error: {0}")]
    Sled(#[from] sled::Error),
    /// sled panicked, now or earlier.
    #[error("the derived database failed: {0}")]
    Panicked(String),
    /// It was written with other encodings.
    #[error("the derived database has format {0}, this program writes {FORMAT}")]
    Format(u32),
    /// Rows are missing or altered.
    #[error("the derived database is damaged: {0}")]
    Damaged(&'static str),
}

/// The derived database of a node: pointers, cursors, feed names and changes.
///
/// Many may read; [`Db::apply`] and [`Db::feed_id`] take turns.
pub struct Db {
    tree: sled::Db,
    meta: Mutex<Meta>,
    ordinals: AtomicU64,
    broken: AtomicBool,
}

impl Db {
    /// Opens the database in `dir` with a page cache of `cache_bytes`. If there is none, one is
    /// created, of this `generation`, which must be chance. Every row is read once and compared with what was counted when it was
    /// written, because sled may lose pages without a word (seconds for a million rows).
    pub fn open(dir: &Path, cache_bytes: u64, generation: u64) -> Result<Db, DbError> {
        guarded(|| {
            let tree = open_tree(dir, cache_bytes)?;
            let meta = match tree.get(META)? {
                None if !tree.was_recovered() && tree.is_empty() => create(&tree, generation)?,
                None => return Err(DbError::Damaged("it does not say what it holds")),
                Some(row) => match Meta::from_bytes(&row) {
                    Some((_, Some(meta))) => meta,
                    Some((format, None)) if format != FORMAT => {
                        return Err(DbError::Format(format));
                    }
                    _ => return Err(DbError::Damaged("it does not say what it holds")),
                },
            };
            check(&tree, &meta)?;
            let ordinals = AtomicU64::new(meta.next_ordinal);
            Ok(Db {
                tree,
                meta: Mutex::new(meta),
                ordinals,
                broken: AtomicBool::new(false),
            })
        })
    }

    /// Deletes the folder of a database that is not open.
    pub fn delete(dir: &Path) -> std::io::Result<()> {
        match std::fs::remove_dir_all(dir) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    /// A number of chance that this database got when it was built. Numbers of changes mean
    /// nothing to a database of another generation.
    pub fn generation(&self) -> u64 {
        self.meta().generation
    }

    /// An ordinal that no other listing has. One that is not used in a batch is lost until the
    /// next start.
    pub fn next_ordinal(&self) -> u64 {
        self.ordinals.fetch_add(1, Ordering::SeqCst)
    }

    /// The short id of the feed of this nid and epoch, given out now if it has none yet.
    pub fn feed_id(&self, nid: &str, epoch: &str) -> Result<u32, DbError> {
        let name = format!("{nid}/{epoch}");
        let name = fitting(&name);
        self.write(|rows, meta| {
            let key = key_of_name(name);
            if let Some(row) = rows.get(&key)? {
                return Reader(&row)
                    .u32()
                    .ok_or(DbError::Damaged("a feed's short id"));
            }
            let feed = meta.next_feed;
            meta.next_feed += 1;
            rows.set(key, feed.to_be_bytes().to_vec())?;
            rows.set(key_of_feed(FEEDS, feed), name.as_bytes().to_vec())?;
            Ok(feed)
        })
    }

    /// All feeds that have a short id: the id, nid and epoch of each, in the order of ids.
    pub fn feeds(&self) -> Result<Vec<(u32, String, String)>, DbError> {
        let mut feeds = Vec::new();
        self.each(&[FEEDS], |key, value| {
            let name = std::str::from_utf8(value).ok()?;
            let (nid, epoch) = name.split_once('/')?;
            feeds.push((Reader(&key[1..]).u32()?, nid.to_owned(), epoch.to_owned()));
            Some(true)
        })?;
        Ok(feeds)
    }

    /// How far a feed is applied, or `None` if nothing of it is.
    pub fn cursor(&self, feed: u32) -> Result<Option<Cursor>, DbError> {
        self.one(&key_of_feed(CURSORS, feed), Cursor::from_bytes)
    }

    /// Where the living entry of a listing stands.
    pub fn pointer(&self, uuid: Uuid) -> Result<Option<Pointer>, DbError> {
        let standing = self.one(&key_of_uuid(POINTERS, uuid), Standing::from_bytes)?;
        Ok(standing.and_then(|standing| standing.pointer))
    }

    /// Which listing's living entry this is.
    pub fn uuid_at(&self, feed: u32, index: u64) -> Result<Option<Uuid>, DbError> {
        self.one(&key_of_entry(ENTRIES, feed, index), |row| {
            Uuid::from_slice(row).ok()
        })
    }

    /// Shows every pointer to `visit`, in the order of UUIDs.
    pub fn each_pointer(&self, mut visit: impl FnMut(Uuid, Pointer)) -> Result<(), DbError> {
        self.each(&[POINTERS], |key, value| {
            if let Some(pointer) = Standing::from_bytes(value)?.pointer {
                visit(Uuid::from_slice(&key[1..]).ok()?, pointer);
            }
            Some(true)
        })
    }

    /// At most `limit` changes with a number above `after`, in order: the latest of each listing.
    pub fn changes_after(&self, after: u64, limit: usize) -> Result<Vec<Change>, DbError> {
        let mut changes = Vec::new();
        let Some(first) = after.checked_add(1).filter(|_| limit > 0) else {
            return Ok(changes);
        };
        self.each_from(&key_of_change(first), &[CHANGES], |key, value| {
            changes.push(Change::from_row(key, value)?);
            Some(changes.len() < limit)
        })?;
        Ok(changes)
    }

    /// The latest change of one listing, if it was ever in this view.
    pub fn latest(&self, uuid: Uuid) -> Result<Option<Change>, DbError> {
        let standing = self.one(&key_of_uuid(POINTERS, uuid), Standing::from_bytes)?;
        let key = key_of_change(standing.map_or(0, |standing| standing.change));
        self.one(&key, |row| Change::from_row(&key, row))
    }

    /// The number of the last change; 0 before the first.
    pub fn last_change(&self) -> u64 {
        self.meta().last_change
    }

    /// At most `limit` entries that are not shown, by feed and index.
    pub fn set_aside(&self, limit: usize) -> Result<Vec<SetAside>, DbError> {
        let mut found = Vec::new();
        self.each(&[ASIDE], |key, value| {
            if found.len() >= limit {
                return Some(false);
            }
            let mut row = Reader(&key[1..]);
            let reason = std::str::from_utf8(value).ok()?.to_owned();
            found.push(SetAside {
                feed: row.u32()?,
                index: row.u64()?,
                reason,
            });
            Some(true)
        })?;
        Ok(found)
    }

    /// Applies a batch: all of it is visible after a crash, or nothing. Answers the number of the
    /// last change.
    pub fn apply(&self, batch: &Batch) -> Result<u64, DbError> {
        self.write(|rows, meta| {
            batch.apply(rows, meta)?;
            Ok(meta.last_change)
        })
    }

    /// Asks sled to write what it holds. This shortens a rebuild after a crash; it promises nothing.
    pub fn flush(&self) -> Result<(), DbError> {
        self.guarded(|| self.tree.flush().map(drop).map_err(DbError::from))
    }

    /// How many bytes sled's files take.
    pub fn size_on_disk(&self) -> Result<u64, DbError> {
        self.guarded(|| self.tree.size_on_disk().map_err(DbError::from))
    }

    /// Whether sled's files have grown so far beyond what lives in them that a rebuild is due.
    pub fn overgrown(&self) -> Result<bool, DbError> {
        let Meta { bytes, rows, .. } = *self.meta();
        let new = bytes + ROW_OVERHEAD * rows;
        Ok(self.size_on_disk()? > (GROWTH * new).max(SMALL))
    }

    fn meta(&self) -> MutexGuard<'_, Meta> {
        self.meta
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Runs what touches sled. After a panic nothing is believed any more.
    fn guarded<T>(&self, deed: impl FnOnce() -> Result<T, DbError>) -> Result<T, DbError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(DbError::Panicked("it failed before".into()));
        }
        let result = guarded(deed);
        if result.is_err() {
            self.broken.store(true, Ordering::SeqCst);
        }
        result
    }

    fn one<T>(
        &self,
        key: &[u8],
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, DbError> {
        self.guarded(|| match self.tree.get(key)? {
            None => Ok(None),
            Some(row) => read(&row)
                .map(Some)
                .ok_or(DbError::Damaged("a row cannot be read")),
        })
    }

    fn each(
        &self,
        prefix: &[u8],
        visit: impl FnMut(&[u8], &[u8]) -> Option<bool>,
    ) -> Result<(), DbError> {
        self.each_from(prefix, prefix, visit)
    }

    /// Visits rows in order until `visit` answers false, or `None` for a row it cannot read.
    fn each_from(
        &self,
        first: &[u8],
        prefix: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Option<bool>,
    ) -> Result<(), DbError> {
        self.guarded(|| {
            for row in self.tree.range(first..) {
                let (key, value) = row?;
                if !key.starts_with(prefix) {
                    break;
                }
                if !visit(&key, &value).ok_or(DbError::Damaged("a row cannot be read"))? {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Lets `deed` change rows, and applies them in one step together with the sum over all rows.
    fn write<T>(
        &self,
        deed: impl FnOnce(&mut Rows, &mut Meta) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        let mut current = self.meta();
        let mut meta = *current;
        let done = self.guarded(|| {
            let read = |key: &[u8]| Ok(self.tree.get(key)?.map(|row| row.to_vec()));
            let mut rows = Rows::new(&read);
            let done = deed(&mut rows, &mut meta)?;
            let mut batch = sled::Batch::default();
            for (key, value) in rows.finish(&mut meta) {
                match value {
                    Some(value) => batch.insert(key, value),
                    None => batch.remove(key),
                }
            }
            batch.insert(META, meta.to_bytes());
            self.tree.apply_batch(batch)?;
            Ok(done)
        })?;
        *current = meta;
        Ok(done)
    }
}

/// Opens sled's files, waiting a moment if the lock on them is still held: sled lets go of it in a
/// thread of its own, shortly after the last handle is dropped. Other processes are kept out by
/// the lock of the data directory, so nobody else can be meant.
fn open_tree(dir: &Path, cache_bytes: u64) -> Result<sled::Db, sled::Error> {
    let config = sled::Config::new().path(dir).cache_capacity(cache_bytes);
    for _ in 0..LOCK_TRIES {
        match config.open() {
            Err(sled::Error::Io(e)) if e.to_string().contains("could not acquire lock") => {
                std::thread::sleep(LOCK_WAIT);
            }
            opened_or_not => return opened_or_not,
        }
    }
    config.open()
}

fn guarded<T>(deed: impl FnOnce() -> Result<T, DbError>) -> Result<T, DbError> {
    // sled panics on some damaged files instead of answering with an error. What it was doing is
    // thrown away, so nothing half done is looked at again.
    catch_unwind(AssertUnwindSafe(deed)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
        Err(DbError::Panicked(
            text.unwrap_or_else(|| "for a reason it did not say".into()),
        ))
    })
}

fn create(tree: &sled::Db, generation: u64) -> Result<Meta, DbError> {
    let (next_feed, next_ordinal, last_change, rows, bytes, sum) = (0, 0, 0, 0, 0, 0);
    let meta = Meta {
        generation,
        next_feed,
        next_ordinal,
        last_change,
        rows,
        bytes,
        sum,
    };
    tree.insert(META, meta.to_bytes())?;
    tree.flush()?;
    Ok(meta)
}

/// Reads all rows and compares their number, bytes and sum with what was counted.
fn check(tree: &sled::Db, meta: &Meta) -> Result<(), DbError> {
    let (mut rows, mut bytes, mut sum) = (0, 0, 0u64);
    for row in tree.iter() {
        let (key, value) = row?;
        if &key[..] != META {
            rows += 1;
            bytes += (key.len() + value.len()) as u64;
            sum = sum.wrapping_add(fingerprint(&key, &value));
        }
    }
    if (rows, bytes, sum) != (meta.rows, meta.bytes, meta.sum) {
        return Err(DbError::Damaged("rows are missing or altered"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
