//! What is one text in several languages?

use oxilangtag::LanguageTag;
use serde_json::Value;

use super::{at::At, fault_code::FaultCode, fold::fold, reading::Reading};

/// In how many languages one text may stand: more than any centre publishes in.
const LANGUAGES_MAX: usize = 30;

/// How long a language tag may be, in bytes (RFC 5646, section 4.4.1, asks for room for 35).
pub(super) const TAG_BYTES_MAX: usize = 35;

/// Names and codes that people write instead of a tag, folded.
const TAGS_BY_NAME: &[(&str, &str)] = &[
    ("english", "en"),
    ("anglais", "en"),
    ("eng", "en"),
    ("french", "fr"),
    ("francais", "fr"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("spanish", "es"),
    ("espagnol", "es"),
    ("espanol", "es"),
    ("spa", "es"),
    ("arabic", "ar"),
    ("arabe", "ar"),
    ("ara", "ar"),
    ("chinese", "zh"),
    ("mandarin", "zh"),
    ("cantonese", "yue"),
    ("zho", "zh"),
    ("chi", "zh"),
    ("punjabi", "pa"),
    ("pendjabi", "pa"),
    ("tagalog", "tl"),
    ("portuguese", "pt"),
    ("italian", "it"),
    ("german", "de"),
    ("deu", "de"),
    ("ger", "de"),
    ("hindi", "hi"),
    ("urdu", "ur"),
    ("polish", "pl"),
    ("russian", "ru"),
    ("ukrainian", "uk"),
    ("tamil", "ta"),
    ("farsi", "fa"),
    ("persian", "fa"),
    ("asl", "ase"),
    ("lsq", "fcs"),
    ("inuktitut", "iu"),
    ("ojibwe", "oj"),
    ("cree", "cr"),
];

/// One text in one or more languages, in the order in which its author wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<(String, String)>);

impl Text {
    /// The text in this language, as tag and text; else in another form of the same language
    /// (`fr` for `fr-CA`); else in the language that the author wrote first.
    pub fn best(&self, lang: &str) -> Option<(&str, &str)> {
        let primary = |tag: &str| {
            tag.split('-')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        let exact = self
            .0
            .iter()
            .find(|(tag, _)| tag.eq_ignore_ascii_case(lang));
        let related = || self.0.iter().find(|(tag, _)| primary(tag) == primary(lang));
        let found = exact.or_else(related).or_else(|| self.0.first());
        found.map(|(tag, text)| (tag.as_str(), text.as_str()))
    }

    /// Tag and text, one language after another.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(tag, text)| (tag.as_str(), text.as_str()))
    }

    /// Whether nothing is said in any language; a sound listing has no such text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Reading<'_> {
    /// Text of one line in several languages here, each of at most `max` characters.
    pub(super) fn title(&mut self, at: At<'_>, max: usize) -> Option<Text> {
        self.languages(at, |reading, at| reading.line(at, max).map(str::to_owned))
    }

    /// Text of any number of lines in several languages here, each of at most `max` characters.
    pub(super) fn prose(&mut self, at: At<'_>, max: usize) -> Option<Text> {
        self.languages(at, |reading, at| reading.string(at, max).map(str::to_owned))
    }

    fn languages(
        &mut self,
        at: At<'_>,
        read: impl Fn(&mut Self, At<'_>) -> Option<String>,
    ) -> Option<Text> {
        if at.is_empty() {
            return None;
        }
        let Value::Object(languages) = at.value() else {
            self.fault(at, FaultCode::WrongType, &[("wanted", "text")]);
            return None;
        };
        if languages.len() > LANGUAGES_MAX {
            let (count, max) = (languages.len().to_string(), LANGUAGES_MAX.to_string());
            self.fault(at, FaultCode::TooMany, &[("count", &count), ("max", &max)]);
            return None;
        }
        let mut text = Vec::with_capacity(languages.len());
        for tag in languages.keys() {
            let at = at.field(tag);
            if self.is_tag(at, tag)
                && let Some(words) = read(self, at)
            {
                text.push((tag.clone(), words));
            }
        }
        (!text.is_empty()).then_some(Text(text))
    }

    /// A language tag here.
    pub(super) fn language(&mut self, at: At<'_>) -> Option<String> {
        let tag = self.line(at, TAG_BYTES_MAX)?;
        self.is_tag(at, tag).then(|| tag.to_owned())
    }

    fn is_tag(&mut self, at: At<'_>, tag: &str) -> bool {
        // Almost every text is in one of these, and a million listings are read at a time.
        if matches!(tag, "en" | "fr") {
            return true;
        }
        let canonical = canonical_tag(tag);
        if canonical.as_deref() == Some(tag) || (!self.strict && canonical.is_some()) {
            return true;
        }
        let by_name = || {
            let folded = fold(tag);
            TAGS_BY_NAME
                .iter()
                .find(|(name, _)| *name == folded)
                .map(|(_, tag)| (*tag).to_owned())
        };
        let nearest = by_name().or(canonical).unwrap_or_else(|| "none".to_owned());
        self.fault(
            at,
            FaultCode::BadLanguage,
            &[("value", tag), ("nearest", &nearest)],
        );
        false
    }
}

/// A well-formed language tag of BCP 47 in its usual spelling (`fr-CA`, `zh-Hant`), with the
/// usual code where people often write another (`eng` → `en`, `asl` → `ase`); `None` if it is
/// not well-formed.
pub fn canonical_tag(tag: &str) -> Option<String> {
    if tag.len() > TAG_BYTES_MAX {
        return None;
    }
    let tag = LanguageTag::parse_and_normalize(tag).ok()?;
    let primary = tag.primary_language();
    // RFC 5646 reserves four letters for later and has no tag of five to eight.
    if !(2..=3).contains(&primary.len()) {
        return None;
    }
    let shorter =
        (primary.len() == 3).then(|| TAGS_BY_NAME.iter().find(|(name, _)| *name == primary));
    Some(match shorter.flatten() {
        Some((_, usual)) => tag.as_str().replacen(primary, usual, 1),
        None => tag.into_inner(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_one_spelling() {
        for (written, canonical) in [
            ("en", Some("en")),
            ("EN-ca", Some("en-CA")),
            ("zh-hant-TW", Some("zh-Hant-TW")),
            ("eng", Some("en")),
            ("fra-CA", Some("fr-CA")),
            ("asl", Some("ase")),
            ("crk", Some("crk")),
            ("fr-x-facile", Some("fr-x-facile")),
            ("english", None),
            ("e", None),
            ("", None),
            ("en_CA", None),
            ("x-private", None),
            ("en-", None),
        ] {
            assert_eq!(canonical_tag(written).as_deref(), canonical, "{written}");
        }
    }

    #[test]
    fn the_best_language_is_the_same_then_a_related_one_then_the_author_s_first() {
        let text = |tags: &[&str]| {
            Text(
                tags.iter()
                    .map(|tag| ((*tag).to_owned(), (*tag).to_owned()))
                    .collect(),
            )
        };
        for (tags, lang, best) in [
            (&["en", "fr"][..], "fr", Some("fr")),
            (&["en", "fr"], "FR", Some("fr")),
            (&["en", "fr"], "fr-CA", Some("fr")),
            (&["en", "fr-CA"], "fr", Some("fr-CA")),
            (&["fr-FR", "fr-CA"], "fr-CA", Some("fr-CA")),
            (&["iu", "en"], "fr", Some("iu")),
            (&["en"], "", Some("en")),
            (&[], "en", None),
        ] {
            assert_eq!(
                text(tags).best(lang).map(|(tag, _)| tag),
                best,
                "{tags:?} {lang}"
            );
        }
    }
}
