//! Which entry is shown where more than one log states a listing, or where it is hidden here?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clearinghouse_protocol::feed::handover::Handovers;
use clearinghouse_protocol::feed::merge::{Claim, entitled, prevailing};
use clearinghouse_protocol::tlog::tree::Index;
use uuid::Uuid;

use super::ViewError;
use super::contested::{Contested, Hidden, Stated};
use super::fold::{Fold, whole};
use super::placed::{Placed, read_all};
use crate::feed::feeds::Feed;
use crate::store::db::Batch;
use crate::store::rows::{Pointer, SetAside};

/// Where an entry stands: the short id of its feed, and its index.
type At = (u32, u64);

/// Why an entry is set aside that nobody may see at this node.
const HIDDEN: &str = "it is hidden at this node";

/// Why an entry is set aside that another node has taken over.
const TAKEN: &str = "another node has taken this listing over";

/// Why an entry is set aside beside one that counts more.
const LESS: &str = "the listing is shown as another entry states it";

impl Fold {
    /// Whether the listing is shown or not by the entries of this one log alone: so it is for nearly all.
    pub(super) fn is_plain(&self, place: &Placed) -> Result<bool, ViewError> {
        let (origin, index) = (place.origin, Index(place.pointer.index));
        let contested = self.contested.as_ref();
        if place.minter != origin.nid
            || !place.handed.is_empty()
            || self.hidden.hides(place.uuid, origin.nid)
            || self.handovers.takers(origin, index).next().is_some()
            || contested.is_some_and(|known| known.claims.contains_key(&place.uuid))
        {
            return Ok(false);
        }
        let shown = self.inner.db.pointer(place.uuid)?;
        // By node and not by log: what a later log carries is no other word.
        Ok(shown.is_none_or(|shown| shown.owner == place.pointer.owner && !shown.handed))
    }

    /// Takes an entry among those of which one is to be chosen.
    pub(super) fn contest(&mut self, place: &Placed) -> Result<(), ViewError> {
        self.contested()?.add(place);
        Ok(())
    }

    /// Takes an entry that ended out again; the listing that is to be decided anew, if it is contested.
    pub(super) fn end_claim(
        &mut self,
        at: (u32, u64),
        shown: Option<&Pointer>,
    ) -> Result<Option<Uuid>, ViewError> {
        if shown.is_some_and(|shown| shown.handed) {
            self.contested()?;
        }
        Ok(self.contested.as_mut().and_then(|known| known.end(at)))
    }

    /// Reads anew what all logs say of hand-overs, and decides about every listing that it concerns.
    pub(super) fn reconsider(&mut self) -> Result<(), ViewError> {
        self.read_handovers();
        if self.handovers.is_empty() && self.hidden.is_empty() && self.contested.is_none() {
            return Ok(());
        }
        let mut touched: BTreeSet<Uuid> = self.contested()?.claims.keys().copied().collect();
        for (origin, index) in self.handovers.taken() {
            if let Some(feed) = self.inner.feeds.feed(origin.nid)
                && feed.identity.origin == origin
                && let Some(uuid) = self.uuid_of(&feed, index)?
            {
                touched.insert(uuid);
            }
        }
        self.decide_alone(touched)
    }

    /// What staff hide from now on, and nothing else.
    pub(super) fn hide(&mut self, hidden: Hidden) -> Result<(), ViewError> {
        self.hidden = hidden;
        whole(self.inner.hidden.write()).clear();
        // Read anew, because nobody kept what was hidden before.
        self.contested = None;
        self.contested()?;
        self.reconsider()?;
        let mut touched: BTreeSet<Uuid> = BTreeSet::new();
        let ids = whole(self.inner.ids.read()).clone();
        self.inner.db.each_pointer(|uuid, pointer| {
            let origin = ids.get(&pointer.feed);
            if origin.is_some_and(|origin| self.hidden.hides(uuid, origin.nid)) {
                touched.insert(uuid);
            }
        })?;
        self.decide_alone(touched)
    }

    pub(super) fn read_handovers(&mut self) {
        let feeds = self.inner.feeds.all();
        let said = feeds.iter().map(|feed| {
            let follower = feed.follower();
            let transfers = follower.transfers().clone();
            (feed.identity.origin, follower.rosters().clone(), transfers)
        });
        let said: Vec<_> = said.collect();
        let said = said.iter();
        self.handovers = Handovers::of(said.map(|(origin, rosters, transfers)| {
            let origin = *origin;
            (origin, rosters, transfers)
        }));
    }

    fn decide_alone(&mut self, touched: BTreeSet<Uuid>) -> Result<(), ViewError> {
        let mut batch = Batch::default();
        self.decide(touched, &mut batch)?;
        if batch.is_empty() {
            Ok(())
        } else {
            self.commit(0, None, &batch)
        }
    }

    /// Shows of each of these listings the entry that counts, or none, and sets the others aside.
    pub(super) fn decide(
        &mut self,
        touched: BTreeSet<Uuid>,
        batch: &mut Batch,
    ) -> Result<(), ViewError> {
        for uuid in touched {
            let shown = self.inner.db.pointer(uuid)?;
            if let Some(shown) = &shown {
                self.contest_shown(shown)?;
            }
            let claims = self.contested()?.claims.get(&uuid).cloned();
            let claims = claims.unwrap_or_default();
            let (chosen, reasons) = self.choose(uuid, &claims);
            self.tell_staff(&claims, &reasons);
            for ((feed, index), reason) in reasons {
                batch.set_aside(SetAside {
                    feed,
                    index,
                    reason,
                });
            }
            let stands = shown.as_ref().map(|shown| (shown.feed, shown.index));
            if stands == chosen {
                continue;
            }
            let place = chosen.map(|at| self.read_at(at)).transpose()?.flatten();
            match (place, shown) {
                (Some(place), Some(shown)) => self.show_again_or_move(place, &shown, batch)?,
                (Some(place), None) => self.show(place, None, false, batch)?,
                (None, Some(shown)) => {
                    self.search.remove(uuid)?;
                    self.inner.geo_mut().remove(shown.ordinal);
                    batch.remove(uuid, shown.day);
                    self.purge_due = true;
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// What somebody has to look into; what was handed over or hidden as it should be is nothing such.
    fn tell_staff(
        &self,
        claims: &BTreeMap<(u32, u64), Stated>,
        reasons: &BTreeMap<(u32, u64), String>,
    ) {
        for (at, stated) in claims {
            let Some(feed) = self.inner.feeds.feed(stated.origin.nid) else {
                continue;
            };
            match reasons.get(at) {
                Some(reason) if ![HIDDEN, TAKEN, LESS].contains(&reason.as_str()) => {
                    feed.set_one_aside(Index(at.1), reason.clone());
                }
                _ => feed.take_note(|notes| notes.set_aside.retain(|(known, _)| known.0 != at.1)),
            }
        }
    }

    /// Which of these entries counts, and why each of the others does not.
    fn choose(
        &self,
        uuid: Uuid,
        claims: &BTreeMap<(u32, u64), Stated>,
    ) -> (Option<At>, BTreeMap<At, String>) {
        let mut reasons = BTreeMap::new();
        let mut sound = Vec::new();
        let mut places = BTreeMap::new();
        let mut is_hidden = false;
        for (at, stated) in claims {
            let Stated {
                origin,
                minter,
                handed,
            } = stated;
            let claim = Claim {
                origin: *origin,
                index: Index(at.1),
            };
            places.insert(claim, *at);
            match entitled(*origin, uuid, *minter, handed, &self.handovers) {
                _ if self.hidden.hides(uuid, origin.nid) => {
                    is_hidden = true;
                    reasons.insert(*at, HIDDEN.to_owned());
                }
                Ok(title) => sound.push((title, claim)),
                Err(foreign) => drop(reasons.insert(*at, foreign.to_string())),
            }
        }
        let held_back = |claim: Claim| self.is_held_back(claim, &places);
        let chosen = prevailing(sound.iter().cloned(), &self.handovers, held_back);
        for (_, claim) in sound.iter().filter(|(_, claim)| Some(*claim) != chosen) {
            let mut takers = self.handovers.takers(claim.origin, claim.index);
            let reason = if takers.next().is_some() { TAKEN } else { LESS };
            reasons.insert(places[claim], reason.to_owned());
        }
        let mut hidden = whole(self.inner.hidden.write());
        if is_hidden && chosen.is_none() {
            hidden.insert(uuid);
        } else {
            hidden.remove(&uuid);
        }
        (chosen.map(|claim| places[&claim]), reasons)
    }

    /// Whether an entry that took a listing over is in force and counts, and we do not hold what it says.
    fn is_held_back(&self, claim: Claim, here: &BTreeMap<Claim, (u32, u64)>) -> bool {
        let feed = self.inner.feeds.feed(claim.origin.nid);
        feed.is_some_and(|feed| {
            self.counting.contains(&claim.origin.nid)
                && feed.identity.origin == claim.origin
                && !here.contains_key(&claim)
                && feed.follower().living().contains(claim.index)
        })
    }

    fn contested(&mut self) -> Result<&mut Contested, ViewError> {
        if self.contested.is_none() {
            self.contested = Some(self.gather()?);
        }
        Ok(self.contested.get_or_insert_default())
    }

    /// What was set aside and is in force and counts, unless the same log says something later; and what
    /// is shown although another node minted it.
    fn gather(&self) -> Result<Contested, ViewError> {
        let mut wanted: BTreeSet<(u32, u64)> = BTreeSet::new();
        self.inner.db.each_pointer(|_, pointer| {
            if pointer.handed {
                wanted.insert((pointer.feed, pointer.index));
            }
        })?;
        for row in self.inner.db.set_aside(usize::MAX)? {
            wanted.insert((row.feed, row.index));
        }
        let mut known = Contested::default();
        let mut by_feed: BTreeMap<u32, Vec<Index>> = BTreeMap::new();
        for (feed, index) in wanted {
            by_feed.entry(feed).or_default().push(Index(index));
        }
        for (id, mut indexes) in by_feed {
            let Some(feed) = self.counting_feed(id) else {
                continue;
            };
            {
                let follower = feed.follower();
                indexes.retain(|index| follower.living().contains(*index));
            }
            for place in read_all(&feed, id, &indexes)?.into_iter().flatten() {
                let shown = self.inner.db.pointer(place.uuid)?;
                let later = shown.is_some_and(|shown| shown.feed == id && !shown.handed);
                if !(later && self.is_plain(&place)?) {
                    known.add(&place);
                }
            }
        }
        Ok(known)
    }

    fn contest_shown(&mut self, shown: &Pointer) -> Result<(), ViewError> {
        let at = (shown.feed, shown.index);
        if !self.contested()?.places.contains_key(&at)
            && let Some(place) = self.read_at(at)?
        {
            self.contest(&place)?;
        }
        Ok(())
    }

    /// An entry in force of a feed that counts.
    fn read_at(&self, (id, index): (u32, u64)) -> Result<Option<Placed>, ViewError> {
        let Some(feed) = self.counting_feed(id) else {
            return Ok(None);
        };
        if !feed.follower().living().contains(Index(index)) {
            return Ok(None);
        }
        let mut read = read_all(&feed, id, &[Index(index)])?;
        Ok(read.pop().and_then(Result::ok))
    }

    fn counting_feed(&self, id: u32) -> Option<Arc<Feed>> {
        let origin = whole(self.inner.ids.read()).get(&id).copied();
        let origin = origin.filter(|origin| self.counting.contains(&origin.nid))?;
        let feed = self.inner.feeds.feed(origin.nid);
        // What an older log stated, the current one carries.
        feed.filter(|feed| feed.identity.origin == origin)
    }

    fn uuid_of(&self, feed: &Feed, index: Index) -> Result<Option<Uuid>, ViewError> {
        let id = self.inner.feed_id(feed)?;
        Ok(self.inner.db.uuid_at(id, index.0)?)
    }
}
