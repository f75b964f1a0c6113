//! Does a real node keep what it promised when it is killed, loses power, or has no room?
//!
//! Modules stand lowest first; each uses only those above it.

/// Why a trial could not go on.
pub mod broken;

/// Numbers that are the same for the same seed.
pub mod chance;

/// What a node promised, and what it may say later.
pub mod ledger;

/// One real node as a process that can be started and killed.
pub mod process;

/// Writers over HTTP, each with listings of its own.
pub mod writers;

/// Whether a log only ever grew.
pub mod growth;

/// Whether a node still says what it promised.
pub mod check;

/// A file system of its own that can lose its power or its room.
pub mod mounts;

/// Rounds of load, a blow, and a new start.
pub mod rounds;

/// A disk that fills up.
pub mod full;
