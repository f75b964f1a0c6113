//! In which order and spelling is a listing written?

use serde_json::{Map, Value};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{
    at::is_empty,
    contact::CONTACT_FIELDS,
    day::SEASON_FIELDS,
    likeness::distinct,
    particulars::{
        AFFILIATION_FIELDS, CONFIRMATION_FIELDS, COST_FIELDS, IDENTIFIER_FIELDS, LINK_FIELDS,
    },
    place::{AREA_FIELDS, PLACE_FIELDS},
    schedule::SCHEDULE_FIELDS,
};

/// The fields of a draft in the order in which they are written; the last one stays at home.
pub(super) const DRAFT_FIELDS: &[&str] = &[
    "kind",
    "name",
    "neutral_title",
    "alternate_names",
    "summary",
    "description",
    "concerns",
    "for_whom",
    "min_age",
    "max_age",
    "leadership",
    "openness",
    "ways",
    "languages",
    "schedules",
    "places",
    "area",
    "contacts",
    "links",
    "cost",
    "join",
    "accessibility",
    "accessibility_note",
    "parent",
    "network",
    "founded",
    "status",
    "confirmed",
    "licence",
    "identifiers",
    "sensitive",
    PRIVATE,
];

/// The fields of a listing in the order in which they are written.
pub(super) const LISTING_FIELDS: &[&str] = DRAFT_FIELDS.split_at(DRAFT_FIELDS.len() - 1).0;

/// The fields whose lists are sets: a value that is repeated says nothing.
const SETS: &[&str] = &[
    "alternate_names",
    "concerns",
    "for_whom",
    "ways",
    "languages",
    "accessibility",
];

/// The field of a draft that stays at home.
pub(super) const PRIVATE: &str = "private";

/// The fields of what stays at home, in the order in which they are written.
pub(super) const PRIVATE_FIELDS: &[&str] = &["notes", "contacts", "places"];

/// The known fields of the object or objects that stand under this name.
fn fields_under(name: &str) -> &'static [&'static str] {
    match name {
        "schedules" => SCHEDULE_FIELDS,
        "season" => SEASON_FIELDS,
        "places" => PLACE_FIELDS,
        "area" => AREA_FIELDS,
        "contacts" => CONTACT_FIELDS,
        "links" => LINK_FIELDS,
        "cost" => COST_FIELDS,
        "parent" | "network" => AFFILIATION_FIELDS,
        "confirmed" => CONFIRMATION_FIELDS,
        "identifiers" => IDENTIFIER_FIELDS,
        _ => &[],
    }
}

/// These fields, the known ones in their order and without empty ones, then the unknown ones
/// untouched in theirs.
pub(super) fn ordered(fields: &Map<String, Value>, known: &[&str]) -> Map<String, Value> {
    let mut ordered = Map::new();
    for name in known {
        let Some(value) = fields.get(*name) else {
            continue;
        };
        let value = inside(name, value);
        if !is_empty(&value) {
            ordered.insert((*name).to_owned(), value);
        }
    }
    for (name, value) in fields
        .iter()
        .filter(|(name, _)| !known.contains(&name.as_str()))
    {
        ordered.insert(name.clone(), value.clone());
    }
    ordered
}

/// The value of a known field in its canonical form.
fn inside(name: &str, value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = ordered(fields, fields_under(name));
            Value::Object(
                fields
                    .into_iter()
                    .filter(|(_, value)| !is_empty(value))
                    .collect(),
            )
        }
        Value::Array(list) => {
            let list = list.iter().map(|element| inside(name, element)).collect();
            Value::Array(if SETS.contains(&name) {
                distinct(list)
            } else {
                list
            })
        }
        other => other.clone(),
    }
}

/// Puts every text into one spelling: Unicode form C, `\n` between lines, no white space at
/// either end. Nobody sees the difference, so nobody is asked to mend it.
pub(super) fn tidy(value: &mut Value) {
    match value {
        Value::String(text) => tidy_text(text),
        Value::Array(list) => list.iter_mut().for_each(tidy),
        Value::Object(fields) => fields.values_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn tidy_text(text: &mut String) {
    if text.contains('\r') {
        *text = text.replace("\r\n", "\n").replace('\r', "\n");
    }
    if !is_nfc(text) {
        *text = text.nfc().collect();
    }
    let trimmed = text.trim();
    if trimmed.len() != text.len() {
        *text = trimmed.to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::word::{
        Accessibility, ConfirmedBy, CostKind, ForWhom, Kind, Leadership, LinkKind, Openness,
        Precision, Scope, Status, Way, Word,
    };

    const DOCUMENT: &str = include_str!("../../../docs/listings.md");

    /// The names in the first column of the table under a heading, in order.
    fn fields_in_document(heading: &str) -> Vec<&'static str> {
        let (_, section) = DOCUMENT
            .split_once(heading)
            .expect("the document has this heading");
        let section = section.split("\n#").next().expect("a part");
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
        rows.flat_map(|row| row.split(" | ").next().unwrap_or(row).split("`, `"))
            .map(|name| name.trim_end_matches('`'))
            .collect()
    }

    #[test]
    fn the_document_has_every_field_in_its_order() {
        for (heading, fields) in [
            ("### The listing\n", LISTING_FIELDS),
            ("### A schedule\n", SCHEDULE_FIELDS),
            ("### A place\n", PLACE_FIELDS),
            ("### An area\n", AREA_FIELDS),
            ("### A contact\n", CONTACT_FIELDS),
            ("### A link\n", LINK_FIELDS),
            ("### A cost\n", COST_FIELDS),
            ("### An affiliation\n", AFFILIATION_FIELDS),
            ("### A confirmation\n", CONFIRMATION_FIELDS),
            ("### An identifier\n", IDENTIFIER_FIELDS),
            ("## What stays at home\n", PRIVATE_FIELDS),
        ] {
            assert_eq!(fields_in_document(heading), fields, "{heading}");
        }
    }

    /// The words of a vocabulary stand in the document one after another, and no other after them.
    fn check<W: Word>() {
        let words: Vec<String> = W::WORDS
            .iter()
            .map(|(spelling, _)| format!("`{spelling}`"))
            .collect();
        let list = words.join(", ");
        assert!(DOCUMENT.contains(&list), "{list}");
        assert!(!DOCUMENT.contains(&(list.clone() + ", `")), "{list}");
    }

    #[test]
    fn the_document_has_every_word() {
        check::<Kind>();
        check::<ForWhom>();
        check::<Leadership>();
        check::<Openness>();
        check::<Way>();
        check::<Precision>();
        check::<Scope>();
        check::<LinkKind>();
        check::<CostKind>();
        check::<Accessibility>();
        check::<Status>();
        check::<ConfirmedBy>();
    }
}
