//! What can a peer do that breaks every rule, over real sockets?
//!
//! Modules stand lowest first; each uses only those above it.

/// A feed made by hand, sound or not.
pub mod forge;

/// A server that answers with whatever bytes it likes, as slowly as it likes.
pub mod liar;

/// Spellings of addresses that nobody should be asked at.
pub mod near;

/// How each rule is broken.
pub mod tricks;

/// What each liar does, and what should come of it.
pub mod rows;

/// A node over real sockets, and what its operator sees.
pub mod victim;
