//! Does each outside thing live in one place?

use super::fault::Fault;
use super::house::House;
use super::lexer::Kind;
use super::source::{Source, is_test_file};

/// Something from outside, the words by which it is used, and the only places that may use it.
struct Home {
    thing: &'static str,
    used: &'static [&'static [&'static str]],
    /// A file, or the beginning of its path; for every place beside the home, the reason.
    at: &'static [(&'static str, &'static str)],
}

const HOMES: &[Home] = &[
    Home {
        thing: "sled",
        used: &[&["sled", "::"]],
        at: &[("node/src/store/db", "its home")],
    },
    Home {
        thing: "the system clock",
        used: &[
            &["Timestamp", "::", "now"],
            &["Zoned", "::", "now"],
            &["SystemTime", "::", "now"],
            &["Instant", "::", "now"],
        ],
        at: &[
            ("node/src/clock.rs", "its home"),
            (
                "tools/src/progress.rs",
                "how long a person has been waiting",
            ),
            ("tools/src/verify.rs", "how fast a feed was verified"),
            ("tools/src/load.rs", "at which rate edits were written"),
            ("tests/src/endure", "how soon a real node is ready"),
            ("tests/src/bin/simulate.rs", "how fast worlds run"),
            ("tests/src/hostile", "how long a node is kept waiting"),
        ],
    },
    Home {
        thing: "chance",
        used: &[&["getrandom", "::"], &["rand", "::"], &["OsRng"]],
        at: &[("node/src/clock.rs", "its home")],
    },
    Home {
        thing: "the status code",
        used: &[&["StatusCode", "::"]],
        at: &[
            ("node/src/http/error.rs", "its home"),
            (
                "node/src/feed/transport/over_http.rs",
                "reads the answers of other nodes",
            ),
            ("tools/src/", "reads the answers of nodes"),
        ],
    },
    Home {
        thing: "the search engine",
        used: &[&["tantivy", "::"]],
        at: &[("node/src/view/search", "its home")],
    },
    Home {
        thing: "the HTTP client",
        used: &[&["reqwest", "::"]],
        at: &[
            ("node/src/feed/transport", "its home"),
            (
                "node/src/feed/guard.rs",
                "stands between it and the addresses it asks for",
            ),
            ("node/src/server.rs", "says why it could not be set up"),
            ("tools/src/", "has no node to ask"),
            ("tests/src/endure", "writes to a real node"),
            ("tests/src/hostile", "asks a node under attack"),
        ],
    },
];

/// What `protocol` never does: it decides, and others carry.
const DEEDS: &[&[&str]] = &[
    &["std", "::", "fs"],
    &["TcpStream"],
    &["TcpListener"],
    &["UdpSocket"],
    &["ToSocketAddrs"],
    &["std", "::", "env"],
    &["std", "::", "thread"],
    &["std", "::", "process"],
    &["tokio", "::"],
    &["tracing", "::"],
    &["println", "!"],
    &["eprintln", "!"],
    &["async"],
];

/// Nothing is used outside its home.
pub fn homes(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in house
        .rust
        .iter()
        .filter(|source| !is_test_file(&source.path))
    {
        for home in HOMES {
            if home
                .at
                .iter()
                .any(|(path, _)| source.path.starts_with(path))
            {
                continue;
            }
            let lines = home.used.iter().flat_map(|used| source.lines_with(used));
            let what = format!("{} lives in {}", home.thing, home.at[0].0);
            faults.extend(lines.map(|line| Fault::new(&source.path, line, what.clone())));
        }
        faults.extend(tile_paths(source));
    }
    faults
}

/// Where paths of tiles are written, and why.
const TILE_PATHS: &[(&str, &str)] = &[
    ("protocol/src/tlog/tile.rs", "their home"),
    ("tools/src/show.rs", "an example in its help"),
];

/// Paths of tiles are written and read in one file only.
fn tile_paths(source: &Source) -> Vec<Fault> {
    let texts = source
        .tokens
        .iter()
        .filter(|token| token.kind == Kind::Literal);
    let paths = texts.filter(|token| token.text.contains("tile/") && !source.is_test(token.line));
    let strange = paths.filter(|_| !TILE_PATHS.iter().any(|(path, _)| source.path == *path));
    let what = format!("tile paths live in {}", TILE_PATHS[0].0);
    strange
        .map(|token| Fault::new(&source.path, token.line, what.clone()))
        .collect()
}

/// `protocol` has no socket, disk, clock or chance.
pub fn purity(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in house
        .rust
        .iter()
        .filter(|source| source.path.starts_with("protocol/src/"))
    {
        for deed in DEEDS {
            let what = format!("`{}` is a deed; `node` carries", deed.concat());
            let lines = source.lines_with(deed).into_iter();
            faults.extend(lines.map(|line| Fault::new(&source.path, line, what.clone())));
        }
    }
    faults
}

/// Outside tests nothing unwraps, and an `expect` says why it cannot fail.
pub fn certainty(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in house
        .rust
        .iter()
        .filter(|source| !is_test_file(&source.path))
    {
        let unwraps = source.lines_with(&[".", "unwrap", "(", ")"]).into_iter();
        faults.extend(unwraps.map(|line| Fault::new(&source.path, line, "unwraps")));
        for window in source.tokens.windows(3) {
            let [expect, _, reason] = window else {
                continue;
            };
            let says = reason.kind != Kind::Literal || reason.text.contains(' ');
            if expect.text == "expect" && !says && !source.is_test(expect.line) {
                faults.push(Fault::new(&source.path, expect.line, "does not say why"));
            }
        }
    }
    faults
}
