//! How does the view follow a node from one log into the next?

use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::Index;
use uuid::Uuid;

use super::fold::{Fold, whole};
use super::{Inner, ViewError};
use crate::feed::feeds::{Feed, FeedError};
use crate::store::db::Batch;
use crate::store::rows::{Cursor, Pointer};

impl Inner {
    /// The short ids of this node's other logs of which the view holds something, each with its log.
    fn logs_of(&self, nid: Nid) -> Result<Vec<(u32, Origin)>, ViewError> {
        let mut logs = Vec::new();
        for (id, owner, epoch) in self.db.feeds()? {
            if owner == nid.as_str()
                && let Ok(epoch) = epoch.parse()
                && self.db.cursor(id)?.is_some_and(|cursor| cursor.size > 0)
            {
                logs.push((id, Origin { nid, epoch }));
            }
        }
        Ok(logs)
    }

    /// Whether the view holds a later log of the same node.
    pub(super) fn is_beyond(&self, origin: Origin) -> Result<bool, ViewError> {
        let logs = self.logs_of(origin.nid)?;
        Ok(logs.iter().any(|(_, other)| other.epoch > origin.epoch))
    }
}

impl Fold {
    /// The other logs of the same node to which the view still points.
    pub(super) fn older_logs(&self, feed: &Feed, id: u32) -> Result<Vec<u32>, ViewError> {
        if self.gone_over.contains(&id) {
            return Ok(Vec::new());
        }
        let logs = self.inner.logs_of(feed.nid())?;
        for (id, origin) in &logs {
            whole(self.inner.ids.write()).insert(*id, *origin);
        }
        let others = logs.into_iter().filter(|(other, _)| *other != id);
        Ok(others.map(|(other, _)| other).collect())
    }

    /// Every listing whose entry stands in one of these logs.
    pub(super) fn pointers_into(&self, logs: &[u32]) -> Result<Vec<(Uuid, Pointer)>, ViewError> {
        let mut found = Vec::new();
        if !logs.is_empty() {
            self.inner.db.each_pointer(|uuid, pointer| {
                if logs.contains(&pointer.feed) {
                    found.push((uuid, pointer));
                }
            })?;
        }
        Ok(found)
    }

    /// Notes that nothing of these logs is held any more.
    pub(super) fn leave(&self, logs: &[u32], batch: &mut Batch) {
        let nothing = Cursor {
            size: 0,
            root: Hash::EMPTY.0,
        };
        for id in logs {
            batch.cursor(*id, nothing);
            self.inner.positions_mut().insert(*id, 0);
        }
    }

    /// Whether the entry to which the view points has this commitment.
    pub(super) fn is_same(&self, known: &Pointer, commitment: [u8; 32]) -> Result<bool, ViewError> {
        let origin = whole(self.inner.ids.read()).get(&known.feed).copied();
        let Some(old) = origin.and_then(|origin| self.inner.feeds.log(origin)) else {
            return Ok(false);
        };
        match old.entry(Index(known.index)) {
            Ok(entry) => Ok(entry.is_some_and(|entry| entry.commitment == commitment)),
            Err(FeedError::Files(crate::store::files::FilesError::Disk(error))) => {
                Err(error.into())
            }
            Err(_) => Ok(false),
        }
    }
}
