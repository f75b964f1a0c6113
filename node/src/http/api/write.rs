//! How do programs publish, revise and erase listings?

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody, PathRejection};
use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use clearinghouse_protocol::listing::{Draft, Taxonomy};
use serde_json::Value;
use uuid::Uuid;

use super::aside;
use super::describe::{CreateRefusals, EraseRefusals, ReviseRefusals};
use super::listing::{answer, look, uuid_of};
use super::said::OURS;
use super::version::Seen;
use super::writer::Writer;
use crate::desk::edit::{EditError, Published};
use crate::http::App;
use crate::http::error::{ApiError, BadPart, created, empty};
use crate::view::{Looked, Shown};

/// How often an erasure that does not name a version is tried when others edit at the same time.
const ERASE_TRIES: usize = 5;

/// Publishes a new listing. It is kept when the answer comes.
#[utoipa::path(
    post,
    path = "/api/v1/listings",
    tag = "writing",
    security(("token" = [])),
    request_body(content = ref("#/components/schemas/Draft"), description = "At most 64 KiB"),
    responses(
        (status = 201, description = "The listing", body = ref("#/components/schemas/ListingFound"),
            headers(("Location", description = "where it is"), ("ETag", description = "its version"))),
        CreateRefusals
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    _: Writer,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let (draft, _) = draft(body)?;
    let published = app.desk.publish(&draft).await?;
    let location = format!("/api/v1/listings/{}", published.uuid);
    let mut response = created(told(&app, published, draft).await?);
    let location = HeaderValue::try_from(location).expect("a UUID stands in a header as it is");
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// Puts a new version in place of a listing.
#[utoipa::path(
    put,
    path = "/api/v1/listings/{uuid}",
    tag = "writing",
    security(("token" = [])),
    params(
        ("uuid" = String, Path, format = "uuid", description = "The listing's id"),
        ("If-Match" = String, Header, description = "The ETag of the version that was read, or `*`")
    ),
    request_body(content = ref("#/components/schemas/Draft"), description = "At most 64 KiB"),
    responses(
        (status = 200, description = "The listing", body = ref("#/components/schemas/ListingFound"),
            headers(("ETag", description = "its version"))),
        ReviseRefusals
    )
)]
pub(super) async fn revise(
    State(app): State<App>,
    _: Writer,
    address: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let uuid = uuid_of(address)?;
    let expected = match Seen::read(&headers) {
        Seen::Unsaid => return Err(ApiError::PreconditionRequired),
        seen => expected(&app, uuid, seen).await?,
    };
    let (draft, id) = draft(body)?;
    if id.is_some_and(|id| id.as_str() != Some(&uuid.to_string())) {
        let part = BadPart::new("id", "query-id", Vec::new());
        return Err(ApiError::BadQuery(vec![part]));
    }
    let published = app.desk.revise(uuid, &draft, expected).await?;
    told(&app, published, draft).await
}

/// Takes a listing back for good: its text is deleted here at once and by every follower.
#[utoipa::path(
    delete,
    path = "/api/v1/listings/{uuid}",
    tag = "writing",
    security(("token" = [])),
    params(
        ("uuid" = String, Path, format = "uuid", description = "The listing's id"),
        ("If-Match" = Option<String>, Header, description = "Erase this version or none")
    ),
    responses((status = 204, description = "It is erased"), EraseRefusals)
)]
pub(super) async fn erase(
    State(app): State<App>,
    _: Writer,
    address: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let uuid = uuid_of(address)?;
    let seen = Seen::read(&headers);
    let names_none = matches!(seen, Seen::Unsaid | Seen::Any);
    let expected = expected(&app, uuid, seen).await?;
    let mut erased = app.desk.erase(uuid, expected).await;
    for _ in 1..ERASE_TRIES {
        // Whoever names no version wants it gone, whatever it says by now.
        match erased {
            Err(EditError::Changed { .. }) if names_none => {
                erased = app.desk.erase(uuid, None).await;
            }
            _ => break,
        }
    }
    erased?;
    Ok(empty())
}

/// The entry that has to be the latest one still, by what the writer has seen.
async fn expected(
    app: &App,
    uuid: Uuid,
    seen: Seen,
) -> Result<Option<clearinghouse_protocol::tlog::tree::Index>, ApiError> {
    let now = look(app, uuid).await?;
    if now.origin.nid != app.feeds.own().nid() {
        let owner = now.origin.nid.to_string();
        return Err(ApiError::NotOurs { owner });
    }
    seen.expects(now.origin, now.index)
}

/// Reads a draft, which may be an answer of ours that was changed: what we added to it is taken off
/// again. Beside it the id that it names.
fn draft(body: Result<Bytes, BytesRejection>) -> Result<(Draft, Option<Value>), ApiError> {
    let body = body.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            ApiError::TooLarge
        }
        _ => ApiError::BadQuery(vec![BadPart::new("", "query-body", Vec::new())]),
    })?;
    let draft = Draft::from_json(&body)?;
    let Value::Object(mut fields) = draft.value().clone() else {
        return Ok((draft, None));
    };
    let id = fields.get("id").cloned();
    fields.retain(|name, _| !OURS.contains(&name.as_str()));
    Ok((Draft::from_value(Value::Object(fields))?, id))
}

/// The answer that shows what was published.
async fn told(app: &App, published: Published, draft: Draft) -> Result<Response, ApiError> {
    let Published {
        uuid,
        origin,
        index,
    } = published;
    aside(app, move |app| {
        if let Looked::Here(shown) = app.desk.view.listing(uuid)?
            && shown.index == index
        {
            return Ok(answer(app, &shown));
        }
        // It is kept; our own view is only slower than usual, or somebody was quicker still.
        let shown = Shown {
            uuid,
            listing: draft.check(Taxonomy::standard())?.listing,
            body: Vec::new(),
            origin,
            index,
            day: app.clock.day(),
            handed: Vec::new(),
        };
        Ok(answer(app, &shown))
    })
    .await
}
