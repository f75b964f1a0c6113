//! What does a node say, derived anew from the bytes that it serves?

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use bytes::Bytes;
use clearinghouse::feed::feeds::Feed;
use clearinghouse_protocol::feed::body::{Body, check_commitment, read_bundle};
use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::feed::follow::{Follower, Trial};
use clearinghouse_protocol::feed::handed::Handed;
use clearinghouse_protocol::feed::handover::{Handovers, Transfers};
use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::feed::merge::{Claim, entitled, prevailing};
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::feed::roster::Rosters;
use clearinghouse_protocol::listing::Taxonomy;
use clearinghouse_protocol::tlog::hash::{Hash, sha256};
use clearinghouse_protocol::tlog::tile::{EntryBundle, Tile, bodies_path};
use clearinghouse_protocol::tlog::tree::{Index, Size, root_of};
use uuid::Uuid;

use crate::wire::look;

/// A list of listings, each with the hash of its body: two views are the same if these are.
pub type Shown = BTreeMap<Uuid, [u8; 32]>;

/// A feed as its bytes say it.
pub struct Derived {
    /// The log.
    pub origin: Origin,
    /// How far it has come.
    pub size: Size,
    /// The root over its entries.
    pub root: Hash,
    /// What it says about membership.
    pub rosters: Rosters,
    /// What it says of hand-overs.
    pub transfers: Transfers,
    /// The entries in force whose bodies are sound, in the order of the log.
    pub stated: Vec<Stated>,
    /// Entries in force whose body the node does not have.
    pub missing: Vec<Index>,
}

impl Derived {
    /// A log that says nothing yet.
    fn new(origin: Origin) -> Derived {
        Derived {
            origin,
            size: Size(0),
            root: Hash::EMPTY,
            rosters: Rosters::default(),
            transfers: Transfers::default(),
            stated: Vec::new(),
            missing: Vec::new(),
        }
    }
}

/// One entry in force, as its body says it.
pub struct Stated {
    /// Where it stands.
    pub claim: Claim,
    /// The listing.
    pub uuid: Uuid,
    /// Who minted it.
    pub minter: Nid,
    /// Through whose hands it came.
    pub handed: Vec<Handed>,
    /// The hash of the body.
    pub hash: [u8; 32],
}

/// The entries in force of a feed whose bodies are missing although nobody has taken them over.
pub fn lost(feeds: &BTreeMap<Nid, Derived>, of: &Derived) -> Vec<Index> {
    let said = feeds.values();
    let handovers = Handovers::of(said.map(|feed| (feed.origin, &feed.rosters, &feed.transfers)));
    let taken = |index: &&Index| handovers.takers(of.origin, **index).next().is_some();
    of.missing
        .iter()
        .filter(|index| !taken(index))
        .copied()
        .collect()
}

/// Which listings these nodes show by the rules of docs/format.md, out of everything that is known.
pub fn merged(
    feeds: &BTreeMap<Nid, Derived>,
    counting: &BTreeSet<Nid>,
) -> BTreeMap<Uuid, (Nid, [u8; 32])> {
    let said = feeds.values();
    let handovers = Handovers::of(said.map(|feed| (feed.origin, &feed.rosters, &feed.transfers)));
    let mut claims: BTreeMap<Uuid, Vec<&Stated>> = BTreeMap::new();
    let mut held_back: BTreeSet<Claim> = BTreeSet::new();
    for (_, feed) in feeds.iter().filter(|(nid, _)| counting.contains(nid)) {
        for stated in &feed.stated {
            claims.entry(stated.uuid).or_default().push(stated);
        }
        let origin = feed.origin;
        held_back.extend(feed.missing.iter().map(|index| Claim {
            origin,
            index: *index,
        }));
    }
    let mut shown = BTreeMap::new();
    for (uuid, claims) in claims {
        let accepted = claims.iter().filter_map(|stated| {
            let Claim { origin, .. } = stated.claim;
            let title = entitled(origin, uuid, stated.minter, &stated.handed, &handovers);
            Some((title.ok()?, stated.claim))
        });
        let chosen = prevailing(accepted, &handovers, |claim| held_back.contains(&claim));
        let chosen = claims.iter().find(|stated| Some(stated.claim) == chosen);
        shown.extend(chosen.map(|stated| (uuid, (stated.claim.origin.nid, stated.hash))));
    }
    shown
}

/// Derives a feed from what a node serves of it; `None` before its first checkpoint.
///
/// # Panics
/// If any byte of it is not what was signed and committed to.
pub async fn derive(router: &Router, feed: &Feed) -> Option<Derived> {
    let nid = feed.nid();
    let at = format!("/feed/{nid}");
    let chain = fetch(router, &format!("{at}/identity"))
        .await
        .expect("every feed has an identity");
    let identity = Identity::read(&chain, Some(nid)).expect("the identity of this node");
    let identity = identity.at(feed.identity.origin.epoch);
    let at = format!("{at}/{}", identity.origin.epoch);
    let note = fetch(router, &format!("{at}/checkpoint")).await?;
    let blank = Follower::new(&identity);
    let Some(offer) = blank
        .consider(&note)
        .expect("a node serves what was signed")
    else {
        return Some(Derived::new(identity.origin));
    };
    let size = offer.size();
    let (follower, entries) = read_log(router, &at, blank.begin(offer), size).await;
    let mut derived = Derived {
        size,
        root: follower.root(),
        rosters: follower.rosters().clone(),
        transfers: follower.transfers().clone(),
        ..Derived::new(identity.origin)
    };
    let bodies = bodies(router, &at, feed, size).await;
    let ended = |index: &&Index| !follower.living().contains(**index);
    let ended = bodies.keys().find(ended);
    assert_eq!(ended, None, "{at} serves a body that is not in force");
    let origin = identity.origin;
    for index in follower.living().between(0, size.0) {
        let Some((salt, body)) = bodies.get(&index) else {
            derived.missing.push(index);
            continue;
        };
        let entry = Entry::decode(&entries[index.0 as usize]).expect("in force, so it was read");
        check_commitment(index, &entry, salt, body).expect("the body that was committed to");
        if let Ok(read) = Body::read(body, Taxonomy::standard()) {
            derived.stated.push(Stated {
                claim: Claim { origin, index },
                uuid: read.uuid,
                minter: read.minted.node,
                handed: read.handed,
                hash: sha256(&[body]),
            });
        }
    }
    Some(derived)
}

/// Every entry of a log, and what follows from them; their root is the signed one.
async fn read_log(
    router: &Router,
    at: &str,
    mut trial: Trial<'_>,
    size: Size,
) -> (Follower, Vec<Vec<u8>>) {
    let (mut entries, mut leaves): (Vec<Vec<u8>>, Vec<Hash>) = Default::default();
    for number in 0..size.0.div_ceil(256) {
        let bundle = EntryBundle::within(size, number).expect("it lies inside");
        let bytes = fetch(router, &format!("{at}/{}", bundle.path())).await;
        let bytes = bytes.expect("what was signed is served");
        for entry in EntryBundle::decode(&bytes, bundle.width()).expect("whole entries") {
            leaves.push(trial.push(entry));
            entries.push(entry.to_vec());
        }
    }
    check_tiles(router, at, size, leaves).await;
    let (follower, _) = trial.finish().expect("the root that was signed");
    (follower, entries)
}

/// Every tile that is served is what follows from the leaves.
async fn check_tiles(router: &Router, at: &str, size: Size, leaves: Vec<Hash>) {
    let mut level = leaves;
    let mut levels = vec![level.clone()];
    while level.len() >= 256 {
        level = level.chunks_exact(256).map(root_of).collect();
        levels.push(level.clone());
    }
    for tile in Tile::all(size) {
        let bytes = fetch(router, &format!("{at}/{}", tile.path()))
            .await
            .expect("a tile");
        let first = tile.first().expect("is inside") as usize;
        let hashes = &levels[usize::from(tile.level())][first..first + usize::from(tile.width())];
        assert_eq!(
            tile.hashes(&bytes).expect("a tile is made of hashes"),
            hashes,
            "{at}: {}",
            tile.path()
        );
    }
}

/// The bodies that a node serves of a feed, or holds if it may not serve them at the moment.
async fn bodies(
    router: &Router,
    at: &str,
    feed: &Feed,
    size: Size,
) -> BTreeMap<Index, ([u8; 32], Bytes)> {
    let mut bodies = BTreeMap::new();
    for number in 0..size.0.div_ceil(256) {
        let bundle = match look(router, &format!("{at}/{}", bodies_path(number))).await {
            (200, bytes) => bytes,
            (503, _) => feed
                .files()
                .bodies()
                .bundle(number)
                .expect("the disk reads")
                .into(),
            (status, _) => panic!("{at}: bodies {number} answered {status}"),
        };
        for framed in read_bundle(number, &bundle).expect("a sound bundle") {
            bodies.insert(framed.index, (*framed.salt, bundle.slice_ref(framed.body)));
        }
    }
    bodies
}

async fn fetch(router: &Router, path: &str) -> Option<Bytes> {
    match look(router, path).await {
        (200, bytes) => Some(bytes),
        (404, _) => None,
        (status, _) => panic!("{path} answered {status}"),
    }
}

/// Which listings the view of a node shows of these nodes.
pub fn shown(view: &clearinghouse::view::View, nids: impl IntoIterator<Item = Nid>) -> Shown {
    let mut shown = Shown::new();
    for nid in nids {
        let each = view.each_of(nid, |listing| {
            shown.insert(listing.uuid, sha256(&[&listing.body]));
        });
        each.expect("the view reads");
    }
    shown
}
