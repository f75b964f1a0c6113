//! What does a rule see of a Rust file?

use std::ops::Range;

use super::lexer::{Kind, pieces};

/// A Rust file, taken apart.
pub struct Source {
    /// From the repository's root, with `/`.
    pub path: String,
    /// All of it.
    pub text: String,
    /// Its words, signs and texts in order.
    pub tokens: Vec<Token>,
    /// What it says to its readers.
    pub remarks: Vec<Remark>,
    /// Lines that are compiled for tests only.
    tests: Vec<Range<usize>>,
}

/// A word, a sign or a text of Rust.
#[derive(Debug)]
pub struct Token {
    /// As it is written; `::`, `->` and `=>` are one sign.
    pub text: String,
    /// From 1.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
}

/// A comment; of those with `//`, one line.
pub struct Remark {
    /// Without its slashes.
    pub text: String,
    /// From 1.
    pub line: usize,
    /// Whether it documents what follows.
    pub documents: bool,
}

impl Source {
    /// Takes a file apart; it must be one that compiles.
    pub fn read(path: &str, text: String) -> Self {
        let (mut tokens, mut remarks) = (Vec::new(), Vec::new());
        for piece in pieces(&text) {
            let (said, line, kind) = (piece.text, piece.line, piece.kind);
            if kind == Kind::Remark {
                let documents = ["///", "//!", "/**", "/*!"]
                    .iter()
                    .any(|m| said.starts_with(m));
                let text = said.trim_start_matches(['/', '!', '*']).trim().to_owned();
                remarks.push(Remark {
                    text,
                    line,
                    documents,
                });
            } else {
                tokens.push(Token {
                    text: said.to_owned(),
                    line,
                    kind,
                });
            }
        }
        let tests = tests(&tokens);
        Self {
            path: path.to_owned(),
            text,
            tokens,
            remarks,
            tests,
        }
    }

    /// Whether a line is compiled for tests only.
    pub fn is_test(&self, line: usize) -> bool {
        is_test_file(&self.path) || self.tests.iter().any(|lines| lines.contains(&line))
    }

    /// How many lines are compiled for tests only.
    pub fn test_lines(&self) -> usize {
        self.tests.iter().map(ExactSizeIterator::len).sum()
    }

    /// Lines in which these words and signs follow each other, outside tests.
    pub fn lines_with(&self, sought: &[&str]) -> Vec<usize> {
        let found = self.tokens.windows(sought.len()).filter(|window| {
            let mut pairs = window.iter().zip(sought);
            pairs.all(|(token, text)| token.kind != Kind::Literal && token.text == *text)
        });
        found
            .map(|window| window[0].line)
            .filter(|line| !self.is_test(*line))
            .collect()
    }
}

/// Whether a file as a whole is a test.
pub fn is_test_file(path: &str) -> bool {
    let folders = [
        "tests/all/",
        "tests/benches/",
        "protocol/tests/",
        "node/tests/",
        "tools/tests/",
    ];
    folders.iter().any(|folder| path.starts_with(folder))
        || path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
        || path.contains("/src/") && path.contains("/tests/")
}

/// The lines of everything under `#[cfg(test)]`.
fn tests(tokens: &[Token]) -> Vec<Range<usize>> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut tests: Vec<Range<usize>> = Vec::new();
    for (at, window) in tokens.windows(MARK.len()).enumerate() {
        let marked = window
            .iter()
            .zip(MARK)
            .all(|(token, text)| token.text == text);
        let first = window[0].line;
        if marked && !tests.iter().any(|lines| lines.contains(&first)) {
            let behind = &tokens[at + MARK.len()..];
            tests.push(first..end(behind).map_or(first, |end| behind[end].line) + 1);
        }
    }
    tests
}

/// Where what begins here ends: at its closing brace, or at a semicolon or comma before one.
pub fn end(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0_usize;
    let signs = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.kind == Kind::Sign);
    for (at, token) in signs {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token.text == "}" {
                    return Some(at);
                }
            }
            ";" | "," if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}
