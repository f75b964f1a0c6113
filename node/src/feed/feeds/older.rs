//! What can be read of a log again, when another one goes on from it?

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use clearinghouse_protocol::feed::entry::{Entry, Kind};
use clearinghouse_protocol::feed::epoch::Course;
use clearinghouse_protocol::feed::follow::{Follower, Verified};
use clearinghouse_protocol::feed::handover::Transfer;
use clearinghouse_protocol::feed::living::Living;
use clearinghouse_protocol::feed::statement::Statement;
use clearinghouse_protocol::tlog::checkpoint::Checkpoint;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::{Frontier, Index, Size};

use super::{Feed, FeedError};
use crate::store::files::next_entry;

/// Entries of one bundle.
const BUNDLE: u64 = 256;

/// What a log says beside listings.
#[derive(Debug, Default)]
pub struct Stated {
    /// Of memberships.
    pub memberships: Vec<Statement>,
    /// Of hand-overs, each with the entry that it is about; none: all.
    pub handovers: Vec<(Option<Index>, Transfer)>,
}

impl Feed {
    /// Shows every visible entry from `from` on, and below `until`, to `visit`.
    pub fn each_entry(
        &self,
        from: u64,
        until: u64,
        mut visit: impl FnMut(Index, &[u8]),
    ) -> Result<(), FeedError> {
        for number in from / BUNDLE..until.div_ceil(BUNDLE) {
            let width = (until - number * BUNDLE).min(BUNDLE) as u16;
            let bundle = self.files().entry_bundle(number, width)?;
            let bundle = bundle.unwrap_or_default();
            let mut rest = bundle.as_slice();
            let mut index = number * BUNDLE;
            while let Some(entry) = next_entry(&mut rest) {
                if index >= from {
                    visit(Index(index), entry);
                }
                index += 1;
            }
        }
        Ok(())
    }

    /// Follows this node's own log from its files, with the same checks as any other feed.
    pub fn step_from_files(&self) -> Result<Option<Verified>, FeedError> {
        let mut follower = self.follower();
        let files = self.files();
        let Some(note) = files.checkpoint() else {
            return Ok(None);
        };
        let Some(offer) = follower.consider(note)? else {
            return Ok(None);
        };
        drop(files);
        let (from, until) = (follower.size().0, offer.size().0);
        let mut trial = follower.begin(offer);
        self.each_entry(from, until, |_, entry| {
            trial.push(entry);
        })?;
        let (after, verified) = trial.finish()?;
        *follower = after;
        Ok(Some(verified))
    }

    /// One visible entry; `None` when there is none, or none that can be read.
    pub fn entry(&self, index: Index) -> Result<Option<Entry>, FeedError> {
        let bytes = self.files().entry(index)?;
        Ok(bytes.and_then(|bytes| Entry::decode(&bytes).ok()))
    }

    /// Carries of this log that are not believed.
    pub fn refused(&self) -> &BTreeSet<Index> {
        &self.refused
    }

    /// Whether a later log serves what of this one lives.
    pub fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Relaxed)
    }

    /// Puts the log out of use; whether it was in use until now.
    pub(super) fn retire_now(&self) -> bool {
        !self.retired.swap(true, Ordering::Relaxed)
    }

    /// What the first `size` entries say beside listings, in their order.
    pub fn stated_until(&self, size: Size) -> Result<Stated, FeedError> {
        let mut stated = Stated::default();
        self.each_entry(0, size.0, |_, bytes| {
            let Ok(entry) = Entry::decode(bytes) else {
                return;
            };
            let (payload, target) = (&entry.payload, entry.target);
            match entry.kind {
                Kind::Roster => stated.memberships.extend(Statement::read(payload).ok()),
                Kind::Transfer => {
                    let transfer = Transfer::read(payload, target.is_some()).ok();
                    let handover = transfer.map(|transfer| (target, transfer));
                    let new = handover.filter(|one| !stated.handovers.contains(one));
                    stated.handovers.extend(new);
                }
                _ => {}
            }
        })?;
        Ok(stated)
    }

    /// What was in force when the log had `size` entries, and the root over them; `None` when it has not
    /// come so far here.
    pub fn state_at(&self, size: Size) -> Result<Option<(Living, Hash)>, FeedError> {
        let now = self.follower().clone();
        if now.size() < size {
            return Ok(None);
        }
        if now.size() == size {
            return Ok(Some((now.living().clone(), now.root())));
        }
        // Over again from its entries, with what is known of them: refused carries stay refused.
        let (mut frontier, mut living) = (Frontier::new(), Living::default());
        let mut course = Course::new(self.identity.origin);
        self.each_entry(0, size.0, |index, bytes| {
            frontier.push(Hash::leaf(bytes));
            let entry = Entry::decode(bytes).ok();
            let entry = entry.filter(|entry| course.apply(index, entry).is_ok());
            if let Some(entry) = entry.filter(|_| !self.refused.contains(&index)) {
                // What is out of force changes nothing, here as in the log.
                let _ = living.apply(index, &entry);
            }
        })?;
        Ok(Some((living, frontier.root())))
    }

    /// Where the bodies stand that are here and whose commitment is wanted.
    pub fn bodies_by_commitment(
        &self,
        mut is_wanted: impl FnMut(&[u8; 32]) -> bool,
    ) -> Result<Vec<([u8; 32], Index)>, FeedError> {
        let mut found = Vec::new();
        let follower: Follower = self.follower().clone();
        self.each_entry(0, follower.size().0, |index, bytes| {
            if !follower.living().contains(index) || !self.files().bodies().contains(index) {
                return;
            }
            if let Ok(entry) = Entry::decode(bytes)
                && is_wanted(&entry.commitment)
            {
                found.push((entry.commitment, index));
            }
        })?;
        Ok(found)
    }

    /// All that was verified of this log, as if it had been one step.
    pub fn whole(&self) -> Verified {
        let follower = self.follower();
        let (size, root) = (follower.size(), follower.root());
        Verified {
            checkpoint: Checkpoint {
                origin: follower.origin().to_string(),
                size,
                root,
            },
            from: Size(0),
            ended: Vec::new(),
            begun: follower.living().between(0, size.0).collect(),
            rosters_changed: true,
            introduced: None,
            set_aside: Vec::new(),
        }
    }
}
