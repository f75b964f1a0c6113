//! How does time pass in a world where every message is an event of its own?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clearinghouse::feed::transport::Ask;
use clearinghouse::node::NodeError;
use clearinghouse_protocol::tlog::hash::sha256;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use url::Url;

use super::fold::Readings;
use super::ledger::Ledger;
use super::machine::Machine;
use super::net::{Back, Heard, Idle, Inbox, Weather};
use super::tally::{State, Tally};
use crate::endure::chance::Chance;

/// When every world begins.
const START: &str = "2026-11-02T12:00:00Z";

/// All machines, and everything that is under way between them.
pub struct World {
    /// Chance, all of it from the seed.
    pub chance: Chance,
    /// The world's own time.
    pub now: Timestamp,
    /// Every machine.
    pub machines: Vec<Machine>,
    /// What was signed and promised.
    pub ledger: Ledger,
    /// What was done and reached.
    pub tally: Tally,
    /// Bodies that were read.
    pub readings: Readings,
    /// A promise that was broken between two checks.
    pub broken: Option<String>,
    /// Whether everything that happens is told as it happens.
    pub tells: bool,
    /// The weather everywhere.
    pub usual: Weather,
    /// The weather between two machines, where it is another.
    pub weather: BTreeMap<(usize, usize), Weather>,
    pub(super) trace: [u8; 32],
    pub(super) inbox: Inbox,
    pub(super) idle: Arc<Idle>,
    pub(super) queue: BTreeMap<(Timestamp, u64), Due>,
    pub(super) waiting: BTreeMap<u64, oneshot::Sender<Back>>,
    pub(super) streams: BTreeMap<u64, Stream>,
    pub(super) next: u64,
}

/// A message that arrives at its time.
pub(super) enum Due {
    Serve {
        from: usize,
        ask: Ask,
        exchange: Option<u64>,
    },
    Deliver {
        from: usize,
        exchange: u64,
        back: Back,
    },
    Open {
        from: usize,
        url: Url,
        events: mpsc::UnboundedSender<Heard>,
    },
    Hear {
        stream: u64,
        event: String,
    },
    Hush {
        stream: u64,
    },
}

pub(super) struct Stream {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) events: mpsc::UnboundedSender<Heard>,
    pub(super) pump: JoinHandle<()>,
}

impl World {
    /// A world without machines, in a runtime that tells `idle` when it parks.
    pub fn new(seed: u64, idle: Arc<Idle>) -> World {
        World {
            chance: Chance::new(seed),
            now: START.parse().expect("a time that is written here"),
            machines: Vec::new(),
            ledger: Ledger::default(),
            tally: Tally::default(),
            readings: Readings::default(),
            broken: None,
            tells: false,
            usual: Weather::FAIR,
            weather: BTreeMap::new(),
            trace: [0; 32],
            inbox: Inbox::default(),
            idle,
            queue: BTreeMap::new(),
            waiting: BTreeMap::new(),
            streams: BTreeMap::new(),
            next: 0,
        }
    }

    /// A hash over everything that happened so far.
    pub fn trace(&self) -> [u8; 32] {
        self.trace
    }

    /// Adds to that hash.
    pub fn note(&mut self, what: &str) {
        if self.tells {
            println!("{:.3} {what}", self.now);
        }
        let moment = self.now.as_nanosecond().to_be_bytes();
        self.trace = sha256(&[&self.trace, &moment, what.as_bytes()]);
    }

    /// Starts a machine, as far as its node lets it.
    pub async fn start(&mut self, id: usize) {
        self.show_time(id);
        let machine = &mut self.machines[id];
        let started = machine.start(id, &self.inbox, &self.readings);
        match started {
            Ok(reached) => {
                reached
                    .into_iter()
                    .for_each(|state| self.tally.reach(state));
                self.machines[id].introduce().await;
                self.settle().await;
                self.note(&format!("{id} started"));
            }
            Err(error) => {
                if matches!(error, NodeError::SignLock(_)) {
                    self.tally.reach(State::StartRefused);
                    if self.machines[id].restored.is_none() {
                        self.broken = Some(format!("n{id} does not start again: {error}"));
                    }
                }
                self.note(&format!("{id} refused: {error}"));
            }
        }
    }

    /// Ends a machine's node, gently or by its power.
    pub async fn end(&mut self, id: usize, power: bool) {
        match power {
            true => self.machines[id].cut_power(),
            false => self.machines[id].end(),
        }
        let over = |stream: &Stream| stream.from == id || stream.to == id;
        self.streams.retain(|_, stream| {
            if over(stream) {
                stream.pump.abort();
            }
            !over(stream)
        });
        self.settle().await;
        self.note(&format!("{id} ended"));
    }

    /// Lets everything happen that waits neither for a message nor for a clock.
    pub async fn settle(&mut self) {
        loop {
            self.idle.wait().await;
            // What was put on a thread of its own stands in line with this, on the only such thread.
            if tokio::task::spawn_blocking(|| ()).await.is_ok() {
                self.idle.wait().await;
            }
            let wishes = self.inbox.take();
            if wishes.is_empty() {
                return;
            }
            for wish in wishes {
                self.take_up(wish);
            }
        }
    }

    /// Lets this much time pass, one event after the other.
    pub async fn pass(&mut self, duration: Duration) {
        let until = after(self.now, duration);
        loop {
            self.settle().await;
            let message = self.queue.first_key_value().map(|(key, _)| *key);
            let wake = self.next_wake();
            let message_first = match (message, wake) {
                (None, None) => break,
                (Some((at, _)), Some((wake, _))) => at <= wake,
                (message, _) => message.is_some(),
            };
            let at = match message_first {
                true => message.map(|(at, _)| at),
                false => wake.map(|(at, _)| at),
            };
            let Some(at) = at.filter(|at| *at <= until) else {
                break;
            };
            self.now = self.now.max(at);
            match (message_first, message, wake) {
                (true, Some(key), _) => {
                    let due = self.queue.remove(&key).expect("it was just looked at");
                    self.arrive(due).await;
                }
                (_, _, Some((_, id))) => self.show_time(id),
                _ => break,
            }
        }
        self.now = until;
        (0..self.machines.len()).for_each(|id| self.show_time(id));
        self.settle().await;
    }

    /// Everybody sleeps for so long: all that was due meanwhile happens at once.
    pub async fn leap(&mut self, duration: Duration) {
        self.settle().await;
        self.now = after(self.now, duration);
        (0..self.machines.len()).for_each(|id| self.show_time(id));
        self.settle().await;
    }

    fn next_wake(&self) -> Option<(Timestamp, usize)> {
        let running = self
            .machines
            .iter()
            .enumerate()
            .filter(|(_, machine)| machine.runs());
        let wakes = running.filter_map(|(id, machine)| {
            let wake = machine.hand.next_wake()?;
            Some((wake.checked_sub(machine.offset).unwrap_or(wake), id))
        });
        wakes.min()
    }

    /// Sets the clock of a machine to what it shows now.
    pub fn show_time(&mut self, id: usize) {
        let machine = &self.machines[id];
        let shown = self.now.checked_add(machine.offset).unwrap_or(self.now);
        machine.hand.set(shown);
    }

    /// Sends a message on its way.
    pub(super) fn travel(&mut self, weather: Weather, due: Due) {
        let way = self.chance.moment(1, weather.slow_ms.max(2));
        self.due_in(way, due);
    }

    /// Something is due so much later.
    pub(super) fn due_in(&mut self, wait: Duration, due: Due) {
        let at = after(self.now, wait);
        let ticket = self.ticket();
        self.queue.insert((at, ticket), due);
    }

    /// A number that nothing else has.
    pub(super) fn ticket(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// A later moment.
pub fn after(moment: Timestamp, duration: Duration) -> Timestamp {
    let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::ZERO);
    moment.checked_add(duration).unwrap_or(moment)
}
