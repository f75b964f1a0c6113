//! What of a listing goes into the index, and in which form?

use std::collections::HashMap;

use clearinghouse_protocol::listing::{Listing, Text};
use jiff::civil::Date;
use tantivy::{
    TantivyDocument, Term,
    schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};
use uuid::Uuid;

use super::words::{Stems, Tongue, fold_quickly, is_filler, words_of};

/// Changes whenever the same listing would be indexed otherwise; an index of another version is
/// not opened but built anew.
const VERSION: u32 = 1;

/// A word of a summary counts this many times.
const SUMMARY_WEIGHT: u32 = 2;

/// A word of one listing counts at most this many times.
const COUNT_MAX: u32 = 4;

/// By what a visitor can narrow a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    /// What it is about: taxonomy ids. A listing counts for every concern above its own as well.
    Concern,
    /// Group, peer support, network, organization, centre.
    Kind,
    /// In person, online, telephone, mail, e-mail.
    Way,
    /// Weekdays, `0` Monday to `6` Sunday.
    Day,
    /// Open, closed, ask first, forming.
    Openness,
    /// Whom it is for.
    ForWhom,
    /// What makes it accessible.
    Accessibility,
    /// The centre whose listing it is: its nid.
    Centre,
    /// Languages spoken: BCP 47 tags.
    Language,
}

impl Facet {
    /// Every facet. Those whose values others may invent stand last: were there ever too many
    /// values to keep, it is theirs that are left out.
    pub const ALL: [Facet; 9] = [
        Facet::Concern,
        Facet::Kind,
        Facet::Way,
        Facet::Day,
        Facet::Openness,
        Facet::ForWhom,
        Facet::Accessibility,
        Facet::Centre,
        Facet::Language,
    ];

    /// The facet and the value that a term of the facet field stands for.
    pub(super) fn read(term: &[u8]) -> Option<(Facet, &str)> {
        let (letter, value) = std::str::from_utf8(term).ok()?.split_at_checked(1)?;
        let facet = Facet::ALL
            .into_iter()
            .find(|facet| letter.starts_with(facet.letter()))?;
        Some((facet, value))
    }

    fn letter(self) -> char {
        char::from(b'a' + self as u8)
    }
}

/// The fields of the index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) uuid: Field,
    pub(super) uuid_high: Field,
    pub(super) uuid_low: Field,
    pub(super) ordinal: Field,
    /// How listings are sorted when nothing else decides; see [`sort_order`].
    pub(super) order: Field,
    pub(super) facets: Field,
    /// Every word as it was written, folded: the vocabulary for guesses and for exact matches.
    pub(super) words: Field,
    /// The stems of all texts.
    pub(super) stems: Field,
    /// The stems of names alone.
    pub(super) names: Field,
}

/// The schema of the index and its fields.
pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    // The texts are already taken apart into words with a space between them.
    let text = |detail, norms| {
        let indexing = TextFieldIndexing::default().set_tokenizer("whitespace");
        TextOptions::default()
            .set_indexing_options(indexing.set_index_option(detail).set_fieldnorms(norms))
    };
    let fields = Fields {
        uuid: builder.add_bytes_field("uuid", INDEXED),
        uuid_high: builder.add_u64_field("uuid_high", FAST),
        uuid_low: builder.add_u64_field("uuid_low", FAST),
        ordinal: builder.add_u64_field("ordinal", FAST),
        order: builder.add_u64_field("order", FAST),
        facets: builder.add_text_field("facets", text(IndexRecordOption::Basic, false)),
        words: builder.add_text_field(
            &format!("words{VERSION}"),
            text(IndexRecordOption::Basic, false),
        ),
        stems: builder.add_text_field("stems", text(IndexRecordOption::WithFreqs, true)),
        names: builder.add_text_field("names", text(IndexRecordOption::WithFreqs, true)),
    };
    (builder.build(), fields)
}

impl Fields {
    /// The term by which a listing is found again.
    pub(super) fn uuid_term(&self, uuid: Uuid) -> Term {
        Term::from_field_bytes(self.uuid, uuid.as_bytes())
    }

    /// A listing as the index holds it: words and values, no text.
    pub(super) fn document(
        &self,
        stems: &mut Stems,
        (ordinal, uuid, owner): (u64, Uuid, &str),
        listing: &Listing,
    ) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        let (high, low) = uuid.as_u64_pair();
        document.add_bytes(self.uuid, uuid.as_bytes());
        document.add_u64(self.uuid_high, high);
        document.add_u64(self.uuid_low, low);
        document.add_u64(self.ordinal, ordinal);
        document.add_u64(self.order, sort_order(uuid, listing));
        document.add_text(self.facets, facet_terms(owner, listing));
        let texts = Said::of(listing).texts(stems);
        document.add_text(self.words, texts.words);
        document.add_text(self.stems, texts.stems);
        document.add_text(self.names, texts.names);
        document
    }
}

/// Everything a listing says, folded, with its tongue and what a word of it counts.
#[derive(Default)]
struct Said {
    names: Vec<(Tongue, String)>,
    texts: Vec<(Tongue, String, u32)>,
}

impl Said {
    fn of(listing: &Listing) -> Said {
        let mut said = Said::default();
        let names = [Some(listing.name()), listing.neutral_title()];
        for (tag, name) in names.into_iter().flatten().flat_map(Text::iter) {
            said.names.push((Tongue::of_tag(tag), fold_quickly(name)));
        }
        for name in listing.alternate_names() {
            said.names.push((Tongue::Other, fold_quickly(name)));
        }
        said.text(listing.summary(), SUMMARY_WEIGHT);
        for text in [
            listing.description(),
            listing.join(),
            listing.accessibility_note(),
        ] {
            said.text(text, 1);
        }
        for above in [listing.parent(), listing.network()].into_iter().flatten() {
            said.text(above.name(), 1);
        }
        let places = listing.places().iter();
        for name in places
            .flat_map(|place| [place.name(), place.city()])
            .flatten()
        {
            said.texts.push((Tongue::Other, fold_quickly(name), 1));
        }
        said
    }

    fn text(&mut self, text: Option<&Text>, weight: u32) {
        for (tag, text) in text.into_iter().flat_map(Text::iter) {
            self.texts
                .push((Tongue::of_tag(tag), fold_quickly(text), weight));
        }
    }

    /// How often each word counts, in the order in which the words come first.
    fn counts(&self) -> Vec<Count<'_>> {
        let mut counts: Vec<Count<'_>> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        let names = self.names.iter().map(|(tongue, name)| (tongue, name, 0));
        let texts = self
            .texts
            .iter()
            .map(|(tongue, text, weight)| (tongue, text, *weight));
        for (tongue, text, weight) in names.chain(texts) {
            for word in words_of(text) {
                let place = *places.entry(word).or_insert(counts.len());
                if place == counts.len() {
                    counts.push(Count {
                        word,
                        in_names: [0; 3],
                        in_texts: [0; 3],
                    });
                }
                // Only words of names have no weight.
                match weight {
                    0 => counts[place].in_names[*tongue as usize] += 1,
                    _ => counts[place].in_texts[*tongue as usize] += weight,
                }
            }
        }
        counts
    }

    /// The texts of the three fields. Fillers, nearly half of what is written, stand there only if
    /// they are part of a name: that is enough for whoever asks for nothing else.
    fn texts(&self, stems: &mut Stems) -> Texts {
        let mut texts = Texts::default();
        for count in self.counts() {
            let is_named = count.in_names != [0; 3];
            let filler = is_filler(count.word);
            if filler && !is_named {
                continue;
            }
            texts.words.push_str(count.word);
            texts.words.push(' ');
            for tongue in Tongue::ALL {
                let named = count.in_names[tongue as usize];
                let said = if filler {
                    0
                } else {
                    count.in_texts[tongue as usize]
                };
                for (times, text) in [(named, &mut texts.names), (named + said, &mut texts.stems)] {
                    for _ in 0..times.min(COUNT_MAX) {
                        stems.push_form(count.word, tongue, text);
                        text.push(' ');
                    }
                }
            }
        }
        texts
    }
}

/// How often a word counts in each tongue.
struct Count<'a> {
    word: &'a str,
    in_names: [u32; 3],
    in_texts: [u32; 3],
}

/// What the three text fields hold.
#[derive(Default)]
struct Texts {
    /// Each word once.
    words: String,
    /// Each stem as often as it counts, up to a limit: the tenth time says nothing new.
    stems: String,
    /// The same of names alone.
    names: String,
}

/// What the terms of the facet field are: a letter for the facet, then the value.
fn facet_terms(owner: &str, listing: &Listing) -> String {
    let mut terms = Terms(String::new());
    for concern in listing.concerns() {
        // Of a dotted path each beginning is a concern above it.
        let ends = concern
            .match_indices('.')
            .map(|(end, _)| end)
            .chain([concern.len()]);
        ends.for_each(|end| terms.push(Facet::Concern, &concern[..end]));
    }
    terms.push(Facet::Kind, listing.kind().as_str());
    listing
        .ways()
        .iter()
        .for_each(|way| terms.push(Facet::Way, way.as_str()));
    let days = listing
        .schedules()
        .iter()
        .flat_map(|schedule| schedule.weekdays());
    days.for_each(|day| terms.push(Facet::Day, &day.to_monday_zero_offset().to_string()));
    listing
        .openness()
        .into_iter()
        .for_each(|openness| terms.push(Facet::Openness, openness.as_str()));
    listing
        .for_whom()
        .iter()
        .for_each(|whom| terms.push(Facet::ForWhom, whom.as_str()));
    listing
        .accessibility()
        .iter()
        .for_each(|access| terms.push(Facet::Accessibility, access.as_str()));
    terms.push(Facet::Centre, owner);
    listing
        .languages()
        .iter()
        .for_each(|language| terms.push(Facet::Language, language));
    terms.0
}

struct Terms(String);

impl Terms {
    /// A value with a space, which only a later version could have, would fall apart: it is not
    /// offered as a choice.
    fn push(&mut self, facet: Facet, value: &str) {
        if !value.is_empty() && !value.contains(char::is_whitespace) {
            self.0.push(facet.letter());
            self.0.push_str(value);
            self.0.push(' ');
        }
    }
}

/// The number by which listings are sorted when nothing else decides, ascending: 17 bits for the
/// day of confirmation, the latest first and none last; 25 bits for five letters of the name; 22
/// bits of the UUID, so that the order does not hang on that of indexing.
fn sort_order(uuid: Uuid, listing: &Listing) -> u64 {
    const DAYS_MAX: i32 = (1 << 17) - 1;
    let confirmed = listing.confirmed().map_or(0, |confirmed| {
        let day = confirmed
            .on()
            .since(Date::constant(1970, 1, 1))
            .map_or(0, |span| span.get_days());
        day.clamp(0, DAYS_MAX)
    });
    let name = listing
        .name()
        .iter()
        .next()
        .map_or_else(String::new, |(_, name)| fold_quickly(name));
    let letters = name
        .chars()
        .chain(std::iter::repeat(' '))
        .take(5)
        .fold(0, |letters, c| letters << 5 | letter(c));
    let low = uuid.as_u128() as u64 & ((1 << 22) - 1);
    ((DAYS_MAX - confirmed) as u64) << 47 | letters << 22 | low
}

/// A letter's place among 32: the space, digits, a to z, all others.
fn letter(c: char) -> u64 {
    match c {
        ' ' => 0,
        '0'..='9' => 1,
        'a'..='z' => c as u64 - 'a' as u64 + 2,
        _ => 31,
    }
}
