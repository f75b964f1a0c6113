//! What is the last checkpoint that we signed, whatever else was restored or rolled back?

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::disk::{DiskError, SharedDisk};

/// The length of a slot in bytes: one block, so that a write touches no other slot's block.
const SLOT: usize = 4096;

/// `magic[8] ‖ u16 version ‖ u64 sequence ‖ u32 length`, big-endian; the note follows, zeros,
/// and in the last 32 bytes SHA-256 of all bytes before them.
const HEADER: usize = 22;
const CHECK: usize = 32;
const MAGIC: &[u8; 8] = b"ch-sign\n";
const VERSION: u16 = 1;

/// The longest note in bytes that a slot takes; a checkpoint with one signature has about 300.
pub const MAX_NOTE: usize = SLOT - HEADER - CHECK;

/// Why the sign lock cannot be used. In every case: do not sign.
#[derive(Debug, thiserror::Error)]
pub enum SignLockError {
    /// There is no sign lock: this directory was copied or restored.
    #[error("there is no sign lock at {}: this data directory was copied or restored", .0.display())]
    Missing(PathBuf),
    /// There is one already; only a new node creates one.
    #[error("there is a sign lock at {} already", .0.display())]
    Exists(PathBuf),
    /// No slot of the file is sound.
    #[error("the sign lock at {} is damaged", .0.display())]
    Broken(PathBuf),
    /// A later program wrote it.
    #[error("the sign lock at {} has version {version}, this program knows only {VERSION}: use the newer program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version it names.
        version: u16,
    },
    /// Somebody else signed since.
    #[error("the sign lock stands at {found} and not at {expected}: somebody else has signed")]
    Moved {
        /// The sequence that the caller went on from.
        expected: u64,
        /// The sequence on the disk.
        found: u64,
    },
    /// The note is longer than [`MAX_NOTE`].
    #[error("a note of {0} bytes is too long for the sign lock")]
    TooLong(usize),
    /// An earlier write failed, so nobody knows what the disk holds.
    #[error("an earlier write of the sign lock failed: start the program again")]
    Unsure,
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// The last checkpoint that we signed, in a file of its own that no backup holds.
///
/// Two slots are written in turn, so that a torn write leaves the one before. A caller that finds
/// [`SignLock::torn`] cannot tell a torn write, which nobody was promised, from a sector that went
/// bad; if it also holds a later checkpoint of its own, it heals.
pub struct SignLock {
    disk: SharedDisk,
    path: PathBuf,
    sequence: u64,
    note: Vec<u8>,
    torn: bool,
    unsure: bool,
}

impl SignLock {
    /// Creates the lock of a new node, which has signed nothing. Only `init` may call this: a lock
    /// made because one was missing would let a restored node sign a fork.
    pub fn create(disk: SharedDisk, path: &Path) -> Result<SignLock, SignLockError> {
        if disk.len(path)?.is_some() {
            return Err(SignLockError::Exists(path.to_path_buf()));
        }
        let mut bytes = slot(0, b"");
        bytes.resize(2 * SLOT, 0);
        disk.replace(path, &bytes)?;
        SignLock::open(disk, path)
    }

    /// Opens the lock; every error means: do not sign.
    pub fn open(disk: SharedDisk, path: &Path) -> Result<SignLock, SignLockError> {
        let Some(len) = disk.len(path)? else {
            return Err(SignLockError::Missing(path.to_path_buf()));
        };
        if len != 2 * SLOT as u64 {
            return Err(SignLockError::Broken(path.to_path_buf()));
        }
        let (sequence, note, torn) = newest(&disk, path)?;
        // If the flush of an earlier process failed, we may see a slot that is nowhere on the
        // disk. Written again and flushed, it is.
        disk.write_at(path, place(sequence), &slot(sequence, &note))?;
        disk.flush(&[path])?;
        Ok(SignLock {
            disk,
            path: path.to_path_buf(),
            sequence,
            note,
            torn,
            unsure: false,
        })
    }

    /// Puts `note` in place of whatever stands at `path`: the checkpoint that a node was healed to, after
    /// its mirrors were asked how far it had come. Only healing may call this.
    pub fn heal(disk: SharedDisk, path: &Path, note: &[u8]) -> Result<SignLock, SignLockError> {
        if note.len() > MAX_NOTE {
            return Err(SignLockError::TooLong(note.len()));
        }
        let before = match disk.len(path)? {
            Some(len) if len == 2 * SLOT as u64 => newest(&disk, path),
            _ => Err(SignLockError::Missing(path.to_path_buf())),
        };
        let sequence = match before {
            Ok((sequence, _, _)) => sequence + 1,
            Err(error @ (SignLockError::Newer { .. } | SignLockError::Disk(_))) => {
                return Err(error);
            }
            Err(_) => 1,
        };
        let mut bytes = vec![0; 2 * SLOT];
        let at = usize::try_from(place(sequence)).expect("one of two slots");
        bytes[at..at + SLOT].copy_from_slice(&slot(sequence, note));
        disk.replace(path, &bytes)?;
        SignLock::open(disk, path)
    }

    /// How many notes were signed so far.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The bytes of the last signed note, or `None` if nothing was signed yet.
    pub fn last(&self) -> Option<&[u8]> {
        (self.sequence > 0).then_some(&self.note[..])
    }

    /// Whether the other slot is damaged: the last write was torn, or the disk lost a block.
    pub fn torn(&self) -> bool {
        self.torn
    }

    /// Puts `note` in place of the note numbered `expected`, with one flush, and answers the new
    /// number. Show a note to nobody before this returns. After an error sign nothing more: the
    /// next start reads which of the two notes is on the disk.
    pub fn advance(&mut self, expected: u64, note: &[u8]) -> Result<u64, SignLockError> {
        if self.unsure {
            return Err(SignLockError::Unsure);
        }
        if note.len() > MAX_NOTE {
            return Err(SignLockError::TooLong(note.len()));
        }
        // The file and not our memory is compared: it is the file that a second process shares.
        let (found, _, _) = newest(&self.disk, &self.path)?;
        if found != expected || self.sequence != expected {
            if found < self.sequence {
                // The file was rolled back under us. What we know goes back into it, so that no later
                // start takes the older note for the last one.
                let known = slot(self.sequence, &self.note);
                self.disk
                    .write_at(&self.path, place(self.sequence), &known)?;
                self.disk.flush(&[&self.path])?;
            }
            return Err(SignLockError::Moved { expected, found });
        }
        let sequence = expected + 1;
        self.unsure = true;
        self.disk
            .write_at(&self.path, place(sequence), &slot(sequence, note))?;
        self.disk.flush(&[&self.path])?;
        (self.sequence, self.note, self.torn, self.unsure) =
            (sequence, note.to_vec(), false, false);
        Ok(sequence)
    }
}

/// Where the slot of this sequence begins, in bytes.
fn place(sequence: u64) -> u64 {
    (sequence % 2) * SLOT as u64
}

fn slot(sequence: u64, note: &[u8]) -> Vec<u8> {
    let length = u32::try_from(note.len()).expect("a note was measured before it came here");
    let mut bytes = Vec::with_capacity(SLOT);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&sequence.to_be_bytes());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(note);
    bytes.resize(SLOT - CHECK, 0);
    let check = Sha256::digest(&bytes);
    bytes.extend_from_slice(&check);
    bytes
}

/// What a slot says.
enum Found {
    Sound(u64, Vec<u8>),
    Empty,
    Bad,
    Newer(u16),
}

fn read_slot(bytes: &[u8], at: u64) -> Found {
    if bytes.len() != SLOT {
        return Found::Bad;
    }
    if bytes.iter().all(|byte| *byte == 0) {
        return Found::Empty;
    }
    let (body, check) = bytes.split_at(SLOT - CHECK);
    if Sha256::digest(body).as_slice() != check || &body[..8] != MAGIC {
        return Found::Bad;
    }
    let version = u16::from_be_bytes([body[8], body[9]]);
    if version > VERSION {
        return Found::Newer(version);
    }
    let sequence = u64::from_be_bytes(body[10..18].try_into().expect("eight bytes"));
    let length = u32::from_be_bytes(body[18..22].try_into().expect("four bytes")) as usize;
    let note = body.get(HEADER..HEADER + length);
    // Only what we would have written ourselves is sound.
    match note {
        Some(note) if place(sequence) == at && slot(sequence, note) == bytes => {
            Found::Sound(sequence, note.to_vec())
        }
        _ => Found::Bad,
    }
}

/// The sound slot with the larger sequence, and whether the other one is damaged.
fn newest(disk: &SharedDisk, path: &Path) -> Result<(u64, Vec<u8>, bool), SignLockError> {
    let mut best: Option<(u64, Vec<u8>)> = None;
    let mut torn = false;
    for at in [0, SLOT as u64] {
        match read_slot(&disk.read_at(path, at, SLOT)?, at) {
            Found::Sound(sequence, note) => {
                if best.as_ref().is_none_or(|(best, _)| sequence > *best) {
                    best = Some((sequence, note));
                }
            }
            Found::Newer(version) => {
                return Err(SignLockError::Newer {
                    path: path.to_path_buf(),
                    version,
                });
            }
            Found::Empty => {}
            Found::Bad => torn = true,
        }
    }
    match best {
        Some((sequence, note)) => Ok((sequence, note, torn)),
        None => Err(SignLockError::Broken(path.to_path_buf())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault_disk::{Fault, FaultDisk};
    use super::*;

    fn path() -> &'static Path {
        Path::new("/signlock")
    }

    #[test]
    fn the_last_note_is_there_at_the_next_start() {
        let disk = FaultDisk::new(1);
        let mut lock = SignLock::create(disk.start(), path()).unwrap();
        assert_eq!(lock.last(), None);
        for n in 0..5u64 {
            let note = format!("note {n}\n");
            assert_eq!(lock.advance(n, note.as_bytes()).unwrap(), n + 1);
            disk.power_cut();
            lock = SignLock::open(disk.start(), path()).unwrap();
            assert_eq!((lock.last(), lock.torn()), (Some(note.as_bytes()), false));
        }
        let longest = vec![b'x'; MAX_NOTE];
        lock.advance(5, &longest).unwrap();
        assert_eq!(
            SignLock::open(disk.start(), path()).unwrap().last(),
            Some(&longest[..])
        );
        let mut lock = SignLock::open(disk.start(), path()).unwrap();
        let too_long = lock.advance(6, &vec![b'x'; MAX_NOTE + 1]);
        assert!(matches!(too_long, Err(SignLockError::TooLong(_))));
    }

    #[test]
    fn only_a_new_node_creates_a_lock() {
        let disk = FaultDisk::new(1);
        let missing = SignLock::open(disk.start(), path());
        assert!(matches!(missing, Err(SignLockError::Missing(_))));
        SignLock::create(disk.start(), path()).unwrap();
        let again = SignLock::create(disk.start(), path());
        assert!(matches!(again, Err(SignLockError::Exists(_))));
    }

    #[test]
    fn a_second_signer_is_refused() {
        let disk = FaultDisk::new(1);
        let process = disk.start();
        let mut one = SignLock::create(process.clone(), path()).unwrap();
        let mut two = SignLock::open(process, path()).unwrap();
        one.advance(0, b"one\n").unwrap();
        let late = two.advance(0, b"two\n");
        assert!(matches!(
            late,
            Err(SignLockError::Moved {
                expected: 0,
                found: 1
            })
        ));
        assert!(matches!(
            one.advance(0, b"again\n"),
            Err(SignLockError::Moved { .. })
        ));
    }

    #[test]
    fn a_write_torn_at_any_byte_leaves_the_note_before() {
        for signed in [0u64, 1, 2] {
            let disk = FaultDisk::new(1);
            let mut lock = SignLock::create(disk.start(), path()).unwrap();
            for n in 0..signed {
                lock.advance(n, format!("note {n}\n").as_bytes()).unwrap();
            }
            let before = disk.bytes(path()).unwrap();
            let last = lock.last().map(<[u8]>::to_vec);
            let new = slot(signed + 1, b"the next note\n");
            let at = usize::try_from(place(signed + 1)).unwrap();
            for torn in 0..=SLOT {
                let mut bytes = before.clone();
                bytes[at..at + torn].copy_from_slice(&new[..torn]);
                disk.put(path(), &bytes);
                let found = SignLock::open(disk.start(), path()).unwrap();
                if torn < SLOT {
                    assert_eq!(found.last(), last.as_deref(), "torn at {torn}");
                } else {
                    assert_eq!(found.last(), Some(&b"the next note\n"[..]));
                }
            }
        }
    }

    #[test]
    fn any_changed_bit_is_noticed() {
        let disk = FaultDisk::new(1);
        let mut lock = SignLock::create(disk.start(), path()).unwrap();
        lock.advance(0, b"note 0\n").unwrap();
        let sound = disk.bytes(path()).unwrap();
        for at in 0..sound.len() {
            let mut bytes = sound.clone();
            bytes[at] ^= 1 << (at % 8);
            disk.put(path(), &bytes);
            let found = SignLock::open(disk.start(), path()).unwrap();
            assert!(found.torn(), "byte {at}");
        }
        let broken = [
            vec![0; 2 * SLOT],
            vec![7; 2 * SLOT],
            Vec::new(),
            sound[1..].to_vec(),
        ];
        for bytes in broken {
            disk.put(path(), &bytes);
            let found = SignLock::open(disk.start(), path());
            assert!(matches!(found, Err(SignLockError::Broken(_))));
        }
    }

    #[test]
    fn a_newer_version_is_not_touched() {
        let disk = FaultDisk::new(1);
        SignLock::create(disk.start(), path()).unwrap();
        let mut bytes = disk.bytes(path()).unwrap();
        bytes[9] = 2;
        let check = Sha256::digest(&bytes[..SLOT - CHECK]);
        bytes[SLOT - CHECK..SLOT].copy_from_slice(&check);
        disk.put(path(), &bytes);
        let found = SignLock::open(disk.start(), path());
        assert!(matches!(
            found,
            Err(SignLockError::Newer { version: 2, .. })
        ));
    }

    #[test]
    fn after_any_fault_the_lock_is_the_old_or_the_new_one_and_signs_no_more_until_a_start() {
        for fault in Fault::ALL {
            for step in 0..2 {
                for seed in 0..50 {
                    let disk = FaultDisk::new(seed);
                    let mut lock = SignLock::create(disk.start(), path()).unwrap();
                    lock.advance(0, b"old\n").unwrap();
                    disk.fail_at(disk.steps() + step, fault);
                    assert!(lock.advance(1, b"new\n").is_err());
                    assert!(lock.advance(1, b"other\n").is_err());
                    disk.tear(seed % 2 == 0);
                    disk.power_cut();
                    let found = SignLock::open(disk.start(), path()).unwrap();
                    let last = found.last().unwrap();
                    assert!(
                        last == b"old\n" || last == b"new\n",
                        "{fault:?} {step} {seed}"
                    );
                }
            }
        }
    }
}
