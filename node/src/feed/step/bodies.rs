//! Which bodies are fetched for a step, and which wait?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use clearinghouse_protocol::feed::body::{SALT_BYTES, check_commitment, read_bundle};
use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::tlog::tree::{Index, Size};
use futures_util::stream::{self, StreamExt};

use super::{PARALLEL, StepError};
use crate::feed::feeds::{Feed, Feeds};
use crate::feed::peer::{Peer, PeerError, ServedBody};
use crate::feed::quota::{Over, Room};

/// From so many missing bodies of one bundle on, the bundle is fetched instead of each.
const BUNDLE_FROM: usize = 4;

/// Asks again for bodies that were held back, and answers with those that came and are kept.
pub async fn ask_again(
    feeds: &Feeds,
    feed: &Arc<Feed>,
    peer: &Peer,
) -> Result<Vec<Index>, StepError> {
    let known = feed.follower().size();
    let mut wanted = feed.expected();
    if wanted.is_empty() || !feed.keeps_bodies() {
        // What waited may have been taken back.
        note_over(feed, &[]);
        return Ok(Vec::new());
    }
    wanted.sort_unstable();
    let mut room = room_of(feeds, feed);
    let mut entries = BTreeMap::new();
    // Not all of what waits is read from disk with every look: a feed can be over its quota for long.
    let mut over = wanted.split_off(wanted.len().min(room.living as usize));
    {
        let files = feed.files();
        for index in &wanted {
            let entry = files
                .entry(*index)?
                .and_then(|entry| Entry::decode(&entry).ok());
            entries.insert(*index, entry.expect("entries in force are on disk"));
        }
    }
    let entry_of = |index: Index| entries[&index].clone();
    let (wanted, heavy): (Vec<Index>, Vec<Index>) = wanted
        .into_iter()
        .partition(|index| room.admits(entries[index].length));
    over.extend(heavy);
    note_over(feed, &over);
    if wanted.is_empty() {
        return Ok(wanted);
    }
    let missing = fetch_bodies(feed, peer, known, &wanted, entry_of).await?;
    let mut missing = missing.indexes;
    let came = wanted.into_iter().filter(|index| !missing.contains(index));
    let came: Vec<Index> = came.collect();
    feed.take_note(|notes| notes.came(&came));
    missing.extend(over);
    let paths = feed.files().bodies().paths_of(&came);
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    if !paths.is_empty() {
        feeds.disk().flush(&paths)?;
    }
    let _alone = feed.keep_alone();
    if feed.follower().size() == known {
        feed.expect_later(missing);
    }
    feed.drop_unkept()?;
    Ok(came)
}

/// Which bodies there is room for, the earliest first, and which have to wait.
pub(super) fn within_room(
    feeds: &Feeds,
    feed: &Feed,
    begun: &[Index],
    entry_of: impl Fn(Index) -> Entry,
) -> (Vec<Index>, Vec<Index>) {
    let mut room = room_of(feeds, feed);
    let (wanted, over): (Vec<Index>, Vec<Index>) = {
        let files = feed.files();
        // What is here already, from an older log or a step that was put off, has its room.
        begun.iter().partition(|index| {
            files.bodies().contains(**index) || room.admits(entry_of(**index).length)
        })
    };
    if !over.is_empty() {
        note_over(feed, &over);
    }
    (wanted, over)
}

/// What there is room for among the bodies of a feed.
fn room_of(feeds: &Feeds, feed: &Feed) -> Room {
    let (kept, bytes) = feed.files().bodies().total();
    Room::beside(&feeds.quota(feed.nid()), kept, bytes)
}

/// Says how many bodies wait because there is no room for them.
fn note_over(feed: &Feed, over: &[Index]) {
    let waiting = over.len() as u64;
    feed.take_note(|notes| notes.over = (waiting > 0).then_some(Over::Bodies(waiting)));
}

/// Which bodies did not come.
#[derive(Debug, Default)]
pub(super) struct Missing {
    /// Their entries.
    pub(super) indexes: Vec<Index>,
    /// Whether the peer says of one that it was replaced or erased: the log went on while we fetched.
    pub(super) ended: bool,
}

/// Fetches the bodies that are in force and not here yet, and answers with those nobody handed out.
///
/// Nothing is kept once the feed has gone on from `known`: by then a body may be erased.
pub(super) async fn fetch_bodies(
    feed: &Feed,
    peer: &Peer,
    known: Size,
    begun: &[Index],
    entry_of: impl Fn(Index) -> Entry,
) -> Result<Missing, StepError> {
    if !feed.keeps_bodies() {
        let (indexes, ended) = (begun.to_vec(), false);
        return Ok(Missing { indexes, ended });
    }
    let groups = feed
        .wanted_bodies(begun)
        .into_iter()
        .map(|(number, indexes)| async move {
            let mut here = BTreeMap::new();
            if indexes.len() >= BUNDLE_FROM {
                let bundle = match peer.bodies(feed.identity.origin, number).await {
                    Err(PeerError::Transport(error)) => return Err(PeerError::Transport(error)),
                    // A bundle that is not handed out, or cannot be read, is as good as an empty one: each
                    // body is then asked for by itself.
                    bundle => bundle.unwrap_or_default(),
                };
                for framed in read_bundle(number, &bundle).unwrap_or_default() {
                    let body = bundle.slice_ref(framed.body);
                    here.insert(framed.index, (*framed.salt, body));
                }
            }
            Ok((indexes, here))
        });
    let mut groups = stream::iter(groups).buffer_unordered(PARALLEL);
    let mut missing = Missing::default();
    while let Some(group) = groups.next().await {
        let (indexes, mut here) = group?;
        let mut sound: Vec<(Index, Salted)> = Vec::new();
        for index in indexes {
            let entry = entry_of(index);
            let fits = |(salt, body): &Salted| check_commitment(index, &entry, salt, body).is_ok();
            let found = match here.remove(&index).filter(fits) {
                None => fetch_body(peer, feed, index, &mut missing)
                    .await?
                    .filter(fits),
                found => found,
            };
            match found {
                Some(salted) => sound.push((index, salted)),
                None => missing.indexes.push(index),
            }
        }
        write_bodies(feed, known, &sound)?;
    }
    Ok(missing)
}

fn write_bodies(feed: &Feed, known: Size, sound: &[(Index, Salted)]) -> Result<(), StepError> {
    let rows = sound.iter();
    let rows = rows.map(|(index, (salt, body))| (*index, salt, body.as_ref()));
    let follower = feed.follower();
    if follower.size() != known {
        return Err(StepError::Overtaken);
    }
    feed.files_mut().bodies_mut().write(rows)?;
    Ok(())
}

/// A salt and a body as they came, not yet checked.
type Salted = ([u8; SALT_BYTES], Bytes);

async fn fetch_body(
    peer: &Peer,
    feed: &Feed,
    index: Index,
    missing: &mut Missing,
) -> Result<Option<Salted>, PeerError> {
    match peer.body(feed.identity.origin, index).await {
        Ok(ServedBody::Here(served)) => Ok(Some(*served)),
        Ok(ServedBody::Gone) => {
            missing.ended = true;
            Ok(None)
        }
        Err(PeerError::Transport(error)) => Err(PeerError::Transport(error)),
        Err(_) => Ok(None),
    }
}
