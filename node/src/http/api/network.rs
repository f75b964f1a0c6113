//! Which centres are there, and how fresh is what we know of each?

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::feed::roster::{Place, Standing};
use serde::Serialize;
use utoipa::ToSchema;

use super::describe::NodeRefusals;
use super::{ASK_AGAIN, aside};
use crate::desk::keys::Announced;
use crate::desk::status::Recovery;
use crate::feed::feeds::{Feed, Health, Notes};
use crate::feed::quota::Over;
use crate::http::App;
use crate::http::error::ApiError;
use crate::view::search::{Facet, Query};

/// Every node that is known here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NetworkAnswer)]
pub(in crate::http) struct Answer {
    /// The nid of the node that answers.
    pub(in crate::http) own: String,
    /// Why this node takes no changes of its own at the moment; left out while it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) recovering: Option<Recovery>,
    /// In the order of their identifiers.
    pub(in crate::http) items: Vec<Node>,
    /// How many there are.
    pub(in crate::http) total: usize,
}

/// One node as it is seen from here.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Node {
    /// Its identifier.
    pub(in crate::http) nid: String,
    /// What it calls itself, by language tag; empty as long as its identity is not known.
    pub(in crate::http) names: BTreeMap<String, String>,
    /// Where it is served.
    pub(in crate::http) url: Option<String>,
    /// A new key that somebody else than its paper key has announced, and when it counts.
    pub(in crate::http) announced: Option<Announced>,
    /// How it stands to the node that answers; `null`: no roster speaks of it.
    pub(in crate::http) standing: Option<&'static str>,
    /// The network that admits it.
    pub(in crate::http) through: Option<String>,
    /// Levels below the node that answers.
    pub(in crate::http) depth: Option<usize>,
    /// The regions that it may speak for; none: no bound is stated.
    pub(in crate::http) regions: Vec<String>,
    /// How following it goes.
    pub(in crate::http) health: Told,
    /// When a checkpoint of it was last verified.
    #[schema(example = "2026-11-02T15:04:05Z")]
    pub(in crate::http) verified_at: Option<String>,
    /// Who served it then; `push` if the node pushed it.
    pub(in crate::http) served_by: Option<String>,
    /// When the node last attested that this is its latest state, as those do that nobody can reach.
    pub(in crate::http) attested_at: Option<String>,
    /// How many entries of its log are verified.
    pub(in crate::http) size: u64,
    /// How many of its listings are shown.
    pub(in crate::http) listings: u64,
    /// How many of its entries and bodies change nothing, because they are not sound.
    pub(in crate::http) set_aside: u64,
    /// How many of its entries or listings wait, because they are more than this node takes from one feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) over_quota: Option<Waiting>,
    /// Where the proof is served that its log has signed two histories; `null`: there is none.
    #[schema(example = "/feed/m653am3s5ykyfsljgz73sw5cbv/1/evidence")]
    pub(in crate::http) evidence: Option<String>,
    /// Who vouches for its log.
    pub(in crate::http) witnessed: Witnessed,
    /// The name of its log.
    pub(in crate::http) origin: Option<String>,
    /// The key that verifies its log.
    pub(in crate::http) vkey: Option<String>,
    /// The key that verifies its cosignatures.
    pub(in crate::http) witness_vkey: Option<String>,
}

/// How much of a log witnesses confirm.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Witnessed {
    /// Entries that a quorum of witnesses has cosigned within 48 hours.
    pub(in crate::http) size: u64,
    /// These witnesses, the latest first.
    pub(in crate::http) by: Vec<Voucher>,
    /// When a quorum spoke last, if not all entries are confirmed; `null`: all are, or none ever was.
    pub(in crate::http) since: Option<String>,
}

/// A witness of a log.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Voucher {
    /// The name of its key.
    pub(in crate::http) witness: String,
    /// When it cosigned.
    pub(in crate::http) at: String,
}

/// How following a node goes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub(in crate::http) struct Told {
    /// `own`; `new`: nobody was asked yet; `verified`; `silent`: nobody answered the last time;
    /// `frozen`: kept at its last good state, because what it offers contradicts that.
    pub(in crate::http) state: &'static str,
    /// Why it is silent or frozen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) reason: Option<String>,
}

/// What of a feed waits.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = OverQuota)]
pub(in crate::http) struct Waiting {
    /// `entries`: the log is not followed any further today; `listings`: the latest are not shown.
    pub(in crate::http) what: &'static str,
    /// How many.
    pub(in crate::http) waiting: u64,
}

/// One node, with what of its log is not shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeAnswer)]
struct Whole {
    #[serde(flatten)]
    node: Node,
    /// The latest hundred entries and bodies that change nothing, each with the reason.
    aside: Vec<Aside>,
}

/// An entry that changes nothing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EntrySetAside)]
struct Aside {
    /// Its position in the log.
    index: u64,
    /// Why, in English: the program's own words.
    reason: String,
}

/// Shows one node, and which of its entries change nothing and why.
#[utoipa::path(
    get,
    path = "/api/v1/network/{nid}",
    tag = "network",
    params(("nid" = String, Path, description = "The node's identifier")),
    responses((status = 200, description = "The node", body = Whole), NodeRefusals)
)]
pub(super) async fn one(
    State(app): State<App>,
    address: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let Path(nid) = address.map_err(|_| ApiError::NotFound)?;
    let nid: Nid = nid.parse().map_err(|_| ApiError::NotFound)?;
    let answer = aside(&app, move |app| {
        let nodes = nodes(app)?.items.into_iter();
        let node = nodes.into_iter().find(|node| node.nid == nid.as_str());
        let node = node.ok_or(ApiError::NotFound)?;
        let notes = app.feeds.feed(nid).map(|feed| feed.notes());
        let set_aside = notes.map_or_else(Vec::new, |notes| notes.set_aside);
        let aside = set_aside.into_iter().rev().map(|(index, reason)| Aside {
            index: index.0,
            reason,
        });
        Ok(Whole {
            node,
            aside: aside.collect(),
        })
    })
    .await?;
    Ok(([(CACHE_CONTROL, ASK_AGAIN)], Json(answer)).into_response())
}

/// Lists every node that is known here: centres, networks, and this one.
#[utoipa::path(
    get,
    path = "/api/v1/network",
    tag = "network",
    responses((status = 200, description = "Every known node", body = Answer))
)]
pub(super) async fn network(State(app): State<App>) -> Result<Response, ApiError> {
    let answer = aside(&app, nodes).await?;
    Ok(([(CACHE_CONTROL, ASK_AGAIN)], Json(answer)).into_response())
}

/// Every node that is known here, as it stands now.
pub(in crate::http) fn nodes(app: &App) -> Result<Answer, ApiError> {
    let standings = app.desk.sync.standings();
    let kept = app.feeds.all().into_iter().map(|feed| (feed.nid(), feed));
    let kept: BTreeMap<Nid, Arc<Feed>> = kept.collect();
    let known: BTreeSet<Nid> = standings
        .places
        .keys()
        .chain(kept.keys())
        .copied()
        .collect();
    let listings = listings(app)?;
    let nodes = known.into_iter().map(|nid| {
        let (place, feed) = (standings.places.get(&nid), kept.get(&nid));
        let count = listings.get(nid.as_str()).copied().unwrap_or(0);
        node(app, nid, place, feed.map(|feed| &**feed), count)
    });
    let items: Vec<Node> = nodes.collect();
    Ok(Answer {
        own: app.feeds.own().nid().to_string(),
        recovering: app.desk.recovery(),
        total: items.len(),
        items,
    })
}

/// How many listings of each centre are shown, as the search counts them.
fn listings(app: &App) -> Result<HashMap<String, u64>, ApiError> {
    let everything = Query {
        limit: 0,
        ..Query::default()
    };
    let (found, _) = app.desk.view.find(&everything, None)?;
    Ok(found.facets.of(Facet::Centre).iter().cloned().collect())
}

fn node(app: &App, nid: Nid, place: Option<&Place>, feed: Option<&Feed>, listings: u64) -> Node {
    let identity = feed.map(Feed::who);
    let identity = identity.as_ref();
    let notes = feed.map(Feed::notes);
    let own = nid == app.feeds.own().nid();
    let stated = place.and_then(|place| place.url.clone());
    let configured = app.config.public_url.as_ref().map(ToString::to_string);
    // What the node itself has said since counts more than what others wrote down.
    let said = identity.filter(|known| known.seq > 0);
    let said = said.map(|known| known.url.clone());
    let url = said.or(configured.filter(|_| own)).or(stated);
    let regions = place.map(|place| place.regions.iter().map(ToString::to_string).collect());
    Node {
        nid: nid.to_string(),
        names: identity.map_or_else(BTreeMap::new, |known| known.names.clone()),
        url: url.or_else(|| identity.map(|known| known.url.clone())),
        announced: identity.and_then(Announced::of),
        standing: place.map(|place| stands(place.standing)),
        through: place
            .and_then(|place| place.through)
            .map(|nid| nid.to_string()),
        depth: place.map(|place| place.depth),
        regions: regions.unwrap_or_default(),
        health: told(notes.as_ref()),
        verified_at: notes
            .as_ref()
            .and_then(|notes| notes.verified_at)
            .map(|moment| moment.to_string()),
        served_by: notes.as_ref().and_then(|notes| notes.served_by.clone()),
        attested_at: notes
            .as_ref()
            .and_then(|notes| notes.attested_at)
            .map(|moment| moment.to_string()),
        size: feed.map_or(0, |feed| feed.files().size().0),
        listings,
        over_quota: notes.as_ref().and_then(|notes| notes.over).map(waiting),
        set_aside: notes.map_or(0, |notes| notes.set_aside_count),
        evidence: feed
            .filter(|feed| feed.evidence().is_some())
            .map(|feed| evidence_path(feed.identity.origin)),
        witnessed: witnessed(app, nid),
        origin: feed.map(|feed| feed.identity.origin.to_string()),
        vkey: feed.map(|feed| feed.identity.log_key.to_string()),
        witness_vkey: identity.map(|known| known.witness_key.to_string()),
    }
}

fn waiting(over: Over) -> Waiting {
    let (what, waiting) = match over {
        Over::Entries(waiting) => ("entries", waiting),
        Over::Bodies(waiting) => ("listings", waiting),
    };
    Waiting { what, waiting }
}

/// Where the evidence against a log is served.
fn evidence_path(origin: Origin) -> String {
    format!("/feed/{}/{}/evidence", origin.nid, origin.epoch)
}

fn witnessed(app: &App, nid: Nid) -> Witnessed {
    let confirmation = app.desk.confirmed(nid);
    let by = confirmation.by.into_iter().map(|(witness, at)| Voucher {
        witness,
        at: at.to_string(),
    });
    Witnessed {
        size: confirmation.size.0,
        by: by.collect(),
        since: confirmation.since.map(|moment| moment.to_string()),
    }
}

fn stands(standing: Standing) -> &'static str {
    match standing {
        Standing::Root => "root",
        Standing::Mutual => "mutual",
        Standing::Dissolved => "dissolved",
        Standing::OneSided => "one-sided",
        Standing::OutOfScope => "out-of-scope",
        Standing::TooDeep => "too-deep",
        Standing::Suspended => "suspended",
    }
}

fn told(notes: Option<&Notes>) -> Told {
    let health = notes.map_or(&Health::New, |notes| &notes.health);
    let (state, reason) = match health {
        Health::Own => ("own", None),
        Health::New => ("new", None),
        Health::Verified => ("verified", None),
        Health::Silent(reason) => ("silent", Some(reason)),
        Health::Frozen(reason) => ("frozen", Some(reason)),
    };
    Told {
        state,
        reason: reason.cloned(),
    }
}
