//! How does a follower hear of a new checkpoint at once?
//!
//! Server-sent events (HTML Living Standard, section 9.2). An event is news, not a promise: whoever
//! misses one finds the same note under `checkpoint`.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderName;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use clearinghouse_protocol::feed::origin::Nid;
use futures_util::stream::Stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::Shelf;
use crate::http::error::ApiError;

/// After so much silence a comment is sent: followers take a minute of it for a broken line.
const STILL_HERE: Duration = Duration::from_secs(20);

/// When a client for whom there was no place should ask again.
const RETRY_S: u32 = 60;

/// Answers with the current checkpoint of every feed kept here, and then with each new one.
pub(super) async fn events(State(app): State<Shelf>) -> Result<Response, ApiError> {
    let place = app.event_places.clone().try_acquire_owned();
    let place = place.map_err(|_| ApiError::Busy {
        retry_after_s: RETRY_S,
    })?;
    // nginx would otherwise hold events back until it has a page of them.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), "no");
    Ok(([unbuffered], Sse::new(stream(app, place))).into_response())
}

fn stream(
    app: Shelf,
    place: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    async_stream::stream! {
        let _place = place;
        // Before the first look, so that nothing falls in between.
        let mut news = app.feeds.listen();
        let mut due = everything(&app);
        yield Ok(Event::default().comment(""));
        loop {
            while let Some(nid) = due.pop_first() {
                if let Some(event) = checkpoint(&app, nid) {
                    yield Ok(event);
                }
                // A slow reader gets the last checkpoint of each feed once, however many there were:
                // what waits for it is a set of feeds, not a queue of notes.
                if !take_waiting(&mut news, &mut due) {
                    due = everything(&app);
                }
            }
            let heard = tokio::select! {
                biased;
                () = app.leave.cancelled() => return,
                heard = app.clock.within(STILL_HERE, news.recv()) => heard,
            };
            match heard {
                Some(Ok(nid)) => { due.insert(nid); }
                Some(Err(RecvError::Lagged(_))) => due = everything(&app),
                Some(Err(RecvError::Closed)) => return,
                None => yield Ok(Event::default().comment("")),
            }
        }
    }
}

fn everything(app: &Shelf) -> BTreeSet<Nid> {
    app.feeds.all().iter().map(|feed| feed.nid()).collect()
}

/// Moves news that wait into the set; `false` when some were missed.
fn take_waiting(news: &mut Receiver<Nid>, due: &mut BTreeSet<Nid>) -> bool {
    loop {
        match news.try_recv() {
            Ok(nid) => {
                due.insert(nid);
            }
            Err(TryRecvError::Lagged(_)) => return false,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return true,
        }
    }
}

/// The event of a feed's last checkpoint; `None` before its first.
fn checkpoint(app: &Shelf, nid: Nid) -> Option<Event> {
    let feed = app.feeds.feed(nid)?;
    let files = feed.files();
    let note = std::str::from_utf8(files.checkpoint()?).ok()?;
    Some(Event::default().event("checkpoint").data(note))
}
