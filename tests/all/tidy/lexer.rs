//! Where does a word, a sign, a text or a remark of Rust begin and end?
//!
//! Enough of the language for rules that look at words: it knows raw and byte texts, characters
//! and lifetimes, and remarks within remarks. It reads only what compiles.

/// What a piece of Rust is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name or a word of the language.
    Word,
    /// A sign; `::`, `->` and `=>` are one.
    Sign,
    /// A text, a character, a number or a lifetime.
    Literal,
    /// A remark, or a line of documentation.
    Remark,
}

/// A piece of Rust as it is written.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// What it is.
    pub kind: Kind,
    /// All of it.
    pub text: &'a str,
    /// Where it begins, from 1.
    pub line: usize,
}

/// All pieces of a file in order; white space belongs to none.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let (kind, length) = next(rest, first);
        let (piece, behind) = rest.split_at(length);
        if let Some(kind) = kind {
            pieces.push(Piece {
                kind,
                text: piece,
                line,
            });
        }
        line += piece.matches('\n').count();
        rest = behind;
    }
    pieces
}

/// What begins here, and how many bytes it has.
fn next(rest: &str, first: char) -> (Option<Kind>, usize) {
    if rest.starts_with("//") {
        return (Some(Kind::Remark), rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Some(Kind::Remark), block(rest));
    }
    if let Some(length) = quoted(rest) {
        return (Some(Kind::Literal), length);
    }
    if first.is_whitespace() {
        return (None, first.len_utf8());
    }
    let word = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(rest.len());
    match word {
        0 => {
            let double = ["::", "->", "=>"].iter().any(|sign| rest.starts_with(sign));
            (Some(Kind::Sign), if double { 2 } else { first.len_utf8() })
        }
        _ if first.is_ascii_digit() => (Some(Kind::Literal), word),
        _ => (Some(Kind::Word), word),
    }
}

/// The length of a remark between `/*` and its `*/`.
fn block(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let step = if rest[at..].starts_with("/*") {
            depth += 1;
            2
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            2
        } else {
            rest[at..].chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a text, a character or a lifetime, if one begins here.
fn quoted(rest: &str) -> Option<usize> {
    let mut start = rest.bytes().take(3);
    let marks = start.position(|byte| b"\"'#".contains(&byte))?;
    let prefix = &rest[..marks];
    if !["", "b", "c", "r", "br", "cr"].contains(&prefix) {
        return None;
    }
    if prefix.ends_with('r') {
        return raw(rest, marks);
    }
    match rest[marks..].chars().next() {
        Some('"') => Some(closed(rest, marks + 1, '"')),
        Some('\'') if prefix.is_empty() || prefix == "b" => Some(character(rest, marks + 1)),
        _ => None,
    }
}

/// The length of `r"…"`, with as many `#` as there are; none if it is a raw name.
fn raw(rest: &str, marks: usize) -> Option<usize> {
    let hashes = rest[marks..].chars().take_while(|c| *c == '#').count();
    let inside = marks + hashes;
    if !rest[inside..].starts_with('"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let length = rest[inside + 1..]
        .find(&end)
        .map_or(rest.len() - inside - 1, |at| at + end.len());
    Some(inside + 1 + length)
}

/// The length of what ends in a mark that no `\` stands before.
fn closed(rest: &str, from: usize, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest[from..].char_indices() {
        if c == mark && !escaped {
            return from + at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    rest.len()
}

/// The length of a character or, if it is never closed, of a lifetime.
fn character(rest: &str, from: usize) -> usize {
    let mut inside = rest[from..].chars();
    match (inside.next(), inside.next()) {
        (Some('\\'), _) => closed(rest, from, '\''),
        (Some(c), Some('\'')) => from + c.len_utf8() + 1,
        _ => {
            let name = rest[from..].find(|c: char| !(c.is_alphanumeric() || c == '_'));
            name.map_or(rest.len(), |length| from + length)
        }
    }
}
