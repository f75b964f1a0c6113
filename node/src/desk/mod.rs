//! What does staff do with a node: edit, join, follow, let others write?

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::feed::origin::Nid;

use crate::clock::Clock;
use crate::config::Config;
use crate::feed::confirm::{Confirm, Confirmation};
use crate::feed::feeds::Feeds;
use crate::feed::heal::Healer;
use crate::feed::log::Log;
use crate::feed::submit::Submit;
use crate::feed::sync::Sync;
use crate::feed::witness::Witness;
use crate::store::private::PrivateLog;
use crate::view::View;

/// Publishing, revising and erasing listings.
pub mod edit;

/// Forgetting what was private.
mod forget;

/// Listings that go to another centre, or come from one.
pub mod handover;

/// What nobody sees at this node.
pub mod hide;

/// Rosters, joining and following.
pub mod membership;

/// Names, address and keys.
pub mod keys;

/// Who may write over the network.
pub mod tokens;

/// How the node and its feeds stand.
pub mod status;

/// How far a long deed has come.
pub mod progress;

/// Why a request was not done.
pub mod refusal;

/// Foreign lists that become listings of ours.
pub mod import;

/// Whether everything on disk is what was signed.
pub mod verify;

/// What our own commands ask, and the answers.
pub mod request;

/// How our own commands reach a node that runs.
pub mod socket;

/// The parts of an open node.
pub struct Parts {
    /// The feeds kept here.
    pub feeds: Arc<Feeds>,
    /// The one writer of our own.
    pub log: Log,
    /// What all feeds say together.
    pub view: View,
    /// Whom we follow.
    pub sync: Sync,
    /// Whether our own log may go on.
    pub healer: Healer,
    /// The witness that we are.
    pub witness: Arc<Witness>,
    /// What witnesses confirm.
    pub confirm: Arc<Confirm>,
    /// Who has our own log cosigned.
    pub submit: Arc<Submit>,
    /// The node's private state.
    pub private: PrivateLog,
    /// How the node is configured.
    pub config: Arc<Config>,
    /// The time and chance.
    pub clock: Clock,
}

/// All that acts for this node; cheap to clone.
#[derive(Clone)]
pub struct Desk {
    /// The feeds kept here.
    pub feeds: Arc<Feeds>,
    /// The one writer of our own.
    pub log: Log,
    /// What all feeds say together.
    pub view: View,
    /// Whom we follow.
    pub sync: Sync,
    /// Whether our own log may go on.
    pub healer: Healer,
    /// The witness that we are.
    pub witness: Arc<Witness>,
    /// What witnesses confirm.
    pub confirm: Arc<Confirm>,
    /// Who has our own log cosigned.
    pub submit: Arc<Submit>,
    /// How the node is configured.
    pub config: Arc<Config>,
    /// The time and chance.
    pub clock: Clock,
    private: Arc<Mutex<PrivateLog>>,
    /// Held by whoever imports.
    importing: Arc<tokio::sync::Mutex<()>>,
}

impl Desk {
    /// Puts the parts of an open node together.
    pub fn new(parts: Parts) -> Desk {
        Desk {
            feeds: parts.feeds,
            log: parts.log,
            view: parts.view,
            sync: parts.sync,
            healer: parts.healer,
            witness: parts.witness,
            confirm: parts.confirm,
            submit: parts.submit,
            config: parts.config,
            clock: parts.clock,
            private: Arc::new(Mutex::new(parts.private)),
            importing: Arc::default(),
        }
    }

    /// Who this node is.
    pub fn identity(&self) -> Identity {
        self.feeds.own().identity.clone()
    }

    /// How much of a node's feed witnesses confirm now.
    pub fn confirmed(&self, nid: Nid) -> Confirmation {
        self.confirm.confirmed(nid)
    }

    /// The node's private state. Not to be held over an await; its flushes block.
    pub fn private(&self) -> MutexGuard<'_, PrivateLog> {
        self.private.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
