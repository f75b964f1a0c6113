//! Does a reader come to what the vectors say, step by step?

use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::feed::epoch::check_carried;
use clearinghouse_protocol::feed::follow::{
    FollowError, Follower, Offer, SetAside, Trial, Verified,
};
use clearinghouse_protocol::feed::living::Living;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::Index;
use serde_json::{Value, json};

use super::case::Case;
use super::vectors::identity_of;

/// Walks one case: what a step refuses leaves the reader as it was.
pub fn follow(file: &Value, case: Case<'_>) {
    let mut identity = identity_of(file);
    if let Some(epoch) = case.0.get("epoch") {
        identity = identity.at(epoch.to_string().parse().expect("an epoch"));
    }
    let mut follower = Follower::new(&identity);
    for step in case.list("steps").into_iter().map(Case) {
        let before = (follower.size(), follower.root());
        let outcome = look(&follower, step);
        let name = match &outcome {
            Ok(None) => "known",
            Ok(Some(_)) => "verified",
            Err(FollowError::NotSigned { .. }) => "not-signed",
            Err(FollowError::Shrunk { .. }) => "shrunk",
            Err(FollowError::Forked { .. }) => "forked",
            Err(FollowError::Altered { .. }) => "altered",
            Err(FollowError::Critical { index, .. }) => {
                assert_eq!(index.0, step.number("index"));
                "critical"
            }
        };
        assert_eq!(name, step.text("outcome"), "{outcome:?}");
        if let Ok(Some((after, verified))) = outcome {
            told(&verified, step);
            follower = after;
        } else {
            assert_eq!((follower.size(), follower.root()), before);
        }
    }
}

fn look(follower: &Follower, step: Case<'_>) -> Result<Option<(Follower, Verified)>, FollowError> {
    let note = step.text("checkpoint").as_bytes();
    let Some(offer) = follower.consider(note)? else {
        return Ok(None);
    };
    if step.0.get("judged").is_some() {
        judged(follower, &offer, step);
    }
    let mut trial: Trial<'_> = follower.begin(offer);
    for entry in step.all_bytes("entries") {
        assert_eq!(trial.push(&entry), Hash::leaf(&entry));
    }
    trial.finish().map(Some)
}

fn judged(follower: &Follower, offer: &Offer, step: Case<'_>) {
    let leaves = step.texts("leaves").into_iter();
    let leaves: Vec<Hash> = leaves.map(|leaf| leaf.parse().expect("a hash")).collect();
    let verdict = match follower.judge(offer, leaves.as_slice()) {
        Some(_) => "forked",
        None => "altered",
    };
    assert_eq!(verdict, step.text("judged"));
}

fn told(verified: &Verified, step: Case<'_>) {
    let numbers = |indexes: &[Index]| -> Vec<u64> { indexes.iter().map(|index| index.0).collect() };
    assert_eq!(numbers(&verified.begun), step.numbers("begun"));
    assert_eq!(numbers(&verified.ended), step.numbers("ended"));
    let aside: Vec<Value> = verified
        .set_aside
        .iter()
        .map(|(index, reason)| {
            let reason = match reason {
                SetAside::Entry(_) => "entry",
                SetAside::Target(_) => "target",
                SetAside::Roster(_) => "roster",
                SetAside::Transfer(_) => "transfer",
                SetAside::TooMany => "too-many",
                SetAside::Identity => "identity",
                SetAside::Epoch(_) => "epoch",
                SetAside::NotLiving => "not-living",
            };
            json!([index.0, reason])
        })
        .collect();
    assert_eq!(Value::Array(aside), step.0["set_aside"]);
}

/// Walks one case of what a reader finds who holds the older log.
pub fn carry(_: &Value, case: Case<'_>) {
    let entries = |field| -> Vec<Entry> {
        let entries = case.all_bytes(field).into_iter();
        entries
            .map(|entry| Entry::decode(&entry).expect("a sound entry"))
            .collect()
    };
    let older = entries("older");
    let mut living = Living::default();
    for (index, entry) in (0..).map(Index).zip(&older) {
        living.apply(index, entry).expect("a target in force");
    }
    let entry_of = |index: Index| older.get(index.0 as usize).cloned();
    let carries = (1..).map(Index).zip(entries("carries"));
    let carried = check_carried(&living, entry_of, carries);
    let numbers = |indexes: &[Index]| -> Vec<u64> { indexes.iter().map(|index| index.0).collect() };
    let copied = carried
        .copied
        .iter()
        .map(|(new, old)| json!([new.0, old.0]));
    assert_eq!(Value::Array(copied.collect()), case.0["copied"]);
    assert_eq!(numbers(&carried.not_living), case.numbers("not_living"));
    assert_eq!(numbers(&carried.left_out), case.numbers("left_out"));
}
