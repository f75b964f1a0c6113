//! Does the asker hold this version already?

use std::fmt::Write as _;

use axum::extract::Request;
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use clearinghouse_protocol::tlog::hash::sha256;

use super::error::unchanged;

/// Bytes of the hash that stand in a tag: nobody gains anything from two versions with one tag.
const TAG_BYTES: usize = 16;

/// A tag over these parts, each kept apart from the next.
///
/// Weak (RFC 9110, section 8.8.1), because compression gives the same version other bytes.
pub fn tag(parts: &[&[u8]]) -> HeaderValue {
    let mut apart = Vec::new();
    for part in parts {
        apart.extend_from_slice(&(part.len() as u64).to_be_bytes());
        apart.extend_from_slice(part);
    }
    let mut text = String::from("W/\"");
    for byte in &sha256(&[&apart])[..TAG_BYTES] {
        write!(text, "{byte:02x}").expect("a string takes any text");
    }
    text.push('"');
    HeaderValue::try_from(text).expect("hexadecimal digits stand in a header as they are")
}

/// Whether a request's sender holds this version, so that nobody needs to make the answer.
pub fn held(asking: &HeaderMap, current: &HeaderValue) -> bool {
    let headers = HeaderMap::from_iter([(ETAG, current.clone())]);
    let held = asking.get(IF_NONE_MATCH);
    held.is_some_and(|held| matches(held, &headers))
}

/// Answers with headers alone when the asker holds the version that the answer is tagged with.
pub async fn spare(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let held = request.headers().get(IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    match held.filter(|_| reads && response.status().is_success()) {
        Some(held) if matches(&held, response.headers()) => unchanged(response),
        _ => response,
    }
}

/// The weak comparison of RFC 9110, section 8.8.3.2: only what stands in quotes counts.
fn matches(held: &HeaderValue, headers: &HeaderMap) -> bool {
    let (Ok(held), Some(Ok(current))) = (held.to_str(), headers.get(ETAG).map(|tag| tag.to_str()))
    else {
        return false;
    };
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let current = opaque(current);
    held.trim() == "*" || held.split(',').any(|held| opaque(held) == current)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_version_is_recognized_and_nothing_else() {
        let current = tag(&[b"a", b"b"]);
        assert_ne!(current, tag(&[b"ab", b""]));
        let text = current.to_str().expect("a tag");
        let strong = text.trim_start_matches("W/");
        let headers = HeaderMap::from_iter([(ETAG, current.clone())]);
        for (held, same) in [
            (text.to_owned(), true),
            (strong.to_owned(), true),
            (format!("\"x\", {text}"), true),
            ("*".to_owned(), true),
            ("\"x\"".to_owned(), false),
            (String::new(), false),
        ] {
            let value = HeaderValue::try_from(held.as_str()).expect("a header");
            assert_eq!(matches(&value, &headers), same, "{held}");
            assert!(!matches(&value, &HeaderMap::new()));
        }
    }
}
