//! Who may change a feed, when two peers hand it out at the same time?

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Feed;

/// Held by whoever changes a feed, so that the one who comes second writes nothing.
#[derive(Default)]
pub(super) struct Turns {
    /// Who keeps a step.
    keeping: Mutex<()>,
    /// Who goes over into the next log.
    crossing: tokio::sync::Mutex<()>,
}

impl Feed {
    /// Keeps everyone else from keeping a step of this feed. Not to be held over an await.
    pub fn keep_alone(&self) -> MutexGuard<'_, ()> {
        self.turns
            .keeping
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps everyone else from going over into the next log.
    pub async fn go_over_alone(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turns.crossing.lock().await
    }
}
