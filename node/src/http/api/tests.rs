//! What programs can ask and change, asked of a whole node.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, empty};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use url::Url;

use super::*;
use crate::clock::Clock;
use crate::config::{Config, Overrides};
use crate::feed::transport::{Answer, Ask, Transport, TransportError};
use crate::http;
use crate::node::{Node, init};
use crate::store::real_disk::RealDisk;

/// A world in which this node is alone.
struct Nobody;

impl Transport for Nobody {
    fn fetch(&self, ask: Ask) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            Err(TransportError::Unreachable {
                url: ask.url.to_string(),
                reason: "nobody is there".to_owned(),
            })
        })
    }

    fn events(&self, _: Url) -> BoxStream<'static, Result<String, TransportError>> {
        Box::pin(empty())
    }
}

/// A network in memory: the routes of each node by its address.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<BTreeMap<String, Router>>>);

impl Wire {
    async fn request(&self, url: &Url) -> Option<axum::response::Response> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let router = self.0.lock().expect("a sound lock").get(&host).cloned()?;
        let request = Request::builder().uri(url.path()).body(Body::empty());
        let answer = router.oneshot(request.expect("a request")).await;
        Some(answer.expect("a router answers"))
    }
}

impl Transport for Wire {
    fn fetch(&self, ask: Ask) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            let Some(response) = self.request(&ask.url).await else {
                return Nobody.fetch(ask).await;
            };
            let (parts, body) = response.into_parts();
            let header = |name: &str| {
                let value = parts.headers.get(name);
                value.map(|value| value.to_str().expect("a header's text").to_owned())
            };
            Ok(Answer {
                status: parts.status.as_u16(),
                body: to_bytes(body, ask.max_bytes).await.expect("a short answer"),
                etag: header("etag"),
                salt: header("clearinghouse-salt"),
            })
        })
    }

    fn events(&self, url: Url) -> BoxStream<'static, Result<String, TransportError>> {
        let wire = self.clone();
        Box::pin(async_stream::stream! {
            let Some(response) = wire.request(&url).await else { return };
            let mut body = Events {
                body: response.into_body().into_data_stream(),
                text: String::new(),
            };
            while let Some(event) = body.more().await {
                let lines = event.lines().filter_map(|line| line.strip_prefix("data: ").or(line.strip_prefix("data:")));
                let text: Vec<_> = lines.collect();
                if !text.is_empty() {
                    yield Ok(text.join("\n"));
                }
            }
        })
    }
}

/// A small node of one centre that runs.
struct World {
    app: App,
    router: Router,
    token: String,
    running: tokio::task::JoinHandle<()>,
    _data: TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        self.running.abort();
    }
}

struct Told {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Told {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("a header's text"))
    }
}

impl World {
    async fn new() -> World {
        World::named(
            "Kingston Centre",
            "http://127.0.0.1:7100/",
            Arc::new(Nobody),
        )
        .await
    }

    /// Another one, that others reach at `url` and that reaches others by `transport`.
    async fn named(name: &str, url: &str, transport: Arc<dyn Transport>) -> World {
        let folder = TempDir::new().expect("a folder");
        let data = folder.path().join("kingston");
        let disk = RealDisk::shared();
        let names = BTreeMap::from([
            ("en".to_owned(), name.to_owned()),
            ("fr".to_owned(), "Centre de Kingston".to_owned()),
        ]);
        let clock = Clock::system();
        init(&disk, &data, names, url, &clock).expect("a new node");
        let flags = Overrides {
            set: vec![format!("name.en={name}")],
            ..Overrides::default()
        };
        let config = Config::load(&data, &flags).expect("a sound configuration");
        let node = Node::open(config, disk, transport, clock).expect("a node that opens");
        let desk = node.desk.clone();
        let running = tokio::spawn(async move { node.run().await.expect("a node that runs") });
        let token = desk.create_token("tests").await.expect("a token");
        let app = App::new(desk);
        World {
            router: http::routes(app.clone()),
            app,
            token: token.as_str().to_owned(),
            running,
            _data: folder,
        }
    }

    async fn ask(&self, method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Told {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Body::from(body.to_owned()))
            .expect("a request");
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 << 20).await.expect("a whole answer");
        Told {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }

    async fn get(&self, uri: &str) -> Told {
        self.ask("GET", uri, &[], "").await
    }

    async fn write(&self, method: &str, uri: &str, headers: &[(&str, &str)], body: &Value) -> Told {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        self.ask(method, uri, &all, &body.to_string()).await
    }

    async fn publish(&self, draft: &Value) -> Told {
        self.write("POST", "/api/v1/listings", &[], draft).await
    }

    async fn found(&self, question: &str) -> Vec<String> {
        let told = self.get(&format!("/api/v1/listings?{question}")).await;
        assert_eq!(told.status, 200, "{question}: {}", told.text);
        let answer = told.json();
        let listings = answer["items"].as_array().expect("a list").iter();
        listings
            .map(|listing| listing["id"].as_str().expect("an id").to_owned())
            .collect()
    }
}

fn draft() -> Value {
    json!({
        "kind": "group",
        "name": {"en": "Evenings for bereaved parents", "fr": "Soirées des parents en deuil"},
        "summary": {"en": "After the death of a child."},
        "concerns": ["bereavement.child"],
        "openness": "open",
        "ways": ["in-person"],
        "languages": ["en"],
        "schedules": [{
            "start": "2026-01-06T19:00", "duration_min": 90, "time_zone": "America/Toronto",
            "rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "place": 0
        }],
        "places": [{
            "precision": "exact", "street": "1 Princess St", "city": "Kingston", "region": "CA-ON",
            "country": "CA", "latitude": 44.2312, "longitude": -76.4860
        }],
        "private": {"notes": "the marker of a private note"}
    })
}

fn telephone() -> Value {
    json!({
        "kind": "peer-support",
        "name": {"en": "Night line"},
        "concerns": ["addictions"],
        "ways": ["telephone"],
        "languages": ["fr"]
    })
}

/// Asks for the two listings, [`draft`] and [`telephone`], in every way that there is.
async fn is_found(world: &World) {
    for (question, hits) in [
        ("", 2),
        ("q=bereaved", 1),
        ("q=deuil", 1),
        ("q=endeuill%C3%A9s", 1),
        ("near=Kingston", 1),
        ("near=K7L", 1),
        ("near=kingston%20on&within_km=5", 1),
        ("near=Toronto", 0),
        ("concern=bereavement", 1),
        ("concern=addictions,bereavement", 2),
        ("concern=addictions&concern=bereavement.child", 2),
        ("kind=peer-support", 1),
        ("way=telephone", 1),
        ("language=FR", 1),
        ("day=tue", 1),
        ("day=1", 1),
        ("day=mon", 0),
        ("openness=open", 1),
        ("openness=forming", 0),
        ("limit=1", 1),
        ("q=&near=&kind=", 2),
    ] {
        assert_eq!(world.found(question).await.len(), hits, "{question}");
    }
    let near = world.get("/api/v1/listings?near=Kingston").await.json();
    let km = near["items"][0]["distance_km"]
        .as_f64()
        .expect("a distance");
    assert!(km < 10.0, "{km}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_is_published_found_revised_and_erased() {
    let world = World::new().await;
    let created = world.publish(&draft()).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let (location, version) = (created.header("location"), created.header("etag"));
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(location, format!("/api/v1/listings/{id}"));
    assert_eq!(version, "\"1-1\"");
    world.publish(&telephone()).await;

    let shown = world.get(location).await;
    assert_eq!((shown.status, shown.header("etag")), (200, version));
    assert_eq!(shown.header("access-control-allow-origin"), "*");
    let listing = shown.json();
    assert_eq!(listing["centre"]["name"]["fr"], "Centre de Kingston");
    assert!(
        listing["next_meeting"]
            .as_str()
            .is_some_and(|next| next.contains("T19:00:00-0"))
    );
    assert!(!shown.text.contains("marker"), "{}", shown.text);
    let same = world
        .ask("GET", location, &[("if-none-match", version)], "")
        .await;
    assert_eq!((same.status, same.text.as_str()), (304, ""));
    let head = world.ask("HEAD", location, &[], "").await;
    assert_eq!((head.status, head.header("etag")), (200, version));

    is_found(&world).await;

    let mut revised = listing;
    revised["summary"] = json!({"en": "Now with zebras."});
    for (seen, status) in [
        (None, 428),
        (Some("\"1-9\""), 412),
        (Some("x"), 412),
        (Some(version), 200),
    ] {
        let seen: Vec<_> = seen.map(|seen| ("if-match", seen)).into_iter().collect();
        let told = world.write("PUT", location, &seen, &revised).await;
        assert_eq!(told.status, status, "{seen:?} {}", told.text);
    }
    let now = world.get(location).await;
    assert_eq!(now.header("etag"), "\"1-3\"");
    assert_eq!(now.json()["summary"]["en"], "Now with zebras.");
    assert_eq!(world.found("q=zebras").await, [id.as_str()]);
    let stale = world
        .write("PUT", location, &[("if-match", version)], &revised)
        .await;
    assert_eq!(stale.status, 412);
    let other = json!({"id": "6f1f0c3a-7c8e-8d0b-9a43-0f2f6f9be1aa"});
    let moved = world
        .write("PUT", location, &[("if-match", "*")], &other)
        .await;
    assert_eq!(moved.status, 400, "{}", moved.text);

    is_erased(&world, location, version, &revised).await;
}

/// Erases a listing of which an older version was seen.
async fn is_erased(world: &World, location: &str, version: &str, revised: &Value) {
    let refused = world
        .write("DELETE", location, &[("if-match", version)], &json!(null))
        .await;
    assert_eq!(refused.status, 412);
    let erased = world.write("DELETE", location, &[], &json!(null)).await;
    assert_eq!(
        (erased.status, erased.text.as_str()),
        (204, ""),
        "{}",
        erased.text
    );
    let gone = world.get(location).await;
    assert_eq!(
        (gone.status, gone.header("content-type")),
        (410, "application/problem+json")
    );
    for question in ["q=zebras", "near=Kingston", "concern=bereavement"] {
        assert!(world.found(question).await.is_empty(), "{question}");
    }
    for method in ["PUT", "DELETE"] {
        let told = world
            .write(method, location, &[("if-match", "*")], revised)
            .await;
        assert_eq!(told.status, 410, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_shows_a_token_writes() {
    let world = World::new().await;
    let (all, one) = (
        "/api/v1/listings",
        "/api/v1/listings/6f1f0c3a-7c8e-8d0b-9a43-0f2f6f9be1aa",
    );
    let basic = format!("Basic {}", world.token);
    for secret in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer ch_x",
        "Bearer \u{e9}",
        &basic,
    ] {
        for (method, path) in [("POST", all), ("PUT", one), ("DELETE", one)] {
            let told = world
                .ask(method, path, &[("authorization", secret)], "{}")
                .await;
            assert_eq!(told.status, 401, "{method} {secret}");
            assert_eq!(told.header("www-authenticate"), "Bearer");
        }
    }
    let lower = format!("bearer {}", world.token);
    let told = world
        .ask("POST", all, &[("authorization", &lower)], "{}")
        .await;
    assert_eq!(told.status, 422);
    assert!(world.app.desk.revoke_token("tests").await.expect("a disk"));
    assert_eq!(world.publish(&draft()).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_is_not_sound_is_refused_with_every_fault_in_the_readers_language() {
    let world = World::new().await;
    let mut faulty = draft();
    faulty["concerns"] = json!(["bereavment"]);
    faulty["contacts"] = json!([{"email": "nobody", "consent": true}]);
    let fields = |told: &Told| -> Vec<String> {
        let problem = told.json();
        let errors = problem["errors"].as_array().expect("errors").iter();
        errors
            .map(|error| error["field"].as_str().expect("a field").to_owned())
            .collect()
    };
    let en = world.publish(&faulty).await;
    let fr = world
        .write(
            "POST",
            "/api/v1/listings",
            &[("accept-language", "fr-CA,en;q=0.5")],
            &faulty,
        )
        .await;
    for told in [&en, &fr] {
        assert_eq!(told.status, 422);
        assert_eq!(told.header("content-type"), "application/problem+json");
        assert_eq!(fields(told), ["concerns[0]", "contacts[0].email"]);
    }
    assert_eq!(fr.json()["detail"], "2 points sont à corriger.");
    assert_ne!(
        en.json()["errors"][0]["message"],
        fr.json()["errors"][0]["message"]
    );

    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = format!("{{\"x\":{}1{}}}", "[".repeat(60), "]".repeat(60));
    let bearer = format!("Bearer {}", world.token);
    for (body, status) in [
        (String::new(), 422),
        ("{".to_owned(), 422),
        ("null".to_owned(), 422),
        ("[]".to_owned(), 422),
        ("{}".to_owned(), 422),
        ("{\"name\":{\"en\":\"\\ud800\"}}".to_owned(), 422),
        ("{\"min_age\":9007199254740992}".to_owned(), 422),
        ("{\"min_age\":1e400}".to_owned(), 422),
        (nested, 422),
        (deep, 413),
        (
            format!("{{\"description\":{{\"en\":\"{}\"}}}}", "a".repeat(70_000)),
            413,
        ),
        (" ".repeat(65_536), 422),
        (" ".repeat(65_537), 413),
    ] {
        let told = world
            .ask(
                "POST",
                "/api/v1/listings",
                &[("authorization", &bearer)],
                &body,
            )
            .await;
        assert_eq!(
            told.status,
            status,
            "{} {}",
            &body[..body.len().min(60)],
            told.text
        );
        assert_eq!(told.header("content-type"), "application/problem+json");
    }
    assert!(world.found("").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_not_understood_names_its_parameter_and_repeats_no_words() {
    let world = World::new().await;
    let long = format!("q={}", "a".repeat(201));
    let terms = clearinghouse_protocol::listing::Taxonomy::standard().terms();
    let ids: Vec<_> = terms.iter().take(51).map(|term| term.id()).collect();
    let many = format!("concern={}", ids.join(","));
    let flood = "q=&".repeat(101);
    let twins = format!("/api/v1/listings?{}", "kind=zzz&".repeat(90));
    assert_eq!(
        world.get(&twins).await.json()["errors"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    for (path, question, field, hint) in [
        ("listings", "p=x", "p", ""),
        ("listings", "concerns=bereavement", "concerns", "concern"),
        ("listings", "%F0%9F=1", "\u{fffd}", ""),
        ("listings", long.as_str(), "q", "200"),
        ("listings", "q=a&q=b", "q", ""),
        ("listings", "q=secretword%FF", "q", ""),
        ("listings", "q=secretword%00", "q", ""),
        ("listings", "concern=bereavment", "concern", "bereavement"),
        ("listings", "concern=secretwordxyz", "concern", ""),
        ("listings", "kind=grup", "kind", "group"),
        ("listings", "kind=secretword", "kind", ""),
        ("listings", "way=on-line", "way", "online"),
        ("listings", "language=secretword%20x", "language", "BCP 47"),
        ("listings", many.as_str(), "concern", "50"),
        ("listings", "day=7", "day", "mon"),
        ("listings", "day=secretword", "day", "sun"),
        ("listings", "openness=opened", "openness", "open"),
        ("listings", "for_whom=womens", "for_whom", "women"),
        (
            "listings",
            "accessibility=wheelchairs",
            "accessibility",
            "wheelchair",
        ),
        ("listings", "centre=secretword", "centre", "26"),
        ("listings", "near=Kingstown", "near", "Kingston, ON"),
        ("listings", "near=secretwordzzz", "near", ""),
        ("listings", "within_km=5", "within_km", "near"),
        (
            "listings",
            "near=Kingston&within_km=2001",
            "within_km",
            "2000",
        ),
        (
            "listings",
            "near=Kingston&within_km=-1",
            "within_km",
            "2000",
        ),
        (
            "listings",
            "near=Kingston&within_km=NaN",
            "within_km",
            "2000",
        ),
        (
            "listings",
            "near=Kingston&within_km=inf",
            "within_km",
            "2000",
        ),
        (
            "listings",
            "near=Kingston&within_km=1e999",
            "within_km",
            "2000",
        ),
        ("listings", "limit=0", "limit", "100"),
        ("listings", "limit=101", "limit", "100"),
        ("listings", "limit=%2B5", "limit", "100"),
        ("listings", "limit=9007199254740992", "limit", "100"),
        ("listings", "limit=99999999999999999999999", "limit", "100"),
        ("listings", "cursor=AAAAAAAAAAAAAAAA", "cursor", ""),
        ("listings", "cursor=secretword", "cursor", ""),
        ("listings", flood.as_str(), "", "100"),
        ("changes", "after=-1", "after", ""),
        ("changes", "after=18446744073709551616", "after", ""),
        ("changes", "limit=1001", "limit", "1000"),
        ("changes", "q=secretword", "q", ""),
        ("places", "near=x", "near", ""),
        ("places", "q=%C3%28", "q", ""),
    ] {
        let told = world.get(&format!("/api/v1/{path}?{question}")).await;
        assert_eq!(told.status, 400, "{question}: {}", told.text);
        let problem = told.json();
        let errors = problem["errors"].as_array().expect("errors");
        assert_eq!(errors.len(), 1, "{question}: {errors:?}");
        assert_eq!(errors[0]["field"], field, "{question}");
        let message = errors[0]["message"].as_str().expect("a message");
        assert!(message.contains(hint), "{question}: {message}");
        assert!(
            !told.text.contains("secretword"),
            "{question}: {}",
            told.text
        );
        assert!(!message.contains("query-"), "{message}");
    }
    let several = world
        .get("/api/v1/listings?kind=x&limit=0&day=x")
        .await
        .json();
    assert_eq!(several["errors"].as_array().map(Vec::len), Some(3));
    for path in [
        "x",
        "6f1f0c3a7c8e8d0b9a430f2f6f9be1aa",
        "%FF",
        "6f1f0c3a-7c8e-8d0b-9a43-0f2f6f9be1aa",
    ] {
        assert_eq!(
            world.get(&format!("/api/v1/listings/{path}")).await.status,
            404,
            "{path}"
        );
    }
    assert_eq!(
        world.ask("PATCH", "/api/v1/listings", &[], "").await.status,
        405
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_one_another_and_an_unchanged_answer_is_spared() {
    let world = World::new().await;
    for number in 0..5 {
        let mut draft = telephone();
        draft["name"]["en"] = json!(format!("Line {number}"));
        assert_eq!(world.publish(&draft).await.status, 201);
    }
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let told = world.get(&format!("/api/v1/listings?limit=2{next}")).await;
        let answer = told.json();
        assert_eq!(answer["total"], 5);
        let listings = answer["items"].as_array().expect("a list").iter();
        seen.extend(listings.map(|listing| listing["id"].as_str().expect("an id").to_owned()));
        let Some(cursor) = answer["next"].as_str() else {
            break;
        };
        next = format!("&cursor={cursor}");
        let elsewhere = world.get(&format!("/api/v1/listings?q=line{next}")).await;
        assert_eq!(elsewhere.status, 400);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    let answer = world.get("/api/v1/listings?kind=peer-support").await;
    let facets = answer.json()["facets"].clone();
    assert_eq!(facets["way"], json!([{"value": "telephone", "count": 5}]));
    assert!(facets["concern"][0]["label"]["fr"].is_string());
    assert_eq!(facets["centre"][0]["label"]["en"], "Kingston Centre");
    assert_eq!(answer.header("cache-control"), "no-cache");
    let tag = answer.header("etag").to_owned();
    let uri = "/api/v1/listings?kind=peer-support";
    // The minute may turn between two questions, but not twice.
    let mut spared = false;
    let mut held = tag.clone();
    for _ in 0..2 {
        let told = world.ask("GET", uri, &[("if-none-match", &held)], "").await;
        spared |= told.status == 304 && told.text.is_empty();
        held = told.header("etag").to_owned();
    }
    assert!(spared);
    world.publish(&telephone()).await;
    let changed = world.ask("GET", uri, &[("if-none-match", &held)], "").await;
    assert_eq!(changed.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_listed_in_their_order() {
    let world = World::new().await;
    let first = world.publish(&draft()).await.json()["id"].clone();
    let second = world.publish(&telephone()).await.json()["id"].clone();
    let all = world.get("/api/v1/changes").await.json();
    let told: Vec<_> = all["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|change| (change["id"].clone(), change["change"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            (first.clone(), json!("put")),
            (second.clone(), json!("put"))
        ]
    );
    assert_eq!(all["changes"][0]["listing"]["id"], first);
    let some = world.get("/api/v1/changes?limit=1").await.json();
    let next = some["next"].as_u64().expect("a number");
    let rest = world
        .get(&format!("/api/v1/changes?after={next}"))
        .await
        .json();
    assert_eq!(rest["changes"].as_array().map(Vec::len), Some(1));
    assert_eq!(rest["changes"][0]["id"], second);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_told_as_they_happen() {
    let world = World::new().await;
    let first = world.publish(&draft()).await.json()["id"].clone();
    let second = world.publish(&telephone()).await.json()["id"].clone();
    let path = format!("/api/v1/listings/{}", first.as_str().expect("an id"));
    let all = world.get("/api/v1/changes").await.json();
    let mut events = world.events(&[]).await;
    let generation = events.next().await;
    assert!(
        generation.starts_with("event: generation\n"),
        "{generation}"
    );
    assert!(generation.contains(all["generation"].as_str().expect("a text")));
    for id in [&first, &second] {
        let event = events.next().await;
        assert!(
            event.contains("event: change\n") && event.contains(id.as_str().expect("an id")),
            "{event}"
        );
    }
    world.write("DELETE", &path, &[], &json!(null)).await;
    let event = events.next().await;
    assert!(
        event.contains("\"change\":\"removed\"") && !event.contains("\"listing\""),
        "{event}"
    );
    let last = event
        .lines()
        .find_map(|line| line.strip_prefix("id: "))
        .expect("an id")
        .to_owned();

    let mut resumed = world.events(&[("last-event-id", &last)]).await;
    resumed.next().await;
    world.publish(&telephone()).await;
    let event = resumed.next().await;
    assert!(event.contains("Night line"), "{event}");
    // A number of another generation: from the beginning.
    let mut anew = world.events(&[("last-event-id", "999999")]).await;
    anew.next().await;
    assert!(anew.next().await.contains(second.as_str().expect("an id")));

    world.app.leave.cancel();
    for mut stream in [events, resumed, anew] {
        while stream.more().await.is_some() {}
    }
}

/// Events of a stream, one text each.
struct Events {
    body: axum::body::BodyDataStream,
    text: String,
}

impl Events {
    async fn more(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(event);
            }
            let piece = tokio::time::timeout(Duration::from_secs(10), self.body.next()).await;
            let piece = piece.expect("an event or the end in time")?;
            self.text
                .push_str(std::str::from_utf8(&piece.expect("bytes")).expect("text"));
        }
    }

    async fn next(&mut self) -> String {
        self.more().await.expect("an event")
    }
}

impl World {
    async fn events(&self, headers: &[(&str, &str)]) -> Events {
        let mut request = Request::builder()
            .uri("/api/v1/changes")
            .header("accept", "text/event-stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events {
            body: response.into_body().into_data_stream(),
            text: String::new(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_network_concerns_and_places_are_told() {
    let world = World::new().await;
    world.publish(&telephone()).await;
    let network = world.get("/api/v1/network").await.json();
    let own = world.app.feeds.own();
    assert_eq!(network["total"], 1);
    let node = &network["items"][0];
    assert_eq!(node["nid"], json!(own.nid().as_str()));
    assert_eq!(node["vkey"], json!(own.identity.log_key.to_string()));
    assert_eq!(node["health"], json!({"state": "own"}));
    assert_eq!(
        (&node["standing"], &node["depth"]),
        (&json!("root"), &json!(0))
    );
    assert_eq!(
        (&node["size"], &node["listings"], &node["set_aside"]),
        (&json!(2), &json!(1), &json!(0))
    );

    let concerns = world.get("/api/v1/concerns").await;
    assert!(concerns.header("cache-control").contains("max-age"));
    let tree = concerns.json();
    fn count(terms: &Value) -> usize {
        let terms = terms.as_array().expect("a list").iter();
        terms.map(|term| 1 + count(&term["children"])).sum()
    }
    assert_eq!(json!(count(&tree["items"])), tree["total"]);

    for (text, near) in [
        ("kingst", "Kingston, ON"),
        ("K7L", "K7L"),
        ("montreal", "Montreal, QC"),
        ("ontario", "Ontario"),
    ] {
        let places = world.get(&format!("/api/v1/places?q={text}")).await.json();
        let found = places["items"][0]["near"]
            .as_str()
            .expect("a place")
            .to_owned();
        assert!(found.starts_with(near), "{text}: {found}");
        let query: String = url::form_urlencoded::byte_serialize(found.as_bytes()).collect();
        assert_eq!(
            world
                .get(&format!("/api/v1/listings?near={query}"))
                .await
                .status,
            200,
            "{found}"
        );
    }
    assert_eq!(world.get("/api/v1/places").await.json()["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_is_described_and_every_described_path_answers() {
    let world = World::new().await;
    let told = world.get("/api/openapi.json").await;
    let document = told.json();
    assert_eq!(document["openapi"], "3.1.0");
    let text = &told.text;
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().expect("a name");
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
    let mut described = Vec::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            described.push(format!("{} {path}", method.to_uppercase()));
            let uri = path.replace("{uuid}", "6f1f0c3a-7c8e-8d0b-9a43-0f2f6f9be1aa");
            let answered = world.ask(&method.to_uppercase(), &uri, &[], "").await;
            let expected = operation["responses"].as_object().expect("responses");
            assert!(
                expected.contains_key(&answered.status.to_string()),
                "{method} {path}: {}",
                answered.status
            );
            assert!(
                operation["summary"].is_string() || operation["description"].is_string(),
                "{path}"
            );
            assert_eq!(
                operation["security"].is_array(),
                method != "get",
                "{method} {path}"
            );
        }
    }
    described.sort();
    assert_eq!(
        described,
        [
            "DELETE /api/v1/listings/{uuid}",
            "GET /api/openapi.json",
            "GET /api/v1/changes",
            "GET /api/v1/concerns",
            "GET /api/v1/listings",
            "GET /api/v1/listings/{uuid}",
            "GET /api/v1/network",
            "GET /api/v1/network/{nid}",
            "GET /api/v1/places",
            "POST /api/v1/listings",
            "PUT /api/v1/listings/{uuid}",
        ]
    );
    let options = world.ask("OPTIONS", "/api/v1/listings", &[], "").await;
    assert_eq!(options.header("access-control-allow-origin"), "*");
}

/// What JSON Schema calls a value.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Panics unless a value is what a schema of the description says; whatever has no place in it too.
fn fits(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.strip_prefix('#').expect("a reference inside");
        return fits(document, document.pointer(pointer).expect(name), value, at);
    }
    if let Some(all) = schema["allOf"].as_array() {
        return all.iter().for_each(|part| fits(document, part, value, at));
    }
    let kind = kind_of(value);
    let one_of = schema["oneOf"].as_array().filter(|_| !value.is_null());
    if let Some(one_of) = one_of {
        return fits(document, one_of.last().expect("a choice"), value, at);
    }
    let allowed = |name: &str| {
        schema["type"] == name
            || schema["type"]
                .as_array()
                .is_some_and(|types| types.contains(&json!(name)))
    };
    let fits_kind = allowed(kind) || (kind == "integer" && allowed("number"));
    assert!(
        fits_kind || schema["type"].is_null() || value.is_null() && schema["oneOf"].is_array(),
        "{at}: {kind} is not {schema}"
    );
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{at}: {value}");
    }
    for (place, element) in value.as_array().into_iter().flatten().enumerate() {
        fits(
            document,
            &schema["items"],
            element,
            &format!("{at}[{place}]"),
        );
    }
    let Some(fields) = value.as_object() else {
        return;
    };
    for required in schema["required"].as_array().into_iter().flatten() {
        let name = required.as_str().expect("a name");
        assert!(fields.contains_key(name), "{at}.{name} is missing");
    }
    for (name, value) in fields {
        let (own, more) = (&schema["properties"][name], &schema["additionalProperties"]);
        if !own.is_null() || !more.is_null() {
            let schema = if own.is_null() { more } else { own };
            fits(document, schema, value, &format!("{at}.{name}"));
        } else {
            // Half of a listing that was found is described in the other half of its schema.
            let half = at.contains("items[") || at.contains("listing") || at == "found";
            assert!(half, "{at}.{name} is not described");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_what_the_description_says() {
    let world = World::new().await;
    let created = world.publish(&draft()).await;
    world.publish(&telephone()).await;
    let document = world.get("/api/openapi.json").await.json();
    let found = &document["components"]["schemas"]["ListingFound"];
    fits(&document, found, &created.json(), "found");
    fits(&document, found, &found["examples"][0], "found");
    for path in [
        "/api/v1/listings?near=Kingston",
        "/api/v1/listings?limit=1",
        "/api/v1/changes",
        "/api/v1/network",
        "/api/v1/concerns",
        "/api/v1/places?q=kings",
    ] {
        let (plain, _) = path.split_once('?').unwrap_or((path, ""));
        let content = &document["paths"][plain]["get"]["responses"]["200"]["content"];
        let schema = &content["application/json"]["schema"];
        assert!(schema.is_object(), "{path}");
        fits(&document, schema, &world.get(path).await.json(), plain);
    }
    let documented = include_str!("../../../../docs/api.md");
    let (_, example) = documented.split_once("```json\n").expect("an example");
    let (example, _) = example.split_once("```").expect("its end");
    let draft = serde_json::from_str(example).expect("a documented draft");
    assert_eq!(world.publish(&draft).await.status, 201);
    let problem = &document["components"]["schemas"]["Problem"];
    fits(
        &document,
        problem,
        &world.get("/api/v1/listings?x=1").await.json(),
        "problem",
    );
}

#[test]
fn the_description_of_a_listing_knows_our_words_and_fields() {
    use clearinghouse_protocol::listing::*;
    let components: Value = serde_json::from_str(include_str!("components.json")).expect("JSON");
    let listing = &components["schemas"]["Listing"]["properties"];
    fn words<W: Word>() -> Value {
        W::WORDS.iter().map(|(word, _)| *word).collect()
    }
    for (described, known) in [
        (&listing["kind"]["enum"], words::<Kind>()),
        (&listing["for_whom"]["items"]["enum"], words::<ForWhom>()),
        (&listing["leadership"]["enum"], words::<Leadership>()),
        (&listing["openness"]["enum"], words::<Openness>()),
        (&listing["ways"]["items"]["enum"], words::<Way>()),
        (
            &listing["area"]["properties"]["scope"]["enum"],
            words::<Scope>(),
        ),
        (
            &listing["cost"]["properties"]["kind"]["enum"],
            words::<CostKind>(),
        ),
        (
            &listing["accessibility"]["items"]["enum"],
            words::<Accessibility>(),
        ),
        (&listing["status"]["enum"], words::<Status>()),
        (
            &listing["confirmed"]["properties"]["by"]["enum"],
            words::<ConfirmedBy>(),
        ),
        (
            &components["schemas"]["Place"]["properties"]["precision"]["enum"],
            words::<Precision>(),
        ),
        (
            &components["schemas"]["Link"]["properties"]["kind"]["enum"],
            words::<LinkKind>(),
        ),
    ] {
        assert_eq!(*described, known);
    }
    let example = &components["schemas"]["Draft"]["examples"][0];
    let draft = Draft::from_value(example.clone()).expect("a draft");
    draft
        .check(Taxonomy::standard())
        .expect("an example that is sound");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_reads_while_others_write_sees_whole_listings() {
    let world = Arc::new(World::new().await);
    let created = world.publish(&draft()).await;
    let path = created.header("location").to_owned();
    let writer = {
        let (world, path) = (world.clone(), path.clone());
        tokio::spawn(async move {
            for round in 0..15 {
                let mut revised = draft();
                revised["summary"] = json!({"en": format!("Round {round}.")});
                let told = world
                    .write("PUT", &path, &[("if-match", "*")], &revised)
                    .await;
                assert_eq!(told.status, 200, "{}", told.text);
            }
        })
    };
    let mut reads = 0;
    while !writer.is_finished() {
        let told = world.get(&path).await;
        assert_eq!(told.status, 200, "after {reads} reads: {}", told.text);
        let found = world.get("/api/v1/listings").await.json();
        assert_eq!(
            found["items"].as_array().map(Vec::len),
            Some(1),
            "after {reads} reads"
        );
        reads += 1;
    }
    writer.await.expect("every revision is kept");
    assert!(reads > 0);
    let same = world.get(&path).await.header("etag").to_owned();
    let revise = || async {
        let told = world
            .write("PUT", &path, &[("if-match", &same)], &draft())
            .await;
        told.status
    };
    let (one, two, three) = tokio::join!(revise(), revise(), revise());
    let mut statuses = [one, two, three];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412]);
}

/// Publishes and revises a listing in each round, and erases every third; gives what is left.
async fn writes(world: &World, writer: usize, rounds: usize) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for round in 0..rounds {
        let mut draft = telephone();
        draft["name"]["en"] = json!(format!("Line {writer} {round}"));
        let created = world.publish(&draft).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let (path, version) = (created.header("location"), created.header("etag"));
        draft["summary"] = json!({"en": format!("Revised {writer} {round}")});
        let revised = world
            .write("PUT", path, &[("if-match", version)], &draft)
            .await;
        assert_eq!(revised.status, 200, "{}", revised.text);
        let version = revised.header("etag");
        let id = path.rsplit('/').next().expect("an id").to_owned();
        if round % 3 == 0 {
            let erased = world
                .write("DELETE", path, &[("if-match", version)], &json!(null))
                .await;
            assert_eq!(erased.status, 204, "{}", erased.text);
            assert_eq!(world.get(path).await.status, 410);
        } else {
            assert_eq!(world.get(path).await.header("etag"), version);
            kept.insert(id, version.to_owned());
        }
    }
    kept
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_follows_the_changes_holds_what_a_search_shows() {
    const WRITERS: usize = 4;
    const ROUNDS: usize = 4;
    let world = Arc::new(World::new().await);
    let mut events = world.events(&[]).await;
    events.next().await;
    let writers = (0..WRITERS).map(|writer| {
        let world = world.clone();
        tokio::spawn(async move { writes(&world, writer, ROUNDS).await })
    });
    let mut kept = BTreeMap::new();
    for writer in writers.collect::<Vec<_>>() {
        kept.extend(writer.await.expect("a writer that comes through"));
    }
    let last = world.app.desk.view.last_change();
    let mut held = BTreeMap::new();
    let mut reached = 0;
    while reached < last {
        let event = events.next().await;
        let Some((_, data)) = event.split_once("data: ") else {
            continue;
        };
        let data = data.lines().next().expect("one line");
        let change: Value = serde_json::from_str(data).expect("JSON");
        reached = change["number"].as_u64().expect("a number");
        let id = change["id"].as_str().expect("an id").to_owned();
        match change["change"].as_str() {
            Some("put") => held.insert(id, format!("\"1-{}\"", change["listing"]["index"])),
            _ => held.remove(&id),
        };
    }
    assert_eq!(held, kept);
    let mut found = world.found("limit=100&q=line").await;
    found.sort();
    assert!(found.iter().eq(kept.keys()), "{found:?}");
    let everything = world.get("/api/v1/changes?limit=1000").await.json();
    let changes = everything["changes"].as_array().expect("a list");
    assert_eq!(changes.len(), WRITERS * ROUNDS);
    assert_eq!(everything["next"], json!(last));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_centres_listing_is_shown_and_not_changed_here() {
    let wire = Wire::default();
    let kingston = World::new().await;
    let routes = kingston.router.clone();
    wire.0
        .lock()
        .expect("a sound lock")
        .insert("kingston.example".to_owned(), routes);
    let ontario = World::named("Ontario", "https://ontario.example/", Arc::new(wire)).await;
    let mut events = ontario.events(&[]).await;
    events.next().await;
    let followed = ontario
        .app
        .desk
        .follow("https://kingston.example/", false)
        .await;
    let nid = followed.expect("a node that is met").to_string();

    let created = kingston.publish(&draft()).await;
    let (path, version) = (created.header("location"), created.header("etag"));
    let event = events.next().await;
    assert!(event.contains("\"change\":\"put\""), "{event}");
    let shown = ontario.get(path).await;
    assert_eq!((shown.status, shown.header("etag")), (200, version));
    assert_eq!(shown.json()["centre"]["nid"], json!(nid));
    assert_eq!(
        ontario.found(&format!("q=deuil&centre={nid}")).await.len(),
        1
    );
    for method in ["PUT", "DELETE"] {
        let told = ontario
            .write(method, path, &[("if-match", version)], &draft())
            .await;
        assert_eq!(told.status, 403, "{method}");
        assert_eq!(told.json()["type"], "/problems/not-ours");
        assert!(told.text.contains(&nid));
    }
    let network = ontario.get("/api/v1/network").await.json();
    let nodes = network["items"].as_array().expect("a list");
    let node = nodes
        .iter()
        .find(|node| node["nid"] == json!(nid))
        .expect("Kingston");
    assert_eq!(
        (&node["health"]["state"], &node["standing"]),
        (&json!("verified"), &json!("root"))
    );
    assert_eq!((&node["listings"], &node["size"]), (&json!(1), &json!(2)));
    assert_eq!(node["served_by"], "https://kingston.example/");

    kingston.write("DELETE", path, &[], &json!(null)).await;
    let event = events.next().await;
    assert!(event.contains("\"change\":\"removed\""), "{event}");
    assert_eq!(ontario.get(path).await.status, 410);
    assert!(ontario.found("q=deuil").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_revise_at_once_one_is_told_that_the_other_was_first() {
    let world = World::new().await;
    let created = world.publish(&telephone()).await;
    let path = created.header("location");
    let mut version = created.header("etag").to_owned();
    for round in 0..5 {
        let revise = |writer: u32| {
            let mut draft = telephone();
            draft["name"]["en"] = json!(format!("Line {round} {writer}"));
            let (world, version) = (&world, &version);
            async move {
                let seen = [("if-match", version.as_str())];
                world.write("PUT", path, &seen, &draft).await.status
            }
        };
        let (one, two, three, four) = tokio::join!(revise(1), revise(2), revise(3), revise(4));
        let mut statuses = [one, two, three, four];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412], "round {round}");
        version = world.get(path).await.header("etag").to_owned();
    }
}
