//! What does somebody look for, however the address says it?
//!
//! A program is told what is wrong with its question. A person gets what was understood, and a sentence
//! about the rest.

use clearinghouse_protocol::listing::Lang;
use url::form_urlencoded;

use crate::http::api::asking::{Asked, named};
use crate::view::places::Places;
use crate::view::search::QUERY_CHARACTERS_MAX;

/// Choices that are looked at; more than anybody ticks.
const CHOICES_MAX: usize = 30;

/// Pairs of an address that are looked at: a form has fewer than a hundred boxes.
const PAIRS_MAX: usize = 200;

/// The longest name of a place that is read, in characters.
const PLACE_CHARACTERS_MAX: usize = 100;

/// The longest value of a choice, in bytes: longer than any identifier of ours.
const CHOICE_BYTES_MAX: usize = 100;

/// Nobody leafs farther; whoever wants everything reads the feed.
const PAGE_MAX: usize = 500;

/// Listings on one page.
pub(super) const PAGE_LISTINGS: usize = 20;

/// Parameters that narrow a search, each as often as one likes.
pub(super) const CHOICES: [&str; 9] = [
    "concern",
    "way",
    "day",
    "language",
    "kind",
    "openness",
    "for_whom",
    "accessibility",
    "centre",
];

/// A question as far as it is understood.
pub(super) struct Wanted {
    /// The words, as they go back into the form.
    pub(super) words: String,
    /// The place, as it goes back into the form.
    pub(super) near: String,
    /// How far from there, as chosen; empty if nobody said.
    pub(super) km: String,
    /// What was ticked: pairs of parameter and value.
    pub(super) ticked: Vec<(String, String)>,
    /// Which page of what was found, from 1.
    pub(super) page: usize,
    /// The question as the search understands it.
    pub(super) asked: Asked,
    /// Nobody knows the place; these are spelled alike.
    pub(super) likely_places: Option<Vec<String>>,
    /// The place was found among the words.
    pub(super) place_among_words: bool,
    /// Something was left out because nobody could read it.
    pub(super) left_out: bool,
    /// The words were too long and cut.
    pub(super) cut: bool,
}

impl Wanted {
    /// Understands as much as possible of what stands behind the question mark of an address.
    pub(super) fn read(raw: Option<&str>, lang: Lang) -> Wanted {
        let mut given = Given::read(raw.unwrap_or_default());
        let mut place_among_words = false;
        if given.near.is_empty() {
            let (rest, place) = Places::standard().split(&given.words);
            if let Some(place) = place {
                (given.words, given.near) = (rest, named(&place, lang));
                place_among_words = true;
            }
        }
        let mut near = Vec::new();
        let mut likely_places = None;
        if !given.near.is_empty() {
            near.push(("near".to_owned(), given.near.clone()));
            if read(&near, lang).is_none() {
                let likely = Places::standard().suggest(&given.near);
                likely_places = Some(likely.iter().map(|place| named(place, lang)).collect());
                near.clear();
            }
        }
        if !given.km.is_empty() {
            let mut with_km = near.clone();
            with_km.push(("within_km".to_owned(), given.km.clone()));
            match read(&with_km, lang) {
                Some(_) => near = with_km,
                None => {
                    // Without a place a distance says nothing, and a form sends it all the same.
                    given.left_out |= !near.is_empty();
                    given.km.clear();
                }
            }
        }
        let count = given.ticked.len();
        given
            .ticked
            .retain(|pair| read(std::slice::from_ref(pair), lang).is_some());
        given.left_out |= given.ticked.len() < count;
        let mut sound = given.ticked.clone();
        sound.extend(near);
        sound.push(("q".to_owned(), given.words.clone()));
        let mut asked = read(&sound, lang)
            .or_else(|| read(&[], lang))
            .expect("a question without any parameter is understood");
        asked.query.limit = PAGE_LISTINGS;
        asked.query.offset = (given.page - 1) * PAGE_LISTINGS;
        Wanted {
            words: given.words,
            near: given.near,
            km: given.km,
            ticked: given.ticked,
            page: given.page,
            asked,
            likely_places,
            place_among_words,
            left_out: given.left_out,
            cut: given.cut,
        }
    }

    /// Whether anything at all is asked for.
    pub(super) fn is_blank(&self) -> bool {
        self.words.is_empty() && self.near.is_empty() && self.ticked.is_empty()
    }

    /// The part of an address that asks this, on the first page.
    pub(super) fn query(&self) -> String {
        self.changed(|_| {})
    }

    /// The same on another page.
    pub(super) fn query_of_page(&self, page: usize) -> String {
        let query = self.query();
        match page {
            1 => query,
            page if query.is_empty() => format!("page={page}"),
            page => format!("{query}&page={page}"),
        }
    }

    /// The same with one thing changed.
    pub(super) fn changed(&self, change: impl FnOnce(&mut Changing)) -> String {
        let mut changing = Changing {
            words: self.words.clone(),
            near: self.near.clone(),
            km: self.km.clone(),
            ticked: self.ticked.clone(),
        };
        change(&mut changing);
        let single = [
            ("q", changing.words),
            ("near", changing.near),
            ("within_km", changing.km),
        ];
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(single.into_iter().filter(|(_, value)| !value.is_empty()));
        query.extend_pairs(changing.ticked);
        query.finish()
    }
}

/// A question that becomes another one.
pub(super) struct Changing {
    /// The words.
    pub(super) words: String,
    /// The place.
    pub(super) near: String,
    /// How far from there, in km.
    pub(super) km: String,
    /// What is ticked.
    pub(super) ticked: Vec<(String, String)>,
}

fn read(pairs: &[(String, String)], lang: Lang) -> Option<Asked> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    Asked::read(Some(&query.finish()), lang).ok()
}

/// What an address says, before anybody asks whether it makes sense.
struct Given {
    words: String,
    near: String,
    km: String,
    ticked: Vec<(String, String)>,
    page: usize,
    left_out: bool,
    cut: bool,
}

impl Given {
    fn read(raw: &str) -> Given {
        let mut given = Given {
            words: String::new(),
            near: String::new(),
            km: String::new(),
            ticked: Vec::new(),
            page: 1,
            left_out: false,
            cut: false,
        };
        let pairs = form_urlencoded::parse(raw.as_bytes()).take(PAIRS_MAX);
        for (name, value) in pairs {
            let legible = legible(&value);
            given.left_out |= legible != value.trim();
            match &*name {
                "q" => first(&mut given.words, legible),
                "near" => first(&mut given.near, legible),
                "within_km" => first(&mut given.km, legible),
                "page" => match legible.parse() {
                    Ok(page @ 1..=PAGE_MAX) => given.page = page,
                    _ => given.left_out = true,
                },
                // What others hang on addresses that they pass on means nothing here.
                name => given.tick(name, &legible),
            }
        }
        for (text, max) in [
            (&mut given.words, QUERY_CHARACTERS_MAX),
            (&mut given.near, PLACE_CHARACTERS_MAX),
        ] {
            if let Some((end, _)) = text.char_indices().nth(max) {
                text.truncate(end);
                given.cut = true;
            }
        }
        given
    }

    fn tick(&mut self, name: &str, values: &str) {
        if !CHOICES.contains(&name) {
            return;
        }
        for value in values.split(',').map(str::trim) {
            let pair = (name.to_owned(), value.to_owned());
            if value.is_empty() || self.ticked.contains(&pair) {
                continue;
            }
            if self.ticked.len() == CHOICES_MAX || value.len() > CHOICE_BYTES_MAX {
                self.left_out = true;
                return;
            }
            self.ticked.push(pair);
        }
    }
}

fn first(place: &mut String, value: String) {
    if place.is_empty() {
        *place = value;
    }
}

/// The text without what nobody can have typed: control characters, and what was not UTF-8.
fn legible(text: &str) -> String {
    let strange = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
    let legible: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !strange(*c))
        .collect();
    legible.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_address_says_something_is_understood() {
        let long = format!("q={}", "é".repeat(10_000));
        let many: String = (0..500).map(|n| format!("concern=x{n}&")).collect();
        for (raw, words, near, left_out) in [
            ("", "", "", false),
            ("q=deuil", "deuil", "", false),
            ("q=grief+near+K7L", "grief", "K7L", false),
            ("q=grief&near=Kingston", "grief", "Kingston", false),
            ("q=a&q=b", "a", "", false),
            ("q=%FF%FE", "", "", true),
            ("q=a%00b", "ab", "", true),
            ("near=Atlantis", "", "Atlantis", false),
            ("near=Kingston&within_km=much", "", "Kingston", true),
            ("within_km=25", "", "", false),
            ("concern=nothing&q=x", "x", "", true),
            ("page=0", "", "", true),
            ("page=99999999999999999999", "", "", true),
            ("fbclid=zzz&utm_source=x", "", "", false),
            ("%%%&=&&===", "", "", false),
            (&many, "", "", true),
        ] {
            let wanted = Wanted::read(Some(raw), Lang::En);
            assert_eq!(wanted.words, words, "{raw}");
            assert!(wanted.near.starts_with(near), "{raw}: {}", wanted.near);
            assert_eq!(wanted.left_out, left_out, "{raw}");
        }
        let wanted = Wanted::read(Some(&long), Lang::En);
        assert!(wanted.cut);
        assert_eq!(wanted.words.chars().count(), QUERY_CHARACTERS_MAX);
    }

    #[test]
    fn a_question_leads_to_an_address_that_asks_it() {
        for raw in [
            "q=deuil+d%27enfant&near=Ottawa%2C+ON&within_km=50&concern=bereavement&way=online",
            "way=online&way=telephone&day=1",
        ] {
            let wanted = Wanted::read(Some(raw), Lang::Fr);
            let again = Wanted::read(Some(&wanted.query()), Lang::Fr);
            assert_eq!(again.query(), wanted.query());
            assert_eq!(again.asked.essence, wanted.asked.essence);
        }
        let wanted = Wanted::read(Some("near=Kingstn"), Lang::En);
        let likely = wanted.likely_places.expect("an unknown place");
        assert_eq!(likely.first().map(String::as_str), Some("Kingston, ON"));
    }
}
