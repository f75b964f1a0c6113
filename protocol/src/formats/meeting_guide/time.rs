//! When a meeting of Meeting Guide takes place.

use serde_json::{Map, Value, json};

use super::place::Where;
use super::row::{Row, text};
use crate::formats::clean::scalar;
use crate::formats::regions;
use crate::formats::report::{Why, phrase};
use crate::formats::source::Source;
use crate::formats::when;

/// Minutes that a meeting lasts whose end is not stated, as Meeting Guide assumes.
const USUAL_MINUTES: u16 = 60;

/// Minutes beyond which an end before the start is a slip of the pen and not a night.
const MAX_MINUTES: u16 = 12 * 60;

/// Letters of a remark about a schedule at most.
const MAX_NOTE_CHARS: usize = 500;

/// The schedules of one row: one for all its days, or one by arrangement.
pub(super) fn read(row: &mut Row<'_>, at: &Where, source: &Source) -> Vec<Value> {
    let days = row.raw("day").map(when::days).unwrap_or(Ok(Vec::new()));
    let written_time = row.line("time").filter(|time| !is_by_arrangement(time));
    let start = written_time.as_deref().and_then(when::minutes);
    let days = match days {
        Ok(days) => days,
        Err(bad) => {
            row.changed("day", Why::new("day").with("value", bad));
            Vec::new()
        }
    };
    if let (Some(written), None) = (&written_time, start) {
        row.changed("time", Why::new("time").with("value", written.clone()));
    }
    let (Some(start), false) = (start, days.is_empty()) else {
        if written_time.is_some() != days.is_empty() && written_time.is_none() {
            row.changed("time", Why::new("time-missing"));
        } else if start.is_some() {
            row.changed("day", Why::new("day-missing"));
        }
        return vec![by_arrangement(note(row, at, source, None), source)];
    };
    let Some(zone) = zone(row, at, source) else {
        row.changed("timezone", Why::new("zone-unknown"));
        let hour = days_and_hour(&days, start, &source.language);
        return vec![by_arrangement(note(row, at, source, Some(hour)), source)];
    };
    let mut schedule = Map::new();
    schedule.insert("start".into(), json!(when::first_start(days[0], start)));
    schedule.insert("duration_min".into(), json!(duration(row, start)));
    schedule.insert("time_zone".into(), json!(zone));
    schedule.insert("rule".into(), json!(when::weekly_rule(&days)));
    if let [only] = at.ways.as_slice() {
        schedule.insert("way".into(), json!(only));
    }
    if at.place.is_some() && at.ways.contains(&"in-person") {
        schedule.insert("place".into(), json!(0));
    }
    if let Some(note) = note(row, at, source, None) {
        schedule.insert("note".into(), text(&source.language, &note));
    }
    vec![Value::Object(schedule)]
}

fn is_by_arrangement(time: &str) -> bool {
    matches!(
        time.to_lowercase().as_str(),
        "appointment" | "by appointment" | "sur rendez-vous" | "tba" | "tbd"
    )
}

fn by_arrangement(note: Option<String>, source: &Source) -> Value {
    let mut schedule = Map::new();
    schedule.insert("by_arrangement".into(), json!(true));
    if let Some(note) = note {
        schedule.insert("note".into(), text(&source.language, &note));
    }
    Value::Object(schedule)
}

fn days_and_hour(days: &[u8], start: u16, tag: &str) -> String {
    let names: Vec<String> = days
        .iter()
        .filter_map(|day| phrase(tag, &format!("day-{day}")))
        .collect();
    format!("{} {}", names.join(", "), when::clock(start))
}

fn duration(row: &mut Row<'_>, start: u16) -> u16 {
    if let Some(minutes) = row
        .line("duration")
        .and_then(|text| text.parse::<u16>().ok())
        && (1..=MAX_MINUTES).contains(&minutes)
    {
        return minutes;
    }
    let Some(written) = row.line("end_time") else {
        return USUAL_MINUTES;
    };
    let minutes = when::minutes(&written).map(|end| when::between(start, end));
    match minutes {
        Some(minutes) if (1..=MAX_MINUTES).contains(&minutes) => minutes,
        _ => {
            row.changed("end_time", Why::new("end").with("value", written));
            USUAL_MINUTES
        }
    }
}

/// The row's own zone, else the source's, else the one that is kept at the address.
fn zone(row: &mut Row<'_>, at: &Where, source: &Source) -> Option<String> {
    if let Some(written) = row.line("timezone") {
        if jiff::tz::TimeZone::get(&written).is_ok() {
            return Some(written);
        }
        row.changed("timezone", Why::new("zone-invalid").with("value", written));
    }
    if let Some(zone) = &source.time_zone {
        return Some(zone.clone());
    }
    let region = at.address.region.as_deref().and_then(regions::by_code);
    let zone = match region {
        Some(region) => Some(region.zone(at.longitude)),
        None => at
            .address
            .country
            .as_deref()
            .and_then(regions::country_zone),
    };
    if zone.is_some() {
        row.assumed("timezone", "zone-from-address");
    }
    zone.map(str::to_string)
}

/// What one has to know to get in, and whatever could not be said in another field.
fn note(row: &mut Row<'_>, at: &Where, source: &Source, more: Option<String>) -> Option<String> {
    let dial = at.dial_in.as_ref().map(|number| {
        let label = phrase(&source.language, "dial-in").unwrap_or_default();
        format!("{label} {number}")
    });
    let notes = ["conference_url_notes", "conference_phone_notes"].map(|field| row.lines(field));
    let [url_notes, phone_notes] = notes;
    let said: Vec<String> = [more, url_notes, dial, phone_notes]
        .into_iter()
        .flatten()
        .collect();
    if said.is_empty() {
        return None;
    }
    let note = said.join("\n");
    Some(row.fit("conference_url_notes", &note, MAX_NOTE_CHARS))
}

/// The days of a row as the file wrote them, for comparing two rows of one identifier.
pub(super) fn days_of(row: &Row<'_>) -> Option<String> {
    row.raw("day").and_then(|value| match value {
        Value::Array(_) => Some(value.to_string()),
        other => scalar(other),
    })
}
