//! How does a bundle of bodies leave the house?

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use clearinghouse_protocol::feed::body::Framed;
use clearinghouse_protocol::tlog::tile::FULL_WIDTH;
use clearinghouse_protocol::tlog::tree::{Index, Size};
use futures_util::stream::{Stream, try_unfold};

use super::{ASK_AGAIN, BYTES, on_the_side};
use crate::feed::feeds::Feed;
use crate::http::error::ApiError;
use crate::http::etag::tag;

/// Bytes read before they are sent, and one body more: a bundle can have 17 MB, and a thousand slow
/// readers must not hold one each in our memory.
const PIECE_BYTES: usize = 128 * 1024;

/// The living bodies of the entries 256·`number` to 256·`number` + 255.
pub(super) fn bundle(feed: Arc<Feed>, number: u64) -> Result<Response, ApiError> {
    let indexes = living(&feed, number).ok_or(ApiError::NotFound)?;
    // A body never changes under its index, so the indexes tell one version from another.
    let version: Vec<u8> = indexes
        .iter()
        .flat_map(|index| index.0.to_be_bytes())
        .collect();
    let origin = feed.identity.origin.to_string();
    let etag = tag(&[origin.as_bytes(), &number.to_be_bytes(), &version]);
    let headers = [(CONTENT_TYPE, BYTES), (CACHE_CONTROL, ASK_AGAIN)];
    let body = Body::from_stream(pieces(feed, indexes));
    Ok((headers, [(ETAG, etag)], body).into_response())
}

/// The entries of a bundle whose bodies are here; `None` beyond the log.
fn living(feed: &Feed, number: u64) -> Option<VecDeque<Index>> {
    let files = feed.files();
    let first = number.checked_mul(FULL_WIDTH.into())?;
    let Size(end) = files.size();
    let until = end.min(first.saturating_add(FULL_WIDTH.into()));
    // Bodies behind the last checkpoint may be on disk already; nobody signed for them yet.
    let indexes = (first..until).map(Index);
    let here = indexes.filter(|index| files.bodies().contains(*index));
    (first < end).then(|| here.collect())
}

fn pieces(
    feed: Arc<Feed>,
    indexes: VecDeque<Index>,
) -> impl Stream<Item = Result<Bytes, ApiError>> {
    try_unfold((feed, indexes), async |(feed, indexes)| {
        if indexes.is_empty() {
            return Ok(None);
        }
        let (piece, left) = on_the_side(&feed, move |feed| piece(feed, indexes))
            .await
            .inspect_err(|error| tracing::error!(%error, "a bundle of bodies was cut short"))?;
        Ok(Some((piece, (feed, left))))
    })
}

/// Frames of the next bodies, and the entries that are left.
fn piece(feed: &Feed, mut indexes: VecDeque<Index>) -> Result<(Bytes, VecDeque<Index>), ApiError> {
    let mut frames = Vec::new();
    while frames.len() < PIECE_BYTES
        && let Some(index) = indexes.pop_front()
    {
        // A body that was erased while we were sending is left out: erased is erased.
        if let Some((salt, body)) = feed.files().bodies().read(index)? {
            let (salt, body) = (&salt, body.as_slice());
            Framed { index, salt, body }.write(&mut frames);
        }
    }
    Ok((Bytes::from(frames), indexes))
}
