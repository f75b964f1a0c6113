//! When may a witness sign?
