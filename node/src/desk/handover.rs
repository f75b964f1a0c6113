//! How does a centre hand its listings over, and how does another one take them?

use std::collections::BTreeSet;

use clearinghouse_protocol::feed::append::{Deed, body_of_handed};
use clearinghouse_protocol::feed::body::Body;
use clearinghouse_protocol::feed::handed::{HANDS_MAX, Handed, Word};
use clearinghouse_protocol::feed::handover::{Handovers, Transfer, Transfers, commitment};
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::listing::Taxonomy;
use clearinghouse_protocol::tlog::tree::Index;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::Desk;
use super::edit::EditError;
use crate::feed::feeds::Feed;
use crate::feed::log::LogError;
use crate::store::disk::DiskError;
use crate::view::{Looked, ViewError};

/// Listings that are taken over with one flush and one signature.
const TOGETHER: usize = 1_000;

/// Which listings are handed over or taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All that there are.
    All,
    /// These.
    These(BTreeSet<Uuid>),
}

/// What came of handing over or taking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandedOver {
    /// How many listings it was.
    pub listings: u64,
    /// Those that were left, each with the reason.
    pub left: Vec<(Uuid, String)>,
}

/// Why nothing was handed over or taken.
#[derive(Debug, thiserror::Error)]
pub enum HandoverError {
    /// A node keeps what it has without saying so.
    #[error("this is the node itself")]
    Ourselves,
    /// We know neither its feed nor its address.
    #[error("no feed of {0} is known here; follow it first: `clearinghouse follow URL`")]
    UnknownNode(Nid),
    /// Somebody else has our word already.
    #[error("listing {uuid} was handed over to {to} already, and that cannot be taken back")]
    Promised {
        /// The listing.
        uuid: Uuid,
        /// To whom.
        to: Nid,
    },
    /// Everything was handed over already.
    #[error("all listings were handed over to {0} already, and that cannot be taken back")]
    AllPromised(Nid),
    /// Neither it nor a network says that we may.
    #[error(
        "{0} has not handed anything over to this centre, and no network that it belonged to has named this centre its successor"
    )]
    NothingGiven(Nid),
    /// A listing cannot be handed over.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The log did not take it.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The view cannot be read.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// A listing that we are about to take over.
struct Taking {
    /// Its entry in the log of the one who had it.
    entry: Index,
    uuid: Uuid,
    body: Vec<u8>,
}

impl Desk {
    /// States that listings of ours are handed over to another node; they stay ours until it takes them.
    pub async fn hand_over(&self, which: Which, to: Nid) -> Result<HandedOver, HandoverError> {
        if to == self.identity().nid {
            return Err(HandoverError::Ourselves);
        }
        let feed = self.feeds.feed(to);
        let url = feed.ok_or(HandoverError::UnknownNode(to))?;
        let url = url.identity.url.clone();
        let own = self.feeds.own();
        let transfers = own.follower().transfers().clone();
        let all = transfers.given.iter().find(|given| given.target.is_none());
        if let Some(all) = all {
            return Err(HandoverError::AllPromised(all.to));
        }
        let (deeds, listings) = match which {
            Which::All => {
                let listing = None;
                let transfer = Transfer::Give { to, url, listing };
                let deed = Deed::HandOver {
                    target: None,
                    transfer,
                };
                (vec![deed], own.follower().living().count())
            }
            Which::These(uuids) => {
                let listings = uuids.len() as u64;
                let deeds = self.gifts(uuids, to, &url, &transfers).await?;
                (deeds, listings)
            }
        };
        for answer in self.log.append_all(deeds).await? {
            answer?;
        }
        Ok(HandedOver {
            listings,
            left: Vec::new(),
        })
    }

    async fn gifts(
        &self,
        uuids: BTreeSet<Uuid>,
        to: Nid,
        url: &str,
        transfers: &Transfers,
    ) -> Result<Vec<Deed>, HandoverError> {
        let own = self.feeds.own();
        let mut deeds = Vec::with_capacity(uuids.len());
        for uuid in uuids {
            let target = self.ours(uuid, None).await?.index;
            match transfers.promised(target) {
                Some(given) if given.to == to => continue,
                Some(given) => {
                    let to = given.to;
                    return Err(HandoverError::Promised { uuid, to });
                }
                None => {}
            }
            let body = own.files().bodies().read(target)?;
            let (salt, _) = body.ok_or(EditError::Gone(uuid))?;
            let transfer = Transfer::Give {
                to,
                url: url.to_owned(),
                listing: Some(commitment(&salt, uuid)),
            };
            deeds.push(Deed::HandOver {
                target: Some(target),
                transfer,
            });
        }
        Ok(deeds)
    }

    /// Takes over what another node, or a network in its place, has handed over to us. What is private
    /// about a listing stays where it is.
    pub async fn take_over(&self, which: Which, from: Nid) -> Result<HandedOver, HandoverError> {
        let own = self.identity();
        if from == own.nid {
            return Err(HandoverError::Ourselves);
        }
        let feed = self.feeds.feed(from);
        let feed = feed.ok_or(HandoverError::UnknownNode(from))?;
        self.finish_taking(&feed).await?;
        let (takings, left) = self.takings(&feed, &which).await?;
        let mut done = HandedOver { listings: 0, left };
        for part in takings.chunks(TOGETHER) {
            let puts = part.iter().map(|taking| Deed::Put {
                target: None,
                salt: self.clock.random(),
                body: taking.body.clone(),
            });
            let answers = self.log.append_all(puts.collect()).await?;
            let mut words = Vec::with_capacity(part.len());
            for (taking, answer) in part.iter().zip(answers) {
                words.push(took(&feed, taking.entry, answer?));
            }
            // The listings first: were the other way round cut in between, they would be nowhere.
            for answer in self.log.append_all(words).await? {
                let index = answer?;
                done.listings += 1;
                self.seen(own.origin, index).await;
            }
        }
        Ok(done)
    }

    /// What is ours already, and not yet said to be: a crash came in between.
    async fn finish_taking(&self, feed: &Feed) -> Result<(), HandoverError> {
        let own = self.feeds.own();
        let said = own.follower().transfers().clone();
        let origin = feed.identity.origin;
        let said: BTreeSet<Index> = said
            .taken
            .iter()
            .filter(|taken| taken.from == origin)
            .map(|taken| taken.entry)
            .collect();
        let living = living_of(feed);
        let mut words = Vec::new();
        for entry in living.into_iter().filter(|entry| !said.contains(entry)) {
            let Some((_, body)) = read(feed, entry)? else {
                continue;
            };
            if let Looked::Here(shown) = self.view.settled(body.uuid, &self.clock).await?
                && shown.origin.nid == own.nid()
                && shown
                    .handed
                    .last()
                    .is_some_and(|step| step.from == feed.nid())
            {
                words.push(took(feed, entry, shown.index));
            }
        }
        for answer in self.log.append_all(words).await? {
            answer?;
        }
        Ok(())
    }

    /// What of this feed is ours to take, as it will stand in our log.
    async fn takings(
        &self,
        feed: &Feed,
        which: &Which,
    ) -> Result<(Vec<Taking>, Vec<(Uuid, String)>), HandoverError> {
        let (own, from) = (self.identity().nid, feed.nid());
        let transfers = feed.follower().transfers().clone();
        let network = self.handovers().ended_by(from, own);
        let given = transfers.given.iter().any(|given| given.to == own);
        if !given && network.is_none() {
            return Err(HandoverError::NothingGiven(from));
        }
        let (mut takings, mut left) = (Vec::new(), Vec::new());
        for entry in living_of(feed) {
            let Some((salt, body)) = read(feed, entry)? else {
                continue;
            };
            let uuid = body.uuid;
            let is_meant = match which {
                Which::All => true,
                Which::These(uuids) => uuids.contains(&uuid),
            };
            let by = word_for(&transfers, own, entry, salt, network);
            let (true, Some(by)) = (is_meant, by) else {
                continue;
            };
            // Only what the view shows from there is theirs to give.
            match self.view.settled(uuid, &self.clock).await? {
                Looked::Here(shown)
                    if shown.origin == feed.identity.origin && shown.index == entry => {}
                Looked::Here(shown) if shown.origin.nid == own => continue,
                _ => {
                    left.push((uuid, "it is not shown here as theirs".to_owned()));
                    continue;
                }
            }
            match self.body_taken(&body, from, by) {
                Ok(body) => takings.push(Taking { entry, uuid, body }),
                Err(reason) => left.push((uuid, reason)),
            }
        }
        if let Which::These(uuids) = which {
            let met = |uuid: &&Uuid| {
                let taken = takings.iter().any(|taking| taking.uuid == **uuid);
                taken || left.iter().any(|(left, _)| left == *uuid)
            };
            let missed: Vec<Uuid> = uuids.iter().filter(|uuid| !met(uuid)).copied().collect();
            let reason = "it is not among what was handed over, or it is ours already";
            left.extend(missed.into_iter().map(|uuid| (uuid, reason.to_owned())));
        }
        Ok((takings, left))
    }

    fn body_taken(&self, body: &Body, from: Nid, by: Word) -> Result<Vec<u8>, String> {
        let on = self.clock.now().to_zoned(TimeZone::UTC).date();
        let mut handed = body.handed.clone();
        handed.push(Handed { from, by, on });
        if handed.len() > HANDS_MAX {
            return Err(format!("it came through {HANDS_MAX} hands already"));
        }
        let written = body_of_handed(&body.minted, &handed, &body.listing);
        written.map_err(|error| error.to_string())
    }

    /// What all known logs say of hand-overs.
    fn handovers(&self) -> Handovers {
        let feeds = self.feeds.all();
        let said: Vec<_> = feeds
            .iter()
            .map(|feed| {
                (
                    feed.identity.origin,
                    feed.rosters(),
                    feed.follower().transfers().clone(),
                )
            })
            .collect();
        let said = said.iter();
        Handovers::of(said.map(|(origin, rosters, transfers)| (*origin, rosters, transfers)))
    }

    /// To whom we have promised a listing that stands at this entry of ours.
    pub(super) fn promised(&self, entry: Index) -> Option<Nid> {
        let own = self.feeds.own();
        let follower = own.follower();
        follower.transfers().promised(entry).map(|given| given.to)
    }
}

fn living_of(feed: &Feed) -> Vec<Index> {
    let follower = feed.follower();
    let living = follower.living();
    living.between(0, follower.size().0).collect()
}

fn read(feed: &Feed, entry: Index) -> Result<Option<([u8; 32], Body)>, DiskError> {
    let body = feed.files().bodies().read(entry)?;
    // What nobody can read is shown nowhere, so there is nothing to take.
    Ok(body.and_then(|(salt, bytes)| {
        let body = Body::read(&bytes, Taxonomy::standard()).ok()?;
        Some((salt, body))
    }))
}

/// By whose word an entry is ours to take; what was stated first counts most.
fn word_for(
    transfers: &Transfers,
    own: Nid,
    entry: Index,
    salt: [u8; 32],
    network: Option<Nid>,
) -> Option<Word> {
    match transfers.promised(entry) {
        Some(given) if given.to == own && given.target.is_some() => Some(Word::One { salt }),
        Some(given) if given.to == own => Some(Word::All),
        _ => network.map(Word::Network),
    }
}

fn took(feed: &Feed, entry: Index, target: Index) -> Deed {
    let from = feed.identity.origin;
    Deed::HandOver {
        target: Some(target),
        transfer: Transfer::Take { from, entry },
    }
}
