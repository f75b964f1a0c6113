//! Which JSON is refused before anybody asks what it says?

use serde_json::Value;

use super::{
    at::At,
    character::{code_point, is_refused},
    fault::{FAULTS_MAX, Fault, Faults},
    fault_code::FaultCode,
};

/// How deep lists and objects may lie in each other; ours lie four deep.
pub const DRAFT_DEPTH_MAX: usize = 32;

/// Refuses what is nested deeper than [`DRAFT_DEPTH_MAX`].
pub(super) fn shallow(value: &Value) -> Result<(), Faults> {
    if depth(value, DRAFT_DEPTH_MAX + 1) > DRAFT_DEPTH_MAX {
        let max = DRAFT_DEPTH_MAX.to_string();
        return Err(Faults::of_document(FaultCode::TooDeep, &[("max", &max)]));
    }
    Ok(())
}

/// How deep a value is, counted up to `limit`.
fn depth(value: &Value, limit: usize) -> usize {
    let inside: &mut dyn Iterator<Item = &Value> = match value {
        Value::Array(list) => &mut list.iter(),
        Value::Object(fields) => &mut fields.values(),
        _ => return 0,
    };
    if limit == 0 {
        0
    } else {
        1 + inside
            .map(|value| depth(value, limit - 1))
            .max()
            .unwrap_or(0)
    }
}

/// Refuses characters that no listing contains, in names of fields as well as in values.
pub(super) fn characters(value: &Value) -> Result<(), Faults> {
    let mut faults = Vec::new();
    search(At::document(value), &mut faults);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Faults::new(faults))
    }
}

fn search(at: At<'_>, faults: &mut Vec<Fault>) {
    if faults.len() >= FAULTS_MAX {
        return;
    }
    match at.value() {
        Value::String(text) => faults.extend(refused(at, text)),
        Value::Array(list) => (0..list.len()).for_each(|i| search(at.element(i), faults)),
        Value::Object(fields) => {
            for name in fields.keys() {
                faults.extend(refused(at, name));
                search(at.field(name), faults);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn refused(at: At<'_>, text: &str) -> Option<Fault> {
    let character = text.chars().find(|c| is_refused(*c))?;
    Some(at.fault(
        FaultCode::BadCharacter,
        &[("character", &code_point(character))],
    ))
}
