//! How does this node push its own feed, when nobody can reach it?
//!
//! It attests its checkpoint and posts it to each network that it has joined. What the other side then asks
//! is answered as our own paths would answer: whatever can be fetched from a node can be pushed by it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use bytes::{Bytes, BytesMut};
use clearinghouse_protocol::feed::attest::attest;
use clearinghouse_protocol::tlog::key::SigningKey;
use http_body_util::{BodyExt, Limited};
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tower::ServiceExt;
use url::Url;

use super::{ANSWERS_MAX_BYTES, Asked, Said, frames};
use crate::feed::feeds::Sent;
use crate::feed::transport::{Answer, SALT_HEADER};
use crate::http::App;
use crate::store::keys::Keys;

/// How often a checkpoint is attested anew though nothing changed: mirrors then know that we are there.
const ANEW: Duration = Duration::from_secs(3600);

/// The shortest wait after a failure; it doubles up to the time between polls.
const BACK_OFF: Duration = Duration::from_millis(500);

/// So many bytes of answers are gathered before they are posted.
const GATHER_BYTES: usize = 1024 * 1024;

/// How long the other side may take for what it makes of our answers, which may be a slow upload away.
const WAIT: Duration = Duration::from_secs(300);

/// Longest text that is read from the other side.
const SAID_MAX_BYTES: usize = 256 * 1024;

/// Posts of one push: a feed of a million entries and bodies is below it.
const POSTS_MAX: usize = 100_000;

/// Questions that may wait for their answers; a step has eight under way.
const OWED_MAX: usize = 1000;

/// Why a push did not come to its end.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// There is nothing to push yet.
    #[error("nothing is signed yet")]
    Nothing,
    /// Nobody answered.
    #[error(transparent)]
    Transport(#[from] crate::feed::transport::TransportError),
    /// The other side refuses, and says why.
    #[error("refused with status {status}: {detail}")]
    Refused {
        /// Of its answer.
        status: u16,
        /// In its words.
        detail: String,
    },
    /// What it says is not what a node says.
    #[error("what it answered cannot be read")]
    Unreadable,
    /// Our own checkpoint cannot be attested.
    #[error(transparent)]
    Attest(#[from] clearinghouse_protocol::feed::attest::AttestError),
}

/// Pushes our feed to whoever should have it, until `app.leave`; returns at once if others can reach us.
pub async fn run(app: App, router: Router) {
    if app.config.inbound {
        return;
    }
    let keys = Keys::open(app.feeds.disk(), &app.config.data.join("keys"));
    let witness = match keys {
        Ok(keys) => std::sync::Arc::new(keys.witness),
        Err(error) => return tracing::error!(%error, "nothing can be pushed"),
    };
    let leave = app.leave.clone();
    let pushing = async {
        let mut news = app.feeds.listen();
        let mut lines = JoinSet::new();
        let mut begun: BTreeMap<Url, tokio::task::AbortHandle> = BTreeMap::new();
        loop {
            let wanted = targets(&app);
            begun.retain(|url, line| {
                let stays = wanted.contains(url);
                if !stays {
                    line.abort();
                }
                stays
            });
            for url in wanted {
                begun.entry(url.clone()).or_insert_with(|| {
                    let line = Line {
                        app: app.clone(),
                        router: router.clone(),
                        witness: witness.clone(),
                        url,
                    };
                    lines.spawn(line.push_for_ever())
                });
            }
            // A membership is news of our own log.
            if let Err(RecvError::Closed) = news.recv().await {
                return;
            }
        }
    };
    tokio::select! {
        () = leave.cancelled() => {}
        () = pushing => {}
    }
}

/// The networks that we have joined, and whom staff named.
fn targets(app: &App) -> Vec<Url> {
    let joined = app.feeds.own().rosters().joined;
    let joined = joined.values().filter_map(|url| Url::parse(url).ok());
    let mut targets: Vec<Url> = joined.chain(app.config.push_to.iter().cloned()).collect();
    targets.sort();
    targets.dedup();
    targets
}

struct Line {
    app: App,
    router: Router,
    witness: std::sync::Arc<SigningKey>,
    url: Url,
}

impl Line {
    async fn push_for_ever(self) {
        let own = self.app.feeds.own();
        let mut news = self.app.feeds.listen();
        let mut failures = 0u32;
        loop {
            let outcome = self.push().await;
            let now = self.app.clock.now();
            self.note(|sent| {
                match &outcome {
                    Ok(_) => (sent.at, sent.refused) = (Some(now), None),
                    Err(trouble) => sent.refused = Some(trouble.to_string()),
                }
                sent.looking = false;
            });
            let wait = match outcome {
                Ok(size) => {
                    failures = 0;
                    tracing::debug!(url = %self.url, size, "pushed");
                    ANEW
                }
                Err(trouble) => {
                    if failures == 0 {
                        tracing::warn!(url = %self.url, %trouble, "a push did not come to its end");
                    }
                    failures = failures.saturating_add(1);
                    self.back_off(failures)
                }
            };
            let mut wait = std::pin::pin!(self.app.clock.sleep(wait));
            loop {
                tokio::select! {
                    () = &mut wait => break,
                    heard = news.recv() => match heard {
                        Err(RecvError::Closed) => return,
                        // Who does not answer is not called more often because we have news.
                        Ok(nid) if nid == own.nid() && failures == 0 => break,
                        Err(RecvError::Lagged(_)) if failures == 0 => break,
                        _ => {}
                    },
                }
            }
        }
    }

    fn note(&self, change: impl FnOnce(&mut Sent)) {
        let own = self.app.feeds.own();
        own.take_note(|notes| change(notes.sent.entry(self.url.to_string()).or_default()));
    }

    fn back_off(&self, failures: u32) -> Duration {
        let longest = self.app.config.poll;
        let wait = BACK_OFF * 2u32.saturating_pow((failures - 1).min(16));
        let [byte] = self.app.clock.random::<1>();
        longest.min(wait).mul_f64(0.75 + f64::from(byte) / 512.0)
    }

    /// Pushes once: the checkpoint, and then whatever is asked.
    async fn push(&self) -> Result<u64, Trouble> {
        let own = self.app.feeds.own();
        let note = own.files().checkpoint().map(<[u8]>::to_vec);
        let now_s = u64::try_from(self.app.clock.now().as_second()).unwrap_or_default();
        let note = attest(&note.ok_or(Trouble::Nothing)?, now_s, &self.witness)?;
        let path = format!("push/{}", own.nid());
        let mut said = self.post(&path, note.into()).await?;
        let mut owed: Vec<Asked> = Vec::new();
        for _ in 0..POSTS_MAX {
            if let Some(size) = said.done {
                return Ok(size);
            }
            let talk = said.talk.as_deref().ok_or(Trouble::Unreadable)?;
            if !talk.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(Trouble::Unreadable);
            }
            owed.append(&mut said.ask);
            if owed.is_empty() || owed.len() > OWED_MAX {
                return Err(Trouble::Unreadable);
            }
            self.note(|sent| sent.looking = true);
            let answers = self.answers(&mut owed).await;
            self.note(|sent| sent.looking = false);
            said = self.post(&format!("{path}/{talk}"), answers).await?;
        }
        Err(Trouble::Unreadable)
    }

    /// Answers to the next questions, as many as go into one post.
    async fn answers(&self, owed: &mut Vec<Asked>) -> Bytes {
        let mut answers = BytesMut::new();
        while answers.len() < GATHER_BYTES && !owed.is_empty() {
            let asked = owed.remove(0);
            let answer = self.look(&asked.path).await;
            let mut frame = BytesMut::new();
            frames::write(&mut frame, asked.number, &answer);
            if !answers.is_empty() && answers.len() + frame.len() > ANSWERS_MAX_BYTES {
                owed.insert(0, asked);
                break;
            }
            answers.unsplit(frame);
        }
        answers.freeze()
    }

    /// What we answer to anyone at a path of our own feed; nothing else can be asked this way.
    async fn look(&self, path: &str) -> Answer {
        let nothing = Answer {
            status: 404,
            ..Answer::default()
        };
        if !path.starts_with(&format!("/feed/{}/", self.app.feeds.own().nid())) {
            return nothing;
        }
        let Ok(request) = Request::get(path).body(Body::empty()) else {
            return nothing;
        };
        let answer = self.router.clone().oneshot(request).await;
        let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
        match Limited::new(body, ANSWERS_MAX_BYTES).collect().await {
            Ok(body) => Answer {
                status: parts.status.as_u16(),
                body: body.to_bytes(),
                etag: None,
                salt: parts
                    .headers
                    .get(SALT_HEADER)
                    .and_then(|salt| Some(salt.to_str().ok()?.to_owned())),
            },
            Err(_) => nothing,
        }
    }

    async fn post(&self, path: &str, body: Bytes) -> Result<Said, Trouble> {
        let url = self.url.join(path).map_err(|_| Trouble::Unreadable)?;
        let call = self.app.desk.sync.call(url, body, SAID_MAX_BYTES, WAIT);
        let answer = call.await?;
        if answer.status != 200 {
            #[derive(Deserialize, Default)]
            struct Told {
                #[serde(default)]
                detail: String,
            }
            let told: Told = serde_json::from_slice(&answer.body).unwrap_or_default();
            return Err(Trouble::Refused {
                status: answer.status,
                detail: told.detail.chars().take(500).collect(),
            });
        }
        serde_json::from_slice(&answer.body).map_err(|_| Trouble::Unreadable)
    }
}
