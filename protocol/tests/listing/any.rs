//! Is anything at all answered, and is what we take written in one form?

use std::collections::BTreeSet;

use clearinghouse_protocol::listing::{Checked, Draft, Lang, Listing, Taxonomy};
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use serde_json::{Map, Value};

use super::{check, example};

/// Words that mean something somewhere in a listing, and texts that are awkward anywhere.
fn words() -> impl Strategy<Value = String> {
    let awkward = [
        "",
        " ",
        "\u{0}",
        "\u{202e}",
        "\n",
        "é",
        "e\u{301}",
        "en",
        "fr-CA",
        "EN",
        "CA",
        "CA-ON",
        "K7R 1A1",
        "-1",
        "2026-02-30",
        "2026-03-08T02:30",
        "9999-12-31T23:59",
        "1000-01-01T00:00",
        "America/Toronto",
        "Etc/GMT+12",
        "FREQ=WEEKLY;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=-5SU;COUNT=1000",
        "FREQ=MONTHLY;BYMONTHDAY=-31;INTERVAL=99",
        "FREQ=WEEKLY;UNTIL=99991231T235959Z",
        "FREQ=;;=",
        "+",
        "+1",
        "tel:+1-416-555-0123;ext=5",
        "1-800-FLOWERS",
        "https://example.org",
        "https://[::",
        "x@example.org",
        "@",
        "5.00",
        "02-29",
        "12-31",
        "exact",
        "withheld",
        "approximate",
        "group",
        "active",
        "free",
        "online",
        "bereavement.child",
        ".",
        "private",
    ];
    prop_oneof![3 => select(awkward.map(str::to_owned).to_vec()), 1 => ".{0,40}"]
}

/// Names of fields, ours and others.
fn names() -> impl Strategy<Value = String> {
    let mut ours = BTreeSet::from(["private".to_owned(), "notes".to_owned(), "en".to_owned()]);
    collect_names(&example(), &mut ours);
    prop_oneof![5 => select(ours.into_iter().collect::<Vec<_>>()), 1 => words()]
}

fn collect_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            names.insert(name.clone());
            collect_names(value, names);
        }),
        Value::Array(list) => list
            .iter()
            .for_each(|element| collect_names(element, names)),
        _ => {}
    }
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => prop_oneof![any::<i64>(), -2..200i64].prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        4 => words().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 60, 8, |inside| {
        prop_oneof![
            proptest::collection::vec(inside.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((names(), inside), 0..12)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The example with some of its values, at any depth, replaced by anything.
fn spoilt() -> impl Strategy<Value = Value> {
    let mut pointers = Vec::new();
    collect_pointers(&example(), String::new(), &mut pointers);
    let changes = proptest::collection::vec((select(pointers), anything()), 1..5);
    changes.prop_map(|changes| {
        let mut value = example();
        for (pointer, anything) in changes {
            if let Some(place) = value.pointer_mut(&pointer) {
                *place = anything;
            }
        }
        value
    })
}

fn collect_pointers(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(i, value)| (i.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (step, value) in inside {
        collect_pointers(value, format!("{pointer}/{step}"), pointers);
    }
    if !pointer.is_empty() {
        pointers.push(pointer);
    }
}

/// Whatever it is, we answer; numbers are kept to the last bit; and what we take we write in one form, which reads as the same.
fn answer(value: &Value) -> Result<(), TestCaseError> {
    let taxonomy = Taxonomy::standard();
    if let Ok(listing) = Listing::from_value(value, taxonomy) {
        prop_assert_eq!(listing.to_value().to_string(), value.to_string());
    }
    let listing = match Draft::from_value(value.clone()).and_then(|draft| draft.check(taxonomy)) {
        Ok(Checked { listing, .. }) => listing,
        Err(faults) => {
            for fault in &faults {
                prop_assert!(
                    Lang::ALL
                        .iter()
                        .all(|lang| !fault.message(*lang).is_empty())
                );
            }
            return Ok(());
        }
    };
    let refused = |faults| TestCaseError::fail(format!("{faults}"));
    let written = listing.to_value();
    prop_assert!(written.get("private").is_none());
    let again = check(&written).map_err(refused)?.listing;
    prop_assert_eq!(again.to_value().to_string(), written.to_string());
    let read = Listing::from_value(&written, taxonomy).map_err(refused)?;
    prop_assert_eq!(&read, &listing);
    let now = "2026-11-21T00:00:00Z".parse().expect("a time");
    for schedule in listing.schedules() {
        prop_assert!(schedule.next(now).is_none_or(|next| next.timestamp() > now));
        prop_assert!(
            schedule
                .place()
                .is_none_or(|place| place < listing.places().len())
        );
    }
    for contact in listing.contacts() {
        prop_assert_eq!(contact.telephone().is_some(), contact.dialable().is_some());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 250, rng_seed: RngSeed::Fixed(20_260_902), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn any_json_is_answered(value in anything()) {
        answer(&value)?;
    }

    #[test]
    fn any_listing_that_is_spoilt_is_answered(value in spoilt()) {
        answer(&value)?;
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Draft::from_json(&bytes);
    }
}
