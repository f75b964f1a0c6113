//! Does a chain prove its node, and does every order of its notes prove the same?

use proptest::prelude::*;

use super::text::HEADING;
use super::*;
use crate::tlog::key::SigningKey;

const HOUR: i64 = 3600;

fn public(seed: [u8; 32]) -> [u8; 32] {
    let name = text::key_name("any");
    let key = SigningKey::from_seed(name, Algorithm::Ed25519, seed);
    *key.verifier().public_key()
}

fn hash_of(seed: u8) -> [u8; 32] {
    rotation_hash(&public([seed; 32]))
}

fn genesis(seed: [u8; 32]) -> Genesis {
    let names = [("en", "Maple Centre"), ("fr", "Centre de l’Érable")];
    Genesis {
        names: names
            .map(|(tag, name)| (tag.to_owned(), name.to_owned()))
            .into(),
        url: "https://maple.example/".to_owned(),
        log: public(seed),
        witness: public(seed),
        next: vec![hash_of(10), hash_of(11), hash_of(12)],
    }
}

fn chain() -> Chain {
    Chain::read(&genesis([5; 32]).sign([5; 32]).to_bytes(), None).expect("a sound genesis")
}

fn now_of(chain: &Chain) -> Identity {
    chain.identity(&Starts::default(), 0)
}

/// A note after what counts in `chain`: `signer` signs, `log` is the seed of its log.
fn after(identity: &Identity, signer: u8, log: u8) -> Successor {
    let next = vec![hash_of(signer + 10), hash_of(signer + 20)];
    let mut successor = identity.successor(public([signer; 32]), next);
    if public([log; 32]) != successor.log {
        successor.log = public([log; 32]);
        successor.epoch = identity.origin.epoch.next().expect("there is a next one");
    }
    successor
}

fn signed(identity: &Identity, signer: u8, log: u8) -> SignedNote {
    after(identity, signer, log).sign(identity.nid, [signer; 32])
}

#[test]
fn a_genesis_proves_its_node() {
    let note = genesis([5; 32]).sign([5; 32]);
    let identity = Identity::read(&note.to_bytes(), None).expect("a sound genesis");
    assert_eq!(
        identity.origin.to_string(),
        identity.log_key.name().as_str()
    );
    assert_eq!(identity.name("fr"), "Centre de l’Érable");
    assert_eq!(identity.name("es"), "Maple Centre");
    let other = Nid::of_genesis("other");
    assert!(matches!(
        Identity::read(&note.to_bytes(), Some(other)),
        Err(IdentityError::OtherNode { .. })
    ));
    let twice = [note.to_bytes(), b"\n".to_vec(), note.to_bytes()].concat();
    assert!(Identity::read(&twice, None).is_err());
}

#[test]
fn a_name_may_quote_the_heading() {
    let mut quoting = genesis([5; 32]);
    quoting.names.insert("en".to_owned(), HEADING.to_owned());
    let note = quoting.sign([5; 32]);
    let identity = Identity::read(&note.to_bytes(), None).expect("a sound genesis");
    assert_eq!(identity.name("en"), HEADING);
}

#[test]
fn every_changed_bit_of_a_chain_gives_another_node_or_none() {
    let mut chain = chain();
    let nid = chain.nid();
    chain
        .add(&signed(&now_of(&chain), 10, 6))
        .expect("the paper key");
    let bytes = chain.to_bytes();
    assert_eq!(Chain::read(&bytes, Some(nid)), Ok(chain));
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(Identity::read(&changed, Some(nid)).is_err(), "bit {bit}");
    }
}

#[test]
fn a_genesis_has_one_spelling() {
    let text = genesis([5; 32]).write();
    assert_eq!(Genesis::read(&text), Ok(genesis([5; 32])));
    for (from, to) in [
        ("seq 0", "seq 00"),
        ("seq 0\n", ""),
        ("name en", "name  en"),
        (
            "name en Maple Centre\nname fr Centre de l’Érable\n",
            "name fr b\nname en a\n",
        ),
        (
            "name en Maple Centre\n",
            "name en Maple Centre\nname en Maple Centre\n",
        ),
        ("https://maple.example/", "https://maple.example"),
        ("epoch 1", "epoch 2"),
        ("next ", "following "),
    ] {
        assert!(text.contains(from), "{from:?} is no part of the text");
        assert!(
            Genesis::read(&text.replacen(from, to, 1)).is_err(),
            "{from:?} → {to:?}"
        );
    }
    assert!(Genesis::read(text.trim_end()).is_err());
    let long = text.replace("name fr ", "name x-abcdefgh-abcdefgh-abcdefgh-abcdefg ");
    assert!(Genesis::read(&long).is_err());
}

#[test]
fn a_successor_has_one_spelling() {
    let successor = after(&now_of(&chain()), 10, 6);
    let text = successor.write();
    assert_eq!(Successor::read(&text), Ok(successor));
    for (from, to) in [
        ("seq 1", "seq 0"),
        ("seq 1", "seq 01"),
        ("seq 1", "seq +1"),
        ("seq 1", "seq 4294967296"),
        ("previous ", "previous none"),
        ("epoch 2", "epoch 02"),
        ("epoch 2", "epoch 0"),
        ("signer ", "by "),
        ("\nsigner ", " signer "),
    ] {
        assert!(text.contains(from), "{from:?} is no part of the text");
        let changed = text.replacen(from, to, 1);
        assert!(Successor::read(&changed).is_err(), "{from:?} → {to:?}");
    }
    let mut twice = after(&now_of(&chain()), 10, 6);
    twice.next = vec![hash_of(20), hash_of(20)];
    assert!(Successor::read(&twice.write()).is_err());
    twice.next = vec![hash_of(10)];
    assert!(Successor::read(&twice.write()).is_err(), "a spent key");
}

#[test]
fn the_paper_key_gives_a_new_log_and_a_new_domain_at_once() {
    let mut chain = chain();
    let first = now_of(&chain);
    chain.add(&signed(&first, 10, 6)).expect("a new log");
    let second = now_of(&chain);
    assert_eq!((second.seq, second.origin.epoch.number()), (1, 2));
    assert_eq!(second.log_key.public_key(), &public([6; 32]));
    let mut moved = after(&second, 20, 6);
    moved.url = "https://acorn.example/".to_owned();
    chain
        .add(&moved.sign(chain.nid(), [20; 32]))
        .expect("a new domain");
    let third = now_of(&chain);
    assert_eq!(third.url, "https://acorn.example/");
    assert_eq!(third.origin, second.origin);
    assert_eq!(
        Chain::read(&chain.to_bytes(), Some(first.nid)),
        Ok(chain.clone())
    );
    assert_eq!(chain.count(), 3);
    let note = chain.note(third.note).expect("it is there");
    assert_eq!(Identity::check_note(note, first.nid), Ok(third.note));
    assert!(Identity::check_note(&chain.to_bytes(), first.nid).is_err());
    let later = third.at(third.origin.epoch.next().expect("3"));
    assert_eq!(later.log_key.name().as_str(), later.origin.to_string());
    assert_eq!(later.log_key.public_key(), third.log_key.public_key());
}

#[test]
fn a_note_that_does_not_follow_is_refused() {
    let chain = chain();
    let first = now_of(&chain);
    let nid = first.nid;
    let change = |change: &dyn Fn(&mut Successor)| {
        let mut successor = after(&first, 10, 6);
        change(&mut successor);
        successor.sign(nid, [10; 32])
    };
    let sound = change(&|_| ());
    assert!(chain.clone().add(&sound).is_ok());
    let renamed = sound.text().replace("Maple", "Birch");
    let forged = sound.to_bytes();
    let forged = String::from_utf8_lossy(&forged).replace(sound.text(), &renamed);
    for (why, note) in [
        ("two steps at once", change(&|it| it.seq = 2)),
        (
            "after another note",
            change(&|it| it.previous = Hash([1; 32])),
        ),
        (
            "another log in the same epoch",
            change(&|it| it.epoch = Epoch::FIRST),
        ),
        ("a key that nobody named", {
            let mut by = after(&first, 10, 6);
            by.signer = public([77; 32]);
            by.sign(nid, [77; 32])
        }),
        ("a lower priority without a new log", signed(&first, 11, 5)),
        ("no point of the curve", change(&|it| it.log = [2; 32])),
        (
            "changed after signing",
            SignedNote::parse(forged.as_bytes()).expect("a note"),
        ),
        (
            "in the name of another node",
            after(&first, 10, 6).sign(Nid::of_genesis("x"), [10; 32]),
        ),
    ] {
        assert!(chain.clone().add(&note).is_err(), "{why}");
    }
    let mut longer = chain.clone();
    longer.add(&sound).expect("a new log");
    let back = signed(&now_of(&longer), 20, 5);
    assert!(longer.add(&back).is_err(), "the log key that was stolen");
}

#[test]
fn one_key_has_four_rivals_and_no_more() {
    let mut chain = chain();
    let first = now_of(&chain);
    for log in 40..44 {
        chain.add(&signed(&first, 11, log)).expect("up to four");
    }
    assert!(chain.add(&signed(&first, 11, 44)).is_err());
    chain.add(&signed(&first, 10, 45)).expect("another key");
    assert_eq!(now_of(&chain).log_key.public_key(), &public([45; 32]));
}

#[test]
fn a_chain_that_an_old_key_fills_still_takes_the_paper_key() {
    let mut thief = chain();
    let first = now_of(&thief);
    let mut last = first.clone();
    let mut signer = [11; 32];
    // The network's key was stolen, and with it a long line of notes is made.
    loop {
        let after = rotation_hash(&signer);
        let mut note = last.successor(public(signer), vec![rotation_hash(&public(after))]);
        note.names.insert("en".to_owned(), "x".repeat(200));
        note.epoch = last.origin.epoch.next().expect("there are many");
        note.log = public(rotation_hash(&note.log));
        let signed = note.sign(first.nid, signer);
        if thief.to_bytes().len() + signed.to_bytes().len() + 1 > CHAIN_MAX_BYTES {
            break;
        }
        thief.add(&signed).expect("it follows");
        let pending = thief
            .identity(&Starts::default(), 0)
            .pending
            .expect("pending");
        last = Identity {
            seq: note.seq,
            note: note_hash(signed.text()),
            origin: Origin {
                nid: first.nid,
                epoch: note.epoch,
            },
            next: note.next.clone(),
            log_key: VerifierKey::new(text::key_name("any"), Algorithm::Ed25519, &note.log)
                .expect("a key"),
            ..*pending.identity
        };
        signer = after;
    }
    let mut mine = chain();
    mine.add(&signed(&first, 10, 6)).expect("the paper key");
    let merged = thief.merge(&mine, first.note);
    assert!(merged.to_bytes().len() <= CHAIN_MAX_BYTES);
    assert_eq!(now_of(&merged), now_of(&mine));
    assert_eq!(Chain::read(&merged.to_bytes(), None), Ok(merged));
}

#[test]
fn the_network_is_heard_after_72_hours_and_the_paper_key_before() {
    let mut chain = chain();
    let first = now_of(&chain);
    let (_, network) = chain.add(&signed(&first, 11, 6)).expect("by consent");
    let mut starts = Starts::default();
    let pending = chain.identity(&starts, 0).pending.expect("announced");
    assert_eq!(
        (pending.priority, pending.begun, pending.final_at),
        (1, None, None)
    );
    assert_eq!(pending.identity.origin.epoch.number(), 2);
    starts.take(network, 10 * HOUR);
    let at = |chain: &Chain, starts: &Starts, hours: i64| chain.identity(starts, hours * HOUR);
    assert_eq!(at(&chain, &starts, 81).note, first.note);
    let pending = at(&chain, &starts, 81).pending.expect("announced");
    assert_eq!(pending.final_at, Some(82 * HOUR));
    assert_eq!(at(&chain, &starts, 82).note, network);
    assert_eq!(at(&chain, &starts, 82).pending, None);
    // The paper is found after all.
    let (_, paper) = chain.add(&signed(&first, 10, 7)).expect("the paper key");
    assert_eq!(at(&chain, &starts, 81).note, paper);
    let mut early = starts.clone();
    early.take(paper, 81 * HOUR);
    assert_eq!(at(&chain, &early, 1_000).note, paper);
    let mut late = starts.clone();
    late.take(paper, 82 * HOUR);
    assert_eq!(at(&chain, &late, 1_000).note, network);
}

/// Notes by three keys after the genesis, and others after those.
fn tree() -> Vec<SignedNote> {
    let mut chain = chain();
    let first = now_of(&chain);
    let mut notes = Vec::new();
    for (signer, log) in [(10, 30), (10, 31), (11, 32), (11, 33), (12, 34)] {
        let note = signed(&first, signer, log);
        let mut alone = chain.clone();
        let (_, hash) = alone.add(&note).expect("it follows");
        let mut starts = Starts::default();
        starts.take(hash, 0);
        let second = alone.identity(&starts, 1_000 * HOUR);
        notes.push(note);
        notes.push(signed(&second, signer + 10, log + 20));
        notes.push(signed(&second, signer + 20, log + 40));
    }
    for note in &notes {
        chain.add(note).expect("it follows");
    }
    notes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_in_which_notes_are_learnt_does_not_count(
        parts in prop::collection::vec(prop::collection::vec(0..15_usize, 1..6), 1..6),
        starts in prop::collection::vec(prop::option::of(0..300_i64), 15),
        now in 0..400_i64,
    ) {
        let notes = tree();
        let mut times = Starts::default();
        for (note, start) in notes.iter().zip(&starts) {
            if let Some(hours) = start {
                times.take(note_hash(note.text()), hours * HOUR);
            }
        }
        // Each peer knows some notes and those before them.
        let known = |part: &Vec<usize>| {
            let mut chain = chain();
            let mut wanted = part.clone();
            wanted.extend(part.iter().map(|at| at - at % 3));
            wanted.sort_unstable();
            wanted.dedup();
            for at in wanted {
                chain.add(&notes[at]).expect("it follows");
            }
            chain
        };
        let peers: Vec<Chain> = parts.iter().map(known).collect();
        let join = |chains: &mut dyn Iterator<Item = &Chain>| {
            chains.fold(chain(), |all, one| {
                let current = all.identity(&times, now * HOUR).note;
                all.merge(one, current)
            })
        };
        let (one, other) = (join(&mut peers.iter()), join(&mut peers.iter().rev()));
        prop_assert_eq!(one.to_bytes(), other.to_bytes());
        prop_assert_eq!(Chain::read(&one.to_bytes(), None), Ok(one.clone()));
        prop_assert_eq!(one.identity(&times, now * HOUR), other.identity(&times, now * HOUR));
        prop_assert_eq!(one.merge(&one, now_of(&one).note), one);
    }
}
