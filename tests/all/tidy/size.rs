//! How long may files and functions be, and how does a file begin?

use super::fault::Fault;
use super::house::House;
use super::lexer::Kind;
use super::source::{Source, Token, end, is_test_file};

/// Lines of a file without its tests.
const FILE: usize = 400;

/// Lines of a function, from `fn` to its closing brace: a screen.
const FUNCTION: usize = 60;

/// Every Rust file begins with one sentence or question.
pub fn first_lines(house: &House) -> Vec<Fault> {
    let wrong = house.rust.iter().filter(|source| {
        let opening = source
            .text
            .lines()
            .map_while(|line| line.strip_prefix("//!"));
        let lines: Vec<&str> = opening
            .map(str::trim)
            .take_while(|line| !line.is_empty())
            .collect();
        let said = lines.join(" ");
        let sentence = said.ends_with(['.', '?', ':', '`']) && said.contains(' ');
        !(sentence && said.starts_with(|c: char| !c.is_lowercase()))
    });
    let fault = |source: &Source| {
        Fault::new(
            &source.path,
            1,
            "does not begin with `//! ` and a sentence or question",
        )
    };
    wrong.map(fault).collect()
}

/// No file and no function is longer than its limit.
pub fn lengths(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in &house.rust {
        let lines = source.text.lines().count() - source.test_lines();
        if lines > FILE && !is_test_file(&source.path) {
            faults.push(Fault::new(
                &source.path,
                0,
                format!("{lines} lines without its tests"),
            ));
        }
        faults.extend(long_functions(source));
    }
    faults
}

/// Functions over the limit, those within functions among them.
fn long_functions(source: &Source) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (at, window) in source.tokens.windows(2).enumerate() {
        // Without a name behind it, `fn` is the type of a function.
        let [word, name] = window else { continue };
        if word.text != "fn" || name.kind != Kind::Word {
            continue;
        }
        let end = end_of_function(&source.tokens[at..]);
        let mut lines = end + 1 - word.line;
        if source.is_test(word.line) {
            lines -= table_lines(&source.tokens[at..], end);
        }
        if lines > FUNCTION {
            let what = format!("`{}` is {lines} lines long", name.text);
            faults.push(Fault::new(&source.path, word.line, what));
        }
    }
    faults
}

/// The line where a function ends; the first comma behind its head may belong to a `where`.
fn end_of_function(tokens: &[Token]) -> usize {
    let brace = tokens
        .iter()
        .position(|token| token.kind == Kind::Sign && token.text == "{");
    let semicolon = end(tokens).filter(|end| tokens[*end].text == ";");
    match (brace, semicolon) {
        (brace, Some(end)) if brace.is_none_or(|brace| end < brace) => tokens[end].line,
        (Some(brace), _) => {
            let end = end(&tokens[brace..]).map_or(brace, |end| brace + end);
            tokens[end].line
        }
        (None, _) => tokens[0].line,
    }
}

/// In a test a table is data: of its lines only the first counts.
fn table_lines(tokens: &[Token], end: usize) -> usize {
    let (mut lines, mut opened, mut depth) = (0, 0, 0_usize);
    let signs = tokens
        .iter()
        .filter(|token| token.kind == Kind::Sign && token.line <= end);
    for token in signs {
        match token.text.as_str() {
            "[" => {
                if depth == 0 {
                    opened = token.line;
                }
                depth += 1;
            }
            "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    lines += token.line - opened;
                }
            }
            _ => {}
        }
    }
    lines
}
