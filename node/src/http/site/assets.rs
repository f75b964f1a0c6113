//! Which files do the pages need besides themselves?

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use clearinghouse_protocol::tlog::hash::sha256;

use crate::http::error::ApiError;

/// Where they are.
pub(super) const PATH: &str = "/assets/{file}";

/// Bytes of a file's hash in its name: a changed file has another name.
const HASH_BYTES: usize = 6;

/// A file that comes with the program.
pub(super) struct Asset {
    /// Its address.
    pub(super) path: String,
    kind: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, text: &'static str) -> Asset {
        let hash = sha256(&[text.as_bytes()]);
        let hash: String = hash[..HASH_BYTES]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Asset {
            path: format!("/assets/{stem}-{hash}.{ending}"),
            kind,
            text,
        }
    }
}

/// The one style sheet.
pub(super) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../../assets/site.css");
    Asset::new("site", "css", "text/css; charset=utf-8", text)
});

/// The picture in a browser's tab.
pub(super) static MARK: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../../assets/mark.svg");
    Asset::new("mark", "svg", "image/svg+xml", text)
});

/// Hands one out.
pub(super) async fn asset(Path(file): Path<String>) -> Result<Response, ApiError> {
    let path = format!("/assets/{file}");
    let known = [&*STYLE, &*MARK]
        .into_iter()
        .find(|known| known.path == path);
    let asset = known.ok_or(ApiError::NotFound)?;
    let headers = [
        (CONTENT_TYPE, asset.kind),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.text).into_response())
}
