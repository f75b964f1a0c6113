//! How is a draft walked so that every fault is found at once?

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::{
    at::At,
    fault::{FAULTS_MAX, Fault, Faults},
    fault_code::FaultCode,
    likeness::{distinct, misspelt, nearest},
    taxonomy::Taxonomy,
    word::{Choice, Word},
};

/// How long a word of a vocabulary may be that a later version adds, in bytes.
const WORD_BYTES_MAX: usize = 100;

/// One reading of one document, with the faults found so far.
///
/// A *draft* is read strictly. A *listing* that somebody else's node already published is read
/// leniently in what changes from version to version (vocabularies, concerns, fields, rules,
/// time zones, numbering plans), and as strictly in everything else.
pub(super) struct Reading<'t> {
    pub(super) taxonomy: &'t Taxonomy,
    pub(super) strict: bool,
    faults: Vec<Fault>,
}

impl<'t> Reading<'t> {
    /// A reading of what anybody may have sent.
    pub(super) fn of_draft(taxonomy: &'t Taxonomy) -> Self {
        Reading {
            taxonomy,
            strict: true,
            faults: Vec::new(),
        }
    }

    /// A reading of what a node, perhaps of a later version, has published.
    pub(super) fn of_listing(taxonomy: &'t Taxonomy) -> Self {
        Reading {
            taxonomy,
            strict: false,
            faults: Vec::new(),
        }
    }

    /// The faults found, if any.
    pub(super) fn finish(self) -> Result<(), Faults> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Faults::new(self.faults))
        }
    }

    /// Notes a fault and goes on.
    pub(super) fn fault(&mut self, at: At<'_>, code: FaultCode, args: &[(&'static str, &str)]) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(at.fault(code, args));
        }
    }

    /// Notes that a value is of another type than wanted, one of the words in `faults.ftl`.
    fn wrong_type(&mut self, at: At<'_>, wanted: &str) {
        self.fault(at, FaultCode::WrongType, &[("wanted", wanted)]);
    }

    /// Whether there is something here; a fault if not.
    pub(super) fn require(&mut self, at: At<'_>) -> bool {
        if at.is_empty() {
            self.fault(at, FaultCode::Missing, &[]);
        }
        !at.is_empty()
    }

    /// The object here, whose known fields are these. In a draft, an unknown field that looks
    /// like a known one misspelt is a fault; other unknown fields are kept and not looked at.
    pub(super) fn object<'a>(
        &mut self,
        at: At<'a>,
        known: &[&str],
    ) -> Option<&'a Map<String, Value>> {
        let Some(fields) = at.value().as_object() else {
            self.wrong_type(at, "object");
            return None;
        };
        if self.strict {
            for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
                if let Some(nearest) = misspelt(name, known) {
                    self.fault(
                        at.field(name),
                        FaultCode::MisspeltField,
                        &[("nearest", nearest)],
                    );
                }
            }
        }
        Some(fields)
    }

    /// The elements here, read one by one, at most `max`; none if there is nothing here.
    pub(super) fn list<T>(
        &mut self,
        at: At<'_>,
        max: usize,
        mut read: impl FnMut(&mut Self, At<'_>) -> Option<T>,
    ) -> Vec<T> {
        if at.is_empty() {
            return Vec::new();
        }
        let Some(elements) = at.value().as_array() else {
            self.wrong_type(at, "list");
            return Vec::new();
        };
        if elements.len() > max {
            let (count, max) = (elements.len().to_string(), max.to_string());
            self.fault(at, FaultCode::TooMany, &[("count", &count), ("max", &max)]);
            return Vec::new();
        }
        let mut list = Vec::with_capacity(elements.len());
        for index in 0..elements.len() {
            let element = at.element(index);
            if self.require(element) {
                list.extend(read(self, element));
            }
        }
        list
    }

    /// Text of at most `max` characters here, without language.
    pub(super) fn string<'a>(&mut self, at: At<'a>, max: usize) -> Option<&'a str> {
        if at.is_empty() {
            return None;
        }
        let Some(text) = at.value().as_str() else {
            self.wrong_type(at, "string");
            return None;
        };
        // Counting bytes first spares most texts the count of characters.
        if text.len() > max {
            let length = text.chars().count();
            if length > max {
                let (length, max) = (length.to_string(), max.to_string());
                self.fault(
                    at,
                    FaultCode::TooLong,
                    &[("length", &length), ("max", &max)],
                );
                return None;
            }
        }
        Some(text)
    }

    /// Text of one line here, without language.
    pub(super) fn line<'a>(&mut self, at: At<'a>, max: usize) -> Option<&'a str> {
        let text = self.string(at, max)?;
        if text.contains(['\n', '\r']) {
            self.fault(at, FaultCode::LineBreak, &[]);
            return None;
        }
        Some(text)
    }

    /// Text here that passes a test; otherwise a fault that repeats it as `value`.
    pub(super) fn checked<'a>(
        &mut self,
        at: At<'a>,
        max: usize,
        code: FaultCode,
        is_right: impl FnOnce(&str) -> bool,
    ) -> Option<&'a str> {
        let text = self.line(at, max)?;
        if !is_right(text) {
            self.fault(at, code, &[("value", text)]);
            return None;
        }
        Some(text)
    }

    /// `true` or `false` here.
    pub(super) fn flag(&mut self, at: At<'_>) -> Option<bool> {
        if at.is_empty() {
            return None;
        }
        let flag = at.value().as_bool();
        if flag.is_none() {
            self.wrong_type(at, "flag");
        }
        flag
    }

    /// A whole number in a range here.
    pub(super) fn integer(&mut self, at: At<'_>, range: RangeInclusive<i64>) -> Option<i64> {
        if at.is_empty() {
            return None;
        }
        let Some(number) = at.value().as_number() else {
            self.wrong_type(at, "integer");
            return None;
        };
        let Some(number) = number.as_i64().filter(|number| range.contains(number)) else {
            if number.is_f64() {
                self.wrong_type(at, "integer");
            } else {
                self.out_of_range(
                    at,
                    &number.to_string(),
                    range.start().to_string(),
                    range.end().to_string(),
                );
            }
            return None;
        };
        Some(number)
    }

    /// A number in a range here.
    pub(super) fn number(&mut self, at: At<'_>, range: RangeInclusive<f64>) -> Option<f64> {
        if at.is_empty() {
            return None;
        }
        let Some(number) = at.value().as_f64() else {
            self.wrong_type(at, "number");
            return None;
        };
        if !range.contains(&number) {
            self.out_of_range(
                at,
                &number.to_string(),
                range.start().to_string(),
                range.end().to_string(),
            );
            return None;
        }
        Some(number)
    }

    fn out_of_range(&mut self, at: At<'_>, value: &str, min: String, max: String) {
        self.fault(
            at,
            FaultCode::OutOfRange,
            &[("value", value), ("min", &min), ("max", &max)],
        );
    }

    /// A word of a vocabulary here.
    pub(super) fn word<W: Word>(&mut self, at: At<'_>) -> Option<Choice<W>> {
        let spelling = self.line(at, WORD_BYTES_MAX)?;
        if let Some(word) = W::of(spelling) {
            return Some(Choice::Known(word));
        }
        if !self.strict {
            return Some(Choice::Later(spelling.to_owned()));
        }
        let allowed: Vec<&str> = W::WORDS.iter().map(|(spelling, _)| *spelling).collect();
        let nearest = nearest(spelling, &allowed).unwrap_or("none");
        let args = [
            ("value", spelling),
            ("nearest", nearest),
            ("allowed", &allowed.join(", ")),
        ];
        self.fault(at, FaultCode::UnknownWord, &args);
        None
    }

    /// Words of a vocabulary here, each once.
    pub(super) fn words<W: Word>(&mut self, at: At<'_>) -> Vec<Choice<W>> {
        distinct(self.list(at, WORDS_MAX, Self::word))
    }
}

/// How many words of one vocabulary a listing may choose: more than any vocabulary has.
const WORDS_MAX: usize = 50;
