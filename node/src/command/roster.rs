//! What can be typed after `clearinghouse roster`?

use clap::Subcommand;
use clearinghouse_protocol::feed::roster::LEASE_MAX_DAYS;

#[derive(Debug, Subcommand)]
pub(super) enum Roster {
    /// Take a centre or network into the roster; it counts once it has joined
    #[command(after_help = "Example:
  clearinghouse roster admit https://kingston.example.org/ --region CA-ON")]
    Admit {
        /// Where it is served
        #[arg(required_unless_present = "nid")]
        url: Option<String>,
        /// Its identifier, if nobody can reach it: it pushes its listings to this network
        #[arg(long, conflicts_with = "url")]
        nid: Option<String>,
        /// A region that it may speak for; may be given again [default: all of this network's]
        #[arg(long = "region", value_name = "CODE")]
        regions: Vec<String>,
    },
    /// No longer speak for a member
    #[command(after_help = "Example:
  clearinghouse roster suspend 4zq6m2k7xw3r5a2b4c6d7e2f3g")]
    Suspend {
        /// Its identifier, as `roster list` shows it
        nid: String,
    },
    /// Say that a member has ended; its listings stay until its successor has taken them over
    #[command(after_help = "Example:
  clearinghouse roster dissolve 4zq6m2k7xw3r5a2b4c6d7e2f3g --successor got3efigl4xoqy267nzgec6cng")]
    Dissolve {
        /// Its identifier, as `roster list` shows it
        nid: String,
        /// Which member, or this network itself, may take over what it has
        #[arg(long, value_name = "NID")]
        successor: Option<String>,
    },
    /// Have the listings of a silent member handed out for longer than usual
    #[command(after_help = "Example:
  clearinghouse roster lease 4zq6m2k7xw3r5a2b4c6d7e2f3g --days 365")]
    Lease {
        /// Its identifier, as `roster list` shows it
        nid: String,
        /// Days since it was last heard of
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(LEASE_MAX_DAYS)))]
        days: u16,
    },
    /// Show the roster
    #[command(after_help = "Example:
  clearinghouse roster list --json")]
    List,
}
