//! Does the feed hold to its document, its vectors, and to nothing it was sent?

#[path = "feed/case.rs"]
mod case;

#[path = "feed/vectors.rs"]
mod vectors;

#[path = "feed/following.rs"]
mod following;

#[path = "feed/handovers.rs"]
mod handovers;

#[path = "feed/rosters.rs"]
mod rosters;

#[path = "feed/witnesses.rs"]
mod witnesses;

#[path = "feed/document.rs"]
mod document;

#[path = "feed/orders.rs"]
mod orders;

#[path = "feed/mangled.rs"]
mod mangled;
