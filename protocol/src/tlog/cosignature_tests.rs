//! Is a cosignature believed for its time and its checkpoint only?

use super::*;
use crate::tlog::key::KeyName;
use crate::tlog::tree::Frontier;
use proptest::prelude::*;

fn key(name: &str, role: Algorithm) -> SigningKey {
    SigningKey::from_seed(KeyName::new(name).expect("a sound name"), role, [4; 32])
}

fn checkpoint() -> (Checkpoint, SignedNote) {
    let checkpoint = Checkpoint::of("log", &Frontier::new());
    let note = checkpoint
        .sign(&key("log", Algorithm::Ed25519))
        .expect("sound");
    (checkpoint, note)
}

#[test]
fn a_cosignature_says_when_it_was_made() {
    let (checkpoint, mut note) = checkpoint();
    let witness = key("w", Algorithm::CosignatureV1);
    let unsigned = verify(&note, witness.verifier());
    assert!(matches!(unsigned, Err(NoteError::Unsigned { .. })));
    for time_s in [1_700_000_000, 0, MAX_TIME_S, 5] {
        note.add(cosign(&checkpoint, time_s, &witness).expect("sound"))
            .expect("room for it");
    }
    assert_eq!(verify(&note, witness.verifier()), Ok(MAX_TIME_S));
    let times_s = times_s(&note, witness.verifier());
    assert_eq!(times_s, [1_700_000_000, 0, MAX_TIME_S, 5]);
    assert!(cosign(&checkpoint, MAX_TIME_S + 1, &witness).is_err());
}

#[test]
fn a_key_is_a_logs_or_a_witnesses() {
    let (checkpoint, note) = checkpoint();
    let log = key("log", Algorithm::Ed25519);
    let role = Err(NoteError::Role(log.verifier().name().clone()));
    assert_eq!(cosign(&checkpoint, 1, &log).map(|_| ()), role);
    assert_eq!(verify(&note, log.verifier()).map(|_| ()), role);
    assert_eq!(times_s(&note, log.verifier()), [0; 0]);
}

#[test]
fn a_false_cosignature_is_seen_and_takes_no_true_one_away() {
    let (checkpoint, mut note) = checkpoint();
    let witness = key("w", Algorithm::CosignatureV1);
    let sound = cosign(&checkpoint, 7, &witness).expect("sound");
    note.add(sound.clone()).expect("room for it");
    let mut later = sound.bytes.clone();
    later[7] = 8;
    let other = Checkpoint {
        origin: "another log".into(),
        ..checkpoint
    };
    let of_other = cosign(&other, 7, &witness).expect("sound").bytes;
    let plain = witness.sign(note.text().as_bytes()).to_vec();
    let beyond = [&u64::MAX.to_be_bytes()[..], &plain].concat();
    for bytes in [
        later,
        of_other,
        plain,
        beyond,
        sound.bytes[..71].to_vec(),
        vec![0],
    ] {
        let mut note = note.clone();
        note.add(Signature {
            bytes,
            ..sound.clone()
        })
        .expect("room for it");
        let verified = verify(&note, witness.verifier());
        assert!(matches!(verified, Err(NoteError::FalseSignature { .. })));
        assert_eq!(times_s(&note, witness.verifier()), [7]);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 1..80)) {
        let (_, mut note) = checkpoint();
        let witness = key("w", Algorithm::CosignatureV1);
        let (name, id) = (witness.verifier().name().clone(), witness.verifier().id());
        note.add(Signature { name, id, bytes }).expect("room for it");
        prop_assert!(verify(&note, witness.verifier()).is_err());
    }
}
