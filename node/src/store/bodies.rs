//! Where does the text of a listing stand, and how does it go?

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clearinghouse_protocol::feed::body::{FRAME_BYTES, Framed, SALT_BYTES, next_framed};
use clearinghouse_protocol::feed::living::Living;
use clearinghouse_protocol::tlog::tree::{Index, Size};

use super::disk::{DiskError, SharedDisk};

/// Bodies in one file: those of 256 neighbouring entries.
const BUNDLE: u64 = 256;

/// The bodies of one log, in one file for every 256 entries, each with its index, length and salt.
///
/// A body that is dropped is served no more at once; its bytes leave the disk with [`BodyFiles::sweep`].
pub struct BodyFiles {
    disk: SharedDisk,
    dir: PathBuf,
    bundles: BTreeMap<u64, Vec<Slot>>,
    /// Bundles whose file holds bodies that were dropped.
    stale: BTreeSet<u64>,
}

/// A salt and the body that was committed to under it.
pub type Salted = ([u8; SALT_BYTES], Vec<u8>);

#[derive(Clone, Copy)]
struct Slot {
    index: Index,
    /// Where the frame begins in its file.
    offset: u64,
    /// Bytes of the body.
    length: u32,
}

impl BodyFiles {
    /// Opens the files in `dir`; a tail that a crash cut, or that belongs to entries behind `signed`,
    /// is taken off.
    pub fn open(disk: SharedDisk, dir: PathBuf, signed: Size) -> Result<BodyFiles, DiskError> {
        disk.create_dir_all(&dir)?;
        let mut files = BodyFiles {
            disk,
            dir,
            bundles: BTreeMap::new(),
            stale: BTreeSet::new(),
        };
        for name in files.disk.list(&files.dir)? {
            if let Ok(number) = name.parse() {
                files.load(number, signed)?;
            }
        }
        Ok(files)
    }

    /// No bodies at all, and no folder: what stands in while the real ones are moved.
    pub(super) fn none(disk: SharedDisk) -> BodyFiles {
        BodyFiles {
            disk,
            dir: PathBuf::new(),
            bundles: BTreeMap::new(),
            stale: BTreeSet::new(),
        }
    }

    /// Adds bodies in the order of their entries and returns the files to flush.
    pub fn write<'a>(
        &mut self,
        bodies: impl Iterator<Item = (Index, &'a [u8; SALT_BYTES], &'a [u8])>,
    ) -> Result<Vec<PathBuf>, DiskError> {
        let mut pending: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        for (index, salt, body) in bodies {
            Framed { index, salt, body }.write(pending.entry(index.0 / BUNDLE).or_default());
        }
        let mut paths = Vec::new();
        for (number, frames) in pending {
            let path = self.path(number);
            let start = self.disk.len(&path)?.unwrap_or(0);
            self.disk.append(&path, &frames)?;
            self.note(number, start, &frames);
            paths.push(path);
        }
        Ok(paths)
    }

    /// The files in which the bodies of these entries stand.
    pub fn paths_of(&self, indexes: &[Index]) -> BTreeSet<PathBuf> {
        let here = indexes.iter().filter(|index| self.contains(**index));
        here.map(|index| self.path(index.0 / BUNDLE)).collect()
    }

    /// Whether the body of this entry is here.
    pub fn contains(&self, index: Index) -> bool {
        self.slot(index).is_some()
    }

    /// How many bodies are here, and their bytes.
    pub fn total(&self) -> (u64, u64) {
        let slots = self.bundles.values().flatten();
        slots.fold((0, 0), |(count, bytes), slot| {
            (count + 1, bytes + u64::from(slot.length))
        })
    }

    /// The salt and body of an entry.
    pub fn read(&self, index: Index) -> Result<Option<Salted>, DiskError> {
        let Some(slot) = self.slot(index) else {
            return Ok(None);
        };
        let length = FRAME_BYTES + slot.length as usize;
        let frame = self
            .disk
            .read_at(&self.path(index.0 / BUNDLE), slot.offset, length)?;
        let mut rest = frame.as_slice();
        // A frame that is not what we wrote is the disk's fault; the commitment would tell as much.
        let framed = next_framed(&mut rest).filter(|framed| framed.index == index);
        Ok(framed.map(|framed| (*framed.salt, framed.body.to_vec())))
    }

    /// The living bodies of entries 256·`number` and the 255 behind it, in rising order.
    pub fn bundle(&self, number: u64) -> Result<Vec<u8>, DiskError> {
        let Some(slots) = self.bundles.get(&number) else {
            return Ok(Vec::new());
        };
        let file = self.disk.read(&self.path(number))?.unwrap_or_default();
        let mut bytes = Vec::new();
        let mut slots = slots.clone();
        slots.sort_by_key(|slot| slot.index);
        for slot in slots {
            let frame =
                slot.offset as usize..slot.offset as usize + FRAME_BYTES + slot.length as usize;
            bytes.extend_from_slice(file.get(frame).unwrap_or_default());
        }
        Ok(bytes)
    }

    /// Takes bodies out of service; [`BodyFiles::sweep`] takes their bytes off the disk.
    pub fn drop_bodies(&mut self, ended: impl IntoIterator<Item = Index>) {
        for index in ended {
            let number = index.0 / BUNDLE;
            if let Some(slots) = self.bundles.get_mut(&number) {
                let before = slots.len();
                slots.retain(|slot| slot.index != index);
                if slots.len() < before {
                    self.stale.insert(number);
                }
            }
        }
    }

    /// Takes every body out of service.
    pub fn drop_all(&mut self) {
        let all = self.bundles.values().flatten().map(|slot| slot.index);
        let all: Vec<Index> = all.collect();
        self.drop_bodies(all);
    }

    /// Writes at most `count` files anew without what was dropped; whether more are left.
    ///
    /// When this returns, nothing that was dropped stands in those files, power cut or not.
    pub fn sweep(&mut self, count: usize) -> Result<bool, DiskError> {
        for _ in 0..count {
            let Some(number) = self.stale.first().copied() else {
                break;
            };
            if let Err(error) = self.rewrite(number) {
                self.recount(number);
                return Err(error);
            }
            self.stale.remove(&number);
        }
        Ok(!self.stale.is_empty())
    }

    fn rewrite(&mut self, number: u64) -> Result<(), DiskError> {
        let bytes = self.bundle(number)?;
        if bytes.is_empty() {
            self.disk.remove(&self.path(number))?;
            self.disk.flush_dir(&self.dir)?;
        } else {
            self.disk.replace(&self.path(number), &bytes)?;
        }
        self.bundles.remove(&number);
        self.note(number, 0, &bytes);
        Ok(())
    }

    /// Finds the bodies in service again after a step on their file failed, for it may have been done.
    fn recount(&mut self, number: u64) {
        let known = self.bundles.remove(&number).unwrap_or_default();
        if let Ok(bytes) = self.disk.read(&self.path(number)) {
            self.note(number, 0, &bytes.unwrap_or_default());
        }
        let slots = self.bundles.entry(number).or_default();
        slots.retain(|slot| known.iter().any(|one| one.index == slot.index));
    }

    /// Drops every body whose entry is not in force, from disk too.
    pub fn keep_only(&mut self, living: &Living) -> Result<(), DiskError> {
        let all = self.bundles.values().flatten().map(|slot| slot.index);
        let gone: Vec<Index> = all.filter(|index| !living.contains(*index)).collect();
        self.drop_bodies(gone);
        while self.sweep(usize::MAX)? {}
        Ok(())
    }

    fn load(&mut self, number: u64, signed: Size) -> Result<(), DiskError> {
        let path = self.path(number);
        let bytes = self.disk.read(&path)?.unwrap_or_default();
        let whole = self.note(number, 0, &bytes[..signed_part(&bytes, signed)]);
        if whole < bytes.len() {
            self.disk.truncate(&path, whole as u64)?;
            self.disk.flush(&[&path])?;
        }
        Ok(())
    }

    /// Takes note of the frames in `bytes`, which stand at `start`; how many bytes were whole frames.
    fn note(&mut self, number: u64, start: u64, bytes: &[u8]) -> usize {
        let slots = self.bundles.entry(number).or_default();
        let mut rest = bytes;
        loop {
            let at = bytes.len() - rest.len();
            let Some(framed) = next_framed(&mut rest) else {
                return at;
            };
            if framed.index.0 / BUNDLE != number {
                return at;
            }
            // A body that was written twice, after a crash between its flush and its promise.
            slots.retain(|slot| slot.index != framed.index);
            let (index, length) = (framed.index, framed.body.len() as u32);
            slots.push(Slot {
                index,
                offset: start + at as u64,
                length,
            });
        }
    }

    fn slot(&self, index: Index) -> Option<Slot> {
        let slots = self.bundles.get(&(index.0 / BUNDLE))?;
        slots.iter().find(|slot| slot.index == index).copied()
    }

    fn path(&self, number: u64) -> PathBuf {
        self.dir.join(number.to_string())
    }
}

/// How many bytes stand before the first frame of an entry that was never signed.
fn signed_part(bytes: &[u8], signed: Size) -> usize {
    let mut rest = bytes;
    loop {
        let at = bytes.len() - rest.len();
        match next_framed(&mut rest) {
            Some(framed) if signed.contains(framed.index) => {}
            _ => return at,
        }
    }
}

#[cfg(test)]
mod tests {
    use clearinghouse_protocol::feed::body::read_bundle;

    use super::super::fault_disk::FaultDisk;
    use super::*;

    fn write(files: &mut BodyFiles, indexes: &[u64]) {
        let bodies: Vec<Vec<u8>> = indexes
            .iter()
            .map(|index| format!("body {index}").into_bytes())
            .collect();
        let rows = indexes
            .iter()
            .zip(&bodies)
            .map(|(index, body)| (Index(*index), &[1; 32], body.as_slice()));
        files.write(rows).expect("writes");
    }

    #[test]
    fn a_dropped_body_is_served_no_more_and_leaves_the_disk_with_the_sweep() {
        let disk: SharedDisk = FaultDisk::new(1).start();
        let mut files = BodyFiles::open(disk.clone(), "/bodies".into(), Size(1000)).expect("opens");
        write(&mut files, &[0, 3, 255, 256, 700]);
        files.drop_bodies([Index(3), Index(256), Index(4)]);
        assert_eq!(files.read(Index(3)).expect("reads"), None);
        assert!(!files.sweep(10).expect("sweeps"));
        for (path, left) in [
            ("/bodies/0", true),
            ("/bodies/1", false),
            ("/bodies/2", true),
        ] {
            let bytes = disk.read(path.as_ref()).expect("reads");
            assert_eq!(bytes.is_some(), left, "{path}");
            assert!(!String::from_utf8_lossy(&bytes.unwrap_or_default()).contains("body 3"));
        }
        let again = BodyFiles::open(disk, "/bodies".into(), Size(1000)).expect("opens");
        for index in [0, 255, 700] {
            assert_eq!(
                again.read(Index(index)).expect("reads"),
                files.read(Index(index)).expect("reads")
            );
            assert!(again.contains(Index(index)));
        }
        assert_eq!(
            read_bundle(0, &again.bundle(0).expect("reads"))
                .expect("sound")
                .len(),
            2
        );
    }

    #[test]
    fn a_cut_tail_is_taken_off_and_a_body_written_twice_counts_once() {
        let disk: SharedDisk = FaultDisk::new(1).start();
        let mut files = BodyFiles::open(disk.clone(), "/bodies".into(), Size(1000)).expect("opens");
        write(&mut files, &[1, 2]);
        disk.append("/bodies/0".as_ref(), &[0; 50])
            .expect("appends");
        let mut again = BodyFiles::open(disk.clone(), "/bodies".into(), Size(1000)).expect("opens");
        write(&mut again, &[2, 3]);
        let last = BodyFiles::open(disk, "/bodies".into(), Size(1000)).expect("opens");
        assert_eq!(
            read_bundle(0, &last.bundle(0).expect("reads"))
                .expect("sound")
                .len(),
            3
        );
    }
}
