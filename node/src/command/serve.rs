//! How is a node served until it is told to end?

use std::path::Path;

use super::{Failure, runtime};
use crate::clock::Clock;
use crate::config::{Config, Overrides};
use crate::server::{self, Server, ServerError};

/// Serves the node in `data`; returns when it was asked to end.
pub(super) fn run(data: &Path, overrides: &Overrides) -> Result<(), Failure> {
    if !data.join("keys").exists() {
        return Err(ServerError::NoNode(data.to_owned()).into());
    }
    let config = Config::load(data, overrides)?;
    server::log_to_stderr(&config.log);
    runtime().block_on(async {
        // First of all, so that whoever asks us to end while we start is heard.
        let mut ended = std::pin::pin!(server::asked_to_end());
        let listener = server::bind(config.listen).await?;
        let mut server = Server::start(config, listener, Clock::system()).await?;
        tracing::info!(url = %server.url(), nid = %server.desk.identity().nid, "serving");
        let outcome = tokio::select! {
            () = &mut ended => Ok(()),
            error = server.broken() => Err(error.into()),
        };
        tracing::info!("closing");
        server.stop().await;
        outcome
    })
}
