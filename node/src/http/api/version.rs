//! Which version of a listing does somebody mean?

use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header::IF_MATCH;
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::tlog::tree::Index;

use crate::http::error::ApiError;

/// The tag of the version that an entry states: `"<epoch>-<index>"`. It says nothing of what is worked
/// out anew for each answer, such as the next meeting.
pub(super) fn tag(origin: Origin, index: Index) -> HeaderValue {
    let text = format!("\"{}-{}\"", origin.epoch, index.0);
    HeaderValue::try_from(text).expect("digits and a hyphen stand in a header as they are")
}

/// The versions that a writer has seen (RFC 9110, section 13.1.1).
pub(super) enum Seen {
    /// The writer did not say.
    Unsaid,
    /// Whatever there is.
    Any,
    /// One of these tags.
    One(String),
}

impl Seen {
    /// Reads the header `if-match`.
    pub(super) fn read(headers: &HeaderMap) -> Seen {
        let Some(given) = headers.get(IF_MATCH) else {
            return Seen::Unsaid;
        };
        match given.to_str() {
            Ok(text) if text.trim() == "*" => Seen::Any,
            // What is not text is no tag of ours, so it matches nothing.
            text => Seen::One(text.unwrap_or_default().to_owned()),
        }
    }

    /// The entry that has to be the latest one still, if the writer has seen `index`, which is now.
    pub(super) fn expects(&self, origin: Origin, index: Index) -> Result<Option<Index>, ApiError> {
        let Seen::One(tags) = self else {
            return Ok(None);
        };
        let current = tag(origin, index);
        // Proxies that compress make a tag weak; it names the same version still.
        let mut seen = tags
            .split(',')
            .map(|tag| tag.trim().trim_start_matches("W/"));
        match seen.any(|tag| tag.as_bytes() == current.as_bytes()) {
            true => Ok(Some(index)),
            false => Err(ApiError::PreconditionFailed),
        }
    }
}
