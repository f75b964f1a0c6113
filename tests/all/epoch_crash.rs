//! What is left of a log that goes over into a later one when a write step fails, or the power goes?

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use clearinghouse::clock::Clock;
use clearinghouse::feed::feeds::Feeds;
use clearinghouse::feed::log::Log;
use clearinghouse::node::{Opened, init, open_feeds};
use clearinghouse::store::fault_disk::{Fault, FaultDisk};
use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::feed::body::check_commitment;
use clearinghouse_protocol::feed::follow::Follower;
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::{Frontier, Index};
use tokio::runtime::Runtime;

const DATA: &str = "/node";

/// Entries with which the log is outgrown.
const FLOOR: u64 = 16;

/// Everything that was promised by one node, and the disk that has to keep it.
struct World {
    disk: FaultDisk,
    runtime: Arc<Runtime>,
    clock: Clock,
    next: u64,
    /// Bodies that were acknowledged and not erased since.
    kept: BTreeSet<String>,
    /// Bodies whose erasure was asked for; they may be gone.
    doubtful: BTreeSet<String>,
    erased: BTreeSet<String>,
    /// Checkpoints that were shown to anyone.
    shown: BTreeMap<(Origin, u64), Hash>,
}

struct Life {
    feeds: Arc<Feeds>,
    log: Log,
}

impl World {
    /// A node a few entries before it outgrows its log.
    fn new() -> World {
        let disk = FaultDisk::new(7);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let (clock, _hand) = Clock::by_hand("2026-11-21T12:00:00Z".parse().expect("a time"), 7);
        let names = [("en".to_owned(), "Maple Centre".to_owned())].into();
        let url = "https://maple.example/";
        init(&disk.start(), Path::new(DATA), names, url, &clock).expect("a new node");
        let mut world = World {
            disk,
            runtime: Arc::new(runtime.expect("a runtime")),
            clock,
            next: 0,
            kept: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            erased: BTreeSet::new(),
            shown: BTreeMap::new(),
        };
        let life = world.start().expect("starts");
        for _ in 0..3 {
            world.put(&life);
        }
        while life.feeds.own().files().size().0 < FLOOR - 1 {
            world.put(&life);
            world.erase(&life);
        }
        world
    }

    fn copy(&self) -> World {
        World {
            disk: self.disk.copy(),
            runtime: self.runtime.clone(),
            clock: self.clock.clone(),
            next: self.next,
            kept: self.kept.clone(),
            doubtful: self.doubtful.clone(),
            erased: self.erased.clone(),
            shown: self.shown.clone(),
        }
    }

    fn start(&self) -> Result<Life, String> {
        let opened = open_feeds(&self.disk.start(), Path::new(DATA), &self.clock);
        let Opened {
            feeds, log, reason, ..
        } = opened.map_err(|error| error.to_string())?;
        if let Some(reason) = reason {
            return Err(format!("it has to heal: {}", reason.word()));
        }
        log.grow_from(FLOOR);
        Ok(Life { feeds, log })
    }

    fn put(&mut self, life: &Life) {
        let text = format!("the body of {:08}.", self.next);
        self.next += 1;
        let deed = Deed::Put {
            target: None,
            salt: [9; 32],
            body: text.as_bytes().to_vec(),
        };
        if self.runtime.block_on(life.log.append(deed)).is_ok() {
            self.kept.insert(text);
        }
        self.rest(life);
    }

    /// Takes the first listing back.
    fn erase(&mut self, life: &Life) {
        let Some(text) = self.kept.pop_first() else {
            return;
        };
        let own = life.feeds.own();
        let Some(target) = place_of(life, &text) else {
            self.doubtful.insert(text);
            return;
        };
        let deed = vec![Deed::Erase { target }];
        let answers = life.log.append_to(Some(own.identity.origin), deed);
        match self.runtime.block_on(answers).as_deref() {
            Ok([Ok(_)]) => self.erased.insert(text),
            _ => self.doubtful.insert(text),
        };
        self.rest(life);
    }

    fn rest(&mut self, life: &Life) {
        let _ = self.runtime.block_on(life.log.rest());
        let own = life.feeds.own();
        // After a fault there may be nothing to read.
        let _ = own.step_from_files();
        // The view, which is not here, does this when nothing points to the older log any more.
        life.feeds.retire_before(own.identity.origin);
        let files = own.files();
        let Some(note) = files.checkpoint() else {
            return;
        };
        let offer = Follower::new(&own.identity).consider(note);
        if let Some(offer) = offer.expect("our checkpoints are sound") {
            let at = (own.identity.origin, offer.size().0);
            self.shown.insert(at, offer.checkpoint().root);
        }
    }

    fn script(&mut self, life: &Life) {
        for _ in 0..2 {
            self.put(life);
            self.erase(life);
        }
    }

    /// Derives everything anew from what the node serves.
    fn check(&self, life: &Life, context: &str) {
        let own = life.feeds.own();
        for ((origin, size), root) in &self.shown {
            let log = life.feeds.log(*origin);
            let log = log.unwrap_or_else(|| panic!("{context}: {origin} is gone"));
            let mut tree = Frontier::new();
            let read = log.each_entry(0, *size, |_, entry| {
                tree.push(Hash::leaf(entry));
            });
            read.expect("reads");
            assert_eq!(tree.root(), *root, "{context}: {origin} forked at {size}");
        }
        let mut stated = BTreeSet::new();
        let living = own.follower().living().clone();
        // Not in the head of the loop, which would keep the files locked until its end.
        let size = own.files().size();
        for index in living.between(0, size.0) {
            let entry = own.entry(index).expect("reads").expect("an entry");
            let body = own.files().bodies().read(index).expect("reads");
            let (salt, body) = body.unwrap_or_else(|| panic!("{context}: no body {index:?}"));
            check_commitment(index, &entry, &salt, &body).expect("the body fits");
            let text = String::from_utf8(body).expect("text");
            assert!(stated.insert(text), "{context}: {index:?} is doubled");
        }
        let lost: Vec<_> = self.kept.difference(&stated).collect();
        assert!(lost.is_empty(), "{context}: {lost:?} are lost");
        for text in &self.erased {
            assert!(!stated.contains(text), "{context}: {text} is back");
            let holding = self.disk.holding(text.as_bytes());
            assert!(
                holding.is_empty(),
                "{context}: {text} stands in {holding:?}"
            );
        }
    }
}

/// Where a body stands in the current log.
fn place_of(life: &Life, text: &str) -> Option<Index> {
    let own = life.feeds.own();
    let files = own.files();
    let all = (0..files.size().0).map(Index);
    let mut found = all.filter(|index| {
        let body = files.bodies().read(*index).ok().flatten();
        body.is_some_and(|(_, body)| body == text.as_bytes())
    });
    found.next()
}

/// How a life ends after its fault.
#[derive(Clone, Copy, Debug)]
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

fn run(world: &World, step: u64, fault: Fault, end: End, second: Option<(u64, Fault)>) -> bool {
    let mut world = world.copy();
    let at = world.disk.steps() + step;
    world.disk.fail_at(at, fault);
    if let Ok(life) = world.start() {
        world.script(&life);
    }
    let trace = world.disk.trace();
    let context = format!(
        "{fault:?} at {:?}, {end:?}, {second:?}",
        trace.get(at as usize)
    );
    if trace.len() as u64 <= at {
        return false;
    }
    world.end(end);
    if let Some((step, fault)) = second {
        let at = world.disk.steps() + step;
        world.disk.fail_at(at, fault);
        if let Ok(life) = world.start() {
            world.put(&life);
        }
        if world.disk.steps() <= at {
            // That life took fewer steps.
            return true;
        }
        world.end(end);
    }
    let life = world.start();
    let life = life.unwrap_or_else(|error| panic!("{context}: does not start: {error}"));
    world.rest(&life);
    world.check(&life, &context);
    for _ in 0..3 {
        world.script(&life);
    }
    world.check(&life, &context);
    let epoch = life.feeds.own().identity.origin.epoch.number();
    assert!(epoch > 1, "{context}: it is still in its first log");
    true
}

#[test]
fn one_fault_on_the_way_into_a_later_log_breaks_no_promise() {
    let world = World::new();
    let mut steps = 0;
    while run(&world, steps, Fault::CrashTorn, End::PowerCutTorn, None) {
        steps += 1;
    }
    assert!(steps >= 40, "a new log takes many writes, not {steps}");
    for step in 0..steps {
        // Which fault meets which step changes with the steps; in all, each meets every kind of step.
        let fault = Fault::ALL[step as usize % Fault::ALL.len()];
        for end in [End::Killed, End::PowerCutTorn] {
            run(&world, step, fault, end, None);
        }
    }
}

#[test]
fn a_second_fault_while_it_goes_on_breaks_no_promise() {
    let world = World::new();
    let mut step = 0;
    while run(
        &world,
        step,
        Fault::CrashTorn,
        End::PowerCutTorn,
        Some((0, Fault::Stored)),
    ) {
        for fault in [Fault::CrashTorn, Fault::Lost] {
            for again in (0..40).step_by(9) {
                let second = Some((again, Fault::CrashTorn));
                run(&world, step, fault, End::PowerCutTorn, second);
            }
        }
        step += 3;
    }
}

#[test]
fn an_outgrown_log_goes_over_by_itself() {
    let mut world = World::new();
    let life = world.start().expect("starts");
    world.script(&life);
    world.script(&life);
    world.check(&life, "no fault at all");
    assert!(life.feeds.own().identity.origin.epoch.number() > 1);
}
