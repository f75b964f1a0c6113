//! How much room is left on the disk?

use std::fs;
use std::path::Path;

use rustix::fs::statvfs;

/// Bytes that this program may still write under `dir`; as many as there can be where the system does
/// not say.
pub fn left(dir: &Path) -> u64 {
    statvfs(dir).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Bytes that the files of a folder take, without those in folders below it; what cannot be read
/// counts nothing.
pub fn taken(dir: &Path) -> u64 {
    let files = fs::read_dir(dir).into_iter().flatten().flatten();
    files
        .filter_map(|file| file.metadata().ok())
        .map(|about| about.len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_takes_its_length_and_no_folder_takes_nothing() {
        let dir = tempfile::TempDir::new().expect("a folder");
        fs::write(dir.path().join("a"), [0; 1000]).expect("room");
        assert_eq!(taken(dir.path()), 1000);
        assert_eq!(taken(&dir.path().join("none")), 0);
        assert!(left(dir.path()) > 0);
    }
}
