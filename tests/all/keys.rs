//! What becomes of a node whose name, address or keys change, and of those who follow it?

use std::collections::BTreeMap;
use std::time::Duration;

use clearinghouse::desk::keys::Rotation;
use clearinghouse::feed::feeds::Health;
use clearinghouse_protocol::feed::identity::{
    Chain, Identity, WAIT_SECONDS, note_hash, rotation_hash,
};
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::key::{Algorithm, KeyName, SigningKey};
use clearinghouse_tests::wire::address;
use clearinghouse_tests::world::World;

const FAMILY: [(&str, &str); 2] = [("canada", "ontario"), ("ontario", "toronto")];

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A key of our own making, with its seed.
fn key(seed: u8) -> SigningKey {
    let name = KeyName::new("clearinghouse/paper").expect("a name");
    SigningKey::from_seed(name, Algorithm::Ed25519, [seed; 32])
}

fn public(seed: u8) -> [u8; 32] {
    *key(seed).verifier().public_key()
}

fn hash(seed: u8) -> [u8; 32] {
    rotation_hash(&public(seed))
}

/// Changes names and address with the paper key; the next one is that of `seed`.
fn rotation(url: Option<&str>, name: Option<&str>, seed: u8) -> Rotation {
    let names = name.map(|name| ("en".to_owned(), name.to_owned()));
    Rotation {
        names: names.into_iter().collect::<BTreeMap<_, _>>(),
        url: url.map(str::to_owned),
        next: Hash(hash(seed)).to_string(),
    }
}

/// How `centre` knows `other`.
fn who(world: &World, centre: &str, other: &str) -> Identity {
    let nid = world.centre(other).nid();
    world.centre(centre).feed(nid).expect("is followed").who()
}

#[tokio::test]
async fn a_node_that_moves_is_followed_to_its_new_address() {
    let mut world = World::family(61, &FAMILY).await;
    let before = world.publish("toronto").await;
    world.settle().await;
    let toronto = world.centre("toronto");
    let (desk, paper) = (toronto.desk().clone(), toronto.paper.clone());
    let wanted = rotation(Some(&address("acorn")), Some("Acorn"), 1);
    let wrong = desk.rotate(&wanted, &key(9).to_secret_text()).await;
    assert!(wrong.is_err(), "a key that nobody named");
    let rotated = desk.rotate(&wanted, &paper).await.expect("is rotated");
    assert_eq!((rotated.seq, rotated.url), (1, address("acorn")));
    let again = desk.rotate(&rotation(None, Some("Thief"), 2), &paper).await;
    assert!(again.is_err(), "a paper key counts once");
    // The new address answers, and soon the old one does not.
    let router = world.centre("toronto").life().router.clone();
    world.wire.plug("acorn", router);
    world.settle().await;
    for centre in ["ontario", "canada"] {
        assert_eq!(
            who(&world, centre, "toronto").url,
            address("acorn"),
            "{centre}"
        );
        assert_eq!(who(&world, centre, "toronto").name("en"), "Acorn");
    }
    world.wire.unplug("toronto");
    world.wire.asked();
    let after = world.publish("toronto").await;
    world.settle().await;
    for uuid in [before, after] {
        let word = world.kept(uuid).marker.clone();
        assert_eq!(world.search("ontario", &word).await, [uuid]);
    }
    let health = world.health("ontario", "toronto").await;
    assert_eq!(health["state"], "verified", "{health}");
    // Ontario remembers, without asking anyone.
    world.centre_mut("ontario").stop().await;
    world.wire.unplug("acorn");
    world.centre_mut("ontario").start().expect("starts again");
    assert_eq!(who(&world, "ontario", "toronto").url, address("acorn"));
    let network = world.ask("ontario", "/api/v1/network").await;
    let nid = world.centre("toronto").nid().to_string();
    let nodes = network["items"].as_array().expect("a list");
    let node = nodes.iter().find(|node| node["nid"] == nid.as_str());
    let node = node.expect("is there");
    assert_eq!(node["url"], address("acorn").as_str());
    assert_eq!(node["names"]["en"], "Acorn");
}

#[tokio::test]
async fn a_new_name_reaches_those_who_only_reach_a_mirror() {
    let world = World::family(62, &FAMILY).await;
    world.trouble("canada", "toronto", clearinghouse_tests::wire::Trouble::Cut);
    let toronto = world.centre("toronto");
    let wanted = rotation(None, Some("Acorn"), 1);
    let rotated = toronto.desk().rotate(&wanted, &toronto.paper).await;
    rotated.expect("is rotated");
    world.settle().await;
    world.turn(DAY + HOUR);
    world.settle().await;
    assert_eq!(who(&world, "canada", "toronto").name("en"), "Acorn");
}

/// Gives Toronto's network the key of seed 20, as the second after a new paper key of seed 10, and has
/// the network announce the log key of seed 30. Answers with Toronto's chain, and that note.
async fn announce(world: &World) -> (Chain, Hash) {
    let toronto = world.centre("toronto");
    let own = toronto.desk().feeds.own();
    let paper: SigningKey = toronto.paper.parse().expect("the paper key");
    let consent = own
        .who()
        .successor(*paper.verifier().public_key(), vec![hash(10), hash(20)]);
    let mut chain = own.known().chain().clone();
    let consent = consent.sign_by(own.nid(), &paper);
    chain.add(&consent).expect("the paper key consents");
    let now = toronto.hand.now().as_second();
    for centre in world.names() {
        let feeds = &world.centre(&centre).desk().feeds;
        let learnt = feeds.learn_chain(own.nid(), &chain.to_bytes(), now);
        learnt.expect("is learnt");
    }
    let mut note = own.who().successor(public(20), vec![hash(11), hash(21)]);
    note.log = public(30);
    note.epoch = note.epoch.next().expect("a next one");
    let note = note.sign_by(own.nid(), &key(20));
    chain.add(&note).expect("the network's key was named");
    let ontario = &world.centre("ontario").desk().feeds;
    let learnt = ontario.learn_chain(own.nid(), &chain.to_bytes(), now);
    assert!(learnt.expect("is learnt"));
    let hash = note_hash(note.text());
    let begun = ontario.learn_begun(own.nid(), hash, now);
    assert!(begun.expect("is learnt"));
    (chain, hash)
}

#[tokio::test]
async fn what_a_network_announces_is_seen_at_the_centre_and_the_paper_key_overrides_it() {
    let mut world = World::family(63, &FAMILY).await;
    let (_, note) = announce(&world).await;
    assert!(who(&world, "toronto", "toronto").pending.is_none());
    world.turn(DAY + HOUR);
    world.settle().await;
    // The centre learns it from those who follow it, and so does everyone else.
    for centre in ["toronto", "canada", "ontario"] {
        let pending = who(&world, centre, "toronto").pending.expect(centre);
        assert_eq!(
            (pending.priority, pending.identity.note),
            (1, note),
            "{centre}"
        );
    }
    let status = world.centre("toronto").desk().status().expect("a status");
    let own = status.feeds.iter().find(|feed| feed.health == "own");
    let announced = own.and_then(|own| own.announced.clone());
    assert_eq!(announced.expect("is shown").priority, 1);
    let network = world.ask("ontario", "/api/v1/network").await;
    let shown = network["items"].as_array().expect("a list").iter();
    let shown: Vec<_> = shown.filter(|node| !node["announced"].is_null()).collect();
    assert_eq!(shown.len(), 1);
    assert!(
        shown[0]["announced"]["final_at"].is_string(),
        "{}",
        shown[0]
    );
    // The paper is found: what it says counts at once, and for good.
    let wanted = rotation(None, Some("Acorn"), 12);
    let desk = world.centre("toronto").desk().clone();
    let rotated = desk.rotate(&wanted, &key(10).to_secret_text()).await;
    rotated.expect("is rotated");
    world.settle().await;
    for _ in 0..5 {
        world.turn(DAY);
        world.settle().await;
    }
    for centre in ["toronto", "canada", "ontario"] {
        let who = who(&world, centre, "toronto");
        assert_eq!(who.name("en"), "Acorn", "{centre}");
        assert!(who.pending.is_none(), "{centre}");
        assert_eq!(who.origin.epoch.number(), 1, "{centre}");
    }
    let uuid = world.publish("toronto").await;
    world.settle().await;
    let word = world.kept(uuid).marker.clone();
    assert_eq!(world.search("ontario", &word).await, [uuid]);
}

#[tokio::test]
async fn without_a_word_of_the_paper_key_the_announced_key_counts_after_72_hours() {
    let world = World::family(64, &FAMILY).await;
    let (chain, note) = announce(&world).await;
    let ontario = world.centre("ontario");
    let feeds = &ontario.desk().feeds;
    let nid = chain.nid();
    let begun = ontario.hand.now().as_second();
    for (hours, is_final) in [(71, false), (72, true), (73, true)] {
        let now = begun + hours * 3600;
        feeds.learn_time(nid, now).expect("is judged");
        let who = who(&world, "ontario", "toronto");
        assert_eq!(who.note == note, is_final, "{hours} hours");
    }
    assert_eq!(WAIT_SECONDS, 72 * 3600);
    // A clock that goes back, and a shorter chain, take nothing back.
    feeds.learn_time(nid, begun).expect("is judged");
    let genesis = Chain::read(&chain.to_bytes(), None).expect("a chain");
    let genesis = genesis.to_bytes();
    let end = genesis
        .windows(2)
        .position(|two| two == b"\n\n")
        .expect("a note");
    let second = genesis[end + 2..].windows(2).position(|two| two == b"\n\n");
    let first = &genesis[..end + 2 + second.expect("another note") + 1];
    assert_eq!(Chain::read(first, None).expect("a genesis").count(), 1);
    assert!(!feeds.learn_chain(nid, first, begun).expect("is read"));
    assert_eq!(who(&world, "ontario", "toronto").note, note);
    let feed = ontario.feed(nid).expect("is followed");
    assert_ne!(feed.notes().health, Health::New);
    // A paper key that is found afterwards is too late.
    let mut late = chain.clone();
    let path: Vec<_> = chain.successors().map(|(hash, _, _)| hash).collect();
    let mut paper = Chain::read(first, None)
        .expect("a genesis")
        .identity(&Default::default(), 0);
    paper.seq = 1;
    paper.note = path[0];
    let mut found = paper.successor(public(10), vec![hash(13)]);
    found.log = public(31);
    found.epoch = found.epoch.next().expect("a next one");
    let found = found.sign_by(nid, &key(10));
    late.add(&found).expect("its key was named");
    assert!(
        feeds
            .learn_chain(nid, &late.to_bytes(), begun + 73 * 3600)
            .expect("is read")
    );
    assert_eq!(who(&world, "ontario", "toronto").note, note);
}
