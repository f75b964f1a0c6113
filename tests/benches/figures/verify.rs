//! How long does a stranger take to verify a feed of a million entries over HTTP?

use std::sync::Arc;

use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::tlog::tree::Index;
use feedtool::source::Source;
use tokio::runtime::Runtime;

use super::{centre, timed};

const ENTRIES: u64 = 1_000_000;

/// Entries that state a listing which is then in force; the others were replaced.
const LIVING: u64 = 10_000;

/// Fills one node, then walks its feed as `feedtool verify` does, beside the hashing alone.
pub fn run(runtime: &Runtime) {
    let dir = tempfile::tempdir().expect("a folder");
    let server = runtime.block_on(centre::serve(&dir.path().join("node"), "Maple Centre"));
    let ((), filled) = timed(|| runtime.block_on(fill(&server)));
    println!(
        "  a log of {ENTRIES} entries, {LIVING} in force, written in {:.1} s",
        filled.as_secs_f64()
    );
    let address = server.url().as_str().parse().expect("an address");
    for round in 1..=3 {
        let (report, took) = timed(|| {
            runtime.block_on(async {
                let source = Source::connect(&address, None).await.expect("a feed");
                feedtool::verify::verify(Arc::new(source))
                    .await
                    .expect("it verifies")
            })
        });
        let seconds = took.as_secs_f64();
        println!(
            "  verified over HTTP, round {round}: {seconds:.2} s, {:.0} entries/s",
            ENTRIES as f64 / seconds
        );
        drop(report);
    }
    let (_, hashing) = timed(hash_alone);
    println!(
        "  hashing alone with the crate tlog_tiles, in memory: {:.2} s",
        hashing.as_secs_f64()
    );
    runtime.block_on(server.stop());
}

async fn fill(server: &clearinghouse::server::Server) {
    // A log of its own accord would go over into a later one long before.
    server.desk.log.grow_from(u64::MAX);
    centre::fill(server, LIVING).await;
    let nid = server.desk.identity().nid;
    let bodies: Vec<Deed> = (0..LIVING)
        .map(|number| centre::put(nid, number, None))
        .collect();
    let mut first = server.desk.feeds.own().files().size().0 - LIVING;
    let mut size = first + LIVING;
    while size < ENTRIES {
        // Each round replaces every listing by itself.
        for chunk in bodies.chunks(2_000) {
            let deeds = chunk
                .iter()
                .enumerate()
                .map(|(place, deed)| retarget(deed, first + place as u64));
            let deeds: Vec<Deed> = deeds.take((ENTRIES - size) as usize).collect();
            if deeds.is_empty() {
                break;
            }
            let count = deeds.len() as u64;
            for answer in server
                .desk
                .log
                .append_all(deeds)
                .await
                .expect("the log takes it")
            {
                answer.expect("the deed is sound");
            }
            first += count;
            size += count;
        }
    }
    server.desk.log.rest().await.expect("the log rests");
}

fn retarget(deed: &Deed, target: u64) -> Deed {
    match deed {
        Deed::Put { salt, body, .. } => Deed::Put {
            target: Some(Index(target)),
            salt: *salt,
            body: body.clone(),
        },
        other => other.clone(),
    }
}

fn hash_alone() -> usize {
    let entry = [7_u8; 52];
    let mut hashes: Vec<tlog_tiles::Hash> = Vec::with_capacity(2 * ENTRIES as usize);
    struct Stored<'a>(&'a [tlog_tiles::Hash]);
    impl tlog_tiles::HashReader for Stored<'_> {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
            Ok(indexes
                .iter()
                .map(|index| self.0[*index as usize])
                .collect())
        }
    }
    for index in 0..ENTRIES {
        let new = tlog_tiles::stored_hashes(index, &entry, &Stored(&hashes)).expect("hashes");
        hashes.extend(new);
    }
    hashes.len()
}
