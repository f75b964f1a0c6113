//! What does somebody look for?

use std::fmt::Display;

use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::listing::{
    Accessibility, ForWhom, Kind, Lang, Openness, Taxonomy, Way, Word, canonical_tag,
};
use clearinghouse_protocol::tlog::hash::sha256;
use serde_json::json;

use super::cursor::Cursor;
use super::parameters::Parameters;
use crate::http::error::ApiError;
use crate::view::places::{Place, Places};
use crate::view::search::{LIMIT_MAX, QUERY_CHARACTERS_MAX, Query};

/// The names of all parameters.
const NAMES: &[&str] = &[
    "q",
    "near",
    "within_km",
    "concern",
    "kind",
    "way",
    "language",
    "day",
    "openness",
    "for_whom",
    "accessibility",
    "centre",
    "limit",
    "cursor",
];

/// Listings of one answer when nobody says how many.
const LIMIT: usize = 20;

/// How far is near when nobody says, in km: an hour by bus.
const NEAR_KM: f64 = 25.0;

/// The farthest that can be asked for, in km: across a province.
const KM_MAX: f64 = 2_000.0;

/// The longest name of a place, in characters.
pub(super) const PLACE_CHARACTERS_MAX: usize = 100;

/// Weekdays as they may be spelled, Monday first; the second spelling is that of the facets.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A question that is understood.
pub(in crate::http) struct Asked {
    /// Words and choices.
    pub(in crate::http) query: Query,
    /// The place near which to look, and how far from it in km.
    pub(in crate::http) near: Option<(Place, f64)>,
    /// What is asked, wherever in the answer one is; cursors hold on to it.
    pub(in crate::http) essence: [u8; 32],
}

impl Asked {
    /// Understands the query of an address, or tells all that is wrong with it. No fault repeats what
    /// was looked for.
    pub(in crate::http) fn read(raw: Option<&str>, lang: Lang) -> Result<Asked, ApiError> {
        let mut given = Parameters::read(raw, NAMES);
        let mut query = Query {
            words: given.one("q", QUERY_CHARACTERS_MAX).unwrap_or_default(),
            language: lang,
            concerns: concerns(&mut given),
            kinds: words::<Kind>(&mut given, "kind"),
            ways: words::<Way>(&mut given, "way"),
            languages: languages(&mut given),
            days: days(&mut given),
            centres: centres(&mut given),
            openness: words::<Openness>(&mut given, "openness"),
            for_whom: words::<ForWhom>(&mut given, "for_whom"),
            accessibility: words::<Accessibility>(&mut given, "accessibility"),
            offset: 0,
            limit: given.number("limit", 1..=LIMIT_MAX).unwrap_or(LIMIT),
        };
        let near = near(&mut given, lang);
        let essence = essence(&query, near.as_ref());
        if let Some(text) = given.one("cursor", Cursor::CHARACTERS) {
            match Cursor::read(&text, &essence) {
                Some(cursor) => query.offset = cursor.offset,
                None => given.fault("cursor", "query-cursor", &[]),
            }
        }
        given.finish()?;
        Ok(Asked {
            query,
            near,
            essence,
        })
    }
}

fn words<W: Word>(given: &mut Parameters, name: &str) -> Vec<String> {
    given.words(name, W::WORDS.iter().map(|(word, _)| *word))
}

fn concerns(given: &mut Parameters) -> Vec<String> {
    let taxonomy = Taxonomy::standard();
    let concerns = given.many("concern");
    for concern in &concerns {
        if taxonomy.term(concern).is_none() {
            let likely: String = concern.chars().take(PLACE_CHARACTERS_MAX).collect();
            let nearest = taxonomy.nearest(&likely).map(|term| term.id());
            given.unknown_value("concern", nearest);
        }
    }
    concerns
}

fn languages(given: &mut Parameters) -> Vec<String> {
    let tags = given.many("language");
    let canonical = tags.iter().filter_map(|tag| {
        let canonical = canonical_tag(tag);
        if canonical.is_none() {
            given.fault("language", "query-language", &[]);
        }
        canonical
    });
    canonical.collect()
}

fn days(given: &mut Parameters) -> Vec<String> {
    let days = given.many("day");
    let numbers = days.iter().filter_map(|day| {
        let number = (0..DAYS.len())
            .find(|number| DAYS[*number].eq_ignore_ascii_case(day) || number.to_string() == *day);
        if number.is_none() {
            let allowed = format!("{}, 0–6", DAYS.join(", "));
            given.fault("day", "query-day", &[("allowed", &allowed)]);
        }
        number.map(|number| number.to_string())
    });
    numbers.collect()
}

fn centres(given: &mut Parameters) -> Vec<String> {
    let centres = given.many("centre");
    if centres.iter().any(|nid| nid.parse::<Nid>().is_err()) {
        given.fault("centre", "query-centre", &[]);
    }
    centres
}

fn near(given: &mut Parameters, lang: Lang) -> Option<(Place, f64)> {
    let name = given.one("near", PLACE_CHARACTERS_MAX);
    let km = given.number("within_km", 0.0..=KM_MAX);
    let Some(name) = name else {
        if km.is_some() {
            given.fault("within_km", "query-needs-near", &[]);
        }
        return None;
    };
    let places = Places::standard();
    let Some(place) = places.find(&name) else {
        let likely = places.suggest(&name);
        let likely: Vec<String> = likely.iter().map(|place| named(place, lang)).collect();
        let told: &[(_, &dyn Display)] = &[("places", &likely.join("; "))];
        match likely.is_empty() {
            true => given.fault("near", "query-near", &[]),
            false => given.fault("near", "query-near-suggested", told),
        }
        return None;
    };
    // A place is measured from its middle: near a large one is at least inside it.
    let km = km.unwrap_or_else(|| NEAR_KM.max(place.approx_km.into()).min(KM_MAX));
    Some((place, km))
}

/// The name under which a place is found again: with its province, or its postal code alone.
pub(in crate::http) fn named(place: &Place, lang: Lang) -> String {
    let name = match lang {
        Lang::En => &place.name_en,
        Lang::Fr => &place.name_fr,
    };
    let in_province = format!("{name}, {}", place.province);
    let code = name.split(' ').next().unwrap_or_default().to_owned();
    let finds = |spelled: &String| Places::standard().find(spelled).as_ref() == Some(place);
    let spellings = [in_province, code];
    let found = spellings
        .into_iter()
        .find(|spelled| !place.is_province && finds(spelled));
    found.unwrap_or_else(|| name.clone())
}

fn essence(query: &Query, near: Option<&(Place, f64)>) -> [u8; 32] {
    let near = near.map(|(place, km)| (place.latitude, place.longitude, *km));
    let asked = json!([
        query.words,
        query.concerns,
        query.kinds,
        query.ways,
        query.languages,
        query.days,
        query.centres,
        query.openness,
        query.for_whom,
        query.accessibility,
        query.language.tag(),
        near,
    ]);
    sha256(&[asked.to_string().as_bytes()])
}
