//! Is an author that shows two histories found out by everybody, and for good?

use std::sync::Arc;

use clearinghouse_protocol::feed::evidence::Evidence;
use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_tests::centre::Centre;
use clearinghouse_tests::wire::{Trouble, look};
use clearinghouse_tests::world::World;
use serde_json::Value;
use signed_note::{Note, StandardVerifier, VerifierList};

/// Canada and Ontario follow Toronto, and each other.
const FAMILY: [(&str, &str); 2] = [("canada", "ontario"), ("ontario", "toronto")];

/// A world in which Toronto has two faces: Canada has seen `first` entries that Ontario never saw, and
/// Ontario is then shown `second` others. Nobody has compared yet.
async fn two_faced(seed: u64, first: usize, second: usize) -> (World, Origin) {
    let mut world = World::family(seed, &FAMILY).await;
    for _ in 0..3 {
        world.publish("toronto").await;
    }
    world.settle().await;
    let other_face = world.centre("toronto").copy(seed + 70);
    let origin = world.centre("toronto").desk().identity().origin;
    for (one, other) in [
        ("ontario", "toronto"),
        ("ontario", "canada"),
        ("canada", "ontario"),
    ] {
        world.trouble(one, other, Trouble::Cut);
    }
    world.publish_many("toronto", first).await;
    world.settle().await;
    world.trouble("canada", "toronto", Trouble::Cut);
    world.centre_mut("toronto").kill().await;
    world.distrust("toronto");
    world.replace(other_face);
    world.centre_mut("toronto").start().expect("it cannot know");
    // The second face knows nobody: it would find out at once.
    for other in ["ontario", "canada"] {
        world.trouble("toronto", other, Trouble::Cut);
    }
    world.mend("ontario", "toronto");
    world.publish_many("toronto", second).await;
    world.distrust("toronto");
    world.settle().await;
    (world, origin)
}

fn path(origin: Origin) -> String {
    format!("/feed/{}/{}/evidence", origin.nid, origin.epoch)
}

/// The evidence that a node serves, checked as anyone would.
async fn evidence_at(centre: &Centre, origin: Origin) -> Option<Evidence> {
    let (status, bytes) = look(&centre.life().router, &path(origin)).await;
    if status == 404 {
        return None;
    }
    let feed = centre.feed(origin.nid).expect("it keeps the feed");
    let evidence = Evidence::read(&bytes).expect("evidence is sound");
    let fork = evidence.check(&origin, &feed.identity.log_key);
    fork.expect("evidence holds");
    let log_key = feed.identity.log_key.to_string();
    let known = StandardVerifier::new(&log_key).expect("a log key");
    let known = VerifierList::new(vec![Box::new(known)]);
    for note in [evidence.smaller(), evidence.larger()] {
        let read = Note::from_bytes(&note.to_bytes()).expect("another program reads it");
        let (signed_by, _) = read.verify(&known).expect("another program believes it");
        assert_eq!(signed_by.len(), 1);
    }
    assert!(bytes.len() < 1_500, "{} bytes", bytes.len());
    Some(evidence)
}

#[tokio::test]
async fn followers_who_were_shown_two_histories_find_out_by_asking_each_other() {
    for (seed, first, second) in [(1, 1, 1), (2, 5, 2), (3, 2, 300)] {
        let (mut world, origin) = two_faced(seed, first, second).await;
        for name in ["canada", "ontario"] {
            assert_eq!(evidence_at(world.centre(name), origin).await, None);
        }
        // Neither reaches the author any more; each reaches the other.
        world.trouble("ontario", "toronto", Trouble::Cut);
        world.mend("ontario", "canada");
        world.mend("canada", "ontario");
        world.settle().await;
        world.check().await;
        for name in ["canada", "ontario"] {
            let told = format!("{name}, {first} and {second}");
            let evidence = evidence_at(world.centre(name), origin).await;
            assert!(evidence.is_some(), "{told}");
            let nodes = world.ask(name, "/api/v1/network").await;
            let nodes = nodes["items"].as_array().expect("a list").clone();
            let nid = Value::from(origin.nid.to_string());
            let toronto = nodes.iter().find(|node| node["nid"] == nid);
            let toronto = toronto.expect("is known");
            assert_eq!(toronto["evidence"], Value::from(path(origin)), "{told}");
            assert_eq!(toronto["health"]["state"], "frozen", "{told}");
            assert_eq!(
                toronto["listings"].as_u64(),
                Some(3 + if name == "canada" { first } else { second } as u64)
            );
        }
    }
}

#[tokio::test]
async fn a_frozen_feed_stays_frozen_over_a_restart_and_whatever_is_offered() {
    let (mut world, origin) = two_faced(4, 1, 1).await;
    world.mend("ontario", "canada");
    world.settle().await;
    let before = evidence_at(world.centre("ontario"), origin).await;
    assert!(before.is_some(), "Ontario asked Canada");
    let size = |world: &World| {
        let feed = world.centre("ontario").feed(origin.nid).expect("is kept");
        feed.files().size()
    };
    let frozen_at = size(&world);
    world.centre_mut("ontario").cut_power().await;
    world.centre_mut("ontario").start().expect("starts");
    world.publish("toronto").await;
    world.distrust("toronto");
    world.settle().await;
    world.check().await;
    assert_eq!(size(&world), frozen_at);
    assert_eq!(world.health("ontario", "toronto").await["state"], "frozen");
    assert_eq!(evidence_at(world.centre("ontario"), origin).await, before);
}

#[tokio::test]
async fn an_author_whose_fork_is_proven_signs_nothing_more_and_says_what_to_do() {
    let (mut world, origin) = two_faced(5, 2, 1).await;
    world.mend("ontario", "canada");
    world.settle().await;
    world.mend("toronto", "ontario");
    world.settle().await;
    assert!(evidence_at(world.centre("toronto"), origin).await.is_some());
    for _ in 0..2 {
        let draft =
            clearinghouse_tests::drafts::read(clearinghouse_tests::drafts::draft("refused"));
        let refused = world.centre("toronto").desk().publish(&draft).await;
        assert!(refused.is_err(), "{refused:?}");
        let status = world.centre("toronto").desk().status().expect("a status");
        let file = status.feeds[0]
            .evidence
            .as_deref()
            .expect("its own comes first");
        let file = world.centre("toronto").data().join(file);
        assert!(world.centre("toronto").disk.bytes(&file).is_some());
        world.centre_mut("toronto").stop().await;
        world
            .centre_mut("toronto")
            .start()
            .expect("starts, and serves");
    }
}

#[tokio::test]
async fn a_false_accusation_changes_nothing() {
    let mut world = World::family(6, &FAMILY).await;
    world.publish("toronto").await;
    world.settle().await;
    // What holds against another log.
    let (forked, origin) = two_faced(7, 1, 1).await;
    forked.wire.trouble("ontario", "canada", None);
    forked.settle().await;
    let (_, bytes) = look(&forked.centre("ontario").life().router, &path(origin)).await;
    assert!(Evidence::read(&bytes).is_ok());
    let accuse = Trouble::Lie(Arc::new(move |path, mut answer| {
        if path.ends_with("/evidence") {
            answer.status = 200;
            answer.body = bytes.clone();
        }
        Some(answer)
    }));
    for (from, to) in [
        ("ontario", "canada"),
        ("ontario", "toronto"),
        ("toronto", "ontario"),
    ] {
        world.trouble(from, to, accuse.clone());
    }
    let later = world.publish("toronto").await;
    world.settle().await;
    world.check().await;
    let word = world.kept(later).marker.clone();
    assert_eq!(world.search("ontario", &word).await, [later]);
    assert_eq!(
        world.health("ontario", "toronto").await["state"],
        "verified"
    );
}
