//! How does one seed go from its beginning to its end, and how do many?

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::check::Eye;
use super::net::Idle;
use super::plan::Plan;
use super::tally::Tally;
use super::world::World;

/// What came of one seed.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What was done and reached.
    pub tally: Tally,
    /// A hash over everything that happened.
    pub trace: [u8; 32],
    /// Which promise was broken, if one was, and at which step.
    pub failure: Option<String>,
}

/// Runs one seed with at most so many nodes. The same seed and number give the same run.
pub fn run(seed: u64, nodes_max: usize) -> Outcome {
    play(seed, nodes_max, false)
}

/// The same, and tells everything that happens.
pub fn tell(seed: u64, nodes_max: usize) -> Outcome {
    play(seed, nodes_max, true)
}

fn play(seed: u64, nodes_max: usize, tells: bool) -> Outcome {
    let idle = Arc::new(Idle::default());
    let parking = idle.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .on_thread_park(move || parking.parking())
        .build()
        .expect("a machine that runs tests has threads");
    let mut world = World::new(seed, idle);
    world.tells = tells;
    let whole = AssertUnwindSafe(|| runtime.block_on(live(&mut world, nodes_max)));
    let failure = match catch_unwind(whole) {
        Ok(Ok(())) => None,
        Ok(Err(broken)) => Some(broken),
        Err(_) => Some("a panic, see above".to_owned()),
    };
    world.tally.seeds = 1;
    let (tally, trace) = (world.tally.clone(), world.trace());
    drop(world);
    runtime.shutdown_background();
    Outcome {
        seed,
        tally,
        trace,
        failure,
    }
}

async fn live(world: &mut World, nodes_max: usize) -> Result<(), String> {
    let plan = Plan::of(&mut world.chance, nodes_max);
    let mut eye = Eye::default();
    world.found(&plan).await;
    world.pass(Duration::from_secs(5)).await;
    world
        .check(&mut eye)
        .await
        .map_err(|broken| format!("at the start: {broken}"))?;
    for step in 0..plan.steps {
        let deed = plan.next(&mut world.chance);
        world.note(&format!("step {step}: {deed:?}"));
        world.act(deed).await;
        world.end_the_crashed().await;
        let wait_ms = [0, 50, 2_000, 20_000][world.chance.below(4) as usize];
        let wait = world.chance.moment(0, wait_ms);
        world.pass(wait).await;
        let checked = world.check(&mut eye).await;
        checked.map_err(|broken| format!("after step {step}, {deed:?}: {broken}"))?;
    }
    world.heal().await;
    world
        .converge(&mut eye)
        .await
        .map_err(|broken| format!("in the end: {broken}"))
}

/// Runs many seeds on so many threads, and shows each outcome to `see` as it comes.
pub fn many(
    seeds: Range<u64>,
    nodes_max: usize,
    threads: usize,
    see: impl Fn(&Outcome) + Sync,
) -> Tally {
    let next = AtomicU64::new(seeds.start);
    let sum = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let outcome = run(seed, nodes_max);
                    see(&outcome);
                    sum.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .add(&outcome.tally);
                }
            });
        }
    });
    sum.into_inner().unwrap_or_else(PoisonError::into_inner)
}
