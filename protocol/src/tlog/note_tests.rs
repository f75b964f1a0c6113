//! Is a note read in one spelling only, and believed only when signed?

use super::*;
use proptest::prelude::*;

fn key(name: &str, role: Algorithm) -> SigningKey {
    SigningKey::from_seed(KeyName::new(name).expect("a sound name"), role, [3; 32])
}

fn signature(name: &str, bytes: Vec<u8>) -> Signature {
    Signature {
        name: KeyName::new(name).expect("a sound name"),
        id: KeyId([0; 4]),
        bytes,
    }
}

#[test]
fn a_note_is_read_as_written_or_not_at_all() {
    let sig = "— a AAAAAAA=\n";
    for (note, sound) in [
        (format!("text\n\n{sig}"), true),
        (format!("\n\n{sig}"), true),
        (format!("text\n\nmore\n\n\n{sig}{sig}"), true),
        (format!("— a AAAAAAA=\n\n{sig}"), true),
        (String::new(), false),
        ("text\n".into(), false),
        ("text\n\n".into(), false),
        (format!("\n{sig}"), false),
        (format!("text\n{sig}"), false),
        (format!("text\n\n{}", sig.trim_end()), false),
        (format!("text\n\n{sig}\n"), false),
        (format!("text\n\n{sig}more\n"), false),
        (format!("text\r\n\n{sig}"), false),
        (format!("te\txt\n\n{sig}"), false),
        (format!("te\0xt\n\n{sig}"), false),
        ("text\n\n- a AAAAAAA=\n".into(), false),
        ("text\n\n—  a AAAAAAA=\n".into(), false),
        ("text\n\n— a  AAAAAAA=\n".into(), false),
        ("text\n\n— a AAAAAAA= \n".into(), false),
        ("text\n\n— a+b AAAAAAA=\n".into(), false),
        ("text\n\n— a AAAAAAB=\n".into(), false),
        ("text\n\n— a AAAAAAA\n".into(), false),
        ("text\n\n— a AAAAAA==\n".into(), false),
        ("text\n\n—  AAAAAAA=\n".into(), false),
        ("text\n\n— a\n".into(), false),
    ] {
        let read = SignedNote::parse(note.as_bytes());
        assert_eq!(read.is_ok(), sound, "{note:?}");
        if let Ok(read) = read {
            assert_eq!(read.to_string(), note);
        }
    }
    assert_eq!(SignedNote::parse(b"\xff\n\n"), Err(NoteError::Characters));
}

#[test]
fn limits_are_kept_by_reader_and_writer() {
    let line = "— a AAAAAAA=\n";
    let most = format!("t\n\n{}", line.repeat(MAX_SIGNATURES));
    assert!(SignedNote::parse(most.as_bytes()).is_ok());
    let more = most + line;
    assert_eq!(
        SignedNote::parse(more.as_bytes()),
        Err(NoteError::TooManySignatures)
    );
    let longest = format!("{}\n\n{line}", "t".repeat(MAX_NOTE_BYTES - 2 - line.len()));
    assert!(SignedNote::parse(longest.as_bytes()).is_ok());
    let longer = format!("t{longest}");
    assert_eq!(
        SignedNote::parse(longer.as_bytes()),
        Err(NoteError::TooLong(longer.len()))
    );

    let log = key("a", Algorithm::Ed25519);
    let mut note = SignedNote::sign("t\n", &[&log]).expect("a sound text");
    for n in 1..MAX_SIGNATURES {
        note.add(signature("b", vec![n as u8]))
            .expect("room for it");
        note.add(signature("b", vec![n as u8]))
            .expect("there already");
    }
    let one_more = note.add(signature("b", vec![0]));
    assert_eq!(one_more, Err(NoteError::TooManySignatures));
    assert_eq!(SignedNote::parse(&note.to_bytes()), Ok(note));

    let long = SignedNote::sign("t".repeat(MAX_NOTE_BYTES) + "\n", &[&log]);
    assert!(matches!(long, Err(NoteError::TooLong(_))));
}

#[test]
fn only_what_can_be_read_is_signed() {
    let log = key("a", Algorithm::Ed25519);
    let witness = key("a", Algorithm::CosignatureV1);
    assert_eq!(SignedNote::sign("text", &[&log]), Err(NoteError::Text));
    assert_eq!(SignedNote::sign("", &[&log]), Err(NoteError::Text));
    assert_eq!(
        SignedNote::sign("te\txt\n", &[&log]),
        Err(NoteError::Characters)
    );
    assert_eq!(
        SignedNote::sign("text\n", &[]),
        Err(NoteError::NoSignatures)
    );
    let role = Err(NoteError::Role(witness.verifier().name().clone()));
    assert_eq!(SignedNote::sign("text\n", &[&witness]), role);
    let mut note = SignedNote::sign("text\n", &[&log]).expect("a sound text");
    assert!(note.add(signature("b", vec![])).is_err());
    assert_eq!(note.verify(witness.verifier()).map(|()| note.clone()), role);
}

#[test]
fn one_false_signature_of_a_known_key_spoils_a_note() {
    let (known, unknown) = (
        key("known", Algorithm::Ed25519),
        key("unknown", Algorithm::Ed25519),
    );
    let signed = SignedNote::sign("text\n", &[&unknown, &known]).expect("a sound text");
    assert_eq!(signed.verify(known.verifier()), Ok(()));

    let only_unknown = SignedNote::sign("text\n", &[&unknown]).expect("a sound text");
    assert!(matches!(
        only_unknown.verify(known.verifier()),
        Err(NoteError::Unsigned { .. })
    ));

    let mut spoiled = signed.clone();
    let (name, id) = (known.verifier().name().clone(), known.verifier().id());
    for bytes in [vec![0; 64], vec![0; 63], known.sign(b"another\n").to_vec()] {
        let mut spoiled = signed.clone();
        let (name, id) = (name.clone(), id);
        spoiled
            .add(Signature { name, id, bytes })
            .expect("room for it");
        assert!(matches!(
            spoiled.verify(known.verifier()),
            Err(NoteError::FalseSignature { .. })
        ));
    }

    // The same name with another id, or the same id under another name, is another key.
    spoiled
        .add(Signature {
            name,
            id: KeyId([1; 4]),
            bytes: vec![0; 64],
        })
        .expect("room for it");
    let id_only = Signature {
        id,
        ..signature("other", vec![0; 64])
    };
    spoiled.add(id_only).expect("room for it");
    assert_eq!(spoiled.verify(known.verifier()), Ok(()));
}

proptest! {
    #[test]
    fn a_note_that_is_read_is_written_the_same(note in "(t|\n|\u{2014} |a| |AAAA|A=|\\+|é){0,24}") {
        if let Ok(read) = SignedNote::parse(note.as_bytes()) {
            prop_assert_eq!(read.to_string(), note);
        }
    }

    #[test]
    fn a_note_that_is_changed_is_not_believed(
        text in "[ -~é\n]{0,80}\n", at: prop::sample::Index, bit in 0_u8..8,
    ) {
        let log = key("a", Algorithm::Ed25519);
        let signed = SignedNote::sign(text, &[&log]).expect("a sound text");
        let bytes = signed.to_bytes();
        let read = SignedNote::parse(&bytes).expect("as written");
        prop_assert_eq!(&read, &signed);
        prop_assert_eq!(read.verify(log.verifier()), Ok(()));
        let mut changed = bytes;
        *at.get_mut(&mut changed) ^= 1 << bit;
        if let Ok(read) = SignedNote::parse(&changed) {
            prop_assert_eq!(&read.to_bytes(), &changed);
            prop_assert!(read.verify(log.verifier()).is_err());
        }
    }
}
