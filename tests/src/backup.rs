//! What does a centre's disk look like on another day, and how is it put back?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::centre::Centre;

/// Every file on a centre's disk at one moment, the sign lock too: a snapshot of the whole machine.
#[derive(Clone, Debug)]
pub struct Backup(BTreeMap<PathBuf, Vec<u8>>);

impl Backup {
    /// A file as it was.
    pub fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        self.0.get(path).cloned()
    }
}

impl Centre {
    /// All that stands on the disk now.
    pub fn backup(&self) -> Backup {
        let paths = self.disk.paths().into_iter();
        let files = paths.filter_map(|path| Some((path.clone(), self.disk.bytes(&path)?)));
        Backup(files.collect())
    }

    /// Rolls the disk back to a backup, also under a node that runs.
    pub fn restore(&self, backup: &Backup) {
        for path in self.disk.paths() {
            if !backup.0.contains_key(&path) {
                self.disk.take(&path);
            }
        }
        for (path, bytes) in &backup.0 {
            self.disk.put(path, bytes);
        }
    }
}
