//! What can others ask over HTTP?

/// Lets visitors in and keeps them from keeping us waiting.
pub mod accept;
