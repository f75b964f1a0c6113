//! Which places can somebody look near to?

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, VARY};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::aside;
use super::asking::{PLACE_CHARACTERS_MAX, named};
use super::describe::PlaceRefusals;
use super::parameters::Parameters;
use crate::http::App;
use crate::http::error::ApiError;
use crate::view::places::{Place, Places};
use crate::words::preferred;

/// Places that may be meant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacesAnswer)]
pub(super) struct Answer {
    /// The likeliest first; at most six.
    items: Vec<Suggested>,
    /// How many there are.
    total: usize,
}

/// One place that may be meant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlaceSuggested)]
struct Suggested {
    /// What to send as `near`, in the language of the request.
    #[schema(example = "Kingston, ON")]
    near: String,
    /// Its English name.
    name_en: String,
    /// Its French name.
    name_fr: String,
    /// Two letters of its province or territory.
    province: String,
    /// In degrees north.
    latitude: f64,
    /// In degrees east.
    longitude: f64,
    /// How many people live there, rounded; 0 if unknown.
    population: u32,
    /// About how far it reaches from its middle, in km.
    approx_km: f32,
}

/// Suggests places by the beginning of a name, a near spelling or a postal code.
#[utoipa::path(
    get,
    path = "/api/v1/places",
    tag = "listings",
    params(("q" = String, Query, description = "At least three letters, or a postal code's first three characters")),
    responses((status = 200, description = "Places, likeliest first", body = Answer), PlaceRefusals)
)]
pub(super) async fn places(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let lang = preferred(&headers, app.lang());
    let mut given = Parameters::read(raw.as_deref(), &["q"]);
    let wanted = given.one("q", PLACE_CHARACTERS_MAX).unwrap_or_default();
    given.finish()?;
    // Comparing with every name takes some milliseconds.
    let places = aside(&app, move |_| Ok(likely(&wanted))).await?;
    let items: Vec<Suggested> = places
        .into_iter()
        .map(|place| Suggested {
            near: named(&place, lang),
            name_en: place.name_en,
            name_fr: place.name_fr,
            province: place.province,
            latitude: place.latitude,
            longitude: place.longitude,
            population: place.population,
            approx_km: place.approx_km,
        })
        .collect();
    let answer = Answer {
        total: items.len(),
        items,
    };
    // Nobody in between keeps where somebody looks.
    let headers = [
        (CACHE_CONTROL, "private, max-age=3600"),
        (VARY, ACCEPT_LANGUAGE.as_str()),
    ];
    Ok((headers, Json(answer)).into_response())
}

fn likely(wanted: &str) -> Vec<Place> {
    let known = Places::standard();
    let mut places: Vec<Place> = known.find(wanted).into_iter().collect();
    for place in known.suggest(wanted) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}
