//! What does a node make of peers that keep to no rule, and who notices?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clearinghouse_protocol::feed::attest::attest;
use clearinghouse_protocol::feed::entry::{Day, Entry, Kind};
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::tlog::key::{Algorithm, KeyName, SigningKey};
use clearinghouse_tests::hostile::forge::Forge;
use clearinghouse_tests::hostile::liar::{Act, Liar};
use clearinghouse_tests::hostile::near;
use clearinghouse_tests::hostile::rows::{Expected, ROWS, doors};
use clearinghouse_tests::hostile::victim::{Victim, peak_mib};
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

/// How long the slowest row may take: twice the 15 seconds that a peer has for a small answer, on a machine
/// that does something else as well.
const MOST: Duration = Duration::from_secs(45);

/// How long a page may take while all this goes on.
const PAGE: Duration = Duration::from_secs(5);

/// Memory that all rows together may cost, in mebibytes; one peer is believed at most a bundle of 17 MB.
const MEMORY_MIB: u64 = 400;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_is_dealt_with_and_nobody_else_notices() {
    let (liar, victim) = (Liar::start().await, Victim::start(true).await);
    let nids = meet(&liar, &victim).await;
    let before = peak_mib();
    for row in &ROWS {
        if let Some(act) = liar.acts().get_mut(row.name) {
            (row.deed)(&mut act.forge);
            act.twist = row.twist;
        }
        victim.server.desk.sync.nudge(nids[row.name]);
    }
    let since = Instant::now();
    let (mut slowest, mut round) = (Duration::ZERO, 0);
    loop {
        round += 1;
        slowest = slowest.max(everyday(&liar, &victim, nids["honest"], round).await);
        let faults = ROWS.iter().filter_map(|row| {
            let fault = fault(&victim, nids[row.name], row.expected)?;
            Some(format!("{}: {fault}", row.name))
        });
        let open: Vec<String> = faults.collect();
        if open.is_empty() {
            break;
        }
        assert!(since.elapsed() < MOST, "{open:#?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let grown = peak_mib().saturating_sub(before);
    let took = since.elapsed();
    println!("{took:?}, {grown} MiB more, slowest page {slowest:?}");
    assert!(grown < MEMORY_MIB, "{grown} MiB more than before");
    assert!(slowest < PAGE, "a page took {slowest:?}");
    // Text that is HTML stays text, in pages and in what the operator is told.
    let (_, page, _) = victim.ask("/en/search?q=scriptqzx").await;
    assert!(page.contains("scriptqzx"), "{page}");
    let (_, network, _) = victim.ask("/en/network").await;
    for text in [page, network] {
        let acts = text.contains("<script>alert") || text.contains("<img src=x");
        assert!(!acts, "{text}");
    }
    victim.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_followed_who_cannot_be_met() {
    let (liar, victim) = (Liar::start().await, Victim::start(true).await);
    for (name, twist, reason) in doors() {
        let forge = Forge::new(name, &liar.url(name));
        let twist = Some(twist);
        liar.acts().insert(name.to_owned(), Act { forge, twist });
        let met = victim.server.desk.follow(&liar.url(name), false).await;
        let said = met.expect_err(name).to_string();
        assert!(said.contains(reason), "{name}: {said}");
    }
    assert_eq!(victim.server.desk.feeds.all().len(), 1);
    victim.server.stop().await;
}

/// Everybody is honest at first, and one stays so.
async fn meet(liar: &Liar, victim: &Victim) -> BTreeMap<&'static str, Nid> {
    let mut nids: BTreeMap<&str, Nid> = BTreeMap::new();
    for name in ROWS.iter().map(|row| row.name).chain(["honest"]) {
        let mut forge = Forge::new(name, &liar.url(name));
        forge.list("firstqzx", |body| body);
        nids.insert(name, forge.identity.nid);
        let act = Act { forge, twist: None };
        liar.acts().insert(name.to_owned(), act);
        let followed = victim.server.desk.follow(&liar.url(name), false).await;
        followed.expect("an honest node is met");
    }
    let met = |victim: &Victim| nids.values().all(|nid| listings(victim, *nid) == Some(1));
    assert!(victim.waits(MOST, met).await, "an honest node is verified");
    nids
}

/// Something new comes from the honest node, and pages are looked at: the time that the slowest took.
async fn everyday(liar: &Liar, victim: &Victim, honest: Nid, round: u64) -> Duration {
    if let Some(act) = liar.acts().get_mut("honest") {
        let marker = clearinghouse_tests::drafts::marker(round);
        act.forge.list(&marker, |body| body);
    }
    victim.server.desk.sync.nudge(honest);
    let came = |victim: &Victim| listings(victim, honest) == Some(1 + round);
    assert!(victim.waits(PAGE, came).await, "an honest feed goes on");
    let mut slowest = Duration::ZERO;
    for path in [
        "/en/",
        "/en/search?q=first",
        "/en/network",
        "/api/v1/network",
    ] {
        let (status, _, took) = victim.ask(path).await;
        assert_eq!(status, 200, "{path}");
        slowest = slowest.max(took);
    }
    slowest
}

/// How many listings of a node are shown, once it is verified.
fn listings(victim: &Victim, nid: Nid) -> Option<u64> {
    let feed = victim.sees(nid.as_str())?;
    (feed.health == "verified").then_some(feed.listings)
}

/// What the operator sees that is not what should be seen, if anything.
fn fault(victim: &Victim, nid: Nid, expected: Expected) -> Option<String> {
    let Some(feed) = victim.sees(nid.as_str()) else {
        return Some("not kept".to_owned());
    };
    let reason = feed.reason.clone().unwrap_or_default();
    let first = feed.set_aside.first().map(|(_, why)| why.clone());
    let holds = match expected {
        Expected::Silent(why) => feed.health == "silent" && reason.contains(why),
        Expected::Frozen(why) => feed.health == "frozen" && reason.contains(why),
        Expected::Aside(count, why) => {
            feed.health == "verified"
                && feed.set_aside.len() == count
                && first.is_some_and(|first| first.contains(why))
        }
        Expected::Shown => {
            feed.health == "verified" && feed.set_aside.is_empty() && feed.listings == 2
        }
    };
    let aside = (feed.set_aside.len(), feed.set_aside.first());
    let (health, shown) = (&feed.health, feed.listings);
    (!holds).then(|| format!("{health} {reason:?}, {shown} listings, aside {aside:?}"))
}

/// Pushes a forged feed to a node, as a node behind a router does; the status and words of the end.
async fn push(forge: &Forge, victim: &Victim, now_s: u64) -> (u16, Value) {
    let seed = forge.seed();
    let name = forge.identity.nid.witness_name();
    let witness = SigningKey::from_seed(
        KeyName::new(name.as_str()).expect("a name"),
        Algorithm::CosignatureV1,
        seed,
    );
    let note = attest(&forge.checkpoint(), now_s, &witness).expect("a checkpoint");
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let base = format!("push/{}", forge.identity.nid);
    let (mut path, mut body) = (base.clone(), note);
    loop {
        let url = victim.server.url().join(&path).expect("a path");
        let answer = client
            .post(url)
            .body(body)
            .send()
            .await
            .expect("it answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("text");
        let said: Value = serde_json::from_str(&text).unwrap_or_default();
        let Some(talk) = said["talk"].as_str() else {
            return (status, said);
        };
        path = format!("{base}/{talk}");
        body = Vec::new();
        for asked in said["ask"].as_array().into_iter().flatten() {
            let wanted = asked["path"].as_str().unwrap_or_default();
            let (status, salt, bytes) = forge.answer(wanted.trim_start_matches('/'));
            let number = asked["number"].as_u64().unwrap_or_default() as u32;
            body.extend(number.to_be_bytes());
            body.extend(status.to_be_bytes());
            body.push(u8::from(salt.is_some()));
            body.extend(salt.iter().flatten());
            body.extend((bytes.len() as u32).to_be_bytes());
            body.extend(bytes);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_spelling_of_a_near_address_in_a_roster_is_ever_asked() {
    let victim = Victim::start(false).await;
    let sentinel = TcpListener::bind("[::]:0").await.expect("a free port");
    let port = sentinel.local_addr().expect("it is bound").port();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let listening = tokio::spawn(async move {
        while let Ok((mut stream, _)) = sentinel.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read_u8().await;
        }
    });
    let known = TcpStream::connect(("127.0.0.1", port)).await;
    drop(known.expect("somebody listens on loopback"));
    let urls = near::addresses(port);
    assert!(urls.len() >= 80, "{}", urls.len());
    let network = roster(victim.server.desk.identity().nid, &urls);
    let desk = &victim.server.desk;
    let nid = network.identity.nid;
    desk.admit_unreached(nid, [].into())
        .await
        .expect("is admitted");
    let now_s = desk.clock.now().as_second().cast_unsigned();
    let admitted = |_: &Victim| desk.sync.expects(nid);
    assert!(victim.waits(PAGE, admitted).await, "it is on our roster");
    let (status, said) = push(&network, &victim, now_s).await;
    assert_eq!(
        (status, &said["done"]),
        (200, &network.size().into()),
        "{said}"
    );
    let members = |victim: &Victim| {
        let feed = victim.server.desk.feeds.feed(nid).expect("is kept");
        let refused = feed.notes().set_aside.len();
        let refused = refused + feed.rosters().members.len();
        refused == urls.len()
    };
    assert!(
        victim.waits(PAGE, members).await,
        "each is a member, or refused"
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(
        calls.load(Ordering::SeqCst),
        1,
        "nobody was called but by ourselves"
    );
    // Nor by staff who were talked into it.
    for url in &urls {
        let met = victim.server.desk.follow(url, false).await;
        assert!(met.is_err(), "{url}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    listening.abort();
    victim.server.stop().await;
}

/// A network that says it belongs to `ours` and admits nobody at each of these addresses.
fn roster(ours: Nid, urls: &[String]) -> Forge {
    let mut network = Forge::new("network", "https://network.example/");
    let heading = "clearinghouse/roster/v1";
    let mut state = |text: String| {
        let entry = Entry::with_payload(Kind::Roster, Day(1), text.into_bytes());
        network.push(entry.encode());
    };
    state(format!(
        "{heading}\njoin {ours}\nurl https://victim.example/\n"
    ));
    for (number, url) in urls.iter().enumerate() {
        let nid = Nid::of_genesis(&format!("nobody {number}\n"));
        state(format!("{heading}\nadmit {nid}\nurl {url}\n"));
    }
    network
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_pushes_garbage_changes_nothing_and_costs_little() {
    let victim = Victim::start(false).await;
    let desk = victim.server.desk.clone();
    let mut forge = Forge::new("pusher", "https://pusher.example/");
    forge.list("firstqzx", |body| body);
    let nid = forge.identity.nid;
    let now_s = desk.clock.now().as_second().cast_unsigned();
    let (status, _) = push(&forge, &victim, now_s).await;
    assert_eq!(status, 404, "nobody knows it");
    desk.admit_unreached(nid, [].into())
        .await
        .expect("is admitted");
    let admitted = |_: &Victim| desk.sync.expects(nid);
    assert!(victim.waits(PAGE, admitted).await, "it is on our roster");
    let (status, said) = push(&forge, &victim, now_s + 3600).await;
    assert_eq!(status, 422, "its clock is far ahead: {said}");
    let (status, said) = push(&forge, &victim, now_s).await;
    assert_eq!(status, 200, "{said}");
    let (status, said) = push(&forge, &victim, now_s - 1).await;
    assert_eq!(status, 422, "an older one: {said}");
    forge.other_history();
    let (status, said) = push(&forge, &victim, now_s + 1).await;
    assert_eq!(status, 422, "a fork: {said}");
    let feed = victim.sees(nid.as_str()).expect("is kept");
    assert_eq!(feed.health, "frozen", "{feed:?}");
    assert!(
        feed.reason
            .is_some_and(|reason| reason.contains("does not contain"))
    );
    // The history that was there first does not go on either.
    forge.other_history();
    forge.list("laterqzx", |body| body);
    let (status, said) = push(&forge, &victim, now_s + 2).await;
    assert_eq!(status, 422, "frozen: {said}");
    let size = victim.sees(nid.as_str()).map(|feed| feed.size);
    assert_eq!(size, Some(1));
    let before = peak_mib();
    // Requests without an end, and lengths without bytes.
    for head in [
        format!("POST /push/{nid} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"),
        format!("POST /push/{nid}/00 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"),
        format!("POST /push/{nid}/00 HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999999\r\n\r\n"),
        format!(
            "GET / HTTP/1.1\r\n{}",
            "x-more: and more\r\n".repeat(100_000)
        ),
    ] {
        let (status, sent) = shout(&victim, &head).await;
        let told = head.lines().next().unwrap_or_default();
        assert!(
            matches!(status, None | Some(400..500)),
            "{told}: {status:?}"
        );
        assert!(sent < 64 << 20, "{told}: {sent} bytes were taken");
    }
    let grown = peak_mib().saturating_sub(before);
    assert!(grown < 150, "{grown} MiB more than before");
    let (status, _, took) = victim.ask("/en/").await;
    assert!(status == 200 && took < PAGE, "{status} {took:?}");
    drop(desk);
    victim.server.stop().await;
}

/// Sends a head and then chunks without an end, until the other side has enough: its status, if it gave
/// one, and how much it took.
async fn shout(victim: &Victim, head: &str) -> (Option<u16>, usize) {
    use tokio::io::AsyncWriteExt;
    let address = victim
        .server
        .url()
        .socket_addrs(|| None)
        .expect("an address")[0];
    let stream = TcpStream::connect(address).await.expect("it listens");
    let (mut reading, mut writing) = stream.into_split();
    let answer = tokio::spawn(async move {
        let mut start = [0; 12];
        reading.read_exact(&mut start).await.ok()?;
        std::str::from_utf8(&start[9..]).ok()?.parse().ok()
    });
    let chunk = [b"10000\r\n".as_slice(), &[b'1'; 65_536], b"\r\n"].concat();
    let mut sent = 0;
    let sending = async {
        if writing.write_all(head.as_bytes()).await.is_err() {
            return;
        }
        while sent < 64 << 20 && !answer.is_finished() {
            match writing.write_all(&chunk).await {
                Ok(()) => sent += chunk.len(),
                Err(_) => return,
            }
        }
    };
    let _ = tokio::time::timeout(MOST, sending).await;
    (answer.await.ok().flatten(), sent)
}
