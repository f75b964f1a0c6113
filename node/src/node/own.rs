//! Which of our logs is the current one, and how far does our disk bear it out?

use std::path::Path;
use std::sync::Arc;

use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::tlog::key::SigningKey;

use super::NodeError;
use crate::clock::Clock;
use crate::feed::feeds::{FeedError, Feeds, chain_of, latest_note, origin_of};
use crate::feed::heal;
use crate::feed::heal::open::{Own, OwnError};
use crate::feed::heal::rule::Reason;
use crate::feed::log::Log;
use crate::store::disk::SharedDisk;
use crate::store::keys::Keys;
use crate::store::signlock::{SignLock, SignLockError};

/// The feeds of a node and the one writer, and whether it may write.
pub struct Opened {
    /// All feeds.
    pub feeds: Arc<Feeds>,
    /// The one writer of our own.
    pub log: Log,
    /// Why nothing may be signed; `None`: lock and log agree.
    pub reason: Option<Reason>,
    /// The largest checkpoint that we know to have signed.
    pub signed: Option<Vec<u8>>,
}

/// Opens the feeds under `data`, our own as far as it bears out what was signed, and the one writer.
pub fn open_feeds(disk: &SharedDisk, data: &Path, clock: &Clock) -> Result<Opened, NodeError> {
    let folder = data.join("keys");
    let keys = Keys::open(disk, &folder)?;
    let name = keys.log.verifier().name().as_str();
    let first: Origin = name.parse().map_err(|_| NodeError::Identity)?;
    let origin = current(disk, data, first)?;
    let key = match origin == first {
        true => keys.log,
        false => Keys::log_of(disk, &folder, origin)?,
    };
    let Own {
        feed,
        lock,
        reason,
        signed,
    } = open_own(disk, data, origin, &key)?;
    let feeds = Arc::new(Feeds::open(disk.clone(), data.join("feeds"), feed)?);
    // With a reason to heal, the lock is made anew when that is done.
    let lock = lock.filter(|_| reason.is_none());
    let log = Log::start(feeds.clone(), key, folder, lock, clock.clone());
    Ok(Opened {
        feeds,
        log,
        reason,
        signed,
    })
}

/// Which of our logs is the current one: the latest that the sign lock or a checkpoint beside a log names;
/// a new node has signed nothing yet.
fn current(disk: &SharedDisk, data: &Path, first: Origin) -> Result<Origin, NodeError> {
    let locked = match SignLock::open(disk.clone(), &data.join("signlock")) {
        Ok(lock) => lock.last().and_then(origin_of),
        Err(SignLockError::Disk(error)) => return Err(error.into()),
        // What is wrong with it is looked into by whoever opens the log.
        Err(_) => None,
    };
    let dir = data.join("feeds").join(first.nid.as_str());
    let saved = latest_note(disk, &dir)?.as_deref().and_then(origin_of);
    let known = [locked, saved].into_iter().flatten();
    let known = known.filter(|origin| origin.nid == first.nid);
    Ok(known.max_by_key(|origin| origin.epoch).unwrap_or(first))
}

/// Opens our own feed as far as it bears out what was signed.
fn open_own(
    disk: &SharedDisk,
    data: &Path,
    origin: Origin,
    key: &SigningKey,
) -> Result<Own, NodeError> {
    let dir = data.join("feeds").join(origin.nid.as_str());
    let chain = own_chain(disk, data, &dir, origin)?;
    let identity = Identity::read(&chain, Some(origin.nid)).map_err(|_| NodeError::Identity)?;
    let identity = identity.at(origin.epoch);
    if identity.log_key != *key.verifier() {
        return Err(NodeError::Identity);
    }
    let found = heal::open::open(disk, &dir, &data.join("signlock"), identity, chain);
    found.map_err(|error| match error {
        OwnError::Feed(FeedError::Files(crate::store::files::FilesError::Disk(error))) => {
            NodeError::Disk(error)
        }
        OwnError::Feed(error) => NodeError::Feeds(error),
        OwnError::Lock(SignLockError::Disk(error)) => NodeError::Disk(error),
        OwnError::Lock(error) => NodeError::SignLock(error.to_string()),
    })
}

/// The chain of our identity notes. It stands beside the keys too: whoever has lost all feeds and kept the
/// keys still knows who it is.
fn own_chain(
    disk: &SharedDisk,
    data: &Path,
    dir: &Path,
    origin: Origin,
) -> Result<Vec<u8>, NodeError> {
    let spare = data.join("keys").join("identity");
    let (here, there) = (chain_of(disk, dir, origin.epoch)?, disk.read(&spare)?);
    match (here, there) {
        (Some(here), there) => {
            if there.as_ref() != Some(&here) {
                disk.replace(&spare, &here)?;
            }
            Ok(here)
        }
        (None, Some(there)) => {
            disk.create_dir_all(dir)?;
            disk.replace(&dir.join("identity"), &there)?;
            Ok(there)
        }
        (None, None) => Err(NodeError::Identity),
    }
}
