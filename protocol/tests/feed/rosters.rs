//! Do statements of membership come to what the vectors say?

use std::collections::{BTreeMap, BTreeSet};

use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::feed::roster::{Rosters, Standing, Statement, resolve};
use serde_json::{Value, json};

use super::case::Case;

/// One payload of an entry of kind roster.
pub fn statement(_: &Value, case: Case<'_>) {
    let bytes = case.bytes();
    let read = Statement::read(&bytes);
    assert_eq!(read.is_ok(), case.is("sound"), "{read:?}");
    let Ok(statement) = read else { return };
    assert_eq!(statement.write().as_bytes(), bytes);
    let (verb, nid, url, regions) = match &statement {
        Statement::Admit { nid, url, regions } => ("admit", nid, Some(url), Some(regions)),
        Statement::Suspend { nid } => ("suspend", nid, None, None),
        Statement::Dissolve { nid, successor } => {
            let named = successor.map(|nid| nid.to_string());
            assert_eq!(named.as_deref(), case.0["successor"].as_str());
            ("dissolve", nid, None, None)
        }
        Statement::Lease { nid, days } => {
            assert_eq!(u64::from(*days), case.number("days"));
            ("lease", nid, None, None)
        }
        Statement::Join { nid, url } => ("join", nid, Some(url), None),
        Statement::Leave { nid } => ("leave", nid, None, None),
    };
    assert_eq!(verb, case.text("verb"));
    assert_eq!(nid.as_str(), case.text("nid"));
    assert_eq!(url.map(String::as_str), case.0["url"].as_str());
    let regions = regions.map(|regions| regions.iter().map(ToString::to_string).collect());
    let expected = case.0.get("regions").map(|_| case.texts("regions"));
    assert_eq!(regions, expected.map(|codes| codes.join(" ")).map(words));
}

fn words(text: String) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The logs of one case, folded, and how everyone stands.
pub fn resolved(_: &Value, case: Case<'_>) {
    let roots: BTreeSet<Nid> = case.texts("roots").into_iter().map(nid).collect();
    let places = resolve(&roots, &logs(case));
    let told: serde_json::Map<String, Value> = places
        .into_iter()
        .map(|(nid, place)| {
            let node = case.0["places"][nid.as_str()]["node"].clone();
            let regions = place.regions.iter().map(ToString::to_string);
            let mut told = json!({
                "node": node,
                "standing": standing(place.standing),
                "through": place.through.map(|nid| nid.to_string()),
                "depth": place.depth,
                "regions": regions.collect::<Vec<_>>(),
                "url": place.url,
            });
            if let Some(days) = place.lease_days {
                told["lease_days"] = json!(days);
            }
            (nid.to_string(), told)
        })
        .collect();
    assert_eq!(Value::Object(told), case.0["places"]);
}

/// What the logs of a case state.
pub fn logs(case: Case<'_>) -> BTreeMap<Nid, Rosters> {
    let logs = case.0["logs"].as_object().expect("logs");
    logs.iter()
        .map(|(node, statements)| {
            let mut rosters = Rosters::default();
            for text in statements.as_array().expect("statements") {
                let text = text.as_str().expect("a statement");
                rosters.apply(Statement::read(text.as_bytes()).expect("a sound statement"));
            }
            (nid(node), rosters)
        })
        .collect()
}

fn nid(text: &str) -> Nid {
    text.parse().expect("an identifier")
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Root => "root",
        Standing::Mutual => "mutual",
        Standing::Dissolved => "dissolved",
        Standing::OneSided => "one-sided",
        Standing::OutOfScope => "out-of-scope",
        Standing::TooDeep => "too-deep",
        Standing::Suspended => "suspended",
    }
}
