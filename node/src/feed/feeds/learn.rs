//! How does a node take note of what becomes of the identities of others, and of its own?

use std::path::Path;
use std::sync::PoisonError;

use clearinghouse_protocol::feed::identity::{Chain, Identity};
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::tlog::hash::Hash;

use super::super::known::Known;
use super::{Feed, FeedError, Feeds};
use crate::store::disk::SharedDisk;

/// The file beside the chain that says since when its notes are known.
const MOMENTS: &str = "moments";

/// What a chain says by the moments that are kept in a node's folder.
pub(super) fn known_in(disk: &SharedDisk, dir: &Path, chain: &[u8]) -> Result<Known, FeedError> {
    let moments = disk.read(&dir.join(MOMENTS))?;
    Ok(Known::read(chain, moments.as_deref())?)
}

impl Feed {
    /// Who the node is, by the last of its notes that counts. Its log may still be the one before.
    pub fn who(&self) -> Identity {
        self.known().identity().clone()
    }

    /// All that was heard of the node's identity.
    pub fn known(&self) -> Known {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    /// The chain of identity notes, as it is served.
    pub fn chain(&self) -> Vec<u8> {
        self.known().chain().to_bytes()
    }

    /// Takes over what an older log of the same node had heard: nothing of it is forgotten.
    pub(super) fn hear_from(&self, older: &Feed) {
        let heard = older.known();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = known.join(&heard);
    }

    /// The one note of the chain that counts, as it is stated in the log.
    pub fn latest_note(&self) -> Vec<u8> {
        let known = self.known();
        let note = known.chain().note(known.identity().note);
        note.expect("what counts is in the chain").to_vec()
    }
}

impl Feeds {
    /// Takes note of a chain of identity notes that somebody served for a node whose feed is kept here,
    /// at `now`, in seconds since 1970-01-01, UTC. Whether anything of it was new; then it is on disk.
    ///
    /// Notes are only ever added: a shorter chain, or one that contradicts, replaces nothing.
    pub fn learn_chain(&self, nid: Nid, chain: &[u8], now: i64) -> Result<bool, FeedError> {
        let heard = Chain::read(chain, Some(nid))?;
        self.learn(nid, |known| known.hear(&heard, now))
    }

    /// Takes note that the log which a pending note names was seen at `now`.
    pub fn learn_begun(&self, nid: Nid, note: Hash, now: i64) -> Result<bool, FeedError> {
        self.learn(nid, |known| known.begin(note, now))
    }

    /// Takes note that time has passed: what was pending may count.
    pub fn learn_time(&self, nid: Nid, now: i64) -> Result<bool, FeedError> {
        self.learn(nid, |known| known.at(now))
    }

    fn learn(&self, nid: Nid, change: impl FnOnce(&Known) -> Known) -> Result<bool, FeedError> {
        let Some(feed) = self.feed(nid) else {
            return Ok(false);
        };
        let mut known = feed.known.write().unwrap_or_else(PoisonError::into_inner);
        let next = change(&known);
        if next.is_same(&known) {
            return Ok(false);
        }
        let dir = self.dir.join(nid.as_str());
        // The log that we hold may be one before: what proves it stays beside it.
        let bytes = next.chain().to_bytes();
        if next.identity().log_key.public_key() != feed.identity.log_key.public_key() {
            let own = dir.join(feed.identity.origin.epoch.to_string());
            if self.disk.len(&own.join("identity"))?.is_none() {
                self.disk.create_dir_all(&own)?;
                let before = known.chain().to_bytes();
                self.disk.replace(&own.join("identity"), &before)?;
            }
        }
        // The chain first: a moment without its note says nothing, a note without its moment waits.
        self.disk.replace(&dir.join("identity"), &bytes)?;
        self.disk
            .replace(&dir.join(MOMENTS), next.moments().as_bytes())?;
        *known = next;
        Ok(true)
    }
}
