//! How is one whole node founded, stopped, killed and started again?

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clearinghouse::clock::{Clock, Hand};
use clearinghouse::config::{Config, Overrides};
use clearinghouse::desk::Desk;
use clearinghouse::feed::feeds::Feed;
use clearinghouse::http::{App, push, routes};
use clearinghouse::node::{Node, NodeError, init};
use clearinghouse::store::disk::{DiskError, SharedDisk};
use clearinghouse::store::fault_disk::FaultDisk;
use clearinghouse_protocol::feed::origin::Nid;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::drafts::words_in;
use crate::wire::{Wire, address};

/// Seconds between two looks at a feed that sends no events.
pub const POLL_S: u64 = 60;

/// When every world begins.
const START: &str = "2026-11-02T12:00:00Z";

/// A node with its disk, its clock and its place in the network; it may be running or not.
pub struct Centre {
    /// By which name others reach it.
    pub name: String,
    /// The paper key that it was given when it was founded.
    pub paper: String,
    /// The disk that holds its feeds, keys, sign lock and private log.
    pub disk: FaultDisk,
    /// Settings beside those that every centre has, as `key=value`; for its next start.
    pub set: Vec<String>,
    /// What turns its clock.
    pub hand: Arc<Hand>,
    clock: Clock,
    wire: Wire,
    /// The folder that holds its view; on the disk in memory everything has the same path.
    dir: Arc<TempDir>,
    /// Whether others can reach it; else it pushes.
    pub inbound: bool,
    life: Option<Life>,
}

/// A node while it runs.
pub struct Life {
    /// All that acts for it.
    pub desk: Desk,
    /// All that it serves.
    pub router: Router,
    disk: SharedDisk,
    leave: CancellationToken,
    run: JoinHandle<Result<(), NodeError>>,
    pushing: JoinHandle<()>,
}

impl Centre {
    /// Makes a new node; it does not run yet.
    pub fn found(name: &str, seed: u64, wire: &Wire) -> Centre {
        let start = START.parse().expect("a time");
        let (clock, hand) = Clock::by_hand(start, seed);
        let mut centre = Centre {
            name: name.to_owned(),
            paper: String::new(),
            disk: FaultDisk::new(seed),
            set: Vec::new(),
            hand,
            clock,
            wire: wire.clone(),
            dir: Arc::new(TempDir::new().expect("a folder for the view")),
            inbound: true,
            life: None,
        };
        let names = [("en".to_owned(), format!("The centre of {name}"))].into();
        let (disk, clock) = (centre.disk.start(), &centre.clock);
        let (_, paper) =
            init(&disk, centre.data(), names, &address(name), clock).expect("a new node");
        centre.paper = paper.text();
        centre
    }

    /// A second machine with a copy of everything on the disk, as a backup or a clone makes one. It
    /// does not run yet; whichever of the two starts last is the one that others reach.
    pub fn copy(&self, seed: u64) -> Centre {
        let (clock, hand) = Clock::by_hand(self.hand.now(), seed);
        let dir = TempDir::new().expect("a folder for the view");
        let disk = FaultDisk::new(seed);
        let hands = disk.start();
        for path in self.disk.paths() {
            let bytes = self.disk.bytes(&path).expect("is there");
            let inside = path.strip_prefix(self.data()).expect("is ours");
            let path = dir.path().join(inside);
            let folder = path.parent().expect("a file stands in a folder");
            hands.create_dir_all(folder).expect("there is room");
            disk.put(&path, &bytes);
        }
        Centre {
            name: self.name.clone(),
            paper: self.paper.clone(),
            disk,
            set: self.set.clone(),
            hand,
            clock,
            wire: self.wire.clone(),
            dir: Arc::new(dir),
            inbound: self.inbound,
            life: None,
        }
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        self.dir.path()
    }

    /// Opens the node and lets it run.
    pub fn start(&mut self) -> Result<(), NodeError> {
        assert!(self.life.is_none(), "{} runs already", self.name);
        let set = [
            format!("poll_seconds={POLL_S}"),
            format!("name.en=The centre of {}", self.name),
            format!("inbound={}", self.inbound),
        ];
        let overrides = Overrides {
            set: set.into_iter().chain(self.set.clone()).collect(),
            ..Overrides::default()
        };
        let config = Config::load(self.data(), &overrides).expect("a sound configuration");
        let line = self.wire.line(&self.name, self.clock.clone());
        let disk = self.disk.start();
        let node = Node::open(config, disk.clone(), line, self.clock.clone())?;
        let desk = node.desk.clone();
        let app = App::new(desk.clone());
        let leave = app.leave.clone();
        let router = routes(app.clone());
        if self.inbound {
            self.wire.plug(&self.name, router.clone());
        }
        let pushing = tokio::spawn(push::run(app, router.clone()));
        let run = tokio::spawn(node.run());
        self.life = Some(Life {
            desk,
            router,
            disk,
            leave,
            run,
            pushing,
        });
        Ok(())
    }

    /// Lets the node end as it does when it is asked to.
    pub async fn stop(&mut self) {
        self.end(false).await;
    }

    /// Kills the node between two instructions: its files are what they are, those of its view as
    /// they stood at that moment.
    pub async fn kill(&mut self) {
        self.end(true).await;
    }

    /// Cuts the power: of its disk only that is left which was flushed, and any part of the rest.
    pub async fn cut_power(&mut self) {
        self.disk.tear(true);
        self.disk.power_cut();
        self.end(true).await;
    }

    async fn end(&mut self, suddenly: bool) {
        let Some(life) = self.life.take() else { return };
        let data = self.data().to_owned();
        let moment = TempDir::new().expect("a folder");
        if suddenly {
            self.disk.crash();
            for part in VIEW {
                copy_folder(&data.join(part), &moment.path().join(part));
            }
        }
        self.wire.unplug(&self.name);
        life.leave.cancel();
        life.desk.sync.stop();
        life.run.abort();
        let _ = life.run.await;
        life.pushing.abort();
        let _ = life.pushing.await;
        let mut steps = life.desk.view.steps();
        drop((life.desk, life.router));
        // The view is closed when the last one that could speak of its steps is gone.
        while steps.changed().await.is_ok() {}
        while is_locked(&data.join("index").join(".tantivy-writer.lock")) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.disk.crash();
        if suddenly {
            for part in VIEW {
                let _ = fs::remove_dir_all(data.join(part));
                copy_folder(&moment.path().join(part), &data.join(part));
            }
        }
    }

    /// The node that runs.
    ///
    /// # Panics
    /// If it does not.
    pub fn life(&self) -> &Life {
        let life = self.life.as_ref();
        life.unwrap_or_else(|| panic!("{} does not run", self.name))
    }

    /// All that acts for the node that runs.
    pub fn desk(&self) -> &Desk {
        &self.life().desk
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.life.is_some()
    }

    /// Whether its process is over although nobody ended it: it crashed, or a flush failed.
    pub fn is_down(&self) -> bool {
        let answer = self.life.as_ref().map(|life| life.disk.len(self.data()));
        matches!(answer, Some(Err(DiskError::Stopped)))
    }

    /// Its identifier.
    pub fn nid(&self) -> Nid {
        clearinghouse::node::nid_of(&self.disk_as_seen(), self.data()).expect("it has keys")
    }

    /// A feed that it keeps.
    pub fn feed(&self, nid: Nid) -> Option<Arc<Feed>> {
        self.desk().feeds.feed(nid)
    }

    /// The words of ours that stand anywhere in the files of the node, on the disk in memory and in
    /// the view's folder, each with the files that hold it.
    pub fn words(&self) -> BTreeMap<String, BTreeSet<PathBuf>> {
        let mut found: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
        let in_memory = self.disk.paths().into_iter();
        let in_memory = in_memory.map(|path| (self.disk.bytes(&path), path));
        let in_folder = files_under(self.data()).into_iter();
        let in_folder = in_folder.map(|path| (fs::read(&path).ok(), path));
        for (bytes, path) in in_memory.chain(in_folder) {
            for word in words_in(&bytes.unwrap_or_default()) {
                found.entry(word).or_default().insert(path.clone());
            }
        }
        found
    }

    /// Which files of the node hold this word of ours.
    pub fn holding(&self, word: &str) -> BTreeSet<PathBuf> {
        self.words().remove(word).unwrap_or_default()
    }

    fn disk_as_seen(&self) -> SharedDisk {
        self.disk.copy().start()
    }
}

/// The parts of the data directory that are derived from the rest.
pub const VIEW: [&str; 2] = ["db", "index"];

/// Every file below a folder.
pub fn files_under(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Whether somebody still writes the index that this file locks.
fn is_locked(path: &Path) -> bool {
    let lock = fs::File::open(path);
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)))
}

fn copy_folder(from: &Path, to: &Path) {
    for file in files_under(from) {
        let inside = file.strip_prefix(from).expect("is below");
        let target = to.join(inside);
        fs::create_dir_all(target.parent().expect("has a folder")).expect("there is room");
        // A file that went away while we looked was on its way out.
        let _ = fs::copy(&file, target);
    }
}
