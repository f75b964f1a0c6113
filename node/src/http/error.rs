//! Which status does an answer have, and what does it say when it is a refusal?
//!
//! The only file that knows status codes. Refusals are problem details as in RFC 9457.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use clearinghouse_protocol::feed::append::AppendError;
use clearinghouse_protocol::listing::{Faults, Lang};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{self, RefOr};

use super::App;
use crate::desk::edit::EditError;
use crate::feed::log::{Hold, LogError};
use crate::store::disk::DiskError;
use crate::view::ViewError;
use crate::words::{FluentValue, say, say_with};

/// Which refusal follows from which error.
mod from;

/// After how many seconds a writer who was refused for want of room should come again.
const WRITER_RETRY_S: u32 = 2;

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Nothing is at this address, or what is asked for is not kept here.
    #[error("not found")]
    NotFound,
    /// Staff of this node do not show it.
    #[error("it is hidden at this node")]
    Hidden,
    /// It was here and was replaced or taken back.
    #[error("gone")]
    Gone,
    /// The address is right, the method is not.
    #[error("not possible here")]
    Method,
    /// A draft is not sound.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// Parts of the question are not understood; at least one.
    #[error("not understood")]
    BadQuery(Vec<BadPart>),
    /// Nobody is signed in.
    #[error("not signed in")]
    Unauthorized,
    /// Whoever is signed in may not do it.
    #[error("not allowed")]
    Forbidden,
    /// The listing belongs to another centre and is changed there.
    #[error("it belongs to {owner}")]
    NotOurs {
        /// The nid of that centre.
        owner: String,
    },
    /// What was to be changed is no longer what the sender read.
    #[error("changed in the meantime")]
    PreconditionFailed,
    /// The sender did not say what they read.
    #[error("no version was named")]
    PreconditionRequired,
    /// More bytes than are taken.
    #[error("too large")]
    TooLarge,
    /// No room for the moment.
    #[error("busy")]
    Busy {
        /// When to come again.
        retry_after_s: u32,
    },
    /// The node takes no changes for now.
    #[error("no changes are taken: {0:?}")]
    Held(Hold),
    /// Search and listings are built anew.
    #[error("the view is away")]
    Away,
    /// What was sent to the witness is no request of C2SP tlog-witness.
    #[error("no request to a witness: {0}")]
    Unread(String),
    /// No key of the log has signed what was sent to the witness.
    #[error("not signed by the log")]
    Unsigned,
    /// What was sent to the witness does not grow from what is known of the log.
    #[error("no proof that the log grew")]
    Unproven,
    /// A mirror without verified news for longer than its lease.
    #[error("the lease is over")]
    LeaseOver {
        /// The lease in days.
        days: u32,
    },
    /// A mirror that has yet to read what its feed said last.
    #[error("not read up to now")]
    Behind {
        /// When to come again.
        retry_after_s: u32,
    },
    /// What a node pushed is not taken, and why.
    #[error("the push is not taken: {0}")]
    PushRefused(String),
    /// Our own fault; the reason is for the log alone.
    #[error("{0}")]
    Internal(String),
}

/// A part of a question that is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPart {
    /// Which: a parameter's or field's name.
    pub field: String,
    /// What is wrong: a key of `node/locales`.
    pub key: &'static str,
    /// Values for that text: never what somebody searched for.
    pub values: Vec<(&'static str, String)>,
}

impl BadPart {
    /// The one fault of a question, with its text's values.
    pub fn new(
        field: impl Into<String>,
        key: &'static str,
        values: Vec<(&'static str, String)>,
    ) -> BadPart {
        BadPart {
            field: field.into(),
            key,
            values,
        }
    }

    fn told(&self, lang: Lang) -> FieldError {
        let values = self.values.iter();
        let values: Vec<_> = values
            .map(|(name, value)| (*name, FluentValue::from(value.as_str())))
            .collect();
        FieldError {
            field: self.field.clone(),
            message: say_with(lang, self.key, &values),
        }
    }
}

/// The refusal that a response was made of, for whoever wants to say it otherwise than as JSON.
#[derive(Clone, Debug)]
pub struct Refusal(pub Arc<ApiError>);

/// Problem details (RFC 9457, section 3); `errors` names each fault by its field.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Which kind of problem, always the same text: `/problems/gone`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status again, for whoever only sees the body.
    pub status: u16,
    /// What it is this time, and what to do.
    pub detail: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// What is wrong with one field.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// A path such as `contacts[0].email`; empty for the whole.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl ApiError {
    /// A fault of ours; what `error` says is logged and not told.
    pub fn internal(error: impl Display) -> ApiError {
        ApiError::Internal(error.to_string())
    }

    /// The status, and the name by which texts and programs know the problem.
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            ApiError::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            // Not 410: nobody has taken it back, and other nodes may show it.
            ApiError::Hidden => (StatusCode::NOT_FOUND, "hidden"),
            ApiError::Gone => (StatusCode::GONE, "gone"),
            ApiError::Method => (StatusCode::METHOD_NOT_ALLOWED, "method"),
            ApiError::Faults(_) => (StatusCode::UNPROCESSABLE_ENTITY, "faults"),
            ApiError::BadQuery(_) => (StatusCode::BAD_REQUEST, "bad-query"),
            ApiError::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized"),
            ApiError::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            ApiError::NotOurs { .. } => (StatusCode::FORBIDDEN, "not-ours"),
            ApiError::PreconditionFailed => {
                (StatusCode::PRECONDITION_FAILED, "precondition-failed")
            }
            ApiError::PreconditionRequired => {
                (StatusCode::PRECONDITION_REQUIRED, "precondition-required")
            }
            ApiError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            ApiError::Busy { .. } => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            ApiError::Held(Hold::ViewStands) => (StatusCode::SERVICE_UNAVAILABLE, "held-room"),
            ApiError::Held(_) => (StatusCode::SERVICE_UNAVAILABLE, "held"),
            ApiError::Away => (StatusCode::SERVICE_UNAVAILABLE, "away"),
            ApiError::Unread(_) => (StatusCode::BAD_REQUEST, "unread"),
            ApiError::Unsigned => (StatusCode::FORBIDDEN, "unsigned"),
            ApiError::Unproven => (StatusCode::UNPROCESSABLE_ENTITY, "unproven"),
            ApiError::Behind { .. } => (StatusCode::SERVICE_UNAVAILABLE, "behind"),
            ApiError::LeaseOver { .. } => (StatusCode::SERVICE_UNAVAILABLE, "lease-over"),
            ApiError::PushRefused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "push-refused"),
            ApiError::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// The problem in one of our languages.
    pub fn problem(&self, lang: Lang) -> Problem {
        let (status, name) = self.status();
        Problem {
            kind: format!("/problems/{name}"),
            title: say(lang, &format!("error-{name}-title")),
            status: status.as_u16(),
            detail: say_with(lang, &format!("error-{name}-detail"), &self.values()),
            errors: self.errors(lang),
        }
    }

    fn values(&self) -> Vec<(&'static str, FluentValue<'static>)> {
        match self {
            ApiError::Faults(faults) => vec![("count", faults.len().into())],
            ApiError::Busy { retry_after_s } | ApiError::Behind { retry_after_s } => {
                vec![("seconds", (*retry_after_s).into())]
            }
            ApiError::LeaseOver { days } => vec![("days", (*days).into())],
            ApiError::NotOurs { owner } => vec![("owner", owner.clone().into())],
            ApiError::PushRefused(reason) => vec![("reason", reason.clone().into())],
            ApiError::NotFound
            | ApiError::Hidden
            | ApiError::Gone
            | ApiError::Method
            | ApiError::BadQuery(_)
            | ApiError::Unauthorized
            | ApiError::Forbidden
            | ApiError::PreconditionFailed
            | ApiError::PreconditionRequired
            | ApiError::TooLarge
            | ApiError::Held(_)
            | ApiError::Away
            | ApiError::Unread(_)
            | ApiError::Unsigned
            | ApiError::Unproven
            | ApiError::Internal(_) => Vec::new(),
        }
    }

    fn errors(&self, lang: Lang) -> Vec<FieldError> {
        if let ApiError::Faults(faults) = self {
            let told = faults.iter().map(|fault| FieldError {
                field: fault.field().to_owned(),
                message: fault.message(lang),
            });
            return told.collect();
        }
        if let ApiError::BadQuery(parts) = self {
            return parts.iter().map(|part| part.told(lang)).collect();
        }
        Vec::new()
    }
}

impl From<DiskError> for ApiError {
    fn from(error: DiskError) -> ApiError {
        ApiError::internal(error)
    }
}

impl IntoResponse for ApiError {
    /// Status and headers; [`tell`] adds the words, because only it knows the language.
    fn into_response(self) -> Response {
        if let ApiError::Internal(reason) = &self {
            tracing::error!(reason, "a request could not be answered");
        }
        let mut response = self.status().0.into_response();
        let headers = response.headers_mut();
        // What is not here now may be here in a moment: a tile, a body, a page.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let ApiError::Busy { retry_after_s } | ApiError::Behind { retry_after_s } = &self {
            headers.insert(RETRY_AFTER, (*retry_after_s).into());
        }
        if let ApiError::Unauthorized = &self {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Refusal(Arc::new(self)));
        response
    }
}

/// Puts a refusal into words, in the language that the request asks for.
pub async fn tell(State(app): State<App>, request: Request, next: Next) -> Response {
    let lang = crate::words::preferred(request.headers(), app.lang());
    let response = next.run(request).await;
    let Some(Refusal(error)) = response.extensions().get().cloned() else {
        return response;
    };
    let (mut parts, _) = response.into_parts();
    let words = Json(error.problem(lang)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    parts.headers.insert(CONTENT_TYPE, kind);
    Response::from_parts(parts, words.into_body())
}

/// The answer to someone who holds the current version already: everything but the body.
pub fn unchanged(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    Response::from_parts(parts, axum::body::Body::empty())
}

/// The answer to a question that needs no more than headers.
pub fn empty() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// The answer to someone who has made something that was not there before.
pub fn created(answer: impl IntoResponse) -> Response {
    (StatusCode::CREATED, answer).into_response()
}

/// The answer to a log that does not know what was cosigned last: not a problem in words, but the
/// size that its next request has to begin with (C2SP tlog-witness).
pub fn conflict(kind: &'static str, size: String) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")];
    (StatusCode::CONFLICT, headers, size).into_response()
}

/// How these refusals are described to programs: by status, each with the problem in English as an
/// example.
pub fn described(refusals: &[ApiError]) -> BTreeMap<String, RefOr<openapi::Response>> {
    let mut described: BTreeMap<String, openapi::ResponseBuilder> = BTreeMap::new();
    for refusal in refusals {
        let problem = refusal.problem(Lang::En);
        let schema = openapi::Ref::from_schema_name(Problem::name());
        let content = openapi::ContentBuilder::new()
            .schema(Some(schema))
            .example(serde_json::to_value(&problem).ok())
            .build();
        let response = openapi::ResponseBuilder::new()
            .description(problem.title)
            .content("application/problem+json", content);
        described.insert(problem.status.to_string(), response);
    }
    let built = described.into_iter();
    built
        .map(|(status, response)| (status, response.build().into()))
        .collect()
}

#[cfg(test)]
mod tests {
    use clearinghouse_protocol::listing::Draft;

    use super::*;

    fn every() -> Vec<ApiError> {
        let faults = Draft::from_json(b"{").expect_err("not JSON");
        vec![
            ApiError::NotFound,
            ApiError::Hidden,
            ApiError::Gone,
            ApiError::Method,
            ApiError::Faults(faults),
            ApiError::BadQuery(vec![BadPart::new("limit", "query-once", Vec::new())]),
            ApiError::Unauthorized,
            ApiError::Forbidden,
            ApiError::NotOurs {
                owner: "a".repeat(26),
            },
            ApiError::PreconditionFailed,
            ApiError::PreconditionRequired,
            ApiError::TooLarge,
            ApiError::Busy { retry_after_s: 30 },
            ApiError::Held(Hold::ViewStands),
            ApiError::Held(Hold::Recovering),
            ApiError::Away,
            ApiError::Unread("the secret reason".to_owned()),
            ApiError::Unsigned,
            ApiError::Unproven,
            ApiError::LeaseOver { days: 30 },
            ApiError::Behind { retry_after_s: 10 },
            ApiError::PushRefused("it is stale".to_owned()),
            ApiError::Internal("the secret reason".to_owned()),
        ]
    }

    #[test]
    fn every_refusal_has_words_in_both_languages_and_keeps_its_secrets() {
        for error in every() {
            let [en, fr] = Lang::ALL.map(|lang| {
                let problem = error.problem(lang);
                serde_json::to_string(&problem).expect("texts and a number")
            });
            assert_ne!(en, fr, "{error}");
            for text in [en, fr] {
                assert!(!text.contains("Unknown localization"), "{text}");
                assert!(!text.contains("secret"), "{text}");
                assert!(!text.contains("{ $"), "{text}");
            }
        }
    }

    #[test]
    fn the_document_names_every_refusal_with_its_status() {
        let document = include_str!("../../../docs/api.md");
        for error in every() {
            let problem = error.problem(Lang::En);
            let row = format!("| `{}` | {} |", problem.kind, problem.status);
            assert!(document.contains(&row), "{row}");
        }
        assert_eq!(document.matches("| `/problems/").count(), every().len());
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let keys = |text: &'static str| -> Vec<&str> {
            let lines = text
                .lines()
                .filter(|line| !line.starts_with(['#', ' ', '}']));
            lines
                .filter_map(|line| line.split_once(" = "))
                .map(|(key, _)| key)
                .collect()
        };
        let [en, fr] = [
            keys(include_str!("../../locales/en/errors.ftl")),
            keys(include_str!("../../locales/fr/errors.ftl")),
        ];
        assert_eq!(en, fr);
        let refusals = en.iter().filter(|key| key.starts_with("error-")).count();
        assert_eq!(refusals, 2 * every().len());
    }
}
