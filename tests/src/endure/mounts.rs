//! Where does a node live that loses its power or its room?

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::broken::Broken;

/// Room on the image, in bytes.
const IMAGE_BYTES: u64 = 256 << 20;

/// `EXT4_IOC_SHUTDOWN` (Linux, fs/ext4/ext4.h): from then on nothing reaches the disk.
const SHUTDOWN: &str = "import fcntl, os, struct, sys
at = os.open(sys.argv[1], os.O_RDONLY)
fcntl.ioctl(at, 0x8004587D, struct.pack('I', int(sys.argv[2])))";

/// What happens to the journal when the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// It is written out first: `EXT4_GOING_FLAGS_LOGFLUSH`.
    Flushed = 1,
    /// What it held in memory is lost: `EXT4_GOING_FLAGS_NOLOGFLUSH`.
    Lost = 2,
}

/// A file system of ours; its end takes it away.
#[derive(Debug)]
pub struct Mount {
    folder: PathBuf,
    mounted: bool,
}

impl Mount {
    /// An ext4 file system on a file under `parent`.
    ///
    /// # Errors
    /// [`Broken`] where that is not allowed.
    pub fn image(parent: &Path) -> Result<Mount, Broken> {
        let image = parent.join("disk.img");
        File::create(&image)?.set_len(IMAGE_BYTES)?;
        run("mkfs.ext4", &["-q", "-F", text(&image)?])?;
        let mut mount = Mount::at(parent)?;
        mount.attach()?;
        Ok(mount)
    }

    /// Memory of so many mebibytes under `parent`.
    ///
    /// # Errors
    /// [`Broken`] where that is not allowed.
    pub fn memory(parent: &Path, mebibytes: u64) -> Result<Mount, Broken> {
        let mut mount = Mount::at(parent)?;
        let size = format!("size={mebibytes}m");
        run(
            "mount",
            &["-t", "tmpfs", "-o", &size, "tmpfs", text(&mount.folder)?],
        )?;
        mount.mounted = true;
        Ok(mount)
    }

    fn at(parent: &Path) -> Result<Mount, Broken> {
        let folder = parent.join("disk");
        fs::create_dir(&folder)?;
        Ok(Mount {
            folder,
            mounted: false,
        })
    }

    /// Cuts the power under whoever writes.
    ///
    /// # Errors
    /// [`Broken`] if the file system cannot be shut down.
    pub fn cut(&self, journal: Journal) -> Result<(), Broken> {
        let flag = (journal as u32).to_string();
        run("python3", &["-c", SHUTDOWN, text(&self.folder)?, &flag])
    }

    /// Takes the file system away and brings it back, which replays its journal.
    ///
    /// # Errors
    /// [`Broken`] if it is still in use, or does not come back.
    pub fn again(&mut self) -> Result<(), Broken> {
        self.detach()?;
        self.attach()
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn attach(&mut self) -> Result<(), Broken> {
        let image = self.folder.with_file_name("disk.img");
        run("mount", &["-o", "loop", text(&image)?, text(&self.folder)?])?;
        self.mounted = true;
        Ok(())
    }

    fn detach(&mut self) -> Result<(), Broken> {
        let mut last = Ok(());
        for _ in 0..50 {
            last = run("umount", &[text(&self.folder)?]);
            if last.is_ok() {
                self.mounted = false;
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        last
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if self.mounted
            && let Err(broken) = self.detach()
        {
            eprintln!("endure: {} stays mounted: {broken}", self.folder.display());
        }
    }
}

/// Whether file systems can be mounted here, also from files; tries it, as not every root may.
pub fn can_mount() -> bool {
    let tried = tempfile::tempdir().is_ok_and(|folder| Mount::memory(folder.path(), 1).is_ok());
    tried && Path::new("/dev/loop-control").exists()
}

fn text(path: &Path) -> Result<&str, Broken> {
    let text = path.to_str();
    text.ok_or_else(|| Broken::at(path.display(), "is no UTF-8"))
}

fn run(program: &str, words: &[&str]) -> Result<(), Broken> {
    let mut command = Command::new(program);
    let done = command.args(words).stdin(Stdio::null()).output();
    let done = done.map_err(|error| Broken::at(program, error))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    Err(Broken::at(program, said.trim()))
}
