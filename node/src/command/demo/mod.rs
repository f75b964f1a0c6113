//! What does a network of nodes look like when it assembles itself?

use std::path::PathBuf;

use clearinghouse_protocol::listing::Faults;
use jiff::Timestamp;
use serde::Serialize;

use crate::clock::Clock;
use crate::config::ConfigError;
use crate::desk::edit::EditError;
use crate::desk::import::Imported;
use crate::desk::membership::MembershipError;
use crate::desk::refusal::Refusal;
use crate::feed::transport::TransportError;
use crate::node::NodeError;
use crate::server::{Server, ServerError};
use crate::store::disk::DiskError;
use crate::store::private::PrivateError;
use crate::view::ViewError;

/// Who plays.
mod cast;

/// The lines between the nodes.
mod lines;

/// One node, to be stopped and started.
mod house;

/// How the nodes come to be and to know each other.
mod stage;

/// Where their listings come from.
mod listings;

/// One change, and how long it takes to be found.
mod change;

/// Five nodes to which things happen.
mod chaos;

/// How it is told to people.
mod story;

/// How the command runs it.
mod run;

pub use change::Change;
pub use chaos::{Outcome, Plan};
pub use listings::Given;
pub use story::Event;

pub(super) use run::Demonstrate;

use cast::{CANADA, CAST};
use lines::Lines;

/// The name of the token that the demonstration makes anew at each start.
const TOKEN: &str = "demo";

/// Where what happens is told.
pub type Tell<'a> = &'a (dyn Fn(Event) + Sync);

/// What is to be shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// The folder of all five data directories.
    pub data: PathBuf,
    /// The port of the first node; the others have the next four.
    pub port: Option<u16>,
    /// Files to import, one a centre in turn; none: the fictional listings.
    pub listings: Vec<Given>,
}

/// One node of the demonstration, for whoever wants to talk to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DemoNode {
    /// `canada`, `ontario`, `toronto`, `kingston` or `ottawa`.
    pub name: String,
    /// Where it is served.
    pub url: String,
    /// Its identifier.
    pub nid: String,
    /// The origin of its log.
    pub origin: String,
    /// The key of its log.
    pub vkey: String,
    /// The key with which it cosigns.
    pub witness_vkey: String,
    /// Where its data lie.
    pub data_dir: String,
    /// A token with which to write.
    pub token: String,
}

/// Five nodes that serve.
pub struct Demo {
    /// Who they are, Canada first.
    pub nodes: Vec<DemoNode>,
    /// The nodes, in the same order.
    pub servers: Vec<Server>,
    /// What was imported at this start.
    pub imported: Vec<Imported>,
    /// The change that was made and found; none if Toronto has no listing.
    pub change: Option<Change>,
    lines: Lines,
}

/// Why there is nothing to be shown.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder holds something else.
    #[error("{} holds something that is not a demonstration; choose another folder with --data", .0.display())]
    Foreign(PathBuf),
    /// An earlier start used other ports, and the rosters name them.
    #[error(
        "this demonstration was made for port {made}; start it without --port, or with --port {said} in another --data"
    )]
    OtherPort {
        /// The port of the first start.
        made: u16,
        /// The port that was asked for.
        said: u16,
    },
    /// Ports end at 65535.
    #[error("there are no five ports from {0} on")]
    NoRoom(u16),
    /// A listener does not know its own address.
    #[error("cannot tell the port of a node: {0}")]
    Bound(std::io::Error),
    /// A node cannot be served.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A node cannot be made.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A roster.
    #[error(transparent)]
    Membership(#[from] MembershipError),
    /// A token.
    #[error(transparent)]
    Private(#[from] PrivateError),
    /// An import.
    #[error(transparent)]
    Import(#[from] Refusal),
    /// A search over HTTP.
    #[error(transparent)]
    Search(#[from] TransportError),
    /// A view.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The change.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The changed listing is not sound.
    #[error("the changed listing is not sound: {0}")]
    Draft(Faults),
    /// The national view does not get there.
    #[error("the national view does not hold every listing after five minutes")]
    Incomplete,
    /// What a centre acknowledged is not what the nation says.
    #[error("{0} promises were not kept")]
    Broken(usize),
    /// The change is not found.
    #[error("the change was not found in the national view within a minute")]
    NotFound,
}

/// Starts five nodes, lets them find each other and fills them; a second start on the same folder resumes.
pub async fn start(options: &Options, tell: Tell<'_>) -> Result<Demo, DemoError> {
    let port = stage::port_for(&options.data, options.port)?;
    let listeners = stage::bind_all(port).await?;
    tell(Event::of("begins").with("data", options.data.display()));
    let lines = Lines::new();
    let servers = stage::start_all(&options.data, port, listeners, &lines, tell).await?;
    stage::assemble(&servers, tell).await?;
    let imported = listings::load(&servers, &options.listings, tell).await?;
    listings::gathered(&servers, CANADA, tell).await?;
    let change = change::change(&servers, tell).await?;
    let mut nodes = Vec::with_capacity(servers.len());
    for (role, server) in CAST.iter().zip(&servers) {
        nodes.push(described(role.name, server).await?);
    }
    Ok(Demo {
        nodes,
        servers,
        imported,
        change,
        lines,
    })
}

impl Demo {
    /// The node of this name.
    pub fn server(&self, name: &str) -> Option<&Server> {
        let at = self.nodes.iter().position(|node| node.name == name)?;
        self.servers.get(at)
    }

    /// Closes all of them.
    pub async fn stop(self) {
        let stopping = self.servers.into_iter().map(Server::stop);
        futures_util::future::join_all(stopping).await;
    }
}

async fn described(name: &str, server: &Server) -> Result<DemoNode, DemoError> {
    let desk = &server.desk;
    // The secret of an earlier start is kept nowhere, so it is of no more use.
    desk.revoke_token(TOKEN).await?;
    let token = desk.create_token(TOKEN).await?;
    let identity = desk.identity();
    Ok(DemoNode {
        name: name.to_owned(),
        url: server.url().to_string(),
        nid: identity.nid.to_string(),
        origin: identity.origin.to_string(),
        vkey: identity.log_key.to_string(),
        witness_vkey: identity.witness_key.to_string(),
        data_dir: desk.config.data.display().to_string(),
        token: token.as_str().to_owned(),
    })
}

/// Milliseconds since a moment on this clock.
fn ms_since(clock: &Clock, moment: Timestamp) -> f64 {
    let passed = clock.now().duration_since(moment);
    passed.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests;
