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
    if wanted.is_blank() {
        return Ok(Vec::new());
    }
    let mut ways = Vec::new();
    let mut offer = |label: String, change: &dyn Fn(&mut Changing)| -> Result<bool, ApiError> {
        let query = wanted.changed(change);
        let count = count(app, speech, &query)?;
        if count > 0 {
            ways.push(Way {
                label,
                count: speech.count("listings", count),
                path: Page::Search(query).path(speech.0),
            });
        }
        Ok(count > total)
    };
    let is_near = wanted.asked.near.is_some();
    if is_near && total < ENOUGH {
        let km = wanted.asked.near.as_ref().map_or(0.0, |(_, km)| *km);
        for wider in WIDER_KM.into_iter().filter(|wider| f64::from(*wider) > km) {
            let label = speech.of("onwards-wider", &wider.to_string());
            if offer(label, &|changing| changing.km = wider.to_string())? {
                break;
            }
        }
    }
    for (way, key) in [
        ("telephone", "onwards-telephone"),
        ("online", "onwards-online"),
    ] {
        let pair = ("way".to_owned(), way.to_owned());
        if (is_near || total == 0) && !wanted.ticked.contains(&pair) {
            offer(speech.say(key), &|changing| {
                changing.near.clear();
                changing.km.clear();
                changing
                    .ticked
                    .retain(|(name, _)| name != "way" && name != "day");
                changing.ticked.push(pair.clone());
            })?;
        }
    }
    if total == 0 && !wanted.ticked.is_empty() {
        offer(speech.say("onwards-unticked"), &|changing| {
            changing.ticked.clear()
        })?;
    }
    if total == 0 && is_near {
        offer(speech.say("onwards-everywhere"), &|changing| {
            changing.near.clear();
            changing.km.clear();
        })?;
    }
    Ok(ways)
}

fn count(app: &App, speech: Speech, query: &str) -> Result<u64, ApiError> {
    let mut asked = Wanted::read(Some(query), speech.0).asked;
    asked.query.limit = 0;
    let view = &app.desk.view;
    let near = asked
        .near
        .as_ref()
        .map(|(place, km)| view.within(place.latitude, place.longitude, *km));
    Ok(view.find(&asked.query, near.as_ref())?.0.total)
}
