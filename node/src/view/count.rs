//! Which feeds count, and what leads from what the view shows to what they say?

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::{Index, Size};

use super::ViewError;
use super::fold::{Change, Fold};
use super::placed::NOT_HERE;
use crate::feed::feeds::Feed;
use crate::store::db::Batch;
use crate::store::rows::Cursor;

impl Fold {
    /// Brings the view to what all counting feeds say, whatever it held before.
    pub(super) fn count(&mut self, nids: BTreeSet<Nid>) -> Result<(), ViewError> {
        self.counting = nids;
        self.read_handovers();
        let mut held = self.held()?;
        let mut counted = Vec::new();
        for nid in self.counting.clone() {
            let Some(feed) = self.inner.feeds.feed(nid) else {
                continue;
            };
            counted.push(feed.identity.origin);
            let id = self.inner.feed_id(&feed)?;
            let indexes = held.remove(&id).unwrap_or_default();
            if let Some(change) = self.difference(&feed, id, indexes)? {
                self.apply(&feed, &change)?;
            }
        }
        for (id, indexes) in held {
            self.drop_feed(id, indexes)?;
        }
        // A log that went on in the meantime is left to the step that says so.
        let others = self.inner.feeds.all().into_iter();
        let others = others.filter(|feed| !self.counting.contains(&feed.nid()));
        let unseen = others.map(|feed| feed.identity.origin);
        for origin in counted.into_iter().chain(unseen) {
            self.inner.feeds.retire_before(origin);
        }
        // Who counts no more states nothing here: who else does is read anew from what was set aside.
        self.contested = None;
        self.reconsider()
    }

    /// Applies a step to the state that it begins from; from any other, what leads from there to what is
    /// verified now. So no step that is lost, or comes twice or late, makes the view another one.
    pub(super) fn go_on(&mut self, feed: &Arc<Feed>, change: &Change) -> Result<(), ViewError> {
        let id = self.inner.feed_id(feed)?;
        let known = self.inner.db.cursor(id)?.map_or(0, |cursor| cursor.size);
        let is_current = change.origin == feed.identity.origin.to_string();
        if known == change.from.0 && is_current {
            return self.apply(feed, change);
        }
        let held = self.held()?.remove(&id).unwrap_or_default();
        match self.difference(feed, id, held)? {
            Some(change) => self.apply(feed, &change),
            None => Ok(()),
        }
    }

    /// The entries that the view shows, by feed.
    fn held(&self) -> Result<HashMap<u32, BTreeSet<u64>>, ViewError> {
        let mut held: HashMap<u32, BTreeSet<u64>> = HashMap::new();
        for (id, _, _) in self.inner.db.feeds()? {
            if self
                .inner
                .db
                .cursor(id)?
                .is_some_and(|cursor| cursor.size > 0)
            {
                held.insert(id, BTreeSet::new());
            }
        }
        self.inner.db.each_pointer(|_, pointer| {
            held.entry(pointer.feed).or_default().insert(pointer.index);
        })?;
        Ok(held)
    }

    /// What leads from what the view shows of a feed to what is verified of it.
    fn difference(
        &self,
        feed: &Feed,
        id: u32,
        held: BTreeSet<u64>,
    ) -> Result<Option<Change>, ViewError> {
        let late = self.has_late(feed, id)?;
        let follower = feed.follower();
        let (size, whole) = (follower.size(), follower.root());
        let cursor = self.inner.db.cursor(id)?;
        if !late && cursor.is_some_and(|cursor| cursor.size == size.0 && cursor.root == whole.0) {
            return Ok(None);
        }
        let same_history =
            cursor.is_some_and(|cursor| prefix_root(feed, cursor.size) == Some(Hash(cursor.root)));
        let ended = held
            .iter()
            .filter(|index| !same_history || !follower.living().contains(Index(**index)));
        let begun = follower.living().between(0, size.0);
        let begun = begun.filter(|index| !same_history || !held.contains(&index.0));
        Ok(Some(Change {
            origin: feed.identity.origin.to_string(),
            from: Size(cursor.map_or(0, |cursor| cursor.size)),
            ended: ended.copied().map(Index).collect(),
            begun: begun.collect(),
            size,
            root: whole,
            statements: false,
        }))
    }

    /// Whether an entry was passed over whose body is here now: it came, and the process ended before
    /// anyone said so.
    fn has_late(&self, feed: &Feed, id: u32) -> Result<bool, ViewError> {
        let aside = self.inner.db.set_aside(usize::MAX)?;
        let passed_over = aside
            .into_iter()
            .filter(|row| row.feed == id && row.reason == NOT_HERE);
        for row in passed_over {
            let here = feed.files().bodies().contains(Index(row.index));
            if here && self.inner.db.uuid_at(id, row.index)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn drop_feed(&mut self, id: u32, indexes: BTreeSet<u64>) -> Result<(), ViewError> {
        let mut batch = Batch::default();
        for index in indexes {
            let Some(uuid) = self.inner.db.uuid_at(id, index)? else {
                continue;
            };
            let Some(pointer) = self.inner.db.pointer(uuid)? else {
                continue;
            };
            self.search.remove(uuid)?;
            self.inner.geo_mut().remove(pointer.ordinal);
            batch.remove(uuid, pointer.day);
        }
        let cursor = Cursor {
            size: 0,
            root: Hash::EMPTY.0,
        };
        batch.cursor(id, cursor);
        self.purge_due = true;
        self.commit(id, Some(cursor), &batch)
    }
}

/// The root over the first `size` entries of a feed, from the hashes on disk.
fn prefix_root(feed: &Feed, size: u64) -> Option<Hash> {
    feed.root_at(Size(size))
}
