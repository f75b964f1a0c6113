//! Is everything in the end as it was promised?

use std::collections::BTreeMap;
use std::time::Duration;

use clearinghouse_protocol::tlog::hash::{Hash, sha256};
use uuid::Uuid;

use super::super::DemoError;
use super::super::cast::{CANADA, ONTARIO};
use super::Chaos;
use super::ledger::{Word, word_of};
use crate::desk::Desk;
use crate::view::Looked;

/// How long the views may take to become equal.
const PATIENCE: Duration = Duration::from_secs(180);

/// The time between two looks at them.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What one view says of one node's listings: the hash of each body.
type Said = BTreeMap<Uuid, Hash>;

impl Chaos<'_> {
    /// Waits until the province and the nation say of every node what it says itself.
    pub(super) async fn until_equal(&self) -> Result<(), DemoError> {
        let look = async {
            while !self.are_equal()? {
                self.clock.sleep(LOOK_EVERY).await;
            }
            Ok(())
        };
        let equal = self.clock.within(PATIENCE, look).await;
        equal.unwrap_or(Err(DemoError::Incomplete))
    }

    fn are_equal(&self) -> Result<bool, DemoError> {
        let desks: Vec<&Desk> = self
            .houses
            .iter()
            .filter_map(|house| house.server.as_ref())
            .map(|server| &server.desk)
            .collect();
        for (at, desk) in desks.iter().enumerate() {
            let nid = desk.identity().nid;
            if desk.log.held().is_some() {
                return Ok(false);
            }
            let own = said_of(desk, desk)?;
            for reader in [ONTARIO, CANADA] {
                // A province does not follow its nation.
                let follows = at >= reader;
                if follows && said_of(desks[reader], desk)? != own {
                    tracing::debug!(%nid, "the views are not equal yet");
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Promises that the national view does not keep.
    pub(super) fn broken_promises(&self) -> Result<Vec<String>, DemoError> {
        let canada = self.houses[CANADA].server.as_ref();
        let canada = &canada.expect("every node was started again").desk;
        let mut broken = Vec::new();
        for (uuid, promise) in &self.ledger.promises {
            let said = match canada.view.listing(*uuid)? {
                Looked::Here(shown) => word_of(&shown.listing.to_value()).map(str::to_owned),
                Looked::Gone(_) | Looked::Hidden | Looked::Unknown => None,
            };
            let said = said.map_or(Word::Erased, Word::Says);
            if promise.sure != said && !promise.open.contains(&said) {
                broken.push(format!(
                    "{uuid}: {:?} was promised, {said:?} is found",
                    promise.sure
                ));
            }
        }
        Ok(broken)
    }
}

fn said_of(reader: &Desk, of: &Desk) -> Result<Said, DemoError> {
    let mut said = Said::new();
    reader.view.each_of(of.identity().nid, |shown| {
        said.insert(shown.uuid, Hash(sha256(&[&shown.body])));
    })?;
    Ok(said)
}
