//! How are leaves and nodes hashed?

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::text::{self, TextError};

/// A SHA-256 hash in the tree: of a leaf, of a subtree, or of nothing.
///
/// In text it is standard base64 with padding, 44 characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; Self::BYTES]);

impl Hash {
    /// Length of a hash in bytes.
    pub const BYTES: usize = 32;

    /// SHA-256 of nothing: the root of the tree without leaves (RFC 6962, section 2.1).
    pub const EMPTY: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// The hash of an entry (RFC 6962, section 2.1: a zero byte before the entry).
    pub fn leaf(entry: &[u8]) -> Self {
        Self(sha256(&[&[0], entry]))
    }

    /// The hash of two neighbouring subtrees (RFC 6962, section 2.1: a one byte before them).
    pub fn node(left: Self, right: Self) -> Self {
        // One contiguous message costs less than three short updates of the hasher, and this
        // function is where a reader of a long log spends half its time.
        let mut message = [1; 1 + 2 * Self::BYTES];
        message[1..=Self::BYTES].copy_from_slice(&left.0);
        message[1 + Self::BYTES..].copy_from_slice(&right.0);
        Self(Sha256::digest(message).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::to_base64(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        text::array_from_base64(text).map(Self)
    }
}

/// SHA-256 of the parts, one after the other. Nothing separates them: the caller does.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_and_nodes_are_told_apart() {
        assert_eq!(Hash::EMPTY, Hash(sha256(&[])));
        let (left, right) = (Hash::leaf(b"a"), Hash::leaf(b""));
        assert_eq!(left, Hash(sha256(&[b"\0a"])));
        assert_eq!(
            right.to_string(),
            "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="
        );
        assert_eq!(
            Hash::node(left, right),
            Hash(sha256(&[b"\x01", &left.0, &right.0]))
        );
        assert_ne!(Hash::node(left, right), Hash::node(right, left));
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let text = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(text.parse(), Ok(Hash::EMPTY));
        assert_eq!(Hash::EMPTY.to_string(), text);
        for bad in [
            "",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
            "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= ",
            "AAAA",
        ] {
            assert!(bad.parse::<Hash>().is_err(), "{bad:?}");
        }
    }
}
