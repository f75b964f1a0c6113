//! What does a visitor who writes these words ask for?

use std::collections::BTreeMap;

use clearinghouse_protocol::listing::{Lang, fold};
use tantivy::{Term, query::FuzzyTermQuery};

use super::{
    concepts::Concepts,
    schema::Fields,
    segment::Segment,
    words::{Stems, Tongue, is_filler, is_soft, words_of},
};

/// How much of a query is read, in characters. Longer ones are a mistake of pasting or an attack.
pub const QUERY_CHARACTERS_MAX: usize = 200;

/// How many words of a query are looked at: more than anybody means.
const WORDS_MAX: usize = 40;

/// How many things one query can ask for; each costs a pass over a segment.
const UNITS_MAX: usize = 12;

/// In place of a word that nobody wrote, at most this many that look like it are tried.
const GUESSES_MAX: usize = 12;

/// How many words of the vocabulary are looked at for one guess.
const GUESSES_READ_MAX: usize = 2_000;

/// A shorter word is not taken for a misspelling: too many words are one letter away from it.
const FORGIVEN_CHARACTERS_MIN: usize = 5;

/// A shorter word is not taken for the beginning of another.
const BEGINNING_CHARACTERS_MIN: usize = 2;

/// What a guess is worth compared to the word itself.
const GUESS_WEIGHT: f32 = 0.5;

/// One thing asked for: any of these ways to say it will do.
#[derive(Debug, Default, Clone)]
pub(super) struct Unit {
    /// Each is a phrase, all words of which must stand in the listing.
    pub(super) phrases: Vec<Vec<Word>>,
    /// Concerns, by taxonomy id, one of which the listing may have instead.
    pub(super) concerns: Vec<String>,
}

/// A word in the forms in which the index may hold it.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) exact: Term,
    /// Stems in all texts, and in names: one for each tongue, with what a match is worth.
    pub(super) stems: Vec<(Term, f32)>,
    pub(super) names: Vec<(Term, f32)>,
}

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Ask {
    /// A listing should answer to all of these.
    pub(super) units: Vec<Unit>,
    /// These only help to rank.
    pub(super) soft: Vec<Unit>,
}

/// Reads queries against the vocabulary of an index.
pub(super) struct Asking<'a> {
    pub(super) fields: &'a Fields,
    pub(super) segments: &'a [Segment],
    pub(super) language: Lang,
    pub(super) stems: Stems,
}

impl Asking<'_> {
    /// Takes a query apart. Words that name a concern, in either language, become one unit with
    /// it; every other word is a unit of its own.
    pub(super) fn ask(&mut self, query: &str) -> tantivy::Result<Ask> {
        let query: String = query.chars().take(QUERY_CHARACTERS_MAX).collect();
        let folded = fold(&query);
        let mut words: Vec<&str> = words_of(&folded).collect();
        words.truncate(WORDS_MAX);
        let (mut ask, mut fillers) = (Ask::default(), Vec::new());
        let mut at = 0;
        while at < words.len() {
            let named = Concepts::standard().named_by(&mut self.stems, &words[at..]);
            let end = at + named.as_ref().map_or(1, |named| named.words);
            match (&words[at..end], named) {
                ([word], None) if is_filler(word) => fillers.push(*word),
                ([word], None) if is_soft(word) => ask.soft.push(self.unit(&[word], Vec::new())),
                ([word], named) => {
                    let concerns = named.map_or_else(Vec::new, |named| named.concerns);
                    ask.units
                        .push(self.known_or_guessed(word, concerns, end == words.len())?);
                }
                (phrase, named) => {
                    let concerns = named.map_or_else(Vec::new, |named| named.concerns);
                    ask.units.push(self.unit(phrase, concerns));
                }
            }
            at = end;
        }
        ask.units.truncate(UNITS_MAX);
        ask.soft.truncate(UNITS_MAX);
        if ask.units.is_empty() {
            // Who asks for nothing but common words is asking for those.
            ask.units = std::mem::take(&mut ask.soft);
        }
        if ask.units.is_empty() {
            fillers.truncate(UNITS_MAX);
            ask.units = fillers
                .iter()
                .map(|word| self.unit(&[word], Vec::new()))
                .collect();
        }
        Ok(ask)
    }

    fn unit(&mut self, phrase: &[&str], concerns: Vec<String>) -> Unit {
        let telling: Vec<&str> = phrase
            .iter()
            .copied()
            .filter(|word| !is_filler(word))
            .collect();
        let words = if telling.is_empty() { phrase } else { &telling };
        Unit {
            phrases: vec![words.iter().map(|word| self.word(word, 1.0)).collect()],
            concerns,
        }
    }

    fn word(&mut self, word: &str, weight: f32) -> Word {
        let fields = self.fields;
        let mut forms = |field| {
            let form = |tongue| {
                // A word of the visitor's own language is more likely meant than one that
                // happens to share its stem in the other.
                let own = tongue == Tongue::of_tag(self.language.tag());
                let worth = if own || tongue == Tongue::Other {
                    weight
                } else {
                    weight * 0.8
                };
                (
                    Term::from_field_text(field, &self.stems.form(word, tongue)),
                    worth,
                )
            };
            Tongue::ALL.into_iter().map(form).collect()
        };
        Word {
            stems: forms(fields.stems),
            names: forms(fields.names),
            exact: Term::from_field_text(fields.words, word),
        }
    }

    /// A word that no listing uses may be the beginning of one; if it names no concern either, it
    /// may be one with a letter wrong.
    fn known_or_guessed(
        &mut self,
        written: &str,
        concerns: Vec<String>,
        last: bool,
    ) -> tantivy::Result<Unit> {
        let word = self.word(written, 1.0);
        let known = self.is_known(&word)?;
        let mut unit = Unit {
            phrases: vec![vec![word]],
            concerns,
        };
        if known {
            return Ok(unit);
        }
        let characters = written.chars().count();
        let mut guesses = Vec::new();
        if last && characters >= BEGINNING_CHARACTERS_MIN {
            guesses = self.beginning_with(written)?;
        }
        if guesses.is_empty() && unit.concerns.is_empty() && characters >= FORGIVEN_CHARACTERS_MIN {
            guesses = self.misspelled_as(written)?;
        }
        for guess in guesses {
            unit.phrases.push(vec![self.word(&guess, GUESS_WEIGHT)]);
            let named = Concepts::standard().named(&guess);
            unit.concerns.extend(named.map(str::to_owned));
        }
        unit.concerns.sort_unstable();
        unit.concerns.dedup();
        Ok(unit)
    }

    fn is_known(&self, word: &Word) -> tantivy::Result<bool> {
        for segment in self.segments {
            for (term, _) in &word.stems {
                if segment.index(term.field())?.get_term_info(term)?.is_some() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn beginning_with(&self, beginning: &str) -> tantivy::Result<Vec<String>> {
        let mut guesses = Guesses::default();
        for segment in self.segments {
            let index = segment.index(self.fields.words)?;
            // After every word that begins so: no text holds a byte of 0xff.
            let end = [beginning.as_bytes(), &[0xff]].concat();
            let mut terms = index.terms().range().ge(beginning).lt(&end).into_stream()?;
            while let (Some((term, info)), false) = (terms.next(), guesses.enough()) {
                guesses.add(term, info.doc_freq);
            }
        }
        guesses.add_names(|name| name.starts_with(beginning));
        Ok(guesses.best())
    }

    fn misspelled_as(&self, written: &str) -> tantivy::Result<Vec<String>> {
        let mut guesses = Guesses::default();
        let fuzzy = FuzzyTermQuery::new(Term::from_field_text(self.fields.words, written), 1, true);
        for segment in self.segments {
            let index = segment.index(self.fields.words)?;
            let mut terms = index.terms().search(fuzzy.automaton()?).into_stream()?;
            while let (Some((term, info)), false) = (terms.next(), guesses.enough()) {
                guesses.add(term, info.doc_freq);
            }
        }
        guesses.add_names(|name| strsim::osa_distance(name, written) <= 1);
        Ok(guesses.best())
    }
}

/// Words that might have been meant, with the number of listings that use them.
#[derive(Default)]
struct Guesses {
    words: BTreeMap<String, u64>,
    read: usize,
}

impl Guesses {
    fn add(&mut self, term: &[u8], listings: u32) {
        self.read += 1;
        if let Ok(word) = std::str::from_utf8(term) {
            *self.words.entry(word.to_owned()).or_default() += u64::from(listings);
        }
    }

    fn enough(&self) -> bool {
        self.read >= GUESSES_READ_MAX
    }

    /// Adds the names of concerns, which may be meant although no listing uses the word.
    fn add_names(&mut self, mut alike: impl FnMut(&str) -> bool) {
        for name in Concepts::standard().vocabulary().filter(|name| alike(name)) {
            self.words.entry(name.to_owned()).or_default();
        }
    }

    /// The likeliest of them: those that most listings use.
    fn best(self) -> Vec<String> {
        let mut words: Vec<(String, u64)> = self.words.into_iter().collect();
        words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        words.truncate(GUESSES_MAX);
        words.into_iter().map(|(word, _)| word).collect()
    }
}
