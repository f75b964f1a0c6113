//! How does this node change its name and address, and what was announced about the keys of others?

use std::collections::BTreeMap;

use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::feed::identity::{Identity, rotation_hash};
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::key::SigningKey;
use clearinghouse_protocol::tlog::note::SignedNote;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Desk;
use super::refusal::Refusal;

/// What is to change, and which paper key comes after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rotation {
    /// Names by language, in place of those in the same language.
    pub names: BTreeMap<String, String>,
    /// The new address.
    pub url: Option<String>,
    /// SHA-256 of the public half of the next paper key, in base64. Its secret is no concern of the node.
    pub next: String,
}

/// A node after a note of its paper key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rotated {
    /// Whose identity it is.
    pub nid: String,
    /// The number of the note that counts now.
    pub seq: u32,
    /// The origin of the log.
    pub origin: String,
    /// The names by language.
    pub names: BTreeMap<String, String>,
    /// The address.
    pub url: String,
}

/// A new key that a lower priority than the paper key has announced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Announced {
    /// The place of the key that announced it: 1 is commonly the network's.
    pub priority: usize,
    /// The log that it names.
    pub origin: String,
    /// When that log was first cosigned, RFC 3339; missing as long as it was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(example = "2026-11-02T15:04:05Z")]
    pub announced_at: Option<String>,
    /// When it counts unless the paper key speaks first, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(example = "2026-11-05T15:04:05Z")]
    pub final_at: Option<String>,
}

impl Announced {
    /// What is announced about a node.
    pub fn of(who: &Identity) -> Option<Announced> {
        let pending = who.pending.as_ref()?;
        let written = |seconds| Some(Timestamp::from_second(seconds).ok()?.to_string());
        Some(Announced {
            priority: pending.priority,
            origin: pending.identity.origin.to_string(),
            announced_at: pending.begun.and_then(written),
            final_at: pending.final_at.and_then(written),
        })
    }
}

impl Desk {
    /// Signs a note with the paper key: other names, another address, and the next paper key.
    ///
    /// The chain is on disk before the log states the note. Stopped in between, the note counts, and
    /// followers learn of it with the chain that they ask for every day.
    pub async fn rotate(&self, wanted: &Rotation, paper: &str) -> Result<Rotated, Refusal> {
        let key: SigningKey = paper
            .trim()
            .parse()
            .map_err(|_| Refusal::asked("this is not the text of a paper key"))?;
        let next: Hash = wanted
            .next
            .parse()
            .map_err(|_| Refusal::asked("this is not the hash of a paper key"))?;
        let own = self.feeds.own();
        let who = own.who();
        if who.log_key.public_key() != own.identity.log_key.public_key() {
            return Err(Refusal::asked(
                "the log of this folder is no longer that of this node: another key was announced, and counts",
            ));
        }
        // The log may have gone over into a later epoch by itself.
        let who = who.at(own.identity.origin.epoch);
        let note = successor(&who, wanted, &key, next)?;
        let mut chain = own.known().chain().clone();
        chain.add(&note).map_err(Refusal::asked)?;
        let now = self.clock.now().as_second();
        let (bytes, nid) = (chain.to_bytes(), who.nid);
        let learnt = self.blocking(move |desk| desk.feeds.learn_chain(nid, &bytes, now));
        learnt.await.map_err(|error| Refusal {
            because: super::refusal::Because::Disk,
            message: error.to_string(),
        })?;
        self.log.append(Deed::Introduce(note.to_bytes())).await?;
        let who = own.who();
        Ok(Rotated {
            nid: who.nid.to_string(),
            seq: who.seq,
            origin: who.origin.to_string(),
            names: who.names,
            url: who.url,
        })
    }
}

fn successor(
    who: &Identity,
    wanted: &Rotation,
    key: &SigningKey,
    next: Hash,
) -> Result<SignedNote, Refusal> {
    let public = *key.verifier().public_key();
    if who.next.first() != Some(&rotation_hash(&public)) {
        return Err(Refusal::asked(
            "this is not the paper key that counts: another one was made when it was last used, or it belongs to another node",
        ));
    }
    // Whoever else was trusted with a key stays trusted.
    let others = who.next.iter().skip(1).copied();
    let mut successor = who.successor(public, std::iter::once(next.0).chain(others).collect());
    successor.names.extend(wanted.names.clone());
    if let Some(url) = &wanted.url {
        let parsed = url::Url::parse(url).map_err(Refusal::asked)?;
        successor.url = parsed.to_string();
    }
    if (&successor.names, &successor.url) == (&who.names, &who.url) {
        return Err(Refusal::asked(
            "nothing is to change: give another address or another name",
        ));
    }
    Ok(successor.sign_by(who.nid, key))
}
