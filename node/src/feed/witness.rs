//! Which checkpoints does this node cosign, and what does it answer to whoever asks?
//!
//! C2SP tlog-witness. What is decided is decided by [`decide`]; here stands what has to be done
//! around it: one request of a log at a time, the new state on disk before the answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::tlog::checkpoint::{Checkpoint, CheckpointError};
use clearinghouse_protocol::tlog::cosignature::{cosign, times_s};
use clearinghouse_protocol::tlog::key::{Algorithm, KeyError, SigningKey, VerifierKey};
use clearinghouse_protocol::tlog::note::{NoteError, SignedNote};
use clearinghouse_protocol::tlog::tree::Size;
use clearinghouse_protocol::tlog::witness::{
    Cosigned as State, Decision, Request, WitnessError, cosignatures_text, decide,
};
use tokio::sync::broadcast;

use super::feeds::Feeds;
use super::hashes::root_at;
use crate::clock::Clock;
use crate::store::cosigned::{Cosigned, CosignedError};
use crate::store::disk::DiskError;

/// The longest request that is read, in bytes: a proof of 63 hashes and a note of a page.
pub const REQUEST_MAX_BYTES: usize = 64 * 1024;

/// The most foreign logs that one node cosigns; some public witnesses keep several hundred.
pub const FOREIGN_MAX: usize = 1000;

/// Whoever asks for the same again within so many seconds is answered with the same cosignature:
/// anyone may replay a request, and must not make us write each time.
const SAME_ANSWER_S: u64 = 60;

/// Contradictions that wait for whoever deals with them.
const FORKS_MAX: usize = 64;

/// Two checkpoints that a log signed for one size.
#[derive(Debug, Clone)]
pub struct Fork {
    /// The log.
    pub origin: String,
    /// What we cosigned.
    pub ours: SignedNote,
    /// What we were asked to cosign.
    pub theirs: SignedNote,
}

/// Why a checkpoint is not cosigned.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The request is not read, or is no checkpoint of the log.
    #[error("not read: {0}")]
    Unread(String),
    /// The old size is larger than the checkpoint's.
    #[error("from {old} to {new} is no growth")]
    Backwards {
        /// What the log says that we cosigned.
        old: Size,
        /// What it wants cosigned.
        new: Size,
    },
    /// The log's key has not signed it.
    #[error("not signed by the log's key")]
    Unsigned,
    /// We do not cosign this log.
    #[error("{0} is not cosigned here")]
    Unknown(String),
    /// We cosigned another state last.
    #[error("{size} entries were cosigned last")]
    Conflict {
        /// How many.
        size: Size,
    },
    /// It does not grow from what we know of the log.
    #[error("no proof that it grew from what was cosigned or is kept here")]
    Unproven,
    /// It is not known what was cosigned last, or the new state is not on disk.
    #[error(transparent)]
    Kept(#[from] CosignedError),
}

impl From<WitnessError> for Refused {
    fn from(error: WitnessError) -> Refused {
        Refused::Unread(error.to_string())
    }
}

impl From<CheckpointError> for Refused {
    fn from(error: CheckpointError) -> Refused {
        Refused::Unread(error.to_string())
    }
}

impl From<NoteError> for Refused {
    fn from(error: NoteError) -> Refused {
        Refused::Unread(error.to_string())
    }
}

impl From<DiskError> for Refused {
    fn from(error: DiskError) -> Refused {
        Refused::Kept(error.into())
    }
}

/// Why a foreign log was not chosen.
#[derive(Debug, thiserror::Error)]
pub enum ChooseError {
    /// Not a key as C2SP signed-note writes them.
    #[error("this is not the key of a log: {0}")]
    Key(#[from] KeyError),
    /// A witness's key, not a log's.
    #[error("this is the key of a witness, not of a log")]
    Role,
    /// Nodes are followed, not chosen by key: their keys may change.
    #[error("this is the log of a node: follow it instead")]
    Node,
    /// One more than [`FOREIGN_MAX`].
    #[error("this node cosigns {FOREIGN_MAX} foreign logs already")]
    TooMany,
    /// The choice could not be kept.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// The witness that this node is, for the feeds that it keeps and for foreign logs by their keys.
pub struct Witness {
    key: SigningKey,
    feeds: Arc<Feeds>,
    clock: Clock,
    files: Cosigned,
    /// Those of the configuration.
    configured: Vec<VerifierKey>,
    /// Those that staff chose.
    chosen: RwLock<Vec<VerifierKey>>,
    /// One turn for each log: what was cosigned is compared and replaced in one step.
    turns: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
    forks: broadcast::Sender<Fork>,
}

impl Witness {
    /// The witness with this key. `configured` are the foreign logs of the configuration.
    ///
    /// # Errors
    /// [`DiskError`] if the choices of staff cannot be read.
    pub fn open(
        key: SigningKey,
        feeds: Arc<Feeds>,
        files: Cosigned,
        configured: Vec<VerifierKey>,
        clock: Clock,
    ) -> Result<Witness, DiskError> {
        let chosen = files.chosen()?;
        let chosen = chosen.lines().filter_map(|line| line.parse().ok());
        Ok(Witness {
            key,
            feeds,
            clock,
            configured,
            chosen: RwLock::new(chosen.collect()),
            files,
            turns: Mutex::default(),
            forks: broadcast::Sender::new(FORKS_MAX),
        })
    }

    /// The key that verifies its cosignatures.
    pub fn key(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// Pairs of checkpoints that no honest log signs, as they are handed in.
    pub fn forks(&self) -> broadcast::Receiver<Fork> {
        self.forks.subscribe()
    }

    /// The foreign logs that are cosigned here.
    pub fn foreign(&self) -> Vec<VerifierKey> {
        let chosen = self.chosen.read().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.configured.clone();
        all.extend(
            chosen
                .iter()
                .filter(|key| !self.configured.contains(key))
                .cloned(),
        );
        all
    }

    /// Cosigns a foreign log from now on, by its key; the key's name is the log's origin.
    ///
    /// # Errors
    /// [`ChooseError`].
    pub fn choose(&self, vkey: &str) -> Result<VerifierKey, ChooseError> {
        let key = foreign_log(vkey)?;
        if self.foreign().contains(&key) {
            return Ok(key);
        }
        if self.foreign().len() >= FOREIGN_MAX {
            return Err(ChooseError::TooMany);
        }
        let mut chosen = self.chosen.write().unwrap_or_else(PoisonError::into_inner);
        let with = chosen.iter().chain([&key]);
        let text: String = with.map(|key| format!("{key}\n")).collect();
        self.files.choose(&text)?;
        chosen.push(key.clone());
        Ok(key)
    }

    /// Answers a request to cosign: with the lines of our cosignature, or why there is none.
    ///
    /// The new state is on disk when this returns, so two cosignatures of one size are of one root,
    /// whatever happens in between. It blocks while the disk writes.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn add_checkpoint(&self, request: &[u8]) -> Result<String, Refused> {
        let request = Request::parse(request)?;
        let origin = request.origin().to_owned();
        let known = self.keys_of(&origin);
        let signed = known
            .iter()
            .find(|key| request.checkpoint.verify(key).is_ok());
        // Without a true signature any of its keys says so.
        let key = signed.or(known.first());
        let key = key.ok_or_else(|| Refused::Unknown(origin.clone()))?;
        let turn = self.turn(&origin);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let last = self.files.last(&origin)?;
        let state = match &last {
            Some(note) => State::from(&Checkpoint::parse(note.text())?),
            None => State::NOTHING,
        };
        let checkpoint = match decide(&request, &origin, key, state) {
            Decision::Cosign(checkpoint) => checkpoint,
            Decision::Unsigned => return Err(Refused::Unsigned),
            Decision::Unreadable(error) => return Err(error.into()),
            Decision::Backwards { old, new } => return Err(Refused::Backwards { old, new }),
            Decision::Conflict { size } => return Err(Refused::Conflict { size }),
            Decision::Forked { size } => {
                self.tell_fork(&origin, last, request.checkpoint);
                return Err(Refused::Conflict { size });
            }
            Decision::BadProof => return Err(Refused::Unproven),
        };
        if self.contradicts_mirror(&checkpoint) {
            return Err(Refused::Unproven);
        }
        self.cosign(&checkpoint, &request.checkpoint, key, last)
    }

    /// The last checkpoint that was cosigned of the log whose origin has this hash.
    ///
    /// # Errors
    /// [`CosignedError`].
    pub fn last(&self, hash: &str) -> Result<Option<SignedNote>, CosignedError> {
        self.files.by_hash(hash)
    }

    fn cosign(
        &self,
        checkpoint: &Checkpoint,
        signed: &SignedNote,
        key: &VerifierKey,
        last: Option<SignedNote>,
    ) -> Result<String, Refused> {
        let now_s = u64::try_from(self.clock.now().as_second()).unwrap_or(0);
        let by_us = |note: &SignedNote| note.only(|line| line.is_claimed_by(self.key.verifier()));
        if let Some(last) = last.filter(|last| last.text() == signed.text()) {
            let fresh = |time_s: &u64| time_s.abs_diff(now_s) < SAME_ANSWER_S;
            if times_s(&last, self.key.verifier()).iter().any(fresh) {
                return Ok(cosignatures_text(by_us(&last)?.signatures()));
            }
        }
        // Only what we verified is kept and shown on: the log's signature and our own.
        let mut note = signed.only(|line| line.is_claimed_by(key))?;
        note.add(cosign(checkpoint, now_s, &self.key)?)?;
        // On disk before anyone sees it (C2SP tlog-witness, section add-checkpoint).
        self.files.replace(&checkpoint.origin, &note)?;
        Ok(cosignatures_text(by_us(&note)?.signatures()))
    }

    /// The keys that may sign for a log; none if it is not cosigned here. Our own is not: we would
    /// vouch for ourselves.
    fn keys_of(&self, origin: &str) -> Vec<VerifierKey> {
        let foreign = self.foreign().into_iter();
        let mut keys: Vec<VerifierKey> = foreign
            .filter(|key| key.name().as_str() == origin)
            .collect();
        let node = origin.parse::<Origin>().ok();
        let node = node.filter(|origin| origin.nid != self.feeds.own().nid());
        let feed = node.and_then(|origin| self.feeds.log(origin));
        keys.extend(feed.map(|feed| feed.identity.log_key.clone()));
        keys
    }

    /// Whether we keep entries of this log that give another root at this size: what we cosigned may
    /// be older than what we hold.
    fn contradicts_mirror(&self, checkpoint: &Checkpoint) -> bool {
        let Ok(origin) = checkpoint.origin.parse::<Origin>() else {
            return false;
        };
        let Some(feed) = self.feeds.log(origin) else {
            return false;
        };
        let known = root_at(&feed.files(), checkpoint.size);
        known.is_some_and(|root| root != checkpoint.root)
    }

    fn tell_fork(&self, origin: &str, ours: Option<SignedNote>, theirs: SignedNote) {
        tracing::warn!(origin, "a log has signed two checkpoints of one size");
        // Nobody listening is no fault: the refusal stands either way.
        let _ = ours.map(|ours| {
            self.forks.send(Fork {
                origin: origin.to_owned(),
                ours,
                theirs,
            })
        });
    }

    fn turn(&self, origin: &str) -> Arc<Mutex<()>> {
        // As many as there are known logs: nobody else's request comes so far.
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.entry(origin.to_owned()).or_default().clone()
    }
}

/// The key of a foreign log, read from its text.
///
/// # Errors
/// [`ChooseError`] unless it is a log's key whose name is no origin of a node.
pub fn foreign_log(vkey: &str) -> Result<VerifierKey, ChooseError> {
    let key: VerifierKey = vkey.parse()?;
    if key.algorithm() != Algorithm::Ed25519 {
        return Err(ChooseError::Role);
    }
    if key.name().as_str().parse::<Origin>().is_ok() {
        return Err(ChooseError::Node);
    }
    Ok(key)
}

#[cfg(test)]
#[path = "witness_tests.rs"]
mod tests;
