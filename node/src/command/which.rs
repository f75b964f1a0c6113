//! Which listings is a command about?

/// Which listings a command is about.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Which {
    /// The ids of listings
    #[arg(value_name = "LISTING")]
    pub(super) listings: Vec<String>,
    /// All of them
    #[arg(long)]
    pub(super) all: bool,
}
