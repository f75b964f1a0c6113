//! Is a quorum what the policy says, and nothing less?

use super::*;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::key::SigningKey;
use crate::tlog::tree::Frontier;
use proptest::prelude::*;

fn key(name: &str, role: Algorithm, seed: u8) -> SigningKey {
    SigningKey::from_seed(KeyName::new(name).expect("a sound name"), role, [seed; 32])
}

fn vkey(name: &str, role: Algorithm, seed: u8) -> String {
    key(name, role, seed).verifier().to_string()
}

/// The specification's example: two of X1 X2 X3, and one of Y1 Y2.
fn example() -> String {
    let mut text = format!("log {}\n", vkey("log", Algorithm::Ed25519, 1));
    for (name, seed) in [("X1", 2), ("X2", 3), ("X3", 4), ("Y1", 5), ("Y2", 6)] {
        let vkey = vkey(name, Algorithm::CosignatureV1, seed);
        text += &format!("witness {name} {vkey} https://{name}.example/\n");
    }
    text + "group X 2 X1 X2 X3\ngroup Y 1 Y1 Y2\ngroup both 2 X Y\nquorum both\n"
}

fn refusal(policy: &str) -> Option<LineError> {
    match Policy::parse(policy.as_bytes()) {
        Err(PolicyError::Line { source, .. }) => Some(source),
        _ => None,
    }
}

#[test]
fn a_policy_is_written_in_one_spelling() {
    let text = example();
    let policy = Policy::parse(text.as_bytes()).expect("sound");
    assert_eq!(policy.to_text(), text);
    let by_hand = text
        .replace("X 2 ", "X\t 2   ")
        .replace("Y 1", "Y any")
        .replace("both 2", "both all")
        .replace("group X", "\n \t\n# a comment\n  # another é\n\t group X");
    assert_ne!(by_hand, text);
    assert_eq!(Policy::parse(by_hand.as_bytes()), Ok(policy));
}

#[test]
fn a_quorum_is_what_the_policy_says() {
    let policy = Policy::parse(example().as_bytes()).expect("sound");
    for (names, is_met) in [
        ("X1 X2 Y1", true),
        ("X1 X3 Y2", true),
        ("X1 X2 X3 Y1 Y2", true),
        ("", false),
        ("X1 X2", false),
        ("X1 Y1", false),
        ("Y1 Y2", false),
        ("X1 X2 X3", false),
    ] {
        let has_cosigned =
            |key: &VerifierKey| names.split(' ').any(|name| name == key.name().as_str());
        assert_eq!(policy.is_met_by(has_cosigned), is_met, "{names}");
    }
    let none = Policy::parse(b"quorum none\n").expect("sound");
    assert!(none.is_met_by(|_| false));
    assert_eq!(none.to_text(), "quorum none\n");
}

#[test]
fn what_the_specification_forbids_is_refused() {
    let [w1, w2] = [7, 8].map(|seed| vkey("w", Algorithm::CosignatureV1, seed));
    let renamed = vkey("other", Algorithm::CosignatureV1, 7);
    let log = vkey("log", Algorithm::Ed25519, 1);
    let two = format!("witness a {w1}\nwitness b {w2}\n");
    for (lines, expected) in [
        (format!("{two}group g 3 a b\n"), "threshold"),
        (format!("{two}group g 0 a b\n"), "threshold"),
        (format!("{two}group g any\n"), "threshold"),
        (format!("{two}group g all\n"), "threshold"),
        (format!("{two}group g 01 a b\n"), "words"),
        (format!("{two}group g most a b\n"), "words"),
        (format!("{two}group g\n"), "words"),
        (format!("{two}group g 1 a a\n"), "twice"),
        (format!("{two}group g 1 a\ngroup h 1 a b\n"), "twice"),
        (format!("{two}group g 1 c\n"), "unknown"),
        (format!("{two}group g 1 g\n"), "unknown"),
        (format!("{two}group g 1 none\n"), "unknown"),
        ("quorum a\n".into(), "unknown"),
        (format!("{two}group a 1 b\n"), "name"),
        (format!("{two}group none 1 a\n"), "name"),
        (format!("{two}witness a {w1}\n"), "same key"),
        (format!("witness a {w1}\nwitness b {renamed}\n"), "same key"),
        (format!("log {log}\nlog {log}\n"), "same key"),
        (format!("log {w1}\n"), "role"),
        (format!("witness a {log}\n"), "role"),
        (format!("witness a {w1} url url\n"), "words"),
        (format!("log {log} url url\n"), "words"),
        ("log\n".into(), "words"),
        ("logs\n".into(), "words"),
        ("log vkey\n".into(), "key"),
        ("quorum\n".into(), "words"),
        ("quorum none none\n".into(), "words"),
        ("quorum none\nquorum none\n".into(), "second"),
    ] {
        let found = match refusal(&format!("{lines}quorum none\n")) {
            Some(LineError::Words) => "words",
            Some(LineError::Key(_)) => "key",
            Some(LineError::SecondQuorum) => "second",
            Some(LineError::Definition(QuorumError::Threshold { .. })) => "threshold",
            Some(LineError::Definition(QuorumError::Twice(_))) => "twice",
            Some(LineError::Definition(QuorumError::Unknown(_))) => "unknown",
            Some(LineError::Definition(QuorumError::Name(_))) => "name",
            Some(LineError::Definition(QuorumError::SameKey(_))) => "same key",
            Some(LineError::Definition(QuorumError::Role(_))) => "role",
            other => panic!("{lines}: {other:?}"),
        };
        assert_eq!(found, expected, "{lines}");
    }
    assert_eq!(Policy::parse(b""), Err(PolicyError::Quorum));
    for bad in [
        &b"quorum none"[..],
        b"quorum none\r\n",
        b"#\0\nquorum none\n",
        b"#\x7f\n",
        b"#\xff\n",
    ] {
        assert_eq!(Policy::parse(bad), Err(PolicyError::Text));
    }
}

#[test]
fn limits_are_kept() {
    let mut most = String::new();
    for seed in 0..=255 {
        most += &format!(
            "witness w{seed} {}\n",
            vkey("w", Algorithm::CosignatureV1, seed)
        );
    }
    assert!(Policy::parse(format!("{most}quorum w255\n").as_bytes()).is_ok());
    let more = refusal(&format!("{most}group g 1 w0\nquorum none\n"));
    assert_eq!(more, Some(LineError::Definition(QuorumError::TooMany)));
    let long = "#".repeat(MAX_POLICY_BYTES) + "\nquorum none\n";
    assert_eq!(Policy::parse(long.as_bytes()), Err(PolicyError::Text));
    let mut witnesses = Witnesses::default();
    let witness = key("w", Algorithm::CosignatureV1, 1);
    let spaced = witnesses.witness("w", witness.verifier().clone(), Some("a b"));
    assert_eq!(spaced, Err(QuorumError::Url("a b".into())));
    let spaced = witnesses.witness("a b", witness.verifier().clone(), None);
    assert_eq!(spaced, Err(QuorumError::Name("a b".into())));
}

#[test]
fn only_true_cosignatures_of_the_right_time_count() {
    let policy = Policy::parse(example().as_bytes()).expect("sound");
    let log = key("log", Algorithm::Ed25519, 1);
    let checkpoint = Checkpoint::of("log", &Frontier::new());
    let mut note = checkpoint.sign(&log).expect("sound");
    assert!(policy.open(&note.to_bytes()).is_ok());
    let cosign = |name: &str, seed, time_s| {
        let witness = key(name, Algorithm::CosignatureV1, seed);
        cosignature::cosign(&checkpoint, time_s, &witness).expect("sound")
    };
    for (name, seed, time_s) in [
        ("X1", 2, 100),
        ("X2", 3, 110),
        ("Y2", 6, 120),
        ("Z", 7, 130),
    ] {
        note.add(cosign(name, seed, time_s)).expect("room for it");
    }
    let times = |judgement: &Judgement| {
        judgement
            .witnesses
            .iter()
            .map(|(_, time_s)| *time_s)
            .collect::<Vec<_>>()
    };
    let judgement = policy.judge(&note, 100..=120);
    assert_eq!(
        (times(&judgement), judgement.is_met),
        (vec![100, 110, 120], true)
    );
    for window_s in [101..=120, 100..=119, 0..=0] {
        assert!(!policy.judge(&note, window_s).is_met);
    }
    // A line that a stranger adds takes nothing away, and adds nothing.
    let mut spoiled = note.clone();
    let mut false_one = cosign("X1", 2, 105);
    false_one.bytes[20] ^= 1;
    spoiled.add(false_one.clone()).expect("room for it");
    assert_eq!(policy.judge(&spoiled, 100..=120), judgement);
    let mut only_false = checkpoint.sign(&log).expect("sound");
    only_false.add(false_one).expect("room for it");
    assert!(policy.judge(&only_false, 0..=200).witnesses.is_empty());

    let stranger = key("log", Algorithm::Ed25519, 9);
    let strange = checkpoint.sign(&stranger).expect("sound");
    assert!(policy.open(&strange.to_bytes()).is_err());
    let unknown = Checkpoint {
        origin: "unknown".into(),
        ..checkpoint
    };
    let unknown = policy.open(&unknown.sign(&log).expect("sound").to_bytes());
    assert_eq!(
        unknown.map(|_| ()),
        Err(CheckpointError::Note(NoteError::NoSignatures))
    );
}

proptest! {
    #[test]
    fn a_policy_that_is_read_is_read_again_as_it_is_written(
        lines in prop::collection::vec("(group|quorum|#)( |\t)(a|b|c|none)( (any|all|1|2|a|b))*", 0..8),
    ) {
        let [w1, w2] = [7, 8].map(|seed| vkey("w", Algorithm::CosignatureV1, seed));
        let text = format!("witness a {w1}\nwitness b {w2}\n{}\n", lines.join("\n"));
        if let Ok(policy) = Policy::parse(text.as_bytes()) {
            prop_assert_eq!(Policy::parse(policy.to_text().as_bytes()), Ok(policy));
        }
    }
}
