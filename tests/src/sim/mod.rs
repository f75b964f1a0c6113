//! What do many nodes do to each other under every fault that a seed can name?
//!
//! The code is that of a node: feeds, log, following, and the handlers of the feed paths, over a disk in
//! memory, a clock turned by hand and a network made of a queue. Only search is left out: the view is the
//! fold over verified steps that `protocol` defines.
//!
//! Modules stand lowest first; each uses only those above it.

/// What was done and reached.
pub mod tally;

/// How nodes ask each other, one message at a time.
pub mod net;

/// The listings that follow from verified steps.
pub mod fold;

/// What was signed and promised, and by whom.
pub mod ledger;

/// What a liar makes of its answers.
pub mod lies;

/// One node: its disk, its clock, and its life while it runs.
pub mod machine;

/// All machines, the time, and what is on its way between them.
pub mod world;

/// How messages travel and are answered.
pub mod post;

/// What a seed has in store.
pub mod plan;

/// What is done to the world at a step.
pub mod deeds;

/// What goes wrong with disks, lines and clocks.
pub mod harm;

/// What must be true after every step.
pub mod check;

/// What must be true when nothing goes wrong any more.
pub mod agree;

/// One seed from its beginning to its end, and many.
pub mod run;
