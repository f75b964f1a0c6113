//! Which concerns do the words of a query name, in either language?

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use clearinghouse_protocol::listing::{Lang, Taxonomy, fold};

use super::words::{Stems, Tongue, is_filler, words_of};

/// The names of all concerns, as stems. It reads more into a query than the taxonomy's own search
/// for phrases: `parent endeuillé` names what is called `parents endeuillés`, and `loss of child`
/// what is called `Loss of a child`.
pub(super) struct Concepts {
    /// Concerns by the stems of a name's telling words.
    by_stems: HashMap<String, BTreeSet<&'static str>>,
    /// Concerns by names of one word, as written and folded: the vocabulary for guesses.
    by_word: HashMap<String, BTreeSet<&'static str>>,
    words_max: usize,
}

/// Concerns named by some words of a query.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The taxonomy ids, ascending.
    pub(super) concerns: Vec<String>,
    /// How many words name them.
    pub(super) words: usize,
}

impl Concepts {
    /// Those of the standard taxonomy.
    pub(super) fn standard() -> &'static Concepts {
        static STANDARD: LazyLock<Concepts> = LazyLock::new(|| Concepts::of(Taxonomy::standard()));
        &STANDARD
    }

    fn of(taxonomy: &'static Taxonomy) -> Concepts {
        let mut concepts = Concepts {
            by_stems: HashMap::new(),
            by_word: HashMap::new(),
            words_max: 0,
        };
        let mut stems = Stems::new();
        for term in taxonomy.terms() {
            for (lang, tongue) in [(Lang::En, Tongue::English), (Lang::Fr, Tongue::French)] {
                concepts.add(&mut stems, term.label(lang), tongue, term.id());
                for name in term.synonyms(lang) {
                    concepts.add(&mut stems, name, tongue, term.id());
                }
            }
            // What stands at the top is named by its path as well.
            if term.parent().is_none() {
                concepts.add(&mut stems, term.id(), Tongue::English, term.id());
            }
        }
        concepts
    }

    fn add(&mut self, stems: &mut Stems, name: &str, tongue: Tongue, id: &'static str) {
        let folded = fold(name);
        let words: Vec<&str> = telling(words_of(&folded).collect());
        if let [word] = words[..] {
            self.by_word.entry(word.to_owned()).or_default().insert(id);
        }
        self.words_max = self.words_max.max(words.len());
        self.by_stems
            .entry(key(stems, &words, tongue))
            .or_default()
            .insert(id);
    }

    /// The concerns that the first of these folded words name; of several names the longest.
    pub(super) fn named_by(&self, stems: &mut Stems, words: &[&str]) -> Option<Named> {
        let telling: Vec<usize> = (0..words.len())
            .filter(|at| !is_filler(words[*at]))
            .collect();
        if telling.first() != Some(&0) {
            return None;
        }
        (1..=self.words_max.min(telling.len()))
            .rev()
            .find_map(|length| {
                let phrase: Vec<&str> = telling[..length].iter().map(|at| words[*at]).collect();
                let mut concerns: BTreeSet<&str> = BTreeSet::new();
                for tongue in [Tongue::English, Tongue::French] {
                    concerns.extend(
                        self.by_stems
                            .get(&key(stems, &phrase, tongue))
                            .into_iter()
                            .flatten(),
                    );
                }
                let concerns: Vec<String> = concerns.into_iter().map(str::to_owned).collect();
                (!concerns.is_empty()).then(|| Named {
                    concerns,
                    words: telling[length - 1] + 1,
                })
            })
    }

    /// The concerns that have just this folded word for a name.
    pub(super) fn named(&self, word: &str) -> impl Iterator<Item = &'static str> {
        self.by_word.get(word).into_iter().flatten().copied()
    }

    /// Every folded word that is the name of a concern.
    pub(super) fn vocabulary(&self) -> impl Iterator<Item = &str> {
        self.by_word.keys().map(String::as_str)
    }
}

/// The words that say something, or all if none does.
fn telling(words: Vec<&str>) -> Vec<&str> {
    let telling: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !is_filler(word))
        .collect();
    if telling.is_empty() { words } else { telling }
}

fn key(stems: &mut Stems, words: &[&str], tongue: Tongue) -> String {
    let mut key = String::new();
    for word in words {
        stems.push_form(word, tongue, &mut key);
        key.push(' ');
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concerns_are_named_in_both_languages_and_all_numbers() {
        let mut stems = Stems::new();
        for (query, concern, words) in [
            ("grief", "bereavement", 1),
            ("bereavement tonight", "bereavement", 1),
            ("deuil", "bereavement", 1),
            ("parent endeuille", "bereavement.child", 2),
            ("loss of child", "bereavement.child", 3),
            ("perte d un enfant ottawa", "bereavement.child", 4),
        ] {
            let query: Vec<&str> = query.split(' ').collect();
            let named = Concepts::standard()
                .named_by(&mut stems, &query)
                .expect("a concern");
            assert!(
                named.concerns.iter().any(|id| id == concern),
                "{query:?}: {named:?}"
            );
            assert_eq!(named.words, words, "{query:?}");
        }
        for query in [&["of", "grief"][..], &["xylophone"], &[]] {
            assert_eq!(
                Concepts::standard().named_by(&mut stems, query),
                None,
                "{query:?}"
            );
        }
    }
}
