//! Which of our answers may the pages of other sites read?
//!
//! Everything public, whoever asks: it carries no cookie and says the same to all (Fetch Standard,
//! section 3.2). What changes something is never opened, so no page can act for its visitor here.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;

use super::error::empty;

/// The public parts of the route table.
const OPEN: [&str; 3] = ["/feed", "/.well-known", "/api"];

const ANSWERS: [(HeaderName, &str); 2] = [
    (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (ACCESS_CONTROL_EXPOSE_HEADERS, "clearinghouse-salt, etag"),
];

const ASKING_FIRST: [(HeaderName, &str); 3] = [
    (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
    (ACCESS_CONTROL_ALLOW_HEADERS, "*"),
    (ACCESS_CONTROL_MAX_AGE, "86400"),
];

/// Lets the pages of all sites read what is public, and answers their question whether they may.
pub async fn open(request: Request, next: Next) -> Response {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if !reads || !is_open(request.uri().path()) {
        return next.run(request).await;
    }
    let mut response = if request.method() == Method::OPTIONS {
        let mut response = empty();
        for (name, value) in ASKING_FIRST {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        response
    } else {
        next.run(request).await
    };
    for (name, value) in ANSWERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn is_open(path: &str) -> bool {
    OPEN.iter().any(|open| match path.strip_prefix(open) {
        Some(rest) => rest.is_empty() || rest.starts_with('/'),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_public_is_open() {
        for (path, expected) in [
            ("/feed", true),
            ("/feed/events", true),
            ("/.well-known/clearinghouse", true),
            ("/api/listings", true),
            ("/feeding", false),
            ("/", false),
            ("/staff/api", false),
        ] {
            assert_eq!(is_open(path), expected, "{path}");
        }
    }
}
