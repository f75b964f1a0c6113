//! How does a body say through whose hands its listing came?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::origin::Nid;

/// The most hands through which a listing may come: one a decade would still be a long history.
pub const HANDS_MAX: usize = 16;

/// One step of a listing from a node to the next, as the one who took it over states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// Who had it before.
    pub from: Nid,
    /// By whose word.
    pub by: Word,
    /// The day on which it was taken over, as the one who took it says.
    pub on: Date,
}

/// By whose word a listing came into other hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// That of the node that had it: it handed over all that it had.
    All,
    /// That of the node that had it: it handed over this one, under the salt that its body had there.
    One {
        /// The salt, without which nobody could tell which listing was meant.
        salt: [u8; 32],
    },
    /// That of a network, which says that the node has ended and who takes its place.
    Network(Nid),
}

impl Handed {
    /// As it stands in a body.
    pub fn to_value(&self) -> Value {
        let mut step = json!({ "from": self.from.as_str(), "on": self.on.to_string() });
        match &self.by {
            Word::All => {}
            Word::One { salt } => step["salt"] = json!(STANDARD.encode(salt)),
            Word::Network(network) => step["by"] = json!(network.as_str()),
        }
        step
    }

    /// Reads what `to_value` writes; fields that a later version adds are passed over.
    fn from_value(value: &Value) -> Option<Handed> {
        let step = value.as_object()?;
        let text = |field: &str| step.get(field)?.as_str();
        let by = match (step.contains_key("salt"), step.contains_key("by")) {
            (false, false) => Word::All,
            (true, false) => Word::One {
                salt: salt(text("salt")?)?,
            },
            (false, true) => Word::Network(text("by")?.parse().ok()?),
            (true, true) => return None,
        };
        let on = text("on")?;
        let date: Date = on.parse().ok()?;
        Some(Handed {
            from: text("from")?.parse().ok()?,
            by,
            on: Some(date).filter(|date| date.to_string() == on)?,
        })
    }
}

/// The steps that a body states, first hand first; `None` when they are misspelt or too many.
pub fn read_handed(body: &Map<String, Value>) -> Option<Vec<Handed>> {
    let Some(stated) = body.get("handed") else {
        return Some(Vec::new());
    };
    let steps = stated.as_array()?;
    if steps.is_empty() || steps.len() > HANDS_MAX {
        return None;
    }
    steps.iter().map(Handed::from_value).collect()
}

fn salt(text: &str) -> Option<[u8; 32]> {
    // The engine refuses what it would not have written itself.
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(handed: Value) -> Option<Vec<Handed>> {
        let body = json!({ "handed": handed });
        read_handed(body.as_object().expect("an object"))
    }

    #[test]
    fn steps_are_read_as_they_were_written_and_no_others() {
        let (from, on) = (Nid::of_genesis("a"), Date::constant(2026, 11, 22));
        let by = Nid::of_genesis("network");
        for by in [Word::All, Word::One { salt: [7; 32] }, Word::Network(by)] {
            let step = Handed { from, by, on };
            assert_eq!(read(json!([step.to_value()])), Some(vec![step]));
            for (field, wrong) in [
                ("from", json!("a")),
                ("on", json!("2026-1-02")),
                ("on", json!(20_000)),
                ("salt", json!("AAAA")),
                ("by", json!(7)),
            ] {
                let mut altered = step.to_value();
                altered[field] = wrong;
                assert_eq!(read(json!([altered])), None, "{field}");
            }
            let many = vec![step.to_value(); HANDS_MAX + 1];
            assert!(read(json!(many[1..])).is_some());
            assert_eq!(read(json!(many)), None);
        }
        assert_eq!(read(json!([])), None);
        assert_eq!(read(json!({})), None);
    }
}
