//! What would a disk still hold if it failed, or lost its power, at exactly this step?

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::disk::{Disk, DiskError, NEW, SharedDisk, beside, folder};
use platter::{FileState, Platter, Write};

pub use platter::Fault;

mod platter;

/// One write step, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The verb: "append to", "write", "cut", "flush", "rename to", "remove", "create".
    pub deed: &'static str,
    /// Of which file or folder.
    pub path: PathBuf,
}

/// A disk in memory that tells what is seen from what would outlast a power cut.
///
/// Chance comes from one seed: the same seed and the same calls give the same bytes.
#[derive(Clone)]
pub struct FaultDisk {
    platter: Arc<Mutex<Platter>>,
}

impl FaultDisk {
    /// An empty disk.
    pub fn new(seed: u64) -> FaultDisk {
        let platter = Platter {
            chance: seed,
            ..Platter::default()
        };
        FaultDisk {
            platter: Arc::new(Mutex::new(platter)),
        }
    }

    /// A process starts, or starts again: it sees what there is. Processes before it are dead.
    pub fn start(&self) -> SharedDisk {
        let mut platter = self.lock();
        platter.life += 1;
        platter.down = false;
        platter.files.iter_mut().for_each(|file| file.end = None);
        Arc::new(Process {
            platter: self.platter.clone(),
            life: platter.life,
        })
    }

    /// The process dies now. What it wrote stays visible to the next one.
    pub fn crash(&self) {
        self.lock().down = true;
    }

    /// The power is cut now. Only what was flushed is sure to be there at the next start.
    pub fn power_cut(&self) {
        self.lock().power_cut();
    }

    /// From now on a power cut may keep any part of what waited for a flush, torn by chance.
    pub fn tear(&self, tearing: bool) {
        self.lock().tearing = tearing;
    }

    /// From now on there is no room for another byte, or there is again. Cutting, removing and flushing
    /// work on a full disk, too.
    pub fn fill(&self, full: bool) {
        self.lock().full = full;
    }

    /// From now on nothing fails any more.
    pub fn mend(&self) {
        let mut platter = self.lock();
        platter.full = false;
        platter.faults.clear();
    }

    /// Whether the process is over: it crashed, lost its power, or a flush failed.
    pub fn is_down(&self) -> bool {
        self.lock().down
    }

    /// How many write steps there were. The next one has this number.
    pub fn steps(&self) -> u64 {
        self.lock().steps.len() as u64
    }

    /// What these steps were.
    pub fn trace(&self) -> Vec<Step> {
        self.lock().steps.clone()
    }

    /// Lets the step of this number fail, counted from 0. Several make pairs of faults.
    pub fn fail_at(&self, step: u64, fault: Fault) {
        self.lock().faults.insert(step, fault);
    }

    /// A copy, as a backup holds it: what is seen now, all of it flushed.
    pub fn copy(&self) -> FaultDisk {
        let mut platter = self.lock().clone();
        platter.settle();
        platter.faults.clear();
        platter.full = false;
        FaultDisk {
            platter: Arc::new(Mutex::new(platter)),
        }
    }

    /// All files that are seen.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.lock().seen.files.keys().cloned().collect()
    }

    /// The bytes of a file, without asking the process.
    pub fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        let platter = self.lock();
        platter
            .seen
            .files
            .get(path)
            .map(|&file| platter.files[file].seen.clone())
    }

    /// Puts bytes in a file behind the back of the process, flushed: a bad disk, or a hand.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        let mut platter = self.lock();
        let file = platter.create(path);
        platter.kept.files.insert(path.to_path_buf(), file);
        platter.files[file] = FileState {
            seen: bytes.to_vec(),
            kept: bytes.to_vec(),
            ..FileState::default()
        };
    }

    /// Takes a file away behind the back of the process.
    pub fn take(&self, path: &Path) {
        let mut platter = self.lock();
        platter.seen.files.remove(path);
        platter.kept.files.remove(path);
    }

    /// Which files hold these bytes anywhere.
    pub fn holding(&self, marker: &[u8]) -> Vec<PathBuf> {
        let platter = self.lock();
        let holds = |bytes: &Vec<u8>| bytes.windows(marker.len()).any(|some| some == marker);
        let named = platter.seen.files.iter();
        named
            .filter(|(_, file)| holds(&platter.files[**file].seen))
            .map(|(p, _)| p.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Platter> {
        self.platter
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The disk as one process uses it.
struct Process {
    platter: Arc<Mutex<Platter>>,
    life: u64,
}

impl Process {
    fn alive(&self) -> Result<MutexGuard<'_, Platter>, DiskError> {
        let platter = self
            .platter
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if platter.down || platter.life != self.life {
            return Err(DiskError::Stopped);
        }
        Ok(platter)
    }

    /// Takes one step. `act` does it, of a write no more than the given number of bytes.
    fn step(
        &self,
        deed: &'static str,
        path: &Path,
        bytes: usize,
        act: impl FnOnce(&mut Platter, usize),
    ) -> Result<Option<Fault>, DiskError> {
        let mut platter = self.alive()?;
        let number = platter.steps.len() as u64;
        platter.steps.push(Step {
            deed,
            path: path.to_path_buf(),
        });
        let no_room = platter.full && platter.grows(deed, path, bytes);
        let no_room = no_room.then_some(Fault::Lost);
        let fault = platter.faults.remove(&number).or(no_room);
        match fault {
            None | Some(Fault::CrashAfter | Fault::Stored) => act(&mut platter, bytes),
            Some(Fault::CrashTorn) if bytes > 0 => {
                let part = platter.below(bytes);
                act(&mut platter, part);
            }
            Some(Fault::Crash | Fault::CrashTorn | Fault::Lost) => {}
        }
        match fault {
            Some(Fault::Crash | Fault::CrashTorn | Fault::CrashAfter) => {
                platter.down = true;
                Err(DiskError::Stopped)
            }
            failed_or_not => Ok(failed_or_not),
        }
    }

    fn change(
        &self,
        deed: &'static str,
        path: &Path,
        bytes: usize,
        act: impl FnOnce(&mut Platter, usize),
    ) -> Result<(), DiskError> {
        match self.step(deed, path, bytes, act)? {
            None => Ok(()),
            Some(_) => Err(DiskError::io(
                deed,
                path,
                io::Error::other("a fault on request"),
            )),
        }
    }

    fn keep(&self, path: &Path, act: impl FnOnce(&mut Platter)) -> Result<(), DiskError> {
        let Some(fault) = self.step("flush", path, 0, |platter, _| act(platter))? else {
            return Ok(());
        };
        let mut platter = self.alive()?;
        if fault == Fault::Lost
            && let Some(&file) = platter.seen.files.get(path)
        {
            platter.files[file].waiting.clear();
        }
        // As the real disk does it: after a failed flush the process is over.
        platter.down = true;
        Err(DiskError::flush(
            path,
            io::Error::other("a fault on request"),
        ))
    }

    fn known(&self, deed: &'static str, path: &Path) -> Result<usize, DiskError> {
        let file = self.alive()?.seen.files.get(path).copied();
        file.ok_or_else(|| DiskError::io(deed, path, io::ErrorKind::NotFound.into()))
    }

    fn folder_of(&self, deed: &'static str, path: &Path) -> Result<(), DiskError> {
        let platter = self.alive()?;
        let dir = folder(path);
        if dir.parent().is_none() || dir == Path::new(".") || platter.seen.folders.contains(dir) {
            return Ok(());
        }
        Err(DiskError::io(deed, path, io::ErrorKind::NotFound.into()))
    }
}

impl Disk for Process {
    fn create_dir_all(&self, dir: &Path) -> Result<(), DiskError> {
        if dir.parent().is_none() || self.alive()?.kept.folders.contains(dir) {
            return Ok(());
        }
        self.create_dir_all(folder(dir))?;
        self.change("create", dir, 0, |platter, _| {
            platter.seen.folders.insert(dir.to_path_buf());
            platter.kept.folders.insert(dir.to_path_buf());
        })
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
        let platter = self.alive()?;
        Ok(platter
            .seen
            .files
            .get(path)
            .map(|&file| platter.files[file].seen.clone()))
    }

    fn read_at(&self, path: &Path, offset: u64, len: usize) -> Result<Vec<u8>, DiskError> {
        let file = self.known("read", path)?;
        let platter = self.alive()?;
        let bytes = &platter.files[file].seen;
        let start = bytes
            .len()
            .min(usize::try_from(offset).unwrap_or(usize::MAX));
        Ok(bytes[start..bytes.len().min(start.saturating_add(len))].to_vec())
    }

    fn len(&self, path: &Path) -> Result<Option<u64>, DiskError> {
        let platter = self.alive()?;
        let file = platter
            .seen
            .files
            .get(path)
            .map(|&file| &platter.files[file]);
        // As the real disk has it: what a failed append left behind the end does not count.
        Ok(file.map(|file| file.end.unwrap_or(file.seen.len()) as u64))
    }

    fn list(&self, dir: &Path) -> Result<Vec<String>, DiskError> {
        let platter = self.alive()?;
        let all = platter.seen.files.keys().chain(&platter.seen.folders);
        let inside = all.filter(|path| folder(path) == dir && path.as_path() != dir);
        let names = inside.filter_map(|path| path.file_name()?.to_str());
        let mut names: Vec<_> = names
            .filter(|n| !n.ends_with(NEW))
            .map(str::to_owned)
            .collect();
        names.sort();
        Ok(names)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        self.folder_of("append to", path)?;
        let mut begun = None;
        let added = self.change("append to", path, bytes.len(), |platter, part| {
            let file = platter.create(path);
            let state = &mut platter.files[file];
            let end = state.end.take().unwrap_or(state.seen.len());
            begun = Some((file, end));
            platter.write(file, Write::At(end, bytes.to_vec()), part);
        });
        // As the real disk does it: what stands behind a failed append is overwritten.
        if let (Err(DiskError::Io { .. }), Some((file, end))) = (&added, begun) {
            self.alive()?.files[file].end = Some(end);
        }
        added
    }

    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.folder_of("write", path)?;
        let offset = usize::try_from(offset).expect("a disk in memory is small");
        self.change("write", path, bytes.len(), |platter, part| {
            let file = platter.create(path);
            platter.write(file, Write::At(offset, bytes.to_vec()), part);
        })
    }

    fn truncate(&self, path: &Path, len: u64) -> Result<(), DiskError> {
        let file = self.known("cut", path)?;
        let len = usize::try_from(len).expect("a disk in memory is small");
        self.change("cut", path, 0, |platter, _| {
            platter.files[file].end = None;
            platter.write(file, Write::Cut(len), 0);
        })
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        self.folder_of("write", path)?;
        let new = beside(path);
        self.change("write", &new, bytes.len(), |platter, part| {
            platter.seen.files.remove(&new);
            let file = platter.create(&new);
            platter.write(file, Write::At(0, bytes.to_vec()), part);
        })?;
        self.keep(&new, |platter| platter.keep_file(&new))?;
        self.change("rename to", path, 0, |platter, _| {
            if let Some(file) = platter.seen.files.remove(&new) {
                platter.seen.files.insert(path.to_path_buf(), file);
            }
        })?;
        self.keep(folder(path), |platter| platter.keep_names(folder(path)))
    }

    fn remove(&self, path: &Path) -> Result<(), DiskError> {
        self.change("remove", path, 0, |platter, _| {
            platter.seen.files.remove(path);
            platter.seen.files.remove(&beside(path));
        })
    }

    fn flush(&self, paths: &[&Path]) -> Result<(), DiskError> {
        for path in paths {
            self.known("flush", path)?;
            self.keep(path, |platter| platter.keep_file(path))?;
        }
        Ok(())
    }

    fn flush_dir(&self, dir: &Path) -> Result<(), DiskError> {
        self.keep(dir, |platter| platter.keep_names(dir))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "/data/file";

    /// Writes "ab" flushed and then "cd" not, and answers what each kind of end leaves.
    fn after(end: impl Fn(&FaultDisk)) -> Option<Vec<u8>> {
        let disk = FaultDisk::new(1);
        let process = disk.start();
        let path = Path::new(FILE);
        process.create_dir_all(Path::new("/data")).unwrap();
        process.append(path, b"ab").unwrap();
        process.flush(&[path]).unwrap();
        process.append(path, b"cd").unwrap();
        end(&disk);
        disk.start().read(path).unwrap()
    }

    #[test]
    fn a_crash_keeps_what_was_written_and_a_power_cut_what_was_flushed() {
        assert_eq!(after(FaultDisk::crash).unwrap(), b"abcd");
        assert_eq!(after(FaultDisk::power_cut).unwrap(), b"ab");
    }

    #[test]
    fn a_torn_power_cut_keeps_what_was_flushed_and_any_part_of_the_rest() {
        let mut found = std::collections::BTreeSet::new();
        for seed in 0..200 {
            found.insert(after(|disk| {
                disk.lock().chance = seed;
                disk.tear(true);
                disk.power_cut();
            }));
        }
        let found: Vec<Vec<u8>> = found.into_iter().map(Option::unwrap).collect();
        assert!(
            found.iter().all(|bytes| bytes.starts_with(b"ab")),
            "{found:?}"
        );
        for expected in [&b"ab"[..], b"abc", b"abcd", b"abc\0"] {
            assert!(
                found.iter().any(|bytes| bytes == expected),
                "{expected:?} not in {found:?}"
            );
        }
    }

    #[test]
    fn a_process_that_died_does_not_write_any_more() {
        let disk = FaultDisk::new(1);
        let old = disk.start();
        let path = Path::new("/file");
        old.append(path, b"x").unwrap();
        let new = disk.start();
        assert!(matches!(old.append(path, b"y"), Err(DiskError::Stopped)));
        new.append(path, b"z").unwrap();
        assert_eq!(disk.bytes(path).unwrap(), b"xz");
    }

    #[test]
    fn a_replaced_file_is_the_old_or_the_new_one_after_any_fault() {
        for fault in Fault::ALL {
            for step in 0..4 {
                for seed in 0..20 {
                    let disk = FaultDisk::new(seed);
                    let process = disk.start();
                    let path = Path::new("/file");
                    process.replace(path, b"old").unwrap();
                    disk.fail_at(disk.steps() + step, fault);
                    let answer = process.replace(path, b"new");
                    assert!(answer.is_err());
                    disk.tear(true);
                    disk.power_cut();
                    let found = disk.start().read(path).unwrap().unwrap();
                    assert!(
                        found == b"old" || found == b"new",
                        "{fault:?} {step} {found:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_flush_that_failed_and_lost_is_not_made_good_by_the_next_process() {
        let disk = FaultDisk::new(1);
        let process = disk.start();
        let path = Path::new("/file");
        process.append(path, b"x").unwrap();
        disk.fail_at(disk.steps(), Fault::Lost);
        assert!(matches!(
            process.flush(&[path]),
            Err(DiskError::Flush { .. })
        ));
        let next = disk.start();
        assert_eq!(next.read(path).unwrap().unwrap(), b"x");
        next.flush(&[path]).unwrap();
        disk.power_cut();
        assert_eq!(disk.start().read(path).unwrap().unwrap(), b"");
    }

    #[test]
    fn what_a_failed_append_left_behind_is_overwritten_or_seen_at_the_next_start() {
        let disk = FaultDisk::new(1);
        let process = disk.start();
        let path = Path::new("/file");
        process.append(path, b"ab").unwrap();
        disk.fail_at(disk.steps(), Fault::Stored);
        assert!(process.append(path, b"cdef").is_err());
        assert_eq!(process.read(path).unwrap().unwrap(), b"abcdef");
        assert_eq!(process.len(path).unwrap(), Some(2));
        let copy = disk.copy();
        process.append(path, b"CD").unwrap();
        assert_eq!(process.read(path).unwrap().unwrap(), b"abCDef");
        copy.start().append(path, b"!").unwrap();
        assert_eq!(copy.bytes(path).unwrap(), b"abcdef!");
    }

    #[test]
    fn a_full_disk_takes_nothing_until_there_is_room_again() {
        let disk = FaultDisk::new(1);
        let process = disk.start();
        let path = Path::new("/file");
        process.append(path, b"ab").unwrap();
        disk.fill(true);
        assert!(process.append(path, b"cd").is_err());
        assert!(process.replace(path, b"ef").is_err());
        process.flush(&[path]).unwrap();
        process.truncate(path, 1).unwrap();
        disk.fill(false);
        process.append(path, b"gh").unwrap();
        assert_eq!(disk.bytes(path).unwrap(), b"agh");
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let run = |seed| {
            let disk = FaultDisk::new(seed);
            let process = disk.start();
            disk.tear(true);
            for n in 0..50u8 {
                process.append(Path::new("/file"), &[n; 40]).unwrap();
            }
            disk.power_cut();
            disk.bytes(Path::new("/file"))
        };
        assert_eq!(run(7), run(7));
    }
}
