//! What did this node cosign last, of each log?

use std::path::{Path, PathBuf};

use clearinghouse_protocol::tlog::note::{NoteError, SignedNote};
use clearinghouse_protocol::tlog::witness::origin_hash;

use super::disk::{DiskError, SharedDisk};

/// The folder inside the data directory.
const FOLDER: &str = "witness";

/// The logs of others that staff chose to cosign, one key a line, beside the checkpoints.
const CHOSEN: &str = "logs";

/// Why it is not known what was cosigned. In every case: do not cosign.
#[derive(Debug, thiserror::Error)]
pub enum CosignedError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The file is there and cannot be read.
    #[error("what was cosigned last, in {}, is damaged: {source}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: NoteError,
    },
}

/// The last cosigned checkpoint of each log, in a file of its own: `witness/<sha256 of the origin>`.
///
/// Nothing of it is kept in memory: after a write that failed, only the file says which checkpoint
/// it holds, and either is safe, because the cosignature was not handed out.
pub struct Cosigned {
    disk: SharedDisk,
    dir: PathBuf,
}

impl Cosigned {
    /// Prepares the folder below `data`.
    ///
    /// # Errors
    /// [`DiskError`] if it cannot be made.
    pub fn open(disk: SharedDisk, data: &Path) -> Result<Cosigned, DiskError> {
        let dir = data.join(FOLDER);
        disk.create_dir_all(&dir)?;
        Ok(Cosigned { disk, dir })
    }

    /// The last checkpoint of the log `origin` that was cosigned, with the signatures of the log and
    /// of this node; `None` if there never was one.
    ///
    /// # Errors
    /// [`CosignedError`]; a damaged file is not the same as none.
    pub fn last(&self, origin: &str) -> Result<Option<SignedNote>, CosignedError> {
        self.by_hash(&origin_hash(origin))
    }

    /// The same by the hash of the origin, as [`origin_hash`] writes it.
    ///
    /// # Errors
    /// As [`Cosigned::last`].
    pub fn by_hash(&self, hash: &str) -> Result<Option<SignedNote>, CosignedError> {
        let path = self.dir.join(hash);
        let Some(bytes) = self.disk.read(&path)? else {
            return Ok(None);
        };
        match SignedNote::parse(&bytes) {
            Ok(note) => Ok(Some(note)),
            Err(source) => Err(CosignedError::Damaged { path, source }),
        }
    }

    /// Puts a checkpoint in place of the one before. It outlasts a power cut when this returns; only
    /// then may its cosignature be handed out.
    ///
    /// # Errors
    /// [`DiskError`]; the file then holds the one or the other, whole.
    pub fn replace(&self, origin: &str, note: &SignedNote) -> Result<(), DiskError> {
        let path = self.dir.join(origin_hash(origin));
        self.disk.replace(&path, &note.to_bytes())
    }

    /// The text that names the logs that staff chose, empty at first.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn chosen(&self) -> Result<String, DiskError> {
        let bytes = self.disk.read(&self.dir.join(CHOSEN))?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Keeps the text that names the logs that staff chose.
    ///
    /// # Errors
    /// [`DiskError`]; then the text before is kept, or this one.
    pub fn choose(&self, text: &str) -> Result<(), DiskError> {
        self.disk.replace(&self.dir.join(CHOSEN), text.as_bytes())
    }
}

/// Whether a text is the hash of an origin as [`origin_hash`] writes it: other names lead nowhere.
pub fn is_origin_hash(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
