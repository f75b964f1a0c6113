//! What can a listing be about, and which words do people use for it?

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use serde::Deserialize;

use super::{fault::Lang, fold::fold};

/// How many terms a taxonomy may have: ten times what a careful reader can survey.
const TERMS_MAX: usize = 5_000;

/// How alike two spellings must be for one to be suggested in place of the other (Jaro-Winkler, 0 to 1).
const LIKENESS_MIN: f64 = 0.82;

/// How much a name counts beside a path when looking for the nearest term.
const NAME_WEIGHT: f64 = 0.95;

/// One concern, with its names in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    id: String,
    en: String,
    fr: String,
    #[serde(default)]
    synonyms_en: Vec<String>,
    #[serde(default)]
    synonyms_fr: Vec<String>,
}

impl Term {
    /// Its dotted path, such as `bereavement.child`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The path of the term above it, if there is one.
    pub fn parent(&self) -> Option<&str> {
        self.id.rsplit_once('.').map(|(parent, _)| parent)
    }

    /// Its name for people.
    pub fn label(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Fr => &self.fr,
        }
    }

    /// Other words for it in one language.
    pub fn synonyms(&self, lang: Lang) -> &[String] {
        match lang {
            Lang::En => &self.synonyms_en,
            Lang::Fr => &self.synonyms_fr,
        }
    }

    /// Labels and synonyms in both languages.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let labels = [self.en.as_str(), self.fr.as_str()].into_iter();
        labels.chain(
            self.synonyms_en
                .iter()
                .chain(&self.synonyms_fr)
                .map(String::as_str),
        )
    }
}

/// A term whose name stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermMatch<'t> {
    /// The term that was named.
    pub term: &'t Term,
    /// The folded words that named it.
    pub phrase: String,
    /// Which of the text's folded words they are, counted from 0: the first, and the one after the last.
    pub words: std::ops::Range<usize>,
}

/// What is wrong with a taxonomy.
#[derive(Debug, thiserror::Error)]
pub enum TaxonomyError {
    /// Not TOML, or not of the expected shape.
    #[error("the taxonomy cannot be read")]
    Toml(#[from] toml::de::Error),
    /// A path with anything but lower-case ASCII letters, digits, hyphens and single dots.
    #[error("the id {0:?} is not a dotted path in lower-case ASCII")]
    Id(String),
    /// Two terms with one path.
    #[error("the id {0:?} is used twice")]
    Repeated(String),
    /// A path below one that does not exist.
    #[error("the term {0:?} has no parent {1:?}")]
    Orphan(String, String),
    /// A label or synonym without a letter or digit.
    #[error("the term {0:?} has an empty name")]
    Nameless(String),
    /// More than [`TERMS_MAX`].
    #[error("{0} terms are more than the {TERMS_MAX} allowed")]
    TooMany(usize),
}

/// A tree of concerns.
#[derive(Debug)]
pub struct Taxonomy {
    terms: Vec<Term>,
    folded_names: Vec<HashSet<String>>,
    by_id: HashMap<String, usize>,
    by_phrase: HashMap<String, Vec<usize>>,
    phrase_words_max: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    term: Vec<Term>,
}

impl Taxonomy {
    /// The taxonomy of this version.
    pub fn standard() -> &'static Taxonomy {
        static STANDARD: LazyLock<Taxonomy> = LazyLock::new(|| {
            Taxonomy::parse(include_str!("concerns.toml"))
                .expect("a test reads the taxonomy that we ship")
        });
        &STANDARD
    }

    /// Reads a taxonomy: TOML with one `[[term]]` for each concern, in any order.
    pub fn parse(toml: &str) -> Result<Taxonomy, TaxonomyError> {
        let File { term: terms } = toml::from_str(toml)?;
        if terms.len() > TERMS_MAX {
            return Err(TaxonomyError::TooMany(terms.len()));
        }
        let mut by_id = HashMap::new();
        let mut by_phrase: HashMap<String, Vec<usize>> = HashMap::new();
        let mut folded_names = Vec::with_capacity(terms.len());
        let mut phrase_words_max = 0;
        for (i, term) in terms.iter().enumerate() {
            if !is_path(&term.id) {
                return Err(TaxonomyError::Id(term.id.clone()));
            }
            if by_id.insert(term.id.clone(), i).is_some() {
                return Err(TaxonomyError::Repeated(term.id.clone()));
            }
            let phrases: HashSet<String> = term.names().map(fold).collect();
            if phrases.contains("") {
                return Err(TaxonomyError::Nameless(term.id.clone()));
            }
            for phrase in &phrases {
                phrase_words_max = phrase_words_max.max(phrase.split(' ').count());
                by_phrase.entry(phrase.clone()).or_default().push(i);
            }
            folded_names.push(phrases);
        }
        for term in &terms {
            if let Some(parent) = term.parent().filter(|parent| !by_id.contains_key(*parent)) {
                return Err(TaxonomyError::Orphan(term.id.clone(), parent.to_owned()));
            }
        }
        Ok(Taxonomy {
            terms,
            folded_names,
            by_id,
            by_phrase,
            phrase_words_max,
        })
    }

    /// Every term, in the order of the file.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The term with this path.
    pub fn term(&self, id: &str) -> Option<&Term> {
        self.by_id.get(id).map(|i| &self.terms[*i])
    }

    /// The terms above this one, nearest first; none if it is unknown or at the top.
    pub fn ancestors<'t>(&'t self, id: &str) -> impl Iterator<Item = &'t Term> + use<'t> {
        let parent = |term: &&'t Term| term.parent().and_then(|parent| self.term(parent));
        std::iter::successors(self.term(id).as_ref().and_then(parent), parent)
    }

    /// The terms one step below this one, in the order of the file; those at the top for `None`.
    pub fn children<'t>(&'t self, id: Option<&'t str>) -> impl Iterator<Item = &'t Term> {
        self.terms.iter().filter(move |term| term.parent() == id)
    }

    /// The term that somebody who wrote this probably meant: by path, last step, label or synonym.
    pub fn nearest(&self, id: &str) -> Option<&Term> {
        let wanted = fold(id);
        let last_step = fold(id.rsplit('.').next().unwrap_or(id));
        let likeness = |term: &Term, names: &HashSet<String>| {
            let path = strsim::jaro_winkler(&term.id.replace(['.', '-'], " "), &wanted);
            let step = term
                .id
                .rsplit('.')
                .next()
                .unwrap_or_default()
                .replace('-', " ");
            let likest = names
                .iter()
                .chain([&step])
                .map(|name| strsim::jaro_winkler(name, &last_step));
            // Of two terms that end alike, the one whose path is like what was written.
            path.max(NAME_WEIGHT * likest.fold(0.0, f64::max))
        };
        let scored = self
            .terms
            .iter()
            .zip(&self.folded_names)
            .map(|(term, names)| (likeness(term, names), term));
        let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
        (best.0 >= LIKENESS_MIN).then_some(best.1)
    }

    /// The terms that a free text names, in either language, in the order of the text. Where
    /// phrases overlap the longest wins; a phrase of several terms gives all of them.
    pub fn find(&self, words: &str) -> Vec<TermMatch<'_>> {
        let folded = fold(words);
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        let mut found = Vec::new();
        let mut start = 0;
        while start < words.len() {
            let longest = self.phrase_words_max.min(words.len() - start);
            let matched = (1..=longest).rev().find_map(|length| {
                let phrase = words[start..start + length].join(" ");
                self.by_phrase
                    .get(&phrase)
                    .map(|terms| (length, phrase, terms))
            });
            let Some((length, phrase, terms)) = matched else {
                start += 1;
                continue;
            };
            found.extend(terms.iter().map(|i| TermMatch {
                term: &self.terms[*i],
                phrase: phrase.clone(),
                words: start..start + length,
            }));
            start += length;
        }
        found
    }
}

/// Whether this is a dotted path: steps of lower-case ASCII letters, digits and hyphens.
pub(super) fn is_path(id: &str) -> bool {
    let is_step = |step: &str| {
        !step.is_empty()
            && step
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    id.len() <= 100 && id.split('.').all(is_step)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        [[term]]
        id = "bereavement"
        en = "Bereavement"
        fr = "Deuil"
        synonyms_en = ["grief", "loss"]
        [[term]]
        id = "bereavement.child"
        en = "Loss of a child"
        fr = "Perte d'un enfant"
        synonyms_fr = ["parents endeuillés"]
        [[term]]
        id = "bereavement.child.stillbirth"
        en = "Stillbirth"
        fr = "Mortinaissance"
        [[term]]
        id = "bereavement.suicide"
        en = "Loss by suicide"
        fr = "Perte par suicide"
        [[term]]
        id = "heart"
        en = "Heart health"
        fr = "Santé du cœur"
        synonyms_en = ["MS"]
        [[term]]
        id = "multiple-sclerosis"
        en = "Multiple sclerosis"
        fr = "Sclérose en plaques"
        synonyms_en = ["M.S.", "MS"]
    "#;

    fn small() -> Taxonomy {
        Taxonomy::parse(SMALL).expect("sound")
    }

    #[test]
    fn a_path_leads_up_and_down() {
        let taxonomy = small();
        let ids = |terms: Vec<&Term>| {
            terms
                .iter()
                .map(|term| term.id().to_owned())
                .collect::<Vec<_>>()
        };
        let above = taxonomy.ancestors("bereavement.child.stillbirth").collect();
        assert_eq!(ids(above), ["bereavement.child", "bereavement"]);
        assert!(taxonomy.ancestors("bereavement").next().is_none());
        assert!(taxonomy.ancestors("nothing").next().is_none());
        assert_eq!(
            ids(taxonomy.children(Some("bereavement")).collect()),
            ["bereavement.child", "bereavement.suicide"]
        );
        assert_eq!(
            ids(taxonomy.children(None).collect()),
            ["bereavement", "heart", "multiple-sclerosis"]
        );
    }

    #[test]
    fn free_text_is_searched_for_the_longest_names() {
        let taxonomy = small();
        for (text, found) in [
            ("", &[][..]),
            ("Tuesday", &[]),
            ("grief", &[("bereavement", "grief", 0, 1)]),
            (
                "the LOSS of a child, and grief",
                &[
                    ("bereavement.child", "loss of a child", 1, 5),
                    ("bereavement", "grief", 6, 7),
                ],
            ),
            ("loss of a job", &[("bereavement", "loss", 0, 1)]),
            (
                "parents endeuilles",
                &[("bereavement.child", "parents endeuilles", 0, 2)],
            ),
            ("sante du coeur", &[("heart", "sante du coeur", 0, 3)]),
            (
                "MS",
                &[("heart", "ms", 0, 1), ("multiple-sclerosis", "ms", 0, 1)],
            ),
            ("m.s.", &[("multiple-sclerosis", "m s", 0, 2)]),
        ] {
            let matches = taxonomy.find(text);
            let told: Vec<_> = matches
                .iter()
                .map(|m| (m.term.id(), m.phrase.as_str(), m.words.start, m.words.end))
                .collect();
            assert_eq!(told, found, "{text}");
        }
    }

    #[test]
    fn a_slip_finds_the_term_that_was_meant() {
        let taxonomy = small();
        for (written, meant) in [
            ("bereavement.chlid", Some("bereavement.child")),
            ("berevement", Some("bereavement")),
            ("grief", Some("bereavement")),
            ("Sclérose en plaques", Some("multiple-sclerosis")),
            ("stillbirth", Some("bereavement.child.stillbirth")),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(taxonomy.nearest(written).map(Term::id), meant, "{written}");
        }
    }

    #[test]
    fn a_taxonomy_that_is_not_sound_is_refused() {
        let term = |id: &str, en: &str| format!("[[term]]\nid = '{id}'\nen = '{en}'\nfr = 'x'\n");
        for (toml, error) in [
            ("[[term]]".to_owned(), "cannot be read"),
            (term("a", "x") + "other = 1", "cannot be read"),
            (term("A", "x"), "not a dotted path"),
            (term("a..b", "x"), "not a dotted path"),
            (term("a", "x") + &term("a", "y"), "used twice"),
            (term("a.b", "x"), "no parent"),
            (term("a", " - "), "empty name"),
        ] {
            let refused = Taxonomy::parse(&toml).expect_err(&toml).to_string();
            assert!(refused.contains(error), "{toml}: {refused}");
        }
    }
}
