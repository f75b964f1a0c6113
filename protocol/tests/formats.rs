//! Do the foreign lists that exist become sound listings, with every row accounted for?

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clearinghouse_protocol::formats::{
    ImportError, Mapping, Sound, Source, What, compare, meeting_guide, read, sniff,
};
use clearinghouse_protocol::listing::{Lang, Listing, Taxonomy};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

/// A real file, or nothing and a line that says so where the files are not.
fn real(name: &str) -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(name);
    let bytes = std::fs::read(path).ok();
    if bytes.is_none() {
        println!("skipped: {name} is not here");
    }
    bytes
}

fn mapping(name: &str) -> Mapping {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/vectors/import")
        .join(name);
    let text = std::fs::read_to_string(path).expect("our own mapping file");
    Mapping::from_toml(&text).expect("a sound mapping")
}

fn import(bytes: &[u8], name: &str, mapping: Option<&Mapping>) -> Sound {
    let source = Source::named(&format!("test:{name}"));
    let import = read(bytes, name, mapping, &source).expect("a file that can be read");
    assert!(
        import.report.accounts_for(import.drafts.len()),
        "{name}: rows unaccounted for"
    );
    let sound = import.check(Taxonomy::standard());
    assert!(
        sound.report.accounts_for(sound.listings.len()),
        "{name}: rows lost in checking"
    );
    sound
}

/// What a report says, by sort and code, for reading in the output of a test.
fn summary(sound: &Sound) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for note in &sound.report.notes {
        let text = match note.why.code {
            "fault" | "field-unread" => format!(" {} {}", note.field, note.message(Lang::En)),
            _ => String::new(),
        };
        let key = format!("{} {}{text}", note.what.code(), note.why.code);
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}

#[test]
fn real_files_become_sound_listings() {
    let cases = [
        ("meeting-guide/edmonton-ab-2022.json", "", 315),
        ("meeting-guide/orange-county-2023.json", "", 1967),
        ("meeting-guide/philadelphia-v1.json", "", 2098),
        ("meeting-guide/philadelphia-v2.json", "", 2038),
        ("meeting-guide/al-anon-ma-2023.json", "", 360),
        ("meeting-guide/eda-2023.json", "", 185),
        ("meeting-guide/nw-texas-2021.json", "", 613),
        ("canada/calgary-groups.json", "calgary-groups.toml", 283),
        (
            "canada/kingston-services.json",
            "kingston-services.toml",
            196,
        ),
        (
            "canada/toronto-refugee_services_211.csv",
            "toronto-refugee-services.toml",
            234,
        ),
        (
            "canada/toronto-disability_centres.csv",
            "toronto-disability-centres.toml",
            142,
        ),
        (
            "canada/toronto-housing_shelters_211.csv",
            "toronto-shelters.toml",
            24,
        ),
        (
            "canada/toronto-opendata_faith.csv",
            "toronto-faith.toml",
            1407,
        ),
    ];
    for (name, map, rows) in cases {
        let Some(bytes) = real(name) else { continue };
        let mapping = (!map.is_empty()).then(|| mapping(map));
        let sound = import(&bytes, name, mapping.as_ref());
        println!("{name}: {:#?}", summary(&sound));
        assert_eq!(sound.report.rows_read, rows, "{name}");
        assert_eq!(
            sound.listings.len(),
            rows,
            "{name}: some rows are not sound"
        );
    }
}

/// The listings of an import under made-up UUIDs.
fn held_as(sound: Sound) -> Vec<(Uuid, Listing)> {
    let uuid = |index: usize| Uuid::from_u128(0x8000_0000_0000 + index as u128);
    sound
        .listings
        .into_iter()
        .enumerate()
        .map(|(index, one)| (uuid(index), one.listing))
        .collect()
}

fn plan(held: &[(Uuid, Listing)], bytes: &[u8], source: &Source) -> compare::Plan {
    let current: Vec<(Uuid, &Listing)> = held
        .iter()
        .map(|(uuid, listing)| (*uuid, listing))
        .collect();
    let sound = meeting_guide::read(bytes, source)
        .expect("a feed")
        .check(Taxonomy::standard());
    compare::Plan::of(&current, sound, &source.name)
}

#[test]
fn two_snapshots_of_one_feed_differ_by_what_came_and_went() {
    let (Some(v1), Some(v2)) = (
        real("meeting-guide/philadelphia-v1.json"),
        real("meeting-guide/philadelphia-v2.json"),
    ) else {
        return;
    };
    let source = Source::named("meeting-guide:philadelphia");
    let sound = meeting_guide::read(&v1, &source)
        .expect("a feed")
        .check(Taxonomy::standard());
    let held = held_as(sound);
    let plan_v2 = plan(&held, &v2, &source);
    assert_eq!((plan_v2.add.len(), plan_v2.missing.len()), (115, 175));
    assert_eq!(plan_v2.revise.len() + plan_v2.unchanged.len(), 1923);
    assert_eq!(plan_v2.held.len() + plan_v2.doubled.len(), 0);
    println!(
        "{} revised, {} unchanged",
        plan_v2.revise.len(),
        plan_v2.unchanged.len()
    );
    assert_eq!(plan_v2.removals_plausible(None), Ok(()));
    assert_eq!(plan_v2.removals_plausible(Some(175)), Ok(()));
    let other = compare::RemovalsRefused::OtherNumber {
        accepted: 174,
        missing: 175,
    };
    assert_eq!(plan_v2.removals_plausible(Some(174)), Err(other));

    let again = plan(&held, &v1, &source);
    assert_eq!(
        (
            again.unchanged.len(),
            again.revise.len(),
            again.missing.len()
        ),
        (2098, 0, 0)
    );
    // Another source's listings are nobody's business here.
    let stranger = plan(&held, &v2, &Source::named("meeting-guide:elsewhere"));
    assert_eq!((stranger.add.len(), stranger.missing.len()), (2038, 0));
}

#[test]
fn the_spelling_of_the_file_is_no_change() {
    let source = Source {
        time_zone: Some("America/Toronto".into()),
        ..Source::named("test:spelling")
    };
    let plain = json!([{
        "name": "Tuesday Circle", "slug": "7", "day": 2, "time": "19:00", "end_time": "20:30",
        "formatted_address": "12 King St, Kingston, ON K7L 1A1, Canada", "latitude": 44.23, "longitude": -76.48,
        "types": ["O", "X"], "notes": "Side door\nUp the stairs", "url": "https://example.org/7",
    }]);
    let sloppy = json!([{
        "slug": 7, "name": " Tuesday  Circle ", "day": ["2"], "time": "7:00 PM", "end_time": "8:30 p.m.",
        "formatted_address": "12 King St, Kingston, Ontario, K7L1A1, Canada", "latitude": "44.230000", "longitude": "-76.48",
        "types": "O, X", "notes": "Side door  \r\nUp the stairs\r\n\r\n", "url": "https://example.org/7",
        "conference_url": null, "group": "", "edit_url": "https://example.org/admin", "updated": "2026-11-01 10:00:00",
    }]);
    let moved = json!([{
        "name": "Tuesday Circle", "slug": "7", "day": 2, "time": "19:30", "end_time": "20:30",
        "formatted_address": "12 King St, Kingston, ON K7L 1A1, Canada", "latitude": 44.23, "longitude": -76.48,
        "types": ["O", "X"], "notes": "Side door\nUp the stairs", "url": "https://example.org/7",
    }]);
    let read =
        |file: &Value| meeting_guide::read(file.to_string().as_bytes(), &source).expect("a feed");
    let held = held_as(read(&plain).check(Taxonomy::standard()));
    assert_eq!(held.len(), 1);
    let same = plan(&held, sloppy.to_string().as_bytes(), &source);
    assert_eq!(
        (same.unchanged.len(), same.revise.len()),
        (1, 0),
        "{:?}",
        same.revise
    );
    let changed = plan(&held, moved.to_string().as_bytes(), &source);
    assert_eq!((changed.unchanged.len(), changed.revise.len()), (0, 1));
}

#[test]
fn an_empty_or_half_file_removes_nothing() {
    let source = Source {
        time_zone: Some("America/Toronto".into()),
        ..Source::named("test:half")
    };
    let rows: Vec<Value> =
        (0..9).map(|i| json!({"name": format!("G{i}"), "slug": format!("g{i}"), "day": 1, "time": "19:00"})).collect();
    let file = |n: usize| Value::from(rows[..n].to_vec()).to_string();
    let held = held_as(
        meeting_guide::read(file(9).as_bytes(), &source)
            .expect("a feed")
            .check(Taxonomy::standard()),
    );
    for (kept, missing, plausible) in [
        (9, 0, true),
        (6, 3, true),
        (5, 4, false),
        (1, 8, false),
        (0, 9, false),
    ] {
        let plan = plan(&held, file(kept).as_bytes(), &source);
        assert_eq!(plan.missing.len(), missing);
        assert_eq!(
            plan.removals_plausible(None).is_ok(),
            plausible,
            "{kept} kept"
        );
        assert_eq!(
            plan.removals_plausible(Some(missing)).is_ok(),
            kept > 0,
            "{kept} kept, accepted"
        );
    }
    let whole = file(9);
    for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
        let error = meeting_guide::read(&whole.as_bytes()[..cut], &source).expect_err("not whole");
        assert!(
            matches!(error, ImportError::Empty | ImportError::CutShort { .. }),
            "{cut}: {error}"
        );
    }
}

#[test]
fn a_row_that_is_not_sound_now_is_held_and_not_missing() {
    let source = Source::named("test:held");
    let good = json!([{"name": "A", "slug": "a"}, {"name": "B", "slug": "b"}]).to_string();
    let bad = json!([{"name": "A", "slug": "a"}, {"name": "", "slug": "b"}]).to_string();
    let held = held_as(
        meeting_guide::read(good.as_bytes(), &source)
            .expect("a feed")
            .check(Taxonomy::standard()),
    );
    let plan = plan(&held, bad.as_bytes(), &source);
    assert_eq!(
        (plan.unchanged.len(), plan.held.len(), plan.missing.len()),
        (1, 1, 0)
    );
}

#[test]
fn a_second_row_of_one_slug_is_another_time_or_set_aside() {
    let row = |day: u8, name: &str| json!({"name": name, "slug": "s", "day": day, "time": "12:00", "city": "Ottawa", "state": "ON"});
    for (second, what, listings, schedules) in [
        (row(2, "A"), What::Changed, 1, 2),
        (row(1, "A"), What::SetAside, 1, 1),
        (row(2, "B"), What::SetAside, 1, 1),
    ] {
        let file = json!([row(1, "A"), second]).to_string();
        let import =
            meeting_guide::read(file.as_bytes(), &Source::named("test:twice")).expect("a feed");
        assert_eq!(import.drafts.len(), listings);
        assert_eq!(
            import.drafts[0].draft["schedules"].as_array().map(Vec::len),
            Some(schedules)
        );
        assert!(
            import
                .report
                .notes
                .iter()
                .any(|note| note.row == 2 && note.what == what),
            "{file}"
        );
        assert!(import.report.accounts_for(listings));
    }
}

#[test]
fn contacts_of_persons_need_consent() {
    let file = json!([{"name": "A", "slug": "a", "contact_1_name": "Zoltan", "contact_1_phone": "+1 613 555 0123"}]);
    let bytes = file.to_string();
    let silent = Source::named("test:contacts");
    let import = meeting_guide::read(bytes.as_bytes(), &silent).expect("a feed");
    assert!(!format!("{:?}", import.drafts).contains("Zoltan"));
    let told: Vec<&str> = import
        .report
        .notes
        .iter()
        .filter(|n| n.why.code == "contact-left-out")
        .map(|n| n.field.as_str())
        .collect();
    assert_eq!(told, ["contact_1_name", "contact_1_phone"]);
    let agreed = Source {
        contacts_consented: true,
        ..silent
    };
    let sound = meeting_guide::read(bytes.as_bytes(), &agreed)
        .expect("a feed")
        .check(Taxonomy::standard());
    assert_eq!(
        sound.listings[0].listing.to_value()["contacts"][0]["name"],
        "Zoltan"
    );
}

#[test]
fn every_note_speaks_both_languages() {
    for name in ["en", "fr"] {
        let path =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("locales/{name}/imports.ftl"));
        let text = std::fs::read_to_string(path).expect("a translation");
        let keys: BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, _)| key)
            .collect();
        assert!(keys.len() > 60, "{name}");
    }
    let file = json!([17, {"slug": "x"}, {"name": "A", "slug": "a", "types": ["QQ"], "day": 9, "time": "noonish"}]).to_string();
    let import =
        meeting_guide::read(file.as_bytes(), &Source::named("test:words")).expect("a feed");
    for note in &import.report.notes {
        for lang in [Lang::En, Lang::Fr] {
            assert_ne!(note.message(lang), note.why.code, "{note:?}");
        }
        assert_ne!(note.message(Lang::En), note.message(Lang::Fr));
    }
}

#[test]
fn a_mapping_that_is_wrong_says_where() {
    for (text, expected) in [
        ("", "mapping: fields is missing"),
        (
            "feilds = 1",
            "mapping: unknown key \"feilds\", did you mean \"fields\"?",
        ),
        (
            "[fields]\nnmae.en = \"x\"",
            "fields: unknown key \"nmae\", did you mean \"name\"?",
        ),
        (
            "[fields]\nname.en = { form = \"x\", as = \"line\" }",
            "name.en: unknown key \"form\", did you mean \"from\"?",
        ),
        (
            "[fields]\nname.en = { from = \"x\", as = \"lien\" }",
            "name.en: expected as = one of line",
        ),
        (
            "[fields]\nname.en = { from = \"x\", value = 1 }",
            "name.en: expected exactly one of",
        ),
        (
            "[fields]\nname.en = { template = \"{x\" }",
            "name.en: expected a closing brace",
        ),
        ("[fields]\nname.en = 3", "name.en: expected a table"),
        ("x = = 1", "the mapping is not TOML"),
    ] {
        let error = Mapping::from_toml(text).expect_err(text).to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn a_file_is_known_by_what_is_in_it() {
    use clearinghouse_protocol::formats::Format;
    let map = Mapping::from_toml("[fields]\nname.en = \"n\"").expect("a mapping");
    for (text, name, mapping, expected) in [
        (
            r#"[{"name":"a","slug":"b","day":1,"time":"1:00 PM"}]"#,
            "x.json",
            None,
            Ok(Format::MeetingGuide),
        ),
        (
            "Name,Day,Time,Types\nA,Monday,7 PM,Open\n",
            "x.csv",
            None,
            Ok(Format::MeetingGuide),
        ),
        (
            r#"{"items":[{"kind":"group","name":{"en":"A"}}]}"#,
            "x.json",
            None,
            Ok(Format::Listings),
        ),
        ("n,m\n1,2\n", "x.csv", Some(&map), Ok(Format::Csv)),
        (r#"[{"n":1}]"#, "x.json", Some(&map), Ok(Format::Objects)),
        ("n,m\n1,2\n", "x.csv", None, Err(ImportError::Unknown)),
        ("", "x.csv", None, Err(ImportError::Empty)),
    ] {
        assert_eq!(sniff(text.as_bytes(), name, mapping), expected, "{text}");
    }
}

#[test]
fn a_spreadsheet_of_meetings_is_read_by_its_column_names() {
    let text = "Name,Slug,Day,Time,End Time,Address,City,State,Postal Code,Types,Timezone\n\
        Cercle du mardi,c1,mardi,19 h,20 h 30,12 rue King,Ottawa,ON,K1A 0B1,\"Open, French\",America/Toronto\n";
    let import =
        meeting_guide::read(text.as_bytes(), &Source::named("test:sheet")).expect("a sheet");
    let draft = &import.drafts[0].draft;
    assert_eq!(draft["schedules"][0]["rule"], "FREQ=WEEKLY;BYDAY=TU");
    assert_eq!(draft["schedules"][0]["duration_min"], 90);
    assert_eq!(draft["languages"], json!(["fr"]));
    assert_eq!(draft["places"][0]["street"], "12 rue King");
    assert_eq!(draft["openness"], "open");
}

/// JSON of any shape, with the names that our readers look for.
fn any_json() -> impl Strategy<Value = Value> {
    let names = [
        "name",
        "slug",
        "day",
        "time",
        "end_time",
        "types",
        "address",
        "formatted_address",
        "latitude",
        "longitude",
        "conference_phone",
        "conference_url",
        "notes",
        "regions",
        "timezone",
        "kind",
        "identifiers",
        "paypal",
        "schedules",
        "places",
        "location",
        "approximate",
        "coordinates",
        "hours",
        "websites",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,30}".prop_map(Value::from),
        "[0-9APMapm:. ,\\[\\]()#é-]{0,24}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 12, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(names.to_vec()), inner), 0..12).prop_map(
                |pairs| Value::Object(
                    pairs
                        .into_iter()
                        .map(|(name, value)| (name.to_string(), value))
                        .collect()
                )
            ),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nonsense_never_panics_and_every_row_is_accounted_for(rows in prop::collection::vec(any_json(), 0..8)) {
        let file = Value::from(rows).to_string();
        let source = Source::named("test:nonsense");
        let calgary = mapping("calgary-groups.toml");
        let kingston = mapping("kingston-services.toml");
        for mapping in [None, Some(&calgary), Some(&kingston)] {
            let Ok(import) = read(file.as_bytes(), "x.json", mapping, &source) else { continue };
            prop_assert!(import.report.accounts_for(import.drafts.len()));
            let sound = import.check(Taxonomy::standard());
            prop_assert!(sound.report.accounts_for(sound.listings.len()));
        }
        if let Ok(import) = meeting_guide::read(file.as_bytes(), &source) {
            let sound = import.check(Taxonomy::standard());
            prop_assert!(sound.report.accounts_for(sound.listings.len()));
        }
    }

    #[test]
    fn bytes_of_any_kind_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400), name in "(x.json|x.csv|x)") {
        let source = Source::named("test:bytes");
        let map = mapping("toronto-faith.toml");
        let _ = read(&bytes, &name, None, &source);
        let _ = read(&bytes, &name, Some(&map), &source);
        let _ = meeting_guide::read(&bytes, &source);
        let _ = Mapping::from_toml(&String::from_utf8_lossy(&bytes));
    }
}
