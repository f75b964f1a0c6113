//! What brings a mapped row into the form of a listing.

use serde_json::{Map, Value, json};

use super::clean::{self, cut};
use super::mapping::{Mapping, ScheduleRule};
use super::meeting_guide::plausible;
use super::path::Path;
use super::report::Why;
use super::source::Source;
use super::when;

/// Minutes of a meeting whose end is not stated.
const USUAL_MINUTES: u16 = 60;

/// Texts that are cut where they are longer than a listing allows, with that length in letters.
const TEXT_LIMITS: [(&str, usize); 5] = [
    ("name", 200),
    ("neutral_title", 80),
    ("summary", 300),
    ("description", 10_000),
    ("join", 1_000),
];

/// One row whose fields are there and need finishing.
pub(crate) struct Finish<'a> {
    pub(crate) id: &'a str,
    pub(crate) row: &'a Map<String, Value>,
    pub(crate) mapping: &'a Mapping,
    pub(crate) source: &'a Source,
}

/// Takes a note: the field, and what was changed of it.
type Say<'s> = &'s mut dyn FnMut(&str, Why);

impl Finish<'_> {
    /// Fills in what holds for the whole source and brings every part into the form of a listing.
    pub(crate) fn finish(&self, draft: &mut Map<String, Value>, say: Say<'_>) {
        self.add_schedules(draft, say);
        if let Some(places) = draft.get_mut("places").and_then(Value::as_array_mut) {
            let sound = places
                .iter_mut()
                .map(finish_place)
                .fold(true, |all, one| all & one);
            if !sound {
                say("places", Why::new("coordinates").with("value", ""));
            }
            places.retain(Value::is_object);
        }
        self.leave_out_contacts(draft, say);
        cut_texts(draft, say);
        let source = self.source;
        for (field, values) in [
            ("concerns", &source.concerns),
            ("languages", &source.languages),
        ] {
            if !values.is_empty() {
                draft.entry(field).or_insert_with(|| json!(values));
            }
        }
        draft.entry("status").or_insert_with(|| json!("active"));
        if let Some(licence) = &source.licence {
            draft.entry("licence").or_insert_with(|| json!(licence));
        }
        let own = json!({ "system": source.name, "id": self.id });
        match draft.entry("identifiers").or_insert_with(|| json!([])) {
            Value::Array(list) => list.push(own),
            other => *other = json!([own]),
        }
        draft.retain(|_, value| !matches!(value, Value::Array(list) if list.is_empty()));
    }

    /// A contact without a stated consent does not become public, whatever columns it stands in.
    fn leave_out_contacts(&self, draft: &mut Map<String, Value>, say: Say<'_>) {
        let Some(Value::Array(contacts)) = draft.get_mut("contacts") else {
            return;
        };
        if self.source.contacts_consented {
            for contact in contacts.iter_mut().filter_map(Value::as_object_mut) {
                contact.entry("consent").or_insert(json!(true));
            }
        }
        let before = contacts.len();
        contacts.retain(|contact| contact.get("consent") == Some(&json!(true)));
        let reachable = |contact: &Value| {
            ["telephone", "email"]
                .iter()
                .any(|way| contact.get(way).is_some())
        };
        let consented = contacts.len();
        contacts.retain(reachable);
        if consented < before {
            say("contacts", Why::new("no-consent"));
        }
    }

    fn add_schedules(&self, draft: &mut Map<String, Value>, say: Say<'_>) {
        let rules: &[ScheduleRule] = &self.mapping.schedules;
        for rule in rules {
            if let Some(schedule) = self.schedule(rule, say) {
                match draft.entry("schedules").or_insert_with(|| json!([])) {
                    Value::Array(list) => list.push(schedule),
                    other => *other = json!([schedule]),
                }
            }
        }
    }

    fn schedule(&self, rule: &ScheduleRule, say: Say<'_>) -> Option<Value> {
        let text = |path: &Path| path.find(self.row).into_iter().find_map(clean::scalar);
        let written = text(&rule.time)?;
        let day = rule
            .day
            .find(self.row)
            .into_iter()
            .next()
            .cloned()
            .unwrap_or_default();
        let end = rule.end.as_ref().and_then(text);
        let minutes = rule
            .minutes
            .as_ref()
            .and_then(text)
            .and_then(|text| text.parse::<u16>().ok());
        let Some(start) = when::minutes(&written) else {
            say("time", Why::new("time").with("value", written));
            return None;
        };
        let days = match when::days(&day) {
            Ok(days) if !days.is_empty() => days,
            Ok(_) => {
                say("day", Why::new("day-missing"));
                return None;
            }
            Err(bad) => {
                say("day", Why::new("day").with("value", bad));
                return None;
            }
        };
        let Some(zone) = rule
            .time_zone
            .clone()
            .or_else(|| self.source.time_zone.clone())
        else {
            say("timezone", Why::new("zone-unknown"));
            return None;
        };
        let until = end
            .and_then(|end| when::minutes(&end))
            .map(|end| when::between(start, end));
        let lasts = minutes
            .or(until)
            .filter(|minutes| *minutes > 0)
            .unwrap_or(USUAL_MINUTES);
        let mut schedule = json!({
            "start": when::first_start(days[0], start), "duration_min": lasts, "time_zone": zone,
            "rule": when::weekly_rule(&days),
        });
        if let (Some(way), Some(object)) = (&rule.way, schedule.as_object_mut()) {
            object.insert("way".into(), json!(way));
        }
        Some(schedule)
    }
}

fn cut_texts(draft: &mut Map<String, Value>, say: Say<'_>) {
    for (field, limit) in TEXT_LIMITS {
        let Some(texts) = draft.get_mut(field).and_then(Value::as_object_mut) else {
            continue;
        };
        let mut lost = false;
        for text in texts.values_mut() {
            if let Some((short, true)) = text.as_str().map(|text| cut(text, limit)) {
                *text = json!(short);
                lost = true;
            }
        }
        if lost {
            say(
                field,
                Why::new("shortened").with("chars", limit.to_string()),
            );
        }
    }
}

/// Brings a place into the form of a listing; false if its coordinates were taken out.
fn finish_place(place: &mut Value) -> bool {
    let Some(object) = place.as_object_mut() else {
        return true;
    };
    object.retain(|_, value| !value.is_null());
    let precision = object
        .get("precision")
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_string();
    let precise = match precision.as_str() {
        "" => object.contains_key("street"),
        word => word == "exact",
    };
    if precision.is_empty() {
        object.insert(
            "precision".into(),
            json!(if precise { "exact" } else { "approximate" }),
        );
    }
    let point = ["latitude", "longitude"].map(|field| object.get(field).and_then(Value::as_f64));
    let sound = match point {
        [None, None] => true,
        [Some(latitude), Some(longitude)] => plausible(latitude, longitude),
        _ => false,
    };
    if !sound || precision == "withheld" {
        object.shift_remove("latitude");
        object.shift_remove("longitude");
    } else if let [Some(latitude), Some(longitude)] = point
        && !precise
    {
        object.insert("latitude".into(), json!((latitude * 100.0).round() / 100.0));
        object.insert(
            "longitude".into(),
            json!((longitude * 100.0).round() / 100.0),
        );
    }
    if !precise {
        object.shift_remove("street");
    }
    let empty = object.len() <= 1 && precision.is_empty();
    if empty {
        *place = Value::Null;
    }
    sound
}
