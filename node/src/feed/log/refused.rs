//! Why does our log not take a deed?

use clearinghouse_protocol::feed::append::AppendError;
use clearinghouse_protocol::feed::origin::Origin;

use super::Job;
use crate::store::disk::DiskError;

/// Why the log takes no deeds for the time being, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// The disk did not keep what was written, so nobody knows what it holds.
    Stopped,
    /// Two histories were signed with its key.
    Forked,
    /// It may have signed more than this folder shows.
    Recovering,
    /// What it says would not be seen: our own view stands still.
    ViewStands,
}

/// Why a deed was not acknowledged.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// The deed itself cannot be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// Its target stands in an older log; this one goes on from there.
    #[error("our log goes on as {0} in the meantime")]
    Moved(Origin),
    /// No later log was opened.
    #[error("no later log was opened: {0}")]
    Opening(String),
    /// The disk refused; nothing was changed.
    #[error("the change was not kept, because the disk refused it: {0}")]
    Disk(DiskError),
    /// The writer does not sign until the node has been looked after.
    #[error("this node does not take changes: {1}")]
    Held(Hold, String),
    /// More deeds wait than the disk can keep up with.
    #[error("too many changes wait for the disk; try again in a moment")]
    Busy,
    /// The writer has ended.
    #[error("this node is shutting down")]
    Closed,
}

/// Answers to every deed of these jobs that it was not written.
pub(super) fn refuse(batch: Vec<Job>, error: &LogError) {
    for job in batch {
        if let Some((_, answer)) = job.opening {
            let _ = answer.send(Err(error.clone()));
        }
        let answers = job.deeds.iter().map(|_| Err(error.clone())).collect();
        // The one who asked may have gone away.
        let _ = job.answer.send(answers);
    }
}

/// How far a failed batch reaches.
pub(super) enum Failure {
    /// The batch failed, the next may not.
    Passing(LogError),
    /// Nothing may be signed any more.
    Final(String),
}

impl Failure {
    pub(super) fn error(&self) -> LogError {
        match self {
            Failure::Passing(error) => error.clone(),
            Failure::Final(reason) => LogError::Held(Hold::Stopped, reason.clone()),
        }
    }
}
