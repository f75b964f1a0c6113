//! How do nodes in one process ask each other, and what goes wrong on the way?

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use clearinghouse::clock::Clock;
use clearinghouse::feed::event_stream;
use clearinghouse::feed::transport::{Answer, Ask, SALT_HEADER, Transport, TransportError};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, try_unfold};
use http_body_util::{BodyExt, Limited};
use tokio::sync::watch;
use tower::ServiceExt;
use url::Url;

/// What a liar makes of an answer to a path; `None`: no answer comes.
pub type Lie = Arc<dyn Fn(&str, Answer) -> Option<Answer> + Send + Sync>;

/// What happens to everything that one node asks of another.
#[derive(Clone)]
pub enum Trouble {
    /// Nobody answers, and event streams end.
    Cut,
    /// The time-out of each question passes, on the clock of the one who asks.
    Slow,
    /// Answers and events are changed on the way.
    Lie(Lie),
}

/// The network of one world; cheap to clone.
#[derive(Clone)]
pub struct Wire {
    board: Arc<Mutex<Board>>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Board {
    routers: BTreeMap<String, Router>,
    /// By who asks and who is asked.
    troubles: BTreeMap<(String, String), Trouble>,
    under_way: usize,
    asked: Vec<Asked>,
}

/// One question that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who asked.
    pub from: String,
    /// Who was asked.
    pub to: String,
    /// For which path.
    pub path: String,
}

impl Default for Wire {
    fn default() -> Wire {
        Wire {
            board: Arc::default(),
            changes: watch::Sender::new(0),
        }
    }
}

impl Wire {
    /// A node answers at `http://<name>.example/` from now on.
    pub fn plug(&self, name: &str, router: Router) {
        self.board().routers.insert(host(name), router);
        self.changed();
    }

    /// It answers no more, and the event streams that it serves end.
    pub fn unplug(&self, name: &str) {
        self.board().routers.remove(&host(name));
        self.changed();
    }

    /// From now on this happens to what `from` asks of `to`; `None`: nothing does.
    pub fn trouble(&self, from: &str, to: &str, trouble: Option<Trouble>) {
        let line = (from.to_owned(), host(to));
        match trouble {
            Some(trouble) => self.board().troubles.insert(line, trouble),
            None => self.board().troubles.remove(&line),
        };
        self.changed();
    }

    /// Whether anything goes wrong anywhere.
    pub fn is_troubled(&self) -> bool {
        !self.board().troubles.is_empty()
    }

    /// Questions that wait for their answer, but for those that wait for the clock.
    pub fn under_way(&self) -> usize {
        self.board().under_way
    }

    /// Everything that was asked since the last call.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.board().asked)
    }

    /// The transport of one node.
    pub fn line(&self, name: &str, clock: Clock) -> Arc<dyn Transport> {
        Arc::new(Line {
            from: name.to_owned(),
            clock,
            wire: self.clone(),
        })
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address of a node of this name.
pub fn address(name: &str) -> String {
    format!("http://{}/", host(name))
}

fn host(name: &str) -> String {
    format!("{name}.example")
}

#[derive(Clone)]
struct Line {
    from: String,
    clock: Clock,
    wire: Wire,
}

/// Counts one question while it is under way, also when it is given up.
struct UnderWay(Wire);

impl UnderWay {
    fn new(wire: &Wire) -> UnderWay {
        wire.board().under_way += 1;
        UnderWay(wire.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.board().under_way -= 1;
    }
}

impl Line {
    fn trouble(&self, url: &Url) -> Option<Trouble> {
        let line = (self.from.clone(), host_of(url));
        self.wire.board().troubles.get(&line).cloned()
    }

    fn router(&self, url: &Url) -> Result<Router, TransportError> {
        let router = self.wire.board().routers.get(&host_of(url)).cloned();
        router.ok_or_else(|| unreachable(url, "nobody listens there"))
    }

    async fn ask(&self, ask: Ask) -> Result<Answer, TransportError> {
        let trouble = self.trouble(&ask.url);
        if let Some(Trouble::Slow) = trouble {
            self.clock.sleep(ask.timeout).await;
            return Err(TransportError::Slow {
                url: ask.url.to_string(),
                waited: ask.timeout,
            });
        }
        let _counted = UnderWay::new(&self.wire);
        self.wire.board().asked.push(Asked {
            from: self.from.clone(),
            to: host_of(&ask.url),
            path: ask.url.path().to_owned(),
        });
        if let Some(Trouble::Cut) = trouble {
            return Err(unreachable(&ask.url, "the line is cut"));
        }
        let answer = fetch(self.router(&ask.url)?, &ask).await?;
        match trouble {
            Some(Trouble::Lie(lie)) => lie(ask.url.path(), answer)
                .ok_or_else(|| unreachable(&ask.url, "the answer got lost")),
            _ => Ok(answer),
        }
    }

    /// Waits until events from there can come no more.
    async fn broken(&self, url: &Url, mut changes: watch::Receiver<u64>) {
        loop {
            let cut = matches!(self.trouble(url), Some(Trouble::Cut | Trouble::Slow));
            if cut || self.router(url).is_err() {
                return;
            }
            // The wire outlives whoever waits on it.
            let _ = changes.changed().await;
        }
    }

    fn heard(&self, url: &Url, event: String) -> Option<String> {
        match self.trouble(url) {
            Some(Trouble::Lie(lie)) => {
                let answer = Answer {
                    status: 200,
                    body: event.into(),
                    ..Answer::default()
                };
                String::from_utf8(lie(url.path(), answer)?.body.into()).ok()
            }
            _ => Some(event),
        }
    }
}

impl Transport for Line {
    fn fetch(&self, ask: Ask) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(self.ask(ask))
    }

    fn events(&self, url: Url) -> BoxStream<'static, Result<String, TransportError>> {
        let line = self.clone();
        let opened = futures_util::stream::once(async move {
            let changes = line.wire.changes.subscribe();
            if matches!(line.trouble(&url), Some(Trouble::Cut | Trouble::Slow)) {
                return Err(unreachable(&url, "the line is cut"));
            }
            let answer = line.router(&url)?.oneshot(get(&url)).await;
            let answer = answer.unwrap_or_else(|never| match never {});
            let bytes = Box::pin(answer.into_body().into_data_stream());
            let events = Box::pin(event_stream::events(bytes));
            let (far, near) = (line.clone(), url.clone());
            let broken = Box::pin(async move { far.broken(&near, changes).await });
            Ok(
                try_unfold((events, line, url), async |(mut events, line, url)| {
                    loop {
                        let event = match events.next().await {
                            None => return Ok(None),
                            Some(Ok(event)) => event.data,
                            Some(Err(error)) => return Err(unreachable(&url, &error.to_string())),
                        };
                        if let Some(event) = line.heard(&url, event) {
                            return Ok(Some((event, (events, line, url))));
                        }
                    }
                })
                .take_until(broken),
            )
        });
        Box::pin(opened.flat_map(|stream| match stream {
            Ok(stream) => stream.boxed(),
            Err(error) => futures_util::stream::iter([Err(error)]).boxed(),
        }))
    }
}

async fn fetch(router: Router, ask: &Ask) -> Result<Answer, TransportError> {
    let request = match &ask.post {
        Some(body) => post(&ask.url, body.clone()),
        None => get(&ask.url),
    };
    let answer = router.oneshot(request).await;
    let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
    let body = pin!(Limited::new(body, ask.max_bytes));
    let body = body.collect().await.map_err(|_| TransportError::TooLong {
        url: ask.url.to_string(),
        limit: ask.max_bytes,
    })?;
    let header = |name: &str| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    Ok(Answer {
        status: parts.status.as_u16(),
        body: body.to_bytes(),
        etag: header("etag"),
        salt: header(SALT_HEADER),
    })
}

/// Asks a router for a path, as anyone could: the status and the bytes.
pub async fn look(router: &Router, path: &str) -> (u16, Bytes) {
    let request = Request::get(path).body(Body::empty());
    let answer = router.clone().oneshot(request.expect("a path")).await;
    let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
    let body = body.collect().await.expect("an answer comes whole");
    (parts.status.as_u16(), body.to_bytes())
}

/// Sends bytes to a path of a router, as anyone could: status, media type and bytes of the answer.
pub async fn send(router: &Router, path: &str, body: impl Into<Body>) -> (u16, String, Bytes) {
    let request = Request::post(path).body(body.into()).expect("a path");
    let answer = router.clone().oneshot(request).await;
    let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
    let body = body.collect().await.expect("an answer comes whole");
    let kind = parts.headers.get("content-type");
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    (parts.status.as_u16(), kind.to_owned(), body.to_bytes())
}

fn get(url: &Url) -> Request<Body> {
    let request = Request::get(&url[url::Position::BeforePath..]);
    request.body(Body::empty()).expect("a URL has a sound path")
}

fn post(url: &Url, body: Bytes) -> Request<Body> {
    let request = Request::post(&url[url::Position::BeforePath..]);
    let request = request.header("content-length", body.len());
    request.body(body.into()).expect("a URL has a sound path")
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn unreachable(url: &Url, reason: &str) -> TransportError {
    TransportError::Unreachable {
        url: url.to_string(),
        reason: reason.to_owned(),
    }
}
