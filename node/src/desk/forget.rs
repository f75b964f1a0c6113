//! How is what was private about a listing forgotten when the listing is taken back?

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use super::Desk;
use super::edit::EditError;

/// How long we wait before we ask a disk again to forget what it did not.
const FORGET_AGAIN: Duration = Duration::from_secs(5);

impl Desk {
    /// Forgets what is private about a listing that was taken back. Should the disk refuse, it is tried
    /// until it does not, and once more at every start: the listing is gone, and this must go with it.
    pub(super) async fn forget(&self, uuid: Uuid) -> Result<(), EditError> {
        let outcome = self.blocking(move |desk| desk.private().forget(uuid)).await;
        if outcome.is_err() {
            // Not the whole desk: a node that shuts down must not wait for this.
            let (private, clock) = (Arc::downgrade(&self.private), self.clock.clone());
            tokio::spawn(async move {
                let mut refused = true;
                while let (true, Some(private)) = (refused, private.upgrade()) {
                    clock.sleep(FORGET_AGAIN).await;
                    let forget = move || {
                        let mut private = private.lock().unwrap_or_else(PoisonError::into_inner);
                        private.forget(uuid).is_err()
                    };
                    refused = tokio::task::spawn_blocking(forget).await.unwrap_or(false);
                }
            });
        }
        Ok(outcome?)
    }

    /// Forgets what is private about listings that were taken back before a disk refused to forget it.
    pub fn forget_leftovers(&self) -> Result<(), EditError> {
        let kept: Vec<Uuid> = self.private().state().private_uuids().collect();
        for uuid in kept {
            if self.view.has_ended(uuid)? {
                self.private().forget(uuid)?;
            }
        }
        Ok(())
    }
}
