//! Is what comes back over HTTP bounded, and asked for only where it may be?

use axum::Router;
use axum::http::{HeaderMap, StatusCode as Status};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use reqwest::dns::Resolve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const SOON: Duration = Duration::from_secs(5);
const LENGTH: usize = 100_000;

async fn tagged(headers: HeaderMap) -> impl IntoResponse {
    let known = headers
        .get("if-none-match")
        .is_some_and(|tag| tag == "\"7\"");
    let tags = [("etag", "\"7\""), (SALT_HEADER, "c2FsdA==")];
    if known {
        (Status::NOT_MODIFIED, tags, "")
    } else {
        (Status::OK, tags, "body")
    }
}

async fn packed(headers: HeaderMap) -> impl IntoResponse {
    assert_eq!(headers["accept-encoding"], "zstd");
    let bytes = zstd::encode_all(&[7; LENGTH][..], 3).unwrap();
    ([("content-encoding", "zstd")], bytes)
}

async fn some_events() -> impl IntoResponse {
    let kind = [("content-type", "text/event-stream; charset=utf-8")];
    (kind, ": hello\n\ndata: one\ndata: two\n\ndata: three\n\n")
}

fn router() -> Router {
    Router::new()
        .route("/tagged", get(tagged))
        .route("/packed", get(packed))
        .route("/plain", get(|| async { vec![7_u8; LENGTH] }))
        .route("/events", get(some_events))
        .route("/echo", post(|body: bytes::Bytes| async move { body }))
        .route("/never", get(std::future::pending::<()>))
        .route(
            "/moved",
            get(|| async { (Status::FOUND, [("location", "/plain")], "elsewhere") }),
        )
        .route(
            "/damaged",
            get(|| async { ([("content-encoding", "zstd")], "no such thing") }),
        )
}

/// The URL of a running peer.
async fn peer() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router()).await });
    url.parse().unwrap()
}

/// The URL of a peer that says `text` to everyone who asks, and then nothing more.
async fn stuck_peer(text: &'static str) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            // An answer before the question would be a fault of its own.
            let _ = stream.read(&mut [0; 1024]).await;
            stream.write_all(text.as_bytes()).await.unwrap();
            open.push(stream);
        }
    });
    url.parse().unwrap()
}

fn lenient() -> HttpTransport {
    HttpTransport::new(Guard::new(true)).unwrap()
}

async fn fetch(base: &Url, path: &str, max_bytes: usize) -> Result<Answer, TransportError> {
    let url = base.join(path).unwrap();
    lenient().fetch(Ask::new(url, max_bytes, SOON)).await
}

#[tokio::test]
async fn an_answer_comes_with_its_tag_and_salt_and_only_if_it_changed() {
    let url = peer().await.join("tagged").unwrap();
    let ask = Ask::new(url, 4, SOON);
    let transport = lenient();
    let first = transport.fetch(ask.clone()).await.unwrap();
    assert_eq!((first.status, &first.body[..]), (200, &b"body"[..]));
    assert_eq!(first.etag.as_deref(), Some("\"7\""));
    assert_eq!(first.salt.as_deref(), Some("c2FsdA=="));
    let again = transport.fetch(ask.unless(first.etag)).await.unwrap();
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[tokio::test]
async fn the_limit_counts_bytes_as_they_are_unpacked() {
    let base = peer().await;
    for path in ["plain", "packed"] {
        let whole = fetch(&base, path, LENGTH).await.unwrap();
        assert_eq!(whole.body, vec![7; LENGTH], "{path}");
        let cut = fetch(&base, path, LENGTH - 1).await;
        assert!(matches!(cut, Err(TransportError::TooLong { .. })), "{path}");
    }
    let damaged = fetch(&base, "damaged", LENGTH).await;
    assert!(matches!(damaged, Err(TransportError::Damaged { .. })));
}

#[tokio::test]
async fn redirects_are_answers_and_not_followed() {
    let moved = fetch(&peer().await, "moved", 100).await.unwrap();
    assert_eq!((moved.status, &moved.body[..]), (302, &b"elsewhere"[..]));
}

#[tokio::test]
async fn a_body_makes_a_post() {
    let url = peer().await.join("echo").unwrap();
    let ask = Ask::new(url, 100, SOON).posting(&b"old 0"[..]);
    let answer = lenient().fetch(ask).await.unwrap();
    assert_eq!(&answer.body[..], b"old 0");
}

#[tokio::test]
async fn a_peer_that_says_nothing_or_stops_is_given_up() {
    let wait = Duration::from_millis(200);
    for url in [
        peer().await.join("never").unwrap(),
        stuck_peer("").await,
        stuck_peer("HTTP/1.1 200 OK\r\n").await,
        stuck_peer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc").await,
    ] {
        let given_up = lenient().fetch(Ask::new(url.clone(), 100, wait)).await;
        assert!(
            matches!(given_up, Err(TransportError::Slow { .. })),
            "{url}: {given_up:?}"
        );
    }
    let url = stuck_peer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc").await;
    let response = lenient().client.get(url.clone()).send().await.unwrap();
    let all: Vec<_> = pieces(response, url, wait).collect().await;
    assert!(matches!(
        &all[..],
        [Ok(_), Err(TransportError::Slow { waited, .. })] if *waited == wait
    ));
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base: Url = format!("http://{}/", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    drop(listener);
    let error = fetch(&base, "", 100).await.unwrap_err();
    assert!(
        matches!(error, TransportError::Unreachable { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn inner_addresses_are_refused_before_during_and_after() {
    let base = peer().await;
    let strict = HttpTransport::new(Guard::new(false)).unwrap();

    let before = strict.fetch(Ask::new(base.clone(), 100, SOON)).await;
    assert!(matches!(before, Err(TransportError::Refused { .. })));
    let mut events = strict.events(base.clone());
    assert!(matches!(
        events.next().await,
        Some(Err(TransportError::Refused { .. }))
    ));
    assert!(events.next().await.is_none());

    // A name that passes as text and then resolves to loopback.
    let during = strict.client.get("http://localhost/").send().await;
    let during = explain(&base, &during.unwrap_err());
    assert!(matches!(during, TransportError::Refused { .. }), "{during}");
    let name = "localhost".parse().unwrap();
    assert!(strict.guard.resolve(name).await.is_err());

    // The library connects literal addresses without asking anyone; the last check sees it.
    let response = strict.client.get(base.clone()).send().await.unwrap();
    assert!(
        strict
            .guard
            .check_connected(response.remote_addr())
            .is_err()
    );
}

#[tokio::test]
async fn events_come_as_texts_until_the_peer_ends() {
    let base = peer().await;
    let all: Vec<_> = lenient()
        .events(base.join("events").unwrap())
        .map(Result::unwrap)
        .collect()
        .await;
    assert_eq!(all, ["one\ntwo", "three"]);

    for (path, status) in [("plain", 200), ("nowhere", 404)] {
        let all: Vec<_> = lenient().events(base.join(path).unwrap()).collect().await;
        assert!(
            matches!(&all[..], [Err(TransportError::NoEvents { status: told, .. })] if *told == status),
            "{path}: {all:?}"
        );
    }
}
