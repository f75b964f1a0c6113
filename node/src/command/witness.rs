//! What can be typed after `clearinghouse witness`?

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Witness {
    /// Logs that are no node's, by their keys
    #[command(
        subcommand,
        after_help = "Example:
  clearinghouse witness log list"
    )]
    Log(WitnessLog),
}

#[derive(Debug, Subcommand)]
pub(super) enum WitnessLog {
    /// Cosign a log from now on
    #[command(after_help = "Example:
  clearinghouse witness log add log.example/one+da7be1e3+ASC8U3jqwnYmt3CAAE9awvaY0tn0pb+WXDe++9vXx7tW")]
    Add {
        /// Its key, as C2SP signed-note writes it
        vkey: String,
    },
    /// Show these logs
    #[command(after_help = "Example:
  clearinghouse witness log list --json")]
    List,
}
