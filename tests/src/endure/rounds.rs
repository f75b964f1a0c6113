//! What is left after many rounds of load, a blow, and a new start?

use std::fmt::{self, Display, Formatter};
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::time::sleep;

use super::broken::Broken;
use super::chance::Chance;
use super::check;
use super::growth::Growth;
use super::ledger::Tally;
use super::mounts::{Journal, Mount};
use super::process::Node;
use super::writers::{Crew, Desk};

/// Writers at once; a node lets 64 connections of one address in.
const WRITERS: usize = 8;

/// When the blow falls, in milliseconds after the first edit was acknowledged; in each
/// `COLD_EVERY`th round after the node answered at all.
const BLOW_MS: (u64, u64) = (50, 600);

/// In so many rounds the blow falls once before the node is warm.
const COLD_EVERY: u64 = 10;

/// How long the first acknowledgement is waited for.
const FIRST_WAIT: Duration = Duration::from_secs(10);

/// How long a node may go on after its disk has lost its power.
const DARK: Duration = Duration::from_millis(150);

/// After so many rounds everything is looked at, not only what is new.
const WHOLE_EVERY: u64 = 20;

/// Exit status of a node whose disk did not keep what was written.
const NOT_KEPT: i32 = 74;

/// Faults of one round that are told.
const FAULTS_MAX: usize = 4;

/// What hits the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// `kill -9`.
    Kill,
    /// The power of its disk.
    Power,
}

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// What hits the node in each round.
    pub blow: Blow,
    /// How often.
    pub rounds: u64,
    /// Where chance begins.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Rounds in which all held.
    pub passed: u64,
    /// Rounds in which something did not.
    pub failed: u64,
    /// Edits.
    pub tally: Tally,
    /// Listings that were asked for after a start.
    pub asked: u64,
    /// Promises that were not kept.
    pub lost: u64,
    /// Starts that built the view anew.
    pub rebuilt: u64,
    /// Erased listings that were 404 and no longer 410.
    pub forgotten: u64,
    /// Times that a log was not what it had shown.
    pub forks: u64,
    /// Times that the node noticed the blow itself and ended with status 74.
    pub noticed: u64,
    /// Entries of the log at the end.
    pub entries: u64,
    /// How long each start took until the node answered, in order of length.
    pub ready: Vec<Duration>,
    /// How long that may be.
    pub limit: Duration,
    /// Which build was measured.
    pub build: &'static str,
    /// How long everything took.
    pub took: Duration,
    /// The faults, each after its round.
    pub faults: Vec<String>,
}

/// One node and everything that is known of it.
struct Trial {
    plan: Plan,
    chance: Chance,
    node: Node,
    disk: Option<Mount>,
    desk: Desk,
    growth: Growth,
    outcome: Outcome,
    // Goes last: what lies in it is taken away after the node and the disk.
    _folder: TempDir,
}

/// Goes through all rounds; ends early only when the node does not start any more.
///
/// # Errors
/// [`Broken`] if the trial itself could not go on.
pub async fn run(program: &Path, plan: Plan) -> Result<Outcome, Broken> {
    let since = Instant::now();
    let mut trial = Trial::begin(program, plan).await?;
    for round in 1..=plan.rounds {
        let before = trial.outcome.faults.len();
        let went = trial.round(round).await;
        let goes_on = went.is_ok();
        if let Err(broken) = went {
            trial.outcome.fault(round, broken.to_string());
        }
        for fault in std::mem::take(&mut trial.desk.faults) {
            trial.outcome.fault(round, fault);
        }
        match trial.outcome.faults.len() == before {
            true => trial.outcome.passed += 1,
            false => trial.outcome.failed += 1,
        }
        if round.is_multiple_of(WHOLE_EVERY) {
            let (edits, failed) = (trial.desk.tally.acknowledged, trial.outcome.failed);
            println!("  after {round} rounds: {edits} edits acknowledged, {failed} rounds failed");
        }
        if !goes_on {
            trial.outcome.failed += plan.rounds - round;
            break;
        }
    }
    trial.node.kill()?;
    let mut outcome = trial.outcome;
    outcome.tally = trial.desk.tally;
    outcome.entries = trial.growth.size();
    outcome.ready.sort();
    outcome.took = since.elapsed();
    Ok(outcome)
}

impl Trial {
    async fn begin(program: &Path, plan: Plan) -> Result<Trial, Broken> {
        let folder = tempfile::Builder::new().prefix("endure-").tempdir()?;
        let disk = match plan.blow {
            Blow::Kill => None,
            Blow::Power => Some(Mount::image(folder.path())?),
        };
        let place = disk.as_ref().map_or(folder.path(), Mount::folder);
        let log = folder.path().join("node.log");
        let mut node = Node::found(program, &place.join("data"), &log)?;
        let build = build_of(program);
        let limit = Duration::from_secs(if build == "release" { 2 } else { 10 });
        let mut outcome = Outcome {
            build,
            limit,
            ..Outcome::default()
        };
        outcome.ready.push(node.start().await?);
        let growth = Growth::of(&node).await?;
        Ok(Trial {
            plan,
            chance: Chance::new(plan.seed),
            node,
            disk,
            desk: Desk::new(WRITERS),
            growth,
            outcome,
            _folder: folder,
        })
    }

    async fn round(&mut self, round: u64) -> Result<(), Broken> {
        let watcher = self.growth.watch();
        let crew = self.desk.begin(&self.node, round, &mut self.chance, false);
        if !round.is_multiple_of(COLD_EVERY) {
            crew.first(FIRST_WAIT).await;
        }
        let (from, to) = BLOW_MS;
        sleep(self.chance.moment(from, to)).await;
        let early = self
            .node
            .ended()?
            .map(|status| self.node.tell(&format!("ended with {status}")));
        let hit = self.hit(round, crew).await;
        if let Err(broken) = self.growth.saw(watcher).await {
            self.outcome.fork(round, broken);
        }
        hit?;
        if let Some(early) = early {
            self.outcome.fault(round, early.to_string());
        }
        let took = self.node.start().await?;
        self.outcome.ready.push(took);
        self.outcome.rebuilt += u64::from(self.node.began_anew());
        if took > self.outcome.limit {
            self.outcome
                .fault(round, format!("ready only after {} ms", took.as_millis()));
        }
        self.check(round).await;
        Ok(())
    }

    async fn hit(&mut self, round: u64, crew: Crew) -> Result<(), Broken> {
        if let Some(disk) = &self.disk {
            let odd = round % 2 == 1;
            disk.cut(if odd { Journal::Lost } else { Journal::Flushed })?;
            // Writers go on: what is acknowledged in the dark must be there in the morning.
            sleep(DARK).await;
            if let Some(status) = self.node.ended()? {
                match status.code() {
                    Some(NOT_KEPT) => self.outcome.noticed += 1,
                    _ => {
                        let said = self
                            .node
                            .tell(&format!("in the dark it ended with {status}"));
                        self.outcome.fault(round, said.to_string());
                    }
                }
            }
        }
        self.node.kill()?;
        self.desk.end(crew).await?;
        if let Some(disk) = &mut self.disk {
            disk.again()?;
        }
        Ok(())
    }

    async fn check(&mut self, round: u64) {
        let whole = round.is_multiple_of(WHOLE_EVERY) || round == self.plan.rounds;
        let only = (!whole).then_some(round);
        let seen = check::promises(&self.node, &mut self.desk, only, true, &mut self.chance).await;
        self.outcome.asked += seen.asked;
        self.outcome.forgotten += seen.forgotten;
        self.outcome.lost += seen.lost.len() as u64;
        for lost in seen.lost {
            self.outcome.fault(round, lost);
        }
        if let Err(broken) = self.growth.check().await {
            self.outcome.fork(round, broken);
        }
        if whole && let Err(broken) = self.growth.verify().await {
            self.outcome.fork(round, broken);
        }
    }
}

impl Outcome {
    /// Faults are told as they come, the first few of each round.
    fn fault(&mut self, round: u64, what: String) {
        let start = format!("round {round}: ");
        let told = self
            .faults
            .iter()
            .rev()
            .take_while(|told| told.starts_with(&start));
        if told.count() < FAULTS_MAX {
            println!("  FAULT {start}{what}");
        }
        self.faults.push(start + &what);
    }

    fn fork(&mut self, round: u64, broken: Broken) {
        self.forks += 1;
        self.fault(round, broken.to_string());
    }
}

/// Which build stands in such a folder; cargo names them so.
pub fn build_of(program: &Path) -> &'static str {
    let release = program.iter().any(|part| part == "release");
    if release { "release" } else { "debug" }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Tally {
            acknowledged,
            unanswered,
            refused,
        } = self.tally;
        writeln!(
            f,
            "  edits: {acknowledged} acknowledged, {unanswered} cut off, {refused} refused; {} entries",
            self.entries
        )?;
        let (asked, lost, forks) = (self.asked, self.lost, self.forks);
        writeln!(
            f,
            "  listings looked at {asked} times: {lost} lost; {forks} forks"
        )?;
        if self.forgotten > 0 {
            let forgotten = self.forgotten;
            writeln!(
                f,
                "  {forgotten} times an erased listing was 404, no longer 410"
            )?;
        }
        if self.noticed > 0 {
            let noticed = self.noticed;
            writeln!(
                f,
                "  {noticed} times the node saw that its disk keeps nothing and ended"
            )?;
        }
        let ms = |at: usize| self.ready.get(at).map_or(0, Duration::as_millis);
        let (half, last) = (
            ms(self.ready.len() / 2),
            ms(self.ready.len().saturating_sub(1)),
        );
        let (build, limit) = (self.build, self.limit.as_millis());
        writeln!(
            f,
            "  ready after: p50 {half} ms, max {last} ms ({build} build, at most {limit} ms)"
        )?;
        let took = self.took.as_secs_f64();
        write!(
            f,
            "  {} passed, {} failed, in {took:.1} s",
            self.passed, self.failed
        )
    }
}
