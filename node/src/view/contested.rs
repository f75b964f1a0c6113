//! Of which listings is the latest entry of the node that minted them not the whole answer?

use std::collections::{BTreeMap, BTreeSet, HashMap};

use clearinghouse_protocol::feed::handed::Handed;
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use uuid::Uuid;

use super::placed::Placed;

/// What staff hide from the view of this node; it goes nowhere else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Listings.
    pub listings: BTreeSet<Uuid>,
    /// Nodes with all that they state.
    pub nodes: BTreeSet<Nid>,
}

impl Hidden {
    pub(super) fn hides(&self, uuid: Uuid, nid: Nid) -> bool {
        self.listings.contains(&uuid) || self.nodes.contains(&nid)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.listings.is_empty() && self.nodes.is_empty()
    }
}

/// What one entry claims.
#[derive(Debug, Clone)]
pub(super) struct Stated {
    pub(super) origin: Origin,
    pub(super) minter: Nid,
    pub(super) handed: Vec<Handed>,
}

/// The listings for which the latest entry of the node that minted them is not the whole answer, with
/// every entry in force that states them: by the short id of its feed and its index.
///
/// It is built from what the database set aside, the first time that it is needed.
#[derive(Debug, Default)]
pub(super) struct Contested {
    pub(super) claims: BTreeMap<Uuid, BTreeMap<(u32, u64), Stated>>,
    pub(super) places: HashMap<(u32, u64), Uuid>,
}

impl Contested {
    pub(super) fn add(&mut self, place: &Placed) {
        let at = (place.pointer.feed, place.pointer.index);
        let stated = Stated {
            origin: place.origin,
            minter: place.minter,
            handed: place.handed.clone(),
        };
        self.places.insert(at, place.uuid);
        self.claims
            .entry(place.uuid)
            .or_default()
            .insert(at, stated);
    }

    pub(super) fn end(&mut self, at: (u32, u64)) -> Option<Uuid> {
        let uuid = self.places.remove(&at)?;
        if let Some(claims) = self.claims.get_mut(&uuid) {
            claims.remove(&at);
        }
        Some(uuid)
    }
}
