//! Which feed is asked, whose is it, and what can it be asked for?

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use clearinghouse_protocol::feed::body::{FRAME_BYTES, SALT_BYTES};
use clearinghouse_protocol::feed::entry::{BODY_MAX_BYTES, HEADER_BYTES, PAYLOAD_MAX_BYTES};
use clearinghouse_protocol::feed::identity::{CHAIN_MAX_BYTES, Identity};
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::tlog::key::VerifierKey;
use clearinghouse_protocol::tlog::text::array_from_base64;
use clearinghouse_protocol::tlog::tile::{EntryBundle, FULL_WIDTH, Tile, bodies_path};
use clearinghouse_protocol::tlog::tree::Index;
use futures_util::stream::BoxStream;
use serde::Deserialize;
use url::Url;

use crate::failure::Failure;
use crate::fetch::{Answer, Ask, Fetch, FetchError, Http, PARALLEL};

/// A checkpoint, card or receipt with a hundred cosignatures is far below it.
const SMALL_MAX_BYTES: usize = 128 * 1024;

/// 256 entries of the largest size, each after its length.
const BUNDLE_MAX_BYTES: usize = FULL_WIDTH as usize * (2 + HEADER_BYTES + PAYLOAD_MAX_BYTES);

/// 256 bodies of the largest size, each in its frame.
const BODIES_MAX_BYTES: usize = FULL_WIDTH as usize * (FRAME_BYTES + BODY_MAX_BYTES);

/// How long a small answer may take.
const SHORT: Duration = Duration::from_secs(15);

/// How long a bundle may take on a slow line.
const LONG: Duration = Duration::from_secs(120);

/// Where an address on the command line leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The node's base URL, with a slash at its end.
    pub base: Url,
    /// The log, if the address is that of a feed: `<base>feed/<nid>/<epoch>/`.
    pub origin: Option<Origin>,
}

impl FromStr for Address {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Address, Failure> {
        let wrong = |what: &str| {
            Failure::Usage(format!(
                "{text:?} {what}; give an address such as https://example.org/"
            ))
        };
        let mut base = Url::parse(text).map_err(|_| wrong("is no URL"))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong("is not an http or https URL"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(wrong("has a query or fragment"));
        }
        let path = base.path().trim_end_matches('/').to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        let origin = match parts[..] {
            [.., "feed", nid, epoch] => Some(format!("clearinghouse/{nid}/{epoch}")),
            _ => None,
        };
        let kept = parts.len() - if origin.is_some() { 3 } else { 0 };
        base.set_path(&format!("{}/", parts[..kept].join("/")));
        let origin = origin.map(|origin| origin.parse()).transpose();
        let origin = origin.map_err(|error| wrong(&format!("names no feed: {error}")))?;
        Ok(Address { base, origin })
    }
}

/// What a node says of itself; a hint until its identity is verified.
#[derive(Debug, Deserialize)]
struct Card {
    nid: String,
}

/// A body as it is served by itself.
#[derive(Debug, Clone)]
pub enum ServedBody {
    /// Salt and bytes, not yet checked against the commitment.
    Here([u8; SALT_BYTES], Bytes),
    /// The server says that it was replaced or erased.
    Gone,
    /// The server does not have it.
    Missing,
}

/// One feed at one address, with the identity that proves whose it is.
#[derive(Clone)]
pub struct Source {
    fetch: Arc<dyn Fetch>,
    base: Url,
    identity: Identity,
}

impl Source {
    /// Finds the feed at `address` over HTTP and reads whose it is.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub async fn connect(address: &Address, vkey: Option<&str>) -> Result<Source, Failure> {
        let http = Http::new(&address.base, PARALLEL)?;
        Source::open(Arc::new(http), address, vkey).await
    }

    /// Finds the feed at `address`: that of its path, else that of the given key, else the node's own.
    ///
    /// Only with a key or a feed's path does the caller say whose feed it should be; else it is whose
    /// the server says that it is.
    ///
    /// # Errors
    /// [`Failure`] if nobody answers, or the identity is not that of the path or key.
    pub async fn open(
        fetch: Arc<dyn Fetch>,
        address: &Address,
        vkey: Option<&str>,
    ) -> Result<Source, Failure> {
        let base = address.base.clone();
        let key = vkey.map(read_vkey).transpose()?;
        let expected = match (&key, address.origin) {
            (_, Some(origin)) => Some(origin),
            (Some((origin, _)), None) => Some(*origin),
            (None, None) => None,
        };
        let nid = match expected {
            Some(origin) => origin.nid,
            None => card(&*fetch, &base).await?,
        };
        let path = format!("feed/{nid}/identity");
        let chain = found(ask(&*fetch, &base, &path, CHAIN_MAX_BYTES, SHORT).await?)?;
        let identity = Identity::read(&chain, Some(nid))?;
        let found = identity.origin;
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            let (expected, found) = (expected.to_string(), found.to_string());
            return Err(Failure::OtherLog { expected, found });
        }
        if let Some((_, key)) = key.filter(|(_, key)| *key != identity.log_key) {
            let (expected, found) = (key.to_string(), identity.log_key.to_string());
            return Err(Failure::OtherKey { expected, found });
        }
        Ok(Source {
            fetch,
            base,
            identity,
        })
    }

    /// Whose feed it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The log.
    pub fn origin(&self) -> Origin {
        self.identity.origin
    }

    /// The signed note of its latest checkpoint.
    ///
    /// # Errors
    /// [`Failure::NoFeed`], [`Failure::Fetch`].
    pub async fn checkpoint(&self) -> Result<Bytes, Failure> {
        found(self.ask("checkpoint", SMALL_MAX_BYTES, SHORT).await?)
    }

    /// One bundle of entries.
    ///
    /// # Errors
    /// [`Failure::Absent`], [`Failure::Fetch`].
    pub async fn entries(&self, bundle: EntryBundle) -> Result<Bytes, Failure> {
        present(self.ask(&bundle.path(), BUNDLE_MAX_BYTES, LONG).await?)
    }

    /// One tile of hashes.
    ///
    /// # Errors
    /// [`Failure::Absent`], [`Failure::Fetch`].
    pub async fn tile(&self, tile: Tile) -> Result<Bytes, Failure> {
        present(self.ask(&tile.path(), BUNDLE_MAX_BYTES, SHORT).await?)
    }

    /// The living bodies of the entries of one bundle; empty when the server has none.
    ///
    /// # Errors
    /// [`Failure::Absent`], [`Failure::Fetch`].
    pub async fn bodies(&self, number: u64) -> Result<Bytes, Failure> {
        let answered = self
            .ask(&bodies_path(number), BODIES_MAX_BYTES, LONG)
            .await?;
        match answered.answer.status {
            // Every body of it may have ended since the checkpoint; each is then asked for by itself.
            404 => Ok(Bytes::new()),
            _ => present(answered),
        }
    }

    /// One body.
    ///
    /// # Errors
    /// [`Failure::Absent`], [`Failure::NoSalt`], [`Failure::Fetch`].
    pub async fn body(&self, index: Index) -> Result<ServedBody, Failure> {
        let path = format!("body/{index}");
        let answered = self.ask(&path, BODY_MAX_BYTES, SHORT).await?;
        match answered.answer.status {
            410 => return Ok(ServedBody::Gone),
            404 => return Ok(ServedBody::Missing),
            _ => {}
        }
        let salt = answered.answer.salt.clone();
        let body = present(answered)?;
        let salt = salt.and_then(|salt| array_from_base64(&salt).ok());
        let salt = salt.ok_or(Failure::NoSalt { path })?;
        Ok(ServedBody::Here(salt, body))
    }

    /// The receipt of one entry.
    ///
    /// # Errors
    /// [`Failure::NotFound`], [`Failure::Absent`], [`Failure::Fetch`].
    pub async fn receipt(&self, index: Index) -> Result<Bytes, Failure> {
        let path = format!("proof/{index}");
        let answered = self.ask(&path, SMALL_MAX_BYTES, SHORT).await?;
        if answered.answer.status == 404 {
            let origin = self.origin();
            return Err(Failure::NotFound(format!("{origin} has no entry {index}")));
        }
        present(answered)
    }

    /// The text of each event of the node: signed checkpoints of all the feeds that it serves.
    pub fn events(&self) -> BoxStream<'static, Result<String, FetchError>> {
        match self.base.join("feed/events") {
            Ok(url) => self.fetch.events(url),
            Err(_) => Box::pin(futures_util::stream::empty()),
        }
    }

    async fn ask(&self, path: &str, max_bytes: usize, wait: Duration) -> Result<Answered, Failure> {
        let Origin { nid, epoch } = self.origin();
        let path = format!("feed/{nid}/{epoch}/{path}");
        ask(&*self.fetch, &self.base, &path, max_bytes, wait).await
    }
}

/// An answer and what was asked for.
struct Answered {
    url: Url,
    answer: Answer,
}

async fn ask(
    fetch: &dyn Fetch,
    base: &Url,
    path: &str,
    max_bytes: usize,
    wait: Duration,
) -> Result<Answered, Failure> {
    let url = base.join(path);
    let url = url.map_err(|error| Failure::Usage(format!("{base}{path}: {error}")))?;
    let ask = Ask {
        url: url.clone(),
        max_bytes,
        wait,
        packed: path.contains("/bodies/"),
    };
    let answer = fetch.fetch(ask).await?;
    Ok(Answered { url, answer })
}

async fn card(fetch: &dyn Fetch, base: &Url) -> Result<Nid, Failure> {
    let path = ".well-known/clearinghouse";
    let bytes = found(ask(fetch, base, path, SMALL_MAX_BYTES, SHORT).await?)?;
    let wrong = |what: String| Failure::Card {
        url: format!("{base}{path}"),
        what,
    };
    let card: Card = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    card.nid.parse().map_err(|error| wrong(format!("{error}")))
}

/// The body of an answer without which there is no feed here.
fn found(answered: Answered) -> Result<Bytes, Failure> {
    let Answered { url, answer } = answered;
    match answer.status {
        200 => Ok(answer.body),
        status => Err(Failure::NoFeed {
            url: url.to_string(),
            status,
        }),
    }
}

/// The body of an answer to a question whose answer the log has signed.
fn present(answered: Answered) -> Result<Bytes, Failure> {
    let Answered { url, answer } = answered;
    match answer.status {
        200 => Ok(answer.body),
        status => Err(Failure::Absent {
            url: url.to_string(),
            status,
        }),
    }
}

/// Reads the key of a log; its name is the origin.
pub fn read_vkey(vkey: &str) -> Result<(Origin, VerifierKey), Failure> {
    let wrong = |error: String| {
        Failure::Usage(format!(
            "--vkey: {error}; give the text that the centre publishes: clearinghouse/<nid>/<epoch>+<id>+<key>"
        ))
    };
    let key: VerifierKey = vkey
        .parse()
        .map_err(|error: clearinghouse_protocol::tlog::key::KeyError| wrong(error.to_string()))?;
    let origin = key.name().as_str().parse();
    let origin: Origin =
        origin.map_err(|error: clearinghouse_protocol::feed::origin::OriginError| {
            wrong(error.to_string())
        })?;
    Ok((origin, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_a_node_or_of_a_feed() {
        let nid = "abcdefghijklmnopqrstuvwxyz";
        for (text, base, origin) in [
            ("http://localhost:7100", "http://localhost:7100/", None),
            ("https://a.example/x/", "https://a.example/x/", None),
            ("https://a.example/x", "https://a.example/x/", None),
            (
                "https://a.example/feed/NID/1/",
                "https://a.example/",
                Some("1"),
            ),
            (
                "https://a.example/x/feed/NID/12",
                "https://a.example/x/",
                Some("12"),
            ),
        ] {
            let address: Address = text.replace("NID", nid).parse().unwrap();
            assert_eq!(address.base.as_str(), base, "{text}");
            let origin = origin.map(|epoch| format!("clearinghouse/{nid}/{epoch}"));
            assert_eq!(address.origin.map(|o| o.to_string()), origin, "{text}");
        }
        for text in [
            "localhost:7100",
            "ftp://a.example/",
            "https://a.example/?x",
            "https://a.example/feed/short/1/",
            "https://a.example/feed/abcdefghijklmnopqrstuvwxyz/0/",
        ] {
            let refused = text.parse::<Address>().unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{text}");
        }
    }
}
