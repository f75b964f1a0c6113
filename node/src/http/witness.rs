//! How do logs have their checkpoints cosigned here, and who can see what was cosigned?
//!
//! C2SP tlog-witness: `/witness` is both the submission prefix and the monitoring prefix.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use clearinghouse_protocol::tlog::witness::{SIZE_MEDIA_TYPE, size_text};

use super::App;
use super::api::aside;
use super::error::{ApiError, conflict};
use crate::feed::log::Hold;
use crate::feed::witness::{REQUEST_MAX_BYTES, Refused};
use crate::store::cosigned::is_origin_hash;

const TEXT: &str = "text/plain; charset=utf-8";

/// The paths of this resource.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/witness/add-checkpoint", post(add_checkpoint))
        .route("/witness/{origin}/checkpoint", get(checkpoint))
        .layer(DefaultBodyLimit::max(REQUEST_MAX_BYTES))
}

/// Cosigns a checkpoint, once the new state is on disk.
async fn add_checkpoint(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body.map_err(|_| ApiError::TooLarge)?;
    // A folder that was restored from a backup does not know what it cosigned since.
    if let Some((hold @ Hold::Recovering, _)) = app.desk.log.held() {
        return Err(ApiError::Held(hold));
    }
    aside(&app, move |app| {
        match app.desk.witness.add_checkpoint(&body) {
            Ok(lines) => {
                let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, "no-store")];
                Ok((headers, lines).into_response())
            }
            Err(Refused::Conflict { size }) => Ok(conflict(SIZE_MEDIA_TYPE, size_text(size))),
            Err(refused) => Err(refused.into()),
        }
    })
    .await
}

/// The last checkpoint of a log that was cosigned here.
async fn checkpoint(
    State(app): State<App>,
    Path(origin): Path<String>,
) -> Result<Response, ApiError> {
    if !is_origin_hash(&origin) {
        return Err(ApiError::NotFound);
    }
    aside(&app, move |app| {
        let note = app.desk.witness.last(&origin).map_err(ApiError::internal)?;
        let note = note.ok_or(ApiError::NotFound)?;
        let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, "no-store")];
        Ok((headers, note.to_bytes()).into_response())
    })
    .await
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> ApiError {
        match refused {
            Refused::Unread(_) | Refused::Backwards { .. } => ApiError::Unread(refused.to_string()),
            Refused::Unsigned => ApiError::Unsigned,
            Refused::Unknown(_) => ApiError::NotFound,
            // Answered with the size by the witness's own path; anyone else would be told this.
            Refused::Conflict { .. } | Refused::Unproven => ApiError::Unproven,
            Refused::Kept(error) => ApiError::internal(error),
        }
    }
}
