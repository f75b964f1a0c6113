//! What do test listings look like, and by which words are they found again?

use clearinghouse_protocol::listing::Draft;
use serde_json::{Value, json};

/// A listing whose name, summary, contact and private notes carry words that nothing else carries.
pub fn draft(marker: &str) -> Value {
    json!({
        "kind": "group",
        "name": {"en": format!("Evenings {marker}"), "fr": format!("Soirées {marker}")},
        "summary": {"en": format!("We meet and listen, {marker}.")},
        "description": {"en": format!("All about {marker}, told once more.")},
        "concerns": ["bereavement.child"],
        "openness": "open",
        "ways": ["in-person"],
        "languages": ["en"],
        "schedules": [{
            "start": "2026-01-06T19:00", "duration_min": 90, "time_zone": "America/Toronto",
            "rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "place": 0
        }],
        "places": [{
            "precision": "exact", "street": "1 Princess St", "city": "Kingston", "region": "CA-ON",
            "country": "CA", "latitude": 44.2312, "longitude": -76.4860
        }],
        "contacts": [{"name": format!("Mo {marker}"), "telephone": "+1 416 555 0123", "consent": true}],
        "private": {"notes": private(marker)}
    })
}

/// The words in the private notes of a listing.
pub fn private(marker: &str) -> String {
    format!("whisper-{marker}-whisper")
}

/// The same as a draft that passed the first door.
///
/// # Panics
/// If it is not sound; it is ours.
pub fn read(value: Value) -> Draft {
    Draft::from_value(value).expect("a draft of ours is sound")
}
