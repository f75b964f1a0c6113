//! How do words, numbers and lists sound in the reader's language?

use std::cmp::Ordering;
use std::sync::LazyLock;

use clearinghouse_protocol::listing::{Choice, Lang, Word};
use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale_core::locale;

use crate::words::{FluentValue, say, say_with};

/// Languages that have a name in `pages.ftl`; any other one is shown by its tag.
pub(super) const TONGUES: &[&str] = &[
    "am", "ar", "ase", "bn", "cr", "de", "el", "en", "es", "fa", "fcs", "fil", "fr", "gu", "he",
    "hi", "hr", "ht", "hu", "it", "iu", "ja", "ko", "ku", "mic", "nl", "oj", "pa", "pl", "ps",
    "pt", "ro", "ru", "so", "sq", "sr", "sw", "ta", "ti", "tl", "tr", "uk", "ur", "vi", "yue",
    "zh",
];

/// Regions that have a name in `pages.ftl`; any other one is shown by its code.
pub(super) const REGIONS: &[&str] = &[
    "CA", "CA-AB", "CA-BC", "CA-MB", "CA-NB", "CA-NL", "CA-NS", "CA-NT", "CA-NU", "CA-ON", "CA-PE",
    "CA-QC", "CA-SK", "CA-YT",
];

/// The reader's language, and how to speak it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Speech(pub(super) Lang);

impl Speech {
    /// Its BCP 47 tag.
    pub(super) fn tag(&self) -> &'static str {
        self.0.tag()
    }

    /// The text under a key.
    pub(super) fn say(&self, key: &str) -> String {
        say(self.0, key)
    }

    /// The text under a key with texts in it.
    pub(super) fn with(&self, key: &str, values: &[(&'static str, &str)]) -> String {
        let values: Vec<_> = values
            .iter()
            .map(|(name, value)| (*name, FluentValue::from(*value)))
            .collect();
        say_with(self.0, key, &values)
    }

    /// The text under a key with one text in it, for templates.
    pub(super) fn of(&self, key: &str, value: &str) -> String {
        self.with(key, &[("value", value)])
    }

    /// The text under a key about so many of something: `$count` chooses, `$shown` is read.
    pub(super) fn count(&self, key: &str, count: u64) -> String {
        let shown = self.number(count);
        let values = [("count", count.into()), ("shown", shown.into())];
        say_with(self.0, key, &values)
    }

    /// A whole number, its thousands apart: `12,345`, « 12 345 ».
    pub(super) fn number(&self, number: u64) -> String {
        let apart = match self.0 {
            Lang::En => ',',
            // Narrow and not to be broken.
            Lang::Fr => '\u{202f}',
        };
        let digits = number.to_string();
        let mut shown = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                shown.push(apart);
            }
            shown.push(digit);
        }
        shown
    }

    /// A distance such as `1.2 km`, as exact as the middle of a postal area.
    pub(super) fn distance(&self, km: f32) -> String {
        if km < 1.0 {
            return self.say("distance-close");
        }
        let text = if km < 10.0 {
            format!("{km:.1}")
        } else {
            format!("{km:.0}")
        };
        let text = text.strip_suffix(".0").unwrap_or(&text);
        let text = match self.0 {
            Lang::En => text.to_owned(),
            Lang::Fr => text.replace('.', ","),
        };
        self.of("distance-km", &text)
    }

    /// `a`, `a and b`, `a, b and c`.
    pub(super) fn list(&self, parts: &[String]) -> String {
        match parts {
            [] => String::new(),
            [one] => one.clone(),
            [most @ .., last] => {
                let most = most.join(", ");
                self.with("list-and", &[("most", &most), ("last", last)])
            }
        }
    }

    /// A word of a vocabulary: the key is `prefix`, a hyphen and the word. One of a later version is
    /// shown as it is spelled.
    pub(super) fn choice<W: Word>(&self, prefix: &str, choice: &Choice<W>) -> String {
        match choice {
            Choice::Known(word) => self.say(&format!("{prefix}-{}", word.as_str())),
            Choice::Later(spelling) => spelling.clone(),
        }
    }

    /// The same for a word by its spelling.
    pub(super) fn word<W: Word>(&self, prefix: &str, spelling: &str) -> String {
        match W::of(spelling) {
            Some(word) => self.say(&format!("{prefix}-{}", word.as_str())),
            None => spelling.to_owned(),
        }
    }

    /// The name of a language by its tag.
    pub(super) fn tongue(&self, tag: &str) -> String {
        let primary = tag.split('-').next().unwrap_or(tag);
        let known = [tag, primary].into_iter().find(|tag| TONGUES.contains(tag));
        known.map_or_else(|| tag.to_owned(), |tag| self.say(&format!("tongue-{tag}")))
    }

    /// The name of a region by its code of ISO 3166.
    pub(super) fn region(&self, code: &str) -> String {
        match REGIONS.contains(&code) {
            true => self.say(&format!("region-{code}")),
            false => code.to_owned(),
        }
    }

    /// In which order two names stand.
    pub(super) fn order(&self, one: &str, other: &str) -> Ordering {
        static COLLATORS: LazyLock<[CollatorBorrowed<'static>; 2]> = LazyLock::new(|| {
            [locale!("en-CA"), locale!("fr-CA")].map(|locale| {
                Collator::try_new(locale.into(), CollatorOptions::default())
                    .expect("both languages are compiled in")
            })
        });
        COLLATORS[self.0 as usize].compare(one, other)
    }
}

/// The text with a capital letter at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        for (number, en, fr) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1,000", "1\u{202f}000"),
            (1_234_567, "1,234,567", "1\u{202f}234\u{202f}567"),
        ] {
            assert_eq!(Speech(Lang::En).number(number), en);
            assert_eq!(Speech(Lang::Fr).number(number), fr);
        }
        for (km, en, fr) in [
            (0.3, "less than 1\u{a0}km", "moins de 1\u{a0}km"),
            (1.24, "1.2\u{a0}km", "1,2\u{a0}km"),
            (2.0, "2\u{a0}km", "2\u{a0}km"),
            (12.6, "13\u{a0}km", "13\u{a0}km"),
        ] {
            assert_eq!(Speech(Lang::En).distance(km), en);
            assert_eq!(Speech(Lang::Fr).distance(km), fr);
        }
    }

    #[test]
    fn names_are_sorted_as_a_reader_expects() {
        let mut names = ["Zone", "école", "Eaux", "étude", "Été", "abri"];
        names.sort_by(|one, other| Speech(Lang::Fr).order(one, other));
        assert_eq!(names, ["abri", "Eaux", "école", "Été", "étude", "Zone"]);
    }
}
