//! Who writes our log, and whom do we follow?

/// Which addresses this node may call.
pub mod guard;

/// Reads server-sent events.
pub mod event_stream;

/// How another node is asked for bytes.
pub mod transport;

/// How much is taken from one feed.
pub mod quota;

/// Who a node is, by every identity note that was heard.
pub mod known;
/// What staff and pages are told of a feed.
pub mod notes;

/// The feeds that this node keeps.
pub mod feeds;

/// The hashes of a log that is kept here, as proofs need them.
pub mod hashes;

/// For how long the bodies of others are handed out.
pub mod lease;
/// The witness that we are.
pub mod witness;

/// The one writer of our own log.
pub mod log;

/// What we ask of another node.
pub mod peer;

/// Alteration told from a fork.
pub mod judge;

/// What follows from a fork.
pub mod evidence;

/// One step of following a mirror.
pub mod step;

/// What witnesses confirm of each feed.
pub mod confirm;

/// How a mirror goes over from one log of a node to the next.
pub mod crossing;

/// Whom we follow, and when we ask.
pub mod sync;

/// Whether our own log may go on, and how it is healed.
pub mod heal;

/// Who cosigns our own log.
pub mod submit;

/// Feeds that nodes hand to us which nobody can reach.
pub mod push;
