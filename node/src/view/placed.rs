//! What does one verified body say of the view, before it is written?

use clearinghouse_protocol::feed::body::{Body, check_commitment};
use clearinghouse_protocol::feed::entry::{Day, Entry};
use clearinghouse_protocol::feed::handed::Handed;
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::listing::{Listing, Taxonomy};
use clearinghouse_protocol::tlog::tree::Index;
use uuid::Uuid;

use crate::feed::feeds::Feed;
use crate::store::disk::DiskError;
use crate::store::rows::Pointer;

/// From so many bodies on, several threads read them: checking a listing takes longer than indexing it.
const TOGETHER: usize = 64;

/// Why an entry is passed over whose body may still come.
pub(super) const NOT_HERE: &str = "its body is not here yet";

/// A listing, and where it stands.
pub(super) struct Placed {
    pub(super) uuid: Uuid,
    pub(super) pointer: Pointer,
    pub(super) listing: Listing,
    /// What binds its body to the entry: the same in two logs means the same listing.
    pub(super) commitment: [u8; 32],
    /// The log in which it stands.
    pub(super) origin: Origin,
    /// The node that minted its UUID.
    pub(super) minter: Nid,
    /// Through whose hands it came since.
    pub(super) handed: Vec<Handed>,
}

/// A body as it was read; the inner error is a sentence for staff.
type Read = Result<Placed, String>;

/// Reads and checks the bodies of these entries, in their order.
pub(super) fn read_all(feed: &Feed, id: u32, indexes: &[Index]) -> Result<Vec<Read>, DiskError> {
    let read_part = |part: &[Index]| part.iter().map(|index| read(feed, id, *index)).collect();
    if indexes.len() < TOGETHER {
        return read_part(indexes);
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let parts = indexes.chunks(indexes.len().div_ceil(threads));
    let parts: Vec<Result<Vec<Read>, DiskError>> = std::thread::scope(|scope| {
        let started: Vec<_> = parts
            .map(|part| scope.spawn(move || read_part(part)))
            .collect();
        started
            .into_iter()
            .map(|thread| thread.join().expect("reading a body does not panic"))
            .collect()
    });
    Ok(parts
        .into_iter()
        .collect::<Result<Vec<Vec<Read>>, DiskError>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// Reads and checks one body.
fn read(feed: &Feed, id: u32, index: Index) -> Result<Read, DiskError> {
    let (entry, body) = {
        let files = feed.files();
        (files.entry(index)?, files.bodies().read(index)?)
    };
    let Some((salt, bytes)) = body else {
        return Ok(Err(NOT_HERE.to_owned()));
    };
    let Some(entry) = entry.and_then(|entry| Entry::decode(&entry).ok()) else {
        return Ok(Err("its entry cannot be read again".to_owned()));
    };
    if let Err(error) = check_commitment(index, &entry, &salt, &bytes) {
        return Ok(Err(error.to_string()));
    }
    let body = match Body::read(&bytes, Taxonomy::standard()) {
        Ok(body) => body,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let Day(day) = entry.day;
    let places = body
        .listing
        .places()
        .iter()
        .filter_map(|place| place.coordinates());
    let points = places
        .map(|(latitude, longitude)| (latitude as f32, longitude as f32))
        .collect();
    let (origin, minter) = (feed.identity.origin, body.minted.node);
    let owner = origin.nid.to_string();
    let handed = minter != origin.nid || !body.handed.is_empty();
    let pointer = Pointer {
        feed: id,
        index: index.0,
        ordinal: 0,
        day,
        owner,
        handed,
        points,
    };
    Ok(Ok(Placed {
        uuid: body.uuid,
        pointer,
        listing: body.listing,
        commitment: entry.commitment,
        origin,
        minter,
        handed: body.handed,
    }))
}
