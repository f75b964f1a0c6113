//! How does this machine's disk keep what we ask it to keep?

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::disk::{Disk, DiskError, NEW, SharedDisk, Stop, beside, folder};

/// How many files stay open between two calls: well below the usual limit of 1,024 descriptors.
const OPEN_FILES: usize = 256;

/// How many files are flushed at the same time: the kernel joins them into few journal commits.
const FLUSHES_AT_ONCE: usize = 8;

/// The disk of this machine, with a bounded number of files kept open.
pub struct RealDisk {
    open: Mutex<Opened>,
    stop: Stop,
    stopped: AtomicBool,
}

#[derive(Default)]
struct Opened {
    files: HashMap<PathBuf, Arc<Handle>>,
    clock: u64,
}

/// A file kept open. `state` is locked by whoever writes.
struct Handle {
    file: File,
    state: Mutex<HandleState>,
}

struct HandleState {
    /// Where the next append goes.
    len: u64,
    /// Written since the last flush.
    dirty: bool,
    /// Its name is known to outlast a power cut.
    named: bool,
    /// When it was last asked for, to close the one that waited longest.
    used: u64,
}

impl RealDisk {
    /// The disk as the program uses it: a failed flush ends the process.
    pub fn shared() -> SharedDisk {
        Arc::new(RealDisk::new(Stop::Exit))
    }

    /// A disk that deals with a failed flush as `stop` says.
    pub fn new(stop: Stop) -> RealDisk {
        RealDisk {
            open: Mutex::default(),
            stop,
            stopped: AtomicBool::new(false),
        }
    }

    fn checked<T>(&self, result: Result<T, DiskError>) -> Result<T, DiskError> {
        if let Err(DiskError::Flush { .. }) = result {
            self.stopped.store(true, Ordering::SeqCst);
        }
        self.stop.or_stop(result)
    }

    fn alive(&self) -> Result<(), DiskError> {
        if self.stopped.load(Ordering::SeqCst) {
            Err(DiskError::Stopped)
        } else {
            Ok(())
        }
    }

    /// The open file of this path, opened now if need be.
    fn handle(&self, path: &Path, create: bool) -> Result<Arc<Handle>, DiskError> {
        self.alive()?;
        let mut open = lock(&self.open);
        open.clock += 1;
        let now = open.clock;
        if let Some(handle) = open.files.get(path) {
            lock(&handle.state).used = now;
            return Ok(handle.clone());
        }
        if open.files.len() >= OPEN_FILES {
            self.close_one(&mut open)?;
        }
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(create)
            .open(path);
        let file = opened.map_err(|e| DiskError::io("open", path, e))?;
        let len = file
            .metadata()
            .map_err(|e| DiskError::io("measure", path, e))?
            .len();
        // An earlier process may have created this name and died before it flushed the folder,
        // so the first flush of every opened file flushes its folder too.
        let state = HandleState {
            len,
            dirty: false,
            named: false,
            used: now,
        };
        let handle = Arc::new(Handle {
            file,
            state: Mutex::new(state),
        });
        open.files.insert(path.to_path_buf(), handle.clone());
        Ok(handle)
    }

    /// Closes the file that was not asked for the longest, flushing it first if it must be.
    fn close_one(&self, open: &mut Opened) -> Result<(), DiskError> {
        let order = |handle: &Handle| {
            let state = lock(&handle.state);
            (state.dirty, state.used)
        };
        let Some(path) = open
            .files
            .iter()
            .min_by_key(|(_, h)| order(h))
            .map(|(p, _)| p.clone())
        else {
            return Ok(());
        };
        if let Some(handle) = open.files.remove(&path)
            && lock(&handle.state).dirty
        {
            self.checked(flush_handle(&path, &handle))?;
        }
        Ok(())
    }

    fn forget(&self, path: &Path) {
        lock(&self.open).files.remove(path);
    }
}

/// A thread that panicked while it held the lock left nothing half done that matters here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn sync_folder(dir: &Path) -> Result<(), DiskError> {
    let folder = File::open(dir).map_err(|e| DiskError::flush(dir, e))?;
    folder.sync_all().map_err(|e| DiskError::flush(dir, e))
}

fn flush_handle(path: &Path, handle: &Handle) -> Result<(), DiskError> {
    let mut state = lock(&handle.state);
    handle
        .file
        .sync_data()
        .map_err(|e| DiskError::flush(path, e))?;
    if !state.named {
        sync_folder(folder(path))?;
        state.named = true;
    }
    state.dirty = false;
    Ok(())
}

impl Disk for RealDisk {
    fn create_dir_all(&self, dir: &Path) -> Result<(), DiskError> {
        self.alive()?;
        if dir.is_dir() {
            return Ok(());
        }
        let above = folder(dir);
        self.create_dir_all(above)?;
        match fs::create_dir(dir) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
                Err(DiskError::io("create the folder", dir, e))
            }
            _ => self.checked(sync_folder(above)),
        }
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
        self.alive()?;
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(DiskError::io("read", path, e)),
        }
    }

    fn read_at(&self, path: &Path, offset: u64, len: usize) -> Result<Vec<u8>, DiskError> {
        let handle = self.handle(path, false)?;
        let mut bytes = vec![0; len];
        let mut filled = 0;
        while filled < len {
            match handle
                .file
                .read_at(&mut bytes[filled..], offset + filled as u64)
            {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(DiskError::io("read", path, e)),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    fn len(&self, path: &Path) -> Result<Option<u64>, DiskError> {
        self.alive()?;
        // Of a file that is open its end is known: what a failed append left behind it was not added, and
        // whoever measures here means to know where the next one goes.
        if let Some(handle) = lock(&self.open).files.get(path) {
            return Ok(Some(lock(&handle.state).len));
        }
        match fs::metadata(path) {
            Ok(found) => Ok(Some(found.len())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(DiskError::io("measure", path, e)),
        }
    }

    fn list(&self, dir: &Path) -> Result<Vec<String>, DiskError> {
        self.alive()?;
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(DiskError::io("list", dir, e)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry
                .map_err(|e| DiskError::io("list", dir, e))?
                .file_name();
            names.extend(name.into_string().ok().filter(|name| !name.ends_with(NEW)));
        }
        names.sort();
        Ok(names)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        let handle = self.handle(path, true)?;
        let mut state = lock(&handle.state);
        state.dirty = true;
        if let Err(e) = handle.file.write_all_at(bytes, state.len) {
            // A full disk may have taken a part; whoever comes next must not stand behind it.
            // If even cutting fails, the next append overwrites it, for `len` has not moved.
            let _ = handle.file.set_len(state.len);
            return Err(DiskError::io("append to", path, e));
        }
        state.len += bytes.len() as u64;
        Ok(())
    }

    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let handle = self.handle(path, true)?;
        let mut state = lock(&handle.state);
        state.dirty = true;
        handle
            .file
            .write_all_at(bytes, offset)
            .map_err(|e| DiskError::io("write", path, e))?;
        state.len = state.len.max(offset + bytes.len() as u64);
        Ok(())
    }

    fn truncate(&self, path: &Path, len: u64) -> Result<(), DiskError> {
        let handle = self.handle(path, false)?;
        let mut state = lock(&handle.state);
        state.dirty = true;
        handle
            .file
            .set_len(len)
            .map_err(|e| DiskError::io("cut", path, e))?;
        state.len = len;
        Ok(())
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        self.alive()?;
        let new = beside(path);
        fs::write(&new, bytes).map_err(|e| DiskError::io("write", &new, e))?;
        let file = File::open(&new).map_err(|e| DiskError::io("open", &new, e))?;
        self.checked(file.sync_data().map_err(|e| DiskError::flush(&new, e)))?;
        fs::rename(&new, path).map_err(|e| DiskError::io("rename to", path, e))?;
        self.forget(path);
        self.checked(sync_folder(folder(path)))
    }

    fn remove(&self, path: &Path) -> Result<(), DiskError> {
        self.alive()?;
        self.forget(path);
        for each in [path, &beside(path)] {
            match fs::remove_file(each) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(DiskError::io("remove", each, e));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn flush(&self, paths: &[&Path]) -> Result<(), DiskError> {
        for some in paths.chunks(FLUSHES_AT_ONCE) {
            let mut handles = Vec::new();
            for path in some {
                handles.push((*path, self.handle(path, false)?));
            }
            let (first, others) = handles.split_first().expect("a chunk is never empty");
            let result = std::thread::scope(|scope| {
                let started: Vec<_> = others
                    .iter()
                    .map(|(path, handle)| scope.spawn(|| flush_handle(path, handle)))
                    .collect();
                let own = flush_handle(first.0, &first.1);
                started.into_iter().fold(own, |so_far, thread| {
                    so_far.and(thread.join().expect("a flush does not panic"))
                })
            });
            self.checked(result)?;
        }
        Ok(())
    }

    fn flush_dir(&self, dir: &Path) -> Result<(), DiskError> {
        self.alive()?;
        self.checked(sync_folder(dir))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(Stop::Report);
        let deep = dir.path().join("a/b/c");
        disk.create_dir_all(&deep).unwrap();
        let path = deep.join("file");
        assert_eq!(disk.len(&path).unwrap(), None);
        disk.append(&path, b"hello ").unwrap();
        disk.append(&path, b"world").unwrap();
        disk.write_at(&path, 0, b"J").unwrap();
        disk.flush(&[&path]).unwrap();
        assert_eq!(disk.read(&path).unwrap().unwrap(), b"Jello world");
        assert_eq!(disk.read_at(&path, 6, 100).unwrap(), b"world");
        disk.truncate(&path, 5).unwrap();
        disk.append(&path, b"!").unwrap();
        assert_eq!(disk.read(&path).unwrap().unwrap(), b"Jello!");
        assert_eq!(disk.list(&deep).unwrap(), ["file"]);
    }

    #[test]
    fn a_replaced_file_is_appended_to_and_not_its_predecessor() {
        let dir = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(Stop::Report);
        let path = dir.path().join("file");
        disk.append(&path, b"old").unwrap();
        disk.replace(&path, b"new").unwrap();
        disk.append(&path, b"er").unwrap();
        disk.flush(&[&path]).unwrap();
        assert_eq!(disk.read(&path).unwrap().unwrap(), b"newer");
        disk.remove(&path).unwrap();
        disk.flush_dir(dir.path()).unwrap();
        assert_eq!(disk.read(&path).unwrap(), None);
        disk.remove(&path).unwrap();
    }

    #[test]
    fn the_number_of_open_files_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(Stop::Report);
        let paths: Vec<_> = (0..OPEN_FILES + 9)
            .map(|n| dir.path().join(n.to_string()))
            .collect();
        for path in &paths {
            disk.append(path, b"x").unwrap();
        }
        assert_eq!(lock(&disk.open).files.len(), OPEN_FILES);
        let all: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        disk.flush(&all).unwrap();
        for path in &paths {
            disk.append(path, b"y").unwrap();
            assert_eq!(disk.read(path).unwrap().unwrap(), b"xy");
        }
    }

    #[test]
    fn after_a_failed_flush_nothing_is_believed() {
        let dir = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(Stop::Report);
        let path = dir.path().join("file");
        disk.append(&path, b"x").unwrap();
        let failed = disk.flush_dir(&dir.path().join("no such folder"));
        assert!(matches!(failed, Err(DiskError::Flush { .. })));
        assert!(matches!(disk.read(&path), Err(DiskError::Stopped)));
        assert!(matches!(disk.append(&path, b"y"), Err(DiskError::Stopped)));
    }

    #[test]
    fn what_a_crash_left_beside_a_file_is_not_listed_and_goes_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(Stop::Report);
        let path = dir.path().join("file");
        fs::write(beside(&path), b"half").unwrap();
        disk.append(&path, b"x").unwrap();
        assert_eq!(disk.list(dir.path()).unwrap(), ["file"]);
        disk.remove(&path).unwrap();
        assert!(!beside(&path).exists());
    }
}
