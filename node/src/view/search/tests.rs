//! Does a search find what it should, in the order it should?

use std::collections::BTreeMap;

use clearinghouse_protocol::listing::{Draft, Taxonomy};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::view::geo::Geo;

const NID: &str = "abcdefghijklmnopqrstuvwxyz";
const OTHER_NID: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbb";

/// An index in a folder of its own.
struct World {
    folder: TempDir,
    search: Search,
    ordinals: u64,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let search =
            Search::open_with_memory(folder.path(), 15_000_000).expect("an empty folder opens");
        World {
            folder,
            search,
            ordinals: 0,
        }
    }

    fn of(listings: &[Value]) -> World {
        let mut world = World::new();
        listings.iter().for_each(|listing| _ = world.put(listing));
        world.search.commit("1").unwrap();
        world
    }

    /// Indexes a listing under a UUID made of its ordinal.
    fn put(&mut self, listing: &Value) -> u64 {
        self.ordinals += 1;
        self.put_as(self.ordinals, NID, listing);
        self.ordinals
    }

    fn put_as(&mut self, ordinal: u64, owner: &str, listing: &Value) {
        self.search
            .put(ordinal, uuid(ordinal), owner, &sound(listing))
            .unwrap();
    }

    fn find(&self, words: &str) -> Vec<u64> {
        self.find_with(&Query {
            words: words.to_owned(),
            ..Query::default()
        })
    }

    fn find_with(&self, query: &Query) -> Vec<u64> {
        let found = self.search.find(query, None).unwrap();
        found.hits.iter().map(|hit| hit.ordinal).collect()
    }

    /// Whether a word that begins so stands in any file of the folder. Terms are stored packed, so
    /// that looking for their bytes proves nothing: we read the dictionaries of all segments, and
    /// make sure that there is no other file.
    fn holds(&self, beginning: &str) -> bool {
        assert!(
            self.search.only_living_files().unwrap(),
            "files of older commits are left"
        );
        let index = Index::open_in_dir(self.folder.path()).unwrap();
        let searcher = index.reader().unwrap().searcher();
        let fields = [
            self.search.fields.words,
            self.search.fields.stems,
            self.search.fields.names,
        ];
        searcher.segment_readers().iter().any(|segment| {
            fields.iter().any(|field| {
                let index = segment.inverted_index(*field).unwrap();
                let mut terms = index.terms().stream().unwrap();
                let mut found = false;
                while let Some((term, _)) = terms.next() {
                    let term = String::from_utf8_lossy(term);
                    found |= term.starts_with(beginning) || term[1..].starts_with(beginning);
                }
                found
            })
        })
    }
}

fn uuid(ordinal: u64) -> Uuid {
    Uuid::from_u64_pair(ordinal.wrapping_mul(0x9e37_79b9_7f4a_7c15), ordinal)
}

fn sound(listing: &Value) -> Listing {
    let draft = Draft::from_value(listing.clone()).expect("a draft");
    draft
        .check(Taxonomy::standard())
        .unwrap_or_else(|faults| panic!("{listing}: {faults}"))
        .listing
}

/// A listing with what every listing must have, and what is said here.
fn listing(name: Value, more: Value) -> Value {
    let mut listing = json!({
        "kind": "group", "name": name, "concerns": ["chronic-illness"], "ways": ["telephone"], "status": "active",
    });
    let fields = listing.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    listing
}

#[test]
fn words_find_listings_whatever_their_form() {
    let world = World::of(&[
        listing(
            json!({"en": "Grieving Parents Circle"}),
            json!({"summary": {"en": "For parents who lost a child"}}),
        ),
        listing(
            json!({"fr": "Cercle des endeuillés"}),
            json!({"description": {"fr": "Un cœur brisé se répare à plusieurs"}}),
        ),
        listing(
            json!({"en": "Tuesday Walkers", "fr": "Les marcheurs du mardi"}),
            json!({"alternate_names": ["TWX"]}),
        ),
    ]);
    for (words, found) in [
        ("circle parents", vec![1]),
        ("PARENT grieved", vec![1]),
        ("endeuille", vec![2]),
        ("cœur", vec![2]),
        ("COEURS brises", vec![2]),
        ("marcheur", vec![3]),
        ("walker", vec![3]),
        ("twx", vec![3]),
        ("circle of the parents", vec![1]),
        ("walkers nonexistentword", vec![3]),
        ("xylophone", vec![]),
        ("'\"()*:^~\\ +-", vec![3, 2, 1]),
    ] {
        let mut hits = world.find(words);
        if words.contains('(') {
            hits.sort_by(|a, b| b.cmp(a));
        }
        assert_eq!(hits, found, "{words:?}");
    }
}

#[test]
fn a_concern_is_found_by_its_names_in_the_other_language() {
    let world = World::of(&[
        listing(
            json!({"en": "Open Hearts"}),
            json!({"concerns": ["bereavement"]}),
        ),
        listing(
            json!({"en": "Empty Cradle"}),
            json!({"concerns": ["bereavement.child"]}),
        ),
        listing(json!({"en": "Stamp Collectors"}), json!({})),
        listing(json!({"fr": "Le deuil au quotidien"}), json!({})),
    ]);
    for words in [
        "deuil",
        "DEUIL",
        "grief",
        "groupe de deuil",
        "bereavement support group",
    ] {
        let mut found = world.find(words);
        found.sort_unstable();
        let expected: &[u64] = if words.to_lowercase().contains("deuil") {
            &[1, 2, 4]
        } else {
            &[1, 2]
        };
        assert_eq!(found, expected, "{words:?}");
    }
}

#[test]
fn the_beginning_of_a_word_and_a_wrong_letter_are_forgiven() {
    let world = World::of(&[
        listing(json!({"en": "Fibromyalgia Friends"}), json!({})),
        listing(json!({"en": "Kayak Club"}), json!({})),
        listing(
            json!({"en": "Quiet House"}),
            json!({"concerns": ["bereavement"]}),
        ),
    ]);
    for (words, found) in [
        ("fibro", vec![1]),
        ("kay", vec![2]),
        ("friends fibrom", vec![1]),
        ("fibromialgia", vec![1]),
        ("fibormyalgia", vec![1]),
        ("kayka", vec![2]),
        ("kyak", vec![]),
        ("berevement", vec![3]),
        ("bereav", vec![3]),
    ] {
        assert_eq!(world.find(words), found, "{words:?}");
    }
}

#[test]
fn a_name_weighs_more_than_a_summary_and_that_more_than_a_description() {
    let filler = "one two three four five six seven eight nine ten ".repeat(5);
    let world = World::of(&[
        listing(
            json!({"en": "Alpha"}),
            json!({"description": {"en": format!("{filler} crochet")}}),
        ),
        listing(
            json!({"en": "Beta"}),
            json!({"summary": {"en": "For those who crochet"}, "description": {"en": filler}}),
        ),
        listing(
            json!({"en": "Crochet"}),
            json!({"description": {"en": filler}}),
        ),
    ]);
    assert_eq!(world.find("crochet"), vec![3, 2, 1]);
}

#[test]
fn when_nothing_has_all_words_what_has_most_of_them_is_found() {
    let world = World::of(&[
        listing(json!({"en": "Red apple"}), json!({})),
        listing(json!({"en": "Green apple pie"}), json!({})),
        listing(json!({"en": "Stone"}), json!({})),
    ]);
    assert_eq!(world.find("green apple pie"), vec![2]);
    assert_eq!(world.find("green apple stone"), vec![2]);
    assert_eq!(world.find("red apple stone pie"), vec![1, 2]);
}

#[test]
fn without_words_the_most_recently_confirmed_come_first_and_then_names() {
    let confirmed = |on: &str| json!({"confirmed": {"on": on, "by": "centre"}});
    let mut world = World::of(&[
        listing(json!({"en": "Zebra"}), json!({})),
        listing(json!({"en": "Apple"}), json!({})),
        listing(json!({"en": "Old"}), confirmed("2020-01-01")),
        listing(json!({"en": "Émile"}), confirmed("2026-10-01")),
        listing(json!({"en": "Dora"}), confirmed("2026-10-01")),
    ]);
    let order = vec![5, 4, 3, 2, 1];
    assert_eq!(world.find(""), order);
    for (offset, limit, shown) in [
        (0, 2, vec![5, 4]),
        (2, 2, vec![3, 2]),
        (4, 2, vec![1]),
        (5, 2, vec![]),
        (0, 0, vec![]),
    ] {
        let query = Query {
            offset,
            limit,
            ..Query::default()
        };
        assert_eq!(world.find_with(&query), shown);
        assert_eq!(world.search.find(&query, None).unwrap().total, 5);
    }
    // The same listings in other segments and another order.
    for ordinal in [3_u64, 1] {
        let again = if ordinal == 3 {
            listing(json!({"en": "Old"}), confirmed("2020-01-01"))
        } else {
            listing(json!({"en": "Zebra"}), json!({}))
        };
        world.put_as(ordinal, NID, &again);
        world.search.commit("2").unwrap();
    }
    assert_eq!(world.find(""), order);
}

#[test]
fn what_is_near_is_filtered_and_ranked_by_distance() {
    let world = World::of(&[
        listing(json!({"en": "Anxiety Toronto"}), json!({})),
        listing(json!({"en": "Gardening Hamilton"}), json!({})),
        listing(json!({"en": "Anxiety Ottawa"}), json!({})),
        listing(json!({"en": "Anxiety by telephone"}), json!({})),
    ]);
    let geo = Geo::bulk([
        (1, vec![(45.41, -75.70), (43.70, -79.42)]),
        (2, vec![(43.25, -79.85)]),
        (3, vec![(45.41, -75.70)]),
    ]);
    let find = |words: &str, km| {
        let query = Query {
            words: words.to_owned(),
            ..Query::default()
        };
        let found = world
            .search
            .find(&query, Some(&geo.within(43.65, -79.40, km)))
            .unwrap();
        assert_eq!(found.total, found.hits.len() as u64);
        found.hits
    };
    let ordinals = |hits: Vec<Hit>| hits.iter().map(|hit| hit.ordinal).collect::<Vec<_>>();
    assert_eq!(ordinals(find("", 100.0)), vec![1, 2]);
    assert_eq!(ordinals(find("", 1000.0)), vec![1, 2, 3]);
    assert_eq!(ordinals(find("anxiety", 1000.0)), vec![1, 3]);
    assert_eq!(ordinals(find("anxiety", 1.0)), Vec::<u64>::new());
    let first = &find("anxiety", 100.0)[0];
    assert!(
        first.km.is_some_and(|km| (5.0..7.0).contains(&km)) && first.score > 0.0,
        "{first:?}"
    );
}

#[test]
fn replacing_and_removing_take_effect_with_the_commit() {
    let mut world = World::of(&[listing(json!({"en": "Before"}), json!({}))]);
    fn shared(finder: Finder) -> impl Clone + Send + Sync + std::ops::Deref<Target = Finder> {
        Arc::new(finder)
    }
    let finder = shared(world.search.finder());
    world.put_as(1, NID, &listing(json!({"en": "After"}), json!({})));
    assert_eq!(world.find("before"), vec![1]);
    world.search.commit("2").unwrap();
    assert_eq!(
        (world.find("before"), world.find("after")),
        (vec![], vec![1])
    );
    world.search.remove(uuid(1)).unwrap();
    world.search.commit("3").unwrap();
    assert_eq!(
        finder.find(&Query::default(), None).unwrap(),
        Found::default()
    );
}

#[test]
fn the_position_is_that_of_the_last_commit() {
    let mut world = World::new();
    assert_eq!(world.search.position(), None);
    world.put(&listing(json!({"en": "First"}), json!({})));
    world.search.commit("nid:4").unwrap();
    world.put(&listing(json!({"en": "Second"}), json!({})));
    let World { folder, search, .. } = world;
    drop(search);
    let search = Search::open(folder.path()).unwrap();
    assert_eq!(search.position().as_deref(), Some("nid:4"));
    assert_eq!(search.find(&Query::default(), None).unwrap().total, 1);
}

#[test]
fn two_writers_are_refused_without_calling_the_index_damaged() {
    let world = World::new();
    assert!(matches!(
        Search::open(world.folder.path()),
        Err(SearchError::Busy(_))
    ));
}

#[test]
fn a_damaged_index_does_not_open() {
    let prepared = || {
        let World { folder, search, .. } =
            World::of(&[listing(json!({"en": "Something"}), json!({}))]);
        drop(search);
        folder
    };
    let names: Vec<String> = fs::read_dir(prepared().path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        // A segment has another name each time.
        .map(|name| name.get(32..).map_or(name.clone(), str::to_owned))
        .filter(|end| !end.contains("lock"))
        .collect();
    assert!(names.len() >= 5, "{names:?}");
    for end in names {
        for damage in ["cut", "flip", "delete"] {
            let folder = prepared();
            let mut files = fs::read_dir(folder.path())
                .unwrap()
                .map(|file| file.unwrap().path());
            let file = files
                .find(|file| {
                    file.ends_with(&end)
                        || file.to_string_lossy().ends_with(&end) && end != META_FILE
                })
                .unwrap();
            let mut bytes = fs::read(&file).unwrap();
            match damage {
                "cut" => fs::write(&file, &bytes[..bytes.len() / 2]).unwrap(),
                "delete" => fs::remove_file(&file).unwrap(),
                _ => {
                    bytes[0] ^= 0x55;
                    fs::write(&file, &bytes).unwrap();
                }
            }
            let opened = Search::open(folder.path());
            assert!(opened.is_err(), "{end} {damage}");
            assert!(
                !matches!(opened, Err(SearchError::Busy(_))),
                "{end} {damage}"
            );
        }
    }
}

#[test]
fn after_a_purge_no_word_of_what_was_erased_is_in_any_file() {
    let mut world = World::new();
    let name = |word: &str| {
        listing(
            json!({"en": format!("{word} circle")}),
            json!({"description": {"fr": format!("{word}s")}}),
        )
    };
    let kept = world.put(&name("keepworthy"));
    let erased = world.put(&name("zanzibarian"));
    world.search.commit("1").unwrap();
    let alone = world.put(&name("quetzalish"));
    let changed = world.put(&name("wombatine"));
    world.search.commit("2").unwrap();
    assert!(world.holds("zanzibarian") && world.holds("quetzalish") && world.holds("wombatin"));
    world.search.remove(uuid(erased)).unwrap();
    world.search.remove(uuid(alone)).unwrap();
    world.put_as(changed, NID, &name("plain"));
    world.search.commit("3").unwrap();
    world.search.purge().unwrap();
    for gone in ["zanzibar", "quetzal", "wombat"] {
        assert!(!world.holds(gone), "{gone}");
    }
    assert!(world.holds("keepworthy"));
    assert_eq!(world.search.position().as_deref(), Some("3"));
    let mut found = world.find("");
    found.sort_unstable();
    assert_eq!(found, vec![kept, changed]);
}

#[test]
fn a_purge_waits_for_whoever_is_still_searching() {
    let mut world = World::of(&[
        listing(json!({"en": "Zanzibarian"}), json!({})),
        listing(json!({"en": "Kept"}), json!({})),
    ]);
    let reading = world.search.finder().snapshot();
    world.search.remove(uuid(1)).unwrap();
    world.search.commit("2").unwrap();
    let (started, start) = std::sync::mpsc::channel();
    let purging = thread::spawn(move || {
        started.send(()).unwrap();
        world.search.purge().unwrap();
        world
    });
    start.recv().unwrap();
    assert_eq!(reading.find(&Query::default(), None).unwrap().total, 2);
    drop(reading);
    let world = purging.join().unwrap();
    assert!(!world.holds("zanzibar"));
}

#[test]
fn a_query_without_end_is_cut() {
    let world = World::of(&[listing(json!({"en": "Needle"}), json!({}))]);
    let hay = "hay ".repeat(10_000);
    assert_eq!(world.find(&format!("needle {hay}")), Vec::<u64>::new());
    assert_eq!(
        world.find(&format!("needle{}", " ".repeat(100_000))),
        vec![1]
    );
    let query = Query {
        limit: usize::MAX,
        offset: usize::MAX,
        ..Query::default()
    };
    assert_eq!(world.search.find(&query, None).unwrap().total, 1);
}

/// 5,000 listings that say the same, among them a few that are named so, fresh, or online.
fn very_many() -> World {
    let said = |name: &str, more: Value| {
        let mut more = more;
        more["summary"] = json!({"en": "We crochet together"});
        sound(&listing(json!({"en": name}), more))
    };
    let usual = said("Yarn", json!({}));
    let fresh = said(
        "Yarn",
        json!({"confirmed": {"on": "2026-10-01", "by": "centre"}}),
    );
    let rare = said("Yarn", json!({"kind": "network", "ways": ["online"]}));
    let named = said("Crochet", json!({}));
    let mut world = World::new();
    for ordinal in 0..5_000 {
        let listing = match ordinal {
            4_000..4_003 => &named,
            3_000..3_010 => &rare,
            2_000..2_002 => &fresh,
            _ => &usual,
        };
        world
            .search
            .add(ordinal, uuid(ordinal), NID, listing)
            .unwrap();
    }
    world.search.commit("1").unwrap();
    world
}

#[test]
fn of_very_many_the_named_and_the_freshest_are_ranked_and_all_are_counted() {
    let world = very_many();
    let mut first = world.find("crochet");
    first.truncate(5);
    first[..3].sort_unstable();
    first[3..].sort_unstable();
    assert_eq!(first, vec![4_000, 4_001, 4_002, 2_000, 2_001]);
    let words = Query {
        words: "crochet".to_owned(),
        ..Query::default()
    };
    let found = world.search.find(&words, None).unwrap();
    assert_eq!(found.total, 5_000);
    let kinds = [("group".to_owned(), 4_990), ("network".to_owned(), 10)];
    assert_eq!(found.facets.of(Facet::Kind), kinds);
    let networks = Query {
        kinds: vec!["network".to_owned()],
        ..words.clone()
    };
    let found = world.search.find(&networks, None).unwrap();
    assert_eq!((found.total, found.hits.len()), (10, 10));
    assert_eq!(found.facets.of(Facet::Kind), kinds);
    assert_eq!(found.facets.of(Facet::Way), [("online".to_owned(), 10)]);
    let last = Query {
        offset: 4_090,
        ..words
    };
    assert_eq!(world.search.find(&last, None).unwrap().hits.len(), 6);
    let mut all: Vec<u64> = Vec::new();
    for offset in (0..5_000).step_by(LIMIT_MAX) {
        all.extend(world.find_with(&Query {
            offset,
            limit: LIMIT_MAX,
            ..Query::default()
        }));
    }
    assert_eq!(
        all[..2].iter().sum::<u64>(),
        4_001,
        "the freshest come first"
    );
    all.sort_unstable();
    assert!(
        all.into_iter().eq(0..5_000),
        "paging shows each listing once"
    );
}

/// What a listing in the property test says, in the order of [`Facet::ALL`].
#[derive(Clone, Debug)]
struct Said {
    words: Vec<&'static str>,
    values: BTreeMap<u8, Vec<String>>,
}

const OFFERED: [(Facet, &[&str]); 9] = [
    (
        Facet::Concern,
        &["bereavement", "bereavement.child", "chronic-illness"],
    ),
    (Facet::Kind, &["group", "peer-support", "organization"]),
    (Facet::Way, &["in-person", "online", "telephone"]),
    (Facet::Day, &["0", "3", "6"]),
    (Facet::Openness, &["open", "closed"]),
    (Facet::ForWhom, &["women", "men", "parents"]),
    (Facet::Accessibility, &["wheelchair", "asl"]),
    (Facet::Centre, &[NID, OTHER_NID]),
    (Facet::Language, &["en", "fr", "ase"]),
];
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn values_of(facet: Facet, offered: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    let some = match facet {
        Facet::Kind | Facet::Centre => 1..=1,
        Facet::Concern | Facet::Way => 1..=2,
        Facet::Openness => 0..=1,
        _ => 0..=2,
    };
    let owned = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect();
    prop::sample::subsequence(offered, some).prop_map(owned)
}

fn said() -> impl Strategy<Value = Said> {
    let words = prop::sample::subsequence(&["apple", "stone", "river"][..], 1..=3);
    let values: Vec<_> = OFFERED
        .iter()
        .map(|(facet, offered)| values_of(*facet, offered))
        .collect();
    (words, values).prop_map(|(words, values)| Said {
        words,
        values: OFFERED
            .iter()
            .zip(values)
            .map(|((facet, _), values)| (*facet as u8, values))
            .collect(),
    })
}

impl Said {
    fn of(&self, facet: Facet) -> Vec<String> {
        let mut values = self.values[&(facet as u8)].clone();
        if facet == Facet::Concern
            && values
                .iter()
                .any(|concern| concern.starts_with("bereavement."))
        {
            values.push("bereavement".to_owned());
            values.sort();
            values.dedup();
        }
        values
    }

    fn listing(&self) -> Value {
        let of = |facet: Facet| json!(self.values[&(facet as u8)]);
        let mut listing = listing(
            json!({"en": self.words.join(" ")}),
            json!({
                "kind": of(Facet::Kind)[0], "concerns": of(Facet::Concern), "ways": of(Facet::Way),
                "for_whom": of(Facet::ForWhom), "accessibility": of(Facet::Accessibility),
                "languages": of(Facet::Language),
            }),
        );
        if let Some(openness) = of(Facet::Openness).get(0) {
            listing["openness"] = openness.clone();
        }
        let first = of(Facet::Day)
            .get(0)
            .map_or(0, |day| day.as_str().unwrap().parse().unwrap());
        let _: u32 = first;
        let days: Vec<&str> = self.values[&(Facet::Day as u8)]
            .iter()
            .map(|day| DAYS[day.parse::<usize>().unwrap()])
            .collect();
        if !days.is_empty() {
            listing["schedules"] = json!([{
                // The 5th was a Monday; a schedule starts on one of its days.
                "start": format!("2026-01-{:02}T19:00", 5 + first), "duration_min": 60, "time_zone": "America/Toronto",
                "rule": format!("FREQ=WEEKLY;BYDAY={}", days.join(",")),
            }]);
        }
        listing
    }

    fn answers(&self, query: &Query, but: Option<Facet>) -> bool {
        let words = query
            .words
            .split_whitespace()
            .all(|word| self.words.contains(&word));
        let chosen = |facet: &Facet| {
            query.chosen(*facet).is_empty()
                || query
                    .chosen(*facet)
                    .iter()
                    .any(|value| self.of(*facet).contains(value))
        };
        words
            && Facet::ALL
                .iter()
                .filter(|facet| Some(**facet) != but)
                .all(chosen)
    }
}

fn queries() -> impl Strategy<Value = Query> {
    let words = prop::sample::select(&["", "apple", "stone river", "river apple stone"][..]);
    let chosen: Vec<_> = OFFERED
        .iter()
        .map(|(_, offered)| {
            prop::option::weighted(0.25, prop::sample::subsequence(*offered, 1..=2))
        })
        .collect();
    (words, chosen).prop_map(|(words, chosen)| {
        let mut chosen = chosen.into_iter().map(|values| {
            values
                .unwrap_or_default()
                .into_iter()
                .map(str::to_owned)
                .collect()
        });
        let mut next = || chosen.next().expect("one for each facet");
        Query {
            words: words.to_owned(),
            concerns: next(),
            kinds: next(),
            ways: next(),
            days: next(),
            openness: next(),
            for_whom: next(),
            accessibility: next(),
            centres: next(),
            languages: next(),
            limit: LIMIT_MAX,
            ..Query::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn facets_and_totals_agree_with_counting_one_by_one(
        listings in prop::collection::vec(said(), 1..40),
        removed in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        queries in prop::collection::vec(queries(), 20),
        commits in 1..4_usize,
    ) {
        let mut world = World::new();
        let mut living = BTreeMap::new();
        for (i, said) in listings.iter().enumerate() {
            world.put_as(i as u64, &said.values[&(Facet::Centre as u8)][0], &said.listing());
            living.insert(i as u64, said);
            if i % commits == 0 {
                world.search.commit("some").unwrap();
            }
        }
        world.search.commit("all").unwrap();
        for index in removed {
            let ordinal = index.index(listings.len()) as u64;
            world.search.remove(uuid(ordinal)).unwrap();
            living.remove(&ordinal);
        }
        world.search.commit("fewer").unwrap();
        for query in queries {
            // With no answer to all words, fewer will do; that has a test of its own.
            let words = Query { words: query.words.clone(), ..Query::default() };
            if !living.values().any(|said| said.answers(&words, None)) {
                continue;
            }
            let found = world.search.find(&query, None).unwrap();
            let mut hits: Vec<u64> = found.hits.iter().map(|hit| hit.ordinal).collect();
            hits.sort_unstable();
            let expected: Vec<u64> =
                living.iter().filter(|(_, said)| said.answers(&query, None)).map(|(ordinal, _)| *ordinal).collect();
            prop_assert_eq!(&hits, &expected);
            prop_assert_eq!(found.total, expected.len() as u64);
            for facet in Facet::ALL {
                let mut counts: BTreeMap<String, u64> = BTreeMap::new();
                for said in living.values().filter(|said| said.answers(&query, Some(facet))) {
                    said.of(facet).into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
                }
                let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
                counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
                prop_assert_eq!(found.facets.of(facet), &counts[..], "{:?} {:?}", facet, &query);
            }
        }
    }
}
