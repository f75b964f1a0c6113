//! What is wrong with a draft, and how do we say so in two languages?

use std::{borrow::Cow, collections::HashMap, fmt, sync::LazyLock};

use super::{
    character::{code_point, is_refused},
    fault_code::FaultCode,
};
use fluent_templates::{LanguageIdentifier, Loader, fluent_bundle::FluentValue};

fluent_templates::static_loader! {
    static MESSAGES = {
        locales: "./locales",
        fallback_language: "en",
        // Isolation marks are invisible characters, which we refuse in listings ourselves.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// How many faults of one draft are told. Nobody mends two hundred at a time, and each costs memory.
pub(super) const FAULTS_MAX: usize = 200;

/// How much of a refused value is repeated in a message, in characters.
const ECHO_CHARACTERS_MAX: usize = 80;

/// A language in which this program speaks to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    En,
    /// French.
    Fr,
}

impl Lang {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::Fr];

    /// The BCP 47 tag: `en` or `fr`.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Fr => "fr",
        }
    }

    /// The language whose primary subtag this tag has, if it is one of ours.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or(tag);
        Lang::ALL
            .into_iter()
            .find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    fn identifier(self) -> &'static LanguageIdentifier {
        static IDENTIFIERS: LazyLock<[LanguageIdentifier; 2]> = LazyLock::new(|| {
            Lang::ALL.map(|lang| lang.tag().parse().expect("our own tags are well-formed"))
        });
        &IDENTIFIERS[self as usize]
    }
}

/// One thing that is wrong with a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    field: String,
    code: FaultCode,
    args: Vec<(&'static str, String)>,
    position: Vec<usize>,
}

impl Fault {
    pub(super) fn new(
        field: String,
        position: Vec<usize>,
        code: FaultCode,
        args: &[(&'static str, &str)],
    ) -> Self {
        // Our own list of words is told whole; everything else may come from anybody.
        let shown = |name: &str, value: &str| {
            if name == "allowed" {
                value.to_owned()
            } else {
                echo(value)
            }
        };
        let args = args
            .iter()
            .map(|(name, value)| (*name, shown(name, value)))
            .collect();
        Fault {
            field,
            code,
            args,
            position,
        }
    }

    /// A fault of the whole document.
    pub(super) fn of_document(code: FaultCode, args: &[(&'static str, &str)]) -> Self {
        Self::new(String::new(), Vec::new(), code, args)
    }

    /// Where: a path such as `contacts[0].email`; empty for the document as a whole.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong, for programs.
    pub fn code(&self) -> FaultCode {
        self.code
    }

    /// The values that disagree, by name; a long value is cut short.
    pub fn args(&self) -> &[(&'static str, String)] {
        &self.args
    }

    /// What is wrong and what would be right, for people, without the field's name.
    pub fn message(&self, lang: Lang) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue<'_>> = self
            .args
            .iter()
            .map(|(name, value)| ((*name).into(), value.as_str().into()))
            .collect();
        MESSAGES.lookup_with_args(lang.identifier(), self.code.message_id(), &args)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message(Lang::En))
    }
}

/// Every fault of one draft, in the order of the document; what is missing stands last in its object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Faults in the order of the document they were found in; at most [`FAULTS_MAX`].
    pub(super) fn new(mut faults: Vec<Fault>) -> Self {
        assert!(!faults.is_empty(), "a refusal names at least one fault");
        faults.sort_by(|a, b| a.position.cmp(&b.position));
        faults.truncate(FAULTS_MAX);
        Faults(faults)
    }

    /// One fault of the whole document.
    pub(super) fn of_document(code: FaultCode, args: &[(&'static str, &str)]) -> Self {
        Faults(vec![Fault::of_document(code, args)])
    }

    /// The faults, first to last; at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }

    /// How many there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "a refusal is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            write!(f, "{}{fault}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

/// Shortens a value for a message and shows characters that would disturb it as their code point.
fn echo(value: &str) -> String {
    let mut shown = String::new();
    for (i, c) in value.chars().enumerate() {
        if i == ECHO_CHARACTERS_MAX {
            shown.push('…');
            break;
        }
        if is_refused(c) || c.is_control() {
            shown.push_str(&code_point(c));
        } else {
            shown.push(c);
        }
    }
    shown
}
