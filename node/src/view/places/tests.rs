//! Is a place found by every name that people give it?

use super::*;

fn found(text: &str) -> Option<(String, String)> {
    Places::standard()
        .find(text)
        .map(|place| (place.name_en, place.province))
}

#[test]
fn places_are_found_by_the_names_people_write() {
    for (written, name, province) in [
        ("Toronto", "Toronto", "ON"),
        ("  toronto  ", "Toronto", "ON"),
        ("toronto on", "Toronto", "ON"),
        ("Toronto, Ontario", "Toronto", "ON"),
        ("trois rivieres", "Trois-Rivières", "QC"),
        ("TROIS-RIVIÈRES", "Trois-Rivières", "QC"),
        ("troisrivieres qc", "Trois-Rivières", "QC"),
        ("val dor", "Val-d’Or", "QC"),
        ("Val-d'Or", "Val-d’Or", "QC"),
        ("st catharines", "St. Catharines", "ON"),
        ("Saint Catharines", "St. Catharines", "ON"),
        ("st johns", "St. John’s", "NL"),
        ("st. john, nb", "Saint John", "NB"),
        ("Québec", "Quebec City", "QC"),
        ("Montréal", "Montreal", "QC"),
        ("Hamilton", "Hamilton", "ON"),
        ("Colombie-Britannique", "British Columbia", "BC"),
        ("ON", "Ontario", "ON"),
        ("pei", "Prince Edward Island", "PE"),
    ] {
        assert_eq!(
            found(written),
            Some((name.to_owned(), province.to_owned())),
            "{written:?}"
        );
    }
    for written in [
        "",
        " ",
        "'",
        "Atlantis",
        "toronto grief",
        "M5V grief",
        "Z9Z",
        "M5V 2",
        "M5V2",
    ] {
        assert_eq!(found(written), None, "{written:?}");
    }
}

#[test]
fn postal_codes_are_found_by_their_first_half() {
    for written in ["M5V", "m5v", "M5V 2T6", "m5v2t6", " M5V-2T6 "] {
        let place = Places::standard().find(written).expect(written);
        assert!(
            place.name_en.starts_with("M5V ("),
            "{written}: {}",
            place.name_en
        );
        assert_eq!(place.province, "ON");
        assert!((place.latitude - 43.64).abs() < 0.05 && (place.longitude + 79.39).abs() < 0.05);
    }
    let rural = Places::standard().find("A0A").expect("a rural area");
    let urban = Places::standard().find("M5V").expect("an urban area");
    assert!(rural.approx_km > urban.approx_km);
}

#[test]
fn a_place_is_taken_out_of_a_query() {
    for (query, words, place) in [
        ("AA near M5V", "AA", Some("M5V")),
        ("AA m5v 2t6", "AA", Some("M5V")),
        ("deuil à Ottawa", "deuil", Some("Ottawa")),
        (
            "deuil près de Trois-Rivières",
            "deuil",
            Some("Trois-Rivières"),
        ),
        ("deuil pres d'Ottawa", "deuil", Some("Ottawa")),
        ("grief, Toronto, ON", "grief", Some("Toronto")),
        ("Toronto grief", "grief", Some("Toronto")),
        ("grief in the Kingston area", "grief", Some("Kingston")),
        ("close to Hope anxiety", "anxiety", Some("Hope")),
        (
            "Deuil périnatal à Montréal",
            "Deuil périnatal",
            Some("Montreal"),
        ),
        (
            "e\u{301}pilepsie a\u{300} Montre\u{301}al",
            "e\u{301}pilepsie",
            Some("Montreal"),
        ),
        ("Ottawa", "", Some("Ottawa")),
        ("hope", "", Some("Hope")),
        ("GTA anxiety", "anxiety", Some("Greater Toronto Area")),
        ("a mission of hope", "a mission of hope", None),
        ("man to man", "man to man", None),
        ("on my own", "on my own", None),
        ("parce que", "parce que", None),
        ("AA", "AA", None),
        ("living in recovery", "living in recovery", None),
        ("", "", None),
        ("...", "...", None),
    ] {
        let (rest, found) = Places::standard().split(query);
        assert_eq!(rest, words, "{query:?}");
        let name = found.map(|place| place.name_en);
        match place {
            Some(place) => assert!(
                name.as_deref().is_some_and(|name| name.starts_with(place)),
                "{query:?}: {name:?}"
            ),
            None => assert_eq!(name, None, "{query:?}"),
        }
    }
}

#[test]
fn near_spellings_are_suggested() {
    for (written, name) in [
        ("Torronto", "Toronto"),
        ("otawa", "Ottawa"),
        ("Trois Rivers", "Trois-Rivières"),
        ("missis", "Mississauga"),
    ] {
        let suggested = Places::standard().suggest(written);
        assert!(suggested.len() <= SUGGESTIONS_MAX);
        assert_eq!(
            suggested.first().map(|place| place.name_en.as_str()),
            Some(name),
            "{written}"
        );
    }
    assert!(Places::standard().suggest("xy").is_empty());
    assert!(Places::standard().suggest("qqqqqqqqqqqq").is_empty());
}

#[test]
fn every_place_is_on_the_globe_and_found_by_its_own_name() {
    let places = Places::standard();
    assert!(places.places.len() > 1_000 && places.postal.len() > 1_600);
    for place in places.places.iter().chain(places.postal.values()) {
        assert!((41.0..84.0).contains(&place.latitude), "{place:?}");
        assert!((-142.0..-52.0).contains(&place.longitude), "{place:?}");
        assert_eq!(place.province.len(), 2, "{place:?}");
    }
    for place in &places.places {
        for name in [&place.name_en, &place.name_fr] {
            let found = places
                .find(&format!("{name} {}", place.province))
                .expect(name);
            assert!(
                key_of(&found.name_en) == key_of(name) || key_of(&found.name_fr) == key_of(name),
                "{name}: {found:?}"
            );
        }
    }
}
