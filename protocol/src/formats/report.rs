//! What an import changed, set aside or refused, and why.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid};

use crate::listing::Lang;

fluent_templates::static_loader! {
    static WORDS = {
        locales: "./locales",
        fallback_language: "en",
        // The isolation marks of Fluent would travel into plain-text reports and listings.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static ENGLISH: LanguageIdentifier = langid!("en");
static FRENCH: LanguageIdentifier = langid!("fr");

/// What became of a row, or of one of its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// The row is in; something of it differs from the file.
    Changed,
    /// The row is not in, and a person may decide otherwise.
    SetAside,
    /// The row is not in, because no sound listing can be made of it.
    Refused,
}

impl What {
    /// The word for machines: `changed`, `set-aside` or `refused`.
    pub fn code(self) -> &'static str {
        match self {
            What::Changed => "changed",
            What::SetAside => "set-aside",
            What::Refused => "refused",
        }
    }
}

/// A reason: a code for machines and the values that its sentence names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// A key of `locales/*/imports.ftl`, without its prefix `import-`.
    pub code: &'static str,
    /// Names and values of what the sentence mentions.
    pub args: Vec<(&'static str, String)>,
}

impl Why {
    /// A reason with no values.
    pub fn new(code: &'static str) -> Why {
        Why {
            code,
            args: Vec::new(),
        }
    }

    /// The same reason, naming one more value. Long values are cut: a report quotes, it does not copy.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Why {
        let value: String = value.into();
        let quoted = match value.char_indices().nth(QUOTE_CHARS) {
            Some((cut, _)) => format!("{}…", &value[..cut]),
            None => value,
        };
        self.args.push((name, quoted));
        self
    }

    /// The reason as a sentence.
    pub fn message(&self, lang: Lang) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue<'_>> = self
            .args
            .iter()
            .map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(value.as_str())))
            .collect();
        let key = format!("import-{}", self.code);
        WORDS
            .try_lookup_with_args(identifier(lang), &key, &args)
            .unwrap_or_else(|| self.code.to_string())
    }
}

/// Letters of a value that a note quotes at most.
const QUOTE_CHARS: usize = 160;

fn identifier(lang: Lang) -> &'static LanguageIdentifier {
    match lang {
        Lang::En => &ENGLISH,
        Lang::Fr => &FRENCH,
    }
}

/// A word or phrase of `locales/*/imports.ftl` that an import writes into a listing.
pub(crate) fn phrase(tag: &str, key: &str) -> Option<String> {
    let french = tag == "fr" || tag.starts_with("fr-");
    WORDS.try_lookup(if french { &FRENCH } else { &ENGLISH }, key)
}

/// One sentence of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Row of the file, counted from 1 without a header line; 0 stands for the file as a whole.
    pub row: usize,
    /// The row's own identifier, empty where it has none.
    pub id: String,
    /// Field of the file or of the listing, empty where the whole row is meant.
    pub field: String,
    /// What became of it.
    pub what: What,
    /// The reason.
    pub why: Why,
}

impl Note {
    /// The note as one line for people.
    pub fn message(&self, lang: Lang) -> String {
        self.why.message(lang)
    }
}

/// How many rows have each of some names; of very many names, the first.
#[derive(Debug, Default)]
pub(crate) struct Tally(Vec<(String, usize)>);

/// Names that a tally tells apart at most: a report with more is read by nobody.
const MAX_NAMES: usize = 200;

impl Tally {
    /// Counts one row for a name.
    pub(crate) fn count(&mut self, name: &str) {
        match self.0.iter().position(|(known, _)| known == name) {
            Some(at) => self.0[at].1 += 1,
            None if self.0.len() < MAX_NAMES => self.0.push((name.to_string(), 1)),
            None => {}
        }
    }

    /// Names with their rows, in the order in which they first came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().map(|(name, rows)| (name.as_str(), *rows))
    }
}

/// Everything that an import has to say about a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows that the file holds.
    pub rows_read: usize,
    /// Rows that became further schedules of an earlier row's listing.
    pub rows_merged: usize,
    /// In the order of the rows; notes on the whole file first.
    pub notes: Vec<Note>,
}

impl Report {
    /// Adds a note about one row.
    pub fn note(&mut self, row: usize, id: &str, field: &str, what: What, why: Why) {
        self.notes.push(Note {
            row,
            id: id.to_string(),
            field: field.to_string(),
            what,
            why,
        });
    }

    /// Adds a note about the whole file.
    pub fn about_file(&mut self, field: &str, why: Why) {
        let at = self.notes.iter().take_while(|note| note.row == 0).count();
        let note = Note {
            row: 0,
            id: String::new(),
            field: field.to_string(),
            what: What::Changed,
            why,
        };
        self.notes.insert(at, note);
    }

    /// How many rows have at least one note of this sort.
    pub fn rows(&self, what: What) -> usize {
        let rows: BTreeSet<usize> = self
            .notes
            .iter()
            .filter(|n| n.row > 0 && n.what == what)
            .map(|n| n.row)
            .collect();
        rows.len()
    }

    /// True if each row that was read either became one of `listings` listings, was merged into
    /// one, or is named here as set aside or refused.
    pub fn accounts_for(&self, listings: usize) -> bool {
        let held = self.rows(What::SetAside) + self.rows(What::Refused);
        self.rows_read == listings + self.rows_merged + held
    }
}
