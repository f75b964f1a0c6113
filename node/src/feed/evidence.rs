//! What do we do once a log has signed two histories?

use clearinghouse_protocol::feed::evidence::{Evidence, EvidenceError, Fork};

use super::feeds::{Feed, FeedError, Feeds};
use super::peer::{Peer, PeerError};

/// What others showed us of a fork.
#[derive(Debug, thiserror::Error)]
pub enum AccusationError {
    /// They gave no answer of use.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// What they serve as evidence proves nothing.
    #[error("{url} serves evidence against {nid} that proves nothing: {source}")]
    Nothing {
        /// Who.
        url: String,
        /// Whose log it is said to be about.
        nid: String,
        /// What is wrong with it.
        source: EvidenceError,
    },
    /// Our own disk.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

/// Keeps the evidence and stays, for good, at the last state that was verified.
///
/// The first evidence is the one that is kept: one fork is enough.
///
/// # Errors
/// The evidence does not hold against this feed, or the disk does not take it: then nothing changed.
pub fn convict(feeds: &Feeds, feed: &Feed, evidence: &Evidence) -> Result<Fork, FeedError> {
    let fork = evidence.check(&feed.identity.origin, &feed.identity.log_key)?;
    if feed.evidence().is_none() {
        // On disk before anyone hears of it: whoever was told may rely on finding it here.
        feed.files().save_evidence(&evidence.write())?;
        feed.forked(evidence.write(), &fork);
        tracing::error!(%fork, "evidence of a fork is kept and served");
        feeds.announce(feed.nid());
    }
    Ok(fork)
}

/// Asks a peer for evidence against a log that we keep, and convicts it if there is some that holds.
///
/// # Errors
/// [`AccusationError`]; a peer that accuses falsely changes nothing.
pub async fn ask(feeds: &Feeds, feed: &Feed, peer: &Peer) -> Result<Option<Fork>, AccusationError> {
    let Some(bytes) = peer.evidence(feed.identity.origin).await? else {
        return Ok(None);
    };
    let (origin, key) = (&feed.identity.origin, &feed.identity.log_key);
    let read = Evidence::read(&bytes);
    let held = read.and_then(|evidence| evidence.check(origin, key).map(|_| evidence));
    let evidence = held.map_err(|source| AccusationError::Nothing {
        url: peer.base().to_string(),
        nid: feed.nid().to_string(),
        source,
    })?;
    Ok(Some(convict(feeds, feed, &evidence)?))
}
