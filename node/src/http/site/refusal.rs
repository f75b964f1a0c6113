//! How is a person told that something is not to be had?
//!
//! Programs get problem details; whoever comes with a browser gets a page with a sentence and a way on.

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, VARY};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use clearinghouse_protocol::listing::Lang;
use jiff::ToSpan;
use jiff::civil::Date;
use uuid::Uuid;

use super::address::{Page, language_of};
use super::search::Form;
use super::shell::{Shell, headers};
use super::speech::Speech;
use crate::http::App;
use crate::http::error::{ApiError, Refusal};
use crate::words::preferred;

/// What is for programs, whoever looks at it.
const FOR_PROGRAMS: [&str; 4] = ["/api", "/feed", "/.well-known", "/witness"];

/// The page of a refusal.
#[derive(Template)]
#[template(path = "refusal.html")]
struct Refused {
    shell: Shell,
    w: Speech,
    form: Form,
    sentences: Vec<String>,
}

/// Tells a refusal as a page to whoever came for a page.
pub async fn tell(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let below = language_of(path);
    let lang = below.unwrap_or_else(|| preferred(request.headers(), app.lang()));
    let wants = wants_page(request.headers(), path, below.is_some());
    let response = next.run(request).await;
    let Some(Refusal(error)) = response.extensions().get().cloned().filter(|_| wants) else {
        return response;
    };
    let problem = error.problem(lang);
    let detail = match &*error {
        ApiError::NotFound => Speech(lang).say("refusal-not-found"),
        ApiError::Internal(_) => Speech(lang).say("refusal-internal"),
        _ => problem.detail,
    };
    let mut response = dressed(&app, lang, None, response, problem.title, vec![detail]);
    if below.is_none() {
        let languages = "accept, accept-language".parse().expect("a header's text");
        response.headers_mut().insert(VARY, languages);
    }
    response
}

/// Says of a listing since when it is no longer shown.
pub(super) fn gone(app: &App, lang: Lang, uuid: Uuid, day: u32) -> Response {
    let w = Speech(lang);
    let date = Date::constant(1970, 1, 1).checked_add(i64::from(day).days());
    let since = date.ok().map(|date| w.of("gone-since", &w.date(date)));
    let sentences = [since, Some(w.say("gone-why")), Some(w.say("gone-onwards"))];
    let response = ApiError::Gone.into_response();
    let page = Some(Page::Listing(uuid));
    let sentences = sentences.into_iter().flatten().collect();
    dressed(app, lang, page, response, w.say("gone-title"), sentences)
}

/// The same answer, its body a page.
fn dressed(
    app: &App,
    lang: Lang,
    page: Option<Page>,
    response: Response,
    title: String,
    sentences: Vec<String>,
) -> Response {
    let w = Speech(lang);
    let refused = Refused {
        shell: Shell::new(app, lang, page, title, w.say("home-about")),
        w,
        form: Form::blank(lang),
        sentences,
    };
    let html = match refused.render() {
        Ok(html) => html,
        Err(error) => return ApiError::internal(error).into_response(),
    };
    let (mut parts, _) = response.into_parts();
    // It is told here, and nobody needs to tell it again.
    parts.extensions.remove::<Refusal>();
    parts.headers.extend(headers(lang));
    Response::from_parts(parts, Body::from(html))
}

/// Whether somebody comes with a browser, or asks below the pages without saying what they want.
fn wants_page(headers: &HeaderMap, path: &str, is_below: bool) -> bool {
    if FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix)) {
        return false;
    }
    let accepted = headers.get_all(ACCEPT).iter();
    let accepted: Vec<&str> = accepted.filter_map(|value| value.to_str().ok()).collect();
    let names_pages = accepted.iter().any(|value| value.contains("text/html"));
    let anything = accepted.is_empty() || accepted.iter().any(|value| value.contains("*/*"));
    names_pages || (is_below && anything)
}
