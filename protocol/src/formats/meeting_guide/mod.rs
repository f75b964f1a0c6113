//! What a Meeting Guide file says, as drafts of listings.
//!
//! Meeting Guide is the feed of Alcoholics Anonymous and some thirty other fellowships
//! (code4recovery/spec). Real files are looser than its specification; what we take and what we
//! change is told in `docs/imports.md`.

use std::collections::HashMap;

use serde_json::{Map, Value};

mod codes;
mod place;
mod row;
mod time;

pub(crate) use place::plausible;

use super::clean;
use super::fellowship;
use super::import::{Import, ImportResult, ImportedDraft};
use super::report::{Report, Tally, What, Why};
use super::rows::{self, Rows};
use super::source::Source;
use row::{Around, Row};

/// Fields that are read, or left aside because they only serve the site they come from.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "name", "slug", "day", "time", "end_time", "duration", "timezone", "formatted_address", "address", "city",
    "state", "postal_code", "country", "latitude", "longitude", "coordinates", "approximate", "region",
    "sub_region", "regions", "conference_url", "conference_url_notes", "conference_phone",
    "conference_phone_notes", "types", "notes", "location", "location_notes", "group", "group_notes",
    "url", "website", "website_2", "paypal", "venmo", "square", "entity", "attendance_option",
    "id", "updated", "edit_url", "feedback_emails", "feedback_url", "author", "time_formatted",
    "location_id", "location_url", "region_id", "group_id", "district", "district_id", "last_contact",
    "entity_email", "entity_location", "entity_logo", "entity_phone", "entity_website_url", "entity_url",
    "homegroup_online", "data_source", "data_source_name", "search", "location_slug",
];

/// Fields that belong to persons.
#[rustfmt::skip]
const PERSONAL: &[&str] = &[
    "contact_1_name", "contact_1_email", "contact_1_phone", "contact_2_name", "contact_2_email",
    "contact_2_phone", "contact_3_name", "contact_3_email", "contact_3_phone", "email", "phone",
    "mailing_address",
];

/// Other names of fields, as spreadsheets spell them.
const ALIASES: &[(&str, &str)] = &[
    ("full_address", "formatted_address"),
    ("sub-region", "sub_region"),
    ("type", "types"),
    ("start_time", "time"),
    ("time_zone", "timezone"),
    ("lat", "latitude"),
    ("lng", "longitude"),
    ("zip", "postal_code"),
    ("province", "state"),
];

/// Reads a Meeting Guide file: a JSON list, or a CSV file with its column names.
///
/// # Errors
/// If the file as a whole cannot be read; of a file that can, every row is a draft or is named in
/// the report.
pub fn read(bytes: &[u8], source: &Source) -> ImportResult {
    let json = bytes
        .iter()
        .find(|b| !b.is_ascii_whitespace() && **b > 0x20 && **b < 0x80);
    let rows = match json {
        Some(b'[' | b'{') => rows::json(bytes, None)?,
        _ => rows::csv(bytes, None)?,
    };
    Ok(read_rows(&rows, source))
}

pub(crate) fn read_rows(rows: &Rows, source: &Source) -> Import {
    let mut report = rows.report();
    let named: Vec<Option<Map<String, Value>>> = rows.rows.iter().map(with_field_names).collect();
    let concerns = concerns(&named, source, &mut report);
    let around = Around {
        source,
        concerns: &concerns,
    };
    let mut assumed = Vec::new();
    let mut drafts: Vec<ImportedDraft> = Vec::with_capacity(named.len());
    let mut first: HashMap<String, usize> = HashMap::new();
    for (index, cells) in named.iter().enumerate() {
        let number = index + 1;
        let Some(cells) = cells else {
            report.note(number, "", "", What::Refused, Why::new("no-object"));
            continue;
        };
        let mut row = Row::new(number, cells, &mut report, &mut assumed);
        let draft = row::read(&mut row, &around);
        let id = row.id;
        match draft {
            Err(why) => report.note(number, &id, "", What::Refused, why),
            Ok(draft) => match first.get(&id) {
                Some(&at) => again(&mut drafts[at], draft, number, &mut report),
                None => {
                    first.insert(id.clone(), drafts.len());
                    drafts.push(ImportedDraft {
                        id,
                        row: number,
                        draft,
                    });
                }
            },
        }
    }
    tell_assumed(&assumed, &mut report);
    tell_unread(&named, source, &mut report);
    Import { drafts, report }
}

/// A second row of one identifier: another day of the same meeting, or a row to set aside.
fn again(earlier: &mut ImportedDraft, later: Value, number: usize, report: &mut Report) {
    let id = earlier.id.clone();
    let schedules = |draft: &Value| {
        draft
            .get("schedules")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let (known, more) = (schedules(&earlier.draft), schedules(&later));
    let new: Vec<Value> = more
        .into_iter()
        .filter(|schedule| !known.contains(schedule))
        .collect();
    let same = ["name", "places", "ways", "links"]
        .iter()
        .all(|field| earlier.draft.get(field) == later.get(field));
    let row = earlier.row.to_string();
    if !same || new.is_empty() {
        report.note(
            number,
            &id,
            "slug",
            What::SetAside,
            Why::new("slug-again").with("row", row),
        );
        return;
    }
    if let Some(list) = earlier
        .draft
        .get_mut("schedules")
        .and_then(Value::as_array_mut)
    {
        list.extend(new);
    }
    report.rows_merged += 1;
    report.note(
        number,
        &id,
        "day",
        What::Changed,
        Why::new("merged").with("row", row),
    );
}

/// Field names in one spelling: `End Time` and `end_time` are one.
fn with_field_names(row: &Value) -> Option<Map<String, Value>> {
    let Value::Object(cells) = row else {
        return None;
    };
    let mut named = Map::new();
    for (name, value) in cells {
        let plain = name.trim().to_lowercase().replace([' ', '-'], "_");
        let plain = ALIASES
            .iter()
            .find(|(alias, _)| *alias == plain)
            .map_or(plain.as_str(), |(_, name)| *name);
        // A column of the right name stands before one of an alias.
        if !named.contains_key(plain) || name == plain {
            named.insert(plain.to_string(), value.clone());
        }
    }
    Some(named)
}

/// Rows whose hints about the fellowship are looked at.
const HINT_ROWS: usize = 50;

fn concerns(
    rows: &[Option<Map<String, Value>>],
    source: &Source,
    report: &mut Report,
) -> Vec<String> {
    if !source.concerns.is_empty() {
        return source.concerns.clone();
    }
    let mut hints = vec![source.name.clone()];
    for cells in rows.iter().flatten().take(HINT_ROWS) {
        let entity = clean::field_line(cells, "entity");
        let host = clean::field_line(cells, "url").and_then(|url| url::Url::parse(&url).ok());
        hints.extend(
            entity
                .into_iter()
                .chain(host.and_then(|url| url.host_str().map(str::to_string))),
        );
    }
    let hints: Vec<&str> = hints.iter().map(String::as_str).collect();
    let concern = fellowship::concern(&hints).unwrap_or(fellowship::UNSAID);
    report.about_file(
        "concerns",
        Why::new("concern-assumed").with("concern", concern),
    );
    vec![concern.to_string()]
}

fn tell_assumed(assumed: &[(&'static str, &'static str)], report: &mut Report) {
    let mut told: Vec<(&str, &'static str)> = assumed.to_vec();
    told.sort_unstable();
    told.dedup();
    for (field, code) in told {
        let rows = assumed.iter().filter(|one| **one == (field, code)).count();
        report.about_file(field, Why::new(code).with("rows", rows.to_string()));
    }
}

fn tell_unread(rows: &[Option<Map<String, Value>>], source: &Source, report: &mut Report) {
    let mut unread = Tally::default();
    for (field, value) in rows.iter().flatten().flatten() {
        if !clean::blank(value) && !KNOWN.contains(&field.as_str()) {
            unread.count(field);
        }
    }
    for (field, rows) in unread.iter() {
        let personal = PERSONAL.contains(&field);
        if personal && source.contacts_consented {
            continue;
        }
        let code = if personal {
            "contact-left-out"
        } else {
            "field-unread"
        };
        report.about_file(field, Why::new(code).with("rows", rows.to_string()));
    }
}
