//! What can programs ask about listings, and what may they change?
//!
//! Every path is described where it is answered; [`describe`] puts the descriptions together.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use bytes::Bytes;
use clearinghouse_protocol::listing::DRAFT_BYTES_MAX;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::error::ApiError;

/// Parameters of a question.
mod parameters;

/// What somebody looks for.
pub(super) mod asking;

/// Where an answer goes on.
mod cursor;

/// What an answer says of a listing.
mod said;

/// Which version of a listing is meant.
mod version;

/// Who may write.
mod writer;

/// Finding listings.
mod search;

/// One listing.
pub(super) mod listing;

/// New, revised and erased listings.
mod write;

/// What changed.
mod changes;

/// Which centres there are.
pub(super) mod network;

/// What listings are about.
mod concerns;

/// Places that can be searched near.
mod places;

/// The description for programs.
mod describe;

/// To be asked for again each time, with the tag.
const ASK_AGAIN: &str = "no-cache";

/// What only changes with the program: an hour, so that a new version is seen the same day.
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// The paths of this resource.
pub fn routes() -> Router<App> {
    paths().split_for_parts().0
}

fn paths() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(search::search, write::create))
        .routes(routes!(listing::listing, write::revise, write::erase))
        .routes(routes!(changes::changes))
        .routes(routes!(network::network))
        .routes(routes!(network::one))
        .routes(routes!(concerns::concerns))
        .routes(routes!(places::places))
        .routes(routes!(openapi))
        .layer(DefaultBodyLimit::max(DRAFT_BYTES_MAX))
}

/// This description.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "description",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json"))
)]
async fn openapi() -> ([(HeaderName, &'static str); 2], Bytes) {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
        let (_, described) = paths().split_for_parts();
        Bytes::from(describe::document(described).to_string())
    });
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, FOR_AN_HOUR),
    ];
    (headers, DOCUMENT.clone())
}

/// Does what may wait for the disk where it holds up nobody else.
pub(super) async fn aside<T: Send + 'static>(
    app: &App,
    deed: impl FnOnce(&App) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let app = app.clone();
    let done = tokio::task::spawn_blocking(move || deed(&app)).await;
    done.unwrap_or_else(|error| Err(ApiError::internal(error)))
}

#[cfg(test)]
mod tests;
