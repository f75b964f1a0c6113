//! Which bytes does the derived database hold for a listing, a feed and a change?
//!
//! Numbers are big-endian, so that sled's order of keys is the order of numbers. A change to any
//! of these encodings raises [`FORMAT`]; the database is then built anew from the feeds.

use uuid::Uuid;

/// The number of these encodings.
pub const FORMAT: u32 = 3;

/// How many points a pointer keeps: as many as a listing has places (20), and room to grow.
pub const MAX_POINTS: usize = 64;

/// The longest text in bytes inside a row: an owner, a feed's name, a reason.
pub const MAX_TEXT: usize = 500;

/// Where the living entry of a listing stands, and what the view asks of it all the time.
#[derive(Debug, Clone, PartialEq)]
pub struct Pointer {
    /// The short id of the feed; see `Db::feed_id`.
    pub feed: u32,
    /// The index of the entry in that feed's log.
    pub index: u64,
    /// A number of its own among all listings of this view, for dense arrays; see `Db::next_ordinal`.
    pub ordinal: u64,
    /// The day of the entry since 1970-01-01, UTC.
    pub day: u32,
    /// The nid of the node that the listing belongs to. At most [`MAX_TEXT`] bytes.
    pub owner: String,
    /// Whether another node had it before.
    pub handed: bool,
    /// Latitude and longitude in degrees. What exceeds [`MAX_POINTS`] is not kept.
    pub points: Vec<(f32, f32)>,
}

/// How far a feed was applied to the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The number of entries applied.
    pub size: u64,
    /// The root of the tree of these entries.
    pub root: [u8; 32],
}

/// What happened to a listing last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is there, new or revised.
    Put,
    /// It is gone.
    Removed,
}

/// The latest change of one listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Counts from 1 in this database; a rebuilt one counts anew (`Db::generation`).
    pub number: u64,
    /// Of which listing.
    pub uuid: Uuid,
    /// What happened.
    pub kind: ChangeKind,
    /// On which day since 1970-01-01, UTC.
    pub day: u32,
}

/// An entry that the view does not show, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The short id of the feed.
    pub feed: u32,
    /// The index of the entry.
    pub index: u64,
    /// A sentence for staff. What exceeds [`MAX_TEXT`] bytes is not kept.
    pub reason: String,
}

/// What is known of a listing: the number of its last change, 0 for none, and where it stands; a
/// listing that is gone stands nowhere.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Standing {
    pub(super) change: u64,
    pub(super) pointer: Option<Pointer>,
}

/// The one row that speaks about all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) generation: u64,
    pub(super) next_feed: u32,
    pub(super) next_ordinal: u64,
    pub(super) last_change: u64,
    /// How many other rows there are, their bytes, and the sum of their [`fingerprint`]s.
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sum: u64,
}

pub(super) const META: &[u8] = b"!";
pub(super) const POINTERS: u8 = b'p';
pub(super) const ENTRIES: u8 = b'e';
pub(super) const CURSORS: u8 = b'c';
pub(super) const FEEDS: u8 = b'f';
pub(super) const NAMES: u8 = b'n';
pub(super) const CHANGES: u8 = b'h';
pub(super) const ASIDE: u8 = b'a';

pub(super) fn key_of_uuid(prefix: u8, uuid: Uuid) -> Vec<u8> {
    [&[prefix], &uuid.as_bytes()[..]].concat()
}

pub(super) fn key_of_feed(prefix: u8, feed: u32) -> Vec<u8> {
    [&[prefix], &feed.to_be_bytes()[..]].concat()
}

pub(super) fn key_of_entry(prefix: u8, feed: u32, index: u64) -> Vec<u8> {
    [&[prefix], &feed.to_be_bytes()[..], &index.to_be_bytes()[..]].concat()
}

pub(super) fn key_of_change(number: u64) -> Vec<u8> {
    [&[CHANGES], &number.to_be_bytes()[..]].concat()
}

pub(super) fn key_of_name(name: &str) -> Vec<u8> {
    [&[NAMES], name.as_bytes()].concat()
}

/// A number for one row, to be summed over all rows in any order: whoever loses or alters a row
/// by accident changes the sum. FNV-1a with a last mix; it guards against a bad disk, not a liar.
pub(super) fn fingerprint(key: &[u8], value: &[u8]) -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for byte in (key.len() as u32)
        .to_be_bytes()
        .iter()
        .chain(key)
        .chain(value)
    {
        sum = (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    sum = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    sum ^ (sum >> 31)
}

/// The beginning of `text` that fits in a row, cut between two characters.
pub(super) fn fitting(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Reads a row from its front. Every read answers `None` when the row is too short.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*front)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn text(&mut self, len: usize) -> Option<&'a str> {
        let (front, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        std::str::from_utf8(front).ok()
    }

    /// What was read, if nothing is left over.
    pub(super) fn end<T>(&self, read: T) -> Option<T> {
        self.0.is_empty().then_some(read)
    }
}

impl Pointer {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let owner = fitting(&self.owner);
        let points = &self.points[..self.points.len().min(MAX_POINTS)];
        let mut bytes = Vec::with_capacity(27 + owner.len() + 8 * points.len());
        bytes.extend_from_slice(&self.feed.to_be_bytes());
        bytes.extend_from_slice(&self.index.to_be_bytes());
        bytes.extend_from_slice(&self.ordinal.to_be_bytes());
        bytes.extend_from_slice(&self.day.to_be_bytes());
        bytes.push(self.handed.into());
        bytes.extend_from_slice(&(owner.len() as u16).to_be_bytes());
        bytes.extend_from_slice(owner.as_bytes());
        for (latitude, longitude) in points {
            bytes.extend_from_slice(&latitude.to_be_bytes());
            bytes.extend_from_slice(&longitude.to_be_bytes());
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Pointer> {
        let mut row = Reader(bytes);
        let (feed, index, ordinal, day) = (row.u32()?, row.u64()?, row.u64()?, row.u32()?);
        let handed = match row.array()? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        let length = u16::from_be_bytes(row.array()?);
        let owner = row.text(length.into())?.to_owned();
        let mut points = Vec::with_capacity(row.0.len() / 8);
        while !row.0.is_empty() {
            points.push((
                f32::from_be_bytes(row.array()?),
                f32::from_be_bytes(row.array()?),
            ));
        }
        Some(Pointer {
            feed,
            index,
            ordinal,
            day,
            owner,
            handed,
            points,
        })
    }
}

impl Standing {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let pointer = self.pointer.as_ref().map(Pointer::to_bytes);
        [&self.change.to_be_bytes()[..], &pointer.unwrap_or_default()].concat()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Standing> {
        let mut row = Reader(bytes);
        let change = row.u64()?;
        let pointer = match row.0 {
            [] => None,
            rest => Some(Pointer::from_bytes(rest)?),
        };
        Some(Standing { change, pointer })
    }
}

impl Cursor {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        [&self.size.to_be_bytes()[..], &self.root].concat()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Cursor> {
        let mut row = Reader(bytes);
        let cursor = Cursor {
            size: row.u64()?,
            root: row.array()?,
        };
        row.end(cursor)
    }
}

impl Change {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let kind = match self.kind {
            ChangeKind::Put => 1,
            ChangeKind::Removed => 2,
        };
        [&self.uuid.as_bytes()[..], &[kind], &self.day.to_be_bytes()].concat()
    }

    pub(super) fn from_row(key: &[u8], value: &[u8]) -> Option<Change> {
        let mut row = Reader(value);
        let uuid = Uuid::from_bytes(row.array()?);
        let kind = match row.array::<1>()? {
            [1] => ChangeKind::Put,
            [2] => ChangeKind::Removed,
            _ => return None,
        };
        let number = Reader(key.get(1..)?).u64()?;
        let change = Change {
            number,
            uuid,
            kind,
            day: row.u32()?,
        };
        row.end(change)
    }
}

impl Meta {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = FORMAT.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.next_feed.to_be_bytes());
        let Meta {
            generation,
            next_ordinal,
            last_change,
            rows,
            bytes: size,
            sum,
            ..
        } = self;
        for number in [generation, next_ordinal, last_change, rows, size, sum] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes
    }

    /// The number of the encodings, and the rest if that number is ours.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<(u32, Option<Meta>)> {
        let mut row = Reader(bytes);
        let format = row.u32()?;
        Some((
            format,
            (format == FORMAT).then(|| Meta::rest(row)).flatten(),
        ))
    }

    fn rest(mut row: Reader) -> Option<Meta> {
        let next_feed = row.u32()?;
        let meta = Meta {
            generation: row.u64()?,
            next_feed,
            next_ordinal: row.u64()?,
            last_change: row.u64()?,
            rows: row.u64()?,
            bytes: row.u64()?,
            sum: row.u64()?,
        };
        row.end(meta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_as_it_was_written() {
        for points in [
            vec![],
            vec![(43.65, -79.38)],
            vec![(-0.0, 180.0); MAX_POINTS],
        ] {
            let owner = "abcdefghijklmnopqrstuvwxyz".to_owned();
            let pointer = Pointer {
                feed: 7,
                index: 1 << 40,
                ordinal: 3,
                day: 20_000,
                owner,
                handed: points.is_empty(),
                points,
            };
            assert_eq!(
                Pointer::from_bytes(&pointer.to_bytes()),
                Some(pointer.clone())
            );
            let standing = Standing {
                change: 3,
                pointer: Some(pointer),
            };
            assert_eq!(Standing::from_bytes(&standing.to_bytes()), Some(standing));
        }
        let gone = Standing {
            change: 3,
            pointer: None,
        };
        assert_eq!(Standing::from_bytes(&gone.to_bytes()), Some(gone));
        let cursor = Cursor {
            size: 70_000,
            root: [9; 32],
        };
        assert_eq!(Cursor::from_bytes(&cursor.to_bytes()), Some(cursor));
        let uuid = Uuid::from_bytes([5; 16]);
        let change = Change {
            number: 12,
            uuid,
            kind: ChangeKind::Removed,
            day: 1,
        };
        assert_eq!(
            Change::from_row(&key_of_change(12), &change.to_bytes()),
            Some(change)
        );
    }

    #[test]
    fn a_row_that_is_too_short_or_too_long_is_refused() {
        let cursor = Cursor {
            size: 1,
            root: [0; 32],
        }
        .to_bytes();
        assert_eq!(Cursor::from_bytes(&cursor[1..]), None);
        assert_eq!(Cursor::from_bytes(&[cursor, vec![0]].concat()), None);
        let owner = "a".repeat(26);
        let pointer = Pointer {
            feed: 0,
            index: 0,
            ordinal: 0,
            day: 0,
            owner,
            handed: false,
            points: vec![],
        };
        let bytes = pointer.to_bytes();
        for end in 0..bytes.len() {
            assert_eq!(Pointer::from_bytes(&bytes[..end]), None);
        }
        assert_eq!(Pointer::from_bytes(&[bytes, vec![0; 7]].concat()), None);
    }

    #[test]
    fn a_text_is_cut_between_two_characters() {
        assert_eq!(fitting("é"), "é");
        let long = format!("{}é", "a".repeat(MAX_TEXT - 1));
        assert_eq!(fitting(&long), "a".repeat(MAX_TEXT - 1));
    }
}
