//! How do verified steps become the view?

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use clearinghouse_protocol::feed::handover::Handovers;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::{Index, Size};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::contested::{Contested, Hidden};
use super::geo::Geo;
use super::placed::{Placed, read_all};
use super::search::Search;
use super::{Inner, ViewError};
use crate::feed::feeds::Feed;
use crate::store::db::Batch;
use crate::store::rows::{Cursor, Pointer, SetAside};

/// Listings that one commit takes, so that a first look at a large feed stays within memory.
const CHUNK: usize = 5_000;

/// What the view is told.
pub(super) enum Order {
    /// A feed has gone on and was verified.
    Step(Nid, Change),
    /// Bodies of these entries came late.
    Late(Nid, Vec<Index>),
    /// These nodes count from now on, and no others.
    Counting(BTreeSet<Nid>),
    /// Staff hide this from now on, and nothing else.
    Hiding(Hidden, oneshot::Sender<()>),
}

/// Which entries of a feed ended and began, up to a verified size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The log that went on, as its checkpoint names it.
    pub origin: String,
    /// How far the feed was verified before.
    pub from: Size,
    /// Entries that are no longer in force.
    pub ended: Vec<Index>,
    /// Entries that are in force.
    pub begun: Vec<Index>,
    /// How far the feed is verified with them.
    pub size: Size,
    /// The root over that many entries.
    pub root: Hash,
    /// Whether a membership or a hand-over was stated.
    pub statements: bool,
}

/// The one who writes the view.
pub(super) struct Fold {
    pub(super) inner: Arc<Inner>,
    pub(super) search: Search,
    pub(super) counting: BTreeSet<Nid>,
    /// What all known logs say of hand-overs.
    pub(super) handovers: Handovers,
    /// What is not for anybody to see here.
    pub(super) hidden: Hidden,
    /// Listings that several logs state; `None`: nobody has needed to know yet.
    pub(super) contested: Option<Contested>,
    /// Whether the index held no more than the database when it was opened: what the database does not
    /// know is then not in the index, and need not be looked for there.
    pub(super) in_step: bool,
    /// Whether the text of something erased may still stand in the index.
    pub(super) purge_due: bool,
    /// Feeds of which nothing points to an older log any more.
    pub(super) gone_over: HashSet<u32>,
}

impl Fold {
    /// Brings the view to what these feeds say, without what is hidden.
    pub(super) fn begin(
        &mut self,
        counting: BTreeSet<Nid>,
        hidden: Hidden,
    ) -> Result<(), ViewError> {
        self.hidden = hidden.clone();
        self.count(counting)?;
        if hidden.is_empty() {
            Ok(())
        } else {
            self.hide(hidden)
        }
    }

    /// Does what it is told.
    pub(super) fn take(&mut self, order: Order) -> Result<(), ViewError> {
        match order {
            Order::Step(nid, change) => {
                if change.statements {
                    self.read_handovers();
                }
                if let Some(feed) = self.inner.feeds.feed(nid) {
                    if self.counting.contains(&nid) {
                        self.go_on(&feed, &change)?;
                    }
                    // What does not count points to nothing.
                    self.inner.feeds.retire_before(feed.identity.origin);
                }
                // What a node states counts also when its listings do not.
                if change.statements {
                    self.reconsider()?;
                }
            }
            Order::Late(nid, begun) if self.counting.contains(&nid) => {
                if let Some(feed) = self.inner.feeds.feed(nid) {
                    let id = self.inner.feed_id(&feed)?;
                    self.show_again(&feed, id, begun)?;
                }
            }
            Order::Late(..) => {}
            Order::Counting(nids) => self.count(nids)?,
            Order::Hiding(hidden, done) => {
                self.hide(hidden)?;
                // Whoever asked may have gone.
                let _ = done.send(());
            }
        }
        Ok(())
    }

    pub(super) fn apply(&mut self, feed: &Arc<Feed>, change: &Change) -> Result<(), ViewError> {
        let id = self.inner.feed_id(feed)?;
        let mut batch = Batch::default();
        // An entry that another one replaced is found again below under its listing's UUID; what is
        // left over at the end was taken back.
        let (mut ended, mut step) = self.end_all(id, &change.ended)?;
        let older = self.older_logs(feed, id)?;
        for (uuid, pointer) in self.pointers_into(&older)? {
            match self.end_claim((pointer.feed, pointer.index), Some(&pointer))? {
                Some(contested) => drop(step.contested.insert(contested)),
                None => drop(ended.insert(uuid, pointer)),
            }
        }
        let mut chunks = change.begun.chunks(CHUNK).peekable();
        while let Some(chunk) = chunks.next() {
            for (index, read) in chunk.iter().zip(read_all(feed, id, chunk)?) {
                match read {
                    Ok(place) => self.place(place, &mut step, &mut ended, &mut batch)?,
                    Err(reason) => {
                        feed.set_one_aside(*index, reason.clone());
                        batch.set_aside(SetAside {
                            feed: id,
                            index: index.0,
                            reason,
                        });
                    }
                }
            }
            if chunks.peek().is_some() {
                self.commit(id, None, &batch)?;
                batch = Batch::default();
            }
        }
        let taken_back = !ended.is_empty();
        if !step.contested.is_empty() {
            // Which of several counts is asked of what is written.
            self.commit(id, None, &batch)?;
            batch = Batch::default();
            self.decide(std::mem::take(&mut step.contested), &mut batch)?;
        }
        for (uuid, pointer) in ended {
            self.search.remove(uuid)?;
            self.inner.geo_mut().remove(pointer.ordinal);
            batch.remove(uuid, pointer.day);
        }
        let cursor = Cursor {
            size: change.size.0,
            root: change.root.0,
        };
        batch.cursor(id, cursor);
        self.leave(&older, &mut batch);
        self.commit(id, Some(cursor), &batch)?;
        self.gone_over.insert(id);
        if taken_back {
            self.purge_due = true;
            self.show_what_was_hidden(feed, id)?;
        }
        Ok(())
    }

    /// What entries that ended pointed to, and which contested listings they leave to be decided.
    fn end_all(
        &mut self,
        id: u32,
        indexes: &[Index],
    ) -> Result<(BTreeMap<Uuid, Pointer>, Step), ViewError> {
        let (mut ended, mut step) = (BTreeMap::new(), Step::default());
        for index in indexes {
            let uuid = self.inner.db.uuid_at(id, index.0)?;
            let shown = uuid.map(|uuid| self.inner.db.pointer(uuid)).transpose()?;
            let shown = shown.flatten();
            if let Some(uuid) = self.end_claim((id, index.0), shown.as_ref())? {
                step.contested.insert(uuid);
            } else if let (Some(uuid), Some(shown)) = (uuid, shown) {
                ended.insert(uuid, shown);
            }
        }
        Ok((ended, step))
    }

    /// Puts a listing into search, geography and batch; of two entries for one listing the later counts.
    /// One that several logs state, or that is hidden, is only noted, to be decided when all are known.
    fn place(
        &mut self,
        place: Placed,
        step: &mut Step,
        ended: &mut BTreeMap<Uuid, Pointer>,
        batch: &mut Batch,
    ) -> Result<(), ViewError> {
        if !self.is_plain(&place)? {
            ended.remove(&place.uuid);
            step.contested.insert(place.uuid);
            return self.contest(&place);
        }
        let (uuid, pointer) = (place.uuid, &place.pointer);
        let before = self.inner.db.pointer(uuid)?;
        let replaced = ended.remove(&uuid).is_some();
        let later = before
            .as_ref()
            .filter(|known| !replaced && known.feed == pointer.feed)
            .map(|known| known.index);
        let later = later.max(step.placed.get(&uuid).copied());
        if later.is_some_and(|index| index > pointer.index) {
            let reason = format!("a later entry of this log states the same listing {uuid}");
            batch.set_aside(SetAside {
                feed: pointer.feed,
                index: pointer.index,
                reason,
            });
            return Ok(());
        }
        let first = step.placed.insert(uuid, pointer.index).is_none();
        if first && let Some(known) = &before {
            return self.show_again_or_move(place, known, batch);
        }
        self.show(place, before.as_ref(), first, batch)
    }

    /// Shows a listing in the place of what was shown; where another log says the same, what is found and
    /// shown stays as it is.
    pub(super) fn show_again_or_move(
        &mut self,
        place: Placed,
        known: &Pointer,
        batch: &mut Batch,
    ) -> Result<(), ViewError> {
        if known.feed == place.pointer.feed || !self.is_same(known, place.commitment)? {
            return self.show(place, Some(known), false, batch);
        }
        let mut pointer = place.pointer;
        pointer.ordinal = known.ordinal;
        batch.move_to(place.uuid, pointer);
        Ok(())
    }

    /// Puts a listing into search, geography and batch, in the place of what was shown before.
    pub(super) fn show(
        &mut self,
        place: Placed,
        before: Option<&Pointer>,
        new: bool,
        batch: &mut Batch,
    ) -> Result<(), ViewError> {
        let Placed {
            uuid,
            mut pointer,
            listing,
            ..
        } = place;
        pointer.ordinal = match before {
            Some(known) => known.ordinal,
            None => self.inner.db.next_ordinal(),
        };
        let (ordinal, owner) = (pointer.ordinal, &pointer.owner);
        if new && self.in_step {
            self.search.add(ordinal, uuid, owner, &listing)?;
        } else {
            self.search.put(ordinal, uuid, owner, &listing)?;
        }
        {
            let mut geo = self.inner.geo_mut();
            geo.remove(pointer.ordinal);
            geo.insert(pointer.ordinal, &wide(&pointer.points));
        }
        batch.put(uuid, pointer);
        Ok(())
    }

    /// Search first, then the database: what the database says was applied is always in the index.
    pub(super) fn commit(
        &mut self,
        feed: u32,
        cursor: Option<Cursor>,
        batch: &Batch,
    ) -> Result<(), ViewError> {
        if let Some(cursor) = cursor {
            self.inner.positions_mut().insert(feed, cursor.size);
        }
        let position = self.inner.position(cursor.is_none());
        self.search.commit(&position)?;
        self.inner.db.apply(batch)?;
        Ok(())
    }

    /// After the latest entry of a listing was erased, an earlier one that was never replaced counts.
    fn show_what_was_hidden(&mut self, feed: &Arc<Feed>, id: u32) -> Result<(), ViewError> {
        let living: Vec<Index> = {
            let follower = feed.follower();
            let aside = self.inner.db.set_aside(usize::MAX)?;
            let hidden = aside
                .into_iter()
                .filter(|row| row.feed == id)
                .map(|row| Index(row.index));
            hidden
                .filter(|index| follower.living().contains(*index))
                .collect()
        };
        self.show_again(feed, id, living)
    }

    /// Shows entries in force that could not be shown before.
    fn show_again(
        &mut self,
        feed: &Arc<Feed>,
        id: u32,
        begun: Vec<Index>,
    ) -> Result<(), ViewError> {
        let mut batch = Batch::default();
        let (mut step, mut ended) = (Step::default(), BTreeMap::new());
        for place in read_all(feed, id, &begun)?.into_iter().flatten() {
            self.place(place, &mut step, &mut ended, &mut batch)?;
        }
        if !step.contested.is_empty() {
            self.commit(id, None, &batch)?;
            batch = Batch::default();
            self.decide(step.contested, &mut batch)?;
        }
        if batch.is_empty() {
            Ok(())
        } else {
            self.commit(id, None, &batch)
        }
    }

    /// Takes the text of what was erased out of the index for good.
    pub(super) fn purge(&mut self) -> Result<(), ViewError> {
        if std::mem::take(&mut self.purge_due) {
            self.search.purge()?;
        }
        Ok(())
    }
}

/// What one step has met so far.
#[derive(Default)]
struct Step {
    /// The latest entry of each listing that was put into the batch.
    placed: HashMap<Uuid, u64>,
    /// Listings about which more than one log has a word.
    contested: BTreeSet<Uuid>,
}

/// Points of the database in the width of geography.
pub(super) fn wide(points: &[(f32, f32)]) -> Vec<(f64, f64)> {
    points
        .iter()
        .map(|(latitude, longitude)| ((*latitude).into(), (*longitude).into()))
        .collect()
}

/// The geography of all listings that a database points to.
pub(super) fn geography(inner: &crate::store::db::Db) -> Result<Geo, ViewError> {
    let mut points = Vec::new();
    inner.each_pointer(|_, pointer| points.push((pointer.ordinal, wide(&pointer.points))))?;
    Ok(Geo::bulk(points))
}

/// Locks are held for a few lines, and what they guard is whole even after a panic.
pub(super) fn whole<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}
