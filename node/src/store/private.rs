//! How is what a centre keeps to itself kept through crashes, and forgotten when it must be?

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use uuid::Uuid;

pub use statement::{
    Audit, FeedQuota, Follow, Hiding, Import, ImportCounts, MAX_AUDIT, MAX_FOLLOWS, MAX_HIDDEN,
    MAX_IMPORTS, MAX_NAME, MAX_TOKENS, MAX_URL, PrivateState, PrivateValue, Statement, Token,
};
pub use token::{TokenHash, TokenSecret};

use super::disk::{DiskError, SharedDisk};
use super::slots::{Slots, SlotsError};
use frames::{Contents, HEADER, MAX_STATEMENT, VERSION};

mod frames;
mod statement;
mod token;
mod trail;

/// The names of the two files inside the data directory.
const LOG: &str = "private.log";
const KEYS: &str = "private.keys";

/// The longest private value in bytes.
pub const MAX_VALUE: usize = 64 << 10;

/// The longest log in bytes: it is read whole at the start.
const MAX_LOG: u64 = 256 << 20;

/// A log shorter than this, in bytes, is not worth a compaction.
const SMALL: u64 = 64 << 10;

/// Why a statement was not kept, or the log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// There is no log, and only `init` makes one.
    #[error("the private log is missing: {} is not there", .0.display())]
    Missing(PathBuf),
    /// There is one already.
    #[error("there is a private log at {} already", .0.display())]
    Exists(PathBuf),
    /// The file is something else.
    #[error("{} is not a private log", .0.display())]
    Foreign(PathBuf),
    /// A later program wrote it.
    #[error("{} was written by a newer program: use that one", .0.display())]
    Newer(PathBuf),
    /// Something that was acknowledged cannot be read.
    #[error(
        "{} is damaged at byte {offset}, with sound statements behind it: restore it from a backup",
        path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// Where the first statement begins that cannot be read.
        offset: u64,
    },
    /// A text is empty or longer than its limit.
    #[error("a text is empty or too long")]
    TooLong,
    /// There are as many as there may be.
    #[error("there are too many of these already")]
    TooMany,
    /// A token of this name is valid.
    #[error("there is a token named {0:?} already")]
    Taken(String),
    /// There is nothing of this name or URL.
    #[error("there is no {0:?}")]
    Unknown(String),
    /// The log has reached its limit, and no compaction helps.
    #[error("the private log is full")]
    Full,
    /// A value is kept, but its key or its ciphertext is damaged.
    #[error("what is private about listing {0} cannot be read: it or its key is damaged")]
    Unreadable(Uuid),
    /// The keys cannot be used.
    #[error(transparent)]
    Slots(#[from] SlotsError),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// The private log of a node and the state that follows from it.
///
/// It has one owner, who hands statements in; what [`PrivateLog::say`] has answered is kept.
pub struct PrivateLog {
    disk: SharedDisk,
    path: PathBuf,
    slots: Slots,
    state: PrivateState,
    /// The length of the file in bytes; all of it is flushed.
    len: u64,
    /// How many frames stand in it.
    frames: u64,
    cut: u64,
}

impl PrivateLog {
    /// Makes the log of a new node in this data directory.
    pub fn create(disk: SharedDisk, dir: &Path) -> Result<PrivateLog, PrivateError> {
        let path = dir.join(LOG);
        if disk.len(&path)?.is_some() {
            return Err(PrivateError::Exists(path));
        }
        // The keys first: a log without keys would not open, keys without a log are made anew.
        Slots::create(disk.clone(), &dir.join(KEYS))?;
        disk.replace(&path, HEADER)?;
        PrivateLog::open(disk, dir)
    }

    /// Opens the log: reads every statement, cuts what a crash left torn at the end, and forgets
    /// keys that no value needs.
    pub fn open(disk: SharedDisk, dir: &Path) -> Result<PrivateLog, PrivateError> {
        let path = dir.join(LOG);
        let Some(bytes) = disk.read(&path)? else {
            return Err(PrivateError::Missing(path));
        };
        let Replayed {
            state,
            frames,
            sound,
            doubtful,
        } = replay(&bytes, &path)?;
        let cut = bytes.len() as u64 - sound;
        if cut > 0 {
            disk.truncate(&path, sound)?;
        }
        // What an earlier process wrote may be seen and yet be nowhere on the disk; after a flush
        // that failed, not even another flush puts it there, unless it is written again.
        let (from, to) = (doubtful as usize, sound as usize);
        disk.write_at(&path, doubtful, &bytes[from..to])?;
        disk.flush(&[&path])?;
        let mut slots = Slots::open(disk.clone(), &dir.join(KEYS))?;
        slots.retain(&state.slots())?;
        Ok(PrivateLog {
            disk,
            path,
            slots,
            state,
            len: sound,
            frames,
            cut,
        })
    }

    /// What follows from all that was said.
    pub fn state(&self) -> &PrivateState {
        &self.state
    }

    /// How many bytes of a torn end were cut at opening. Nobody was promised anything in them.
    pub fn cut_bytes(&self) -> u64 {
        self.cut
    }

    /// Says these, in this order, with one flush: all of them are kept when this returns, or it
    /// answers with an error. After a crash in between any first few of them may be found.
    pub fn say(&mut self, statements: &[Statement]) -> Result<(), PrivateError> {
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(statements.len());
        for statement in statements {
            self.state.check(statement)?;
            let json = serde_json::to_vec(statement).expect("a statement has only text keys");
            if json.len() > MAX_STATEMENT {
                return Err(PrivateError::TooLong);
            }
            let at = self.len + bytes.len() as u64;
            bytes.extend(frames::encode(at, self.len, VERSION, &json));
            ends.push(bytes.len() as u64);
        }
        if self.len + bytes.len() as u64 > MAX_LOG {
            return Err(PrivateError::Full);
        }
        self.disk.append(&self.path, &bytes)?;
        self.disk.flush(&[&self.path])?;
        self.len += bytes.len() as u64;
        let mut start = 0;
        let mut dead = Vec::new();
        for (statement, end) in statements.iter().zip(ends) {
            dead.extend(self.state.fold(statement.clone(), self.frames, end - start));
            self.frames += 1;
            start = end;
        }
        // Said first, forgotten then: if we crash in between, the next opening forgets.
        for slot in dead {
            self.slots.forget(slot)?;
        }
        if self.len > SMALL && self.state.living_bytes() * 2 < self.len {
            // What was said is kept already. If there is no room to compact, a later time will do.
            if let Err(error) = self.compact() {
                tracing::warn!("the private log was not compacted: {error}");
            }
        }
        Ok(())
    }

    /// Keeps what is private about a listing, in place of what was kept before. `key` is chance
    /// that is used for nothing else.
    pub fn keep(&mut self, uuid: Uuid, value: &[u8], key: [u8; 32]) -> Result<(), PrivateError> {
        if value.len() > MAX_VALUE {
            return Err(PrivateError::TooLong);
        }
        let slot = self.slots.allocate(key)?;
        let mut sealed = value.to_vec();
        // One key, one value: the nonce has nothing to keep apart.
        let done = cipher(&key).encrypt_in_place(&Nonce::default(), uuid.as_bytes(), &mut sealed);
        done.expect("a value was measured");
        let value = STANDARD.encode(sealed);
        // If this fails the key stays: the statement may be found at the next start nevertheless.
        // If it is not found, the key is forgotten there.
        self.say(&[Statement::Private(PrivateValue { uuid, slot, value })])
    }

    /// What is private about a listing, if anything is.
    pub fn private(&self, uuid: Uuid) -> Result<Option<Vec<u8>>, PrivateError> {
        let Some(PrivateValue { slot, value, .. }) = self.state.value(uuid) else {
            return Ok(None);
        };
        let unreadable = PrivateError::Unreadable(uuid);
        let Some(key) = self.slots.key(*slot)? else {
            return Err(unreadable);
        };
        let Ok(mut value) = STANDARD.decode(value) else {
            return Err(unreadable);
        };
        match cipher(&key).decrypt_in_place(&Nonce::default(), uuid.as_bytes(), &mut value) {
            Ok(()) => Ok(Some(value)),
            Err(_) => Err(unreadable),
        }
    }

    /// Forgets what is private about a listing: when this returns its key is overwritten on the
    /// disk. Nothing happens if there is nothing.
    pub fn forget(&mut self, uuid: Uuid) -> Result<(), PrivateError> {
        if self.state.value(uuid).is_none() {
            return Ok(());
        }
        self.say(&[Statement::PrivateForgotten { uuid }])
    }

    /// Writes what lives to a new file, byte for byte as it was said, and puts it in place.
    pub fn compact(&mut self) -> Result<(), PrivateError> {
        let old = self.disk.read(&self.path)?;
        let old = old.ok_or_else(|| PrivateError::Missing(self.path.clone()))?;
        let broken = |offset| PrivateError::Broken {
            path: self.path.clone(),
            offset,
        };
        let frames = match frames::read(&old) {
            // The disk must still hold all that we know, or we would throw the rest away.
            Contents::Frames { frames, sound } if sound as u64 == self.len => frames,
            Contents::Frames { sound: offset, .. } | Contents::Broken { offset } => {
                return Err(broken(offset as u64));
            }
            Contents::Newer | Contents::Foreign => return Err(broken(0)),
        };
        let mut new = HEADER.to_vec();
        for (number, frame) in frames.iter().enumerate() {
            if self.state.is_living(number as u64) {
                let at = new.len() as u64;
                // The whole file is flushed before it is in place, so all before it is.
                new.extend(frames::encode(at, at, frame.version, frame.json));
            }
        }
        let Replayed {
            state,
            frames,
            sound,
            ..
        } = replay(&new, &self.path)?;
        self.disk.replace(&self.path, &new)?;
        (self.state, self.frames, self.len) = (state, frames, sound);
        Ok(())
    }
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(*key))
}

/// What the bytes of a log say.
struct Replayed {
    state: PrivateState,
    frames: u64,
    /// Where the sound part ends, in bytes.
    sound: u64,
    /// Up to where all bytes are known to have been flushed.
    doubtful: u64,
}

fn replay(bytes: &[u8], path: &Path) -> Result<Replayed, PrivateError> {
    let broken = |offset: usize| {
        let (path, offset) = (path.to_path_buf(), offset as u64);
        PrivateError::Broken { path, offset }
    };
    let (frames, sound) = match frames::read(bytes) {
        Contents::Frames { frames, sound } => (frames, sound),
        Contents::Broken { offset } => return Err(broken(offset)),
        Contents::Newer => return Err(PrivateError::Newer(path.to_path_buf())),
        Contents::Foreign => return Err(PrivateError::Foreign(path.to_path_buf())),
    };
    let mut state = PrivateState::default();
    let mut at = HEADER.len();
    for (number, frame) in frames.iter().enumerate() {
        if frame.version != VERSION {
            return Err(PrivateError::Newer(path.to_path_buf()));
        }
        let (number, len) = (number as u64, frame.len as u64);
        match statement::parse(frame.json).map_err(|_| broken(at))? {
            Some(statement) => {
                state.fold(statement, number, len);
            }
            // A later program said this; it is not ours to throw away.
            None => state.keep(number, len),
        }
        at += frame.len;
    }
    let doubtful = frames
        .last()
        .map_or(0, |frame| frame.flushed)
        .min(sound as u64);
    Ok(Replayed {
        state,
        frames: frames.len() as u64,
        sound: sound as u64,
        doubtful,
    })
}

#[cfg(test)]
mod tests;
