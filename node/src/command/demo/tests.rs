//! Does the demonstration show what it promises, twice?

use std::path::Path;
use std::sync::Mutex;

use super::*;

/// Five free ports in a row, as far as that can be known before they are taken.
fn port() -> u16 {
    let free = |port: &u16| {
        (*port..*port + 5).all(|port| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok())
    };
    let start = 20_000 + (std::process::id() % 2_000) as u16 * 10;
    (start..).step_by(5).find(free).expect("five free ports")
}

async fn show(data: &Path, port: Option<u16>) -> (Demo, Vec<String>) {
    let told = Mutex::new(Vec::new());
    let tell = |event: Event| told.lock().unwrap().push(event.what.to_owned());
    let options = Options {
        data: data.to_owned(),
        port,
        listings: Vec::new(),
    };
    let demo = start(&options, &tell).await.unwrap();
    (demo, told.into_inner().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn five_nodes_assemble_and_a_second_start_resumes() {
    let dir = tempfile::tempdir().unwrap();
    let (data, port) = (dir.path().join("demo"), port());
    let (demo, told) = show(&data, Some(port)).await;
    let count = |what: &str| told.iter().filter(|told| *told == what).count();
    assert_eq!((count("made"), count("admits"), count("joins")), (5, 4, 4));
    assert_eq!((count("loaded"), count("found")), (4, 1));
    let rows: usize = demo.imported.iter().map(|one| one.rows).sum();
    let added: usize = demo.imported.iter().map(|one| one.added).sum();
    assert_eq!((rows, added), (360, 360));
    let names: Vec<&str> = demo.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(
        names,
        ["canada", "ontario", "toronto", "kingston", "ottawa"]
    );
    let nid = demo.nodes[0].nid.clone();
    demo.stop().await;

    let (demo, told) = show(&data, None).await;
    for done_before in ["made", "admits", "joins", "loaded"] {
        assert!(!told.iter().any(|told| told == done_before), "{told:?}");
    }
    assert_eq!(demo.nodes[0].nid, nid);
    let canada = demo.server("canada").unwrap();
    let listings: u64 = canada.desk.view.counts().unwrap().values().sum();
    assert_eq!(listings, 360);
    demo.stop().await;

    let elsewhere = Options {
        data: dir.path().to_owned(),
        ..Options::default()
    };
    let refused = start(&elsewhere, &|_| {}).await;
    assert!(matches!(refused, Err(DemoError::Foreign(_))));
}
