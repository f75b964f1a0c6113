//! How is a listing's text bound to its entry, and to its owner?

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use uuid::{Builder, Uuid};

use super::entry::{BODY_MAX_BYTES, Entry};
use super::handed::{Handed, read_handed};
use super::origin::Nid;
use crate::listing::json::parse;
use crate::listing::{Faults, Listing, Taxonomy};
use crate::tlog::hash::sha256;
use crate::tlog::tree::Index;

/// The version of the body's format that this program writes.
pub const BODY_VERSION: u64 = 1;

/// Bytes of the salt that keeps a body from being guessed from its commitment.
pub const SALT_BYTES: usize = 32;

/// Bytes before each body in a bundle: index, length, salt.
pub const FRAME_BYTES: usize = 8 + 4 + SALT_BYTES;

/// What binds a body to its entry:
/// SHA-256("clearinghouse/body/v1" 0x00 ‖ salt ‖ u64 length ‖ body).
pub fn commitment(salt: &[u8; SALT_BYTES], body: &[u8]) -> [u8; 32] {
    sha256(&[
        b"clearinghouse/body/v1\0",
        salt,
        &(body.len() as u64).to_be_bytes(),
        body,
    ])
}

/// How a listing's UUID came to be, so that anyone can tell whose listing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minted {
    /// The node that minted it.
    pub node: Nid,
    /// Chance that keeps two listings of one node apart.
    pub nonce: [u8; 16],
}

impl Minted {
    /// The UUID, version 8: the first 16 bytes of SHA-256("clearinghouse/listing/v1" 0x00 ‖ nid ‖ nonce)
    /// with the version and variant bits of RFC 9562, section 5.8, set over them.
    pub fn uuid(&self) -> Uuid {
        let digest = sha256(&[
            b"clearinghouse/listing/v1\0",
            self.node.as_str().as_bytes(),
            &self.nonce,
        ]);
        let first = digest[..16].try_into().expect("a digest has 32 bytes");
        Builder::from_custom_bytes(first).into_uuid()
    }
}

/// What a body says, read from the exact bytes that were committed to.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// The version of its format; a later one is read as far as it is understood.
    pub version: u64,
    /// The listing's UUID.
    pub uuid: Uuid,
    /// Whose it was first.
    pub minted: Minted,
    /// Through whose hands it came since; empty for most.
    pub handed: Vec<Handed>,
    /// What the centre says.
    pub listing: Listing,
}

/// Why bytes are not a body that can be shown.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// They are not the bytes that the entry was made for.
    #[error("the body is not the one that entry {} commits to", index.0)]
    Commitment {
        /// The entry.
        index: Index,
    },
    /// Larger than any body may be.
    #[error("the body has {0} bytes, at most {BODY_MAX_BYTES} are allowed")]
    Length(usize),
    /// Not JSON, or not of the shape that section "Bodies" of docs/format.md gives.
    #[error("the body is not well-formed: {0}")]
    Shape(&'static str),
    /// The UUID does not follow from the node and nonce that it names.
    #[error("the body claims {claimed}, but its node and nonce give {minted}")]
    Uuid {
        /// The UUID that it states.
        claimed: Uuid,
        /// The UUID that was minted.
        minted: Uuid,
    },
    /// The listing in it is not sound.
    #[error("the listing in the body is not sound: {0}")]
    Listing(Faults),
}

impl Body {
    /// The exact bytes to commit to.
    pub fn write(minted: &Minted, listing: &Listing) -> Vec<u8> {
        Body::write_handed(minted, &[], listing)
    }

    /// The exact bytes to commit to, of a listing that came through other hands.
    pub fn write_handed(minted: &Minted, handed: &[Handed], listing: &Listing) -> Vec<u8> {
        let nonce = minted.nonce.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes any text");
            text
        });
        let mut body = json!({
            "version": BODY_VERSION,
            "uuid": minted.uuid().to_string(),
            "minted": {"node": minted.node.as_str(), "nonce": nonce},
        });
        if !handed.is_empty() {
            body["handed"] = handed.iter().map(Handed::to_value).collect();
        }
        body["listing"] = listing.to_value();
        body.to_string().into_bytes()
    }

    /// Reads verified bytes; fields that a later version adds are passed over.
    pub fn read(bytes: &[u8], taxonomy: &Taxonomy) -> Result<Body, BodyError> {
        if bytes.len() > BODY_MAX_BYTES {
            return Err(BodyError::Length(bytes.len()));
        }
        let shape = BodyError::Shape;
        // Programs differ in which of two fields of one name they take; the view must not.
        let value = parse(bytes).map_err(|_| shape("it is not JSON that names each field once"))?;
        let object = value.as_object().ok_or(shape("it is not an object"))?;
        let version = object.get("version").and_then(Value::as_u64);
        let version = version
            .filter(|version| *version > 0)
            .ok_or(shape("version is missing"))?;
        let claimed = text(object, "uuid").and_then(canonical_uuid);
        let claimed = claimed.ok_or(shape("uuid is missing or misspelt"))?;
        let minted = object
            .get("minted")
            .and_then(Value::as_object)
            .and_then(read_minted);
        let minted = minted.ok_or(shape("minted is missing or misspelt"))?;
        if minted.uuid() != claimed {
            return Err(BodyError::Uuid {
                claimed,
                minted: minted.uuid(),
            });
        }
        let handed = read_handed(object).ok_or(shape("handed is misspelt"))?;
        let listing = object.get("listing").ok_or(shape("listing is missing"))?;
        let listing = Listing::from_value(listing, taxonomy).map_err(BodyError::Listing)?;
        Ok(Body {
            version,
            uuid: claimed,
            minted,
            handed,
            listing,
        })
    }
}

/// Checks that `body` under `salt` is what the entry at `index` commits to.
///
/// A lying peer can withhold a body; it cannot change one, because the salted hash and the rounded
/// length stand under the log's signature.
pub fn check_commitment(
    index: Index,
    entry: &Entry,
    salt: &[u8; SALT_BYTES],
    body: &[u8],
) -> Result<(), BodyError> {
    if body.is_empty() || body.len() > BODY_MAX_BYTES {
        return Err(BodyError::Length(body.len()));
    }
    let rounded = body.len().next_power_of_two() as u32;
    if !entry.kind.has_body()
        || rounded != entry.length
        || commitment(salt, body) != entry.commitment
    {
        return Err(BodyError::Commitment { index });
    }
    Ok(())
}

/// One body in a bundle, borrowed from its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Framed<'a> {
    /// The entry that it belongs to.
    pub index: Index,
    /// Its salt.
    pub salt: &'a [u8; SALT_BYTES],
    /// Its bytes.
    pub body: &'a [u8],
}

impl Framed<'_> {
    /// Appends index, length, salt and body.
    pub fn write(&self, bundle: &mut Vec<u8>) {
        bundle.extend_from_slice(&self.index.0.to_be_bytes());
        bundle.extend_from_slice(&(self.body.len() as u32).to_be_bytes());
        bundle.extend_from_slice(self.salt);
        bundle.extend_from_slice(self.body);
    }
}

/// Takes the next body off the front of a bundle; `None` when what is left is not a whole one.
pub fn next_framed<'a>(bundle: &mut &'a [u8]) -> Option<Framed<'a>> {
    let (index, rest) = bundle.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (salt, rest) = rest.split_first_chunk::<SALT_BYTES>()?;
    let length = u32::from_be_bytes(*length) as usize;
    if length == 0 || length > BODY_MAX_BYTES {
        return None;
    }
    let (body, rest) = rest.split_at_checked(length)?;
    *bundle = rest;
    Some(Framed {
        index: Index(u64::from_be_bytes(*index)),
        salt,
        body,
    })
}

/// Reads a whole bundle of bodies `number` (entries 256·number to 256·number + 255, rising).
pub fn read_bundle(number: u64, mut bytes: &[u8]) -> Result<Vec<Framed<'_>>, BodyError> {
    let mut bodies: Vec<Framed> = Vec::new();
    while !bytes.is_empty() {
        let framed =
            next_framed(&mut bytes).ok_or(BodyError::Shape("a body in the bundle is cut"))?;
        let rising = bodies.last().is_none_or(|last| last.index < framed.index);
        if framed.index.0 / 256 != number || !rising {
            return Err(BodyError::Shape(
                "the bundle holds an index out of its place",
            ));
        }
        bodies.push(framed);
    }
    Ok(bodies)
}

fn text<'a>(object: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    object.get(field)?.as_str()
}

fn canonical_uuid(text: &str) -> Option<Uuid> {
    let uuid = Uuid::try_parse(text).ok()?;
    (uuid.to_string() == text).then_some(uuid)
}

fn read_minted(object: &Map<String, Value>) -> Option<Minted> {
    let node = text(object, "node")?.parse().ok()?;
    let digits = text(object, "nonce")?.as_bytes();
    let mut nonce = [0; 16];
    if digits.len() != 32 {
        return None;
    }
    for (byte, pair) in nonce.iter_mut().zip(digits.chunks(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Some(Minted { node, nonce })
}

fn hex_digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Day;
    use super::*;

    #[test]
    fn a_commitment_binds_salt_length_and_every_bit() {
        let (salt, body) = ([3; 32], b"{\"version\":1}".to_vec());
        let entry = Entry::put(Day(1), None, body.len(), commitment(&salt, &body));
        assert!(check_commitment(Index(0), &entry, &salt, &body).is_ok());
        for bit in 0..body.len() * 8 {
            let mut changed = body.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(check_commitment(Index(0), &entry, &salt, &changed).is_err());
        }
        assert!(check_commitment(Index(0), &entry, &[4; 32], &body).is_err());
        assert!(check_commitment(Index(0), &entry, &salt, &body[1..]).is_err());
        assert!(check_commitment(Index(0), &entry, &salt, &[]).is_err());
    }

    #[test]
    fn a_bundle_is_read_whole_or_refused() {
        let frames = [(512, b"one".as_slice()), (600, b"two"), (767, b"three")];
        let mut bytes = Vec::new();
        for (index, body) in frames {
            Framed {
                index: Index(index),
                salt: &[9; 32],
                body,
            }
            .write(&mut bytes);
        }
        assert_eq!(read_bundle(2, &bytes).expect("sound").len(), 3);
        assert!(read_bundle(2, &[]).expect("an empty bundle").is_empty());
        assert!(read_bundle(1, &bytes).is_err());
        for cut in 1..bytes.len() {
            let whole = read_bundle(2, &bytes[..cut]).map(|bodies| {
                bodies
                    .iter()
                    .map(|framed| FRAME_BYTES + framed.body.len())
                    .sum::<usize>()
            });
            assert!(
                whole.is_err() || whole.is_ok_and(|length| length == cut),
                "cut at {cut}"
            );
        }
        let doubled = [bytes.clone(), bytes].concat();
        assert!(read_bundle(2, &doubled).is_err());
    }

    #[test]
    fn a_uuid_names_its_owner() {
        let minted = Minted {
            node: Nid::of_genesis("a"),
            nonce: [1; 16],
        };
        assert_eq!(minted.uuid().get_version_num(), 8);
        assert_ne!(
            minted.uuid(),
            Minted {
                node: Nid::of_genesis("b"),
                ..minted
            }
            .uuid()
        );
        assert_ne!(
            minted.uuid(),
            Minted {
                nonce: [2; 16],
                ..minted
            }
            .uuid()
        );
    }
}
