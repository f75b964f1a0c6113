//! What a mapping makes of the rows of a file.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::clean::{self, cut};
use super::finish::Finish;
use super::import::{Import, ImportedDraft};
use super::mapping::Mapping;
use super::path::Path;
use super::report::{Report, Tally, What, Why};
use super::rows::Rows;
use super::rule::Rule;
use super::source::Source;
use super::values::{Cells, single};

/// Letters of an identifier at most.
const MAX_ID_CHARS: usize = 200;

/// Fields of a listing that are lists of words.
const WORD_LISTS: [&str; 7] = [
    "alternate_names",
    "concerns",
    "for_whom",
    "ways",
    "languages",
    "accessibility",
    "area.regions",
];

/// Reads all rows through a mapping.
pub(crate) fn read_rows(rows: &Rows, mapping: &Mapping, source: &Source) -> Import {
    let source = mapping.source_for(source);
    let mut report = rows.report();
    let mut drafts: Vec<ImportedDraft> = Vec::with_capacity(rows.rows.len());
    let mut first: HashMap<String, usize> = HashMap::new();
    for (index, row) in rows.rows.iter().enumerate() {
        let number = index + 1;
        let Value::Object(cells) = row else {
            report.note(number, "", "", What::Refused, Why::new("no-object"));
            continue;
        };
        let Some((id, made)) = identifier(cells, mapping) else {
            report.note(number, "", "id", What::Refused, Why::new("no-id"));
            continue;
        };
        if let Some(why) = unwanted(cells, mapping, first.get(&id)) {
            report.note(number, &id, "", What::SetAside, why);
            continue;
        }
        if made {
            let why = Why::new("id-made").with("value", id.clone());
            report.note(number, &id, "id", What::Changed, why);
        }
        first.insert(id.clone(), number);
        let mut say = |field: &str, why| report.note(number, &id, field, What::Changed, why);
        let mut draft = fields(cells, mapping, &source, &mut say);
        Finish {
            id: &id,
            row: cells,
            mapping,
            source: &source,
        }
        .finish(&mut draft, &mut say);
        let draft = Value::Object(draft);
        drafts.push(ImportedDraft {
            id,
            row: number,
            draft,
        });
    }
    tell_unread(rows, mapping, &mut report);
    Import { drafts, report }
}

/// Why a row is set aside: the mapping does not want it, or an earlier row has its identifier.
fn unwanted(cells: &Map<String, Value>, mapping: &Mapping, first: Option<&usize>) -> Option<Why> {
    if let Some(skip) = mapping.skip.iter().find(|skip| skip.condition.holds(cells)) {
        return Some(Why::new("skipped").with("reason", skip.why.clone()));
    }
    first.map(|row| Why::new("slug-again").with("row", row.to_string()))
}

/// The identifier of a row, and whether it had to be made from the name.
fn identifier(cells: &Map<String, Value>, mapping: &Mapping) -> Option<(String, bool)> {
    let parts: Vec<String> = mapping
        .id
        .iter()
        .filter_map(|path| path.find(cells).into_iter().find_map(clean::scalar))
        .map(|part| clean::line(&part))
        .filter(|part| !part.is_empty())
        .collect();
    let given = parts.join("-");
    if !given.is_empty() && given.chars().count() <= MAX_ID_CHARS {
        return Some((given, false));
    }
    let name = mapping
        .fields
        .iter()
        .filter(|(target, _)| target.top() == "name")
        .flat_map(|(_, rules)| rules);
    let text = name
        .flat_map(|rule| &rule.from)
        .find_map(|path| path.find(cells).into_iter().find_map(clean::scalar))?;
    let made = cut(&clean::slug(&text), MAX_ID_CHARS).0;
    (!made.is_empty()).then_some((made, true))
}

/// The fields of one row as the rules of the mapping say, each by itself.
fn fields(
    row: &Map<String, Value>,
    mapping: &Mapping,
    source: &Source,
    say: &mut dyn FnMut(&str, Why),
) -> Map<String, Value> {
    let cells = Cells { row, source };
    let mut draft = Map::new();
    for (target, rules) in &mapping.fields {
        let field = target.written();
        let mut values = |rule: &Rule| cells.values(rule, &mut |why| say(field, why));
        if WORD_LISTS.contains(&field) {
            put_words(&mut draft, target, rules.iter().flat_map(values).collect());
        } else if target.appends() {
            for rule in rules {
                for value in values(rule) {
                    target.put(&mut draft, value, rule.with.as_ref());
                }
            }
        } else {
            // The first rule that has something to say is the one.
            let found = rules
                .iter()
                .map(|rule| (rule, values(rule)))
                .find(|(_, values)| !values.is_empty());
            if let Some((rule, values)) = found {
                target.put(&mut draft, single(values), rule.with.as_ref());
            }
        }
    }
    draft
}

fn put_words(draft: &mut Map<String, Value>, target: &Path, words: Vec<Value>) {
    let mut once: Vec<Value> = Vec::new();
    for word in words {
        if !once.contains(&word) {
            once.push(word);
        }
    }
    if !once.is_empty() {
        target.put(draft, Value::Array(once), None);
    }
}

/// Columns of the file that no rule reads and the mapping does not list under `ignore`.
fn tell_unread(rows: &Rows, mapping: &Mapping, report: &mut Report) {
    let read = mapping.columns();
    let mut unread = Tally::default();
    for (column, value) in rows.rows.iter().filter_map(Value::as_object).flatten() {
        if !clean::blank(value) && !read.contains(column.as_str()) {
            unread.count(column);
        }
    }
    for (column, rows) in unread.iter() {
        report.about_file(
            column,
            Why::new("field-unread").with("rows", rows.to_string()),
        );
    }
}
