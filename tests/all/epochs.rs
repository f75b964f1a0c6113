//! Does a feed that goes over into a later log lose, double or fetch anything anew?

use clearinghouse::feed::log::{LogError, Opening};
use clearinghouse::store::fault_disk::Fault;
use clearinghouse::store::keys::Keys;
use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::feed::origin::{Epoch, Origin};
use clearinghouse_tests::centre::POLL_S;
use clearinghouse_tests::wire::{Asked, Trouble};
use clearinghouse_tests::world::World;
use uuid::Uuid;

/// Entries with which a log of these worlds is outgrown, unless more live in it.
const FLOOR: u64 = 24;

/// A national network, a provincial one, and a centre.
const LINE: [(&str, &str); 2] = [("canada", "ontario"), ("ontario", "toronto")];

/// What a search finds that finds nothing.
const NOTHING: [Uuid; 0] = [];

/// The epoch of a centre's feed, as another node has it.
fn epoch(world: &World, at: &str, centre: &str) -> u32 {
    let feed = world.centre(at).feed(world.centre(centre).nid());
    let feed = feed.expect("the feed is kept there");
    feed.identity.origin.epoch.number()
}

/// Changes one listing until the log has grown into a later one; the last deed has no body.
async fn outgrow(world: &mut World, centre: &str, changed: Uuid) {
    let before = epoch(world, centre, centre);
    for _ in 0..10 * FLOOR {
        let log = world.centre(centre).desk().log.clone();
        log.grow_from(u64::MAX);
        world.revise(changed).await;
        let size = world.centre(centre).desk().feeds.own().files().size().0;
        let living = world.of(centre).len() as u64;
        if size > FLOOR.max(4 * living) {
            break;
        }
    }
    let goes = world.publish(centre).await;
    world.settle().await;
    world.wire.asked();
    world.centre(centre).desk().log.grow_from(FLOOR);
    world.erase(goes).await;
    world.rest().await;
    assert_eq!(epoch(world, centre, centre), before + 1, "it has grown");
}

fn bodies(asked: &[Asked]) -> Vec<&Asked> {
    let bodies = asked.iter();
    bodies
        .filter(|asked| asked.path.contains("/body/") || asked.path.contains("/bodies/"))
        .collect()
}

#[tokio::test]
async fn followers_go_over_without_asking_for_a_body_again() {
    let mut world = World::family(1, &LINE).await;
    let stays = world.publish_many("toronto", 4).await;
    let (revised, erased) = (stays[0], stays[1]);
    let word = world.kept(erased).marker.clone();
    world.erase(erased).await;
    for round in 2..5 {
        outgrow(&mut world, "toronto", revised).await;
        world.settle().await;
        world.check().await;
        for name in ["toronto", "ontario", "canada"] {
            assert_eq!(epoch(&world, name, "toronto"), round, "{name}");
            assert_eq!(world.search(name, &word).await, NOTHING, "{name}");
            for uuid in [stays[0], stays[2], stays[3]] {
                let word = world.kept(uuid).marker.clone();
                assert_eq!(world.search(name, &word).await, [uuid], "{name}");
            }
        }
        let asked = world.wire.asked();
        assert_eq!(bodies(&asked), Vec::<&Asked>::new(), "round {round}");
    }
    // The older logs are still there to verify, and their bodies are served by the newest alone.
    let nid = world.centre("toronto").nid();
    for name in ["toronto", "ontario", "canada"] {
        for older in 1..4 {
            let log = format!("/feed/{nid}/{older}");
            assert_eq!(world.status(name, &format!("{log}/checkpoint")).await, 200);
            assert_eq!(
                world.status(name, &format!("{log}/tile/0/000.p/9")).await,
                200
            );
            let first = if older == 1 { 2 } else { 1 };
            let body = world.status(name, &format!("{log}/body/{first}")).await;
            assert_eq!(body, 410, "{name} {older}");
        }
    }
}

#[tokio::test]
async fn a_newcomer_reads_the_newest_log_and_no_other() {
    let mut world = World::family(2, &[("ontario", "toronto")]).await;
    let stays = world.publish_many("toronto", 3).await;
    for _ in 0..2 {
        outgrow(&mut world, "toronto", stays[0]).await;
        world.settle().await;
    }
    world.found("canada");
    world.rest().await;
    world.wire.asked();
    world.admit("canada", "ontario").await;
    world.join("ontario", "canada").await;
    world.settle().await;
    world.check().await;
    let nid = world.centre("toronto").nid();
    let older = [1, 2].map(|epoch| format!("/feed/{nid}/{epoch}/"));
    let asked = world.wire.asked();
    let of_older = asked.iter().filter(|asked| {
        asked.from == "canada" && older.iter().any(|log| asked.path.starts_with(log))
    });
    assert_eq!(of_older.collect::<Vec<_>>(), Vec::<&Asked>::new());
    assert_eq!(epoch(&world, "canada", "toronto"), 3);
}

#[tokio::test]
async fn who_was_away_over_two_epochs_comes_back_to_the_newest() {
    let mut world = World::family(3, &[("ontario", "toronto")]).await;
    let stays = world.publish_many("toronto", 5).await;
    world.settle().await;
    let (word, erased) = (world.kept(stays[1]).marker.clone(), stays[1]);
    world.centre_mut("ontario").stop().await;
    outgrow(&mut world, "toronto", stays[0]).await;
    world.erase(erased).await;
    outgrow(&mut world, "toronto", stays[0]).await;
    world.wire.asked();
    world.centre_mut("ontario").start().expect("starts");
    world.settle().await;
    world.check().await;
    assert_eq!(epoch(&world, "ontario", "toronto"), 3);
    assert_eq!(world.search("ontario", &word).await, NOTHING);
    assert!(world.centre("ontario").holding(&word).is_empty());
    // Only the listing that was changed in the meantime is asked for.
    let asked = world.wire.asked();
    assert_eq!(bodies(&asked).len(), 1, "{:?}", bodies(&asked));
    world.centre_mut("ontario").stop().await;
    world.centre_mut("ontario").start().expect("starts again");
    world.settle().await;
    world.check().await;
}

#[tokio::test]
async fn a_mirror_leads_into_the_new_log_while_the_centre_is_silent() {
    let mut world = World::family(4, &LINE).await;
    let stays = world.publish_many("toronto", 3).await;
    world.settle().await;
    world.trouble("canada", "toronto", Trouble::Cut);
    outgrow(&mut world, "toronto", stays[0]).await;
    world.settle().await;
    world.centre_mut("toronto").stop().await;
    for _ in 0..3 {
        world.turn(std::time::Duration::from_secs(2 * POLL_S));
        world.rest().await;
    }
    assert_eq!(epoch(&world, "ontario", "toronto"), 2);
    assert_eq!(epoch(&world, "canada", "toronto"), 2);
    for uuid in stays {
        let word = world.kept(uuid).marker.clone();
        assert_eq!(world.search("canada", &word).await, [uuid]);
    }
}

#[tokio::test]
async fn a_follower_that_loses_its_power_on_the_way_over_loses_nothing() {
    for step in (0..40).step_by(5) {
        let mut world = World::family(5, &[("ontario", "toronto")]).await;
        let stays = world.publish_many("toronto", 3).await;
        world.settle().await;
        world.trouble("ontario", "toronto", Trouble::Cut);
        outgrow(&mut world, "toronto", stays[0]).await;
        let disk = &world.centre("ontario").disk;
        disk.fail_at(disk.steps() + step, Fault::CrashTorn);
        let writes = disk.steps();
        world.mend("ontario", "toronto");
        for _ in 0..2 {
            world.turn(std::time::Duration::from_secs(2 * POLL_S));
            world.rest().await;
        }
        let crashed = world.centre("ontario").is_down();
        assert!(crashed || world.centre("ontario").disk.steps() <= writes + step);
        if !crashed {
            assert!(step > 8, "the way over takes several writes");
            return;
        }
        world.centre_mut("ontario").cut_power().await;
        world.centre_mut("ontario").start().expect("starts");
        world.settle().await;
        world.check().await;
        assert_eq!(epoch(&world, "ontario", "toronto"), 2, "step {step}");
    }
}

#[tokio::test]
async fn memberships_go_along_into_the_new_log() {
    let mut world = World::family(6, &LINE).await;
    let listing = world.publish("toronto").await;
    let own = world.publish("ontario").await;
    world.settle().await;
    outgrow(&mut world, "ontario", own).await;
    world.settle().await;
    world.check().await;
    assert_eq!(epoch(&world, "canada", "ontario"), 2);
    let word = world.kept(listing).marker.clone();
    assert_eq!(world.search("canada", &word).await, [listing]);
}

#[tokio::test]
async fn a_deed_meant_for_the_older_log_hits_nothing_in_the_new_one() {
    let mut world = World::family(7, &[("ontario", "toronto")]).await;
    let listings = world.publish_many("toronto", 3).await;
    let (origin, index) = {
        let kept = world.kept(listings[1]);
        (kept.origin, kept.index)
    };
    outgrow(&mut world, "toronto", listings[0]).await;
    let log = world.centre("toronto").desk().log.clone();
    let deed = Deed::Erase { target: index };
    let answers = log.append_to(Some(origin), vec![deed]).await;
    let answers = answers.expect("is answered");
    assert!(
        matches!(answers[..], [Err(LogError::Moved(_))]),
        "{answers:?}"
    );
    // Who does not say which version is meant gets to the listing, wherever it stands.
    world.erase(listings[2]).await;
    world.settle().await;
    world.check().await;
}

#[tokio::test]
async fn a_log_can_go_on_from_an_earlier_state_of_the_one_before() {
    let mut world = World::family(8, &[("ontario", "toronto")]).await;
    let stays = world.publish("toronto").await;
    world.settle().await;
    let toronto = world.centre("toronto");
    let (desk, nid) = (toronto.desk().clone(), toronto.nid());
    let good = desk.feeds.own().files().size();
    let void = world.publish("toronto").await;
    world.settle().await;
    let epoch: Epoch = "5".parse().expect("an epoch");
    let folder = world.centre("toronto").data().join("keys");
    let key = Keys::log_of(desk.feeds.disk(), &folder, Origin { nid, epoch });
    let opening = Opening {
        chain: desk.feeds.own().chain().to_vec(),
        key: key.expect("there is a key"),
        carry_from: Some(good),
    };
    let origin = desk.log.open_epoch(opening).await.expect("is opened");
    assert_eq!(origin.epoch, epoch);
    drop(desk);
    world.settle().await;
    for name in ["toronto", "ontario"] {
        let found = [stays, void].map(|uuid| world.kept(uuid).marker.clone());
        assert_eq!(world.search(name, &found[0]).await, [stays], "{name}");
        assert_eq!(world.search(name, &found[1]).await, NOTHING, "{name}");
        assert_eq!(self::epoch(&world, name, "toronto"), 5);
    }
    // Its first log was not closed by it.
    let first = Origin {
        nid,
        epoch: Epoch::FIRST,
    };
    let first = world.centre("ontario").desk().feeds.log(first);
    let closed = first.expect("is kept").follower().closed();
    assert_eq!(closed, None);
}

#[tokio::test]
async fn older_logs_are_kept_for_their_time_and_then_but_for_their_last_word() {
    let mut world = World::family(9, &[("ontario", "toronto")]).await;
    let stays = world.publish_many("toronto", 2).await;
    outgrow(&mut world, "toronto", stays[0]).await;
    world.settle().await;
    let nid = world.centre("toronto").nid();
    let checkpoint = format!("/feed/{nid}/1/checkpoint");
    let tile = format!("/feed/{nid}/1/tile/0/000.p/5");
    for (days, left) in [(399, 200), (402, 404)] {
        for name in ["toronto", "ontario"] {
            let centre = world.centre(name);
            let now = centre.hand.now() + jiff::SignedDuration::from_hours(24 * days);
            centre
                .desk()
                .feeds
                .forget(now, 400)
                .expect("the disk obeys");
            assert_eq!(world.status(name, &checkpoint).await, 200, "{name}");
            assert_eq!(world.status(name, &tile).await, left, "{name}");
        }
    }
    for name in ["toronto", "ontario"] {
        world.centre_mut(name).stop().await;
        world.centre_mut(name).start().expect("starts");
    }
    world.settle().await;
    world.check().await;
    assert_eq!(world.status("ontario", &checkpoint).await, 200);
}
