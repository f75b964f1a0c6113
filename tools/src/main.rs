//! The program for those who consume feeds: `feedtool`.

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use feedtool::{evidence, failure::Failure, follow, load, receipt, show, verify};

/// Reads, follows and verifies the feeds of Clearinghouse nodes; needs no node.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done and verified, 1 not verified, 2 usage, 3 not reachable."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Verify(verify::VerifyArgs),
    Follow(follow::FollowArgs),
    Show(show::ShowArgs),
    Receipt(receipt::ReceiptArgs),
    Evidence(evidence::EvidenceArgs),
    Load(load::LoadArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli.command).await {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("feedtool: {}", failure.sentence());
            ExitCode::from(failure.exit_code())
        }
    }
}

async fn run(command: &Command) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    match command {
        Command::Verify(args) => verify::run(args, &mut out).await,
        Command::Follow(args) => follow::run(args, &mut out).await,
        Command::Show(args) => show::run(args, &mut out).await,
        Command::Receipt(args) => receipt::run(args, &mut out).await,
        Command::Evidence(args) => evidence::run(args, &mut out).await,
        Command::Load(args) => load::run(args, &mut out).await,
    }
}
