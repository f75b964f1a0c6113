//! By what can a search be narrowed, and how many listings would remain?

use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::listing::{
    Accessibility, ForWhom, Kind, Openness, Taxonomy, Way, Word,
};

use super::address::Page;
use super::asked::{CHOICES, Wanted};
use super::speech::{Speech, capital};
use crate::http::App;
use crate::view::search::{Facet, Facets};

/// Choices of one group that are shown at once; the rest waits behind one more click.
const SHOWN_MAX: usize = 8;

/// Choices of one group in all.
const CHOICES_MAX: usize = 60;

/// One group of choices.
pub(super) struct Group {
    /// The name of the parameter.
    pub(super) name: &'static str,
    /// What it is about.
    pub(super) legend: String,
    /// Whether something is ticked in it.
    pub(super) is_open: bool,
    /// The first choices.
    pub(super) choices: Vec<Choice>,
    /// The others.
    pub(super) further: Vec<Choice>,
    /// How many they are, in words.
    pub(super) further_told: String,
}

/// One box to tick.
pub(super) struct Choice {
    /// As the address has it.
    pub(super) value: String,
    /// What it says.
    pub(super) label: String,
    /// How many listings would remain, or come, with it.
    pub(super) count: String,
    /// Whether it is ticked.
    pub(super) is_ticked: bool,
}

/// Something that is ticked, and the address of the search without it.
pub(super) struct Ticked {
    /// What it says.
    pub(super) label: String,
    /// The address without it.
    pub(super) without: String,
}

/// The groups that offer a choice for what was found.
pub(super) fn groups(app: &App, speech: Speech, wanted: &Wanted, facets: &Facets) -> Vec<Group> {
    let groups = CHOICES.into_iter().filter_map(|name| {
        let facet = facet(name);
        let ticked: Vec<&str> = ticked_in(wanted, name).collect();
        let mut offered: Vec<(String, u64)> = offered(facet, &ticked, facets);
        for value in &ticked {
            if !offered.iter().any(|(known, _)| known == value) {
                offered.push(((*value).to_owned(), 0));
            }
        }
        offered.truncate(CHOICES_MAX);
        let mut choices: Vec<Choice> = offered
            .into_iter()
            .map(|(value, count)| Choice {
                label: label(app, speech, facet, &value),
                count: speech.number(count),
                is_ticked: ticked.contains(&value.as_str()),
                value,
            })
            .collect();
        arrange(speech, facet, &mut choices);
        // One choice that everything has is none.
        let is_choice = choices.len() > 1 || !ticked.is_empty();
        let further = choices.split_off(choices.len().min(shown_of(facet)));
        is_choice.then(|| Group {
            name,
            legend: speech.say(&format!("narrow-{name}")),
            is_open: !ticked.is_empty(),
            choices,
            further_told: speech.count("narrow-further", further.len() as u64),
            further,
        })
    });
    groups.collect()
}

/// Everything that is ticked.
pub(super) fn ticked(app: &App, speech: Speech, wanted: &Wanted) -> Vec<Ticked> {
    let each = wanted.ticked.iter().map(|pair| {
        let query = wanted.changed(|changing| changing.ticked.retain(|known| known != pair));
        Ticked {
            label: label(app, speech, facet(&pair.0), &pair.1),
            without: Page::Search(query).path(speech.0),
        }
    });
    each.collect()
}

/// Concerns at the top with how many listings they have, as links by name.
pub(super) fn concerns(speech: Speech, facets: &Facets) -> Vec<(String, String, String)> {
    let top = facets.of(Facet::Concern).iter();
    let top = top.filter(|(id, _)| !id.contains('.'));
    let mut concerns: Vec<(String, String, String)> = top
        .filter_map(|(id, count)| {
            let term = Taxonomy::standard().term(id)?;
            let path = Page::Search(format!("concern={id}")).path(speech.0);
            Some((term.label(speech.0).to_owned(), path, speech.number(*count)))
        })
        .collect();
    concerns.sort_by(|one, other| speech.order(&one.0, &other.0));
    concerns
}

/// The values that are offered: of concerns only one level, and what lies below those that are ticked.
fn offered(facet: Facet, ticked: &[&str], facets: &Facets) -> Vec<(String, u64)> {
    let counted = facets.of(facet).iter();
    let offered = counted.filter(|(value, _)| match (facet, value.rsplit_once('.')) {
        (Facet::Concern, Some((parent, _))) => {
            ticked.contains(&parent) || ticked.contains(&value.as_str())
        }
        (Facet::Concern, None) => {
            ticked.is_empty()
                || ticked
                    .iter()
                    .any(|ticked| ticked.split('.').next() == Some(value))
        }
        _ => true,
    });
    offered.cloned().collect()
}

fn ticked_in<'w>(wanted: &'w Wanted, name: &str) -> impl Iterator<Item = &'w str> {
    let pairs = wanted.ticked.iter();
    pairs
        .filter(move |pair| pair.0 == name)
        .map(|pair| pair.1.as_str())
}

fn facet(name: &str) -> Facet {
    match name {
        "concern" => Facet::Concern,
        "kind" => Facet::Kind,
        "way" => Facet::Way,
        "day" => Facet::Day,
        "openness" => Facet::Openness,
        "for_whom" => Facet::ForWhom,
        "accessibility" => Facet::Accessibility,
        "centre" => Facet::Centre,
        _ => Facet::Language,
    }
}

fn label(app: &App, speech: Speech, facet: Facet, value: &str) -> String {
    match facet {
        Facet::Concern => Taxonomy::standard()
            .term(value)
            .map_or_else(|| value.to_owned(), |term| term.label(speech.0).to_owned()),
        Facet::Kind => speech.word::<Kind>("kind", value),
        Facet::Way => speech.word::<Way>("way", value),
        Facet::Openness => speech.word::<Openness>("openness", value),
        Facet::ForWhom => speech.word::<ForWhom>("whom", value),
        Facet::Accessibility => speech.word::<Accessibility>("access", value),
        Facet::Language => capital(&speech.tongue(value)),
        Facet::Day => weekday(speech, value),
        Facet::Centre => centre(app, speech, value),
    }
}

fn weekday(speech: Speech, value: &str) -> String {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let named = days.iter().position(|day| day.eq_ignore_ascii_case(value));
    let number = value.parse().ok().or(named).filter(|number| *number < 7);
    match number {
        Some(number) => capital(&speech.say(&format!("weekday-{}", number + 1))),
        None => value.to_owned(),
    }
}

/// The name of a centre by its identifier.
pub(super) fn centre(app: &App, speech: Speech, nid: &str) -> String {
    let feed = nid.parse::<Nid>().ok().and_then(|nid| app.feeds.feed(nid));
    feed.map_or_else(
        || nid.to_owned(),
        |feed| feed.who().name(speech.tag()).to_owned(),
    )
}

/// Days stand as in the week, words as in the vocabulary, centres by name; the rest by frequency.
fn arrange(speech: Speech, facet: Facet, choices: &mut [Choice]) {
    fn place<W: Word>(value: &str) -> usize {
        let words = W::WORDS.iter();
        words.take_while(|(word, _)| *word != value).count()
    }
    match facet {
        Facet::Day => choices.sort_by(|one, other| one.value.cmp(&other.value)),
        Facet::Kind => choices.sort_by_key(|choice| place::<Kind>(&choice.value)),
        Facet::Way => choices.sort_by_key(|choice| place::<Way>(&choice.value)),
        Facet::Openness => choices.sort_by_key(|choice| place::<Openness>(&choice.value)),
        Facet::ForWhom => choices.sort_by_key(|choice| place::<ForWhom>(&choice.value)),
        Facet::Accessibility => {
            choices.sort_by_key(|choice| place::<Accessibility>(&choice.value));
        }
        Facet::Centre => choices.sort_by(|one, other| speech.order(&one.label, &other.label)),
        Facet::Concern | Facet::Language => {}
    }
    // What is ticked is never hidden.
    choices.sort_by_key(|choice| !choice.is_ticked && facet != Facet::Day);
}

fn shown_of(facet: Facet) -> usize {
    match facet {
        Facet::Day => 7,
        _ => SHOWN_MAX,
    }
}
