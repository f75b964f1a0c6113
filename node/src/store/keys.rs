//! Where do the keys of this node stand?

use std::path::{Path, PathBuf};

use clearinghouse_protocol::tlog::key::SigningKey;

use super::disk::{DiskError, SharedDisk};

/// The keys that a running node needs. The paper key is not among them: it is on paper.
#[derive(Debug)]
pub struct Keys {
    /// Signs our log.
    pub log: SigningKey,
    /// Cosigns the logs of others.
    pub witness: SigningKey,
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// There is none: this folder holds no node.
    #[error("there is no key at {}; `clearinghouse init` creates a node", .0.display())]
    Missing(PathBuf),
    /// It cannot be read.
    #[error("the key at {} is damaged", .0.display())]
    Damaged(PathBuf),
}

impl Keys {
    /// Keeps the keys under `dir`, which only the owner of the process should be able to read.
    pub fn create(&self, disk: &SharedDisk, dir: &Path) -> Result<(), DiskError> {
        disk.create_dir_all(dir)?;
        for (name, key) in [("log", &self.log), ("witness", &self.witness)] {
            let path = dir.join(name);
            disk.replace(&path, format!("{}\n", key.to_secret_text()).as_bytes())?;
        }
        Ok(())
    }

    /// Reads the keys under `dir`.
    pub fn open(disk: &SharedDisk, dir: &Path) -> Result<Keys, KeysError> {
        Ok(Keys {
            log: read(disk, &dir.join("log"))?,
            witness: read(disk, &dir.join("witness"))?,
        })
    }
}

fn read(disk: &SharedDisk, path: &Path) -> Result<SigningKey, KeysError> {
    let bytes = disk
        .read(path)?
        .ok_or_else(|| KeysError::Missing(path.to_owned()))?;
    let text = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| text.strip_suffix('\n'));
    let key = text.and_then(|text| text.parse().ok());
    key.ok_or_else(|| KeysError::Damaged(path.to_owned()))
}
