//! Which forms of a word stand in the index, and which words are too common to ask for?

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use clearinghouse_protocol::listing::{Lang, fold};
use tantivy::tokenizer::{Language, SimpleTokenizer, Stemmer, TextAnalyzer, TokenStream};

/// A longer word is cut here: no language we know writes longer ones, and each costs memory.
pub(super) const WORD_CHARACTERS_MAX: usize = 40;

/// How many stems are remembered. A vocabulary of this size covers nearly all running text; when
/// it is full we start afresh, so that a feed of nonsense cannot make it grow.
const STEMS_MAX: usize = 50_000;

/// Words that say nothing about what somebody looks for, folded.
const FILLERS: &[&str] = &[
    "a", "about", "am", "an", "and", "are", "at", "be", "by", "for", "from", "have", "i", "in",
    "is", "it", "me", "my", "near", "of", "on", "or", "our", "s", "the", "their", "there", "to",
    "we", "where", "who", "with", "you", "your", "au", "aux", "avec", "c", "ce", "ces", "cherche",
    "chez", "d", "dans", "de", "des", "du", "elle", "en", "est", "et", "il", "j", "je", "l", "la",
    "le", "les", "leur", "leurs", "m", "ma", "mes", "mon", "n", "ne", "nos", "notre", "nous", "ou",
    "par", "pas", "pour", "pres", "qu", "que", "qui", "sa", "se", "ses", "son", "sont", "suis",
    "sur", "un", "une", "vers", "vos", "votre", "vous", "y",
];

/// Words that nearly every listing could say of itself, and many do not, folded. They help to
/// rank, but a listing is not left out for want of them.
const SOFT: &[&str] = &[
    "aide",
    "association",
    "club",
    "entraide",
    "group",
    "groupe",
    "groupes",
    "groups",
    "help",
    "meeting",
    "meetings",
    "mutual",
    "mutuelle",
    "pair",
    "pairs",
    "peer",
    "peers",
    "people",
    "personnes",
    "program",
    "programme",
    "rencontre",
    "rencontres",
    "reunion",
    "reunions",
    "self",
    "service",
    "services",
    "soutien",
    "support",
];

/// Whether a folded word says nothing about what somebody looks for.
pub(super) fn is_filler(word: &str) -> bool {
    static SET: LazyLock<HashSet<&str>> = LazyLock::new(|| FILLERS.iter().copied().collect());
    // The longest has eight letters; most other words need no further look.
    word.len() <= 8 && SET.contains(word)
}

/// Whether a folded word is one that any listing could say of itself.
pub(super) fn is_soft(word: &str) -> bool {
    SOFT.contains(&word)
}

/// The folded words of a text, each at most [`WORD_CHARACTERS_MAX`] characters long.
pub(super) fn words_of(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| {
            let end = word.char_indices().nth(WORD_CHARACTERS_MAX);
            &word[..end.map_or(word.len(), |(end, _)| end)]
        })
}

/// Folds a text; what is ASCII takes a shorter way to the same result.
pub(super) fn fold_quickly(text: &str) -> String {
    if !text.is_ascii() {
        return fold(text);
    }
    let mut folded = String::with_capacity(text.len());
    for word in text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().map(|c| c.to_ascii_lowercase()));
    }
    folded
}

/// In which language a text is stemmed: a letter that goes before each stem, so that a French
/// stem never meets an English one that happens to be spelled alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tongue {
    English,
    French,
    /// A language we cannot stem, or a name that belongs to none.
    Other,
}

impl Tongue {
    pub(super) const ALL: [Tongue; 3] = [Tongue::English, Tongue::French, Tongue::Other];

    /// The tongue of a text with this BCP 47 tag.
    pub(super) fn of_tag(tag: &str) -> Tongue {
        match Lang::of_tag(tag) {
            Some(Lang::En) => Tongue::English,
            Some(Lang::Fr) => Tongue::French,
            None => Tongue::Other,
        }
    }

    fn letter(self) -> char {
        match self {
            Tongue::English => 'e',
            Tongue::French => 'f',
            Tongue::Other => 'x',
        }
    }
}

/// Finds stems and remembers them. Words are folded before they are stemmed, in listings and in
/// queries alike: a visitor who leaves out the accents must come to the same stem as the centre
/// that wrote them.
pub(super) struct Stems {
    english: TextAnalyzer,
    french: TextAnalyzer,
    known: HashMap<String, [String; 2]>,
}

impl Stems {
    pub(super) fn new() -> Stems {
        let analyzer = |language| {
            TextAnalyzer::builder(SimpleTokenizer::default())
                .filter(Stemmer::new(language))
                .build()
        };
        Stems {
            english: analyzer(Language::English),
            french: analyzer(Language::French),
            known: HashMap::new(),
        }
    }

    /// The stem of a folded word as it stands in the index, its tongue's letter first.
    pub(super) fn form(&mut self, word: &str, tongue: Tongue) -> String {
        let mut form = String::new();
        self.push_form(word, tongue, &mut form);
        form
    }

    /// Appends that stem to a text.
    pub(super) fn push_form(&mut self, word: &str, tongue: Tongue, text: &mut String) {
        text.push(tongue.letter());
        let which = match tongue {
            Tongue::English => 0,
            Tongue::French => 1,
            Tongue::Other => return text.push_str(word),
        };
        if let Some(stems) = self.known.get(word) {
            return text.push_str(&stems[which]);
        }
        if self.known.len() >= STEMS_MAX {
            self.known.clear();
        }
        let stems = [stem(&mut self.english, word), stem(&mut self.french, word)];
        text.push_str(&stems[which]);
        self.known.insert(word.to_owned(), stems);
    }
}

fn stem(analyzer: &mut TextAnalyzer, word: &str) -> String {
    let mut stream = analyzer.token_stream(word);
    match stream.next() {
        Some(token) if !token.text.is_empty() => token.text.clone(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn related_words_share_a_stem_with_and_without_accents() {
        let mut stems = Stems::new();
        for (tongue, a, b) in [
            (Tongue::English, "grieving", "grieved"),
            (Tongue::English, "parents", "parent"),
            (Tongue::French, "dépendances", "dependance"),
            (Tongue::French, "endeuillés", "endeuille"),
            (Tongue::Other, "Ñandú", "nandu"),
        ] {
            assert_eq!(
                stems.form(&fold(a), tongue),
                stems.form(&fold(b), tongue),
                "{a} {b}"
            );
        }
        assert_ne!(
            stems.form("parents", Tongue::Other),
            stems.form("parent", Tongue::Other)
        );
        assert_ne!(
            stems.form("parent", Tongue::English),
            stems.form("parent", Tongue::French)
        );
    }

    #[test]
    fn the_short_way_folds_like_the_long_one() {
        for text in [
            "",
            " ",
            "Peer-support, it's O.K.!",
            "A\tB\nC",
            "x_y 12th",
            "-- a --",
        ] {
            assert_eq!(fold_quickly(text), fold(text), "{text:?}");
        }
        assert_eq!(fold_quickly("Cœur brisé"), "coeur brise");
    }

    #[test]
    fn every_filler_and_soft_word_is_folded() {
        for word in FILLERS.iter().chain(SOFT) {
            assert_eq!(fold(word), *word);
        }
        for word in FILLERS {
            assert!(is_filler(word), "{word}");
        }
    }

    #[test]
    fn a_word_without_end_is_cut() {
        let long = "é".repeat(1000);
        assert_eq!(
            words_of(&long).next().map(|word| word.chars().count()),
            Some(WORD_CHARACTERS_MAX)
        );
        assert_eq!(words_of("").count(), 0);
    }
}
