//! What a node serves, asked for path by path.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body as Content;
use axum::http::{HeaderMap, Request};
use clearinghouse_protocol::feed::append::{Deed, body_of};
use clearinghouse_protocol::feed::body::{Body, Minted, check_commitment, read_bundle};
use clearinghouse_protocol::feed::follow::{Follower, Verified};
use clearinghouse_protocol::feed::identity::Identity;
use clearinghouse_protocol::listing::{Draft, Taxonomy};
use clearinghouse_protocol::tlog::key::VerifierKey;
use clearinghouse_protocol::tlog::tile::bodies_path;
use clearinghouse_protocol::tlog::tree::{Size, root};
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use url::Url;

use super::*;
use crate::clock::{Clock, Hand};
use crate::config::{Config, Overrides};
use crate::feed::event_stream;
use crate::feed::log::Log;
use crate::feed::peer::Peer;
use crate::feed::step::{Patience, step};
use crate::feed::transport::{Answer, Ask, Transport, TransportError};
use crate::node;
use crate::store::disk::SharedDisk;
use crate::store::fault_disk::FaultDisk;
use crate::store::files::{Row, next_entry};

const SIZES: [u64; 5] = [0, 1, 255, 256, 257];

/// One node in memory, with what can be asked of it.
struct Centre {
    router: Router,
    app: App,
    log: Log,
    hand: Arc<Hand>,
    _dir: tempfile::TempDir,
}

struct Said {
    status: u16,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Said {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).expect("JSON")
    }
}

impl Centre {
    fn new(seed: u8) -> Centre {
        let dir = tempfile::tempdir().expect("room for a view");
        let disk: SharedDisk = FaultDisk::new(seed.into()).start();
        let start = "2026-11-02T12:00:00Z".parse().unwrap();
        let (clock, hand) = Clock::by_hand(start, seed.into());
        let names = [("en".to_owned(), format!("Centre {seed}"))].into();
        let url = format!("http://centre{seed}.example/");
        node::init(&disk, dir.path(), names, &url, &clock).expect("a new node");
        let overrides = Overrides {
            set: vec!["max_connections=16".to_owned()],
            ..Overrides::default()
        };
        let config = Config::load(dir.path(), &overrides).expect("sound");
        let nobody = Arc::new(Wire(Router::new()));
        let node = node::Node::open(config, disk, nobody, clock).expect("opens");
        // A feed without an identity of its own is enough here, and nobody is there to be asked.
        node.desk.log.open_gate();
        let app = App::new(node.desk);
        Centre {
            router: crate::http::routes(app.clone()),
            log: app.desk.log.clone(),
            app,
            hand,
            _dir: dir,
        }
    }

    async fn of(size: u64) -> Centre {
        let centre = Centre::new(5);
        centre.put(size).await;
        centre
    }

    /// Puts listings, each of a length of its own.
    async fn put(&self, count: u64) {
        let identity = self.identity();
        let deeds = (0..count).map(|at| {
            let draft = format!(
                r#"{{"kind":"organization","name":{{"en":"Group {at}"}},"summary":{{"en":"{}"}},"status":"active"}}"#,
                "x".repeat(1 + at as usize % 250)
            );
            let draft = Draft::from_json(draft.as_bytes()).expect("JSON");
            let checked = draft.check(Taxonomy::standard()).expect("sound");
            let minted = Minted {
                node: identity.nid,
                nonce: u128::from(at).to_be_bytes(),
            };
            Deed::Put {
                target: None,
                salt: [at as u8; 32],
                body: body_of(&minted, &checked.listing).expect("short"),
            }
        });
        for answer in self.log.append_all(deeds.collect()).await.expect("runs") {
            answer.expect("is kept");
        }
    }

    async fn replace(&self, target: u64) {
        let deed = Deed::Put {
            target: Some(Index(target)),
            salt: [9; 32],
            body: b"another".to_vec(),
        };
        self.log.append(deed).await.expect("is kept");
    }

    async fn erase(&self, target: u64) {
        let target = Index(target);
        let kept = self.log.append(Deed::Erase { target }).await;
        kept.expect("is kept");
    }

    fn identity(&self) -> Identity {
        self.app.feeds.own().identity.clone()
    }

    /// Below the own log's prefix.
    fn path(&self, rest: &str) -> String {
        let origin = self.identity().origin;
        format!("/feed/{}/{}/{rest}", origin.nid, origin.epoch)
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Said {
        let request = Request::builder().method(method).uri(path);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let request = request.body(Content::empty()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("answers");
        Said {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            bytes: response
                .into_body()
                .collect()
                .await
                .unwrap()
                .to_bytes()
                .to_vec(),
        }
    }

    async fn fetch(&self, path: &str) -> Said {
        self.ask("GET", path, &[]).await
    }

    /// A part of the own log that must be there.
    async fn part(&self, rest: &str) -> Vec<u8> {
        let said = self.fetch(&self.path(rest)).await;
        assert_eq!(said.status, 200, "{rest}");
        said.bytes
    }

    /// What a stranger who trusts nothing but the identity makes of what is served.
    async fn follow(&self) -> (Follower, Verified, Vec<Vec<u8>>) {
        let nid = self.identity().nid;
        let chain = self.fetch(&format!("/feed/{nid}/identity")).await.bytes;
        let identity = Identity::read(&chain, Some(nid)).expect("proves its node");
        let follower = Follower::new(&identity);
        let note = self.part("checkpoint").await;
        let offer = follower.consider(&note).expect("signed").expect("news");
        let mut trial = follower.begin(offer.clone());
        let mut entries = Vec::new();
        for number in 0..offer.size().0.div_ceil(256) {
            let bundle = EntryBundle::within(offer.size(), number).expect("has entries");
            let bytes = self.part(&bundle.path()).await;
            for entry in EntryBundle::decode(&bytes, bundle.width()).expect("whole") {
                trial.push(entry);
                entries.push(entry.to_vec());
            }
        }
        let (follower, verified) = trial.finish().expect("gives the signed root");
        (follower, verified, entries)
    }
}

/// Another node's way to a router, with no socket between.
struct Wire(Router);

impl Transport for Wire {
    fn fetch(&self, ask: Ask) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            let request = Request::get(ask.url.path()).body(Content::empty()).unwrap();
            let response = self.0.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let header = |name| {
                let value = parts.headers.get(name)?;
                value.to_str().ok().map(str::to_owned)
            };
            let (status, etag, salt) = (parts.status.as_u16(), header("etag"), header(SALT_HEADER));
            Ok(Answer {
                status,
                etag,
                salt,
                body: body.collect().await.unwrap().to_bytes(),
            })
        })
    }

    fn events(&self, _: Url) -> BoxStream<'static, Result<String, TransportError>> {
        Box::pin(futures_util::stream::empty())
    }
}

/// The events of an open stream, as a follower reads them.
type Heard = BoxStream<'static, event_stream::Event>;

async fn listen(centre: &Centre) -> Result<Heard, u16> {
    let request = Request::get("/feed/events").header("accept-encoding", "zstd");
    let request = request.body(Content::empty()).unwrap();
    let response = centre.router.clone().oneshot(request).await.unwrap();
    if response.status() != 200 {
        assert!(response.headers().contains_key("retry-after"));
        return Err(response.status().as_u16());
    }
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert!(!response.headers().contains_key("content-encoding"));
    let bytes = response.into_body().into_data_stream();
    let events = event_stream::events(bytes);
    Ok(Box::pin(events.map(|event| event.expect("sound"))))
}

#[tokio::test]
async fn a_stranger_verifies_what_is_served_at_every_size() {
    for size in SIZES.into_iter().skip(1) {
        let centre = Centre::of(size).await;
        let (follower, verified, entries) = centre.follow().await;
        assert_eq!(
            (follower.size(), verified.begun.len()),
            (Size(size), size as usize)
        );
        let hashes: Vec<Hash> = entries.iter().map(|entry| Hash::leaf(entry)).collect();
        let mut tiles = std::collections::BTreeMap::new();
        for tile in Tile::all(Size(size)) {
            let bytes = centre.part(&tile.path()).await;
            tiles.insert(
                (tile.level(), tile.index()),
                tile.hashes(&bytes).expect("whole"),
            );
        }
        let served = TileHashes(|level: u8, range: std::ops::Range<u64>| {
            let tile = tiles.get(&(level, range.start / 256))?;
            let at = |index: u64| (index % 256) as usize;
            Some(tile.get(at(range.start)..=at(range.end - 1))?.to_vec())
        });
        assert_eq!(root(Size(size), &served), Some(follower.root()));
        let key = centre.identity().log_key;
        for index in [0, size / 2, size - 1] {
            let proof = centre.part(&format!("proof/{index}")).await;
            let receipt = Receipt::parse(&proof).expect("a receipt");
            let leaf = hashes[index as usize];
            let origin = follower.origin().to_string();
            assert_eq!(receipt.index, Index(index));
            receipt
                .verify(leaf, &origin, &key)
                .expect("leads to the root");
        }
    }
}

#[tokio::test]
async fn every_living_body_is_served_with_what_binds_it_to_its_entry() {
    for size in SIZES.into_iter().skip(1) {
        let centre = Centre::of(size).await;
        let (_, verified, entries) = centre.follow().await;
        let mut seen = Vec::new();
        for number in 0..size.div_ceil(256) {
            let bundle = centre.part(&bodies_path(number)).await;
            for framed in read_bundle(number, &bundle).expect("sound") {
                let entry = Entry::decode(&entries[framed.index.0 as usize]).expect("ours");
                check_commitment(framed.index, &entry, framed.salt, framed.body).expect("binds");
                seen.push(framed.index);
            }
        }
        assert_eq!(seen, verified.begun);
        for index in [0, size - 1] {
            let said = centre.fetch(&centre.path(&format!("body/{index}"))).await;
            let salt = STANDARD.decode(said.header(SALT_HEADER)).expect("base64");
            let salt = salt.as_slice().try_into().expect("32 bytes");
            let entry = Entry::decode(&entries[index as usize]).expect("ours");
            check_commitment(Index(index), &entry, salt, &said.bytes).expect("binds");
            let body = Body::read(&said.bytes, Taxonomy::standard()).expect("sound");
            assert_eq!(body.minted.node, centre.identity().nid);
        }
    }
}

#[tokio::test]
async fn nothing_is_served_beyond_what_was_signed() {
    for size in SIZES {
        let centre = Centre::of(size).await;
        let own = centre.app.feeds.own();
        // What a crash may leave: on disk, and promised to nobody.
        let (entry, body) = (vec![0; 52], b"unsigned".to_vec());
        let row = Row {
            entry: &entry,
            leaf: Hash::leaf(&entry),
            body: Some((&[7; 32], &body)),
        };
        own.files_mut().write(&[row]).expect("writes");
        let (bundle, width) = (size / 256, size % 256 + 1);
        let beyond = |path: String| {
            if width == 256 {
                path
            } else {
                format!("{path}.p/{width}")
            }
        };
        let mut absent = vec![
            beyond(format!("tile/0/{bundle:03}")),
            beyond(format!("tile/entries/{bundle:03}")),
            format!("tile/0/{:03}.p/1", bundle + 1),
            format!("tile/{}/000.p/1", if size < 256 { 1 } else { 2 }),
            format!("body/{size}"),
            format!("proof/{size}"),
            format!("bodies/{:03}", size.div_ceil(256)),
            "body/18446744073709551615".to_owned(),
            "proof/18446744073709551615".to_owned(),
            "bodies/x009/x223/x372/x036/x854/x775/807".to_owned(),
            "tile/63/x009/x223/x372/x036/x854/x775/807".to_owned(),
        ];
        if size == 0 {
            absent.push("checkpoint".to_owned());
        }
        for path in absent {
            let said = centre.fetch(&centre.path(&path)).await;
            assert_eq!(said.status, 404, "{path} of {size}");
            assert_eq!(said.header("cache-control"), "no-store");
        }
        for number in 0..size.div_ceil(256) {
            let bundle = centre.part(&bodies_path(number)).await;
            let bodies = read_bundle(number, &bundle).expect("sound");
            assert!(bodies.iter().all(|framed| framed.index.0 < size));
        }
    }
}

#[tokio::test]
async fn a_partial_tile_is_the_beginning_of_the_full_one() {
    let centre = Centre::of(257).await;
    let (tile, bundle) = (
        centre.part("tile/0/000").await,
        centre.part("tile/entries/000").await,
    );
    for width in [1, 2, 128, 255] {
        let hashes = centre.part(&format!("tile/0/000.p/{width}")).await;
        assert_eq!(hashes, tile[..32 * width]);
        let entries = centre.part(&format!("tile/entries/000.p/{width}")).await;
        assert!(bundle.starts_with(&entries));
        let mut rest = entries.as_slice();
        let count = std::iter::from_fn(|| next_entry(&mut rest)).count();
        assert_eq!((count, rest.len()), (width, 0));
    }
}

#[tokio::test]
async fn what_ended_is_gone_and_its_bundle_is_another_version() {
    let centre = Centre::of(257).await;
    let (bundle, body) = (centre.path("bodies/000"), centre.path("body/3"));
    let before = centre.fetch(&bundle).await;
    let held = [("if-none-match", before.header("etag"))];
    let again = centre.ask("GET", &bundle, &held).await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    assert_eq!(again.header("etag"), before.header("etag"));
    let tagged = centre.fetch(&body).await;
    let same = [("if-none-match", tagged.header("etag"))];
    assert_eq!(centre.ask("GET", &body, &same).await.status, 304);
    centre.replace(3).await;
    centre.erase(200).await;
    let after = centre.ask("GET", &bundle, &held).await;
    assert_eq!(after.status, 200);
    let left = read_bundle(0, &after.bytes).expect("sound");
    assert_eq!(left.len(), 254);
    for (index, status) in [
        (3, 410),
        (200, 410),
        (257, 200),
        (258, 404),
        (259, 404),
        (2, 200),
    ] {
        let path = centre.path(&format!("body/{index}"));
        assert_eq!(centre.fetch(&path).await.status, status, "entry {index}");
        assert_eq!(centre.ask("HEAD", &path, &same).await.status, status);
    }
}

#[tokio::test]
async fn every_answer_says_how_it_is_to_be_read_and_kept() {
    let centre = Centre::of(1).await;
    let nid = centre.identity().nid;
    const YEAR: &str = "public, max-age=31536000, immutable";
    for (path, kind, keep) in [
        (
            "/.well-known/clearinghouse".to_owned(),
            "application/json",
            ASK_AGAIN,
        ),
        ("/feed".to_owned(), "application/json", ASK_AGAIN),
        (format!("/feed/{nid}/identity"), TEXT, ASK_AGAIN),
        (centre.path("checkpoint"), TEXT, "no-store"),
        (centre.path("tile/0/000.p/1"), BYTES, YEAR),
        (centre.path("tile/entries/000.p/1"), BYTES, YEAR),
        (centre.path("bodies/000"), BYTES, ASK_AGAIN),
        (centre.path("body/0"), "application/json", ASK_AGAIN),
        (centre.path("proof/0"), TEXT, ASK_AGAIN),
        (
            centre.path("body/1"),
            "application/problem+json",
            "no-store",
        ),
    ] {
        let said = centre.fetch(&path).await;
        let head = centre.ask("HEAD", &path, &[]).await;
        assert_eq!((head.status, head.bytes.len()), (said.status, 0), "{path}");
        for said in [&said, &head] {
            for (name, value) in [
                ("content-type", kind),
                ("cache-control", keep),
                ("access-control-allow-origin", "*"),
                ("access-control-expose-headers", "clearinghouse-salt, etag"),
                ("referrer-policy", "no-referrer"),
                ("x-content-type-options", "nosniff"),
            ] {
                assert_eq!(said.header(name), value, "{name} of {path}");
            }
        }
        let preflight = centre.ask("OPTIONS", &path, &[]).await;
        assert_eq!(preflight.status, 204);
        assert_eq!(
            preflight.header("access-control-allow-methods"),
            "GET, HEAD, OPTIONS"
        );
        let post = centre.ask("POST", &path, &[]).await;
        assert_eq!(
            (post.status, post.header("allow")),
            (405, "GET,HEAD"),
            "{path}"
        );
        assert_eq!(post.header("access-control-allow-origin"), "");
        assert_eq!(post.json()["type"], "/problems/method");
    }
}

#[tokio::test]
async fn a_path_of_nothing_is_a_problem_in_the_language_of_the_asker() {
    let centre = Centre::of(1).await;
    let nid = centre.identity().nid;
    let other = Centre::new(6).identity().nid;
    for path in [
        "/nothing".to_owned(),
        "/feed/".to_owned(),
        format!("/feed/{nid}"),
        format!("/feed/{nid}/"),
        format!("/feed/{nid}/identity/"),
        format!("/feed/{other}/identity"),
        format!("/feed/{other}/1/checkpoint"),
        format!("/feed/{nid}/2/checkpoint"),
        format!("/feed/{}/1/checkpoint", nid.as_str().to_uppercase()),
        centre.path("tile/0/0.p/1"),
        centre.path("tile/0/%30%30%30.p/1"),
        centre.path("bodies/0"),
        centre.path("body/00"),
    ] {
        let said = centre
            .ask("GET", &path, &[("accept-language", "fr-CA, en;q=0.5")])
            .await;
        assert_eq!(said.status, 404, "{path}");
        assert_eq!(said.header("content-type"), "application/problem+json");
        let problem = said.json();
        assert_eq!(problem["type"], "/problems/not-found");
        assert_eq!(problem["title"], "Introuvable");
        assert_eq!(problem["status"], 404);
    }
}

#[tokio::test]
async fn the_card_says_who_this_is() {
    let centre = Centre::of(1).await;
    let identity = centre.identity();
    let card = centre.fetch("/.well-known/clearinghouse").await.json();
    assert_eq!(card["nid"], identity.nid.as_str());
    assert_eq!(card["origin"], identity.origin.to_string());
    for (field, key) in [
        ("log_vkey", &identity.log_key),
        ("witness_vkey", &identity.witness_key),
    ] {
        let text = card[field].as_str().expect("a vkey");
        assert_eq!(text.parse::<VerifierKey>().as_ref(), Ok(key));
    }
    assert_eq!(card["url"], "http://centre5.example/");
    assert_eq!(card["names"]["en"], "Centre 5");
    assert_eq!(card["languages"], serde_json::json!(["en", "fr"]));
    assert_eq!(card["licence"], "CC-BY-4.0");
    assert_eq!(card["software"]["name"], "clearinghouse");
    for path in ["identity", "feeds"] {
        let path = format!("/{}", card["paths"][path].as_str().expect("a path"));
        assert_eq!(centre.fetch(&path).await.status, 200, "{path}");
    }
    let feeds = centre.fetch("/feed").await.json();
    assert_eq!(
        (&feeds[0]["kept"], &feeds[0]["size"]),
        (&"own".into(), &1.into())
    );
}

/// A centre that keeps a mirror of another's three listings.
async fn mirror() -> (Centre, Centre, Arc<Feed>) {
    let (author, centre) = (Centre::of(3).await, Centre::new(6));
    let peer = Peer::new(
        Arc::new(Wire(author.router.clone())),
        Url::parse("http://centre5.example/").unwrap(),
    );
    let chain = peer.identity(author.identity().nid).await.expect("served");
    let feed = centre.app.feeds.add(&chain, None).expect("has room");
    let note = peer.checkpoint(feed.identity.origin).await.expect("served");
    let stepped = step(&centre.app.feeds, &feed, &peer, note, Patience::Wait).await;
    assert_eq!(stepped.expect("verifies").expect("news").begun.len(), 3);
    (author, centre, feed)
}

#[tokio::test]
async fn a_mirror_serves_the_same_bytes_and_bodies_only_within_its_lease() {
    let (author, centre, feed) = mirror().await;
    let now = centre.app.clock.now();
    let day = Duration::from_secs(86_400);
    for (verified_at, later, status) in [
        (None, Duration::ZERO, 503),
        (Some(now), Duration::ZERO, 200),
        (Some(now), 30 * day - Duration::from_secs(1), 200),
        (Some(now), 30 * day, 503),
    ] {
        feed.take_note(|notes| notes.verified_at = verified_at);
        centre.hand.set(now + later);
        feed.take_note(|notes| notes.read_at = Some(now + later));
        for rest in ["bodies/000", "body/2"] {
            let (theirs, ours) = (
                author.fetch(&author.path(rest)).await,
                centre.fetch(&author.path(rest)).await,
            );
            assert_eq!(ours.status, status, "{rest}");
            if status == 200 {
                assert_eq!(ours.bytes, theirs.bytes);
                assert_eq!(ours.header("etag"), theirs.header("etag"));
                assert_eq!(ours.header(SALT_HEADER), theirs.header(SALT_HEADER));
            } else {
                assert!(
                    ours.json()["detail"]
                        .as_str()
                        .expect("text")
                        .contains("30 days")
                );
            }
        }
        for rest in [
            "checkpoint",
            "tile/0/000.p/3",
            "tile/entries/000.p/3",
            "proof/1",
        ] {
            let path = author.path(rest);
            assert_eq!(
                centre.fetch(&path).await.bytes,
                author.fetch(&path).await.bytes
            );
        }
    }
}

#[tokio::test]
async fn a_mirror_that_may_have_missed_an_erasure_hands_out_no_body() {
    let (author, centre, feed) = mirror().await;
    let now = centre.app.clock.now();
    feed.take_note(|notes| notes.verified_at = Some(now));
    let minute = Duration::from_secs(60);
    for (read_at, later, status) in [
        (None, Duration::ZERO, 503),
        (Some(now), Duration::ZERO, 200),
        (Some(now), 10 * minute - Duration::from_secs(1), 200),
        (Some(now), 10 * minute, 503),
    ] {
        feed.take_note(|notes| notes.read_at = read_at);
        centre.hand.set(now + later);
        let answer = centre.fetch(&author.path("body/2")).await;
        assert_eq!(answer.status, status, "{later:?}");
        if status == 503 {
            assert_eq!(answer.json()["type"], "/problems/behind");
            assert_eq!(answer.header("retry-after"), "10");
        }
        assert_eq!(centre.fetch(&author.path("proof/1")).await.status, 200);
    }
}

#[tokio::test]
async fn a_mirror_says_gone_only_of_what_the_log_ended() {
    let (author, centre, feed) = mirror().await;
    let now = centre.app.clock.now();
    feed.take_note(|notes| {
        notes.verified_at = Some(now);
        notes.read_at = Some(now);
    });
    // Lost, not ended.
    feed.files_mut().bodies_mut().drop_bodies([Index(1)]);
    assert_eq!(centre.fetch(&author.path("body/1")).await.status, 404);
    author.erase(0).await;
    let peer = Peer::new(
        Arc::new(Wire(author.router.clone())),
        Url::parse("http://centre5.example/").unwrap(),
    );
    let note = peer.checkpoint(feed.identity.origin).await.expect("served");
    let stepped = step(&centre.app.feeds, &feed, &peer, note, Patience::Wait).await;
    stepped.expect("verifies").expect("news");
    assert_eq!(centre.fetch(&author.path("body/0")).await.status, 410);
    assert_eq!(centre.fetch(&author.path("body/2")).await.status, 200);
}

#[tokio::test]
async fn bodies_are_compressed_when_asked_for_and_noise_is_not() {
    let centre = Centre::of(256).await;
    let zstd = [("accept-encoding", "zstd")];
    for (rest, encoding) in [
        ("bodies/000", "zstd"),
        ("tile/0/000", ""),
        ("body/249", "zstd"),
    ] {
        let said = centre.ask("GET", &centre.path(rest), &zstd).await;
        assert_eq!(said.header("content-encoding"), encoding, "{rest}");
        let plain = centre.part(rest).await;
        if encoding == "zstd" {
            assert!(said.bytes.len() < plain.len());
            assert_eq!(
                zstd::decode_all(said.bytes.as_slice()).expect("zstd"),
                plain
            );
        } else {
            assert_eq!(said.bytes, plain);
        }
    }
}

#[tokio::test]
async fn a_bundle_of_several_pieces_arrives_whole() {
    let centre = Centre::new(5);
    let deeds = (0..5).map(|at| Deed::Put {
        target: None,
        salt: [at; 32],
        body: vec![b'a' + at; 65_536],
    });
    centre
        .log
        .append_all(deeds.collect())
        .await
        .expect("is kept");
    let bundle = centre.part("bodies/000").await;
    let bodies = read_bundle(0, &bundle).expect("sound");
    assert_eq!(bodies.len(), 5);
    assert!(bodies.iter().all(|framed| framed.body.len() == 65_536));
}

#[tokio::test]
async fn events_are_the_exact_notes_of_every_feed_and_then_of_each_change() {
    let (_, centre, feed) = mirror().await;
    centre.put(1).await;
    let mut events = listen(&centre).await.expect("a place");
    let current = |feed: &Feed| String::from_utf8(feed.files().checkpoint().unwrap().to_vec());
    let mut heard = Vec::new();
    for _ in 0..2 {
        let event = events.next().await.expect("an event");
        assert_eq!(event.event, "checkpoint");
        heard.push(event.data);
    }
    for feed in [&feed, &centre.app.feeds.own()] {
        assert!(heard.contains(&current(feed).unwrap()));
    }
    centre.put(1).await;
    let event = events.next().await.expect("an event");
    assert_eq!(event.data, current(&centre.app.feeds.own()).unwrap());
    // More news than the channel holds: the reader lost some, so everything is told again.
    for _ in 0..5000 {
        centre.app.feeds.announce(feed.nid());
    }
    let mut again = [
        events.next().await.unwrap().data,
        events.next().await.unwrap().data,
    ];
    let mut all = [&feed, &centre.app.feeds.own()].map(|feed| current(feed).unwrap());
    again.sort();
    all.sort();
    assert_eq!(again, all);
    centre.app.leave.cancel();
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_silent_stream_says_that_it_is_still_there() {
    let centre = Centre::new(5);
    let request = Request::get("/feed/events").body(Content::empty()).unwrap();
    let response = centre.router.clone().oneshot(request).await.unwrap();
    let mut bytes = response.into_body().into_data_stream();
    let hello = bytes.next().await.expect("begins").expect("bytes");
    assert!(hello.starts_with(b":"));
    let (hand, reader) = (
        centre.hand.clone(),
        tokio::spawn(async move { bytes.next().await }),
    );
    while hand.sleepers() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(hand.next_wake(), Some(hand.now() + Duration::from_secs(20)));
    hand.advance_to_next_wake();
    let comment = reader.await.unwrap().expect("goes on").expect("bytes");
    assert!(comment.starts_with(b":") && comment.ends_with(b"\n\n"));
}

#[tokio::test]
async fn streams_have_places_and_give_them_back() {
    let centre = Centre::new(5);
    let mut open = Vec::new();
    // Half of sixteen connections.
    for _ in 0..8 {
        open.push(listen(&centre).await.expect("a place"));
    }
    assert_eq!(listen(&centre).await.err(), Some(503));
    drop(open.pop());
    assert!(listen(&centre).await.is_ok());
}
