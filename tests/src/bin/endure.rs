//! The program that kills real nodes and looks at what they kept: `endure`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use clearinghouse_tests::endure::broken::Broken;
use clearinghouse_tests::endure::rounds::{Blow, Plan, build_of};
use clearinghouse_tests::endure::{full, mounts, process, rounds};

/// Shows that a real node keeps what it acknowledged.
#[derive(Parser)]
#[command(after_help = "Exit status: 0 all held or skipped, 1 something did not.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Where chance begins
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
    /// The program to try; else CLEARINGHOUSE_BIN, else what stands beside this one
    #[arg(long, global = true)]
    node: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Kill the process under load, start it, and look at everything
    Kill(Rounds),
    /// Cut the power of its disk instead; needs root
    Power(Rounds),
    /// Fill its disk; needs root
    Full,
}

#[derive(Args)]
struct Rounds {
    /// How often
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    rounds: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(broken) => {
            eprintln!("endure: {broken}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> Result<bool, Broken> {
    let (name, plan) = match &cli.command {
        Command::Kill(Rounds { rounds }) => ("kill", Some((Blow::Kill, *rounds))),
        Command::Power(Rounds { rounds }) => ("power", Some((Blow::Power, *rounds))),
        Command::Full => ("full", None),
    };
    if name != "kill" && !mounts::can_mount() {
        println!("endure {name}: skipped, needs root and a loop device");
        return Ok(true);
    }
    let seed = cli.seed;
    let node = cli.node.clone().or_else(process::program);
    let node = node.ok_or_else(|| Broken("there is no program clearinghouse; build it".into()))?;
    let Some((blow, rounds)) = plan else {
        println!("endure full: seed {seed}, {} build", build_of(&node));
        let outcome = full::run(&node, seed).await?;
        for what in &outcome.passed {
            println!("  held: {what}");
        }
        for what in &outcome.failed {
            println!("  FAULT {what}");
        }
        let (passed, failed) = (outcome.passed.len(), outcome.failed.len());
        println!("  {passed} passed, {failed} failed");
        return Ok(outcome.failed.is_empty());
    };
    println!("endure {name}: seed {seed}, {rounds} rounds");
    let plan = Plan { blow, rounds, seed };
    let outcome = rounds::run(&node, plan).await?;
    println!("{outcome}");
    Ok(outcome.failed == 0)
}
