//! What does `feedtool verify` accept, and what does it refuse?

use std::sync::Arc;

use clearinghouse_protocol::feed::append::body_of;
use clearinghouse_protocol::feed::body::Minted;
use clearinghouse_protocol::feed::origin::Nid;
use feedtool::failure::Failure;
use feedtool::source::{Address, Source};
use feedtool::verify::{Report, verify};

use crate::still::{BASE, Book, Still, listing};

async fn verified(still: &Still) -> Result<Report, Failure> {
    verify(Arc::new(still.source().await?)).await
}

#[tokio::test]
async fn a_sound_feed_is_verified_at_every_edge() {
    for (size, bundles, tiles) in [
        (0, 0, 0),
        (1, 1, 1),
        (255, 1, 1),
        (256, 1, 2),
        (257, 2, 3),
        (70_000, 274, 274 + 2 + 1),
    ] {
        let still = Still::of(Book::of(size));
        let report = verified(&still).await.unwrap();
        let counted = (report.entries, report.bundles, report.tiles);
        assert_eq!(counted, (size, bundles, tiles));
        assert_eq!(report.living, report.bodies, "{size}");
        assert_eq!(
            (report.set_aside_count, report.overstayed),
            (0, 0),
            "{size}"
        );
        assert!(size < 255 || report.bodies > 0);
    }
}

#[tokio::test]
async fn every_turned_bit_is_refused() {
    for (size, samples) in [
        (1, usize::MAX),
        (7, usize::MAX),
        (255, 40),
        (257, 40),
        (70_000, 1),
    ] {
        let still = Still::of(Book::of(size));
        let mut paths = still.0.lock().unwrap().paths();
        paths.push("identity".to_owned());
        // Of the large feed a part of the paths, with the last of each kind among them.
        let step = if size > 1000 { paths.len() / 6 } else { 1 };
        for path in paths.iter().rev().step_by(step) {
            let length = {
                let book = still.0.lock().unwrap();
                match path.as_str() {
                    "identity" => 300,
                    path => book.serve(path).unwrap().len(),
                }
            };
            let stride = (length * 8 / samples).max(1) | 1;
            for bit in (size as usize % stride..length * 8).step_by(stride) {
                still.0.lock().unwrap().turned = Some((path.clone(), bit));
                let outcome = verified(&still).await;
                assert!(outcome.is_err(), "{size} entries, {path}, bit {bit}");
                assert_eq!(outcome.unwrap_err().exit_code(), 1, "{path}, bit {bit}");
            }
        }
        still.0.lock().unwrap().turned = None;
        verified(&still).await.unwrap();
    }
}

#[tokio::test]
async fn a_body_that_is_held_back_is_not_forgiven() {
    for code in [404, 410, 500] {
        let mut book = Book::of(10);
        let path = format!("body/{}", 9);
        book.statuses.insert(path, code);
        book.statuses.insert("bodies/000".to_owned(), 404);
        let outcome = verified(&Still::of(book)).await;
        match code {
            500 => assert_eq!(outcome.unwrap_err().exit_code(), 3),
            _ => assert!(matches!(outcome, Err(Failure::Withheld { first: 9, .. }))),
        }
    }
}

#[tokio::test]
async fn a_log_that_goes_on_under_our_hands_is_verified_as_it_was() {
    let mut book = Book::of(300);
    book.grows_at = Some("bodies/001".to_owned());
    let report = verified(&Still::of(book)).await.unwrap();
    assert_eq!((report.entries, report.ended_meanwhile), (300, 1));
}

#[tokio::test]
async fn bodies_that_their_author_got_wrong_are_set_aside() {
    let mut book = Book::of(10);
    book.put(None, b"not JSON".to_vec());
    let foreign = Minted {
        node: Nid::of_genesis("another\n"),
        nonce: [1; 16],
    };
    book.put(None, body_of(&foreign, &listing("Not ours")).unwrap());
    let sound = body_of(&book.minted(3), &listing("Ours")).unwrap();
    let forged = String::from_utf8(sound).unwrap();
    let forged = forged.replacen("\"uuid\":\"", "\"uuid\":\"0", 1);
    book.put(None, forged.into_bytes());
    let report = verified(&Still::of(book)).await.unwrap();
    let aside: Vec<u64> = report.set_aside.iter().map(|aside| aside.index).collect();
    assert_eq!(aside, [10, 11, 12]);
}

#[tokio::test]
async fn whose_feed_it_is_is_said_by_address_or_key() {
    let book = Book::of(3);
    let (nid, vkey) = (book.identity.nid, book.identity.log_key.to_string());
    let other = Book::named("Birch Centre").identity;
    let still = Still::of(book);
    let open = |url: String, vkey: Option<String>| {
        let still = still.clone();
        async move {
            let address: Address = url.parse().unwrap();
            Source::open(Arc::new(still), &address, vkey.as_deref())
                .await
                .map(|_| ())
        }
    };
    let feed = format!("{BASE}feed/{nid}/1");
    assert!(open(BASE.to_owned(), None).await.is_ok());
    assert!(open(BASE.to_owned(), Some(vkey.clone())).await.is_ok());
    assert!(open(feed.clone(), Some(vkey)).await.is_ok());
    for (url, vkey, code) in [
        (feed.clone(), Some(other.log_key.to_string()), 1),
        (BASE.to_owned(), Some(other.log_key.to_string()), 3),
        (BASE.to_owned(), Some("nonsense".to_owned()), 2),
        (format!("{BASE}feed/{nid}/2"), None, 1),
        (format!("{BASE}feed/{}/1", other.nid), None, 3),
        (format!("{BASE}elsewhere/"), None, 3),
    ] {
        let refused = open(url.clone(), vkey).await.unwrap_err();
        assert_eq!(refused.exit_code(), code, "{url}: {}", refused.sentence());
    }
}
