//! What an import adds to the listings we hold, what it revises and what it no longer names.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use serde_json::Value;
use uuid::Uuid;

use super::import::Sound;
use crate::listing::{Listing, Taxonomy};

/// What follows from comparing an import with what we hold.
#[derive(Debug, Default)]
pub struct Plan {
    /// Listings of rows that we do not hold yet, in the order of the file.
    pub add: Vec<(String, Listing)>,
    /// Listings whose content changed, in the order of the file.
    pub revise: Vec<Revision>,
    /// Listings that need no entry: only their spelling in the file may have changed.
    pub unchanged: Vec<Uuid>,
    /// Listings whose row is in the file but not sound now: left as they are.
    pub held: Vec<(Uuid, String)>,
    /// Listings that the file no longer names: removals to propose to a person, by identifier.
    pub missing: Vec<(Uuid, String)>,
    /// Listings with an identifier that an earlier UUID has too: left as they are, told to staff.
    pub doubled: Vec<(Uuid, String)>,
    /// Listings of this source that we hold.
    pub current: usize,
    /// Rows of the file, sound or held.
    pub incoming: usize,
}

/// New content for a listing that we hold.
#[derive(Debug)]
pub struct Revision {
    /// The listing.
    pub uuid: Uuid,
    /// Its identifier within the source.
    pub id: String,
    /// What it says now.
    pub listing: Listing,
}

/// Why the removals of a plan are not carried out as they are.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RemovalsRefused {
    /// The file names nothing at all, so it says nothing about what has gone.
    #[error("the file holds no rows: nothing is removed")]
    EmptyFile,
    /// More of the source's listings are missing than would go in the ordinary way.
    #[error(
        "{missing} of {current} listings are missing, more than a third: say --accept-removals {missing} if this is right"
    )]
    TooMany {
        /// Listings that would be removed.
        missing: usize,
        /// Listings of the source that we hold.
        current: usize,
    },
    /// The number that was accepted is not the number that is missing.
    #[error("{accepted} removals were accepted, {missing} listings are missing")]
    OtherNumber {
        /// What the person accepted.
        accepted: usize,
        /// Listings that would be removed.
        missing: usize,
    },
}

/// Compares an import with the listings we hold. Rows are matched by the identifier that a listing
/// carries for `source`; listings of other sources are not touched. `current` may hold any
/// listings, in any order.
pub fn plan(
    current: &[(Uuid, &Listing)],
    incoming: Vec<(String, Listing)>,
    held: &BTreeSet<String>,
    source: &str,
) -> Plan {
    let mut plan = Plan::default();
    let mut known: BTreeMap<String, (Uuid, &Listing)> = BTreeMap::new();
    let mut ordered: Vec<&(Uuid, &Listing)> = current.iter().collect();
    ordered.sort_by_key(|(uuid, _)| *uuid);
    for (uuid, listing) in ordered {
        let Some(id) = identifier(listing, source) else {
            continue;
        };
        plan.current += 1;
        match known.entry(id) {
            Entry::Occupied(first) => plan.doubled.push((*uuid, first.key().clone())),
            Entry::Vacant(free) => drop(free.insert((*uuid, listing))),
        }
    }
    plan.incoming = incoming.len() + held.len();
    for (id, listing) in incoming {
        match known.remove(&id) {
            None => plan.add.push((id, listing)),
            Some((uuid, old)) if same_content(old, &listing) => plan.unchanged.push(uuid),
            Some((uuid, old)) => {
                let listing = with_ours(old, listing);
                plan.revise.push(Revision { uuid, id, listing });
            }
        }
    }
    for (id, (uuid, _)) in known {
        let list = if held.contains(&id) {
            &mut plan.held
        } else {
            &mut plan.missing
        };
        list.push((uuid, id));
    }
    plan
}

impl Plan {
    /// The plan for a checked import.
    pub fn of(current: &[(Uuid, &Listing)], sound: Sound, source: &str) -> Plan {
        let incoming = sound
            .listings
            .into_iter()
            .map(|one| (one.id, one.listing))
            .collect();
        plan(current, incoming, &sound.held, source)
    }

    /// Whether the missing listings may be removed, once a person has said yes. `accepted` is the
    /// exact number that the person accepted, where one was given: it must be right in any case,
    /// and it is needed where more than a third of the source's listings are missing. A file
    /// without rows removes nothing, whatever was accepted.
    ///
    /// # Errors
    /// The reason why not.
    pub fn removals_plausible(&self, accepted: Option<usize>) -> Result<(), RemovalsRefused> {
        let (missing, current) = (self.missing.len(), self.current);
        match accepted {
            _ if missing == 0 => Ok(()),
            _ if self.incoming == 0 => Err(RemovalsRefused::EmptyFile),
            Some(accepted) if accepted != missing => {
                Err(RemovalsRefused::OtherNumber { accepted, missing })
            }
            Some(_) => Ok(()),
            None if missing * 3 > current => Err(RemovalsRefused::TooMany { missing, current }),
            None => Ok(()),
        }
    }
}

fn identifier(listing: &Listing, source: &str) -> Option<String> {
    let ours = listing
        .identifiers()
        .iter()
        .find(|one| one.system() == source)?;
    Some(ours.id().to_string())
}

/// Fields that a centre adds to an imported listing and that no foreign list contradicts by not
/// having them. They keep a sensitive group from being named where it should not be.
const OURS: [&str; 2] = ["neutral_title", "sensitive"];

/// True if the two say the same, apart from what a centre has added to the old one.
fn same_content(old: &Listing, new: &Listing) -> bool {
    let (mut old, mut new) = (old.to_value(), new.to_value());
    if let (Some(old), Some(new)) = (old.as_object_mut(), new.as_object_mut()) {
        for field in OURS.iter().chain(&["confirmed"]) {
            if !new.contains_key(*field) {
                old.shift_remove(*field);
            }
        }
        // Other systems' identifiers stay with us; this source's own one is how we got here.
        old.shift_remove("identifiers");
        new.shift_remove("identifiers");
    }
    old == new
}

/// The new content with what the centre had added to the old one. A confirmation is not carried
/// over: what was confirmed is no longer what the listing says.
fn with_ours(old: &Listing, new: Listing) -> Listing {
    let (before, mut after) = (old.to_value(), new.to_value());
    let Some(object) = after.as_object_mut() else {
        return new;
    };
    for field in OURS {
        if let (None, Some(value)) = (object.get(field), before.get(field)) {
            object.insert(field.to_string(), value.clone());
        }
    }
    let known: Vec<Value> = object
        .get("identifiers")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let system = |one: &Value| {
        one.get("system")
            .and_then(Value::as_str)
            .map(str::to_string)
    };
    let systems: Vec<Option<String>> = known.iter().map(system).collect();
    let others = before
        .get("identifiers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut all = known.clone();
    all.extend(
        others
            .filter(|one| !systems.contains(&system(one)))
            .cloned(),
    );
    object.insert("identifiers".to_string(), Value::Array(all));
    Listing::from_value(&after, Taxonomy::standard()).unwrap_or(new)
}
