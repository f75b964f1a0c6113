//! How is a feed made by hand, with entries, bodies and checkpoints that no author would write?

use std::collections::BTreeMap;

use clearinghouse_protocol::feed::body::{Body, Framed, Minted, SALT_BYTES, commitment};
use clearinghouse_protocol::feed::entry::{Day, Entry};
use clearinghouse_protocol::feed::identity::{Genesis, Identity, rotation_hash};
use clearinghouse_protocol::listing::Taxonomy;
use clearinghouse_protocol::tlog::checkpoint::Checkpoint;
use clearinghouse_protocol::tlog::hash::{Hash, sha256};
use clearinghouse_protocol::tlog::key::{Algorithm, KeyName, SigningKey};
use clearinghouse_protocol::tlog::tile::{EntryBundle, Tile, parse_bodies_path};
use clearinghouse_protocol::tlog::tree::{Frontier, Size};
use uuid::Uuid;

use crate::drafts::{draft, read};

/// The day of everything that is made here; nothing depends on it.
const DAY: Day = Day(20_736);

/// A feed that holds whatever bytes it is given, under signatures that are sound.
#[derive(Clone)]
pub struct Forge {
    /// Whose it says that it is.
    pub identity: Identity,
    chain: Vec<u8>,
    seed: [u8; 32],
    entries: Vec<Vec<u8>>,
    bodies: BTreeMap<usize, ([u8; SALT_BYTES], Vec<u8>)>,
}

impl Forge {
    /// A feed whose keys come from `word`, served at `url`; without entries yet.
    ///
    /// # Panics
    /// If the URL is no identity's.
    pub fn new(word: &str, url: &str) -> Forge {
        let seed = sha256(&[b"forge", word.as_bytes()]);
        let public = |algorithm, what: &str| {
            let name = KeyName::new(what).expect("a name");
            *SigningKey::from_seed(name, algorithm, seed)
                .verifier()
                .public_key()
        };
        let log = public(Algorithm::Ed25519, "log");
        let genesis = Genesis {
            names: [("en".to_owned(), format!("The {word}"))].into(),
            url: url.to_owned(),
            log,
            witness: public(Algorithm::CosignatureV1, "witness"),
            next: vec![rotation_hash(&log)],
        };
        let chain = genesis.sign(seed).to_bytes();
        Forge {
            identity: Identity::read(&chain, None).expect("a genesis of ours"),
            chain,
            seed,
            entries: Vec::new(),
            bodies: BTreeMap::new(),
        }
    }

    /// From which all its keys come.
    pub fn seed(&self) -> [u8; 32] {
        self.seed
    }

    /// Adds an entry of whatever bytes.
    pub fn push(&mut self, entry: Vec<u8>) {
        self.entries.push(entry);
    }

    /// Adds a listing with whatever bytes as its body.
    pub fn put(&mut self, body: Vec<u8>) {
        let salt = sha256(&[b"salt", &self.entries.len().to_be_bytes()]);
        let entry = Entry::put(DAY, None, body.len(), commitment(&salt, &body));
        self.bodies.insert(self.entries.len(), (salt, body));
        self.push(entry.encode());
    }

    /// Adds a sound listing that carries this word, after `change` has had its body's text.
    ///
    /// # Panics
    /// If the draft is not sound.
    pub fn list(&mut self, marker: &str, change: impl FnOnce(String) -> String) -> Uuid {
        let minted = Minted {
            node: self.identity.nid,
            nonce: self.nonce(),
        };
        let sound = read(draft(marker)).check(Taxonomy::standard());
        let body = Body::write(&minted, &sound.expect("a sound draft").listing);
        let text = String::from_utf8(body).expect("a body is text");
        self.put(change(text).into_bytes());
        minted.uuid()
    }

    /// The start of a body of ours up to the listing, for bodies whose rest is written by hand.
    pub fn head(&self) -> String {
        let minted = Minted {
            node: self.identity.nid,
            nonce: self.nonce(),
        };
        let nonce: String = minted
            .nonce
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let (uuid, node) = (minted.uuid(), minted.node);
        format!(
            r#"{{"version":1,"uuid":"{uuid}","minted":{{"node":"{node}","nonce":"{nonce}"}},"listing":"#
        )
    }

    fn nonce(&self) -> [u8; 16] {
        let chance = sha256(&[&self.seed, &self.entries.len().to_be_bytes()]);
        *chance.first_chunk().expect("a hash has 32 bytes")
    }

    /// Another history of the same length under the same key.
    pub fn other_history(&mut self) {
        for entry in &mut self.entries {
            if let Some(last) = entry.last_mut() {
                *last ^= 1;
            }
        }
    }

    /// How many entries there are.
    pub fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Takes entries from the end.
    pub fn shorten(&mut self, entries: usize) {
        self.entries.truncate(entries);
    }

    /// The checkpoint over all entries, signed by its key.
    ///
    /// # Panics
    /// Never: such a checkpoint is sound.
    pub fn checkpoint(&self) -> Vec<u8> {
        self.checkpoint_as(&self.identity.origin.to_string(), self.seed)
    }

    /// The same under another origin or by another key.
    ///
    /// # Panics
    /// If the origin is none.
    pub fn checkpoint_as(&self, origin: &str, seed: [u8; 32]) -> Vec<u8> {
        let mut tree = Frontier::new();
        for entry in &self.entries {
            tree.push(Hash::leaf(entry));
        }
        let name = KeyName::new(origin).expect("an origin is a name");
        let key = SigningKey::from_seed(name, Algorithm::Ed25519, seed);
        let note = Checkpoint::of(origin, &tree).sign(&key);
        note.expect("a sound checkpoint").to_bytes()
    }

    /// What an honest server answers at a path below its address: status, salt and bytes.
    pub fn answer(&self, path: &str) -> (u16, Option<[u8; SALT_BYTES]>, Vec<u8>) {
        let nid = self.identity.nid;
        let found = match path {
            ".well-known/clearinghouse" => Some(format!(r#"{{"nid":"{nid}"}}"#).into_bytes()),
            path => path.strip_prefix(&format!("feed/{nid}/")).and_then(|rest| {
                match rest {
                    "identity" => return Some(self.chain.clone()),
                    "checkpoint" => return Some(self.checkpoint()),
                    _ => {}
                }
                let rest = rest.strip_prefix("1/")?;
                match rest {
                    "checkpoint" => Some(self.checkpoint()),
                    rest => self.part(rest),
                }
            }),
        };
        if let Some(salted) = self.body(path) {
            return (200, Some(salted.0), salted.1.clone());
        }
        match found {
            Some(bytes) => (200, None, bytes),
            None => (404, None, Vec::new()),
        }
    }

    fn body(&self, path: &str) -> Option<&([u8; SALT_BYTES], Vec<u8>)> {
        let index = path.rsplit_once("/body/")?.1.parse().ok()?;
        self.bodies.get(&index)
    }

    fn part(&self, path: &str) -> Option<Vec<u8>> {
        if let Ok(bundle) = EntryBundle::parse(path) {
            let first = usize::try_from(bundle.index()).ok()? * 256;
            let entries = self
                .entries
                .get(first..first + usize::from(bundle.width()))?;
            return EntryBundle::encode(entries).ok();
        }
        if let Ok(tile) = Tile::parse(path) {
            let first = usize::try_from(tile.first()?).ok()?;
            let entries = self.entries.get(first..first + usize::from(tile.width()))?;
            let leaves = entries.iter().flat_map(|entry| Hash::leaf(entry).0);
            return (tile.level() == 0).then(|| leaves.collect());
        }
        let number = parse_bodies_path(path).ok()?;
        Some(self.bundle(number))
    }

    fn bundle(&self, number: u64) -> Vec<u8> {
        let mut bundle = Vec::new();
        for (index, (salt, body)) in &self.bodies {
            let index = clearinghouse_protocol::tlog::tree::Index(*index as u64);
            if index.0 / 256 == number && Size(self.size()).contains(index) {
                Framed { index, salt, body }.write(&mut bundle);
            }
        }
        bundle
    }
}
