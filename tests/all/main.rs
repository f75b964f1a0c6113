//! All tests that need more than one room of the house.

mod bits;
mod crash;
mod epoch_crash;
mod epochs;
mod forks;
mod handover;
mod healing;
mod hostile;
mod keys;
mod liars;
mod model;
mod network;
mod networks;
mod processes;
mod push;
mod quotas;
mod stories;
mod tidy;
mod walks;
mod witnesses;
