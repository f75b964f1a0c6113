//! How is a peer asked over HTTP?

use std::error::Error;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, Stream};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use tokio::time::timeout;
use url::Url;

use super::unpack::{Unpack, UnpackError};
use super::{Answer, Ask, SALT_HEADER, Transport, TransportError};
use crate::feed::event_stream::{self, EventError};
use crate::feed::guard::{Guard, Refused};

/// How long a connection, with TLS, may take to be made.
const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// How long an answer may pause between two pieces.
const STALL_WAIT: Duration = Duration::from_secs(10);

/// How long an event stream may be silent; a peer sends a comment well before that.
const EVENTS_WAIT: Duration = Duration::from_secs(60);

/// How long an unused connection to a peer is kept for the next question.
const KEEP_IDLE: Duration = Duration::from_secs(60);

/// Unused connections kept for one peer; a first sync asks for bundles in parallel.
const KEEP_PER_PEER: usize = 8;

/// Longest `ETag` and salt we keep, in bytes; a longer one is as good as none.
const MAX_HEADER_BYTES: usize = 256;

const USER_AGENT: &str = concat!("clearinghouse/", env!("CARGO_PKG_VERSION"));

/// Asks peers over HTTP, through the guard.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: Client,
    guard: Guard,
}

impl HttpTransport {
    /// A transport that asks only where `guard` permits.
    ///
    /// # Errors
    /// If TLS cannot be set up, with the reason as the system gives it.
    pub fn new(guard: Guard) -> Result<HttpTransport, reqwest::Error> {
        let client = Client::builder()
            .user_agent(USER_AGENT)
            // A redirect is a URL that a stranger chose after the guard had looked; a proxy named
            // in the environment would make the address we compare the proxy's.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(guard)
            // Unpacked by us: the library's decoder counts neither bytes nor window.
            .zstd(false)
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_WAIT)
            .pool_idle_timeout(KEEP_IDLE)
            .pool_max_idle_per_host(KEEP_PER_PEER)
            .build()?;
        Ok(HttpTransport { client, guard })
    }

    async fn answer(&self, ask: &Ask) -> Result<Answer, TransportError> {
        let mut request = match &ask.post {
            Some(body) => self.client.post(ask.url.clone()).body(body.clone()),
            None => self.client.get(ask.url.clone()),
        };
        request = request.header(ACCEPT_ENCODING, "zstd");
        if let Some(etag) = &ask.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let response = self.send(request, &ask.url, ask.timeout).await?;
        let status = response.status().as_u16();
        let etag = header(&response, &ETAG);
        let salt = header(&response, &HeaderName::from_static(SALT_HEADER));
        let body = read_body(response, ask).await?;
        Ok(Answer {
            status,
            body,
            etag,
            salt,
        })
    }

    async fn send(
        &self,
        request: RequestBuilder,
        url: &Url,
        wait: Duration,
    ) -> Result<Response, TransportError> {
        self.guard
            .check(url)
            .map_err(|source| refused(url, source))?;
        let response = match timeout(wait, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(explain(url, &error)),
            Err(_) => return Err(slow(url, wait)),
        };
        self.guard
            .check_connected(response.remote_addr())
            .map_err(|source| refused(url, source))?;
        Ok(response)
    }

    async fn open_events(&self, url: &Url) -> Result<Response, TransportError> {
        let request = self
            .client
            .get(url.clone())
            .header(ACCEPT, "text/event-stream")
            .header(ACCEPT_ENCODING, "identity");
        let response = self.send(request, url, STALL_WAIT).await?;
        let is_events = header(&response, &CONTENT_TYPE)
            .is_some_and(|kind| kind.starts_with("text/event-stream"));
        if response.status() != StatusCode::OK || !is_events {
            return Err(TransportError::NoEvents {
                url: url.to_string(),
                status: response.status().as_u16(),
            });
        }
        Ok(response)
    }
}

impl Transport for HttpTransport {
    fn fetch(&self, ask: Ask) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            timeout(ask.timeout, self.answer(&ask))
                .await
                .unwrap_or_else(|_| Err(slow(&ask.url, ask.timeout)))
        })
    }

    fn events(&self, url: Url) -> BoxStream<'static, Result<String, TransportError>> {
        let transport = self.clone();
        Box::pin(async_stream::stream! {
            let response = match transport.open_events(&url).await {
                Ok(response) => response,
                Err(error) => {
                    yield Err(error);
                    return;
                }
            };
            let pieces = Box::pin(pieces(response, url.clone(), EVENTS_WAIT));
            let mut events = Box::pin(event_stream::events(pieces));
            while let Some(event) = events.next().await {
                yield event.map(|event| event.data).map_err(|error| misread(&url, error));
            }
        })
    }
}

async fn read_body(response: Response, ask: &Ask) -> Result<bytes::Bytes, TransportError> {
    let url = &ask.url;
    let encoding = header(&response, &CONTENT_ENCODING);
    let unpacked = |error| match error {
        UnpackError::TooLong => TransportError::TooLong {
            url: url.to_string(),
            limit: ask.max_bytes,
        },
        UnpackError::Damaged(reason) => TransportError::Damaged {
            url: url.to_string(),
            reason,
        },
    };
    let mut unpack = Unpack::new(encoding.as_deref(), ask.max_bytes).map_err(unpacked)?;
    let mut pieces = Box::pin(pieces(response, url.clone(), STALL_WAIT));
    while let Some(piece) = pieces.next().await {
        unpack.push(&piece?).map_err(unpacked)?;
    }
    unpack.finish().map_err(unpacked)
}

/// The bytes of a response as they come, each awaited for at most `wait`.
fn pieces(
    mut response: Response,
    url: Url,
    wait: Duration,
) -> impl Stream<Item = Result<bytes::Bytes, TransportError>> {
    async_stream::stream! {
        loop {
            match timeout(wait, response.chunk()).await {
                Ok(Ok(Some(piece))) => yield Ok(piece),
                Ok(Ok(None)) => return,
                Ok(Err(error)) => {
                    yield Err(explain(&url, &error));
                    return;
                }
                Err(_) => {
                    yield Err(slow(&url, wait));
                    return;
                }
            }
        }
    }
}

fn header(response: &Response, name: &HeaderName) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    (value.len() <= MAX_HEADER_BYTES).then(|| value.to_owned())
}

fn refused(url: &Url, source: Refused) -> TransportError {
    TransportError::Refused {
        url: url.to_string(),
        source,
    }
}

fn slow(url: &Url, waited: Duration) -> TransportError {
    TransportError::Slow {
        url: url.to_string(),
        waited,
    }
}

fn misread(url: &Url, error: EventError<TransportError>) -> TransportError {
    match error {
        EventError::Bytes(error) => error,
        broken => TransportError::Damaged {
            url: url.to_string(),
            reason: broken.to_string(),
        },
    }
}

/// What the network said, all the way down; the resolver's refusal comes out as a refusal.
fn explain(url: &Url, error: &reqwest::Error) -> TransportError {
    let mut reasons: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(source) = inner.downcast_ref::<Refused>() {
            return refused(url, source.clone());
        }
        let reason = inner.to_string();
        // Some layers only repeat what the one below says.
        if reasons.last() != Some(&reason) {
            reasons.push(reason);
        }
        cause = inner.source();
    }
    if reasons.is_empty() {
        reasons.push(error.to_string());
    }
    TransportError::Unreachable {
        url: url.to_string(),
        reason: reasons.join(": "),
    }
}

#[cfg(test)]
mod tests;
