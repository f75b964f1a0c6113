//! How does our own log go over into a later one, whatever fails on the way?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clearinghouse_protocol::feed::append::{Author, Deed, Written};
use clearinghouse_protocol::feed::entry::Day;
use clearinghouse_protocol::feed::epoch::{EpochNote, restated};
use clearinghouse_protocol::feed::identity::{Chain, Identity};
use clearinghouse_protocol::feed::living::Living;
use clearinghouse_protocol::feed::origin::{Epoch, Origin};
use clearinghouse_protocol::tlog::key::SigningKey;
use clearinghouse_protocol::tlog::tree::{Frontier, Index, Size};

use super::refused::{Failure, refuse};
use super::{Answers, Desk, Hold, Job, Log, LogError};
use crate::feed::feeds::{Feed, FeedError, Stated, adopt};
use crate::store::files::Row;
use crate::store::keys::Keys;
use tokio::sync::oneshot;

/// Entries of a new log that are written at once.
const CHUNK: usize = 1024;

/// Entries that the log takes after a failed attempt before the next one.
const AGAIN_AFTER: u64 = 256;

/// With how many entries for each living one a log has outgrown what lives.
const GROWTH: u64 = 4;

/// How a later log is opened.
pub struct Opening {
    /// The chain of identity notes that is served from now on.
    pub chain: Vec<u8>,
    /// The key of the new log; its name is the new origin.
    pub key: SigningKey,
    /// How many entries of the present log count. None: all of them, and the present log is closed, which
    /// its own key signs. Some: it is signed no more, and what stands behind them counts for nothing.
    pub carry_from: Option<Size>,
}

/// What lived in the present log, and what the new one goes on from.
struct Before {
    note: EpochNote,
    living: Living,
    stated: Stated,
    /// The close, if it is still to be written.
    close: Option<(Author, Written)>,
}

impl Log {
    /// From now on the log is closed, and a later one opened, when it has more than `floor` entries and
    /// more than four for each living listing.
    pub fn grow_from(&self, floor: u64) {
        self.floor.store(floor, Ordering::Relaxed);
    }

    /// Opens a later log, whatever holds there are: a way out of some of them. Answers with its origin
    /// when it is signed and served.
    pub async fn open_epoch(&self, opening: Opening) -> Result<Origin, LogError> {
        let (answer, answered) = oneshot::channel();
        let (done, _) = oneshot::channel();
        self.queue_up(Job {
            deeds: Vec::new(),
            origin: None,
            opening: Some((opening, answer)),
            answer: done,
            rest: false,
            healed: None,
        })?;
        answered.await.unwrap_or(Err(LogError::Closed))
    }
}

impl Desk {
    /// One batch, and a change of logs if it asks for one or is due.
    pub(super) fn take(&mut self, batch: Vec<Job>) -> Result<(), String> {
        if self.author.closed().is_some() && self.spent.is_none() {
            self.finish_opening();
        }
        if let Some(reason) = self.spent.clone() {
            refuse(batch, &LogError::Held(Hold::Stopped, reason.clone()));
            return Err(reason);
        }
        // Whoever waits until all is tidied up waits for a change of logs too.
        let (resting, mut batch): (Vec<Job>, Vec<Job>) =
            batch.into_iter().partition(|job| job.rest);
        let openings = batch.iter_mut().filter_map(|job| job.opening.take());
        let openings: Vec<_> = openings.collect();
        self.commit(batch)?;
        for (opening, answer) in openings {
            // The one who asked may have gone away.
            let _ = answer.send(self.open_epoch(opening));
        }
        if self.spent.is_none() {
            self.grow();
        }
        for job in resting {
            let _ = job.answer.send(Vec::new());
        }
        self.spent.take().map_or(Ok(()), Err)
    }

    /// Opens a later log when the present one has outgrown what lives in it.
    pub(super) fn grow(&mut self) {
        let (size, living) = (self.author.size().0, self.author.living().count());
        let floor = self.floor.load(Ordering::Relaxed);
        if size <= floor.max(GROWTH * living) || size < self.grow_again_at {
            return;
        }
        if let Err(error) = self.open_next() {
            self.grow_again_at = size + AGAIN_AFTER;
            tracing::warn!(%error, "our log goes on in its old epoch for the time being");
        }
    }

    /// Goes on with a change of logs that a crash cut short: the present log is closed, or the node's
    /// chain names a later one.
    pub(super) fn finish_opening(&mut self) {
        let named = Identity::read(&self.chain_on_disk(), None);
        let named = named.map_or(Epoch::FIRST, |identity| identity.origin.epoch);
        if self.author.closed().is_none() && named <= self.author.origin().epoch {
            return;
        }
        if let Err(error) = self.open_next() {
            tracing::error!(%error, "our log is closed, and the next one is not opened yet");
        }
    }

    /// Opens the log that goes on from the present one, with the key that the node's chain names.
    fn open_next(&mut self) -> Result<Origin, LogError> {
        let chain = self.chain_on_disk();
        let present = self.author.origin();
        let next = present.epoch.next().ok_or_else(too_many)?;
        let named = Identity::read(&chain, Some(present.nid));
        let named = named.map_err(|error| LogError::Opening(error.to_string()))?;
        let epoch = named.origin.epoch.max(next);
        let origin = Origin { epoch, ..present };
        let key = Keys::log_of(self.feeds.disk(), &self.keys, origin);
        let key = key.map_err(|error| LogError::Opening(error.to_string()))?;
        self.open_epoch(Opening {
            chain,
            key,
            carry_from: None,
        })
    }

    /// Everything of the new log → flush → close of the old one → sign lock → the new checkpoint → sign lock.
    ///
    /// Until the sign lock has moved to the new log, a start finds the old one, closed or not, and goes
    /// on from there; what stands in the new folder was promised to nobody and is written anew.
    pub(super) fn open_epoch(&mut self, opening: Opening) -> Result<Origin, LogError> {
        let Opening {
            chain,
            key,
            carry_from,
        } = opening;
        let held = |error: FeedError| LogError::Opening(error.to_string());
        let identity = Identity::read(&chain, Some(self.feed.nid())).map_err(FeedError::from);
        let origin: Option<Origin> = key.verifier().name().as_str().parse().ok();
        let origin = origin.filter(|origin| origin.epoch > self.author.origin().epoch);
        let origin = origin.ok_or_else(|| LogError::Opening("it names no later log".to_owned()))?;
        let identity = identity.map_err(held)?.at(origin.epoch);
        if identity.log_key != *key.verifier() {
            return Err(LogError::Opening(
                "the node's chain names another key".to_owned(),
            ));
        }
        let before = self.before(origin, carry_from).map_err(passed_on)?;
        let secret = key.to_secret_text();
        let author = self.write_opening(&identity, &chain, key, &before);
        let author = author.map_err(passed_on)?;
        let dir = self.own_dir();
        Keys::keep_log(self.feeds.disk(), &self.keys, origin, &secret).map_err(LogError::Disk)?;
        adopt(self.feeds.disk(), &dir, &self.feed, &chain).map_err(LogError::Disk)?;
        self.close(before.close)?;
        self.begin(author, identity, chain)?;
        Ok(origin)
    }

    /// What of the present log counts: up to its close, or up to its last good state.
    fn before(&self, later: Origin, carry_from: Option<Size>) -> Result<Before, FeedError> {
        let feed = self.feed.clone();
        let mut note = EpochNote {
            previous: self.author.origin().epoch,
            size: self.author.size(),
            root: self.author.root(),
            opening: Size(0),
        };
        if let Some(size) = carry_from {
            let (living, root) = feed.state_at(size)?.ok_or(FeedError::TooShort(size))?;
            (note.size, note.root) = (size, root);
            return Ok(Before {
                note,
                living,
                stated: feed.stated_until(size)?,
                close: None,
            });
        }
        let mut closing = self.author.clone();
        let close = match self.author.closed() {
            Some(_) => None,
            None => {
                let next = self.author.origin().epoch.next().unwrap_or(later.epoch);
                let day = Day(self.clock.day());
                let written = closing.write(Deed::Close(next), day);
                Some(written.expect("a log that is not closed can be closed"))
            }
        };
        (note.size, note.root) = (closing.size(), closing.root());
        let stated = feed.stated_until(self.author.size())?;
        Ok(Before {
            note,
            living: closing.living().clone(),
            stated,
            close: close.map(|written| (closing, written)),
        })
    }

    /// Writes the whole opening and flushes it. Nobody is shown any of it.
    fn write_opening(
        &self,
        identity: &Identity,
        chain: &[u8],
        key: SigningKey,
        before: &Before,
    ) -> Result<Author, FeedError> {
        let origin = identity.origin;
        let new = self.feeds.blank(identity, chain, &BTreeSet::new())?;
        let day = Day(self.clock.day());
        let all = Chain::read(chain, None)?;
        let introduction = all.note(identity.note);
        let introduction = introduction.expect("what counts is in the chain").to_vec();
        let living: Vec<Index> = before.living.between(0, before.note.size.0).collect();
        let statements = statements(&before.stated, &living);
        let note = EpochNote {
            opening: Size((2 + living.len() + statements.len()) as u64),
            ..before.note
        };
        let mut author = Author::resume(origin, key, Frontier::new(), Living::default());
        let mut paths: BTreeSet<PathBuf> = BTreeSet::new();
        let mut write = |deeds: Vec<Deed>| -> Result<(), FeedError> {
            let written = deeds.into_iter().map(|deed| {
                let written = author.write(deed, day);
                written.expect("what lived in a log can be carried into the next")
            });
            let written: Vec<Written> = written.collect();
            let rows: Vec<Row> = written.iter().map(row).collect();
            paths.extend(new.files_mut().write(&rows)?);
            Ok(())
        };
        write(vec![Deed::Open(note)])?;
        for part in living.chunks(CHUNK) {
            let carries = part.iter().map(|index| self.carry(*index));
            write(carries.collect::<Result<Vec<Deed>, FeedError>>()?)?;
        }
        write(statements)?;
        write(vec![Deed::Introduce(introduction)])?;
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        self.feeds.disk().flush(&paths)?;
        Ok(author)
    }

    fn carry(&self, target: Index) -> Result<Deed, FeedError> {
        let entry = self.feed.entry(target)?;
        let body = self.feed.files().bodies().read(target)?;
        let entry = entry.expect("entries in force were decoded before");
        Ok(Deed::Carry {
            target,
            entry,
            body,
        })
    }

    /// Signs the last entry of the present log, and keeps its checkpoint where the sign lock, which goes
    /// on with another log, no longer keeps it.
    fn close(&mut self, close: Option<(Author, Written)>) -> Result<(), LogError> {
        if let Some((closing, written)) = close {
            let before = std::mem::replace(&mut self.author, closing);
            self.keep(&[written], before)
                .map_err(|failure| self.give_up(failure))?;
        }
        let saved = self.feed.files_mut().save_checkpoint();
        saved.map_err(LogError::Disk)
    }

    /// Signs the new log, which stands on disk, and goes on there.
    fn begin(
        &mut self,
        author: Author,
        identity: Identity,
        chain: Vec<u8>,
    ) -> Result<(), LogError> {
        let note = author.sign().to_bytes();
        if let Err(reason) = self.move_lock(&note) {
            return Err(self.give_up(Failure::Final(reason)));
        }
        let opened = self.opened(identity, chain, note);
        let feed = opened.map_err(|error| self.give_up(Failure::Final(error.to_string())))?;
        (self.author, self.feed) = (author, feed);
        self.feeds.announce(self.feed.nid());
        Ok(())
    }

    /// The new log as its own reader: every entry is checked again from disk.
    fn opened(
        &self,
        identity: Identity,
        chain: Vec<u8>,
        note: Vec<u8>,
    ) -> Result<Arc<Feed>, FeedError> {
        let feed = Feed::at(
            self.feeds.disk(),
            &self.own_dir(),
            identity,
            chain,
            Some(note),
        )?;
        feed.files_mut().save_checkpoint()?;
        feed.take_note(|notes| notes.health = crate::feed::feeds::Health::Own);
        let feed = Arc::new(feed);
        self.feeds.go_over(&feed, self.clock.now())?;
        Ok(feed)
    }

    /// Keeps a final failure in mind, and answers with what to tell whoever asked.
    fn give_up(&mut self, failure: Failure) -> LogError {
        let error = failure.error();
        if let Failure::Final(reason) = failure {
            self.spent = Some(reason);
        }
        error
    }

    fn chain_on_disk(&self) -> Vec<u8> {
        let chain = self.feeds.disk().read(&self.own_dir().join("identity"));
        let chain = chain.ok().flatten();
        chain.unwrap_or_else(|| self.feed.chain().to_vec())
    }

    fn own_dir(&self) -> PathBuf {
        self.feeds.dir_of(self.feed.nid())
    }
}

/// The answers to deeds whose targets stand in another log than the current one.
pub(super) fn elsewhere(job: &Job, origin: Origin) -> Option<Answers> {
    job.origin.filter(|meant| *meant != origin)?;
    let moved = job.deeds.iter().map(|_| Err(LogError::Moved(origin)));
    Some(moved.collect())
}

/// What is stated anew behind the carries of `living`, which stand from entry 1 on in its order.
fn statements(stated: &Stated, living: &[Index]) -> Vec<Deed> {
    let memberships = restated(stated.memberships.clone()).into_iter();
    let place = |target: &Index| Some(Index(1 + living.binary_search(target).ok()? as u64));
    let handovers = stated.handovers.iter().filter_map(|(target, transfer)| {
        // A hand-over of what has ended since cannot be stated again.
        let target = match target {
            Some(target) => Some(place(target)?),
            None => None,
        };
        let transfer = transfer.clone();
        Some(Deed::HandOver { target, transfer })
    });
    memberships.map(Deed::State).chain(handovers).collect()
}

fn row(written: &Written) -> Row<'_> {
    let body = written.body.as_ref();
    Row {
        entry: &written.bytes,
        leaf: written.leaf,
        body: body.map(|(salt, body)| (salt, body.as_slice())),
    }
}

fn passed_on(error: FeedError) -> LogError {
    use crate::store::files::FilesError;
    match error {
        FeedError::Files(FilesError::Disk(error)) => LogError::Disk(error),
        error => LogError::Opening(error.to_string()),
    }
}

fn too_many() -> LogError {
    LogError::Opening("there is no later epoch".to_owned())
}
