//! How does somebody hear of changes as they happen?
//!
//! Server-sent events (HTML Living Standard, section 9.2). What waits for a slow reader is a number,
//! not a queue: the next page is read when the last one was taken.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::Stream;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;

use super::{Change, aside, generation, page};
use crate::http::App;
use crate::http::error::ApiError;

/// After so much silence a comment is sent, so that both sides see a broken line.
const STILL_HERE: Duration = Duration::from_secs(20);

/// When a client for whom there was no place should ask again.
const RETRY_S: u32 = 60;

/// Changes that are read at once.
const PAGE: usize = 50;

/// Where a client says that its stream was broken off.
pub(super) fn resumed(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// Answers with every change after a number, and then with each new one.
pub(super) fn answer(app: App, after: u64) -> Result<Response, ApiError> {
    let place = app.event_places.clone().try_acquire_owned();
    let place = place.map_err(|_| ApiError::Busy {
        retry_after_s: RETRY_S,
    })?;
    // nginx would otherwise hold events back until it has a page of them.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), "no");
    Ok(([unbuffered], Sse::new(stream(app, after, place))).into_response())
}

fn stream(
    app: App,
    after: u64,
    place: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    async_stream::stream! {
        let _place = place;
        // Before the first look, so that nothing falls in between.
        let mut steps = app.desk.view.steps();
        let last = app.desk.view.last_change();
        // A number that was never counted is of another generation: begin anew.
        let mut after = if after > last { 0 } else { after };
        let about = json!({ "generation": generation(&app), "last": last });
        yield Ok(Event::default().event("generation").data(about.to_string()));
        loop {
            steps.mark_unchanged();
            loop {
                let read = aside(&app, move |app| page(app, after, PAGE)).await;
                let Ok((changes, reached)) = read else {
                    // The view cannot be read; whoever comes again sees whether that has passed.
                    return;
                };
                if reached == after {
                    break;
                }
                after = reached;
                for change in changes {
                    yield Ok(event(&change));
                }
                if app.leave.is_cancelled() {
                    return;
                }
            }
            let heard = tokio::select! {
                () = app.leave.cancelled() => return,
                heard = app.clock.within(STILL_HERE, steps.changed()) => heard,
            };
            match heard {
                Some(Ok(())) => {}
                Some(Err(_)) => return,
                None => yield Ok(Event::default().comment("")),
            }
        }
    }
}

fn event(change: &Change) -> Event {
    let text = serde_json::to_string(change).expect("texts and numbers make JSON");
    Event::default()
        .event("change")
        .id(change.number.to_string())
        .data(text)
}
