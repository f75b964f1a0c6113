//! Is every pinned example read, and every broken one refused?
//!
//! The files in `tests/vectors/tlog` were made by another implementation, in another language,
//! from the text of the specifications. Changing one is a decision, not a fix.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clearinghouse_protocol::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use clearinghouse_protocol::tlog::cosignature;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::key::{SigningKey, VerifierKey};
use clearinghouse_protocol::tlog::note::SignedNote;
use clearinghouse_protocol::tlog::policy::Policy;
use clearinghouse_protocol::tlog::proof;
use clearinghouse_protocol::tlog::receipt::Receipt;
use clearinghouse_protocol::tlog::text;
use clearinghouse_protocol::tlog::tile::{EntryBundle, Tile, bodies_path, parse_bodies_path};
use clearinghouse_protocol::tlog::tree::{Index, Size, root_of};
use clearinghouse_protocol::tlog::witness::{Cosigned, Decision, Request, decide};
use serde_json::Value;

/// One file and what it takes to walk one of its cases.
type Walk = (&'static str, fn(&Case));

const FILES: [Walk; 12] = [
    ("bundles.json", bundle),
    ("checkpoints.json", checkpoint),
    ("consistency.json", consistency),
    ("cosignatures.json", cosignature),
    ("inclusion.json", inclusion),
    ("notes.json", note),
    ("paths.json", path),
    ("policies.json", policy),
    ("receipts.json", receipt),
    ("requests.json", request),
    ("roots.json", root),
    ("vkeys.json", vkey),
];

fn folder() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/vectors/tlog"
    ))
}

#[test]
fn every_vector_holds() {
    for (file, walk) in FILES {
        let read = std::fs::read(folder().join(file)).expect(file);
        let read: Value = serde_json::from_slice(&read).expect(file);
        let cases = read["cases"].as_array().expect("an array of cases");
        assert!(!cases.is_empty(), "{file}");
        for case in cases {
            let case = Case(case);
            // So that a failing assertion is found in the captured output.
            println!("{file}: {}", case.text("name"));
            walk(&case);
        }
    }
}

#[test]
fn no_vector_is_left_out() {
    let there: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the folder of the vectors")
        .map(|file| {
            file.expect("a file")
                .file_name()
                .into_string()
                .expect("a plain name")
        })
        .filter(|name| name.ends_with(".json"))
        .collect();
    let walked: BTreeSet<String> = FILES.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(there, walked);
}

/// One case of a file, with its fields.
struct Case<'a>(&'a Value);

impl Case<'_> {
    fn text(&self, field: &str) -> &str {
        self.0[field].as_str().expect(field)
    }

    fn number(&self, field: &str) -> u64 {
        self.0[field].as_u64().expect(field)
    }

    fn is(&self, field: &str) -> bool {
        self.0[field].as_bool().expect(field)
    }

    fn texts(&self, field: &str) -> Vec<&str> {
        let array = self.0[field].as_array().expect(field);
        array
            .iter()
            .map(|text| text.as_str().expect(field))
            .collect()
    }

    fn hash(&self, field: &str) -> Hash {
        self.text(field).parse().expect(field)
    }

    fn hashes(&self, field: &str) -> Vec<Hash> {
        self.texts(field)
            .iter()
            .map(|hash| hash.parse().expect(field))
            .collect()
    }

    fn key(&self) -> VerifierKey {
        self.text("key").parse().expect("a vkey")
    }

    /// The bytes of the text, or those in `hex` where they are no text.
    fn bytes(&self) -> Vec<u8> {
        match self.0["hex"].as_str() {
            Some(hex) => from_hex(hex),
            None => self.text("text").as_bytes().to_vec(),
        }
    }
}

fn from_hex(hex: &str) -> Vec<u8> {
    let pairs = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]);
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal"))
        .collect()
}

fn root(case: &Case) {
    let leaves: Vec<Hash> = match case.0["numbers"].as_u64() {
        Some(count) => (0..count)
            .map(|n| Hash::leaf(n.to_string().as_bytes()))
            .collect(),
        None => case
            .texts("entries")
            .iter()
            .map(|entry| Hash::leaf(&from_hex(entry)))
            .collect(),
    };
    assert_eq!(root_of(&leaves), case.hash("root"));
}

fn inclusion(case: &Case) {
    let (index, size) = (Index(case.number("index")), Size(case.number("size")));
    let (leaf, root, proof) = (case.hash("leaf"), case.hash("root"), case.hashes("proof"));
    let verified = proof::verify_inclusion(leaf, index, size, &proof, root);
    assert_eq!(verified.is_ok(), case.is("sound"), "{verified:?}");
}

fn consistency(case: &Case) {
    let (old, new) = (Size(case.number("old")), Size(case.number("new")));
    let (old_root, new_root) = (case.hash("old_root"), case.hash("new_root"));
    let proof = case.hashes("proof");
    let verified = proof::verify_consistency(old, old_root, new, new_root, &proof);
    assert_eq!(verified.is_ok(), case.is("sound"), "{verified:?}");
}

fn vkey(case: &Case) {
    let read = case.text("text").parse::<VerifierKey>();
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(key) = read else { return };
    assert_eq!(key.to_string(), case.text("text"));
    assert_eq!(key.name().as_str(), case.text("key_name"));
    assert_eq!(key.id().to_string(), case.text("id"));
    assert_eq!(u64::from(key.algorithm().byte()), case.number("algorithm"));
    assert_eq!(text::to_hex(key.public_key()), case.text("public_key"));
    let secret: SigningKey = case.text("secret").parse().expect("the secret key");
    assert_eq!(secret.verifier(), &key);
    assert_eq!(secret.to_secret_text(), case.text("secret"));
}

fn note(case: &Case) {
    let read = SignedNote::parse(&case.bytes());
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(note) = read else { return };
    assert_eq!(note.to_string(), case.text("text"));
    if case.0.get("key").is_some() {
        let verified = note.verify(&case.key());
        assert_eq!(verified.is_ok(), case.is("verified"), "{verified:?}");
    }
}

fn checkpoint(case: &Case) {
    let bytes = case.bytes();
    let read = SignedCheckpoint::read(&bytes, case.text("origin"), &case.key());
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(signed) = read else { return };
    assert_eq!(signed.note().to_bytes(), bytes);
    let checkpoint = signed.checkpoint();
    assert_eq!(checkpoint.to_text(), signed.note().text());
    let expected = Checkpoint {
        origin: case.text("origin").to_owned(),
        size: Size(case.number("size")),
        root: case.hash("root"),
    };
    assert_eq!(checkpoint, &expected);
}

fn path(case: &Case) {
    let text = case.text("text");
    let (tile, bundle, bodies) = (
        Tile::parse(text),
        EntryBundle::parse(text),
        parse_bodies_path(text),
    );
    let readers = [tile.is_ok(), bundle.is_ok(), bodies.is_ok()];
    let kinds = ["tile", "entries", "bodies"];
    let expected = kinds.map(|kind| case.is("sound") && case.text("kind") == kind);
    assert_eq!(readers, expected);
    if let Ok(tile) = tile {
        assert_eq!(u64::from(tile.level()), case.number("level"));
        assert_eq!(tile.index(), case.number("index"));
        assert_eq!(u64::from(tile.width()), case.number("width"));
        assert_eq!(tile.path(), text);
    }
    if let Ok(bundle) = bundle {
        assert_eq!(bundle.index(), case.number("index"));
        assert_eq!(u64::from(bundle.width()), case.number("width"));
        assert_eq!(bundle.path(), text);
    }
    if let Ok(index) = bodies {
        assert_eq!(index, case.number("index"));
        assert_eq!(bodies_path(index), text);
    }
}

fn bundle(case: &Case) {
    let bytes = case.bytes();
    let width = u16::try_from(case.number("width")).expect("a small width");
    let read = EntryBundle::decode(&bytes, width);
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(entries) = read else { return };
    let expected: Vec<Vec<u8>> = case
        .texts("entries")
        .iter()
        .map(|hex| from_hex(hex))
        .collect();
    assert_eq!(entries, expected);
    assert_eq!(EntryBundle::encode(&entries), Ok(bytes));
}

fn receipt(case: &Case) {
    let bytes = case.bytes();
    let read = Receipt::parse(&bytes);
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(receipt) = read else { return };
    assert_eq!(receipt.to_bytes(), bytes);
    let verified = receipt.verify(case.hash("leaf"), case.text("origin"), &case.key());
    assert_eq!(verified.is_ok(), case.is("verified"), "{verified:?}");
}

fn cosignature(case: &Case) {
    let note = SignedNote::parse(&case.bytes()).expect("a note");
    let verified = cosignature::verify(&note, &case.key());
    assert_eq!(verified.ok(), case.0["time"].as_u64());
}

fn request(case: &Case) {
    let bytes = case.bytes();
    let read = Request::parse(&bytes);
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(request) = read else { return };
    assert_eq!(request.to_bytes(), bytes);
    let last = Cosigned {
        size: Size(case.number("last_size")),
        root: case.hash("last_root"),
    };
    let decision = match decide(&request, case.text("origin"), &case.key(), last) {
        Decision::Cosign(checkpoint) => {
            assert_eq!(checkpoint.to_text(), request.checkpoint.text());
            "cosign"
        }
        Decision::Unsigned => "unsigned",
        Decision::Unreadable(_) => "unreadable",
        Decision::Backwards { .. } => "backwards",
        Decision::Conflict { size } => {
            assert_eq!(size, last.size);
            "conflict"
        }
        Decision::Forked { .. } => "forked",
        Decision::BadProof => "bad proof",
    };
    assert_eq!(decision, case.text("decision"));
}

fn policy(case: &Case) {
    let read = Policy::parse(&case.bytes());
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(policy) = read else { return };
    assert_eq!(policy.to_text(), case.text("canonical"));
    assert_eq!(
        Policy::parse(policy.to_text().as_bytes()).as_ref(),
        Ok(&policy)
    );
    for (field, expected) in [("met", true), ("unmet", false)] {
        for names in case.0[field].as_array().expect(field) {
            let names = names.as_array().expect(field);
            let has_cosigned = |key: &VerifierKey| {
                let mut known = policy.witnesses().iter();
                let name = known
                    .find(|(_, witness)| witness.key == *key)
                    .map(|(name, _)| name);
                names.iter().any(|listed| listed.as_str() == name)
            };
            assert_eq!(policy.is_met_by(has_cosigned), expected, "{names:?}");
        }
    }
}
