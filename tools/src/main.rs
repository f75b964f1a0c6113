//! The program for those who consume feeds: `feedtool`.
fn main() {}
