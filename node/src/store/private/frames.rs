//! How do statements stand in `private.log`, and what does a torn end look like?

use sha2::{Digest, Sha256};

/// The first line of the file; the number is the version of everything behind it.
pub(super) const HEADER: &[u8] = b"clearinghouse private log 1\n";
const HEADER_BEFORE_VERSION: usize = HEADER.len() - 2;

/// The version of a statement's encoding: JSON.
pub(super) const VERSION: u8 = 1;

/// The longest statement in bytes: a private value of 64 KiB, encrypted and in base64, and room.
pub(super) const MAX_STATEMENT: usize = 128 << 10;

/// `u32 length ‖ check[8] ‖ u64 flushed ‖ u8 version ‖ JSON`, big-endian. `length` counts what
/// follows the check, which is the front of SHA-256(u64 offset of the frame ‖ what it counts).
/// `flushed` is how much of the file was known to outlast a power cut when the frame was written.
const FRONT: usize = 12;
const INNER: usize = 9;

/// One statement as it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) version: u8,
    pub(super) json: &'a [u8],
    /// How much of the file was known to be flushed when this was written, in bytes.
    pub(super) flushed: u64,
    /// The length of the whole frame in bytes.
    pub(super) len: usize,
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Contents<'a> {
    /// These frames fill the first `sound` bytes; what follows was never acknowledged.
    Frames {
        frames: Vec<Frame<'a>>,
        sound: usize,
    },
    /// Behind the byte at this offset, which belongs to no frame, stand acknowledged frames.
    Broken { offset: usize },
    /// The file begins with the header of a later version.
    Newer,
    /// The file does not begin with a header.
    Foreign,
}

/// Writes a frame that will stand at `offset`.
pub(super) fn encode(offset: u64, flushed: u64, version: u8, json: &[u8]) -> Vec<u8> {
    let length = u32::try_from(INNER + json.len()).expect("a statement was measured before");
    let mut bytes = Vec::with_capacity(FRONT + INNER + json.len());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&flushed.to_be_bytes());
    bytes.push(version);
    bytes.extend_from_slice(json);
    let check = check(offset, &bytes[FRONT..]);
    bytes[4..FRONT].copy_from_slice(&check);
    bytes
}

fn check(offset: u64, inner: &[u8]) -> [u8; 8] {
    let mut sum = Sha256::new();
    sum.update(offset.to_be_bytes());
    sum.update(inner);
    *sum.finalize().first_chunk().expect("SHA-256 is longer")
}

/// The frame that begins at `offset`, if one does.
fn frame_at(bytes: &[u8], offset: usize) -> Option<Frame<'_>> {
    let (length, rest) = bytes[offset..].split_first_chunk()?;
    let (found, rest) = rest.split_first_chunk::<8>()?;
    let length = u32::from_be_bytes(*length) as usize;
    if !(INNER..=INNER + MAX_STATEMENT).contains(&length) {
        return None;
    }
    let inner = rest.get(..length)?;
    if check(offset as u64, inner) != *found {
        return None;
    }
    let (flushed, rest) = inner.split_first_chunk()?;
    let (version, json) = rest.split_first()?;
    let flushed = u64::from_be_bytes(*flushed);
    Some(Frame {
        version: *version,
        json,
        flushed,
        len: FRONT + length,
    })
}

/// Reads a whole file.
///
/// A frame that cannot be read is either what a power cut left of one that nobody was promised,
/// or one that was promised and went bad. A frame further on tells: if it was written when the
/// bytes here were known to be flushed, they were promised.
pub(super) fn read(bytes: &[u8]) -> Contents<'_> {
    if !bytes.starts_with(HEADER) {
        let newer = bytes.starts_with(&HEADER[..HEADER_BEFORE_VERSION]);
        return if newer {
            Contents::Newer
        } else {
            Contents::Foreign
        };
    }
    let mut frames = Vec::new();
    let mut sound = HEADER.len();
    while let Some(frame) = frame_at(bytes, sound) {
        sound += frame.len;
        frames.push(frame);
    }
    let later = (sound..bytes.len()).filter_map(|offset| frame_at(bytes, offset));
    if later.into_iter().any(|frame| frame.flushed > sound as u64) {
        return Contents::Broken { offset: sound };
    }
    Contents::Frames { frames, sound }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of three statements, the last two written together after the first was flushed.
    fn file() -> (Vec<u8>, [usize; 4]) {
        let mut bytes = HEADER.to_vec();
        let mut ends = [bytes.len(); 4];
        for n in 0..3 {
            let flushed = if n == 0 { ends[0] } else { ends[1] };
            let json = format!("{{\"kind\":\"{n}\"}}");
            let frame = encode(ends[n] as u64, flushed as u64, VERSION, json.as_bytes());
            bytes.extend(frame);
            ends[n + 1] = bytes.len();
        }
        (bytes, ends)
    }

    #[test]
    fn a_file_cut_at_any_byte_keeps_its_whole_statements() {
        let (bytes, ends) = file();
        for len in ends[0]..=bytes.len() {
            let Contents::Frames { frames, sound } = read(&bytes[..len]) else {
                panic!("cut at {len}");
            };
            let whole = ends.iter().skip(1).filter(|end| **end <= len).count();
            assert_eq!((frames.len(), sound), (whole, ends[whole]), "cut at {len}");
        }
    }

    #[test]
    fn damage_before_an_acknowledged_statement_is_refused_and_in_a_torn_end_is_cut() {
        let (sound, ends) = file();
        for at in ends[0]..sound.len() {
            let mut bytes = sound.clone();
            bytes[at] ^= 8;
            match read(&bytes) {
                Contents::Broken { offset } => assert_eq!((offset, at < ends[1]), (ends[0], true)),
                Contents::Frames { frames, .. } => {
                    assert!(at >= ends[1], "byte {at}");
                    assert_eq!(frames.len(), if at < ends[2] { 1 } else { 2 });
                }
                other => panic!("byte {at}: {other:?}"),
            }
        }
    }

    #[test]
    fn another_file_is_told_from_a_newer_one() {
        assert_eq!(read(b"clearinghouse private log 2\nxyz"), Contents::Newer);
        assert_eq!(read(b"clearinghouse private log 12\n"), Contents::Newer);
        assert_eq!(read(b""), Contents::Foreign);
        assert_eq!(
            read(b"something else altogether, and long"),
            Contents::Foreign
        );
    }

    #[test]
    fn a_frame_at_another_place_is_no_frame() {
        let (bytes, ends) = file();
        let moved = [&bytes[..ends[0]], &bytes[ends[1]..ends[2]]].concat();
        let Contents::Frames { frames, sound } = read(&moved) else {
            panic!()
        };
        assert_eq!((frames.len(), sound), (0, ends[0]));
    }
}
