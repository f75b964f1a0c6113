//! What can listings be about?

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use clearinghouse_protocol::listing::{Lang, Taxonomy};
use serde::Serialize;
use utoipa::ToSchema;

use super::FOR_AN_HOUR;
use crate::http::etag::tag;

/// All that listings can be about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConcernsAnswer)]
pub(super) struct Answer {
    /// The concerns at the top, in the order in which they are offered.
    items: Vec<Concern>,
    /// How many concerns there are on all levels.
    total: usize,
}

/// One concern and what is below it.
#[derive(Debug, Serialize, ToSchema)]
struct Concern {
    /// Its path, as the parameter `concern` takes it.
    #[schema(example = "bereavement.child")]
    id: &'static str,
    /// Its name by language tag: `en` and `fr`.
    label: BTreeMap<&'static str, &'static str>,
    /// Other words for it, in the same way.
    synonyms: BTreeMap<&'static str, &'static [String]>,
    /// The concerns below it.
    #[schema(no_recursion)]
    children: Vec<Concern>,
}

/// Lists what listings can be about, as a tree in both languages.
#[utoipa::path(
    get,
    path = "/api/v1/concerns",
    tag = "listings",
    responses((status = 200, description = "All concerns", body = Answer))
)]
pub(super) async fn concerns() -> Response {
    static TREE: LazyLock<Bytes> = LazyLock::new(|| {
        let answer = Answer {
            items: below(None),
            total: Taxonomy::standard().terms().len(),
        };
        let text = serde_json::to_vec(&answer).expect("texts make JSON");
        text.into()
    });
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, FOR_AN_HOUR),
    ];
    (headers, [(ETAG, tag(&[&TREE]))], TREE.clone()).into_response()
}

fn below(parent: Option<&'static str>) -> Vec<Concern> {
    let concerns = Taxonomy::standard().children(parent).map(|term| Concern {
        id: term.id(),
        label: both(|lang| term.label(lang)),
        synonyms: both(|lang| term.synonyms(lang)),
        children: below(Some(term.id())),
    });
    concerns.collect()
}

fn both<T>(of: impl Fn(Lang) -> T) -> BTreeMap<&'static str, T> {
    Lang::ALL.map(|lang| (lang.tag(), of(lang))).into()
}
