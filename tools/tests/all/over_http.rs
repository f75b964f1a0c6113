//! Does the client keep its limits over real sockets?

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use feedtool::fetch::{Answer, Ask, Fetch, FetchError, Http};
use feedtool::source::{Address, Source};
use feedtool::verify::verify;
use futures_util::StreamExt;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::still::{BASE, Book, Still};

/// What a small server answers to a path: the bytes of a whole response.
type Respond = Arc<dyn Fn(String) -> Vec<u8> + Send + Sync>;

async fn serve(respond: Respond) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, Arc::clone(&respond)));
        }
    });
    address
}

/// Answers one request after the other on a connection that is kept.
async fn converse(stream: TcpStream, respond: Respond) {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
        if stream.read_line(&mut first).await.unwrap_or(0) == 0 {
            return;
        }
        while stream.read_line(&mut line).await.unwrap_or(0) > 2 {
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let response = respond(target);
        if stream.write_all(&response).await.is_err() || response.ends_with(b"\0END") {
            return;
        }
    }
}

fn response(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A feed in memory behind a socket.
async fn serve_still(still: Still) -> Address {
    let respond = move |target: String| {
        let Answer { status, body, salt } = still.0.lock().unwrap().answer(&target[1..]);
        let salt = salt.map(|salt| format!("clearinghouse-salt: {salt}\r\n"));
        response(status, &salt.unwrap_or_default(), &body)
    };
    let address = serve(Arc::new(respond)).await;
    format!("http://{address}/").parse().unwrap()
}

fn ask(address: SocketAddr, path: &str, max_bytes: usize) -> Ask {
    Ask {
        url: format!("http://{address}/{path}").parse().unwrap(),
        max_bytes,
        wait: Duration::from_secs(5),
        packed: true,
    }
}

#[tokio::test]
async fn a_whole_feed_is_verified_over_sockets() {
    let address = serve_still(Still::of(Book::of(600))).await;
    assert_ne!(address.base.as_str(), BASE);
    let source = Source::connect(&address, None).await.unwrap();
    let report = verify(Arc::new(source)).await.unwrap();
    assert_eq!((report.entries, report.tiles), (600, 4));
    assert_eq!(report.bodies, report.living);
}

#[tokio::test]
async fn answers_are_unpacked_and_cut_off_at_the_limit() {
    let packed = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    let bomb = packed(&vec![0; 8 << 20]);
    let respond = move |target: String| match target.as_str() {
        "/plain" => response(200, "", &[7; 1000]),
        "/packed" => response(200, "content-encoding: zstd\r\n", &packed(&[7; 1000])),
        "/bomb" => response(200, "content-encoding: zstd\r\n", &bomb),
        "/damaged" => response(200, "content-encoding: zstd\r\n", &[1; 50]),
        "/gzip" => response(200, "content-encoding: gzip\r\n", &[1; 50]),
        "/moved" => response(301, "location: /plain\r\n", b""),
        _ => response(404, "", b"no"),
    };
    let address = serve(Arc::new(respond)).await;
    let http = Http::new(&ask(address, "", 1).url, 4).unwrap();
    for path in ["plain", "packed"] {
        let answer = http.fetch(ask(address, path, 1000)).await.unwrap();
        assert_eq!(answer.body, [7; 1000].as_slice(), "{path}");
        let cut = http.fetch(ask(address, path, 999)).await.unwrap_err();
        assert!(
            matches!(cut, FetchError::TooLong { limit: 999, .. }),
            "{path}"
        );
    }
    let cut = http.fetch(ask(address, "bomb", 1 << 20)).await.unwrap_err();
    assert!(matches!(cut, FetchError::TooLong { .. }));
    for path in ["damaged", "gzip"] {
        let refused = http.fetch(ask(address, path, 1000)).await.unwrap_err();
        assert!(matches!(refused, FetchError::Damaged { .. }), "{path}");
    }
    for (path, status) in [("moved", 301), ("elsewhere", 404)] {
        let answer = http.fetch(ask(address, path, 1000)).await.unwrap();
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn nobody_there_is_told_from_something_wrong() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let http = Http::new(&ask(address, "", 1).url, 1).unwrap();
    let mut silent = ask(address, "silent", 10);
    silent.wait = Duration::from_millis(50);
    let slow = http.fetch(silent).await.unwrap_err();
    assert!(matches!(slow, FetchError::Slow { .. }) && slow.is_unreachable());
    drop(listener);
    let gone = http.fetch(ask(address, "gone", 10)).await.unwrap_err();
    assert!(gone.is_unreachable(), "{gone}");
}

#[tokio::test]
async fn events_are_read_until_the_stream_ends() {
    let respond = |_target: String| {
        let mut bytes = b"HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\n\r\n".to_vec();
        write!(
            bytes,
            ": hello\n\nevent: checkpoint\ndata: a\ndata: b\n\ndata: \0END"
        )
        .unwrap();
        bytes
    };
    let address = serve(Arc::new(respond)).await;
    let url = ask(address, "feed/events", 1).url;
    let http = Http::new(&url, 1).unwrap();
    let events: Vec<_> = http.events(url).collect().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].as_deref().unwrap(), "a\nb");
}

#[tokio::test]
async fn a_load_counts_what_was_acknowledged() {
    for (status, code) in [(201, None), (401, Some(1))] {
        let respond = move |target: String| {
            assert_eq!(target, "/api/v1/listings");
            response(status, "", b"{\"title\": \"no\"}")
        };
        let address = serve(Arc::new(respond)).await;
        let args = feedtool::load::LoadArgs {
            url: format!("http://{address}/"),
            token: "secret".to_owned(),
            rate: 0,
            count: 20,
            writers: 3,
            json: true,
        };
        let mut out = Vec::new();
        let outcome = feedtool::load::run(&args, &mut out).await;
        assert_eq!(outcome.err().map(|failure| failure.exit_code()), code);
        if code.is_none() {
            let printed: serde_json::Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(printed["acknowledged"], 20);
        }
    }
}
