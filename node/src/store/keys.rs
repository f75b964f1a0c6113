//! Where do the keys of this node stand?

use std::path::{Path, PathBuf};

use clearinghouse_protocol::feed::origin::{Epoch, Origin};
use clearinghouse_protocol::tlog::key::{KeyName, SigningKey};

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

    /// The key of one of our logs: that of the epoch itself, or else of the latest before it that has one
    /// of its own, under the name of this log.
    pub fn log_of(disk: &SharedDisk, dir: &Path, origin: Origin) -> Result<SigningKey, KeysError> {
        let own = disk.list(dir)?;
        let own = own
            .iter()
            .filter_map(|name| name.strip_prefix(LOG_OF)?.parse().ok());
        let latest = own.filter(|epoch: &Epoch| *epoch <= origin.epoch).max();
        let name = latest.map_or("log".to_owned(), |epoch| format!("{LOG_OF}{epoch}"));
        let key = read(disk, &dir.join(name))?;
        let name = KeyName::new(origin.to_string());
        Ok(key.under(name.expect("an origin is a sound key name")))
    }

    /// Keeps the key of one of our logs, unless the one before it is the same.
    pub fn keep_log(
        disk: &SharedDisk,
        dir: &Path,
        origin: Origin,
        secret: &str,
    ) -> Result<(), DiskError> {
        let known = Keys::log_of(disk, dir, origin).ok();
        if known.is_some_and(|key| key.to_secret_text() == secret) {
            return Ok(());
        }
        let path = dir.join(format!("{LOG_OF}{}", origin.epoch));
        disk.replace(&path, format!("{secret}\n").as_bytes())
    }
}

/// How the files of keys begin that are those of later logs; the epoch follows.
const LOG_OF: &str = "log-";

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
