//! How do we come from what we know of a log to what it signed last?

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use clearinghouse_protocol::feed::entry::{Entry, Kind};
use clearinghouse_protocol::feed::follow::{FollowError, Follower, Offer, Verified};
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tile::{EntryBundle, FULL_WIDTH, Tile};
use clearinghouse_protocol::tlog::tree::{Index, Size, TILE_HEIGHT, TileHashes, root_of};
use futures_util::stream::{self, StreamExt};

use crate::failure::Failure;
use crate::fetch::PARALLEL;
use crate::progress::Progress;
use crate::source::Source;

/// Entries are kept in memory until their bodies are checked: 40 million of the common size.
const ENTRIES_MAX_BYTES: u64 = 2 << 30;

/// Rounds of fetching the tiles that a judgement asks for: the largest tree needs fewer.
const JUDGE_ROUNDS: usize = 40;

/// Whether the tiles of hashes are fetched too and held against the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tiles {
    /// Every tile of every level.
    Compare,
    /// None: entries and the signed root prove each other.
    Skip,
}

/// What one step brought, all of it verified.
pub struct Step {
    /// What we know now.
    pub after: Follower,
    /// What is new.
    pub verified: Verified,
    /// The entries, in the bundles that hold them.
    pub entries: Entries,
    /// What was counted on the way.
    pub counts: Counts,
}

/// What a step saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bundles of entries.
    pub bundles: u64,
    /// Their bytes.
    pub entry_bytes: u64,
    /// Tiles of hashes that were compared.
    pub tiles: u64,
    /// Their bytes.
    pub tile_bytes: u64,
    /// Entries that state a listing, in force or not.
    pub puts: u64,
}

/// Bundles of entries as they were served, from the one that holds the first new entry on.
pub struct Entries {
    size: Size,
    first: u64,
    bundles: Vec<Bytes>,
}

impl Entries {
    /// The numbers of the bundles.
    pub fn numbers(&self) -> std::ops::Range<u64> {
        self.first..self.first + self.bundles.len() as u64
    }

    /// The entries of one bundle with their positions; none for a bundle that is not held.
    pub fn of_bundle(&self, number: u64) -> Vec<(Index, &[u8])> {
        let place = number
            .checked_sub(self.first)
            .and_then(|place| usize::try_from(place).ok());
        let bytes = place.and_then(|place| self.bundles.get(place));
        let bundle = EntryBundle::within(self.size, number);
        let (Some(bytes), Some(bundle)) = (bytes, bundle) else {
            return Vec::new();
        };
        let entries = EntryBundle::decode(bytes, bundle.width())
            .expect("a bundle was decoded before it was kept");
        let first = number * u64::from(FULL_WIDTH);
        (first..).map(Index).zip(entries).collect()
    }
}

/// One bundle as a task brings it: served, of the right shape, and like its tile.
struct Fetched {
    bytes: Bytes,
    width: u16,
    tile_bytes: u64,
    puts: u64,
    /// The root over a full bundle, which is a hash of level 1.
    root: Option<Hash>,
}

/// Fetches and verifies all entries that lead to `offer`.
///
/// # Errors
/// [`Failure`]; nothing is then to be believed of what was served.
pub async fn step(
    source: &Arc<Source>,
    follower: &Follower,
    offer: &Offer,
    tiles: Tiles,
) -> Result<Step, Failure> {
    let (from, size) = (follower.size(), offer.size());
    let first = from.0 / u64::from(FULL_WIDTH);
    let wanted = (first..size.0.div_ceil(FULL_WIDTH.into()))
        .filter_map(|number| EntryBundle::within(size, number));
    let mut fetched = stream::iter(wanted)
        .map(|bundle| tokio::spawn(fetch(Arc::clone(source), bundle, tiles)))
        .buffered(PARALLEL);
    let mut trial = follower.begin(offer.clone());
    let mut progress = Progress::new("entries", size.0 - from.0);
    let (mut counts, mut level, mut bundles) = (Counts::default(), Vec::new(), Vec::new());
    let mut index = first * u64::from(FULL_WIDTH);
    while let Some(fetched) = fetched.next().await {
        let fetched = fetched.expect("a task of ours does not panic")?;
        let entries = EntryBundle::decode(&fetched.bytes, fetched.width)
            .expect("the task has decoded the bundle");
        for entry in entries {
            if index >= from.0 {
                trial.push(entry);
            }
            index += 1;
        }
        counts.add(&fetched, tiles);
        if counts.entry_bytes > ENTRIES_MAX_BYTES {
            let limit = ENTRIES_MAX_BYTES;
            return Err(Failure::TooMuch { limit });
        }
        level.extend(fetched.root);
        bundles.push(fetched.bytes);
        progress.advance(fetched.width.into());
    }
    let (after, verified) = trial.finish()?;
    if tiles == Tiles::Compare {
        compare_upper(source, level, &mut counts).await?;
    }
    let entries = Entries {
        size,
        first,
        bundles,
    };
    Ok(Step {
        after,
        verified,
        entries,
        counts,
    })
}

impl Counts {
    fn add(&mut self, fetched: &Fetched, tiles: Tiles) {
        self.bundles += 1;
        self.entry_bytes += fetched.bytes.len() as u64;
        self.tiles += u64::from(tiles == Tiles::Compare);
        self.tile_bytes += fetched.tile_bytes;
        self.puts += fetched.puts;
    }
}

/// Runs beside others on every core: the hashes that tiles need are computed here.
async fn fetch(source: Arc<Source>, bundle: EntryBundle, tiles: Tiles) -> Result<Fetched, Failure> {
    let width = bundle.width();
    let shape = |source| Failure::Shape {
        path: bundle.path(),
        source,
    };
    if tiles == Tiles::Skip {
        let bytes = source.entries(bundle).await?;
        EntryBundle::decode(&bytes, width).map_err(shape)?;
        return Ok(Fetched {
            bytes,
            width,
            tile_bytes: 0,
            puts: 0,
            root: None,
        });
    }
    let tile = bundle.tile();
    let (bytes, served) = futures_util::try_join!(source.entries(bundle), source.tile(tile))?;
    let entries = EntryBundle::decode(&bytes, width).map_err(shape)?;
    let puts = entries.iter().filter(|entry| is_put(entry)).count() as u64;
    let mut leaves = [Hash::EMPTY; FULL_WIDTH as usize];
    for (leaf, entry) in leaves.iter_mut().zip(entries) {
        *leaf = Hash::leaf(entry);
    }
    let leaves = &leaves[..usize::from(width)];
    compare(tile, &served, leaves)?;
    let root = tile.is_full().then(|| root_of(leaves));
    Ok(Fetched {
        bytes,
        width,
        tile_bytes: served.len() as u64,
        puts,
        root,
    })
}

/// Whether an entry states a listing.
pub(crate) fn is_put(entry: &[u8]) -> bool {
    Entry::decode(entry).is_ok_and(|entry| entry.kind == Kind::Put)
}

/// Compares the tiles above the lowest level with the hashes of full tiles of the one below.
async fn compare_upper(
    source: &Arc<Source>,
    mut hashes: Vec<Hash>,
    counts: &mut Counts,
) -> Result<(), Failure> {
    let mut level = 1;
    while !hashes.is_empty() {
        compare_level(source, level, &hashes, counts).await?;
        hashes = hashes
            .chunks_exact(FULL_WIDTH.into())
            .map(root_of)
            .collect();
        level += 1;
    }
    Ok(())
}

async fn compare_level(
    source: &Arc<Source>,
    level: u8,
    hashes: &[Hash],
    counts: &mut Counts,
) -> Result<(), Failure> {
    let tiles = hashes.chunks(FULL_WIDTH.into()).zip(0..);
    let tiles = tiles.filter_map(|(hashes, index)| {
        Some((Tile::new(level, index, hashes.len() as u16)?, hashes))
    });
    let compared = stream::iter(tiles).map(|(tile, hashes)| async move {
        let served = source.tile(tile).await?;
        compare(tile, &served, hashes)?;
        Ok::<_, Failure>(served.len() as u64)
    });
    let mut compared = compared.buffer_unordered(PARALLEL);
    while let Some(bytes) = compared.next().await {
        counts.tiles += 1;
        counts.tile_bytes += bytes?;
    }
    Ok(())
}

fn compare(tile: Tile, served: &[u8], computed: &[Hash]) -> Result<(), Failure> {
    let path = || tile.path();
    let (hashes, rest) = served.as_chunks::<{ Hash::BYTES }>();
    if hashes.len() != computed.len() || !rest.is_empty() {
        let source = tile.hashes(served).err();
        let source = source.expect("a tile of another length is refused");
        return Err(Failure::Shape {
            path: path(),
            source,
        });
    }
    let differs = hashes
        .iter()
        .zip(computed)
        .position(|(one, other)| *one != other.0);
    match differs {
        None => Ok(()),
        Some(place) => Err(Failure::Tile {
            path: path(),
            place,
        }),
    }
}

/// Tells whether entries that do not give the signed root were altered on the way or the log forked.
///
/// # Errors
/// [`Failure`] if the tiles that would tell it are not served.
pub async fn judge(
    source: &Source,
    follower: &Follower,
    offer: &Offer,
) -> Result<FollowError, Failure> {
    let (origin, offered) = (follower.origin(), offer.size());
    let mut tiles: BTreeMap<(u8, u64), Vec<Hash>> = BTreeMap::new();
    for _ in 0..JUDGE_ROUNDS {
        let wanted: RefCell<BTreeSet<(u8, u64)>> = RefCell::default();
        let hashes = TileHashes(|level: u8, range: std::ops::Range<u64>| {
            let tile = (level, range.start >> TILE_HEIGHT);
            let Some(hashes) = tiles.get(&tile) else {
                wanted.borrow_mut().insert(tile);
                return None;
            };
            let first = (range.start % u64::from(FULL_WIDTH)) as usize;
            let end = first + (range.end - range.start) as usize;
            hashes.get(first..end).map(<[Hash]>::to_vec)
        });
        let verdict = follower.judge(offer, &hashes);
        let wanted = wanted.into_inner();
        if verdict.is_some() {
            return Ok(FollowError::Forked {
                origin,
                known: follower.size(),
                offered,
            });
        }
        if wanted.is_empty() {
            break;
        }
        for (level, index) in wanted {
            let Some(tile) = Tile::within(offered, level, index) else {
                return Ok(FollowError::Altered { origin, offered });
            };
            let Ok(hashes) = tile.hashes(&source.tile(tile).await?) else {
                return Ok(FollowError::Altered { origin, offered });
            };
            tiles.insert((level, index), hashes);
        }
    }
    Ok(FollowError::Altered { origin, offered })
}
