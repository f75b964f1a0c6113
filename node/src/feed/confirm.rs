//! How much of each feed do witnesses confirm, and who?

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::feed::witnesses::{AHEAD_MAX_S, CONFIRMS_S, Voice, confirmed};
use clearinghouse_protocol::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use clearinghouse_protocol::tlog::cosignature::times_s;
use clearinghouse_protocol::tlog::key::VerifierKey;
use clearinghouse_protocol::tlog::note::{Signature, SignedNote};
use clearinghouse_protocol::tlog::policy::Policy;
use clearinghouse_protocol::tlog::tree::{Index, Size};
use jiff::Timestamp;

use super::feeds::{Feed, Feeds};
use super::hashes::root_at;
use crate::clock::Clock;
use crate::store::disk::DiskError;

mod policy;

pub use policy::ConfirmError;
use policy::read_at_most;

/// The cosignatures of a log, beside its checkpoint.
const FILE: &str = "cosigned";

/// The most bytes of that file that are read: a hundred notes of a page.
const FILE_MAX_BYTES: u64 = 1024 * 1024;

/// What is heard of a mirror is on disk within so many seconds; its origin tells it again if need be.
const SAVED_WITHIN_S: u64 = 300;

/// How much of a feed is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confirmation {
    /// How many entries a quorum of witnesses has cosigned within 48 hours.
    pub size: Size,
    /// Those witnesses by the names of their keys, and when; the latest first.
    pub by: Vec<(String, Timestamp)>,
    /// Since when they are a quorum.
    pub at: Option<Timestamp>,
    /// When a quorum spoke last, however long ago; `None` if it never did.
    pub last: Option<Timestamp>,
    /// The same if there are entries that are not confirmed: nothing later is known.
    pub since: Option<Timestamp>,
}

impl Confirmation {
    /// Whether an entry is confirmed.
    pub fn covers(&self, index: Index) -> bool {
        self.size.contains(index)
    }
}

/// What one witness said last about one log.
#[derive(Debug, Clone)]
struct Word {
    voice: Voice,
    /// The text of the checkpoint.
    text: String,
    /// The log's signature on it.
    log: Signature,
    /// The witness's.
    line: Signature,
}

#[derive(Default)]
struct Words {
    words: Vec<Word>,
    saved_s: u64,
}

/// What witnesses said about every feed that is kept here, and what of it counts.
pub struct Confirm {
    feeds: Arc<Feeds>,
    data: PathBuf,
    clock: Clock,
    policy: Option<Policy>,
    /// Foreign witnesses that staff named.
    named: Vec<VerifierKey>,
    /// The nodes whose word counts.
    nodes: RwLock<BTreeSet<Nid>>,
    heard: Mutex<BTreeMap<Origin, Words>>,
}

impl Confirm {
    /// Reads the policy in `data`, if there is one. `named` are the foreign witnesses of the
    /// configuration.
    ///
    /// # Errors
    /// [`ConfirmError`]; with a policy that is not read, nobody would know what is confirmed.
    pub fn open(
        feeds: Arc<Feeds>,
        data: PathBuf,
        named: Vec<VerifierKey>,
        clock: Clock,
    ) -> Result<Confirm, ConfirmError> {
        let policy = policy::read(feeds.disk(), &data)?;
        Ok(Confirm {
            feeds,
            data,
            clock,
            policy,
            named,
            nodes: RwLock::default(),
            heard: Mutex::default(),
        })
    }

    /// The witnesses of the policy that say where they are asked.
    pub fn addressed(&self) -> Vec<(VerifierKey, String)> {
        let parties = self
            .policy
            .iter()
            .flat_map(|policy| policy.witnesses().iter());
        parties
            .filter_map(|(_, party)| Some((party.key.clone(), party.url.clone()?)))
            .collect()
    }

    /// From now on the word of these nodes counts, about every log but their own.
    pub fn count(&self, nodes: BTreeSet<Nid>) {
        *self.nodes.write().unwrap_or_else(PoisonError::into_inner) = nodes;
    }

    /// Takes up what was heard before this start.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn restore(&self) -> Result<(), DiskError> {
        for feed in self.feeds.all() {
            let path = self.path(&feed);
            let bytes = read_at_most(self.feeds.disk(), &path, FILE_MAX_BYTES)?;
            let text = String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
            let mut parts = text.split("\n\n");
            // Each note is a text and its signatures, and between notes stands an empty line too.
            while let (Some(text), Some(lines)) = (parts.next(), parts.next()) {
                let note = format!("{text}\n\n{}\n", lines.trim_end_matches('\n'));
                self.take(&feed, note.as_bytes());
            }
            self.serve(&feed);
        }
        Ok(())
    }

    /// Takes the cosignatures of a checkpoint of a feed, as far as they are true and of witnesses that
    /// are known; whoever follows us is told when there is a new one. Everything else about the note
    /// is passed over.
    pub fn hear(&self, feed: &Arc<Feed>, note: &[u8]) {
        let changed = self.take(feed, note);
        self.serve(feed);
        if !changed {
            return;
        }
        if let Err(error) = self.save(feed) {
            tracing::warn!(%error, "cosignatures are not on disk yet");
        }
        self.feeds.announce(feed.nid());
    }

    /// How much of a node's feed is confirmed now.
    pub fn confirmed(&self, nid: Nid) -> Confirmation {
        let Some(feed) = self.feeds.feed(nid) else {
            return Confirmation::default();
        };
        let size = feed.files().size();
        let quorum = |said: &dyn Fn(&VerifierKey) -> bool| match &self.policy {
            Some(policy) => policy.is_met_by(said),
            // One of those that are known is enough.
            None => true,
        };
        if self
            .policy
            .as_ref()
            .is_some_and(|policy| policy.is_met_by(|_| false))
        {
            return Confirmation {
                size,
                ..Confirmation::default()
            };
        }
        let voices = self.voices(&feed);
        let now_s = self.now_s();
        let moment = |time_s: u64| Timestamp::from_second(i64::try_from(time_s).ok()?).ok();
        let last = confirmed(&voices, now_s, u64::MAX, quorum).and_then(|it| moment(it.at_s));
        let Some(found) = confirmed(&voices, now_s, CONFIRMS_S, quorum) else {
            return Confirmation {
                last,
                since: last,
                ..Confirmation::default()
            };
        };
        let by = found.by.into_iter();
        Confirmation {
            size: found.size,
            by: by
                .filter_map(|(name, time_s)| Some((name.to_string(), moment(time_s)?)))
                .collect(),
            at: moment(found.at_s),
            last,
            since: last.filter(|_| found.size < size),
        }
    }

    /// Of how many entries of our own log a witness spoke last.
    pub fn last_word(&self, witness: &VerifierKey) -> Option<Size> {
        let heard = self.heard();
        let words = heard.get(&self.feeds.own().identity.origin)?;
        let mut words = words.words.iter();
        let word = words.find(|word| word.voice.witness == *witness)?;
        Some(word.voice.size)
    }

    /// What counts today of what was heard.
    fn voices(&self, feed: &Feed) -> Vec<Voice> {
        let heard = self.heard();
        let words = heard.get(&feed.identity.origin);
        let words = words.iter().flat_map(|words| &words.words);
        words
            .filter(|word| self.key_of(feed.nid(), &word.line).is_some())
            .map(|word| word.voice.clone())
            .collect()
    }

    /// Keeps what is new and true in a note; whether there was anything.
    fn take(&self, feed: &Feed, note: &[u8]) -> bool {
        let (origin, key) = (feed.identity.origin, &feed.identity.log_key);
        let Ok(signed) = SignedCheckpoint::read(note, &origin.to_string(), key) else {
            return false;
        };
        let Checkpoint { size, root, .. } = *signed.checkpoint();
        let known = |line: &Signature| {
            let heard = self.heard();
            let words = heard.get(&origin);
            words.is_some_and(|words| words.words.iter().any(|word| word.line == *line))
        };
        let news: Vec<(&Signature, VerifierKey)> = signed
            .note()
            .signatures()
            .iter()
            .filter(|line| !known(line))
            .filter_map(|line| Some((line, self.key_of(feed.nid(), line)?)))
            .collect();
        // A witness may have seen another history than we: then its word is about that one.
        if news.is_empty() || root_at(&feed.files(), size) != Some(root) {
            return false;
        }
        let mut lines = signed.note().signatures().iter();
        let log = lines.find(|line| line.is_claimed_by(key));
        let log = log.expect("the log's signature was verified");
        let latest_s = self.now_s().saturating_add(AHEAD_MAX_S);
        let mut changed = false;
        for (line, witness) in news {
            let alone = signed.note().only(|other| *other == line);
            let times = alone.map(|note| times_s(&note, &witness));
            let time_s = times.unwrap_or_default().into_iter().max();
            let Some(time_s) = time_s.filter(|time_s| *time_s <= latest_s) else {
                continue;
            };
            changed |= self.keep(origin, || Word {
                voice: Voice {
                    witness,
                    size,
                    time_s,
                },
                text: signed.note().text().to_owned(),
                log: log.clone(),
                line: line.clone(),
            });
        }
        changed
    }

    fn keep(&self, origin: Origin, word: impl FnOnce() -> Word) -> bool {
        let word = word();
        let mut heard = self.heard();
        let words = &mut heard.entry(origin).or_default().words;
        let before = words
            .iter()
            .position(|known| known.voice.witness == word.voice.witness);
        match before {
            Some(at) if words[at].voice.time_s >= word.voice.time_s => return false,
            Some(at) => words[at] = word,
            None => words.push(word),
        }
        words.sort_by(|one, other| one.voice.witness.name().cmp(other.voice.witness.name()));
        true
    }

    /// Puts the cosignatures that we know to be true under the checkpoint that is served, and takes
    /// away what anyone could have added.
    fn serve(&self, feed: &Feed) {
        let lines: Vec<(String, Signature)> = {
            let heard = self.heard();
            let words = heard.get(&feed.identity.origin);
            let words = words.iter().flat_map(|words| &words.words);
            words
                .map(|word| (word.text.clone(), word.line.clone()))
                .collect()
        };
        // Under the lock of the files: the log may go on at any other moment.
        let mut files = feed.files_mut();
        let Some(served) = files.checkpoint().map(<[u8]>::to_vec) else {
            return;
        };
        let (key, own) = (&feed.identity.log_key, &feed.identity.witness_key);
        let Ok(note) = SignedNote::parse(&served) else {
            return;
        };
        // What the author itself attests says that it is there; it counts for nobody's quorum.
        let attests = |line: &Signature| {
            let alone = line
                .is_claimed_by(own)
                .then(|| note.only(|other| *other == line));
            alone.is_some_and(|alone| alone.is_ok_and(|alone| !times_s(&alone, own).is_empty()))
        };
        let Ok(mut merged) = note.only(|line| line.is_claimed_by(key) || attests(line)) else {
            return;
        };
        for (_, line) in lines.into_iter().filter(|(text, _)| text == note.text()) {
            if merged.add(line).is_err() {
                break;
            }
        }
        let merged = merged.to_bytes();
        if merged != served {
            let size = files.size();
            files.publish(size, merged);
        }
    }

    /// Keeps what was heard for the next start.
    fn save(&self, feed: &Feed) -> Result<(), DiskError> {
        let (own, now_s) = (self.feeds.own().nid(), self.now_s());
        let text = {
            let mut heard = self.heard();
            let words = heard.entry(feed.identity.origin).or_default();
            if feed.nid() != own && now_s.saturating_sub(words.saved_s) < SAVED_WITHIN_S {
                return Ok(());
            }
            words.saved_s = now_s;
            let notes = words.words.iter().map(|word| {
                let Word {
                    text, log, line, ..
                } = word;
                format!("{text}\n{log}\n{line}\n")
            });
            notes.collect::<Vec<String>>().join("\n")
        };
        let path = self.path(feed);
        self.feeds.disk().replace(&path, text.as_bytes())
    }

    fn path(&self, feed: &Feed) -> PathBuf {
        let origin = feed.identity.origin;
        let dir = self.data.join("feeds").join(origin.nid.as_str());
        dir.join(origin.epoch.to_string()).join(FILE)
    }

    /// The key of a known witness that a line claims to be by; nobody is a witness of its own log.
    fn key_of(&self, log: Nid, line: &Signature) -> Option<VerifierKey> {
        let policy = self
            .policy
            .iter()
            .flat_map(|policy| policy.witnesses().iter());
        let policy = policy.map(|(_, party)| &party.key);
        if let Some(key) = policy
            .chain(&self.named)
            .find(|key| line.is_claimed_by(key))
        {
            return Some(key.clone());
        }
        let nid = Nid::of_witness(line.name.as_str()).filter(|nid| *nid != log)?;
        let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner);
        if !nodes.contains(&nid) {
            return None;
        }
        let key = self.feeds.feed(nid)?.identity.witness_key.clone();
        line.is_claimed_by(&key).then_some(key)
    }

    fn now_s(&self) -> u64 {
        u64::try_from(self.clock.now().as_second()).unwrap_or(0)
    }

    fn heard(&self) -> MutexGuard<'_, BTreeMap<Origin, Words>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
