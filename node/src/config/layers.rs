//! Who says what: defaults, file, environment, flags.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fields::{FIELDS, Field, Kind, field, nearest};
use super::{FILE_NAME, Fault, Overrides};

const PREFIX: &str = "CLEARINGHOUSE_";

/// Variables with our prefix that are no keys: where the data lie is known before there is a file.
const NO_KEYS: [&str; 1] = ["CLEARINGHOUSE_DATA"];

/// Longest list of a key.
const MAX_LIST: usize = 100;

/// A value of the kind that its field wants.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Fraction(f64),
    Switch(bool),
    List(Vec<String>),
}

/// A value, and where it was said.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) value: Value,
    pub(super) place: String,
}

/// What has been said last about each key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings(BTreeMap<&'static str, Said>);

/// The variables of this process that are ours.
pub(super) fn environment() -> impl Iterator<Item = (String, String)> {
    // One that is not UTF-8 is shown with replacement characters and refused as a value.
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        name.starts_with(PREFIX)
            .then(|| (name, value.to_string_lossy().into_owned()))
    })
}

impl Settings {
    pub(super) fn defaults() -> Settings {
        let mut settings = Settings(BTreeMap::new());
        for field in FIELDS {
            let Some(default) = field.default else {
                continue;
            };
            let value = DeValue::parse(default).expect("a default is TOML");
            let value = from_toml(field, value.get_ref()).expect("a default is of its kind");
            settings.say(field, value, "default".to_owned());
        }
        settings
    }

    pub(super) fn said(&self, key: &str) -> Option<&Said> {
        debug_assert!(field(key).is_some(), "{key} stands in FIELDS");
        self.0.get(key)
    }

    /// Reads the text of a `node.toml`.
    pub(super) fn read_file(&mut self, text: &str, faults: &mut Vec<Fault>) {
        match DeTable::parse(text) {
            Ok(table) => self.read_table(text, "", table.get_ref(), faults),
            Err(error) => faults.push(Fault {
                place: place(text, error.span().map_or(0, |span| span.start)),
                says: error.message().to_owned(),
            }),
        }
    }

    fn read_table(
        &mut self,
        text: &str,
        above: &str,
        table: &DeTable<'_>,
        faults: &mut Vec<Fault>,
    ) {
        let mut keys: Vec<_> = table.iter().collect();
        keys.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in keys {
            let place = place(text, key.span().start);
            let key = format!("{above}{}", key.get_ref());
            if let Some(field) = field(&key) {
                match from_toml(field, value.get_ref()) {
                    Ok(value) => self.say(field, value, place),
                    Err(wanted) => faults.push(Fault {
                        says: format!("{key} must be {wanted}"),
                        place,
                    }),
                }
            } else if let (DeValue::Table(inner), true) = (value.get_ref(), is_table(&key)) {
                self.read_table(text, &format!("{key}."), inner, faults);
            } else {
                let says = unknown(&key, FIELDS.iter().map(|field| field.key));
                faults.push(Fault { place, says });
            }
        }
    }

    /// Reads variables; those without our prefix are nobody's business here.
    pub(super) fn read_environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
        faults: &mut Vec<Fault>,
    ) {
        let names: Vec<(String, &Field)> = FIELDS
            .iter()
            .map(|field| (variable(field.key), field))
            .collect();
        for (name, value) in variables {
            if !name.starts_with(PREFIX) || NO_KEYS.contains(&name.as_str()) {
                continue;
            }
            match names.iter().find(|(known, _)| *known == name) {
                Some((_, field)) => self.read_text(field, &value, name, faults),
                None => faults.push(Fault {
                    says: unknown(&name, names.iter().map(|(known, _)| known.as_str())),
                    place: "environment".to_owned(),
                }),
            }
        }
    }

    pub(super) fn read_flags(&mut self, flags: &Overrides, faults: &mut Vec<Fault>) {
        // Last wins, so the flags that name their key come after `--set`.
        for text in &flags.set {
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            let place = format!("--set {key}");
            match field(key) {
                Some(field) => self.read_text(field, value, place, faults),
                None => {
                    let says = unknown(key, FIELDS.iter().map(|field| field.key));
                    faults.push(Fault { place, says });
                }
            }
        }
        let private = flags.allow_private_peers.then(|| "true".to_owned());
        for (key, flag, value) in [
            ("listen", "--listen", &flags.listen),
            ("public_url", "--public-url", &flags.public_url),
            ("allow_private_peers", "--allow-private-peers", &private),
            ("log.format", "--log-format", &flags.log_format),
            ("log.level", "--log-level", &flags.log_level),
        ] {
            if let Some(value) = value {
                let field = field(key).expect("each flag has its field");
                self.read_text(field, value, flag.to_owned(), faults);
            }
        }
    }

    fn read_text(
        &mut self,
        field: &'static Field,
        text: &str,
        place: String,
        faults: &mut Vec<Fault>,
    ) {
        match from_text(field, text) {
            Ok(value) => self.say(field, value, place),
            Err(wanted) => faults.push(Fault {
                says: format!("{} must be {wanted}, not {text:?}", field.key),
                place,
            }),
        }
    }

    fn say(&mut self, field: &'static Field, value: Value, place: String) {
        self.0.insert(field.key, Said { value, place });
    }
}

/// The value that TOML gives for a field, or what it should have been.
pub(super) fn from_toml(field: &Field, value: &DeValue<'_>) -> Result<Value, String> {
    let read = match (field.kind, value) {
        (Kind::Text, DeValue::String(text)) => Some(Value::Text(text.to_string())),
        (Kind::Switch, DeValue::Boolean(on)) => Some(Value::Switch(*on)),
        (Kind::Number(..), DeValue::Integer(number)) => {
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
            number.map(Value::Number)
        }
        (Kind::Fraction(..), DeValue::Integer(number)) => {
            number.as_str().parse().ok().map(Value::Fraction)
        }
        (Kind::Fraction(..), DeValue::Float(number)) => {
            number.as_str().parse().ok().map(Value::Fraction)
        }
        (Kind::List, DeValue::Array(values)) => values
            .iter()
            .map(|value: &Spanned<DeValue<'_>>| value.get_ref().as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map(Value::List),
        _ => None,
    };
    bounded(field, read)
}

fn from_text(field: &Field, text: &str) -> Result<Value, String> {
    let read = match field.kind {
        Kind::Text => Some(Value::Text(text.to_owned())),
        Kind::Switch => text.parse().ok().map(Value::Switch),
        Kind::Number(..) => text.parse().ok().map(Value::Number),
        Kind::Fraction(..) => text.parse().ok().map(Value::Fraction),
        Kind::List => {
            let parts = text.split(',').map(str::trim);
            let parts = parts.filter(|part| !part.is_empty()).map(str::to_owned);
            Some(Value::List(parts.collect()))
        }
    };
    bounded(field, read)
}

fn bounded(field: &Field, value: Option<Value>) -> Result<Value, String> {
    let within = match (field.kind, &value) {
        (Kind::Number(least, most), Some(Value::Number(number))) => (least..=most).contains(number),
        (Kind::Fraction(least, most), Some(Value::Fraction(number))) => {
            (f64::from(least)..=f64::from(most)).contains(number)
        }
        (Kind::List, Some(Value::List(list))) => list.len() <= MAX_LIST,
        (_, value) => value.is_some(),
    };
    value.filter(|_| within).ok_or_else(|| match field.kind {
        Kind::Text => "a text in quotes".to_owned(),
        Kind::Switch => "true or false".to_owned(),
        Kind::Number(least, most) => format!("a whole number from {least} to {most}"),
        Kind::Fraction(least, most) => format!("a number from {least} to {most}"),
        Kind::List => format!("a list of at most {MAX_LIST} texts"),
    })
}

/// The variable of a key.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_ascii_uppercase().replace('.', "_"))
}

/// Whether some key lies below this one.
fn is_table(key: &str) -> bool {
    FIELDS.iter().any(|field| {
        let below = field.key.strip_prefix(key);
        below.is_some_and(|below| below.starts_with('.'))
    })
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(meant) => format!("{name} is not known; did you mean {meant}?"),
        None => format!("{name} is not known"),
    }
}

fn place(text: &str, offset: usize) -> String {
    let before = text.as_bytes().iter().take(offset);
    let line = 1 + before.filter(|byte| **byte == b'\n').count();
    format!("{FILE_NAME} line {line}")
}
