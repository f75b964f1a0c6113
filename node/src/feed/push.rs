//! How does a node that nobody can reach hand its feed to us?
//!
//! It calls us, and we ask our questions in the answers to its calls. Behind a [`Transport`] these are the
//! questions that we ask of any peer, so what is pushed takes the same steps, with the same checks, as what
//! is fetched. Anyone may call: only what the node signed is kept, and only a checkpoint that it attested
//! anew is listened to (docs/format.md, F100 to F103), so nobody can keep it from being heard.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::tlog::tree::Size;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt};
use jiff::Timestamp;
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;
use url::Url;

use super::peer::Peer;
use super::step::{Patience, StepError};
use super::sync::{NotTaken, Sync};
use super::transport::{Answer, Ask, Transport, TransportError};
use crate::clock::Clock;

/// Nodes that are listened to at once: each may have a step under way in memory.
pub const TALKS_MAX: usize = 16;

/// How long one node may be listened to at most: a first push of 10,000 listings over a slow line.
const WHOLE: Duration = Duration::from_secs(30 * 60);

/// Pushes with bodies held back before we go on without these.
const PATIENCE: u32 = 5;

/// Whom a pushed answer comes from, as a URL that leads nowhere.
const NOWHERE: &str = "http://pushed.invalid/";

/// The feeds that are being pushed to us.
pub struct Pushes {
    sync: Sync,
    clock: Clock,
    talks: Mutex<BTreeMap<Nid, Arc<Talk>>>,
    /// How often in a row each node held bodies back.
    withheld: Mutex<BTreeMap<Nid, u32>>,
}

/// One question to the node that pushes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// By which the answer names it.
    pub number: u32,
    /// What is asked for: a path that the node serves.
    pub path: String,
}

/// What we say to a node that pushes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// We want to know more; without questions, there are some that it owes an answer to.
    Ask {
        /// By which the node goes on.
        talk: String,
        /// What we want to know.
        questions: Vec<Question>,
    },
    /// We have everything up to here.
    Done(Size),
}

/// Why a push is not listened to.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// No roster that counts here names the node, and nobody here follows it.
    #[error("this node does not follow {0}")]
    Unexpected(Nid),
    /// Others are listened to, or the same node is.
    #[error("others are being listened to")]
    Busy,
    /// There is no such talk, or no more.
    #[error("there is no such talk")]
    NoTalk,
    /// What was pushed is not taken.
    #[error(transparent)]
    NotTaken(#[from] Arc<NotTaken>),
}

impl Pushes {
    /// Listens on behalf of `sync`.
    pub fn new(sync: Sync, clock: Clock) -> Pushes {
        Pushes {
            sync,
            clock,
            talks: Mutex::default(),
            withheld: Mutex::default(),
        }
    }

    /// A node pushes a checkpoint: what we want to know of it.
    pub async fn open(&self, nid: Nid, note: Bytes) -> Result<Turn, PushError> {
        if !self.sync.expects(nid) {
            return Err(PushError::Unexpected(nid));
        }
        let attested = self.sync.attested_anew(nid, &note).map_err(Arc::new)?;
        let talk = self.begin(nid, attested, note)?;
        self.turn(nid, &talk).await
    }

    /// The node answers some of our questions: what else we want to know.
    pub async fn answer(
        &self,
        nid: Nid,
        name: &str,
        answers: Vec<(u32, Answer)>,
    ) -> Result<Turn, PushError> {
        let talk = whole(self.talks.lock()).get(&nid).cloned();
        let talk = talk.filter(|talk| talk.name == name);
        let talk = talk.ok_or(PushError::NoTalk)?;
        for (number, answer) in answers {
            talk.take(number, answer);
        }
        self.turn(nid, &talk).await
    }

    fn begin(
        &self,
        nid: Nid,
        attested: Option<Timestamp>,
        note: Bytes,
    ) -> Result<Arc<Talk>, PushError> {
        let mut talks = whole(self.talks.lock());
        if let Some(before) = talks.get(&nid).filter(|talk| !talk.is_over())
            && attested.is_some()
            && before.attested >= attested
        {
            // Whoever repeats what the node said must not end what the node says.
            return Err(PushError::Busy);
        }
        let others = talks.iter().filter(|(other, _)| **other != nid);
        if others.filter(|(_, talk)| !talk.is_over()).count() >= TALKS_MAX {
            return Err(PushError::Busy);
        }
        let talk = Arc::new(Talk::new(&self.clock, attested));
        let patience = match whole(self.withheld.lock()).get(&nid) {
            Some(count) if *count >= PATIENCE => Patience::GoOn,
            _ => Patience::Wait,
        };
        let nowhere = Url::parse(NOWHERE).expect("this text is a URL");
        let peer = Peer::new(Arc::new(Line(talk.clone())), nowhere);
        let (sync, clock, end) = (self.sync.clone(), self.clock.clone(), talk.clone());
        let listening = tokio::spawn(async move {
            let taken = sync.take_pushed(nid, note, &peer, patience);
            let outcome = clock.within(WHOLE, taken).await;
            end.end(outcome.unwrap_or(Err(NotTaken::TooLong)));
        });
        whole(talk.state.lock()).listening = Some(listening.abort_handle());
        // A talk that is replaced ends with its listening.
        if let Some(before) = talks.insert(nid, talk.clone()) {
            before.hang_up();
        }
        Ok(talk)
    }

    /// Waits until we want to know something, or are done.
    async fn turn(&self, nid: Nid, talk: &Arc<Talk>) -> Result<Turn, PushError> {
        let outcome = loop {
            let said = talk.changed.notified();
            {
                let mut state = whole(talk.state.lock());
                if let Some(outcome) = state.outcome.clone() {
                    break outcome;
                }
                if !state.waiting.is_empty() {
                    let talk = talk.name.clone();
                    let questions = state.questions.drain(..).collect();
                    return Ok(Turn::Ask { talk, questions });
                }
            }
            said.await;
        };
        let mut talks = whole(self.talks.lock());
        if talks.get(&nid).is_some_and(|now| Arc::ptr_eq(now, talk)) {
            talks.remove(&nid);
        }
        let mut withheld = whole(self.withheld.lock());
        match outcome.as_ref().map_err(|error| &**error) {
            Err(NotTaken::Step(StepError::Withheld { .. })) => {
                *withheld.entry(nid).or_default() += 1;
            }
            _ => drop(withheld.remove(&nid)),
        }
        Ok(Turn::Done(outcome?))
    }
}

/// What we ask of one node while it pushes.
struct Talk {
    name: String,
    clock: Clock,
    attested: Option<Timestamp>,
    state: Mutex<State>,
    /// Somebody asks, or we are done.
    changed: Notify,
}

#[derive(Default)]
struct State {
    next: u32,
    /// Not told to the node yet.
    questions: VecDeque<Question>,
    /// Who waits for which answer.
    waiting: BTreeMap<u32, oneshot::Sender<Answer>>,
    outcome: Option<Result<Size, Arc<NotTaken>>>,
    listening: Option<AbortHandle>,
}

impl Talk {
    fn new(clock: &Clock, attested: Option<Timestamp>) -> Talk {
        let name: [u8; 16] = clock.random();
        Talk {
            name: name.iter().map(|byte| format!("{byte:02x}")).collect(),
            clock: clock.clone(),
            attested,
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    fn take(&self, number: u32, answer: Answer) {
        if let Some(waits) = whole(self.state.lock()).waiting.remove(&number) {
            // Who asked may have given up.
            let _ = waits.send(answer);
        }
    }

    fn end(&self, outcome: Result<Size, NotTaken>) {
        let mut state = whole(self.state.lock());
        state.outcome = Some(outcome.map_err(Arc::new));
        state.questions.clear();
        state.waiting.clear();
        drop(state);
        self.changed.notify_one();
    }

    fn hang_up(&self) {
        if let Some(listening) = whole(self.state.lock()).listening.take() {
            listening.abort();
        }
        self.end(Err(NotTaken::Replaced));
    }

    fn is_over(&self) -> bool {
        whole(self.state.lock()).outcome.is_some()
    }

    fn put(&self, ask: &Ask) -> (u32, oneshot::Receiver<Answer>) {
        let (waits, answered) = oneshot::channel();
        let mut state = whole(self.state.lock());
        let number = state.next;
        state.next += 1;
        let path = ask.url.path().to_owned();
        state.questions.push_back(Question { number, path });
        state.waiting.insert(number, waits);
        drop(state);
        self.changed.notify_one();
        (number, answered)
    }

    async fn ask(&self, ask: Ask) -> Result<Answer, TransportError> {
        let url = ask.url.to_string();
        let (number, answered) = self.put(&ask);
        let answer = self.clock.within(ask.timeout, answered).await;
        whole(self.state.lock()).waiting.remove(&number);
        let waited = ask.timeout;
        match answer {
            None => Err(TransportError::Slow { url, waited }),
            Some(Err(_)) => Err(TransportError::Unreachable {
                url,
                reason: "the node that pushed is gone".to_owned(),
            }),
            Some(Ok(answer)) if answer.body.len() > ask.max_bytes => Err(TransportError::TooLong {
                url,
                limit: ask.max_bytes,
            }),
            Some(Ok(answer)) => Ok(answer),
        }
    }
}

/// Asks the node that pushes.
struct Line(Arc<Talk>);

impl Transport for Line {
    fn fetch(&self, ask: Ask) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(self.0.ask(ask))
    }

    fn events(&self, _: Url) -> BoxStream<'static, Result<String, TransportError>> {
        futures_util::stream::empty().boxed()
    }
}

/// Locks are held for a few lines, and what they guard is whole even after a panic.
fn whole<T>(result: Result<T, PoisonError<T>>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}
