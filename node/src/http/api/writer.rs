//! Who may write over the network?

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::aside;
use crate::http::App;
use crate::http::error::ApiError;

/// The scheme of the header `authorization` (RFC 6750, section 2.1).
const SCHEME: &str = "bearer";

/// Somebody who showed a token that lets them write. Asked for before a body is read.
pub(super) struct Writer;

impl FromRequestParts<App> for Writer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Writer, ApiError> {
        let secret = secret(parts).ok_or(ApiError::Unauthorized)?.to_owned();
        let name = aside(app, move |app| Ok(app.desk.bearer(&secret))).await?;
        name.map(|_| Writer).ok_or(ApiError::Unauthorized)
    }
}

fn secret(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(secret.trim())
}
