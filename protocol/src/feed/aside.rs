//! Why does one entry of a log change nothing?

use super::entry::EntryError;
use super::epoch::EpochError;
use super::handover::TransferError;
use super::living::TargetGone;
use super::roster::RosterError;

/// Why one entry changes nothing, while the log goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetAside {
    /// Its bytes are no entry of this version.
    #[error("{0}")]
    Entry(EntryError),
    /// It replaces or erases what is not in force.
    #[error("{0}")]
    Target(TargetGone),
    /// Its statement of membership is not well-formed.
    #[error("{0}")]
    Roster(RosterError),
    /// Its statement of a hand-over is not well-formed.
    #[error("{0}")]
    Transfer(TransferError),
    /// One hand-over more than a reader keeps of one log.
    #[error("this log has stated more hand-overs than are kept")]
    TooMany,
    /// Its identity note is not that of this log's node.
    #[error("it carries an identity that is not this node's")]
    Identity,
    /// It does not belong between the log's opening and its close.
    #[error("{0}")]
    Epoch(EpochError),
    /// It carries what was not in force.
    #[error("it carries what was not in force in the log before, or was another listing there")]
    NotLiving,
}
