//! Are witnesses asked, heard and believed as their vectors have it?

use std::collections::BTreeMap;

use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::feed::witnesses::{CONFIRMS_S, Voice, confirmed, mirror_key, order};
use clearinghouse_protocol::tlog::cosignature::times_s;
use clearinghouse_protocol::tlog::key::{Algorithm, KeyName, SigningKey, VerifierKey};
use clearinghouse_protocol::tlog::note::SignedNote;
use clearinghouse_protocol::tlog::tree::Size;
use serde_json::Value;

use super::case::{Case, from_hex};

/// Walks one case of witnesses.json.
pub fn witness(_: &Value, case: Case<'_>) {
    let has = |field: &str| case.0.get(field).is_some();
    match () {
        () if has("order") => asked(case),
        () if has("confirmed") => counted(case),
        () if has("mirror") => mirrored(case),
        () => heard(case),
    }
}

fn asked(case: Case<'_>) {
    let nid = |text: &str| -> Nid { text.parse().expect("an identifier") };
    let among = case.texts("among").into_iter().map(nid);
    let found = order(nid(case.text("log")), among);
    let found: Vec<&str> = found.iter().map(Nid::as_str).collect();
    assert_eq!(found, case.texts("order"), "{}", case.text("name"));
}

fn counted(case: Case<'_>) {
    let mut keys: BTreeMap<String, VerifierKey> = BTreeMap::new();
    let voices: Vec<Voice> = case
        .list("voices")
        .into_iter()
        .map(|voice| {
            let name = voice[0].as_str().expect("a name");
            let number = |at: usize| voice[at].as_u64().expect("a number");
            let seed = [name.as_bytes()[0]; 32];
            let key = KeyName::new(name).expect("a name");
            let key = SigningKey::from_seed(key, Algorithm::CosignatureV1, seed);
            let witness = key.verifier().clone();
            keys.insert(name.to_owned(), witness.clone());
            Voice {
                witness,
                size: Size(number(1)),
                time_s: number(2),
            }
        })
        .collect();
    let found = confirmed(&voices, case.number("now"), CONFIRMS_S, |said| {
        let said = keys.values().filter(|key| said(key)).count();
        said as u64 >= case.number("quorum")
    });
    let name = case.text("name");
    let size = found.as_ref().map(|it| it.size);
    assert_eq!(size, case.0["confirmed"].as_u64().map(Size), "{name}");
    assert_eq!(found.map(|it| it.at_s), case.0["at"].as_u64(), "{name}");
}

fn mirrored(case: Case<'_>) {
    let node: Nid = case.text("node").parse().expect("an identifier");
    let name = KeyName::new(node.witness_name()).expect("a name");
    let seed = from_hex(case.text("seed")).try_into().expect("32 bytes");
    let witness = SigningKey::from_seed(name, Algorithm::CosignatureV1, seed);
    let mirror = mirror_key(node, &witness);
    assert_eq!(mirror.verifier().to_string(), case.text("mirror"));
}

fn heard(case: Case<'_>) {
    let key: VerifierKey = case.text("witness").parse().expect("a key");
    let note = format!("{}\n{}", case.text("checkpoint"), case.text("lines"));
    let note = SignedNote::parse(note.as_bytes()).expect("a note");
    let latest = times_s(&note, &key).into_iter().max();
    assert_eq!(latest, case.0["time"].as_u64(), "{}", case.text("name"));
}
