//! Who writes to a node, and what was acknowledged?

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::broken::Broken;
use super::chance::Chance;
use super::ledger::{Promise, State, Tally};
use super::process::Node;
use crate::drafts::draft;

/// What all writers of a node hold: each one's listings, and their counts.
#[derive(Debug, Default)]
pub struct Desk {
    /// The listings of each writer.
    pub promises: Vec<Vec<Promise>>,
    /// All edits so far.
    pub tally: Tally,
    /// What no node should ever answer.
    pub faults: Vec<String>,
}

/// One writer with what it needs.
struct Writer {
    number: u64,
    round: u64,
    count: u64,
    client: reqwest::Client,
    url: String,
    token: String,
    chance: Chance,
    stop: CancellationToken,
    first: Arc<Notify>,
    /// Whether it goes on after an edit was refused.
    patient: bool,
    promises: Vec<Promise>,
    tally: Tally,
    faults: Vec<String>,
}

/// What came back for one edit.
enum Answer {
    /// It is kept: the answer's version and body.
    Kept(String, Value),
    /// The node said no: its type of refusal and its sentence.
    Refused,
    /// The line was cut.
    None,
}

/// Writers at work; they end when the node does, or when they are told to.
pub struct Crew {
    tasks: JoinSet<Writer>,
    stop: CancellationToken,
    first: Arc<Notify>,
}

impl Desk {
    /// A desk for so many writers.
    pub fn new(writers: usize) -> Desk {
        Desk {
            promises: vec![Vec::new(); writers],
            ..Desk::default()
        }
    }

    /// Lets all writers begin.
    pub fn begin(&mut self, node: &Node, round: u64, chance: &mut Chance, patient: bool) -> Crew {
        let (stop, first) = (CancellationToken::new(), Arc::new(Notify::new()));
        let mut tasks = JoinSet::new();
        for (number, promises) in self.promises.iter_mut().enumerate() {
            let writer = Writer {
                number: number as u64,
                round,
                count: 0,
                client: node.client().clone(),
                url: node.url("api/v1/listings"),
                token: node.token().to_owned(),
                chance: Chance::new(chance.below(u64::MAX)),
                stop: stop.clone(),
                first: Arc::clone(&first),
                patient,
                promises: std::mem::take(promises),
                tally: Tally::default(),
                faults: Vec::new(),
            };
            tasks.spawn(writer.write());
        }
        Crew { tasks, stop, first }
    }

    /// Waits until all writers have ended, and takes their listings back.
    ///
    /// # Errors
    /// [`Broken`] if a writer did not come back.
    pub async fn end(&mut self, mut crew: Crew) -> Result<(), Broken> {
        crew.stop.cancel();
        while let Some(done) = crew.tasks.join_next().await {
            let writer = done.map_err(|error| Broken::at("a writer", error))?;
            self.tally.add(writer.tally);
            self.faults.extend(writer.faults);
            let place = self.promises.get_mut(writer.number as usize);
            *place.ok_or_else(|| Broken("a writer nobody sent".to_owned()))? = writer.promises;
        }
        Ok(())
    }
}

impl Crew {
    /// Waits until one edit was acknowledged, at most so long.
    pub async fn first(&self, at_most: Duration) {
        // The blow falls all the same: a node that acknowledges nothing promises nothing.
        let _ = timeout(at_most, self.first.notified()).await;
    }
}

impl Writer {
    async fn write(mut self) -> Writer {
        while !self.stop.is_cancelled() {
            let ours: Vec<usize> = (0..self.promises.len())
                .filter(|at| self.promises[*at].is_ours_to_edit())
                .collect();
            let at = ours.get(self.chance.below(ours.len() as u64) as usize);
            let goes_on = match (at.copied(), self.chance.below(100)) {
                (Some(at), 45..=84) => self.put(at).await,
                (Some(at), 85..) => self.erase(at).await,
                _ => self.post().await,
            };
            if !goes_on {
                break;
            }
        }
        self
    }

    fn marker(&mut self) -> String {
        self.count += 1;
        format!("r{}w{}n{}", self.round, self.number, self.count)
    }

    async fn post(&mut self) -> bool {
        let marker = self.marker();
        let request = self.client.post(&self.url).body(draft(&marker).to_string());
        match self.ask(request).await {
            Answer::Kept(etag, said) => {
                let id = said["id"].as_str().unwrap_or_default().to_owned();
                self.promises.push(Promise {
                    id,
                    sure: State::Says(marker),
                    open: None,
                    etag,
                    round: self.round,
                });
                true
            }
            Answer::Refused => self.patient,
            Answer::None => false,
        }
    }

    async fn put(&mut self, at: usize) -> bool {
        let marker = self.marker();
        let promise = &self.promises[at];
        let request = self.client.put(format!("{}/{}", self.url, promise.id));
        let request = request.header("if-match", &promise.etag);
        let request = request.body(draft(&marker).to_string());
        self.edit(at, State::Says(marker), request).await
    }

    async fn erase(&mut self, at: usize) -> bool {
        let request = format!("{}/{}", self.url, self.promises[at].id);
        let request = self.client.delete(request);
        self.edit(at, State::Erased, request).await
    }

    async fn edit(&mut self, at: usize, wanted: State, request: reqwest::RequestBuilder) -> bool {
        self.promises[at].round = self.round;
        self.promises[at].open = Some(wanted.clone());
        match self.ask(request).await {
            Answer::Kept(etag, _) => {
                self.promises[at].settle(wanted, etag);
                true
            }
            Answer::Refused => self.patient,
            Answer::None => false,
        }
    }

    async fn ask(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let request = request.bearer_auth(&self.token);
        let request = request.header("content-type", "application/json");
        let answered = async {
            let answer = request.send().await?;
            let status = answer.status().as_u16();
            let head = |name: &str| {
                let value = answer
                    .headers()
                    .get(name)
                    .and_then(|value| value.to_str().ok());
                value.unwrap_or_default().to_owned()
            };
            let (etag, kind) = (head("etag"), head("content-type"));
            // The head of an acknowledgement is the acknowledgement, whatever comes after it.
            let body = answer.bytes().await.unwrap_or_default();
            Ok::<_, reqwest::Error>((status, etag, kind, body))
        };
        let Ok((status, etag, kind, body)) = answered.await else {
            self.tally.unanswered += 1;
            return Answer::None;
        };
        let said: Value = serde_json::from_slice(&body).unwrap_or_default();
        match status {
            // Without its name a new listing cannot be asked for.
            201 if said["id"].is_null() => {
                self.tally.unanswered += 1;
                Answer::None
            }
            200 | 201 | 204 => {
                self.tally.acknowledged += 1;
                self.first.notify_one();
                Answer::Kept(etag, said)
            }
            _ => {
                self.tally.refused += 1;
                let sentence = said["detail"].as_str().unwrap_or_default();
                let is_problem = kind.starts_with("application/problem+json");
                if status < 500 || !is_problem || !sentence.contains(' ') {
                    let body = String::from_utf8_lossy(&body).into_owned();
                    self.faults
                        .push(format!("an edit was answered with {status} {kind}: {body}"));
                }
                Answer::Refused
            }
        }
    }
}
