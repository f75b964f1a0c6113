//! Lists of drafts in our own JSON form, as other nodes export them and people write them.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::clean::{self, cut};
use super::import::{Import, ImportResult, ImportedDraft};
use super::report::{What, Why};
use super::rows;
use super::source::Source;

/// Letters of an identifier at most.
const MAX_ID_CHARS: usize = 200;

/// Reads a JSON list of drafts, or an object that holds one, such as a page of the API. A row's
/// identifier is the one it carries for this source, else its `uuid` or `id`, else its name.
///
/// # Errors
/// If the file as a whole cannot be read.
pub fn read(bytes: &[u8], source: &Source) -> ImportResult {
    let rows = rows::json(bytes, None)?;
    let mut report = rows.report();
    let mut drafts = Vec::with_capacity(rows.rows.len());
    let mut seen: HashSet<String> = HashSet::new();
    for (index, row) in rows.rows.into_iter().enumerate() {
        let number = index + 1;
        let Value::Object(mut draft) = row else {
            report.note(number, "", "", What::Refused, Why::new("no-object"));
            continue;
        };
        let Some(id) = identifier(&Value::Object(draft.clone()), &source.name) else {
            report.note(number, "", "name", What::Refused, Why::new("no-name"));
            continue;
        };
        if !seen.insert(id.clone()) {
            report.note(
                number,
                &id,
                "id",
                What::SetAside,
                Why::new("slug-again").with("row", ""),
            );
            continue;
        }
        // What a node adds to a listing when it shows it is no part of the listing.
        for field in ["id", "uuid"] {
            draft.shift_remove(field);
        }
        draft.entry("status").or_insert_with(|| json!("active"));
        let own = json!({ "system": source.name, "id": id });
        match draft.entry("identifiers").or_insert_with(|| json!([])) {
            Value::Array(list) if !list.contains(&own) => list.push(own),
            _ => {}
        }
        drafts.push(ImportedDraft {
            id,
            row: number,
            draft: Value::Object(draft),
        });
    }
    Ok(Import { drafts, report })
}

fn identifier(draft: &Value, system: &str) -> Option<String> {
    let carried = draft
        .get("identifiers")
        .and_then(Value::as_array)
        .and_then(|list| {
            let ours = list
                .iter()
                .find(|one| one.get("system").and_then(Value::as_str) == Some(system))?;
            ours.get("id").and_then(Value::as_str).map(str::to_string)
        });
    let given = ["uuid", "id"]
        .iter()
        .find_map(|field| draft.get(field).and_then(clean::scalar));
    let named = || {
        let name = draft
            .get("name")?
            .as_object()?
            .values()
            .find_map(clean::scalar)?;
        Some(cut(&clean::slug(&name), MAX_ID_CHARS).0)
    };
    carried
        .or(given)
        .or_else(named)
        .filter(|id| !id.is_empty() && id.chars().count() <= MAX_ID_CHARS)
}
