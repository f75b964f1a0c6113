//! What is on disk?
//!
//! Modules stand lowest first; each uses only those above it.

/// What we ask of the disk, and what we believe afterwards.
pub mod disk;

/// The disk of this machine.
pub mod real_disk;

/// A disk in memory that fails and loses power on request.
pub mod fault_disk;

/// A disk that is only read.
pub mod dry_disk;

/// How much room is left on the real disk.
pub mod room;

/// The last checkpoint that we signed.
pub mod signlock;

/// The last checkpoint of each log that we cosigned.
pub mod cosigned;

/// One process for a data directory.
pub mod lockfile;

/// The bodies of a feed on disk.
pub mod bodies;

/// The entries, hashes and checkpoint of a feed on disk.
pub mod files;

/// The keys of private values.
pub mod slots;

/// What a centre keeps to itself.
pub mod private;

/// Which bytes the derived database holds.
pub mod rows;

/// The only module that knows sled: what can be built anew from the feeds.
pub mod db;

/// The keys of this node.
pub mod keys;
