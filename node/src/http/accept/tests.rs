//! Can slow or many connections shut others out? Real sockets on loopback, short limits.

use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;

/// Longer than any limit in [`short`], shorter than a tester's patience.
const SOON: Duration = Duration::from_secs(5);

fn short() -> Limits {
    Limits {
        connections: 1000,
        connections_per_address: 4,
        exempt_loopback: true,
        first_byte: Duration::from_millis(300),
        headers: Duration::from_millis(300),
        idle: Duration::from_millis(300),
        body_pause: Duration::from_millis(300),
        body_whole: Duration::from_millis(600),
        write_pause: Duration::from_millis(300),
        drain: Duration::from_millis(300),
        ..Limits::default()
    }
}

fn router() -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route(
            "/who",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }),
        )
        .route("/echo", post(|body: axum::body::Bytes| async move { body }))
        .route(
            "/long",
            get(|| async {
                sleep(Duration::from_millis(150)).await;
                "done"
            }),
        )
        .route("/never", get(std::future::pending::<()>))
        .route("/much", get(|| async { vec![0_u8; 64 << 20] }))
}

struct Running {
    address: SocketAddr,
    shut: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn run(limits: Limits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (shut, shutting) = oneshot::channel();
    let task = tokio::spawn(serve(listener, router(), limits, async {
        let _ = shutting.await;
    }));
    Running {
        address,
        shut,
        task,
    }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `text` on a new connection and returns all that comes until it is closed.
    async fn ask(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        all_of(&mut stream).await
    }
}

async fn all_of(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset instead of a clean end is also an end.
    let _ = timeout(SOON, stream.read_to_end(&mut bytes))
        .await
        .expect("the connection is closed in time");
    String::from_utf8_lossy(&bytes).into_owned()
}

const HELLO: &str = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/// One way to be slow: what is sent at once, and what is dribbled, a byte at a time.
async fn be_slow(mut stream: TcpStream, at_once: &str, dribble: &str) {
    stream.write_all(at_once.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let dribbling = async {
        for byte in dribble.bytes().cycle() {
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut sink = [0; 1024];
    let reading = async { while matches!(reader.read(&mut sink).await, Ok(read) if read > 0) {} };
    let closed = async {
        if dribble.is_empty() {
            reading.await;
        } else {
            tokio::select! { () = reading => {}, () = dribbling => {} }
        }
    };
    timeout(SOON, closed)
        .await
        .unwrap_or_else(|_| panic!("still open after {at_once:?} and {dribble:?}"));
}

#[tokio::test]
async fn three_hundred_slow_connections_are_closed_while_others_are_served() {
    let running = run(short()).await;
    let ways = [
        ("", ""),
        ("P", ""),
        ("PRI * HTTP/2.0\r\n", ""),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
        ("GET / HTTP/1.1\r\nhost: x\r\n", ""),
        ("GET / HTTP/1.1\r\nhost: x\r\n", "a: b\r\n"),
        ("GET / HTTP/1.1\r\nhost: x\r\n\r\n", ""),
        (
            "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
            "GET /aaaaaaaaaaaaaaaaaaaaa",
        ),
        (
            "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\nabc",
            "",
        ),
        (
            "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n",
            "x",
        ),
    ];
    let mut slow = tokio::task::JoinSet::new();
    for at in 0..300 {
        let (at_once, dribble) = ways[at % ways.len()];
        slow.spawn(be_slow(running.connect().await, at_once, dribble));
    }
    for _ in 0..5 {
        assert!(running.ask(HELLO).await.ends_with("hello"));
    }
    while let Some(closed) = slow.join_next().await {
        closed.unwrap();
    }
}

#[tokio::test]
async fn a_visitor_who_takes_nothing_of_an_answer_is_let_go() {
    let running = run(Limits {
        connections: 1,
        ..short()
    })
    .await;
    let mut greedy = running.connect().await;
    greedy
        .write_all(b"GET /much HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    // There is one place only, so this is answered when the greedy one has lost it.
    let answer = timeout(SOON, running.ask(HELLO)).await.unwrap();
    assert!(answer.ends_with("hello"));
}

#[tokio::test]
async fn an_address_has_only_its_share_and_gets_it_back() {
    let running = run(Limits {
        exempt_loopback: false,
        connections_per_address: 4,
        first_byte: SOON,
        ..short()
    })
    .await;
    let mut inside = Vec::new();
    for _ in 0..4 {
        inside.push(running.connect().await);
    }
    let mut fifth = running.connect().await;
    assert_eq!(all_of(&mut fifth).await, "");

    let other = TcpSocket::new_v4().unwrap();
    other.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut other = other.connect(running.address).await.unwrap();
    other.write_all(HELLO.as_bytes()).await.unwrap();
    assert!(all_of(&mut other).await.ends_with("hello"));

    // Their end of a finished request is the sign that its place is free again.
    let mut first = inside.remove(0);
    first.write_all(HELLO.as_bytes()).await.unwrap();
    assert!(all_of(&mut first).await.ends_with("hello"));
    let mut answer = String::new();
    while answer.is_empty() {
        // The server frees the place just after it closes the socket.
        answer = running.ask(HELLO).await;
    }
    assert!(answer.ends_with("hello"));
}

#[test]
fn ipv6_is_counted_by_its_64_and_mapped_ipv4_as_ipv4() {
    for (address, counted) in [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
        ("2001:db8:1:3::", "2001:db8:1:3::"),
    ] {
        let parse = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(counted_as(parse(address)), parse(counted), "{address}");
    }
}

#[tokio::test]
async fn heads_have_a_largest_size_and_number_of_lines() {
    let limits = short();
    let running = run(limits.clone()).await;
    let head = |lines: usize, length: usize| {
        let line = format!("a: {}\r\n", "b".repeat(length));
        HELLO.replace("\r\n\r\n", &format!("\r\n{}\r\n", line.repeat(lines)))
    };
    // Two lines are there already.
    for (lines, length, served) in [
        (limits.header_lines - 2, 1, true),
        (limits.header_lines - 1, 1, false),
        (1, limits.header_bytes as usize - 200, true),
        (1, 2 * limits.header_bytes as usize, false),
    ] {
        let answer = running.ask(&head(lines, length)).await;
        assert_eq!(answer.ends_with("hello"), served, "{lines} × {length}");
    }
}

#[tokio::test]
async fn a_handler_sees_the_visitors_address() {
    let running = run(short()).await;
    let mut stream = running.connect().await;
    let own = stream.local_addr().unwrap().to_string();
    let question = HELLO.replace("GET /", "GET /who");
    stream.write_all(question.as_bytes()).await.unwrap();
    assert!(all_of(&mut stream).await.ends_with(&own));
}

#[tokio::test]
async fn a_connection_serves_several_requests_and_their_bodies() {
    let running = run(short()).await;
    let one = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc";
    let answer = running.ask(&format!("{one}{one}{HELLO}")).await;
    assert_eq!(answer.matches("abc").count(), 2);
    assert!(answer.ends_with("hello"));
}

#[tokio::test]
async fn a_shutdown_lets_requests_finish_but_does_not_wait_for_ever() {
    let running = run(Limits {
        drain: Duration::from_secs(1),
        ..short()
    })
    .await;
    let mut idle = running.connect().await;
    let mut long = running.connect().await;
    let question = HELLO.replace("GET /", "GET /long");
    long.write_all(question.as_bytes()).await.unwrap();
    let mut never = running.connect().await;
    let question = HELLO.replace("GET /", "GET /never");
    never.write_all(question.as_bytes()).await.unwrap();
    // Connections are let in one after the other, so an answer here means all above are inside.
    assert!(running.ask(HELLO).await.ends_with("hello"));

    running.shut.send(()).unwrap();
    assert_eq!(all_of(&mut idle).await, "");
    assert!(all_of(&mut long).await.ends_with("done"));
    assert_eq!(all_of(&mut never).await, "");
    timeout(SOON, running.task).await.unwrap().unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn http_2_is_spoken_and_let_go_when_idle() {
    let running = run(Limits {
        connections: 1,
        ..short()
    })
    .await;
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .no_proxy()
        .build()
        .unwrap();
    let url = format!("http://{}/long", running.address);
    let ask = || async {
        let answer = client.get(&url).send().await.unwrap();
        (answer.version(), answer.text().await.unwrap())
    };
    let all = futures_util::future::join_all((0..20).map(|_| ask())).await;
    for (version, text) in all {
        assert_eq!((version, &text[..]), (axum::http::Version::HTTP_2, "done"));
    }
    // The client keeps its connection, and it has the only place.
    let answer = timeout(SOON, running.ask(HELLO)).await.unwrap();
    assert!(answer.ends_with("hello"));
}
