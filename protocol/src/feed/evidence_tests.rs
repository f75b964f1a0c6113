//! Does evidence hold for every fork, and for nothing else?

use super::super::origin::{Epoch, Nid};
use super::*;
use crate::tlog::cosignature::cosign;
use crate::tlog::key::{Algorithm, KeyName, SigningKey};
use crate::tlog::tree::root_of;

fn origin() -> Origin {
    Origin {
        nid: Nid::of_genesis("a genesis\n"),
        epoch: Epoch::FIRST,
    }
}

fn key(name: &str, algorithm: Algorithm) -> SigningKey {
    SigningKey::from_seed(KeyName::new(name).expect("a name"), algorithm, [7; 32])
}

fn log_key() -> SigningKey {
    key(&origin().to_string(), Algorithm::Ed25519)
}

/// Leaves of a history: from the one at `turn` on it is another one.
fn leaves(size: u64, turn: u64) -> Vec<Hash> {
    let leaf = |index: u64| Hash::leaf(format!("{index} {}", index >= turn).as_bytes());
    (0..size).map(leaf).collect()
}

fn note_of(leaves: &[Hash]) -> SignedNote {
    let checkpoint = Checkpoint {
        origin: origin().to_string(),
        size: Size(leaves.len() as u64),
        root: root_of(leaves),
    };
    checkpoint.sign(&log_key()).expect("a sound checkpoint")
}

fn evidence(smaller: &[Hash], larger: &[Hash]) -> Result<Evidence, EvidenceError> {
    let notes = [smaller, larger].map(note_of);
    let tree = Checkpoint::parse(notes[1].text()).expect("was written");
    let joint = Joint::of(Size(smaller.len() as u64), &tree, larger).expect("all hashes");
    let [smaller, larger] = notes.map(|note| note.to_bytes());
    Evidence::new(joint, &smaller, &larger, &origin(), log_key().verifier())
}

#[test]
fn every_fork_is_proven_and_no_growth_is() {
    for size in 1..18 {
        for more in size..18 {
            for turn in 0..=size {
                let forked = evidence(&leaves(size, u64::MAX), &leaves(more, turn));
                let told = format!("{size} of {more}, from {turn} on");
                if turn == size {
                    assert_eq!(forked, Err(EvidenceError::NoFork), "{told}");
                    continue;
                }
                let forked = forked.expect(&told);
                let again = Evidence::read(&forked.write()).expect(&told);
                assert_eq!(again, forked, "{told}");
                let fork = again.check(&origin(), log_key().verifier()).expect(&told);
                assert_eq!((fork.smaller.size.0, fork.larger.size.0), (size, more));
                let no_lines = forked.joint.proof.is_empty();
                assert!(size < more || no_lines, "{told}");
            }
        }
    }
}

#[test]
fn evidence_of_a_large_log_is_about_a_kilobyte() {
    // The form of the tree is that of a million leaves; most of them are the same one.
    let (mut smaller, mut larger) = (leaves(2, 9), leaves(2, 1));
    smaller.resize(999_999, Hash::EMPTY);
    larger.resize(1_000_000, Hash::EMPTY);
    let bytes = evidence(&smaller, &larger).expect("a fork").write();
    assert!(bytes.len() < 1_700, "{}", bytes.len());
    let bytes = evidence(&smaller[..3], &larger[..3])
        .expect("a fork")
        .write();
    assert!(bytes.len() < 700, "{}", bytes.len());
}

#[test]
fn no_altered_byte_of_evidence_proves_anything() {
    let bytes = evidence(&leaves(5, 99), &leaves(7, 3))
        .expect("a fork")
        .write();
    for place in 0..bytes.len() {
        for change in [1, 32] {
            let mut altered = bytes.clone();
            altered[place] ^= change;
            let held = Evidence::read(&altered)
                .and_then(|read| read.check(&origin(), log_key().verifier()));
            assert!(held.is_err(), "{place} {change}");
        }
        let cut = Evidence::read(&bytes[..place]);
        assert!(cut.is_err(), "cut at {place}");
    }
}

#[test]
fn evidence_against_another_log_or_key_proves_nothing() {
    let evidence = evidence(&leaves(5, 99), &leaves(7, 3)).expect("a fork");
    let later = Origin {
        epoch: "2".parse().expect("an epoch"),
        ..origin()
    };
    let held = evidence.check(&later, log_key().verifier());
    assert!(matches!(held, Err(EvidenceError::Checkpoint(_))));
    let other = SigningKey::from_seed(
        KeyName::new(origin().to_string()).expect("a name"),
        Algorithm::Ed25519,
        [8; 32],
    );
    let held = evidence.check(&origin(), other.verifier());
    assert!(matches!(held, Err(EvidenceError::Checkpoint(_))));
}

#[test]
fn cosignatures_stay_in_evidence_until_they_make_it_too_long() {
    let (smaller, larger) = (leaves(5, 99), leaves(7, 3));
    for (length, kept) in [(1, true), (1_000, false)] {
        let name = format!("witness.example/{}", "a".repeat(length));
        let witness = key(&name, Algorithm::CosignatureV1);
        let notes = [&smaller, &larger].map(|leaves| {
            let mut note = note_of(leaves);
            let checkpoint = Checkpoint::parse(note.text()).expect("was written");
            for time_s in 0..99 {
                let line = cosign(&checkpoint, time_s, &witness).expect("a cosignature");
                note.add(line).expect("there is room");
            }
            note.to_bytes()
        });
        let tree = SignedNote::parse(&notes[1]).expect("was written");
        let tree = Checkpoint::parse(tree.text()).expect("was written");
        let joint = Joint::of(Size(5), &tree, larger.as_slice()).expect("all hashes");
        let [smaller, larger] = &notes;
        let evidence = Evidence::new(joint, smaller, larger, &origin(), log_key().verifier());
        let evidence = evidence.expect("a fork");
        assert!(Evidence::read(&evidence.write()).is_ok());
        let signatures = evidence.larger().signatures().len();
        assert_eq!(signatures, if kept { 100 } else { 1 });
    }
}
