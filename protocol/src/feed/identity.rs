//! Who is this node?

use std::collections::BTreeMap;

use super::origin::{Epoch, Nid, Origin};
use super::roster::check_url;
use crate::tlog::hash::{Hash, sha256};
use crate::tlog::key::{Algorithm, KeyName, SigningKey, VerifierKey};
use crate::tlog::note::SignedNote;

/// The first line of every identity text.
const HEADING: &str = "clearinghouse/identity/v1";

/// Languages in which a node may name itself.
const NAMES_MAX: usize = 8;

/// Bytes of one language tag: RFC 5646, section 4.4.1, finds that 35 hold every one in use.
const TAG_MAX_BYTES: usize = 35;

/// Bytes of one name.
const NAME_MAX_BYTES: usize = 200;

/// Keys that wait for a rotation: the paper key, the network's, and three more.
const NEXT_MAX: usize = 5;

/// The largest chain that a reader takes: a hundred notes of the largest size.
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

/// A node as its genesis proves it: everything here was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The node's identifier.
    pub nid: Nid,
    /// What the genesis says.
    pub genesis: Genesis,
    /// The origin of its log.
    pub origin: Origin,
    /// The key of its log; its name is the origin.
    pub log_key: VerifierKey,
    /// The key with which it cosigns.
    pub witness_key: VerifierKey,
}

/// Why a chain of notes proves no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Larger than any chain may be.
    #[error("the chain of identity notes has {0} bytes, at most {CHAIN_MAX_BYTES} are allowed")]
    Length(usize),
    /// Not a signed note.
    #[error("the identity is not a signed note")]
    Note,
    /// A line is missing, misspelt or out of order.
    #[error("the identity text is not well-formed at its line {line:?}: {expected} was expected")]
    Line {
        /// The line as it stands, at most 80 characters of it.
        line: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A later note of the chain, which this program cannot check.
    #[error("the identity has {0} notes; this program knows only the first, a newer one is needed")]
    Successor(usize),
    /// Another node than the one that was asked for.
    #[error("the genesis is that of {found}, {expected} was expected")]
    OtherNode {
        /// The node that was asked for.
        expected: Nid,
        /// The node that answered.
        found: Nid,
    },
    /// Not signed by the log key that the genesis names.
    #[error("the genesis of {0} is not signed by the log key that it names")]
    Signature(Nid),
}

impl Genesis {
    /// The text whose hash is the node's identifier.
    pub fn write(&self) -> String {
        let mut text = format!("{HEADING}\nseq 0\nprevious none\n");
        for (tag, name) in &self.names {
            text.push_str(&format!("name {tag} {name}\n"));
        }
        text.push_str(&format!("url {}\nepoch {}\n", self.url, Epoch::FIRST));
        text.push_str(&format!(
            "log {}\nwitness {}\n",
            Hash(self.log),
            Hash(self.witness)
        ));
        for next in &self.next {
            text.push_str(&format!("next {}\n", Hash(*next)));
        }
        text
    }

    /// Reads what `write` writes and nothing else.
    pub fn read(text: &str) -> Result<Genesis, IdentityError> {
        let mut lines = Lines(text);
        lines.exactly(HEADING)?;
        lines.exactly("seq 0")?;
        lines.exactly("previous none")?;
        let mut names = BTreeMap::new();
        while let Some(name) = lines.optional("name ") {
            let (tag, name) = name
                .split_once(' ')
                .ok_or_else(|| lines.fault(name, "name <language> <text>"))?;
            names.insert(tag.to_owned(), name.to_owned());
        }
        let url = lines.after("url ")?.to_owned();
        lines.exactly("epoch 1")?;
        let log = lines.hash("log ")?;
        let witness = lines.hash("witness ")?;
        let mut next = Vec::new();
        while !lines.0.is_empty() {
            next.push(lines.hash("next ")?);
        }
        let genesis = Genesis {
            names,
            url,
            log,
            witness,
            next,
        };
        genesis.check()?;
        // Lines that a writer would have put in another order or left out are refused here.
        if genesis.write() != text {
            return Err(lines.fault("", "names in the order of their tags, each once"));
        }
        Ok(genesis)
    }

    fn check(&self) -> Result<(), IdentityError> {
        let fault = |line: &str, expected| {
            Err(IdentityError::Line {
                line: line.chars().take(80).collect(),
                expected,
            })
        };
        if self.names.is_empty() || self.names.len() > NAMES_MAX {
            return fault("name", "one to eight names");
        }
        for (tag, name) in &self.names {
            let sound = !name.is_empty() && name.trim() == name && name.len() <= NAME_MAX_BYTES;
            if !sound
                || tag.len() > TAG_MAX_BYTES
                || name.chars().any(char::is_control)
                || oxilangtag::LanguageTag::parse(tag.as_str()).is_err()
            {
                return fault(name, "a language tag and a name of at most 200 bytes");
            }
        }
        if check_url(&self.url).is_none() {
            return fault(&self.url, "an http or https URL that ends in a slash");
        }
        if self.next.is_empty() || self.next.len() > NEXT_MAX {
            return fault("next", "one to five hashes of rotation keys");
        }
        Ok(())
    }

    /// The signed note of this genesis, made with the seed of the log key that it names.
    ///
    /// # Panics
    /// When the seed is not that of the key in `self.log`, because such a note would prove nothing.
    pub fn sign(&self, log_seed: [u8; 32]) -> SignedNote {
        let text = self.write();
        let name = key_name(&Nid::of_genesis(&text).key_name());
        let key = SigningKey::from_seed(name, Algorithm::Ed25519, log_seed);
        assert_eq!(
            key.verifier().public_key(),
            &self.log,
            "the genesis is signed by the key it names"
        );
        SignedNote::sign(text.as_str(), &[&key])
            .expect("the text of a genesis is a sound note text")
    }
}

impl Identity {
    /// Reads the chain that `/feed/<nid>/identity` serves: signed notes with an empty line between.
    ///
    /// Whoever serves it can withhold it, not forge it: the identifier is the hash of the text, and the
    /// text names the key that signed it.
    pub fn read(chain: &[u8], expected: Option<Nid>) -> Result<Identity, IdentityError> {
        if chain.len() > CHAIN_MAX_BYTES {
            return Err(IdentityError::Length(chain.len()));
        }
        let notes = std::str::from_utf8(chain).map_err(|_| IdentityError::Note)?;
        let count = notes.split('\n').filter(|line| *line == HEADING).count();
        if count > 1 {
            return Err(IdentityError::Successor(count));
        }
        let note = SignedNote::parse(chain).map_err(|_| IdentityError::Note)?;
        let genesis = Genesis::read(note.text())?;
        let nid = Nid::of_genesis(note.text());
        if let Some(expected) = expected.filter(|expected| *expected != nid) {
            return Err(IdentityError::OtherNode {
                expected,
                found: nid,
            });
        }
        let refused = |_| IdentityError::Signature(nid);
        let key =
            |name: String, algorithm, bytes| VerifierKey::new(key_name(&name), algorithm, bytes);
        let signer = key(nid.key_name(), Algorithm::Ed25519, &genesis.log).map_err(refused)?;
        note.verify(&signer)
            .map_err(|_| IdentityError::Signature(nid))?;
        let origin = Origin {
            nid,
            epoch: Epoch::FIRST,
        };
        let log_key = key(origin.to_string(), Algorithm::Ed25519, &genesis.log).map_err(refused)?;
        let witness_key = key(
            nid.witness_name(),
            Algorithm::CosignatureV1,
            &genesis.witness,
        )
        .map_err(refused)?;
        Ok(Identity {
            nid,
            genesis,
            origin,
            log_key,
            witness_key,
        })
    }

    /// The same node and keys under a later epoch, as a log's last entry opens one.
    pub fn at(&self, epoch: Epoch) -> Identity {
        let origin = Origin {
            epoch,
            ..self.origin
        };
        let key = VerifierKey::new(
            key_name(&origin.to_string()),
            Algorithm::Ed25519,
            self.log_key.public_key(),
        );
        Identity {
            origin,
            log_key: key.expect("a key that was sound under another name"),
            ..self.clone()
        }
    }

    /// The centre's name in `language`, or in the first language that it has.
    pub fn name(&self, language: &str) -> &str {
        let names = &self.genesis.names;
        names
            .get(language)
            .or_else(|| names.values().next())
            .expect("a genesis has a name")
    }
}

/// The hash by which a genesis names a key that may sign its successor.
pub fn rotation_hash(public_key: &[u8; 32]) -> [u8; 32] {
    sha256(&[public_key])
}

fn key_name(name: &str) -> KeyName {
    KeyName::new(name).expect("identifiers and origins are sound key names")
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

    fn hash(&mut self, prefix: &'static str) -> Result<[u8; 32], IdentityError> {
        let value = self.after(prefix)?;
        value
            .parse::<Hash>()
            .map(|hash| hash.0)
            .map_err(|_| self.fault(value, "32 bytes in base64"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn genesis(seed: [u8; 32]) -> Genesis {
        let key = SigningKey::from_seed(key_name("any"), Algorithm::Ed25519, seed);
        let names = [("en", "Maple Centre"), ("fr", "Centre de l’Érable")];
        Genesis {
            names: names
                .map(|(tag, name)| (tag.to_owned(), name.to_owned()))
                .into(),
            url: "https://maple.example/".to_owned(),
            log: *key.verifier().public_key(),
            witness: *key.verifier().public_key(),
            next: vec![[1; 32], [2; 32]],
        }
    }

    #[test]
    fn a_genesis_proves_its_node() {
        let note = genesis([5; 32]).sign([5; 32]);
        let identity = Identity::read(&note.to_bytes(), None).expect("a sound genesis");
        assert_eq!(
            identity.origin.to_string(),
            identity.log_key.name().as_str()
        );
        assert_eq!(identity.name("fr"), "Centre de l’Érable");
        assert_eq!(identity.name("es"), "Maple Centre");
        let other = Nid::of_genesis("other");
        assert!(matches!(
            Identity::read(&note.to_bytes(), Some(other)),
            Err(IdentityError::OtherNode { .. })
        ));
        let twice = [note.to_bytes(), b"\n".to_vec(), note.to_bytes()].concat();
        assert_eq!(
            Identity::read(&twice, None),
            Err(IdentityError::Successor(2))
        );
    }

    #[test]
    fn a_name_may_quote_the_heading() {
        let mut quoting = genesis([5; 32]);
        quoting.names.insert("en".to_owned(), HEADING.to_owned());
        let note = quoting.sign([5; 32]);
        let identity = Identity::read(&note.to_bytes(), None).expect("a sound genesis");
        assert_eq!(identity.name("en"), HEADING);
    }

    #[test]
    fn every_changed_bit_of_a_genesis_gives_another_node_or_none() {
        let bytes = genesis([5; 32]).sign([5; 32]).to_bytes();
        let nid = Identity::read(&bytes, None).expect("a sound genesis").nid;
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(Identity::read(&changed, Some(nid)).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_genesis_has_one_spelling() {
        let text = genesis([5; 32]).write();
        assert_eq!(Genesis::read(&text), Ok(genesis([5; 32])));
        for (from, to) in [
            ("seq 0", "seq 00"),
            ("seq 0\n", ""),
            ("name en", "name  en"),
            (
                "name en Maple Centre\nname fr Centre de l’Érable\n",
                "name fr b\nname en a\n",
            ),
            (
                "name en Maple Centre\n",
                "name en Maple Centre\nname en Maple Centre\n",
            ),
            ("https://maple.example/", "https://maple.example"),
            ("epoch 1", "epoch 2"),
            ("next ", "following "),
        ] {
            assert!(text.contains(from), "{from:?} is no part of the text");
            assert!(
                Genesis::read(&text.replacen(from, to, 1)).is_err(),
                "{from:?} → {to:?}"
            );
        }
        assert!(Genesis::read(text.trim_end()).is_err());
        let long = text.replace("name fr ", "name x-abcdefgh-abcdefgh-abcdefgh-abcdefg ");
        assert!(Genesis::read(&long).is_err());
    }
}
