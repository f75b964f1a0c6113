//! All tests that need more than one room of the house.

mod crash;
mod processes;
mod liars;
mod stories;
mod tidy;
mod walks;
