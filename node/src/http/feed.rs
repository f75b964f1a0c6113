//! What of the feeds kept here can others ask for?
//!
//! The same paths for our own feed and for every mirror: whoever asks verifies, so it does not matter
//! whom they ask. Only what a signed checkpoint covers is ever handed out.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::Uri;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::note::SignedNote;
use clearinghouse_protocol::tlog::proof::{ProofError, prove};
use clearinghouse_protocol::tlog::receipt::Receipt;
use clearinghouse_protocol::tlog::tile::{EntryBundle, Tile};
use clearinghouse_protocol::tlog::tree::{Index, TileHashes};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::error::ApiError;
use super::etag::tag;
use super::{App, AsItIs};
use crate::clock::Clock;
use crate::config::Config;
use crate::feed::feeds::{Feed, Feeds, Health};
use crate::feed::lease::{Lease, lease};
use crate::feed::transport::SALT_HEADER;

mod address;
mod bodies;
mod card;
mod events;

use address::{Address, LogPart, Part};

/// Bytes that never change under their path: a year, as long as caches keep anything.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// To be asked for again each time, with the tag.
const ASK_AGAIN: &str = "no-cache";

/// When to ask again for bodies whose log is about to be read.
const UNREAD_RETRY_S: u32 = 10;

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

/// What these paths need and no more: feeds are served where there is no view and nobody at a desk, too.
#[derive(Clone)]
pub struct Shelf {
    /// All feeds of this node.
    pub feeds: Arc<Feeds>,
    /// How it is configured.
    pub config: Arc<Config>,
    /// What time it is here.
    pub clock: Clock,
    /// Event streams come to an end when this is cancelled.
    pub leave: CancellationToken,
    event_places: Arc<Semaphore>,
    /// For how many days bodies of a node's feed are handed out after its last verified checkpoint.
    lease_days: Arc<dyn Fn(Nid) -> u32 + Send + Sync>,
    /// Whether our own log is known to have come no further than our disk shows.
    is_known: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Shelf {
    /// A shelf of its own, which counts its own clients.
    pub fn new(feeds: Arc<Feeds>, config: Arc<Config>, clock: Clock) -> Shelf {
        let days = config.lease_days;
        Shelf {
            event_places: super::event_places(&config),
            leave: CancellationToken::new(),
            lease_days: Arc::new(move |_| days),
            is_known: Arc::new(|| true),
            feeds,
            config,
            clock,
        }
    }
}

impl FromRef<App> for Shelf {
    fn from_ref(app: &App) -> Shelf {
        let (desk, leases) = (app.desk.clone(), app.clone());
        Shelf {
            lease_days: Arc::new(move |nid| leases.lease_days(nid)),
            is_known: Arc::new(move || {
                desk.log.is_open() && desk.healer.state().recovering.is_none()
            }),
            feeds: app.feeds.clone(),
            config: app.config.clone(),
            clock: app.clock.clone(),
            leave: app.leave.clone(),
            event_places: app.event_places.clone(),
        }
    }
}

/// The paths of this resource.
pub fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Shelf: FromRef<S>,
{
    Router::new()
        .route("/.well-known/clearinghouse", get(card::card))
        .route("/feed", get(card::feeds))
        .route("/feed/events", get(events::events))
        .route("/feed/{nid}/{*part}", get(part))
}

/// Hands out one part of a feed.
async fn part(State(app): State<Shelf>, uri: Uri) -> Result<Response, ApiError> {
    // The path as it was sent: percent-encoding would be a second spelling.
    let address = Address::read(uri.path()).ok_or(ApiError::NotFound)?;
    let nid = address.nid;
    let current = || app.feeds.feed(nid).ok_or(ApiError::NotFound);
    let (epoch, part) = match address.part {
        Part::Identity => return Ok(identity(&*current()?)),
        Part::Newest => return checkpoint(&*current()?),
        Part::Log(epoch, part) => (epoch, part),
    };
    let origin = Origin { nid, epoch };
    let Some(feed) = app.feeds.log(origin) else {
        let word = app.feeds.last_word(origin)?;
        let note = word.filter(|_| part == LogPart::Checkpoint);
        return note.map(last_checkpoint).ok_or(ApiError::NotFound);
    };
    match part {
        LogPart::Checkpoint => checkpoint(&feed),
        LogPart::Evidence => evidence(&feed),
        LogPart::Tile(named) => tile(&feed, named),
        LogPart::Entries(bundle) => on_the_side(&feed, move |feed| entries(feed, bundle)).await,
        LogPart::Proof(index) => on_the_side(&feed, move |feed| proof(feed, index)).await,
        LogPart::Bodies(number) => {
            within_lease(&app, &feed)?;
            bodies::bundle(feed, number)
        }
        LogPart::Body(index) => {
            within_lease(&app, &feed)?;
            on_the_side(&feed, move |feed| body(feed, index)).await
        }
    }
}

/// Reads from disk where a slow disk holds up nobody else.
async fn on_the_side<T: Send + 'static>(
    feed: &Arc<Feed>,
    deed: impl FnOnce(&Feed) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let feed = feed.clone();
    let done = tokio::task::spawn_blocking(move || deed(&feed)).await;
    done.unwrap_or_else(|error| Err(ApiError::internal(error)))
}

/// Whether bodies of this feed may be handed out: our own always, a mirror's only while we know what
/// was erased.
fn within_lease(app: &Shelf, feed: &Feed) -> Result<(), ApiError> {
    let (days, poll) = ((app.lease_days)(feed.nid()), app.config.poll);
    if feed.nid() == app.feeds.own().nid() {
        // A disk that was rolled back holds what was erased since; until we know, we hand out nothing.
        return (app.is_known)()
            .then_some(())
            .ok_or(ApiError::LeaseOver { days });
    }
    // Not 410: that says of one body that its log ended it, and a follower would look for the entry
    // that did. Not 404: the body may well be in force, and a follower would set it aside as lost.
    // 503 says what is true: not from us, not now; ask another, or again later.
    // A log that a later one has taken the place of is not looked at any more; the node is.
    let notes = app.feeds.feed(feed.nid()).map(|current| current.notes());
    let notes = notes.unwrap_or_else(|| feed.notes());
    match lease(&notes, days, poll, app.clock.now()) {
        Lease::Runs => Ok(()),
        Lease::Unread => Err(ApiError::Behind {
            retry_after_s: UNREAD_RETRY_S,
        }),
        Lease::Over => Err(ApiError::LeaseOver { days }),
    }
}

fn identity(feed: &Feed) -> Response {
    let chain = feed.chain();
    let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, ASK_AGAIN)];
    (headers, [(ETAG, tag(&[&chain]))], chain).into_response()
}

fn checkpoint(feed: &Feed) -> Result<Response, ApiError> {
    let note = feed.files().checkpoint().map(<[u8]>::to_vec);
    note.map(last_checkpoint).ok_or(ApiError::NotFound)
}

fn last_checkpoint(note: Vec<u8>) -> Response {
    let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, "no-store")];
    (headers, note).into_response()
}

fn evidence(feed: &Feed) -> Result<Response, ApiError> {
    let evidence = feed.evidence().ok_or(ApiError::NotFound)?.to_vec();
    let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, ASK_AGAIN)];
    Ok((headers, [(ETAG, tag(&[&evidence]))], evidence).into_response())
}

fn tile(feed: &Feed, tile: Tile) -> Result<Response, ApiError> {
    let first = tile.first().ok_or(ApiError::NotFound)?;
    let until = first.checked_add(u64::from(tile.width()));
    let until = until.ok_or(ApiError::NotFound)?;
    let hashes = feed.files().hashes(tile.level(), first..until)?;
    let hashes = hashes.ok_or(ApiError::NotFound)?;
    let headers = [(CONTENT_TYPE, BYTES), (CACHE_CONTROL, FOR_EVER)];
    // Hashes are noise: compressing them costs time and saves nothing.
    Ok((axum::Extension(AsItIs), headers, hashes).into_response())
}

fn entries(feed: &Feed, bundle: EntryBundle) -> Result<Response, ApiError> {
    let bytes = feed.files().entry_bundle(bundle.index(), bundle.width())?;
    let bytes = bytes.ok_or(ApiError::NotFound)?;
    let headers = [(CONTENT_TYPE, BYTES), (CACHE_CONTROL, FOR_EVER)];
    Ok((headers, bytes).into_response())
}

fn body(feed: &Feed, index: Index) -> Result<Response, ApiError> {
    let files = feed.files();
    // Bodies are on disk before their entries are signed for; until then there is no such entry.
    if !files.size().contains(index) {
        return Err(ApiError::NotFound);
    }
    let Some((salt, body)) = files.bodies().read(index)? else {
        let entry = files.entry(index)?.ok_or(ApiError::NotFound)?;
        drop(files);
        return Err(missing(feed, index, &entry));
    };
    let headers = [
        (CONTENT_TYPE.as_str(), "application/json".to_owned()),
        (CACHE_CONTROL.as_str(), ASK_AGAIN.to_owned()),
        (SALT_HEADER, STANDARD.encode(salt)),
    ];
    Ok((headers, [(ETAG, tag(&[&salt, &body]))], body).into_response())
}

/// Why the body of a visible entry is not here.
fn missing(feed: &Feed, index: Index, entry: &[u8]) -> ApiError {
    let has_body = Entry::decode(entry).is_ok_and(|entry| entry.kind.has_body());
    // A mirror may lack a body that is in force, because nobody handed it out; that is not the log's
    // word that it ended. What our own log lacks, it ended, unless a disk was lost; what an older log
    // lacks, a later one has.
    let lost = match feed.notes().health == Health::Own {
        true => feed.expected().contains(&index),
        false => !feed.is_retired() && feed.follower().living().contains(index),
    };
    if has_body && !lost {
        ApiError::Gone
    } else {
        ApiError::NotFound
    }
}

fn proof(feed: &Feed, index: Index) -> Result<Response, ApiError> {
    // One look at the files, so that proof and checkpoint are of one tree.
    let files = feed.files();
    let note = files.checkpoint().ok_or(ApiError::NotFound)?;
    let hashes = TileHashes(|level: u8, range: std::ops::Range<u64>| {
        let bytes = files.hashes(level, range).ok()??;
        let (hashes, _) = bytes.as_chunks::<{ Hash::BYTES }>();
        Some(hashes.iter().copied().map(Hash).collect::<Vec<Hash>>())
    });
    let proof = match prove(index, files.size(), &hashes) {
        Err(ProofError::Outside { .. }) => return Err(ApiError::NotFound),
        proof => proof.map_err(ApiError::internal)?,
    };
    let receipt = Receipt {
        extra: None,
        index,
        proof,
        checkpoint: SignedNote::parse(note).map_err(ApiError::internal)?,
    };
    let text = receipt.to_bytes();
    let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, ASK_AGAIN)];
    Ok((headers, [(ETAG, tag(&[&text]))], text).into_response())
}

#[cfg(test)]
mod tests;
