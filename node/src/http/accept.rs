//! Who is let in, and for how long may a connection keep us waiting?
//!
//! A stranger decides when to connect, what to send and how slowly. `axum::serve` would wait for
//! ever, so a few hundred silent connections would shut out everyone else. Here every wait ends
//! and every count has a limit; what a stranger can still do is take one place for a while.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::config::Config;

mod pace;

use pace::{PacedBody, PacedStream, Pulse};

/// What one listener grants its visitors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once; a visitor beyond that waits in the kernel's queue.
    pub connections: usize,
    /// Connections open at once from one IPv4 address or one IPv6 /64; one more is closed.
    pub connections_per_address: usize,
    /// Whether loopback is not counted per address, as behind a proxy on the same machine.
    pub exempt_loopback: bool,
    /// From the connection to its first byte.
    pub first_byte: Duration,
    /// From the first byte to the end of the first request's headers.
    pub headers: Duration,
    /// From the end of a response to the end of the next request's headers.
    pub idle: Duration,
    /// Between two pieces of a request's body.
    pub body_pause: Duration,
    /// How long a whole body may take. An import of 10 MB at 1 Mbit/s takes 80 s.
    pub body_whole: Duration,
    /// How long a visitor may take nothing of a response that is waiting.
    pub write_pause: Duration,
    /// How long running requests may go on after the shutdown.
    pub drain: Duration,
    /// Longest head of a request in bytes, at least 8192.
    pub header_bytes: u32,
    /// Most header lines of an HTTP/1 request.
    pub header_lines: usize,
    /// Most requests running at once on one HTTP/2 connection.
    pub streams: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            connections_per_address: 64,
            exempt_loopback: false,
            first_byte: Duration::from_secs(5),
            headers: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            body_pause: Duration::from_secs(15),
            body_whole: Duration::from_secs(300),
            write_pause: Duration::from_secs(20),
            drain: Duration::from_secs(5),
            header_bytes: 16 * 1024,
            header_lines: 64,
            streams: 64,
        }
    }
}

impl Limits {
    /// The limits that this configuration sets.
    pub fn of(config: &Config) -> Limits {
        Limits {
            connections: config.max_connections,
            connections_per_address: config.max_connections_per_address,
            exempt_loopback: config.exempt_loopback,
            ..Limits::default()
        }
    }

    fn body_waits(&self) -> (Duration, Duration) {
        (self.body_pause, self.body_whole)
    }
}

/// Serves `router` on `listener` until `shutdown` is ready and its connections have ended.
///
/// Each request carries the visitor's address as `ConnectInfo<SocketAddr>`. Requests that still
/// run when `limits.drain` has passed after the shutdown are cut off.
///
/// # Panics
/// If `limits.header_bytes` is below 8192.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) {
    let mut door = Door::new(listener, &limits);
    let house = Arc::new(House::new(router, limits));
    let guests = TaskTracker::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            (stream, peer, place) = door.admit() => {
                let house = Arc::clone(&house);
                guests.spawn(async move {
                    house.welcome(stream, peer).await;
                    drop(place);
                });
            }
        }
    }
    // Closed first: whoever comes now should be told at once, not wait for nobody.
    drop(door);
    house.leave.cancel();
    guests.close();
    if timeout(house.limits.drain, guests.wait()).await.is_err() {
        tracing::info!(left = guests.len(), "cut off requests that did not end");
        house.stop.cancel();
        guests.wait().await;
    }
}

/// The listener and the count of those inside.
struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    per_address: Arc<PerAddress>,
    exempt_loopback: bool,
}

/// A place inside; given back when dropped.
struct Place {
    _place: OwnedSemaphorePermit,
    _share: Option<Share>,
}

const FIRST_BACK_OFF: Duration = Duration::from_millis(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);

impl Door {
    fn new(listener: TcpListener, limits: &Limits) -> Door {
        Door {
            listener,
            places: Arc::new(Semaphore::new(limits.connections)),
            per_address: Arc::new(PerAddress {
                most: limits.connections_per_address,
                inside: Mutex::default(),
            }),
            exempt_loopback: limits.exempt_loopback,
        }
    }

    /// The next visitor for whom there is a place.
    async fn admit(&mut self) -> (TcpStream, SocketAddr, Place) {
        loop {
            let (stream, peer) = self.accept().await;
            let address = peer.ip().to_canonical();
            let share = if self.exempt_loopback && address.is_loopback() {
                None
            } else if let Some(share) = self.per_address.take(address) {
                Some(share)
            } else {
                // Not logged: we keep no visitor's address.
                continue;
            };
            let place = Arc::clone(&self.places).acquire_owned();
            let place = place.await.expect("the semaphore is never closed");
            let place = Place {
                _place: place,
                _share: share,
            };
            return (stream, peer, place);
        }
    }

    async fn accept(&self) -> (TcpStream, SocketAddr) {
        let mut back_off = FIRST_BACK_OFF;
        loop {
            match self.listener.accept().await {
                Ok(accepted) => return accepted,
                Err(error) if concerns_one_visitor(&error) => {}
                Err(error) => {
                    // Out of file descriptors or memory. Asking again at once would fail again
                    // and take the time in which others could give some back.
                    if back_off == FIRST_BACK_OFF {
                        tracing::warn!(%error, "cannot accept connections");
                    }
                    sleep(back_off).await;
                    back_off = (back_off * 2).min(LONGEST_BACK_OFF);
                }
            }
        }
    }
}

/// Whether an error of `accept` says only that this one visitor has gone.
fn concerns_one_visitor(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// How many are inside from each address.
#[derive(Debug)]
struct PerAddress {
    most: usize,
    inside: Mutex<HashMap<IpAddr, usize>>,
}

/// One of an address's places; given back when dropped.
struct Share {
    per_address: Arc<PerAddress>,
    from: IpAddr,
}

impl PerAddress {
    fn take(self: &Arc<Self>, address: IpAddr) -> Option<Share> {
        let from = counted_as(address);
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let count = inside.entry(from).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share {
            per_address: Arc::clone(self),
            from,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let inside = &self.per_address.inside;
        let mut inside = inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = inside.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&self.from);
            }
        }
    }
}

/// The unit that is counted: an IPv4 address, or the /64 that one IPv6 household or office has.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// What every connection of one listener shares.
struct House {
    router: Router,
    limits: Limits,
    http: auto::Builder<TokioExecutor>,
    /// Finish what runs, then go.
    leave: CancellationToken,
    /// Go now.
    stop: CancellationToken,
}

impl House {
    fn new(router: Router, limits: Limits) -> House {
        let mut http = auto::Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            // hyper's clock runs while idle too, so it is given the longer of the two limits;
            // the first request's shorter one is kept by `attend`.
            .header_read_timeout(limits.idle.max(limits.headers))
            .max_buf_size(limits.header_bytes as usize)
            .max_headers(limits.header_lines);
        http.http2()
            .timer(TokioTimer::new())
            .max_header_list_size(limits.header_bytes)
            .max_concurrent_streams(limits.streams)
            .keep_alive_interval(limits.idle)
            .keep_alive_timeout(limits.headers);
        House {
            router,
            limits,
            http,
            leave: CancellationToken::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Waits for the first byte and serves what follows.
    async fn welcome(&self, stream: TcpStream, peer: SocketAddr) {
        // Small answers should not wait for an acknowledgement; if it fails they merely do.
        let _ = stream.set_nodelay(true);
        tokio::select! {
            biased;
            () = self.leave.cancelled() => {}
            first = timeout(self.limits.first_byte, stream.readable()) => {
                if matches!(first, Ok(Ok(()))) {
                    // TLS, when it comes, shakes hands here, within `limits.headers`.
                    self.attend(stream, peer).await;
                }
            }
        }
    }

    /// Serves one connection until it ends, falls silent, or the house closes.
    async fn attend<S>(&self, stream: S, peer: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (pulse, mut beat) = Pulse::new();
        // HTTP/2 answers in tasks of its own, so each request takes what it needs along.
        let (router, body_waits) = (self.router.clone(), self.limits.body_waits());
        let service = hyper::service::service_fn(move |request| {
            answer(router.clone(), request, peer, body_waits, pulse.clone())
        });
        let stream = PacedStream::new(stream, self.limits.write_pause);
        let mut connection = pin!(self.http.serve_connection(TokioIo::new(stream), service));
        let mut leaving = false;
        loop {
            let patience = match *beat.borrow_and_update() {
                pace::State::New => Some(self.limits.headers),
                pace::State::Quiet => Some(self.limits.idle),
                pace::State::Busy(_) => None,
            };
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                () = self.leave.cancelled(), if !leaving => {
                    leaving = true;
                    connection.as_mut().graceful_shutdown();
                }
                // Whatever ended it was the visitor's doing, and nobody is left to be told.
                _ = connection.as_mut() => return,
                // The service in `connection` keeps a pulse, so the channel stays open.
                _ = beat.changed() => {}
                () = run_out(patience) => return,
            }
        }
    }
}

/// Answers one request with the router, pacing its body and keeping the connection's pulse.
async fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    (pause, whole): (Duration, Duration),
    pulse: Pulse,
) -> Result<Response<Body>, Infallible> {
    let busy = pulse.begin();
    let mut request = request.map(|body| Body::new(PacedBody::new(body, pause, whole)));
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = router.oneshot(request).await?;
    Ok(response.map(|body| Body::new(busy.until_sent(body))))
}

async fn run_out(patience: Option<Duration>) {
    match patience {
        Some(patience) => sleep(patience).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
