//! What is said of one listing among those found?

use clearinghouse_protocol::listing::{Listing, Status};
use jiff::ToSpan;
use jiff::civil::Date;

use super::address::Page;
use super::place::whereabouts;
use super::said::Said;
use super::speech::{Speech, capital};
use super::when::{Next, Now, next};
use crate::http::App;
use crate::view::Shown;

/// Languages that are named before it becomes a long line.
const TONGUES_SHOWN: usize = 3;

/// After so many months without a confirmation visitors are told to call first.
const STALE_MONTHS: i32 = 12;

/// One listing among others.
pub(super) struct Card {
    /// Its page.
    pub(super) href: String,
    /// Its name, or the neutral title of a sensitive one.
    pub(super) title: Said,
    /// What sort of initiative it is.
    pub(super) kind: String,
    /// That it rests, has ended, or is being founded.
    pub(super) status: Option<String>,
    /// One or two sentences.
    pub(super) summary: Option<Said>,
    /// When people meet next.
    pub(super) next: Option<Next>,
    /// Instead of a next meeting: that one agrees on a time.
    pub(super) arrangement: Option<String>,
    /// Where, and what more there is to say about it.
    pub(super) place: Option<(Said, Option<String>)>,
    /// How far from the place that somebody named.
    pub(super) distance: Option<String>,
    /// How people meet, in which languages.
    pub(super) ways: String,
    /// The languages, if they are not only the reader's.
    pub(super) tongues: Option<String>,
    /// The centre that says all this.
    pub(super) centre: Said,
    /// When somebody last said that it is right.
    pub(super) confirmed: String,
    /// Whether that is long ago.
    pub(super) is_stale: bool,
}

/// A listing as one of those found.
pub(super) fn card(app: &App, speech: Speech, shown: &Shown, km: Option<f32>, now: &Now) -> Card {
    let listing = &shown.listing;
    let next = next(speech, listing, now);
    let rests = listing.status().is(Status::Paused) || listing.status().is(Status::Closed);
    let by_arrangement = listing
        .schedules()
        .iter()
        .any(|schedule| schedule.by_arrangement());
    let arrangement = next.is_none() && by_arrangement && !rests;
    let place = whereabouts(speech, listing, next.as_ref().and_then(|next| next.place));
    let ways: Vec<String> = listing
        .ways()
        .iter()
        .map(|way| speech.choice("way", way))
        .collect();
    Card {
        href: Page::Listing(shown.uuid).path(speech.0),
        title: title(speech, listing),
        kind: speech.choice("kind", listing.kind()),
        status: status(speech, listing),
        summary: listing.summary().and_then(|text| Said::best(speech, text)),
        next,
        arrangement: arrangement.then(|| capital(&speech.say("when-by-arrangement"))),
        place,
        distance: km.map(|km| speech.distance(km)),
        ways: ways.join(" · "),
        tongues: tongues(speech, listing),
        centre: centre(app, speech, shown),
        confirmed: confirmed(speech, listing),
        is_stale: is_stale(listing, now.today()),
    }
}

/// What a listing is called where others may see it: what a stranger may see of a sensitive one.
pub(super) fn title(speech: Speech, listing: &Listing) -> Said {
    match listing.public_title(speech.tag()) {
        Some((tag, text)) => Said::tagged(speech, tag, text),
        None => Said::plain(&speech.choice("kind", listing.kind())),
    }
}

/// That a listing rests, has ended or is being founded; `None` for one that is active.
pub(super) fn status(speech: Speech, listing: &Listing) -> Option<String> {
    let status = listing.status();
    (!status.is(Status::Active)).then(|| speech.choice("status", status))
}

/// The name of the centre whose listing it is.
pub(super) fn centre(app: &App, speech: Speech, shown: &Shown) -> Said {
    let feed = app.feeds.feed(shown.origin.nid);
    let name = feed.map(|feed| feed.who().name(speech.tag()).to_owned());
    Said::plain(&name.unwrap_or_else(|| shown.origin.nid.to_string()))
}

/// When somebody last said that the listing is right.
fn confirmed(speech: Speech, listing: &Listing) -> String {
    match listing.confirmed() {
        Some(confirmed) => speech.of("confirmed-on", &speech.date(confirmed.on())),
        None => speech.say("confirmed-never"),
    }
}

/// Whether nobody has confirmed the listing for long.
pub(super) fn is_stale(listing: &Listing, today: Date) -> bool {
    let since = today.checked_sub(STALE_MONTHS.months());
    match (listing.confirmed(), since) {
        (Some(confirmed), Ok(since)) => confirmed.on() < since,
        _ => true,
    }
}

fn tongues(speech: Speech, listing: &Listing) -> Option<String> {
    let tags = listing.languages();
    let only_ours = matches!(tags, [one] if one == speech.tag());
    if tags.is_empty() || only_ours {
        return None;
    }
    let mut named: Vec<String> = tags
        .iter()
        .take(TONGUES_SHOWN)
        .map(|tag| speech.tongue(tag))
        .collect();
    if tags.len() > TONGUES_SHOWN {
        let more = (tags.len() - TONGUES_SHOWN) as u64;
        named.push(speech.count("tongues-more", more));
    }
    Some(capital(&speech.list(&named)))
}
