//! What people see, asked of a whole node.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use clearinghouse_protocol::listing::{Draft, Taxonomy, Word};
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, empty};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use url::Url;
use uuid::Uuid;

use super::*;
use crate::clock::Clock;
use crate::config::{Config, Overrides};
use crate::feed::transport::{Answer, Ask, Transport, TransportError};
use crate::http;
use crate::node::{Node, init};
use crate::store::real_disk::RealDisk;

/// What an English browser asks for.
const BROWSER: &[(&str, &str)] = &[
    ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("accept-language", "en-CA,en;q=0.9"),
];

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

/// A small node that runs.
struct World {
    app: App,
    router: Router,
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
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("a header's text"))
    }

    /// What stands between the first such tag and its end.
    fn inside(&self, tag: &str) -> &str {
        let (_, rest) = self.text.split_once(&format!("<{tag}")).expect(tag);
        let (_, rest) = rest.split_once('>').expect("the end of a tag");
        rest.split_once(&format!("</{tag}>")).expect(tag).0
    }
}

impl World {
    async fn new() -> World {
        let folder = TempDir::new().expect("a folder");
        let data = folder.path().join("kingston");
        let disk = RealDisk::shared();
        let names = BTreeMap::from([
            ("en".to_owned(), "Kingston Centre".to_owned()),
            ("fr".to_owned(), "Centre de Kingston".to_owned()),
        ]);
        let clock = Clock::system();
        init(&disk, &data, names, "http://127.0.0.1:7100/", &clock).expect("a new node");
        let flags = Overrides {
            set: vec![
                "name.en=Kingston Centre".to_owned(),
                "name.fr=Centre de Kingston".to_owned(),
            ],
            ..Overrides::default()
        };
        let config = Config::load(&data, &flags).expect("a sound configuration");
        let node = Node::open(config, disk, Arc::new(Nobody), clock).expect("a node that opens");
        let desk = node.desk.clone();
        let running = tokio::spawn(async move { node.run().await.expect("a node that runs") });
        let app = App::new(desk);
        World {
            router: http::routes(app.clone()),
            app,
            running,
            _data: folder,
        }
    }

    async fn publish(&self, draft: &Value) -> Uuid {
        let draft = Draft::from_json(draft.to_string().as_bytes()).expect("a draft");
        let published = self.app.desk.publish(&draft).await.expect("a sound draft");
        published.uuid
    }

    async fn ask(&self, uri: &str, headers: &[(&str, &str)]) -> Told {
        let mut request = Request::builder().uri(uri);
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
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 << 20).await.expect("a whole answer");
        Told {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }

    /// A page, with everything that is true of all pages.
    async fn page(&self, uri: &str) -> Told {
        let told = self.ask(uri, BROWSER).await;
        check(uri, &told);
        told
    }
}

/// What is true of every page, whatever was asked.
fn check(uri: &str, told: &Told) {
    assert_eq!(
        told.header("content-type"),
        "text/html; charset=utf-8",
        "{uri}"
    );
    assert!(
        told.header("content-security-policy")
            .starts_with("default-src 'none'"),
        "{uri}"
    );
    assert_eq!(told.header("referrer-policy"), "no-referrer", "{uri}");
    assert_eq!(told.header("set-cookie"), "", "{uri}");
    assert_eq!(told.text.matches("<h1").count(), 1, "{uri}");
    let lang = if uri.starts_with("/fr") { "fr" } else { "en" };
    assert!(
        told.text.contains(&format!("<html lang=\"{lang}\">")),
        "{uri}"
    );
    assert_eq!(told.header("content-language"), lang, "{uri}");
    for strange in [
        "Unknown localization",
        "{ $",
        "style=\"",
        "<script",
        "javascript:",
        "onclick",
    ] {
        assert!(!told.text.contains(strange), "{uri}: {strange}");
    }
    // A key that nobody translated would stand there as it is written here.
    for key in keys(Lang::En).iter().filter(|key| key.contains('-')) {
        assert!(!told.text.contains(&format!(">{key}<")), "{uri}: {key}");
    }
}

fn draft() -> Value {
    json!({
        "kind": "group",
        "name": {"en": "Evenings for bereaved parents", "fr": "Soirées des parents en deuil"},
        "summary": {"en": "After the death of a child.", "fr": "Après la mort d’un enfant."},
        "description": {"en": "First paragraph.\nSecond line.\n\nSecond paragraph."},
        "concerns": ["bereavement.child"],
        "for_whom": ["parents"], "min_age": 18, "leadership": "peer", "openness": "open",
        "ways": ["in-person", "telephone"], "languages": ["en", "fr", "ase"],
        "schedules": [
            {"start": "2026-01-06T19:00", "duration_min": 90, "time_zone": "America/Toronto",
             "rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "place": 0},
            {"by_arrangement": true, "way": "telephone"}
        ],
        "places": [{"precision": "exact", "name": "Library", "street": "1 Princess St",
            "city": "Kingston", "region": "CA-ON", "postal_code": "K7L 1A1", "country": "CA",
            "latitude": 44.2312, "longitude": -76.4860}],
        "area": {"scope": "regional", "regions": ["CA-ON"]},
        "contacts": [{"name": "Colette", "telephone": "+1 613 544 1234", "extension": "12",
            "email": "evenings@example.org", "consent": true}],
        "links": [{"url": "https://www.example.org/evenings", "kind": "website"}],
        "cost": {"kind": "nominal", "amount": "2.50", "currency": "CAD"},
        "accessibility": ["wheelchair", "transit"],
        "founded": "1998-04", "confirmed": {"on": "2026-10-01", "by": "initiative"}
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_is_found_and_told_in_both_languages() {
    let world = World::new().await;
    let uuid = world.publish(&draft()).await;
    for (uri, texts) in [
        (
            "/en/search?q=bereaved".to_owned(),
            vec![
                "1 listing",
                "Evenings for bereaved parents",
                "After the death of a child.",
                "every second Tuesday",
                "Library, Kingston",
                "In person · By telephone",
                "Kingston Centre",
                "Confirmed on 1\u{a0}October 2026",
            ],
        ),
        (
            "/fr/recherche?q=deuil&near=K7L".to_owned(),
            vec![
                "1 fiche",
                "Soirées des parents en deuil",
                "un mardi sur deux",
                "\u{a0}km",
            ],
        ),
        (
            format!("/en/listing/{uuid}"),
            vec![
                "7:00\u{a0}p.m. to 8:30\u{a0}p.m.",
                "1 Princess St",
                "Kingston, Ontario, K7L 1A1",
                "<p>First paragraph.<br>Second line.</p>",
                "href=\"tel:+16135441234;ext=12\"",
                "href=\"mailto:evenings@example.org\"",
                "href=\"https://www.example.org/evenings\" rel=\"nofollow noopener noreferrer\"",
                "A small contribution: $2.50",
                "English, French and American Sign Language",
                "Wheelchair accessible",
                "April 1998",
                "Confirmed on 1\u{a0}October 2026 by the initiative itself",
                "/proof/1\"",
                "Number 1 in a log of 2 signed entries",
            ],
        ),
        (
            format!("/fr/fiche/{uuid}"),
            vec![
                "de 19\u{a0}h à 20\u{a0}h\u{a0}30",
                "À convenir",
                "2,50\u{a0}$",
                "poste 12",
                "lang=\"en\"",
                "avril 1998",
            ],
        ),
        (
            "/en/network".to_owned(),
            vec!["1 listing from 1 centre", "Kingston Centre"],
        ),
        (
            "/fr/reseau".to_owned(),
            vec!["Centre de Kingston", "1 fiche de 1 centre"],
        ),
        (
            "/en/".to_owned(),
            vec!["Grief and bereavement", "Show the one listing"],
        ),
        (
            "/fr/".to_owned(),
            vec!["Deuil", "lang=\"en\" rel=\"alternate\""],
        ),
    ] {
        let told = world.page(&uri).await;
        assert_eq!(told.status, 200, "{uri}");
        for text in texts {
            assert!(told.text.contains(text), "{uri}: {text}\n{}", told.text);
        }
    }
    let told = world.page("/en/search?q=bereaved").await;
    assert!(!told.inside("title").contains("bereaved"));
    let held = [("if-none-match", told.header("etag"))];
    let same = world.ask("/en/search?q=bereaved", &held).await;
    assert!(matches!(
        (same.status, same.text.as_str()),
        (304, "") | (200, _)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sensitive_withheld_or_hostile_stays_harmless() {
    let world = World::new().await;
    let hostile = "<script>alert(1)</script> \"quoted\" & 'more' שלום";
    let sensitive = json!({
        "kind": "group", "name": {"en": "Shelter evenings"}, "neutral_title": {"en": "Women’s circle"},
        "sensitive": true, "summary": {"en": hostile}, "concerns": ["abuse"], "ways": ["in-person"],
        "status": "paused",
        "places": [{"precision": "withheld", "city": "Kingston", "region": "CA-ON"}],
        "contacts": [{"name": hostile, "email": "a&b@example.org", "consent": true}]
    });
    let uuid = world.publish(&sensitive).await;
    let found = world.page("/en/search?concern=abuse").await;
    assert!(found.text.contains("Women’s circle") && !found.text.contains("Shelter evenings"));
    assert!(found.text.contains("address given on contact"));
    for uri in [format!("/en/listing/{uuid}"), format!("/fr/fiche/{uuid}")] {
        let told = world.page(&uri).await;
        assert!(told.inside("title").starts_with("Women’s circle"), "{uri}");
        assert!(told.inside("h1").contains("Shelter evenings"), "{uri}");
        assert!(!told.text.contains("mailto:"), "{uri}");
        assert!(told.text.contains("&#60;script&#62;alert(1)"), "{uri}");
        assert!(told.text.contains("dir=\"auto\""), "{uri}");
    }
    let french = world.page(&format!("/fr/fiche/{uuid}")).await;
    assert!(
        french
            .text
            .contains("que dans une autre langue\u{a0}: anglais")
    );
    assert!(
        french
            .text
            .contains("<span dir=\"auto\" lang=\"en\">Shelter evenings</span>")
    );
    assert!(french.text.contains("L’adresse n’est pas publique"));
    assert!(french.text.contains("Il ne se réunit pas en ce moment"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_or_unknown_gets_a_page_with_a_way_on() {
    let world = World::new().await;
    let uuid = world.publish(&draft()).await;
    world.app.desk.erase(uuid, None).await.expect("erased");
    for (uri, status, text) in [
        (
            format!("/en/listing/{uuid}"),
            410,
            "This listing is no longer here",
        ),
        (
            format!("/fr/fiche/{uuid}"),
            410,
            "Cette fiche n’est plus ici",
        ),
        (
            format!("/en/listing/{}", Uuid::nil()),
            404,
            "There is no page at this address",
        ),
        (
            "/fr/fiche/rien".to_owned(),
            404,
            "Il n’y a pas de page à cette adresse",
        ),
        ("/fr/nulle-part".to_owned(), 404, "Introuvable"),
        (
            "/nowhere".to_owned(),
            404,
            "There is no page at this address",
        ),
    ] {
        let told = world.page(&uri).await;
        assert_eq!(told.status, status, "{uri}");
        assert!(told.text.contains(text), "{uri}: {}", told.text);
        assert!(told.text.contains("<form"), "{uri}");
    }
    for (uri, headers) in [
        ("/nowhere", [("accept", "application/json")]),
        ("/api/v1/nowhere", [("accept", "text/html")]),
        ("/nowhere", [("accept", "*/*")]),
        ("/en/nowhere", [("accept", "application/json")]),
    ] {
        let told = world.ask(uri, &headers).await;
        assert_eq!(
            told.header("content-type"),
            "application/problem+json",
            "{uri}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_question_gets_a_page_with_a_sentence() {
    let world = World::new().await;
    world.publish(&draft()).await;
    let long = "z".repeat(5_000);
    for (query, text) in [
        ("q=%00%FF%80", "could not be read"),
        ("q=%F0%28%8C%28&concern=%FF", "could not be read"),
        (&format!("q={long}"), "the first 200 characters"),
        (&format!("near={long}"), "We do not know a place"),
        (&"concern=x&".repeat(900), "could not be read"),
        (&"&=".repeat(2_000), "1 listing"),
        ("page=-1", "could not be read"),
        ("page=400", "Nothing here matches"),
        ("q=xylophone", "All telephone support"),
        ("day=9&way=magic", "could not be read"),
        ("within_km=1e9&near=Kingston", "could not be read"),
        ("cursor=abc&limit=5000&nonsense", "1 listing"),
        ("q=%3Cscript%3Ealert(1)%3C/script%3E", "&#60;script&#62;"),
        ("near=Kingstn", "Did you mean"),
        (
            "q=bereaved+in+Kingston",
            "We took Kingston, ON for the place",
        ),
        (
            "q=parents&near=Toronto&within_km=5",
            "What you could try instead",
        ),
        ("q=parents&near=Toronto", "By telephone, from anywhere"),
    ] {
        for path in ["/en/search", "/fr/recherche"] {
            let told = world.page(&format!("{path}?{query}")).await;
            assert_eq!(told.status, 200, "{path}?{query}");
            assert!(
                path.starts_with("/fr") || told.text.contains(text),
                "{query}: {}",
                told.text
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_front_leads_to_the_language_that_is_asked_for() {
    let world = World::new().await;
    for (asked, there) in [("fr-CA, en;q=0.5", "/fr/"), ("en", "/en/"), ("de", "/en/")] {
        let told = world.ask("/", &[("accept-language", asked)]).await;
        assert_eq!((told.status, told.header("location")), (307, there));
        assert_eq!(told.header("vary"), "accept-language");
    }
    let bare = world.ask("/fr", &[]).await;
    assert_eq!((bare.status, bare.header("location")), (308, "/fr/"));
    let home = world.page("/en/").await;
    let (_, style) = home
        .text
        .split_once("stylesheet\" href=\"")
        .expect("a style sheet");
    let style = style.split('"').next().expect("an address");
    let told = world.ask(style, &[]).await;
    assert_eq!(
        (told.status, told.header("content-type")),
        (200, "text/css; charset=utf-8")
    );
    assert!(told.header("cache-control").contains("immutable"));
    assert_eq!(world.ask("/assets/site.css", &[]).await.status, 404);
}

/// The keys of a language's texts for pages.
fn keys(lang: Lang) -> BTreeSet<&'static str> {
    let text = match lang {
        Lang::En => include_str!("../../../locales/en/pages.ftl"),
        Lang::Fr => include_str!("../../../locales/fr/pages.ftl"),
    };
    let lines = text
        .lines()
        .filter(|line| !line.starts_with(['#', ' ', '}']));
    lines
        .filter_map(|line| line.split_once(" ="))
        .map(|(key, _)| key)
        .collect()
}

#[test]
fn both_languages_have_every_text_and_each_is_used() {
    let [en, fr] = Lang::ALL.map(keys);
    assert_eq!(en, fr);
    let used = [
        include_str!("../../../templates/base.html"),
        include_str!("../../../templates/card.html"),
        include_str!("../../../templates/centre.html"),
        include_str!("../../../templates/form.html"),
        include_str!("../../../templates/home.html"),
        include_str!("../../../templates/listing.html"),
        include_str!("../../../templates/network.html"),
        include_str!("../../../templates/refusal.html"),
        include_str!("../../../templates/search.html"),
    ];
    for template in used {
        for call in ["say(\"", "of(\"", "count(\"", "with(\""] {
            for key in template.split(call).skip(1) {
                let key = key.split('"').next().expect("a key");
                assert!(en.contains(key), "{key}");
            }
        }
        // Words between tags would be words of one language.
        let without_code = template.split('{').map(|part| match part.rsplit_once('}') {
            Some((_, text)) => text,
            None => part,
        });
        let html: String = without_code.collect();
        for text in html.split('>').filter_map(|part| part.split('<').next()) {
            assert!(!text.contains(|c: char| c.is_alphabetic()), "{text:?}");
        }
    }
    let mut wanted: Vec<String> = Vec::new();
    let mut of = |prefix: &str, words: Vec<&str>| {
        wanted.extend(words.iter().map(|word| format!("{prefix}-{word}")));
    };
    fn words<W: Word>() -> Vec<&'static str> {
        W::WORDS.iter().map(|(word, _)| *word).collect()
    }
    use clearinghouse_protocol::listing as words_of;
    of("kind", words::<words_of::Kind>());
    of("status", words::<words_of::Status>());
    of("status-told", words::<words_of::Status>());
    of("openness", words::<words_of::Openness>());
    of("openness-told", words::<words_of::Openness>());
    of("way", words::<words_of::Way>());
    of("way-inline", words::<words_of::Way>());
    of("whom", words::<words_of::ForWhom>());
    of("leadership", words::<words_of::Leadership>());
    of("cost", words::<words_of::CostKind>());
    of("link", words::<words_of::LinkKind>());
    of("access", words::<words_of::Accessibility>());
    of("scope", words::<words_of::Scope>());
    of("confirmed-by", words::<words_of::ConfirmedBy>());
    of("narrow", asked::CHOICES.to_vec());
    of("tongue", speech::TONGUES.to_vec());
    of("region", speech::REGIONS.to_vec());
    of("health", vec!["own", "new", "verified", "silent", "frozen"]);
    of(
        "standing",
        vec![
            "own",
            "root",
            "mutual",
            "one-sided",
            "out-of-scope",
            "too-deep",
        ],
    );
    for key in wanted {
        assert!(en.contains(key.as_str()), "{key}");
    }
    assert!(Taxonomy::standard().terms().len() > 100);
}

#[test]
fn french_is_set_as_in_canada() {
    let text = include_str!("../../../locales/fr/pages.ftl");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words = line.split_once(" = ").map_or(line, |(_, words)| words);
        for (wrong, why) in [
            ("« ", "a space that may break after a guillemet"),
            (" »", "a space that may break before a guillemet"),
            (" :", "a space that may break before a colon"),
            (" ;", "a space before a semicolon"),
            (" ?", "a space before a question mark"),
            (" !", "a space before an exclamation mark"),
            ("'", "a straight apostrophe"),
            ("\"", "straight quotation marks"),
        ] {
            assert!(!words.contains(wrong), "{why}: {line}");
        }
        for quote in words.match_indices(':') {
            let before = words[..quote.0].chars().next_back();
            assert_eq!(before, Some('\u{a0}'), "{line}");
        }
    }
}
