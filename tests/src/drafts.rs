//! What do test listings look like, and by which words are they found again?

use std::collections::BTreeSet;

use clearinghouse_protocol::listing::Draft;
use clearinghouse_protocol::tlog::hash::sha256;
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

/// How every word of ours ends; nothing else does.
const ENDING: &[u8] = b"qzx";

/// Letters before the ending.
const LETTERS: usize = 12;

/// What stands before a word of ours where it is private.
const WHISPER: &str = "whisper-";

/// A word that nothing else has: the words of two numbers are far from each other, for a search forgives
/// a letter or two.
pub fn marker(number: u64) -> String {
    let chance = sha256(&[b"word", &number.to_be_bytes()]);
    let letters = chance[..LETTERS].iter();
    let letters = letters.map(|byte| char::from(b'a' + byte % 26));
    letters
        .chain(ENDING.iter().map(|byte| char::from(*byte)))
        .collect()
}

/// The words in the private notes of a listing.
pub fn private(marker: &str) -> String {
    format!("{WHISPER}{marker}")
}

/// Every word of ours in some bytes, private ones as [`private`] has them.
pub fn words_in(bytes: &[u8]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for end in 0..bytes.len().saturating_sub(ENDING.len() - 1) {
        // Asked first of one byte: this looks at megabytes, unoptimized.
        if bytes[end] != ENDING[0] || !bytes[end..].starts_with(ENDING) {
            continue;
        }
        let Some(begin) = end.checked_sub(LETTERS) else {
            continue;
        };
        let word = String::from_utf8_lossy(&bytes[begin..end + ENDING.len()]).into_owned();
        if bytes[..begin].ends_with(WHISPER.as_bytes()) {
            words.insert(private(&word));
        }
        words.insert(word);
    }
    words
}

/// The same as a draft that passed the first door.
///
/// # Panics
/// If it is not sound; it is ours.
pub fn read(value: Value) -> Draft {
    Draft::from_value(value).expect("a draft of ours is sound")
}
