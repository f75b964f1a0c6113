//! What keeps the view going when the disk does not?
//!
//! Feeds are the ground, so the view can wait: while there is little room it takes no steps and shows
//! what it has, and after a failure it is built anew. In both cases it catches up by itself.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, RwLock, mpsc};
use std::time::Duration;

use clearinghouse_protocol::feed::origin::Nid;
use tokio::sync::watch;

use super::contested::Hidden;
use super::fold::{Fold, Order, whole};
use super::{Inner, View, ViewError};
use crate::clock::Clock;
use crate::feed::feeds::Feeds;
use crate::store::room;

/// Room in bytes below which no more changes are taken: database and index write in steps of megabytes.
const ROOM: u64 = 32 << 20;

/// How often the room on the disk is looked at while there is nothing else to do.
const LOOK: Duration = Duration::from_secs(1);

/// Orders that are taken between two looks at the room.
const BLIND: u32 = 16;

/// Why the view stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standstill {
    /// Little room is left on the disk. What the view has is shown; it goes on when there is room.
    Room {
        /// What is left, in bytes.
        left: u64,
        /// What would be enough, in bytes.
        enough: u64,
    },
    /// It failed and is away until it is built anew, and why.
    Failed(String),
}

impl fmt::Display for Standstill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MEBIBYTE: u64 = 1 << 20;
        match self {
            Standstill::Room { left, enough } => write!(
                f,
                "only {} MiB are left on its disk, and it needs {}; it goes on by itself when there is room",
                left / MEBIBYTE,
                enough.div_ceil(MEBIBYTE)
            ),
            Standstill::Failed(reason) => write!(
                f,
                "its view failed ({reason}) and is built anew as soon as the disk allows"
            ),
        }
    }
}

/// What every handle on the view shares with the one who writes it.
pub(super) struct Core {
    /// What is shown; nothing while it is built anew.
    now: RwLock<Option<Arc<Inner>>>,
    applied: watch::Sender<u64>,
    standstill: watch::Sender<Option<Standstill>>,
}

impl Core {
    pub(super) fn new(fold: Option<&Fold>) -> Core {
        Core {
            now: RwLock::new(fold.map(|fold| fold.inner.clone())),
            applied: watch::Sender::new(0),
            standstill: watch::Sender::new(None),
        }
    }

    pub(super) fn inner(&self) -> Option<Arc<Inner>> {
        whole(self.now.read()).clone()
    }

    pub(super) fn steps(&self) -> watch::Receiver<u64> {
        self.applied.subscribe()
    }

    pub(super) fn standstill(&self) -> watch::Receiver<Option<Standstill>> {
        self.standstill.subscribe()
    }

    fn stand(&self, why: Option<Standstill>) {
        self.standstill.send_if_modified(|known| {
            let changed = *known != why;
            *known = why;
            changed
        });
    }

    fn show(&self, inner: Option<Arc<Inner>>) {
        *whole(self.now.write()) = inner;
    }

    fn applied(&self) {
        self.applied.send_modify(|steps| *steps += 1);
    }
}

/// What it takes to open a view.
pub(super) struct Opening {
    pub(super) data: PathBuf,
    pub(super) feeds: Arc<Feeds>,
    pub(super) cache_bytes: u64,
    pub(super) clock: Clock,
    /// What staff hide.
    pub(super) hidden: Arc<RwLock<Hidden>>,
}

impl Opening {
    /// Opens what is there and brings it to what `counting` feeds say.
    pub(super) fn open(&self, counting: BTreeSet<Nid>) -> Result<Fold, ViewError> {
        let generation = u64::from_be_bytes(self.clock.random());
        let mut fold = Fold::open(&self.data, &self.feeds, self.cache_bytes, generation)?;
        let hidden = whole(self.hidden.read()).clone();
        fold.begin(counting, hidden)?;
        Ok(fold)
    }

    /// The same, with nothing there.
    pub(super) fn build(&self, counting: BTreeSet<Nid>) -> Result<Fold, ViewError> {
        View::delete(&self.data)?;
        self.open(counting)
    }
}

/// The one who sees to it that the view is written.
pub(super) struct Keeper {
    core: Arc<Core>,
    opening: Opening,
    orders: mpsc::Receiver<Order>,
}

/// Why no more orders are taken for now.
enum Pause {
    /// Nobody can give any.
    Over,
    /// There is no room for what they would write.
    Room,
}

impl Keeper {
    pub(super) fn new(core: Arc<Core>, opening: Opening, orders: mpsc::Receiver<Order>) -> Keeper {
        Keeper {
            core,
            opening,
            orders,
        }
    }

    /// Keeps the view until nobody asks for it any more.
    pub(super) fn keep(self, opened: Result<Fold, ViewError>, mut counting: BTreeSet<Nid>) {
        let mut opened = opened;
        loop {
            let outcome = opened.and_then(|mut fold| {
                let outcome = self.serve(&mut fold);
                counting = std::mem::take(&mut fold.counting);
                outcome.map(|pause| (pause, fold))
            });
            opened = match outcome {
                Ok((Pause::Over, _)) => return,
                Ok((Pause::Room, mut fold)) => {
                    if !self.wait(&mut counting) {
                        return;
                    }
                    // Whatever was verified meanwhile is found by comparing.
                    let hidden = whole(self.opening.hidden.read()).clone();
                    fold.begin(counting.clone(), hidden).map(|()| fold)
                }
                Err(error) => {
                    tracing::error!(%error, "the view failed and will be built anew");
                    self.core.show(None);
                    self.core.stand(Some(Standstill::Failed(error.to_string())));
                    if !self.wait(&mut counting) {
                        return;
                    }
                    self.opening.build(counting.clone())
                }
            };
            if let Ok(fold) = &opened {
                self.core.show(Some(fold.inner.clone()));
                self.core.stand(None);
                self.core.applied();
            }
        }
    }

    /// Takes orders while there is room.
    fn serve(&self, fold: &mut Fold) -> Result<Pause, ViewError> {
        let mut blind = 0;
        loop {
            if blind == 0 {
                let (left, enough) = self.room();
                let short = left < enough;
                self.core
                    .stand(short.then_some(Standstill::Room { left, enough }));
                // Orders that are on their way when edits are no longer taken still find room.
                if left < enough / 2 {
                    return Ok(Pause::Room);
                }
                blind = BLIND;
            }
            blind -= 1;
            let order = match self.orders.try_recv() {
                Ok(order) => order,
                Err(mpsc::TryRecvError::Disconnected) => return Ok(Pause::Over),
                Err(mpsc::TryRecvError::Empty) => {
                    fold.purge()?;
                    match self.orders.recv_timeout(LOOK) {
                        Ok(order) => order,
                        Err(mpsc::RecvTimeoutError::Timeout) => {
                            blind = 0;
                            continue;
                        }
                        Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(Pause::Over),
                    }
                }
            };
            fold.take(order)?;
            self.core.applied();
        }
    }

    /// Waits for room; answers whether anybody still asks for the view. Steps that are told meanwhile
    /// are found again by comparing; who counts is remembered.
    fn wait(&self, counting: &mut BTreeSet<Nid>) -> bool {
        loop {
            match self.orders.recv_timeout(LOOK) {
                Ok(Order::Counting(nids)) => *counting = nids,
                Ok(Order::Step(..) | Order::Late(..) | Order::Hiding(..))
                | Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return false,
            }
            let (left, enough) = self.room();
            if left >= enough {
                return true;
            }
        }
    }

    /// What is left on the disk, and what is enough, in bytes: merging writes the index once more.
    fn room(&self) -> (u64, u64) {
        let index = room::taken(&self.opening.data.join("index"));
        (room::left(&self.opening.data), ROOM + index)
    }
}
