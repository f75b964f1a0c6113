//! How does a node that nobody can reach hand its feed over, by calling us, or as the one that calls?

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use clearinghouse_protocol::feed::origin::Nid;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::App;
use super::error::ApiError;
use crate::feed::push::{PushError, Pushes, Turn};

mod frames;
mod outward;

pub use outward::run;

/// Longest checkpoint that is read: one with a hundred signatures is far below it.
const NOTE_MAX_BYTES: usize = 64 * 1024;

/// Longest body of answers: one bundle of the largest bodies, or many small answers.
const ANSWERS_MAX_BYTES: usize = 17 * 1024 * 1024;

/// Memory for answers that are arriving, in mebibytes; who finds no room comes again.
const ROOM_MIB: usize = 34;

/// After how many seconds a node for which there is no room should come again.
const RETRY_S: u32 = 5;

/// What is shared by all who push.
pub struct Door {
    pushes: Pushes,
    room: Arc<Semaphore>,
}

impl Door {
    /// A door to these talks.
    pub fn new(pushes: Pushes) -> Door {
        Door {
            pushes,
            room: Arc::new(Semaphore::new(ROOM_MIB)),
        }
    }

    /// Room for a request of this length; for one that does not say, the longest.
    fn room(&self, request: &Request) -> Result<OwnedSemaphorePermit, ApiError> {
        let said = request.headers().get(CONTENT_LENGTH);
        let said = said.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let length = said.unwrap_or(ANSWERS_MAX_BYTES);
        if length > ANSWERS_MAX_BYTES {
            return Err(ApiError::TooLarge);
        }
        let mebibytes = u32::try_from(length / (1024 * 1024) + 1).unwrap_or(u32::MAX);
        let room = self.room.clone().try_acquire_many_owned(mebibytes);
        room.map_err(|_| busy())
    }
}

/// What we say to who pushes; the same text is read by [`outward`].
#[derive(Debug, Default, Serialize, Deserialize)]
struct Said {
    /// By which name to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    talk: Option<String>,
    /// What we want to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ask: Vec<Asked>,
    /// How many entries are verified: the push is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    number: u32,
    path: String,
}

/// The paths of this resource.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/push/{nid}", post(open))
        .route("/push/{nid}/{talk}", post(answer))
}

async fn open(
    State(app): State<App>,
    Path(nid): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let nid: Nid = nid.parse().map_err(|_| ApiError::NotFound)?;
    let note = read(request, NOTE_MAX_BYTES).await?;
    Ok(said(app.door.pushes.open(nid, note).await?))
}

async fn answer(
    State(app): State<App>,
    Path((nid, talk)): Path<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let nid: Nid = nid.parse().map_err(|_| ApiError::NotFound)?;
    let room = app.door.room(&request)?;
    let bytes = read(request, ANSWERS_MAX_BYTES).await?;
    let answers = frames::read(&bytes);
    let refused = || ApiError::PushRefused("the answers cannot be read".to_owned());
    let answers = answers.ok_or_else(refused)?;
    let turn = app.door.pushes.answer(nid, &talk, answers).await?;
    drop(room);
    Ok(said(turn))
}

async fn read(request: Request, max_bytes: usize) -> Result<Bytes, ApiError> {
    let body = to_bytes(request.into_body(), max_bytes).await;
    body.map_err(|_| ApiError::TooLarge)
}

fn said(turn: Turn) -> Response {
    let said = match turn {
        Turn::Done(size) => Said {
            done: Some(size.0),
            ..Said::default()
        },
        Turn::Ask { talk, questions } => Said {
            talk: Some(talk),
            ask: questions
                .into_iter()
                .map(|question| Asked {
                    number: question.number,
                    path: question.path,
                })
                .collect(),
            done: None,
        },
    };
    ([(CACHE_CONTROL, "no-store")], Json(said)).into_response()
}

fn busy() -> ApiError {
    ApiError::Busy {
        retry_after_s: RETRY_S,
    }
}

impl From<PushError> for ApiError {
    fn from(error: PushError) -> ApiError {
        match error {
            PushError::Unexpected(_) | PushError::NoTalk => ApiError::NotFound,
            PushError::Busy => busy(),
            PushError::NotTaken(reason) => ApiError::PushRefused(reason.to_string()),
        }
    }
}
