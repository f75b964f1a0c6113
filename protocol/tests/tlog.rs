//! Do we read, write and prove what everyone else does?

#[path = "tlog/vectors.rs"]
mod vectors;

#[path = "tlog/trees.rs"]
mod trees;

#[path = "tlog/texts.rs"]
mod texts;
