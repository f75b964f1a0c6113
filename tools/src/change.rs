//! What does one entry of a log change, as a line of JSON?

use bytes::Bytes;
use clearinghouse_protocol::feed::entry::{Entry, Kind};
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::tlog::tree::Index;
use serde::Serialize;
use serde_json::Value;

use crate::bodies;
use crate::day::date_of;

/// Where the body of an entry is that states a listing.
#[derive(Debug, Clone)]
pub enum BodyState {
    /// Here, and what the entry commits to.
    Here(Bytes),
    /// A later entry that we verified in the same step replaces or erases it.
    Ended,
    /// The server says that it was replaced or erased; the entry that does so is still to come.
    Gone,
    /// Not handed out by the server.
    Withheld,
}

impl BodyState {
    /// Whether the server should hand it out and does not.
    pub fn is_withheld(&self) -> bool {
        matches!(self, BodyState::Withheld)
    }
}

/// One line: what one entry changes.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// The log.
    pub origin: String,
    /// The position of the entry.
    pub index: u64,
    /// The kind of the entry in small letters, or `set-aside`.
    pub change: &'static str,
    /// The day on which it was written, as its author says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// The entry that ends with this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<u64>,
    /// The listing's UUID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// Why there is no listing: `ended`, `gone`, `withheld` or `set-aside`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<&'static str>,
    /// Why the entry or its body changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The lines of a statement of membership.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<Vec<String>>,
    /// The listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listing: Option<Value>,
}

impl Change {
    /// The line for the verified entry at `index`; `aside` says why it changes nothing, if so.
    pub fn of(
        origin: Origin,
        index: Index,
        bytes: &[u8],
        aside: Option<String>,
        body: Option<BodyState>,
    ) -> Change {
        let mut change = Change {
            origin: origin.to_string(),
            index: index.0,
            change: "set-aside",
            day: None,
            replaces: None,
            uuid: None,
            body: None,
            reason: aside,
            statement: None,
            listing: None,
        };
        match Entry::decode(bytes) {
            Err(fault) => {
                change.reason.get_or_insert_with(|| fault.to_string());
            }
            Ok(entry) => {
                change.day = Some(date_of(entry.day));
                if change.reason.is_none() {
                    change.fill(origin, &entry, body);
                }
            }
        }
        change
    }

    fn fill(&mut self, origin: Origin, entry: &Entry, body: Option<BodyState>) {
        self.change = kind_name(entry.kind);
        self.replaces = entry.target.map(|target| target.0);
        if entry.kind == Kind::Roster {
            let text = String::from_utf8_lossy(&entry.payload);
            // The first line only says what kind of text it is.
            self.statement = Some(text.lines().skip(1).map(str::to_owned).collect());
        }
        match body {
            Some(BodyState::Here(bytes)) => match bodies::read(origin, &bytes) {
                Ok(body) => {
                    self.uuid = Some(body.uuid.to_string());
                    self.listing = Some(body.listing.to_value());
                }
                Err(reason) => (self.body, self.reason) = (Some("set-aside"), Some(reason)),
            },
            Some(BodyState::Ended) => self.body = Some("ended"),
            Some(BodyState::Gone) => self.body = Some("gone"),
            Some(BodyState::Withheld) => self.body = Some("withheld"),
            None => {}
        }
    }
}

/// The name of a kind as users see it.
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Put => "put",
        Kind::Erase => "erase",
        Kind::Carry => "carry",
        Kind::Epoch => "epoch",
        Kind::Close => "close",
        Kind::Identity => "identity",
        Kind::Roster => "roster",
        Kind::Transfer => "transfer",
    }
}
