//! What a node serves, asked for path by path.
