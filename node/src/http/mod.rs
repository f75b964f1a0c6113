//! What can others ask over HTTP?
//!
//! One file for each resource, and one table of them all: [`routes`].

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::{Router, middleware};
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::listing::Lang;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::clock::Clock;
use crate::config::Config;
use crate::desk::Desk;
use crate::feed::feeds::Feeds;
use crate::feed::push::Pushes;

/// Lets visitors in and keeps them from keeping us waiting.
pub mod accept;

/// Status codes, and refusals in words.
pub mod error;

/// Which pages of other sites may read our answers.
pub mod cors;

/// Versions of answers.
pub mod etag;

/// The feeds kept here.
pub mod feed;

/// Listings, changes and the network, for programs.
pub mod api;

/// Checkpoints of other logs that are cosigned here.
pub mod witness;

/// Feeds that are pushed, to us and by us.
pub mod push;

/// The pages for people.
pub mod site;

/// What every handler can reach; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// All that acts for this node.
    pub desk: Desk,
    /// All feeds of this node.
    pub feeds: Arc<Feeds>,
    /// How it is configured.
    pub config: Arc<Config>,
    /// What time it is here.
    pub clock: Clock,
    /// Answers without an end come to one when this is cancelled, at the shutdown.
    pub leave: CancellationToken,
    /// One permit for each client that may hold an event stream.
    event_places: Arc<Semaphore>,
    /// Who pushes to us.
    door: Arc<push::Door>,
}

impl App {
    /// The only place where one is made.
    pub fn new(desk: Desk) -> App {
        let event_places = event_places(&desk.config);
        let pushes = Pushes::new(desk.sync.clone(), desk.clock.clone());
        App {
            door: Arc::new(push::Door::new(pushes)),
            feeds: desk.feeds.clone(),
            config: desk.config.clone(),
            clock: desk.clock.clone(),
            desk,
            leave: CancellationToken::new(),
            event_places,
        }
    }

    /// For how many days bodies of a node's feed are handed out after its last verified checkpoint: as
    /// configured, or as the roster through which we know it asks for, if that is longer.
    pub fn lease_days(&self, nid: Nid) -> u32 {
        let standings = self.desk.sync.standings();
        let asked = standings
            .places
            .get(&nid)
            .and_then(|place| place.lease_days);
        self.config.lease_days.max(asked.map_or(0, u32::from))
    }

    /// The language for those who ask for none of ours: the first of the centre's that we speak.
    pub fn lang(&self) -> Lang {
        let mut languages = self.config.languages.iter();
        languages
            .find_map(|tag| Lang::of_tag(tag))
            .unwrap_or(Lang::En)
    }
}

/// An event stream holds its connection for days; the other half stays for those who come and go.
fn event_places(config: &Config) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(config.max_connections / 2))
}

/// Marks an answer that is not worth compressing.
#[derive(Clone, Copy, Debug)]
pub struct AsItIs;

/// The one table of everything that can be asked here.
pub fn routes(app: App) -> Router {
    let worth = DefaultPredicate::new()
        .and(|_, _, _: &_, marks: &axum::http::Extensions| marks.get::<AsItIs>().is_none());
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(worth);
    Router::new()
        .merge(feed::routes())
        .merge(api::routes())
        .merge(witness::routes())
        .merge(push::routes())
        .merge(site::routes())
        .fallback(async || error::ApiError::NotFound)
        .method_not_allowed_fallback(async || error::ApiError::Method)
        // From here on outwards: each sees the answer after those above it.
        .layer(middleware::from_fn(etag::spare))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            site::refusal::tell,
        ))
        .layer(middleware::from_fn_with_state(app.clone(), error::tell))
        .layer(middleware::from_fn(cors::open))
        .layer(compression)
        .layer(always(REFERRER_POLICY, "no-referrer"))
        .layer(always(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .with_state(app)
}

fn always(
    name: axum::http::HeaderName,
    value: &'static str,
) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
