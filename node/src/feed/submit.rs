//! Who is asked to cosign our log, and what do we make of the answers?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::feed::witnesses::{AHEAD_MAX_S, WITNESSES_MAX, order};
use clearinghouse_protocol::tlog::checkpoint::SignedCheckpoint;
use clearinghouse_protocol::tlog::cosignature::times_s;
use clearinghouse_protocol::tlog::key::VerifierKey;
use clearinghouse_protocol::tlog::note::SignedNote;
use clearinghouse_protocol::tlog::tree::Size;
use clearinghouse_protocol::tlog::witness::{Request, origin_hash, parse_cosignatures, parse_size};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use url::Url;

use super::confirm::Confirm;
use super::feeds::Feeds;
use super::hashes::grown_from;
use super::sync::Sync;
use super::transport::{Ask, Transport, TransportError};
use crate::clock::Clock;

/// The longest answer of a witness, in bytes: a hundred lines are below it.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// How long a witness may take.
const WAIT: Duration = Duration::from_secs(15);

/// The shortest time between two questions to one witness: each costs it a flush.
const BETWEEN: Duration = Duration::from_secs(1);

/// The shortest and the longest wait after a failure; it doubles in between.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(3600));

/// A log that rests is cosigned anew after so long.
const RENEW: Duration = Duration::from_secs(24 * 3600);

/// Failures in a row after which another node is asked instead, if there is one.
const FAILURES_MAX: u32 = 5;

/// For how long, in seconds, a node that did not answer gives its place to others.
const REST_S: u64 = 24 * 3600;

/// How often a witness may name another size before it is left alone for a while.
const SIZES_MAX: usize = 3;

/// How often we look who is to be asked, when nothing tells us.
const LOOK: Duration = Duration::from_secs(60);

/// A checkpoint of our own log, signed with our key, that is larger than what we hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// Who showed it: the name of its key.
    pub witness: String,
    /// Its size.
    pub size: Size,
    /// The signed note.
    pub note: SignedNote,
}

/// A witness to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    key: VerifierKey,
    /// The submission prefix, ending in a slash.
    url: Url,
    /// If it is a node.
    nid: Option<Nid>,
}

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
enum Unasked {
    #[error("nothing is signed yet")]
    Nothing,
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("it answered with status {0}")]
    Status(u16),
    #[error("it answered what cannot be read")]
    Shape,
    #[error("its cosignature is not one that it could give now")]
    False,
    #[error("it has cosigned {0} entries, more than there are here")]
    Ahead(Size),
}

/// Has our log cosigned after each change, and every day.
pub struct Submit {
    feeds: Arc<Feeds>,
    transport: Arc<dyn Transport>,
    confirm: Arc<Confirm>,
    clock: Clock,
    /// Foreign witnesses that staff named.
    named: Vec<(VerifierKey, Url)>,
    /// Nodes that did not answer, and until when others are asked in their place.
    resting: Mutex<BTreeMap<Nid, u64>>,
    changed: Notify,
    ahead: watch::Sender<Option<Ahead>>,
}

impl Submit {
    /// Prepares to ask; nothing is asked before [`Submit::run`].
    pub fn new(
        feeds: Arc<Feeds>,
        transport: Arc<dyn Transport>,
        confirm: Arc<Confirm>,
        named: Vec<(VerifierKey, Url)>,
        clock: Clock,
    ) -> Submit {
        Submit {
            feeds,
            transport,
            confirm,
            clock,
            named,
            resting: Mutex::default(),
            changed: Notify::new(),
            ahead: watch::Sender::new(None),
        }
    }

    /// Becomes something when a witness shows a larger checkpoint that our own key has signed: this
    /// node must not sign before it has that state again.
    pub fn ahead(&self) -> watch::Receiver<Option<Ahead>> {
        self.ahead.subscribe()
    }

    /// Asks whoever is to be asked, for as long as the future is polled.
    pub async fn run(self: Arc<Self>, sync: Sync) {
        let mut standings = sync.watch();
        let mut tasks: Vec<(Asked, AbortOnDrop)> = Vec::new();
        loop {
            let wanted = self.wanted(&standings.borrow_and_update().witnesses);
            tasks.retain(|(asked, _)| wanted.contains(asked));
            for asked in wanted {
                if !tasks.iter().any(|(known, _)| *known == asked) {
                    let task = tokio::spawn(self.clone().ask_for_ever(asked.clone()));
                    tasks.push((asked, AbortOnDrop(task)));
                }
            }
            tokio::select! {
                changed = standings.changed() => if changed.is_err() {
                    return;
                },
                () = self.changed.notified() => {}
                () = self.clock.sleep(LOOK) => {}
            }
        }
    }

    /// At most five nodes in the order of docs/format.md, those that answer before those that do not,
    /// and every witness that staff named.
    fn wanted(&self, nodes: &BTreeMap<Nid, Url>) -> Vec<Asked> {
        let own = self.feeds.own().nid();
        let now_s = self.now_s();
        let resting: BTreeSet<Nid> = {
            let mut resting = self.resting();
            resting.retain(|_, until_s| *until_s > now_s);
            resting.keys().copied().collect()
        };
        let mut chosen = order(own, nodes.keys().copied());
        // A stable sort: among those that answer, and those that do not, the order stays.
        chosen.sort_by_key(|nid| resting.contains(nid));
        let nodes = chosen.into_iter().filter_map(|nid| {
            let key = self.feeds.feed(nid)?.identity.witness_key.clone();
            let url = nodes[&nid].join("witness/").ok()?;
            Some(Asked {
                key,
                url,
                nid: Some(nid),
            })
        });
        let mut wanted: Vec<Asked> = nodes.take(WITNESSES_MAX).collect();
        let named = self.named.iter().cloned();
        let of_policy = self.confirm.addressed().into_iter();
        let of_policy = of_policy.filter_map(|(key, url)| {
            let url = if url.ends_with('/') { url } else { url + "/" };
            Some((key, url.parse::<Url>().ok()?))
        });
        for (key, url) in named.chain(of_policy) {
            if !wanted.iter().any(|asked| asked.key == key) {
                wanted.push(Asked {
                    key,
                    url,
                    nid: None,
                });
            }
        }
        wanted
    }

    async fn ask_for_ever(self: Arc<Self>, asked: Asked) {
        let mut news = self.feeds.listen();
        // Once at every start, whatever was cosigned before: whoever was restored from a backup hears of
        // it here.
        let (mut done, mut cosigned_s, mut failures) = (None, 0, 0u32);
        let mut old = self.confirm.last_word(&asked.key).unwrap_or(Size::ZERO);
        loop {
            let age_s = self.now_s().saturating_sub(cosigned_s);
            let left = RENEW.saturating_sub(Duration::from_secs(age_s));
            let text = self.text();
            if text.is_none() || text == done && !left.is_zero() {
                let rest = self.clock.within(left.max(BETWEEN), news.recv()).await;
                match rest {
                    Some(Err(RecvError::Closed)) => return,
                    // It is time, or something changed, and lagging behind means the same.
                    _ => continue,
                }
            }
            match self.ask(&asked, &mut old).await {
                Ok(cosigned) => {
                    (done, failures, cosigned_s) = (Some(cosigned), 0, self.now_s());
                    self.clock.sleep(BETWEEN).await;
                }
                Err(error) => {
                    tracing::debug!(%error, witness = %asked.key.name(), "not cosigned");
                    failures = failures.saturating_add(1);
                    if failures == FAILURES_MAX {
                        self.rest(&asked);
                    }
                    self.clock.sleep(BETWEEN).await;
                    let awake = heard_of(&mut news, asked.nid);
                    let _ = self.clock.within(self.back_off(failures), awake).await;
                }
            }
        }
    }

    /// Has the last checkpoint cosigned; the text that was.
    async fn ask(&self, asked: &Asked, old: &mut Size) -> Result<String, Unasked> {
        for _ in 0..SIZES_MAX {
            let (request, size) = self.request(old)?;
            let url = asked.url.join("add-checkpoint");
            let url = url.map_err(|_| Unasked::Shape)?;
            let ask = Ask::new(url, ANSWER_MAX_BYTES, WAIT).posting(request.to_bytes());
            let answer = self.transport.fetch(ask).await?;
            match answer.status {
                200 => {
                    self.take(asked, &request, &answer.body)?;
                    *old = size;
                    return Ok(request.checkpoint.text().to_owned());
                }
                409 => {
                    let known = parse_size(&answer.body).map_err(|_| Unasked::Shape)?;
                    if known > size {
                        self.look_ahead(asked).await;
                        return Err(Unasked::Ahead(known));
                    }
                    // The same size again: it has cosigned another root, and no proof will help.
                    if known == request.old {
                        return Err(Unasked::Status(answer.status));
                    }
                    *old = known;
                }
                status => return Err(Unasked::Status(status)),
            }
        }
        Err(Unasked::Shape)
    }

    fn request(&self, old: &mut Size) -> Result<(Request, Size), Unasked> {
        let own = self.feeds.own();
        let files = own.files();
        let note = files.checkpoint().ok_or(Unasked::Nothing)?;
        let note = SignedNote::parse(note).map_err(|_| Unasked::Nothing)?;
        let key = &own.identity.log_key;
        let checkpoint = note.only(|line| line.is_claimed_by(key));
        let checkpoint = checkpoint.map_err(|_| Unasked::Nothing)?;
        // A new epoch is another log: what was said of the one before is no size of it.
        *old = (*old).min(files.size());
        let proof = grown_from(&files, *old).map_err(|_| Unasked::Nothing)?;
        let request = Request {
            old: *old,
            proof,
            checkpoint,
        };
        Ok((request, files.size()))
    }

    /// Keeps the cosignature, if it is one of this witness, of this checkpoint, and of now.
    fn take(&self, asked: &Asked, request: &Request, answer: &[u8]) -> Result<(), Unasked> {
        let lines = parse_cosignatures(answer).map_err(|_| Unasked::Shape)?;
        let mut note = request.checkpoint.clone();
        for line in lines
            .into_iter()
            .filter(|line| line.is_claimed_by(&asked.key))
        {
            note.add(line).map_err(|_| Unasked::Shape)?;
        }
        let now_s = self.now_s();
        let of_now = |time_s: &u64| time_s.abs_diff(now_s) <= AHEAD_MAX_S;
        if !times_s(&note, &asked.key).iter().any(of_now) {
            return Err(Unasked::False);
        }
        self.confirm.hear(&self.feeds.own(), &note.to_bytes());
        Ok(())
    }

    /// A witness that claims to have cosigned more than we hold has to show it: our own signature.
    /// Nobody can stop this node by a number alone.
    async fn look_ahead(&self, asked: &Asked) {
        let own = self.feeds.own();
        let origin = own.identity.origin.to_string();
        let path = format!("{}/checkpoint", origin_hash(&origin));
        let Ok(url) = asked.url.join(&path) else {
            return;
        };
        let ask = Ask::new(url, ANSWER_MAX_BYTES, WAIT);
        let Ok(answer) = self.transport.fetch(ask).await else {
            return;
        };
        let shown = SignedCheckpoint::read(&answer.body, &origin, &own.identity.log_key);
        let Ok(shown) = shown else { return };
        let size = shown.checkpoint().size;
        if size > own.files().size() {
            tracing::error!(%size, witness = %asked.key.name(), "a witness has more of our own log than we");
            self.ahead.send_replace(Some(Ahead {
                witness: asked.key.name().to_string(),
                size,
                note: shown.note().clone(),
            }));
        }
    }

    fn rest(&self, asked: &Asked) {
        if let Some(nid) = asked.nid {
            let until_s = self.now_s().saturating_add(REST_S);
            self.resting().insert(nid, until_s);
            self.changed.notify_one();
        }
    }

    /// The text of the checkpoint that stands.
    fn text(&self) -> Option<String> {
        let own = self.feeds.own();
        let note = SignedNote::parse(own.files().checkpoint()?).ok()?;
        Some(note.text().to_owned())
    }

    /// A wait that doubles, with jitter, so that a witness that comes back is not asked by all at once.
    fn back_off(&self, failures: u32) -> Duration {
        let (shortest, longest) = BACK_OFF;
        let wait = longest.min(shortest * 2u32.saturating_pow(failures.saturating_sub(1).min(16)));
        let [byte] = self.clock.random::<1>();
        wait.mul_f64(0.75 + f64::from(byte) / 512.0)
    }

    fn now_s(&self) -> u64 {
        u64::try_from(self.clock.now().as_second()).unwrap_or(0)
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, BTreeMap<Nid, u64>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until a node has sent news of itself: then it is there again.
async fn heard_of(news: &mut Receiver<Nid>, nid: Option<Nid>) {
    loop {
        match news.recv().await {
            Ok(heard) if Some(heard) != nid => {}
            Err(RecvError::Closed) => std::future::pending().await,
            Ok(_) | Err(RecvError::Lagged(_)) => return,
        }
    }
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
