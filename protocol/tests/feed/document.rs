//! Does every rule of docs/format.md have a vector, and does its example hold?

use std::collections::{BTreeMap, BTreeSet};

use clearinghouse_protocol::feed::body::FRAME_BYTES;
use clearinghouse_protocol::feed::entry::{BODY_MAX_BYTES, HEADER_BYTES, PAYLOAD_MAX_BYTES};
use clearinghouse_protocol::feed::evidence::EVIDENCE_MAX_BYTES;
use clearinghouse_protocol::feed::handed::HANDS_MAX;
use clearinghouse_protocol::feed::handover::TRANSFERS_MAX;
use clearinghouse_protocol::feed::identity::CHAIN_MAX_BYTES;
use clearinghouse_protocol::feed::roster::{DEPTH_MAX, LEASE_MAX_DAYS};
use clearinghouse_protocol::tlog::note::{MAX_NOTE_BYTES, MAX_SIGNATURES};
use clearinghouse_protocol::tlog::proof::MAX_HASHES;
use clearinghouse_protocol::tlog::receipt::MAX_EXTRA_BYTES;
use clearinghouse_protocol::tlog::text::to_hex;
use serde_json::Value;

use super::case::{Case, cases, file, names};

const DOCUMENT: &str = include_str!("../../../docs/format.md");

/// The rules of the document in their order: number, and whether one MUST keep it.
fn rules() -> Vec<(String, bool)> {
    // A rule goes on to the next one or to the next heading, over tables and examples.
    let rules = DOCUMENT.split("\n**F").skip(1);
    rules
        .map(|rule| {
            let (number, text) = rule.split_once(".**").expect("a rule has a number");
            let text = text.split("\n#").next().unwrap_or_default();
            (format!("F{number}"), text.contains("MUST"))
        })
        .collect()
}

/// The rules that vectors break, each with the names of those.
fn broken() -> BTreeMap<String, Vec<String>> {
    let mut broken: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut note = |name: &str, case: Case<'_>| {
        if let Some(rule) = case.0["rule"].as_str() {
            let told = format!("{name}: {}", case.text("name"));
            broken.entry(rule.to_owned()).or_default().push(told);
        }
    };
    for name in names() {
        let file = file(&name);
        cases(&file).for_each(|case| note(&name, case));
        for owner in file["owners"].as_array().into_iter().flatten() {
            note(&name, Case(owner));
        }
    }
    broken
}

#[test]
fn no_must_without_a_vector_that_breaks_it() {
    let rules = rules();
    // A rule keeps its number for good, so a new one beside it has a higher number than the next.
    let named: BTreeSet<&String> = rules.iter().map(|(name, _)| name).collect();
    assert_eq!(named.len(), rules.len(), "a number stands twice");
    let musts: BTreeSet<&String> = rules
        .iter()
        .filter_map(|(name, must)| must.then_some(name))
        .collect();
    assert!(musts.len() > 40, "the rules were not found");
    let broken = broken();
    assert_eq!(broken.keys().collect::<BTreeSet<_>>(), musts);
}

#[test]
fn whatever_is_refused_says_which_rule_it_breaks() {
    for name in names() {
        let file = file(&name);
        for case in cases(&file) {
            let field = |name: &str| case.0.get(name).and_then(Value::as_bool);
            let refused = [field("sound"), field("committed"), field("verified")];
            let refused = refused.contains(&Some(false))
                || case.0["outcome"].as_str().is_some_and(|it| it != "read");
            let told = format!("{name}: {}", case.text("name"));
            assert!(!refused || case.0["rule"].is_string(), "{told}");
        }
    }
}

/// The vectors of a file that stand in the document.
fn examples(file: &Value) -> impl Iterator<Item = Case<'_>> {
    cases(file).filter(|case| case.0.get("in_document").is_some())
}

/// The first of them.
fn example(file: &Value) -> Case<'_> {
    examples(file)
        .next()
        .expect("a vector is the document's example")
}

/// What the document shows of a vector: all of it, or the part that it states.
fn shown_of(case: Case<'_>) -> String {
    let text = case.text("text");
    let part = case.0["in_document"].as_str().unwrap_or(text);
    assert!(text.contains(part), "the vector does not hold the example");
    format!("{}\n", part.trim_end_matches('\n'))
}

#[test]
fn the_examples_of_the_document_are_vectors() {
    let shown: BTreeSet<String> = DOCUMENT
        .split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.split_once('\n').map(|(_, text)| text.to_owned()))
        .collect();
    let files = [
        "identities.json",
        "bodies.json",
        "checkpoints.json",
        "evidence.json",
        "statements.json",
        "transfers.json",
    ];
    let vectors: BTreeSet<String> = files
        .iter()
        .flat_map(|name| examples(&file(name)).map(shown_of).collect::<Vec<_>>())
        .collect();
    assert_eq!(shown, vectors);
}

#[test]
fn the_table_of_the_header_is_the_entry_of_the_example() {
    let file = file("entries.json");
    let bytes = example(&file).bytes();
    let cells = |row: &str| -> Vec<String> {
        let cells = row.split('|').map(|cell| cell.trim().replace('`', ""));
        cells.collect()
    };
    let table = DOCUMENT
        .lines()
        .skip_while(|line| !line.starts_with("| bytes |"));
    let rows: Vec<Vec<String>> = table
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect();
    for row in &rows {
        let length: usize = row[1].parse().expect("a number of bytes");
        assert_eq!(row[3].len(), 2 * length, "{}", row[2]);
    }
    let shown: String = rows.iter().map(|row| row[3].as_str()).collect();
    assert_eq!(shown, to_hex(&bytes));
}

#[test]
fn the_limits_of_the_document_are_those_of_the_readers() {
    for (what, limit) in [
        ("chain of identity notes", CHAIN_MAX_BYTES),
        ("entry", HEADER_BYTES + PAYLOAD_MAX_BYTES),
        ("payload", PAYLOAD_MAX_BYTES),
        ("body", BODY_MAX_BYTES),
        ("bundle of bodies", 256 * (FRAME_BYTES + BODY_MAX_BYTES)),
        (
            "bundle of entries",
            256 * (2 + HEADER_BYTES + PAYLOAD_MAX_BYTES),
        ),
        ("hand-overs that one log states", TRANSFERS_MAX),
        ("hands through which a listing comes", HANDS_MAX),
        ("lease that a network asks for", LEASE_MAX_DAYS.into()),
        ("depth below a root", DEPTH_MAX),
        ("evidence", EVIDENCE_MAX_BYTES),
        ("signed note", MAX_NOTE_BYTES),
        ("signed note", MAX_SIGNATURES),
        ("hashes in a proof", MAX_HASHES),
        ("extra matter of a receipt", MAX_EXTRA_BYTES),
    ] {
        let start = format!("| {what} |");
        let row = DOCUMENT.lines().find(|line| line.starts_with(&start));
        let row = row.expect(what).replace(',', "");
        assert!(
            row.contains(&format!(" {limit} ")),
            "{what}: {limit} in {row}"
        );
    }
}
