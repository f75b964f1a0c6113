//! How is this node configured?
//!
//! Flags win over the environment (`CLEARINGHOUSE_LISTEN` for `listen`, `CLEARINGHOUSE_NAME_EN` for
//! `name.en`), the environment over `<data>/node.toml`, the file over the defaults. Whatever is
//! unknown or out of bounds in any of them is an error, all of them at once.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clearinghouse_protocol::tlog::key::VerifierKey;
use jiff::tz::TimeZone;
use url::Url;

mod fields;
mod layers;
mod sound;
mod written;

use layers::Settings;

/// The name of the configuration file inside the data directory.
pub const FILE_NAME: &str = "node.toml";

/// Longest configuration file, in bytes.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// A sound configuration; made by [`Config::load`].
#[derive(Clone, Debug)]
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// Where the node listens for HTTP.
    pub listen: SocketAddr,
    /// Under which URL others reach the node, ending in a slash; see [`Config::url_at`].
    pub public_url: Option<Url>,
    /// The centre's name.
    pub name: CentreName,
    /// BCP 47 tags of the languages the centre works in, the preferred one first; never empty.
    pub languages: Vec<String>,
    /// The licence under which the centre's listings are published, an SPDX identifier.
    pub licence: String,
    /// In which times are shown and schedules begin.
    pub time_zone: TimeZone,
    /// ISO 3166 codes of the regions that the centre serves, like `CA-ON`.
    pub regions: Vec<String>,
    /// From where distances are measured when a visitor has named no place.
    pub place: Option<Place>,
    /// Whether other nodes can reach this one; else it pushes.
    pub inbound: bool,
    /// Nodes to push to besides the networks that it has joined.
    pub push_to: Vec<Url>,
    /// Whether peers may have loopback and private addresses.
    pub allow_private_peers: bool,
    /// HTTP connections open at once.
    pub max_connections: usize,
    /// HTTP connections open at once from one IPv4 address or IPv6 /64.
    pub max_connections_per_address: usize,
    /// Whether loopback is not counted per address, as behind a proxy on the same machine.
    pub exempt_loopback: bool,
    /// How often a peer without events is asked.
    pub poll: Duration,
    /// How long others are asked at a start how far our own log had come.
    pub ask_wait: Duration,
    /// For how many days bodies of another feed are served after its last verified checkpoint.
    pub lease_days: u32,
    /// How many entries our log has at least before it goes over into a later one.
    pub epoch_entries: u64,
    /// For how many days logs are kept that a later one has taken the place of.
    pub keep_epochs_days: u32,
    /// Keys of the logs of others that this node cosigns.
    pub witness_logs: Vec<VerifierKey>,
    /// Witnesses elsewhere that are asked to cosign our log: key and submission prefix.
    pub witness_ask: Vec<(VerifierKey, Url)>,
    /// How much is taken from one other feed.
    pub quota: Quota,
    /// How and how much is logged.
    pub log: Log,
    settings: Settings,
}

/// The centre's name in both languages of the pages; the one not given repeats the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CentreName {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

/// How much is taken from one feed of another node; what is more waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Entries of its log on one day.
    pub entries_a_day: u64,
    /// Bytes of the bodies in force.
    pub body_bytes: u64,
    /// Listings in force.
    pub living: u64,
}

impl Default for Quota {
    /// Ten times what the largest province lists, and a thousand times what its centres change on a day.
    fn default() -> Quota {
        Quota {
            entries_a_day: 20_000,
            body_bytes: 256 * MIB,
            living: 50_000,
        }
    }
}

/// Bytes of a mebibyte.
pub const MIB: u64 = 1024 * 1024;

/// A place on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What people call it.
    pub name: String,
    /// Degrees north, WGS 84.
    pub latitude: f64,
    /// Degrees east, WGS 84.
    pub longitude: f64,
}

/// How and how much is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// For eyes or for machines.
    pub format: LogFormat,
    /// A filter as `tracing_subscriber::EnvFilter` reads it, like `info,clearinghouse=debug`.
    pub level: String,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For eyes.
    Text,
    /// One JSON object a line.
    Json,
}

/// What flags say; each wins over the environment and the file.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Overrides {
    /// Where to listen, like 127.0.0.1:7100
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Under which URL others reach this node
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Let peers have loopback and private addresses
    #[arg(long)]
    pub allow_private_peers: bool,
    /// text or json
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// How much to log, like info or clearinghouse=debug
    #[arg(long, value_name = "FILTER")]
    pub log_level: Option<String>,
    /// Any key of node.toml, like name.en="Self-Help Centre"
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is there but cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Everything that is wrong, each with the place where it stands.
    #[error("the configuration is not sound:\n{}", lines(.0))]
    Unsound(Vec<Fault>),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {says}")]
pub struct Fault {
    /// Where it stands: `node.toml line 3`, a variable or a flag.
    pub place: String,
    /// What is wrong and what would be right.
    pub says: String,
}

impl Config {
    /// The configuration of the node whose data lie in `data`; a missing file is an empty one.
    pub fn load(data: &Path, overrides: &Overrides) -> Result<Config, ConfigError> {
        let path = data.join(FILE_NAME);
        let file = read(&path).map_err(|source| ConfigError::Read { path, source })?;
        Config::from_layers(data, &file, layers::environment(), overrides)
    }

    fn from_layers(
        data: &Path,
        file: &str,
        environment: impl IntoIterator<Item = (String, String)>,
        overrides: &Overrides,
    ) -> Result<Config, ConfigError> {
        let mut faults = Vec::new();
        let mut settings = Settings::defaults();
        settings.read_file(file, &mut faults);
        settings.read_environment(environment, &mut faults);
        settings.read_flags(overrides, &mut faults);
        let config = sound::config(data, settings, &mut faults);
        if faults.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError::Unsound(faults))
        }
    }

    /// The text of a `node.toml` that says the same: every key with its comment, and those that
    /// have their default commented out.
    pub fn to_toml(&self) -> String {
        written::toml(&self.settings)
    }

    /// The URL of this node: the configured one, or else that of the address it listens on.
    pub fn url_at(&self, bound: SocketAddr) -> Url {
        self.public_url.clone().unwrap_or_else(|| {
            let text = format!("http://{bound}/");
            text.parse().expect("a socket address makes a URL")
        })
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    match std::fs::metadata(path) {
        Ok(file) if file.len() > MAX_FILE_BYTES => Err(std::io::Error::other(format!(
            "it is longer than {MAX_FILE_BYTES} bytes"
        ))),
        Ok(_) => std::fs::read_to_string(path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

fn lines(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests;
