//! Why can a node at an address not be followed?

use super::super::feeds::FeedError;
use super::super::peer::PeerError;

/// Why a node at an address cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum MeetError {
    /// The address is none that we may ask.
    #[error("this address cannot be followed: {0}")]
    Address(String),
    /// What answers there is no node.
    #[error("what answers there is not a Clearinghouse node")]
    NoNode,
    /// It gave no answer of use.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// Its identity is not sound, or our disk refused it.
    #[error(transparent)]
    Feed(#[from] FeedError),
}
