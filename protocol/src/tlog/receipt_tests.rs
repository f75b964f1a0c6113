//! Is a receipt read in one spelling only, and believed only as a whole?

use super::*;
use crate::tlog::key::{Algorithm, KeyName, SigningKey};
use crate::tlog::tree::{Frontier, Size};
use proptest::prelude::*;

fn log() -> SigningKey {
    let name = KeyName::new("centre.example/log").expect("a sound name");
    SigningKey::from_seed(name, Algorithm::Ed25519, [9; 32])
}

/// A log of five entries and the receipt of the fourth.
fn receipt(extra: Option<Vec<u8>>) -> (Vec<Hash>, Receipt) {
    let leaves: Vec<Hash> = (0..5_u8).map(|n| Hash::leaf(&[n])).collect();
    let tree = Frontier::of(Size(5), leaves.as_slice()).expect("all are there");
    let checkpoint = Checkpoint::of("centre.example/log", &tree)
        .sign(&log())
        .expect("sound");
    let proof = proof::prove(Index(3), Size(5), leaves.as_slice()).expect("inside");
    (
        leaves,
        Receipt {
            extra,
            index: Index(3),
            proof,
            checkpoint,
        },
    )
}

#[test]
fn a_receipt_is_read_as_written() {
    for extra in [None, Some(vec![0]), Some(vec![7; MAX_EXTRA_BYTES])] {
        let (leaves, receipt) = receipt(extra);
        let read = Receipt::parse(&receipt.to_bytes());
        assert_eq!(read.as_ref(), Ok(&receipt));
        let verified = receipt.verify(leaves[3], "centre.example/log", log().verifier());
        assert_eq!(verified.map(|signed| signed.checkpoint().size), Ok(Size(5)));
    }
    let (_, none) = receipt(None);
    let (_, empty) = receipt(Some(vec![]));
    assert_eq!(none.to_bytes(), empty.to_bytes());
}

#[test]
fn a_receipt_in_another_spelling_is_refused() {
    let (_, receipt) = receipt(Some(vec![1, 2]));
    let text = receipt.to_string();
    let too_long = format!("extra {}", text::to_base64(&vec![7; MAX_EXTRA_BYTES + 1]));
    let too_many = format!("index 3\n{}", format!("{}\n", Hash::EMPTY).repeat(64));
    for (from, to) in [
        ("@v1", "@v2"),
        ("c2sp", " c2sp"),
        ("extra AQI=\n", "extra \n"),
        ("extra AQI=\n", "extra AQJ=\n"),
        ("extra AQI=\n", "extra  AQI=\n"),
        ("extra AQI=\n", "extra AQI=\nextra AQI=\n"),
        ("extra AQI=", too_long.as_str()),
        ("index 3", "index 03"),
        ("index 3", "index +3"),
        ("index 3", "index  3"),
        ("index 3", "index 3 "),
        ("index 3\n", ""),
        ("index 3\n", "index 3\nindex 3\n"),
        ("index 3\n", "index 3\n\n"),
        ("index 3\n", too_many.as_str()),
        ("\n\ncentre", "\ncentre"),
        ("\n\ncentre", "\nAAAA\n\ncentre"),
        ("\n", "\r\n"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from:?}");
        assert!(
            Receipt::parse(changed.as_bytes()).is_err(),
            "{from:?} as {to:?}"
        );
    }
    assert!(Receipt::parse(text.trim_end().as_bytes()).is_err());
    assert!(Receipt::parse(b"").is_err());
}

#[test]
fn a_receipt_is_believed_as_a_whole_or_not_at_all() {
    let (leaves, receipt) = receipt(None);
    let key = log();
    let verify = |receipt: &Receipt, leaf: Hash, origin: &str| {
        receipt.verify(leaf, origin, key.verifier()).map(|_| ())
    };
    let origin = "centre.example/log";
    assert_eq!(verify(&receipt, leaves[3], origin), Ok(()));
    let another_leaf = verify(&receipt, leaves[2], origin);
    assert_eq!(another_leaf, Err(ReceiptError::Proof(ProofError::Root)));
    let elsewhere = Receipt {
        index: Index(2),
        ..receipt.clone()
    };
    assert!(matches!(
        verify(&elsewhere, leaves[3], origin),
        Err(ReceiptError::Proof(_))
    ));
    let another_log = verify(&receipt, leaves[3], "centre.example/other");
    assert!(matches!(another_log, Err(ReceiptError::Checkpoint(_))));
}

proptest! {
    #[test]
    fn a_receipt_that_is_read_is_written_the_same(at: prop::sample::Index, with in "[ -~\n]?") {
        let (_, receipt) = receipt(Some(vec![1, 2]));
        let text = receipt.to_string();
        let cut = at.index(text.len());
        prop_assume!(text.is_char_boundary(cut) && text.is_char_boundary(cut + 1));
        let changed = format!("{}{with}{}", &text[..cut], &text[cut + 1..]);
        if let Ok(read) = Receipt::parse(changed.as_bytes()) {
            prop_assert_eq!(read.to_string(), changed);
        }
    }
}
