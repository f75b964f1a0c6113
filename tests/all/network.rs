//! Do all promises hold in worlds of many nodes, under every fault that a seed can name?

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::Path;

use clearinghouse_tests::sim::run::{Outcome, many, run};

/// The most nodes in these worlds: enough for two networks, and quick.
const NODES: usize = 7;

fn hold(seeds: Range<u64>) {
    let told = |outcome: &Outcome| {
        if let Some(failure) = &outcome.failure {
            panic!(
                "seed {}: {failure}; again with `simulate --from {0} --seeds 1 --nodes {NODES}`",
                outcome.seed
            );
        }
    };
    let tally = many(seeds, NODES, 1, told);
    println!("{tally}");
}

#[test]
fn seeds_that_failed_once_hold() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/seeds.txt");
    let text = fs::read_to_string(path).expect("the list is in the repository");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.split_whitespace();
        let mut number = || parts.next()?.parse::<u64>().ok();
        let (Some(seed), Some(nodes)) = (number(), number()) else {
            panic!("not a seed and a number of nodes: {line:?}");
        };
        let failure = run(seed, nodes as usize).failure;
        assert_eq!(failure, None, "{line}");
    }
}

/// The writer of a log tidies up on a thread of its own, and tries again when a disk refuses: how often
/// depends on the machine. So worlds whose disks fail differ in which later step meets a fault.
fn has_failing_disks(outcome: &Outcome) -> bool {
    let faults = &outcome.tally.faults;
    ["disk step fails", "full disk"]
        .iter()
        .any(|kind| faults.contains_key(kind))
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let first = (0..).map(|seed| run(seed, NODES));
    let sound = first.filter(|outcome| !has_failing_disks(outcome));
    let mut traces = BTreeSet::new();
    for first in sound.take(4) {
        let second = run(first.seed, NODES);
        assert_eq!(first.trace, second.trace, "seed {}", first.seed);
        assert!(traces.insert(first.trace), "two seeds gave one run");
    }
}

#[test]
fn promises_hold_in_the_first_hundred_worlds() {
    hold(0..100);
}

#[test]
fn promises_hold_in_the_second_hundred_worlds() {
    hold(100..200);
}

#[test]
fn promises_hold_in_the_third_hundred_worlds() {
    hold(200..300);
}
