//! Does any reader panic, or read what nobody would have written?

use std::sync::LazyLock;

use clearinghouse_protocol::feed::body::{Body, read_bundle};
use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::feed::evidence::Evidence;
use clearinghouse_protocol::feed::handover::Transfer;
use clearinghouse_protocol::feed::identity::{Chain, Genesis, Successor};
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::feed::roster::Statement;
use clearinghouse_protocol::listing::Taxonomy;
use clearinghouse_protocol::tlog::checkpoint::Checkpoint;
use clearinghouse_protocol::tlog::note::SignedNote;
use clearinghouse_protocol::tlog::policy::Policy;
use clearinghouse_protocol::tlog::receipt::Receipt;
use clearinghouse_protocol::tlog::tile::{EntryBundle, Tile, parse_bodies_path};
use clearinghouse_protocol::tlog::witness::Request;
use proptest::prelude::*;
use serde_json::Value;

use super::case::{Case, cases, file};

const REQUESTS: &str = include_str!("../../../tests/vectors/tlog/requests.json");
const POLICIES: &str = include_str!("../../../tests/vectors/tlog/policies.json");

/// Larger inputs than these cost time and find nothing more.
const SEED_MAX_BYTES: usize = 8_192;

/// Inputs of every reader, most of them good.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(seeds);

fn seeds() -> Vec<Vec<u8>> {
    let names = [
        "bodies.json",
        "bundles.json",
        "checkpoints.json",
        "entries.json",
        "entry_bundles.json",
        "evidence.json",
        "identities.json",
        "origins.json",
        "paths.json",
        "receipts.json",
        "statements.json",
        "transfers.json",
    ];
    let ours = names.iter().map(|name| file(name));
    let standard = [REQUESTS, POLICIES].map(|text| serde_json::from_str(text).expect("vectors"));
    let files: Vec<Value> = ours.chain(standard).collect();
    let bytes = files.iter().flat_map(cases).map(|case: Case<'_>| {
        // Without what makes them large.
        match case.0.get("grow") {
            Some(_) => case.text("text").as_bytes().to_vec(),
            None => case.bytes(),
        }
    });
    bytes
        .filter(|bytes| bytes.len() <= SEED_MAX_BYTES)
        .collect()
}

/// One thing that goes wrong with bytes.
#[derive(Debug, Clone)]
enum Mishap {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index, prop::sample::Index),
    Double(prop::sample::Index, prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Splice(prop::sample::Index, prop::sample::Index),
}

fn mishap() -> impl Strategy<Value = Mishap> {
    let place = any::<prop::sample::Index>;
    let odd = prop::sample::select(vec![
        b"\n".to_vec(),
        b"\n\n".to_vec(),
        b" ".to_vec(),
        b"0".to_vec(),
        b"=".to_vec(),
        vec![0],
        vec![255; 8],
        "\u{2014} ".into(),
        "\u{e9}".into(),
        b"18446744073709551615".to_vec(),
        b"{\"a\":".repeat(200),
    ]);
    prop_oneof![
        4 => (place(), any::<u8>()).prop_map(|(at, bits)| Mishap::Flip(at, bits)),
        2 => (place(), place()).prop_map(|(from, to)| Mishap::Cut(from, to)),
        1 => (place(), place()).prop_map(|(from, to)| Mishap::Double(from, to)),
        3 => (place(), odd).prop_map(|(at, bytes)| Mishap::Insert(at, bytes)),
        1 => (place(), place()).prop_map(|(other, at)| Mishap::Splice(other, at)),
    ]
}

fn mangle(bytes: &mut Vec<u8>, mishap: &Mishap) {
    let at = |place: &prop::sample::Index| place.index(bytes.len() + 1);
    let span = |one, other| {
        let (one, other) = (at(one), at(other));
        one.min(other)..one.max(other)
    };
    match mishap {
        Mishap::Flip(place, bits) => {
            let place = at(place);
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= bits;
            }
        }
        Mishap::Cut(from, to) => drop(bytes.drain(span(from, to))),
        Mishap::Double(from, to) => {
            let span = span(from, to);
            let copy = bytes[span.clone()].to_vec();
            bytes.splice(span.end..span.end, copy);
        }
        Mishap::Insert(place, new) => {
            let place = at(place);
            bytes.splice(place..place, new.iter().copied());
        }
        Mishap::Splice(other, place) => {
            bytes.truncate(at(place));
            let other = &SEEDS[other.index(SEEDS.len())];
            bytes.extend_from_slice(&other[place.index(other.len() + 1)..]);
        }
    }
}

/// Gives the bytes to every reader; what one of the strict ones reads is what it would write.
fn read(bytes: &[u8]) {
    if let Ok(entry) = Entry::decode(bytes) {
        assert_eq!(entry.encode(), bytes);
    }
    if let Ok(statement) = Statement::read(bytes) {
        assert_eq!(statement.write().as_bytes(), bytes);
    }
    for has_target in [false, true] {
        if let Ok(transfer) = Transfer::read(bytes, has_target) {
            assert_eq!(transfer.write().as_bytes(), bytes);
        }
    }
    if let Ok(chain) = Chain::read(bytes, None) {
        assert_eq!(Chain::read(&chain.to_bytes(), Some(chain.nid())), Ok(chain));
    }
    if let Ok(note) = SignedNote::parse(bytes) {
        assert_eq!(note.to_bytes(), bytes);
    }
    if let Ok(evidence) = Evidence::read(bytes) {
        assert_eq!(evidence.write(), bytes);
    }
    if let Ok(receipt) = Receipt::parse(bytes) {
        assert_eq!(receipt.to_bytes(), bytes);
    }
    if let Ok(request) = Request::parse(bytes) {
        assert_eq!(request.to_bytes(), bytes);
    }
    if let Ok(policy) = Policy::parse(bytes) {
        let again = Policy::parse(policy.to_text().as_bytes());
        assert_eq!(again.as_ref(), Ok(&policy));
    }
    if let Ok(body) = Body::read(bytes, Taxonomy::standard()) {
        assert_eq!(body.minted.uuid(), body.uuid);
        let again = Body::write_handed(&body.minted, &body.handed, &body.listing);
        let again = Body::read(&again, Taxonomy::standard()).expect("what we write we read");
        assert_eq!((again.uuid, again.listing), (body.uuid, body.listing));
    }
    for number in [0, 2, u64::MAX / 256] {
        if let Ok(bodies) = read_bundle(number, bytes) {
            let mut again = Vec::new();
            bodies.iter().for_each(|framed| framed.write(&mut again));
            assert_eq!(again, bytes);
        }
    }
    for width in [0, 1, 3, 256, 257] {
        if let Ok(entries) = EntryBundle::decode(bytes, width) {
            assert_eq!(EntryBundle::encode(&entries), Ok(bytes.to_vec()));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        read_text(text);
    }
}

fn read_text(text: &str) {
    if let Ok(genesis) = Genesis::read(text) {
        assert_eq!(genesis.write(), text);
    }
    if let Ok(successor) = Successor::read(text) {
        assert_eq!(successor.write(), text);
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_text(), text);
    }
    if let Ok(origin) = text.parse::<Origin>() {
        assert_eq!(origin.to_string(), text);
    }
    if let Ok(tile) = Tile::parse(text) {
        assert_eq!(tile.path(), text);
    }
    if let Ok(bundle) = EntryBundle::parse(text) {
        assert_eq!(bundle.path(), text);
    }
    let _ = parse_bodies_path(text);
}

#[test]
fn every_vector_goes_to_every_reader() {
    assert!(SEEDS.len() > 200, "the seeds were not found");
    SEEDS.iter().for_each(|seed| read(seed));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_reader_panics_on_what_was_mangled(
        seed in any::<prop::sample::Index>(),
        mishaps in prop::collection::vec(mishap(), 1..5),
    ) {
        let mut bytes = SEEDS[seed.index(SEEDS.len())].clone();
        for mishap in &mishaps {
            mangle(&mut bytes, mishap);
        }
        read(&bytes);
    }

    #[test]
    fn no_reader_panics_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }
}
