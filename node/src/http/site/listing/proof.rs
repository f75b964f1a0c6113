//! How can anybody check that the centre said this?

use clearinghouse_protocol::tlog::checkpoint::Checkpoint;

use crate::http::App;
use crate::http::site::speech::Speech;
use crate::http::site::vouched;
use crate::http::site::when::Now;
use crate::view::Shown;

/// Where a listing stands in its centre's log.
pub(super) struct Proof {
    /// The number of its entry.
    pub(super) entry: String,
    /// The name of the log.
    pub(super) origin: String,
    /// How many entries the log has.
    pub(super) size: String,
    /// The hash of the whole log as its centre signed it.
    pub(super) root: Option<String>,
    /// Who vouches for this entry.
    pub(super) vouched: String,
    /// The address of the proof.
    pub(super) path: String,
    /// The address of the exact words that the log commits to.
    pub(super) body: String,
}

/// Where this listing stands.
pub(super) fn proof(app: &App, w: Speech, shown: &Shown) -> Proof {
    let origin = shown.origin;
    let feed = app.feeds.log(origin);
    let note = feed.as_ref().and_then(|feed| {
        let files = feed.files();
        files.checkpoint().map(<[u8]>::to_vec)
    });
    let checkpoint = note.and_then(|note| {
        let text = String::from_utf8(note).ok()?;
        let (text, _) = text.split_once("\n\n")?;
        Checkpoint::parse(&format!("{text}\n")).ok()
    });
    let size = feed.map_or(0, |feed| feed.files().size().0);
    let log = format!("/feed/{}/{}", origin.nid, origin.epoch);
    Proof {
        entry: w.number(shown.index.0),
        origin: origin.to_string(),
        size: w.number(
            checkpoint
                .as_ref()
                .map_or(size, |checkpoint| checkpoint.size.0),
        ),
        root: checkpoint.map(|checkpoint| checkpoint.root.to_string()),
        vouched: vouched::entry(app, w, &Now::of(app), origin, shown.index),
        path: format!("{log}/proof/{}", shown.index.0),
        body: format!("{log}/body/{}", shown.index.0),
    }
}
