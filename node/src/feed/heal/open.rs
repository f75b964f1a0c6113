//! How far does what stands on our disk bear out what we signed?

use std::path::Path;

use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::tlog::checkpoint::SignedCheckpoint;
use clearinghouse_protocol::tlog::tree::Size;

use super::super::feeds::{Feed, FeedError};
use super::rule::{Decision, Ground, Lock, Others, Reason, decide};
use crate::store::disk::SharedDisk;
use crate::store::files::{FeedFiles, FilesError};
use crate::store::signlock::{SignLock, SignLockError};

/// Our own feed as it was found.
pub struct Own {
    /// The feed, as far as a note of ours bears it out.
    pub feed: Feed,
    /// The sign lock, if it can be used.
    pub lock: Option<SignLock>,
    /// Why nothing may be signed; `None`: lock and log agree.
    pub reason: Option<Reason>,
    /// The largest checkpoint that we know to have signed.
    pub signed: Option<Vec<u8>>,
}

/// Why our own feed cannot be opened at all.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// The files.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The sign lock, in a way that no healing helps.
    #[error(transparent)]
    Lock(#[from] SignLockError),
}

/// Opens our own feed in `dir`. Where lock and log agree, what a crash left behind the log is cut; where
/// they do not, nothing on the disk is changed.
pub fn open(
    disk: &SharedDisk,
    dir: &Path,
    lock: &Path,
    identity: Identity,
    chain: Vec<u8>,
) -> Result<Own, OwnError> {
    let key = &identity.log_key.clone();
    let origin = key.name().as_str();
    let size_of = |note: &[u8]| SignedCheckpoint::open(note, origin, key);
    let (state, lock) = look_at(disk, lock, |note| {
        size_of(note).ok().map(|checkpoint| checkpoint.size)
    })?;
    let epoch = identity.origin.epoch.to_string();
    let saved = FeedFiles::saved_checkpoint(disk, &dir.join(epoch)).map_err(FeedError::from)?;
    let saved = saved.filter(|note| size_of(note).is_ok());
    let note = lock.as_ref().and_then(SignLock::last).map(<[u8]>::to_vec);
    let size = |note: &Option<Vec<u8>>| {
        let checkpoint = note.as_ref().and_then(|note| size_of(note).ok());
        checkpoint.map_or(Size(0), |checkpoint| checkpoint.size)
    };
    let mut ground = Ground::Holds { tail: false };
    if matches!(state, Lock::Signed(signed) if size(&saved) <= signed) {
        match Feed::at(disk, dir, identity.clone(), chain.clone(), note.clone()) {
            // Opening has cut the tail, if there was one.
            Ok(feed) => {
                return Ok(Own {
                    feed,
                    lock,
                    reason: None,
                    signed: note,
                });
            }
            Err(FeedError::Files(FilesError::Short { .. })) => ground = Ground::Short,
            Err(FeedError::Follow(_)) => ground = Ground::Differs,
            Err(error) => return Err(error.into()),
        }
    }
    let Decision::Heal(reason) = decide(state, size(&saved), ground, Others::Silent) else {
        unreachable!("a lock and a log that agree were opened above");
    };
    let mut notes = [note, saved];
    notes.sort_by_key(size);
    let signed = notes.iter().flatten().next_back().cloned();
    let notes: Vec<Vec<u8>> = notes.into_iter().flatten().collect();
    Ok(Own {
        feed: Feed::open_whole(disk, dir, identity, chain, &notes)?,
        lock,
        reason: Some(reason),
        signed,
    })
}

fn look_at(
    disk: &SharedDisk,
    path: &Path,
    size_of: impl Fn(&[u8]) -> Option<Size>,
) -> Result<(Lock, Option<SignLock>), SignLockError> {
    let lock = match SignLock::open(disk.clone(), path) {
        Ok(lock) => lock,
        Err(SignLockError::Missing(_)) => return Ok((Lock::Missing, None)),
        Err(SignLockError::Broken(_)) => return Ok((Lock::Broken, None)),
        Err(error) => return Err(error),
    };
    let signed = match lock.last() {
        None => Some(Size(0)),
        Some(note) => size_of(note),
    };
    Ok(match signed {
        Some(signed) => (Lock::Signed(signed), Some(lock)),
        // A note that our key did not sign is not ours.
        None => (Lock::Broken, None),
    })
}
