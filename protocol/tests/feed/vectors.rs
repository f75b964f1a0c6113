//! Is every vector read, and every bad one refused?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clearinghouse_protocol::feed::attest::attested_s;
use clearinghouse_protocol::feed::body::{
    Body, Framed, Minted, check_commitment, commitment, read_bundle,
};
use clearinghouse_protocol::feed::entry::{Entry, EntryError};
use clearinghouse_protocol::feed::evidence::Evidence;
use clearinghouse_protocol::feed::handover::Handovers;
use clearinghouse_protocol::feed::identity::{Chain, Identity, Starts};
use clearinghouse_protocol::feed::living::Living;
use clearinghouse_protocol::feed::merge::{Claim, accept, latest};
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::listing::Taxonomy;
use clearinghouse_protocol::tlog::checkpoint::SignedCheckpoint;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::receipt::Receipt;
use clearinghouse_protocol::tlog::text::to_hex;
use clearinghouse_protocol::tlog::tile::{EntryBundle, Tile, bodies_path, parse_bodies_path};
use clearinghouse_protocol::tlog::tree::{Index, Size};
use serde_json::Value;

use super::case::{Case, cases, file, names};
use super::{following, handovers, rosters, witnesses};

/// One file, and what it takes to walk one of its cases; the file itself comes along.
type Walk = (&'static str, fn(&Value, Case<'_>));

const FILES: [Walk; 20] = [
    ("attestations.json", attestation),
    ("bodies.json", body),
    ("bundles.json", bundle),
    ("carrying.json", following::carry),
    ("checkpoints.json", checkpoint),
    ("entries.json", entry),
    ("entry_bundles.json", entry_bundle),
    ("evidence.json", evidence),
    ("following.json", following::follow),
    ("handovers.json", handovers::shown),
    ("identities.json", identity),
    ("living.json", living),
    ("merging.json", merging),
    ("origins.json", origin),
    ("paths.json", path),
    ("receipts.json", receipt),
    ("rosters.json", rosters::resolved),
    ("statements.json", rosters::statement),
    ("transfers.json", handovers::transfer),
    ("witnesses.json", witnesses::witness),
];

#[test]
fn every_vector_holds() {
    let walked: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(walked, names(), "a file of vectors that nobody walks");
    for (name, walk) in FILES {
        let file = file(name);
        assert!(cases(&file).count() > 1, "{name}");
        for case in cases(&file) {
            // So that a failing assertion is found in the captured output.
            println!("{name}: {}", case.text("name"));
            walk(&file, case);
        }
    }
}

#[test]
fn a_node_identifier_is_that_of_its_genesis() {
    let file = file("origins.json");
    for genesis in Case(&file).list("genesis_texts").into_iter().map(Case) {
        assert_eq!(
            Nid::of_genesis(genesis.text("text")).as_str(),
            genesis.text("nid")
        );
    }
}

#[test]
fn only_its_owner_changes_a_listing() {
    let file = file("merging.json");
    for case in Case(&file).list("owners").into_iter().map(Case) {
        let body = Body::read(&case.bytes(), Taxonomy::standard()).expect("a sound body");
        let speaker = format!("clearinghouse/{}/1", case.text("speaker"));
        let accepted = accept(
            speaker.parse().expect("an origin"),
            &body,
            &Handovers::default(),
        );
        assert_eq!(accepted.is_ok(), case.is("accepted"), "{accepted:?}");
    }
}

fn identity(_: &Value, case: Case<'_>) {
    let bytes = case.bytes();
    let expected = case.0["expected"].as_str();
    let expected = expected.map(|nid| nid.parse().expect("an identifier"));
    let read = Identity::read(&bytes, expected);
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(identity) = read else { return };
    assert_eq!(identity.nid.as_str(), case.text("nid"));
    assert_eq!(identity.origin.to_string(), case.text("origin"));
    assert_eq!(identity.log_key.to_string(), case.text("log_vkey"));
    assert_eq!(identity.witness_key.to_string(), case.text("witness_vkey"));
    let chain = Chain::read(&bytes, expected).expect("what an identity is read from");
    let again = Chain::read(&chain.to_bytes(), expected);
    assert_eq!(again.as_ref(), Ok(&chain));
    assert_eq!(
        chain.count(),
        case.0["notes"].as_u64().unwrap_or(1) as usize
    );
    for moment in case.0["moments"].as_array().into_iter().flatten().map(Case) {
        moment_of(&chain, case, moment);
    }
}

/// Who the node is at one moment, when notes began to be known at the times of the case.
fn moment_of(chain: &Chain, case: Case<'_>, moment: Case<'_>) {
    let mut starts = Starts::default();
    for start in case.list("starts").into_iter().map(Case) {
        let note = start.text("note").parse().expect("a hash");
        starts.take(note, start.0["start"].as_i64().expect("a time"));
    }
    let now = moment.0["now"].as_i64().expect("a time");
    let identity = chain.identity(&starts, now);
    assert_eq!(identity.origin.to_string(), moment.text("origin"), "{now}");
    assert_eq!(
        identity.log_key.to_string(),
        moment.text("log_vkey"),
        "{now}"
    );
    let pending = identity.pending.as_ref();
    let announced = pending.map(|pending| pending.identity.log_key.to_string());
    assert_eq!(announced.as_deref(), moment.0["pending"].as_str(), "{now}");
    let final_at = pending.and_then(|pending| pending.final_at);
    assert_eq!(final_at, moment.0["final_at"].as_i64(), "{now}");
}

fn origin(_: &Value, case: Case<'_>) {
    let read = case.text("text").parse::<Origin>();
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(origin) = read else { return };
    assert_eq!(origin.nid.as_str(), case.text("nid"));
    assert_eq!(u64::from(origin.epoch.number()), case.number("epoch"));
    assert_eq!(origin.to_string(), case.text("text"));
}

fn entry(_: &Value, case: Case<'_>) {
    let bytes = case.bytes();
    let read = Entry::decode(&bytes);
    let outcome = match &read {
        Ok(_) => "read",
        Err(EntryError::Unknown { .. }) => "unknown",
        Err(EntryError::Critical { .. }) => "critical",
        Err(EntryError::Length(_) | EntryError::Field { .. }) => "refused",
    };
    assert_eq!(outcome, case.text("outcome"), "{read:?}");
    let Ok(entry) = read else { return };
    let kind = format!("{:?}", entry.kind).to_lowercase();
    assert_eq!(kind, case.text("kind"));
    assert_eq!(entry.critical, case.is("critical"));
    assert_eq!(u64::from(entry.day.0), case.number("day"));
    let target = entry.target.map(|index| index.0);
    assert_eq!(target, case.0["target"].as_u64());
    assert_eq!(u64::from(entry.length), case.number("length"));
    assert_eq!(to_hex(&entry.commitment), case.text("commitment"));
    assert_eq!(to_hex(&entry.payload), case.text("payload"));
    assert_eq!(entry.encode(), bytes);
}

fn body(_: &Value, case: Case<'_>) {
    let bytes = case.bytes();
    let salt: [u8; 32] = STANDARD
        .decode(case.text("salt"))
        .expect("base64")
        .try_into()
        .expect("32 bytes");
    let entry = super::case::from_hex(case.text("entry"));
    let entry = Entry::decode(&entry).expect("the entry is sound");
    let index = Index(case.number("index"));
    let committed = check_commitment(index, &entry, &salt, &bytes);
    assert_eq!(committed.is_ok(), case.is("committed"), "{committed:?}");
    if committed.is_ok() {
        let again = Entry::put(
            entry.day,
            entry.target,
            bytes.len(),
            commitment(&salt, &bytes),
        );
        assert_eq!(again, entry);
    }
    let read = Body::read(&bytes, Taxonomy::standard());
    assert!(
        read.is_ok() || !case.is("sound"),
        "{:?}",
        read.map(|body| body.uuid)
    );
    // What no entry commits to is never read, so there it does not matter what it says.
    assert!(read.is_err() || case.is("sound") || !case.is("committed"));
    let (true, Ok(body)) = (case.is("sound"), read) else {
        return;
    };
    assert_eq!(body.uuid.to_string(), case.text("uuid"));
    assert_eq!(body.version, case.number("version"));
    assert_eq!(body.minted.node.as_str(), case.text("node"));
    assert_eq!(to_hex(&body.minted.nonce), case.text("nonce"));
    let minted = Minted {
        node: body.minted.node,
        nonce: body.minted.nonce,
    };
    assert_eq!(minted.uuid(), body.uuid);
}

fn bundle(_: &Value, case: Case<'_>) {
    let bytes = case.bytes();
    let read = read_bundle(case.number("number"), &bytes);
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(framed) = read else { return };
    let frames: Vec<Value> = framed
        .iter()
        .map(|Framed { index, salt, body }| {
            serde_json::json!([index.0, STANDARD.encode(salt), to_hex(body)])
        })
        .collect();
    assert_eq!(Value::Array(frames), case.0["frames"]);
    let mut again = Vec::new();
    framed.iter().for_each(|framed| framed.write(&mut again));
    assert_eq!(again, bytes);
}

fn living(_: &Value, case: Case<'_>) {
    let mut living = Living::default();
    let mut aside = Vec::new();
    for (index, entry) in (0..).zip(case.all_bytes("entries")) {
        let entry = Entry::decode(&entry).expect("a sound entry");
        if living.apply(Index(index), &entry).is_err() {
            aside.push(index);
        }
    }
    let in_force: Vec<u64> = living.between(0, u64::MAX).map(|index| index.0).collect();
    assert_eq!(in_force, case.numbers("living"));
    assert_eq!(living.count(), in_force.len() as u64);
    assert_eq!(aside, case.numbers("set_aside"));
}

/// Whose log the vectors of a file are about.
pub fn identity_of(file: &Value) -> Identity {
    Identity::read(Case(file).text("identity").as_bytes(), None).expect("a sound identity")
}

fn checkpoint(file: &Value, case: Case<'_>) {
    let identity = identity_of(file);
    let origin = identity.origin.to_string();
    let read = SignedCheckpoint::read(&case.bytes(), &origin, &identity.log_key);
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(signed) = read else { return };
    let checkpoint = signed.checkpoint();
    assert_eq!(checkpoint.size, Size(case.number("size")));
    assert_eq!(checkpoint.root.to_string(), case.text("root"));
}

fn attestation(file: &Value, case: Case<'_>) {
    let identity = identity_of(file);
    let at = attested_s(case.text("text").as_bytes(), &identity, case.number("now"));
    assert_eq!(at, case.0["attested"].as_u64());
}

fn path(_: &Value, case: Case<'_>) {
    let text = case.text("text");
    let tile = Tile::parse(text).ok();
    let entries = EntryBundle::parse(text).ok();
    let bodies = parse_bodies_path(text).ok();
    let kinds = ["tile", "entries", "bodies"];
    let expected = kinds.map(|kind| case.is("sound") && case.text("kind") == kind);
    assert_eq!(
        [tile.is_some(), entries.is_some(), bodies.is_some()],
        expected
    );
    if let Some(tile) = tile {
        let parts = [tile.level().into(), tile.index(), tile.width().into()];
        assert_eq!(
            parts,
            ["level", "index", "width"].map(|part| case.number(part))
        );
        assert_eq!(tile.path(), text);
    }
    if let Some(entries) = entries {
        let parts = [entries.index(), entries.width().into()];
        assert_eq!(parts, ["index", "width"].map(|part| case.number(part)));
        assert_eq!(entries.path(), text);
    }
    if let Some(bodies) = bodies {
        assert_eq!(bodies, case.number("index"));
        assert_eq!(bodies_path(bodies), text);
    }
}

fn entry_bundle(_: &Value, case: Case<'_>) {
    let bytes = case.bytes();
    let width = u16::try_from(case.number("width")).expect("a small width");
    let read = EntryBundle::decode(&bytes, width);
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(entries) = read else { return };
    assert_eq!(entries, case.all_bytes("entries"));
    assert_eq!(EntryBundle::encode(&entries), Ok(bytes));
}

fn receipt(file: &Value, case: Case<'_>) {
    let bytes = case.bytes();
    let read = Receipt::parse(&bytes);
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(receipt) = read else { return };
    assert_eq!(receipt.to_bytes(), bytes);
    let identity = identity_of(file);
    let leaf = Hash::leaf(&super::case::from_hex(case.text("entry")));
    let verified = receipt.verify(leaf, &identity.origin.to_string(), &identity.log_key);
    assert_eq!(verified.is_ok(), case.is("verified"), "{verified:?}");
}

fn evidence(file: &Value, case: Case<'_>) {
    let bytes = case.bytes();
    let read = Evidence::read(&bytes);
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(evidence) = read else { return };
    assert_eq!(evidence.write(), bytes);
    let identity = identity_of(file);
    let held = evidence.check(&identity.origin, &identity.log_key);
    assert_eq!(held.is_ok(), case.is("verified"), "{held:?}");
    let Ok(fork) = held else { return };
    let sizes = [fork.smaller.size.0, fork.larger.size.0];
    assert_eq!(sizes.as_slice(), case.numbers("sizes"));
}

fn merging(_: &Value, case: Case<'_>) {
    let nid = Nid::of_genesis("any");
    let claims = case.list("claims").into_iter().map(|claim| {
        let origin = format!("clearinghouse/{nid}/{}", claim[0]);
        Claim {
            origin: origin.parse().expect("an origin"),
            index: Index(claim[1].as_u64().expect("an index")),
        }
    });
    let latest = latest(claims);
    let latest = latest
        .map(|claim| serde_json::json!([claim.origin.epoch.number(), claim.index.0]))
        .unwrap_or(Value::Null);
    assert_eq!(latest, case.0["latest"]);
}
