//! How is a node opened, bound to its addresses, served and shut down?

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::Clock;
use crate::config::{Config, ConfigError, Log, LogFormat};
use crate::desk::Desk;
use crate::desk::socket::{self, SocketError};
use crate::feed::guard::Guard;
use crate::feed::transport::{HttpTransport, Transport};
use crate::http::accept::{self, Limits};
use crate::http::{App, push, routes};
use crate::node::{Node, NodeError};
use crate::store::lockfile::{DirectoryLock, LockError};
use crate::store::real_disk::RealDisk;

/// How long the view may take to close: a purge of what was erased may be under way.
const LET_GO: Duration = Duration::from_secs(10);

/// A node that this process, and no other, has open.
pub struct Opened {
    /// The node; it does nothing before it is run.
    pub node: Node,
    /// Keeps other processes out while it lives.
    pub lock: DirectoryLock,
}

/// Why a node cannot be opened or served.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The folder holds no node.
    #[error("there is no node in {}; `clearinghouse init` creates one", .0.display())]
    NoNode(PathBuf),
    /// Another process has it open, or the lock cannot be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What we ask peers with cannot be set up.
    #[error("cannot prepare to ask other nodes: {0}")]
    Transport(#[from] reqwest::Error),
    /// The node itself.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The address to listen on.
    #[error("cannot listen on {address}: {}", bind_reason(source))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The socket for our own commands.
    #[error(transparent)]
    Socket(#[from] SocketError),
}

fn bind_reason(source: &std::io::Error) -> String {
    match source.kind() {
        std::io::ErrorKind::AddrInUse => {
            "another program listens there; stop it or choose another port".to_owned()
        }
        _ => source.to_string(),
    }
}

/// Keeps other processes out of the configuration's folder, if there is a node in it.
pub fn lock(config: &Config) -> Result<DirectoryLock, ServerError> {
    // Before the lock, which would leave a file in a folder that is none of ours.
    if !config.data.join("keys").join("log").exists() {
        return Err(ServerError::NoNode(config.data.clone()));
    }
    Ok(DirectoryLock::take(&config.data)?)
}

/// Opens the node in the configuration's folder, alone. Takes as long as reading all feeds does.
pub fn open(config: Config, clock: Clock) -> Result<Opened, ServerError> {
    let transport = HttpTransport::new(Guard::new(config.allow_private_peers))?;
    open_over(config, clock, Arc::new(transport))
}

/// The same, asking other nodes over `transport`.
fn open_over(
    config: Config,
    clock: Clock,
    transport: Arc<dyn Transport>,
) -> Result<Opened, ServerError> {
    let lock = lock(&config)?;
    let node = Node::open(config, RealDisk::shared(), transport, clock)?;
    Ok(Opened { node, lock })
}

/// Binds the address that a node is to be served on.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ServerError::Bind { address, source })
}

/// A node that is served: over HTTP to everyone, over the local socket to our own commands.
pub struct Server {
    /// All that acts for the node.
    pub desk: Desk,
    url: Url,
    leave: CancellationToken,
    doors: Vec<JoinHandle<()>>,
    run: JoinHandle<Result<(), NodeError>>,
    lock: DirectoryLock,
}

impl Server {
    /// Opens the node and begins to serve it on `listener`.
    pub async fn start(
        config: Config,
        listener: TcpListener,
        clock: Clock,
    ) -> Result<Server, ServerError> {
        let transport = HttpTransport::new(Guard::new(config.allow_private_peers))?;
        Server::start_over(config, listener, clock, Arc::new(transport)).await
    }

    /// The same, asking other nodes over `transport`.
    pub async fn start_over(
        config: Config,
        listener: TcpListener,
        clock: Clock,
        transport: Arc<dyn Transport>,
    ) -> Result<Server, ServerError> {
        let bound = listener.local_addr();
        let bound = bound.map_err(|source| ServerError::Bind {
            address: config.listen,
            source,
        })?;
        let (url, limits, data) = (
            config.url_at(bound),
            Limits::of(&config),
            config.data.clone(),
        );
        let opened = tokio::task::spawn_blocking(move || open_over(config, clock, transport)).await;
        let Opened { node, lock } = opened.expect("opening a node does not panic")?;
        let desk = node.desk.clone();
        let socket = socket::bind(&data, desk.clock.random())?;
        let app = App::new(desk.clone());
        let leave = app.leave.clone();
        let (at_http, at_socket) = (
            leave.clone().cancelled_owned(),
            leave.clone().cancelled_owned(),
        );
        let doors = vec![
            tokio::spawn(push::run(app.clone(), routes(app.clone()))),
            tokio::spawn(accept::serve(listener, routes(app), limits, at_http)),
            tokio::spawn(socket::serve(socket, desk.clone(), at_socket)),
        ];
        Ok(Server {
            run: tokio::spawn(node.run()),
            desk,
            url,
            leave,
            doors,
            lock,
        })
    }

    /// Where others reach it.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Waits until the node gives up by itself; that is always an error.
    pub async fn broken(&mut self) -> NodeError {
        match (&mut self.run).await {
            Ok(Err(error)) => error,
            Ok(Ok(())) => std::future::pending().await,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Lets running requests end, within the limits, and closes the node.
    pub async fn stop(self) {
        self.leave.cancel();
        for door in self.doors {
            // A door that panicked is closed as well.
            let _ = door.await;
        }
        self.desk.sync.stop();
        self.run.abort();
        let _ = self.run.await;
        // The view's thread lets go of its files when nobody can ask it any more. Whoever opens the folder
        // next, in this process too, must find them free.
        let (clock, mut steps) = (self.desk.clock.clone(), self.desk.view.steps());
        drop(self.desk);
        let let_go = async { while steps.changed().await.is_ok() {} };
        if clock.within(LET_GO, let_go).await.is_none() {
            tracing::warn!("the view did not let go of its files in time");
        }
        drop(self.lock);
    }
}

/// Sends what happens to standard error, as the configuration wants it.
pub fn log_to_stderr(log: &Log) {
    let filter = tracing_subscriber::EnvFilter::try_new(&log.level)
        .expect("the configuration has checked the filter");
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // In a test another one may be in place already; then that one goes on.
    let _ = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
}

/// Waits for the interrupt key or a request of the system to end.
pub async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated =
        signal(SignalKind::terminate()).expect("a running runtime listens to signals");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}
