//! How do a log and a witness behave that know nothing of us?
//!
//! Notes are written and read by the crate `signed_note`, trees by `tlog_tiles`; requests and answers
//! are put together here, by hand, from the text of C2SP tlog-witness.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clearinghouse::clock::Hand;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use signed_note::{Note, Signature, StandardSigner, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::{Hash, HashReader};

/// A log of the world outside, with any number of histories under one key.
pub struct Log {
    pub origin: String,
    seed: [u8; 32],
}

struct Stored(Vec<Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|at| self.0[*at as usize]).collect())
    }
}

impl Log {
    pub fn new(origin: &str, seed: u8) -> Log {
        let (origin, seed) = (origin.to_owned(), [seed; 32]);
        Log { origin, seed }
    }

    pub fn vkey(&self) -> String {
        let key = SigningKey::from_bytes(&self.seed).verifying_key();
        vkey(&self.origin, 1, &key)
    }

    fn stored(history: u8, size: u64) -> Stored {
        let mut stored = Stored(Vec::new());
        for n in 0..size {
            let entry = [if n < 3 { 0 } else { history }, n as u8];
            let hashes = tlog_tiles::stored_hashes(n, &entry, &stored).expect("hashes");
            stored.0.extend(hashes);
        }
        stored
    }

    /// The signed checkpoint of one of its histories.
    pub fn checkpoint(&self, history: u8, size: u64) -> Vec<u8> {
        let stored = Log::stored(history, size);
        let root = match size {
            // RFC 6962, section 2.1: the hash of nothing.
            0 => STANDARD.decode("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
            _ => Ok(tlog_tiles::tree_hash(size, &stored)
                .expect("a root")
                .0
                .to_vec()),
        };
        let root = STANDARD.encode(root.expect("base64"));
        self.sign(&format!("{}\n{size}\n{root}\n", self.origin))
    }

    pub fn sign(&self, text: &str) -> Vec<u8> {
        let id = format!(
            "{:08x}",
            signed_note::key_id(&self.origin, &self.typed_key())
        );
        let secret = STANDARD.encode([&[1], self.seed.as_slice()].concat());
        let skey = format!("PRIVATE+KEY+{}+{id}+{secret}", self.origin);
        let signer = StandardSigner::new(&skey).expect("a key");
        let mut note = Note::new(text.as_bytes(), &[]).expect("a text");
        note.add_sigs(&[&signer]).expect("signs");
        note.to_bytes()
    }

    fn typed_key(&self) -> Vec<u8> {
        let key = SigningKey::from_bytes(&self.seed).verifying_key();
        [&[1], key.as_bytes().as_slice()].concat()
    }

    /// A request to cosign.
    pub fn request(&self, history: u8, old: u64, new: u64) -> Vec<u8> {
        let mut request = format!("old {old}\n").into_bytes();
        if 0 < old && old < new {
            let stored = Log::stored(history, new);
            for hash in tlog_tiles::prove_tree(new, old, &stored).expect("a proof") {
                request.extend(format!("{}\n", STANDARD.encode(hash.0)).bytes());
            }
        }
        request.push(b'\n');
        request.extend(self.checkpoint(history, new));
        request
    }
}

/// A key as C2SP signed-note writes it.
pub fn vkey(name: &str, kind: u8, key: &VerifyingKey) -> String {
    let typed = [&[kind], key.as_bytes().as_slice()].concat();
    let id = signed_note::key_id(name, &typed);
    format!("{name}+{id:08x}+{}", STANDARD.encode(typed))
}

/// Verifies cosignatures (C2SP tlog-cosignature), which `signed_note` leaves to others.
pub struct Cosigner {
    name: String,
    id: u32,
    key: VerifyingKey,
    /// The time of the last one that was verified.
    pub time: Arc<Mutex<Option<u64>>>,
}

impl Cosigner {
    pub fn new(vkey: &str) -> Cosigner {
        let mut parts = vkey.splitn(3, '+');
        let mut part = || parts.next().expect("three parts");
        let (name, id, key) = (part(), part(), STANDARD.decode(part()).expect("base64"));
        assert_eq!(key[0], 4);
        Cosigner {
            name: name.to_owned(),
            id: u32::from_str_radix(id, 16).expect("hexadecimal"),
            key: VerifyingKey::from_bytes(key[1..].try_into().expect("32 bytes")).expect("a key"),
            time: Arc::default(),
        }
    }
}

fn message(time: u64, text: &[u8]) -> Vec<u8> {
    [format!("cosignature/v1\ntime {time}\n").as_bytes(), text].concat()
}

impl Verifier for Cosigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, text: &[u8], line: &[u8]) -> bool {
        let Some((time, signature)) = line.split_first_chunk::<8>() else {
            return false;
        };
        let time = u64::from_be_bytes(*time);
        let signature = ed25519_dalek::Signature::from_slice(signature);
        let holds = |signature| {
            self.key
                .verify_strict(&message(time, text), &signature)
                .is_ok()
        };
        let holds = signature.is_ok_and(holds);
        *self.time.lock().expect("whole") = holds.then_some(time);
        holds
    }
}

/// When the witness with this key cosigned this note of a log, if both have signed it.
pub fn cosigned(note: &[u8], log: &str, witness: &str) -> Option<u64> {
    let note = Note::from_bytes(note).expect("a note");
    let cosigner = Cosigner::new(witness);
    let time = cosigner.time.clone();
    let name = cosigner.name.clone();
    let known = VerifierList::new(vec![
        Box::new(StandardVerifier::new(log).expect("a key")),
        Box::new(cosigner),
    ]);
    let (true_ones, _) = note.verify(&known).ok()?;
    let both = true_ones.len() == 2 && true_ones.iter().any(|line| line.name() == name);
    let time = *time.lock().expect("whole");
    time.filter(|_| both)
}

/// What a witness does instead of its duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vice {
    None,
    /// Signs with another key under its name.
    WrongKey,
    /// Is a day ahead of everyone.
    Ahead,
    /// Is a day late.
    Late,
    /// Hands out what it signed for the first checkpoint.
    Stale,
    /// Hands out a line of somebody else.
    Another,
    /// Says that it has cosigned more.
    More,
}

/// A witness of the world outside.
#[derive(Clone)]
pub struct Witness {
    pub name: String,
    seed: [u8; 32],
    /// What turns its clock.
    hand: Arc<Hand>,
    pub state: Arc<Mutex<State>>,
}

pub struct State {
    pub vice: Vice,
    pub size: u64,
    root: Hash,
    first: Option<String>,
    pub asked: usize,
}

impl Witness {
    pub fn new(name: &str, seed: u8, hand: Arc<Hand>) -> Witness {
        Witness {
            hand,
            name: name.to_owned(),
            seed: [seed; 32],
            state: Arc::new(Mutex::new(State {
                vice: Vice::None,
                size: 0,
                root: Hash([0; 32]),
                first: None,
                asked: 0,
            })),
        }
    }

    pub fn vkey(&self) -> String {
        let key = SigningKey::from_bytes(&self.seed).verifying_key();
        vkey(&self.name, 4, &key)
    }

    /// What it answers to requests about the log with this key.
    pub fn router(&self, log: &str) -> Router {
        let (witness, log) = (self.clone(), log.to_owned());
        let answer = move |body: Bytes| async move { witness.answer(&body, &log) };
        Router::new().route("/w/add-checkpoint", post(answer))
    }

    fn answer(&self, body: &[u8], log: &str) -> axum::response::Response {
        let mut state = self.state.lock().expect("whole");
        state.asked += 1;
        let split = body
            .windows(2)
            .position(|two| two == b"\n\n")
            .expect("an empty line");
        let head = std::str::from_utf8(&body[..split]).expect("text");
        let mut lines = head.lines();
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old: u64 = old.expect("an old size").parse().expect("a number");
        let hash = |line: &str| {
            Hash(
                STANDARD
                    .decode(line)
                    .expect("base64")
                    .try_into()
                    .expect("32"),
            )
        };
        let proof: Vec<Hash> = lines.map(hash).collect();
        let note = Note::from_bytes(&body[split + 2..]).expect("a note");
        let known = VerifierList::new(vec![Box::new(StandardVerifier::new(log).expect("a key"))]);
        note.verify(&known).expect("signed by the log");
        let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).expect("a checkpoint");
        let (size, root) = (checkpoint.size(), *checkpoint.hash());
        if state.vice == Vice::More || old != state.size {
            let more = if state.vice == Vice::More {
                size + 5
            } else {
                state.size
            };
            let kind = [("content-type", "text/x.tlog.size")];
            return (StatusCode::CONFLICT, kind, format!("{more}\n")).into_response();
        }
        if old > 0 && old < size {
            tlog_tiles::check_tree(&proof, size, root, old, state.root).expect("it grew");
        } else {
            assert!(proof.is_empty());
        }
        (state.size, state.root) = (size, root);
        let now = self.hand.now().as_second() as u64;
        let time = match state.vice {
            Vice::Ahead => now + 86_400,
            Vice::Late => now - 86_400,
            _ => now,
        };
        let line = self.line(state.vice, time, note.text());
        let first = state.first.get_or_insert_with(|| line.clone()).clone();
        if state.vice == Vice::Stale {
            first
        } else {
            line
        }
        .into_response()
    }

    fn line(&self, vice: Vice, time: u64, text: &[u8]) -> String {
        let own = SigningKey::from_bytes(&self.seed);
        let typed = [&[4], own.verifying_key().as_bytes().as_slice()].concat();
        let name = match vice {
            Vice::Another => "witness.example/another",
            _ => &self.name,
        };
        let key = match vice {
            Vice::WrongKey => SigningKey::from_bytes(&[99; 32]),
            _ => own,
        };
        let signature = key.sign(&message(time, text)).to_bytes();
        let bytes = [time.to_be_bytes().as_slice(), &signature].concat();
        let id = signed_note::key_id(&self.name, &typed);
        let line = Signature::new(name.to_owned(), id, bytes).expect("a line");
        String::from_utf8(line.to_bytes()).expect("text")
    }
}
