//! What do people see who look for a group?
//!
//! Pages in English and French that are complete without scripts: no cookie, no request to another
//! host, no word of what somebody looked for in any log.

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::VARY;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use clearinghouse_protocol::listing::Lang;

use super::App;
use crate::words::preferred;
use address::Page;

/// Where each page is, in each language.
mod address;

/// Words, numbers and lists in the reader's language.
mod speech;

/// What somebody wrote, in the language in which they wrote it.
mod said;

/// Days and times in words.
mod day;

/// When something comes round again, in words.
mod rhythm;

/// When people meet, in words.
mod when;

/// Where people meet, in words.
mod place;

/// Style sheet and mark.
mod assets;

/// What stands around every page.
mod shell;

/// Refusals as pages.
pub(super) mod refusal;

/// What somebody looks for.
mod asked;

/// By what a search can be narrowed.
mod narrow;

/// One listing among those found.
mod card;

/// The first page.
mod home;

/// What was found.
mod search;

/// Other ways to go on from a search.
mod onwards;

/// All about one listing.
mod listing;

/// Who vouches for a centre.
mod vouched;

/// The centres whose listings these are.
mod network;

/// The paths of the pages.
pub fn routes() -> Router<App> {
    let both = Router::new()
        .route("/", get(front))
        .route(assets::PATH, get(assets::asset));
    Lang::ALL.into_iter().fold(both, in_one_language)
}

fn in_one_language(router: Router<App>, lang: Lang) -> Router<App> {
    let home = Page::Home.path(lang);
    let bare = home.trim_end_matches('/').to_owned();
    router
        .route(&bare, get(async move || Redirect::permanent(&home)))
        .route(
            &Page::Home.path(lang),
            get(move |app: State<App>, headers: HeaderMap| home::answer(lang, app, headers)),
        )
        .route(
            &Page::Search(String::new()).path(lang),
            get(move |app: State<App>, raw: RawQuery, headers: HeaderMap| {
                search::answer(lang, app, raw, headers)
            }),
        )
        .route(
            &format!("{}{{uuid}}", Page::listings(lang)),
            get(
                move |app: State<App>,
                      uuid: Result<Path<String>, PathRejection>,
                      headers: HeaderMap| {
                    listing::answer(lang, app, uuid, headers)
                },
            ),
        )
        .route(
            &Page::Network.path(lang),
            get(move |app: State<App>, headers: HeaderMap| network::answer(lang, app, headers)),
        )
}

/// Leads to the first page in the language that the browser asks for.
async fn front(State(app): State<App>, headers: HeaderMap) -> Response {
    let lang = preferred(&headers, app.lang());
    let there = Redirect::temporary(&Page::Home.path(lang));
    ([(VARY, "accept-language")], there).into_response()
}

#[cfg(test)]
mod tests;
