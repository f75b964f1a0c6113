//! What becomes of the network when everything goes wrong for a while?

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::cast::CAST;
use super::house::House;
use super::lines::Lines;
use super::{Demo, DemoError, Event, Tell, ms_since};
use crate::clock::Clock;

/// What the nodes do meanwhile: edit, and promise.
mod edits;

/// Whether everything is as it was promised.
mod ending;

/// What was promised.
mod ledger;

use ledger::Ledger;

/// The time between two edits.
const EDIT_EVERY: Duration = Duration::from_millis(150);

/// Nodes that are down at once, at most: someone must be there to ask.
const DOWN_MAX: usize = 2;

/// What is to go wrong, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Where chance begins.
    pub seed: u64,
    /// How long things go wrong, in seconds.
    pub seconds: u64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Edits that centres acknowledged.
    pub acknowledged: u64,
    /// Edits that were refused, or whose centre went away.
    pub refused: u64,
    /// What went wrong on purpose.
    pub mishaps: u64,
    /// Milliseconds from the end of all mishaps until all views were equal.
    pub equal_ms: f64,
    /// Promises that were not kept, in words.
    pub broken: Vec<String>,
}

/// What ends by itself after a while.
enum Mend {
    Start(usize),
    Line(usize, usize),
}

/// A demonstration to which things happen.
struct Chaos<'a> {
    tell: Tell<'a>,
    clock: Clock,
    /// A clock that nobody turns: what it draws follows from the seed.
    chance: Clock,
    lines: Lines,
    houses: Vec<House>,
    backups: PathBuf,
    ledger: Ledger,
    due: Vec<(Timestamp, Mend)>,
    mishaps: u64,
}

/// Lets things go wrong by the plan, then mends all and looks whether every promise was kept.
pub(super) async fn run(
    demo: Demo,
    data: &Path,
    plan: Plan,
    tell: Tell<'_>,
) -> Result<(Demo, Outcome), DemoError> {
    let clock = Clock::system();
    let (chance, _) = Clock::by_hand(clock.now(), plan.seed);
    let (lines, nodes, imported, change) = (demo.lines, demo.nodes, demo.imported, demo.change);
    let houses = demo.servers.into_iter().map(House::of).collect();
    let mut chaos = Chaos {
        tell,
        clock,
        chance,
        lines,
        houses,
        backups: data.join("backups"),
        ledger: Ledger::default(),
        due: Vec::new(),
        mishaps: 0,
    };
    tell(
        Event::of("chaos")
            .with("seed", plan.seed)
            .with("seconds", plan.seconds),
    );
    chaos
        .let_it_happen(Duration::from_secs(plan.seconds))
        .await?;
    let outcome = chaos.end().await?;
    let lines = chaos.lines.clone();
    let servers = chaos.houses.into_iter().filter_map(|house| house.server);
    let demo = Demo {
        nodes,
        servers: servers.collect(),
        imported,
        change,
        lines,
    };
    Ok((demo, outcome))
}

impl Chaos<'_> {
    async fn let_it_happen(&mut self, time: Duration) -> Result<(), DemoError> {
        let since = self.clock.now();
        let mut next = self.in_seconds(1, 3);
        while self.clock.now().duration_since(since).unsigned_abs() < time {
            self.edit().await?;
            self.mend_what_is_due().await?;
            if self.clock.now() >= next {
                self.mishap().await?;
                next = self.in_seconds(2, 5);
            }
            self.clock.sleep(EDIT_EVERY).await;
        }
        Ok(())
    }

    async fn mishap(&mut self) -> Result<(), DemoError> {
        let up: Vec<usize> = (0..self.houses.len())
            .filter(|at| self.houses[*at].server.is_some())
            .collect();
        let at = up[self.below(up.len())];
        let few_are_down = self.houses.len() - up.len() < DOWN_MAX;
        self.mishaps += 1;
        match self.below(10) {
            0..=3 if few_are_down => self.stop(at).await,
            4..=5 if few_are_down && self.backup_of(at).exists() => self.restore(at).await,
            _ => {
                let to = (at + 1 + self.below(self.houses.len() - 1)) % self.houses.len();
                self.cut(at, to);
                Ok(())
            }
        }
    }

    /// A node stops, is backed up, and starts again after a while.
    async fn stop(&mut self, at: usize) -> Result<(), DemoError> {
        self.tell_of("chaos-stops", at);
        self.houses[at].stop().await;
        self.houses[at].back_up(&self.backup_of(at))?;
        let until = self.in_seconds(3, 12);
        self.due.push((until, Mend::Start(at)));
        Ok(())
    }

    /// An older backup takes the place of what a node has.
    async fn restore(&mut self, at: usize) -> Result<(), DemoError> {
        self.tell_of("chaos-restores", at);
        self.houses[at].stop().await;
        self.houses[at].restore(&self.backup_of(at))?;
        self.start(at).await
    }

    fn cut(&mut self, from: usize, to: usize) {
        let (one, other) = (&CAST[from], &CAST[to]);
        (self.tell)(
            Event::of("chaos-cuts")
                .with("name", one.english)
                .with("nom", one.french)
                .with("network", other.english)
                .with("reseau", other.french),
        );
        self.lines
            .cut(self.houses[from].port(), self.houses[to].port());
        let until = self.in_seconds(4, 15);
        self.due.push((until, Mend::Line(from, to)));
    }

    async fn mend_what_is_due(&mut self) -> Result<(), DemoError> {
        let now = self.clock.now();
        let (due, later) = std::mem::take(&mut self.due)
            .into_iter()
            .partition(|(when, _)| *when <= now);
        self.due = later;
        self.mend(due).await
    }

    async fn mend(&mut self, due: Vec<(Timestamp, Mend)>) -> Result<(), DemoError> {
        for (_, mend) in due {
            match mend {
                Mend::Start(at) => self.start(at).await?,
                Mend::Line(from, to) => self
                    .lines
                    .mend(self.houses[from].port(), self.houses[to].port()),
            }
        }
        Ok(())
    }

    async fn start(&mut self, at: usize) -> Result<(), DemoError> {
        self.houses[at].start(&self.lines).await?;
        self.tell_of("chaos-starts", at);
        Ok(())
    }

    /// Everything is mended, and the views are given time to become equal.
    async fn end(&mut self) -> Result<Outcome, DemoError> {
        let due = std::mem::take(&mut self.due);
        self.mend(due).await?;
        (self.tell)(Event::of("chaos-mended"));
        let since = self.clock.now();
        self.until_equal().await?;
        let equal_ms = ms_since(&self.clock, since);
        let broken = self.broken_promises()?;
        let outcome = Outcome {
            acknowledged: self.ledger.acknowledged,
            refused: self.ledger.refused,
            mishaps: self.mishaps,
            equal_ms,
            broken,
        };
        (self.tell)(
            Event::of("chaos-equal")
                .with("ms", outcome.equal_ms)
                .with("mishaps", outcome.mishaps)
                .with("edits", outcome.acknowledged)
                .with("broken", outcome.broken.len()),
        );
        Ok(outcome)
    }

    fn tell_of(&self, what: &'static str, at: usize) {
        let role = &CAST[at];
        (self.tell)(
            Event::of(what)
                .with("name", role.english)
                .with("nom", role.french),
        );
    }

    fn backup_of(&self, at: usize) -> PathBuf {
        self.backups.join(CAST[at].name)
    }

    /// A number below `limit`, of chance.
    fn below(&self, limit: usize) -> usize {
        let drawn = u64::from_be_bytes(self.chance.random());
        (drawn % limit.max(1) as u64) as usize
    }

    /// A moment between so many seconds from now and so many.
    fn in_seconds(&self, least: u64, most: u64) -> Timestamp {
        let span = Duration::from_secs(most - least).as_millis() as usize;
        let wait = Duration::from_secs(least) + Duration::from_millis(self.below(span) as u64);
        let now = self.clock.now();
        now.checked_add(wait).unwrap_or(now)
    }
}
