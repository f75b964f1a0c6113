//! Which bodies of a feed are kept here, and which are still to come?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use clearinghouse_protocol::tlog::tree::Index;

use super::Feed;
use crate::store::disk::DiskError;

impl Feed {
    /// Entries in force whose bodies nobody has handed out yet.
    pub fn expected(&self) -> Vec<Index> {
        let living = self.follower().living().clone();
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        expected.retain(|index| living.contains(*index));
        expected.clone()
    }

    /// Expects these bodies beside those that were expected before.
    pub fn expect_also(&self, missing: Vec<Index>) {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        expected.extend(missing);
    }

    /// Replaces what is still expected by `missing`.
    pub fn expect_later(&self, missing: Vec<Index>) {
        *self.expected.lock().unwrap_or_else(PoisonError::into_inner) = missing;
    }

    /// Those of these entries whose bodies are not here, by the bundle in which they stand.
    pub fn wanted_bodies(&self, entries: &[Index]) -> BTreeMap<u64, Vec<Index>> {
        let mut wanted: BTreeMap<u64, Vec<Index>> = BTreeMap::new();
        let files = self.files();
        let missing = entries
            .iter()
            .filter(|index| !files.bodies().contains(**index));
        for index in missing {
            wanted.entry(index.0 / 256).or_default().push(*index);
        }
        wanted
    }

    /// Whether its bodies are fetched and kept, beside its log.
    pub fn keeps_bodies(&self) -> bool {
        self.keeps_bodies.load(Ordering::SeqCst)
    }

    /// From now on its bodies are kept, or no more; whether that is news.
    pub fn keep_bodies(&self, keep: bool) -> bool {
        self.keeps_bodies.swap(keep, Ordering::SeqCst) != keep
    }

    /// Takes all bodies off the disk if they are not to be kept.
    pub fn drop_unkept(&self) -> Result<(), DiskError> {
        if self.keeps_bodies() {
            Ok(())
        } else {
            self.drop_bodies()
        }
    }

    /// Takes all bodies off the disk and keeps the log: who is suspended is served by nobody, and comes
    /// back whole when it is admitted again.
    pub fn drop_bodies(&self) -> Result<(), DiskError> {
        // The follower first, as everywhere: whoever takes a step holds it.
        let living = self.follower().living().clone();
        let mut files = self.files_mut();
        let bodies = files.bodies_mut();
        let all = living.between(0, u64::MAX);
        bodies.drop_bodies(all);
        while bodies.sweep(usize::MAX)? {}
        drop(files);
        self.expect_later(living.between(0, u64::MAX).collect());
        Ok(())
    }

    /// Takes the bodies of entries off the disk whose listings another node has taken over, and expects
    /// them no more: what that node erases must stand nowhere.
    pub fn drop_taken(&self, entries: &BTreeSet<Index>) -> Result<(), DiskError> {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        expected.retain(|index| !entries.contains(index));
        drop(expected);
        let mut files = self.files_mut();
        let bodies = files.bodies_mut();
        if entries.iter().any(|index| bodies.contains(*index)) {
            bodies.drop_bodies(entries.iter().copied());
            while bodies.sweep(usize::MAX)? {}
        }
        Ok(())
    }
}
