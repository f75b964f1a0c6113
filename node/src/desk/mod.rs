//! What do staff do?
