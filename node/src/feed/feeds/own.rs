//! How is our own feed opened when lock and log disagree, and how does it come up to what was signed?

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use clearinghouse_protocol::feed::body::check_commitment;
use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::feed::epoch::Course;
use clearinghouse_protocol::feed::follow::{FollowError, Follower, Verified};
use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::feed::living::Living;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::{Frontier, Index, Size, TileHashes, root};

use super::kept::refused_in;
use super::learn::known_in;
use super::turns::Turns;
use super::{Feed, FeedError, Health, Notes};
use crate::store::disk::SharedDisk;
use crate::store::files::FeedFiles;

impl Feed {
    /// Opens our own feed with all that stands on the disk, and shows it as far as one of `notes`, which
    /// our key signed, bears it out.
    pub fn open_whole(
        disk: &SharedDisk,
        dir: &Path,
        identity: Identity,
        chain: Vec<u8>,
        notes: &[Vec<u8>],
    ) -> Result<Feed, FeedError> {
        let served = disk.read(&dir.join("identity"))?;
        let known = known_in(disk, dir, &served.unwrap_or(chain))?;
        let dir = dir.join(identity.origin.epoch.to_string());
        let refused = refused_in(disk, &dir)?;
        let files = FeedFiles::open_whole(disk.clone(), &dir)?;
        let feed = Feed {
            follower: Mutex::new(Follower::refusing(&identity, refused.clone())),
            identity,
            known: RwLock::new(known),
            files: RwLock::new(files),
            notes: Mutex::new(Notes {
                health: Health::Own,
                ..Notes::of(None)
            }),
            expected: Mutex::default(),
            keeps_bodies: AtomicBool::new(true),
            turns: Turns::default(),
            evidence: OnceLock::new(),
            retired: AtomicBool::new(false),
            refused,
            ledger: Mutex::default(),
        };
        feed.reopen_evidence()?;
        for note in notes {
            match feed.raise(note) {
                // What was signed twice is looked into by whoever asks why we do not sign.
                Ok(_) | Err(FeedError::Follow(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(feed)
    }

    /// Goes on to a checkpoint that the entries on our disk already bear out; `None` where they do not, or
    /// where it is nothing new.
    pub fn raise(&self, note: &[u8]) -> Result<Option<Verified>, FeedError> {
        let mut follower = self.follower();
        let mut files = self.files_mut();
        let offer = match follower.consider(note) {
            Ok(Some(offer)) if offer.size() <= files.written() => offer,
            Ok(_) | Err(FollowError::Shrunk { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let size = offer.size();
        let mut trial = follower.begin(offer);
        files.each_written(follower.size(), size, |entry| {
            trial.push(entry);
        })?;
        let (after, verified) = match trial.finish() {
            Err(FollowError::Altered { .. }) => return Ok(None),
            outcome => outcome?,
        };
        files.publish(size, note.to_vec());
        *follower = after;
        Ok(Some(verified))
    }

    /// Takes over what another reading of the same files found.
    pub fn become_anew(&self, fresh: Feed) {
        let (mut follower, mut files) = (self.follower(), self.files_mut());
        *follower = whole(fresh.follower.into_inner());
        *files = whole(fresh.files.into_inner());
        self.expect_later(whole(fresh.expected.into_inner()));
    }

    /// The root over the first `size` visible entries, if there are so many.
    pub fn root_at(&self, size: Size) -> Option<Hash> {
        let files = self.files();
        if size > files.size() {
            return None;
        }
        let hashes = TileHashes(|level: u8, range: std::ops::Range<u64>| {
            let bytes = files.hashes(level, range).ok()??;
            let (hashes, _) = bytes.as_chunks::<{ Hash::BYTES }>();
            Some(hashes.iter().copied().map(Hash).collect::<Vec<Hash>>())
        });
        root(size, &hashes)
    }

    /// Takes out of service what stands on our disk for entries that it was not written for: of our own log
    /// more may stand there than we know to be signed.
    pub fn doubt(
        &self,
        begun: &[Index],
        entry_of: impl Fn(Index) -> Entry,
    ) -> Result<(), FeedError> {
        if self.notes().health != Health::Own {
            return Ok(());
        }
        let mut files = self.files_mut();
        for index in begun {
            if files.bodies().contains(*index) && !fits(&files, *index, &entry_of(*index))? {
                files.bodies_mut().drop_bodies([*index]);
            }
        }
        Ok(())
    }

    /// Drops bodies that are not in force or not what their entries commit to, and expects those that are
    /// missing. For a feed whose files may be of another time than its checkpoint.
    pub fn sift_bodies(&self) -> Result<(), FeedError> {
        let follower = self.follower().clone();
        let mut files = self.files_mut();
        let living: Vec<Index> = follower.living().between(0, follower.size().0).collect();
        let mut unsound = Vec::new();
        for index in &living {
            if files.bodies().contains(*index) && !body_fits(&files, *index)? {
                unsound.push(*index);
            }
        }
        files.bodies_mut().drop_bodies(unsound);
        files.keep_only(follower.living())?;
        let missing = living.into_iter();
        let missing = missing.filter(|index| !files.bodies().contains(*index));
        let missing = missing.collect();
        drop(files);
        self.expect_later(missing);
        Ok(())
    }

    /// Cuts what stands behind the checkpoint down to the part that an author of ours would have written
    /// whole, and answers with the folds over all that is left.
    ///
    /// That part may have been signed and acknowledged. To sign it as it stands cannot fork the log:
    /// whoever saw a checkpoint of it saw one of the same entries.
    pub fn settle_tail(&self) -> Result<(Frontier, Living, Course), FeedError> {
        let follower = self.follower();
        let mut files = self.files_mut();
        let (from, until) = (follower.size(), files.written());
        let mut sound = from;
        let (mut frontier, mut living) = (follower.frontier().clone(), follower.living().clone());
        let mut course = follower.course().clone();
        let mut entries: Vec<(Hash, Option<Entry>)> = Vec::new();
        files.each_written(from, until, |bytes| {
            entries.push((Hash::leaf(bytes), Entry::decode(bytes).ok()));
        })?;
        let ended: std::collections::BTreeSet<Index> = entries
            .iter()
            .filter_map(|(_, entry)| entry.as_ref()?.target)
            .collect();
        for (leaf, entry) in entries {
            let index = Index(sound.0);
            let Some(entry) = entry else { break };
            // A body that a later entry ended was rightly dropped.
            let whole =
                !entry.kind.has_body() || ended.contains(&index) || fits(&files, index, &entry)?;
            if !whole
                || course.apply(index, &entry).is_err()
                || living.apply(index, &entry).is_err()
            {
                break;
            }
            frontier.push(leaf);
            sound = Size(sound.0 + 1);
        }
        files.cut(sound)?;
        Ok((frontier, living, course))
    }
}

fn body_fits(files: &FeedFiles, index: Index) -> Result<bool, FeedError> {
    let entry = files.entry(index)?;
    match entry.and_then(|entry| Entry::decode(&entry).ok()) {
        Some(entry) => fits(files, index, &entry),
        None => Ok(false),
    }
}

fn fits(files: &FeedFiles, index: Index, entry: &Entry) -> Result<bool, FeedError> {
    let here = files.bodies().read(index)?;
    Ok(here.is_some_and(|(salt, body)| check_commitment(index, entry, &salt, &body).is_ok()))
}

fn whole<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}
