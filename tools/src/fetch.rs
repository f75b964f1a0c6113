//! How is a node asked over HTTP, so that no answer can be endless?

use std::error::Error;
use std::io::Read;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use reqwest::{Client, Response, redirect};
use tokio::time::timeout;
use url::{Host, Url};

use crate::events::Events;

/// Requests that one walk has under way at once; a node lets 64 connections of one address in.
pub const PARALLEL: usize = 16;

/// The header that carries the salt of a single body, in standard base64.
const SALT_HEADER: &str = "clearinghouse-salt";

/// How long a connection, with TLS, may take to be made.
const CONNECT_WAIT: Duration = Duration::from_secs(10);

/// How long an event stream may be silent; a node sends a comment well before that.
const EVENTS_WAIT: Duration = Duration::from_secs(60);

/// The largest window of a compressed answer, 8 MiB (RFC 9659).
const WINDOW_LOG_MAX: u32 = 23;

const USER_AGENT: &str = concat!("feedtool/", env!("CARGO_PKG_VERSION"));

/// One question.
#[derive(Debug, Clone)]
pub struct Ask {
    /// What is asked for.
    pub url: Url,
    /// The longest answer that is taken, in bytes after decompression.
    pub max_bytes: usize,
    /// How long the whole exchange may take.
    pub wait: Duration,
    /// Whether the answer is worth packing: text is, hashes are not.
    pub packed: bool,
}

/// What came back, whatever its status.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// At most `max_bytes` of the question.
    pub body: Bytes,
    /// The salt of a single body in base64, unverified.
    pub salt: Option<String>,
}

/// Who answers: a node over HTTP, or files in memory.
pub trait Fetch: Send + Sync + 'static {
    /// Asks once; follows no redirect and tries nothing again.
    fn fetch(&self, ask: Ask) -> BoxFuture<'static, Result<Answer, FetchError>>;

    /// The text of each event of an event stream, until the node or the network ends it.
    fn events(&self, url: Url) -> BoxStream<'static, Result<String, FetchError>>;
}

/// Why there is no usable answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FetchError {
    /// The network or the node failed.
    #[error("{url} could not be reached: {reason}")]
    Unreachable {
        /// The address.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// Slower than the question allowed.
    #[error("{url} did not answer within {} s", wait.as_secs())]
    Slow {
        /// The address.
        url: String,
        /// How long we waited.
        wait: Duration,
    },
    /// Longer than the question allowed.
    #[error("the answer of {url} is longer than {limit} bytes")]
    TooLong {
        /// The address.
        url: String,
        /// The question's limit in bytes.
        limit: usize,
    },
    /// Against the rules of its own encoding.
    #[error("the answer of {url} is damaged: {reason}")]
    Damaged {
        /// The address.
        url: String,
        /// Which rule.
        reason: String,
    },
}

impl FetchError {
    /// Whether nothing came, rather than something wrong.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            FetchError::Unreachable { .. } | FetchError::Slow { .. }
        )
    }
}

/// Asks over HTTP, on connections that are kept.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client,
    /// Within one machine, packing costs more than it saves.
    is_near: bool,
}

impl Http {
    /// A client for the node at `url`, with room for `connections` that wait for the next question.
    ///
    /// # Errors
    /// [`FetchError::Unreachable`] if TLS cannot be set up here.
    pub fn new(url: &Url, connections: usize) -> Result<Http, FetchError> {
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            // Unpacked by us: the library's decoder counts neither bytes nor window.
            .zstd(false)
            .connect_timeout(CONNECT_WAIT)
            .pool_max_idle_per_host(connections)
            .tcp_nodelay(true);
        let is_near = is_loopback(url);
        if is_near {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| explain(url, &error))?;
        Ok(Http { client, is_near })
    }

    /// Posts JSON under a bearer token, and answers with the status and the start of the answer.
    ///
    /// # Errors
    /// [`FetchError`], as for every question.
    pub async fn post(&self, ask: Ask, token: &str, json: Vec<u8>) -> Result<Answer, FetchError> {
        let request = self.client.post(ask.url.clone()).bearer_auth(token);
        let request = request.header(CONTENT_TYPE, "application/json").body(json);
        within(&ask, async {
            let sent = request.send().await;
            read(sent.map_err(|error| explain(&ask.url, &error))?, &ask).await
        })
        .await
    }
}

impl Fetch for Http {
    fn fetch(&self, ask: Ask) -> BoxFuture<'static, Result<Answer, FetchError>> {
        let packing = match ask.packed && !self.is_near {
            true => "zstd",
            false => "identity",
        };
        let request = self.client.get(ask.url.clone());
        let request = request.header(ACCEPT_ENCODING, HeaderValue::from_static(packing));
        Box::pin(async move {
            within(&ask, async {
                let sent = request.send().await;
                read(sent.map_err(|error| explain(&ask.url, &error))?, &ask).await
            })
            .await
        })
    }

    fn events(&self, url: Url) -> BoxStream<'static, Result<String, FetchError>> {
        let request = self.client.get(url.clone());
        let request = request.header(ACCEPT, HeaderValue::from_static("text/event-stream"));
        let opened = async move {
            let sent = timeout(CONNECT_WAIT, request.send()).await;
            let response = match sent {
                Ok(sent) => sent.map_err(|error| explain(&url, &error))?,
                Err(_) => return Err(slow(&url, CONNECT_WAIT)),
            };
            if response.status() != 200 {
                return Err(damaged(&url, format!("status {}", response.status())));
            }
            Ok((url, response))
        };
        Box::pin(stream::once(opened).flat_map(|opened| match opened {
            Ok((url, response)) => read_events(url, response),
            Err(error) => Box::pin(stream::once(async { Err(error) })),
        }))
    }
}

async fn within(
    ask: &Ask,
    exchange: impl Future<Output = Result<Answer, FetchError>>,
) -> Result<Answer, FetchError> {
    match timeout(ask.wait, exchange).await {
        Ok(answer) => answer,
        Err(_) => Err(slow(&ask.url, ask.wait)),
    }
}

async fn read(mut response: Response, ask: &Ask) -> Result<Answer, FetchError> {
    let status = response.status().as_u16();
    let salt = header(response.headers(), SALT_HEADER);
    let packed = match header(response.headers(), CONTENT_ENCODING.as_str()).as_deref() {
        None | Some("" | "identity") => false,
        Some("zstd") => true,
        Some(other) => {
            let reason = format!("it is packed as {other:?}, which was not asked for");
            return Err(damaged(&ask.url, reason));
        }
    };
    let mut first = Bytes::new();
    let mut whole: Vec<u8> = Vec::new();
    while let Some(piece) = next(&mut response, &ask.url).await? {
        if piece.len() > ask.max_bytes - whole.len().max(first.len()) {
            return Err(too_long(ask));
        }
        // Most answers come in one piece, which is then not copied.
        if whole.is_empty() && first.is_empty() {
            first = piece;
            continue;
        }
        if whole.is_empty() {
            whole.extend_from_slice(&first);
        }
        whole.extend_from_slice(&piece);
    }
    let body = if whole.is_empty() {
        first
    } else {
        whole.into()
    };
    let body = if packed { unpack(&body, ask)? } else { body };
    Ok(Answer { status, body, salt })
}

fn unpack(packed: &[u8], ask: &Ask) -> Result<Bytes, FetchError> {
    let fault = |error: std::io::Error| damaged(&ask.url, error.to_string());
    let mut decoder = zstd::Decoder::with_buffer(packed).map_err(fault)?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(fault)?;
    let mut body = Vec::new();
    let limit = ask.max_bytes as u64;
    let read = decoder.take(limit + 1).read_to_end(&mut body);
    if read.map_err(fault)? > ask.max_bytes {
        return Err(too_long(ask));
    }
    Ok(body.into())
}

fn read_events(url: Url, response: Response) -> BoxStream<'static, Result<String, FetchError>> {
    let begun = (url, response, Events::default(), false);
    let batches = stream::unfold(begun, |(url, mut response, mut events, over)| async move {
        if over {
            return None;
        }
        let piece = match timeout(EVENTS_WAIT, next(&mut response, &url)).await {
            Ok(piece) => piece,
            Err(_) => Err(slow(&url, EVENTS_WAIT)),
        };
        let batch = match piece {
            Ok(None) => return None,
            Ok(Some(piece)) => events
                .push(&piece)
                .map_err(|fault| damaged(&url, fault.to_string())),
            Err(error) => Err(error),
        };
        let over = batch.is_err();
        let batch = match batch {
            Ok(texts) => texts.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        Some((stream::iter(batch), (url, response, events, over)))
    });
    Box::pin(batches.flatten())
}

async fn next(response: &mut Response, url: &Url) -> Result<Option<Bytes>, FetchError> {
    response.chunk().await.map_err(|error| explain(url, &error))
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn slow(url: &Url, wait: Duration) -> FetchError {
    let url = url.to_string();
    FetchError::Slow { url, wait }
}

fn too_long(ask: &Ask) -> FetchError {
    let (url, limit) = (ask.url.to_string(), ask.max_bytes);
    FetchError::TooLong { url, limit }
}

fn damaged(url: &Url, reason: String) -> FetchError {
    let url = url.to_string();
    FetchError::Damaged { url, reason }
}

/// What the network said: the innermost cause names it best.
fn explain(url: &Url, error: &reqwest::Error) -> FetchError {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let (url, reason) = (url.to_string(), cause.to_string());
    FetchError::Unreachable { url, reason }
}
