//! How do nodes ask each other when every message is a step of its own?

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use clearinghouse::feed::event_stream;
use clearinghouse::feed::transport::{Answer, Ask, SALT_HEADER, Transport, TransportError};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use http_body_util::{BodyExt, Limited};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tower::ServiceExt;
use url::Url;

/// What comes back to whoever asked.
pub type Back = Result<Answer, TransportError>;

/// One event, or why there are no more.
pub type Heard = Result<String, TransportError>;

/// Something that a node wants of the network.
pub enum Wish {
    /// An answer.
    Ask {
        /// Which machine asks.
        from: usize,
        /// What.
        ask: Ask,
        /// Who waits for it.
        reply: oneshot::Sender<Back>,
    },
    /// A stream of events.
    Listen {
        /// Which machine listens.
        from: usize,
        /// To what.
        url: Url,
        /// Who waits for them.
        events: mpsc::UnboundedSender<Heard>,
    },
    /// An event left the machine that serves a stream.
    Said {
        /// The stream.
        stream: u64,
        /// The event.
        event: String,
    },
    /// The machine that serves a stream has ended it.
    Ended {
        /// The stream.
        stream: u64,
    },
}

impl Wish {
    /// Its place among those of one moment; those of one stream keep their order.
    fn place(&self) -> (u8, u64, String) {
        match self {
            Wish::Ask { from, ask, .. } => (0, *from as u64, ask.url.to_string()),
            Wish::Listen { from, url, .. } => (1, *from as u64, url.to_string()),
            Wish::Said { stream, .. } | Wish::Ended { stream } => (2, *stream, String::new()),
        }
    }
}

/// Where nodes leave their wishes until the world takes them up; cheap to clone.
#[derive(Clone, Default)]
pub struct Inbox(Arc<Mutex<Vec<Wish>>>);

impl Inbox {
    /// Leaves a wish.
    pub fn put(&self, wish: Wish) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(wish);
    }

    /// Everything that was left since the last call, in an order that does not depend on which of two
    /// threads was quicker.
    pub fn take(&self) -> Vec<Wish> {
        let mut wishes =
            std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        wishes.sort_by_cached_key(Wish::place);
        wishes
    }
}

/// The transport of one machine.
pub struct Line {
    /// Which machine asks.
    pub from: usize,
    /// Where its wishes go.
    pub inbox: Inbox,
}

impl Transport for Line {
    fn fetch(&self, ask: Ask) -> BoxFuture<'_, Back> {
        let (reply, answer) = oneshot::channel();
        let url = ask.url.clone();
        let from = self.from;
        self.inbox.put(Wish::Ask { from, ask, reply });
        Box::pin(async move {
            answer
                .await
                .unwrap_or_else(|_| Err(unreachable(&url, "the network is gone")))
        })
    }

    fn events(&self, url: Url) -> BoxStream<'static, Heard> {
        let (events, heard) = mpsc::unbounded_channel();
        let from = self.from;
        self.inbox.put(Wish::Listen { from, url, events });
        let next = |mut heard: mpsc::UnboundedReceiver<Heard>| async move {
            heard.recv().await.map(|event| (event, heard))
        };
        stream::unfold(heard, next).boxed()
    }
}

/// Lets a node's own handlers answer.
pub async fn serve(router: Router, ask: &Ask) -> Back {
    let request = match &ask.post {
        None => Request::get(ask.url.path()).body(Body::empty()),
        Some(bytes) => Request::post(ask.url.path()).body(Body::from(bytes.clone())),
    };
    let request = request.expect("an address that was read can be asked for");
    let answer = router.oneshot(request).await;
    let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
    let body = Limited::new(body, ask.max_bytes).collect().await;
    let body = body.map_err(|_| TransportError::TooLong {
        url: ask.url.to_string(),
        limit: ask.max_bytes,
    })?;
    let header = |name: &str| Some(parts.headers.get(name)?.to_str().ok()?.to_owned());
    Ok(Answer {
        status: parts.status.as_u16(),
        body: body.to_bytes(),
        etag: header("etag"),
        salt: header(SALT_HEADER),
    })
}

/// Opens a stream of events at a node and passes each on to the inbox; `None` if it refuses.
pub async fn open(router: Router, url: &Url, stream: u64, inbox: Inbox) -> Option<JoinHandle<()>> {
    let request = Request::get(url.path()).body(Body::empty());
    let request = request.expect("an address that was read can be asked for");
    let answer = router.oneshot(request).await;
    let answer = answer.unwrap_or_else(|never| match never {});
    if !answer.status().is_success() {
        return None;
    }
    let bytes = Box::pin(answer.into_body().into_data_stream());
    Some(tokio::spawn(async move {
        let mut events = Box::pin(event_stream::events(bytes));
        while let Some(Ok(event)) = events.next().await {
            let event = event.data;
            inbox.put(Wish::Said { stream, event });
        }
        inbox.put(Wish::Ended { stream });
    }))
}

/// The error of someone who could not be reached.
pub fn unreachable(url: &Url, reason: &str) -> TransportError {
    TransportError::Unreachable {
        url: url.to_string(),
        reason: reason.to_owned(),
    }
}

/// What happens to messages on their way from one machine to another.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// Nothing arrives, and nobody says so.
    pub gone: bool,
    /// Nothing arrives, and the network says so.
    pub refused: bool,
    /// Of a thousand messages so many get lost.
    pub lost: u64,
    /// Of a thousand questions so many arrive twice.
    pub twice: u64,
    /// Longest time on the way, in milliseconds.
    pub slow_ms: u64,
}

impl Weather {
    /// A good line.
    pub const FAIR: Weather = Weather {
        gone: false,
        refused: false,
        lost: 0,
        twice: 0,
        slow_ms: 50,
    };
}

/// Tells when nothing can happen any more but by a message or a clock.
#[derive(Default)]
pub struct Idle {
    asked: AtomicBool,
    idle: Notify,
}

impl Idle {
    /// To be called before the runtime's thread goes to sleep.
    pub fn parking(&self) {
        if self.asked.load(Ordering::Acquire) {
            self.idle.notify_one();
        }
    }

    /// Waits until that is so.
    pub async fn wait(&self) {
        self.asked.store(true, Ordering::Release);
        self.idle.notified().await;
        self.asked.store(false, Ordering::Release);
    }
}
