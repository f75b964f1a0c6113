//! What does the part of an address after the question mark say?

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use url::form_urlencoded;

use crate::http::error::{ApiError, BadPart};

/// Parameters of one question that are looked at; a page's form has some twenty.
const PARAMETERS_MAX: usize = 100;

/// Values of one parameter.
const VALUES_MAX: usize = 50;

/// How much of an unknown name is repeated, in characters.
const ECHO_CHARACTERS_MAX: usize = 40;

/// How alike two spellings must be for one to be suggested in place of the other (Jaro-Winkler).
const LIKENESS_MIN: f64 = 0.75;

/// The parameters of a question; each is taken once, and every fault is told at the end.
pub(super) struct Parameters {
    given: Vec<(String, String)>,
    faults: Vec<BadPart>,
}

impl Parameters {
    /// Takes the query of an address apart. `known` are the names that have a meaning.
    pub(super) fn read(query: Option<&str>, known: &[&str]) -> Parameters {
        let mut read = Parameters {
            given: Vec::new(),
            faults: Vec::new(),
        };
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        for (number, (name, value)) in pairs.enumerate() {
            if number == PARAMETERS_MAX {
                read.fault("", "query-too-many", &[("max", &PARAMETERS_MAX)]);
                break;
            }
            if !known.contains(&&*name) {
                read.unknown(&name, known);
            } else if value.contains(char::REPLACEMENT_CHARACTER) || value.contains('\0') {
                // What is not UTF-8 comes out of the parser as this character, and nobody means it.
                read.fault(&name, "query-not-text", &[]);
            } else if !value.trim().is_empty() {
                // A form sends its empty fields too; they say nothing.
                read.given
                    .push((name.into_owned(), value.trim().to_owned()));
            }
        }
        read
    }

    /// The one value of a parameter, of at most `characters_max`.
    pub(super) fn one(&mut self, name: &str, characters_max: usize) -> Option<String> {
        let mut values = self.take(name);
        if values.len() > 1 {
            self.fault(name, "query-once", &[]);
        }
        let value = values.pop()?;
        if value.chars().count() > characters_max {
            self.fault(name, "query-too-long", &[("max", &characters_max)]);
            return None;
        }
        Some(value)
    }

    /// All values of a parameter, repeated or between commas, each once and in their order.
    pub(super) fn many(&mut self, name: &str) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        let given = self.take(name);
        for value in given.iter().flat_map(|given| given.split(',')) {
            let value = value.trim();
            if value.is_empty() || values.iter().any(|known| known == value) {
                continue;
            }
            if values.len() == VALUES_MAX {
                self.fault(name, "query-too-many", &[("max", &VALUES_MAX)]);
                break;
            }
            values.push(value.to_owned());
        }
        values
    }

    /// All values of a parameter that chooses from these words.
    pub(super) fn words<'w>(
        &mut self,
        name: &str,
        words: impl Iterator<Item = &'w str> + Clone,
    ) -> Vec<String> {
        let values = self.many(name);
        for value in &values {
            if !words.clone().any(|word| word == value) {
                self.unknown_value(name, nearest(value, words.clone()));
            }
        }
        values
    }

    /// The number that a parameter gives, within bounds.
    pub(super) fn number<N>(&mut self, name: &str, bounds: RangeInclusive<N>) -> Option<N>
    where
        N: FromStr + PartialOrd + Display,
    {
        const DIGITS_MAX: usize = 32;
        let text = self.one(name, DIGITS_MAX)?;
        let sound = text.starts_with(|c: char| c.is_ascii_digit());
        let number = text.parse().ok().filter(|number| bounds.contains(number));
        let number = number.filter(|_| sound);
        if number.is_none() {
            let (min, max) = (bounds.start(), bounds.end());
            self.fault(name, "query-number", &[("min", min), ("max", max)]);
        }
        number
    }

    /// Notes that a value is none of those that a parameter may have.
    pub(super) fn unknown_value(&mut self, name: &str, nearest: Option<&str>) {
        match nearest {
            Some(nearest) => {
                self.fault(
                    name,
                    "query-unknown-value-nearest",
                    &[("nearest", &nearest)],
                );
            }
            None => self.fault(name, "query-unknown-value", &[]),
        }
    }

    /// Notes what is wrong with a parameter. Values never repeat what somebody looks for.
    pub(super) fn fault(
        &mut self,
        name: &str,
        key: &'static str,
        values: &[(&'static str, &dyn Display)],
    ) {
        let values = values
            .iter()
            .map(|(name, value)| (*name, value.to_string()));
        let part = BadPart::new(name, key, values.collect());
        if !self.faults.contains(&part) {
            self.faults.push(part);
        }
    }

    /// Ends the reading: all faults at once, if there are any.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(ApiError::BadQuery(self.faults))
        }
    }

    fn take(&mut self, name: &str) -> Vec<String> {
        let taken = self.given.extract_if(.., |(known, _)| known == name);
        taken.map(|(_, value)| value).collect()
    }

    fn unknown(&mut self, name: &str, known: &[&str]) {
        let shown: String = name
            .chars()
            .filter(|c| !c.is_control())
            .take(ECHO_CHARACTERS_MAX)
            .collect();
        match nearest(name, known.iter().copied()) {
            Some(nearest) => {
                let values: &[(_, &dyn Display)] = &[("nearest", &nearest)];
                self.fault(&shown, "query-unknown-parameter-nearest", values);
            }
            None => self.fault(&shown, "query-unknown-parameter", &[]),
        }
    }
}

/// The word that is most like a text, if any is like it at all.
fn nearest<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    // What is far longer than any word is like none, and comparing takes time.
    let text: String = text.chars().take(ECHO_CHARACTERS_MAX).collect();
    let text = text.to_lowercase();
    words
        .map(|word| (strsim::jaro_winkler(&text, word), word))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, word)| word)
}
