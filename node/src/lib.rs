//! What must be done: a node keeps its feed, follows others, shows the view.
//!
//! Modules stand lowest first; each uses only those above it.

/// The only reader of the system clock.
pub mod clock;

/// The only reader of flags, environment and the configuration file.
pub mod config;

/// How the program speaks to people in their language.
pub mod words;

/// What is on disk: feeds, sign lock, private log, and the derived database.
pub mod store;

/// Who writes our log, whom we follow, and what we ask of others.
pub mod feed;

/// The merged, searchable result of all verified feeds.
pub mod view;

/// What staff do: import and the accounts of those who write.
pub mod desk;

/// How a node comes to be, and how it is opened and run.
pub mod node;

/// What others can ask of the node over HTTP.
pub mod http;

/// How a node is opened, bound, served and shut down.
pub mod server;

/// The command line.
pub mod command;
