//! Which listings answer what somebody looks for, and how do we keep them findable?
//!
//! The index holds words, never texts, and nothing that cannot be built anew from the view: an
//! index that does not open is deleted and rebuilt.

mod answer;
mod ask;
mod bits;
mod concepts;
mod facets;
mod query;
mod rank;
mod schema;
mod segment;
mod words;

use std::{
    collections::HashSet,
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    thread,
    time::Duration,
};

use clearinghouse_protocol::listing::Listing;
use tantivy::{
    Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError,
    directory::{MmapDirectory, error::LockError},
    indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy},
    schema::Schema,
    store::Compressor,
};
use uuid::Uuid;

pub use ask::QUERY_CHARACTERS_MAX;
pub use facets::Facets;
pub use query::{Found, Hit, LIMIT_MAX, Query};
pub use schema::Facet;

use answer::Snapshot;
use schema::Fields;
use words::Stems;

use super::geo::Near;

/// How much memory the writer takes before it writes a segment, in bytes.
pub const WRITER_BYTES: usize = 32 << 20;

/// Segments are merged when so large a part of them is deleted.
const DELETED_RATIO: f32 = 0.3;

/// How long a purge waits for merges and for searches that still read what is to go, in steps of
/// [`PURGE_STEP_MS`]. A merge of a million listings takes about half a minute.
const PURGE_STEPS_MAX: u32 = 12_000;
const PURGE_STEP_MS: u64 = 10;

/// Why a search or a change of the index failed.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Another process has the index open. Nothing is wrong with it.
    #[error("another process writes to the search index {0}")]
    Busy(PathBuf),
    /// Another version wrote it; to be built anew.
    #[error("another version of this program wrote the search index {0}")]
    Outdated(PathBuf),
    /// Files are damaged or missing; to be built anew.
    #[error("the search index {dir} is damaged: {what}")]
    Damaged {
        /// The folder of the index.
        dir: PathBuf,
        /// What was found.
        what: String,
    },
    /// Disk or memory refused.
    #[error("cannot {doing}")]
    Failed {
        /// What we were doing.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: TantivyError,
    },
    /// What was erased is still on disk, for somebody is still reading it.
    #[error("what was erased still stands in the search index after {0} s")]
    Lingering(u64),
}

/// The search index: the one who writes it.
pub struct Search {
    dir: PathBuf,
    fields: Fields,
    index: Index,
    writer: IndexWriter,
    reader: IndexReader,
    stems: Stems,
    position: Option<String>,
    finder: Finder,
}

/// Finds listings as of the last commit, from any thread.
#[derive(Clone)]
pub struct Finder {
    now: Arc<RwLock<Arc<Snapshot>>>,
}

impl Finder {
    /// Finds what answers the query, among what is near if that is given.
    pub fn find(&self, query: &Query, near: Option<&Near>) -> Result<Found, SearchError> {
        self.snapshot()
            .find(query, near)
            .map_err(failed("search the index"))
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        // Whoever panicked while holding this lock could only have swapped one whole snapshot
        // for another.
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Search {
    /// Opens the index in this folder, or creates it if the folder is empty or missing. Every
    /// file is read and its checksum compared. On any error but [`SearchError::Busy`] the caller
    /// deletes the folder and builds the index anew.
    pub fn open(dir: &Path) -> Result<Search, SearchError> {
        Search::open_with_memory(dir, WRITER_BYTES)
    }

    /// The same, with this many bytes of memory for the writer (15 MB to 4 GB): more of it makes
    /// fewer and larger segments when very many listings are indexed at once.
    pub fn open_with_memory(dir: &Path, writer_bytes: usize) -> Result<Search, SearchError> {
        // The library says of damaged files that it "panics or returns an error".
        let opened = catch_unwind(AssertUnwindSafe(|| {
            Search::open_or_panic(dir, writer_bytes)
        }));
        opened.unwrap_or_else(|_| {
            Err(SearchError::Damaged {
                dir: dir.to_owned(),
                what: "it cannot be read".to_owned(),
            })
        })
    }

    fn open_or_panic(dir: &Path, writer_bytes: usize) -> Result<Search, SearchError> {
        let opening = failed("open the search index");
        let (schema, fields) = schema::schema();
        let index = open_or_create(dir, schema)?;
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(writer_bytes)
            .build();
        let writer = index
            .writer_with_options(options)
            .map_err(|error| match error {
                TantivyError::LockFailure(LockError::LockBusy, _) => {
                    SearchError::Busy(dir.to_owned())
                }
                error => opening(error),
            })?;
        check_files(dir, &index)?;
        writer.set_merge_policy(merge_policy());
        let position = index.load_metas().map_err(opening)?.payload;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        let reader = reader.try_into().map_err(opening)?;
        let snapshot = Snapshot::open(&reader.searcher(), fields, None).map_err(opening)?;
        let finder = Finder {
            now: Arc::new(RwLock::new(Arc::new(snapshot))),
        };
        let (dir, stems) = (dir.to_owned(), Stems::new());
        Ok(Search {
            dir,
            fields,
            index,
            writer,
            reader,
            stems,
            position,
            finder,
        })
    }

    /// The position that was given with the last commit: how far the view had come.
    pub fn position(&self) -> Option<String> {
        self.position.clone()
    }

    /// Indexes a listing in place of whatever was indexed under its UUID. `owner` is the nid of
    /// its centre. It can be found after the next commit.
    pub fn put(
        &mut self,
        ordinal: u64,
        uuid: Uuid,
        owner: &str,
        listing: &Listing,
    ) -> Result<(), SearchError> {
        self.remove(uuid)?;
        self.add(ordinal, uuid, owner, listing)
    }

    /// The same for a listing that is surely not in the index, as when it is built anew: it
    /// spares looking for an older one in every segment.
    pub fn add(
        &mut self,
        ordinal: u64,
        uuid: Uuid,
        owner: &str,
        listing: &Listing,
    ) -> Result<(), SearchError> {
        let document = self
            .fields
            .document(&mut self.stems, (ordinal, uuid, owner), listing);
        self.writer
            .add_document(document)
            .map_err(failed("index a listing"))?;
        Ok(())
    }

    /// Takes a listing out. After the next commit it is not found any more; its words stay on
    /// disk until segments are merged, or until [`Search::purge`].
    pub fn remove(&mut self, uuid: Uuid) -> Result<(), SearchError> {
        self.writer.delete_term(self.fields.uuid_term(uuid));
        Ok(())
    }

    /// Puts all changes since the last commit on disk, together with the position they lead to,
    /// and makes them findable.
    pub fn commit(&mut self, position: &str) -> Result<(), SearchError> {
        let committing = failed("commit the search index");
        let mut prepared = self.writer.prepare_commit().map_err(committing)?;
        prepared.set_payload(position);
        prepared.commit().map_err(committing)?;
        self.position = Some(position.to_owned());
        self.show()
    }

    /// Sees to it that no word of a listing that was removed or replaced before the last commit
    /// stands in any file of the index: rewrites every segment that has one and deletes the old
    /// files. Returns when that is so. Changes that were not committed are, at the position of
    /// the last commit.
    pub fn purge(&mut self) -> Result<(), SearchError> {
        let position = self.position.clone().unwrap_or_default();
        self.commit(&position)?;
        // Merges that the policy starts meanwhile would only get in our way.
        self.writer.set_merge_policy(Box::new(NoMergePolicy));
        let purged = self.purge_quietly();
        self.writer.set_merge_policy(merge_policy());
        purged
    }

    fn purge_quietly(&mut self) -> Result<(), SearchError> {
        let purging = failed("purge the search index");
        for _ in 0..PURGE_STEPS_MAX {
            let metas = self.index.searchable_segment_metas().map_err(purging)?;
            let stale: Vec<_> = metas
                .iter()
                .filter(|meta| meta.has_deletes())
                .map(|meta| meta.id())
                .collect();
            for segment in &stale {
                // Refused while an earlier merge still holds this segment: then it is seen again
                // in the next round.
                _ = self.writer.merge(&[*segment]).wait();
            }
            self.show()?;
            self.writer
                .garbage_collect_files()
                .wait()
                .map_err(purging)?;
            if stale.is_empty()
                && self
                    .only_living_files()
                    .map_err(|error| purging(error.into()))?
            {
                return Ok(());
            }
            if stale.is_empty() {
                thread::sleep(Duration::from_millis(PURGE_STEP_MS));
            }
        }
        Err(SearchError::Lingering(
            u64::from(PURGE_STEPS_MAX) * PURGE_STEP_MS / 1000,
        ))
    }

    /// Whether the folder holds nothing but what the last commit needs. A segment that a search
    /// still reads, or that a merge is about to replace, is kept by the library.
    fn only_living_files(&self) -> io::Result<bool> {
        let metas = self
            .index
            .searchable_segment_metas()
            .map_err(io::Error::other)?;
        let living: HashSet<String> = metas.iter().map(|meta| meta.id().uuid_string()).collect();
        for entry in fs::read_dir(&self.dir)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let of_segment = name.split('.').next().unwrap_or_default();
            if !name.starts_with('.') && name != META_FILE && !living.contains(of_segment) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn show(&mut self) -> Result<(), SearchError> {
        let showing = failed("show the search index");
        self.reader.reload().map_err(showing)?;
        let before = self.finder.snapshot();
        let snapshot =
            Snapshot::open(&self.reader.searcher(), self.fields, Some(&before)).map_err(showing)?;
        *self
            .finder
            .now
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        Ok(())
    }

    /// Finds what answers the query, among what is near if that is given, as of the last commit.
    pub fn find(&self, query: &Query, near: Option<&Near>) -> Result<Found, SearchError> {
        self.finder.find(query, near)
    }

    /// Whoever searches without writing.
    pub fn finder(&self) -> Finder {
        self.finder.clone()
    }
}

/// What the library calls its description of the index, and its list of files.
const META_FILE: &str = "meta.json";
const FILES_FILE: &str = ".managed.json";

fn failed(doing: &'static str) -> impl Fn(TantivyError) -> SearchError + Copy {
    move |source| SearchError::Failed { doing, source }
}

fn open_or_create(dir: &Path, schema: Schema) -> Result<Index, SearchError> {
    let opening = failed("open the search index");
    let io = |error: io::Error| opening(error.into());
    fs::create_dir_all(dir).map_err(io)?;
    let directory = MmapDirectory::open(dir).map_err(|error| opening(error.into()))?;
    if fs::read_dir(dir).map_err(io)?.next().is_none() {
        let settings = IndexSettings {
            docstore_compression: Compressor::None,
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        return Index::create(directory, schema, settings).map_err(opening);
    }
    // Without the list of its files the library would take damaged ones for whole.
    if !dir.join(FILES_FILE).exists() {
        let what = format!("{FILES_FILE} is missing");
        return Err(SearchError::Damaged {
            dir: dir.to_owned(),
            what,
        });
    }
    let index = Index::open(directory).map_err(opening)?;
    match index.schema() == schema {
        true => Ok(index),
        false => Err(SearchError::Outdated(dir.to_owned())),
    }
}

fn check_files(dir: &Path, index: &Index) -> Result<(), SearchError> {
    let damaged = index
        .validate_checksum()
        .map_err(failed("read the search index"))?;
    match damaged.into_iter().next() {
        Some(file) => Err(SearchError::Damaged {
            dir: dir.to_owned(),
            what: format!("{} has changed", file.display()),
        }),
        None => Ok(()),
    }
}

fn merge_policy() -> Box<LogMergePolicy> {
    let mut policy = LogMergePolicy::default();
    policy.set_del_docs_ratio_before_merge(DELETED_RATIO);
    Box::new(policy)
}

#[cfg(test)]
mod tests;
