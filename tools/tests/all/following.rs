//! What does `feedtool follow` print, and what makes it stop?

use std::path::Path;
use std::sync::Arc;

use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::feed::follow::FollowError;
use clearinghouse_protocol::tlog::tree::Index;
use feedtool::cursor::Cursor;
use feedtool::failure::Failure;
use feedtool::follow::Following;
use serde_json::{Value, json};

use crate::still::{Book, Still};

/// Follows to the end as `--once` does, and answers with the lines that were printed.
async fn lines(still: &Still, cursor: Option<&Path>) -> Result<Vec<Value>, Failure> {
    let source = Arc::new(still.source().await?);
    let mut following = Following::begin(source, cursor.map(Cursor::new)).await?;
    let mut out = Vec::new();
    while following.advance(&mut out).await? {}
    let text = String::from_utf8(out).unwrap();
    Ok(text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect())
}

#[tokio::test]
async fn every_change_is_one_line() {
    let mut book = Book::of(1);
    let (origin, date) = (book.identity.origin.to_string(), "2024-10-04");
    book.put_listing(1, None, "First");
    book.put_listing(2, None, "Second");
    book.put_listing(1, Some(Index(1)), "First, changed");
    book.write(Deed::Erase { target: Index(2) });
    book.put(None, b"not JSON".to_vec());
    let uuid = book.minted(1).uuid().to_string();
    let printed = lines(&Still::of(book), None).await.unwrap();
    let line = |index: u64, change: &str, more: Value| {
        let mut line = json!({"origin": origin, "index": index, "change": change, "day": date});
        let more = more.as_object().unwrap().clone();
        line.as_object_mut().unwrap().extend(more);
        line
    };
    let first = printed[3]["listing"].clone();
    assert_eq!(first["name"]["en"], "First, changed");
    let fault = "the body is not well-formed: it is not JSON that names each field once";
    for (found, expected) in printed.iter().zip([
        line(0, "identity", json!({})),
        line(1, "put", json!({"body": "ended"})),
        line(2, "put", json!({"body": "ended"})),
        line(
            3,
            "put",
            json!({"replaces": 1, "uuid": uuid, "listing": first}),
        ),
        line(4, "erase", json!({"replaces": 2})),
        line(5, "put", json!({"body": "set-aside", "reason": fault})),
    ]) {
        assert_eq!(*found, expected);
    }
    assert_eq!(printed.len(), 6);
}

#[tokio::test]
async fn a_cursor_goes_on_where_it_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let cursor = dir.path().join("cursor");
    for size in [1, 255, 256, 257, 600] {
        let _ = std::fs::remove_file(&cursor);
        let still = Still::of(Book::of(size));
        let first = lines(&still, Some(&cursor)).await.unwrap();
        assert_eq!(first.len() as u64, size);
        assert_eq!(lines(&still, Some(&cursor)).await.unwrap().len(), 0);
        for _ in 0..3 {
            still.0.lock().unwrap().put_listing(1, None, "New");
        }
        let next = lines(&still, Some(&cursor)).await.unwrap();
        let indexes: Vec<u64> = next.iter().map(|l| l["index"].as_u64().unwrap()).collect();
        assert_eq!(indexes, [size, size + 1, size + 2]);
        assert!(
            next.iter()
                .all(|line| line["listing"]["name"]["en"] == "New")
        );
    }
    let kept = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(kept, 1, "nothing is left beside the cursor");
}

#[tokio::test]
async fn a_cursor_of_another_log_or_none_of_ours_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let cursor = dir.path().join("cursor");
    let still = Still::of(Book::of(5));
    lines(&still, Some(&cursor)).await.unwrap();
    let good = std::fs::read_to_string(&cursor).unwrap();
    let other = Still::of(Book::named("Birch Centre"));
    let refused = lines(&other, Some(&cursor)).await.unwrap_err();
    assert!(matches!(refused, Failure::Cursor { .. }));
    for (from, to) in [
        ("\"version\": 1", "\"version\": 2"),
        ("\\n5\\n", "\\n4\\n"),
        ("\"origin\"", "\"from\""),
        ("{", ""),
    ] {
        assert!(good.contains(from), "{from} in {good}");
        std::fs::write(&cursor, good.replacen(from, to, 1)).unwrap();
        let refused = lines(&still, Some(&cursor)).await.unwrap_err();
        assert!(matches!(refused, Failure::Cursor { .. }), "{from} → {to}");
        assert_eq!(refused.exit_code(), 2);
    }
}

#[tokio::test]
async fn nothing_is_printed_of_what_does_not_verify() {
    let still = Still::of(Book::of(40));
    for path in ["identity", "checkpoint", "tile/entries/000.p/40"] {
        let length = still.0.lock().unwrap().serve(path).map_or(300, |b| b.len());
        for bit in (0..length * 8).step_by(61) {
            still.0.lock().unwrap().turned = Some((path.to_owned(), bit));
            let refused = lines(&still, None).await;
            assert!(refused.is_err(), "{path}, bit {bit}");
        }
    }
}

#[tokio::test]
async fn a_log_that_forked_or_shrank_stops_us() {
    let fork = |names: &[&str]| {
        let mut book = Book::of(300);
        for name in names {
            book.put_listing(1, None, name);
        }
        book
    };
    let still = Still::of(fork(&["A", "B"]));
    let source = Arc::new(still.source().await.unwrap());
    let mut following = Following::begin(source, None).await.unwrap();
    let mut out = Vec::new();
    assert!(following.advance(&mut out).await.unwrap());
    let printed = out.len();
    for (names, is_fork) in [
        (&["A"][..], false),
        (&["A", "C"], true),
        (&["A", "C", "D"], true),
    ] {
        *still.0.lock().unwrap() = fork(names);
        let failure = following.advance(&mut out).await.unwrap_err();
        let forked = matches!(failure, Failure::Follow(FollowError::Forked { .. }));
        assert_eq!(forked, is_fork, "{names:?}: {}", failure.sentence());
    }
    assert_eq!(out.len(), printed);
    *still.0.lock().unwrap() = fork(&["A", "B", "E"]);
    assert!(following.advance(&mut out).await.unwrap());
}

#[tokio::test]
async fn one_body_that_is_held_back_does_not_stop_a_feed_for_good() {
    let mut book = Book::of(10);
    book.statuses.insert("body/9".to_owned(), 404);
    book.statuses.insert("bodies/000".to_owned(), 404);
    let still = Still::of(book);
    let source = Arc::new(still.source().await.unwrap());
    let mut following = Following::begin(source, None).await.unwrap();
    let mut out = Vec::new();
    let mut refused = 0;
    while let Err(failure) = following.advance(&mut out).await {
        assert!(matches!(failure, Failure::Withheld { first: 9, .. }));
        refused += 1;
    }
    assert_eq!(refused, 3);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 10);
    assert!(
        text.lines()
            .last()
            .unwrap()
            .contains("\"body\":\"withheld\"")
    );
}
