//! Which values one rule of a mapping takes from a row.

use serde_json::{Map, Value, json};

use super::clean;
use super::path::Path;
use super::reading::Reading;
use super::report::Why;
use super::rule::{Otherwise, Piece, Rule, Template};
use super::source::Source;
use crate::listing::fold;

/// A row from which values are taken.
pub(crate) struct Cells<'a> {
    pub(crate) row: &'a Map<String, Value>,
    pub(crate) source: &'a Source,
}

impl Cells<'_> {
    /// The values that a rule gives for this row, none if its conditions are not fulfilled or its
    /// columns say nothing. What cannot be read is told to `say`.
    pub(crate) fn values(&self, rule: &Rule, say: &mut dyn FnMut(Why)) -> Vec<Value> {
        let applies = rule.when.as_ref().is_none_or(|c| c.holds(self.row))
            && !rule.unless.as_ref().is_some_and(|c| c.holds(self.row));
        if !applies {
            return Vec::new();
        }
        if let Some(value) = &rule.value {
            return listed(value.clone());
        }
        let tag = rule.lang.as_deref().unwrap_or(&self.source.language);
        if let Some(template) = &rule.template {
            return self
                .filled(template, tag)
                .map(Value::from)
                .into_iter()
                .collect();
        }
        for path in &rule.from {
            let cells = path
                .find(self.row)
                .into_iter()
                .flat_map(|cell| taken_apart(cell, rule));
            let values: Vec<Value> = cells
                .flat_map(|cell| self.value(rule, cell, tag, say))
                .collect();
            if !values.is_empty() {
                return values;
            }
        }
        Vec::new()
    }

    fn value(
        &self,
        rule: &Rule,
        mut cell: Value,
        tag: &str,
        say: &mut dyn FnMut(Why),
    ) -> Vec<Value> {
        if let (Some(table), Some(text)) = (&rule.values, clean::scalar(&cell)) {
            let folded = fold(&text);
            if let Some((_, meaning)) = table.iter().find(|(word, _)| *word == folded) {
                return listed(meaning.clone());
            }
            match rule.otherwise {
                Otherwise::Keep => cell = json!(text),
                Otherwise::Drop => return Vec::new(),
                Otherwise::Note => {
                    say(Why::new("value-unknown").with("value", text));
                    return Vec::new();
                }
            }
        }
        rule.reading
            .read(&cell, self.source, tag)
            .unwrap_or_else(|why| {
                say(why);
                Vec::new()
            })
    }

    /// The template's lines of which every place has a value; nothing if no place has one.
    fn filled(&self, template: &Template, tag: &str) -> Option<String> {
        let mut any = false;
        let mut lines = Vec::new();
        for pieces in &template.lines {
            let mut line = String::new();
            let mut whole = true;
            for piece in pieces {
                let text = match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Value(paths, reading) => {
                        let text = self.first_text(paths, *reading, tag);
                        whole &= !text.is_empty();
                        any |= !text.is_empty();
                        text
                    }
                };
                line.push_str(&text);
            }
            if whole {
                lines.push(line);
            }
        }
        any.then(|| clean::lines(&lines.join("\n")))
            .filter(|text| !text.is_empty())
    }

    fn first_text(&self, paths: &[Path], reading: Reading, tag: &str) -> String {
        let text = |path: &Path| {
            let read = |cell: &Value| reading.read(cell, self.source, tag).unwrap_or_default();
            let found = path.find(self.row).into_iter().flat_map(read);
            found
                .filter_map(|value| clean::scalar(&value))
                .collect::<Vec<_>>()
                .join(", ")
        };
        paths
            .iter()
            .map(text)
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }
}

/// Values as one: several texts are joined, of several others the first is taken.
pub(crate) fn single(values: Vec<Value>) -> Value {
    let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
    match texts {
        Some(texts) => json!(texts.join(", ")),
        None => values.into_iter().next().unwrap_or_default(),
    }
}

fn listed(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        one => vec![one],
    }
}

/// The cells of one value: lists are taken apart, texts split where the rule says so.
fn taken_apart(value: &Value, rule: &Rule) -> Vec<Value> {
    let cells = listed(value.clone());
    if rule.split.is_empty() {
        return cells;
    }
    let mut parts: Vec<String> = cells.iter().filter_map(clean::scalar).collect();
    for separator in rule.split.iter().filter(|separator| !separator.is_empty()) {
        parts = parts
            .iter()
            .flat_map(|part| part.split(separator.as_str()))
            .map(|part| part.trim().to_string())
            .filter(|part| !part.is_empty())
            .collect();
    }
    parts.into_iter().map(Value::from).collect()
}
