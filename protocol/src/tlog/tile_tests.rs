//! Are tiles and bundles named and cut in one way only?

use super::*;
use proptest::prelude::*;

#[test]
fn a_path_names_one_tile_and_a_tile_has_one_path() {
    for (path, tile) in [
        ("tile/0/000", Some((0, 0, 256))),
        ("tile/0/000.p/1", Some((0, 0, 1))),
        ("tile/63/999.p/255", Some((63, 999, 255))),
        ("tile/1/x001/000", Some((1, 1000, 256))),
        ("tile/2/x001/x234/067.p/8", Some((2, 1_234_067, 8))),
        ("tile/0/x001/x000/000", Some((0, 1_000_000, 256))),
        (
            "tile/0/x009/x223/x372/x036/x854/x775/807",
            Some((0, Size::MAX.0, 256)),
        ),
        ("tile/0/x009/x223/x372/x036/x854/x775/808", None),
        ("tile/0/x018/x446/x744/x073/x709/x551/616", None),
        ("tile/0/x999/x999/x999/x999/x999/x999/x999/999", None),
        ("tile/64/000", None),
        ("tile/256/000", None),
        ("tile/00/000", None),
        ("tile/+1/000", None),
        ("tile/-1/000", None),
        ("tile//000", None),
        ("tile/0/", None),
        ("tile/0/0", None),
        ("tile/0/0000", None),
        ("tile/0/x000/000", None),
        ("tile/0/x000/x001/000", None),
        ("tile/0/001/000", None),
        ("tile/0/x001", None),
        ("tile/0/x001/x000", None),
        ("tile/0/X001/000", None),
        ("tile/0/x01/000", None),
        ("tile/0/+01", None),
        ("tile/0/000.p/0", None),
        ("tile/0/000.p/256", None),
        ("tile/0/000.p/01", None),
        ("tile/0/000.p/", None),
        ("tile/0/000.p/1.p/1", None),
        ("tile/0/000/", None),
        ("/tile/0/000", None),
        ("tile/0/000\n", None),
        ("tile/entries/000", None),
        ("", None),
    ] {
        let read = Tile::parse(path)
            .ok()
            .map(|t| (t.level(), t.index(), t.width()));
        assert_eq!(read, tile, "{path:?}");
        if let Some((level, index, width)) = tile {
            assert_eq!(
                Tile::new(level, index, width).map(|t| t.path()).as_deref(),
                Some(path)
            );
        }
    }
}

#[test]
fn bundles_are_numbered_like_tiles() {
    let bundle = EntryBundle::parse("tile/entries/x001/234.p/5").expect("as written");
    assert_eq!((bundle.index(), bundle.width()), (1234, 5));
    assert_eq!(bundle.path(), "tile/entries/x001/234.p/5");
    assert_eq!(bundle.tile().path(), "tile/0/x001/234.p/5");
    assert_eq!(bodies_path(1234), "bodies/x001/234");
    assert_eq!(parse_bodies_path("bodies/x001/234"), Ok(1234));
    for path in [
        "bodies/x001/234.p/5",
        "bodies/1234",
        "bodies/",
        "bodies/x000/001",
        "body/001",
    ] {
        assert_eq!(parse_bodies_path(path), Err(TileError::Path), "{path:?}");
    }
    for path in [
        "tile/0/000",
        "tile/entries/0",
        "tile/entries/000.p/256",
        "tile/entries/",
    ] {
        assert_eq!(EntryBundle::parse(path), Err(TileError::Path), "{path:?}");
    }
}

#[test]
fn a_tree_has_the_tiles_that_the_specification_counts() {
    // C2SP tlog-tiles, section Partial Tiles.
    let count = |size: u64| {
        let all: Vec<Tile> = Tile::all(Size(size)).collect();
        let full = all.iter().filter(|tile| tile.is_full()).count();
        let partial: Vec<_> = all
            .iter()
            .filter(|t| !t.is_full())
            .map(Tile::path)
            .collect();
        (full, partial)
    };
    assert_eq!(count(0), (0, vec![]));
    assert_eq!(count(1), (0, vec!["tile/0/000.p/1".into()]));
    assert_eq!(count(255), (0, vec!["tile/0/000.p/255".into()]));
    assert_eq!(count(256), (1, vec!["tile/1/000.p/1".into()]));
    let partial = ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"].map(String::from);
    assert_eq!(count(70_000), (274, partial.to_vec()));
}

#[test]
fn growing_writes_every_tile_that_changed_and_no_other() {
    let sizes = [
        0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000,
    ];
    for old in sizes {
        for new in sizes.into_iter().filter(|new| *new >= old) {
            let before: Vec<Tile> = Tile::all(Size(old)).collect();
            let expected: Vec<Tile> = Tile::all(Size(new))
                .filter(|tile| !before.contains(tile))
                .collect();
            let grown: Vec<Tile> = Tile::grown(Size(old), Size(new)).collect();
            assert_eq!(grown, expected, "{old} to {new}");
        }
    }
}

#[test]
fn a_tile_has_as_many_hashes_as_its_name_says() {
    let tile = Tile::new(0, 0, 2).expect("a sound tile");
    assert_eq!(tile.hashes(&[7; 64]), Ok(vec![Hash([7; 32]); 2]));
    for bytes in [0, 32, 63, 65, 96] {
        let error = TileError::Length { width: 2, bytes };
        assert_eq!(tile.hashes(&vec![7; bytes]), Err(error));
    }
    assert!(Tile::new(0, 0, 0).is_none() && Tile::new(0, 0, 257).is_none());
    assert!(Tile::new(64, 0, 1).is_none() && Tile::new(0, 1 << 63, 1).is_none());
}

#[test]
fn a_bundle_has_as_many_entries_as_its_name_says() {
    let bundle = EntryBundle::encode(&["", "a", "bc"]).expect("three entries");
    assert_eq!(bundle, b"\0\0\0\x01a\0\x02bc");
    assert_eq!(
        EntryBundle::decode(&bundle, 3),
        Ok(vec![&b""[..], b"a", b"bc"])
    );
    for (bytes, width) in [
        (&bundle[..], 2),
        (&bundle[..], 4),
        (&bundle[..8], 3),
        (b"\0", 1),
        (b"", 1),
        (b"\0\x01", 1),
    ] {
        assert_eq!(
            EntryBundle::decode(bytes, width),
            Err(TileError::Count { width })
        );
    }
    for width in [0, 257] {
        let error = TileError::Width(width.into());
        assert_eq!(EntryBundle::decode(&bundle, width), Err(error));
        assert_eq!(EntryBundle::encode(&vec![""; width.into()]), Err(error));
    }
    let longest = vec![1; MAX_ENTRY_BYTES];
    let bundle = EntryBundle::encode(&[&longest]).expect("as long as can be");
    assert_eq!(EntryBundle::decode(&bundle, 1), Ok(vec![&longest[..]]));
    let longer = vec![1; MAX_ENTRY_BYTES + 1];
    let error = TileError::EntryTooLong(longer.len());
    assert_eq!(EntryBundle::encode(&[&longer]), Err(error));
}

proptest! {
    #[test]
    fn a_path_that_is_read_is_written_the_same(
        path in "(tile/|entries/|bodies/|[0-9]/|x[0-9]{3}/|[0-9]{3}|\\.p/|[0-9]){1,8}",
    ) {
        if let Ok(tile) = Tile::parse(&path) {
            prop_assert_eq!(tile.path(), path.clone());
        }
        if let Ok(bundle) = EntryBundle::parse(&path) {
            prop_assert_eq!(bundle.path(), path.clone());
        }
        if let Ok(index) = parse_bodies_path(&path) {
            prop_assert_eq!(bodies_path(index), path);
        }
    }

    #[test]
    fn a_path_that_is_written_is_read(level in 0..=MAX_LEVEL, index in 0..1_u64 << 63, width in 1..=FULL_WIDTH) {
        let tile = Tile::new(level, index, width).expect("a sound tile");
        prop_assert_eq!(Tile::parse(&tile.path()), Ok(tile));
        prop_assert_eq!(parse_bodies_path(&bodies_path(index)), Ok(index));
    }

    #[test]
    fn a_bundle_that_is_read_is_written_the_same(
        bundle in prop::collection::vec(0_u8..4, 0..40), width in 1_u16..20,
    ) {
        if let Ok(entries) = EntryBundle::decode(&bundle, width) {
            prop_assert_eq!(EntryBundle::encode(&entries), Ok(bundle.clone()));
        }
    }
}
