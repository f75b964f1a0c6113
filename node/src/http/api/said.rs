//! What does an answer say of one listing?

use clearinghouse_protocol::feed::handed::Word;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::listing::{Listing, Status};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use crate::http::App;
use crate::view::Shown;

/// Names that stand for something of ours beside the fields of a listing. A later version that has
/// a field of such a name is not shown it here; its feed has it.
pub(super) const OURS: [&str; 9] = [
    "id",
    "centre",
    "origin",
    "index",
    "day",
    "handed_over",
    "next_meeting",
    "distance_km",
    "witnessed",
];

/// A listing as answers show it: its own fields, and what this node knows about it.
pub(super) fn said(app: &App, shown: &Shown, km: Option<f32>) -> Value {
    let mut said = Map::new();
    said.insert("id".to_owned(), json!(shown.uuid));
    if let Value::Object(fields) = shown.listing.to_value() {
        let theirs = fields
            .into_iter()
            .filter(|(name, _)| !OURS.contains(&name.as_str()));
        said.extend(theirs);
    }
    let nid = shown.origin.nid;
    let next = next_meeting(&shown.listing, app.clock.now());
    for (name, value) in [
        (
            "centre",
            json!({ "nid": nid.as_str(), "name": names(app, nid) }),
        ),
        ("origin", json!(shown.origin.to_string())),
        ("index", json!(shown.index.0)),
        ("day", json!(date(shown.day))),
        ("next_meeting", json!(next)),
    ] {
        said.insert(name.to_owned(), value);
    }
    if !shown.handed.is_empty() {
        let steps = shown.handed.iter().map(|step| {
            let by = match step.by {
                Word::Network(network) => Some(network.to_string()),
                Word::All | Word::One { .. } => None,
            };
            json!({
                "from": { "nid": step.from.as_str(), "name": names(app, step.from) },
                "on": step.on.to_string(),
                "by": by,
            })
        });
        said.insert("handed_over".to_owned(), steps.collect());
    }
    if let Some(km) = km {
        // A tenth of a kilometre is as exact as the middle of a postal area.
        let km = (f64::from(km) * 10.0).round() / 10.0;
        said.insert("distance_km".to_owned(), json!(km));
    }
    Value::Object(said)
}

/// Who vouches for the entry of a listing, or since when nobody does.
pub(super) fn witnessed(app: &App, shown: &Shown) -> Value {
    let confirmation = app.desk.confirmed(shown.origin.nid);
    let own = app.feeds.feed(shown.origin.nid);
    let same = own.is_some_and(|feed| feed.identity.origin == shown.origin);
    if !same || !confirmation.covers(shown.index) {
        return json!({ "since": confirmation.last.map(|moment| moment.to_string()) });
    }
    let by = confirmation.by.iter();
    let by: Vec<Value> = by
        .map(|(witness, at)| json!({ "witness": witness, "at": at.to_string() }))
        .collect();
    json!({ "by": by, "at": confirmation.at.map(|moment| moment.to_string()) })
}

/// The names of a centre by language tag.
pub(super) fn names(app: &App, nid: Nid) -> Value {
    let feed = app.feeds.feed(nid);
    feed.map_or(json!({}), |feed| json!(feed.who().names))
}

/// The date of a day since 1970-01-01, such as `2026-11-02`.
pub(super) fn date(day: u32) -> Option<String> {
    let day = Date::constant(1970, 1, 1).checked_add(i64::from(day).days());
    day.ok().map(|date| date.to_string())
}

/// When people meet next, as RFC 3339 with the offset of where they meet; `None` if that is not known,
/// or if they do not meet at present.
fn next_meeting(listing: &Listing, now: Timestamp) -> Option<String> {
    if listing.status().is(Status::Closed) || listing.status().is(Status::Paused) {
        return None;
    }
    let schedules = listing.schedules().iter();
    let next = schedules
        .filter_map(|schedule| schedule.next(now))
        .min_by_key(|meeting| meeting.timestamp())?;
    Some(next.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}
