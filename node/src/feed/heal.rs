//! May our log go on, and if not: how does it come to go on again?

use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use clearinghouse_protocol::tlog::checkpoint::SignedCheckpoint;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::Size;
use jiff::Timestamp;
use url::Url;

use super::evidence::convict;
use super::feeds::{Feed, Feeds};
use super::judge::against;
use super::log::{Hold, Log};
use super::peer::Peer;
use super::sync::Sync;
use crate::clock::Clock;
use rule::{Others, Reason};

/// The rule, as a table.
pub mod rule;

/// How our own feed is found at a start.
pub mod open;

/// Who is asked, and what they say.
mod ask;

/// One attempt to get back what was lost.
mod attempt;

/// What keeps this node from signing, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovering {
    /// Why it does not sign.
    pub reason: Reason,
    /// What it waits for.
    pub stage: Stage,
    /// Since when.
    pub since: Timestamp,
}

/// What a node that recovers waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The first answers.
    Asking,
    /// Nobody who answers has anything of our log.
    NoMirror,
    /// What the mirrors that answer have is less than what we signed.
    Incomplete {
        /// How many entries are here.
        have: u64,
        /// How many were signed.
        signed: u64,
    },
    /// A mirror has what is missing, and it did not come whole yet.
    Fetching {
        /// How many entries are here.
        have: u64,
        /// How many were signed.
        signed: u64,
    },
    /// Our own disk or sign lock refused.
    Refused,
    /// Two histories were signed: only a new epoch leads on.
    Forked,
}

impl Stage {
    /// The name by which texts and programs know it.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Asking => "asking",
            Stage::NoMirror => "no-mirror",
            Stage::Incomplete { .. } => "incomplete",
            Stage::Fetching { .. } => "fetching",
            Stage::Refused => "refused",
            Stage::Forked => "forked",
        }
    }
}

/// What came of the last question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// When.
    pub at: Timestamp,
    /// How many nodes were asked.
    pub asked: usize,
    /// How many of them answered with a checkpoint of ours.
    pub knew: usize,
}

/// How this node stands to its own log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Why it does not sign; `None`: it signs.
    pub recovering: Option<Recovering>,
    /// The last question how far it had come; `None`: not asked yet.
    pub asked: Option<Asked>,
    /// Whether an attempt to heal is under way.
    pub at_work: bool,
}

/// Asks how far our own log has come, and heals it; cheap to clone.
#[derive(Clone)]
pub struct Healer {
    inner: Arc<Inner>,
}

struct Inner {
    parts: Parts,
    state: Mutex<State>,
    /// The largest checkpoint that we know to have signed, whatever the disk says.
    signed: Mutex<Option<Vec<u8>>>,
    /// Attempts to heal since the node stopped signing.
    attempts: AtomicU32,
}

/// What a healer needs.
pub struct Parts {
    /// The feeds kept here, our own among them.
    pub feeds: Arc<Feeds>,
    /// Who writes our own.
    pub log: Log,
    /// Whom we follow, and who can be asked.
    pub sync: Sync,
    /// The time.
    pub clock: Clock,
    /// Where the sign lock stands.
    pub lock: PathBuf,
    /// Where it stands whom we asked last.
    pub peers: PathBuf,
    /// How long an answer is waited for at a start.
    pub wait: Duration,
    /// The time between two questions.
    pub poll: Duration,
}

/// A checkpoint of ours that somebody has, with its signature verified.
#[derive(Debug, Clone)]
struct Note {
    size: Size,
    root: Hash,
    bytes: Bytes,
}

/// A checkpoint of ours and who has it.
struct Known {
    note: Note,
    peer: Peer,
}

/// What came back from everyone who was asked.
struct Answers(Vec<Known>);

impl Healer {
    /// A healer of the feed that was found to be in this state: `reason` says why it does not sign,
    /// `signed` how far it is known to have come.
    pub fn new(parts: Parts, reason: Option<Reason>, signed: Option<Vec<u8>>) -> Healer {
        let healer = Healer {
            inner: Arc::new(Inner {
                parts,
                state: Mutex::default(),
                signed: Mutex::new(signed),
                attempts: AtomicU32::new(0),
            }),
        };
        if let Some(reason) = reason {
            healer.enter(reason);
        }
        healer
    }

    /// How this node stands to its own log.
    pub fn state(&self) -> State {
        whole(self.inner.state.lock()).clone()
    }

    /// Asks before the first signature after a start, within the wait of the configuration.
    pub async fn settle(&self) {
        if self.inner.parts.log.is_open() {
            return;
        }
        let answers = self.ask(self.inner.parts.wait, usize::MAX).await;
        self.consider(&answers);
    }

    /// Goes on asking and healing until the future is dropped.
    pub async fn run(&self) {
        let parts = &self.inner.parts;
        loop {
            if self.is_recovering() {
                whole(self.inner.state.lock()).at_work = true;
                let answers = self.ask(parts.wait, usize::MAX).await;
                self.consider(&answers);
                self.heal(answers).await;
                whole(self.inner.state.lock()).at_work = false;
            }
            tokio::select! {
                () = parts.clock.sleep(self.wait()) => {}
                () = parts.log.stuck() => self.read_anew().await,
            }
            if !self.is_recovering() {
                let answers = self.ask(parts.wait, ask::ASKED_LATER).await;
                self.consider(&answers);
            }
        }
    }

    fn is_recovering(&self) -> bool {
        self.state().recovering.is_some()
    }

    /// Stops signing. A reason that is graver replaces one that is not.
    fn enter(&self, reason: Reason) {
        let parts = &self.inner.parts;
        let mut state = whole(self.inner.state.lock());
        let known = state.recovering.as_ref().map(|known| known.reason);
        if known.is_some_and(|known| known <= reason) {
            return;
        }
        let stage = match reason {
            Reason::Forked => Stage::Forked,
            _ => Stage::Asking,
        };
        let since = parts.clock.now();
        tracing::warn!(
            reason = reason.word(),
            "this node does not sign until it is healed"
        );
        state.at_work = true;
        state.recovering = Some(Recovering {
            reason,
            stage,
            since,
        });
        let hold = match reason {
            Reason::Forked => Hold::Forked,
            _ => Hold::Recovering,
        };
        parts.log.hold(hold, sentence(reason).to_owned());
    }

    fn set_stage(&self, stage: Stage) {
        if let Some(recovering) = &mut whole(self.inner.state.lock()).recovering {
            recovering.stage = stage;
        }
    }

    /// Signs again.
    fn leave(&self) {
        whole(self.inner.state.lock()).recovering = None;
        self.inner.attempts.store(0, Relaxed);
        self.inner.parts.log.release(Hold::Recovering);
        tracing::info!("this node is healed and signs again");
    }

    /// Holds what others have against what we have.
    fn consider(&self, answers: &Answers) {
        let reason = match self.others(answers) {
            Others::Silent | Others::Agree => return,
            Others::Larger => Reason::Behind,
            Others::Contradict => Reason::Forked,
        };
        if reason == Reason::Forked {
            self.convict(answers);
        }
        self.enter(reason);
    }

    /// Keeps what proves that two histories were signed, for everyone to see.
    fn convict(&self, answers: &Answers) {
        let own = self.own();
        for known in &answers.0 {
            if let Some(evidence) = against(&own, &known.note.bytes)
                && let Err(error) = convict(&self.inner.parts.feeds, &own, &evidence)
            {
                tracing::error!(%error, "the evidence of a fork of our own log is not kept");
            }
        }
    }

    fn others(&self, answers: &Answers) -> Others {
        let own = self.own();
        let size = own.files().size();
        let contradicts = |known: &Known| {
            known.note.size <= size && own.root_at(known.note.size) != Some(known.note.root)
        };
        if answers.0.iter().any(contradicts) {
            Others::Contradict
        } else if answers.0.iter().any(|known| known.note.size > size) {
            Others::Larger
        } else if answers.0.is_empty() {
            Others::Silent
        } else {
            Others::Agree
        }
    }

    fn own(&self) -> Arc<Feed> {
        self.inner.parts.feeds.own()
    }

    /// A note, if our log's key signed it.
    fn read(&self, bytes: Bytes) -> Option<Note> {
        let own = self.own();
        let key = &own.identity.log_key;
        let checkpoint = SignedCheckpoint::open(&bytes, key.name().as_str(), key).ok()?;
        Some(Note {
            size: checkpoint.size,
            root: checkpoint.root,
            bytes,
        })
    }

    /// Peers whom we asked in an earlier life: what is lost may be the very entries that name them.
    fn remembered(&self) -> Vec<Url> {
        let parts = &self.inner.parts;
        let text = parts.feeds.disk().read(&parts.peers).ok().flatten();
        let text = text.and_then(|text| String::from_utf8(text).ok());
        let lines = text.unwrap_or_default();
        let urls = lines.lines().filter_map(|line| parts.sync.may_ask(line));
        urls.collect()
    }
}

/// Why a node does not sign, for those who ask in English.
fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::Forked => {
            "two histories were signed with its key; it must be recovered with the paper key"
        }
        Reason::LockMissing => {
            "there is no sign lock, so this folder was copied or restored; it asks its mirrors how far it had come"
        }
        Reason::LockBroken => "the sign lock is damaged; it asks its mirrors how far it had come",
        Reason::LockOlder => {
            "the sign lock is older than the log; it asks its mirrors how far it had come"
        }
        Reason::LogShort | Reason::LogDiffers => {
            "the log does not hold what was signed; it asks its mirrors for what is missing"
        }
        Reason::Behind => {
            "its mirrors know more of its log than it does; it asks them for what is missing"
        }
    }
}

/// Locks are held for a few lines, and what they guard is whole even after a panic.
fn whole<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}
