//! What does a node say to itself in private, and what follows from all that was said?

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::slots::Slot;
use super::PrivateError;
use super::token::{TokenHash, hash_of};
pub use super::trail::{Audit, Import, ImportCounts};

/// How many tokens may be valid at once: a centre has a few people and a few programs.
pub const MAX_TOKENS: usize = 1_000;

/// How many feeds may be followed by hand; a roster brings the others.
pub const MAX_FOLLOWS: usize = 1_000;

/// About how many feeds staff may decide how much is taken.
pub const MAX_QUOTAS: usize = 1_000;

/// How many imports, and how many lines of the audit trail, are kept; older ones go at compaction.
pub const MAX_IMPORTS: usize = 1_000;
/// See [`MAX_IMPORTS`].
pub const MAX_AUDIT: usize = 10_000;

/// How many listings and nodes may be hidden: beyond that a centre follows the wrong feeds.
pub const MAX_HIDDEN: usize = 10_000;

/// The longest name, source, scope or deed in bytes, and the longest URL.
pub const MAX_NAME: usize = 200;
/// See [`MAX_NAME`].
pub const MAX_URL: usize = 2_000;

/// How many scopes a token may have.
const MAX_SCOPES: usize = 16;

/// One thing that became true. Times are seconds since 1970-01-01, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Statement {
    /// Whoever knows this secret may write.
    Token(Token),
    /// The token of this name is valid no more.
    TokenRevoked {
        /// The token's name.
        name: String,
    },
    /// A feed is followed.
    Follow(Follow),
    /// A feed is followed no more.
    Unfollow {
        /// The URL that was given to follow it.
        url: String,
    },
    /// How much is taken from one feed.
    Quota(FeedQuota),
    /// What is private about a listing, encrypted under the key in a slot.
    Private(PrivateValue),
    /// What was private about a listing is forgotten.
    PrivateForgotten {
        /// The listing.
        uuid: Uuid,
    },
    /// A listing or a node is hidden at this node.
    Hide(Hiding),
    /// It is shown again.
    Unhide {
        /// The listing's id or the node's identifier.
        what: String,
    },
    /// A file was imported.
    Import(Import),
    /// Somebody did something. No text of a listing stands here: it would outlive its erasure.
    Audit(Audit),
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Who or what uses it; unique among the valid ones.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: TokenHash,
    /// When it was made.
    pub created: u64,
    /// What it may be used for, such as "write".
    pub scopes: Vec<String>,
}

/// A feed that is followed by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follow {
    /// Where the node answers.
    pub url: String,
    /// Whose feed must be found there, if that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nid: Option<String>,
    /// Whether the members of its roster are followed too.
    pub with_members: bool,
}

/// How much is taken from one feed, where staff decided otherwise than the configuration says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedQuota {
    /// Whose feed.
    pub nid: String,
    /// Entries on one day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entries_a_day: Option<u64>,
    /// Mebibytes of bodies.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body_mib: Option<u64>,
    /// Listings in force.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub living: Option<u64>,
}

/// What is private about one listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateValue {
    /// The listing.
    pub uuid: Uuid,
    /// Where its key is.
    pub slot: Slot,
    /// Standard base64 of the ciphertext.
    pub value: String,
}

/// What is hidden, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hiding {
    /// The listing's id or the node's identifier.
    pub what: String,
    /// The reason, for staff alone.
    pub reason: String,
    /// Since when.
    pub since: u64,
}

/// The kinds we know; others are of a later version and kept as they are.
const KINDS: [&str; 11] = [
    "token",
    "token-revoked",
    "follow",
    "unfollow",
    "quota",
    "private",
    "private-forgotten",
    "hide",
    "unhide",
    "import",
    "audit",
];

/// Reads a statement: `Ok(None)` if its kind is of a later version, an error if it is unsound.
pub(super) fn parse(json: &[u8]) -> Result<Option<Statement>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    let Kind { kind } = serde_json::from_slice(json)?;
    if !KINDS.contains(&kind.as_str()) {
        return Ok(None);
    }
    serde_json::from_slice(json).map(Some)
}

/// What follows from all statements so far.
#[derive(Debug, Default)]
pub struct PrivateState {
    tokens: BTreeMap<String, Kept<Token>>,
    follows: BTreeMap<String, Kept<Follow>>,
    quotas: BTreeMap<String, Kept<FeedQuota>>,
    values: BTreeMap<Uuid, Kept<PrivateValue>>,
    hidden: BTreeMap<String, Kept<Hiding>>,
    imports: VecDeque<Kept<Import>>,
    audit: VecDeque<Kept<Audit>>,
    /// The frames that must survive a compaction, and their bytes.
    living: BTreeMap<u64, u64>,
    living_bytes: u64,
}

#[derive(Debug)]
struct Kept<T> {
    told: T,
    frame: u64,
}

impl PrivateState {
    /// The valid tokens, by name.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.tokens.values().map(|kept| &kept.told)
    }

    /// The valid token with this secret. Takes the same time for every wrong secret.
    pub fn token_with(&self, secret: &str) -> Option<&Token> {
        let hash = hash_of(secret);
        // No early exit: how long this takes says nothing about which token came close.
        self.tokens().fold(None, |found, token| {
            if token.hash.is(&hash) {
                Some(token)
            } else {
                found
            }
        })
    }

    /// The feeds followed by hand, by URL.
    pub fn follows(&self) -> impl Iterator<Item = &Follow> {
        self.follows.values().map(|kept| &kept.told)
    }

    /// How much is taken from feeds about which staff decided, by identifier.
    pub fn quotas(&self) -> impl Iterator<Item = &FeedQuota> {
        self.quotas.values().map(|kept| &kept.told)
    }

    /// What is hidden at this node, by what it is.
    pub fn hidden(&self) -> impl Iterator<Item = &Hiding> {
        self.hidden.values().map(|kept| &kept.told)
    }

    /// The imports, oldest first.
    pub fn imports(&self) -> impl DoubleEndedIterator<Item = &Import> {
        self.imports.iter().map(|kept| &kept.told)
    }

    /// The audit trail, oldest first.
    pub fn audit(&self) -> impl DoubleEndedIterator<Item = &Audit> {
        self.audit.iter().map(|kept| &kept.told)
    }

    /// The listings about which something private is kept.
    pub fn private_uuids(&self) -> impl Iterator<Item = Uuid> {
        self.values.keys().copied()
    }

    pub(super) fn value(&self, uuid: Uuid) -> Option<&PrivateValue> {
        self.values.get(&uuid).map(|kept| &kept.told)
    }

    pub(super) fn slots(&self) -> BTreeSet<Slot> {
        self.values.values().map(|kept| kept.told.slot).collect()
    }

    pub(super) fn is_living(&self, frame: u64) -> bool {
        self.living.contains_key(&frame)
    }

    pub(super) fn living_bytes(&self) -> u64 {
        self.living_bytes
    }

    /// Whether this may be said now.
    pub(super) fn check(&self, statement: &Statement) -> Result<(), PrivateError> {
        let fits = |text: &str, limit: usize| !text.is_empty() && text.len() <= limit;
        match statement {
            Statement::Token(Token { name, scopes, .. }) => {
                if !fits(name, MAX_NAME) || !scopes.iter().all(|scope| fits(scope, MAX_NAME)) {
                    return Err(PrivateError::TooLong);
                }
                if self.tokens.contains_key(name) {
                    return Err(PrivateError::Taken(name.clone()));
                }
                if self.tokens.len() >= MAX_TOKENS || scopes.len() > MAX_SCOPES {
                    return Err(PrivateError::TooMany);
                }
            }
            Statement::TokenRevoked { name } if !self.tokens.contains_key(name) => {
                return Err(PrivateError::Unknown(name.clone()));
            }
            Statement::Unfollow { url } if !self.follows.contains_key(url) => {
                return Err(PrivateError::Unknown(url.clone()));
            }
            Statement::Follow(Follow { url, nid, .. }) => {
                if !fits(url, MAX_URL) || nid.as_ref().is_some_and(|nid| !fits(nid, MAX_NAME)) {
                    return Err(PrivateError::TooLong);
                }
                if self.follows.len() >= MAX_FOLLOWS && !self.follows.contains_key(url) {
                    return Err(PrivateError::TooMany);
                }
            }
            Statement::Quota(FeedQuota { nid, .. }) => {
                if !fits(nid, MAX_NAME) {
                    return Err(PrivateError::TooLong);
                }
                if self.quotas.len() >= MAX_QUOTAS && !self.quotas.contains_key(nid) {
                    return Err(PrivateError::TooMany);
                }
            }
            Statement::Hide(Hiding { what, reason, .. }) => {
                if !fits(what, MAX_NAME) || !fits(reason, MAX_NAME) {
                    return Err(PrivateError::TooLong);
                }
                if self.hidden.len() >= MAX_HIDDEN && !self.hidden.contains_key(what) {
                    return Err(PrivateError::TooMany);
                }
            }
            Statement::Unhide { what } if !self.hidden.contains_key(what) => {
                return Err(PrivateError::Unknown(what.clone()));
            }
            Statement::Import(Import { source, .. }) if !fits(source, MAX_NAME) => {
                return Err(PrivateError::TooLong);
            }
            Statement::Audit(Audit { who, what, .. })
                if !fits(who, MAX_NAME) || !fits(what, MAX_NAME) =>
            {
                return Err(PrivateError::TooLong);
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes in a statement that stands in frame number `frame` and takes `bytes` there. Answers
    /// the slot that nobody needs any more.
    pub(super) fn fold(&mut self, statement: Statement, frame: u64, bytes: u64) -> Option<Slot> {
        let dead = match statement {
            Statement::Token(told) => {
                self.keep(frame, bytes);
                self.tokens
                    .insert(told.name.clone(), Kept { told, frame })
                    .map(|old| old.frame)
            }
            Statement::TokenRevoked { name } => self.tokens.remove(&name).map(|old| old.frame),
            Statement::Follow(told) => {
                self.keep(frame, bytes);
                self.follows
                    .insert(told.url.clone(), Kept { told, frame })
                    .map(|old| old.frame)
            }
            Statement::Unfollow { url } => self.follows.remove(&url).map(|old| old.frame),
            Statement::Quota(told) => {
                self.keep(frame, bytes);
                self.quotas
                    .insert(told.nid.clone(), Kept { told, frame })
                    .map(|old| old.frame)
            }
            Statement::Private(told) => {
                self.keep(frame, bytes);
                let old = self.values.insert(told.uuid, Kept { told, frame });
                return self.drop_value(old);
            }
            Statement::PrivateForgotten { uuid } => {
                let old = self.values.remove(&uuid);
                return self.drop_value(old);
            }
            Statement::Hide(told) => {
                self.keep(frame, bytes);
                self.hidden
                    .insert(told.what.clone(), Kept { told, frame })
                    .map(|old| old.frame)
            }
            Statement::Unhide { what } => self.hidden.remove(&what).map(|old| old.frame),
            Statement::Import(told) => {
                self.keep(frame, bytes);
                self.imports.push_back(Kept { told, frame });
                beyond(&mut self.imports, MAX_IMPORTS)
            }
            Statement::Audit(told) => {
                self.keep(frame, bytes);
                self.audit.push_back(Kept { told, frame });
                beyond(&mut self.audit, MAX_AUDIT)
            }
        };
        self.drop_frame(dead);
        None
    }

    /// Keeps a frame through compactions, whatever it says.
    pub(super) fn keep(&mut self, frame: u64, bytes: u64) {
        self.living.insert(frame, bytes);
        self.living_bytes += bytes;
    }

    fn drop_value(&mut self, old: Option<Kept<PrivateValue>>) -> Option<Slot> {
        let old = old?;
        self.drop_frame(Some(old.frame));
        Some(old.told.slot)
    }

    fn drop_frame(&mut self, frame: Option<u64>) {
        if let Some(bytes) = frame.and_then(|frame| self.living.remove(&frame)) {
            self.living_bytes -= bytes;
        }
    }
}

/// Takes the oldest out where there are more than are kept; its frame.
fn beyond<T>(kept: &mut VecDeque<Kept<T>>, most: usize) -> Option<u64> {
    let oldest = (kept.len() > most).then(|| kept.pop_front()).flatten();
    oldest.map(|old| old.frame)
}
