//! What does an author write into a feed, and what does a reader check?

/// Whose log is this? Node identifiers, epochs and origins.
pub mod origin;

/// Who is this node? The genesis text and the keys that it names.
pub mod identity;

/// What stands in a log? The 52-byte header and the payload of some kinds.
pub mod entry;

/// How does a body say through whose hands its listing came?
pub mod handed;

/// How is a listing's text bound to its entry, and to its owner?
pub mod body;

/// When did a node last say that its log was no longer than this?
pub mod attest;

/// Which entries of a log are still in force?
pub mod living;

/// What does one entry of kind roster say?
pub mod statement;

/// Which centres does a network speak for?
pub mod roster;

/// How does one log of a node go over into the next?
pub mod epoch;

/// How does a listing come into other hands?
pub mod handover;

/// Why does one entry of a log change nothing?
pub mod aside;

/// What proves that a log has signed two histories?
pub mod evidence;

/// What must an author write?
pub mod append;

/// What makes a reader believe a feed?
pub mod follow;

/// What do many feeds say together?
pub mod merge;

/// Whom does a log ask to cosign it, and what is confirmed by that?
pub mod witnesses;
