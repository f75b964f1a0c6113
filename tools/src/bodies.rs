//! Are the bodies that a node serves those that its log committed to?

use std::sync::Arc;

use bytes::Bytes;
use clearinghouse_protocol::feed::body::{Body, BodyError, Framed, check_commitment, read_bundle};
use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::feed::handover::Handovers;
use clearinghouse_protocol::feed::merge;
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::listing::Taxonomy;
use clearinghouse_protocol::tlog::tile::{bodies_path, bundle_of};
use clearinghouse_protocol::tlog::tree::{Index, Size};

use crate::failure::Failure;
use crate::source::{ServedBody, Source};

/// What is wanted of one bundle of bodies.
pub struct Wanted<'a> {
    /// Which bundle.
    pub number: u64,
    /// The entries of the bundle that are verified, with their positions.
    pub entries: &'a [(Index, &'a [u8])],
    /// Those of them whose bodies should be there, rising.
    pub living: &'a [Index],
    /// Entries in the log as far as we know.
    pub size: Size,
    /// From so many on the bundle is fetched, below each body by itself.
    pub bundle_from: usize,
}

/// What came of one bundle of bodies.
#[derive(Debug, Default)]
pub struct Bodies {
    /// Bodies that are what their entries commit to.
    pub sound: Vec<(Index, Bytes)>,
    /// Bodies of which the server says that they were replaced or erased in the meantime.
    pub gone: Vec<Index>,
    /// Bodies that are not handed out.
    pub missing: Vec<Index>,
    /// Bodies that are still served although their entry is no longer in force.
    pub overstayed: u64,
    /// The last entry after those we know of which a body is served.
    pub beyond: Option<Index>,
}

/// Fetches the wanted bodies and holds every one that is served against its entry.
///
/// # Errors
/// [`Failure`] if nobody answers or a body is not what was committed to.
pub async fn fetch(source: &Arc<Source>, wanted: &Wanted<'_>) -> Result<Bodies, Failure> {
    let mut bodies = Bodies::default();
    if wanted.living.len() >= wanted.bundle_from {
        let bundle = source.bodies(wanted.number).await?;
        let path = || bodies_path(wanted.number);
        let framed = read_bundle(wanted.number, &bundle).map_err(|fault| refused(path(), fault))?;
        for framed in framed {
            sort_in(&mut bodies, wanted, &bundle, framed).map_err(|e| refused(path(), e))?;
        }
    }
    for index in absent(&bodies, wanted) {
        match source.body(index).await? {
            ServedBody::Gone => bodies.gone.push(index),
            ServedBody::Missing => bodies.missing.push(index),
            ServedBody::Here(salt, body) => {
                check(wanted, index, &salt, &body)
                    .map_err(|fault| refused(format!("body/{index}"), fault))?;
                bodies.sound.push((index, body));
            }
        }
    }
    bodies.sound.sort_by_key(|(index, _)| *index);
    Ok(bodies)
}

/// What the bundle did not bring. Both sides rise, so one pass finds it.
fn absent(bodies: &Bodies, wanted: &Wanted<'_>) -> Vec<Index> {
    let mut here = bodies.sound.iter().map(|(index, _)| *index).peekable();
    let living = wanted.living.iter().copied();
    living
        .filter(|index| here.next_if_eq(index).is_none())
        .collect()
}

fn sort_in(
    bodies: &mut Bodies,
    wanted: &Wanted<'_>,
    bundle: &Bytes,
    framed: Framed<'_>,
) -> Result<(), BodyError> {
    let index = framed.index;
    if !wanted.size.contains(index) {
        bodies.beyond = Some(index);
        return Ok(());
    }
    check(wanted, index, framed.salt, framed.body)?;
    if wanted.living.binary_search(&index).is_ok() {
        bodies.sound.push((index, bundle.slice_ref(framed.body)));
    } else {
        bodies.overstayed += 1;
    }
    Ok(())
}

fn check(wanted: &Wanted<'_>, index: Index, salt: &[u8; 32], body: &[u8]) -> Result<(), BodyError> {
    let place = index.0 - wanted.entries.first().map_or(0, |(first, _)| first.0);
    let entry = wanted.entries.get(place as usize);
    debug_assert_eq!(bundle_of(index), wanted.number);
    let entry = entry.and_then(|(_, bytes)| Entry::decode(bytes).ok());
    let entry = entry.ok_or(BodyError::Commitment { index })?;
    check_commitment(index, &entry, salt, body)
}

/// Reads a body that was checked, or says why it is set aside: its author made it so.
///
/// # Errors
/// The reason, as text for people.
pub fn read(origin: Origin, bytes: &[u8]) -> Result<Body, String> {
    let body = Body::read(bytes, Taxonomy::standard()).map_err(|fault| fault.to_string())?;
    // One log alone does not tell what was handed over to its node; what says so is taken at its word.
    if body.handed.is_empty() {
        let accepted = merge::accept(origin, &body, &Handovers::default());
        accepted.map_err(|foreign| foreign.to_string())?;
    }
    Ok(body)
}

fn refused(path: String, source: BodyError) -> Failure {
    Failure::Body { path, source }
}
