//! Which place does somebody mean by a name or a postal code?

mod reading;

use std::{collections::HashMap, sync::LazyLock};

use clearinghouse_protocol::listing::{Taxonomy, fold};

use reading::{Word, joined, key_of, read_places, read_postal, words_with_spans};

/// How many near spellings are suggested.
const SUGGESTIONS_MAX: usize = 5;

/// How far from its point a postal area reaches, in km: in towns, and where its second character
/// is 0, in the country.
const POSTAL_KM: (f32, f32) = (4.0, 40.0);

/// A place with fewer people is not recognized in the middle of a query without a word such as
/// `near` before it: most names of small places mean something else as well.
const BARE_POPULATION_MIN: u32 = 20_000;

/// Names of places that are common words; they are only taken for places after a word such as
/// `near`, or when they are all that was written.
const EVERYDAY_WORDS: &[&str] = &[
    "anjou",
    "aurora",
    "bedford",
    "brant",
    "bradford",
    "delta",
    "duncan",
    "hope",
    "lakeshore",
    "lincoln",
    "man",
    "maple",
    "midland",
    "mission",
    "paradise",
    "parkdale",
    "que",
    "thebeaches",
    "westend",
];

/// What comes before the name of a place and before nothing else.
const BEFORE_PLACES: &[&[&str]] = &[
    &["close", "to"],
    &["near"],
    &["nearby"],
    &["around"],
    &["pres", "de"],
    &["pres", "d"],
    &["autour", "de"],
    &["autour", "d"],
    &["proche", "de"],
    &["proche", "d"],
];

/// What may come before the name of a place, but before other words as well.
const BEFORE_WORDS: &[&str] = &["in", "at", "a", "au", "aux", "dans", "vers", "en", "sur"];

/// Short names that are nothing else; other names of fewer than four letters are too often words.
const SHORT_NAMES: &[&str] = &["gta", "pei", "nwt"];

/// A place that somebody can look near to.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its English name; for a postal area, its first three characters and what lies there.
    pub name_en: String,
    /// Its French name.
    pub name_fr: String,
    /// Two letters of its province or territory.
    pub province: String,
    /// In degrees.
    pub latitude: f64,
    /// In degrees.
    pub longitude: f64,
    /// How many people live there, rounded; 0 if unknown.
    pub population: u32,
    /// About how far it reaches from its point, in km: to look near it, look at least this far.
    pub approx_km: f32,
    /// Whether it is a whole province or territory, for which a distance says little.
    pub is_province: bool,
}

/// Places and postal areas by name.
pub struct Places {
    places: Vec<Place>,
    /// By name without spaces: positions in `places`, settlements before provinces, then by
    /// population.
    by_name: HashMap<String, Vec<usize>>,
    /// Names of provinces, among them their two letters.
    provinces: HashMap<String, usize>,
    postal: HashMap<String, Place>,
    name_words_max: usize,
}

impl Places {
    /// The places of Canada that come with the program (GeoNames, CC BY 4.0).
    pub fn standard() -> &'static Places {
        static STANDARD: LazyLock<Places> = LazyLock::new(|| {
            let places = read_places(include_str!("../../data/places.tsv"))
                .expect("a test reads the places we ship");
            let postal = read_postal(include_str!("../../data/postal.tsv"))
                .expect("a test reads the areas we ship");
            Places::new(places, postal)
        });
        &STANDARD
    }

    /// Places, each with its other names, and postal areas by their three characters.
    fn new(read: Vec<(Place, Vec<String>)>, postal: HashMap<String, Place>) -> Places {
        let mut places = Places {
            places: Vec::new(),
            by_name: HashMap::new(),
            provinces: HashMap::new(),
            postal,
            name_words_max: 0,
        };
        for (number, (place, mut names)) in read.into_iter().enumerate() {
            names.extend([place.name_en.clone(), place.name_fr.clone()]);
            if place.is_province {
                let code = fold(&place.province);
                places
                    .provinces
                    .extend(names.iter().map(|name| (key_of(name), number)));
                places.provinces.insert(code, number);
            }
            for name in &names {
                places.name_words_max = places.name_words_max.max(fold(name).split(' ').count());
                let numbers = places.by_name.entry(key_of(name)).or_default();
                if !numbers.contains(&number) {
                    numbers.push(number);
                }
            }
            places.places.push(place);
        }
        let known = &places.places;
        for numbers in places.by_name.values_mut() {
            numbers.sort_by_key(|number| {
                (
                    known[*number].is_province,
                    std::cmp::Reverse(known[*number].population),
                )
            });
        }
        places
    }

    /// The place that this is the name or postal code of, in either language, with or without
    /// its province: `Toronto`, `toronto on`, `M5V`, `m5v 2t6`, `trois rivieres`. Of several
    /// places with one name the most populous.
    pub fn find(&self, text: &str) -> Option<Place> {
        let words = words_with_spans(text);
        if let Some((place, end)) = self.postal_at(&words, 0) {
            return (end == words.len()).then_some(place);
        }
        if let Some((place, end)) = self.name_at(&words, 0) {
            return (end == words.len()).then(|| place.clone());
        }
        self.provinces
            .get(&joined(&words))
            .map(|number| self.places[*number].clone())
    }

    /// Places whose names are spelled much like this or begin with it, the likeliest first; each
    /// place once. At most five.
    pub fn suggest(&self, text: &str) -> Vec<Place> {
        let wanted = joined(&words_with_spans(text));
        let characters = wanted.chars().count();
        if characters < 3 {
            return Vec::new();
        }
        // Two letters wrong in a long name, one in a short one.
        let forgiven = if characters >= 7 { 2 } else { 1 };
        let mut likely: Vec<(usize, bool, u32, usize)> = Vec::new();
        for (name, numbers) in &self.by_name {
            let begins = name.starts_with(&wanted);
            let apart = match begins {
                true => 0,
                false if name.len().abs_diff(wanted.len()) > forgiven * 2 => continue,
                false => strsim::osa_distance(name, &wanted),
            };
            if apart <= forgiven {
                let of = |number: &usize| &self.places[*number];
                likely.extend(
                    numbers
                        .iter()
                        .map(|n| (apart, of(n).is_province, u32::MAX - of(n).population, *n)),
                );
            }
        }
        likely.sort_unstable();
        let mut suggested: Vec<usize> = Vec::new();
        for (_, _, _, number) in likely {
            if !suggested.contains(&number) {
                suggested.push(number);
            }
        }
        suggested
            .into_iter()
            .take(SUGGESTIONS_MAX)
            .map(|number| self.places[number].clone())
            .collect()
    }

    /// Takes the place out of a query: `AA near M5V` is `AA` near M5V, `deuil à Ottawa` is
    /// `deuil` near Ottawa. The first part is what remains, as it was written. A word that names
    /// a concern is not taken for a place.
    pub fn split(&self, query: &str) -> (String, Option<Place>) {
        let words = words_with_spans(query);
        let Some((start, end, place)) = self.named_in(query, &words) else {
            return (query.trim().to_owned(), None);
        };
        let before = &query[..words[start].start];
        let after = &query[words[end - 1].end..];
        let trim = |text: &str| text.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        let rest = [trim(before), trim(after)].join(" ");
        (rest.trim().to_owned(), Some(place))
    }

    fn named_in(&self, query: &str, words: &[Word]) -> Option<(usize, usize, Place)> {
        for start in 0..words.len() {
            let (before, clear) = before_place(words, start);
            let at = start + before;
            if let Some((place, end)) = self.postal_at(words, at) {
                return Some((start, end, place));
            }
            let Some((place, end)) = (before > 0).then(|| self.name_at(words, at)).flatten() else {
                continue;
            };
            let name = joined(&words[at..end]);
            if is_telling(&name) && (clear || !EVERYDAY_WORDS.contains(&&*name)) {
                let end = end
                    + usize::from(
                        words
                            .get(end)
                            .is_some_and(|word| ["area", "region"].contains(&&*word.folded)),
                    );
                return Some((start, end, place.clone()));
            }
        }
        let taken: Vec<_> = Taxonomy::standard()
            .find(query)
            .into_iter()
            .map(|named| named.words)
            .collect();
        (0..words.len()).find_map(|start| {
            let (place, end) = self.name_at(words, start)?;
            let name = joined(&words[start..end]);
            let free = taken
                .iter()
                .all(|taken| taken.end <= start || end <= taken.start);
            let whole = start == 0 && end == words.len();
            let clear = is_telling(&name)
                && !EVERYDAY_WORDS.contains(&&*name)
                && place.population >= BARE_POPULATION_MIN;
            (free && (whole || clear)).then(|| (start, end, place.clone()))
        })
    }

    fn postal_at(&self, words: &[Word], at: usize) -> Option<(Place, usize)> {
        let word = &words.get(at)?.folded;
        let (area, rest) = (word.get(..3)?, word.get(3..)?);
        let place = self.postal.get(area)?;
        let is_unit = |text: &str| {
            let text = text.as_bytes();
            text.len() == 3
                && text[0].is_ascii_digit()
                && text[1].is_ascii_lowercase()
                && text[2].is_ascii_digit()
        };
        match rest {
            "" => {
                let unit = words.get(at + 1).is_some_and(|next| is_unit(&next.folded));
                Some((place.clone(), at + 1 + usize::from(unit)))
            }
            rest => is_unit(rest).then(|| (place.clone(), at + 1)),
        }
    }

    /// The longest name of a place that begins here, with its province if that follows.
    fn name_at(&self, words: &[Word], at: usize) -> Option<(&Place, usize)> {
        let longest = self.name_words_max.min(words.len().saturating_sub(at));
        (1..=longest).rev().find_map(|length| {
            let numbers = self.by_name.get(&joined(&words[at..at + length]))?;
            let end = at + length;
            let mut in_province = (1..=4).rev().filter_map(|length| {
                let name = joined(words.get(end..end + length)?);
                let province = &self.places[*self.provinces.get(&name)?].province;
                let number = numbers
                    .iter()
                    .find(|n| self.places[**n].province == *province)?;
                Some((&self.places[*number], end + length))
            });
            in_province
                .next()
                .or_else(|| Some((&self.places[*numbers.first()?], end)))
        })
    }
}

/// How many words here say that a place follows, and whether they leave no doubt.
fn before_place(words: &[Word], at: usize) -> (usize, bool) {
    let is = |at: usize, wanted: &[&str]| {
        words
            .get(at)
            .is_some_and(|word| wanted.contains(&&*word.folded))
    };
    let begins = |before: &&&[&str]| (0..before.len()).all(|i| is(at + i, &before[i..=i]));
    let (length, clear) = match BEFORE_PLACES.iter().find(begins) {
        Some(before) => (before.len(), true),
        None if is(at, BEFORE_WORDS) => (1, false),
        None => return (0, false),
    };
    (
        length + usize::from(is(at + length, &["the", "la", "le", "l"])),
        clear,
    )
}

fn is_telling(name: &str) -> bool {
    name.len() >= 4 || SHORT_NAMES.contains(&name)
}

#[cfg(test)]
mod tests;
