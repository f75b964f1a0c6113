//! What would a listing say that is about nobody?

use clearinghouse_protocol::listing::Taxonomy;
use serde_json::{Value, json};

const FIRST: [&str; 8] = [
    "Harbour",
    "Cedar",
    "Lantern",
    "Meadow",
    "Northern",
    "Riverside",
    "Quiet",
    "Open",
];

const SECOND: [&str; 8] = [
    "Circle", "Bridge", "Table", "Porch", "Compass", "Evening", "Path", "Voices",
];

const CITIES: [(&str, f64, f64); 6] = [
    ("Toronto", 43.65, -79.38),
    ("Kingston", 44.23, -76.48),
    ("Ottawa", 45.42, -75.69),
    ("Sudbury", 46.49, -80.99),
    ("London", 42.98, -81.24),
    ("Thunder Bay", 48.38, -89.25),
];

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// A sound draft of about the size that real ones have; the same for the same number.
///
/// Names are made up, telephone numbers are those kept for fiction (555-01xx), addresses end in
/// `.example`.
pub fn draft(number: u64) -> Value {
    let of = |list: &[&'static str], step: u64| list[(number / step) as usize % list.len()];
    let terms = Taxonomy::standard().terms();
    let concern = &terms[(number as usize).wrapping_mul(7) % terms.len()];
    let (city, latitude, longitude) = CITIES[(number % 6) as usize];
    let name = format!("{} {} {number}", of(&FIRST, 1), of(&SECOND, 8));
    let about = concern.id();
    json!({
        "kind": "group",
        "name": {"en": name, "fr": format!("Groupe {name}")},
        "summary": {
            "en": format!("People who live with the same thing meet in {city} and help each other."),
            "fr": format!("Des personnes qui vivent la même chose se rencontrent à {city} et s’entraident."),
        },
        "description": {"en": format!(
            "This group is fiction, written to measure how fast a node takes listings. Those who come \
             decide together what an evening is about. Nobody has to speak, nothing leaves the room, \
             and new people are met at the door by somebody who was once new. It is about {about}."
        )},
        "concerns": [about],
        "for_whom": ["anyone"],
        "leadership": "peer",
        "openness": "open",
        "ways": ["in-person"],
        "languages": ["en", "fr"],
        "schedules": [{
            // The fifth was a Monday.
            "start": format!("2026-01-{:02}T19:00", 5 + number % 7),
            "duration_min": 90,
            "time_zone": "America/Toronto",
            "rule": format!("FREQ=WEEKLY;BYDAY={}", of(&DAYS, 1)),
            "way": "in-person",
            "place": 0,
        }],
        "places": [{
            "precision": "approximate",
            "city": city,
            "region": "CA-ON",
            "country": "CA",
            "latitude": latitude,
            "longitude": longitude,
        }],
        "contacts": [{
            "telephone": format!("+1 416 555-01{:02}", number % 100),
            "email": format!("group{number}@fiction.example"),
            "consent": true,
        }],
        "cost": {"kind": "free"},
        "status": "active",
        "licence": "CC-BY-4.0",
    })
}

#[cfg(test)]
mod tests {
    use clearinghouse_protocol::listing::{Draft, Lang};

    use super::*;

    #[test]
    fn every_fiction_is_sound() {
        for number in (0..1000).chain([u64::MAX]) {
            let draft = Draft::from_value(draft(number)).unwrap();
            if let Err(faults) = draft.check(Taxonomy::standard()) {
                let faults: Vec<String> = faults
                    .iter()
                    .map(|fault| format!("{}: {}", fault.field(), fault.message(Lang::En)))
                    .collect();
                panic!("{number}: {faults:?}");
            }
        }
    }
}
