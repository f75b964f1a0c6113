//! What changed since somebody last asked?

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, VARY};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::describe::{ChangeRefusals, listing_now};
use super::parameters::Parameters;
use super::said::{date, said};
use super::{ASK_AGAIN, aside};
use crate::http::App;
use crate::http::error::ApiError;

/// The same as it happens.
mod stream;

/// Changes of one answer when nobody says how many, and at most.
const LIMIT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// What changed after a number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangesAnswer)]
pub(super) struct Answer {
    /// By which count the numbers go. With another one than before, forget what you hold and begin
    /// again after 0.
    generation: String,
    /// In the order of their numbers; of each listing only its latest change.
    changes: Vec<Change>,
    /// The number to ask after next time. Nothing came after it when there are no changes.
    next: u64,
}

/// The latest change of one listing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Change {
    /// Counts up within one generation.
    number: u64,
    /// The listing's id.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// What became of it.
    change: Became,
    /// The day that its entry names.
    #[schema(example = "2026-11-02")]
    day: Option<String>,
    /// The listing as it is now, unless it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = listing_now)]
    listing: Option<Value>,
}

/// What became of a listing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Became {
    /// It is there, new or revised.
    Put,
    /// It is gone.
    Removed,
}

/// Tells what changed, as one answer or, with `accept: text/event-stream`, as it happens.
#[utoipa::path(
    get,
    path = "/api/v1/changes",
    tag = "changes",
    params(
        ("after" = Option<u64>, Query, description = "Begin after this number; 0 for everything"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 1000, description = "At most so many; 100 if unsaid"),
        ("Last-Event-ID" = Option<u64>, Header, description = "Where a stream was broken off; wins over `after`")
    ),
    responses(
        (status = 200, description = "Changes; as server-sent events first one `generation`, then each \
            change as one `change` with its number as id",
            content((Answer = "application/json"), (String = "text/event-stream"))),
        ChangeRefusals
    )
)]
pub(super) async fn changes(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mut given = Parameters::read(raw.as_deref(), &["after", "limit"]);
    let after = given.number("after", 0..=u64::MAX).unwrap_or(0);
    let limit = given.number("limit", 1..=LIMIT_MAX).unwrap_or(LIMIT);
    given.finish()?;
    if wants_events(&headers) {
        return stream::answer(app, stream::resumed(&headers).unwrap_or(after));
    }
    let (changes, next) = aside(&app, move |app| page(app, after, limit)).await?;
    let answer = Answer {
        generation: generation(&app),
        changes,
        next,
    };
    let headers = [(CACHE_CONTROL, ASK_AGAIN), (VARY, "accept")];
    Ok((headers, Json(answer)).into_response())
}

/// At most `limit` changes after a number, and the number that they lead to.
fn page(app: &App, after: u64, limit: usize) -> Result<(Vec<Change>, u64), ApiError> {
    let rows = app.desk.view.changes(after, limit)?;
    let reached = rows.last().map_or(after, |row| row.number);
    let told = rows.iter().filter_map(|row| {
        let listing = row.shown.as_ref().map(|shown| said(app, shown, None));
        let change = match (row.removed, &listing) {
            (true, _) => Became::Removed,
            (false, Some(_)) => Became::Put,
            // Replaced a moment ago: a higher number is about to say by what.
            (false, None) => return None,
        };
        Some(Change {
            number: row.number,
            id: row.uuid,
            change,
            day: date(row.day),
            listing,
        })
    });
    Ok((told.collect(), reached))
}

/// Programs that read JSON numbers as floating point would round the number that it is.
fn generation(app: &App) -> String {
    format!("{:016x}", app.desk.view.generation())
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter();
    accepted
        .filter_map(|accepted| accepted.to_str().ok())
        .any(|accepted| accepted.contains("text/event-stream"))
}
