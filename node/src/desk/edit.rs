//! How does a draft become an entry of our log, and how does it go again?

use std::time::Duration;

use clearinghouse_protocol::feed::append::{AppendError, Deed, body_of_handed};
use clearinghouse_protocol::feed::body::Minted;
use clearinghouse_protocol::feed::handed::Handed;
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::listing::{Draft, Faults, Listing, Private, Taxonomy};
use clearinghouse_protocol::tlog::tree::Index;
use uuid::Uuid;

use super::Desk;
use crate::feed::log::LogError;
use crate::store::private::PrivateError;
use crate::view::{Looked, Shown, ViewError};

/// How long an answer waits until the change is seen in our own view; it is kept either way.
const SEEN_WITHIN: Duration = Duration::from_secs(2);

/// A change that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The listing.
    pub uuid: Uuid,
    /// The log that states it.
    pub origin: Origin,
    /// The entry that states it.
    pub index: Index,
}

/// Why a change was not made. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The draft is not sound.
    #[error("{0}")]
    Faults(Faults),
    /// Nobody knows this listing.
    #[error("there is no listing {0}")]
    Unknown(Uuid),
    /// It was erased or its node taken out of the view.
    #[error("listing {0} is gone")]
    Gone(Uuid),
    /// It belongs to another centre.
    #[error("listing {uuid} belongs to another centre and is changed there: {}", owner.nid)]
    NotOurs {
        /// The listing.
        uuid: Uuid,
        /// The log that states it.
        owner: Origin,
    },
    /// It was handed over, and the other centre has not taken it yet.
    #[error("listing {uuid} was handed over to {to}, which is to change it from now on")]
    Promised {
        /// The listing.
        uuid: Uuid,
        /// To whom.
        to: Nid,
    },
    /// Staff of this node hide it.
    #[error("listing {0} is hidden at this node; `clearinghouse unhide` shows it again")]
    Hidden(Uuid),
    /// It was changed since the editor last saw it.
    #[error("listing {uuid} was changed in the meantime: it now stands at entry {}", now.0)]
    Changed {
        /// The listing.
        uuid: Uuid,
        /// The entry that states it now.
        now: Index,
    },
    /// It was carried over into a later log of ours since the editor last saw it.
    #[error("listing {uuid} now stands in {origin}")]
    Moved {
        /// The listing.
        uuid: Uuid,
        /// The log that goes on.
        origin: Origin,
    },
    /// The body would be larger than any reader takes.
    #[error(transparent)]
    Append(AppendError),
    /// The log did not take it.
    #[error(transparent)]
    Log(LogError),
    /// The private part could not be kept.
    #[error(transparent)]
    Private(#[from] PrivateError),
    /// The view could not be read.
    #[error(transparent)]
    View(#[from] ViewError),
}

/// A sound listing on its way into our log.
#[derive(Debug, Clone)]
pub struct Putting {
    /// The listing of ours that it replaces; none: it is new.
    pub replaces: Option<Uuid>,
    /// What may be published.
    pub listing: Listing,
    /// What stays at the centre.
    pub private: Option<Private>,
}

/// What became of each of several changes.
pub type Outcomes = Vec<Result<Published, EditError>>;

impl Desk {
    /// Publishes a new listing and answers once the log has promised to keep it.
    pub async fn publish(&self, draft: &Draft) -> Result<Published, EditError> {
        let checked = draft
            .check(Taxonomy::standard())
            .map_err(EditError::Faults)?;
        self.put(
            (self.minted(), Vec::new()),
            None,
            &checked.listing,
            checked.private,
        )
        .await
    }

    /// Puts a new version in place of a listing. `expected` is the entry that the editor had seen.
    pub async fn revise(
        &self,
        uuid: Uuid,
        draft: &Draft,
        expected: Option<Index>,
    ) -> Result<Published, EditError> {
        let checked = draft
            .check(Taxonomy::standard())
            .map_err(EditError::Faults)?;
        let mut shown = self.ours_to_change(uuid, expected).await?;
        let provenance = provenance_of(&shown)?;
        let (listing, private) = (&checked.listing, checked.private);
        let revised = self
            .put(provenance.clone(), Some(&shown), listing, private.clone())
            .await;
        match revised {
            // Whoever names no version does not mind in which of our logs it stood.
            Err(EditError::Moved { .. }) if expected.is_none() => {
                shown = self.ours_after(uuid, shown.origin).await?;
                self.put(provenance, Some(&shown), listing, private).await
            }
            revised => revised,
        }
    }

    /// Takes a listing back: its body and everything private about it go at once, here and with every
    /// follower.
    pub async fn erase(&self, uuid: Uuid, expected: Option<Index>) -> Result<Published, EditError> {
        let mut shown = self.ours(uuid, expected).await?;
        let mut erased = self.take_back(&shown).await;
        if expected.is_none() && matches!(erased, Err(EditError::Moved { .. })) {
            shown = self.ours_after(uuid, shown.origin).await?;
            erased = self.take_back(&shown).await;
        }
        let (origin, index) = erased?;
        self.forget(uuid).await?;
        self.seen(origin, index).await;
        Ok(Published {
            uuid,
            origin,
            index,
        })
    }

    async fn take_back(&self, shown: &Shown) -> Result<(Origin, Index), EditError> {
        let target = shown.index;
        self.write(shown.uuid, Some(shown), Deed::Erase { target })
            .await
    }

    /// Writes one deed about a listing, which replaces or ends what is shown of it.
    async fn write(
        &self,
        uuid: Uuid,
        shown: Option<&Shown>,
        deed: Deed,
    ) -> Result<(Origin, Index), EditError> {
        let origin = shown.map(|shown| shown.origin);
        let now = shown.map_or(Index(0), |shown| shown.index);
        let answers = self.log.append_to(origin, vec![deed]).await;
        let answer = answers.and_then(|mut all| all.pop().unwrap_or(Err(LogError::Closed)));
        answer.map_err(|error| changed(uuid, now, error))
    }

    /// The listing as a later log of ours states it than the one where it was last seen.
    async fn ours_after(&self, uuid: Uuid, origin: Origin) -> Result<Shown, EditError> {
        let now = self.identity().origin;
        if now != origin {
            self.seen(now, Index(0)).await;
        }
        self.ours(uuid, None).await
    }

    /// Publishes many listings with one flush and one signature, and answers for each. Does not wait for
    /// the view.
    pub async fn put_all(&self, batch: Vec<Putting>) -> Result<Outcomes, EditError> {
        let mut deeds = Vec::with_capacity(batch.len());
        let mut uuids = Vec::with_capacity(batch.len());
        let mut origin = None;
        for putting in batch {
            let ((minted, handed), target) = match putting.replaces {
                None => ((self.minted(), Vec::new()), None),
                Some(uuid) => {
                    let shown = self.ours_to_change(uuid, None).await?;
                    origin = Some(shown.origin);
                    (provenance_of(&shown)?, Some(shown.index))
                }
            };
            let body = body_of_handed(&minted, &handed, &putting.listing);
            let body = body.map_err(EditError::Append)?;
            self.keep_private(minted.uuid(), putting.private).await?;
            uuids.push((minted.uuid(), target));
            deeds.push(Deed::Put {
                target,
                salt: self.clock.random(),
                body,
            });
        }
        self.append_for(uuids, origin, deeds).await
    }

    /// Takes many listings back with one flush and one signature, and answers for each.
    pub async fn erase_all(&self, listings: Vec<Uuid>) -> Result<Outcomes, EditError> {
        let mut deeds = Vec::with_capacity(listings.len());
        let mut uuids = Vec::with_capacity(listings.len());
        let mut origin = None;
        for uuid in listings {
            let shown = self.ours(uuid, None).await?;
            let target = shown.index;
            origin = Some(shown.origin);
            uuids.push((uuid, Some(target)));
            deeds.push(Deed::Erase { target });
        }
        let outcomes = self.append_for(uuids, origin, deeds).await?;
        for erased in outcomes.iter().flatten() {
            self.forget(erased.uuid).await?;
        }
        Ok(outcomes)
    }

    async fn append_for(
        &self,
        uuids: Vec<(Uuid, Option<Index>)>,
        origin: Option<Origin>,
        deeds: Vec<Deed>,
    ) -> Result<Outcomes, EditError> {
        let answers = self.log.append_to(origin, deeds).await;
        let answers = answers.map_err(EditError::Log)?;
        let outcomes = uuids.into_iter().zip(answers);
        let outcomes = outcomes.map(|((uuid, target), answer)| {
            let answer = answer.map_err(|error| changed(uuid, target.unwrap_or(Index(0)), error));
            let (origin, index) = answer?;
            Ok(Published {
                uuid,
                origin,
                index,
            })
        });
        Ok(outcomes.collect())
    }

    fn minted(&self) -> Minted {
        Minted {
            node: self.identity().nid,
            nonce: self.clock.random(),
        }
    }

    async fn keep_private(&self, uuid: Uuid, private: Option<Private>) -> Result<(), EditError> {
        if let Some(private) = private {
            let (value, key) = (private.to_value().to_string(), self.clock.random());
            self.blocking(move |desk| desk.private().keep(uuid, value.as_bytes(), key))
                .await?;
        }
        Ok(())
    }

    /// The listing as our own log states it, if the editor has seen its latest version.
    pub(super) async fn ours(
        &self,
        uuid: Uuid,
        expected: Option<Index>,
    ) -> Result<Shown, EditError> {
        let shown = match self.view.settled(uuid, &self.clock).await? {
            Looked::Here(shown) => *shown,
            Looked::Gone(_) => return Err(EditError::Gone(uuid)),
            Looked::Hidden => return Err(EditError::Hidden(uuid)),
            Looked::Unknown => return Err(EditError::Unknown(uuid)),
        };
        if shown.origin.nid != self.identity().nid {
            return Err(EditError::NotOurs {
                uuid,
                owner: shown.origin,
            });
        }
        match expected {
            Some(expected) if expected != shown.index => Err(EditError::Changed {
                uuid,
                now: shown.index,
            }),
            _ => Ok(shown),
        }
    }

    /// The same, unless we have handed it over: what the other centre is to take must stay as it is.
    async fn ours_to_change(
        &self,
        uuid: Uuid,
        expected: Option<Index>,
    ) -> Result<Shown, EditError> {
        let shown = self.ours(uuid, expected).await?;
        match self.promised(shown.index) {
            Some(to) => Err(EditError::Promised { uuid, to }),
            None => Ok(shown),
        }
    }

    async fn put(
        &self,
        (minted, handed): Provenance,
        replaces: Option<&Shown>,
        listing: &Listing,
        private: Option<Private>,
    ) -> Result<Published, EditError> {
        let uuid = minted.uuid();
        let body = body_of_handed(&minted, &handed, listing).map_err(EditError::Append)?;
        // What is private first: should the log then refuse, a note too many stays at home.
        self.keep_private(uuid, private).await?;
        let deed = Deed::Put {
            target: replaces.map(|shown| shown.index),
            salt: self.clock.random(),
            body,
        };
        let (origin, index) = self.write(uuid, replaces, deed).await?;
        self.seen(origin, index).await;
        Ok(Published {
            uuid,
            origin,
            index,
        })
    }

    /// Waits a moment until our own view shows an entry, so that whoever edits sees what was edited.
    pub(super) async fn seen(&self, origin: Origin, index: Index) {
        // The change is kept; a view that is slow or broken is no reason to say otherwise.
        let _ = self
            .clock
            .within(SEEN_WITHIN, self.view.reach(origin, index))
            .await;
    }

    /// Runs what flushes the private log on a thread that may block.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        deed: impl FnOnce(Desk) -> T + Send + 'static,
    ) -> T {
        let desk = self.clone();
        tokio::task::spawn_blocking(move || deed(desk))
            .await
            .expect("a deed on the private log does not panic")
    }
}

fn changed(uuid: Uuid, now: Index, error: LogError) -> EditError {
    match error {
        LogError::Append(AppendError::TargetGone(_)) => EditError::Changed { uuid, now },
        LogError::Moved(origin) => EditError::Moved { uuid, origin },
        other => EditError::Log(other),
    }
}

/// How a listing came to be, and through whose hands it came since.
type Provenance = (Minted, Vec<Handed>);

fn provenance_of(shown: &Shown) -> Result<Provenance, EditError> {
    use clearinghouse_protocol::feed::body::Body;
    let body = Body::read(&shown.body, Taxonomy::standard()).map_err(ViewError::from)?;
    Ok((body.minted, body.handed))
}
