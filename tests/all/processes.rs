//! Does a real process keep its promises when it is killed?

use clearinghouse_tests::endure::process::program;
use clearinghouse_tests::endure::rounds::{Blow, Plan, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_killed_five_times_keeps_what_it_acknowledged() {
    let Some(program) = program() else {
        println!("endure kill: skipped, there is no program clearinghouse; build it first");
        return;
    };
    let plan = Plan {
        blow: Blow::Kill,
        rounds: 5,
        seed: 5,
    };
    let outcome = run(&program, plan).await.unwrap();
    println!("{outcome}");
    assert_eq!((outcome.passed, outcome.failed), (5, 0), "{outcome}");
    assert!(outcome.tally.acknowledged > 0);
}
