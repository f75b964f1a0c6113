//! What may a thing be called?

use super::fault::Fault;
use super::house::House;
use super::lexer::Kind;
use super::source::{Source, Token};

/// Words that hide what a thing is, and the word to use where there is one.
///
/// Some words of the list in `docs/style.md` are not here, because they are also right elsewhere:
/// a stream of bytes, a site's pages, the instance of a repeated event.
const BANNED: &[(&str, &str)] = &[
    ("manager", "say what it does"),
    ("helper", "say what it does"),
    ("helpers", "say what it does"),
    ("util", "say what it does"),
    ("utils", "say what it does"),
    ("common", "say what it does"),
    ("misc", "say what it does"),
    ("record", "listing, entry or row"),
    ("records", "listings, entries or rows"),
    ("item", "listing, entry or what it is"),
    ("items", "listings, entries or what they are"),
    ("registry", "roster"),
    ("hub", "network"),
    ("master", "network, or what leads"),
    ("slave", "say what it does"),
    ("blob", "body, or bytes"),
    ("shard", "epoch"),
    ("crawl", "follow"),
    ("crawler", "follower"),
    ("get", "a function is a verb that its noun can do"),
    ("payload", "body; `payload` is what some entries carry"),
];

/// Where a banned word is the right one, and why.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("protocol/src/feed/", "payload", "entries carry payloads"),
    ("protocol/src/tlog/", "payload", "the specification's word"),
    ("node/src/feed/", "payload", "writes and follows entries"),
    (
        "node/src/http/api/",
        "items",
        "the API's field for the listings of an answer",
    ),
    ("tests/", "payload", "builds entries"),
];

/// File names that say what kind of thing is inside, not which question is answered.
const BY_KIND: &[&str] = &[
    "types",
    "errors",
    "traits",
    "structs",
    "enums",
    "constants",
    "macros",
];

/// No Rust file is named after a kind of thing, or with a banned word.
pub fn files(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in &house.rust {
        let name = source
            .path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".rs");
        if BY_KIND.contains(&name) {
            faults.push(Fault::new(
                &source.path,
                0,
                format!("`{name}` is a kind, not a question"),
            ));
        }
        faults.extend(judge(&source.path, 0, name));
    }
    faults
}

/// No name that we give contains a banned word.
pub fn words(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in &house.rust {
        let given = given(source).into_iter();
        faults.extend(given.filter_map(|name| judge(&source.path, name.line, &name.text)));
    }
    faults
}

/// The names that a file gives; what others named is theirs, and so are their traits' types.
fn given(source: &Source) -> Vec<&Token> {
    const GIVES: &[&str] = &[
        "fn", "struct", "enum", "union", "mod", "trait", "type", "const", "static", "mut", "as",
        "ref", "for", "let",
    ];
    let mut names = Vec::new();
    let mut binding = false;
    for window in source.tokens.windows(3) {
        let [before, name, behind] = window else {
            continue;
        };
        // Between `let` or `for` and `=` or `in`, small words are names.
        binding = match before.text.as_str() {
            "let" | "for" => true,
            "=" | "in" | ";" | "{" | ":" => false,
            _ => binding,
        };
        if name.kind != Kind::Word || behind.text == "::" {
            continue;
        }
        let small = name
            .text
            .starts_with(|c: char| c.is_lowercase() || c == '_');
        let closure = before.text == "|" && ["|", ",", ":"].contains(&behind.text.as_str());
        let field = behind.text == ":";
        let of_trait = before.text == "type" && ["Item", "Error"].contains(&name.text.as_str());
        let gives = GIVES.contains(&before.text.as_str()) && !of_trait;
        if gives || field || closure || binding && small {
            names.push(name);
        }
    }
    names.extend(variants(&source.tokens));
    names
}

/// The names of the variants of every `enum`.
fn variants(tokens: &[Token]) -> Vec<&Token> {
    let mut names = Vec::new();
    // How deep we are within an `enum`, and whether a name comes next.
    let (mut depth, mut awaited) = (None, false);
    for token in tokens.iter().filter(|token| token.kind != Kind::Literal) {
        match (token.text.as_str(), depth) {
            ("enum", None) => depth = Some(0),
            ("{" | "(" | "[", Some(deep)) => {
                awaited = deep == 0;
                depth = Some(deep + 1);
            }
            ("}" | ")" | "]", Some(deep)) => {
                // Behind the brackets of an attribute a name is still to come.
                awaited = token.text == "]" && deep == 2;
                depth = (deep > 1).then_some(deep - 1);
            }
            (",", Some(1)) => awaited = true,
            (_, Some(1)) if awaited && token.kind == Kind::Word => {
                names.push(token);
                awaited = false;
            }
            _ => {}
        }
    }
    names
}

/// What is wrong with a name.
fn judge(path: &str, line: usize, name: &str) -> Option<Fault> {
    let words = words_of(name);
    let banned = |word: &String| BANNED.iter().find(|(banned, _)| banned == word);
    let (word, instead) = words.iter().find_map(banned)?;
    let allowed =
        |(folder, allowed, _): &(&str, &str, &str)| path.starts_with(folder) && allowed == word;
    // `get` is a verb like any other where it stands alone, as in HTTP.
    let alone = *word == "get" && words.len() == 1;
    let free = alone || ALLOWED.iter().any(allowed);
    (!free).then(|| Fault::new(path, line, format!("`{name}` says `{word}`: {instead}")))
}

/// The words of `snake_case`, `CamelCase` and `CAPITALS`, in lower case.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small_before = false;
    for c in name.chars() {
        if c == '_' || c.is_uppercase() && small_before {
            words.push(String::new());
        }
        small_before = c.is_lowercase();
        if c != '_'
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
