//! Does a centre behind a home router, whom nobody can reach, take part like any other?

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use clearinghouse::feed::feeds::Health;
use clearinghouse::feed::transport::Answer;
use clearinghouse_protocol::feed::attest::attest;
use clearinghouse_tests::wire::Trouble;
use clearinghouse_tests::world::World;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

/// A province, a country above it, a centre like any other, and one behind a router.
async fn world(seed: u64) -> World {
    let mut world = World::family(seed, &[("canada", "ontario"), ("ontario", "toronto")]).await;
    world.found_behind_router("bancroft");
    world.rest().await;
    world.admit_unreached("ontario", "bancroft").await;
    world.join("bancroft", "ontario").await;
    world.settle().await;
    world
}

/// Posts to a node, as anyone could.
async fn post(world: &World, centre: &str, path: &str, body: impl Into<Body>) -> (u16, Value) {
    let request = Request::post(path).body(body.into()).expect("a path");
    let router = world.centre(centre).life().router.clone();
    let answer = router.oneshot(request).await;
    let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
    let body = body.collect().await.expect("an answer comes whole");
    let said = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
    (parts.status.as_u16(), said)
}

/// The checkpoint of a node as it stands, attested at its time.
fn attested(world: &World, name: &str) -> Vec<u8> {
    let centre = world.centre(name);
    let keys = centre.data().join("keys");
    let disk = centre.disk.copy().start();
    let keys = clearinghouse::store::keys::Keys::open(&disk, &keys).expect("its keys");
    let note = centre
        .desk()
        .feeds
        .own()
        .files()
        .checkpoint()
        .map(<[u8]>::to_vec);
    let now_s = centre.hand.now().as_second().cast_unsigned();
    attest(&note.expect("it signed something"), now_s, &keys.witness).expect("a checkpoint")
}

#[tokio::test]
async fn whoever_cannot_be_reached_takes_part_fully() {
    let mut world = world(1).await;
    let stays = world.publish("bancroft").await;
    let goes = world.publish("bancroft").await;
    let far = world.publish("toronto").await;
    world.settle().await;
    world.check().await;
    let (word, gone) = (
        world.kept(stays).marker.clone(),
        world.kept(goes).marker.clone(),
    );
    let far_word = world.kept(far).marker.clone();
    // At its network, at the country above, which only ever asked the network, and the other way round.
    for centre in ["ontario", "canada"] {
        assert_eq!(world.search(centre, &word).await, [stays], "{centre}");
        assert_eq!(world.search(centre, &gone).await, [goes], "{centre}");
        assert_eq!(
            world.health(centre, "bancroft").await["state"],
            json!("verified")
        );
    }
    let bancroft = world.centre("bancroft").desk();
    let ontario = world.centre("ontario").nid();
    bancroft
        .follow("http://ontario.example/", true)
        .await
        .expect("is followed");
    world.settle().await;
    assert_eq!(world.search("bancroft", &far_word).await, [far]);
    assert!(world.centre("bancroft").feed(ontario).is_some());
    // Its own word that it is gone goes the same way; `check` looks into every file.
    world.erase(goes).await;
    world.revise(stays).await;
    world.settle().await;
    world.check().await;
    let word = world.kept(stays).marker.clone();
    for centre in ["ontario", "canada", "bancroft"] {
        assert_eq!(world.search(centre, &gone).await.len(), 0, "{centre}");
        assert_eq!(world.search(centre, &word).await, [stays], "{centre}");
    }
}

#[tokio::test]
async fn a_first_push_of_many_and_one_after_weeks_offline_both_arrive() {
    let mut world = World::family(2, &[("canada", "ontario")]).await;
    world.found_behind_router("bancroft");
    world.rest().await;
    let listings = world.publish_many("bancroft", 700).await;
    world.admit_unreached("ontario", "bancroft").await;
    world.join("bancroft", "ontario").await;
    world.settle().await;
    world.check().await;
    world.trouble("bancroft", "ontario", Trouble::Cut);
    for uuid in &listings[..5] {
        world.erase(*uuid).await;
    }
    for _ in 0..40 {
        world.turn(Duration::from_secs(24 * 3600));
        world.rest().await;
    }
    let feed = world.centre("bancroft").nid();
    // Behind the lease nobody hands out what may be erased by now.
    let path = world.body_path("bancroft", world.kept(listings[9]).index);
    assert_eq!(world.status("ontario", &path).await, 503);
    assert_eq!(world.status("canada", &path).await, 503);
    world.mend("bancroft", "ontario");
    world.settle().await;
    world.check().await;
    let ontario = world.centre("ontario").feed(feed).expect("is kept");
    assert_eq!(
        ontario.follower().living().between(0, u64::MAX).count(),
        695
    );
    assert_eq!(world.status("ontario", &path).await, 200);
    assert_eq!(world.status("canada", &path).await, 200);
}

#[tokio::test]
async fn a_node_that_only_says_that_it_is_there_keeps_its_lease() {
    let mut world = world(3).await;
    let uuid = world.publish("bancroft").await;
    world.settle().await;
    for _ in 0..40 {
        world.turn(Duration::from_secs(24 * 3600));
        world.settle().await;
    }
    let path = world.body_path("bancroft", world.kept(uuid).index);
    for centre in ["ontario", "canada"] {
        assert_eq!(world.status(centre, &path).await, 200, "{centre}");
        let state = &world.health(centre, "bancroft").await["state"];
        assert_eq!(*state, json!("verified"), "{centre}");
    }
}

#[tokio::test]
async fn whatever_happens_to_a_push_on_its_way_the_next_one_arrives() {
    type Change = fn(&str, Answer) -> Option<Answer>;
    let changes: [(&str, Change); 6] = [
        ("what is asked gets lost", |_, _| None),
        ("what is asked is empty", |_, answer| {
            let body = Bytes::new();
            Some(Answer { body, ..answer })
        }),
        ("what is asked is cut", |_, answer| {
            let body = answer.body.slice(..answer.body.len() / 2);
            Some(Answer { body, ..answer })
        }),
        ("too much is asked, without an end", |_, answer| {
            let body = json!({"talk": "00", "ask": [{"number": 7, "path": "/feed/x"}]});
            let body = body.to_string().into();
            Some(Answer { body, ..answer })
        }),
        ("other paths are asked", |_, answer| {
            let text = String::from_utf8(answer.body.to_vec()).expect("JSON");
            let body = text.replace("/feed/", "/api/v1/listings?").into();
            Some(Answer { body, ..answer })
        }),
        ("it is refused", |_, answer| {
            let status = 503;
            Some(Answer { status, ..answer })
        }),
    ];
    let mut world = world(4).await;
    for (name, change) in changes {
        eprintln!("{name}");
        let only_pushes: Trouble = Trouble::Lie(Arc::new(move |path, answer| {
            match path.starts_with("/push/") {
                true => change(path, answer),
                false => Some(answer),
            }
        }));
        world.trouble("bancroft", "ontario", only_pushes);
        let uuid = world.publish("bancroft").await;
        world.settle().await;
        let sent = world.centre("bancroft").desk().feeds.own().notes().sent;
        let refused = sent.values().next().and_then(|sent| sent.refused.clone());
        assert!(
            refused.is_some(),
            "{name}: staff see that it did not arrive"
        );
        world.mend("bancroft", "ontario");
        world.settle().await;
        world.check().await;
        let word = world.kept(uuid).marker.clone();
        assert_eq!(world.search("canada", &word).await, [uuid], "{name}");
    }
}

#[tokio::test]
async fn a_push_that_is_killed_in_between_is_taken_up_again() {
    let mut world = world(5).await;
    for at in 0..12 {
        let calls = Arc::new(Mutex::new(0));
        let counted = calls.clone();
        // From the `at`th call on nothing comes back.
        let cut: Trouble = Trouble::Lie(Arc::new(move |path, answer| {
            let mut calls = counted.lock().expect("nobody panics here");
            *calls += usize::from(path.starts_with("/push/"));
            (*calls <= at).then_some(answer)
        }));
        world.trouble("bancroft", "ontario", cut);
        let uuids = world.publish_many("bancroft", 6).await;
        world.rest().await;
        let killed = if at % 2 == 0 { "bancroft" } else { "ontario" };
        world.centre_mut(killed).kill().await;
        world.mend("bancroft", "ontario");
        world.centre_mut(killed).start().expect("starts again");
        world.erase(uuids[0]).await;
        world.settle().await;
        world.check().await;
        let word = world.kept(uuids[1]).marker.clone();
        let sent = world.centre("bancroft").desk().feeds.own().notes().sent;
        let found = world.search("canada", &word).await;
        assert_eq!(found, [uuids[1]], "{at} {killed} {sent:?}");
    }
}

#[tokio::test]
async fn only_what_a_node_attested_anew_is_listened_to() {
    let mut world = world(6).await;
    world.publish("bancroft").await;
    world.settle().await;
    let nid = world.centre("bancroft").nid();
    let path = format!("/push/{nid}");
    let old = attested(&world, "bancroft");
    world.turn(Duration::from_secs(4000));
    let uuid = world.publish("bancroft").await;
    world.settle().await;
    let size = world
        .centre("ontario")
        .feed(nid)
        .expect("is kept")
        .files()
        .size();
    // An older one again; one that nobody attested; one of another node; one for another node.
    let bare = world.centre("bancroft").desk().feeds.own();
    let bare = bare
        .files()
        .checkpoint()
        .map(<[u8]>::to_vec)
        .expect("signed");
    let bare = String::from_utf8(bare).expect("a note");
    let log_alone: Vec<&str> = bare.lines().take(5).collect();
    let log_alone = log_alone.join("\n") + "\n";
    let other = format!("/push/{}", world.centre("ontario").nid());
    let cases = [
        ("ontario", path.clone(), old, 422),
        ("ontario", path.clone(), log_alone.into_bytes(), 422),
        ("ontario", path.clone(), attested(&world, "toronto"), 422),
        (
            "ontario",
            path.clone(),
            b"nothing of the kind".to_vec(),
            422,
        ),
        ("ontario", path.clone(), vec![0; 70_000], 413),
        // Its own feed it takes from nobody, and those that it does not follow neither.
        ("ontario", other, attested(&world, "ontario"), 404),
        ("toronto", path.clone(), attested(&world, "bancroft"), 404),
        (
            "ontario",
            "/push/nobody".to_owned(),
            attested(&world, "bancroft"),
            404,
        ),
        ("ontario", format!("{path}/0011"), Vec::new(), 404),
    ];
    for (centre, path, body, status) in cases {
        let (answered, said) = post(&world, centre, &path, body).await;
        assert_eq!(answered, status, "{path} {said}");
    }
    let now = world.centre("ontario").feed(nid).expect("is kept");
    assert_eq!(now.files().size(), size);
    assert_eq!(now.notes().health, Health::Verified);
    world.settle().await;
    world.check().await;
    let word = world.kept(uuid).marker.clone();
    assert_eq!(world.search("canada", &word).await, [uuid]);
}

#[tokio::test]
async fn a_stranger_who_repeats_a_push_cannot_keep_its_node_from_being_heard() {
    let mut world = world(7).await;
    world.trouble("bancroft", "ontario", Trouble::Cut);
    let uuid = world.publish("bancroft").await;
    world.rest().await;
    let path = format!("/push/{}", world.centre("bancroft").nid());
    // The stranger opens a talk with what the node attested, and never answers.
    let stolen = attested(&world, "bancroft");
    let (status, said) = post(&world, "ontario", &path, stolen.clone()).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!(said["ask"].as_array().map(Vec::len), Some(1), "{said}");
    let (status, _) = post(&world, "ontario", &path, stolen).await;
    assert_eq!(status, 503, "one at a time");
    // Answers that are none: garbage, and another log's entries.
    let talk = said["talk"].as_str().expect("a name").to_owned();
    let (status, _) = post(&world, "ontario", &format!("{path}/{talk}"), vec![9; 100]).await;
    assert_eq!(status, 422);
    world.turn(Duration::from_secs(1));
    world.mend("bancroft", "ontario");
    world.settle().await;
    world.check().await;
    let word = world.kept(uuid).marker.clone();
    assert_eq!(world.search("canada", &word).await, [uuid]);
}
