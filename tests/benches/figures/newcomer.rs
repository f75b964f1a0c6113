//! What does a first look at a feed cost that has lived long, beside one that is new?

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clearinghouse::server::Server;
use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::tlog::tree::Index;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::{centre, propagation::wait_for};

/// Listings in force, past changes, and entries from which on a log is outgrown. `NEWCOMER=200,10000,500`
/// in the environment makes it a small one.
const SIZE: [u64; 3] = [10_000, 500_000, 65_536];

/// Changes in one batch.
const BATCH: u64 = 2_000;

/// Fills two nodes with the same listings, one of them after many changes, and counts the bytes that a
/// newcomer gets from each.
pub fn run(runtime: &Runtime) {
    let given = std::env::var("NEWCOMER").unwrap_or_default();
    let given: Vec<u64> = given.split(',').filter_map(|n| n.parse().ok()).collect();
    let [living, changes, floor] = given.try_into().unwrap_or(SIZE);
    let bytes: Vec<u64> = [0, changes]
        .map(|changes| runtime.block_on(first_look(living, changes, floor)))
        .into();
    println!(
        "  first look at {living} listings: {} bytes with no past changes, {} with {changes}: {:.2} times",
        bytes[0],
        bytes[1],
        bytes[1] as f64 / bytes[0] as f64
    );
}

async fn first_look(living: u64, changes: u64, floor: u64) -> u64 {
    let dir = tempfile::tempdir().expect("a folder");
    let old = centre::serve(&dir.path().join("old"), "Old Centre").await;
    old.desk.log.grow_from(floor);
    centre::fill(&old, living).await;
    change(&old, living, changes).await;
    old.desk.log.rest().await.expect("the log rests");
    let own = old.desk.feeds.own();
    let last = own.files().size().last().expect("it has entries");
    let reached = old.desk.view.reach(own.identity.origin, last).await;
    reached.expect("the view reads");
    let (relay, count) = relay(old.url().socket_addrs(|| None).expect("an address")[0]).await;
    let new = centre::serve(&dir.path().join("new"), "New Centre").await;
    let url = format!("http://{relay}/");
    new.desk.follow(&url, false).await.expect("is followed");
    wait_for(&new, "", living, Duration::from_secs(600)).await;
    let bytes = count.load(Ordering::Relaxed);
    println!(
        "  after {changes} changes the feed is in epoch {} with {} entries",
        own.identity.origin.epoch,
        own.files().size().0
    );
    new.stop().await;
    old.stop().await;
    bytes
}

/// Replaces every listing in turn, until so many changes were made.
async fn change(server: &Server, living: u64, changes: u64) {
    let nid = server.desk.identity().nid;
    let mut made = 0;
    while made < changes {
        let count = BATCH.min(changes - made).min(living);
        let (origin, places) = places(server, made % living, count).await;
        let deeds = places.into_iter();
        // The oldest entry is always that of the listing whose turn it is.
        let deeds = deeds.map(|(turn, target)| centre::put(nid, turn % living, Some(target)));
        let deeds: Vec<Deed> = deeds.collect();
        let answers = server.desk.log.append_to(Some(origin), deeds).await;
        let answers = answers.expect("the log takes it");
        // Those that the log answered with its own way into a later one are made again.
        made += answers.iter().filter(|answer| answer.is_ok()).count() as u64;
    }
}

/// Where the `count` listings stand that were changed longest ago, each with its turn.
async fn places(server: &Server, first: u64, count: u64) -> (Origin, Vec<(u64, Index)>) {
    let own = server.desk.feeds.own();
    let size = own.files().size();
    let last = size.last().expect("it has entries");
    let reached = server.desk.view.reach(own.identity.origin, last).await;
    reached.expect("the view reads");
    let living = own.follower().living().clone();
    let oldest = living.between(0, size.0).take(count as usize);
    (own.identity.origin, (first..).zip(oldest).collect())
}

/// Passes connections on to `to`, and counts the bytes that come back.
async fn relay(to: SocketAddr) -> (SocketAddr, Arc<AtomicU64>) {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("an address");
    let count = Arc::new(AtomicU64::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let counted = counted.clone();
            tokio::spawn(async move {
                let far = TcpStream::connect(to).await.expect("the node answers");
                let (mut far_read, mut far_write) = far.into_split();
                let (mut near_read, mut near_write) = near.into_split();
                tokio::spawn(async move {
                    let _ = copy(&mut near_read, &mut far_write).await;
                    let _ = far_write.shutdown().await;
                });
                let mut bytes = vec![0; 64 * 1024];
                while let Ok(read @ 1..) = far_read.read(&mut bytes).await {
                    counted.fetch_add(read as u64, Ordering::Relaxed);
                    if near_write.write_all(&bytes[..read]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (address, count)
}
