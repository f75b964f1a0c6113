//! What does a node do on a disk without room?

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::broken::Broken;
use super::chance::Chance;
use super::check;
use super::growth::Growth;
use super::mounts::Mount;
use super::process::Node;
use super::writers::Desk;

/// Room at first, in mebibytes.
const SMALL: u64 = 4;

/// Room after somebody made some.
const LARGE: u64 = 16;

/// Edits that must be refused before the disk counts as full.
const REFUSALS: u64 = 20;

/// How long filling may take.
const FILL_WAIT: Duration = Duration::from_secs(120);

/// Faults of one step that are printed.
const FAULTS_MAX: usize = 3;

/// What a node logs whose view cannot even be read any more.
const FAILED_VIEW: &str = "the derived database failed";

/// How such a fault begins here.
const NO_VIEW: &str = "without its view, ";

/// How a writer tells of an edit that was refused because the view stands still.
const LATE: [&str; 4] = [
    NO_VIEW,
    "an edit was answered with 404",
    "an edit was answered with 410",
    "an edit was answered with 412",
];

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What held, in the order in which it was tried.
    pub passed: Vec<String>,
    /// What did not.
    pub failed: Vec<String>,
    /// What does not hold yet, and is known: without room the view stands still until a new start.
    /// Reading then lags behind the log or fails, and edits that have to look there are refused.
    pub known: Vec<String>,
}

impl Outcome {
    fn step(&mut self, what: &str, faults: Vec<String>) {
        if let Some(said) = self.judge(what, &faults) {
            self.failed.push(said);
        }
    }

    /// As a step, where the view that stands still is to blame.
    fn view_step(&mut self, what: &str, faults: Vec<String>) {
        if let Some(said) = self.judge(what, &faults) {
            self.known.push(said);
        }
    }

    /// As a step about edits: what the view does not show as it is, is 404, 410 or 412.
    fn edits(&mut self, what: &str, faults: Vec<String>) {
        let late = |fault: &String| LATE.iter().any(|late| fault.starts_with(late));
        let (known, new): (Vec<String>, Vec<String>) = faults.into_iter().partition(late);
        if new.is_empty() {
            return self.view_step(what, known);
        }
        self.step(what, new);
    }

    fn judge(&mut self, what: &str, faults: &[String]) -> Option<String> {
        if faults.is_empty() {
            self.passed.push(what.to_owned());
            return None;
        }
        let (count, first) = (faults.len(), &faults[..faults.len().min(FAULTS_MAX)]);
        Some(format!(
            "{what}: {count} faults, such as {}",
            first.join("; ")
        ))
    }
}

/// Fills a disk of 4 MiB under a running node, makes room, and starts the node anew.
///
/// # Errors
/// [`Broken`] if the trial itself could not go on.
pub async fn run(program: &Path, seed: u64) -> Result<Outcome, Broken> {
    let folder = tempfile::Builder::new().prefix("endure-").tempdir()?;
    let disk = Mount::memory(folder.path(), SMALL)?;
    let log = folder.path().join("node.log");
    let mut node = Node::found(program, &disk.folder().join("data"), &log)?;
    let mut chance = Chance::new(seed);
    let mut outcome = Outcome::default();
    node.start().await?;
    let mut growth = Growth::of(&node).await?;
    let mut desk = Desk::new(4);

    fill(&mut node, &mut desk, &mut chance).await?;
    outcome.edits(
        "edits without room are refused with a problem and a sentence",
        std::mem::take(&mut desk.faults),
    );
    let ended = node
        .ended()?
        .map(|status| node.tell(&format!("ended with {status}")).to_string());
    outcome.step("the node lives", ended.into_iter().collect());
    let seen = check::promises(&node, &mut desk, None, false, &mut chance).await;
    outcome.view_step("everything acknowledged is read without room", seen.lost);
    outcome.step("the log without room only grew", grew(&mut growth).await);

    make_room(&disk, &mut node, &mut desk, &mut chance, &mut outcome).await?;
    node.kill()?;
    node.start().await?;
    let seen = check::promises(&node, &mut desk, None, true, &mut chance).await;
    outcome.step(
        "everything acknowledged is there after a new start",
        seen.lost,
    );
    let mut faults = grew(&mut growth).await;
    faults.extend(growth.verify().await.err().map(|broken| broken.to_string()));
    outcome.step("the whole feed verifies", faults);
    let (tally, asked, entries) = (desk.tally, seen.asked, growth.size());
    println!(
        "  edits: {} acknowledged, {} refused",
        tally.acknowledged, tally.refused
    );
    println!("  {asked} listings, {entries} entries");
    node.kill()?;
    Ok(outcome)
}

/// Tries erasures without room, then makes some, and lets all write again.
async fn make_room(
    disk: &Mount,
    node: &mut Node,
    desk: &mut Desk,
    chance: &mut Chance,
    outcome: &mut Outcome,
) -> Result<(), Broken> {
    let erased = desk.erase_some(node, 10).await;
    println!("  {erased} of 10 erasures were taken without room");
    disk.grow(LARGE)?;
    let before = desk.tally;
    let crew = desk.begin(node, 2, chance, true);
    sleep(Duration::from_millis(1500)).await;
    desk.end(crew).await?;
    let took = desk.tally.acknowledged - before.acknowledged;
    let mut faults = std::mem::take(&mut desk.faults);
    if took == 0 {
        let refused = desk.tally.refused - before.refused;
        let told = node.tell(&format!("none taken, {refused} refused"));
        let start = if told.0.contains(FAILED_VIEW) {
            NO_VIEW
        } else {
            ""
        };
        faults.push(format!("{start}{told}"));
    }
    outcome.edits("edits are taken again with room", faults);

    let seen = check::promises(node, desk, None, false, chance).await;
    outcome.view_step(
        "everything acknowledged is read once there is room",
        seen.lost,
    );
    Ok(())
}

/// Writes until edits are refused, again and again.
async fn fill(node: &mut Node, desk: &mut Desk, chance: &mut Chance) -> Result<(), Broken> {
    let since = Instant::now();
    while desk.tally.refused < REFUSALS {
        if since.elapsed() > FILL_WAIT {
            return Err(node.tell("the disk does not fill"));
        }
        let crew = desk.begin(node, 1, chance, true);
        sleep(Duration::from_millis(500)).await;
        desk.end(crew).await?;
        if let Some(status) = node.ended()? {
            return Err(node.tell(&format!("without room the node ended with {status}")));
        }
    }
    Ok(())
}

async fn grew(growth: &mut Growth) -> Vec<String> {
    let broken = growth.check().await.err();
    broken
        .map(|broken| broken.to_string())
        .into_iter()
        .collect()
}
