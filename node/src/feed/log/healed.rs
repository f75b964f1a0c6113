//! How does the one writer begin, and how does it go on after its files were healed?

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::tlog::key::SigningKey;
use clearinghouse_protocol::tlog::tree::Size;
use tokio::sync::oneshot;

use super::{Desk, Hold, Job, Log, LogError};
use crate::store::signlock::SignLock;

/// What is said to whoever wants to write into a log that forked.
const FORKED: &str = "its log has signed two histories, so nobody can follow it any more; look at `clearinghouse status` for what to do";

impl Log {
    /// The gravest hold that lasts, and why.
    pub fn held(&self) -> Option<(Hold, String)> {
        // Asked each time rather than noted once: a new epoch of ours has no evidence against it.
        if self.feeds.own().evidence().is_some() {
            return Some((Hold::Forked, FORKED.to_owned()));
        }
        let holds = self.holds();
        let first = holds.first_key_value();
        first.map(|(hold, reason)| (*hold, reason.clone()))
    }

    /// From now on deeds wait until [`Log::open_gate`].
    pub fn shut_gate(&self) {
        self.gate.send_replace(false);
    }

    /// Lets those in who waited.
    pub fn open_gate(&self) {
        self.gate.send_replace(true);
    }

    pub(super) async fn wait_at_gate(&self) -> Result<(), LogError> {
        let mut gate = self.gate.subscribe();
        let open = gate.wait_for(|open| *open).await;
        open.map(drop).map_err(|_| LogError::Closed)
    }

    /// Whether deeds wait for nothing but the disk.
    pub fn is_open(&self) -> bool {
        *self.gate.borrow()
    }

    /// Waits until the writer has stopped, because sign lock or files are not what it had left there.
    pub async fn stuck(&self) {
        self.stuck.notified().await;
    }

    /// Goes on from where the files stand now, under this sign lock, and signs what stands in them behind
    /// the checkpoint. The caller has healed them.
    pub async fn take_up(&self, lock: SignLock) -> Result<(), LogError> {
        let (answer, answered) = oneshot::channel();
        self.queue_up(Job {
            deeds: Vec::new(),
            origin: None,
            opening: None,
            answer,
            rest: true,
            healed: Some(lock),
        })?;
        let answers = answered.await.map_err(|_| LogError::Closed)?;
        answers.into_iter().try_for_each(|answer| answer.map(drop))
    }

    /// Writes the first deed of a new log, before anyone else is let in.
    pub async fn append_first(&self, deed: Deed) -> Result<(), LogError> {
        let answers = self.pass_in(vec![deed], None, false).await?;
        answers.into_iter().try_for_each(|answer| answer.map(drop))
    }
}

impl Desk {
    /// Why nothing may be written at this moment: also for what was handed in before somebody knew. A
    /// change of logs is a way out of what holds.
    pub(super) fn closed(&self, batch: &[Job]) -> Option<(Hold, String)> {
        let stopped = self.lock.as_ref().err();
        let stopped = stopped.map(|reason| (Hold::Stopped, reason.clone()));
        if stopped.is_some() || batch.iter().any(|job| job.opening.is_some()) {
            return stopped;
        }
        let holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        let held = holds.range(..=Hold::Recovering).next();
        held.map(|(hold, reason)| (*hold, reason.clone()))
    }

    /// Deals with a job that brings a sign lock; whether it was one.
    pub(super) fn is_healing(&mut self, job: &mut Job) -> bool {
        let Some(lock) = job.healed.take() else {
            return false;
        };
        let (nobody, _) = oneshot::channel();
        let answer = std::mem::replace(&mut job.answer, nobody);
        let outcome = self.take_up(lock);
        let told = match outcome {
            Ok(()) => Vec::new(),
            Err(reason) => {
                self.lock = Err(reason.clone());
                vec![Err(LogError::Held(Hold::Stopped, reason))]
            }
        };
        // The healer waits for it, or the node is shutting down.
        let _ = answer.send(told);
        true
    }

    /// Goes on from where the files stand. What stands in them behind the checkpoint is signed as it is:
    /// it may have been acknowledged, and to sign other entries in its place could fork the log.
    fn take_up(&mut self, lock: SignLock) -> Result<(), String> {
        let tail = self.feed.settle_tail();
        let (frontier, living, course) = tail.map_err(|error| error.to_string())?;
        self.author = self.author.moved(frontier, living, course);
        self.lock = Ok(lock);
        if self.author.size() > self.feed.files().size() {
            let paths = self.feed.files().tail_paths();
            let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
            let flushed = self.feeds.disk().flush(&paths);
            flushed.map_err(|error| error.to_string())?;
            self.sign()?;
        }
        self.feeds.announce(self.feed.nid());
        Ok(())
    }

    /// Signs what is written and flushed: sign lock first, then everyone may see it.
    pub(super) fn sign(&mut self) -> Result<(), String> {
        let note = self.author.sign().to_bytes();
        self.move_lock(&note)?;
        self.feed.files_mut().publish(self.author.size(), note);
        Ok(())
    }

    /// Puts a note into the sign lock, which says no where somebody else has done so since.
    pub(super) fn move_lock(&mut self, note: &[u8]) -> Result<(), String> {
        let lock = self.lock.as_mut().map_err(|reason| reason.clone())?;
        let moved = lock.advance(lock.sequence(), note);
        moved.map(drop).map_err(|error| error.to_string())
    }
}

/// How far the log must have come for this lock: the size that was signed last.
pub fn signed_size(lock: &SignLock, origin: &str, key: &SigningKey) -> Result<Size, String> {
    use clearinghouse_protocol::tlog::checkpoint::SignedCheckpoint;
    match lock.last() {
        None => Ok(Size(0)),
        Some(note) => SignedCheckpoint::open(note, origin, key.verifier())
            .map(|checkpoint| checkpoint.size)
            .map_err(|error| error.to_string()),
    }
}
