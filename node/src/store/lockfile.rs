//! How do two processes never open one data directory at once?

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// The name of the lock inside the data directory.
const NAME: &str = "lock";

/// Why the data directory is not ours.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error(
        "the data directory {} is in use{}: stop that program, or let it do the work",
        dir.display(),
        by.map(|id| format!(" by process {id}")).unwrap_or_default()
    )]
    Held {
        /// The data directory.
        dir: PathBuf,
        /// The process that has it, as far as it said.
        by: Option<u32>,
    },
    /// The lock cannot be opened.
    #[error("cannot lock the data directory {}: {source}", dir.display())]
    Io {
        /// The data directory.
        dir: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// A data directory that no other process opens while this value lives. The kernel lets go of
/// it when the process ends, however it ends, so nothing has to be tidied away after a crash.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock, or says at once who has it. The directory must exist.
    pub fn take(dir: &Path) -> Result<DirectoryLock, LockError> {
        let io = |source| LockError::Io {
            dir: dir.to_path_buf(),
            source,
        };
        let path = dir.join(NAME);
        // Not truncated on opening: the file may be another's, and hold its process id.
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let mut file = opened.map_err(io)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut text = String::new();
                // A courtesy only; without it the sentence is still right.
                let _ = file.take(32).read_to_string(&mut text);
                let by = text.trim().parse().ok();
                return Err(LockError::Held {
                    dir: dir.to_path_buf(),
                    by,
                });
            }
            Err(errno) => return Err(io(errno.into())),
        }
        file.set_len(0).map_err(io)?;
        writeln!(file, "{}", std::process::id()).map_err(io)?;
        Ok(DirectoryLock { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_opener_is_told_who_has_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let first = DirectoryLock::take(dir.path()).unwrap();
        let second = DirectoryLock::take(dir.path()).unwrap_err();
        let sentence = second.to_string();
        assert!(
            sentence.contains(&format!("process {}", std::process::id())),
            "{sentence}"
        );
        drop(first);
        DirectoryLock::take(dir.path()).unwrap();
    }

    #[test]
    fn a_lock_left_by_a_crash_is_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(NAME), "999999999999\n").unwrap();
        DirectoryLock::take(dir.path()).unwrap();
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let missing = DirectoryLock::take(&dir.path().join("no"));
        assert!(matches!(missing, Err(LockError::Io { .. })));
    }
}
