//! Where does a long answer go on?

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Nobody pages farther: reading everything is what feeds and the list of changes are for.
const OFFSET_MAX: usize = 100_000;

/// Bytes of the question's hash, so that a cursor is not taken to another question by mistake.
const ESSENCE_BYTES: usize = 8;

/// A place in the answer to one question.
pub(super) struct Cursor {
    /// How many listings stand before it.
    pub(super) offset: usize,
}

impl Cursor {
    /// How long its text is, in characters.
    pub(super) const CHARACTERS: usize = (4 + ESSENCE_BYTES) * 4 / 3;

    /// The cursor behind `offset` listings; `None`: nobody goes on there.
    pub(super) fn at(offset: usize) -> Option<Cursor> {
        (offset <= OFFSET_MAX).then_some(Cursor { offset })
    }

    /// Its text for this question.
    pub(super) fn write(&self, essence: &[u8; 32]) -> String {
        let offset = u32::try_from(self.offset).expect("OFFSET_MAX fits");
        let mut bytes = offset.to_be_bytes().to_vec();
        bytes.extend_from_slice(&essence[..ESSENCE_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`Cursor::write`] wrote for this question.
    pub(super) fn read(text: &str, essence: &[u8; 32]) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (offset, of) = bytes.split_at_checked(4)?;
        let offset = u32::from_be_bytes(offset.try_into().ok()?);
        let cursor = Cursor::at(offset.try_into().ok()?)?;
        (of == &essence[..ESSENCE_BYTES]).then_some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_only_for_its_own_question() {
        let (one, other) = ([1; 32], [2; 32]);
        for offset in [0, 1, 20, OFFSET_MAX] {
            let cursor = Cursor::at(offset).unwrap().write(&one);
            assert_eq!(cursor.len(), Cursor::CHARACTERS);
            assert_eq!(Cursor::read(&cursor, &one).map(|c| c.offset), Some(offset));
            assert!(Cursor::read(&cursor, &other).is_none());
        }
        assert!(Cursor::at(OFFSET_MAX + 1).is_none());
        let forged = URL_SAFE_NO_PAD.encode([255, 255, 255, 255, 1, 1, 1, 1, 1, 1, 1, 1]);
        for text in ["", "AAAA", "====", "ÀÀ", &forged] {
            assert!(Cursor::read(text, &one).is_none(), "{text}");
        }
    }
}
