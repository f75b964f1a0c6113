//! Do listings come into other hands without being lost, doubled or revived?

use std::collections::BTreeSet;

use clearinghouse::desk::edit::EditError;
use clearinghouse::desk::handover::Which;
use clearinghouse_tests::drafts::{draft, read};
use clearinghouse_tests::world::World;
use uuid::Uuid;

const FAMILY: [(&str, &str); 3] = [
    ("canada", "ontario"),
    ("ontario", "kingston"),
    ("ontario", "toronto"),
];

/// Who keeps a listing, as a node shows it; `None`: it does not show it.
async fn keeper(world: &World, name: &str, uuid: Uuid) -> Option<String> {
    let path = format!("/api/v1/listings/{uuid}");
    if world.status(name, &path).await != 200 {
        return None;
    }
    let listing = world.ask(name, &path).await;
    Some(listing["centre"]["nid"].as_str().expect("a nid").to_owned())
}

/// Every node shows the listing as kept by this centre.
async fn is_kept_by(world: &World, uuid: Uuid, centre: &str) {
    let nid = world.centre(centre).nid().to_string();
    for name in world.names() {
        if world.centre(&name).runs() {
            let shown = keeper(world, &name, uuid).await;
            // A centre follows its network's log, and not its neighbours'.
            if shown.is_some() || ["canada", "ontario"].contains(&name.as_str()) {
                assert_eq!(shown.as_ref(), Some(&nid), "at {name}");
            }
        }
    }
}

/// Kingston also follows Toronto, whose listings it is to take.
async fn neighbours(seed: u64) -> World {
    let world = World::family(seed, &FAMILY).await;
    for (reader, other) in [("kingston", "toronto"), ("toronto", "kingston")] {
        let url = clearinghouse_tests::wire::address(other);
        let desk = world.centre(reader).desk();
        desk.follow(&url, false).await.expect("is followed");
    }
    world.settle().await;
    world
}

#[tokio::test]
async fn one_listing_changes_hands_and_what_its_successor_erases_stays_erased() {
    let mut world = neighbours(41).await;
    let (goes, stays) = (
        world.publish("toronto").await,
        world.publish("toronto").await,
    );
    world.settle().await;
    let (kingston, toronto) = (
        world.centre("kingston").nid(),
        world.centre("toronto").nid(),
    );
    let which = Which::These(BTreeSet::from([goes]));
    let desk = world.centre("toronto").desk();
    desk.hand_over(which.clone(), kingston)
        .await
        .expect("is stated");
    world.settle().await;
    is_kept_by(&world, goes, "toronto").await;

    // What was promised is not changed any more by the one who promised it.
    let desk = world.centre("toronto").desk();
    let revised = desk.revise(goes, &read(draft("another")), None).await;
    assert!(matches!(revised, Err(EditError::Promised { to, .. }) if to == kingston));
    let desk = world.centre("kingston").desk();
    let taken = desk.take_over(Which::All, toronto).await.expect("is taken");
    assert_eq!((taken.listings, taken.left.len()), (1, 0));
    world.passed_on(goes, "kingston");
    world.settle().await;
    world.check().await;
    is_kept_by(&world, goes, "kingston").await;
    is_kept_by(&world, stays, "toronto").await;
    let listing = world
        .ask("canada", &format!("/api/v1/listings/{goes}"))
        .await;
    let steps = listing["handed_over"].as_array().expect("steps");
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0]["from"]["nid"], toronto.to_string());

    let desk = world.centre("toronto").desk();
    let revised = desk.revise(goes, &read(draft("another")), None).await;
    assert!(matches!(revised, Err(EditError::NotOurs { owner, .. }) if owner.nid == kingston));
    world.revise(goes).await;
    world.settle().await;
    world.check().await;
    is_kept_by(&world, goes, "kingston").await;

    world.erase(goes).await;
    world.settle().await;
    world.check().await;
    for name in ["canada", "ontario", "kingston", "toronto"] {
        assert_eq!(keeper(&world, name, goes).await, None, "revived at {name}");
    }
    stays_erased_for_late_comers(&mut world, goes, stays).await;
}

/// One who comes later, and one who starts again, see the same.
async fn stays_erased_for_late_comers(world: &mut World, goes: Uuid, stays: Uuid) {
    world.found("quebec");
    world.settle().await;
    let url = clearinghouse_tests::wire::address("ontario");
    let desk = world.centre("quebec").desk();
    desk.follow(&url, true).await.expect("is followed");
    world.centre_mut("canada").stop().await;
    world.centre_mut("canada").start().expect("starts");
    world.settle().await;
    for name in ["canada", "quebec"] {
        assert_eq!(keeper(world, name, goes).await, None, "revived at {name}");
        assert!(keeper(world, name, stays).await.is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_dead_centre_is_dissolved_and_its_listings_live_on_with_its_successor() {
    let mut world = neighbours(42).await;
    let listings = world.publish_many("toronto", 5).await;
    world.settle().await;
    let (kingston, toronto) = (
        world.centre("kingston").nid(),
        world.centre("toronto").nid(),
    );
    world.centre_mut("toronto").stop().await;
    let desk = world.centre("kingston").desk();
    assert!(
        desk.take_over(Which::All, toronto).await.is_err(),
        "nobody said so"
    );
    let ontario = world.centre("ontario").desk();
    ontario
        .dissolve(toronto, Some(kingston))
        .await
        .expect("is stated");
    ontario.lease(toronto, 400).await.expect("is stated");
    world.settle().await;
    for uuid in &listings {
        is_kept_by(&world, *uuid, "toronto").await;
    }
    // Kingston has to know what its network says.
    let url = clearinghouse_tests::wire::address("ontario");
    let desk = world.centre("kingston").desk();
    desk.follow(&url, false).await.expect("is followed");
    world.settle().await;
    let desk = world.centre("kingston").desk();
    let taken = desk.take_over(Which::All, toronto).await.expect("is taken");
    assert_eq!((taken.listings, taken.left.len()), (5, 0));
    let again = desk
        .take_over(Which::All, toronto)
        .await
        .expect("nothing is left");
    assert_eq!(again.listings, 0);
    for uuid in &listings {
        world.passed_on(*uuid, "kingston");
    }
    world.settle().await;
    for uuid in &listings {
        is_kept_by(&world, *uuid, "kingston").await;
    }
    world.erase(listings[0]).await;
    world.settle().await;
    for name in ["canada", "ontario", "kingston"] {
        assert_eq!(keeper(&world, name, listings[0]).await, None, "{name}");
    }
    world.centre_mut("canada").stop().await;
    world.centre_mut("canada").start().expect("starts");
    world.settle().await;
    assert_eq!(keeper(&world, "canada", listings[0]).await, None);
    is_kept_by(&world, listings[1], "kingston").await;
}
