//! How does foreign text become a draft?
