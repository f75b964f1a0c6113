//! What do we ask of another node?

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clearinghouse_protocol::feed::body::{FRAME_BYTES, SALT_BYTES};
use clearinghouse_protocol::feed::entry::{BODY_MAX_BYTES, HEADER_BYTES, PAYLOAD_MAX_BYTES};
use clearinghouse_protocol::feed::evidence::EVIDENCE_MAX_BYTES;
use clearinghouse_protocol::feed::identity::CHAIN_MAX_BYTES;
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::tlog::tile::{EntryBundle, Tile, bodies_path};
use clearinghouse_protocol::tlog::tree::Index;
use futures_util::stream::BoxStream;
use serde::Deserialize;
use url::Url;

use super::transport::{Answer, Ask, Transport, TransportError};

/// A checkpoint with a hundred cosignatures is far below it.
const CHECKPOINT_MAX_BYTES: usize = 64 * 1024;

/// Names and addresses of one node.
const CARD_MAX_BYTES: usize = 64 * 1024;

/// 256 entries of the largest size, each after its length.
const BUNDLE_MAX_BYTES: usize = 256 * (2 + HEADER_BYTES + PAYLOAD_MAX_BYTES);

/// 256 bodies of the largest size, each in its frame.
const BODIES_MAX_BYTES: usize = 256 * (FRAME_BYTES + BODY_MAX_BYTES);

/// How long a small answer may take.
const SHORT: Duration = Duration::from_secs(15);

/// How long a bundle may take on a slow line.
const LONG: Duration = Duration::from_secs(120);

/// Another node, at one of its addresses.
#[derive(Clone)]
pub struct Peer {
    transport: Arc<dyn Transport>,
    base: Url,
}

/// Why a peer's answer is of no use.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// There was none.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The peer says that it does not have it.
    #[error("{url} answered with status {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The answer's status.
        status: u16,
    },
    /// The answer is not of the shape that docs/format.md gives.
    #[error("{url} answered what cannot be read: {what}")]
    Shape {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        what: String,
    },
}

/// What a node says of itself under `/.well-known/clearinghouse`; a hint until its identity is verified.
#[derive(Debug, Clone, Deserialize)]
pub struct Card {
    /// Its identifier.
    pub nid: String,
}

/// A body as a peer serves it.
pub enum ServedBody {
    /// Salt and bytes, not yet checked against the commitment.
    Here(Box<([u8; SALT_BYTES], Bytes)>),
    /// It was replaced or erased.
    Gone,
}

impl Peer {
    /// The node at `base`, an address with a slash at its end.
    pub fn new(transport: Arc<dyn Transport>, base: Url) -> Peer {
        Peer { transport, base }
    }

    /// Its address.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Who it says that it is.
    pub async fn card(&self) -> Result<Card, PeerError> {
        let answer = self
            .ask(".well-known/clearinghouse", CARD_MAX_BYTES, SHORT)
            .await?;
        serde_json::from_slice(&answer.body)
            .map_err(|error| self.shape(".well-known/clearinghouse", &error.to_string()))
    }

    /// The chain of identity notes of a node.
    pub async fn identity(&self, nid: Nid) -> Result<Bytes, PeerError> {
        Ok(self
            .ask(&format!("feed/{nid}/identity"), CHAIN_MAX_BYTES, SHORT)
            .await?
            .body)
    }

    /// The latest signed checkpoint of the newest log that it has of a node.
    pub async fn newest(&self, nid: Nid) -> Result<Bytes, PeerError> {
        let path = format!("feed/{nid}/checkpoint");
        Ok(self.ask(&path, CHECKPOINT_MAX_BYTES, SHORT).await?.body)
    }

    /// The latest signed checkpoint that it has of a log.
    pub async fn checkpoint(&self, origin: Origin) -> Result<Bytes, PeerError> {
        let path = format!("{}checkpoint", prefix(origin));
        Ok(self.ask(&path, CHECKPOINT_MAX_BYTES, SHORT).await?.body)
    }

    /// Its evidence that a log forked; `None` when it has none.
    pub async fn evidence(&self, origin: Origin) -> Result<Option<Bytes>, PeerError> {
        let path = format!("{}evidence", prefix(origin));
        match self.ask(&path, EVIDENCE_MAX_BYTES, SHORT).await {
            Ok(answer) => Ok(Some(answer.body)),
            Err(PeerError::Status { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One bundle of entries.
    pub async fn entries(&self, origin: Origin, bundle: EntryBundle) -> Result<Bytes, PeerError> {
        let path = format!("{}{}", prefix(origin), bundle.path());
        Ok(self.ask(&path, BUNDLE_MAX_BYTES, LONG).await?.body)
    }

    /// One tile of hashes.
    pub async fn tile(&self, origin: Origin, tile: Tile) -> Result<Bytes, PeerError> {
        let path = format!("{}{}", prefix(origin), tile.path());
        Ok(self.ask(&path, 256 * 32, SHORT).await?.body)
    }

    /// The living bodies of 256 neighbouring entries.
    pub async fn bodies(&self, origin: Origin, number: u64) -> Result<Bytes, PeerError> {
        let path = format!("{}{}", prefix(origin), bodies_path(number));
        Ok(self.ask(&path, BODIES_MAX_BYTES, LONG).await?.body)
    }

    /// One body.
    pub async fn body(&self, origin: Origin, index: Index) -> Result<ServedBody, PeerError> {
        let path = format!("{}body/{}", prefix(origin), index.0);
        let answer = match self.ask(&path, BODY_MAX_BYTES, SHORT).await {
            Err(PeerError::Status { status: 410, .. }) => return Ok(ServedBody::Gone),
            answer => answer?,
        };
        let salt = answer
            .salt
            .as_deref()
            .and_then(|salt| STANDARD.decode(salt).ok());
        let salt = salt.and_then(|salt| <[u8; SALT_BYTES]>::try_from(salt).ok());
        let salt = salt.ok_or_else(|| self.shape(&path, "the salt is missing"))?;
        Ok(ServedBody::Here(Box::new((salt, answer.body))))
    }

    /// Its event stream: a signed checkpoint for each change of each feed that it serves.
    pub fn events(&self) -> BoxStream<'static, Result<String, TransportError>> {
        match self.base.join("feed/events") {
            Ok(url) => self.transport.events(url),
            Err(_) => Box::pin(futures_util::stream::empty()),
        }
    }

    async fn ask(&self, path: &str, max_bytes: usize, wait: Duration) -> Result<Answer, PeerError> {
        let url = self
            .base
            .join(path)
            .map_err(|error| self.shape(path, &error.to_string()))?;
        let answer = self
            .transport
            .fetch(Ask::new(url.clone(), max_bytes, wait))
            .await?;
        match answer.status {
            200 => Ok(answer),
            status => Err(PeerError::Status {
                url: url.to_string(),
                status,
            }),
        }
    }

    fn shape(&self, path: &str, what: &str) -> PeerError {
        PeerError::Shape {
            url: format!("{}{path}", self.base),
            what: what.to_owned(),
        }
    }
}

fn prefix(origin: Origin) -> String {
    format!("feed/{}/{}/", origin.nid, origin.epoch)
}
