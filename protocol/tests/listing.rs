//! What must hold for every listing, seen from outside?

use clearinghouse_protocol::listing::{Draft, Listing, Taxonomy};
use serde_json::json;

#[test]
fn a_sound_draft_becomes_a_listing() {
    let draft = Draft::from_value(json!({
        "name": {"en": "Kitchen Table", "fr": "La table"}, "kind": "group",
        "concerns": ["bereavement.child"], "ways": ["in-person"], "later": {"b": 1, "a": null},
        "schedules": [{"start": "2026-01-06T19:00", "time_zone": "America/Toronto", "rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"}],
        "contacts": [{"telephone": "+1 416 555-0123", "consent": true}]
    }));
    let checked = draft
        .expect("within limits")
        .check(Taxonomy::standard())
        .expect("sound");
    let value = checked.listing.to_value();
    let again = Listing::from_value(&value, Taxonomy::standard()).expect("sound");
    assert_eq!(again.to_value().to_string(), value.to_string());
    assert_eq!(
        checked.listing.contacts()[0].dialable().as_deref(),
        Some("+14165550123")
    );
    let after = "2026-01-07T00:00:00Z".parse().expect("a time");
    let next = checked.listing.schedules()[0]
        .next(after)
        .expect("a meeting");
    assert_eq!(
        next.to_string(),
        "2026-01-20T19:00:00-05:00[America/Toronto]"
    );
}
