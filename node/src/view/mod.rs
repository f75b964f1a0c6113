//! What do all verified feeds say together?
