//! How does a configuration file explain itself?

use super::fields::{FIELDS, Field};
use super::layers::{Settings, Value};

const HEAD: &str = "\
# The configuration of a Clearinghouse node.
#
# Keys behind a # show their default or an example. Flags and variables win over this file:
# --listen or CLEARINGHOUSE_LISTEN for listen, --set name.en=… or CLEARINGHOUSE_NAME_EN for name.en.
";

/// A `node.toml` that says what `settings` say.
pub(super) fn toml(settings: &Settings) -> String {
    let defaults = Settings::defaults();
    let mut text = HEAD.to_owned();
    for field in FIELDS {
        if !field.comment.is_empty() {
            text.push_str(&format!("\n# {}\n", field.comment));
        }
        let said = settings.said(field.key).map(|said| &said.value);
        let default = defaults.said(field.key).map(|said| &said.value);
        text.push_str(&match said {
            Some(value) if said != default => format!("{} = {}\n", field.key, spelled(value)),
            _ => format!("# {} = {}\n", field.key, shown(field)),
        });
    }
    text
}

/// What a commented line shows: the default, or an example where there is none.
fn shown(field: &Field) -> &'static str {
    if field.example.is_empty() {
        field.default.unwrap_or_default()
    } else {
        field.example
    }
}

fn spelled(value: &Value) -> String {
    let value = match value {
        Value::Text(text) => toml::Value::String(text.clone()),
        Value::Number(number) => toml::Value::Integer(*number),
        Value::Fraction(number) => toml::Value::Float(*number),
        Value::Switch(on) => toml::Value::Boolean(*on),
        Value::List(list) => {
            toml::Value::Array(list.iter().cloned().map(toml::Value::String).collect())
        }
    };
    value.to_string()
}
