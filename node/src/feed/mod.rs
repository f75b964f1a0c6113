//! Who writes our log, and whom do we follow?

/// Which addresses this node may call.
pub mod guard;

/// Reads server-sent events.
pub mod event_stream;

/// How another node is asked for bytes.
pub mod transport;
