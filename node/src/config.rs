//! How is this node configured?
