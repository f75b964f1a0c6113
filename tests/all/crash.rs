//! What is left of a node when a write step fails, or the power goes, and then another one?

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use clearinghouse::clock::Clock;
use clearinghouse::feed::feeds::Feeds;
use clearinghouse::feed::log::Log;
use clearinghouse::node::{init, open_feeds};
use clearinghouse::store::fault_disk::{Fault, FaultDisk};
use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::feed::body::check_commitment;
use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::feed::follow::Follower;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::{Frontier, Index, Size};
use tokio::runtime::Runtime;

const DATA: &str = "/node";

/// Everything that was ever promised by one node, and the disk that has to keep it.
struct World {
    disk: FaultDisk,
    runtime: Arc<Runtime>,
    clock: Clock,
    next: u64,
    /// Bodies that were acknowledged and neither replaced nor erased since.
    kept: BTreeMap<u64, String>,
    /// Bodies whose erasure was acknowledged.
    erased: BTreeSet<String>,
    /// Checkpoints that were shown to anyone.
    shown: BTreeMap<u64, Hash>,
}

/// A node while its process lives.
struct Life {
    feeds: Arc<Feeds>,
    log: Log,
}

/// A deed of the script that runs into the faults.
#[derive(Clone, Copy, Debug)]
enum Act {
    Put,
    PutThree,
    ReplaceLast,
    EraseFirst,
}

const SCRIPT: [Act; 5] = [
    Act::Put,
    Act::ReplaceLast,
    Act::PutThree,
    Act::EraseFirst,
    Act::Put,
];

impl World {
    fn new(entries: u64) -> World {
        let disk = FaultDisk::new(7);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let (clock, _hand) = Clock::by_hand("2026-11-21T12:00:00Z".parse().expect("a time"), 7);
        let names = [("en".to_owned(), "Maple Centre".to_owned())].into();
        init(
            &disk.start(),
            Path::new(DATA),
            names,
            "https://maple.example/",
            &clock,
        )
        .expect("a new node");
        let mut world = World {
            disk,
            runtime: Arc::new(runtime),
            clock,
            next: 0,
            kept: BTreeMap::new(),
            erased: BTreeSet::new(),
            shown: BTreeMap::new(),
        };
        let life = world.start().expect("starts");
        for chunk in (0..entries).collect::<Vec<_>>().chunks(2000) {
            world.put(&life, chunk.len());
        }
        world.look(&life);
        world
    }

    /// The same world on a disk of its own, so that each fault meets the same past.
    fn copy(&self) -> World {
        World {
            disk: self.disk.copy(),
            runtime: self.runtime.clone(),
            clock: self.clock.clone(),
            next: self.next,
            kept: self.kept.clone(),
            erased: self.erased.clone(),
            shown: self.shown.clone(),
        }
    }

    fn start(&self) -> Result<Life, String> {
        let opened = open_feeds(&self.disk.start(), Path::new(DATA), &self.clock)
            .map_err(|error| error.to_string())?;
        match opened.reason {
            None => Ok(Life {
                feeds: opened.feeds,
                log: opened.log,
            }),
            Some(reason) => Err(format!("does not sign: {}", reason.word())),
        }
    }

    fn put(&mut self, life: &Life, count: usize) {
        let texts: Vec<String> = (0..count as u64)
            .map(|at| format!("the body of {:08}.", self.next + at))
            .collect();
        self.next += count as u64;
        let deeds = texts.iter().map(|text| put(None, text)).collect();
        let answers = self
            .runtime
            .block_on(life.log.append_all(deeds))
            .unwrap_or_default();
        for (text, answer) in texts.into_iter().zip(answers) {
            if let Ok(index) = answer {
                self.kept.insert(index.0, text);
            }
        }
    }

    fn act(&mut self, life: &Life, act: Act) {
        match act {
            Act::Put => self.put(life, 1),
            Act::PutThree => self.put(life, 3),
            Act::ReplaceLast => {
                let Some((&last, _)) = self.kept.last_key_value() else {
                    return;
                };
                let text = format!("the body of {:08}.", self.next);
                self.next += 1;
                let deed = put(Some(Index(last)), &text);
                if let Ok(index) = self.runtime.block_on(life.log.append(deed)) {
                    self.kept.remove(&last);
                    self.kept.insert(index.0, text);
                } else {
                    // Not acknowledged, so either may stand: neither is held against the node.
                    self.kept.remove(&last);
                }
            }
            Act::EraseFirst => {
                let Some((first, text)) = self.kept.pop_first() else {
                    return;
                };
                let deed = Deed::Erase {
                    target: Index(first),
                };
                if self.runtime.block_on(life.log.append(deed)).is_ok() {
                    self.erased.insert(text);
                }
            }
        }
        // What the writer puts off until it is idle happens here, so that every run has the same steps.
        let _ = self.runtime.block_on(life.log.rest());
        self.look(life);
    }

    /// What anyone who asks is shown from now on binds the node.
    fn look(&mut self, life: &Life) {
        let own = life.feeds.own();
        let files = own.files();
        let Some(note) = files.checkpoint() else {
            return;
        };
        let offer = Follower::new(&own.identity)
            .consider(note)
            .expect("our checkpoints are sound");
        if let Some(offer) = offer {
            self.shown.insert(offer.size().0, offer.checkpoint().root);
        }
    }

    /// Derives everything anew from the bytes that the node serves.
    fn check(&self, life: &Life, context: &str) {
        let own = life.feeds.own();
        let files = own.files();
        let mut tree = Frontier::new();
        let mut roots = BTreeMap::new();
        for index in 0..files.size().0 {
            let entry = files
                .entry(Index(index))
                .expect("reads")
                .expect("is visible");
            tree.push(Hash::leaf(&entry));
            if self.shown.contains_key(&(index + 1)) {
                roots.insert(index + 1, tree.root());
            }
        }
        for (size, root) in &self.shown {
            assert_eq!(
                roots.get(size),
                Some(root),
                "{context}: the log forked at {size}"
            );
        }
        for (index, text) in &self.kept {
            let entry = files
                .entry(Index(*index))
                .expect("reads")
                .expect("is visible");
            let entry = Entry::decode(&entry).expect("an entry");
            let body = files.bodies().read(Index(*index)).expect("reads");
            let (salt, body) = body.unwrap_or_else(|| panic!("{context}: body {index} is lost"));
            check_commitment(Index(*index), &entry, &salt, &body).expect("the body fits");
            assert_eq!(body, text.as_bytes(), "{context}");
        }
        for text in &self.erased {
            let holding = self.disk.holding(text.as_bytes());
            assert!(
                holding.is_empty(),
                "{context}: what was erased stands in {holding:?}"
            );
        }
    }
}

fn put(target: Option<Index>, text: &str) -> Deed {
    Deed::Put {
        target,
        salt: [9; 32],
        body: text.as_bytes().to_vec(),
    }
}

/// How a life ends after its fault.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Killed,
    PowerCutTorn,
}

impl World {
    fn end(&self, end: End) {
        match end {
            End::Killed => self.disk.crash(),
            End::PowerCutTorn => {
                self.disk.tear(true);
                self.disk.power_cut();
            }
        }
    }
}

/// The number of write steps of a start and of the script, on an unharmed disk.
fn steps_of(world: &World) -> (u64, u64) {
    let mut trial = world.copy();
    let before = trial.disk.steps();
    let life = trial.start().expect("starts");
    let started = trial.disk.steps();
    for act in SCRIPT {
        trial.act(&life, act);
    }
    (started - before, trial.disk.steps() - started)
}

fn run(world: &World, step: u64, fault: Fault, end: End, second: Option<(u64, Fault)>) {
    let context = format!(
        "{} entries, {fault:?} at step {step}, {end:?}, then {second:?}",
        world.next
    );
    let mut world = world.copy();
    let at = world.disk.steps() + step;
    world.disk.fail_at(at, fault);
    if let Ok(life) = world.start() {
        for act in SCRIPT {
            world.act(&life, act);
        }
    }
    let trace = world.disk.trace();
    let context = format!("{context} ({:?})", trace.get(at as usize));
    if trace.len() as u64 <= at {
        return;
    }
    world.end(end);
    if let Some((step, fault)) = second {
        world.disk.fail_at(world.disk.steps() + step, fault);
        if let Ok(life) = world.start() {
            world.act(&life, Act::Put);
        }
        world.end(end);
    }
    let life = world
        .start()
        .unwrap_or_else(|error| panic!("{context}: does not start: {error}"));
    world.check(&life, &context);
    for act in SCRIPT {
        world.act(&life, act);
    }
    world.check(&life, &context);
}

#[test]
fn one_fault_at_any_write_step_breaks_no_promise() {
    for size in [0, 255, 256] {
        let world = World::new(size);
        let (start, script) = steps_of(&world);
        assert!(script >= 15, "the script writes");
        for step in 0..start + script {
            for fault in Fault::ALL {
                for end in [End::Killed, End::PowerCutTorn] {
                    run(&world, step, fault, end, None);
                }
            }
        }
    }
}

#[test]
fn a_second_fault_during_recovery_breaks_no_promise() {
    for size in [255] {
        let world = World::new(size);
        let (start, script) = steps_of(&world);
        for step in 0..start + script {
            for fault in [Fault::CrashTorn, Fault::Lost] {
                for again in 0..6 {
                    for second in [Fault::CrashTorn, Fault::Stored] {
                        run(
                            &world,
                            step,
                            fault,
                            End::PowerCutTorn,
                            Some((again, second)),
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_large_log_is_no_exception() {
    for size in [65_535] {
        let world = World::new(size);
        let (start, script) = steps_of(&world);
        for step in start..start + script.min(6) {
            run(&world, step, Fault::CrashTorn, End::PowerCutTorn, None);
        }
    }
}

#[test]
fn a_node_without_its_sign_lock_or_with_an_older_log_does_not_sign() {
    let mut world = World::new(10);
    let backup = world.disk.copy();
    let life = world.start().expect("starts");
    world.act(&life, Act::Put);
    drop(life);
    world.disk.crash();
    let lock = world
        .disk
        .bytes(&Path::new(DATA).join("signlock"))
        .expect("a lock");
    let old = World {
        disk: backup,
        ..world.copy()
    };
    assert!(
        old.start().is_ok(),
        "the whole old folder cannot know that it is old"
    );
    old.disk.put(&Path::new(DATA).join("signlock"), &lock);
    assert!(
        old.start().is_err_and(|error| error.contains("log-short")),
        "the lock is newer than the log"
    );
    old.disk.take(&Path::new(DATA).join("signlock"));
    assert!(
        old.start()
            .is_err_and(|error| error.contains("lock-missing"))
    );
    assert_eq!(Size(0).last(), None);
}
