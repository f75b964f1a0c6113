//! What do `feedtool show` and `feedtool receipt` say?

use std::sync::Arc;

use clearinghouse_protocol::tlog::tile::bodies_path;
use feedtool::describe::{describe, to_lines};
use feedtool::failure::Failure;
use feedtool::receipt::{check, fetch};
use serde_json::json;

use crate::still::{Book, Still, listing};

#[test]
fn every_part_of_a_feed_is_recognized() {
    let mut book = Book::of(300);
    book.put_listing(1, None, "Found again");
    let body = {
        let bundle = book.serve(&bodies_path(1)).unwrap();
        bundle[bundle.len() - 300..].to_vec()
    };
    let start = body.windows(2).position(|two| two == b"{\"").unwrap();
    for (path, what) in [
        ("checkpoint", "checkpoint"),
        ("proof/7", "receipt"),
        ("tile/0/000", "tile of hashes"),
        ("tile/1/000.p/1", "tile of hashes"),
        ("tile/entries/000", "bundle of entries"),
        ("tile/entries/001.p/45", "bundle of entries"),
        ("bodies/001", "bundle of bodies"),
    ] {
        let described = describe(&book.serve(path).unwrap());
        assert_eq!(described.unwrap().what, what, "{path}");
    }
    let entry = describe(book.entry(3)).unwrap();
    assert_eq!(
        (entry.what, &entry.says["kind"]),
        ("entry", &json!("roster"))
    );
    let bundle = describe(&book.serve("tile/entries/000").unwrap()).unwrap();
    assert_eq!(bundle.says["entries"].as_array().unwrap().len(), 256);
    let bundle = describe(&book.serve("bodies/001").unwrap()).unwrap();
    let last = bundle.says["bodies"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["entry"], &last["title"]),
        (&json!(300), &json!("Found again"))
    );
    assert_eq!(describe(&book.chain).unwrap().what, "identity");
    let sound = listing("Sound").to_value().to_string();
    assert_eq!(describe(sound.as_bytes()).unwrap().what, "listing");
    assert_eq!(
        describe(b"{\"kind\":\"group\"}").unwrap().what,
        "listing, not sound"
    );
    assert!(body[start..].ends_with(b"}"));
    for nothing in [&b""[..], b"nonsense", &[0; 33], &[1; 52]] {
        assert_eq!(describe(nothing), None);
    }
}

#[test]
fn what_strangers_write_does_not_steer_the_terminal() {
    let mut lines = Vec::new();
    to_lines(&json!({"a_b": ["x\u{1b}[31m\ny", {"c": 1}]}), 0, &mut lines);
    assert_eq!(lines, ["a b:", "  x [31m y", "  1:", "    c: 1"]);
}

#[tokio::test]
async fn a_receipt_is_checked_by_anyone_and_of_no_other_entry() {
    let mut book = Book::of(300);
    book.put_listing(7, None, "Kept");
    let (uuid, identity) = (book.minted(7).uuid().to_string(), book.identity.clone());
    let still = Still::of(book);
    let source = Arc::new(still.source().await.unwrap());
    for (which, index) in [("0", 0), ("255", 255), ("256", 256), (uuid.as_str(), 300)] {
        let fetched = fetch(&source, which).await.unwrap();
        assert_eq!(fetched.receipt.index.0, index);
        let kept = fetched.receipt.to_bytes();
        let checked = |receipt: &[u8], entry: &[u8]| {
            check(receipt, entry, identity.origin, &identity.log_key).is_ok()
        };
        assert!(checked(&kept, &fetched.entry));
        assert!(!checked(&kept, still.0.lock().unwrap().entry(1)));
        for bit in (0..kept.len() * 8).step_by(7) {
            let mut turned = kept.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            assert!(!checked(&turned, &fetched.entry), "{which}, bit {bit}");
        }
    }
    for (which, code) in [
        ("301", 1),
        ("3f0c2a6e-7d6b-8f00-9a51-1e2d3c4b5a69", 1),
        ("nonsense", 2),
        ("007", 2),
    ] {
        let refused = fetch(&source, which).await.unwrap_err();
        assert_eq!(refused.exit_code(), code, "{which}: {}", refused.sentence());
    }
    for path in ["proof/300", "tile/entries/001.p/45", "bodies/001"] {
        let length = still.0.lock().unwrap().serve(path).unwrap().len();
        for bit in (0..length * 8).step_by(97) {
            still.0.lock().unwrap().turned = Some((path.to_owned(), bit));
            match fetch(&source, &uuid).await {
                Err(Failure::Usage(_)) => panic!("{path}, bit {bit}"),
                Err(_) => {}
                // A bit in another part of the bundle; what is shown is still true.
                Ok(fetched) => assert_eq!(fetched.receipt.index.0, 300),
            }
        }
    }
}
