//! What is not as it should be, and where?

use std::fmt;

/// One thing that a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, from the repository's root.
    pub path: String,
    /// The line, from 1; 0 if it is the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl Fault {
    /// A fault in a line of a file.
    pub fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        let (path, what) = (path.to_owned(), what.into());
        Self { path, line, what }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}
