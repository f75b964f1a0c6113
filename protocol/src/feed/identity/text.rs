//! What does an identity note say, and how is it spelt?

use std::collections::BTreeMap;

use crate::feed::origin::{Epoch, Nid};
use crate::feed::roster::check_url;
use crate::tlog::hash::{Hash, sha256};
use crate::tlog::key::{Algorithm, KeyName, SigningKey};
use crate::tlog::note::SignedNote;

/// The first line of every identity text.
pub(super) const HEADING: &str = "clearinghouse/identity/v1";

/// Languages in which a node may name itself.
const NAMES_MAX: usize = 8;

/// Bytes of one language tag: RFC 5646, section 4.4.1, finds that 35 hold every one in use.
const TAG_MAX_BYTES: usize = 35;

/// Bytes of one name.
const NAME_MAX_BYTES: usize = 200;

/// Keys that wait for a rotation: the paper key, the network's, and three more.
const NEXT_MAX: usize = 5;

/// The largest chain that a reader takes: a hundred notes of the largest size, and more.
pub const CHAIN_MAX_BYTES: usize = 512 * 1024;

/// What a genesis says of its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The centre's name by language tag; at least one.
    pub names: BTreeMap<String, String>,
    /// Where the node is served, with the slash at its end.
    pub url: String,
    /// The public key of the log of the first epoch.
    pub log: [u8; 32],
    /// The public key with which the node cosigns the logs of others.
    pub witness: [u8; 32],
    /// SHA-256 of the public keys that may sign the next identity, in order of priority.
    pub next: Vec<[u8; 32]>,
}

/// What a later note says of its node, in place of what an earlier one said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    /// How many notes stand between it and the genesis, and one.
    pub seq: u32,
    /// SHA-256 of the text that it follows.
    pub previous: Hash,
    /// The centre's name by language tag; at least one.
    pub names: BTreeMap<String, String>,
    /// Where the node is served, with the slash at its end.
    pub url: String,
    /// The epoch of the log that it names.
    pub epoch: Epoch,
    /// The public key of that log.
    pub log: [u8; 32],
    /// The public key with which the node cosigns the logs of others.
    pub witness: [u8; 32],
    /// The public key of the rotation key that signs this note; its hash stands in the note before.
    pub signer: [u8; 32],
    /// SHA-256 of the public keys that may sign the next identity, in order of priority.
    pub next: Vec<[u8; 32]>,
}

/// Why a chain of notes proves no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Larger than any chain may be.
    #[error("the chain of identity notes has {0} bytes, at most {CHAIN_MAX_BYTES} are allowed")]
    Length(usize),
    /// Not a chain of signed notes, or not in the one order and spelling.
    #[error("the identity is not a chain of signed notes")]
    Note,
    /// A line is missing, misspelt or out of order.
    #[error("the identity text is not well-formed at its line {line:?}: {expected} was expected")]
    Line {
        /// The line as it stands, at most 80 characters of it.
        line: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A later note that does not follow from the one before it.
    #[error("identity note {seq} does not follow from the one before it: {why}")]
    Successor {
        /// Its number.
        seq: u32,
        /// What is wrong.
        why: &'static str,
    },
    /// Another node than the one that was asked for.
    #[error("the genesis is that of {found}, {expected} was expected")]
    OtherNode {
        /// The node that was asked for.
        expected: Nid,
        /// The node that answered.
        found: Nid,
    },
    /// Not signed by the key that had to sign it.
    #[error("an identity note of {0} is not signed by the key that it names")]
    Signature(Nid),
}

impl Genesis {
    /// The text whose hash is the node's identifier.
    pub fn write(&self) -> String {
        let Genesis {
            names, url, next, ..
        } = self;
        let head = format!("{HEADING}\nseq 0\nprevious none\n");
        let keys = [self.log, self.witness];
        written(head, names, url, Epoch::FIRST, keys, None, next)
    }

    /// Reads what `write` writes and nothing else.
    pub fn read(text: &str) -> Result<Genesis, IdentityError> {
        let mut lines = Lines(text);
        lines.exactly(HEADING)?;
        lines.exactly("seq 0")?;
        lines.exactly("previous none")?;
        let names = lines.names()?;
        let url = lines.after("url ")?.to_owned();
        lines.exactly("epoch 1")?;
        let genesis = Genesis {
            names,
            url,
            log: lines.hash("log ")?,
            witness: lines.hash("witness ")?,
            next: lines.hashes("next ")?,
        };
        check(&genesis.names, &genesis.url, &genesis.next)?;
        // Lines that a writer would have put in another order or left out are refused here.
        if genesis.write() != text {
            return Err(lines.fault("", "names in the order of their tags, each once"));
        }
        Ok(genesis)
    }

    /// The signed note of this genesis, made with the seed of the log key that it names.
    ///
    /// # Panics
    /// When the seed is not that of the key in `self.log`, because such a note would prove nothing.
    pub fn sign(&self, log_seed: [u8; 32]) -> SignedNote {
        let text = self.write();
        let nid = Nid::of_genesis(&text);
        sign(&text, nid, &self.log, log_seed)
    }
}

impl Successor {
    /// The text that the rotation key signs.
    pub fn write(&self) -> String {
        let Successor {
            names, url, next, ..
        } = self;
        let head = format!("{HEADING}\nseq {}\nprevious {}\n", self.seq, self.previous);
        let (keys, signer) = ([self.log, self.witness], Some(self.signer));
        written(head, names, url, self.epoch, keys, signer, next)
    }

    /// Reads what `write` writes and nothing else.
    pub fn read(text: &str) -> Result<Successor, IdentityError> {
        let mut lines = Lines(text);
        lines.exactly(HEADING)?;
        let seq = lines.after("seq ")?;
        let seq = seq.parse().ok().filter(|seq| *seq > 0);
        let seq = seq.ok_or_else(|| lines.fault(lines.0, "a number from 1 on"))?;
        let previous = Hash(lines.hash("previous ")?);
        let names = lines.names()?;
        let url = lines.after("url ")?.to_owned();
        let epoch = lines.after("epoch ")?.parse();
        let epoch = epoch.map_err(|_| lines.fault(lines.0, "the number of an epoch"))?;
        let successor = Successor {
            seq,
            previous,
            names,
            url,
            epoch,
            log: lines.hash("log ")?,
            witness: lines.hash("witness ")?,
            signer: lines.hash("signer ")?,
            next: lines.hashes("next ")?,
        };
        check(&successor.names, &successor.url, &successor.next)?;
        let spent = rotation_hash(&successor.signer);
        let repeats = |(place, hash)| successor.next[..place].contains(hash) || *hash == spent;
        if successor.next.iter().enumerate().any(repeats) {
            return Err(lines.fault("next", "keys that differ and were not used"));
        }
        if successor.write() != text {
            return Err(lines.fault("", "names in the order of their tags, each once"));
        }
        Ok(successor)
    }

    /// The signed note of this text, made with the seed of the rotation key that it names.
    ///
    /// # Panics
    /// When the seed is not that of the key in `self.signer`, because such a note would prove nothing.
    pub fn sign(&self, nid: Nid, rotation_seed: [u8; 32]) -> SignedNote {
        sign(&self.write(), nid, &self.signer, rotation_seed)
    }

    /// The same, made with the rotation key under whatever name it was kept.
    ///
    /// # Panics
    /// When the key is not the one in `self.signer`, or one that does not sign notes.
    pub fn sign_by(&self, nid: Nid, rotation: &SigningKey) -> SignedNote {
        signed(
            &self.write(),
            &self.signer,
            &rotation.under(key_name(&nid.key_name())),
        )
    }
}

/// The hash by which a note names a key that may sign its successor.
pub fn rotation_hash(public_key: &[u8; 32]) -> [u8; 32] {
    sha256(&[public_key])
}

/// The hash by which a note is named by its successor.
pub fn note_hash(text: &str) -> Hash {
    Hash(sha256(&[text.as_bytes()]))
}

pub(super) fn key_name(name: &str) -> KeyName {
    KeyName::new(name).expect("identifiers and origins are sound key names")
}

fn sign(text: &str, nid: Nid, named: &[u8; 32], seed: [u8; 32]) -> SignedNote {
    let key = SigningKey::from_seed(key_name(&nid.key_name()), Algorithm::Ed25519, seed);
    signed(text, named, &key)
}

fn signed(text: &str, named: &[u8; 32], key: &SigningKey) -> SignedNote {
    assert_eq!(
        key.verifier().public_key(),
        named,
        "an identity note is signed by the key it names"
    );
    SignedNote::sign(text, &[key]).expect("the text of an identity is a sound note text")
}

fn written(
    head: String,
    names: &BTreeMap<String, String>,
    url: &str,
    epoch: Epoch,
    [log, witness]: [[u8; 32]; 2],
    signer: Option<[u8; 32]>,
    next: &[[u8; 32]],
) -> String {
    let mut text = head;
    for (tag, name) in names {
        text.push_str(&format!("name {tag} {name}\n"));
    }
    text.push_str(&format!("url {url}\nepoch {epoch}\n"));
    text.push_str(&format!("log {}\nwitness {}\n", Hash(log), Hash(witness)));
    if let Some(signer) = signer {
        text.push_str(&format!("signer {}\n", Hash(signer)));
    }
    for next in next {
        text.push_str(&format!("next {}\n", Hash(*next)));
    }
    text
}

fn check(
    names: &BTreeMap<String, String>,
    url: &str,
    next: &[[u8; 32]],
) -> Result<(), IdentityError> {
    let fault = |line: &str, expected| {
        Err(IdentityError::Line {
            line: line.chars().take(80).collect(),
            expected,
        })
    };
    if names.is_empty() || names.len() > NAMES_MAX {
        return fault("name", "one to eight names");
    }
    for (tag, name) in names {
        let sound = !name.is_empty() && name.trim() == name && name.len() <= NAME_MAX_BYTES;
        if !sound
            || tag.len() > TAG_MAX_BYTES
            || name.chars().any(char::is_control)
            || oxilangtag::LanguageTag::parse(tag.as_str()).is_err()
        {
            return fault(name, "a language tag and a name of at most 200 bytes");
        }
    }
    if check_url(url).is_none() {
        return fault(url, "an http or https URL that ends in a slash");
    }
    if next.is_empty() || next.len() > NEXT_MAX {
        return fault("next", "one to five hashes of rotation keys");
    }
    Ok(())
}

/// The lines of a text that are still to be read.
struct Lines<'a>(&'a str);

impl<'a> Lines<'a> {
    fn optional(&mut self, prefix: &str) -> Option<&'a str> {
        let (line, rest) = self.0.split_once('\n')?;
        let value = line.strip_prefix(prefix)?;
        self.0 = rest;
        Some(value)
    }

    fn after(&mut self, prefix: &'static str) -> Result<&'a str, IdentityError> {
        self.optional(prefix)
            .ok_or_else(|| self.fault(self.0, prefix))
    }

    fn exactly(&mut self, expected: &'static str) -> Result<(), IdentityError> {
        match self.optional(expected) {
            Some("") => Ok(()),
            _ => Err(self.fault(self.0, expected)),
        }
    }

    fn names(&mut self) -> Result<BTreeMap<String, String>, IdentityError> {
        let mut names = BTreeMap::new();
        while let Some(name) = self.optional("name ") {
            let (tag, name) = name
                .split_once(' ')
                .ok_or_else(|| self.fault(name, "name <language> <text>"))?;
            names.insert(tag.to_owned(), name.to_owned());
        }
        Ok(names)
    }

    fn hash(&mut self, prefix: &'static str) -> Result<[u8; 32], IdentityError> {
        let value = self.after(prefix)?;
        value
            .parse::<Hash>()
            .map(|hash| hash.0)
            .map_err(|_| self.fault(value, "32 bytes in base64"))
    }

    /// As many as there are, up to the end.
    fn hashes(&mut self, prefix: &'static str) -> Result<Vec<[u8; 32]>, IdentityError> {
        let mut hashes = Vec::new();
        while !self.0.is_empty() {
            hashes.push(self.hash(prefix)?);
        }
        Ok(hashes)
    }

    fn fault(&self, at: &str, expected: &'static str) -> IdentityError {
        let line = at
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(80)
            .collect();
        IdentityError::Line { line, expected }
    }
}
