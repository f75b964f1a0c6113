//! How can what is on disk be looked at with the eyes of its owner, and nothing be changed?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::disk::{Disk, DiskError, SharedDisk};

/// A disk that is only read: whatever is written stays in memory, and is seen by later reads.
///
/// Opening a feed mends what a crash left. Opened on this disk, it tells what it would have mended. Its
/// memory is bounded by the files that are mended.
pub struct DryDisk {
    disk: SharedDisk,
    /// What was written, whole; `None` for a file that was taken away.
    written: Mutex<BTreeMap<PathBuf, Option<Vec<u8>>>>,
}

impl DryDisk {
    /// Nothing is written to `disk` through this one.
    pub fn new(disk: SharedDisk) -> DryDisk {
        DryDisk {
            disk,
            written: Mutex::default(),
        }
    }

    /// The files that would not be as they are, had this been another disk.
    pub fn changed(&self) -> Result<Vec<PathBuf>, DiskError> {
        let mut changed = Vec::new();
        for (path, bytes) in self.written().iter() {
            if self.disk.read(path)? != *bytes {
                changed.push(path.clone());
            }
        }
        Ok(changed)
    }

    /// A file as it really is.
    pub fn beneath(&self, path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
        self.disk.read(path)
    }

    fn written(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Option<Vec<u8>>>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn edit(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), DiskError> {
        let mut bytes = self.read(path)?.unwrap_or_default();
        change(&mut bytes);
        self.written().insert(path.to_owned(), Some(bytes));
        Ok(())
    }
}

impl Disk for DryDisk {
    fn create_dir_all(&self, _: &Path) -> Result<(), DiskError> {
        Ok(())
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
        match self.written().get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None => self.disk.read(path),
        }
    }

    fn read_at(&self, path: &Path, offset: u64, len: usize) -> Result<Vec<u8>, DiskError> {
        match self.written().get(path) {
            Some(bytes) => {
                let bytes = bytes.as_deref().unwrap_or_default();
                let start = bytes.len().min(offset as usize);
                let end = bytes.len().min(start.saturating_add(len));
                Ok(bytes[start..end].to_vec())
            }
            None => self.disk.read_at(path, offset, len),
        }
    }

    fn len(&self, path: &Path) -> Result<Option<u64>, DiskError> {
        match self.written().get(path) {
            Some(bytes) => Ok(bytes.as_ref().map(|bytes| bytes.len() as u64)),
            None => self.disk.len(path),
        }
    }

    fn list(&self, dir: &Path) -> Result<Vec<String>, DiskError> {
        self.disk.list(dir)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        self.edit(path, |file| file.extend_from_slice(bytes))
    }

    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.edit(path, |file| {
            let end = offset as usize + bytes.len();
            if file.len() < end {
                file.resize(end, 0);
            }
            file[offset as usize..end].copy_from_slice(bytes);
        })
    }

    fn truncate(&self, path: &Path, len: u64) -> Result<(), DiskError> {
        self.edit(path, |file| file.resize(len as usize, 0))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        self.written().insert(path.to_owned(), Some(bytes.to_vec()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<(), DiskError> {
        self.written().insert(path.to_owned(), None);
        Ok(())
    }

    fn flush(&self, _: &[&Path]) -> Result<(), DiskError> {
        Ok(())
    }

    fn flush_dir(&self, _: &Path) -> Result<(), DiskError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::real_disk::RealDisk;
    use super::*;

    #[test]
    fn what_is_written_is_seen_and_stays_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "abc").unwrap();
        let dry = DryDisk::new(Arc::new(RealDisk::new(super::super::disk::Stop::Report)));
        dry.append(&path, b"def").unwrap();
        dry.write_at(&path, 1, b"X").unwrap();
        dry.truncate(&path, 5).unwrap();
        assert_eq!(dry.read(&path).unwrap().unwrap(), b"aXcde");
        assert_eq!(dry.read_at(&path, 3, 9).unwrap(), b"de");
        assert_eq!(dry.changed().unwrap(), vec![path.clone()]);
        dry.replace(&path, b"abc").unwrap();
        assert!(dry.changed().unwrap().is_empty());
        dry.remove(&path).unwrap();
        assert_eq!(dry.len(&path).unwrap(), None);
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
    }
}
