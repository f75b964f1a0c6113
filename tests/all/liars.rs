//! What can a peer that lies, or a disk that fails, make a follower believe?

use std::sync::Arc;

use bytes::Bytes;
use clearinghouse::feed::transport::Answer;
use clearinghouse::store::fault_disk::Fault;
use clearinghouse_tests::wire::Trouble;
use clearinghouse_tests::world::World;

/// Flips one bit in every answer to a path that holds one of these, at a place that depends on `turn`.
fn flipping(parts: &'static [&'static str], turn: u64) -> Trouble {
    Trouble::Lie(Arc::new(move |path, mut answer| {
        if parts.iter().any(|part| path.contains(part)) && !answer.body.is_empty() {
            let mut bytes = answer.body.to_vec();
            let bits = bytes.len() as u64 * 8;
            let bit = turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) % bits;
            bytes[(bit / 8) as usize] ^= 1 << (bit % 8);
            answer.body = bytes.into();
        }
        Some(answer)
    }))
}

#[tokio::test]
async fn a_flipped_bit_in_whatever_is_served_changes_no_view() {
    let mut world = World::family(1, &[("ontario", "toronto")]).await;
    for _ in 0..4 {
        world.publish("toronto").await;
    }
    world.settle().await;
    // What is altered, and whether the news is shown all the same: bundles of bodies are not needed, nor
    // are tiles. An altered bundle of entries may differ only in entries that are known already.
    let classes: [(&[&str], Option<bool>); 6] = [
        (&["/checkpoint", "/feed/events"], Some(false)),
        (&["/tile/entries/"], None),
        (&["/bodies/", "/body/"], Some(false)),
        (&["/bodies/"], Some(true)),
        (&["/tile/0/", "/tile/1/"], Some(true)),
        (&["/"], Some(false)),
    ];
    for turn in 0..4 {
        for (parts, shown) in classes {
            world.trouble("ontario", "toronto", flipping(parts, turn));
            let listings = world.publish_many("toronto", 5).await;
            world.revise(listings[0]).await;
            world.erase(listings[1]).await;
            world.settle().await;
            world.check().await;
            let word = world.kept(listings[0]).marker.clone();
            let found = world.search("ontario", &word).await;
            let expected = shown.unwrap_or(!found.is_empty());
            assert_eq!(!found.is_empty(), expected, "{parts:?} {turn}");
            world.mend("ontario", "toronto");
            world.settle().await;
            world.check().await;
            assert_eq!(world.search("ontario", &word).await, [listings[0]]);
        }
    }
}

#[tokio::test]
async fn a_peer_that_answers_with_something_else_changes_no_view() {
    type Change = fn(&str, Answer) -> Option<Answer>;
    let changes: [(&str, Change); 7] = [
        ("nothing comes", |_, _| None),
        ("every answer is empty", |_, answer| {
            let body = Bytes::new();
            Some(Answer { body, ..answer })
        }),
        ("every answer is cut short", |_, answer| {
            let body = answer.body.slice(..answer.body.len() / 2);
            Some(Answer { body, ..answer })
        }),
        ("every answer goes on", |_, answer| {
            let body = [answer.body.as_ref(), b"\0\0\0\0"].concat().into();
            Some(Answer { body, ..answer })
        }),
        ("every answer is an error", |_, answer| {
            let status = 500;
            Some(Answer { status, ..answer })
        }),
        ("everything was never there", |_, answer| {
            let status = 404;
            Some(Answer { status, ..answer })
        }),
        ("everything is gone", |_, answer| {
            let status = 410;
            Some(Answer { status, ..answer })
        }),
    ];
    let mut world = World::family(2, &[("ontario", "toronto")]).await;
    let first = world.publish("toronto").await;
    world.settle().await;
    let first = (first, world.kept(first).marker.clone());
    for (name, change) in changes {
        eprintln!("{name}");
        world.trouble("ontario", "toronto", Trouble::Lie(Arc::new(change)));
        let uuid = world.publish("toronto").await;
        world.settle().await;
        world.check().await;
        assert_eq!(world.search("ontario", &first.1).await, [first.0], "{name}");
        world.mend("ontario", "toronto");
        world.settle().await;
        world.check().await;
        let word = world.kept(uuid).marker.clone();
        assert_eq!(world.search("ontario", &word).await, [uuid], "{name}");
    }
}

#[tokio::test]
async fn old_answers_given_again_bring_nothing_back() {
    let mut world = World::family(3, &[("ontario", "toronto")]).await;
    let goes = world.publish("toronto").await;
    let stays = world.publish("toronto").await;
    // Whatever is asked for from now on is answered as it was the first time.
    let first = std::sync::Mutex::new(std::collections::BTreeMap::<String, Answer>::new());
    let stale = Trouble::Lie(Arc::new(move |path, answer| {
        let mut first = first.lock().expect("nobody panics here");
        Some(first.entry(path.to_owned()).or_insert(answer).clone())
    }));
    world.trouble("ontario", "toronto", stale);
    world.settle().await;
    world.publish("toronto").await;
    world.settle().await;
    world.check().await;
    world.mend("ontario", "toronto");
    world.settle().await;
    let word = world.kept(goes).marker.clone();
    world.erase(goes).await;
    world.settle().await;
    world.check().await;
    assert_eq!(world.search("ontario", &word).await.len(), 0);
    let word = world.kept(stays).marker.clone();
    assert_eq!(world.search("ontario", &word).await, [stays]);
}

#[tokio::test]
async fn a_slow_peer_holds_up_nobody_else() {
    let mut world = World::family(4, &[("ontario", "toronto"), ("ontario", "kingston")]).await;
    world.trouble("ontario", "toronto", Trouble::Slow);
    let slow = world.publish("toronto").await;
    let quick = world.publish("kingston").await;
    world.settle().await;
    world.check().await;
    let (slow_word, word) = (
        world.kept(slow).marker.clone(),
        world.kept(quick).marker.clone(),
    );
    assert_eq!(world.search("ontario", &word).await, [quick]);
    world.mend("ontario", "toronto");
    world.settle().await;
    world.check().await;
    assert_eq!(world.search("ontario", &slow_word).await, [slow]);
}

#[tokio::test]
async fn a_mirror_whose_disk_fails_at_any_step_shows_and_serves_no_less_and_no_more() {
    let mut world = World::family(5, &[("ontario", "toronto")]).await;
    let mut old = Vec::new();
    for _ in 0..3 {
        old.push(world.publish("toronto").await);
    }
    world.settle().await;
    // What crashes leave is tried by the crash table; here it is enough that the next start goes on.
    for (fault, stride) in [(Fault::Lost, 1), (Fault::Stored, 2), (Fault::CrashTorn, 5)] {
        for step in (0..60).step_by(stride) {
            let disk = world.centre("ontario").disk.clone();
            let at = disk.steps() + step;
            disk.fail_at(at, fault);
            let uuid = world.publish("toronto").await;
            world.rest().await;
            world.revise(old[0]).await;
            world.erase(uuid).await;
            world.rest().await;
            let trace = disk.trace();
            let Some(failed) = trace.get(at as usize) else {
                // All steps were tried; the failure that did not come is left behind with this disk.
                let ontario = world.centre_mut("ontario");
                ontario.stop().await;
                ontario.disk = disk.copy();
                ontario.start().expect("starts again");
                break;
            };
            eprintln!("{fault:?} at step {step}, {failed:?}");
            // After a failed flush, or a crash, the process is over.
            if world.centre("ontario").is_down() {
                world.centre_mut("ontario").cut_power().await;
                world.centre_mut("ontario").start().expect("starts again");
            }
            world.publish("toronto").await;
            world.settle().await;
            world.check().await;
        }
    }
}
