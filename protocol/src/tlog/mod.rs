//! How is a log hashed, signed, proven and served?
//!
//! Modules stand lowest first; each uses only those above it.

/// Strict reading of decimals, base64, hexadecimal and lines.
pub mod text;

/// SHA-256 as RFC 6962 uses it: leaves, nodes, the empty tree.
pub mod hash;

/// Names and keys that sign notes.
pub mod key;

/// Signed notes: a text and who signed it.
pub mod note;

/// Sizes, positions, roots, and the right edge of a growing tree.
pub mod tree;

/// Inclusion and consistency proofs.
pub mod proof;

/// Tiles and bundles of entries: what they are called and how they are cut.
pub mod tile;

/// What a log promises: its origin, its size, its root, signed.
pub mod checkpoint;

/// A proof of inclusion that can be kept in a file.
pub mod receipt;

/// What a witness signs, and when.
pub mod cosignature;

/// When a witness may sign.
pub mod witness;

/// Witnesses, and groups of them that have witnessed a checkpoint.
pub mod quorum;

/// How many witnesses are enough.
pub mod policy;
