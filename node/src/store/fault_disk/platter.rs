//! What is seen of a disk in memory, what is kept, and what does a power cut leave?

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::super::disk::folder;
use super::Step;

/// What goes wrong at one write step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process dies before the step.
    Crash,
    /// The process dies when a part of the bytes is written.
    CrashTorn,
    /// The process dies after the step.
    CrashAfter,
    /// The step answers with an error, and nothing of it was done. A flush that fails so has
    /// thrown the waiting bytes away, and no later flush brings them back.
    Lost,
    /// The step answers with an error, and yet all of it was done.
    Stored,
}

impl Fault {
    /// Every fault, for tables.
    pub const ALL: [Fault; 5] = [
        Fault::Crash,
        Fault::CrashTorn,
        Fault::CrashAfter,
        Fault::Lost,
        Fault::Stored,
    ];
}

#[derive(Clone, Default)]
pub(super) struct Platter {
    pub(super) chance: u64,
    /// What a power cut does to bytes that wait for a flush: all lost, or torn by chance.
    pub(super) tearing: bool,
    pub(super) seen: Names,
    pub(super) kept: Names,
    pub(super) files: Vec<FileState>,
    pub(super) steps: Vec<Step>,
    pub(super) faults: BTreeMap<u64, Fault>,
    /// Counts the processes; calls of one that has died are refused.
    pub(super) life: u64,
    pub(super) down: bool,
    /// Whether there is room for nothing more.
    pub(super) full: bool,
}

#[derive(Clone, Default)]
pub(super) struct Names {
    pub(super) files: BTreeMap<PathBuf, usize>,
    pub(super) folders: BTreeSet<PathBuf>,
}

#[derive(Clone, Default)]
pub(super) struct FileState {
    pub(super) seen: Vec<u8>,
    pub(super) kept: Vec<u8>,
    pub(super) waiting: Vec<Write>,
    /// Where the next append goes, if an earlier one failed and left bytes behind it.
    pub(super) end: Option<usize>,
}

#[derive(Clone)]
pub(super) enum Write {
    At(usize, Vec<u8>),
    Cut(usize),
}

impl Write {
    /// Does this to `bytes`; of a write no more than the first `part` bytes.
    pub(super) fn apply(&self, bytes: &mut Vec<u8>, part: usize) {
        match self {
            Write::Cut(len) => bytes.resize(*len, 0),
            Write::At(offset, new) => {
                let new = &new[..part.min(new.len())];
                if bytes.len() < offset + new.len() && !new.is_empty() {
                    bytes.resize(offset + new.len(), 0);
                }
                if !new.is_empty() {
                    bytes[*offset..offset + new.len()].copy_from_slice(new);
                }
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Write::Cut(_) => 0,
            Write::At(_, new) => new.len(),
        }
    }
}

impl Platter {
    /// SplitMix64: small, seeded, good enough to choose where to tear.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.chance;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    pub(super) fn create(&mut self, path: &Path) -> usize {
        if let Some(file) = self.seen.files.get(path) {
            return *file;
        }
        self.files.push(FileState::default());
        self.seen
            .files
            .insert(path.to_path_buf(), self.files.len() - 1);
        self.files.len() - 1
    }

    /// Whether a step needs more room than its file has: bytes that are there can be written over on a
    /// full disk, too.
    pub(super) fn grows(&self, deed: &str, path: &Path, bytes: usize) -> bool {
        let file = self.seen.files.get(path);
        let there = file.map_or(0, |file| self.files[*file].seen.len());
        bytes > 0 && (deed != "write" || bytes > there)
    }

    pub(super) fn write(&mut self, file: usize, write: Write, part: usize) {
        let state = &mut self.files[file];
        write.apply(&mut state.seen, part);
        let write = match write {
            Write::At(offset, mut bytes) => {
                bytes.truncate(part);
                Write::At(offset, bytes)
            }
            cut => cut,
        };
        state.waiting.push(write);
    }

    pub(super) fn keep_file(&mut self, path: &Path) {
        if let Some(&file) = self.seen.files.get(path) {
            let state = &mut self.files[file];
            for write in state.waiting.drain(..) {
                write.apply(&mut state.kept, usize::MAX);
            }
            self.kept.files.insert(path.to_path_buf(), file);
        }
    }

    pub(super) fn keep_names(&mut self, dir: &Path) {
        let inside = |path: &Path| folder(path) == dir;
        self.kept.files.retain(|path, _| !inside(path));
        let files = self.seen.files.iter().filter(|(path, _)| inside(path));
        self.kept
            .files
            .extend(files.map(|(path, file)| (path.clone(), *file)));
        self.kept.folders.retain(|path| !inside(path));
        let folders = self.seen.folders.iter().filter(|path| inside(path));
        self.kept.folders.extend(folders.cloned());
    }

    /// Everything that is seen is now what is kept, and nothing waits.
    pub(super) fn settle(&mut self) {
        for file in &mut self.files {
            file.kept.clone_from(&file.seen);
            file.waiting.clear();
            file.end = None;
        }
        self.kept = self.seen.clone();
    }

    pub(super) fn power_cut(&mut self) {
        for file in 0..self.files.len() {
            let torn = self.tearing.then(|| self.torn(file));
            let state = &mut self.files[file];
            state.seen = torn.unwrap_or_else(|| state.kept.clone());
        }
        if self.tearing {
            self.tear_names();
        }
        self.seen = self.kept.clone();
        self.settle();
        self.down = true;
    }

    /// What a power cut leaves of one file: some of the waiting writes, the next one in part,
    /// and now and then a sector of zeros where the length reached the disk before the bytes.
    pub(super) fn torn(&mut self, file: usize) -> Vec<u8> {
        let FileState {
            kept: mut bytes,
            waiting,
            ..
        } = self.files[file].clone();
        let whole = self.below(waiting.len() + 1);
        for write in &waiting[..whole] {
            write.apply(&mut bytes, usize::MAX);
        }
        if let Some(write) = waiting.get(whole) {
            let part = self.below(write.len() + 1);
            if write.len() > 0 {
                write.apply(&mut bytes, part);
            }
        }
        // Only behind the old end: a sector that was there holds its old bytes or its new ones.
        let old_end = self.files[file].kept.len();
        if bytes.len() > old_end && self.below(4) == 0 {
            let start = old_end + self.below(bytes.len() - old_end);
            let end = (start + 512).min(bytes.len());
            bytes[start..end].fill(0);
        }
        bytes
    }

    /// Lets chance decide for each name that was not flushed whether it is there.
    pub(super) fn tear_names(&mut self) {
        let paths: BTreeSet<PathBuf> = self
            .seen
            .files
            .keys()
            .chain(self.kept.files.keys())
            .cloned()
            .collect();
        for path in paths {
            let (seen, kept) = (
                self.seen.files.get(&path).copied(),
                self.kept.files.get(&path),
            );
            if seen != kept.copied() && self.below(2) == 0 {
                match seen {
                    Some(file) => self.kept.files.insert(path, file),
                    None => self.kept.files.remove(&path),
                };
            }
        }
        // A file that is there has folders that are there.
        let above = self
            .kept
            .files
            .keys()
            .flat_map(|path| path.ancestors().skip(1));
        let above: Vec<PathBuf> = above.map(Path::to_path_buf).collect();
        self.kept.folders.extend(above);
    }
}
