//! What is there to know about one listing?

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use clearinghouse_protocol::listing::{Choice, Lang, Listing, Taxonomy, Text, Word};
use uuid::Uuid;

use super::address::Page;
use super::card::{centre, is_stale, status, title};
use super::place::{Spot, spot};
use super::refusal;
use super::said::{Prose, Said};
use super::shell::{Shell, page, version};
use super::speech::{Speech, capital};
use super::when::{Meeting, Next, Now, meeting, next};
use crate::feed::lease::{Lease, lease};
use crate::http::App;
use crate::http::api::aside;
use crate::http::api::listing::uuid_of;
use crate::http::error::ApiError;
use crate::http::etag::held;
use crate::view::{Looked, Shown};

/// Whom to reach, and where to read on.
mod contact;

/// What it costs and whom it belongs to.
mod belonging;

/// How anybody can check it.
mod proof;

use belonging::{Belonging, cost};
use contact::{Person, Web, people, webs};
use proof::Proof;

/// All about one listing.
#[derive(Template)]
#[template(path = "listing.html")]
struct Whole {
    shell: Shell,
    w: Speech,
    name: Said,
    also: Vec<String>,
    kind: String,
    status: Option<String>,
    /// A sentence about a listing that rests, has ended or is being founded.
    status_told: Option<String>,
    /// That nothing was heard of its centre for too long.
    silence_told: Option<String>,
    /// That it is not written in the reader's language.
    tongue_told: Option<String>,
    summary: Option<Said>,
    description: Option<Prose>,
    /// What it is about, each with the address of a search for it.
    concerns: Vec<(String, String)>,
    next: Option<Next>,
    meetings: Vec<Meeting>,
    spots: Vec<Spot>,
    ways: Vec<String>,
    tongues: String,
    whom: Vec<String>,
    ages: Option<String>,
    openness: Option<String>,
    leadership: Option<String>,
    cost: Option<String>,
    cost_note: Option<Said>,
    join: Option<Prose>,
    people: Vec<Person>,
    webs: Vec<Web>,
    access: Vec<String>,
    access_note: Option<Prose>,
    area: Option<String>,
    area_note: Option<Said>,
    parent: Option<Belonging>,
    network: Option<Belonging>,
    founded: Option<String>,
    centre: Said,
    centre_path: String,
    /// Since when that centre keeps it, and who did before.
    kept: Vec<String>,
    confirmed: String,
    is_stale: bool,
    licence: Option<String>,
    proof: Proof,
}

/// Answers with one listing, or says what became of it.
pub(super) async fn answer(
    lang: Lang,
    State(app): State<App>,
    address: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let uuid = uuid_of(address)?;
    let version = version(&app, &Page::Listing(uuid).path(lang));
    let looked = app.desk.view.settled(uuid, &app.clock).await?;
    aside(&app, move |app| match looked {
        // Only what is shown has a version: what is gone is told each time.
        Looked::Here(_) if held(&headers, &version) => Ok([(ETAG, version)].into_response()),
        Looked::Here(shown) => page(lang, version, &whole(app, lang, &shown)),
        Looked::Gone(day) => Ok(refusal::gone(app, lang, uuid, day)),
        Looked::Hidden => Err(ApiError::Hidden),
        Looked::Unknown => Err(ApiError::NotFound),
    })
    .await
}

fn whole(app: &App, lang: Lang, shown: &Shown) -> Whole {
    let (w, listing, now) = (Speech(lang), &shown.listing, Now::of(app));
    let name = listing.name();
    let affiliation = |belongs| belonging::belonging(app, w, belongs);
    Whole {
        shell: shell(app, w, shown),
        w,
        name: Said::best(w, name).expect("a sound listing has a name in some language"),
        also: listing.alternate_names().to_vec(),
        kind: w.choice("kind", listing.kind()),
        status: status(w, listing),
        status_told: status(w, listing).map(|_| w.choice("status-told", listing.status())),
        silence_told: silence_told(app, w, shown, &now),
        tongue_told: tongue_told(w, listing),
        summary: listing.summary().and_then(|text| Said::best(w, text)),
        description: prose(w, listing.description()),
        concerns: concerns(w, listing),
        next: next(w, listing, &now),
        meetings: listing
            .schedules()
            .iter()
            .map(|schedule| meeting(w, schedule, &now))
            .collect(),
        spots: listing
            .places()
            .iter()
            .map(|place| spot(w, place))
            .collect(),
        ways: choices(w, "way", listing.ways()),
        tongues: tongues(w, listing),
        whom: choices(w, "whom", listing.for_whom()),
        ages: ages(w, listing).map(|ages| capital(&ages)),
        openness: listing
            .openness()
            .map(|openness| w.choice("openness-told", openness)),
        leadership: listing
            .leadership()
            .map(|leadership| w.choice("leadership", leadership)),
        cost: listing.cost().map(|given| cost(w, given)),
        cost_note: listing.cost().and_then(|cost| Said::best(w, cost.note()?)),
        join: prose(w, listing.join()),
        people: people(w, listing),
        webs: webs(w, listing),
        access: choices(w, "access", listing.accessibility()),
        access_note: prose(w, listing.accessibility_note()),
        area: belonging::area(w, listing),
        area_note: listing.area().and_then(|area| Said::best(w, area.note()?)),
        parent: listing.parent().map(affiliation),
        network: listing.network().map(affiliation),
        founded: listing.founded().map(|founded| w.partial_date(founded)),
        centre: centre(app, w, shown),
        centre_path: format!("{}#{}", Page::Network.path(lang), shown.origin.nid),
        kept: kept(app, w, shown),
        confirmed: confirmed(w, listing),
        is_stale: is_stale(listing, now.today()),
        licence: listing.licence().map(str::to_owned),
        proof: proof::proof(app, w, shown),
    }
}

/// What stands around the page says no more than a stranger may see.
fn shell(app: &App, w: Speech, shown: &Shown) -> Shell {
    let listing = &shown.listing;
    let summary = listing.summary().filter(|_| !listing.sensitive());
    let about = summary.and_then(|text| Said::best(w, text));
    let about = about.map_or_else(|| w.say("listing-about"), |about| about.text);
    let title = title(w, listing).text;
    Shell::new(app, w.0, Some(Page::Listing(shown.uuid)), title, about)
}

fn prose(w: Speech, text: Option<&Text>) -> Option<Prose> {
    text.and_then(|text| Prose::best(w, text))
}

fn choices<W: Word>(w: Speech, prefix: &str, choices: &[Choice<W>]) -> Vec<String> {
    choices
        .iter()
        .map(|choice| w.choice(prefix, choice))
        .collect()
}

fn concerns(w: Speech, listing: &Listing) -> Vec<(String, String)> {
    let known = listing.concerns().iter().filter_map(|id| {
        // A concern of a later version has no name here.
        let term = Taxonomy::standard().term(id)?;
        let path = Page::Search(format!("concern={id}")).path(w.0);
        Some((term.label(w.0).to_owned(), path))
    });
    known.collect()
}

/// Says it when a reader of this language finds only another one.
/// That nothing was heard of the centre for longer than the lease, and since when.
fn silence_told(app: &App, w: Speech, shown: &Shown, now: &Now) -> Option<String> {
    let notes = app.feeds.feed(shown.origin.nid)?.notes();
    let (days, poll) = (app.lease_days(shown.origin.nid), app.config.poll);
    if lease(&notes, days, poll, now.moment) != Lease::Over {
        return None;
    }
    let since = notes.verified_at?;
    Some(w.of("listing-silence", &w.ago(since, now.moment)))
}

fn tongue_told(w: Speech, listing: &Listing) -> Option<String> {
    let texts = [
        listing.summary(),
        listing.description(),
        Some(listing.name()),
    ];
    let main = texts.into_iter().flatten().next()?;
    let said = Said::best(w, main)?;
    let tongue = w.tongue(said.other_tongue()?);
    Some(w.of("listing-other-tongue", &tongue))
}

fn tongues(w: Speech, listing: &Listing) -> String {
    let tongues: Vec<String> = listing
        .languages()
        .iter()
        .map(|tag| w.tongue(tag))
        .collect();
    capital(&w.list(&tongues))
}

fn ages(w: Speech, listing: &Listing) -> Option<String> {
    let (min, max) = (
        listing.min_age().map(|age| age.to_string()),
        listing.max_age().map(|age| age.to_string()),
    );
    match (min, max) {
        (Some(min), Some(max)) => Some(w.with("ages-between", &[("min", &min), ("max", &max)])),
        (Some(min), None) => Some(w.of("ages-from", &min)),
        (None, Some(max)) => Some(w.of("ages-to", &max)),
        (None, None) => None,
    }
}

fn confirmed(w: Speech, listing: &Listing) -> String {
    let Some(confirmed) = listing.confirmed() else {
        return w.say("confirmed-never");
    };
    let date = w.date(confirmed.on());
    match confirmed.by() {
        Some(by) => {
            let by = w.choice("confirmed-by", by);
            w.with("confirmed-on-by", &[("value", &date), ("by", &by)])
        }
        None => w.of("confirmed-on", &date),
    }
}

/// Through whose hands the listing came, the latest first.
fn kept(app: &App, w: Speech, shown: &Shown) -> Vec<String> {
    let steps = shown.handed.iter().rev();
    steps
        .map(|step| {
            let date = w.date(step.on);
            let feed = app.feeds.feed(step.from);
            let name = feed.map(|feed| feed.identity.name(w.tag()).to_owned());
            let name = name.unwrap_or_else(|| step.from.to_string());
            w.with("listing-kept", &[("value", &date), ("before", &name)])
        })
        .collect()
}

/// The name of a listing that another one speaks of, if it is shown here and no secret.
fn name_of(app: &App, w: Speech, uuid: Uuid) -> Option<Said> {
    match app.desk.view.listing(uuid) {
        Ok(Looked::Here(shown)) => Some(title(w, &shown.listing)),
        _ => None,
    }
}
