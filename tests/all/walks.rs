//! Do all views agree in the end, whatever happens in whatever order?

use std::fs;
use std::path::Path;

use clearinghouse::clock::Clock;
use clearinghouse_tests::centre::{Centre, VIEW, files_under};
use clearinghouse_tests::wire::Trouble;
use clearinghouse_tests::world::World;

/// Centres that two networks admit, one of them below the other: feeds arrive on more ways than one.
const FAMILY: [(&str, &str); 6] = [
    ("canada", "ontario"),
    ("canada", "quebec"),
    ("ontario", "kingston"),
    ("ontario", "toronto"),
    ("quebec", "gatineau"),
    ("quebec", "kingston"),
];

/// Steps of one walk.
const STEPS: usize = 60;

/// What happens next; a number that chance gives picks one of each.
const DEEDS: [Deed; 16] = [
    Deed::Publish,
    Deed::Publish,
    Deed::Publish,
    Deed::Revise,
    Deed::Revise,
    Deed::Erase,
    Deed::Cut,
    Deed::Cut,
    Deed::Mend,
    Deed::Stop,
    Deed::Kill,
    Deed::CutPower,
    Deed::Start,
    Deed::Start,
    Deed::Spoil,
    Deed::Check,
];

#[derive(Clone, Copy, Debug)]
enum Deed {
    Publish,
    Revise,
    Erase,
    Cut,
    Mend,
    Stop,
    Kill,
    CutPower,
    Start,
    /// A part of a view is damaged while its node does not run.
    Spoil,
    Check,
}

/// Chance from a seed.
struct Chance(Clock);

impl Chance {
    fn new(seed: u64) -> Chance {
        let start = "2026-11-02T12:00:00Z".parse().expect("a time");
        Chance(Clock::by_hand(start, seed).0)
    }

    fn below(&self, bound: usize) -> usize {
        (u64::from_be_bytes(self.0.random()) % bound.max(1) as u64) as usize
    }

    fn one_of<'a, T>(&self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

async fn walk(seed: u64) {
    let chance = Chance::new(seed);
    let mut world = World::family(seed, &FAMILY).await;
    for step in 0..STEPS {
        let deed = *chance.one_of(&DEEDS).expect("there are some");
        eprintln!("seed {seed}, step {step}: {deed:?}");
        act(&mut world, &chance, deed).await;
        if chance.below(3) == 0 {
            world.rest().await;
        }
    }
    for name in world.names() {
        for other in world.names() {
            world.mend(&name, &other);
        }
        if !world.centre(&name).runs() {
            world.centre_mut(&name).start().expect("starts again");
        }
    }
    world.settle().await;
    world.check().await;
}

async fn act(world: &mut World, chance: &Chance, deed: Deed) {
    let names = world.names();
    let (up, down): (Vec<String>, Vec<String>) = names
        .iter()
        .cloned()
        .partition(|name| world.centre(name).runs());
    let kept: Vec<_> = up.iter().flat_map(|name| world.of(name)).collect();
    let pair = (chance.one_of(&names), chance.one_of(&names));
    match deed {
        Deed::Publish => {
            if let Some(name) = chance.one_of(&up) {
                world.publish(name).await;
            }
        }
        Deed::Revise => {
            if let Some(uuid) = chance.one_of(&kept) {
                world.revise(*uuid).await;
            }
        }
        Deed::Erase => {
            if let Some(uuid) = chance.one_of(&kept) {
                world.erase(*uuid).await;
            }
        }
        Deed::Cut => {
            if let (Some(from), Some(to)) = pair {
                world.trouble(from, to, Trouble::Cut);
            }
        }
        Deed::Mend => {
            for from in &names {
                let (Some(to), _) = pair else { return };
                world.mend(from, to);
            }
        }
        Deed::Stop | Deed::Kill | Deed::CutPower => {
            if let Some(name) = chance.one_of(&up) {
                end(world.centre_mut(name), deed).await;
            }
        }
        Deed::Start => {
            if let Some(name) = chance.one_of(&down) {
                world.centre_mut(name).start().expect("starts again");
            }
        }
        Deed::Spoil => {
            if let Some(name) = chance.one_of(&down) {
                let part = VIEW[chance.below(VIEW.len())];
                spoil(world.centre(name), part, chance, chance.below(4));
            }
        }
        Deed::Check => {
            world.settle().await;
            world.check().await;
        }
    }
}

async fn end(centre: &mut Centre, deed: Deed) {
    match deed {
        Deed::Stop => centre.stop().await,
        Deed::Kill => centre.kill().await,
        _ => centre.cut_power().await,
    }
}

/// Damages a part of a view in one of four ways.
fn spoil(centre: &Centre, part: &str, chance: &Chance, way: usize) {
    let part = centre.data().join(part);
    if way == 0 {
        let _ = fs::remove_dir_all(&part);
        return;
    }
    let files = files_under(&part);
    let Some(file) = chance.one_of(&files) else {
        return;
    };
    let bytes = fs::read(file).expect("a file that was just listed");
    let at = chance.below(bytes.len());
    eprintln!(
        "{} of {}: way {way} at {at} of {}",
        file.display(),
        centre.name,
        bytes.len()
    );
    spoil_file(file, bytes, at, chance, way);
}

fn spoil_file(file: &Path, mut bytes: Vec<u8>, at: usize, chance: &Chance, way: usize) {
    match way {
        1 => return fs::remove_file(file).expect("a file that was just read"),
        2 => bytes.truncate(at),
        _ => {
            for byte in bytes[at..].iter_mut().take(512) {
                *byte = chance.below(256) as u8;
            }
        }
    }
    fs::write(file, bytes).expect("a file that was just read");
}

#[tokio::test]
async fn whatever_happens_the_views_agree_in_the_end() {
    for seed in [1, 2, 3] {
        walk(seed).await;
    }
}

#[tokio::test]
async fn a_view_that_is_deleted_cut_short_or_filled_with_noise_comes_back_the_same() {
    let chance = Chance::new(7);
    let mut world = World::family(100, &[("ontario", "toronto")]).await;
    for _ in 0..20 {
        world.publish("toronto").await;
    }
    let goes = world.of("toronto")[3];
    world.erase(goes).await;
    world.settle().await;
    world.check().await;
    for round in 0..5 {
        for way in 0..4 {
            for part in VIEW {
                if round % 2 == 0 {
                    world.centre_mut("ontario").stop().await;
                } else {
                    world.centre_mut("ontario").kill().await;
                }
                spoil(world.centre("ontario"), part, &chance, way);
                world.centre_mut("ontario").start().expect("starts again");
                world.settle().await;
                world.check().await;
            }
        }
    }
}

#[tokio::test]
async fn the_order_in_which_feeds_arrive_is_of_no_account() {
    for seed in 0..4 {
        let chance = Chance::new(seed);
        let mut world = World::family(200 + seed, &FAMILY).await;
        let names = world.names();
        for (from, to) in names
            .iter()
            .flat_map(|from| names.iter().map(move |to| (from, to)))
        {
            world.trouble(from, to, Trouble::Cut);
        }
        for name in ["toronto", "gatineau", "kingston", "kingston", "toronto"] {
            let uuid = world.publish(name).await;
            match chance.below(4) {
                0 => world.revise(uuid).await,
                1 => world.erase(uuid).await,
                _ => {}
            }
        }
        let mut lines: Vec<(&String, &String)> = names
            .iter()
            .flat_map(|from| names.iter().map(move |to| (from, to)))
            .collect();
        while !lines.is_empty() {
            let (from, to) = lines.swap_remove(chance.below(lines.len()));
            world.mend(from, to);
            if chance.below(6) == 0 {
                world.settle().await;
                world.check().await;
            }
        }
        world.settle().await;
        world.check().await;
        assert_eq!(world.of("toronto").len() + world.of("kingston").len(), {
            let all = world.ask("canada", "/api/v1/listings").await;
            all["total"].as_u64().expect("a count") as usize - world.of("gatineau").len()
        });
    }
}
