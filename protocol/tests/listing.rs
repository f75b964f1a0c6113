//! What must hold for every listing, seen from outside?

use std::collections::BTreeSet;

use clearinghouse_protocol::listing::{
    Checked, Draft, Fault, FaultCode, Faults, Kind, Lang, Listing, Taxonomy, fold,
};
use serde_json::{Value, json};

#[path = "listing/any.rs"]
mod any;

const DOCUMENT: &str = include_str!("../../docs/listings.md");
const FAULTS: &str = include_str!("../../tests/vectors/listing/faults.json");
const CANONICAL: &str = include_str!("../../tests/vectors/listing/canonical.json");
const LATER: &str = include_str!("../../tests/vectors/listing/later.json");

/// The example of the document, which is also the ground of the vectors.
fn example() -> Value {
    let (_, after) = DOCUMENT
        .split_once("```json\n")
        .expect("the document has an example");
    let (text, _) = after.split_once("```").expect("the example ends");
    serde_json::from_str(text).expect("the example is JSON")
}

fn vectors(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("a list of vectors")
}

fn check(draft: &Value) -> Result<Checked, Faults> {
    Draft::from_json(draft.to_string().as_bytes())?.check(Taxonomy::standard())
}

fn told(faults: &Faults) -> Value {
    faults
        .iter()
        .map(|fault| json!([fault.field(), fault.code().as_str()]))
        .collect()
}

/// A vector's draft: written out, or the example with some values set; `null` takes one out.
fn draft_of(vector: &Value) -> Value {
    if let Some(draft) = vector.get("draft") {
        return draft.clone();
    }
    let mut draft = example();
    for (pointer, value) in vector["set"].as_object().expect("a draft or values to set") {
        let (above, name) = pointer.rsplit_once('/').expect("a pointer");
        let object = draft
            .pointer_mut(above)
            .and_then(Value::as_object_mut)
            .expect("an object");
        if value.is_null() {
            object.shift_remove(name);
        } else {
            object.insert(name.to_owned(), value.clone());
        }
    }
    draft
}

#[test]
fn the_example_of_the_document_is_sound_and_canonical() {
    let example = example();
    let checked = check(&example).expect("the example is sound");
    assert_eq!(checked.listing.to_value().to_string(), example.to_string());
    assert!(checked.listing.kind().is(Kind::Group));
    assert_eq!(checked.listing.title("fr-CA"), ("fr", "La grande table"));
    assert_eq!(
        checked.listing.public_title("en"),
        Some(("en", "Tuesday evenings"))
    );
    assert_eq!(
        checked.listing.contacts()[0].dialable().as_deref(),
        Some("+16135550123")
    );
    assert_eq!(checked.private, None);
}

#[test]
fn every_vector_has_exactly_its_faults() {
    for vector in vectors(FAULTS) {
        let why = &vector["why"];
        let faults = check(&draft_of(&vector)).expect_err(&format!("{why} must be refused"));
        assert_eq!(told(&faults), vector["faults"], "{why}");
        for fault in &faults {
            let (en, fr) = (fault.message(Lang::En), fault.message(Lang::Fr));
            assert!(
                en.len() > 20 && fr.len() > 20 && en != fr,
                "{why}: {en} / {fr}"
            );
        }
    }
}

#[test]
fn every_fault_has_a_vector() {
    // No vector commits these: they are about bytes, as `bytes_that_are_no_draft_are_refused` has
    // them, or about listings that are already published.
    let elsewhere = [
        "not-json",
        "repeated-field",
        "too-large",
        "too-deep",
        "private-matter",
    ];
    let covered: BTreeSet<String> = vectors(FAULTS)
        .iter()
        .flat_map(|vector| vector["faults"].as_array().expect("faults").clone())
        .map(|fault| fault[1].as_str().expect("a code").to_owned())
        .chain(elsewhere.map(str::to_owned))
        .collect();
    let all: BTreeSet<String> = FaultCode::all()
        .map(|code| code.as_str().to_owned())
        .collect();
    assert_eq!(
        all.difference(&covered).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}

#[test]
fn a_draft_is_written_in_its_one_form() {
    for vector in vectors(CANONICAL) {
        let why = &vector["why"];
        let checked = check(&vector["draft"]).unwrap_or_else(|faults| panic!("{why}: {faults}"));
        assert_eq!(
            checked.listing.to_value().to_string(),
            vector["listing"].to_string(),
            "{why}"
        );
        let private = checked.private.map(|private| private.to_value());
        assert_eq!(private.as_ref(), vector.get("private"), "{why}");
        // Written once more it stays as it is.
        let again = check(&vector["listing"])
            .expect("canonical drafts are sound")
            .listing;
        assert_eq!(
            again.to_value().to_string(),
            vector["listing"].to_string(),
            "{why}"
        );
    }
}

#[test]
fn a_listing_of_a_later_version_survives_byte_for_byte() {
    for vector in vectors(LATER) {
        let (why, text) = (&vector["why"], vector["listing"].to_string());
        let listing = Listing::from_value(&vector["listing"], Taxonomy::standard());
        let listing = listing.unwrap_or_else(|faults| panic!("{why}: {faults}"));
        assert_eq!(listing.to_value().to_string(), text, "{why}");
    }
}

#[test]
fn what_a_later_version_says_is_kept_and_not_guessed() {
    let mut value = example();
    value["kind"] = "collective".into();
    value["concerns"] = json!(["loneliness.after-moving"]);
    value["schedules"][0]["rule"] = "FREQ=YEARLY".into();
    let listing = Listing::from_value(&value, Taxonomy::standard()).expect("kept");
    assert_eq!(
        (listing.kind().as_str(), listing.kind().known()),
        ("collective", None)
    );
    assert_eq!(listing.concerns(), ["loneliness.after-moving"]);
    let schedule = &listing.schedules()[0];
    assert_eq!(
        (schedule.rule_text(), schedule.rule()),
        (Some("FREQ=YEARLY"), None)
    );
    let after = "2026-01-01T00:00:00Z".parse().expect("a time");
    assert_eq!(schedule.next(after), None);
    assert!(schedule.weekdays().is_empty());
}

#[test]
fn a_stranger_s_node_cannot_publish_what_may_not_be_told() {
    for (pointer, value, field) in [
        (
            "/places/1",
            json!({"precision": "withheld", "street": "1 Hidden Lane"}),
            "places[1].street",
        ),
        (
            "/places/1",
            json!({"precision": "withheld", "postal_code": "K7R 1A1"}),
            "places[1].postal_code",
        ),
        ("/contacts/0/consent", json!(false), "contacts[0].consent"),
        ("/private", json!({"notes": "!"}), "private"),
        ("/name", json!({"en": "\u{202e}elbat"}), "name.en"),
        ("/links/0/url", json!("javascript:alert(1)"), "links[0].url"),
    ] {
        let mut listing = example();
        match listing.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => listing[&pointer[1..]] = value,
        }
        let faults = Listing::from_value(&listing, Taxonomy::standard()).expect_err(field);
        assert_eq!(faults.iter().map(Fault::field).collect::<Vec<_>>(), [field]);
    }
}

#[test]
fn bytes_that_are_no_draft_are_refused() {
    let deep = |n: usize| format!(r#"{{"x":{}{}}}"#, "[".repeat(n), "]".repeat(n));
    let long = |n: usize| format!(r#"{{"x":"{}"}}"#, "y".repeat(n - 8));
    let kept = Ok(());
    for (bytes, code) in [
        (&b""[..], Err("not-json")),
        (b"{", Err("not-json")),
        (b"{} {}", Err("not-json")),
        (b"[]", Err("wrong-type")),
        (b"null", Err("wrong-type")),
        (b"{\"x\":\"\xff\"}", Err("not-json")),
        (br#"{"x":"\ud800"}"#, Err("not-json")),
        (br#"{"x":"\udc00\ud800"}"#, Err("not-json")),
        (br#"{"x":1e999}"#, Err("not-json")),
        (br#"{"x":"\u0000"}"#, Err("bad-character")),
        (br#"{"\u202e":1}"#, Err("bad-character")),
        (br#"{"x":1,"x":1}"#, Err("repeated-field")),
        (br#"{"x":[{"y":1,"y":2}]}"#, Err("repeated-field")),
        (br#"{"x":"a\r\n\tb"}"#, kept),
        (deep(31).as_bytes(), kept),
        (deep(32).as_bytes(), Err("too-deep")),
        (deep(5_000).as_bytes(), Err("too-deep")),
        (long(64 * 1024).as_bytes(), kept),
        (long(64 * 1024 + 1).as_bytes(), Err("too-large")),
    ] {
        let told = Draft::from_json(bytes).map(|_| ());
        let told = told.map_err(|faults| faults.iter().next().expect("one").code().as_str());
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
        assert_eq!(told, code, "{start}");
    }
}

#[test]
fn a_listing_leaves_room_for_what_stands_around_it_in_a_body() {
    let filled = |n: usize| {
        let mut draft = example();
        draft["later"] = "y".repeat(n).into();
        check(&draft)
    };
    let room = 60 * 1024 - example().to_string().len() - r#","later":"""#.len();
    assert!(filled(room).is_ok());
    let faults = filled(room + 1).expect_err("one byte too many");
    assert_eq!(told(&faults), json!([["", "too-large"]]));
}

#[test]
fn the_taxonomy_that_we_ship_is_found_by_its_own_words() {
    let taxonomy = Taxonomy::standard();
    assert!(taxonomy.terms().len() >= 150);
    for (i, term) in taxonomy.terms().iter().enumerate() {
        for name in term.names() {
            let found = taxonomy.find(name);
            assert!(
                found.iter().any(|found| found.term == term),
                "{name} → {}",
                term.id()
            );
        }
        // Looking for the nearest compares with every name there is; a sample is enough.
        if i % 10 == 0 {
            assert_eq!(taxonomy.nearest(term.id()), Some(term));
        }
        assert!(
            Lang::ALL
                .iter()
                .all(|lang| !fold(term.label(*lang)).is_empty())
        );
    }
}
