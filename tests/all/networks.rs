//! Does what networks and staff decide take effect everywhere it should, and nowhere else?

use clearinghouse::desk::hide::What;
use clearinghouse_tests::world::World;
use uuid::Uuid;

const FAMILY: [(&str, &str); 3] = [
    ("canada", "ontario"),
    ("ontario", "kingston"),
    ("ontario", "toronto"),
];

const NOTHING: [Uuid; 0] = [];

#[tokio::test]
async fn a_suspended_centre_vanishes_everywhere_and_comes_back_whole() {
    let mut world = World::family(51, &FAMILY).await;
    world.found("quebec");
    world.settle().await;
    // Quebec follows the nation, which admits the province, which speaks for the centre.
    let url = clearinghouse_tests::wire::address("canada");
    let desk = world.centre("quebec").desk();
    desk.follow(&url, true).await.expect("is followed");
    let (stays, goes) = (
        world.publish("toronto").await,
        world.publish("toronto").await,
    );
    world.settle().await;
    world.check().await;
    let (word, gone) = (
        world.kept(stays).marker.clone(),
        world.kept(goes).marker.clone(),
    );
    let toronto = world.centre("toronto").nid();
    assert_eq!(world.search("quebec", &word).await, [stays]);

    let ontario = world.centre("ontario").desk();
    ontario.suspend(toronto).await.expect("is suspended");
    world.settle().await;
    world.check().await;
    let body = world.body_path("toronto", world.kept(stays).index);
    for name in ["ontario", "canada", "quebec"] {
        assert_eq!(world.search(name, &word).await, NOTHING, "{name}");
        assert_ne!(
            world.status(name, &body).await,
            200,
            "{name} serves its text"
        );
        assert!(
            world.centre(name).holding(&word).is_empty(),
            "{name} holds its text"
        );
    }
    world.erase(goes).await;
    world.settle().await;
    world.admit("ontario", "toronto").await;
    world.settle().await;
    world.check().await;
    for name in ["ontario", "canada", "quebec"] {
        assert_eq!(world.search(name, &word).await, [stays], "{name}");
        assert_eq!(
            world.search(name, &gone).await,
            NOTHING,
            "{name} revived it"
        );
        assert_eq!(world.status(name, &body).await, 200, "{name}");
    }
}

#[tokio::test]
async fn what_staff_hide_is_hidden_at_their_node_alone_and_is_not_said_to_be_erased() {
    let mut world = World::family(52, &FAMILY).await;
    let (one, other) = (
        world.publish("toronto").await,
        world.publish("toronto").await,
    );
    world.settle().await;
    let word = world.kept(one).marker.clone();
    let path = format!("/api/v1/listings/{one}");
    let body = world.body_path("toronto", world.kept(one).index);
    let toronto = world.centre("toronto").nid();
    for what in [What::Listing(one), What::Node(toronto)] {
        let desk = world.centre("ontario").desk();
        let size = desk.feeds.own().files().size();
        desk.hide(what, "a complaint").await.expect("is hidden");
        for restarted in [false, true] {
            if restarted {
                world.centre_mut("ontario").stop().await;
                world.centre_mut("ontario").start().expect("starts");
                world.settle().await;
            }
            assert_eq!(world.search("ontario", &word).await, NOTHING, "{what}");
            assert_eq!(world.status("ontario", &path).await, 404, "{what}");
            assert_eq!(
                world.status("ontario", &body).await,
                200,
                "the mirror is faithful"
            );
            assert_eq!(
                world.search("canada", &word).await,
                [one],
                "{what} went abroad"
            );
            let hidden = world.centre("ontario").desk().hidden();
            assert_eq!(hidden[0].reason, "a complaint");
        }
        let desk = world.centre("ontario").desk();
        assert_eq!(
            desk.feeds.own().files().size(),
            size,
            "an entry tells of it"
        );
        desk.unhide(what).await.expect("is shown again");
        assert_eq!(world.search("ontario", &word).await, [one], "{what}");
        assert_eq!(world.status("ontario", &path).await, 200, "{what}");
    }
    world.settle().await;
    world.check().await;
    let word = world.kept(other).marker.clone();
    assert_eq!(world.search("ontario", &word).await, [other]);
}
