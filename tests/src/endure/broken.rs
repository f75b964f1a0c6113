//! Why could a trial not go on?

use std::fmt::Display;

/// What stopped a trial; what a node did wrong is counted instead, as long as it answers.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

impl Broken {
    /// What was tried, and what came of it.
    pub fn at(what: impl Display, why: impl Display) -> Broken {
        Broken(format!("{what}: {why}"))
    }
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Broken {
        Broken(error.to_string())
    }
}

impl From<feedtool::failure::Failure> for Broken {
    fn from(failure: feedtool::failure::Failure) -> Broken {
        Broken(failure.sentence())
    }
}
