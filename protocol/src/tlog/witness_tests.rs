//! Does a witness sign only what grew from what it signed before?

use super::*;
use crate::tlog::key::{Algorithm, KeyName, SigningKey};
use crate::tlog::tree::{Frontier, root_of};
use proptest::prelude::*;

const ORIGIN: &str = "centre.example/log";

fn log() -> SigningKey {
    let name = KeyName::new(ORIGIN).expect("a sound name");
    SigningKey::from_seed(name, Algorithm::Ed25519, [2; 32])
}

fn leaves() -> Vec<Hash> {
    (0..20_u8).map(|n| Hash::leaf(&[n])).collect()
}

fn state(size: u64) -> Cosigned {
    Cosigned {
        size: Size(size),
        root: root_of(&leaves()[..size as usize]),
    }
}

fn request(old: u64, new: u64) -> Request {
    let leaves = leaves();
    let tree = Frontier::of(Size(new), leaves.as_slice()).expect("all are there");
    let checkpoint = Checkpoint::of(ORIGIN, &tree).sign(&log()).expect("sound");
    let proof = proof::prove_consistency(Size(old), Size(new), leaves.as_slice());
    Request {
        old: Size(old),
        proof: proof.unwrap_or_default(),
        checkpoint,
    }
}

fn decide_here(request: &Request, last: Cosigned) -> Decision {
    decide(request, ORIGIN, log().verifier(), last)
}

#[test]
fn growth_is_cosigned_from_every_size_to_every_size() {
    for old in 0..=20 {
        for new in old..=20 {
            let request = request(old, new);
            let Decision::Cosign(checkpoint) = decide_here(&request, state(old)) else {
                panic!("{old} to {new}");
            };
            assert_eq!(Cosigned::from(&checkpoint), state(new));
            assert_eq!(request.origin(), ORIGIN);
        }
    }
    assert_eq!(state(0), Cosigned::NOTHING);
}

#[test]
fn what_did_not_grow_from_what_was_cosigned_is_not_cosigned() {
    let (backwards, conflict) = (
        |old, new| Decision::Backwards {
            old: Size(old),
            new: Size(new),
        },
        |size| Decision::Conflict { size: Size(size) },
    );
    assert_eq!(decide_here(&request(8, 7), state(8)), backwards(8, 7));
    assert_eq!(decide_here(&request(8, 7), state(3)), backwards(8, 7));
    assert_eq!(decide_here(&request(0, 9), state(5)), conflict(5));
    assert_eq!(decide_here(&request(6, 9), state(5)), conflict(5));
    assert_eq!(decide_here(&request(4, 9), state(12)), conflict(12));
    let other = |size| Cosigned {
        root: Hash([1; 32]),
        ..state(size)
    };
    assert_eq!(
        decide_here(&request(5, 5), other(5)),
        Decision::Forked { size: Size(5) }
    );
    assert_eq!(decide_here(&request(5, 9), other(5)), Decision::BadProof);
    let without = Request {
        proof: vec![],
        ..request(5, 9)
    };
    assert_eq!(decide_here(&without, state(5)), Decision::BadProof);
    for (old, new) in [(0, 9), (5, 5), (5, 9)] {
        let mut longer = request(old, new);
        longer.proof.push(Hash::EMPTY);
        assert_eq!(
            decide_here(&longer, state(old)),
            Decision::BadProof,
            "{old} {new}"
        );
    }
}

#[test]
fn only_the_logs_own_checkpoint_is_looked_at() {
    let request = request(5, 9);
    let name = KeyName::new(ORIGIN).expect("a sound name");
    let stranger = SigningKey::from_seed(name, Algorithm::Ed25519, [3; 32]);
    let unsigned = decide(&request, ORIGIN, stranger.verifier(), state(5));
    assert_eq!(unsigned, Decision::Unsigned);
    let another = decide(&request, "another log", log().verifier(), state(5));
    assert!(matches!(
        another,
        Decision::Unreadable(CheckpointError::Origin { .. })
    ));
    let text = format!("{}extension\n", request.checkpoint.text());
    let extended = SignedNote::sign(text, &[&log()]).expect("a sound text");
    let extended = Request {
        checkpoint: extended,
        ..request
    };
    let form = Decision::Unreadable(CheckpointError::Form);
    assert_eq!(decide_here(&extended, state(5)), form);
}

#[test]
fn a_request_is_read_as_written_or_not_at_all() {
    for (old, new) in [(0, 0), (0, 9), (5, 9), (9, 9)] {
        let request = request(old, new);
        assert_eq!(Request::parse(&request.to_bytes()), Ok(request));
    }
    let text = request(5, 9).to_string();
    let too_many = format!("old 5\n{}", format!("{}\n", Hash::EMPTY).repeat(64));
    for (from, to) in [
        ("old 5", "old 05"),
        ("old 5", "old  5"),
        ("old 5", "old -5"),
        ("old 5", "old 5 "),
        ("old 5", "OLD 5"),
        ("old 5\n", ""),
        ("old 5\n", "\nold 5\n"),
        ("old 5\n", "old 5\n\n"),
        ("old 5\n", too_many.as_str()),
        ("\n\ncentre", "\ncentre"),
        ("=\n", "\n"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from:?}");
        assert!(
            Request::parse(changed.as_bytes()).is_err(),
            "{from:?} as {to:?}"
        );
    }
}

#[test]
fn answers_are_read_as_written_or_not_at_all() {
    let name = KeyName::new("w").expect("a sound name");
    let witness = SigningKey::from_seed(name, Algorithm::CosignatureV1, [6; 32]);
    let checkpoint = Checkpoint::of(ORIGIN, &Frontier::new());
    let sign = |time_s| crate::tlog::cosignature::cosign(&checkpoint, time_s, &witness);
    let lines = vec![sign(1).expect("sound"), sign(2).expect("sound")];
    let text = cosignatures_text(&lines);
    assert_eq!(parse_cosignatures(text.as_bytes()), Ok(lines));
    for bad in [
        "",
        "\n",
        text.trim_end(),
        &format!("{text}\n"),
        &format!("\n{text}"),
    ] {
        assert!(parse_cosignatures(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert_eq!(parse_size(size_text(Size(7)).as_bytes()), Ok(Size(7)));
    for bad in ["", "7", "07\n", "7\n\n", "7 \n", "-7\n", "\n", "7\r\n"] {
        assert!(parse_size(bad.as_bytes()).is_err(), "{bad:?}");
    }
}

proptest! {
    /// Whatever is asked, in whatever order: what is cosigned always grew from what was.
    #[test]
    fn two_cosigned_states_are_never_of_two_histories(
        asked in prop::collection::vec((0_u64..20, 0_u64..20, any::<bool>()), 1..30),
    ) {
        let mut last = Cosigned::NOTHING;
        for (old, new, is_forked) in asked {
            let mut request = request(old.min(new), new);
            if is_forked {
                let fork = Checkpoint { root: Hash([1; 32]), origin: ORIGIN.into(), size: Size(new.max(1)) };
                request.checkpoint = fork.sign(&log()).expect("sound");
            }
            if let Decision::Cosign(checkpoint) = decide_here(&request, last) {
                prop_assert!(checkpoint.size >= last.size);
                // From nothing anything grows; a witness believes the first tree that it sees.
                let first = last.size == Size::ZERO;
                let known = last == state(last.size.0);
                let grew = Cosigned::from(&checkpoint) == state(checkpoint.size.0);
                let same = Cosigned::from(&checkpoint) == last;
                prop_assert!(first || same || known == grew);
                last = Cosigned::from(&checkpoint);
            }
        }
    }
}
