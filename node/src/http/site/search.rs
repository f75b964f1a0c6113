//! What was found, and how does one look on?

use std::collections::HashMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use clearinghouse_protocol::listing::Lang;

use super::address::Page;
use super::asked::{PAGE_LISTINGS, Wanted};
use super::card::{Card, card};
use super::narrow::{Group, Ticked, groups, ticked};
use super::onwards::{Way, onwards};
use super::shell::{Shell, page, version};
use super::speech::Speech;
use super::when::Now;
use crate::http::App;
use crate::http::api::aside;
use crate::http::error::ApiError;
use crate::http::etag::held;
use crate::view::Shown;
use crate::view::places::Place;
use crate::view::search::{Found, QUERY_CHARACTERS_MAX};

/// Distances that are offered, in km.
const DISTANCES_KM: [u32; 6] = [5, 10, 25, 50, 100, 250];

/// Letters before which « de » loses its own.
const VOWELS: [char; 14] = [
    'A', 'E', 'I', 'O', 'U', 'Y', 'À', 'Â', 'É', 'È', 'Ê', 'Î', 'Ô', 'Œ',
];

/// The form that begins and changes a search.
pub(super) struct Form {
    /// Where it goes.
    pub(super) action: String,
    /// The words.
    pub(super) words: String,
    /// How many characters of them are read.
    pub(super) words_max: usize,
    /// The place.
    pub(super) near: String,
    /// Whether the place is not known.
    pub(super) is_lost: bool,
    /// Distances in km: as the address has them, in words, and whether one is chosen.
    pub(super) distances: Vec<(String, String, bool)>,
}

impl Form {
    /// The form before anything was looked for.
    pub(super) fn blank(lang: Lang) -> Form {
        Form {
            action: Page::Search(String::new()).path(lang),
            words: String::new(),
            words_max: QUERY_CHARACTERS_MAX,
            near: String::new(),
            is_lost: false,
            distances: Vec::new(),
        }
    }

    fn filled(w: Speech, wanted: &Wanted) -> Form {
        let mut distances: Vec<String> = DISTANCES_KM.iter().map(u32::to_string).collect();
        if !wanted.km.is_empty() && !distances.contains(&wanted.km) {
            distances.push(wanted.km.clone());
        }
        let distances = distances.into_iter().map(|km| {
            let is_chosen = km == wanted.km;
            (km.clone(), w.of("distance-within", &km), is_chosen)
        });
        Form {
            words: wanted.words.clone(),
            near: wanted.near.clone(),
            is_lost: wanted.likely_places.is_some(),
            distances: distances.collect(),
            ..Form::blank(w.0)
        }
    }
}

/// The page of what was found.
#[derive(Template)]
#[template(path = "search.html")]
struct Results {
    shell: Shell,
    w: Speech,
    form: Form,
    /// How many were found, and near what.
    heading: String,
    /// Sentences about what was not understood.
    notices: Vec<String>,
    /// Places that may have been meant, each with its address.
    likely: Vec<(String, String)>,
    ticked: Vec<Ticked>,
    /// The address without anything ticked.
    unticked: String,
    groups: Vec<Group>,
    cards: Vec<Card>,
    /// Which of them are shown: `21 to 40`.
    range: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    onwards: Vec<Way>,
}

/// Answers with what was found.
pub(super) async fn answer(
    lang: Lang,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let raw = raw.unwrap_or_default();
    let version = version(&app, &Page::Search(raw.clone()).path(lang));
    if held(&headers, &version) {
        return Ok([(ETAG, version)].into_response());
    }
    let (wanted, near) = aside(&app, move |app| {
        let wanted = Wanted::read(Some(&raw), lang);
        let near = wanted.asked.near.as_ref();
        let within = |(place, km): &(Place, f64)| {
            let view = &app.desk.view;
            view.within(place.latitude, place.longitude, *km)
        };
        let near = near.map(within);
        Ok((wanted, near))
    })
    .await?;
    let query = wanted.asked.query.clone();
    let answered = app.desk.view.search(query, near, &app.clock).await?;
    aside(&app, move |app| {
        page(lang, version, &results(app, lang, &wanted, &answered)?)
    })
    .await
}

fn results(
    app: &App,
    lang: Lang,
    wanted: &Wanted,
    (found, shown): &(Found, Vec<Shown>),
) -> Result<Results, ApiError> {
    let (w, now, asked) = (Speech(lang), Now::of(app), &wanted.asked);
    let distances: HashMap<_, _> = found.hits.iter().map(|hit| (hit.uuid, hit.km)).collect();
    let distance = |uuid| distances.get(&uuid).copied().flatten();
    let cards: Vec<Card> = shown
        .iter()
        .map(|shown| card(app, w, shown, distance(shown.uuid), &now))
        .collect();
    let (first, last) = (asked.query.offset, asked.query.offset + found.hits.len());
    let of_page = |page: usize| Page::Search(wanted.query_of_page(page)).path(lang);
    // No words of the search: a title stands in the history of a browser that others may see.
    let title = w.say("search-title");
    let here = Page::Search(wanted.query_of_page(wanted.page));
    let about = w.say("search-about");
    let unticked = wanted.changed(|changing| changing.ticked.clear());
    let is_part = found.total > PAGE_LISTINGS as u64 && first < last;
    Ok(Results {
        shell: Shell::new(app, lang, Some(here), title, about),
        w,
        form: Form::filled(w, wanted),
        heading: heading(w, wanted, found.total),
        notices: notices(w, wanted),
        likely: likely(w, wanted),
        ticked: ticked(app, w, wanted),
        unticked: Page::Search(unticked).path(lang),
        // There is nothing to narrow down in nothing; what is ticked can be taken away above.
        groups: match found.total {
            0 => Vec::new(),
            _ => groups(app, w, wanted, &found.facets),
        },
        cards,
        range: is_part.then(|| range(w, first + 1, last)),
        previous: (wanted.page > 1).then(|| of_page(wanted.page - 1)),
        next: (first < last && (last as u64) < found.total).then(|| of_page(wanted.page + 1)),
        onwards: onwards(app, w, wanted, found.total)?,
    })
}

fn heading(w: Speech, wanted: &Wanted, total: u64) -> String {
    let found = w.count("search-found", total);
    match &wanted.asked.near {
        Some((place, _)) => {
            let name = place_name(w, place);
            let beginning = match name.starts_with(VOWELS) {
                true => "vowel",
                false => "other",
            };
            let values = [
                ("found", found.as_str()),
                ("place", &name),
                ("beginning", beginning),
            ];
            w.with("search-found-near", &values)
        }
        None => found,
    }
}

/// The name of a place; of a postal area, what one would call it in a sentence.
fn place_name(w: Speech, place: &Place) -> String {
    let name = match w.0 {
        Lang::En => &place.name_en,
        Lang::Fr => &place.name_fr,
    };
    let Some((code, district)) = name.split_once(" (") else {
        return name.clone();
    };
    let first = district.split(['(', ')', '/']).next().unwrap_or(district);
    format!("{code} ({})", first.trim())
}

fn notices(w: Speech, wanted: &Wanted) -> Vec<String> {
    let lost = wanted
        .likely_places
        .as_ref()
        .map(|likely| match likely.is_empty() {
            true => w.of("notice-place-unknown", &wanted.near),
            false => w.of("notice-place-likely", &wanted.near),
        });
    let taken = wanted
        .place_among_words
        .then(|| w.of("notice-place-taken", &wanted.near));
    let cut = wanted
        .cut
        .then(|| w.count("notice-cut", QUERY_CHARACTERS_MAX as u64));
    let left_out = wanted.left_out.then(|| w.say("notice-left-out"));
    [lost, taken, cut, left_out].into_iter().flatten().collect()
}

fn likely(w: Speech, wanted: &Wanted) -> Vec<(String, String)> {
    let likely = wanted.likely_places.iter().flatten().map(|name| {
        let query = wanted.changed(|changing| changing.near = name.clone());
        (name.clone(), Page::Search(query).path(w.0))
    });
    likely.collect()
}

fn range(w: Speech, first: usize, last: usize) -> String {
    let (first, last) = (w.number(first as u64), w.number(last as u64));
    w.with("search-range", &[("first", &first), ("last", &last)])
}
