//! How many durable edits a second are acknowledged, beside bare flushes of the same disk?

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use clearinghouse::server::Server;
use clearinghouse_protocol::feed::append::Deed;
use tokio::runtime::Runtime;

use super::{Latencies, centre};

/// Measures 1, 100 and 2,000 writers, each waiting for its acknowledgement before it goes on.
pub fn run(runtime: &Runtime) {
    let dir = tempfile::tempdir().expect("a folder");
    let server = runtime.block_on(centre::serve(&dir.path().join("node"), "Maple Centre"));
    let nid = server.desk.identity().nid;
    for (writers, edits) in [(1, 500), (100, 20_000), (2_000, 100_000)] {
        let deeds: Vec<Deed> = (0..edits)
            .map(|number| centre::put(nid, number, None))
            .collect();
        // Before and after, because a disk is not as fast at every moment.
        let mut flushes = flush_plainly(dir.path());
        let (latencies, took) = runtime.block_on(write(&server, writers, deeds));
        flushes.extend(flush_plainly(dir.path()));
        let flushes = Latencies::new(flushes);
        println!(
            "  {writers:5} writers  {:8.0} edits/s  p50 {:7.3} ms  p99 {:8.3} ms",
            edits as f64 / took.as_secs_f64(),
            latencies.at(0.5),
            latencies.at(0.99),
        );
        println!(
            "        a plain file, flushed after each append: p50 {:.3} ms; one edit = {:.2} flushes",
            flushes.at(0.5),
            latencies.at(0.5) / flushes.at(0.5),
        );
    }
    runtime.block_on(server.stop());
}

async fn write(server: &Server, writers: usize, deeds: Vec<Deed>) -> (Latencies, Duration) {
    let share = deeds.len().div_ceil(writers);
    let start = Instant::now();
    let mut tasks = Vec::new();
    for part in deeds.chunks(share) {
        let (log, part) = (server.desk.log.clone(), part.to_vec());
        tasks.push(tokio::spawn(async move {
            let mut latencies = Vec::with_capacity(part.len());
            for deed in part {
                let begun = Instant::now();
                log.append(deed).await.expect("the log takes it");
                latencies.push(begun.elapsed());
            }
            latencies
        }));
    }
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("a writer"));
    }
    (Latencies::new(latencies), start.elapsed())
}

/// Appends and flushes, as anything durable must at least once.
fn flush_plainly(dir: &Path) -> Vec<Duration> {
    let mut file = File::create(dir.join("plain")).expect("a file");
    let measured = (0..300).map(|_| {
        let start = Instant::now();
        file.write_all(&[7; 1_300]).expect("room");
        file.sync_data().expect("a disk");
        start.elapsed()
    });
    measured.collect()
}
