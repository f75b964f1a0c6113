//! How is one node of the demonstration stopped, started again, backed up and restored?

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use url::Url;

use super::lines::Lines;
use super::{DemoError, stage};
use crate::clock::Clock;
use crate::config::Config;
use crate::feed::guard::Guard;
use crate::feed::transport::HttpTransport;
use crate::server::{self, Server, ServerError};
use crate::store::disk::DiskError;

/// What a backup leaves out: the sign lock, which tells a restored node that it is one, and what is
/// derived or belongs to a process that runs.
const NOT_BACKED_UP: [&str; 5] = ["signlock", "db", "index", "lock", "socket"];

/// One node with its place, whether it runs or not.
pub(super) struct House {
    /// The node while it runs.
    pub(super) server: Option<Server>,
    config: Config,
    url: Url,
}

impl House {
    pub(super) fn of(server: Server) -> House {
        House {
            config: server.desk.config.as_ref().clone(),
            url: server.url().clone(),
            server: Some(server),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    pub(super) fn data(&self) -> &Path {
        &self.config.data
    }

    pub(super) async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// Starts the node, which asks others over `lines`.
    pub(super) async fn start(&mut self, lines: &Lines) -> Result<(), DemoError> {
        let listener = server::bind(self.config.listen).await?;
        let server = start(self.config.clone(), listener, lines).await?;
        self.server = Some(server);
        Ok(())
    }

    /// Copies what a backup holds.
    pub(super) fn back_up(&self, to: &Path) -> Result<(), DemoError> {
        let done = remove(to).and_then(|()| copy(self.data(), to));
        Ok(done.map_err(|error| DiskError::io("back up to", to, error))?)
    }

    /// Puts a backup in place of what the node has.
    pub(super) fn restore(&self, from: &Path) -> Result<(), DemoError> {
        let done = remove(self.data()).and_then(|()| copy(from, self.data()));
        Ok(done.map_err(|error| DiskError::io("restore from", from, error))?)
    }
}

/// Starts a node that asks others over `lines`.
pub(super) async fn start(
    config: Config,
    listener: tokio::net::TcpListener,
    lines: &Lines,
) -> Result<Server, DemoError> {
    let guard = Guard::new(config.allow_private_peers);
    let transport = HttpTransport::new(guard).map_err(ServerError::from)?;
    let transport = lines.of(stage::port_of(&listener)?, Arc::new(transport));
    Ok(Server::start_over(config, listener, Clock::system(), transport).await?)
}

fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if NOT_BACKED_UP.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&path, &to.join(name))?;
        } else if kind.is_file() {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
