//! Do statements of hand-overs come to what the vectors say?

use std::collections::BTreeMap;

use clearinghouse_protocol::feed::body::Body;
use clearinghouse_protocol::feed::handover::{Handovers, Transfer, Transfers};
use clearinghouse_protocol::feed::merge::{Claim, accept, prevailing};
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::feed::roster::{Rosters, Statement};
use clearinghouse_protocol::listing::Taxonomy;
use clearinghouse_protocol::tlog::text::to_hex;
use clearinghouse_protocol::tlog::tree::Index;
use serde_json::Value;

use super::case::Case;

/// One payload of an entry of kind transfer.
pub fn transfer(_: &Value, case: Case<'_>) {
    let bytes = case.bytes();
    let read = Transfer::read(&bytes, case.is("target"));
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(transfer) = read else { return };
    assert_eq!(transfer.write().as_bytes(), bytes);
    match transfer {
        Transfer::Give { to, url, listing } => {
            assert_eq!(to.as_str(), case.text("to"));
            assert_eq!(url, case.text("url"));
            let listing = listing.map(|bound| to_hex(&bound));
            assert_eq!(listing.as_deref(), case.0["listing"].as_str());
        }
        Transfer::Take { from, entry } => {
            assert_eq!(from.to_string(), case.text("from"));
            assert_eq!(entry.0, case.number("entry"));
        }
    }
}

/// What several logs say of one listing, and which of their entries is shown.
pub fn shown(_: &Value, case: Case<'_>) {
    let logs = logs(case);
    let all = || {
        logs.iter()
            .map(|(origin, (rosters, transfers))| (*origin, rosters, transfers))
    };
    let handovers = Handovers::of(all());
    let mut turned: Vec<_> = all().collect();
    turned.reverse();
    assert_eq!(Handovers::of(turned), handovers, "the order of logs counts");
    let mut accepted = Vec::new();
    let mut verdicts = Vec::new();
    let mut held_back = Vec::new();
    for claim in case.list("claims").into_iter().map(Case) {
        let at = Claim {
            origin: origin(claim.text("log")),
            index: Index(claim.number("index")),
        };
        if claim.0.get("held_back").is_some() {
            held_back.push(at);
            continue;
        }
        let body = Body::read(claim.text("body").as_bytes(), Taxonomy::standard());
        let title = accept(at.origin, &body.expect("a sound body"), &handovers);
        verdicts.push(title.is_ok());
        accepted.extend(title.map(|title| (title, at)));
    }
    let expected: Vec<bool> = case
        .list("accepted")
        .into_iter()
        .map(|one| one.as_bool().expect("a verdict"))
        .collect();
    assert_eq!(verdicts, expected);
    for _ in 0..accepted.len().max(1) {
        let shown = prevailing(accepted.clone(), &handovers, |claim| {
            held_back.contains(&claim)
        });
        let shown = shown.map(|claim| (claim.origin.to_string(), claim.index.0));
        let expected = case.0["shown"].as_array().map(|shown| {
            let log = shown[0].as_str().expect("a log").to_owned();
            (log, shown[1].as_u64().expect("an index"))
        });
        assert_eq!(shown, expected);
        // Whoever is heard first.
        if !accepted.is_empty() {
            accepted.rotate_left(1);
        }
    }
}

/// The statements of each log of a case.
fn logs(case: Case<'_>) -> BTreeMap<Origin, (Rosters, Transfers)> {
    let logs = case.0["logs"].as_object().expect("logs");
    let read = |statements: &Value| {
        let (mut rosters, mut transfers) = (Rosters::default(), Transfers::default());
        for statement in statements.as_array().expect("statements") {
            let statement = Case(statement);
            let bytes = statement.text("text").as_bytes();
            if statement.text("text").starts_with("clearinghouse/roster/") {
                rosters.apply(Statement::read(bytes).expect("a sound statement"));
                continue;
            }
            let target = statement.0["target"].as_u64().map(Index);
            let transfer = Transfer::read(bytes, target.is_some());
            assert!(transfers.apply(target, transfer.expect("a sound statement")));
        }
        (rosters, transfers)
    };
    logs.iter()
        .map(|(log, statements)| (origin(log), read(statements)))
        .collect()
}

fn origin(text: &str) -> Origin {
    text.parse().expect("an origin")
}
