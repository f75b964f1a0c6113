//! Who is this node?

use std::collections::BTreeMap;

use super::origin::{Epoch, Nid, Origin};
use crate::tlog::hash::Hash;
use crate::tlog::key::{Algorithm, VerifierKey};
use crate::tlog::note::SignedNote;

/// What a note says, and how it is spelt.
mod text;

/// Which of several notes counts, and from when on.
mod finality;

/// The notes of one node, each following from the one before.
mod chain;

pub use chain::Chain;
pub use finality::{Starts, WAIT_SECONDS};
pub use text::{CHAIN_MAX_BYTES, Genesis, IdentityError, Successor, note_hash, rotation_hash};

/// A node as its chain proves it: everything here was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The node's identifier.
    pub nid: Nid,
    /// The number of the note that says all this; the genesis has 0.
    pub seq: u32,
    /// The hash of that note's text.
    pub note: Hash,
    /// The centre's name by language tag; at least one.
    pub names: BTreeMap<String, String>,
    /// Where the node is served, with the slash at its end.
    pub url: String,
    /// The origin of its log.
    pub origin: Origin,
    /// The key of its log; its name is the origin.
    pub log_key: VerifierKey,
    /// The key with which it cosigns.
    pub witness_key: VerifierKey,
    /// SHA-256 of the public keys that may sign the next note, in order of priority.
    pub next: Vec<[u8; 32]>,
    /// What a key of a lower priority has announced and what does not count yet.
    pub pending: Option<Pending>,
}

/// A note that waits for its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The place of its key in `next`; 1 is commonly the network's.
    pub priority: usize,
    /// When witnesses had first cosigned its log, in seconds since 1970-01-01, UTC.
    pub begun: Option<i64>,
    /// When it counts, unless a higher priority speaks first; `None` before it has begun.
    pub final_at: Option<i64>,
    /// What the node will be then.
    pub identity: Box<Identity>,
}

impl Identity {
    /// Reads the chain that `/feed/<nid>/identity` serves: signed notes with an empty line between.
    ///
    /// Without knowing the times of witnesses: what a key of a lower priority announced is pending for
    /// good. [`Chain::identity`] answers for a moment.
    pub fn read(chain: &[u8], expected: Option<Nid>) -> Result<Identity, IdentityError> {
        let chain = Chain::read(chain, expected)?;
        Ok(chain.identity(&Starts::default(), i64::MIN))
    }

    /// Checks one note alone, as entries of kind identity carry it: that it is one of `nid`, signed by the
    /// key that it names. Whether it counts only its chain says. The hash of its text.
    pub fn check_note(note: &[u8], nid: Nid) -> Result<Hash, IdentityError> {
        let note = SignedNote::parse(note).map_err(|_| IdentityError::Note)?;
        let signer = match Successor::read(note.text()) {
            Ok(successor) => successor.signer,
            Err(_) => {
                let genesis = Genesis::read(note.text())?;
                let found = Nid::of_genesis(note.text());
                if found != nid {
                    let expected = nid;
                    return Err(IdentityError::OtherNode { expected, found });
                }
                genesis.log
            }
        };
        chain::signed_by(&note, nid, &signer)?;
        Ok(note_hash(note.text()))
    }

    /// The same node with the same keys in a later epoch, which its log has opened by ending the one
    /// before.
    pub fn at(&self, epoch: Epoch) -> Identity {
        let origin = Origin {
            nid: self.nid,
            epoch,
        };
        let name = text::key_name(&origin.to_string());
        let key = VerifierKey::new(name, Algorithm::Ed25519, self.log_key.public_key());
        Identity {
            origin,
            log_key: key.expect("the same point of the curve under another name"),
            ..self.clone()
        }
    }

    /// A text that follows this one and says the same, to be changed and then signed by `signer`, whose
    /// hash stands in `next`; the keys for the time after must be new.
    pub fn successor(&self, signer: [u8; 32], next: Vec<[u8; 32]>) -> Successor {
        Successor {
            seq: self.seq + 1,
            previous: self.note,
            names: self.names.clone(),
            url: self.url.clone(),
            epoch: self.origin.epoch,
            log: *self.log_key.public_key(),
            witness: *self.witness_key.public_key(),
            signer,
            next,
        }
    }

    /// The centre's name in `language`, or in the first language that it has.
    pub fn name(&self, language: &str) -> &str {
        self.names
            .get(language)
            .or_else(|| self.names.values().next())
            .expect("an identity has a name")
    }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
