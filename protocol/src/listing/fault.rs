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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const FILES: [(Lang, &str); 2] = [
        (Lang::En, include_str!("../../locales/en/faults.ftl")),
        (Lang::Fr, include_str!("../../locales/fr/faults.ftl")),
    ];

    /// The messages of a file: key and text.
    fn messages(file: &str) -> Vec<(&str, String)> {
        let mut messages: Vec<(&str, String)> = Vec::new();
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            match (line.split_once(" = "), messages.last_mut()) {
                (Some((key, text)), _) if key.starts_with("fault-") => {
                    messages.push((key, text.to_owned()));
                }
                (_, Some((_, text))) => text.push_str(line),
                (_, None) => assert_eq!(line, ""),
            }
        }
        messages
    }

    /// The arguments that a message names: `$name`.
    fn arguments(text: &str) -> BTreeSet<&str> {
        let named = text.split('$').skip(1);
        named
            .map(|rest| {
                rest.split(|c: char| !c.is_ascii_lowercase())
                    .next()
                    .unwrap_or(rest)
            })
            .collect()
    }

    #[test]
    fn both_languages_have_every_message_and_no_other() {
        let codes: Vec<&str> = FaultCode::all().map(FaultCode::message_id).collect();
        for (lang, file) in FILES {
            let keys: Vec<&str> = messages(file).into_iter().map(|(key, _)| key).collect();
            assert_eq!(keys, codes, "{lang:?}");
        }
    }

    #[test]
    fn a_message_names_only_what_its_fault_carries() {
        for (lang, file) in FILES {
            for (code, (key, text)) in FaultCode::all().zip(messages(file)) {
                let carried: BTreeSet<&str> = code.arg_names().iter().copied().collect();
                assert!(arguments(&text).is_subset(&carried), "{lang:?} {key}");
            }
        }
        // What is carried is said in at least one language, unless it is for programs only.
        for code in FaultCode::all() {
            let said = FILES.iter().flat_map(|(_, file)| messages(file));
            let said = said
                .filter(|(key, _)| *key == code.message_id())
                .map(|(_, text)| text);
            let said: String = said.collect();
            let unsaid: Vec<_> = code
                .arg_names()
                .iter()
                .filter(|name| !arguments(&said).contains(**name))
                .collect();
            assert!(
                unsaid.is_empty() || code == FaultCode::RuleFrequency,
                "{code:?}: {unsaid:?}"
            );
        }
    }

    #[test]
    fn every_message_is_whole_in_both_languages() {
        for (code, (_, text)) in FaultCode::all().zip(messages(FILES[0].1)) {
            // Some faults always have something to suggest.
            let nothing = text.contains("[none]").then_some("none");
            for nearest in ["⟨nearest⟩"].into_iter().chain(nothing) {
                let value = |name: &&'static str| match *name {
                    "nearest" => nearest,
                    "wanted" => "list",
                    "part" => "BYDAY",
                    other => other,
                };
                let args: Vec<_> = code
                    .arg_names()
                    .iter()
                    .map(|name| (*name, value(name)))
                    .collect();
                let fault = Fault::of_document(code, &args);
                let [en, fr] = Lang::ALL.map(|lang| fault.message(lang));
                assert_ne!(en, fr, "{code:?}");
                for message in [en, fr] {
                    assert!(message.ends_with(['.', '?']), "{code:?}: {message}");
                    assert!(
                        !message.contains(['$', '\n', '{']) || code == FaultCode::WrongType,
                        "{code:?}: {message}"
                    );
                    assert!(!message.contains("none"), "{code:?}: {message}");
                    assert!(!message.contains("  "), "{code:?}: {message}");
                }
            }
        }
    }

    #[test]
    fn a_wrong_type_is_told_by_an_example() {
        let message = |wanted, lang| {
            Fault::of_document(FaultCode::WrongType, &[("wanted", wanted)]).message(lang)
        };
        let all = [
            "list", "object", "text", "string", "number", "integer", "flag",
        ];
        for lang in Lang::ALL {
            let told: BTreeSet<String> = all.iter().map(|wanted| message(wanted, lang)).collect();
            assert_eq!(told.len(), all.len(), "{lang:?}: {told:?}");
        }
        let text = r#"This must be an object with one text for each language, such as {"en": "…", "fr": "…"}."#;
        assert_eq!(message("text", Lang::En), text);
    }

    #[test]
    fn faults_are_told_with_what_would_be_right() {
        for (code, args, en, fr) in [
            (
                FaultCode::UnknownWord,
                &[
                    ("value", "grup"),
                    ("nearest", "group"),
                    ("allowed", "group, centre"),
                ][..],
                "“grup” is not one of the possible values. Did you mean “group”? Choose one of: group, centre.",
                "« grup » n’est pas une des valeurs possibles. Vouliez-vous dire « group » ? Choisissez parmi : group, centre.",
            ),
            (
                FaultCode::UnknownWord,
                &[
                    ("value", "x"),
                    ("nearest", "none"),
                    ("allowed", "group, centre"),
                ],
                "“x” is not one of the possible values. Choose one of: group, centre.",
                "« x » n’est pas une des valeurs possibles. Choisissez parmi : group, centre.",
            ),
            (
                FaultCode::BadTimeZone,
                &[("value", "Toronto"), ("nearest", "America/Toronto")],
                "“Toronto” is not a time zone. Did you mean “America/Toronto”?",
                "« Toronto » n’est pas un fuseau horaire. Vouliez-vous dire « America/Toronto » ?",
            ),
        ] {
            let fault = Fault::of_document(code, args);
            assert_eq!(
                (
                    fault.message(Lang::En).as_str(),
                    fault.message(Lang::Fr).as_str()
                ),
                (en, fr)
            );
        }
    }

    #[test]
    fn what_a_stranger_wrote_is_repeated_briefly_and_visibly() {
        let value = format!("\u{202e}\n{}", "x".repeat(200));
        let fault = Fault::of_document(FaultCode::BadEmail, &[("value", &value)]);
        assert_eq!(
            fault.args()[0].1,
            format!("U+202EU+000A{}…", "x".repeat(78))
        );
    }
}
