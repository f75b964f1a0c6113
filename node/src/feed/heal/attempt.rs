//! How does our own log get back what it signed, from whoever has it?

use std::sync::atomic::Ordering::Relaxed;

use clearinghouse_protocol::feed::follow::FollowError;
use clearinghouse_protocol::tlog::tree::Size;

use super::super::feeds::FeedError;
use super::super::step::{Patience, StepError, ask_again, step};
use super::rule::Reason;
use super::{Answers, Healer, Known, Note, Stage, open, whole};
use crate::store::signlock::SignLock;

/// Attempts before we go on without bodies that nobody hands out; they are asked for again later.
const PATIENCE: u32 = 5;

/// Why an attempt did not end in a healed log.
enum Short {
    /// It waits for this.
    Waits(Stage),
    /// Two histories.
    Forked,
}

impl From<FeedError> for Short {
    fn from(error: FeedError) -> Short {
        if let FeedError::Follow(FollowError::Forked { .. }) = &error {
            return Short::Forked;
        }
        tracing::error!(%error, "our own feed cannot be healed on this disk");
        Short::Waits(Stage::Refused)
    }
}

impl Healer {
    /// Gets what is missing from those who have it and, when all that was ever signed is here, signs again.
    pub(super) async fn heal(&self, answers: Answers) {
        self.inner.attempts.fetch_add(1, Relaxed);
        match self.attempt(answers).await {
            Ok(()) => self.leave(),
            Err(Short::Waits(stage)) => self.set_stage(stage),
            Err(Short::Forked) => self.enter(Reason::Forked),
        }
    }

    async fn attempt(&self, answers: Answers) -> Result<(), Short> {
        if self
            .state()
            .recovering
            .is_some_and(|now| now.reason == Reason::Forked)
        {
            return Err(Short::Waits(Stage::Forked));
        }
        let mut known = answers.0;
        known.sort_by_key(|known| known.note.size);
        if known.is_empty() {
            return Err(Short::Waits(Stage::NoMirror));
        }
        // What our own disk bears out need not be fetched.
        let ours = whole(self.inner.signed.lock()).clone();
        let ours = ours.and_then(|note| self.read(note.into()));
        let mut notes: Vec<Note> = known.iter().map(|known| known.note.clone()).collect();
        notes.extend(ours);
        notes.sort_by_key(|note| note.size);
        for note in &notes {
            self.raise(note).await?;
        }
        self.fetch(&known).await?;
        self.check(&notes)?;
        self.complete(&known).await?;
        self.sign_again().await
    }

    async fn raise(&self, note: &Note) -> Result<(), Short> {
        let own = self.own();
        let bytes = note.bytes.clone();
        let raised = tokio::task::spawn_blocking(move || own.raise(&bytes));
        let raised = raised.await.expect("reading our own feed does not panic");
        if let Some(verified) = raised? {
            self.inner.parts.sync.tell(&self.own(), verified).await;
        }
        Ok(())
    }

    /// Steps to the largest checkpoint that anyone has, from whoever has it.
    async fn fetch(&self, known: &[Known]) -> Result<(), Short> {
        let parts = &self.inner.parts;
        let own = self.own();
        let attempts = self.inner.attempts.load(Relaxed);
        let patience = if attempts < PATIENCE {
            Patience::Wait
        } else {
            Patience::GoOn
        };
        for Known { note, peer } in known.iter().rev() {
            let have = own.follower().size();
            if note.size <= have {
                break;
            }
            let (have, signed) = (have.0, note.size.0);
            self.set_stage(Stage::Fetching { have, signed });
            match step(&parts.feeds, &own, peer, note.bytes.clone(), patience).await {
                Ok(Some(verified)) => parts.sync.tell(&own, verified).await,
                Ok(None) => {}
                Err(StepError::Follow(FollowError::Forked { .. })) => return Err(Short::Forked),
                Err(StepError::Feed(error)) => return Err(error.into()),
                Err(error) => {
                    let peer = peer.base();
                    tracing::warn!(%error, %peer, "it does not hand out what it has of our log");
                }
            }
        }
        Ok(())
    }

    /// Whether all that is known to be signed is here, and one history.
    fn check(&self, notes: &[Note]) -> Result<(), Short> {
        let own = self.own();
        let have = own.files().size();
        for note in notes.iter().filter(|note| note.size <= have) {
            if own.root_at(note.size) != Some(note.root) {
                return Err(Short::Forked);
            }
        }
        if own.follower().closed().is_some() {
            // It went over into a later log that this disk knows nothing of; only its author may open that.
            let (have, signed) = (have.0, have.0 + 1);
            return Err(Short::Waits(Stage::Incomplete { have, signed }));
        }
        let signed = notes.iter().map(|note| note.size).max();
        let signed = signed.unwrap_or(Size(0));
        if have < signed {
            let (have, signed) = (have.0, signed.0);
            let fetching = matches!(
                self.state().recovering.map(|now| now.stage),
                Some(Stage::Fetching { .. })
            );
            return Err(Short::Waits(if fetching {
                Stage::Fetching { have, signed }
            } else {
                Stage::Incomplete { have, signed }
            }));
        }
        Ok(())
    }

    /// Asks everyone for the bodies that are in force and not here.
    async fn complete(&self, known: &[Known]) -> Result<(), Short> {
        let parts = &self.inner.parts;
        let own = self.own();
        if own.files().written() > own.files().size() {
            // What stands behind the checkpoint has bodies too, and is signed first.
            return Ok(());
        }
        own.sift_bodies()?;
        for Known { peer, .. } in known {
            match ask_again(&parts.feeds, &own, peer).await {
                Ok(came) if !came.is_empty() => parts.sync.tell_late(own.nid(), came).await,
                Err(StepError::Feed(error)) => return Err(error.into()),
                Ok(_) | Err(_) => {}
            }
        }
        let missing = own.expected().len();
        if missing > 0 && self.inner.attempts.load(Relaxed) < PATIENCE {
            let size = own.files().size().0;
            let (have, signed) = (size, size);
            return Err(Short::Waits(Stage::Fetching { have, signed }));
        }
        Ok(())
    }

    /// Moves the sign lock to where the log stands now and lets the writer go on from there.
    async fn sign_again(&self) -> Result<(), Short> {
        let parts = &self.inner.parts;
        let own = self.own();
        let note = own.files().checkpoint().map(<[u8]>::to_vec);
        let note = note.ok_or(Short::Waits(Stage::NoMirror))?;
        let (disk, path) = (parts.feeds.disk().clone(), parts.lock.clone());
        let healing = tokio::task::spawn_blocking(move || {
            own.files_mut().save_checkpoint()?;
            SignLock::heal(disk, &path, &note)
        });
        let healed = healing.await.expect("writing the sign lock does not panic");
        let refused = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "the healed log cannot be taken up");
            Short::Waits(Stage::Refused)
        };
        let lock = healed.map_err(|error| refused(&error))?;
        let taken_up = parts.log.take_up(lock).await;
        taken_up.map_err(|error| refused(&error))?;
        let own = self.own();
        // What was only known to be written is signed now, with its bodies.
        if let Ok(Some(verified)) = own.step_from_files() {
            parts.sync.tell(&own, verified).await;
        }
        own.sift_bodies()?;
        *whole(self.inner.signed.lock()) = own.files().checkpoint().map(<[u8]>::to_vec);
        Ok(())
    }

    /// Reads our own files again, after the writer found that they are not what it had left there.
    pub(super) async fn read_anew(&self) {
        let parts = &self.inner.parts;
        let own = self.own();
        let published = own.files().checkpoint().map(<[u8]>::to_vec);
        let (disk, identity) = (parts.feeds.disk().clone(), own.identity.clone());
        let (lock, chain) = (parts.lock.clone(), own.chain().to_vec());
        let dir = parts.feeds.dir_of(own.nid());
        let reading =
            tokio::task::spawn_blocking(move || open::open(&disk, &dir, &lock, identity, chain));
        let found = match reading.await.expect("reading our own feed does not panic") {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "our own feed cannot be read");
                self.enter(Reason::LogDiffers);
                return self.set_stage(Stage::Refused);
            }
        };
        // What we showed to others binds us, whatever the disk says now.
        let mut signed = whole(self.inner.signed.lock());
        let known = [published, found.signed, signed.take()]
            .into_iter()
            .flatten();
        let largest = known.filter_map(|note| self.read(note.into()));
        let largest = largest.max_by_key(|note| note.size);
        *signed = largest.map(|note| note.bytes.to_vec());
        drop(signed);
        own.become_anew(found.feed);
        self.enter(found.reason.unwrap_or(Reason::Behind));
    }
}
