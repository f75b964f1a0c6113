//! Which orders of signing, crashing, rolling back, asking and healing make one log contradict itself?
//!
//! Three nodes: an author and two mirrors. Entries are numbers that are never used twice, so a checkpoint
//! is the list of entries that it signs, and two checkpoints contradict each other if neither list begins
//! with the other. Every order of deeds is tried within [`Bounds`].
//!
//! What no rule can prevent is left out or excused: a signature after a rollback of everything, the lock
//! too, while no mirror that was asked knows better. Two machines that share a copied lock are another
//! matter: their fork is found by others, and proven.

use std::collections::BTreeSet;

use stateright::{Checker, Model, Property};

/// What one log says: the entries that it holds, in order.
type History = Vec<u8>;

/// How often each thing may happen.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    signatures: u8,
    crashes: u8,
    rollbacks: u8,
    forgetful: u8,
}

const BOUNDS: Bounds = Bounds {
    signatures: 3,
    crashes: 2,
    rollbacks: 2,
    forgetful: 1,
};

/// A row of the start-up rule of the sign lock; a rule without one of them has to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    LockMissing,
    LogShorter,
    LockOlder,
    OthersKnowMore,
}

/// What the author finds on its disk and hears at a start.
struct Found<'a> {
    lock: Option<&'a History>,
    log: &'a History,
    saved: &'a History,
    others: &'a [&'a History],
}

/// Whether the author may sign, by the rule of the design without the row that was struck out.
fn may_sign(found: &Found, struck: Option<Row>) -> bool {
    let holds = |row| struck != Some(row);
    let lock = match found.lock {
        None if holds(Row::LockMissing) => return false,
        None => found.log,
        Some(lock) => lock,
    };
    if holds(Row::LogShorter) && !found.log.starts_with(lock) {
        return false;
    }
    if holds(Row::LockOlder) && found.saved.len() > lock.len() {
        return false;
    }
    let mut others = found.others.iter();
    !(holds(Row::OthersKnowMore) && others.any(|other| !lock.starts_with(other)))
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Disk {
    log: History,
    lock: Option<History>,
    /// The checkpoint beside the log, which is written after the lock.
    saved: History,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Author {
    Down,
    /// It signs; `true` between the flush of an entry and the sign lock.
    Signs(bool),
    Heals,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    author: Author,
    disk: Disk,
    backup: Option<Disk>,
    mirrors: [History; 2],
    signed: BTreeSet<History>,
    /// A signature followed a start at which nobody who was asked could know better.
    excused: bool,
    next: u8,
    crashes: u8,
    rollbacks: u8,
    forgetful: u8,
}

/// What a rollback leaves of the sign lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    Old,
    Kept,
    Gone,
    /// Only the lock is old; all else stays.
    Alone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Write,
    Sign,
    Mirror(usize),
    Crash,
    Backup,
    RollBack(Lock),
    /// A mirror loses what it has.
    Forget(usize),
    /// The author starts and asks these mirrors.
    Start([bool; 2]),
    Heal([bool; 2]),
    /// A mirror that was out of reach says how far the log had come.
    Hear(usize),
}

struct Rule {
    struck: Option<Row>,
}

const ASKED: [[bool; 2]; 4] = [[false, false], [true, false], [false, true], [true, true]];

impl World {
    fn asked(&self, asked: [bool; 2]) -> Vec<&History> {
        let all = self.mirrors.iter().zip(asked);
        all.filter(|(_, asked)| *asked)
            .map(|(history, _)| history)
            .collect()
    }

    /// Whether somebody who was asked, or the author itself, knows all that was ever signed.
    fn somebody_knows(&self, asked: [bool; 2]) -> bool {
        let longest = self.signed.iter().map(Vec::len).max().unwrap_or(0);
        self.asked(asked)
            .iter()
            .any(|history| history.len() >= longest)
    }

    fn start(&mut self, asked: [bool; 2], struck: Option<Row>) {
        let others = self.asked(asked);
        let Disk { log, lock, saved } = &self.disk;
        let found = Found {
            lock: lock.as_ref(),
            log,
            saved,
            others: &others,
        };
        let may = may_sign(&found, struck);
        // Only where lock and log agree does a node go on although nobody answers.
        let agrees = may_sign(
            &Found {
                others: &[],
                ..found
            },
            None,
        );
        let excusable = agrees && !self.somebody_knows(asked);
        if !may {
            self.author = Author::Heals;
            return;
        }
        let lock = self
            .disk
            .lock
            .clone()
            .unwrap_or_else(|| self.disk.log.clone());
        // The tail that nobody was promised is cut.
        let history = if self.disk.log.starts_with(&lock) {
            lock
        } else {
            self.disk.log.clone()
        };
        self.go_on(history, excusable);
    }

    fn heal(&mut self, asked: [bool; 2]) {
        let Some(longest) = self
            .asked(asked)
            .into_iter()
            .max_by_key(|history| history.len())
        else {
            return;
        };
        let lock = self.disk.lock.clone().unwrap_or_default();
        // What is shorter than our own lock says is no cure.
        if longest.starts_with(&lock) && longest.len() >= self.disk.saved.len() {
            let (longest, excusable) = (longest.clone(), !self.somebody_knows(asked));
            self.go_on(longest, excusable);
        }
    }

    fn go_on(&mut self, history: History, excusable: bool) {
        let all = self.signed.iter().all(|signed| history.starts_with(signed));
        self.excused |= !all && excusable;
        self.disk = Disk {
            log: history.clone(),
            lock: Some(history.clone()),
            saved: history,
        };
        self.author = Author::Signs(false);
    }

    fn roll_back(&mut self, lock: Lock) -> Option<()> {
        let backup = self.backup.clone()?;
        self.rollbacks += 1;
        let now = self.disk.lock.clone();
        match lock {
            Lock::Old => self.disk = backup,
            Lock::Kept => {
                self.disk = Disk {
                    lock: now,
                    ..backup
                }
            }
            Lock::Gone => {
                self.disk = Disk {
                    lock: None,
                    ..backup
                }
            }
            Lock::Alone => self.disk.lock = backup.lock,
        }
        Some(())
    }
}

impl Model for Rule {
    type State = World;
    type Action = Deed;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            author: Author::Signs(false),
            disk: Disk {
                log: vec![],
                lock: Some(vec![]),
                saved: vec![],
            },
            backup: None,
            mirrors: [vec![], vec![]],
            signed: BTreeSet::new(),
            excused: false,
            next: 0,
            crashes: 0,
            rollbacks: 0,
            forgetful: 0,
        }]
    }

    fn actions(&self, world: &World, deeds: &mut Vec<Deed>) {
        match world.author {
            Author::Signs(true) => deeds.push(Deed::Sign),
            Author::Signs(false) => {
                if world.next < BOUNDS.signatures {
                    deeds.push(Deed::Write);
                }
                deeds.extend([0, 1].map(Deed::Mirror));
                deeds.extend([0, 1].map(Deed::Hear));
            }
            Author::Heals => deeds.extend(ASKED.map(Deed::Heal)),
            Author::Down => {
                deeds.extend(ASKED.map(Deed::Start));
                if world.backup.is_some() && world.rollbacks < BOUNDS.rollbacks {
                    let locks = [Lock::Old, Lock::Kept, Lock::Gone, Lock::Alone];
                    deeds.extend(locks.map(Deed::RollBack));
                }
            }
        }
        if world.author != Author::Down && world.crashes < BOUNDS.crashes {
            deeds.push(Deed::Crash);
        }
        if world.backup.is_none() {
            deeds.push(Deed::Backup);
        }
        if world.forgetful < BOUNDS.forgetful {
            deeds.extend([0, 1].map(Deed::Forget));
        }
    }

    fn next_state(&self, before: &World, deed: Deed) -> Option<World> {
        let mut world = before.clone();
        match deed {
            Deed::Write => {
                world.disk.log.push(world.next);
                world.next += 1;
                world.author = Author::Signs(true);
            }
            Deed::Sign => {
                world.disk.lock = Some(world.disk.log.clone());
                world.disk.saved = world.disk.log.clone();
                world.signed.insert(world.disk.log.clone());
                world.author = Author::Signs(false);
            }
            Deed::Mirror(one) => {
                // A mirror that sees a contradiction keeps what it has.
                if world.disk.saved.starts_with(&world.mirrors[one]) {
                    world.mirrors[one] = world.disk.saved.clone();
                }
            }
            Deed::Crash => {
                world.crashes += 1;
                world.author = Author::Down;
            }
            Deed::Backup => world.backup = Some(world.disk.clone()),
            Deed::RollBack(lock) => world.roll_back(lock)?,
            Deed::Forget(one) => {
                world.forgetful += 1;
                world.mirrors[one].clear();
            }
            Deed::Start(asked) => world.start(asked, self.struck),
            Deed::Heal(asked) => world.heal(asked),
            Deed::Hear(one) => {
                if self.struck != Some(Row::OthersKnowMore)
                    && !world.disk.log.starts_with(&world.mirrors[one])
                {
                    world.author = Author::Heals;
                }
            }
        }
        (world != *before).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no two checkpoints contradict", |_, world: &World| {
                let all = &world.signed;
                let fits = |one: &History| {
                    all.iter()
                        .all(|other| one.starts_with(other) || other.starts_with(one))
                };
                world.excused || all.iter().all(fits)
            }),
            Property::sometimes("a node heals and signs again", |_, world: &World| {
                world.rollbacks > 0 && world.signed.len() == usize::from(BOUNDS.signatures)
            }),
            Property::sometimes("nobody knows better and a log forks", |_, world: &World| {
                world.excused
            }),
        ]
    }
}

#[test]
fn no_order_of_deeds_makes_a_log_contradict_itself() {
    let checked = Rule { struck: None }
        .checker()
        .threads(2)
        .spawn_bfs()
        .join();
    println!(
        "{} states, {} of them different",
        checked.state_count(),
        checked.unique_state_count()
    );
    checked.assert_properties();
    assert!(
        checked.unique_state_count() > 10_000,
        "the bounds are too narrow to prove anything"
    );
}

#[test]
fn the_rule_without_any_one_of_its_rows_is_caught() {
    for row in [
        Row::LockMissing,
        Row::LogShorter,
        Row::LockOlder,
        Row::OthersKnowMore,
    ] {
        let checked = Rule { struck: Some(row) }
            .checker()
            .threads(2)
            .spawn_bfs()
            .join();
        let found = checked.discovery("no two checkpoints contradict");
        let found = found.unwrap_or_else(|| panic!("nothing is lost without {row:?}"));
        println!("without {row:?}: {:?}", found.into_actions());
    }
}
