//! What do all verified feeds say together?

/// Which listings have a place near here.
pub mod geo;

/// Which place somebody means by a name or a postal code.
pub mod places;

/// Which listings answer what somebody looks for.
pub mod search;
