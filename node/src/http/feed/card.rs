//! Who is this node, and which feeds does it keep?

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use serde::Serialize;

use super::{ASK_AGAIN, Shelf};

/// What a node says of itself; a hint until its identity is verified.
#[derive(Debug, Serialize)]
pub(super) struct Card {
    nid: String,
    origin: String,
    log_vkey: String,
    witness_vkey: String,
    url: String,
    names: BTreeMap<String, String>,
    languages: Vec<String>,
    licence: String,
    software: Software,
    paths: Paths,
}

#[derive(Debug, Serialize)]
struct Software {
    name: &'static str,
    version: &'static str,
}

/// Where to go on from here, below the node's URL.
#[derive(Debug, Serialize)]
struct Paths {
    identity: String,
    log: String,
    feeds: &'static str,
    events: &'static str,
}

/// One feed of those kept here.
#[derive(Debug, Serialize)]
pub(super) struct Kept {
    nid: String,
    origin: String,
    size: u64,
    kept: &'static str,
    verified_at: Option<String>,
}

type Fresh<T> = ([(HeaderName, &'static str); 1], Json<T>);

/// Answers with who this node is.
pub(super) async fn card(State(app): State<Shelf>) -> Fresh<Card> {
    let own = app.feeds.own();
    let (identity, config) = (own.who(), &app.config);
    let url = config.public_url.as_ref().map(ToString::to_string);
    let nid = identity.nid;
    let card = Card {
        nid: nid.to_string(),
        origin: own.identity.origin.to_string(),
        log_vkey: own.identity.log_key.to_string(),
        witness_vkey: identity.witness_key.to_string(),
        url: url.filter(|_| identity.seq == 0).unwrap_or(identity.url),
        names: identity.names,
        languages: config.languages.clone(),
        licence: config.licence.clone(),
        software: Software {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        paths: Paths {
            identity: format!("feed/{nid}/identity"),
            log: format!("feed/{nid}/{}/", own.identity.origin.epoch),
            feeds: "feed",
            events: "feed/events",
        },
    };
    ([(CACHE_CONTROL, ASK_AGAIN)], Json(card))
}

/// Answers with the feeds that are kept here, in the order of their identifiers.
pub(super) async fn feeds(State(app): State<Shelf>) -> Fresh<Vec<Kept>> {
    let own = app.feeds.own().nid();
    let all = app.feeds.all();
    let kept = all.iter().map(|feed| {
        let mut verified_at: Option<jiff::Timestamp> = None;
        feed.take_note(|notes| verified_at = notes.verified_at);
        Kept {
            nid: feed.nid().to_string(),
            origin: feed.identity.origin.to_string(),
            size: feed.files().size().0,
            kept: if feed.nid() == own { "own" } else { "mirror" },
            verified_at: verified_at.map(|moment| moment.to_string()),
        }
    });
    ([(CACHE_CONTROL, ASK_AGAIN)], Json(kept.collect()))
}
