//! How is a line of text read so that it has only one spelling?
//!
//! Every format of the log is read through these functions. They accept exactly what the
//! matching writer produces, so two parties never hold two spellings of one statement.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Why a piece of text was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Not an unsigned decimal of 64 bits without leading zeroes.
    #[error("not a decimal number without leading zeroes below 2^64")]
    Decimal,
    /// Not standard base64 with padding and zero trailing bits.
    #[error("not standard base64 with padding")]
    Base64,
    /// Not the expected count of lower-case hexadecimal digits.
    #[error("not lower-case hexadecimal of the expected length")]
    Hex,
    /// The last line does not end in a newline.
    #[error("the last line does not end in a newline")]
    NoFinalNewline,
    /// No empty line where one divides two parts.
    #[error("no empty line before the end")]
    NoEmptyLine,
    /// More lines than there can be.
    #[error("more than {0} lines")]
    TooManyLines(usize),
}

/// Reads an unsigned decimal: ASCII digits, no sign, no leading zero, at most 2^64-1.
///
/// # Errors
/// [`TextError::Decimal`] for everything that `u64::to_string` would not write.
pub fn decimal(text: &str) -> Result<u64, TextError> {
    let leading_zero = text.len() > 1 && text.starts_with('0');
    // `u64::from_str` takes a plus sign, which nobody writes.
    if leading_zero || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(TextError::Decimal);
    }
    text.parse().map_err(|_| TextError::Decimal)
}

/// Writes standard base64 with padding (RFC 4648, section 4).
pub fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads standard base64 with padding (RFC 4648, section 4); bits that carry nothing are zero.
///
/// # Errors
/// [`TextError::Base64`] for everything that [`to_base64`] would not write.
pub fn from_base64(text: &str) -> Result<Vec<u8>, TextError> {
    STANDARD.decode(text).map_err(|_| TextError::Base64)
}

/// Reads base64 of exactly `N` bytes, without allocating.
///
/// # Errors
/// [`TextError::Base64`] for another length or another spelling.
pub fn array_from_base64<const N: usize>(text: &str) -> Result<[u8; N], TextError> {
    let mut bytes = [0; N];
    // The length decides first: a decoder that ran out of room would not say so as clearly.
    if text.len() != N.div_ceil(3) * 4 {
        return Err(TextError::Base64);
    }
    match STANDARD.decode_slice(text, &mut bytes) {
        Ok(read) if read == N => Ok(bytes),
        _ => Err(TextError::Base64),
    }
}

/// Writes lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|b| [digit(b >> 4), digit(b & 15)])
        .collect()
}

/// Reads exactly `2 * N` lower-case hexadecimal digits.
///
/// # Errors
/// [`TextError::Hex`] for another length, upper case, or any other character.
pub fn array_from_hex<const N: usize>(text: &str) -> Result<[u8; N], TextError> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return Err(TextError::Hex);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Ok(bytes)
}

fn nibble(digit: u8) -> Result<u8, TextError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(TextError::Hex),
    }
}

/// The lines of a text, each without its newline. An empty text has no lines.
///
/// Unlike [`str::lines`] this keeps a carriage return as part of the line, so that it is
/// refused by whoever reads the line.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    rest: &'a str,
}

impl<'a> Lines<'a> {
    /// Splits a text whose every line ends in a newline (U+000A).
    ///
    /// # Errors
    /// [`TextError::NoFinalNewline`] if something stands after the last newline.
    pub fn new(text: &'a str) -> Result<Self, TextError> {
        if text.is_empty() || text.ends_with('\n') {
            Ok(Self { rest: text })
        } else {
            Err(TextError::NoFinalNewline)
        }
    }

    /// What has not been read yet, final newline included.
    pub fn rest(&self) -> &'a str {
        self.rest
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (line, rest) = self.rest.split_once('\n')?;
        self.rest = rest;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_decimal_has_one_spelling() {
        for (text, number) in [
            ("0", Some(0)),
            ("1", Some(1)),
            ("10", Some(10)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("", None),
            ("00", None),
            ("01", None),
            ("+1", None),
            ("-1", None),
            (" 1", None),
            ("1 ", None),
            ("1_0", None),
            ("0x1", None),
            ("١", None),
        ] {
            assert_eq!(decimal(text).ok(), number, "{text:?}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        for (text, bytes) in [
            ("", Some(vec![])),
            ("AA==", Some(vec![0])),
            ("AAA=", Some(vec![0, 0])),
            ("+/+/", Some(vec![0xfb, 0xff, 0xbf])),
            ("AB==", None),
            ("AAB=", None),
            ("AA", None),
            ("AA=", None),
            ("AA===", None),
            ("-_-_", None),
            ("AA==\n", None),
            (" AAA=", None),
        ] {
            assert_eq!(from_base64(text).ok(), bytes, "{text:?}");
        }
        assert_eq!(array_from_base64::<1>("AA=="), Ok([0]));
        assert!(array_from_base64::<1>("AAA=").is_err());
        assert!(array_from_base64::<2>("AA==").is_err());
        assert!(array_from_base64::<1>("AB==").is_err());
    }

    #[test]
    fn hexadecimal_has_one_spelling() {
        assert_eq!(array_from_hex::<2>("0aff"), Ok([0x0a, 0xff]));
        for text in ["0AFF", "0aff0", "0af", "", "0agf", "+aff"] {
            assert_eq!(array_from_hex::<2>(text), Err(TextError::Hex), "{text:?}");
        }
    }

    #[test]
    fn lines_end_in_a_newline() {
        for (text, lines) in [
            ("", Some(vec![])),
            ("\n", Some(vec![""])),
            ("a\n", Some(vec!["a"])),
            ("a\n\nb\r\n", Some(vec!["a", "", "b\r"])),
            ("a", None),
            ("a\nb", None),
        ] {
            let read = Lines::new(text).ok().map(|l| l.collect::<Vec<_>>());
            assert_eq!(read, lines, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_would_be_written(text in "[0-9a-fA-F+/= ]{0,12}") {
            if let Ok(number) = decimal(&text) {
                prop_assert_eq!(number.to_string(), text.clone());
            }
            if let Ok(bytes) = from_base64(&text) {
                prop_assert_eq!(to_base64(&bytes), text.clone());
            }
            if let Ok(bytes) = array_from_hex::<4>(&text) {
                prop_assert_eq!(to_hex(&bytes), text);
            }
        }

        #[test]
        fn what_is_written_is_read(bytes in any::<[u8; 7]>(), number: u64) {
            prop_assert_eq!(from_base64(&to_base64(&bytes)), Ok(bytes.to_vec()));
            prop_assert_eq!(array_from_base64(&to_base64(&bytes)), Ok(bytes));
            prop_assert_eq!(array_from_hex(&to_hex(&bytes)), Ok(bytes));
            prop_assert_eq!(decimal(&number.to_string()), Ok(number));
        }
    }
}
