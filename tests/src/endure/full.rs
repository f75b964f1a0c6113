//! What does a node do on a disk without room?

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clearinghouse::store::room::left;

use tokio::time::sleep;

use super::broken::Broken;
use super::chance::Chance;
use super::check;
use super::growth::Growth;
use super::mounts::Mount;
use super::process::Node;
use super::writers::Desk;

/// The disk, in mebibytes.
const DISK: u64 = 96;

/// What is left of it at first, in bytes: a little more than what a node wants to have left.
const LITTLE: u64 = 35 << 20;

/// Edits that must be refused before the disk counts as full.
const REFUSALS: u64 = 20;

/// How long filling may take.
const FILL_WAIT: Duration = Duration::from_secs(240);

/// How long a node may take to go on once there is room.
const GO_ON_WAIT: Duration = Duration::from_secs(30);

/// How a node says that its view is being built anew.
const AWAY: &str = "/problems/away";

/// Faults of one step that are printed.
const FAULTS_MAX: usize = 3;

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What held, in the order in which it was tried.
    pub passed: Vec<String>,
    /// What did not.
    pub failed: Vec<String>,
}

impl Outcome {
    fn step(&mut self, what: &str, faults: Vec<String>) {
        if faults.is_empty() {
            self.passed.push(what.to_owned());
            return;
        }
        let (count, first) = (faults.len(), &faults[..faults.len().min(FAULTS_MAX)]);
        let said = format!("{what}: {count} faults, such as {}", first.join("; "));
        self.failed.push(said);
    }
}

/// A trial under way.
struct Trial {
    disk: Mount,
    ballast: PathBuf,
    node: Node,
    desk: Desk,
    chance: Chance,
    growth: Growth,
    outcome: Outcome,
    round: u64,
}

/// Fills the disk under a running node, slowly and at once, starts it anew without room, and makes room.
///
/// # Errors
/// [`Broken`] if the trial itself could not go on.
pub async fn run(program: &Path, seed: u64) -> Result<Outcome, Broken> {
    let folder = tempfile::Builder::new().prefix("endure-").tempdir()?;
    let disk = Mount::memory(folder.path(), DISK)?;
    let log = folder.path().join("node.log");
    let mut node = Node::found(program, &disk.folder().join("data"), &log)?;
    node.start().await?;
    let growth = Growth::of(&node).await?;
    let mut trial = Trial {
        ballast: disk.folder().join("ballast"),
        disk,
        node,
        desk: Desk::new(4),
        chance: Chance::new(seed),
        growth,
        outcome: Outcome::default(),
        round: 1,
    };
    trial.leave(LITTLE)?;
    trial.write_until_refused().await?;
    trial.look("with little room", false).await;
    trial.leave(0)?;
    trial.look("without room", false).await;
    trial.node.kill()?;
    trial.node.start().await?;
    trial.look("after a start without room", true).await;
    trial.make_room("after a start without room").await?;

    trial.fill_at_once().await?;
    trial.look("without room at once", true).await;
    trial.make_room("that was gone at once").await?;
    trial.node.kill()?;
    trial.node.start().await?;
    trial.look("after the last start", false).await;
    let verified = trial.growth.verify().await.err();
    let faults = verified.map(|broken| broken.to_string());
    let faults = faults.into_iter().collect();
    trial.outcome.step("the whole feed verifies", faults);
    let (tally, entries) = (trial.desk.tally, trial.growth.size());
    let listings: usize = trial.desk.promises.iter().map(Vec::len).sum();
    println!(
        "  edits: {} acknowledged, {} refused",
        tally.acknowledged, tally.refused
    );
    println!("  {listings} listings, {entries} entries");
    trial.node.kill()?;
    Ok(trial.outcome)
}

impl Trial {
    /// Lets others take the disk until so many bytes are left, or nothing.
    fn leave(&self, bytes: u64) -> Result<(), Broken> {
        let mut ballast = File::options()
            .create(true)
            .append(true)
            .open(&self.ballast)?;
        let page = [1; 4096];
        while left(self.disk.folder()) > bytes {
            if let Err(error) = ballast.write_all(&page) {
                return match error.kind() {
                    ErrorKind::StorageFull => Ok(()),
                    _ => Err(error.into()),
                };
            }
        }
        Ok(())
    }

    /// Writes until edits are refused, again and again.
    async fn write_until_refused(&mut self) -> Result<(), Broken> {
        let (since, before) = (Instant::now(), self.desk.tally.refused);
        self.round += 1;
        while self.desk.tally.refused < before + REFUSALS {
            if since.elapsed() > FILL_WAIT {
                return Err(self.node.tell("the disk does not fill"));
            }
            let crew = self
                .desk
                .begin(&self.node, self.round, &mut self.chance, true);
            sleep(Duration::from_millis(500)).await;
            self.desk.end(crew).await?;
            if let Some(status) = self.node.ended()? {
                let told = format!("without room the node ended with {status}");
                return Err(self.node.tell(&told));
            }
        }
        let faults = std::mem::take(&mut self.desk.faults);
        self.outcome
            .step("edits are refused with a problem and a sentence", faults);
        Ok(())
    }

    /// Somebody takes all that is left while edits are written.
    async fn fill_at_once(&mut self) -> Result<(), Broken> {
        self.round += 1;
        let crew = self
            .desk
            .begin(&self.node, self.round, &mut self.chance, true);
        sleep(Duration::from_millis(500)).await;
        self.leave(0)?;
        sleep(Duration::from_millis(500)).await;
        self.desk.end(crew).await?;
        self.write_until_refused().await
    }

    /// What must hold whatever the disk does. While the view `may_be_away`, nothing is said of a listing
    /// rather than something wrong.
    async fn look(&mut self, when: &str, may_be_away: bool) {
        let lives = self.node.ended().map_or_else(
            |broken| Some(broken.to_string()),
            |ended| ended.map(|status| format!("ended with {status}")),
        );
        let step = format!("{when}: the node lives");
        self.outcome.step(&step, lives.into_iter().collect());
        let seen = check::promises(&self.node, &mut self.desk, None, false, &mut self.chance);
        let mut lost = seen.await.lost;
        if may_be_away {
            lost.retain(|fault| !fault.contains(AWAY));
        }
        let step = format!("{when}: what was acknowledged is read");
        self.outcome.step(&step, lost);
        let grown = self.growth.check().await.err();
        let grown = grown.map(|broken| broken.to_string());
        let step = format!("{when}: the log only grew");
        self.outcome.step(&step, grown.into_iter().collect());
    }

    /// Makes room; the node goes on by itself.
    async fn make_room(&mut self, when: &str) -> Result<(), Broken> {
        fs::remove_file(&self.ballast)?;
        let (since, before) = (Instant::now(), self.desk.tally.acknowledged);
        self.round += 1;
        while self.desk.tally.acknowledged == before && since.elapsed() < GO_ON_WAIT {
            let crew = self
                .desk
                .begin(&self.node, self.round, &mut self.chance, true);
            sleep(Duration::from_millis(500)).await;
            self.desk.end(crew).await?;
        }
        let mut faults = std::mem::take(&mut self.desk.faults);
        if self.desk.tally.acknowledged == before {
            faults.push(self.node.tell("no edit is taken").to_string());
        }
        let waited = since.elapsed().as_secs_f32();
        println!("  with room {when}: edits are taken after {waited:.1} s");
        let step = format!("with room {when}: edits are taken again");
        self.outcome.step(&step, faults);
        self.look(&format!("with room {when}"), false).await;
        Ok(())
    }
}
