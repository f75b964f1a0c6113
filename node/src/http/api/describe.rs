//! How do programs learn what can be asked here?
//!
//! OpenAPI 3.1. What a listing is stands in `components.json`, in the words of JSON Schema; everything
//! else comes from the types that answers are made of.

use std::collections::BTreeMap;

use clearinghouse_protocol::listing::Draft;
use serde_json::{Value, json};
use utoipa::openapi::{self, ArrayBuilder, Ref, RefOr, Response, Schema};
use utoipa::{IntoParams, IntoResponses};

use crate::http::error::{ApiError, BadPart, described};

/// A listing, a draft, and what else is not made of a type of ours.
const COMPONENTS: &str = include_str!("components.json");

/// The whole description, as it is served.
pub(super) fn document(described: openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(described).expect("a description is JSON");
    let components: Value = serde_json::from_str(COMPONENTS).expect("a test reads what we ship");
    document["info"] = json!({
        "title": "Clearinghouse",
        "version": "1",
        "summary": "Self-help and mutual-aid initiatives, as centres list them",
        "description": "Reading needs no key and leaves no trace of what was looked for. Writing needs a \
            token that the centre gives out. Refusals are problem details as in RFC 9457, in English or \
            French as the header `accept-language` asks.",
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" }
    });
    for (kind, named) in components.as_object().into_iter().flatten() {
        for (name, component) in named.as_object().into_iter().flatten() {
            document["components"][kind][name] = component.clone();
        }
    }
    let problem =
        serde_json::to_value(<crate::http::error::Problem as utoipa::PartialSchema>::schema());
    let field =
        serde_json::to_value(<crate::http::error::FieldError as utoipa::PartialSchema>::schema());
    document["components"]["schemas"]["Problem"] = problem.expect("a schema is JSON");
    document["components"]["schemas"]["FieldError"] = field.expect("a schema is JSON");
    document
}

/// The schema of the listings of an answer.
pub(super) fn listings_found() -> Schema {
    let listing = Ref::from_schema_name("ListingFound");
    ArrayBuilder::new().items(listing).build().into()
}

/// The schema of the listing of a change.
pub(super) fn listing_now() -> RefOr<Schema> {
    Ref::from_schema_name("ListingFound").into()
}

/// What can be asked of the search. Values of one parameter are alternatives; a listing must have one
/// of each parameter that is given.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes; Asked::read reads")]
pub(super) struct SearchParameters {
    /// Words in English or French; both languages are searched, with their synonyms
    #[param(max_length = 200, example = "grief")]
    q: Option<String>,
    /// A place, or the first three characters of a postal code; see `/api/v1/places`
    #[param(max_length = 100, example = "Kingston, ON")]
    near: Option<String>,
    /// How far from there, in km; 25 if unsaid, or as far as a larger place reaches
    #[param(minimum = 0, maximum = 2000)]
    within_km: Option<f64>,
    /// Ids of `/api/v1/concerns`; each stands for all below it as well
    #[param(explode = false, example = json!(["bereavement"]))]
    concern: Option<Vec<String>>,
    /// `group`, `peer-support`, `network`, `organization`, `centre`
    #[param(explode = false)]
    kind: Option<Vec<String>>,
    /// `in-person`, `online`, `telephone`, `mail`, `email`
    #[param(explode = false)]
    way: Option<Vec<String>>,
    /// Language tags (BCP 47)
    #[param(explode = false)]
    language: Option<Vec<String>>,
    /// Weekdays on which people meet: `mon` to `sun`, or 0 to 6
    #[param(explode = false)]
    day: Option<Vec<String>>,
    /// `open`, `closed`, `ask-first`, `forming`
    #[param(explode = false)]
    openness: Option<Vec<String>>,
    /// Whom it is for: see `for_whom` of a listing
    #[param(explode = false)]
    for_whom: Option<Vec<String>>,
    /// What makes it accessible: see `accessibility` of a listing
    #[param(explode = false)]
    accessibility: Option<Vec<String>>,
    /// Identifiers of centres
    #[param(explode = false)]
    centre: Option<Vec<String>>,
    /// Listings of one answer; 20 if unsaid
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The `next` of the answer before
    cursor: Option<String>,
}

type Responses = BTreeMap<String, RefOr<Response>>;

/// How the search refuses.
pub(super) struct SearchRefusals;

impl IntoResponses for SearchRefusals {
    fn responses() -> Responses {
        let nearest = ("nearest", "bereavement.child".to_owned());
        let unknown = BadPart::new("concern", "query-unknown-value-nearest", vec![nearest]);
        described(&[ApiError::BadQuery(vec![unknown])])
    }
}

/// How suggesting places refuses.
pub(super) struct PlaceRefusals;

impl IntoResponses for PlaceRefusals {
    fn responses() -> Responses {
        let long = BadPart::new("q", "query-too-long", vec![("max", "100".to_owned())]);
        described(&[ApiError::BadQuery(vec![long])])
    }
}

/// How the list of changes refuses.
pub(super) struct ChangeRefusals;

impl IntoResponses for ChangeRefusals {
    fn responses() -> Responses {
        let bounds = vec![("min", "1".to_owned()), ("max", "1000".to_owned())];
        let limit = BadPart::new("limit", "query-number", bounds);
        let busy = ApiError::Busy { retry_after_s: 60 };
        described(&[ApiError::BadQuery(vec![limit]), busy])
    }
}

/// How showing a node refuses.
pub(super) struct NodeRefusals;

impl IntoResponses for NodeRefusals {
    fn responses() -> Responses {
        described(&[ApiError::NotFound])
    }
}

/// How showing a listing refuses.
pub(super) struct ListingRefusals;

impl IntoResponses for ListingRefusals {
    fn responses() -> Responses {
        described(&[ApiError::NotFound, ApiError::Hidden, ApiError::Gone])
    }
}

/// How publishing refuses.
pub(super) struct CreateRefusals;

impl IntoResponses for CreateRefusals {
    fn responses() -> Responses {
        described(&writing())
    }
}

/// How revising refuses.
pub(super) struct ReviseRefusals;

impl IntoResponses for ReviseRefusals {
    fn responses() -> Responses {
        let mut refusals = writing();
        refusals.extend(changing());
        refusals.push(ApiError::PreconditionRequired);
        described(&refusals)
    }
}

/// How erasing refuses.
pub(super) struct EraseRefusals;

impl IntoResponses for EraseRefusals {
    fn responses() -> Responses {
        let mut refusals = changing();
        refusals.extend([ApiError::Unauthorized, ApiError::Busy { retry_after_s: 2 }]);
        described(&refusals)
    }
}

fn writing() -> Vec<ApiError> {
    // A draft with nothing in it has the faults that everyone meets first.
    let nothing = Draft::from_json(b"{}")
        .and_then(|draft| draft.check(clearinghouse_protocol::listing::Taxonomy::standard()));
    let mut refusals = vec![
        ApiError::Unauthorized,
        ApiError::TooLarge,
        ApiError::Busy { retry_after_s: 2 },
    ];
    refusals.extend(nothing.err().map(ApiError::Faults));
    refusals
}

fn changing() -> Vec<ApiError> {
    vec![
        ApiError::NotFound,
        ApiError::Gone,
        ApiError::NotOurs {
            owner: "gcqvaizc3nznp2vevzlmvdxcmv".to_owned(),
        },
        ApiError::PreconditionFailed,
    ]
}
