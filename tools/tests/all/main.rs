//! Do the commands hold what they promise, against feeds in memory?

// A test that cannot be set up has failed.
#![allow(clippy::unwrap_used)]

mod evidence;
mod following;
mod looking;
mod over_http;
mod still;
mod verifying;
