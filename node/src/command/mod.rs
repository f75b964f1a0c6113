//! What can be typed after `clearinghouse`?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use clearinghouse_protocol::listing::Lang;
use rustix::fs::Mode;

use self::roster::Roster;
use self::token::Token;
use self::which::Which;
use self::witness::{Witness, WitnessLog};
use crate::config::{ConfigError, Overrides};
use crate::desk::refusal::{Because, Refusal};
use crate::desk::socket::SocketError;
use crate::node::NodeError;
use crate::server::ServerError;
use crate::store::disk::{DiskError, EXIT_DISK};

/// How answers are shown.
mod print;

/// Who does what a command asks: the node that runs, or this process.
mod ask;

/// How a node comes to be.
mod init;

/// How a file is imported.
mod import;

/// For whom a network speaks.
mod roster;

/// How the paper key is written for a safe place.
mod paper;

/// How a node gets another name or address.
mod rotate;

/// How a node is served.
mod serve;

/// Who may write.
mod token;

/// Which listings a command is about.
mod which;

/// For whom this node is a witness.
mod witness;

/// A network of five nodes that assembles itself.
pub mod demo;

/// Where the data lie if nobody says so.
const DATA: &str = "./clearinghouse-data";

/// The variable that says where the data lie.
const DATA_VARIABLE: &str = "CLEARINGHOUSE_DATA";

const EXITS: &str = "\
Exit status:
   0  done
   1  refused or failed; the sentence on standard error says why
   2  the command line is not understood
   3  there is no node here, or the other node cannot be reached
   4  this node must be recovered before it signs anything again
  74  the disk did not keep what was written";

/// A self-help centre's node: its listings, its signed feed, and the feeds it follows.
#[derive(Debug, Parser)]
#[command(name = "clearinghouse", version, after_help = EXITS, max_term_width = 100)]
pub struct Cli {
    /// The data directory [default: ./clearinghouse-data, or what CLEARINGHOUSE_DATA says]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Answer in JSON on standard output
    #[arg(long, global = true)]
    json: bool,
    /// The language of answers for people, en or fr [default: what LANG says]
    #[arg(long, global = true, value_name = "TAG")]
    lang: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new node: identity, keys, configuration, and the key on paper
    #[command(after_help = "Example:
  clearinghouse init --name-en 'Kingston Self-Help' --name-fr 'Entraide Kingston' \\
      --url https://kingston.example.org/ --paper paper-key.html")]
    Init(init::Init),
    /// Serve this node until it is told to end
    #[command(after_help = "Example:
  clearinghouse serve --data /var/lib/clearinghouse --listen 0.0.0.0:80")]
    Serve(Overrides),
    /// Show three centres, a province and a nation assemble themselves from signed feeds
    #[command(
        after_help = "The nodes stand in --data [default: clearinghouse-demo in the temporary folder].

Examples:
  clearinghouse demo
  clearinghouse demo --port 7200 --data other --listings meetings.json groups.csv=groups.toml"
    )]
    Demo(demo::Demonstrate),
    /// Bring a foreign list of meetings, groups or organizations in, or its next version
    #[command(after_help = "Example:
  clearinghouse import meetings.json --source meeting-guide:kingston --dry-run")]
    Import(import::Import),
    /// Follow another node's feed
    #[command(after_help = "Example:
  clearinghouse follow https://ontario.example.org/ --with-members")]
    Follow {
        /// Where it is served
        url: String,
        /// Follow the members of its roster too
        #[arg(long)]
        with_members: bool,
    },
    /// Take more or less from one other feed than the configuration says
    #[command(after_help = "Example:
  clearinghouse quota 4zq6m2k7xw3r5a2b4c6d7e2f3g --entries-a-day 100000")]
    Quota {
        /// The centre's identifier, as `status --json` shows it
        nid: String,
        /// New entries of its log on one day
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        entries_a_day: Option<u64>,
        /// Megabytes (MiB) of its listings' texts
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        body_mib: Option<u64>,
        /// Listings in force
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        living: Option<u64>,
    },
    /// Say for which centres this network speaks
    #[command(
        subcommand,
        after_help = "Example:
  clearinghouse roster admit https://kingston.example.org/ --region CA-ON"
    )]
    Roster(Roster),
    /// State that this centre belongs to a network
    #[command(after_help = "Example:
  clearinghouse join https://ontario.example.org/")]
    Join {
        /// Where the network is served
        url: String,
    },
    /// State that this centre no longer belongs to a network
    #[command(after_help = "Example:
  clearinghouse leave 4zq6m2k7xw3r5a2b4c6d7e2f3g")]
    Leave {
        /// The network's identifier, as `status` shows it
        nid: String,
    },
    /// Hand listings over to another centre; what is private about them stays here
    #[command(
        after_help = "This cannot be taken back. The listings stay yours until the other centre takes them \
            with `accept`; only the publishable part goes, private notes do not.

Examples:
  clearinghouse transfer --all --to 4zq6m2k7xw3r5a2b4c6d7e2f3g
  clearinghouse transfer 13ae6e60-f405-89eb-81ce-0db0c856c1a1 --to 4zq6m2k7xw3r5a2b4c6d7e2f3g"
    )]
    Transfer {
        #[command(flatten)]
        which: Which,
        /// The other centre's identifier, as `status` shows it
        #[arg(long, value_name = "NID")]
        to: String,
    },
    /// Take over what another centre, or its network in its place, has handed over to this one
    #[command(after_help = "Examples:
  clearinghouse accept --all --from 4zq6m2k7xw3r5a2b4c6d7e2f3g
  clearinghouse accept 13ae6e60-f405-89eb-81ce-0db0c856c1a1 --from 4zq6m2k7xw3r5a2b4c6d7e2f3g")]
    Accept {
        #[command(flatten)]
        which: Which,
        /// The other centre's identifier, as `status` shows it
        #[arg(long, value_name = "NID")]
        from: String,
    },
    /// Show a listing, or all of a centre, to nobody at this node; others are not told
    #[command(after_help = "Example:
  clearinghouse hide 13ae6e60-f405-89eb-81ce-0db0c856c1a1 --reason 'complaint of November 3'")]
    Hide {
        /// The listing's id or the centre's identifier
        #[arg(value_name = "LISTING|NID")]
        what: String,
        /// Why; only staff see it
        #[arg(long)]
        reason: String,
    },
    /// Show again what was hidden
    #[command(after_help = "Example:
  clearinghouse unhide 13ae6e60-f405-89eb-81ce-0db0c856c1a1")]
    Unhide {
        /// The listing's id or the centre's identifier
        #[arg(value_name = "LISTING|NID")]
        what: String,
    },
    /// Show what is hidden at this node, and why
    #[command(after_help = "Example:
  clearinghouse hidden")]
    Hidden,
    /// Say who may write to this node over the network
    #[command(
        subcommand,
        after_help = "Example:
  clearinghouse token create office"
    )]
    Token(Token),
    /// Say whose logs this node vouches for, beside those of the nodes that it follows
    #[command(
        subcommand,
        after_help = "Example:
  clearinghouse witness log list"
    )]
    Witness(Witness),
    /// Give this node another name or address, with its paper key
    #[command(
        after_help = "The paper key is read from a file, standard input, or a question; a new one is made and
shown, and counts from then on.

Example:
  clearinghouse rotate --url https://acorn.example.org/ --paper new-paper-key.html"
    )]
    Rotate(rotate::Rotate),
    /// Verify every feed on this disk against what was signed
    #[command(after_help = "Example:
  clearinghouse verify --data /var/lib/clearinghouse")]
    Verify,
    /// Delete the database and the search index and build them anew from the feeds
    #[command(after_help = "The node must not be running.

Example:
  clearinghouse rebuild")]
    Rebuild,
    /// Show how this node and its feeds stand
    #[command(after_help = "Example:
  clearinghouse status --json")]
    Status,
}

/// How all commands speak.
#[derive(Debug, Clone, Copy)]
struct Voice {
    json: bool,
    lang: Lang,
}

/// Why a command was not done: an exit status and a sentence.
#[derive(Debug)]
struct Failure {
    exit: u8,
    message: String,
}

const REFUSED: u8 = 1;
const USAGE: u8 = 2;
const NO_NODE: u8 = 3;
const RECOVER: u8 = 4;
const DISK: u8 = EXIT_DISK as u8;

/// Does what the command line says.
pub fn main() -> ExitCode {
    // Whatever this program creates is its owner's alone: keys, private notes, the local socket.
    rustix::process::umask(Mode::from_bits_truncate(0o077));
    let cli = Cli::parse();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("clearinghouse: {}", failure.message);
            ExitCode::from(failure.exit)
        }
    }
}

impl Cli {
    fn run(self) -> Result<(), Failure> {
        let lang = language(self.lang.as_deref())?;
        let voice = Voice {
            json: self.json,
            lang,
        };
        let data = data_dir(self.data.as_deref());
        let question = match self.command {
            Command::Init(init) => return init.run(&data, voice),
            Command::Serve(overrides) => return serve::run(&data, &overrides),
            // Never in the folder of a real node that the environment names.
            Command::Demo(demo) => return demo.run(self.data, voice),
            Command::Rotate(rotate) => return rotate.run(&data, voice),
            Command::Import(import) => import.question(voice)?,
            other => ask::request_of(other).into(),
        };
        ask::run(&data, question, voice)
    }
}

fn data_dir(said: Option<&Path>) -> PathBuf {
    let variable = || std::env::var_os(DATA_VARIABLE).filter(|value| !value.is_empty());
    said.map(Path::to_path_buf)
        .or_else(|| variable().map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from(DATA))
}

/// The language that was said, or else that of the environment (POSIX, section 8.2).
fn language(said: Option<&str>) -> Result<Lang, Failure> {
    if let Some(tag) = said {
        return Lang::of_tag(tag).ok_or_else(|| Failure {
            exit: USAGE,
            message: format!("--lang {tag:?} is not known: say en or fr"),
        });
    }
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default();
    let tag = named.split(['_', '.', '@']).next().unwrap_or_default();
    Ok(Lang::of_tag(tag).unwrap_or(Lang::En))
}

/// The runtime of a command.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a machine that cannot start a thread cannot run a node")
}

impl Failure {
    fn refused(message: impl ToString) -> Failure {
        let (exit, message) = (REFUSED, message.to_string());
        Failure { exit, message }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let exit = match refusal.because {
            Because::Asked => REFUSED,
            Because::Unreachable => NO_NODE,
            Because::Recover => RECOVER,
            Because::Disk => DISK,
        };
        Failure {
            exit,
            message: refusal.message,
        }
    }
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Failure {
        let exit = match &error {
            ServerError::NoNode(_) => NO_NODE,
            ServerError::Node(NodeError::SignLock(_) | NodeError::Identity) => RECOVER,
            ServerError::Node(NodeError::Disk(_)) => DISK,
            _ => REFUSED,
        };
        Failure {
            exit,
            message: error.to_string(),
        }
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Failure {
        ServerError::Node(error).into()
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        Failure::refused(error)
    }
}

impl From<SocketError> for Failure {
    fn from(error: SocketError) -> Failure {
        Failure::refused(error)
    }
}

impl From<DiskError> for Failure {
    fn from(error: DiskError) -> Failure {
        Failure {
            exit: DISK,
            message: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
