//! What do the hashes of a log that is kept here prove?

use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::proof::{ProofError, prove_consistency};
use clearinghouse_protocol::tlog::tree::{Hashes, Size, TileHashes, root};

use crate::store::files::FeedFiles;

/// The hashes of complete subtrees over the entries that are visible.
pub fn hashes(files: &FeedFiles) -> impl Hashes + '_ {
    TileHashes(|level: u8, range: std::ops::Range<u64>| {
        // A disk that does not answer proves nothing, like a hash that is not there.
        let bytes = files.hashes(level, range).ok()??;
        let (hashes, _) = bytes.as_chunks::<{ Hash::BYTES }>();
        Some(hashes.iter().copied().map(Hash).collect::<Vec<Hash>>())
    })
}

/// The root of the first `size` entries; `None` if they are not all here.
pub fn root_at(files: &FeedFiles, size: Size) -> Option<Hash> {
    if size > files.size() {
        return None;
    }
    root(size, &hashes(files))
}

/// The proof that the visible entries begin with the first `old`.
///
/// # Errors
/// [`ProofError::Shrunk`] or [`ProofError::Missing`].
pub fn grown_from(files: &FeedFiles, old: Size) -> Result<Vec<Hash>, ProofError> {
    prove_consistency(old, files.size(), &hashes(files))
}
