//! Is a checkpoint read in one spelling only, and only from its log?

use super::*;
use crate::tlog::key::{Algorithm, KeyName};
use proptest::prelude::*;

const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
const EMPTY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn key(name: &str) -> SigningKey {
    let name = KeyName::new(name).expect("a sound name");
    SigningKey::from_seed(name, Algorithm::Ed25519, [5; 32])
}

#[test]
fn a_checkpoint_is_three_lines_in_one_spelling() {
    for (text, sound) in [
        (format!("log\n1\n{ROOT}\n"), true),
        (format!("a log with spaces\n1\n{ROOT}\n"), true),
        (format!("log\n0\n{EMPTY}\n"), true),
        (format!("log\n9223372036854775807\n{ROOT}\n"), true),
        (format!("log\n9223372036854775808\n{ROOT}\n"), false),
        (format!("log\n0\n{ROOT}\n"), false),
        (format!("log\n01\n{ROOT}\n"), false),
        (format!("log\n+1\n{ROOT}\n"), false),
        (format!("log\n-1\n{ROOT}\n"), false),
        (format!("log\n1 \n{ROOT}\n"), false),
        (format!("log\n1\n{ROOT}"), false),
        (format!("log\n1\n{ROOT}\nextension\n"), false),
        (format!("log\n1\n{ROOT}\n\n"), false),
        (format!("\n1\n{ROOT}\n"), false),
        (format!("log\r\n1\n{ROOT}\n"), false),
        (format!("log\n1\n{}\n", &ROOT[..43]), false),
        (format!("log\n1\n{}I=\n", &ROOT[..41]), false),
        ("log\n1\n".into(), false),
        ("log\n1\nAAAA\n".into(), false),
        (String::new(), false),
    ] {
        let read = Checkpoint::parse(&text);
        assert_eq!(read.is_ok(), sound, "{text:?}");
        if let Ok(read) = read {
            assert_eq!(read.to_text(), text);
        }
    }
}

#[test]
fn a_checkpoint_is_believed_from_its_own_log_only() {
    let log = key("centre.example/log");
    let root = ROOT.parse().expect("a hash");
    let checkpoint = Checkpoint {
        origin: "centre.example/log".into(),
        size: Size(7),
        root,
    };
    let note = checkpoint.sign(&log).expect("sound");
    let bytes = note.to_bytes();
    let open =
        |origin: &str, key: &SigningKey| SignedCheckpoint::open(&bytes, origin, key.verifier());
    assert_eq!(open("centre.example/log", &log), Ok(checkpoint.clone()));
    let other_origin = open("centre.example/other", &log);
    assert!(matches!(other_origin, Err(CheckpointError::Origin { .. })));
    let other_key = open("centre.example/log", &key("centre.example/other"));
    assert!(matches!(
        other_key,
        Err(CheckpointError::Note(NoteError::Unsigned { .. }))
    ));
    let signed = SignedCheckpoint::read(&bytes, "centre.example/log", log.verifier());
    let signed = signed.expect("sound");
    assert_eq!((signed.checkpoint(), signed.note()), (&checkpoint, &note));
}

#[test]
fn a_log_signs_only_what_can_be_read() {
    let log = key("log");
    let sound = Checkpoint::of("log", &Frontier::new());
    assert!(sound.sign(&log).is_ok());
    for bad in [
        Checkpoint {
            origin: String::new(),
            ..sound.clone()
        },
        Checkpoint {
            origin: "two\nlines".into(),
            ..sound.clone()
        },
        Checkpoint {
            origin: "a\ttab".into(),
            ..sound.clone()
        },
        Checkpoint {
            root: Hash([0; 32]),
            ..sound.clone()
        },
        Checkpoint {
            size: Size(1 << 63),
            ..sound.clone()
        },
    ] {
        assert!(bad.sign(&log).is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn a_checkpoint_that_is_read_is_written_the_same(
        origin in "[ -~é]{0,4}", size in "[0-9]{1,3}", root: [u8; 32], end in "\n{0,2}",
    ) {
        let text = format!("{origin}\n{size}\n{}{end}", Hash(root));
        if let Ok(read) = Checkpoint::parse(&text) {
            prop_assert_eq!(read.to_text(), text);
        }
    }
}
