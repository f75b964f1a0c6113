//! Does a reader believe what an author wrote, and nothing else?

use proptest::prelude::*;

use super::super::append::{Author, Deed};
use super::super::entry::Day;
use super::super::identity::Genesis;
use super::super::origin::Nid;
use super::*;
use crate::tlog::key::{Algorithm, KeyName, SigningKey};

const SEED: [u8; 32] = [5; 32];

fn identity() -> Identity {
    let name = KeyName::new("any").expect("a name");
    let key = SigningKey::from_seed(name, Algorithm::Ed25519, SEED);
    let genesis = Genesis {
        names: [("en".to_owned(), "Maple Centre".to_owned())].into(),
        url: "https://maple.example/".to_owned(),
        log: *key.verifier().public_key(),
        witness: *key.verifier().public_key(),
        next: vec![[1; 32]],
    };
    Identity::read(&genesis.sign(SEED).to_bytes(), None).expect("a sound genesis")
}

/// A log in memory: what was written and what was signed.
struct Book {
    author: Author,
    entries: Vec<Vec<u8>>,
    leaves: Vec<Hash>,
}

impl Book {
    fn new() -> Book {
        let origin = identity().origin;
        let name = KeyName::new(origin.to_string()).expect("a name");
        let key = SigningKey::from_seed(name, Algorithm::Ed25519, SEED);
        let author = Author::resume(origin, key, Frontier::new(), Living::default());
        Book {
            author,
            entries: Vec::new(),
            leaves: Vec::new(),
        }
    }

    fn write(&mut self, deed: Deed) {
        if let Ok(written) = self.author.write(deed, Day(20_000)) {
            self.entries.push(written.bytes);
            self.leaves.push(written.leaf);
        }
    }

    fn put(&mut self, target: Option<u64>) {
        let body = format!("body {}", self.entries.len()).into_bytes();
        self.write(Deed::Put {
            target: target.map(Index),
            salt: [9; 32],
            body,
        });
    }

    fn checkpoint(&self) -> Vec<u8> {
        self.author.sign().to_bytes()
    }
}

fn step(follower: &Follower, book: &Book) -> Result<(Follower, Verified), FollowError> {
    let offer = follower.consider(&book.checkpoint())?.expect("news");
    let mut trial = follower.begin(offer);
    for entry in &book.entries[follower.size().0 as usize..] {
        trial.push(entry);
    }
    trial.finish()
}

#[test]
fn a_reader_believes_what_the_author_wrote_and_nothing_else() {
    let mut book = Book::new();
    for _ in 0..300 {
        book.put(None);
    }
    book.write(Deed::Erase { target: Index(7) });
    let (follower, verified) = step(&Follower::new(&identity()), &book).expect("verifies");
    assert_eq!((verified.begun.len(), verified.ended.len()), (299, 0));
    assert_eq!(follower.consider(&book.checkpoint()).expect("known"), None);
    for place in [0, 7, 299, 300] {
        for bit in 0..8 * 52 {
            let mut altered = Book::new();
            altered.author = book.author.clone();
            altered.entries = book.entries.clone();
            altered.entries[place][bit / 8] ^= 1 << (bit % 8);
            let refused = step(&Follower::new(&identity()), &altered);
            assert!(
                matches!(refused, Err(FollowError::Altered { .. })),
                "entry {place}, bit {bit}"
            );
        }
    }
}

#[test]
fn a_follower_refuses_a_log_that_shrank() {
    let mut book = Book::new();
    book.put(None);
    let early = book.checkpoint();
    book.put(None);
    let (follower, _) = step(&Follower::new(&identity()), &book).expect("verifies");
    assert!(matches!(
        follower.consider(&early),
        Err(FollowError::Shrunk { .. })
    ));
}

#[test]
fn a_fork_is_told_from_a_peer_that_alters_entries() {
    let (mut left, mut right) = (Book::new(), Book::new());
    left.put(None);
    right.put(Some(0));
    right.write(Deed::Put {
        target: None,
        salt: [1; 32],
        body: b"another".to_vec(),
    });
    let (follower, _) = step(&Follower::new(&identity()), &left).expect("verifies");
    let same_size = follower.consider(&right.checkpoint());
    assert!(matches!(same_size, Err(FollowError::Forked { .. })));
    right.put(None);
    left.put(None);
    for (book, forked) in [(&right, true), (&left, false)] {
        let offer = follower
            .consider(&book.checkpoint())
            .expect("larger")
            .expect("news");
        let verdict = follower.judge(&offer, book.leaves.as_slice());
        assert_eq!(verdict.is_some(), forked);
    }
    // Tiles that do not lead to the signed root prove nothing against the author.
    let offer = follower
        .consider(&left.checkpoint())
        .expect("larger")
        .expect("news");
    let verdict = follower.judge(&offer, right.leaves.as_slice());
    assert_eq!(verdict, None);
}

#[test]
fn a_checkpoint_of_another_key_or_origin_is_not_read() {
    let mut book = Book::new();
    book.put(None);
    let follower = Follower::new(&identity());
    let note = String::from_utf8(book.checkpoint()).expect("text");
    let other = Nid::of_genesis("other").to_string();
    let nid = identity().nid.to_string();
    for wrong in [
        note.replace(&nid, &other),
        note.replacen("\n1\n", "\n2\n", 1),
        String::new(),
    ] {
        let refused = follower.consider(wrong.as_bytes());
        assert!(matches!(refused, Err(FollowError::NotSigned { .. })));
    }
}

#[test]
fn a_critical_entry_stops_the_feed_and_an_unknown_one_does_not() {
    for (flags, stops) in [([0x80, 0], true), ([0, 0], false)] {
        let mut book = Book::new();
        book.put(None);
        let mut strange = book.entries[0].clone();
        strange[1] = 99;
        (strange[2], strange[3]) = (flags[0], flags[1]);
        let mut tree = Frontier::new();
        tree.push(book.leaves[0]);
        tree.push(Hash::leaf(&strange));
        book.entries.push(strange);
        let key = SigningKey::from_seed(
            KeyName::new(identity().origin.to_string()).expect("a name"),
            Algorithm::Ed25519,
            SEED,
        );
        book.author = Author::resume(identity().origin, key, tree, Living::default());
        let outcome = step(&Follower::new(&identity()), &book);
        assert_eq!(matches!(outcome, Err(FollowError::Critical { .. })), stops);
        assert!(stops || outcome.is_ok_and(|(_, verified)| verified.set_aside.len() == 1));
    }
}

proptest! {
    /// Steps of any width lead to the same knowledge as one step.
    #[test]
    fn what_a_reader_knows_does_not_depend_on_when_it_looked(
        deeds in prop::collection::vec((0..4u8, 0..40u64), 1..120),
        looks in prop::collection::vec(any::<bool>(), 120),
    ) {
        let mut book = Book::new();
        let mut often = Follower::new(&identity());
        for ((what, target), look) in deeds.into_iter().zip(looks) {
            match what {
                0 => book.write(Deed::Erase { target: Index(target) }),
                1 => book.put(Some(target)),
                _ => book.put(None),
            }
            let news = often.consider(&book.checkpoint()).expect("one history").is_some();
            if look && news {
                often = step(&often, &book).expect("verifies").0;
            }
        }
        if often.consider(&book.checkpoint()).expect("one history").is_some() {
            often = step(&often, &book).expect("verifies").0;
        }
        prop_assume!(book.author.size().0 > 0);
        let (once, verified) = step(&Follower::new(&identity()), &book).expect("verifies");
        prop_assert_eq!(once.living(), often.living());
        prop_assert_eq!(once.living(), book.author.living());
        prop_assert_eq!(once.root(), often.root());
        prop_assert!(verified.set_aside.is_empty());
    }
}
