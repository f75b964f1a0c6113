//! How far had we come with a log when we stopped?

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clearinghouse_protocol::feed::origin::Origin;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The version of the file that this program writes.
const VERSION: u64 = 1;

/// A cursor holds one checkpoint with at most a hundred signatures; more is not ours.
const CURSOR_MAX_BYTES: u64 = 256 * 1024;

/// The file that remembers the last checkpoint whose changes were all printed.
///
/// It holds the checkpoint as the log signed it, and nothing that could be derived: origin, size and
/// root stand in the checkpoint, and which listings are in force follows from the entries, which are
/// read again at the start and verified against this checkpoint. So a log that forked meanwhile is
/// found out, and a damaged cursor cannot make us skip anything.
#[derive(Debug)]
pub struct Cursor {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u64,
    origin: String,
    checkpoint: String,
}

impl Cursor {
    /// The cursor in this file, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Cursor {
        Cursor { path: path.into() }
    }

    /// The signed checkpoint up to which changes were printed; `None` when there is no file.
    ///
    /// # Errors
    /// [`Failure::Cursor`] if it is not ours or of another log, [`Failure::File`].
    pub fn load(&self, origin: Origin) -> Result<Option<String>, Failure> {
        let length = match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            metadata => metadata.map_err(|error| self.file(error))?.len(),
        };
        if length > CURSOR_MAX_BYTES {
            return Err(self.unusable(&format!("it has {length} bytes")));
        }
        let bytes = fs::read(&self.path).map_err(|error| self.file(error))?;
        let kept: Kept =
            serde_json::from_slice(&bytes).map_err(|error| self.unusable(&error.to_string()))?;
        if kept.version != VERSION {
            let version = kept.version;
            return Err(self.unusable(&format!("its version {version} is not known here")));
        }
        if kept.origin != origin.to_string() {
            let found = kept.origin;
            return Err(self.unusable(&format!("it is that of {found}, not of {origin}")));
        }
        Ok(Some(kept.checkpoint))
    }

    /// Remembers that all changes up to this signed checkpoint were printed.
    ///
    /// # Errors
    /// [`Failure::File`]; the old cursor is then still whole.
    pub fn save(&self, origin: Origin, checkpoint: &str) -> Result<(), Failure> {
        let kept = Kept {
            version: VERSION,
            origin: origin.to_string(),
            checkpoint: checkpoint.to_owned(),
        };
        let mut json = serde_json::to_vec_pretty(&kept).expect("strings and a number are JSON");
        json.push(b'\n');
        self.replace(&json).map_err(|error| self.file(error))
    }

    /// The file's checkpoint is not that of its log.
    pub fn unusable(&self, what: &str) -> Failure {
        Failure::Cursor {
            path: self.path.clone(),
            what: what.to_owned(),
        }
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        // Whole on disk before it takes the name: a power cut leaves the old cursor or the new one.
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        let dir = self.path.parent().filter(|dir| !dir.as_os_str().is_empty());
        File::open(dir.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn file(&self, source: io::Error) -> Failure {
        let path = self.path.clone();
        Failure::File { path, source }
    }
}
