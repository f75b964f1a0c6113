//! Where can somebody go on who has not found what they need?

use super::address::Page;
use super::asked::{Changing, Wanted};
use super::speech::Speech;
use crate::http::App;
use crate::http::error::ApiError;

/// How far to look when there is too little near by, in km; the first that finds more is offered.
const WIDER_KM: [u32; 3] = [50, 100, 250];

/// With so many found nobody needs to look farther away.
const ENOUGH: u64 = 5;

/// Another search that finds something.
pub(super) struct Way {
    /// What it looks for.
    pub(super) label: String,
    /// How many it finds, in words.
    pub(super) count: String,
    /// Its address.
    pub(super) path: String,
}

/// Other searches that find something: farther away, by telephone, online, without what was ticked.
pub(super) fn onwards(
    app: &App,
    speech: Speech,
    wanted: &Wanted,
    total: u64,
) -> Result<Vec<Way>, ApiError> {
    let mut ways = Vec::new();
    if wanted.is_blank() {
        return Ok(ways);
    }
    let is_near = wanted.asked.near.is_some();
    if is_near && total < ENOUGH {
        ways.extend(wider(app, speech, wanted, total)?);
    }
    let mut offer = |key: &str, query: String| -> Result<(), ApiError> {
        let way = way(app, speech, speech.say(key), query)?;
        ways.extend(way.map(|(way, _)| way));
        Ok(())
    };
    for (way, key) in [
        ("telephone", "onwards-telephone"),
        ("online", "onwards-online"),
    ] {
        let pair = ("way".to_owned(), way.to_owned());
        if (is_near || total == 0) && !wanted.ticked.contains(&pair) {
            offer(
                key,
                wanted.changed(|changing| from_anywhere(changing, pair)),
            )?;
        }
    }
    if total == 0 && !wanted.ticked.is_empty() {
        let query = wanted.changed(|changing| changing.ticked.clear());
        offer("onwards-unticked", query)?;
    }
    if total == 0 && is_near {
        offer("onwards-everywhere", wanted.changed(nowhere))?;
    }
    if ways.is_empty() && total == 0 {
        ways = without_words(app, speech, wanted)?;
    }
    Ok(ways)
}

/// What there is for somebody whose words nobody has used: what is near, and what is to be had from
/// anywhere.
fn without_words(app: &App, speech: Speech, wanted: &Wanted) -> Result<Vec<Way>, ApiError> {
    let is_near = wanted.asked.near.is_some();
    let near = wanted.changed(|changing| {
        changing.words.clear();
        changing.ticked.clear();
    });
    let searches = [
        ("onwards-near", near, is_near),
        ("onwards-all-telephone", "way=telephone".to_owned(), true),
        ("onwards-all-online", "way=online".to_owned(), true),
    ];
    let mut ways = Vec::new();
    for (key, query, _) in searches.into_iter().filter(|(_, _, wanted)| *wanted) {
        let way = way(app, speech, speech.say(key), query)?;
        ways.extend(way.map(|(way, _)| way));
    }
    Ok(ways)
}

/// The shortest distance within which there is more.
fn wider(app: &App, speech: Speech, wanted: &Wanted, total: u64) -> Result<Option<Way>, ApiError> {
    let km = wanted.asked.near.as_ref().map_or(0.0, |(_, km)| *km);
    for wider in WIDER_KM.into_iter().filter(|wider| f64::from(*wider) > km) {
        let label = speech.of("onwards-wider", &wider.to_string());
        let query = wanted.changed(|changing| changing.km = wider.to_string());
        if let Some((way, count)) = way(app, speech, label, query)?
            && count > total
        {
            return Ok(Some(way));
        }
    }
    Ok(None)
}

fn from_anywhere(changing: &mut Changing, way: (String, String)) {
    nowhere(changing);
    // Whoever calls from afar need not care which day a group meets.
    changing
        .ticked
        .retain(|(name, _)| name != "way" && name != "day");
    changing.ticked.push(way);
}

fn nowhere(changing: &mut Changing) {
    changing.near.clear();
    changing.km.clear();
}

/// A search with how many it finds; `None` if it finds nothing.
fn way(
    app: &App,
    speech: Speech,
    label: String,
    query: String,
) -> Result<Option<(Way, u64)>, ApiError> {
    let mut asked = Wanted::read(Some(&query), speech.0).asked;
    asked.query.limit = 0;
    let view = &app.desk.view;
    let near = asked
        .near
        .as_ref()
        .map(|(place, km)| view.within(place.latitude, place.longitude, *km));
    let count = view.find(&asked.query, near.as_ref())?.0.total;
    let way = Way {
        label,
        count: speech.count("listings", count),
        path: Page::Search(query).path(speech.0),
    };
    Ok((count > 0).then_some((way, count)))
}
