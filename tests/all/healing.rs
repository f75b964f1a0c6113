//! Does a node that lost its disk, its lock or its memory come back without forking its log?

use std::time::Duration;

use clearinghouse::feed::heal::Stage;
use clearinghouse::feed::heal::rule::Reason;
use clearinghouse_tests::backup::Backup;
use clearinghouse_tests::centre::Centre;
use clearinghouse_tests::drafts::{draft, read};
use clearinghouse_tests::wire::Trouble;
use clearinghouse_tests::world::World;

/// A province and a centre.
const FAMILY: [(&str, &str); 1] = [("ontario", "toronto")];

/// What is done to the disk of a node while it does not run.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    /// The lock is not there, as after a restore.
    LockMissing,
    /// The lock is full of nonsense.
    LockBroken,
    /// All of it is of an earlier day, lock included.
    AllOlder,
    /// All but the lock is of an earlier day.
    LogOlder,
    /// The lock is of an earlier day, nothing else.
    LockOlder,
    /// All is of an earlier day, and there is no lock.
    OlderWithoutLock,
    /// All feeds are gone.
    FeedsGone,
    /// All feeds and the lock are gone.
    FeedsAndLockGone,
}

/// Lets a mishap befall a centre that does not run; `before` is its disk of an earlier day.
fn befall(world: &mut World, name: &str, mishap: Mishap, before: &Backup) {
    let centre = world.centre_mut(name);
    let lock = centre.data().join("signlock");
    let now = centre.disk.bytes(&lock).expect("a lock");
    match mishap {
        Mishap::LockMissing => centre.disk.take(&lock),
        Mishap::LockBroken => centre.disk.put(&lock, &vec![7; now.len()]),
        Mishap::AllOlder => centre.restore(before),
        Mishap::LogOlder => {
            centre.restore(before);
            centre.disk.put(&lock, &now);
        }
        Mishap::LockOlder => {
            let older = before.bytes(&lock).expect("a lock");
            centre.disk.put(&lock, &older);
        }
        Mishap::OlderWithoutLock => {
            centre.restore(before);
            centre.disk.take(&lock);
        }
        Mishap::FeedsGone | Mishap::FeedsAndLockGone => {
            let feeds = centre.data().join("feeds");
            for path in centre.disk.paths() {
                if path.starts_with(&feeds) {
                    centre.disk.take(&path);
                }
            }
            if matches!(mishap, Mishap::FeedsAndLockGone) {
                centre.disk.take(&lock);
            }
        }
    }
}

/// Waits until a node recovers and waits for this.
async fn waits(centre: &Centre, stage: Stage) {
    for _ in 0..60_000 {
        let state = centre.desk().healer.state();
        if state.recovering.is_some_and(|now| now.stage == stage) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("{:?} and not {stage:?}", centre.desk().healer.state());
}

/// A node whose disk this befell goes on by itself once a mirror answers, and not before.
async fn goes_on(mishap: Mishap) {
    let seed = 500 + mishap as u64;
    let mut world = World::family(seed, &FAMILY).await;
    let stays = world.publish("toronto").await;
    let erased = world.publish("toronto").await;
    world.publish_many("toronto", 20).await;
    world.settle().await;
    world.centre_mut("toronto").stop().await;
    let before = world.centre("toronto").backup();
    world.centre_mut("toronto").start().expect("starts");
    world.settle().await;
    let gone = world.body_path("toronto", world.kept(erased).index);
    let word = world.kept(erased).marker.clone();
    world.revise(stays).await;
    world.erase(erased).await;
    world.publish_many("toronto", 5).await;
    world.settle().await;
    world.centre_mut("toronto").stop().await;
    befall(&mut world, "toronto", mishap, &before);

    // With nobody to ask, a node that knows that something is wrong waits, and its pages stay up.
    world.trouble("toronto", "ontario", Trouble::Cut);
    if !matches!(mishap, Mishap::AllOlder) {
        world.centre_mut("toronto").start().expect("starts");
        waits(world.centre("toronto"), Stage::NoMirror).await;
        assert_eq!(
            world.status("toronto", "/api/v1/network").await,
            200,
            "{mishap:?}"
        );
        world.centre_mut("toronto").stop().await;
    }
    world.mend("toronto", "ontario");
    world.centre_mut("toronto").start().expect("starts");
    world.settle().await;
    let state = world.centre("toronto").desk().healer.state();
    assert_eq!(state.recovering, None, "{mishap:?}");
    world.check().await;
    assert_eq!(world.status("toronto", &gone).await, 410, "{mishap:?}");
    assert!(
        world.search("toronto", &word).await.is_empty(),
        "{mishap:?}"
    );

    // It signs, and everyone goes along.
    let next = world.publish("toronto").await;
    world.settle().await;
    world.check().await;
    let word = world.kept(next).marker.clone();
    assert_eq!(world.search("ontario", &word).await, [next], "{mishap:?}");
}

#[tokio::test]
async fn a_node_without_its_sign_lock_goes_on_once_a_mirror_answers() {
    goes_on(Mishap::LockMissing).await;
}

#[tokio::test]
async fn a_node_with_a_broken_sign_lock_goes_on_once_a_mirror_answers() {
    goes_on(Mishap::LockBroken).await;
}

#[tokio::test]
async fn a_node_rolled_back_as_a_whole_goes_on_once_a_mirror_answers() {
    goes_on(Mishap::AllOlder).await;
}

#[tokio::test]
async fn a_node_with_an_older_log_goes_on_once_a_mirror_answers() {
    goes_on(Mishap::LogOlder).await;
}

#[tokio::test]
async fn a_node_with_an_older_sign_lock_goes_on_once_a_mirror_answers() {
    goes_on(Mishap::LockOlder).await;
}

#[tokio::test]
async fn a_node_restored_from_a_backup_goes_on_once_a_mirror_answers() {
    goes_on(Mishap::OlderWithoutLock).await;
}

#[tokio::test]
async fn a_node_without_its_feeds_goes_on_once_a_mirror_answers() {
    goes_on(Mishap::FeedsGone).await;
}

#[tokio::test]
async fn a_node_without_its_feeds_and_sign_lock_goes_on_once_a_mirror_answers() {
    goes_on(Mishap::FeedsAndLockGone).await;
}

#[tokio::test]
async fn a_disk_that_is_rolled_back_under_a_running_node_is_noticed_and_healed() {
    for (seed, with_lock) in [(520, true), (521, false)] {
        let mut world = World::family(seed, &FAMILY).await;
        world.publish_many("toronto", 3).await;
        world.settle().await;
        let lock = world.centre("toronto").data().join("signlock");
        let before = world.centre("toronto").backup();
        world.publish_many("toronto", 3).await;
        world.settle().await;
        let now = world.centre("toronto").disk.bytes(&lock).expect("a lock");
        world.centre_mut("toronto").restore(&before);
        if !with_lock {
            world.centre("toronto").disk.put(&lock, &now);
        }
        let marker = world.marker();
        let new = read(draft(&marker));
        let refused = world.centre("toronto").desk().publish(&new).await;
        assert!(
            refused.is_err(),
            "what cannot be signed is not acknowledged"
        );
        world.settle().await;
        assert_eq!(
            world.centre("toronto").desk().healer.state().recovering,
            None
        );
        world.check().await;
        world.publish("toronto").await;
        world.settle().await;
        world.check().await;
    }
}

#[tokio::test]
async fn of_two_machines_with_one_key_the_second_goes_on_from_the_first_or_stops() {
    let mut world = World::family(530, &FAMILY).await;
    world.publish("toronto").await;
    world.settle().await;
    world.centre_mut("toronto").stop().await;
    let copy = world.centre("toronto").copy(531);
    world.centre_mut("toronto").start().expect("starts");
    let kept = world.publish("toronto").await;
    world.settle().await;
    // The copy starts after the first has signed more: it learns that from Ontario, and goes on there.
    world.centre_mut("toronto").stop().await;
    let first = world.replace(copy).expect("the first machine");
    world.centre_mut("toronto").start().expect("starts");
    world.settle().await;
    world.check().await;
    let word = world.kept(kept).marker.clone();
    assert_eq!(world.search("toronto", &word).await, [kept]);
    // Then both sign without hearing of each other: that is a fork, and the later one stops.
    world.publish("toronto").await;
    world.settle().await;
    world.centre_mut("toronto").stop().await;
    let second = world.replace(first).expect("the second machine");
    world.distrust("toronto");
    world.trouble("toronto", "ontario", Trouble::Cut);
    world.centre_mut("toronto").start().expect("starts");
    let desk = world.centre("toronto").desk().clone();
    let marker = world.marker();
    let new = read(draft(&marker));
    desk.publish(&new).await.expect("nobody can tell it");
    world.mend("toronto", "ontario");
    world.turn(Duration::from_secs(600));
    world.rest().await;
    let state = desk.healer.state();
    let recovering = state.recovering.expect("does not sign any more");
    assert_eq!(recovering.reason, Reason::Forked);
    assert!(desk.publish(&new).await.is_err());
    drop((second, desk));
}
