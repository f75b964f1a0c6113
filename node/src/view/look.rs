//! What does the view show of a listing, a question, a list of changes?

use std::time::Duration;

use clearinghouse_protocol::feed::body::Body;
use clearinghouse_protocol::feed::handed::Handed;
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::listing::{Listing, Taxonomy};
use clearinghouse_protocol::tlog::tree::Index;
use uuid::Uuid;

use super::fold::whole;
use super::geo::Near;
use super::search::{Found, Query};
use super::{Inner, View, ViewError};
use crate::clock::Clock;
use crate::store::rows::{self, ChangeKind};

/// How long somebody waits for a listing of which the next version is on its way.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);

/// A listing as the view shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its UUID.
    pub uuid: Uuid,
    /// What the centre says.
    pub listing: Listing,
    /// The exact bytes that the log commits to.
    pub body: Vec<u8>,
    /// The log that states it.
    pub origin: Origin,
    /// The entry that states it.
    pub index: Index,
    /// The day of that entry since 1970-01-01, UTC.
    pub day: u32,
    /// Through whose hands it came to the node of that log, first hand first.
    pub handed: Vec<Handed>,
}

/// What became of a listing.
#[derive(Debug, Clone)]
pub enum Looked {
    /// It is shown.
    Here(Box<Shown>),
    /// It was shown until this day since 1970-01-01, UTC.
    Gone(u32),
    /// Staff of this node do not show it to anybody.
    Hidden,
    /// The view never showed it.
    Unknown,
}

/// One row of the list of changes.
pub struct Changed {
    /// Counts up; ask for what comes after the last one you saw.
    pub number: u64,
    /// Which listing.
    pub uuid: Uuid,
    /// The day of the change since 1970-01-01, UTC.
    pub day: u32,
    /// Whether it is gone.
    pub removed: bool,
    /// The listing as it is now; also `None` if it was replaced a moment ago and the next change is on
    /// its way.
    pub shown: Option<Box<Shown>>,
}

impl View {
    /// One listing. While its next version is on its way it looks gone; see [`View::settled`].
    pub fn listing(&self, uuid: Uuid) -> Result<Looked, ViewError> {
        self.look(uuid).map(|(looked, _)| looked)
    }

    /// One listing, in the version that is on its way if there is one: its text is taken away a moment
    /// before the view knows what came in its place. Waits for at most two seconds.
    pub async fn settled(&self, uuid: Uuid, clock: &Clock) -> Result<Looked, ViewError> {
        let mut steps = self.steps();
        let settle = async {
            loop {
                steps.mark_unchanged();
                let (looked, is_moving) = self.aside(move |view| view.look(uuid)).await?;
                // Without anybody who takes steps there is nothing to wait for.
                if !is_moving || steps.changed().await.is_err() {
                    return Ok(looked);
                }
            }
        };
        match clock.within(SETTLES_WITHIN, settle).await {
            Some(looked) => looked,
            None => self.aside(move |view| view.listing(uuid)).await,
        }
    }

    /// Whether the view showed a listing once and no entry in force states it any more.
    pub fn has_ended(&self, uuid: Uuid) -> Result<bool, ViewError> {
        let inner = self.inner()?;
        // What staff hide has not ended.
        let is_hidden = whole(inner.hidden.read()).contains(&uuid);
        let is_shown = inner.db.pointer(uuid)?.is_some();
        Ok(!is_shown && !is_hidden && inner.db.latest(uuid)?.is_some())
    }

    /// Listings that answer a query, in the order of its hits. A hit of which the next version is on its
    /// way is left out; see [`View::search`].
    pub fn find(
        &self,
        query: &Query,
        near: Option<&Near>,
    ) -> Result<(Found, Vec<Shown>), ViewError> {
        let found = self.inner()?.finder.find(query, near)?;
        let mut shown = Vec::with_capacity(found.hits.len());
        for hit in &found.hits {
            if let Looked::Here(listing) = self.listing(hit.uuid)? {
                shown.push(*listing);
            }
        }
        Ok((found, shown))
    }

    /// Listings that answer a query, in the order of its hits, each settled.
    pub async fn search(
        &self,
        query: Query,
        near: Option<Near>,
        clock: &Clock,
    ) -> Result<(Found, Vec<Shown>), ViewError> {
        let (found, mut shown) = self
            .aside(move |view| view.find(&query, near.as_ref()))
            .await?;
        if shown.len() == found.hits.len() {
            return Ok((found, shown));
        }
        let mut place = 0;
        for hit in &found.hits {
            if shown.get(place).is_none_or(|next| next.uuid != hit.uuid) {
                match self.settled(hit.uuid, clock).await? {
                    Looked::Here(settled) => shown.insert(place, *settled),
                    Looked::Gone(_) | Looked::Hidden | Looked::Unknown => continue,
                }
            }
            place += 1;
        }
        Ok((found, shown))
    }

    /// Every listing that a node states, as `visit` wants to see it.
    pub fn each_of(&self, nid: Nid, mut visit: impl FnMut(Shown)) -> Result<(), ViewError> {
        let mut pointers = Vec::new();
        let inner = self.inner()?;
        inner.db.each_pointer(|uuid, pointer| {
            if pointer.owner == nid.as_str() {
                pointers.push((uuid, pointer));
            }
        })?;
        for (uuid, pointer) in pointers {
            if let Some(shown) = inner.show(uuid, &pointer)? {
                visit(shown);
            }
        }
        Ok(())
    }

    /// One listing, and whether a step that changes it is on its way.
    fn look(&self, uuid: Uuid) -> Result<(Looked, bool), ViewError> {
        let inner = self.inner()?;
        let Some(mut pointer) = inner.db.pointer(uuid)? else {
            if whole(inner.hidden.read()).contains(&uuid) {
                return Ok((Looked::Hidden, false));
            }
            let last = inner.db.latest(uuid)?;
            let looked = last.map_or(Looked::Unknown, |change| Looked::Gone(change.day));
            return Ok((looked, false));
        };
        loop {
            if let Some(shown) = inner.show(uuid, &pointer)? {
                return Ok((Looked::Here(Box::new(shown)), false));
            }
            // Its text is gone: either the step arrived in between, or it is on its way.
            match inner.db.pointer(uuid)? {
                Some(now) if now != pointer => pointer = now,
                Some(_) => return Ok((Looked::Gone(pointer.day), true)),
                None => return Ok((Looked::Gone(pointer.day), false)),
            }
        }
    }

    /// Reads from disk where a slow disk holds up nobody else.
    async fn aside<T: Send + 'static>(
        &self,
        deed: impl FnOnce(&View) -> Result<T, ViewError> + Send + 'static,
    ) -> Result<T, ViewError> {
        let view = self.clone();
        let done = tokio::task::spawn_blocking(move || deed(&view)).await;
        done.expect("reading the view does not panic")
    }

    /// At most `limit` changes after a number: the latest of each listing.
    pub fn changes(&self, after: u64, limit: usize) -> Result<Vec<Changed>, ViewError> {
        let mut rows = Vec::new();
        for change in self.inner()?.db.changes_after(after, limit)? {
            let rows::Change {
                number,
                uuid,
                kind,
                day,
            } = change;
            let shown = match kind {
                ChangeKind::Put => match self.listing(uuid)? {
                    Looked::Here(shown) => Some(shown),
                    _ => None,
                },
                ChangeKind::Removed => None,
            };
            rows.push(Changed {
                number,
                uuid,
                day,
                removed: kind == ChangeKind::Removed,
                shown,
            });
        }
        Ok(rows)
    }
}

impl Inner {
    fn show(&self, uuid: Uuid, pointer: &rows::Pointer) -> Result<Option<Shown>, ViewError> {
        let origin = whole(self.ids.read()).get(&pointer.feed).copied();
        let Some(feed) = origin.and_then(|origin| self.feeds.log(origin)) else {
            return Ok(None);
        };
        let index = Index(pointer.index);
        let Some((_, body)) = feed.files().bodies().read(index)? else {
            return Ok(None);
        };
        let read = Body::read(&body, Taxonomy::standard())?;
        let (listing, handed) = (read.listing, read.handed);
        let (origin, day) = (feed.identity.origin, pointer.day);
        Ok((read.uuid == uuid).then_some(Shown {
            uuid,
            listing,
            body,
            origin,
            index,
            day,
            handed,
        }))
    }
}
