//! What does a feed look like that nobody writes to any more, served from memory?

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use clearinghouse_protocol::feed::append::{Author, Deed, body_of};
use clearinghouse_protocol::feed::body::{Framed, Minted};
use clearinghouse_protocol::feed::entry::Day;
use clearinghouse_protocol::feed::identity::{Genesis, Identity};
use clearinghouse_protocol::feed::living::Living;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::feed::roster::Statement;
use clearinghouse_protocol::listing::{Draft, Listing, Taxonomy};
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::key::{Algorithm, KeyName, SigningKey};
use clearinghouse_protocol::tlog::proof;
use clearinghouse_protocol::tlog::receipt::Receipt;
use clearinghouse_protocol::tlog::text::to_base64;
use clearinghouse_protocol::tlog::tile::{
    EntryBundle, FULL_WIDTH, Tile, bodies_path, parse_bodies_path,
};
use clearinghouse_protocol::tlog::tree::{Frontier, Index, Size, root_of};
use feedtool::fetch::{Answer, Ask, Fetch, FetchError};
use feedtool::source::{Address, Source};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use serde_json::json;
use url::Url;

const SEED: [u8; 32] = [5; 32];

pub const BASE: &str = "http://still.example/";

/// A key under any name: the seed is always the same.
fn key(name: &str) -> SigningKey {
    SigningKey::from_seed(KeyName::new(name).unwrap(), Algorithm::Ed25519, SEED)
}

/// A listing with this name, sound.
pub fn listing(name: &str) -> Listing {
    let draft = json!({
        "kind": "group",
        "name": {"en": name},
        "concerns": ["bereavement"],
        "ways": ["online"],
        "status": "active",
    });
    let draft = Draft::from_value(draft).unwrap();
    draft.check(Taxonomy::standard()).unwrap().listing
}

/// A log in memory with everything that a node serves of it.
pub struct Book {
    author: Author,
    pub chain: Vec<u8>,
    pub identity: Identity,
    entries: Vec<Vec<u8>>,
    leaves: Vec<Hash>,
    levels: Vec<Vec<Hash>>,
    bodies: BTreeMap<u64, ([u8; 32], Vec<u8>)>,
    /// Answers that are not what they should be: a path below the feed, and a bit to turn in it.
    pub turned: Option<(String, usize)>,
    /// Paths below the feed that are answered with a status of their own.
    pub statuses: BTreeMap<String, u16>,
    /// Writes one more entry whenever this path is asked for.
    pub grows_at: Option<String>,
}

impl Book {
    pub fn new() -> Book {
        Book::named("Maple Centre")
    }

    pub fn named(name: &str) -> Book {
        let public = *key("any").verifier().public_key();
        let genesis = Genesis {
            names: [("en".to_owned(), name.to_owned())].into(),
            url: BASE.to_owned(),
            log: public,
            witness: public,
            next: vec![[1; 32]],
        };
        let chain = genesis.sign(SEED).to_bytes();
        let identity = Identity::read(&chain, None).unwrap();
        let log_key = key(&identity.origin.to_string());
        let author = Author::resume(identity.origin, log_key, Frontier::new(), Living::default());
        Book {
            author,
            chain,
            identity,
            entries: Vec::new(),
            leaves: Vec::new(),
            levels: Vec::new(),
            bodies: BTreeMap::new(),
            turned: None,
            statuses: BTreeMap::new(),
            grows_at: None,
        }
    }

    /// A log of `size` entries of every kind that has a meaning; of every hundred puts one stays.
    pub fn of(size: u64) -> Book {
        let mut book = Book::new();
        let minted = book.minted(0);
        let body = body_of(&minted, &listing("A group")).unwrap();
        for index in 0..size {
            let before = index.checked_sub(1).map(Index);
            let before = before.filter(|before| book.author.living().contains(*before));
            match index {
                0 => book.write(Deed::Introduce(book.chain.clone())),
                3 => book.write(Deed::State(Statement::Join {
                    nid: Nid::of_genesis("a network\n"),
                    url: "https://network.example/".to_owned(),
                })),
                _ if index % 97 == 5 && before.is_some() => book.write(Deed::Erase {
                    target: before.unwrap(),
                }),
                _ => {
                    let target = before.filter(|_| index % 100 != 0);
                    book.put(target, body.clone());
                }
            }
        }
        book
    }

    pub fn minted(&self, number: u8) -> Minted {
        let (node, nonce) = (self.identity.nid, [number; 16]);
        Minted { node, nonce }
    }

    pub fn put(&mut self, target: Option<Index>, body: Vec<u8>) {
        let salt = [self.entries.len() as u8; 32];
        self.write(Deed::Put { target, salt, body });
    }

    pub fn put_listing(&mut self, number: u8, target: Option<Index>, name: &str) {
        let body = body_of(&self.minted(number), &listing(name)).unwrap();
        self.put(target, body);
    }

    pub fn write(&mut self, deed: Deed) {
        let written = self.author.write(deed, Day(20_000)).unwrap();
        if let Some(target) = written.ended {
            self.bodies.remove(&target.0);
        }
        if let Some(body) = written.body {
            self.bodies.insert(written.index.0, body);
        }
        self.entries.push(written.bytes);
        self.leaves.push(written.leaf);
        self.keep(0, written.leaf);
    }

    fn keep(&mut self, level: usize, hash: Hash) {
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        self.levels[level].push(hash);
        let hashes = &self.levels[level];
        if hashes.len().is_multiple_of(usize::from(FULL_WIDTH)) {
            let root = root_of(&hashes[hashes.len() - usize::from(FULL_WIDTH)..]);
            self.keep(level + 1, root);
        }
    }

    pub fn size(&self) -> Size {
        self.author.size()
    }

    pub fn entry(&self, index: u64) -> &[u8] {
        &self.entries[index as usize]
    }

    /// Every path that a whole walk asks for, below the feed.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = vec!["checkpoint".to_owned()];
        paths.extend(Tile::all(self.size()).map(|tile| tile.path()));
        let bundles = self.size().0.div_ceil(256);
        paths.extend((0..bundles).map(|n| EntryBundle::within(self.size(), n).unwrap().path()));
        let mut numbers: Vec<u64> = self.bodies.keys().map(|index| index / 256).collect();
        numbers.dedup();
        paths.extend(numbers.into_iter().map(bodies_path));
        paths
    }

    /// What a node answers for a path below the feed.
    pub fn serve(&self, path: &str) -> Option<Vec<u8>> {
        if path == "checkpoint" {
            return Some(self.author.sign().to_bytes());
        }
        if let Ok(bundle) = EntryBundle::parse(path) {
            let first = bundle.index() as usize * 256;
            let entries = self
                .entries
                .get(first..first + usize::from(bundle.width()))?;
            return EntryBundle::encode(entries).ok();
        }
        if let Ok(tile) = Tile::parse(path) {
            let first = tile.first()? as usize;
            let level = self.levels.get(usize::from(tile.level()))?;
            let hashes = level.get(first..first + usize::from(tile.width()))?;
            return Some(hashes.iter().flat_map(|hash| hash.0).collect());
        }
        if let Ok(number) = parse_bodies_path(path) {
            let mut bundle = Vec::new();
            for (index, (salt, body)) in self.bodies.range(number * 256..(number + 1) * 256) {
                let index = Index(*index);
                Framed { index, salt, body }.write(&mut bundle);
            }
            return Some(bundle);
        }
        if let Some(index) = path.strip_prefix("proof/") {
            let index = Index(index.parse().ok()?);
            let proof = proof::prove(index, self.size(), &self.leaves[..]).ok()?;
            let checkpoint = self.author.sign();
            let receipt = Receipt {
                extra: None,
                index,
                proof,
                checkpoint,
            };
            return Some(receipt.to_bytes());
        }
        None
    }

    /// What a node answers for a path below its base.
    pub fn answer(&mut self, path: &str) -> Answer {
        if path == ".well-known/clearinghouse" {
            let card = json!({"nid": self.identity.nid.as_str(), "more": 1});
            return good(card.to_string().into_bytes());
        }
        if path == format!("feed/{}/identity", self.identity.nid) {
            return good(self.turn("identity", self.chain.clone()));
        }
        let prefix = format!("feed/{}/1/", self.identity.nid);
        let Some(path) = path.strip_prefix(&prefix) else {
            return status(404);
        };
        if self.grows_at.as_deref() == Some(path) {
            self.grows_at = None;
            let last = *self.bodies.keys().next_back().unwrap();
            self.put_listing(9, Some(Index(last)), "Changed meanwhile");
        }
        if let Some(code) = self.statuses.get(path) {
            return status(*code);
        }
        if let Some(index) = path.strip_prefix("body/") {
            let index: u64 = index.parse().unwrap();
            return match self.bodies.get(&index) {
                Some((salt, body)) => Answer {
                    salt: Some(to_base64(salt)),
                    ..good(body.clone())
                },
                None if index < self.size().0 => status(410),
                None => status(404),
            };
        }
        match self.serve(path) {
            Some(bytes) => good(self.turn(path, bytes)),
            None => status(404),
        }
    }

    fn turn(&self, path: &str, mut bytes: Vec<u8>) -> Vec<u8> {
        if let Some((_, bit)) = self.turned.as_ref().filter(|(turned, _)| turned == path) {
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        bytes
    }
}

fn good(body: Vec<u8>) -> Answer {
    Answer {
        status: 200,
        body: body.into(),
        salt: None,
    }
}

fn status(status: u16) -> Answer {
    Answer {
        status,
        ..Answer::default()
    }
}

/// A book that answers questions.
#[derive(Clone)]
pub struct Still(pub Arc<Mutex<Book>>);

impl Still {
    pub fn of(book: Book) -> Still {
        Still(Arc::new(Mutex::new(book)))
    }

    /// The feed at its own address, so that the address says whose it is.
    pub async fn source(&self) -> Result<Source, feedtool::failure::Failure> {
        let nid = self.0.lock().unwrap().identity.nid;
        let address: Address = format!("{BASE}feed/{nid}/1/").parse().unwrap();
        Source::open(Arc::new(self.clone()), &address, None).await
    }
}

impl Fetch for Still {
    fn fetch(&self, ask: Ask) -> BoxFuture<'static, Result<Answer, FetchError>> {
        let path = ask.url.path().trim_start_matches('/').to_owned();
        let answer = self.0.lock().unwrap().answer(&path);
        let outcome = match answer.body.len() > ask.max_bytes {
            true => Err(FetchError::TooLong {
                url: ask.url.to_string(),
                limit: ask.max_bytes,
            }),
            false => Ok(answer),
        };
        Box::pin(async move { outcome })
    }

    fn events(&self, _url: Url) -> BoxStream<'static, Result<String, FetchError>> {
        stream::pending().boxed()
    }
}
