//! How long does a cold node take to assemble a view from twenty centres?

use std::time::Duration;

use tokio::runtime::Runtime;

use super::propagation::wait_for;
use super::{centre, peak_memory_mib};

const CENTRES: u64 = 20;
const LISTINGS_EACH: u64 = 5_000;

/// Twenty served centres, and a new node that follows them all until search finds every listing.
pub fn run(runtime: &Runtime) {
    let dir = tempfile::tempdir().expect("a folder");
    let all = CENTRES * LISTINGS_EACH;
    runtime.block_on(async {
        let mut centres = Vec::new();
        for number in 0..CENTRES {
            let server = centre::serve(&dir.path().join(number.to_string()), &format!("Centre {number}")).await;
            centre::fill(&server, LISTINGS_EACH).await;
            wait_for(&server, "", LISTINGS_EACH, Duration::from_secs(120)).await;
            centres.push(server);
        }
        let nation = centre::serve(&dir.path().join("nation"), "Nation").await;
        let start = std::time::Instant::now();
        for server in &centres {
            nation.desk.follow(server.url().as_str(), false).await.expect("followed");
        }
        wait_for(&nation, "", all, Duration::from_secs(600)).await;
        let took = start.elapsed().as_secs_f64();
        println!(
            "  {CENTRES} centres, {all} listings, fetched, verified, kept and searchable: {took:.1} s, {:.0} listings/s",
            all as f64 / took
        );
        println!("  largest memory of all {} nodes in this process: {} MiB", CENTRES + 1, peak_memory_mib());
        nation.stop().await;
        for server in centres {
            server.stop().await;
        }
    });
}
