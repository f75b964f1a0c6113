//! What can be typed after `clearinghouse token`?

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token; its secret is shown this once
    #[command(after_help = "Example:
  clearinghouse token create office")]
    Create {
        /// Who will use it
        name: String,
    },
    /// Take a token back
    #[command(after_help = "Example:
  clearinghouse token revoke office")]
    Revoke {
        /// Who used it
        name: String,
    },
    /// Show who may write
    #[command(after_help = "Example:
  clearinghouse token list")]
    List,
}
