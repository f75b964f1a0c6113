//! Which listings answer a question?

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, ETAG, VARY};
use axum::response::{IntoResponse, Response};
use clearinghouse_protocol::listing::{Lang, Taxonomy};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::ASK_AGAIN;
use super::asking::Asked;
use super::cursor::Cursor;
use super::describe::{SearchParameters, SearchRefusals, listings_found};
use super::said::{names, said};
use crate::http::App;
use crate::http::error::ApiError;
use crate::http::etag::{held, tag};
use crate::view::search::{Facet, Facets};
use crate::words::preferred;

/// Values of one facet that are counted out, the most frequent ones.
const FACET_VALUES_MAX: usize = 200;

/// An answer is good for this long at most: the next meeting of a listing begins on some minute.
const MINUTE_S: i64 = 60;

/// Listings that answer a question.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListingsAnswer)]
pub(super) struct Answer {
    /// The best of them, or those after the cursor.
    #[schema(schema_with = listings_found)]
    items: Vec<Value>,
    /// How many there are altogether.
    total: u64,
    /// For each facet its values, the most frequent first. A facet by which the question narrows is
    /// counted as if it did not.
    facets: BTreeMap<&'static str, Vec<Counted>>,
    /// The cursor behind the last one; `null`: there is no more to show.
    next: Option<String>,
}

/// One value of a facet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FacetValue)]
struct Counted {
    /// As the parameter of the facet's name takes it.
    value: String,
    /// What people call it, by language tag; only for concerns and centres.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    label: Option<Value>,
    /// How many of the listings have it.
    count: u64,
}

/// Finds listings by words, choices and distance.
#[utoipa::path(
    get,
    path = "/api/v1/listings",
    tag = "listings",
    params(SearchParameters),
    responses(
        (status = 200, description = "Listings, best first", body = Answer,
            headers(("ETag", description = "changes with the answer"))),
        SearchRefusals
    )
)]
pub(super) async fn search(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let lang = preferred(&headers, app.lang());
    let asked = Asked::read(raw.as_deref(), lang)?;
    let (view, now) = (&app.desk.view, app.clock.now());
    // Read before the search: were the view to change in between, the tag is too old, never too new.
    let tag = tag(&[
        &view.generation().to_be_bytes(),
        &view.last_change().to_be_bytes(),
        &now.as_second().div_euclid(MINUTE_S).to_be_bytes(),
        &asked.essence,
        &asked.query.offset.to_be_bytes(),
        &asked.query.limit.to_be_bytes(),
    ]);
    let told = [
        (CACHE_CONTROL, ASK_AGAIN.parse().expect("a header's text")),
        (VARY, ACCEPT_LANGUAGE.into()),
        (ETAG, tag.clone()),
    ];
    if held(&headers, &tag) {
        return Ok(told.into_response());
    }
    let answer = answer(&app, asked).await?;
    Ok((told, Json(answer)).into_response())
}

async fn answer(app: &App, asked: Asked) -> Result<Answer, ApiError> {
    let view = &app.desk.view;
    let Asked {
        query,
        near,
        essence,
    } = asked;
    let offset = query.offset;
    let near = near.map(|(place, km)| view.within(place.latitude, place.longitude, km));
    let (found, shown) = view.search(query, near, &app.clock).await?;
    let distances: HashMap<_, _> = found.hits.iter().map(|hit| (hit.uuid, hit.km)).collect();
    let items = shown
        .iter()
        .map(|shown| said(app, shown, distances.get(&shown.uuid).copied().flatten()))
        .collect();
    let reached = offset + found.hits.len();
    let more = !found.hits.is_empty() && (reached as u64) < found.total;
    let next = Cursor::at(reached).filter(|_| more);
    Ok(Answer {
        items,
        total: found.total,
        facets: counted(app, &found.facets),
        next: next.map(|cursor| cursor.write(&essence)),
    })
}

fn counted(app: &App, facets: &Facets) -> BTreeMap<&'static str, Vec<Counted>> {
    let count = |facet: Facet| {
        let values = facets.of(facet).iter().take(FACET_VALUES_MAX);
        let values = values.map(|(value, count)| Counted {
            value: value.clone(),
            label: label(app, facet, value),
            count: *count,
        });
        (name(facet), values.collect())
    };
    Facet::ALL.into_iter().map(count).collect()
}

fn label(app: &App, facet: Facet, value: &str) -> Option<Value> {
    match facet {
        Facet::Concern => {
            let term = Taxonomy::standard().term(value)?;
            Some(json!({ "en": term.label(Lang::En), "fr": term.label(Lang::Fr) }))
        }
        Facet::Centre => Some(names(app, value.parse().ok()?)),
        Facet::Kind
        | Facet::Way
        | Facet::Day
        | Facet::Openness
        | Facet::ForWhom
        | Facet::Accessibility
        | Facet::Language => None,
    }
}

/// The name of a facet: that of the parameter which narrows by it.
fn name(facet: Facet) -> &'static str {
    match facet {
        Facet::Concern => "concern",
        Facet::Kind => "kind",
        Facet::Way => "way",
        Facet::Day => "day",
        Facet::Openness => "openness",
        Facet::ForWhom => "for_whom",
        Facet::Accessibility => "accessibility",
        Facet::Centre => "centre",
        Facet::Language => "language",
    }
}
