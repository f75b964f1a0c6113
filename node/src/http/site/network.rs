//! Whose listings are these, and how fresh and how sure is what each centre says?

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use clearinghouse_protocol::listing::Lang;
use jiff::Timestamp;

use super::address::Page;
use super::said::Said;
use super::shell::{Shell, page, version};
use super::speech::{Speech, capital};
use super::vouched;
use super::when::Now;
use crate::desk::keys::Announced;
use crate::http::App;
use crate::http::api::aside;
use crate::http::api::network::{Node, nodes};
use crate::http::error::ApiError;
use crate::http::etag::held;

/// The page of the centres.
#[derive(Template)]
#[template(path = "network.html")]
struct Network {
    shell: Shell,
    w: Speech,
    /// How many listings of how many centres.
    lead: String,
    /// Why this node takes no changes of its own, and what to do.
    waits: Option<(String, String)>,
    /// Those whose listings are shown.
    members: Vec<Centre>,
    /// Those that are known and not part of it.
    others: Vec<Centre>,
}

/// One centre.
struct Centre {
    nid: String,
    name: Said,
    /// The address of its own pages.
    url: Option<String>,
    /// How it belongs here.
    standing: String,
    /// Who vouches for it.
    vouched: String,
    /// The regions it speaks for.
    regions: Option<String>,
    /// `verified`, `silent`, `frozen`: for colours and marks.
    state: &'static str,
    /// The state in words.
    told: String,
    /// What that means for what is shown.
    meaning: Option<String>,
    /// The program's own words for what is wrong.
    reason: Option<String>,
    /// When a checkpoint was last verified: for machines and in words.
    verified: Option<(String, String)>,
    listings: String,
    /// The address of a search for its listings; `None` if there are none.
    listings_path: Option<String>,
    entries: String,
    /// Entries that change nothing.
    set_aside: Option<String>,
    /// What waits because of its quota.
    waiting: Option<String>,
    /// Where the proof is served that its log has two histories.
    evidence: Option<String>,
    /// A new key that somebody else than its paper key has announced, and from when on it counts.
    announced: Option<String>,
    origin: Option<String>,
    vkey: Option<String>,
}

/// Answers with the centres.
pub(super) async fn answer(
    lang: Lang,
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    aside(&app, move |app| {
        let network = network(app, lang)?;
        // How a centre is doing is no part of the view, so the version is that of the page itself.
        let html = network.render().map_err(ApiError::internal)?;
        let version = version(app, &html);
        match held(&headers, &version) {
            true => Ok([(ETAG, version)].into_response()),
            false => page(lang, version, &network),
        }
    })
    .await
}

fn network(app: &App, lang: Lang) -> Result<Network, ApiError> {
    let (w, now) = (Speech(lang), Now::of(app));
    let known = nodes(app)?;
    let own = known.own;
    let waits = known.recovering.map(|now| {
        let why = w.say(&format!("recovering-{}", now.reason));
        (why, w.say(&format!("recovering-do-{}", now.stage)))
    });
    let listings: u64 = known.items.iter().map(|node| node.listings).sum();
    let (members, others): (Vec<Node>, Vec<Node>) = known
        .items
        .into_iter()
        .partition(|node| matches!(node.standing, Some("root" | "mutual" | "dissolved")));
    let publishing = members.iter().filter(|node| node.listings > 0).count() as u64;
    let lead = [
        ("listings", w.count("listings", listings)),
        ("centres", w.count("centres", publishing)),
    ];
    let told = |nodes: Vec<Node>| {
        let mut centres: Vec<(usize, Centre)> = nodes
            .into_iter()
            .map(|node| {
                (
                    node.depth.unwrap_or(usize::MAX),
                    centre(w, node, &own, &now, app),
                )
            })
            .collect();
        // Ourselves, then networks from the top, each level by name.
        centres.sort_by(|(one_depth, one), (other_depth, other)| {
            let depth = (one.nid != own, one_depth).cmp(&(other.nid != own, other_depth));
            depth.then_with(|| w.order(&one.name.text, &other.name.text))
        });
        centres.into_iter().map(|(_, centre)| centre).collect()
    };
    let (title, about) = (w.say("network-title"), w.say("network-about"));
    Ok(Network {
        shell: Shell::new(app, lang, Some(Page::Network), title, about),
        w,
        lead: w.with(
            "network-lead",
            &lead.each_ref().map(|(name, value)| (*name, value.as_str())),
        ),
        waits,
        members: told(members),
        others: told(others),
    })
}

fn centre(w: Speech, node: Node, own: &str, now: &Now, app: &App) -> Centre {
    let is_own = node.nid == own;
    let state = node.health.state;
    let verified = node.verified_at.as_ref().and_then(|at| {
        let moment: Timestamp = at.parse().ok()?;
        Some((at.clone(), capital(&w.ago(moment, now.moment))))
    });
    let meaning = match state {
        "own" if node.evidence.is_some() => Some(w.say("forked-own-meaning")),
        _ if node.evidence.is_some() => Some(w.say("forked-meaning")),
        "own" | "verified" => None,
        state => Some(w.say(&format!("health-{state}-meaning"))),
    };
    let regions: Vec<String> = node.regions.iter().map(|code| w.region(code)).collect();
    let listings_path =
        (node.listings > 0).then(|| Page::Search(format!("centre={}", node.nid)).path(w.0));
    Centre {
        name: name(w, &node),
        standing: standing(w, &node, is_own, app),
        regions: (!regions.is_empty()).then(|| w.list(&regions)),
        state,
        vouched: node.nid.parse().map_or_else(
            |_| w.say("vouched-never"),
            |nid| vouched::feed(app, w, now, nid),
        ),
        told: w.say(&format!("health-{state}")),
        meaning,
        reason: node.health.reason,
        verified: verified.filter(|_| !is_own),
        listings: w.number(node.listings),
        listings_path,
        entries: w.number(node.size),
        set_aside: (node.set_aside > 0).then(|| w.count("network-set-aside", node.set_aside)),
        waiting: node
            .over_quota
            .map(|over| w.count(&format!("network-over-{}", over.what), over.waiting)),
        evidence: node.evidence,
        announced: node.announced.as_ref().map(|known| announced(w, known)),
        origin: node.origin,
        vkey: node.vkey,
        url: node.url,
        nid: node.nid,
    }
}

fn announced(w: Speech, known: &Announced) -> String {
    // To the minute, as it was written: whoever has to speak up before then may be anywhere.
    let minute = |moment: &str| moment.get(..16).unwrap_or(moment).replace('T', " ");
    match (&known.announced_at, &known.final_at) {
        (Some(begun), Some(last)) => {
            let values = [("begun", &*minute(begun)), ("final", &*minute(last))];
            w.with("network-announced-when", &values)
        }
        _ => w.say("network-announced-unseen"),
    }
}

fn name(w: Speech, node: &Node) -> Said {
    let own = node.names.get_key_value(w.tag());
    match own.or_else(|| node.names.iter().next()) {
        Some((tag, name)) => Said::tagged(w, tag, name),
        None => Said::plain(&w.say("network-unnamed")),
    }
}

fn standing(w: Speech, node: &Node, is_own: bool, app: &App) -> String {
    if is_own {
        return w.say("standing-own");
    }
    let through = node.through.as_ref().and_then(|nid| {
        let feed = app.feeds.feed(nid.parse().ok()?)?;
        Some(feed.who().name(w.tag()).to_owned())
    });
    match (node.standing, through) {
        (Some("mutual"), Some(network)) => w.of("standing-member-of", &network),
        (Some("one-sided"), Some(network)) => w.of("standing-one-sided-of", &network),
        (Some(standing), _) => w.say(&format!("standing-{standing}")),
        (None, _) => w.say("standing-none"),
    }
}
