//! How long does an edit at a centre take until search in the national view finds it?

use std::time::{Duration, Instant};

use clearinghouse::server::Server;
use clearinghouse::view::search::Query;
use tokio::runtime::Runtime;

use super::{Latencies, centre};

const EDITS: u64 = 200;

/// Three nodes: a centre, its provincial network, and the nation that follows the network's roster.
pub fn run(runtime: &Runtime) {
    let dir = tempfile::tempdir().expect("a folder");
    let latencies = runtime.block_on(async {
        let nation = centre::serve(&dir.path().join("nation"), "Nation").await;
        let province = centre::serve(&dir.path().join("province"), "Province").await;
        let one = centre::serve(&dir.path().join("centre"), "Centre").await;
        admit(&nation, &province).await;
        admit(&province, &one).await;
        centre::fill(&one, 1_000).await;
        wait_for(&nation, "", 1_000, Duration::from_secs(60)).await;
        let mut latencies = Vec::new();
        for number in 0..EDITS {
            let word = format!("zebrawort{number:04}");
            let mut draft = feedtool::fiction::draft(number);
            draft["name"]["en"] = word.clone().into();
            let draft =
                clearinghouse_protocol::listing::Draft::from_value(draft).expect("well-formed");
            let start = Instant::now();
            one.desk.publish(&draft).await.expect("published");
            wait_for(&nation, &word, 1, Duration::from_secs(10)).await;
            latencies.push(start.elapsed());
        }
        for server in [one, province, nation] {
            server.stop().await;
        }
        Latencies::new(latencies)
    });
    println!(
        "  edit at a centre → found in the national view: p50 {:.1} ms, p99 {:.1} ms, over {EDITS} edits",
        latencies.at(0.5),
        latencies.at(0.99)
    );
}

/// Both sides state the membership.
async fn admit(network: &Server, member: &Server) {
    network
        .desk
        .admit(member.url().as_str(), [].into())
        .await
        .expect("admitted");
    member
        .desk
        .join(network.url().as_str())
        .await
        .expect("joined");
}

/// Waits until a search finds `count` listings at least.
pub async fn wait_for(server: &Server, words: &str, count: u64, at_most: Duration) {
    let query = Query {
        words: words.to_owned(),
        limit: 1,
        ..Query::default()
    };
    let mut steps = server.desk.view.steps();
    let deadline = tokio::time::Instant::now() + at_most;
    loop {
        steps.borrow_and_update();
        let (found, _) = server.desk.view.find(&query, None).expect("a search");
        if found.total >= count {
            return;
        }
        let waited = tokio::time::timeout_at(deadline, steps.changed()).await;
        assert!(
            waited.is_ok(),
            "{} of {count} were found in time",
            found.total
        );
    }
}
