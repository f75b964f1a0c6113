//! How do answers stand in the body of a push?
//!
//! One after another: the question's number (4 bytes), the status (2), whether a salt follows (1), the salt
//! (32 if it does), the length (4) and the bytes; numbers are big-endian (docs/api.md, Pushing).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use clearinghouse_protocol::feed::body::SALT_BYTES;

use crate::feed::transport::Answer;

/// Adds one answer.
pub(super) fn write(frames: &mut BytesMut, number: u32, answer: &Answer) {
    let salt = answer.salt.as_deref();
    let salt = salt.and_then(|salt| STANDARD.decode(salt).ok());
    let salt = salt.filter(|salt| salt.len() == SALT_BYTES);
    frames.put_u32(number);
    frames.put_u16(answer.status);
    frames.put_u8(salt.is_some().into());
    frames.put_slice(&salt.unwrap_or_default());
    frames.put_u32(u32::try_from(answer.body.len()).expect("answers have less than 4 GiB"));
    frames.put_slice(&answer.body);
}

/// Reads all answers; `None` if the bytes are cut short or no such sequence.
pub(super) fn read(frames: &Bytes) -> Option<Vec<(u32, Answer)>> {
    let mut rest = frames.clone();
    let mut answers = Vec::new();
    while rest.has_remaining() {
        let number = rest.try_get_u32().ok()?;
        let status = rest.try_get_u16().ok()?;
        let salt = match rest.try_get_u8().ok()? {
            0 => None,
            1 if rest.len() >= SALT_BYTES => Some(STANDARD.encode(rest.split_to(SALT_BYTES))),
            _ => return None,
        };
        let length = usize::try_from(rest.try_get_u32().ok()?).ok()?;
        if rest.len() < length {
            return None;
        }
        let answer = Answer {
            status,
            // Copied, so that a small answer does not keep its large neighbours in memory.
            body: Bytes::copy_from_slice(&rest.split_to(length)),
            etag: None,
            salt,
        };
        answers.push((number, answer));
    }
    Some(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let salted = Answer {
            status: 200,
            body: Bytes::from_static(b"{}"),
            etag: None,
            salt: Some(STANDARD.encode([7; SALT_BYTES])),
        };
        let gone = Answer {
            status: 410,
            ..Answer::default()
        };
        let mut frames = BytesMut::new();
        write(&mut frames, 1, &salted);
        write(&mut frames, 258, &gone);
        let frames = frames.freeze();
        let mut expected = vec![0, 0, 0, 1, 0, 200, 1];
        expected.extend([7; SALT_BYTES]);
        expected.extend([0, 0, 0, 2, b'{', b'}']);
        expected.extend([0, 0, 1, 2, 1, 154, 0, 0, 0, 0, 0]);
        assert_eq!(frames, expected);
        assert_eq!(read(&frames), Some(vec![(1, salted), (258, gone)]));
        let first = frames.len() - 11;
        for cut in 0..frames.len() {
            let whole = cut == 0 || cut == first;
            assert_eq!(read(&frames.slice(..cut)).is_some(), whole, "{cut}");
        }
        let odd = [&[0, 0, 0, 1, 0, 200, 2][..], &[0; 40]].concat();
        assert_eq!(read(&odd.into()), None);
    }
}
