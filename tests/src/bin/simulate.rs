//! The program that runs as many simulated worlds as wanted: `simulate`.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use clearinghouse_tests::sim::run::{Outcome, many, tell};

/// So many seeds are enough to reach every state that is worth seeing.
const ENOUGH: u64 = 500;

/// Runs simulated worlds of many nodes under every fault, each from a seed, and checks every promise.
#[derive(Parser)]
#[command(after_help = "Exit status: 0 all held, 1 a promise was broken or a state never reached.")]
struct Cli {
    /// How many seeds
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// The most nodes in one world
    #[arg(long, default_value_t = 200)]
    nodes: usize,
    /// Tell everything that happens in the first seed, and run no other
    #[arg(long)]
    tell: bool,
    /// How many worlds at once
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=64))]
    threads: u64,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.tell {
        let outcome = tell(cli.from, cli.nodes);
        println!("{}{:?}", outcome.tally, outcome.failure);
        return outcome
            .failure
            .map_or(ExitCode::SUCCESS, |_| ExitCode::FAILURE);
    }
    let (seeds, nodes) = (cli.from..cli.from.saturating_add(cli.seeds), cli.nodes);
    let began = Instant::now();
    let (done, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let step = (cli.seeds / 20).max(1);
    let see = |outcome: &Outcome| {
        if let Some(failure) = &outcome.failure {
            failed.fetch_add(1, Ordering::Relaxed);
            let seed = outcome.seed;
            println!("FAILED seed {seed}, {nodes} nodes at most: {failure}");
            println!("  again: simulate --from {seed} --seeds 1 --nodes {nodes}");
        }
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(step) {
            println!("{done} of {} seeds, {:.0?}", cli.seeds, began.elapsed());
        }
    };
    let tally = many(seeds, nodes, cli.threads as usize, see);
    print!("{tally}");
    let failed = failed.into_inner();
    let missed = if cli.seeds < ENOUGH {
        Vec::new()
    } else {
        tally.missed()
    };
    for state in &missed {
        println!("NEVER REACHED: {state}");
    }
    println!("{} passed, {failed} failed", cli.seeds - failed);
    match failed == 0 && missed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
