//! What one rule of a mapping says: where its values come from and how they are read.

use serde_json::{Map, Value};
use toml::Table;

use super::path::Path;
use super::reading::Reading;
use super::unsound_mapping::MappingError;
use crate::listing::fold;

/// What happens to a value that a value table does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Otherwise {
    /// It is left out, and the report says so.
    Note,
    /// It is left out.
    Drop,
    /// It is taken as it is.
    Keep,
}

/// One condition on a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    field: Path,
    is: Vec<String>,
    has: Vec<String>,
    present: Option<bool>,
}

impl Condition {
    /// True if the row fulfils it: one of the field's values is one of `is`, or holds one of `has`.
    pub(crate) fn holds(&self, row: &Map<String, Value>) -> bool {
        let values: Vec<String> = cells(self.field.find(row))
            .into_iter()
            .map(|text| fold(&text))
            .collect();
        let there = !values.is_empty();
        if let Some(present) = self.present {
            return present == there;
        }
        values.iter().any(|value| {
            self.is.contains(value) || self.has.iter().any(|part| value.contains(part.as_str()))
        })
    }

    /// The field that it looks at.
    pub(crate) fn field(&self) -> &Path {
        &self.field
    }

    pub(crate) fn from_toml(key: &str, value: &toml::Value) -> Result<Condition, MappingError> {
        let table = table(key, value)?;
        allow(key, table, &["field", "is", "has", "present", "why"])?;
        let field = table
            .get("field")
            .ok_or_else(|| MappingError::missing(key, "field"))?;
        let folded = |name: &str| -> Result<Vec<String>, MappingError> {
            Ok(strings(key, table.get(name))?
                .iter()
                .map(|text| fold(text))
                .collect())
        };
        let present = match table.get("present") {
            None => None,
            Some(toml::Value::Boolean(flag)) => Some(*flag),
            Some(_) => return Err(MappingError::expected(key, "present = true or false")),
        };
        let condition = Condition {
            field: path(key, field)?,
            is: folded("is")?,
            has: folded("has")?,
            present,
        };
        if condition.is.is_empty() && condition.has.is_empty() && present.is_none() {
            return Err(MappingError::missing(key, "is, has or present"));
        }
        Ok(condition)
    }
}

/// The texts of some values, lists taken apart.
fn cells(values: Vec<&Value>) -> Vec<String> {
    values
        .into_iter()
        .flat_map(|value| match value {
            Value::Array(list) => list.iter().filter_map(super::clean::scalar).collect(),
            other => super::clean::scalar(other).into_iter().collect::<Vec<_>>(),
        })
        .collect()
}

/// A text with places for values: each line in which a place stays empty is left out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    /// For each line, its text in pieces.
    pub(crate) lines: Vec<Vec<Piece>>,
}

/// A piece of a template's line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// Text that stays.
    Text(String),
    /// The first of these paths that has a value, read so.
    Value(Vec<Path>, Reading),
}

/// One way in which a field of the listing gets values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub(crate) from: Vec<Path>,
    pub(crate) template: Option<Template>,
    pub(crate) value: Option<Value>,
    pub(crate) values: Option<Vec<(String, Value)>>,
    pub(crate) otherwise: Otherwise,
    pub(crate) split: Vec<String>,
    pub(crate) reading: Reading,
    pub(crate) when: Option<Condition>,
    pub(crate) unless: Option<Condition>,
    pub(crate) with: Option<Map<String, Value>>,
    pub(crate) lang: Option<String>,
}

/// The words that a rule is made of.
pub(crate) const RULE_KEYS: [&str; 11] = [
    "from",
    "template",
    "value",
    "values",
    "otherwise",
    "split",
    "as",
    "when",
    "unless",
    "with",
    "lang",
];

impl Rule {
    /// All paths that it reads.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        let mut paths: Vec<&Path> = self.from.iter().collect();
        paths.extend(self.when.iter().chain(&self.unless).map(Condition::field));
        for piece in self
            .template
            .iter()
            .flat_map(|template| &template.lines)
            .flatten()
        {
            if let Piece::Value(more, _) = piece {
                paths.extend(more);
            }
        }
        paths
    }

    /// A rule from TOML: a path alone, or a table.
    pub(crate) fn from_toml(key: &str, value: &toml::Value) -> Result<Rule, MappingError> {
        let bare = |from| Rule {
            from,
            template: None,
            value: None,
            values: None,
            otherwise: Otherwise::Note,
            split: Vec::new(),
            reading: Reading::Line,
            when: None,
            unless: None,
            with: None,
            lang: None,
        };
        if value.is_str() {
            return Ok(bare(vec![path(key, value)?]));
        }
        let table = table(key, value)?;
        allow(key, table, &RULE_KEYS)?;
        let mut rule = bare(paths(key, table.get("from"))?);
        rule.reading = reading(key, table.get("as"))?;
        rule.template = table
            .get("template")
            .map(|text| template(key, text))
            .transpose()?;
        rule.value = table.get("value").map(json_of);
        rule.values = table
            .get("values")
            .map(|values| value_table(key, values))
            .transpose()?;
        rule.otherwise = otherwise(key, table.get("otherwise"))?;
        rule.split = strings(key, table.get("split"))?;
        rule.when = table
            .get("when")
            .map(|c| Condition::from_toml(key, c))
            .transpose()?;
        rule.unless = table
            .get("unless")
            .map(|c| Condition::from_toml(key, c))
            .transpose()?;
        rule.lang = strings(key, table.get("lang"))?.into_iter().next();
        rule.with = match table.get("with").map(json_of) {
            None => None,
            Some(Value::Object(object)) => Some(object),
            Some(_) => return Err(MappingError::expected(key, "with = a table")),
        };
        let sources = [
            !rule.from.is_empty(),
            rule.template.is_some(),
            rule.value.is_some(),
        ];
        if sources.iter().filter(|given| **given).count() != 1 {
            return Err(MappingError::expected(
                key,
                "exactly one of from, template and value",
            ));
        }
        Ok(rule)
    }
}

fn otherwise(key: &str, value: Option<&toml::Value>) -> Result<Otherwise, MappingError> {
    match value.map(|v| v.as_str()) {
        None | Some(Some("note")) => Ok(Otherwise::Note),
        Some(Some("drop")) => Ok(Otherwise::Drop),
        Some(Some("keep")) => Ok(Otherwise::Keep),
        Some(_) => Err(MappingError::expected(
            key,
            "otherwise = \"note\", \"drop\" or \"keep\"",
        )),
    }
}

fn reading(key: &str, value: Option<&toml::Value>) -> Result<Reading, MappingError> {
    let Some(value) = value else {
        return Ok(Reading::Line);
    };
    let word = value.as_str().unwrap_or("");
    named_reading(word).ok_or_else(|| {
        let words: Vec<&str> = Reading::ALL.iter().map(|(word, _)| *word).collect();
        MappingError::expected(key, &format!("as = one of {}", words.join(", ")))
    })
}

fn named_reading(word: &str) -> Option<Reading> {
    Reading::ALL
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, reading)| *reading)
}

fn value_table(key: &str, value: &toml::Value) -> Result<Vec<(String, Value)>, MappingError> {
    let table = table(key, value)?;
    Ok(table
        .iter()
        .map(|(word, value)| (fold(word), json_of(value)))
        .collect())
}

/// `{a ?? b | hours}`: the first of the paths `a` and `b` that has a value, read as hours.
fn template(key: &str, value: &toml::Value) -> Result<Template, MappingError> {
    let text = value
        .as_str()
        .ok_or_else(|| MappingError::expected(key, "template = a text"))?;
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut pieces = Vec::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('{') {
            let (inner, tail) = after
                .split_once('}')
                .ok_or_else(|| MappingError::expected(key, "a closing brace in the template"))?;
            pieces.push(Piece::Text(before.to_string()));
            let (paths, word) = inner.split_once('|').unwrap_or((inner, "lines"));
            let reading = named_reading(word.trim()).ok_or_else(|| {
                MappingError::expected(key, "a way of reading behind the bar in the template")
            })?;
            let paths: Option<Vec<Path>> = paths
                .split("??")
                .map(|path| Path::parse(path.trim()))
                .collect();
            let paths =
                paths.ok_or_else(|| MappingError::expected(key, "a path between the braces"))?;
            pieces.push(Piece::Value(paths, reading));
            rest = tail;
        }
        pieces.push(Piece::Text(rest.to_string()));
        lines.push(pieces);
    }
    Ok(Template { lines })
}

/// A table, or the complaint that one was expected.
pub(crate) fn table<'v>(key: &str, value: &'v toml::Value) -> Result<&'v Table, MappingError> {
    value
        .as_table()
        .ok_or_else(|| MappingError::expected(key, "a table"))
}

/// Refuses keys that nobody reads, with the nearest one that somebody does.
pub(crate) fn allow(key: &str, table: &Table, known: &[&str]) -> Result<(), MappingError> {
    for name in table.keys() {
        if !known.contains(&name.as_str()) {
            return Err(MappingError::unknown(key, name, known));
        }
    }
    Ok(())
}

/// One text or a list of texts; nothing is an empty list.
pub(crate) fn strings(key: &str, value: Option<&toml::Value>) -> Result<Vec<String>, MappingError> {
    let wrong = || MappingError::expected(key, "a text or a list of texts");
    match value {
        None => Ok(Vec::new()),
        Some(toml::Value::String(text)) => Ok(vec![text.clone()]),
        Some(toml::Value::Array(list)) => list
            .iter()
            .map(|one| one.as_str().map(str::to_string).ok_or_else(wrong))
            .collect(),
        Some(_) => Err(wrong()),
    }
}

/// One path or a list of paths.
pub(crate) fn paths(key: &str, value: Option<&toml::Value>) -> Result<Vec<Path>, MappingError> {
    strings(key, value)?
        .iter()
        .map(|text| parsed(key, text))
        .collect()
}

fn path(key: &str, value: &toml::Value) -> Result<Path, MappingError> {
    parsed(key, value.as_str().unwrap_or(""))
}

fn parsed(key: &str, text: &str) -> Result<Path, MappingError> {
    Path::parse(text).ok_or_else(|| {
        MappingError::expected(key, "a path such as name, hours.notes or websites[]")
    })
}

/// A TOML value as JSON; dates become text.
pub(crate) fn json_of(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(flag) => Value::from(*flag),
        toml::Value::Datetime(date) => Value::from(date.to_string()),
        toml::Value::Array(list) => Value::Array(list.iter().map(json_of).collect()),
        toml::Value::Table(table) => Value::Object(
            table
                .iter()
                .map(|(name, value)| (name.clone(), json_of(value)))
                .collect(),
        ),
    }
}
