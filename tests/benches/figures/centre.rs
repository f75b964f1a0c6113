//! Where do the nodes come from that are measured?

use std::path::Path;

use clearinghouse::clock::Clock;
use clearinghouse::config::{Config, Overrides};
use clearinghouse::node::init;
use clearinghouse::server::{Server, bind};
use clearinghouse::store::real_disk::RealDisk;
use clearinghouse_protocol::feed::append::{Deed, body_of};
use clearinghouse_protocol::feed::body::Minted;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::listing::{Draft, Listing, Taxonomy};
use clearinghouse_protocol::tlog::tree::Index;

/// Deeds handed to the log at once.
const BATCH: usize = 2_000;

/// Makes a node in `data` and serves it on a free port of loopback.
pub async fn serve(data: &Path, name: &str) -> Server {
    let listener = bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let clock = Clock::system();
    let names = [("en".to_owned(), name.to_owned())].into();
    init(
        &RealDisk::shared(),
        data,
        names,
        &format!("http://{address}/"),
        &clock,
    )
    .expect("a new node");
    let overrides = Overrides {
        set: vec![
            format!("name.en={name}"),
            format!("listen={address}"),
            "allow_private_peers=true".to_owned(),
            "poll_seconds=5".to_owned(),
        ],
        ..Overrides::default()
    };
    let config = Config::load(data, &overrides).expect("a sound configuration");
    Server::start(config, listener, clock)
        .await
        .expect("a served node")
}

/// A sound fictional listing, the same for the same number.
pub fn listing(number: u64) -> Listing {
    let draft =
        Draft::from_value(feedtool::fiction::draft(number)).expect("fiction is well-formed");
    draft
        .check(Taxonomy::standard())
        .expect("fiction is sound")
        .listing
}

/// The deed that puts listing `number` of a node.
pub fn put(nid: Nid, number: u64, target: Option<Index>) -> Deed {
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    let body = body_of(&Minted { node: nid, nonce }, &listing(number)).expect("fiction is small");
    Deed::Put {
        target,
        salt: [7; 32],
        body,
    }
}

/// Writes `count` listings into a node's own log.
pub async fn fill(server: &Server, count: u64) {
    let nid = server.desk.identity().nid;
    for chunk in (0..count).collect::<Vec<u64>>().chunks(BATCH) {
        let deeds = chunk.iter().map(|number| put(nid, *number, None)).collect();
        for answer in server
            .desk
            .log
            .append_all(deeds)
            .await
            .expect("the log takes it")
        {
            answer.expect("the deed is sound");
        }
    }
}
