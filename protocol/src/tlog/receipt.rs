//! How is a proof of inclusion kept in a file?
