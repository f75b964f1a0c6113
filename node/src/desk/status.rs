//! How does this node stand, and every feed that it keeps?

use std::collections::BTreeMap;

use clearinghouse_protocol::feed::roster::Standing;
use serde::{Deserialize, Serialize};

use super::Desk;
use super::keys::Announced;
use crate::feed::confirm::Confirmation;
use crate::feed::feeds::{Feed, Health, Sent};
use crate::feed::quota::Over;
use crate::view::ViewError;

/// What `clearinghouse status` shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Whether the node is served; otherwise a command has opened it for a moment.
    pub running: bool,
    /// The program's version.
    pub version: String,
    /// The node's identifier.
    pub nid: String,
    /// The origin of its log.
    pub origin: String,
    /// The key of its log.
    pub vkey: String,
    /// The key with which it cosigns.
    pub witness_vkey: String,
    /// The centre's names by language.
    pub names: BTreeMap<String, String>,
    /// Where it says that it is served.
    pub url: String,
    /// Where its data lie.
    pub data: String,
    /// Entries in its own log.
    pub size: u64,
    /// Listings that the view shows.
    pub listings: u64,
    /// Names of the tokens with which others may write.
    pub tokens: Vec<String>,
    /// Why the node takes no changes of its own at the moment; `None`: it does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recovering: Option<Recovery>,
    /// How many nodes were asked last how far this one had come; `None`: not yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub asked: Option<usize>,
    /// How many of them knew.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub knew: Option<usize>,
    /// Every feed kept here, our own first.
    pub feeds: Vec<FeedStatus>,
}

/// Why a node does not sign, and what it waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Recovery {
    /// `lock-missing`, `lock-broken`, `lock-older`, `log-short`, `log-differs`, `behind` or `forked`.
    pub reason: String,
    /// `asking`, `fetching`, `no-mirror`, `incomplete`, `refused` or `forked`.
    pub stage: String,
    /// Since when, RFC 3339.
    pub since: String,
}

/// How one feed stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedStatus {
    /// Whose it is.
    pub nid: String,
    /// The centre's names by language.
    pub names: BTreeMap<String, String>,
    /// Where it is served, as its own identity says.
    pub url: String,
    /// A new key that somebody else than the paper key has announced.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub announced: Option<Announced>,
    /// `own`, `root`, `mutual`, `dissolved`, `one-sided`, `out-of-scope`, `too-deep`, `suspended` or `none`.
    pub standing: String,
    /// Whether its listings belong to the view.
    pub counts: bool,
    /// Entries verified.
    pub size: u64,
    /// Listings of it that the view shows.
    pub listings: u64,
    /// `own`, `new`, `verified`, `silent` or `frozen`.
    pub health: String,
    /// Why it is silent or frozen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// When a checkpoint of it was last verified, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verified_at: Option<String>,
    /// Who served it then; `push` if the node pushed it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub served_by: Option<String>,
    /// The file that proves that its log has signed two histories, below the data directory.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<String>,
    /// How much of it witnesses confirm.
    #[serde(default)]
    pub witnessed: Witnessed,
    /// When its author last attested that this is its latest state, RFC 3339: nodes that push do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attested_at: Option<String>,
    /// Of our own feed: to whom it was pushed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub sent: BTreeMap<String, SentStatus>,
    /// Entries of it that wait, because they are more than its quota allows on one day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entries_over_quota: Option<u64>,
    /// Bodies of it that wait, because there are more or larger ones than its quota allows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bodies_over_quota: Option<u64>,
    /// Entries that change nothing, each with its reason: the latest hundred.
    pub set_aside: Vec<(u64, String)>,
    /// How many there were in all.
    #[serde(default)]
    pub set_aside_count: u64,
}

/// How much of a feed witnesses confirm.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Witnessed {
    /// Entries that a quorum has cosigned within 48 hours.
    pub size: u64,
    /// The names of the keys of these witnesses, and when each spoke, RFC 3339.
    pub by: Vec<(String, String)>,
    /// When a quorum spoke last about what is not all there is; none: there is nothing else, or none
    /// ever did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
}

impl From<Confirmation> for Witnessed {
    fn from(confirmation: Confirmation) -> Witnessed {
        let by = confirmation.by.into_iter();
        Witnessed {
            size: confirmation.size.0,
            by: by.map(|(name, at)| (name, at.to_string())).collect(),
            since: confirmation.since.map(|moment| moment.to_string()),
        }
    }
}

/// How pushing our feed to another node goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentStatus {
    /// When it last took everything, RFC 3339.
    pub at: Option<String>,
    /// Why it did not take the last push.
    pub refused: Option<String>,
}

impl Desk {
    /// Why this node takes no changes of its own; `None`: it does.
    pub fn recovery(&self) -> Option<Recovery> {
        let recovering = self.healer.state().recovering?;
        Some(Recovery {
            reason: recovering.reason.word().to_owned(),
            stage: recovering.stage.word().to_owned(),
            since: recovering.since.to_string(),
        })
    }

    /// How this node stands now.
    pub fn status(&self) -> Result<Status, ViewError> {
        let own = self.feeds.own();
        let identity = own.who();
        let counts = self.view.counts()?;
        let standings = self.sync.standings();
        let mut feeds: Vec<FeedStatus> = Vec::new();
        for feed in self.feeds.all() {
            let nid = feed.nid();
            let standing = standings.places.get(&nid).map(|place| place.standing);
            let listings = counts.get(&nid).copied().unwrap_or(0);
            let witnessed = self.confirmed(nid).into();
            let status = feed_status(&feed, standing, listings);
            feeds.push(FeedStatus {
                witnessed,
                ..status
            });
        }
        feeds.sort_by_key(|feed| (feed.health != "own", feed.nid.clone()));
        let url = self.config.public_url.as_ref().map(ToString::to_string);
        let private = self.private();
        let asked = self.healer.state().asked;
        Ok(Status {
            running: false,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            nid: identity.nid.to_string(),
            origin: own.identity.origin.to_string(),
            vkey: own.identity.log_key.to_string(),
            witness_vkey: identity.witness_key.to_string(),
            names: identity.names,
            url: url.filter(|_| identity.seq == 0).unwrap_or(identity.url),
            data: self.config.data.display().to_string(),
            size: own.files().size().0,
            listings: counts.values().sum(),
            tokens: private
                .state()
                .tokens()
                .map(|token| token.name.clone())
                .collect(),
            recovering: self.recovery(),
            asked: asked.map(|asked| asked.asked),
            knew: asked.map(|asked| asked.knew),
            feeds,
        })
    }
}

fn feed_status(feed: &Feed, standing: Option<Standing>, listings: u64) -> FeedStatus {
    let (notes, who) = (feed.notes(), feed.who());
    let (health, reason) = match notes.health {
        Health::Own => ("own", None),
        Health::New => ("new", None),
        Health::Verified => ("verified", None),
        Health::Silent(reason) => ("silent", Some(reason)),
        Health::Frozen(reason) => ("frozen", Some(reason)),
    };
    let standing_word = match standing {
        _ if health == "own" => "own",
        Some(Standing::Root) => "root",
        Some(Standing::Mutual) => "mutual",
        Some(Standing::Dissolved) => "dissolved",
        Some(Standing::OneSided) => "one-sided",
        Some(Standing::OutOfScope) => "out-of-scope",
        Some(Standing::TooDeep) => "too-deep",
        Some(Standing::Suspended) => "suspended",
        None => "none",
    };
    FeedStatus {
        nid: feed.nid().to_string(),
        announced: Announced::of(&who),
        names: who.names,
        url: who.url,
        standing: standing_word.to_owned(),
        counts: standing.is_some_and(Standing::counts),
        size: feed.files().size().0,
        listings,
        health: health.to_owned(),
        reason,
        verified_at: notes.verified_at.map(|moment| moment.to_string()),
        served_by: notes.served_by,
        evidence: feed.evidence().map(|_| {
            let origin = feed.identity.origin;
            format!("feeds/{}/{}/evidence", origin.nid, origin.epoch)
        }),
        witnessed: Witnessed::default(),
        entries_over_quota: match notes.over {
            Some(Over::Entries(waiting)) => Some(waiting),
            _ => None,
        },
        bodies_over_quota: match notes.over {
            Some(Over::Bodies(waiting)) => Some(waiting),
            _ => None,
        },
        set_aside_count: notes.set_aside_count,
        attested_at: notes.attested_at.map(|moment| moment.to_string()),
        sent: notes.sent.into_iter().map(sent_status).collect(),
        set_aside: notes
            .set_aside
            .into_iter()
            .map(|(index, reason)| (index.0, reason))
            .collect(),
    }
}

fn sent_status((url, sent): (String, Sent)) -> (String, SentStatus) {
    let at = sent.at.map(|moment| moment.to_string());
    let refused = sent.refused;
    (url, SentStatus { at, refused })
}
