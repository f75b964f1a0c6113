//! Who vouches for a log, and what do a log, a witness and a view make of it?

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clearinghouse_protocol::tlog::tree::{Index, Size};
use clearinghouse_protocol::tlog::witness::origin_hash;
use clearinghouse_tests::wire::{look, send};
use clearinghouse_tests::world::World;
use foreign::{Log, Vice, Witness, cosigned};

#[path = "witnesses/foreign.rs"]
mod foreign;

const HOUR: Duration = Duration::from_secs(3600);

async fn started_with(seed: u64, name: &str, set: &[String]) -> World {
    let mut world = World::new(seed);
    world.found(name);
    world.rest().await;
    restart_with(&mut world, name, set).await;
    world
}

async fn restart_with(world: &mut World, name: &str, set: &[String]) {
    let centre = world.centre_mut(name);
    centre.stop().await;
    centre.set = set.to_vec();
    centre.start().expect("starts");
    world.rest().await;
}

#[tokio::test]
async fn a_foreign_feeder_gets_the_answers_of_the_specification() {
    let (log, other) = (
        Log::new("log.example/one", 3),
        Log::new("log.example/two", 4),
    );
    let set = [format!("witness.logs={}", log.vkey())];
    let world = started_with(1, "toronto", &set).await;
    let centre = world.centre("toronto");
    let router = &centre.life().router;
    let witness = centre.desk().witness.key().to_string();
    let own = centre.desk().identity().origin.to_string();
    let seen = format!("/witness/{}/checkpoint", origin_hash(&log.origin));
    assert_eq!(look(router, &seen).await.0, 404);
    let with = |head: &str| [head.as_bytes(), &log.checkpoint(1, 9)].concat();
    let false_one = String::from_utf8(log.request(1, 3, 9)).expect("text");
    let false_one = false_one.replace("\n9\n", "\n10\n");
    let own_note = look(router, &format!("/feed/{}/1/checkpoint", centre.nid()))
        .await
        .1;
    let own_request = [b"old 0\n\n".as_slice(), &own_note].concat();
    let hash = STANDARD.encode([0; 32]);
    let long = format!("old 0\n{}", format!("{hash}\n").repeat(64));
    let cases: [(&str, Vec<u8>, u16); 22] = [
        ("a first checkpoint", log.request(1, 0, 3), 200),
        ("the same again", log.request(1, 3, 3), 200),
        ("it grew", log.request(1, 3, 7), 200),
        ("from an old size", log.request(1, 3, 9), 409),
        ("from nothing", log.request(1, 0, 9), 409),
        ("an older one", log.request(1, 3, 5), 409),
        ("backwards", log.request(1, 9, 8), 400),
        (
            "another history of the same size",
            log.request(2, 7, 7),
            409,
        ),
        ("another history", log.request(2, 7, 9), 422),
        ("no proof", with("old 7\n\n"), 422),
        ("a proof too long", with(&format!("{long}\n")), 400),
        ("an unknown log", other.request(1, 0, 3), 404),
        ("our own log", own_request, 404),
        ("a text that was not signed", false_one.into_bytes(), 403),
        ("nothing", Vec::new(), 400),
        ("no note", b"old 7\n\n".to_vec(), 400),
        ("no old size", with("\n"), 400),
        ("a leading zero", with("old 07\n\n"), 400),
        (
            "an extension line",
            {
                let text = format!("{}\n9\n{hash}\nmore\n", log.origin);
                [b"old 7\n\n".as_slice(), &log.sign(&text)].concat()
            },
            400,
        ),
        ("not text", vec![0xff; 100], 400),
        ("endless", vec![b'a'; 1 << 20], 413),
        ("it goes on", log.request(1, 7, 9), 200),
    ];
    let mut size = 0;
    for (name, request, status) in cases {
        let (found, kind, answer) = send(router, "/witness/add-checkpoint", request.clone()).await;
        assert_eq!(
            found,
            status,
            "{name}: {}",
            String::from_utf8_lossy(&answer)
        );
        if status == 409 {
            assert_eq!(kind, "text/x.tlog.size", "{name}");
            assert_eq!(answer, format!("{size}\n").into_bytes(), "{name}");
        }
        if status == 200 {
            let at = request
                .windows(2)
                .position(|two| two == b"\n\n")
                .expect("a note");
            let note = [&request[at + 2..], &answer].concat();
            assert!(cosigned(&note, &log.vkey(), &witness).is_some(), "{name}");
            let text = String::from_utf8(note).expect("text");
            let line = text.lines().nth(1).expect("a size");
            size = line.parse().expect("a number");
        }
        if size > 0 {
            let (status, shown) = look(router, &seen).await;
            assert_eq!(status, 200);
            assert!(cosigned(&shown, &log.vkey(), &witness).is_some(), "{name}");
        }
    }
    for wrong in [
        format!("/witness/{}/checkpoint", origin_hash(&own)),
        format!(
            "/witness/{}/checkpoint",
            origin_hash(&log.origin).to_uppercase()
        ),
        "/witness/logs/checkpoint".to_owned(),
    ] {
        assert_eq!(look(router, &wrong).await.0, 404, "{wrong}");
    }
    assert_eq!(look(router, "/witness/add-checkpoint").await.0, 405);
}

/// The key of a centre's log and of its witness.
fn keys(world: &World, name: &str) -> (String, String) {
    let identity = world.centre(name).desk().identity();
    (
        identity.log_key.to_string(),
        identity.witness_key.to_string(),
    )
}

/// The checkpoint of `of` as `at` serves it.
async fn served(world: &World, at: &str, of: &str) -> Vec<u8> {
    let path = format!("/feed/{}/1/checkpoint", world.centre(of).nid());
    let (status, note) = look(&world.centre(at).life().router, &path).await;
    assert_eq!(status, 200);
    note.to_vec()
}

#[tokio::test]
async fn a_network_and_its_centres_vouch_for_each_other() {
    let family = [("ontario", "toronto"), ("ontario", "kingston")];
    let mut world = World::family(2, &family).await;
    let uuid = world.publish("toronto").await;
    world.settle().await;
    world.check().await;
    let (log, _) = keys(&world, "toronto");
    let (_, ontario) = keys(&world, "ontario");
    let nid = world.centre("toronto").nid();
    let index = world.kept(uuid).index;
    for at in ["toronto", "ontario"] {
        let note = served(&world, at, "toronto").await;
        assert!(cosigned(&note, &log, &ontario).is_some(), "{at}");
        let confirmed = world.centre(at).desk().confirmed(nid);
        assert!(confirmed.covers(index) && confirmed.since.is_none(), "{at}");
        assert!(ontario.starts_with(&confirmed.by[0].0), "{at}");
    }
    // The network is confirmed by its members, and nobody by itself.
    let network = world.centre("ontario").nid();
    let confirmed = world.centre("ontario").desk().confirmed(network);
    assert_eq!(confirmed.by.len(), 2);
    assert!(
        confirmed
            .by
            .iter()
            .all(|(name, _)| !name.contains(network.as_str()))
    );
    // It outlasts a start with nobody to ask.
    world.trouble(
        "toronto",
        "ontario",
        clearinghouse_tests::wire::Trouble::Cut,
    );
    let before = world.centre("toronto").desk().confirmed(nid);
    world.centre_mut("toronto").stop().await;
    world.centre_mut("toronto").start().expect("starts");
    world.rest().await;
    assert_eq!(world.centre("toronto").desk().confirmed(nid), before);
    let note = served(&world, "toronto", "toronto").await;
    assert!(cosigned(&note, &log, &ontario).is_some());
    // What is new has no witness, and what was confirmed stays so for two days.
    let later = world.publish("toronto").await;
    world.settle().await;
    let confirmed = world.centre("toronto").desk().confirmed(nid);
    assert_eq!((confirmed.size, confirmed.since), (before.size, before.at));
    assert!(!confirmed.covers(world.kept(later).index) && confirmed.covers(index));
    world.turn(48 * HOUR);
    world.settle().await;
    let confirmed = world.centre("toronto").desk().confirmed(nid);
    assert_eq!((confirmed.size, confirmed.since), (Size(0), before.at));
    world.mend("toronto", "ontario");
    world.settle().await;
    world.turn(2 * HOUR);
    world.settle().await;
    let confirmed = world.centre("toronto").desk().confirmed(nid);
    assert!(confirmed.covers(world.kept(later).index));
    world.check().await;
}

#[tokio::test]
async fn a_log_that_rests_is_cosigned_anew_every_day() {
    let mut world = World::family(3, &[("ontario", "toronto")]).await;
    world.publish("toronto").await;
    world.settle().await;
    let nid = world.centre("toronto").nid();
    let mut before = None;
    for _ in 0..4 {
        for at in ["toronto", "ontario"] {
            let confirmed = world.centre(at).desk().confirmed(nid);
            assert!(confirmed.since.is_none(), "{at}");
        }
        let now = world.centre("toronto").desk().confirmed(nid).at;
        assert!(now > before);
        before = now;
        world.turn(25 * HOUR);
        world.settle().await;
    }
}

async fn with_foreign_witness(seed: u64) -> (World, Witness, String) {
    let mut world = World::new(seed);
    world.found("toronto");
    world.rest().await;
    let witness = Witness::new("witness.example/w", 8, world.centre("toronto").hand.clone());
    let (log, _) = keys(&world, "toronto");
    world.wire.plug("witness", witness.router(&log));
    let set = [format!(
        "witness.ask={} http://witness.example/w/",
        witness.vkey()
    )];
    restart_with(&mut world, "toronto", &set).await;
    (world, witness, log)
}

#[tokio::test]
async fn a_foreign_witness_vouches_for_a_log_of_ours() {
    let (mut world, witness, log) = with_foreign_witness(4).await;
    let nid = world.centre("toronto").nid();
    for _ in 0..3 {
        world.publish_many("toronto", 3).await;
        world.settle().await;
        let note = served(&world, "toronto", "toronto").await;
        assert!(cosigned(&note, &log, &witness.vkey()).is_some());
        let confirmed = world.centre("toronto").desk().confirmed(nid);
        assert_eq!(confirmed.by[0].0, witness.name);
        assert_eq!(
            confirmed.size,
            world.centre("toronto").feed(nid).unwrap().files().size()
        );
    }
    // It forgot everything, or somebody else asked it: the size that it names is gone on from.
    witness.state.lock().unwrap().size = 0;
    world.publish("toronto").await;
    world.settle().await;
    assert!(
        world
            .centre("toronto")
            .desk()
            .confirmed(nid)
            .since
            .is_none()
    );
}

#[tokio::test]
async fn a_witness_that_lies_is_passed_over_and_stops_nobody() {
    let vices = [
        Vice::WrongKey,
        Vice::Ahead,
        Vice::Late,
        Vice::Stale,
        Vice::Another,
        Vice::More,
    ];
    for (seed, vice) in (5..).zip(vices) {
        let (mut world, witness, log) = with_foreign_witness(seed).await;
        let nid = world.centre("toronto").nid();
        let before = world.centre("toronto").desk().confirmed(nid);
        assert!(before.covers(Index(0)), "{vice:?}");
        witness.state.lock().unwrap().vice = vice;
        let uuid = world.publish("toronto").await;
        world.settle().await;
        world.publish("toronto").await;
        world.settle().await;
        assert!(witness.state.lock().unwrap().asked > 1, "{vice:?}");
        let desk = world.centre("toronto").desk();
        let confirmed = desk.confirmed(nid);
        assert_eq!(confirmed.size, before.size, "{vice:?}");
        assert_eq!(confirmed.since, before.at, "{vice:?}");
        let note = served(&world, "toronto", "toronto").await;
        assert_eq!(cosigned(&note, &log, &witness.vkey()), None, "{vice:?}");
        assert_eq!(
            String::from_utf8(note).unwrap().matches('—').count(),
            1,
            "{vice:?}"
        );
        // A number alone does not stop the node.
        assert_eq!(*desk.submit.ahead().borrow(), None, "{vice:?}");
        world.revise(uuid).await;
        world.check().await;
    }
}

#[tokio::test]
async fn an_older_disk_is_healed_to_what_witnesses_saw() {
    let mut world = World::family(20, &[("ontario", "toronto")]).await;
    world.publish("toronto").await;
    world.settle().await;
    let backup = world.centre("toronto").copy(21);
    world.publish("toronto").await;
    world.settle().await;
    let signed = world.centre("toronto").desk().feeds.own().files().size();
    world.centre_mut("toronto").stop().await;
    world.replace(backup);
    world
        .centre_mut("toronto")
        .start()
        .expect("its lock is as old as its log");
    world.rest().await;
    world.turn(HOUR);
    world.rest().await;
    let desk = world.centre("toronto").desk();
    assert_eq!(desk.feeds.own().files().size(), signed);
    // Whether the witness was asked before that is a matter of moments.
    if let Some(ahead) = &*desk.submit.ahead().borrow() {
        assert_eq!(ahead.size, signed);
    }
    world.check().await;
}

#[tokio::test]
async fn what_anyone_adds_to_a_checkpoint_is_not_served_on() {
    use std::sync::Arc;
    let mut world = World::family(22, &[("ontario", "toronto")]).await;
    let name = "witness.example/stranger";
    let junk = format!("— {name} {}\n", STANDARD.encode([7; 76]));
    let added = junk.clone();
    let lie = clearinghouse_tests::wire::Trouble::Lie(Arc::new(move |path, mut answer| {
        if path.ends_with("/checkpoint") || path.ends_with("/feed/events") {
            answer.body = [answer.body.as_ref(), added.as_bytes()].concat().into();
        }
        Some(answer)
    }));
    world.trouble("ontario", "toronto", lie);
    let uuid = world.publish("toronto").await;
    world.settle().await;
    let word = world.kept(uuid).marker.clone();
    assert_eq!(world.search("ontario", &word).await, [uuid]);
    let note = String::from_utf8(served(&world, "ontario", "toronto").await).unwrap();
    assert!(!note.contains(name), "{note}");
    world.check().await;
}
