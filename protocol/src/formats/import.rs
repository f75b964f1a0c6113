//! What an import is, and how its drafts become sound listings.

use std::collections::BTreeSet;

use serde_json::Value;

use super::report::{Report, What, Why};
use super::rows::ImportError;
use crate::listing::{Draft, Faults, Lang, Listing, Private, Taxonomy};

/// One row, or several that are one, as a draft.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedDraft {
    /// The row's identifier within its source.
    pub id: String,
    /// Number of the (first) row, counted from 1.
    pub row: usize,
    /// The draft, in the JSON form of a listing.
    pub draft: Value,
}

/// What was read from one file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Import {
    /// In the order of the file.
    pub drafts: Vec<ImportedDraft>,
    /// Every row that is not among them, and every row of which something was changed.
    pub report: Report,
}

/// What came of reading a file: an import, or the reason why there is none.
pub type ImportResult = Result<Import, ImportError>;

/// One draft that proved sound.
#[derive(Debug, Clone)]
pub struct SoundListing {
    /// The row's identifier within its source.
    pub id: String,
    /// Number of the (first) row, counted from 1.
    pub row: usize,
    /// What may be published.
    pub listing: Listing,
    /// What stays at the centre.
    pub private: Option<Private>,
}

/// An import after checking.
#[derive(Debug)]
pub struct Sound {
    /// In the order of the file.
    pub listings: Vec<SoundListing>,
    /// Identifiers that the file holds but no sound listing: they are not missing.
    pub held: BTreeSet<String>,
    /// The import's report, with what checking added.
    pub report: Report,
}

/// Times that one draft is mended and checked again. Each time loses at least one field.
const MAX_MENDINGS: usize = 12;

/// Fields without which a draft is no listing, or would not be found again by the next import: a
/// fault in one of them refuses the row.
const NEEDED: [&str; 6] = ["kind", "name", "concerns", "ways", "status", "identifiers"];

impl Import {
    /// Checks every draft. A fault in a part that a listing can do without takes that part out and
    /// says so; a fault in any other refuses the row. Leaving out never adds what was not there,
    /// so nothing private can become public by it.
    pub fn check(self, taxonomy: &Taxonomy) -> Sound {
        let mut report = self.report;
        let mut listings = Vec::with_capacity(self.drafts.len());
        let mut held: BTreeSet<String> = report
            .notes
            .iter()
            .filter(|note| note.what != What::Changed && !note.id.is_empty())
            .map(|note| note.id.clone())
            .collect();
        for imported in self.drafts {
            let ImportedDraft { id, row, draft } = imported;
            match mended(draft, taxonomy, |field, why| {
                report.note(row, &id, field, What::Changed, why)
            }) {
                Ok((listing, private)) => listings.push(SoundListing {
                    id,
                    row,
                    listing,
                    private,
                }),
                Err(faults) => {
                    for (field, why) in reasons(&faults) {
                        report.note(row, &id, &field, What::Refused, why);
                    }
                    held.insert(id);
                }
            }
        }
        // An identifier that came again is in, even if its second row is not.
        for sound in &listings {
            held.remove(&sound.id);
        }
        Sound {
            listings,
            held,
            report,
        }
    }
}

fn mended(
    mut draft: Value,
    taxonomy: &Taxonomy,
    mut say: impl FnMut(&str, Why),
) -> Result<(Listing, Option<Private>), Faults> {
    let mut left = MAX_MENDINGS;
    loop {
        let faults = match check(&draft, taxonomy) {
            Ok(checked) => return Ok(checked),
            Err(faults) => faults,
        };
        // From the last to the first: taking one element out of a list moves those behind it.
        let mut taken = false;
        for (field, why) in reasons(&faults).into_iter().rev() {
            if left > 0 && take_out(&mut draft, &field) {
                say(&field, why);
                taken = true;
            }
        }
        if !taken || left == 0 {
            return Err(faults);
        }
        left -= 1;
    }
}

fn check(draft: &Value, taxonomy: &Taxonomy) -> Result<(Listing, Option<Private>), Faults> {
    let checked = Draft::from_value(draft.clone())?.check(taxonomy)?;
    Ok((checked.listing, checked.private))
}

fn reasons(faults: &Faults) -> Vec<(String, Why)> {
    let mut reasons: Vec<(String, Why)> = Vec::new();
    for fault in faults {
        let why = Why::new("fault")
            .with("fault", fault.message(Lang::En))
            .with("faute", fault.message(Lang::Fr));
        if !reasons.iter().any(|(field, _)| field == fault.field()) {
            reasons.push((fault.field().to_string(), why));
        }
    }
    reasons
}

/// Removes the outermost part of a draft that a listing can do without and that holds `field`:
/// an element of a list, or a member of the listing itself.
fn take_out(draft: &mut Value, field: &str) -> bool {
    let top: &str = field.split(['.', '[']).next().unwrap_or("");
    if top.is_empty() {
        return false;
    }
    let rest = &field[top.len()..];
    if let Some(index) = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split(']').next()?.parse::<usize>().ok())
    {
        if let Some(list) = draft.get_mut(top).and_then(Value::as_array_mut)
            && index < list.len()
            && !(NEEDED.contains(&top) && list.len() == 1)
        {
            list.remove(index);
            if top == "places" {
                renumber_places(draft, index);
            }
            return true;
        }
        return false;
    }
    if NEEDED.contains(&top) {
        return take_out_language(draft, top, rest);
    }
    draft
        .as_object_mut()
        .is_some_and(|object| object.shift_remove(top).is_some())
}

/// A faulty name in one language goes if there is one in another.
fn take_out_language(draft: &mut Value, top: &str, rest: &str) -> bool {
    let Some(tag) = rest.strip_prefix('.') else {
        return false;
    };
    match draft.get_mut(top).and_then(Value::as_object_mut) {
        Some(texts) if texts.len() > 1 => texts.shift_remove(tag).is_some(),
        _ => false,
    }
}

/// Schedules name places by position.
fn renumber_places(draft: &mut Value, gone: usize) {
    let Some(schedules) = draft.get_mut("schedules").and_then(Value::as_array_mut) else {
        return;
    };
    for schedule in schedules.iter_mut().filter_map(Value::as_object_mut) {
        let Some(at) = schedule.get("place").and_then(Value::as_u64) else {
            continue;
        };
        match usize::try_from(at) {
            Ok(at) if at == gone => drop(schedule.shift_remove("place")),
            Ok(at) if at > gone => drop(schedule.insert("place".to_string(), Value::from(at - 1))),
            _ => {}
        }
    }
}
