//! How long does a change at one centre take to be found in the national view?

use std::time::Duration;

use clearinghouse_protocol::listing::{Draft, Lang};
use serde_json::{Value, json};
use uuid::Uuid;

use super::cast::{CANADA, TORONTO};
use super::{DemoError, Event, Tell, ms_since};
use crate::desk::Desk;
use crate::feed::guard::Guard;
use crate::feed::transport::{Ask, HttpTransport, Transport};
use crate::server::{Server, ServerError};
use crate::view::Shown;
use crate::words::say_with;

/// The listing that is changed, if it is there.
const CHOSEN: &str = "Lantern Lane Bereaved Parents";

/// Every word that marks a change begins so; the rest is chance, so that it stands nowhere else.
const WORD: &str = "demo";

/// How long the national view may take to find it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A page of search results is far below it.
const ANSWER_MAX_BYTES: usize = 4 << 20;

/// What was changed, and how long it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The listing.
    pub uuid: Uuid,
    /// The word that it has now and no other listing has.
    pub word: String,
    /// Milliseconds until the centre had it on disk and said so.
    pub acknowledged_ms: f64,
    /// Milliseconds, from the same moment, until the national view found it.
    pub found_ms: f64,
}

/// Changes a listing at Toronto and searches for the change in Canada's view.
pub(super) async fn change(
    servers: &[Server],
    tell: Tell<'_>,
) -> Result<Option<Change>, DemoError> {
    let toronto = &servers[TORONTO].desk;
    let Some(shown) = chosen(toronto)? else {
        tell(Event::of("nothing"));
        return Ok(None);
    };
    let [a, b, c] = toronto.clock.random::<3>();
    let word = format!("{WORD}{a:02x}{b:02x}{c:02x}");
    let draft = Draft::from_value(changed(shown.listing.to_value(), &word));
    let draft = draft.map_err(DemoError::Draft)?;
    let (tag, title) = shown.listing.title(Lang::En.tag());
    tell(
        Event::of("changes")
            .with("title", title)
            .with("tag", tag)
            .with("word", &word),
    );
    let clock = &toronto.clock;
    let since = clock.now();
    let revised = async {
        let revised = toronto.revise(shown.uuid, &draft, Some(shown.index)).await;
        revised.map(|_| ms_since(clock, since))
    };
    let found = async {
        let found = clock.within(PATIENCE, found(&servers[CANADA], shown.uuid, &word));
        found.await.unwrap_or(Err(DemoError::NotFound))?;
        Ok::<f64, DemoError>(ms_since(clock, since))
    };
    // Both at once: the searches do not wait until the centre's own view shows the change.
    let (revised, found) = tokio::join!(revised, found);
    let (acknowledged_ms, found_ms) = (revised?, found?);
    tell(Event::of("acknowledged").with("ms", acknowledged_ms));
    tell(Event::of("found").with("ms", found_ms));
    Ok(Some(Change {
        uuid: shown.uuid,
        word,
        acknowledged_ms,
        found_ms,
    }))
}

/// The listing to change: the chosen one, or else any of the centre's.
fn chosen(desk: &Desk) -> Result<Option<Shown>, DemoError> {
    let (mut best, mut any) = (None, None);
    desk.view.each_of(desk.identity().nid, |shown| {
        if shown.listing.title(Lang::En.tag()).1 == CHOSEN {
            best = Some(shown);
        } else if any.is_none() {
            any = Some(shown);
        }
    })?;
    Ok(best.or(any))
}

/// The listing with a sentence in which the word stands, in place of that of an earlier start.
fn changed(mut listing: Value, word: &str) -> Value {
    let mut description = listing["description"].take();
    for lang in Lang::ALL {
        let said = description[lang.tag()].as_str().unwrap_or_default();
        let kept = match said.rsplit_once("\n\n") {
            Some((before, last)) if last.contains(WORD) => before,
            _ if said.contains(WORD) => "",
            _ => said,
        };
        let sentence = say_with(lang, "cli-demo-sentence", &[("word", word.into())]);
        let text = format!("{kept}\n\n{sentence}");
        if description.is_null() {
            description = json!({});
        }
        description[lang.tag()] = text.trim().into();
    }
    listing["description"] = description;
    listing
}

/// Asks Canada over HTTP, as any program would, until a search for the word finds the listing.
async fn found(canada: &Server, uuid: Uuid, word: &str) -> Result<(), DemoError> {
    let transport = HttpTransport::new(Guard::new(true)).map_err(ServerError::from)?;
    let mut url = canada.url().join("api/v1/listings").expect("our own path");
    url.query_pairs_mut().append_pair("q", word);
    let ask = Ask::new(url, ANSWER_MAX_BYTES, PATIENCE);
    let mut steps = canada.desk.view.steps();
    loop {
        steps.borrow_and_update();
        let answer = transport.fetch(ask.clone()).await?;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let listings = answer["items"].as_array().into_iter().flatten();
        if listings
            .filter_map(|listing| listing["id"].as_str())
            .any(|id| id == uuid.to_string())
        {
            return Ok(());
        }
        // Asked again after each step of the view: this measures the network, not our impatience.
        if steps.changed().await.is_err() {
            return Err(DemoError::NotFound);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_change_takes_the_place_of_the_first() {
        let listing = json!({"description": {"en": "We meet.\n\nOn Mondays."}});
        let once = changed(listing, "demo01");
        let twice = changed(once.clone(), "demo02");
        let text = twice["description"]["en"].as_str().unwrap();
        assert!(text.starts_with("We meet.\n\nOn Mondays.\n\n"), "{text}");
        assert!(
            text.contains("demo02") && !text.contains("demo01"),
            "{text}"
        );
        let french = twice["description"]["fr"].as_str().unwrap();
        assert!(french.contains("demo02") && !french.contains("demo01"));
        assert!(
            once["description"]["fr"]
                .as_str()
                .unwrap()
                .contains("demo01")
        );
    }
}
