//! What do all verified feeds say together?

/// Which listings have a place near here.
pub mod geo;
