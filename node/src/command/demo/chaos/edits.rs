//! What do centres write while everything goes wrong?

use std::time::Duration;

use clearinghouse_protocol::listing::Draft;

use super::super::DemoError;
use super::super::cast::CENTRES;
use super::Chaos;
use super::ledger::{Word, draft};

/// How long an edit may take before nobody waits for it any more.
const EDIT_WAIT: Duration = Duration::from_secs(10);

impl Chaos<'_> {
    /// Publishes, revises or erases a listing at a centre that is there.
    pub(super) async fn edit(&mut self) -> Result<(), DemoError> {
        let centre = CENTRES[self.below(CENTRES.len())];
        let Some(server) = &self.houses[centre].server else {
            return Ok(());
        };
        let desk = server.desk.clone();
        let known = self.ledger.of(centre);
        let known = known.get(self.below(known.len())).copied();
        match (known, self.below(10)) {
            (Some(uuid), 4..=7) => {
                let word = self.ledger.word();
                let draft = Draft::from_value(draft(&word)).map_err(DemoError::Draft)?;
                let edit = self
                    .clock
                    .within(EDIT_WAIT, desk.revise(uuid, &draft, None));
                match edit.await {
                    Some(Ok(_)) => self.ledger.keep(centre, uuid, Word::Says(word)),
                    _ => self.ledger.leave_open(Some(uuid), Word::Says(word)),
                }
            }
            (Some(uuid), 8..) => {
                let edit = self.clock.within(EDIT_WAIT, desk.erase(uuid, None));
                match edit.await {
                    Some(Ok(_)) => self.ledger.keep(centre, uuid, Word::Erased),
                    _ => self.ledger.leave_open(Some(uuid), Word::Erased),
                }
            }
            _ => {
                let word = self.ledger.word();
                let draft = Draft::from_value(draft(&word)).map_err(DemoError::Draft)?;
                let edit = self.clock.within(EDIT_WAIT, desk.publish(&draft));
                match edit.await {
                    Some(Ok(published)) => {
                        self.ledger.keep(centre, published.uuid, Word::Says(word));
                    }
                    _ => self.ledger.leave_open(None, Word::Says(word)),
                }
            }
        }
        Ok(())
    }
}
