//! The program of a centre: `clearinghouse`.
fn main() {}
