//! How does a feed stand on disk?

use std::path::{Path, PathBuf};

use clearinghouse_protocol::feed::body::SALT_BYTES;
use clearinghouse_protocol::feed::living::Living;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tile::FULL_WIDTH;
use clearinghouse_protocol::tlog::tree::{Index, Size, root_of};

use super::bodies::BodyFiles;
use super::disk::{DiskError, SharedDisk};

mod whole;

/// Levels of tiles: three hold 16 million entries, and a fourth can never fill here.
const LEVELS_MAX: usize = 8;

/// Entries in one bundle.
const BUNDLE: u64 = FULL_WIDTH as u64;

/// The files of one log: `entries`, `hashes/<level>`, `checkpoint` and `bodies/<N>`.
///
/// `entries` holds what entry bundles are cut from: each entry after its length, 16 bits, big-endian.
/// The hashes follow from the entries and are written anew where they do not.
pub struct FeedFiles {
    disk: SharedDisk,
    dir: PathBuf,
    /// Where each bundle of entries begins, and behind the last where the file ends.
    starts: Vec<u64>,
    end: u64,
    written: u64,
    /// The last, partial tile of each level.
    edges: Vec<Vec<Hash>>,
    published: Option<(Size, Vec<u8>)>,
    /// Whether reading the files anew failed, so that what is known of them here may be wrong.
    doubtful: bool,
    /// Whether the file of the checkpoint holds the one that is published.
    saved: bool,
    bodies: BodyFiles,
}

/// Why the files of a feed do not hold what was signed.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Entries that were signed for are gone: another disk, or an old copy of it.
    #[error("{} holds {found} entries, {signed} were signed", dir.display())]
    Short {
        /// The feed's folder.
        dir: PathBuf,
        /// Entries found.
        found: u64,
        /// Entries signed.
        signed: u64,
    },
}

/// One entry on its way to disk.
pub struct Row<'a> {
    /// Its bytes, at most 65,535.
    pub entry: &'a [u8],
    /// Its leaf.
    pub leaf: Hash,
    /// Its body and salt.
    pub body: Option<(&'a [u8; SALT_BYTES], &'a [u8])>,
}

impl FeedFiles {
    /// Opens the files in `dir` and shows every signed entry to `leaf_of`, which answers with its leaf.
    ///
    /// What stands behind `signed` entries was promised to nobody and is cut off: it is what a crash
    /// between two flushes leaves.
    pub fn open(
        disk: SharedDisk,
        dir: &Path,
        signed: Size,
        leaf_of: impl FnMut(&[u8]) -> Hash,
    ) -> Result<FeedFiles, FilesError> {
        let bodies = BodyFiles::open(disk.clone(), dir.join("bodies"), signed)?;
        FeedFiles::read(disk, dir, bodies, Some(signed), leaf_of)
    }

    /// Reads `signed` entries, or every whole one.
    fn read(
        disk: SharedDisk,
        dir: &Path,
        bodies: BodyFiles,
        signed: Option<Size>,
        mut leaf_of: impl FnMut(&[u8]) -> Hash,
    ) -> Result<FeedFiles, FilesError> {
        disk.create_dir_all(&dir.join("hashes"))?;
        let mut files = FeedFiles {
            disk,
            dir: dir.to_owned(),
            starts: Vec::new(),
            end: 0,
            written: 0,
            edges: Vec::new(),
            published: None,
            doubtful: false,
            saved: false,
            bodies,
        };
        let bytes = files.disk.read(&files.entries_path())?.unwrap_or_default();
        let mut levels: Vec<Vec<u8>> = Vec::new();
        let mut rest = bytes.as_slice();
        while signed.is_none_or(|signed| files.written < signed.0) {
            let entry = match (next_entry(&mut rest), signed) {
                (Some(entry), _) => entry,
                (None, None) => break,
                (None, Some(signed)) => {
                    let (dir, found, signed) = (dir.to_owned(), files.written, signed.0);
                    return Err(FilesError::Short { dir, found, signed });
                }
            };
            let leaf = leaf_of(entry);
            files.count(entry.len(), leaf, &mut levels);
        }
        if files.end < bytes.len() as u64 {
            files.disk.truncate(&files.entries_path(), files.end)?;
            files.disk.flush(&[&files.entries_path()])?;
        }
        files.mend_hashes(&levels)?;
        Ok(files)
    }

    /// Forgets what was written behind the last checkpoint, on disk and in memory, after a write that
    /// failed half way.
    pub fn reopen(&mut self, leaf_of: impl FnMut(&[u8]) -> Hash) -> Result<(), FilesError> {
        self.doubtful = true;
        let fresh = FeedFiles::open(self.disk.clone(), &self.dir, self.size(), leaf_of)?;
        let published = self.published.take();
        *self = FeedFiles { published, ..fresh };
        Ok(())
    }

    /// Reads the files anew if that failed the last time; nothing may be written before it worked.
    pub fn clear_doubt(&mut self, leaf_of: impl FnMut(&[u8]) -> Hash) -> Result<(), FilesError> {
        if self.doubtful {
            self.reopen(leaf_of)?;
        }
        Ok(())
    }

    /// Writes entries and bodies behind the last and returns the files that are to be flushed before
    /// anyone is promised anything.
    pub fn write(&mut self, rows: &[Row]) -> Result<Vec<PathBuf>, DiskError> {
        let mut entries = Vec::new();
        let mut levels: Vec<Vec<u8>> = Vec::new();
        let first = self.written;
        self.check_end()?;
        for row in rows {
            let length =
                u16::try_from(row.entry.len()).expect("entries are at most 4148 bytes long");
            entries.extend_from_slice(&length.to_be_bytes());
            entries.extend_from_slice(row.entry);
            self.count(row.entry.len(), row.leaf, &mut levels);
        }
        self.disk.append(&self.entries_path(), &entries)?;
        for (level, hashes) in levels
            .iter()
            .enumerate()
            .filter(|(_, hashes)| !hashes.is_empty())
        {
            self.disk.append(&self.hashes_path(level), hashes)?;
        }
        let placed = (first..)
            .zip(rows)
            .filter_map(|(index, row)| row.body.map(|(salt, body)| (Index(index), salt, body)));
        let mut paths = self.bodies.write(placed)?;
        paths.push(self.entries_path());
        Ok(paths)
    }

    /// Makes the entries up to a signed checkpoint visible; the caller has flushed them.
    pub fn publish(&mut self, size: Size, note: Vec<u8>) {
        assert!(
            size.0 <= self.written,
            "only what is written can be published"
        );
        self.published = Some((size, note));
        self.saved = false;
    }

    /// Keeps the checkpoint in a file of its own, whole, and durable when this returns.
    pub fn save_checkpoint(&mut self) -> Result<(), DiskError> {
        let path = self.dir.join("checkpoint");
        if let Some((_, note)) = self.published.as_ref().filter(|_| !self.saved) {
            self.disk.replace(&path, note)?;
            self.saved = true;
        }
        Ok(())
    }

    /// When the log was last verified, in seconds since 1970-01-01, UTC; a lease counts from then.
    pub fn seen(&self) -> Result<Option<i64>, DiskError> {
        let bytes = self.disk.read(&self.dir.join("seen"))?;
        Ok(bytes.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.trim_end().parse().ok()))
    }

    /// Keeps that moment for the next start.
    pub fn save_seen(&self, seconds: i64) -> Result<(), DiskError> {
        self.disk
            .replace(&self.dir.join("seen"), format!("{seconds}\n").as_bytes())
    }

    /// Keeps the evidence that this log forked; lasting when this returns.
    pub fn save_evidence(&self, evidence: &[u8]) -> Result<(), DiskError> {
        self.disk.replace(&self.dir.join("evidence"), evidence)
    }

    /// The evidence that this log forked, if there is some.
    pub fn saved_evidence(&self) -> Result<Option<Vec<u8>>, DiskError> {
        self.disk.read(&self.dir.join("evidence"))
    }

    /// The checkpoint kept in `dir`, if there is one.
    pub fn saved_checkpoint(disk: &SharedDisk, dir: &Path) -> Result<Option<Vec<u8>>, DiskError> {
        disk.read(&dir.join("checkpoint"))
    }

    /// How many entries are visible.
    pub fn size(&self) -> Size {
        self.published.as_ref().map_or(Size(0), |(size, _)| *size)
    }

    /// The signed checkpoint over what is visible.
    pub fn checkpoint(&self) -> Option<&[u8]> {
        self.published.as_ref().map(|(_, note)| note.as_slice())
    }

    /// The bytes of `width` visible entries from entry 256·`number` on, as a bundle.
    pub fn entry_bundle(&self, number: u64, width: u16) -> Result<Option<Vec<u8>>, DiskError> {
        let Some(first) = number.checked_mul(BUNDLE) else {
            return Ok(None);
        };
        if width == 0 || width > FULL_WIDTH || first + u64::from(width) > self.size().0 {
            return Ok(None);
        }
        self.bundle(number, width).map(Some)
    }

    /// The first `width` of the written entries from 256·`number` on.
    fn bundle(&self, number: u64, width: u16) -> Result<Vec<u8>, DiskError> {
        let start = self.starts[number as usize];
        let until = self
            .starts
            .get(number as usize + 1)
            .copied()
            .unwrap_or(self.end);
        let bytes = self
            .disk
            .read_at(&self.entries_path(), start, (until - start) as usize)?;
        let mut rest = bytes.as_slice();
        for _ in 0..width {
            if next_entry(&mut rest).is_none() {
                return Err(DiskError::io(
                    "read whole entries of",
                    &self.entries_path(),
                    cut_short(),
                ));
            }
        }
        Ok(bytes[..bytes.len() - rest.len()].to_vec())
    }

    /// The bytes of one visible entry.
    pub fn entry(&self, index: Index) -> Result<Option<Vec<u8>>, DiskError> {
        if index.0 >= self.size().0 {
            return Ok(None);
        }
        let width = (index.0 % BUNDLE) as u16 + 1;
        let bundle = self
            .entry_bundle(index.0 / BUNDLE, width)?
            .expect("the index is visible");
        let mut rest = bundle.as_slice();
        let mut last = None;
        while let Some(entry) = next_entry(&mut rest) {
            last = Some(entry.to_vec());
        }
        Ok(last)
    }

    /// Hashes of one level, those of the tiles that are visible; `None` beyond them.
    pub fn hashes(
        &self,
        level: u8,
        range: std::ops::Range<u64>,
    ) -> Result<Option<Vec<u8>>, DiskError> {
        let visible = self.size().0.checked_shr(8 * u32::from(level)).unwrap_or(0);
        if range.is_empty() || range.end > visible {
            return Ok(None);
        }
        let (offset, length) = (range.start * 32, (range.end - range.start) * 32);
        let bytes = self
            .disk
            .read_at(&self.hashes_path(level.into()), offset, length as usize)?;
        Ok((bytes.len() as u64 == length).then_some(bytes))
    }

    /// The bodies kept beside the log.
    pub fn bodies(&self) -> &BodyFiles {
        &self.bodies
    }

    /// The bodies kept beside the log, to drop or add some.
    pub fn bodies_mut(&mut self) -> &mut BodyFiles {
        &mut self.bodies
    }

    /// Drops every body whose entry is not in force: what a crash left, or what lies behind the log.
    pub fn keep_only(&mut self, living: &Living) -> Result<(), DiskError> {
        self.bodies.keep_only(living)
    }

    /// Counts one entry in and adds its hashes to `levels`.
    fn count(&mut self, length: usize, leaf: Hash, levels: &mut Vec<Vec<u8>>) {
        if self.written.is_multiple_of(BUNDLE) {
            self.starts.push(self.end);
        }
        self.written += 1;
        self.end += 2 + length as u64;
        let mut hash = leaf;
        for level in 0..LEVELS_MAX {
            if self.edges.len() == level {
                self.edges.push(Vec::with_capacity(FULL_WIDTH.into()));
            }
            if levels.len() == level {
                levels.push(Vec::new());
            }
            levels[level].extend_from_slice(&hash.0);
            self.edges[level].push(hash);
            if self.edges[level].len() < usize::from(FULL_WIDTH) {
                return;
            }
            hash = root_of(&self.edges[level]);
            self.edges[level].clear();
        }
    }

    fn mend_hashes(&self, levels: &[Vec<u8>]) -> Result<(), DiskError> {
        for (level, hashes) in levels.iter().enumerate() {
            let path = self.hashes_path(level);
            match self.disk.read(&path)? {
                Some(found) if found == *hashes => {}
                // Cutting needs no room, and a full disk is one way to come here.
                Some(found) if found.starts_with(hashes) => {
                    self.disk.truncate(&path, hashes.len() as u64)?;
                }
                _ => self.disk.replace(&path, hashes)?,
            }
        }
        // Behind the levels of a log that was cut, nothing may stand that a later append would follow.
        for level in levels.len()..LEVELS_MAX {
            self.disk.remove(&self.hashes_path(level))?;
        }
        Ok(())
    }

    fn entries_path(&self) -> PathBuf {
        self.dir.join("entries")
    }

    fn hashes_path(&self, level: usize) -> PathBuf {
        self.dir.join("hashes").join(level.to_string())
    }
}

/// Takes the next entry off the front of a file or bundle; `None` where no whole one is left.
pub fn next_entry<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *bytes = rest;
    Some(entry)
}

fn cut_short() -> std::io::Error {
    std::io::Error::new(
        std::io::ErrorKind::UnexpectedEof,
        "the file was cut while we read it",
    )
}

#[cfg(test)]
mod tests {
    use clearinghouse_protocol::tlog::tree::Frontier;

    use super::super::fault_disk::FaultDisk;
    use super::*;

    fn filled(disk: &SharedDisk, sizes: &[u64]) -> FeedFiles {
        let mut files =
            FeedFiles::open(disk.clone(), Path::new("/feed"), Size(0), Hash::leaf).expect("opens");
        for size in sizes {
            let entries: Vec<Vec<u8>> = (0..*size).map(|at| vec![at as u8; 52]).collect();
            let rows: Vec<Row> = entries
                .iter()
                .map(|entry| Row {
                    entry,
                    leaf: Hash::leaf(entry),
                    body: Some((&[7; 32], entry)),
                })
                .collect();
            let paths = files.write(&rows).expect("writes");
            let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
            disk.flush(&paths).expect("flushes");
        }
        files.publish(Size(files.written), b"a note".to_vec());
        files
    }

    #[test]
    fn what_was_written_is_served_and_read_again() {
        for sizes in [
            vec![1],
            vec![255, 1, 1],
            vec![256],
            vec![300, 300],
            vec![65_536, 2],
        ] {
            let disk: SharedDisk = FaultDisk::new(1).start();
            let files = filled(&disk, &sizes);
            let total: u64 = sizes.iter().sum();
            let mut tree = Frontier::new();
            let again = FeedFiles::open(disk, Path::new("/feed"), Size(total), |entry| {
                let leaf = Hash::leaf(entry);
                tree.push(leaf);
                leaf
            })
            .expect("opens again");
            assert_eq!(again.starts, files.starts);
            assert_eq!(again.edges, files.edges);
            for index in [0, total / 2, total - 1] {
                assert!(files.entry(Index(index)).expect("reads").is_some());
                let leaf = files
                    .hashes(0, index..index + 1)
                    .expect("reads")
                    .expect("visible");
                assert_eq!(
                    leaf,
                    Hash::leaf(&files.entry(Index(index)).expect("reads").expect("visible")).0
                );
            }
            assert_eq!(files.entry(Index(total)).expect("reads"), None);
            assert_eq!(files.hashes(0, total..total + 1).expect("reads"), None);
        }
    }

    #[test]
    fn an_unsigned_tail_is_cut_and_a_missing_one_is_said() {
        let disk: SharedDisk = FaultDisk::new(1).start();
        drop(filled(&disk, &[300]));
        let open =
            |signed| FeedFiles::open(disk.clone(), Path::new("/feed"), Size(signed), Hash::leaf);
        assert!(matches!(
            open(301),
            Err(FilesError::Short {
                found: 300,
                signed: 301,
                ..
            })
        ));
        assert_eq!(open(255).expect("opens").written, 255);
        assert!(matches!(
            open(300),
            Err(FilesError::Short { found: 255, .. })
        ));
    }
}
