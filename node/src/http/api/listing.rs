//! What does one listing say now?

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::ASK_AGAIN;
use super::describe::ListingRefusals;
use super::said::{said, witnessed};
use super::version::tag;
use crate::http::App;
use crate::http::error::ApiError;
use crate::view::{Looked, Shown};

/// Shows one listing.
#[utoipa::path(
    get,
    path = "/api/v1/listings/{uuid}",
    tag = "listings",
    params(("uuid" = String, Path, format = "uuid", description = "The listing's id")),
    responses(
        (status = 200, description = "The listing", body = ref("#/components/schemas/ListingFound"),
            headers(("ETag", description = "the version: `\"<epoch>-<index>\"`"))),
        (status = 304, description = "The version that the header `if-none-match` names"),
        ListingRefusals
    )
)]
pub(super) async fn listing(
    State(app): State<App>,
    address: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let uuid = uuid_of(address)?;
    let shown = look(&app, uuid).await?;
    Ok(answer(&app, &shown))
}

/// The listing that an address names.
pub(in crate::http) fn uuid_of(
    address: Result<Path<String>, PathRejection>,
) -> Result<Uuid, ApiError> {
    const HYPHENATED: usize = 36;
    let Ok(Path(text)) = address else {
        return Err(ApiError::NotFound);
    };
    // RFC 9562, section 4: with hyphens and nothing around it; letters of either case are read.
    let uuid = Uuid::parse_str(&text).ok();
    uuid.filter(|_| text.len() == HYPHENATED)
        .ok_or(ApiError::NotFound)
}

/// The listing if it is shown.
pub(super) async fn look(app: &App, uuid: Uuid) -> Result<Shown, ApiError> {
    match app.desk.view.settled(uuid, &app.clock).await? {
        Looked::Here(shown) => Ok(*shown),
        Looked::Gone(_) => Err(ApiError::Gone),
        Looked::Hidden => Err(ApiError::Hidden),
        Looked::Unknown => Err(ApiError::NotFound),
    }
}

/// The answer that shows a listing with its version.
pub(super) fn answer(app: &App, shown: &Shown) -> Response {
    let version = tag(shown.origin, shown.index);
    let headers = [
        (CACHE_CONTROL, ASK_AGAIN.parse().expect("a header's text")),
        (ETAG, version),
    ];
    let mut said = said(app, shown, None);
    said["witnessed"] = witnessed(app, shown);
    (headers, Json(said)).into_response()
}
