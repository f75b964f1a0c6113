//! What do centres and networks live through, from their founding on, and is every promise kept?

use std::sync::Arc;
use std::time::Duration;

use clearinghouse::feed::transport::Answer;
use clearinghouse_tests::centre::POLL_S;
use clearinghouse_tests::wire::Trouble;
use clearinghouse_tests::world::World;
use uuid::Uuid;

/// A national network, a provincial one, and three centres.
const FAMILY: [(&str, &str); 4] = [
    ("canada", "ontario"),
    ("ontario", "kingston"),
    ("ontario", "ottawa"),
    ("ontario", "toronto"),
];

/// What a search finds that finds nothing.
const NOTHING: [Uuid; 0] = [];

#[tokio::test]
async fn a_meeting_is_found_two_hops_away_until_it_is_erased() {
    let mut world = World::family(1, &FAMILY).await;
    let stays = world.publish("toronto").await;
    let goes = world.publish("toronto").await;
    world.publish("ottawa").await;
    world.settle().await;
    world.check().await;
    let word = world.kept(goes).marker.clone();
    assert_eq!(world.search("canada", &word).await, [goes]);

    let (old, index) = (world.kept(stays).marker.clone(), world.kept(stays).index);
    world.revise(stays).await;
    world.settle().await;
    world.check().await;
    assert_eq!(world.search("canada", &old).await, NOTHING);
    let new = world.kept(stays).marker.clone();
    assert_eq!(world.search("canada", &new).await, [stays]);
    let replaced = world.body_path("toronto", index);

    let erased = world.body_path("toronto", world.kept(goes).index);
    world.erase(goes).await;
    world.settle().await;
    world.check().await;
    for name in ["toronto", "ontario", "canada"] {
        assert_eq!(world.search(name, &word).await, NOTHING, "{name}");
        for path in [&replaced, &erased] {
            assert_eq!(world.status(name, path).await, 410, "{path} at {name}");
        }
    }
}

#[tokio::test]
async fn membership_counts_only_while_both_sides_state_it() {
    let mut world = World::new(2);
    for name in ["ontario", "toronto"] {
        world.found(name);
    }
    world.settle().await;
    let uuid = world.publish("toronto").await;
    let word = world.kept(uuid).marker.clone();
    let toronto = world.centre("toronto").nid();

    // Each step, and whether Ontario then shows what Toronto says.
    for (step, shown) in [
        ("nothing", false),
        ("admit", false),
        ("join", true),
        ("suspend", false),
        ("admit", true),
        ("leave", false),
        ("join", true),
    ] {
        match step {
            "admit" => world.admit("ontario", "toronto").await,
            "join" => world.join("toronto", "ontario").await,
            "suspend" => {
                let suspended = world.centre("ontario").desk().suspend(toronto).await;
                suspended.expect("is suspended");
            }
            "leave" => {
                let ontario = world.centre("ontario").nid();
                let left = world.centre("toronto").desk().leave(ontario).await;
                left.expect("has left");
            }
            _ => {}
        }
        world.settle().await;
        world.check().await;
        let found = world.search("ontario", &word).await;
        assert_eq!(found.contains(&uuid), shown, "after {step}");
    }
    // What is erased while nobody speaks for the centre is gone when somebody does again.
    let suspended = world.centre("ontario").desk().suspend(toronto).await;
    suspended.expect("is suspended");
    world.settle().await;
    world.erase(uuid).await;
    world.publish("toronto").await;
    world.settle().await;
    world.admit("ontario", "toronto").await;
    world.settle().await;
    world.check().await;
}

#[tokio::test]
async fn joining_first_and_being_admitted_later_is_the_same() {
    let mut world = World::new(3);
    for name in ["canada", "ontario", "toronto"] {
        world.found(name);
    }
    world.settle().await;
    let uuid = world.publish("toronto").await;
    world.join("toronto", "ontario").await;
    world.admit("ontario", "toronto").await;
    world.settle().await;
    world.check().await;
    world.join("ontario", "canada").await;
    world.settle().await;
    world.check().await;
    let word = world.kept(uuid).marker.clone();
    assert_eq!(world.search("canada", &word).await, NOTHING);
    world.admit("canada", "ontario").await;
    world.settle().await;
    world.check().await;
    assert_eq!(world.search("canada", &word).await, [uuid]);
}

#[tokio::test]
async fn a_silent_origin_is_read_from_a_mirror_even_when_another_mirror_lags() {
    let mut world = World::family(4, &FAMILY).await;
    // Quebec follows Toronto by choice, and can reach it through Canada and Ontario only.
    world.found("quebec");
    world.settle().await;
    for name in ["canada", "ontario", "toronto"] {
        let url = clearinghouse_tests::wire::address(name);
        let followed = world.centre("quebec").desk().follow(&url, false).await;
        followed.expect("is followed");
    }
    world.publish("toronto").await;
    world.settle().await;
    world.check().await;
    world.trouble("quebec", "toronto", Trouble::Cut);
    let second = world.publish("toronto").await;
    world.settle().await;
    world.check().await;
    let word = world.kept(second).marker.clone();
    assert_eq!(world.search("quebec", &word).await, [second]);

    for line in [("canada", "toronto"), ("canada", "ontario")] {
        world.trouble(line.0, line.1, Trouble::Cut);
    }
    let third = world.publish("toronto").await;
    world.settle().await;
    world.check().await;
    let word = world.kept(third).marker.clone();
    assert_eq!(world.search("canada", &word).await, NOTHING);
    assert_eq!(
        world.search("quebec", &word).await,
        [third],
        "Ontario could have told Quebec"
    );
}

#[tokio::test]
async fn a_centre_that_is_switched_off_is_shown_by_its_network_and_its_successor_machine_goes_on() {
    let mut world = World::family(5, &FAMILY).await;
    let first = world.publish("toronto").await;
    world.settle().await;
    world.centre_mut("toronto").stop().await;
    world.settle().await;
    world.check().await;
    let word = world.kept(first).marker.clone();
    assert_eq!(world.search("canada", &word).await, [first]);
    assert_eq!(
        world.health("canada", "toronto").await["state"],
        "silent",
        "it is shown as such"
    );
    world.centre_mut("toronto").start().expect("starts");
    world.revise(first).await;
    world.settle().await;
    world.check().await;
    assert_eq!(world.health("canada", "toronto").await["state"], "verified");
}

#[tokio::test]
async fn a_log_that_shrank_is_kept_at_its_last_state_and_shown_as_such() {
    let mut world = World::family(6, &FAMILY).await;
    world.publish("toronto").await;
    world.settle().await;
    let backup = world.centre("toronto").copy(60);
    let later = world.publish("toronto").await;
    let word = world.kept(later).marker.clone();
    world.settle().await;
    world.check().await;

    world.centre_mut("toronto").kill().await;
    world.distrust("toronto");
    world.replace(backup);
    // It asks Ontario how far it had come, and gets no answer.
    world.trouble("toronto", "ontario", Trouble::Cut);
    world
        .centre_mut("toronto")
        .start()
        .expect("a whole old folder cannot know that it is old");
    world.settle().await;
    world.check().await;
    for name in ["ontario", "canada"] {
        let health = world.health(name, "toronto").await;
        assert_eq!(health["state"], "frozen", "{name}: {health}");
        assert_eq!(world.search(name, &word).await, [later], "{name}");
    }
    // When it grows again it has forked, and that is final.
    for _ in 0..3 {
        world.publish("toronto").await;
    }
    world.distrust("toronto");
    world.settle().await;
    world.check().await;
    for name in ["ontario", "canada"] {
        let health = world.health(name, "toronto").await;
        assert_eq!(health["state"], "frozen", "{name}: {health}");
        assert_eq!(world.search(name, &word).await, [later], "{name}");
    }
}

#[tokio::test]
async fn two_machines_that_speak_for_one_centre_are_found_out() {
    for (in_a, in_b) in [(1, 1), (2, 1), (1, 2)] {
        let mut world = World::family(7, &FAMILY).await;
        world.publish("toronto").await;
        world.settle().await;
        let copy = world.centre("toronto").copy(70);
        for _ in 0..in_a {
            world.publish("toronto").await;
        }
        let seen = world.of("toronto");
        // Ontario does not hear of it yet.
        world.trouble("ontario", "toronto", Trouble::Cut);
        world.trouble("ontario", "canada", Trouble::Cut);
        world.settle().await;
        world.centre_mut("toronto").kill().await;
        world.distrust("toronto");
        world.replace(copy);
        // It asks Ontario how far it had come, and gets no answer.
        world.trouble("toronto", "ontario", Trouble::Cut);
        world.centre_mut("toronto").start().expect("it cannot know");
        for _ in 0..in_b {
            world.publish("toronto").await;
        }
        world.distrust("toronto");
        for other in ["toronto", "canada"] {
            world.mend("ontario", other);
        }
        for _ in 0..3 {
            world.settle().await;
        }
        world.check().await;
        let health = world.health("canada", "toronto").await;
        assert_eq!(health["state"], "frozen", "{in_a} and {in_b}: {health}");
        for uuid in seen {
            let path = format!("/api/v1/listings/{uuid}");
            assert_eq!(
                world.status("canada", &path).await,
                200,
                "its last good state"
            );
        }
    }
}

/// Answers 404 for the paths that hold one of these, as one does who holds something back.
fn without(parts: &'static [&'static str]) -> Trouble {
    Trouble::Lie(Arc::new(move |path, answer| {
        if parts.iter().any(|part| path.contains(part)) {
            let status = 404;
            return Some(Answer {
                status,
                ..Answer::default()
            });
        }
        Some(answer)
    }))
}

#[tokio::test]
async fn bodies_that_were_held_back_are_shown_as_soon_as_somebody_hands_them_out() {
    let mut world = World::family(8, &[("ontario", "toronto")]).await;
    for with_later_entry in [false, true] {
        world.trouble("ontario", "toronto", without(&["/bodies/", "/body/"]));
        let held = world.publish("toronto").await;
        let word = world.kept(held).marker.clone();
        for _ in 0..4 {
            world.settle().await;
        }
        assert_eq!(world.search("ontario", &word).await, NOTHING);
        world.mend("ontario", "toronto");
        if with_later_entry {
            world.publish("toronto").await;
        }
        world.settle().await;
        world.check().await;
        assert_eq!(world.search("ontario", &word).await, [held]);
    }
}

#[tokio::test]
async fn bodies_said_to_be_gone_that_are_not_do_not_stop_a_feed() {
    let mut world = World::family(10, &[("ontario", "toronto")]).await;
    let gone = Trouble::Lie(Arc::new(|path, answer| {
        let status = if path.contains("/bod") {
            410
        } else {
            answer.status
        };
        Some(Answer { status, ..answer })
    }));
    world.trouble("ontario", "toronto", gone);
    let listings = world.publish_many("toronto", 6).await;
    for _ in 0..6 {
        world.settle().await;
    }
    let (ontario, toronto) = (world.centre("ontario"), world.centre("toronto").nid());
    let feed = ontario.feed(toronto).expect("is followed");
    assert_eq!(feed.expected().len(), 6, "its entries are there");
    world.mend("ontario", "toronto");
    world.settle().await;
    world.check().await;
    let word = world.kept(listings[0]).marker.clone();
    assert_eq!(world.search("ontario", &word).await, [listings[0]]);
}

#[tokio::test]
async fn what_was_erased_while_a_follower_fetched_it_does_not_stay_with_the_follower() {
    let mut world = World::family(9, &[("ontario", "toronto")]).await;
    world.trouble("ontario", "toronto", Trouble::Cut);
    let listings = world.publish_many("toronto", 8).await;
    // All bodies but one come, so that the step is put off.
    world.trouble("ontario", "toronto", without(&["/bodies/", "/body/9"]));
    world.turn(Duration::from_secs(2 * POLL_S));
    world.rest().await;
    let first = world.kept(listings[0]).marker.clone();
    assert!(!world.centre("ontario").holding(&first).is_empty());
    world.erase(listings[0]).await;
    world.mend("ontario", "toronto");
    world.settle().await;
    world.check().await;
}
