//! How does a mirror go over from one log of a node to the next?

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use clearinghouse_protocol::feed::body::check_commitment;
use clearinghouse_protocol::feed::entry::{Entry, Kind};
use clearinghouse_protocol::feed::epoch::{Carried, check_carried};
use clearinghouse_protocol::feed::follow::{Follower, Verified};
use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::feed::origin::{Epoch, Origin};
use clearinghouse_protocol::tlog::tree::{Index, Size};
use jiff::Timestamp;

use super::feeds::{Feed, Feeds, origin_of};
use super::peer::Peer;
use super::step::{
    Leaf, Patience, StepError, Taken, drop_ended, fetch_entries, keep, settle, step, verify,
};
use crate::store::bodies::Salted;

/// Bodies that are copied from an older log before they are written.
const COPIED_AT_ONCE: usize = 256;

/// Entries that one note to staff names.
const NAMED_MAX: usize = 20;

/// Takes one step to `note`, whichever of the node's logs it is about: a step within the log that we
/// follow, or the way over into a later one.
///
/// The later log becomes the current one only when it was verified up to the end of its opening and all
/// of it is on disk, so the view never shows less than one of the two.
pub async fn follow(
    feeds: &Feeds,
    feed: &Arc<Feed>,
    peer: &Peer,
    note: Bytes,
    patience: Patience,
    now: Timestamp,
) -> Result<Option<Verified>, StepError> {
    let known = feed.identity.origin;
    // What names no log of this node is refused by the check of its signature.
    let offered = origin_of(&note).filter(|origin| origin.nid == known.nid);
    let offered = offered.map_or(known.epoch, |origin| origin.epoch);
    match offered.cmp(&known.epoch) {
        Ordering::Equal => step(feeds, feed, peer, note, patience).await,
        Ordering::Less => Err(StepError::Behind {
            origin: known,
            offered,
        }),
        Ordering::Greater => go_over(feeds, feed, peer, (offered, note), patience, now).await,
    }
}

async fn go_over(
    feeds: &Feeds,
    old: &Arc<Feed>,
    peer: &Peer,
    (epoch, note): (Epoch, Bytes),
    patience: Patience,
    now: Timestamp,
) -> Result<Option<Verified>, StepError> {
    let _alone = old.go_over_alone().await;
    let current = feeds.feed(old.nid());
    if current.is_none_or(|current| current.identity.origin != old.identity.origin) {
        return Err(StepError::Overtaken);
    }
    let (identity, chain) = identity_at(feeds, old, peer, epoch, now).await?;
    let blank = Follower::new(&identity);
    let Some(offer) = blank.consider(&note)? else {
        return Ok(None);
    };
    let bundles = fetch_entries(&blank, &offer, peer).await?;
    let (after, verified, leaves) = verify(&blank, &offer, &bundles)?;
    if !after.is_whole() {
        return Err(StepError::Opening {
            origin: identity.origin,
        });
    }
    let carried = hold_against(feeds, &after, &leaves, peer).await?;
    let refused: BTreeSet<Index> = match &carried {
        Held::Compared(carried) => carried.not_living.iter().copied().collect(),
        Held::Not(_) => BTreeSet::new(),
    };
    let (after, verified, leaves) = if refused.is_empty() {
        (after, verified, leaves)
    } else {
        let wary = Follower::refusing(&identity, refused.clone());
        verify(&wary, &offer, &bundles)?
    };
    let new = feeds.prepare(&identity, &chain, &refused)?;
    copy_bodies(feeds, &new, &verified.begun, &leaves)?;
    let taken = Taken {
        after,
        verified,
        leaves,
        note,
    };
    let verified = settle(feeds, &new, peer, taken, patience).await?;
    // Whatever is not on disk would be missing after a restart, while the older bodies are dropped.
    new.files_mut().save_checkpoint()?;
    tell_staff(&new, &carried);
    feeds.go_over(&new, now)?;
    feeds.announce(new.nid());
    Ok(Some(verified))
}

/// Who the node is under a later epoch, and the chain that says so.
async fn identity_at(
    feeds: &Feeds,
    old: &Feed,
    peer: &Peer,
    epoch: Epoch,
    now: Timestamp,
) -> Result<(Identity, Vec<u8>), StepError> {
    if let Ok(chain) = peer.identity(old.nid()).await
        && let Err(error) = feeds.learn_chain(old.nid(), &chain, now.as_second())
    {
        tracing::info!(%error, "a chain of identity notes was not taken");
    }
    let identity = old.who();
    if identity.origin.epoch > epoch {
        return Err(StepError::Behind {
            origin: identity.origin,
            offered: epoch,
        });
    }
    Ok((identity.at(epoch), old.chain()))
}

/// What became of holding a new log against the older one.
enum Held {
    /// The older log is here, and this is how they differ.
    Compared(Carried),
    /// It is not; the reason, if staff should know it.
    Not(Option<&'static str>),
}

/// Compares the carries of a new log with what lived in the log that it goes on from.
async fn hold_against(
    feeds: &Feeds,
    after: &Follower,
    leaves: &[Leaf],
    peer: &Peer,
) -> Result<Held, StepError> {
    let Some(note) = after.opened() else {
        return Ok(Held::Not(None));
    };
    let origin = Origin {
        epoch: note.previous,
        ..after.origin()
    };
    let Some(old) = feeds
        .log(origin)
        .filter(|old| old.follower().size() > Size(0))
    else {
        return Ok(Held::Not(None));
    };
    if old.follower().size() < note.size
        && let Err(error) = finish(feeds, &old, peer).await
    {
        tracing::info!(%error, "the end of an older log was not to be had");
    }
    let Some((living, root)) = old.state_at(note.size)? else {
        return Ok(Held::Not(Some(
            "the log before it is not here up to its end, so nobody could compare what was carried over",
        )));
    };
    if root != note.root {
        return Ok(Held::Not(Some(
            "it goes on from another history than the one that is kept here, so nobody could compare what was carried over",
        )));
    }
    let opening = leaves.iter().zip(0..note.opening.0);
    let carries = opening.filter_map(|((entry, _), index)| {
        let entry = Entry::decode(entry).ok()?;
        (entry.kind == Kind::Carry).then_some((Index(index), entry))
    });
    let mut failed = None;
    let entry_of = |index| match old.entry(index) {
        Ok(entry) => entry,
        Err(error) => {
            failed = Some(error);
            None
        }
    };
    let carried = check_carried(&living, entry_of, carries);
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(Held::Compared(carried)),
    }
}

/// Takes an older log to its end, without its bodies: they are in the new one if they live.
async fn finish(feeds: &Feeds, old: &Arc<Feed>, peer: &Peer) -> Result<(), StepError> {
    let note = peer.checkpoint(old.identity.origin).await?;
    let follower = old.follower().clone();
    let Some(offer) = follower.consider(&note)? else {
        return Ok(());
    };
    let bundles = fetch_entries(&follower, &offer, peer).await?;
    let (after, verified, leaves) = verify(&follower, &offer, &bundles)?;
    {
        let _alone = old.keep_alone();
        if old.follower().size() != follower.size() {
            return Err(StepError::Overtaken);
        }
        keep(feeds, old, &leaves, &verified, note)?;
        let living = after.living().clone();
        *old.follower() = after;
        drop_ended(old, &verified, &living);
    }
    // Should the way over fail after all, they are asked for in the older log.
    let files = old.files();
    let missing = verified.begun.into_iter();
    let missing = missing.filter(|index| !files.bodies().contains(*index));
    old.expect_also(missing.collect());
    Ok(())
}

/// Takes the bodies of a new log from the older ones that are here.
fn copy_bodies(
    feeds: &Feeds,
    new: &Feed,
    begun: &[Index],
    leaves: &[Leaf],
) -> Result<(), StepError> {
    let mut wanted: HashMap<[u8; 32], (Index, Entry)> = HashMap::new();
    {
        let files = new.files();
        for index in begun {
            if !files.bodies().contains(*index) {
                let entry = Entry::decode(&leaves[index.0 as usize].0);
                let entry = entry.expect("entries in force were decoded before");
                wanted.insert(entry.commitment, (*index, entry));
            }
        }
    }
    for old in feeds.older_than(new.identity.origin) {
        let here = old.bodies_by_commitment(|commitment| wanted.contains_key(commitment))?;
        for part in here.chunks(COPIED_AT_ONCE) {
            let mut copied: Vec<(Index, Salted)> = Vec::new();
            for (commitment, older) in part {
                let Some((index, entry)) = wanted.get(commitment) else {
                    continue;
                };
                let Some((salt, body)) = old.files().bodies().read(*older)? else {
                    continue;
                };
                if check_commitment(*index, entry, &salt, &body).is_ok() {
                    copied.push((*index, (salt, body)));
                    wanted.remove(commitment);
                }
            }
            let rows = copied.iter();
            let rows = rows.map(|(index, (salt, body))| (*index, salt, body.as_slice()));
            new.files_mut().bodies_mut().write(rows)?;
        }
    }
    Ok(())
}

/// Notes what staff should know of a new log, at its first entry.
fn tell_staff(new: &Feed, held: &Held) {
    let reason = match held {
        Held::Compared(carried) if !carried.left_out.is_empty() => {
            let all = carried.left_out.iter().map(|index| index.0.to_string());
            let named: Vec<String> = all.take(NAMED_MAX).collect();
            format!(
                "{} listings that were in force in the log before it were not carried over: entries {}",
                carried.left_out.len(),
                named.join(", ")
            )
        }
        Held::Not(Some(reason)) => (*reason).to_owned(),
        Held::Compared(_) | Held::Not(None) => return,
    };
    new.set_one_aside(Index(0), reason);
}
