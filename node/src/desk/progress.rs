//! How far has a long deed come?

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// How far a long deed has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done: the end of a key `cli-doing-…` of `node/locales`.
    pub doing: String,
    /// How much of it is done.
    pub done: u64,
    /// How much there is; 0 while that is not known.
    pub of: u64,
}

/// Where a long deed tells how far it has come. Only the latest word counts, so nobody has to keep up.
pub type Teller = watch::Sender<Progress>;

/// Tells how far `doing` has come.
pub fn tell(teller: &Teller, doing: &str, done: usize, of: usize) {
    teller.send_replace(Progress {
        doing: doing.to_owned(),
        done: done as u64,
        of: of as u64,
    });
}
