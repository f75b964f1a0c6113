//! Why did a command not do what it was asked, and with which code does it end?

use std::io;
use std::path::PathBuf;

use clearinghouse_protocol::feed::body::BodyError;
use clearinghouse_protocol::feed::evidence::EvidenceError;
use clearinghouse_protocol::feed::follow::FollowError;
use clearinghouse_protocol::feed::identity::IdentityError;
use clearinghouse_protocol::tlog::receipt::ReceiptError;
use clearinghouse_protocol::tlog::tile::TileError;

use crate::fetch::FetchError;

/// Why a command stopped. Its message is one sentence that says what to do where that helps.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line asks for something that cannot be done.
    #[error("{0}")]
    Usage(String),
    /// No usable answer came.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// There is an answer, but no node or feed at this address.
    #[error("{url} answered with status {status}; is it the address of a node or of a feed?")]
    NoFeed {
        /// What was asked for.
        url: String,
        /// The answer's status.
        status: u16,
    },
    /// Something that the log signed is not handed out.
    #[error("{url} should be served and answered with status {status}")]
    Absent {
        /// What was asked for.
        url: String,
        /// The answer's status.
        status: u16,
    },
    /// The card under `/.well-known/clearinghouse` cannot be read.
    #[error("{url} is not a node's card: {what}")]
    Card {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        what: String,
    },
    /// The chain of identity notes does not prove the node.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The identity proves another log than the one that was asked for.
    #[error("the identity is that of {found}, {expected} was asked for")]
    OtherLog {
        /// What the address or key names.
        expected: String,
        /// What the identity proves.
        found: String,
    },
    /// The identity names another key than the one that was given.
    #[error(
        "the identity names the key {found}, not the given {expected}; ask the centre which one is right"
    )]
    OtherKey {
        /// The key given on the command line.
        expected: String,
        /// The key of the identity.
        found: String,
    },
    /// What was served is not what the log signed.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// A bundle or tile is not of the shape that its path promises.
    #[error("{path}: {source}")]
    Shape {
        /// Below the feed's address.
        path: String,
        /// What is wrong with it.
        source: TileError,
    },
    /// A tile is not made of the hashes of the entries.
    #[error("{path} differs from the hashes of the entries, first at its hash {place}")]
    Tile {
        /// Below the feed's address.
        path: String,
        /// The first hash that differs, counted from zero.
        place: usize,
    },
    /// A body, or a bundle of them, is not what was committed to.
    #[error("{path}: {source}")]
    Body {
        /// Below the feed's address.
        path: String,
        /// What is wrong with it.
        source: BodyError,
    },
    /// A body was served without its salt.
    #[error("{path} is served without its salt")]
    NoSalt {
        /// Below the feed's address.
        path: String,
    },
    /// Bodies of listings in force that nobody hands out.
    #[error(
        "{count} bodies of listings in force are not handed out, first that of entry {first}; try again or ask a mirror"
    )]
    Withheld {
        /// How many.
        count: usize,
        /// The first of them.
        first: u64,
    },
    /// A body of an entry that the log does not have.
    #[error("a body of entry {index} is served, and the log ends at {size}")]
    Invented {
        /// The entry that the body claims.
        index: u64,
        /// Entries in the log.
        size: u64,
    },
    /// The log has more in it than this program keeps in memory at once.
    #[error("the entries take more than {limit} bytes, which is more than this program takes in")]
    TooMuch {
        /// The limit in bytes.
        limit: u64,
    },
    /// A receipt does not show what it should.
    #[error("the receipt does not hold")]
    Receipt(#[from] ReceiptError),
    /// What should prove that a log has two histories does not.
    #[error("the evidence proves nothing")]
    Evidence(#[from] EvidenceError),
    /// There is no such listing or entry.
    #[error("{0}")]
    NotFound(String),
    /// Writes that the node refused.
    #[error("{refused} of {count} writes were refused, the first: {first}")]
    Refused {
        /// How many were refused.
        refused: u64,
        /// How many were tried.
        count: u64,
        /// What the node said to the first.
        first: String,
    },
    /// Bytes that are nothing we know.
    #[error("{0} is nothing that a feed is made of")]
    Unrecognized(String),
    /// A file here.
    #[error("{path}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A cursor file that we did not write, or of another log.
    #[error("the cursor {path} cannot be used: {what}; remove it to begin anew")]
    Cursor {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Standard output was closed or is full.
    #[error("writing the output")]
    Output(#[from] io::Error),
}

impl Failure {
    /// The code with which the program ends: 1 not verified, 2 usage, 3 not reachable.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Usage(_) | Failure::File { .. } | Failure::Cursor { .. } => 2,
            Failure::NoFeed { .. } => 3,
            Failure::Fetch(error) if error.is_unreachable() => 3,
            Failure::Absent { status, .. } if *status >= 500 || *status == 429 => 3,
            _ => 1,
        }
    }

    /// The message with all its causes, in one line.
    pub fn sentence(&self) -> String {
        let mut sentence = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(inner) = cause {
            let text = inner.to_string();
            // Some messages quote their cause already.
            if !sentence.contains(&text) {
                sentence = format!("{sentence}: {text}");
            }
            cause = inner.source();
        }
        sentence
    }
}
