//! What must be right: pure functions over bytes, without socket, disk, clock or chance.
//!
//! Modules stand lowest first; each uses only those above it.

/// The transparency log: hashes, keys, notes, trees, proofs, tiles, checkpoints, witnesses.
pub mod tlog;

/// What a centre says about one initiative: from a draft to a listing that is sound.
pub mod listing;

/// A node's feed: identity, entries, bodies, what an author writes and a reader checks.
pub mod feed;

/// Foreign formats: what they say, as drafts of ours.
pub mod formats;
