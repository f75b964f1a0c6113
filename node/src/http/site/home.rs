//! What does somebody see first?

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use clearinghouse_protocol::listing::Lang;

use super::address::Page;
use super::narrow::concerns;
use super::search::Form;
use super::shell::{Shell, page, version};
use super::speech::Speech;
use super::when::Now;
use crate::http::App;
use crate::http::api::aside;
use crate::http::error::ApiError;
use crate::http::etag::held;
use crate::view::search::{Facet, Query};

/// The first page.
#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    shell: Shell,
    w: Speech,
    form: Form,
    /// Label, address and count.
    concerns: Vec<(String, String, String)>,
    /// Label and address of searches that many people want.
    shortcuts: Vec<(String, String)>,
    total: u64,
    centres: u64,
}

/// Answers with the first page.
pub(super) async fn answer(
    lang: Lang,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let version = version(&app, &Page::Home.path(lang));
    if held(&headers, &version) {
        return Ok([(ETAG, version)].into_response());
    }
    aside(&app, move |app| page(lang, version, &home(app, lang)?)).await
}

fn home(app: &App, lang: Lang) -> Result<Home, ApiError> {
    let w = Speech(lang);
    let everything = Query {
        limit: 0,
        ..Query::default()
    };
    let (found, _) = app.desk.view.find(&everything, None)?;
    let (title, about) = (w.say("home-title"), w.say("home-about"));
    Ok(Home {
        shell: Shell::new(app, lang, Some(Page::Home), title, about),
        w,
        form: Form::blank(lang),
        concerns: concerns(w, &found.facets),
        shortcuts: shortcuts(app, w),
        total: found.total,
        centres: found.facets.of(Facet::Centre).len() as u64,
    })
}

fn shortcuts(app: &App, w: Speech) -> Vec<(String, String)> {
    let now = Now::of(app);
    let today = now.today().weekday().to_monday_zero_offset();
    let asked = [
        ("home-today", format!("day={today}")),
        ("home-online", "way=online".to_owned()),
        ("home-telephone", "way=telephone".to_owned()),
        ("home-new", "openness=forming".to_owned()),
    ];
    let shortcuts = asked.map(|(key, query)| (w.say(key), Page::Search(query).path(w.0)));
    shortcuts.into()
}
