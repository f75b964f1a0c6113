//! Does what is too much wait, and what is unsound stand aside, without holding up anybody else?

use std::time::Duration;

use clearinghouse::store::private::FeedQuota;
use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::feed::roster::Statement;
use clearinghouse_tests::wire::Trouble;
use clearinghouse_tests::world::World;
use serde_json::Value;
use uuid::Uuid;

/// Two centres of one network.
const FAMILY: [(&str, &str); 2] = [("ontario", "toronto"), ("ontario", "kingston")];

async fn decide(world: &World, set: impl FnOnce(&mut FeedQuota)) {
    let mut quota = FeedQuota {
        nid: world.centre("toronto").nid().to_string(),
        entries_a_day: None,
        body_mib: None,
        living: None,
    };
    set(&mut quota);
    let decided = world.centre("ontario").desk().set_quota(quota).await;
    decided.expect("the decision is kept");
}

/// What Ontario says of Toronto.
async fn toronto(world: &World) -> Value {
    let nid = world.centre("toronto").nid();
    world
        .ask("ontario", &format!("/api/v1/network/{nid}"))
        .await
}

async fn is_shown(world: &World, uuid: Uuid) -> bool {
    let word = world.kept(uuid).marker.clone();
    !world.search("ontario", &word).await.is_empty()
}

#[tokio::test]
async fn what_a_centre_writes_over_its_share_waits_for_the_next_days() {
    let mut world = World::family(1, &FAMILY).await;
    decide(&world, |quota| quota.entries_a_day = Some(5)).await;
    let before = world.publish("toronto").await;
    world.settle().await;
    assert!(is_shown(&world, before).await);
    assert_eq!(toronto(&world).await["over_quota"], Value::Null);

    // All at once: what comes one by one is taken for as long as there is room.
    world.trouble("ontario", "toronto", Trouble::Cut);
    let over = world.publish_many("toronto", 9).await;
    world.mend("ontario", "toronto");
    let other = world.publish("kingston").await;
    world.settle().await;
    world.check().await;
    assert!(!is_shown(&world, over[0]).await);
    assert!(is_shown(&world, other).await, "others go on");
    let told = toronto(&world).await;
    assert_eq!(told["over_quota"]["what"], "entries", "{told}");
    assert_eq!(told["over_quota"]["waiting"], 9, "{told}");
    assert_eq!(told["health"]["state"], "verified", "{told}");
    let status = world.centre("ontario").desk().status().expect("a status");
    let waiting = status
        .feeds
        .iter()
        .filter_map(|feed| feed.entries_over_quota);
    assert_eq!(waiting.collect::<Vec<u64>>(), [9]);

    world.turn(Duration::from_secs(2 * 86_400));
    world.settle().await;
    world.check().await;
    for uuid in over {
        assert!(is_shown(&world, uuid).await, "three days' share is enough");
    }
    assert_eq!(toronto(&world).await["over_quota"], Value::Null);
}

#[tokio::test]
async fn what_waits_comes_at_once_when_staff_take_more_also_after_a_restart() {
    let mut world = World::family(2, &FAMILY).await;
    decide(&world, |quota| quota.entries_a_day = Some(1)).await;
    world.trouble("ontario", "toronto", Trouble::Cut);
    let over = world.publish_many("toronto", 30).await;
    world.mend("ontario", "toronto");
    world.settle().await;
    assert!(!is_shown(&world, over[0]).await);
    world.centre_mut("ontario").stop().await;
    world.centre_mut("ontario").start().expect("starts");
    world.settle().await;
    assert!(!is_shown(&world, over[0]).await, "the decision is on disk");
    decide(&world, |quota| quota.entries_a_day = Some(100)).await;
    world.settle().await;
    world.check().await;
    for uuid in over {
        assert!(is_shown(&world, uuid).await);
    }
}

#[tokio::test]
async fn listings_over_the_quota_wait_until_there_is_room() {
    let mut world = World::family(3, &FAMILY).await;
    decide(&world, |quota| quota.living = Some(3)).await;
    let listings = world.publish_many("toronto", 5).await;
    world.settle().await;
    world.check().await;
    let words: Vec<String> = listings
        .iter()
        .map(|uuid| world.kept(*uuid).marker.clone())
        .collect();
    let shown = async |world: &World| {
        let mut shown = Vec::new();
        for word in &words {
            shown.push(!world.search("ontario", word).await.is_empty());
        }
        shown
    };
    assert_eq!(shown(&world).await, [true, true, true, false, false]);
    let told = toronto(&world).await;
    assert_eq!(told["over_quota"]["what"], "listings", "{told}");
    assert_eq!(told["over_quota"]["waiting"], 2, "{told}");
    world.erase(listings[1]).await;
    world.settle().await;
    world.check().await;
    assert_eq!(shown(&world).await, [true, false, true, true, false]);
    world.centre_mut("ontario").kill().await;
    world.centre_mut("ontario").start().expect("starts");
    world.settle().await;
    assert_eq!(shown(&world).await, [true, false, true, true, false]);
    let more = world.publish("toronto").await;
    world.settle().await;
    assert_eq!(toronto(&world).await["over_quota"]["waiting"], 2);
    world.erase(more).await;
    world.settle().await;
    assert_eq!(toronto(&world).await["over_quota"]["waiting"], 1);
    decide(&world, |quota| quota.living = Some(50)).await;
    world.settle().await;
    world.check().await;
    assert_eq!(shown(&world).await, [true, false, true, true, true]);
    assert_eq!(toronto(&world).await["over_quota"], Value::Null);
}

#[tokio::test]
async fn an_unsound_entry_stands_aside_with_its_reason_and_holds_up_nobody() {
    let mut world = World::family(4, &FAMILY).await;
    let log = world.centre("toronto").desk().log.clone();
    let unsound = Deed::Put {
        target: None,
        salt: [7; 32],
        body: b"{\"version\":1}".to_vec(),
    };
    log.append(unsound)
        .await
        .expect("the log takes what it is given");
    let behind = world.publish("toronto").await;
    let word = world.kept(behind).marker.clone();
    for _ in 0..60_000 {
        if world.search("ontario", &word).await == [behind] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(world.search("ontario", &word).await, [behind]);
    let told = toronto(&world).await;
    assert_eq!(told["set_aside"], 1, "{told}");
    let reason = told["aside"][0]["reason"].as_str().expect("a reason");
    assert!(!reason.is_empty());
    let status = world.centre("ontario").desk().status().expect("a status");
    let aside = status.feeds.iter().find(|feed| feed.set_aside_count > 0);
    assert_eq!(aside.expect("is there").set_aside[0].1, reason);
}

#[tokio::test]
async fn a_mirror_hands_out_no_body_before_it_has_read_what_it_missed() {
    let mut world = World::family(5, &[("ontario", "toronto")]).await;
    let erased = world.publish("toronto").await;
    let stays = world.publish("toronto").await;
    world.settle().await;
    let path = |world: &World, uuid| world.body_path("toronto", world.kept(uuid).index);
    let (gone, here) = (path(&world, erased), path(&world, stays));
    assert_eq!(world.status("ontario", &gone).await, 200);
    world.centre_mut("ontario").stop().await;
    world.erase(erased).await;
    // Toronto does not refuse, it only takes its time.
    world.trouble("ontario", "toronto", Trouble::Slow);
    world.centre_mut("ontario").start().expect("starts");
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    for path in [&gone, &here] {
        assert_eq!(world.status("ontario", path).await, 503, "{path}");
    }
    world.mend("ontario", "toronto");
    world.settle().await;
    world.check().await;
    assert_eq!(world.status("ontario", &gone).await, 410);
    assert_eq!(world.status("ontario", &here).await, 200);

    // A computer that slept knows no more than one that was off.
    world.trouble("ontario", "toronto", Trouble::Slow);
    world
        .centre("ontario")
        .hand
        .advance(Duration::from_secs(3_600));
    assert_eq!(world.status("ontario", &here).await, 503);
}

#[tokio::test]
async fn the_bodies_of_a_dead_centre_are_handed_out_until_the_lease_is_over() {
    let mut world = World::family(6, &[("ontario", "toronto")]).await;
    let listing = world.publish("toronto").await;
    world.settle().await;
    let path = world.body_path("toronto", world.kept(listing).index);
    let word = world.kept(listing).marker.clone();
    world.centre_mut("toronto").stop().await;
    for days in [0, 20] {
        world.turn(Duration::from_secs(days * 86_400));
        world.centre_mut("ontario").stop().await;
        world.centre_mut("ontario").start().expect("starts");
        world.settle().await;
        assert_eq!(world.status("ontario", &path).await, 200, "{days} days");
    }
    let page = format!("/en/listing/{listing}");
    let text = |bytes: bytes::Bytes| String::from_utf8(bytes.to_vec()).expect("text");
    let look = async |world: &World| {
        let router = &world.centre("ontario").life().router;
        let (status, bytes) = clearinghouse_tests::wire::look(router, &page).await;
        assert_eq!(status, 200);
        text(bytes)
    };
    assert!(!look(&world).await.contains("last heard from"));
    world.turn(Duration::from_secs(10 * 86_400));
    world.settle().await;
    assert_eq!(world.status("ontario", &path).await, 503);
    // Nothing says that it was erased, so it is found, and says how old it is.
    assert_eq!(world.search("ontario", &word).await, [listing]);
    assert!(look(&world).await.contains("last heard from"));
    // The network vouches for it longer.
    let nid = world.centre("toronto").nid();
    let longer = Statement::Lease { nid, days: 90 };
    let log = world.centre("ontario").desk().log.clone();
    log.append(Deed::State(longer)).await.expect("is stated");
    world.settle().await;
    assert_eq!(world.status("ontario", &path).await, 200);
    assert!(!look(&world).await.contains("last heard from"));
    world.turn(Duration::from_secs(60 * 86_400));
    world.settle().await;
    assert_eq!(world.status("ontario", &path).await, 503);
}
