//! What does a sound listing say?

use serde_json::Value;

use super::{
    at::At,
    bounds::{characters, shallow},
    canonical::{DRAFT_FIELDS, PRIVATE},
    contact::Contact,
    fault::Faults,
    fault_code::FaultCode,
    likeness::distinct,
    particulars::{Affiliation, Confirmation, Cost, Identifier, Link},
    place::{Area, LINE_CHARACTERS_MAX, Place},
    reading::Reading,
    schedule::Schedule,
    taxonomy::{Taxonomy, is_path},
    text::Text,
    word::{Accessibility, Choice, ForWhom, Kind, Leadership, Openness, Status, Way, Word},
};

/// How long a neutral title may be, in characters: what a browser's history shows.
const NEUTRAL_TITLE_CHARACTERS_MAX: usize = 80;
/// How long a summary may be, in characters: two lines of a search result on a telephone.
const SUMMARY_CHARACTERS_MAX: usize = 300;
/// How long a description may be, in characters: about four printed pages.
const DESCRIPTION_CHARACTERS_MAX: usize = 10_000;
/// How long the words on how to join may be, in characters.
const JOIN_CHARACTERS_MAX: usize = 1_000;
/// How many other names, concerns, links, places and identifiers there may be.
const MANY: usize = 20;
/// How many languages may be spoken.
const LANGUAGES_MAX: usize = 50;
/// How many schedules there may be: a chapter with a meeting every day, morning and evening.
const SCHEDULES_MAX: usize = 30;
/// How many contacts there may be.
pub(super) const CONTACTS_MAX: usize = 10;
/// How many places there may be.
pub(super) const PLACES_MAX: usize = MANY;
/// The oldest age that a bound may name, in years.
const AGE_MAX: i64 = 130;

/// What a centre says about one initiative. Always sound: its fields are only made by checking.
#[derive(Clone, Debug)]
pub struct Listing {
    value: Value,
    kind: Choice<Kind>,
    name: Text,
    neutral_title: Option<Text>,
    alternate_names: Vec<String>,
    summary: Option<Text>,
    description: Option<Text>,
    concerns: Vec<String>,
    for_whom: Vec<Choice<ForWhom>>,
    min_age: Option<u8>,
    max_age: Option<u8>,
    leadership: Option<Choice<Leadership>>,
    openness: Option<Choice<Openness>>,
    ways: Vec<Choice<Way>>,
    languages: Vec<String>,
    schedules: Vec<Schedule>,
    places: Vec<Place>,
    area: Option<Area>,
    contacts: Vec<Contact>,
    links: Vec<Link>,
    cost: Option<Cost>,
    join: Option<Text>,
    accessibility: Vec<Choice<Accessibility>>,
    accessibility_note: Option<Text>,
    parent: Option<Affiliation>,
    network: Option<Affiliation>,
    founded: Option<String>,
    status: Choice<Status>,
    confirmed: Option<Confirmation>,
    licence: Option<String>,
    identifiers: Vec<Identifier>,
    sensitive: bool,
}

/// Two listings are equal if they say the same, whatever the order of their fields.
impl PartialEq for Listing {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Listing {
    /// What sort of initiative it is.
    pub fn kind(&self) -> &Choice<Kind> {
        &self.kind
    }

    /// What it is called.
    pub fn name(&self) -> &Text {
        &self.name
    }

    /// A title that tells a stranger nothing, for titles and histories of sensitive listings.
    pub fn neutral_title(&self) -> Option<&Text> {
        self.neutral_title.as_ref()
    }

    /// What else it is called, in any language.
    pub fn alternate_names(&self) -> &[String] {
        &self.alternate_names
    }

    /// One or two sentences.
    pub fn summary(&self) -> Option<&Text> {
        self.summary.as_ref()
    }

    /// All there is to say, in lines.
    pub fn description(&self) -> Option<&Text> {
        self.description.as_ref()
    }

    /// What it is about: paths of the taxonomy, perhaps of a later one.
    pub fn concerns(&self) -> &[String] {
        &self.concerns
    }

    /// Whom it is for; nobody named means nobody said.
    pub fn for_whom(&self) -> &[Choice<ForWhom>] {
        &self.for_whom
    }

    /// The youngest age, in years.
    pub fn min_age(&self) -> Option<u8> {
        self.min_age
    }

    /// The oldest age, in years.
    pub fn max_age(&self) -> Option<u8> {
        self.max_age
    }

    /// Who leads it.
    pub fn leadership(&self) -> Option<&Choice<Leadership>> {
        self.leadership.as_ref()
    }

    /// Who may come.
    pub fn openness(&self) -> Option<&Choice<Openness>> {
        self.openness.as_ref()
    }

    /// How people meet.
    pub fn ways(&self) -> &[Choice<Way>] {
        &self.ways
    }

    /// The languages spoken or signed: tags of BCP 47.
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// When people meet.
    pub fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    /// Where people meet; no place holds more than may be told.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The area it serves.
    pub fn area(&self) -> Option<&Area> {
        self.area.as_ref()
    }

    /// Whom to reach; all of them agreed to be published.
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// Pages on the web.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// What taking part costs.
    pub fn cost(&self) -> Option<&Cost> {
        self.cost.as_ref()
    }

    /// How to join.
    pub fn join(&self) -> Option<&Text> {
        self.join.as_ref()
    }

    /// What makes it accessible.
    pub fn accessibility(&self) -> &[Choice<Accessibility>] {
        &self.accessibility
    }

    /// What else to know about access.
    pub fn accessibility_note(&self) -> Option<&Text> {
        self.accessibility_note.as_ref()
    }

    /// The organization it is part of.
    pub fn parent(&self) -> Option<&Affiliation> {
        self.parent.as_ref()
    }

    /// The network of groups it belongs to.
    pub fn network(&self) -> Option<&Affiliation> {
        self.network.as_ref()
    }

    /// When it was founded: a year, month or day such as `1998`, `1998-04` or `1998-04-12`.
    pub fn founded(&self) -> Option<&str> {
        self.founded.as_deref()
    }

    /// Whether it lives.
    pub fn status(&self) -> &Choice<Status> {
        &self.status
    }

    /// When somebody last said that all this is right.
    pub fn confirmed(&self) -> Option<&Confirmation> {
        self.confirmed.as_ref()
    }

    /// The SPDX identifier of the licence of this text.
    pub fn licence(&self) -> Option<&str> {
        self.licence.as_deref()
    }

    /// What other systems call it.
    pub fn identifiers(&self) -> &[Identifier] {
        &self.identifiers
    }

    /// Whether a stranger who sees its name could do harm.
    pub fn sensitive(&self) -> bool {
        self.sensitive
    }

    /// The name in this language, or the best other one, as tag and text.
    pub fn title(&self, lang: &str) -> (&str, &str) {
        self.name
            .best(lang)
            .expect("a sound listing has a name in some language")
    }

    /// What may stand in a page's title and a browser's history: for a sensitive listing its
    /// neutral title, for every other one its name; `None` if a sensitive one has no neutral title.
    pub fn public_title(&self, lang: &str) -> Option<(&str, &str)> {
        if self.sensitive {
            self.neutral_title.as_ref()?.best(lang)
        } else {
            self.name.best(lang)
        }
    }

    /// The listing as JSON, as [`Listing::to_value`] gives it.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The listing as JSON: what a draft said, in canonical order and spelling, with fields that
    /// this version does not know at the end of their object; or what another node published,
    /// exactly as it was read.
    pub fn to_value(&self) -> Value {
        self.value.clone()
    }

    /// Reads a listing that a node has published, perhaps one of a later version: words, concerns,
    /// fields, rules and time zones that we do not know are kept. In everything else it must be
    /// as sound as a draft: a stranger's node cannot make us show a withheld address.
    pub fn from_value(value: &Value, taxonomy: &Taxonomy) -> Result<Listing, Faults> {
        shallow(value)?;
        characters(value)?;
        let mut reading = Reading::of_listing(taxonomy);
        let at = At::document(value);
        let listing = reading.listing(at, value.clone());
        if value.get(PRIVATE).is_some() {
            reading.fault(at.field(PRIVATE), FaultCode::PrivateMatter, &[]);
        }
        reading.finish()?;
        Ok(listing)
    }
}

impl Reading<'_> {
    /// The listing here, to be written as `value`. If there are faults it is not sound, and only
    /// [`Reading::finish`] tells.
    pub(super) fn listing(&mut self, at: At<'_>, value: Value) -> Listing {
        self.object(at, DRAFT_FIELDS);
        self.require(at.field("kind"));
        self.require(at.field("name"));
        self.require(at.field("status"));
        let places = self.list(at.field("places"), PLACES_MAX, Self::public_place);
        // A place that is faulty is still a place that a schedule may name.
        let place_count = at.field("places").value().as_array().map_or(0, Vec::len);
        let listing = Listing {
            value,
            kind: self
                .word(at.field("kind"))
                .unwrap_or(Choice::Known(Kind::Group)),
            name: self
                .title(at.field("name"), LINE_CHARACTERS_MAX)
                .unwrap_or_default(),
            neutral_title: self.title(at.field("neutral_title"), NEUTRAL_TITLE_CHARACTERS_MAX),
            alternate_names: distinct(self.list(
                at.field("alternate_names"),
                MANY,
                |reading, at| reading.line(at, LINE_CHARACTERS_MAX).map(str::to_owned),
            )),
            summary: self.title(at.field("summary"), SUMMARY_CHARACTERS_MAX),
            description: self.prose(at.field("description"), DESCRIPTION_CHARACTERS_MAX),
            concerns: distinct(self.list(at.field("concerns"), MANY, Self::concern)),
            for_whom: self.words(at.field("for_whom")),
            min_age: self.age(at.field("min_age")),
            max_age: self.age(at.field("max_age")),
            leadership: self.word(at.field("leadership")),
            openness: self.word(at.field("openness")),
            ways: self.words(at.field("ways")),
            languages: distinct(self.list(at.field("languages"), LANGUAGES_MAX, Self::language)),
            schedules: self.list(at.field("schedules"), SCHEDULES_MAX, |reading, at| {
                reading.schedule(at, place_count)
            }),
            places,
            area: self.area(at.field("area")),
            contacts: self.list(at.field("contacts"), CONTACTS_MAX, Self::public_contact),
            links: self.list(at.field("links"), MANY, Self::link),
            cost: self.cost(at.field("cost")),
            join: self.prose(at.field("join"), JOIN_CHARACTERS_MAX),
            accessibility: self.words(at.field("accessibility")),
            accessibility_note: self.prose(at.field("accessibility_note"), JOIN_CHARACTERS_MAX),
            parent: self.affiliation(at.field("parent")),
            network: self.affiliation(at.field("network")),
            founded: self.founding(at.field("founded")),
            status: self
                .word(at.field("status"))
                .unwrap_or(Choice::Known(Status::Active)),
            confirmed: self.confirmation(at.field("confirmed")),
            licence: self.licence(at.field("licence")),
            identifiers: self.list(at.field("identifiers"), MANY, Self::identifier),
            sensitive: self.flag(at.field("sensitive")).unwrap_or(false),
        };
        self.whole(at, &listing);
        listing
    }

    /// What no single field can tell.
    fn whole(&mut self, at: At<'_>, listing: &Listing) {
        if let (Some(min), Some(max)) = (listing.min_age, listing.max_age)
            && min > max
        {
            let (min, max) = (min.to_string(), max.to_string());
            self.fault(
                at.field("max_age"),
                FaultCode::AgesCrossed,
                &[("min", &min), ("max", &max)],
            );
        }
        let kind = at.field("kind").value().as_str().and_then(Kind::of);
        let Some(kind @ (Kind::Group | Kind::PeerSupport)) = kind else {
            return;
        };
        for name in ["concerns", "ways"] {
            if at.field(name).is_empty() {
                self.fault(
                    at.field(name),
                    FaultCode::NeedsOne,
                    &[("kind", kind.as_str())],
                );
            }
        }
    }

    fn age(&mut self, at: At<'_>) -> Option<u8> {
        self.integer(at, 0..=AGE_MAX)
            .and_then(|age| u8::try_from(age).ok())
    }

    fn concern(&mut self, at: At<'_>) -> Option<String> {
        let id = self.line(at, LINE_CHARACTERS_MAX)?;
        let is_known = self.taxonomy.term(id).is_some() || (!self.strict && is_path(id));
        if !is_known {
            let nearest = self.taxonomy.nearest(id).map_or("none", |term| term.id());
            self.fault(
                at,
                FaultCode::UnknownConcern,
                &[("value", id), ("nearest", nearest)],
            );
        }
        is_known.then(|| id.to_owned())
    }
}
