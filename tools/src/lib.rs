//! What consumers of feeds can do without a node: verify, follow, look, keep receipts, load.
//!
//! Modules stand lowest first; each uses only those above it.

/// What the bytes of an event stream say.
pub mod events;

/// Asking a node over HTTP, within limits.
pub mod fetch;

/// Why a command stopped, and its exit code.
pub mod failure;

/// A bar on standard error for what takes long.
pub mod progress;

/// Days of the log as dates.
pub mod day;

/// One feed at one address, and what it can be asked for.
pub mod source;

/// From what is known of a log to what it signed last.
pub mod walk;

/// Bodies against their commitments.
pub mod bodies;

/// One entry as a line of JSON.
pub mod change;

/// The file that remembers how far changes were printed.
pub mod cursor;

/// When to ask a node again.
pub mod news;

/// `feedtool verify`: a whole feed, as a stranger would check it.
pub mod verify;

/// `feedtool follow`: every change of a feed, for ever.
pub mod follow;

/// What the bytes of a feed say, for people.
pub mod describe;

/// `feedtool show`: what is this?
pub mod show;

/// `feedtool evidence`: a proof that a log has two histories, checked offline.
pub mod evidence;

/// `feedtool receipt`: a proof that can be kept and checked offline.
pub mod receipt;

/// Listings that nobody is in.
pub mod fiction;

/// `feedtool load`: how many writes a node acknowledges.
pub mod load;
