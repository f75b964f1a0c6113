//! What stands around every page, and what does every answer that is a page carry?

use askama::Template;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use clearinghouse_protocol::listing::Lang;

use super::address::Page;
use super::assets::{MARK, STYLE};
use super::speech::Speech;
use crate::http::App;
use crate::http::error::ApiError;
use crate::http::etag::tag;

/// Nothing but our own style sheet and pictures; forms go nowhere else; nobody frames us.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page is right for this long at most: the next meeting of a listing begins on some minute.
const MINUTE_S: i64 = 60;

/// What every page shows around its own content.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    /// The reader's language.
    pub(super) w: Speech,
    /// The title of the page, without the centre's name.
    pub(super) title: String,
    /// What the page is about, for search engines.
    pub(super) about: String,
    /// Which page it is; `None` for a refusal.
    page: Option<Page>,
    /// The centre's name.
    pub(super) centre: String,
    /// Whether those in danger are told whom to call: only the numbers of Canada are known.
    pub(super) is_canadian: bool,
}

impl Shell {
    /// The surroundings of a page.
    pub(super) fn new(
        app: &App,
        lang: Lang,
        page: Option<Page>,
        title: String,
        about: String,
    ) -> Shell {
        let regions = &app.config.regions;
        let name = match lang {
            Lang::En => &app.config.name.en,
            Lang::Fr => &app.config.name.fr,
        };
        Shell {
            w: Speech(lang),
            title,
            about,
            page,
            centre: name.clone(),
            is_canadian: regions.is_empty() || regions.iter().any(|code| code.starts_with("CA")),
        }
    }

    /// The address of the first page.
    pub(super) fn home(&self) -> String {
        Page::Home.path(self.w.0)
    }

    /// The address of the page about the centres.
    pub(super) fn network(&self) -> String {
        Page::Network.path(self.w.0)
    }

    /// Whether this is the first page.
    pub(super) fn is_home(&self) -> bool {
        self.page == Some(Page::Home)
    }

    /// Whether this is the page about the centres.
    pub(super) fn is_network(&self) -> bool {
        self.page == Some(Page::Network)
    }

    /// The other languages, each with its tag, its own name and the address of this page in it.
    pub(super) fn others(&self) -> Vec<(&'static str, String, String)> {
        let page = self.page.as_ref().unwrap_or(&Page::Home);
        let others = Lang::ALL.into_iter().filter(|lang| *lang != self.w.0);
        others
            .map(|lang| {
                let own_name = Speech(lang).say("this-language");
                (lang.tag(), own_name, page.path(lang))
            })
            .collect()
    }

    /// The address of the style sheet.
    pub(super) fn style(&self) -> &'static str {
        &STYLE.path
    }

    /// The address of the picture in the browser's tab.
    pub(super) fn mark(&self) -> &'static str {
        &MARK.path
    }
}

/// The version of a page that shows what the view holds at this moment.
pub(super) fn version(app: &App, address: &str) -> HeaderValue {
    let view = &app.desk.view;
    // Read before the page is made: were the view to change in between, the tag is too old, never too
    // new.
    tag(&[
        env!("CARGO_PKG_VERSION").as_bytes(),
        STYLE.path.as_bytes(),
        &view.generation().to_be_bytes(),
        &view.last_change().to_be_bytes(),
        &app.clock
            .now()
            .as_second()
            .div_euclid(MINUTE_S)
            .to_be_bytes(),
        address.as_bytes(),
    ])
}

/// The headers of every page.
pub(super) fn headers(lang: Lang) -> [(HeaderName, HeaderValue); 4] {
    [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_LANGUAGE, lang.tag()),
        (CONTENT_SECURITY_POLICY, POLICY),
        // Kept by the visitor's own browser at most, and asked for again each time with the tag.
        (CACHE_CONTROL, "private, no-cache"),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
}

/// A page as an answer.
pub(super) fn page(
    lang: Lang,
    version: HeaderValue,
    page: &impl Template,
) -> Result<Response, ApiError> {
    let html = page.render().map_err(ApiError::internal)?;
    Ok((headers(lang), [(ETAG, version)], html).into_response())
}
