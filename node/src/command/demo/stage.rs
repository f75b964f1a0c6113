//! How do the five nodes come to be, and come to know each other?

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::cast::{CAST, Role};
use super::lines::Lines;
use super::{DemoError, Event, Tell, house};
use crate::clock::Clock;
use crate::config::{Config, FILE_NAME, Overrides};
use crate::desk::Desk;
use crate::node;
use crate::server::{self, Server};
use crate::store::real_disk::RealDisk;

/// What tells a folder of ours from any other, and what a second start must repeat.
const MARK: &str = "demo.json";

/// The port of the first node if nobody says otherwise.
const PORT: u16 = 7100;

/// Seconds between two looks at a silent node: the events of the others come at once.
const POLL_SECONDS: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Mark {
    /// The rosters name addresses, so a second start has to use the same.
    port: u16,
}

/// The port of the first node: that of an earlier start, or the one that was said.
pub(super) fn port_for(data: &Path, said: Option<u16>) -> Result<u16, DemoError> {
    let disk = RealDisk::shared();
    let path = data.join(MARK);
    if let Some(bytes) = disk.read(&path)? {
        let mark: Mark =
            serde_json::from_slice(&bytes).map_err(|_| DemoError::Foreign(data.to_owned()))?;
        return match said {
            Some(said) if said != mark.port => Err(DemoError::OtherPort {
                made: mark.port,
                said,
            }),
            _ => Ok(mark.port),
        };
    }
    if std::fs::read_dir(data).is_ok_and(|mut names| names.next().is_some()) {
        return Err(DemoError::Foreign(data.to_owned()));
    }
    let port = said.unwrap_or(PORT);
    if port > u16::MAX - CAST.len() as u16 {
        return Err(DemoError::NoRoom(port));
    }
    Ok(port)
}

/// The port that a listener has.
pub(super) fn port_of(listener: &TcpListener) -> Result<u16, DemoError> {
    let bound = listener.local_addr().map_err(DemoError::Bound)?;
    Ok(bound.port())
}

/// Binds all five ports, before anything is written.
pub(super) async fn bind_all(port: u16) -> Result<Vec<TcpListener>, DemoError> {
    let mut listeners = Vec::with_capacity(CAST.len());
    for port in port..port + CAST.len() as u16 {
        listeners.push(server::bind(address(port)).await?);
    }
    Ok(listeners)
}

/// Makes the nodes that are not there yet and serves them all.
pub(super) async fn start_all(
    data: &Path,
    port: u16,
    listeners: Vec<TcpListener>,
    lines: &Lines,
    tell: Tell<'_>,
) -> Result<Vec<Server>, DemoError> {
    let disk = RealDisk::shared();
    disk.create_dir_all(data)?;
    let mark = serde_json::to_vec(&Mark { port }).expect("a number is always written");
    disk.replace(&data.join(MARK), &mark)?;
    let mut starting = Vec::with_capacity(CAST.len());
    for (role, listener) in CAST.iter().zip(listeners) {
        let config = make(data, role, port_of(&listener)?, tell)?;
        starting.push(house::start(config, listener, lines));
    }
    let servers = try_join_all(starting).await?;
    for (role, server) in CAST.iter().zip(&servers) {
        tell(
            Event::of("serves")
                .with("name", role.english)
                .with("nom", role.french)
                .with("url", server.url()),
        );
    }
    Ok(servers)
}

/// The configuration of one node, which is made if it is not there yet.
fn make(data: &Path, role: &Role, port: u16, tell: Tell<'_>) -> Result<Config, DemoError> {
    let dir = data.join(role.name);
    let url = format!("http://{}/", address(port));
    let (place, north, east) = role.place;
    let overrides = Overrides {
        listen: Some(address(port).to_string()),
        public_url: Some(url.clone()),
        allow_private_peers: true,
        set: vec![
            format!("name.en={}", role.english),
            format!("name.fr={}", role.french),
            format!("regions={}", role.region),
            format!("place.name={place}"),
            format!("place.latitude={north}"),
            format!("place.longitude={east}"),
            format!("poll_seconds={POLL_SECONDS}"),
            "exempt_loopback=true".to_owned(),
        ],
        ..Overrides::default()
    };
    let config = Config::load(&dir, &overrides)?;
    let disk = RealDisk::shared();
    if disk.len(&dir.join("signlock"))?.is_none() {
        let names = [("en", role.english), ("fr", role.french)];
        let names: BTreeMap<String, String> = names
            .map(|(tag, name)| (tag.to_owned(), name.to_owned()))
            .into();
        // The paper key is not shown: nobody will recover a demonstration.
        let (identity, _) = node::init(&disk, &dir, names, &url, &Clock::system())?;
        disk.replace(&dir.join(FILE_NAME), config.to_toml().as_bytes())?;
        tell(
            Event::of("made")
                .with("name", role.english)
                .with("nom", role.french)
                .with("nid", identity.nid),
        );
    }
    Ok(config)
}

/// Admits and joins over the real protocol, as far as that was not done before.
pub(super) async fn assemble(servers: &[Server], tell: Tell<'_>) -> Result<(), DemoError> {
    for (role, member) in CAST.iter().zip(servers) {
        let Some(at) = role.network else { continue };
        let (network, above) = (&servers[at], &CAST[at]);
        let event = |key| {
            Event::of(key)
                .with("network", above.english)
                .with("reseau", above.french)
                .with("name", role.english)
                .with("nom", role.french)
        };
        if !has_admitted(&network.desk, &member.desk) {
            let region = role.region.parse();
            let region = region.expect("the regions of the cast are sound");
            let url = member.url().as_str();
            network.desk.admit(url, [region].into()).await?;
            tell(event("admits").with("region", role.region));
        }
        if !has_joined(&member.desk, &network.desk) {
            member.desk.join(network.url().as_str()).await?;
            tell(event("joins"));
        }
    }
    Ok(())
}

fn has_admitted(network: &Desk, member: &Desk) -> bool {
    let members = network.feeds.own().rosters().members;
    members.contains_key(&member.identity().nid)
}

fn has_joined(member: &Desk, network: &Desk) -> bool {
    let joined = member.feeds.own().rosters().joined;
    joined.contains_key(&network.identity().nid)
}

fn address(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
