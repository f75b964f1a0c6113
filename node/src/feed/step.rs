//! How does a mirror take one step, from a peer's checkpoint to verified bytes on our disk?

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::feed::evidence::Evidence;
use clearinghouse_protocol::feed::follow::{FollowError, Follower, Offer, Verified};
use clearinghouse_protocol::feed::living::Living;
use clearinghouse_protocol::feed::origin::{Epoch, Origin};
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tile::EntryBundle;
use clearinghouse_protocol::tlog::tree::{Index, Size};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::evidence::convict;
use super::feeds::{Feed, FeedError, Feeds};
use super::judge::{against, judge};
use super::peer::{Peer, PeerError};
use crate::store::disk::DiskError;
use crate::store::files::{Row, next_entry};

/// Requests that one step has under way at once.
const PARALLEL: usize = 8;

mod bodies;

pub use bodies::ask_again;
use bodies::{Missing, fetch_bodies, within_room};

/// Why an entry is set aside whose body nobody has.
const NOBODY_HAS_IT: &str = "its body was not handed out by anyone who was asked";

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The peer did not give what was asked for.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// What it gave is not what the log signed.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// Our own disk.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The peer cut an answer short or sent more than was asked for.
    #[error("{url} sent a bundle that does not hold {expected} entries")]
    Bundle {
        /// The peer.
        url: String,
        /// Entries asked for.
        expected: u16,
    },
    /// Living bodies that the peer does not hand out.
    #[error("{url} holds back {count} bodies of {offered} entries")]
    Withheld {
        /// The peer.
        url: String,
        /// How many.
        count: usize,
        /// Of a log of this size.
        offered: u64,
    },
    /// The peer knows an older log only.
    #[error("{origin} goes on from epoch {offered}, which is the latest that was offered")]
    Behind {
        /// What we follow.
        origin: Origin,
        /// What was offered.
        offered: Epoch,
    },
    /// A later log that does not hold all yet with which it begins.
    #[error("{origin} is still being opened")]
    Opening {
        /// The later log.
        origin: Origin,
    },
    /// More entries than may be taken from this feed today; they wait.
    #[error("{waiting} entries are more than may come from this feed today")]
    OverQuota {
        /// How many.
        waiting: u64,
    },
    /// There is evidence against the log, and no later one that a rotation key names.
    #[error("{origin} has signed two histories and is followed no further")]
    Convicted {
        /// The log.
        origin: Origin,
    },
    /// The log went on while we fetched; the next checkpoint is to be looked at.
    #[error("the log went on while it was being read")]
    Overtaken,
}

impl From<DiskError> for StepError {
    fn from(error: DiskError) -> StepError {
        StepError::Feed(error.into())
    }
}

/// Whether a step may go on although bodies are missing: their entries are then set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Stay at the last state, because replaced bodies are still shown.
    Wait,
    /// Go on: one body must not stop a feed for good.
    GoOn,
}

/// One entry of a step with its leaf.
pub(super) type Leaf = (Bytes, Hash);

/// A step whose entries are verified, and whose bodies are not here yet.
pub(super) struct Taken {
    pub(super) after: Follower,
    pub(super) verified: Verified,
    pub(super) leaves: Vec<Leaf>,
    pub(super) note: Bytes,
}

/// Fetches, verifies and keeps what leads from what we know to `note`; `None` when it is nothing new.
///
/// A peer that lies delays this feed and nothing else: until the root over all entries is compared and
/// every body is held against its commitment, no file of the feed is changed in a way that counts.
pub async fn step(
    feeds: &Feeds,
    feed: &Arc<Feed>,
    peer: &Peer,
    note: Bytes,
    patience: Patience,
) -> Result<Option<Verified>, StepError> {
    let follower = feed.follower().clone();
    let offer = match follower.consider(&note) {
        Ok(Some(offer)) => offer,
        Ok(None) => {
            // What a disk refused to forget is tried again although the log does not go on.
            sweep(feed);
            return Ok(None);
        }
        Err(error) => {
            return Err(match against(feed, &note) {
                Some(evidence) => forked(feeds, feed, &evidence)?,
                None => error.into(),
            });
        }
    };
    let bundles = fetch_entries(&follower, &offer, peer).await?;
    let (after, verified, leaves) = match verify(&follower, &offer, &bundles) {
        Err(error @ FollowError::Altered { .. }) => {
            return Err(match judge(feed, &follower, &offer, &note, peer).await? {
                Some(evidence) => forked(feeds, feed, &evidence)?,
                None => error.into(),
            });
        }
        outcome => outcome?,
    };
    let taken = Taken {
        after,
        verified,
        leaves,
        note,
    };
    let verified = settle(feeds, feed, peer, taken, patience).await?;
    feeds.announce(feed.nid());
    Ok(Some(verified))
}

/// Fetches the bodies of a verified step and keeps all of it.
pub(super) async fn settle(
    feeds: &Feeds,
    feed: &Arc<Feed>,
    peer: &Peer,
    taken: Taken,
    patience: Patience,
) -> Result<Verified, StepError> {
    let sure = feed.files_mut().clear_doubt(Hash::leaf);
    sure.map_err(FeedError::from)?;
    let Taken {
        after,
        verified,
        leaves,
        note,
    } = taken;
    let entry_of = |index: Index| {
        let entry = &leaves[(index.0 - verified.from.0) as usize].0;
        Entry::decode(entry).expect("entries in force were decoded before")
    };
    feed.doubt(&verified.begun, entry_of)?;
    let (wanted, over) = within_room(feeds, feed, &verified.begun, entry_of);
    let known = Size(verified.from.0);
    let fetched = fetch_bodies(feed, peer, known, &wanted, entry_of).await?;
    let Missing { indexes, ended } = fetched;
    if ended && patience == Patience::Wait {
        return Err(StepError::Overtaken);
    }
    let keeps = feed.keeps_bodies();
    if keeps && !indexes.is_empty() && patience == Patience::Wait {
        let (url, offered) = (peer.base().to_string(), verified.checkpoint.size.0);
        return Err(StepError::Withheld {
            url,
            count: indexes.len(),
            offered,
        });
    }
    {
        let _alone = feed.keep_alone();
        if feed.follower().size() != known {
            return Err(StepError::Overtaken);
        }
        keep(feeds, feed, &leaves, &verified, note)?;
        let living = after.living().clone();
        // First, so that whoever fetches from another peer keeps no body that is about to be dropped.
        *feed.follower() = after;
        drop_ended(feed, &verified, &living);
    }
    for index in indexes.iter().filter(|_| keeps) {
        feed.set_one_aside(*index, NOBODY_HAS_IT.to_owned());
    }
    feed.set_aside(&verified.set_aside);
    feed.expect_also(indexes);
    feed.expect_also(over);
    // It may have been said while the bodies were on their way.
    feed.drop_unkept()?;
    Ok(verified)
}

/// Keeps the evidence of a fork, and says what a step says that met one.
fn forked(feeds: &Feeds, feed: &Feed, evidence: &Evidence) -> Result<StepError, FeedError> {
    let fork = convict(feeds, feed, evidence)?;
    let (known, offered) = (fork.smaller.size, fork.larger.size);
    let origin = fork.origin;
    Ok(FollowError::Forked {
        origin,
        known,
        offered,
    }
    .into())
}

/// Fetches the entries between what is known and an offer.
pub(super) async fn fetch_entries(
    follower: &Follower,
    offer: &Offer,
    peer: &Peer,
) -> Result<Vec<Bytes>, StepError> {
    let (from, until) = (follower.size().0, offer.size().0);
    let origin = follower.origin();
    let wanted =
        (from / 256..until.div_ceil(256)).filter_map(|n| EntryBundle::within(offer.size(), n));
    stream::iter(wanted.map(|bundle| async move { peer.entries(origin, bundle).await }))
        .buffered(PARALLEL)
        .map_err(StepError::from)
        .and_then(|bytes| async move { Ok(bytes) })
        .try_collect()
        .await
        .and_then(|bundles: Vec<Bytes>| check_widths(bundles, from, until, peer))
}

fn check_widths(
    bundles: Vec<Bytes>,
    from: u64,
    until: u64,
    peer: &Peer,
) -> Result<Vec<Bytes>, StepError> {
    for (number, bytes) in (from / 256..).zip(&bundles) {
        let expected = (until - number * 256).min(256) as u16;
        let mut rest = bytes.as_ref();
        let mut found = 0;
        while next_entry(&mut rest).is_some() {
            found += 1;
        }
        if found != expected || !rest.is_empty() {
            return Err(StepError::Bundle {
                url: peer.base().to_string(),
                expected,
            });
        }
    }
    Ok(bundles)
}

/// Holds entries against the root that was signed.
pub(super) fn verify(
    follower: &Follower,
    offer: &Offer,
    bundles: &[Bytes],
) -> Result<(Follower, Verified, Vec<Leaf>), FollowError> {
    let from = follower.size().0;
    let mut trial = follower.begin(offer.clone());
    let mut leaves = Vec::with_capacity((offer.size().0 - from) as usize);
    let mut index = from / 256 * 256;
    for bundle in bundles {
        let mut rest = bundle.as_ref();
        while let Some(entry) = next_entry(&mut rest) {
            if index >= from {
                leaves.push((bundle.slice_ref(entry), trial.push(entry)));
            }
            index += 1;
        }
    }
    let (after, verified) = trial.finish()?;
    Ok((after, verified, leaves))
}

/// Entries and bodies → flush → checkpoint.
pub(super) fn keep(
    feeds: &Feeds,
    feed: &Feed,
    leaves: &[Leaf],
    verified: &Verified,
    note: Bytes,
) -> Result<(), StepError> {
    let disk = feeds.disk();
    let rows: Vec<Row> = leaves
        .iter()
        .map(|(entry, leaf)| Row {
            entry,
            leaf: *leaf,
            body: None,
        })
        .collect();
    // Of our own log more may stand on disk than we know to be signed. It goes only now that what takes its
    // place is verified.
    feed.files_mut()
        .cut(verified.from)
        .map_err(FeedError::from)?;
    // By itself, so that the lock is free again when we have to go back.
    let written = feed.files_mut().write(&rows);
    let mut paths = written.inspect_err(|_| go_back(feed))?;
    paths.extend(feed.files().bodies().paths_of(&verified.begun));
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    disk.flush(&paths).inspect_err(|_| go_back(feed))?;
    let mut files = feed.files_mut();
    files.publish(verified.checkpoint.size, note.to_vec());
    // From here on the step is taken. A checkpoint that is not saved costs the next start a fetch; an
    // error would have the same entries written twice.
    if let Err(error) = files.save_checkpoint() {
        tracing::warn!(%error, "the checkpoint of a mirror is not saved yet");
    }
    Ok(())
}

/// What ended leaves the disk: also bodies of this step's own entries that a peer handed out before
/// another entry ended them.
pub(super) fn drop_ended(feed: &Feed, verified: &Verified, living: &Living) {
    let passed = (verified.from.0..verified.checkpoint.size.0).map(Index);
    let passed = passed.filter(|index| !living.contains(*index));
    let ended = verified.ended.iter().copied().chain(passed);
    feed.files_mut().bodies_mut().drop_bodies(ended);
    sweep(feed);
}

fn sweep(feed: &Feed) {
    if let Err(error) = feed.files_mut().bodies_mut().sweep(usize::MAX) {
        // They are out of service, and the next look tries again.
        tracing::warn!(%error, "bodies that ended are still on disk");
    }
}

fn go_back(feed: &Feed) {
    // Should this fail too, the next step begins with it.
    if let Err(error) = feed.files_mut().reopen(Hash::leaf) {
        tracing::warn!(%error, "a mirror could not be brought back to its last state");
    }
}
