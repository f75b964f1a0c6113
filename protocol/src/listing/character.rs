//! Which characters does no listing contain?

/// Whether a character is refused anywhere in a listing: NUL and the other control characters
/// (line breaks and tabs aside), and the embeddings, overrides and isolates of the bidirectional
/// algorithm (UAX #9, section 2), with which a text can be made to look like another.
///
/// The plain direction marks (U+200E, U+200F, U+061C) are allowed: Arabic and Hebrew need them,
/// and they cannot reorder what stands around them.
pub(super) fn is_refused(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// How a character is named in a message: `U+202E`.
pub(super) fn code_point(c: char) -> String {
    format!("U+{:04X}", c as u32)
}
