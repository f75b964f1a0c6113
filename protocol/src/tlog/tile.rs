//! How is a log cut into files, and what are they called?
//!
//! Tiles of hashes and bundles of entries as in C2SP tlog-tiles, and beside them the bundles of
//! bodies, which are numbered in the same way.

use std::fmt;
use std::str::FromStr;

use super::hash::Hash;
use super::text;
use super::tree::{Index, Size, TILE_HEIGHT};

/// The hashes in a full tile, and the entries in a full bundle.
pub const FULL_WIDTH: u16 = 1 << TILE_HEIGHT;

/// The highest tile level that a path can name (C2SP tlog-tiles, section Merkle Tree).
pub const MAX_LEVEL: u8 = 63;

/// The longest entry in a bundle, in bytes: its length is written in 16 bits.
pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;

/// Why a path, a tile or a bundle was not read or not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// No path of a tile or bundle, or another spelling of one.
    #[error("not the path of a tile or bundle")]
    Path,
    /// A tile with another number of bytes than 32 for each hash of its width.
    #[error("{bytes} bytes for a tile of {width} hashes")]
    Length {
        /// How many hashes were expected.
        width: u16,
        /// How many bytes there were.
        bytes: usize,
    },
    /// A bundle ends inside an entry, or goes on after the last.
    #[error("a bundle of {width} entries ends early or late")]
    Count {
        /// How many entries were expected.
        width: u16,
    },
    /// More entries than a bundle can hold, or none.
    #[error("a bundle has 1 to {FULL_WIDTH} entries, not {0}")]
    Width(usize),
    /// An entry longer than [`MAX_ENTRY_BYTES`].
    #[error("an entry of {0} bytes, more than {MAX_ENTRY_BYTES}")]
    EntryTooLong(usize),
}

/// One tile: up to 256 neighbouring hashes of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

impl Tile {
    /// Names a tile: level 0 to [`MAX_LEVEL`], position in the level below 2^63, 1 to 256 hashes.
    /// `None` outside these.
    pub fn new(level: u8, index: u64, width: u16) -> Option<Self> {
        let sound = level <= MAX_LEVEL && index <= Size::MAX.0 && (1..=FULL_WIDTH).contains(&width);
        sound.then_some(Self {
            level,
            index,
            width,
        })
    }

    /// The tile at this level and position as it is in a tree of this size; `None` if the tree
    /// has no hash there.
    pub fn within(size: Size, level: u8, index: u64) -> Option<Self> {
        let first = index.checked_mul(FULL_WIDTH.into())?;
        let left = hashes_at(size, level).checked_sub(first)?;
        Self::new(level, index, left.min(FULL_WIDTH.into()) as u16)
    }

    /// All tiles of a tree, lowest level first, from left to right.
    pub fn all(size: Size) -> impl Iterator<Item = Self> {
        Self::grown(Size::ZERO, size)
    }

    /// The tiles that a tree of `new` leaves has and one of `old` leaves had not, or had
    /// narrower: what is written when a log grows.
    pub fn grown(old: Size, new: Size) -> impl Iterator<Item = Self> {
        let width = u64::from(FULL_WIDTH);
        (0..TILE_HEIGHT).flat_map(move |level| {
            let (before, after) = (hashes_at(old, level), hashes_at(new, level));
            // Without new hashes in this level nothing changed, not even the partial tile.
            let first = if before < after {
                before / width
            } else {
                after.div_ceil(width)
            };
            (first..after.div_ceil(width)).filter_map(move |n| Self::within(new, level, n))
        })
    }

    /// The level: 0 holds leaves, each next one hashes of full tiles of the one below.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// The position in the level, counted from zero.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes it has: 256 in a full tile.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether it has all its 256 hashes and will never change.
    pub fn is_full(&self) -> bool {
        self.width == FULL_WIDTH
    }

    /// The same tile when it is full.
    pub fn full(self) -> Self {
        Self {
            width: FULL_WIDTH,
            ..self
        }
    }

    /// The position of its first hash in the level.
    ///
    /// `None` beyond 2^64, where no log has hashes.
    pub fn first(&self) -> Option<u64> {
        self.index.checked_mul(FULL_WIDTH.into())
    }

    /// Its path below the log's prefix: `tile/<L>/<N>[.p/<W>]`.
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, Numbered(self.index, self.width))
    }

    /// Reads such a path.
    ///
    /// # Errors
    /// [`TileError::Path`] for everything that [`Tile::path`] would not write.
    pub fn parse(path: &str) -> Result<Self, TileError> {
        let rest = path.strip_prefix("tile/").ok_or(TileError::Path)?;
        let (level, numbered) = rest.split_once('/').ok_or(TileError::Path)?;
        let level = text::decimal(level)
            .ok()
            .and_then(|level| u8::try_from(level).ok());
        let Numbered(index, width) = numbered.parse()?;
        level
            .and_then(|level| Self::new(level, index, width))
            .ok_or(TileError::Path)
    }

    /// Reads the hashes of this tile.
    ///
    /// # Errors
    /// [`TileError::Length`] unless there are 32 bytes for each hash.
    pub fn hashes(&self, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
        let (hashes, rest) = bytes.as_chunks::<{ Hash::BYTES }>();
        if hashes.len() != usize::from(self.width) || !rest.is_empty() {
            return Err(TileError::Length {
                width: self.width,
                bytes: bytes.len(),
            });
        }
        Ok(hashes.iter().copied().map(Hash).collect())
    }
}

/// How many hashes a tree of this size has at a tile level: one for each full tile below.
pub fn hashes_at(size: Size, level: u8) -> u64 {
    size.0
        .checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))
        .unwrap_or(0)
}

/// The name of one bundle of entries: up to 256 neighbouring ones, as the tile of their hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryBundle {
    index: u64,
    width: u16,
}

impl EntryBundle {
    /// Names a bundle: position below 2^63, 1 to 256 entries. `None` outside these.
    pub fn new(index: u64, width: u16) -> Option<Self> {
        Tile::new(0, index, width).map(|tile| Self {
            index: tile.index,
            width: tile.width,
        })
    }

    /// The bundle at this position as it is in a log of this size; `None` if it has no entry.
    pub fn within(size: Size, index: u64) -> Option<Self> {
        Tile::within(size, 0, index).map(|tile| Self {
            index: tile.index,
            width: tile.width,
        })
    }

    /// The position among the bundles, counted from zero.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many entries it has: 256 in a full bundle.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// The tile that holds the hashes of these entries.
    pub fn tile(&self) -> Tile {
        Tile {
            level: 0,
            index: self.index,
            width: self.width,
        }
    }

    /// Its path below the log's prefix: `tile/entries/<N>[.p/<W>]`.
    pub fn path(&self) -> String {
        format!("tile/entries/{}", Numbered(self.index, self.width))
    }

    /// Reads such a path.
    ///
    /// # Errors
    /// [`TileError::Path`] for everything that [`EntryBundle::path`] would not write.
    pub fn parse(path: &str) -> Result<Self, TileError> {
        let rest = path.strip_prefix("tile/entries/").ok_or(TileError::Path)?;
        let Numbered(index, width) = rest.parse()?;
        Self::new(index, width).ok_or(TileError::Path)
    }

    /// Writes entries as a bundle: each after its length, 16 bits, big-endian.
    ///
    /// # Errors
    /// [`TileError::Width`] for none or more than 256, [`TileError::EntryTooLong`].
    pub fn encode<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, TileError> {
        if entries.is_empty() || entries.len() > FULL_WIDTH.into() {
            return Err(TileError::Width(entries.len()));
        }
        let length = entries.iter().map(|entry| 2 + entry.as_ref().len()).sum();
        let mut bundle = Vec::with_capacity(length);
        for entry in entries {
            let entry = entry.as_ref();
            let length = u16::try_from(entry.len());
            let length = length.map_err(|_| TileError::EntryTooLong(entry.len()))?;
            bundle.extend_from_slice(&length.to_be_bytes());
            bundle.extend_from_slice(entry);
        }
        Ok(bundle)
    }

    /// Reads the `width` entries of a bundle, no more and no fewer, without copying them.
    ///
    /// # Errors
    /// [`TileError::Width`] for a width of none or more than 256, [`TileError::Count`].
    pub fn decode(bundle: &[u8], width: u16) -> Result<Vec<&[u8]>, TileError> {
        if width == 0 || width > FULL_WIDTH {
            return Err(TileError::Width(width.into()));
        }
        let mut entries = Vec::with_capacity(width.into());
        let mut rest = bundle;
        while entries.len() < usize::from(width) {
            let (length, after) = rest.split_first_chunk().ok_or(TileError::Count { width })?;
            let length = u16::from_be_bytes(*length).into();
            let split = after
                .split_at_checked(length)
                .ok_or(TileError::Count { width })?;
            entries.push(split.0);
            rest = split.1;
        }
        if rest.is_empty() {
            Ok(entries)
        } else {
            Err(TileError::Count { width })
        }
    }
}

/// Which bundle an entry is in.
pub fn bundle_of(index: Index) -> u64 {
    index.0 >> TILE_HEIGHT
}

/// The path of a bundle of bodies below the feed's prefix: `bodies/<N>`, never partial.
pub fn bodies_path(index: u64) -> String {
    format!("bodies/{}", Numbered(index, FULL_WIDTH))
}

/// Reads such a path: which bundle it names.
///
/// # Errors
/// [`TileError::Path`] for everything that [`bodies_path`] would not write.
pub fn parse_bodies_path(path: &str) -> Result<u64, TileError> {
    let numbered = path.strip_prefix("bodies/").ok_or(TileError::Path)?;
    match numbered.parse()? {
        Numbered(index, FULL_WIDTH) => Ok(index),
        Numbered(..) => Err(TileError::Path),
    }
}

/// A position and a width as paths write them: `x001/x234/067.p/5`, without `.p/` when full.
struct Numbered(u64, u16);

impl fmt::Display for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(index, width) = *self;
        let mut thousands = 1;
        while index / thousands >= 1000 {
            thousands *= 1000;
        }
        while thousands > 1 {
            write!(f, "x{:03}/", index / thousands % 1000)?;
            thousands /= 1000;
        }
        write!(f, "{:03}", index % 1000)?;
        if width == FULL_WIDTH {
            Ok(())
        } else {
            write!(f, ".p/{width}")
        }
    }
}

impl FromStr for Numbered {
    type Err = TileError;

    fn from_str(text: &str) -> Result<Self, TileError> {
        let (index, width) = match text.split_once(".p/") {
            Some((index, width)) => (index, partial_width(width)?),
            None => (text, FULL_WIDTH),
        };
        let mut number = 0_u64;
        let mut parts = index.split('/').peekable();
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            let digits = if is_last {
                Some(part)
            } else {
                part.strip_prefix('x')
            };
            let digits = digits.filter(|d| d.len() == 3 && d.bytes().all(|b| b.is_ascii_digit()));
            let digits = digits.and_then(|digits| digits.parse::<u64>().ok());
            let digits = digits.ok_or(TileError::Path)?;
            // A first part of x000 would be a second spelling of the number without it.
            if digits == 0 && number == 0 && !is_last {
                return Err(TileError::Path);
            }
            let longer = number.checked_mul(1000).and_then(|n| n.checked_add(digits));
            number = longer
                .filter(|n| *n <= Size::MAX.0)
                .ok_or(TileError::Path)?;
        }
        Ok(Self(number, width))
    }
}

fn partial_width(text: &str) -> Result<u16, TileError> {
    let width = text::decimal(text)
        .ok()
        .and_then(|width| u16::try_from(width).ok());
    width
        .filter(|width| (1..FULL_WIDTH).contains(width))
        .ok_or(TileError::Path)
}

#[cfg(test)]
#[path = "tile_tests.rs"]
mod tests;
