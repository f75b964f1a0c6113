//! What stands in a log?

use crate::tlog::hash::sha256;
use crate::tlog::tree::Index;

/// Bytes of every entry's header.
pub const HEADER_BYTES: usize = 52;

/// The largest payload: a roster statement or an identity note is far below it.
pub const PAYLOAD_MAX_BYTES: usize = 4096;

/// The largest body, so that a bundle of 256 stays below 17 MB.
pub const BODY_MAX_BYTES: usize = 65_536;

/// The only version of the header that this reader writes.
const VERSION: u8 = 1;

/// A reader that does not know a kind or flag marked so stops and says so.
const CRITICAL: u16 = 1 << 15;

/// The field `target` of an entry that has none.
const NO_TARGET: u64 = u64::MAX;

/// Positions stay exact in every reader's numbers, JavaScript's included.
const TARGET_MAX: u64 = (1 << 53) - 1;

/// What an entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// States a listing, new or in place of another.
    Put,
    /// Takes a listing back and asks everyone to forget its body.
    Erase,
    /// Repeats a living commitment of an older epoch.
    Carry,
    /// Opens a log.
    Epoch,
    /// Ends a log.
    Close,
    /// States who the node is.
    Identity,
    /// States a membership.
    Roster,
    /// Hands a listing to another node.
    Transfer,
}

impl Kind {
    const ALL: [Kind; 8] = [
        Kind::Put,
        Kind::Erase,
        Kind::Carry,
        Kind::Epoch,
        Kind::Close,
        Kind::Identity,
        Kind::Roster,
        Kind::Transfer,
    ];

    fn code(self) -> u8 {
        let place = Kind::ALL.iter().position(|kind| *kind == self);
        1 + place.expect("ALL names every kind") as u8
    }

    fn from_code(code: u8) -> Option<Kind> {
        Kind::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }

    /// Whether a body is kept beside the log for entries of this kind.
    pub fn has_body(self) -> bool {
        matches!(self, Kind::Put | Kind::Carry)
    }

    fn has_payload(self) -> bool {
        !matches!(self, Kind::Put | Kind::Carry | Kind::Erase)
    }
}

/// Days since 1970-01-01, UTC; coarse on purpose, because the hour of a change tells who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(pub u32);

/// One entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it does.
    pub kind: Kind,
    /// Whether a reader that does not know it must stop.
    pub critical: bool,
    /// The day on which it was written, as its author says.
    pub day: Day,
    /// The entry of the same log that this one replaces or erases, or that of an older log which it
    /// carries.
    pub target: Option<Index>,
    /// Bytes of the body, rounded up to a power of two so that the length tells little; 0 without one.
    pub length: u32,
    /// What binds body or payload to the entry.
    pub commitment: [u8; 32],
    /// The payload of kinds that have one, at most 4 KiB.
    pub payload: Vec<u8>,
}

/// Why bytes are not an entry that this reader can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Fewer bytes than a header, or more than header and largest payload.
    #[error("an entry has {HEADER_BYTES} to 4148 bytes, this one has {0}")]
    Length(usize),
    /// A later version, kind or flag that may be passed over.
    #[error("version {version}, kind {kind}, flags {flags:#06x}: not known to this program")]
    Unknown {
        /// Version byte.
        version: u8,
        /// Kind byte.
        kind: u8,
        /// Both flag bytes.
        flags: u16,
    },
    /// A later version, kind or flag without which the rest cannot be understood.
    #[error(
        "version {version}, kind {kind}, flags {flags:#06x}: must be understood, and is not; a newer program is needed"
    )]
    Critical {
        /// Version byte.
        version: u8,
        /// Kind byte.
        kind: u8,
        /// Both flag bytes.
        flags: u16,
    },
    /// A field that its author's program would not have written.
    #[error("field {field}: {what}")]
    Field {
        /// The field of the header.
        field: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl Entry {
    /// An entry that states a listing whose body has `body_bytes` bytes under `commitment`.
    pub fn put(day: Day, target: Option<Index>, body_bytes: usize, commitment: [u8; 32]) -> Entry {
        assert!(
            (1..=BODY_MAX_BYTES).contains(&body_bytes),
            "a body was checked before its entry"
        );
        let length = body_bytes.next_power_of_two() as u32;
        Entry {
            kind: Kind::Put,
            critical: false,
            day,
            target,
            length,
            commitment,
            payload: Vec::new(),
        }
    }

    /// An entry that takes the listing at `target` back.
    pub fn erase(day: Day, target: Index) -> Entry {
        let commitment = sha256(&[]);
        let (kind, target) = (Kind::Erase, Some(target));
        Entry {
            kind,
            critical: false,
            day,
            target,
            length: 0,
            commitment,
            payload: Vec::new(),
        }
    }

    /// An entry that repeats one of an older log, which stood at `target` there. Its day is that of the
    /// older one: what is carried is not confirmed anew.
    pub fn carry(target: Index, carried: &Entry) -> Entry {
        assert!(carried.kind.has_body(), "only listings are carried");
        Entry {
            kind: Kind::Carry,
            critical: false,
            target: Some(target),
            ..carried.clone()
        }
    }

    /// An entry that carries its own text: an identity note or a roster statement.
    pub fn with_payload(kind: Kind, day: Day, payload: Vec<u8>) -> Entry {
        assert!(
            kind.has_payload() && payload.len() <= PAYLOAD_MAX_BYTES,
            "payloads are small"
        );
        let commitment = sha256(&[&payload]);
        Entry {
            kind,
            critical: false,
            day,
            target: None,
            length: 0,
            commitment,
            payload,
        }
    }

    /// The bytes that the log holds and the leaf hashes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.payload.len());
        bytes.push(VERSION);
        bytes.push(self.kind.code());
        let flags = if self.critical { CRITICAL } else { 0 };
        bytes.extend_from_slice(&flags.to_be_bytes());
        bytes.extend_from_slice(&self.day.0.to_be_bytes());
        let target = self.target.map_or(NO_TARGET, |index| index.0);
        bytes.extend_from_slice(&target.to_be_bytes());
        bytes.extend_from_slice(&self.length.to_be_bytes());
        bytes.extend_from_slice(&self.commitment);
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    /// Reads what `encode` writes and nothing else.
    pub fn decode(bytes: &[u8]) -> Result<Entry, EntryError> {
        if !(HEADER_BYTES..=HEADER_BYTES + PAYLOAD_MAX_BYTES).contains(&bytes.len()) {
            return Err(EntryError::Length(bytes.len()));
        }
        let (header, payload) = bytes.split_at(HEADER_BYTES);
        let (version, code) = (header[0], header[1]);
        let flags = u16::from_be_bytes([header[2], header[3]]);
        let kind = match Kind::from_code(code) {
            Some(kind) if version == VERSION && flags & !CRITICAL == 0 => kind,
            _ if flags & CRITICAL != 0 => {
                return Err(EntryError::Critical {
                    version,
                    kind: code,
                    flags,
                });
            }
            _ => {
                return Err(EntryError::Unknown {
                    version,
                    kind: code,
                    flags,
                });
            }
        };
        let entry = Entry {
            kind,
            critical: flags & CRITICAL != 0,
            day: Day(u32::from_be_bytes(array(&header[4..8]))),
            target: match u64::from_be_bytes(array(&header[8..16])) {
                NO_TARGET => None,
                target => Some(Index(target)),
            },
            length: u32::from_be_bytes(array(&header[16..20])),
            commitment: array(&header[20..52]),
            payload: payload.to_vec(),
        };
        entry.check_fields()?;
        Ok(entry)
    }

    /// What a reader says who finds this entry critical and does not understand what it states.
    pub fn not_understood(&self) -> EntryError {
        EntryError::Critical {
            version: VERSION,
            kind: self.kind.code(),
            flags: CRITICAL,
        }
    }

    fn check_fields(&self) -> Result<(), EntryError> {
        let field = |field, what| Err(EntryError::Field { field, what });
        if self.target.is_some_and(|target| target.0 > TARGET_MAX) {
            return field("target", "is larger than 2^53-1");
        }
        match (self.kind, self.target) {
            (Kind::Erase | Kind::Carry, None) => return field("target", "is missing"),
            (Kind::Epoch | Kind::Close | Kind::Identity | Kind::Roster, Some(_)) => {
                return field("target", "does not belong to this kind");
            }
            _ => {}
        }
        if self.kind.has_body() {
            let sound = self.length.is_power_of_two() && self.length as usize <= BODY_MAX_BYTES;
            if !sound {
                return field("length", "is not a power of two from 1 to 65536");
            }
        } else if self.length != 0 {
            return field("length", "is not 0 in a kind without a body");
        }
        if !self.kind.has_payload() && !self.payload.is_empty() {
            return field("payload", "does not belong to this kind");
        }
        if !self.kind.has_body() && self.commitment != sha256(&[&self.payload]) {
            return field("commitment", "is not the hash of the payload");
        }
        Ok(())
    }
}

/// A slice whose length the caller has just cut to `N`.
fn array<const N: usize>(slice: &[u8]) -> [u8; N] {
    slice
        .try_into()
        .expect("the caller cut the slice to this length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Entry> {
        vec![
            Entry::put(Day(20_000), None, 1, [7; 32]),
            Entry::put(Day(0), Some(Index(TARGET_MAX)), BODY_MAX_BYTES, [0; 32]),
            Entry::erase(Day(u32::MAX), Index(0)),
            Entry::with_payload(Kind::Roster, Day(1), Vec::new()),
            Entry::with_payload(Kind::Identity, Day(1), vec![255; PAYLOAD_MAX_BYTES]),
        ]
    }

    #[test]
    fn an_entry_survives_a_round_trip() {
        for entry in samples() {
            assert_eq!(Entry::decode(&entry.encode()), Ok(entry));
        }
    }

    #[test]
    fn a_reader_refuses_what_no_author_writes() {
        for entry in samples() {
            let bytes = entry.encode();
            for place in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[place / 8] ^= 1 << (place % 8);
                if let Ok(read) = Entry::decode(&changed) {
                    assert_eq!(read.encode(), changed, "bit {place} was read and lost");
                }
            }
            assert!(Entry::decode(&bytes[..HEADER_BYTES - 1]).is_err());
        }
        assert!(matches!(
            Entry::decode(&[0; HEADER_BYTES + PAYLOAD_MAX_BYTES + 1]),
            Err(EntryError::Length(_))
        ));
    }

    #[test]
    fn an_unknown_kind_is_passed_over_unless_it_is_critical() {
        let mut bytes = Entry::erase(Day(1), Index(0)).encode();
        bytes[1] = 9;
        assert!(matches!(
            Entry::decode(&bytes),
            Err(EntryError::Unknown { kind: 9, .. })
        ));
        bytes[2] = 0x80;
        assert!(matches!(
            Entry::decode(&bytes),
            Err(EntryError::Critical { kind: 9, .. })
        ));
        let mut flagged = Entry::erase(Day(1), Index(0)).encode();
        flagged[3] = 1;
        assert!(matches!(
            Entry::decode(&flagged),
            Err(EntryError::Unknown { flags: 1, .. })
        ));
    }
}
