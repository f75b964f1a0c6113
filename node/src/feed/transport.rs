//! How do we ask another node for bytes?
//!
//! A lying peer can delay what comes back or make it useless, not make it long: whatever is
//! returned here is bounded and still has to be verified.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use url::Url;

use super::guard::Refused;

mod over_http;
mod unpack;

pub use over_http::HttpTransport;

/// The header that carries the salt of a single body, in standard base64.
///
/// The bytes of `/feed/<nid>/<epoch>/body/<index>` are the committed ones, so the salt that the
/// commitment also covers travels beside them.
pub const SALT_HEADER: &str = "clearinghouse-salt";

/// What we ask of a peer: one small trait, so that tests can run many nodes in memory.
pub trait Transport: Send + Sync {
    /// Asks once; follows no redirect and tries nothing again.
    fn fetch(&self, ask: Ask) -> BoxFuture<'_, Result<Answer, TransportError>>;

    /// The text of each event of a peer's event stream, until the peer or the network ends it.
    ///
    /// After an error the stream is over; the caller connects anew, with patience.
    fn events(&self, url: Url) -> BoxStream<'static, Result<String, TransportError>>;
}

/// One question to a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Whom and what.
    pub url: Url,
    /// Longest answer that is accepted, in bytes after decompression.
    pub max_bytes: usize,
    /// How long the whole exchange may take.
    pub timeout: Duration,
    /// The tag of what we already hold, so that an unchanged answer can be 304 without a body.
    pub etag: Option<String>,
    /// A body makes the question a POST, as witnesses want it.
    pub post: Option<Bytes>,
}

impl Ask {
    /// A plain GET.
    pub fn new(url: Url, max_bytes: usize, timeout: Duration) -> Ask {
        Ask {
            url,
            max_bytes,
            timeout,
            etag: None,
            post: None,
        }
    }

    /// The same question, to be answered only if it changed since `etag`.
    pub fn unless(mut self, etag: Option<String>) -> Ask {
        self.etag = etag;
        self
    }

    /// The same question as a POST of `body`.
    pub fn posting(mut self, body: impl Into<Bytes>) -> Ask {
        self.post = Some(body.into());
        self
    }
}

/// What came back, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// At most `max_bytes` of the question.
    pub body: Bytes,
    /// The tag to ask with next time.
    pub etag: Option<String>,
    /// The text of [`SALT_HEADER`], unverified.
    pub salt: Option<String>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// We do not ask there.
    #[error("{url} may not be asked")]
    Refused {
        /// The address.
        url: String,
        /// The guard's reason.
        #[source]
        source: Refused,
    },
    /// The network or the peer failed.
    #[error("{url} could not be reached: {reason}")]
    Unreachable {
        /// The address.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// The peer was slower than the question allowed, or silent for too long.
    #[error("{url} did not answer within {} s", .waited.as_secs_f32())]
    Slow {
        /// The address.
        url: String,
        /// How long we waited, for the whole or for the next bytes.
        waited: Duration,
    },
    /// The answer is longer than the question allowed.
    #[error("the answer of {url} is longer than {limit} bytes")]
    TooLong {
        /// The address.
        url: String,
        /// The question's limit in bytes.
        limit: usize,
    },
    /// The answer breaks the rules of its own encoding.
    #[error("the answer of {url} is damaged: {reason}")]
    Damaged {
        /// The address.
        url: String,
        /// Which rule.
        reason: String,
    },
    /// Events were asked for and something else came.
    #[error("{url} answered {status} where events were asked for")]
    NoEvents {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
}
