//! Does the derived database keep what it was told, and never pretend?

use super::super::rows::ChangeKind;
use super::*;

const CACHE: u64 = 8 << 20;

fn uuid(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(n) << 64 | 0x8000)
}

fn pointer(feed: u32, index: u64, ordinal: u64) -> Pointer {
    let points = vec![(43.6 + index as f32, -79.4)];
    let owner = "abcdefghijklmnopqrstuvwxyz".to_owned();
    Pointer {
        feed,
        index,
        ordinal,
        day: 20_000 + index as u32,
        owner,
        handed: index % 2 == 1,
        points,
    }
}

fn cursor(size: u64) -> Cursor {
    Cursor {
        size,
        root: [size as u8; 32],
    }
}

/// A database with `count` listings of one feed, flushed and closed.
fn filled(dir: &Path, count: u64) {
    let db = Db::open(dir, CACHE, 7).unwrap();
    let feed = db.feed_id("nid", "1").unwrap();
    let mut batch = Batch::default();
    for n in 0..count {
        batch.put(uuid(n), pointer(feed, n, db.next_ordinal()));
    }
    batch.cursor(feed, cursor(count));
    db.apply(&batch).unwrap();
    db.flush().unwrap();
}

#[test]
fn what_was_applied_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 100);
    let db = Db::open(dir.path(), CACHE, 7).unwrap();
    let feed = db.feed_id("nid", "1").unwrap();
    assert_eq!(feed, 0);
    assert_eq!(db.feed_id("nid", "2").unwrap(), 1);
    let feeds = [
        (0, "nid".to_owned(), "1".to_owned()),
        (1, "nid".to_owned(), "2".to_owned()),
    ];
    assert_eq!(db.feeds().unwrap(), feeds);
    assert_eq!(db.cursor(feed).unwrap(), Some(cursor(100)));
    assert_eq!(db.cursor(1).unwrap(), None);
    assert_eq!(db.pointer(uuid(7)).unwrap(), Some(pointer(feed, 7, 7)));
    assert_eq!(db.uuid_at(feed, 7).unwrap(), Some(uuid(7)));
    assert_eq!(db.next_ordinal(), 100);
    let mut seen = Vec::new();
    db.each_pointer(|uuid, pointer| seen.push((uuid, pointer.index)))
        .unwrap();
    assert_eq!(seen, (0..100).map(|n| (uuid(n), n)).collect::<Vec<_>>());
    assert!(!db.overgrown().unwrap());
}

#[test]
fn whoever_asks_for_changes_hears_of_each_listing_once_and_of_the_latest() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), CACHE, 7).unwrap();
    let mut batch = Batch::default();
    batch.put(uuid(1), pointer(0, 0, 0));
    batch.put(uuid(2), pointer(0, 1, 1));
    batch.put(uuid(1), pointer(0, 2, 0));
    assert_eq!(db.apply(&batch).unwrap(), 3);
    let mut batch = Batch::default();
    batch.remove(uuid(2), 20_009);
    batch.remove(uuid(3), 20_009);
    batch.move_to(uuid(1), pointer(0, 4, 0));
    assert_eq!(db.apply(&batch).unwrap(), 4);
    let told: Vec<_> = db.changes_after(0, 10).unwrap();
    let put = Change {
        number: 3,
        uuid: uuid(1),
        kind: ChangeKind::Put,
        day: 20_002,
    };
    let removed = Change {
        number: 4,
        uuid: uuid(2),
        kind: ChangeKind::Removed,
        day: 20_009,
    };
    assert_eq!(told, [put, removed]);
    for (after, limit, expected) in [
        (3, 10, &[removed][..]),
        (0, 1, &[put]),
        (4, 10, &[]),
        (0, 0, &[]),
        (u64::MAX, 9, &[]),
    ] {
        assert_eq!(db.changes_after(after, limit).unwrap(), expected);
    }
    assert_eq!(db.last_change(), 4);
    let latest = [1, 2, 3].map(|n| db.latest(uuid(n)).unwrap());
    assert_eq!(latest, [Some(put), Some(removed), None]);
    assert_eq!(db.uuid_at(0, 2).unwrap(), None);
    assert_eq!(db.uuid_at(0, 4).unwrap(), Some(uuid(1)));
    assert_eq!(
        (db.pointer(uuid(2)).unwrap(), db.uuid_at(0, 1).unwrap()),
        (None, None)
    );
}

#[test]
fn what_is_set_aside_is_shown_with_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(dir.path(), CACHE, 7).unwrap();
    let mut batch = Batch::default();
    let aside = |index| SetAside {
        feed: 3,
        index,
        reason: "it is somebody else's".into(),
    };
    batch.set_aside(aside(9));
    batch.set_aside(aside(2));
    db.apply(&batch).unwrap();
    assert_eq!(db.set_aside(10).unwrap(), [aside(2), aside(9)]);
    assert_eq!(db.set_aside(1).unwrap(), [aside(2)]);
}

#[test]
fn a_second_database_has_another_generation() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Db::open(one.path(), CACHE, 7).unwrap().generation();
    assert_ne!(Db::open(two.path(), CACHE, 9).unwrap().generation(), first);
    assert_eq!(Db::open(one.path(), CACHE, 8).unwrap().generation(), first);
}

#[test]
fn other_encodings_are_built_anew() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 1);
    let tree = open_tree(dir.path(), CACHE).unwrap();
    let mut meta = tree.get(META).unwrap().unwrap().to_vec();
    meta[3] += 1;
    tree.insert(META, meta).unwrap();
    drop(tree);
    assert!(matches!(
        Db::open(dir.path(), CACHE, 7),
        Err(DbError::Format(other)) if other == FORMAT + 1
    ));
}

#[test]
fn a_row_that_went_missing_or_changed_is_noticed_at_opening() {
    let spoil: [fn(&sled::Db); 4] = [
        |tree| drop(tree.remove(key_of_uuid(POINTERS, uuid(7))).unwrap()),
        |tree| drop(tree.insert(key_of_uuid(POINTERS, uuid(999)), b"x").unwrap()),
        |tree| {
            drop(
                tree.insert(key_of_feed(CURSORS, 0), cursor(99).to_bytes())
                    .unwrap(),
            )
        },
        |tree| drop(tree.remove(META).unwrap()),
    ];
    for (n, spoil) in spoil.iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path(), 100);
        let tree = open_tree(dir.path(), CACHE).unwrap();
        spoil(&tree);
        drop(tree);
        let found = Db::open(dir.path(), CACHE, 7);
        assert!(matches!(found, Err(DbError::Damaged(_))), "case {n}");
    }
}

/// Every file of a folder, in a fixed order.
fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path))
        } else {
            files.push(path)
        }
    }
    files.sort();
    files
}

/// Opens what is left. It answers with an error, or with everything that was applied; never with
/// a panic, and never with a part.
fn opens_whole_or_not_at_all(dir: &Path, case: &str) -> bool {
    let Ok(db) = Db::open(dir, CACHE, 7) else {
        return false;
    };
    // Nothing at all is what a new database holds; its cursor says so.
    let cursor = db.cursor(0).unwrap().map_or(0, |cursor| cursor.size);
    let mut count = 0;
    db.each_pointer(|_, _| count += 1).unwrap();
    assert_eq!(count, cursor, "{case}");
    true
}

#[test]
fn noise_in_any_file_is_an_error_and_not_a_panic() {
    let original = tempfile::tempdir().unwrap();
    filled(original.path(), 300);
    let mut chance = 12_345_u64;
    let mut next = |bound: usize| {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (chance >> 33) as usize % bound.max(1)
    };
    let mut opened = 0;
    for round in 0..60 {
        let dir = tempfile::tempdir().unwrap();
        let names = files(original.path());
        for name in &names {
            let to = dir.path().join(name.strip_prefix(original.path()).unwrap());
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(name, to).unwrap();
        }
        let spoilt = files(dir.path()).swap_remove(next(names.len()));
        let mut bytes = std::fs::read(&spoilt).unwrap();
        let start = next(bytes.len());
        match round % 4 {
            0 => bytes.truncate(start),
            1 => bytes.iter_mut().for_each(|byte| *byte = next(256) as u8),
            2 => bytes
                .iter_mut()
                .skip(start)
                .take(100)
                .for_each(|byte| *byte = next(256) as u8),
            _ => bytes
                .iter_mut()
                .skip(start)
                .take(1)
                .for_each(|byte| *byte ^= 16),
        }
        std::fs::write(&spoilt, bytes).unwrap();
        opened += u32::from(opens_whole_or_not_at_all(
            dir.path(),
            &format!("round {round}"),
        ));
        Db::delete(dir.path()).unwrap();
        filled(dir.path(), 3);
    }
    println!("{opened} of 60 spoilt databases opened, whole");
}

#[test]
fn a_folder_that_is_a_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    std::fs::write(&path, b"not a folder").unwrap();
    assert!(Db::open(&path, CACHE, 7).is_err());
}
