//! How is a file imported from the command line?

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use clearinghouse_protocol::listing::Lang;

use super::{Failure, REFUSED, Voice};
use crate::desk::import::{IMPORT_MAX_BYTES, ImportRequest, Imported, Missing, NoteLine, Removals};
use crate::desk::request::{Question, Request};
use crate::words::{FluentValue, say, say_with};

/// The largest mapping file in bytes.
pub(super) const MAPPING_MAX_BYTES: usize = 1 << 20;

/// Rows that a line for people names before it says how many more there are.
const ROWS_NAMED: usize = 8;

/// Lines of one sort that are shown to people; `--json` has all.
const LINES_MAX: usize = 200;

/// What is to be imported.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// Meeting Guide JSON or CSV, a list of our own drafts, or with a mapping any CSV or JSON list
    file: PathBuf,
    /// Which column is which field; docs/imports.md says how
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// The name under which the next import finds these listings again [default: the file's name]
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Erase the listings that the file no longer names; where that is more than a third, or to be
    /// sure, say how many
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true)]
    accept_removals: Option<Option<usize>>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    /// Reads the files and makes the question to the node.
    pub(super) fn question(self, voice: Voice) -> Result<Question, Failure> {
        let removals = match self.accept_removals {
            None => Removals::Propose,
            Some(None) => Removals::Accept,
            Some(Some(count)) => Removals::Exactly(count),
        };
        let mut files = vec![contents(&self.file, IMPORT_MAX_BYTES)?];
        if let Some(mapping) = &self.mapping {
            files.push(contents(mapping, MAPPING_MAX_BYTES)?);
        }
        let request = Request::Import(ImportRequest {
            name: file_name(&self.file),
            source: self.source,
            removals,
            dry_run: self.dry_run,
            lang: voice.lang.tag().to_owned(),
        });
        Ok(Question { request, files })
    }
}

/// The last part of a path.
pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// All of a file, unless it is longer than it may be.
pub(super) fn contents(path: &Path, limit: usize) -> Result<Bytes, Failure> {
    let refused = |says: String| Failure {
        exit: REFUSED,
        message: format!("cannot read {}: {says}", path.display()),
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| refused(error.to_string()))?;
    // One more than the limit, to tell a file that is too long from one that just fits.
    file.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| refused(error.to_string()))?;
    if bytes.len() > limit {
        return Err(refused(format!("it is longer than {limit} bytes")));
    }
    Ok(bytes.into())
}

/// The report for people.
pub(super) fn report(imported: &Imported, lang: Lang) -> String {
    let mut lines = Vec::new();
    let number = |number: usize| FluentValue::from(number as u64);
    let title = if imported.dry_run {
        "cli-import-would"
    } else {
        "cli-import-done"
    };
    lines.push(say_with(
        lang,
        title,
        &[
            ("source", imported.source.as_str().into()),
            ("rows", number(imported.rows)),
        ],
    ));
    for (key, count) in [
        ("cli-import-added", imported.added),
        ("cli-import-revised", imported.revised),
        ("cli-import-unchanged", imported.unchanged),
        ("cli-import-removed", imported.removed.len()),
        ("cli-import-proposed", imported.proposed.len()),
        ("cli-import-held", imported.held),
        ("cli-import-doubled", imported.doubled.len()),
        ("cli-import-merged", imported.merged),
        ("cli-import-changed", imported.rows_changed),
        ("cli-import-set-aside", imported.rows_set_aside),
        ("cli-import-refused", imported.rows_refused),
    ] {
        // The first two are news even when there is none.
        if count > 0 || ["cli-import-added", "cli-import-revised"].contains(&key) {
            lines.push(format!("  {:>6}  {}", count, say(lang, key)));
        }
    }
    listed(
        &mut lines,
        lang,
        "cli-import-list-removed",
        &imported.removed,
    );
    listed(
        &mut lines,
        lang,
        "cli-import-list-proposed",
        &imported.proposed,
    );
    listed(
        &mut lines,
        lang,
        "cli-import-list-doubled",
        &imported.doubled,
    );
    reasons(&mut lines, lang, &imported.notes);
    if !imported.proposed.is_empty() {
        let count = [("count", number(imported.proposed.len()))];
        lines.push(format!("\n{}", say_with(lang, "cli-import-accept", &count)));
    }
    lines.join("\n")
}

fn listed(lines: &mut Vec<String>, lang: Lang, key: &str, listings: &[Missing]) {
    if listings.is_empty() {
        return;
    }
    lines.push(format!("\n{}", say(lang, key)));
    let shown = listings.iter().take(LINES_MAX);
    lines.extend(shown.map(|one| format!("  {} ({})", one.name, one.id)));
    more(lines, lang, listings.len());
}

/// The reasons, each once, with the rows that it holds for.
fn reasons(lines: &mut Vec<String>, lang: Lang, notes: &[NoteLine]) {
    for (what, key) in [
        ("refused", "cli-import-list-refused"),
        ("set-aside", "cli-import-list-set-aside"),
        ("changed", "cli-import-list-changed"),
    ] {
        let mut rows: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for note in notes.iter().filter(|note| note.what == what) {
            let reason = (note.field.as_str(), note.message.as_str());
            rows.entry(reason).or_default().push(note.row);
        }
        if rows.is_empty() {
            continue;
        }
        lines.push(format!("\n{}", say(lang, key)));
        let all = rows.len();
        for ((field, message), rows) in rows.into_iter().take(LINES_MAX) {
            let field = if field.is_empty() {
                String::new()
            } else {
                format!("{field}: ")
            };
            lines.push(format!("  {field}{message} {}", named(lang, &rows)));
        }
        more(lines, lang, all);
    }
}

fn named(lang: Lang, rows: &[usize]) -> String {
    if rows == [0] {
        return String::new();
    }
    let shown: Vec<String> = rows
        .iter()
        .take(ROWS_NAMED)
        .map(ToString::to_string)
        .collect();
    let values = [
        ("count", FluentValue::from(rows.len() as u64)),
        ("rows", shown.join(", ").into()),
        (
            "more",
            FluentValue::from(rows.len().saturating_sub(ROWS_NAMED) as u64),
        ),
    ];
    say_with(lang, "cli-import-rows", &values)
}

fn more(lines: &mut Vec<String>, lang: Lang, all: usize) {
    if all > LINES_MAX {
        let left = [("count", FluentValue::from((all - LINES_MAX) as u64))];
        lines.push(format!("  {}", say_with(lang, "cli-import-more", &left)));
    }
}
