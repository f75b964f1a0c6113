//! Who writes our own log, and when is an edit acknowledged?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use clearinghouse_protocol::feed::append::{Author, Deed, Written};
use clearinghouse_protocol::feed::entry::Day;
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::key::SigningKey;
use clearinghouse_protocol::tlog::tree::Index;
use tokio::sync::{Notify, oneshot, watch};

use super::feeds::{Feed, Feeds};
use crate::clock::Clock;
use crate::store::disk::DiskError;
use crate::store::files::Row;
use crate::store::signlock::SignLock;

mod healed;
mod opening;
mod refused;

pub use healed::signed_size;
pub use opening::Opening;
use opening::elsewhere;
use refused::{Failure, refuse};
pub use refused::{Hold, LogError};

/// How many entries a log has at least before it is closed because it has outgrown what lives in it.
pub const GROWN: u64 = 65_536;

/// Deeds that share one flush and one signature; what waits longer shares the next.
const BATCH_MAX: usize = 4096;

/// Deeds that wait for the writer; further ones are refused at once rather than kept in memory.
const QUEUE_MAX: usize = 8192;

/// Bundles of bodies written anew while nobody waits.
const SWEEP_IDLE: usize = 8;

/// A handle on the one writer; cheap to clone.
#[derive(Clone)]
pub struct Log {
    queue: mpsc::SyncSender<Job>,
    holds: Holds,
    /// Open once others were asked how far this log had come; who comes earlier waits.
    gate: watch::Sender<bool>,
    stuck: Arc<Notify>,
    feeds: Arc<Feeds>,
    /// How many entries the log has at least before it grows into a later one.
    floor: Arc<AtomicU64>,
}

type Holds = Arc<Mutex<BTreeMap<Hold, String>>>;

struct Job {
    deeds: Vec<Deed>,
    /// The log in which the targets of the deeds stand; none: the current one.
    origin: Option<Origin>,
    opening: Option<(Opening, oneshot::Sender<Result<Origin, LogError>>)>,
    answer: oneshot::Sender<Answers>,
    /// Whether the answer waits until nothing is left to tidy up.
    rest: bool,
    /// A sign lock to go on with from where the files stand, which were healed.
    healed: Option<SignLock>,
}

impl Log {
    /// Starts the one writer of our own log on a thread of its own.
    ///
    /// `keys` is the folder of the node's keys. Without a sign lock nothing is written until one is given.
    pub fn start(
        feeds: Arc<Feeds>,
        key: SigningKey,
        keys: PathBuf,
        lock: Option<SignLock>,
        clock: Clock,
    ) -> Log {
        let (queue, jobs) = mpsc::sync_channel(QUEUE_MAX);
        let feed = feeds.own();
        let author = {
            let follower = feed.follower();
            let (frontier, living) = (follower.frontier().clone(), follower.living().clone());
            let course = follower.course().clone();
            Author::go_on(key, frontier, living, course, feed.identity.origin)
        };
        let floor = Arc::new(AtomicU64::new(GROWN));
        let (holds, stuck) = (Holds::default(), Arc::new(Notify::new()));
        let desk = Desk {
            author,
            lock: lock.ok_or_else(|| "its sign lock cannot be used".to_owned()),
            feeds: feeds.clone(),
            feed,
            clock,
            keys,
            floor: floor.clone(),
            grow_again_at: 0,
            spent: None,
            holds: holds.clone(),
            stuck: stuck.clone(),
        };
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_for_ever(desk, &jobs))
            .expect("a machine that cannot start a thread cannot run a node");
        Log {
            queue,
            holds,
            gate: watch::Sender::new(true),
            stuck,
            feeds,
            floor,
        }
    }

    /// Writes one deed and answers with its entry once everything about it is on disk.
    pub async fn append(&self, deed: Deed) -> Result<Index, LogError> {
        let mut answers = self.append_all(vec![deed]).await?;
        answers.pop().unwrap_or(Err(LogError::Closed))
    }

    /// Writes several deeds in one go, as far as a batch takes them, and answers for each.
    pub async fn append_all(
        &self,
        deeds: Vec<Deed>,
    ) -> Result<Vec<Result<Index, LogError>>, LogError> {
        let answers = self.hand_in(deeds, None, false).await?;
        let indexes = answers.into_iter();
        Ok(indexes
            .map(|answer| answer.map(|(_, index)| index))
            .collect())
    }

    /// Writes several deeds in one go, whose targets stand in the log `origin` if they have any, and
    /// answers for each with its place. None is written when a later log has taken the place of that one.
    pub async fn append_to(
        &self,
        origin: Option<Origin>,
        deeds: Vec<Deed>,
    ) -> Result<Answers, LogError> {
        self.hand_in(deeds, origin, false).await
    }

    /// Waits until everything that was handed in is written and tidied up, as before a shutdown.
    pub async fn rest(&self) -> Result<(), LogError> {
        self.hand_in(Vec::new(), None, true).await.map(drop)
    }

    /// Takes no deeds while this hold lasts, and says why to whoever comes.
    pub fn hold(&self, hold: Hold, reason: String) {
        self.holds().insert(hold, reason);
    }

    /// Ends a hold; deeds are taken again when it was the last one.
    pub fn release(&self, hold: Hold) {
        self.holds().remove(&hold);
    }

    fn holds(&self) -> MutexGuard<'_, BTreeMap<Hold, String>> {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn hand_in(
        &self,
        deeds: Vec<Deed>,
        origin: Option<Origin>,
        rest: bool,
    ) -> Result<Answers, LogError> {
        if !deeds.is_empty() {
            self.wait_at_gate().await?;
        }
        self.pass_in(deeds, origin, rest).await
    }

    async fn pass_in(
        &self,
        deeds: Vec<Deed>,
        origin: Option<Origin>,
        rest: bool,
    ) -> Result<Answers, LogError> {
        if let Some((hold, reason)) = self.held() {
            return Err(LogError::Held(hold, reason));
        }
        let (answer, answered) = oneshot::channel();
        self.queue_up(Job {
            deeds,
            origin,
            opening: None,
            answer,
            rest,
            healed: None,
        })?;
        answered.await.map_err(|_| LogError::Closed)
    }

    fn queue_up(&self, job: Job) -> Result<(), LogError> {
        self.queue.try_send(job).map_err(|error| match error {
            mpsc::TrySendError::Full(_) => LogError::Busy,
            mpsc::TrySendError::Disconnected(_) => LogError::Closed,
        })
    }
}

/// What the writer has before it.
struct Desk {
    author: Author,
    /// The sign lock, or why nothing can be signed.
    lock: Result<SignLock, String>,
    feeds: Arc<Feeds>,
    feed: Arc<Feed>,
    clock: Clock,
    /// The folder of our keys.
    keys: PathBuf,
    floor: Arc<AtomicU64>,
    /// The size at which growing is tried again after it failed.
    grow_again_at: u64,
    /// Why nothing may be signed any more, after a change of logs that failed half way.
    spent: Option<String>,
    holds: Holds,
    stuck: Arc<Notify>,
}

fn write_for_ever(mut desk: Desk, jobs: &mpsc::Receiver<Job>) {
    if desk.lock.is_ok() {
        desk.finish_opening();
    }
    while let Some(mut batch) = next_batch(&mut desk, jobs) {
        batch.retain_mut(|job| !desk.is_healing(job));
        if desk.lock.is_ok() && batch.iter().any(|job| job.rest) {
            desk.tidy_up();
        }
        if let Some((hold, reason)) = desk.closed(&batch) {
            refuse(batch, &LogError::Held(hold, reason));
        } else if let Err(reason) = desk.take(batch) {
            desk.lock = Err(reason);
            desk.stuck.notify_one();
        }
    }
}

/// Waits for a job and takes along what else has come: at once when idle, and under load everything
/// that arrived during the last flush.
fn next_batch(desk: &mut Desk, jobs: &mpsc::Receiver<Job>) -> Option<Vec<Job>> {
    let first = match jobs.try_recv() {
        Ok(job) => job,
        Err(_) => {
            if desk.lock.is_ok() {
                desk.tidy_up();
            }
            jobs.recv().ok()?
        }
    };
    let mut deeds = first.deeds.len();
    let mut batch = vec![first];
    while deeds < BATCH_MAX && batch.iter().all(|job| job.opening.is_none()) {
        let Ok(job) = jobs.try_recv() else { break };
        deeds += job.deeds.len();
        batch.push(job);
    }
    Some(batch)
}

/// For each deed where it stands, or why it was not written.
pub type Answers = Vec<Result<(Origin, Index), LogError>>;

impl Desk {
    /// One batch: entries and bodies → flush → sign lock → checkpoint → answers.
    ///
    /// An error is a reason never to sign again before a new start.
    fn commit(&mut self, batch: Vec<Job>) -> Result<(), String> {
        let day = Day(self.clock.day());
        let before = self.author.clone();
        let mut written: Vec<Written> = Vec::new();
        let mut waiting: Vec<(oneshot::Sender<Answers>, Answers)> = Vec::new();
        let mut erased = false;
        for job in batch {
            let origin = self.author.origin();
            if let Some(answers) = elsewhere(&job, origin) {
                waiting.push((job.answer, answers));
                continue;
            }
            let answers = job.deeds.into_iter().map(|deed| {
                erased |= matches!(deed, Deed::Erase { .. });
                let row = self.author.write(deed, day)?;
                let index = row.index;
                written.push(row);
                Ok((origin, index))
            });
            let answers = answers.collect();
            waiting.push((job.answer, answers));
        }
        let outcome = if written.is_empty() {
            Ok(())
        } else {
            self.keep(&written, before)
        };
        if outcome.is_ok() {
            self.drop_ended(&written, erased).unwrap_or_else(|error| {
                // The change stands; what it ended is out of service, and the next sweep tries again.
                tracing::warn!(%error, "bodies that ended are still on disk");
            });
        }
        for (answer, answers) in waiting {
            let told = match &outcome {
                Ok(()) => answers,
                Err(failure) => answers
                    .into_iter()
                    .map(|known| known.and(Err(failure.error())))
                    .collect(),
            };
            let _ = answer.send(told);
        }
        if !written.is_empty() && outcome.is_ok() {
            self.feeds.announce(self.feed.nid());
        }
        match outcome {
            Err(Failure::Final(reason)) => Err(reason),
            _ => Ok(()),
        }
    }

    fn keep(&mut self, written: &[Written], before: Author) -> Result<(), Failure> {
        if let Err(error) = self.write_rows(written) {
            // After a failed flush nobody knows what the disk holds; only a new start reads it.
            if !matches!(error, DiskError::Io { .. }) {
                return Err(Failure::Final(error.to_string()));
            }
            // Nothing of it was signed. We go back to where we stood, on disk and in memory, and
            // take changes again: a full disk is no reason to stop a centre for good.
            self.author = before;
            return match self.go_back() {
                Ok(()) => Err(Failure::Passing(LogError::Disk(error))),
                Err(second) => Err(Failure::Final(format!("{error}, and then {second}"))),
            };
        }
        self.sign().map_err(Failure::Final)
    }

    fn write_rows(&self, written: &[Written]) -> Result<(), DiskError> {
        let rows: Vec<Row> = written
            .iter()
            .map(|row| Row {
                entry: &row.bytes,
                leaf: row.leaf,
                body: row
                    .body
                    .as_ref()
                    .map(|(salt, body)| (salt, body.as_slice())),
            })
            .collect();
        let paths = self.feed.files_mut().write(&rows)?;
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        // Not under the lock: whoever reads tiles does not wait for the disk.
        self.feeds.disk().flush(&paths)
    }

    fn go_back(&self) -> Result<(), String> {
        self.feed
            .files_mut()
            .reopen(Hash::leaf)
            .map_err(|error| error.to_string())
    }

    fn drop_ended(&self, written: &[Written], erased: bool) -> Result<(), DiskError> {
        let ended: Vec<Index> = written.iter().filter_map(|row| row.ended).collect();
        if ended.is_empty() {
            return Ok(());
        }
        let mut files = self.feed.files_mut();
        files.bodies_mut().drop_bodies(ended);
        // What was only replaced can wait for a quiet moment; what was erased cannot.
        while erased && files.bodies_mut().sweep(SWEEP_IDLE)? {}
        Ok(())
    }

    /// What can wait until nobody does.
    fn tidy_up(&mut self) {
        let mut files = self.feed.files_mut();
        let swept = files
            .bodies_mut()
            .sweep(SWEEP_IDLE)
            .and_then(|_| files.save_checkpoint());
        if let Err(error) = swept {
            tracing::warn!(%error, "tidying up is put off");
        }
    }
}
