//! Whose log is this?

use std::fmt;
use std::str::FromStr;

use crate::tlog::hash::sha256;

/// Letters of a node identifier: 130 bits of SHA-256, five bits a letter.
pub const NID_LETTERS: usize = 26;

/// RFC 4648 section 6, in lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A node's identifier: the first 26 characters of lower-case base32 of SHA-256 of its genesis text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nid([u8; NID_LETTERS]);

impl Nid {
    /// The identifier that a genesis text gives.
    pub fn of_genesis(text: &str) -> Nid {
        let digest = sha256(&[text.as_bytes()]);
        let mut letters = [0; NID_LETTERS];
        for (place, letter) in letters.iter_mut().enumerate() {
            let bit = place * 5;
            // Two bytes always hold the five bits; the last group ends at bit 130 of 256.
            let pair = u16::from_be_bytes([digest[bit / 8], digest[bit / 8 + 1]]);
            *letter = ALPHABET[usize::from(pair >> (11 - bit % 8) & 31)];
        }
        Nid(letters)
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("letters are ASCII by construction")
    }

    /// The key name of this node's identity notes: `clearinghouse/<nid>`.
    pub fn key_name(&self) -> String {
        format!("clearinghouse/{self}")
    }

    /// The key name under which this node cosigns: `clearinghouse/<nid>/witness`.
    pub fn witness_name(&self) -> String {
        format!("clearinghouse/{self}/witness")
    }

    /// The key name under which this node cosigns what it keeps a mirror of:
    /// `clearinghouse/<nid>/mirror`.
    pub fn mirror_name(&self) -> String {
        format!("clearinghouse/{self}/mirror")
    }

    /// The node whose witness key has this name.
    pub fn of_witness(name: &str) -> Option<Nid> {
        let nid = name.strip_prefix("clearinghouse/")?;
        nid.strip_suffix("/witness")?.parse().ok()
    }
}

impl fmt::Display for Nid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Nid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text names no node, epoch or log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not 26 letters of lower-case base32.
    #[error("{0:?} is not a node identifier: 26 characters of a-z and 2-7 were expected")]
    Nid(String),
    /// Not a number from 1 on without a leading zero.
    #[error("{0:?} is not an epoch: a number from 1 on, without a leading zero, was expected")]
    Epoch(String),
    /// Not `clearinghouse/<nid>/<epoch>`.
    #[error("{0:?} is not an origin of ours: clearinghouse/<nid>/<epoch> was expected")]
    Shape(String),
}

impl FromStr for Nid {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Nid, OriginError> {
        let letters: [u8; NID_LETTERS] = text
            .as_bytes()
            .try_into()
            .map_err(|_| OriginError::Nid(shortened(text)))?;
        if letters.iter().all(|letter| ALPHABET.contains(letter)) {
            Ok(Nid(letters))
        } else {
            Err(OriginError::Nid(shortened(text)))
        }
    }
}

/// The number of one log of a node, from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(u32);

impl Epoch {
    /// The epoch that a genesis opens.
    pub const FIRST: Epoch = Epoch(1);

    /// The number itself.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The epoch after this one; `None` after the last of all.
    pub fn next(self) -> Option<Epoch> {
        self.0.checked_add(1).map(Epoch)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Epoch {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Epoch, OriginError> {
        match text.parse::<u32>() {
            Ok(number) if number > 0 && number.to_string() == text => Ok(Epoch(number)),
            _ => Err(OriginError::Epoch(shortened(text))),
        }
    }
}

/// One log of one node; its text is also the name of the log's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The node that writes the log.
    pub nid: Nid,
    /// Which of its logs.
    pub epoch: Epoch,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "clearinghouse/{}/{}", self.nid, self.epoch)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Origin, OriginError> {
        let shape = || OriginError::Shape(shortened(text));
        let rest = text.strip_prefix("clearinghouse/").ok_or_else(shape)?;
        let (nid, epoch) = rest.split_once('/').ok_or_else(shape)?;
        Ok(Origin {
            nid: nid.parse()?,
            epoch: epoch.parse()?,
        })
    }
}

/// What a stranger sent is quoted, but never more than a line of it.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_spelling() {
        let nid = Nid::of_genesis("a genesis\n");
        let origin = Origin {
            nid,
            epoch: Epoch::FIRST,
        };
        assert_eq!(origin.to_string().parse::<Origin>(), Ok(origin));
        for wrong in [
            String::new(),
            format!("clearinghouse/{nid}"),
            format!("clearinghouse/{nid}/0"),
            format!("clearinghouse/{nid}/01"),
            format!("clearinghouse/{nid}/+1"),
            format!("clearinghouse/{nid}/1/"),
            format!("clearinghouse/{}/1", nid.as_str().to_uppercase()),
            format!("clearinghouse/{}1/1", &nid.as_str()[..25]),
            format!("Clearinghouse/{nid}/1"),
            format!("clearinghouse/{nid}/4294967296"),
        ] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong:?} was read");
        }
    }

    #[test]
    fn a_node_identifier_is_the_base32_of_the_hash() {
        // SHA-256 of nothing is e3b0c44298fc1c149afbf4c8996fb92427ae41e4…, in RFC 4648 base32 4OYMIQUY7QOBJGX36TEJS35ZEQ…
        assert_eq!(Nid::of_genesis("").as_str(), "4oymiquy7qobjgx36tejs35zeq");
    }
}
