//! Do two other implementations read our keys, notes, checkpoints and paths, and we theirs?

use clearinghouse_protocol::tlog::checkpoint::Checkpoint;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::key::{Algorithm, KeyName, SigningKey, VerifierKey};
use clearinghouse_protocol::tlog::note::SignedNote;
use clearinghouse_protocol::tlog::tile::Tile;
use clearinghouse_protocol::tlog::tree::Size;
use proptest::prelude::*;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};

fn key(name: &str, seed: [u8; 32]) -> SigningKey {
    let name = KeyName::new(name).expect("a sound name");
    SigningKey::from_seed(name, Algorithm::Ed25519, seed)
}

fn verified_by_another(note: &[u8], key: &VerifierKey) -> bool {
    let verifier = StandardVerifier::new(&key.to_string()).expect("a vkey");
    let verifiers = VerifierList::new(vec![Box::new(verifier)]);
    Note::from_bytes(note).is_ok_and(|note| note.verify(&verifiers).is_ok())
}

/// Notes, or nearly: pieces of a sound one in any order.
fn nearly_a_note() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("text"),
        Just("\n"),
        Just("\n\n"),
        Just("— a AAAAAAA="),
        Just("— name "),
        Just("AAAAAAAA"),
        Just("—"),
        Just(" "),
        Just("+"),
        Just("\t"),
        Just("\u{2003}"),
        Just("AAAAAAB="),
    ];
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn keys_are_the_same(seed: [u8; 32], name in "[a-zé./]{1,20}") {
        let key = key(&name, seed);
        StandardSigner::new(&key.to_secret_text()).expect("they read our secret keys");
        StandardVerifier::new(&key.verifier().to_string()).expect("they read our vkeys");
        let public = ed25519_dalek::VerifyingKey::from_bytes(key.verifier().public_key());
        prop_assert!(public.is_ok());
    }

    #[test]
    fn a_changed_vkey_that_we_read_they_read(seed: [u8; 32], at: prop::sample::Index, with in "[a-f0-9A-Z+=/ ]?") {
        let vkey = key("centre.example", seed).verifier().to_string();
        let at = at.index(vkey.len());
        let changed = format!("{}{with}{}", &vkey[..at], &vkey[at + 1..]);
        if changed.parse::<VerifierKey>().is_ok() {
            prop_assert!(StandardVerifier::new(&changed).is_ok());
        }
    }

    #[test]
    fn they_verify_what_we_sign_and_we_what_they_sign(seed: [u8; 32], text in "[ -~é\n]{0,60}\n") {
        let key = key("centre.example", seed);
        let note = SignedNote::sign(text.as_str(), &[&key]).expect("a sound text").to_bytes();
        prop_assert!(verified_by_another(&note, key.verifier()));

        let signer = StandardSigner::new(&key.to_secret_text()).expect("a secret key");
        let mut other = Note::new(text.as_bytes(), &[]).expect("a sound text");
        other.add_sigs(&[&signer]).expect("signed");
        prop_assert_eq!(other.to_bytes(), note.clone());

        let mut changed = note;
        let last = changed.len() - 1;
        changed.swap(0, last / 2);
        let ours = SignedNote::parse(&changed).is_ok_and(|n| n.verify(key.verifier()).is_ok());
        prop_assert_eq!(ours, verified_by_another(&changed, key.verifier()));
    }

    #[test]
    fn we_read_a_note_exactly_when_they_do(note in nearly_a_note()) {
        let other = Note::from_bytes(note.as_bytes());
        let read = SignedNote::parse(note.as_bytes());
        prop_assert_eq!(read.is_ok(), other.is_ok());
        if let (Ok(read), Ok(other)) = (read, other) {
            prop_assert_eq!(read.text().as_bytes(), other.text());
            prop_assert_eq!(read.to_bytes(), other.to_bytes());
        }
    }

    #[test]
    fn checkpoints_are_the_same(origin in "[ -~é]{1,20}", size in 1_u64..1 << 63, root: [u8; 32]) {
        let ours = Checkpoint { origin: origin.clone(), size: Size(size), root: Hash(root) };
        let theirs = tlog_tiles::Checkpoint::new(&origin, size, tlog_tiles::Hash(root), "");
        let theirs = theirs.expect("a sound checkpoint").to_bytes();
        let text = ours.to_text();
        prop_assert_eq!(text.as_bytes(), &theirs[..]);
        prop_assert_eq!(Checkpoint::parse(&text), Ok(ours));
    }

    #[test]
    fn we_read_a_checkpoint_only_when_they_do(
        origin in "[ -~\n]{0,3}", size in "[0-9+]{0,3}", root: [u8; 32], end in "(\n|extension){0,2}",
    ) {
        let text = format!("{origin}\n{size}\n{}{end}", Hash(root));
        let theirs = tlog_tiles::Checkpoint::from_bytes(text.as_bytes());
        let ours = Checkpoint::parse(&text);
        // Stricter in two things: no extension lines, and no root for no leaves but that of none.
        let plain = theirs.ok().filter(|c| c.extension().is_empty() && c.size() > 0);
        prop_assert_eq!(ours.is_ok(), plain.is_some());
    }

    #[test]
    fn we_read_a_path_only_when_they_do(
        level in "([0-9]|6[34]|00|\\+1)", path in "(x[0-9]{3}/|[0-9]{3}/?|[0-9]){1,6}(\\.p/[1-9][0-9]{0,2})?",
    ) {
        let theirs = match level.as_str() {
            // They stop the program on a level that is too high.
            "64" => None,
            _ => tlog_tiles::Tile::from_path(&format!("tile/8/{level}/{path}")).ok(),
        };
        let theirs = theirs.filter(|tile| tile.level_index() <= Size::MAX.0);
        let ours = Tile::parse(&format!("tile/{level}/{path}"));
        prop_assert_eq!(ours.is_ok(), theirs.is_some());
        if let (Ok(ours), Some(theirs)) = (ours, theirs) {
            prop_assert_eq!(
                (ours.level(), ours.index(), u32::from(ours.width())),
                (theirs.level(), theirs.level_index(), theirs.width())
            );
        }
    }
}
