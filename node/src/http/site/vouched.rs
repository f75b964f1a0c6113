//! Who vouches for what a centre says?

use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::tlog::tree::Index;

use super::speech::Speech;
use super::when::Now;
use crate::feed::confirm::Confirmation;
use crate::http::App;

/// Who vouches for an entry of a log, or since when nobody does.
pub(super) fn entry(app: &App, w: Speech, now: &Now, origin: Origin, index: Index) -> String {
    let feed = app.feeds.feed(origin.nid);
    let newest = feed.is_some_and(|feed| feed.identity.origin == origin);
    let confirmation = app.desk.confirmed(origin.nid);
    told(
        app,
        w,
        now,
        &confirmation,
        newest && confirmation.covers(index),
    )
}

/// Who vouches for all that a centre says, or since when nobody does.
pub(super) fn feed(app: &App, w: Speech, now: &Now, nid: Nid) -> String {
    let confirmation = app.desk.confirmed(nid);
    let size = app.feeds.feed(nid).map(|feed| feed.files().size());
    let all = size.is_some_and(|size| size.0 > 0 && confirmation.size >= size);
    told(app, w, now, &confirmation, all)
}

fn told(app: &App, w: Speech, now: &Now, confirmation: &Confirmation, vouched: bool) -> String {
    let by: Vec<String> = confirmation
        .by
        .iter()
        .map(|(name, _)| witness(app, w, name))
        .collect();
    match (confirmation.at, confirmation.last) {
        // By a policy that asks for nobody.
        (None, _) if vouched => w.say("vouched-none"),
        (Some(at), _) if vouched => {
            let (by, ago) = (w.list(&by), w.ago(at, now.moment));
            w.with("vouched-by", &[("by", &by), ("ago", &ago)])
        }
        (_, Some(last)) => w.of("vouched-since", &w.ago(last, now.moment)),
        (_, None) => w.say("vouched-never"),
    }
}

/// What a witness is called: a centre by its name, others as their keys are.
fn witness(app: &App, w: Speech, name: &str) -> String {
    let feed = Nid::of_witness(name).and_then(|nid| app.feeds.feed(nid));
    feed.map_or_else(
        || name.to_owned(),
        |feed| feed.identity.name(w.tag()).to_owned(),
    )
}
