//! Which keys make private values readable, and how is one forgotten for good?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::disk::{DiskError, SharedDisk};

/// The length of a slot in bytes. It divides a disk's sector, so no slot lies across two.
const SLOT: usize = 64;

/// The first slot says what the file is.
const HEADER: &[u8] = b"clearinghouse slots 1\n";
const HEADER_BEFORE_VERSION: usize = HEADER.len() - 2;

/// How many values can be private at once: 6.4 MB of keys.
pub const MAX_SLOTS: u32 = 100_000;

/// `1 ‖ zeros[7] ‖ key[32] ‖ check[24]`, where check is the front of
/// SHA-256("clearinghouse/slot/v1" 0x00 ‖ u64 number ‖ key). A free slot is all zeros.
const USED: u8 = 1;
const KEY_AT: usize = 8;
const CHECK_AT: usize = 40;

/// Why keys cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum SlotsError {
    /// There is no such file, and only `init` makes one.
    #[error("the keys of private values are missing: {} is not there", .0.display())]
    Missing(PathBuf),
    /// The file does not begin as it should.
    #[error("{} does not hold keys of private values", .0.display())]
    Broken(PathBuf),
    /// A later program wrote it.
    #[error("{} was written by a newer program: use that one", .0.display())]
    Newer(PathBuf),
    /// All [`MAX_SLOTS`] are used.
    #[error("there are {MAX_SLOTS} private values already")]
    Full,
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// The number of a slot, from 1.
pub type Slot = u32;

/// A file of keys, one for each private value. To forget a value its key is overwritten in place
/// and flushed, so the value cannot be read wherever copies of its ciphertext lie. (A disk that
/// remaps sectors by itself may keep an old one: use an encrypted disk.)
pub struct Slots {
    disk: SharedDisk,
    path: PathBuf,
    used: BTreeSet<Slot>,
    /// The lowest slot behind all that were ever written.
    end: Slot,
}

impl Slots {
    /// Makes the file of a new node.
    pub fn create(disk: SharedDisk, path: &Path) -> Result<Slots, SlotsError> {
        let mut bytes = HEADER.to_vec();
        bytes.resize(SLOT, 0);
        disk.replace(path, &bytes)?;
        Slots::open(disk, path)
    }

    /// Opens the file.
    pub fn open(disk: SharedDisk, path: &Path) -> Result<Slots, SlotsError> {
        let Some(bytes) = disk.read(path)? else {
            return Err(SlotsError::Missing(path.to_path_buf()));
        };
        if !bytes.starts_with(HEADER) {
            let newer = bytes.starts_with(&HEADER[..HEADER_BEFORE_VERSION]);
            let error = if newer {
                SlotsError::Newer
            } else {
                SlotsError::Broken
            };
            return Err(error(path.to_path_buf()));
        }
        // A torn slot at the end counts as used until `retain` says that nobody needs it.
        let slots = bytes.chunks(SLOT).enumerate().skip(1);
        let used = slots.filter(|(_, slot)| slot.iter().any(|byte| *byte != 0));
        let used = used.map(|(number, _)| number as Slot).collect();
        let end = bytes.len().div_ceil(SLOT) as Slot;
        Ok(Slots {
            disk,
            path: path.to_path_buf(),
            used,
            end,
        })
    }

    /// Keeps a key, which must be of chance and used for one value only. It is on the disk when
    /// this returns.
    pub fn allocate(&mut self, key: [u8; 32]) -> Result<Slot, SlotsError> {
        let free = (1..self.end).find(|slot| !self.used.contains(slot));
        let slot = free.unwrap_or(self.end);
        if slot > MAX_SLOTS {
            return Err(SlotsError::Full);
        }
        let mut bytes = [0; SLOT];
        bytes[0] = USED;
        bytes[KEY_AT..CHECK_AT].copy_from_slice(&key);
        bytes[CHECK_AT..].copy_from_slice(&check(slot, &key));
        // From now on it may be written, whatever the disk answers.
        self.used.insert(slot);
        self.end = self.end.max(slot + 1);
        self.write(slot, &bytes)?;
        Ok(slot)
    }

    /// The key in a slot, or `None` if it was forgotten or is damaged.
    pub fn key(&self, slot: Slot) -> Result<Option<[u8; 32]>, SlotsError> {
        if !self.used.contains(&slot) {
            return Ok(None);
        }
        let bytes = self.disk.read_at(&self.path, place(slot), SLOT)?;
        let Some((key, found)) = bytes
            .get(KEY_AT..)
            .and_then(|rest| rest.split_first_chunk())
        else {
            return Ok(None);
        };
        let sound = bytes[0] == USED && found == check(slot, key);
        Ok(sound.then_some(*key))
    }

    /// Overwrites a slot with zeros. Its value can be read no more when this returns.
    pub fn forget(&mut self, slot: Slot) -> Result<(), SlotsError> {
        if self.used.contains(&slot) {
            self.write(slot, &[0; SLOT])?;
            self.used.remove(&slot);
        }
        Ok(())
    }

    /// Forgets every slot but these: what a crash left of a value that was about to be kept or
    /// forgotten. Answers how many there were.
    pub fn retain(&mut self, living: &BTreeSet<Slot>) -> Result<usize, SlotsError> {
        let before = self.used.len();
        // Free slots too: if the flush of an earlier process failed, we may see zeros where the
        // disk still has a key.
        let dead: Vec<Slot> = (1..self.end)
            .filter(|slot| !living.contains(slot))
            .collect();
        for slot in &dead {
            self.disk.write_at(&self.path, place(*slot), &[0; SLOT])?;
        }
        if !dead.is_empty() {
            self.disk.flush(&[&self.path])?;
        }
        self.used.retain(|slot| living.contains(slot));
        Ok(before - self.used.len())
    }

    /// How many slots are used.
    pub fn used(&self) -> usize {
        self.used.len()
    }

    fn write(&self, slot: Slot, bytes: &[u8; SLOT]) -> Result<(), SlotsError> {
        self.disk.write_at(&self.path, place(slot), bytes)?;
        Ok(self.disk.flush(&[&self.path])?)
    }
}

/// Where a slot begins, in bytes.
fn place(slot: Slot) -> u64 {
    u64::from(slot) * SLOT as u64
}

fn check(slot: Slot, key: &[u8; 32]) -> [u8; SLOT - CHECK_AT] {
    let mut sum = Sha256::new();
    sum.update(b"clearinghouse/slot/v1\0");
    sum.update(u64::from(slot).to_be_bytes());
    sum.update(key);
    *sum.finalize().first_chunk().expect("SHA-256 is longer")
}

#[cfg(test)]
mod tests {
    use super::super::fault_disk::{Fault, FaultDisk};
    use super::*;

    fn path() -> &'static Path {
        Path::new("/keys")
    }

    #[test]
    fn a_key_is_read_back_until_it_is_forgotten() {
        let disk = FaultDisk::new(1);
        let mut slots = Slots::create(disk.start(), path()).unwrap();
        assert_eq!(slots.allocate([1; 32]).unwrap(), 1);
        assert_eq!(slots.allocate([2; 32]).unwrap(), 2);
        disk.power_cut();
        let mut slots = Slots::open(disk.start(), path()).unwrap();
        assert_eq!(slots.key(1).unwrap(), Some([1; 32]));
        slots.forget(1).unwrap();
        slots.forget(1).unwrap();
        assert_eq!(slots.key(1).unwrap(), None);
        disk.power_cut();
        assert!(disk.holding(&[1; 32]).is_empty());
        let mut slots = Slots::open(disk.start(), path()).unwrap();
        assert_eq!(
            (slots.key(1).unwrap(), slots.key(2).unwrap()),
            (None, Some([2; 32]))
        );
        assert_eq!(slots.allocate([3; 32]).unwrap(), 1);
        assert_eq!(slots.allocate([4; 32]).unwrap(), 3);
    }

    #[test]
    fn a_damaged_or_moved_key_is_no_key() {
        let disk = FaultDisk::new(1);
        let mut slots = Slots::create(disk.start(), path()).unwrap();
        slots.allocate([1; 32]).unwrap();
        slots.allocate([2; 32]).unwrap();
        let sound = disk.bytes(path()).unwrap();
        for at in SLOT..2 * SLOT {
            // The seven zeros are not part of the key, so a change there is of no consequence.
            if (SLOT + 1..SLOT + KEY_AT).contains(&at) {
                continue;
            }
            let mut bytes = sound.clone();
            bytes[at] ^= 4;
            disk.put(path(), &bytes);
            let slots = Slots::open(disk.start(), path()).unwrap();
            assert_eq!(slots.key(1).unwrap(), None, "byte {at}");
        }
        let moved = [&sound[..SLOT], &sound[2 * SLOT..], &sound[SLOT..2 * SLOT]].concat();
        disk.put(path(), &moved);
        let slots = Slots::open(disk.start(), path()).unwrap();
        assert_eq!((slots.key(1).unwrap(), slots.key(2).unwrap()), (None, None));
    }

    #[test]
    fn what_a_crash_left_behind_is_swept() {
        for fault in Fault::ALL {
            for step in 0..2 {
                for seed in 0..20 {
                    let disk = FaultDisk::new(seed);
                    let mut slots = Slots::create(disk.start(), path()).unwrap();
                    slots.allocate([1; 32]).unwrap();
                    disk.fail_at(disk.steps() + step, fault);
                    slots.allocate([2; 32]).unwrap_err();
                    disk.tear(true);
                    disk.power_cut();
                    let mut slots = Slots::open(disk.start(), path()).unwrap();
                    slots.retain(&BTreeSet::from([1])).unwrap();
                    assert_eq!((slots.used(), slots.key(1).unwrap()), (1, Some([1; 32])));
                    assert!(disk.holding(&[2; 32]).is_empty());
                    assert_eq!(slots.allocate([3; 32]).unwrap(), 2);
                }
            }
        }
    }

    #[test]
    fn another_file_is_not_touched() {
        let disk = FaultDisk::new(1);
        assert!(matches!(
            Slots::open(disk.start(), path()),
            Err(SlotsError::Missing(_))
        ));
        disk.put(path(), b"clearinghouse slots 2\n");
        assert!(matches!(
            Slots::open(disk.start(), path()),
            Err(SlotsError::Newer(_))
        ));
        disk.put(path(), b"");
        assert!(matches!(
            Slots::open(disk.start(), path()),
            Err(SlotsError::Broken(_))
        ));
    }
}
