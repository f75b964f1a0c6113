//! Many nodes in one process, on a clock, network and disk that a test turns by hand.
//!
//! Modules stand lowest first; each uses only those above it.

/// How nodes in one process ask each other, and what goes wrong on the way.
pub mod wire;

/// Listings to publish, each with words of its own.
pub mod drafts;

/// One whole node that can be stopped, killed and started.
pub mod centre;

/// The disk of a centre on another day.
pub mod backup;

/// Everything a node says, derived anew from the bytes that it serves.
pub mod derive;

/// Many nodes, what they promised, and the one who checks it.
pub mod world;

/// Real nodes that are killed, lose power, or have no room.
pub mod endure;

/// Many nodes under every fault that a seed can name.
pub mod sim;

/// Peers that keep to no rule, over real sockets.
pub mod hostile;
