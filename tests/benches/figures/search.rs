//! How long does a search over a hundred thousand listings take, beside reading through them?

use std::time::Instant;

use clearinghouse::view::geo::Geo;
use clearinghouse::view::search::{Query, Search};
use clearinghouse_protocol::listing::Taxonomy;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::{Latencies, centre, timed};

const LISTINGS: u64 = 100_000;

/// Words as people type them, in both languages, with a place for every second search.
const WORDS: [&str; 10] = [
    "grief",
    "deuil",
    "alcohol",
    "my son died",
    "anxiety",
    "cancer",
    "harbour circle",
    "groupe",
    "addicton",
    "",
];

/// Fills an index, then asks a thousand times for twenty results with facets and distance.
pub fn run(_: &Runtime) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut search = Search::open_with_memory(dir.path(), 128 << 20).expect("an index");
    let mut points = Vec::new();
    let mut texts = Vec::new();
    let ((), took) = timed(|| {
        for number in 0..LISTINGS {
            let listing = centre::listing(number);
            search
                .add(number, Uuid::from_u128(number.into()), "a centre", &listing)
                .expect("indexed");
            let place = listing
                .places()
                .iter()
                .filter_map(|place| place.coordinates());
            points.push((number, place.collect::<Vec<_>>()));
            texts.push(listing.value().to_string());
        }
        search.commit("filled").expect("committed");
    });
    println!(
        "  {LISTINGS} listings checked and indexed in {:.1} s",
        took.as_secs_f64()
    );
    let geo = Geo::bulk(points);
    let finder = search.finder();
    let mut latencies = Vec::new();
    let mut found = 0;
    for round in 0..1_000 {
        let words = WORDS[round % WORDS.len()].to_owned();
        let start = Instant::now();
        let near = (round % 2 == 0).then(|| geo.within(43.65, -79.38, 25.0));
        let query = Query {
            words,
            limit: 20,
            ..Query::default()
        };
        found += finder.find(&query, near.as_ref()).expect("a search").total;
        latencies.push(start.elapsed());
    }
    let latencies = Latencies::new(latencies);
    let (_, scan) = timed(|| texts.iter().filter(|text| text.contains("grief")).count());
    let scan = scan.as_secs_f64() * 1000.0;
    println!(
        "  20 results with facets, every second near a place: p50 {:.2} ms, p99 {:.2} ms ({found} found)",
        latencies.at(0.5),
        latencies.at(0.99)
    );
    println!(
        "  reading through all texts once: {scan:.1} ms, {:.0} × the p50 of a search",
        scan / latencies.at(0.5)
    );
    assert!(Taxonomy::standard().terms().len() > 150);
}
