//! What do we ask of the disk, and what may we believe afterwards?

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The program's exit status after a failed flush: `EX_IOERR` of `sysexits.h`.
pub const EXIT_DISK: i32 = 74;

/// The disk that a whole node shares.
pub type SharedDisk = Arc<dyn Disk>;

/// What the disk refused, or did not keep.
///
/// It can be cloned, because one failed flush is answered to everyone who waited for it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DiskError {
    /// The operating system refused one step; nothing was promised for it.
    #[error("cannot {deed} {}: {source}", path.display())]
    Io {
        /// What we were doing, as a verb.
        deed: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// A flush failed. What the system shows of this file from now on may not be on the disk.
    #[error("the disk did not keep what was written to {}: {source}", path.display())]
    Flush {
        /// The file or folder that was to be flushed.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// A flush failed earlier, so nothing is read or written any more.
    #[error("the disk is not used any more, because it did not keep what was written earlier")]
    Stopped,
}

impl DiskError {
    /// An error of one step: `deed` is a verb, such as "read".
    pub fn io(deed: &'static str, path: &Path, source: io::Error) -> DiskError {
        let (path, source) = (path.to_path_buf(), Arc::new(source));
        DiskError::Io { deed, path, source }
    }

    /// An error of a flush.
    pub fn flush(path: &Path, source: io::Error) -> DiskError {
        let (path, source) = (path.to_path_buf(), Arc::new(source));
        DiskError::Flush { path, source }
    }
}

/// The few things we ask of a disk.
///
/// A path has one writer at a time. Written bytes are seen by every later read at once, but
/// outlast a power cut only after [`Disk::flush`]; names only after [`Disk::flush`] of the new
/// file or [`Disk::flush_dir`] of its folder.
pub trait Disk: Send + Sync {
    /// Creates a folder and those above it; they outlast a power cut when this returns.
    fn create_dir_all(&self, dir: &Path) -> Result<(), DiskError>;

    /// The whole file, or `None` if there is none of that name.
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, DiskError>;

    /// At most `len` bytes from `offset`; fewer only where the file ends. No file is an error.
    fn read_at(&self, path: &Path, offset: u64, len: usize) -> Result<Vec<u8>, DiskError>;

    /// The length in bytes, or `None` if there is no file of that name.
    fn len(&self, path: &Path) -> Result<Option<u64>, DiskError>;

    /// The names in a folder, sorted; empty if there is no such folder.
    fn list(&self, dir: &Path) -> Result<Vec<String>, DiskError>;

    /// Writes behind the end, creating the file if need be. After an error nothing was added.
    fn append(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError>;

    /// Writes at `offset`, creating the file if need be. After an error any part may be written.
    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> Result<(), DiskError>;

    /// Cuts the file to `len` bytes.
    fn truncate(&self, path: &Path, len: u64) -> Result<(), DiskError>;

    /// Puts a whole new file in place of the old one. When this returns the new one outlasts a
    /// power cut; at every moment before, either the old or the new one is there, whole.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError>;

    /// Takes a file away; that there is none is no error. Lasting only after `flush_dir`.
    fn remove(&self, path: &Path) -> Result<(), DiskError>;

    /// Makes what was written to these files outlast a power cut, and their names if they are
    /// new. An error is final: the program ends, or every later call answers `Stopped`.
    fn flush(&self, paths: &[&Path]) -> Result<(), DiskError>;

    /// Makes the names in a folder outlast a power cut. An error is final, as with `flush`.
    fn flush_dir(&self, dir: &Path) -> Result<(), DiskError>;
}

/// What to do when a flush has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Say one sentence on standard error and end the program with [`EXIT_DISK`].
    Exit,
    /// Hand the error to the caller, and refuse everything from then on. For tests.
    Report,
}

impl Stop {
    /// Passes a result on, unless it is a failed flush and the program has to end.
    pub fn or_stop<T>(self, result: Result<T, DiskError>) -> Result<T, DiskError> {
        // After a failed fsync the page cache may show bytes that are nowhere on the disk, and
        // a second fsync may succeed without writing them. So nobody goes on here, and whoever
        // opens a file later writes its doubtful end again before building on it.
        if let (Stop::Exit, Err(error @ DiskError::Flush { .. })) = (self, &result) {
            eprintln!("clearinghouse stops here: {error}. Check the disk, then start again.");
            std::process::exit(EXIT_DISK);
        }
        result
    }
}

/// Where `replace` writes before it renames. The name is always the same, so that the next
/// `replace` overwrites what a crash left there: nothing that was erased lies about for long.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(NEW);
    path.with_file_name(name)
}

/// The ending of a file that is not yet in its place; `list` leaves these out.
pub(super) const NEW: &str = ".new";

/// The folder a file stands in.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
