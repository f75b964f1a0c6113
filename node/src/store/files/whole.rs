//! What stands in the files of a feed behind the last checkpoint that we know of?

use std::path::{Path, PathBuf};

use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::{Index, Size};

use super::super::bodies::BodyFiles;
use super::super::disk::{DiskError, SharedDisk};
use super::{BUNDLE, FeedFiles, FilesError, next_entry};

impl FeedFiles {
    /// Opens the files in `dir` with every whole entry in them, signed or not: what may have been signed
    /// is not cut before it is known how far that was. Nothing is visible yet.
    pub fn open_whole(disk: SharedDisk, dir: &Path) -> Result<FeedFiles, FilesError> {
        let bodies = BodyFiles::open(disk.clone(), dir.join("bodies"), Size(u64::MAX))?;
        FeedFiles::read(disk, dir, bodies, None, Hash::leaf)
    }

    /// How many entries stand in the files, visible or not.
    pub fn written(&self) -> Size {
        Size(self.written)
    }

    /// Shows every entry from `from` up to `until` of what is written, visible or not.
    pub fn each_written(
        &self,
        from: Size,
        until: Size,
        mut show: impl FnMut(&[u8]),
    ) -> Result<(), DiskError> {
        assert!(until.0 <= self.written, "only what is written can be read");
        for number in from.0 / BUNDLE..until.0.div_ceil(BUNDLE) {
            let width = (until.0 - number * BUNDLE).min(BUNDLE) as u16;
            let bundle = self.bundle(number, width)?;
            let (mut rest, mut index) = (bundle.as_slice(), number * BUNDLE);
            while let Some(entry) = next_entry(&mut rest) {
                if index >= from.0 {
                    show(entry);
                }
                index += 1;
            }
        }
        Ok(())
    }

    /// The files in which that stands which is written and not visible.
    pub fn tail_paths(&self) -> Vec<PathBuf> {
        let tail: Vec<Index> = (self.size().0..self.written).map(Index).collect();
        let mut paths: Vec<PathBuf> = self.bodies.paths_of(&tail).into_iter().collect();
        paths.push(self.entries_path());
        paths
    }

    /// Takes off what stands behind `size` entries, on disk and in memory; bodies stay. Nothing that is
    /// visible is taken off.
    pub fn cut(&mut self, size: Size) -> Result<(), FilesError> {
        let size = size.max(self.size());
        if size.0 >= self.written {
            return Ok(());
        }
        let disk = self.disk.clone();
        let none = BodyFiles::none(disk.clone());
        let mut fresh = FeedFiles::read(disk, &self.dir, none, Some(size), Hash::leaf)?;
        std::mem::swap(&mut fresh.bodies, &mut self.bodies);
        (fresh.published, fresh.saved) = (self.published.take(), self.saved);
        *self = fresh;
        Ok(())
    }

    /// Refuses to write behind an end that is not where we left it: another process writes, or the disk
    /// was rolled back under us.
    pub(super) fn check_end(&self) -> Result<(), DiskError> {
        let path = self.entries_path();
        let found = self.disk.len(&path)?.unwrap_or(0);
        if found == self.end {
            return Ok(());
        }
        let moved = format!("it has {found} bytes and not {}", self.end);
        let source = std::io::Error::other(moved);
        Err(DiskError::io("go on writing", &path, source))
    }
}
