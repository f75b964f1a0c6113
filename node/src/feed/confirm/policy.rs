//! Which policy of staff says what is confirmed?

use std::path::{Path, PathBuf};

use clearinghouse_protocol::tlog::policy::{MAX_POLICY_BYTES, Policy, PolicyError};

use crate::store::disk::{DiskError, SharedDisk};

/// The policy of staff, in the data directory.
const POLICY: &str = "policy";

/// Why there is no policy.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The file cannot be read.
    #[error("{}: {}", path.display(), told(source))]
    Policy {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: PolicyError,
    },
}

fn told(error: &PolicyError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// The policy in `data`, if there is one.
pub(super) fn read(disk: &SharedDisk, data: &Path) -> Result<Option<Policy>, ConfirmError> {
    let path = data.join(POLICY);
    let Some(bytes) = read_at_most(disk, &path, MAX_POLICY_BYTES as u64 + 1)? else {
        return Ok(None);
    };
    let policy = Policy::parse(&bytes);
    policy
        .map(Some)
        .map_err(|source| ConfirmError::Policy { path, source })
}

/// A file, unless it is longer than anything of ours.
pub(super) fn read_at_most(
    disk: &SharedDisk,
    path: &Path,
    max_bytes: u64,
) -> Result<Option<Vec<u8>>, DiskError> {
    match disk.len(path)? {
        Some(length) if length <= max_bytes => disk.read(path),
        Some(_) => disk.read_at(path, 0, max_bytes as usize).map(Some),
        None => Ok(None),
    }
}
