//! What is not for anybody to see at this node, although its author publishes it?

use std::fmt;
use std::str::FromStr;

use clearinghouse_protocol::feed::origin::Nid;
use uuid::Uuid;

use super::Desk;
use crate::store::private::{Hiding, PrivateError, PrivateState, Statement};
use crate::view::Hidden;

/// A listing, or a node with all that it states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A listing.
    Listing(Uuid),
    /// A node.
    Node(Nid),
}

/// A text that names neither a listing nor a node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither the id of a listing nor the identifier of a node")]
pub struct NamesNothing(String);

impl FromStr for What {
    type Err = NamesNothing;

    fn from_str(text: &str) -> Result<What, NamesNothing> {
        let listing = text.parse().ok().map(What::Listing);
        let node = || text.parse().ok().map(What::Node);
        listing
            .or_else(node)
            .ok_or_else(|| NamesNothing(text.chars().take(60).collect()))
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Listing(uuid) => uuid.fmt(f),
            What::Node(nid) => nid.fmt(f),
        }
    }
}

/// Why something was not hidden or shown again.
#[derive(Debug, thiserror::Error)]
pub enum HideError {
    /// A centre that does not want to show its own listings erases them.
    #[error("this is the node itself; what it says itself is erased, not hidden")]
    Ourselves,
    /// It could not be kept.
    #[error(transparent)]
    Private(#[from] PrivateError),
}

impl Desk {
    /// Shows this to nobody at this node from now on, for a reason that only staff see. Its feed is
    /// mirrored as before, and nobody else hears of it.
    pub async fn hide(&self, what: What, reason: &str) -> Result<(), HideError> {
        if what == What::Node(self.identity().nid) {
            return Err(HideError::Ourselves);
        }
        let hiding = Hiding {
            what: what.to_string(),
            reason: reason.to_owned(),
            since: u64::try_from(self.clock.now().as_second()).unwrap_or(0),
        };
        self.say_hidden(Statement::Hide(hiding)).await
    }

    /// Shows it again.
    pub async fn unhide(&self, what: What) -> Result<(), HideError> {
        let what = what.to_string();
        self.say_hidden(Statement::Unhide { what }).await
    }

    /// What is hidden, each with its reason.
    pub fn hidden(&self) -> Vec<Hiding> {
        self.private().state().hidden().cloned().collect()
    }

    async fn say_hidden(&self, statement: Statement) -> Result<(), HideError> {
        let said = self.blocking(move |desk| desk.private().say(&[statement]));
        said.await?;
        let hidden = hidden_in(self.private().state());
        self.view.hide(hidden).await;
        Ok(())
    }
}

/// What staff hide, as it stands in the private log.
pub fn hidden_in(state: &PrivateState) -> Hidden {
    let mut hidden = Hidden::default();
    for hiding in state.hidden() {
        match hiding.what.parse() {
            Ok(What::Listing(uuid)) => drop(hidden.listings.insert(uuid)),
            Ok(What::Node(nid)) => drop(hidden.nodes.insert(nid)),
            Err(error) => tracing::warn!(%error, "something hidden is not understood"),
        }
    }
    hidden
}
