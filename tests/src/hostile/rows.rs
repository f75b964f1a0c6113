//! What does each liar do, and what should a node make of it?

use Expected::{Aside, Frozen, Shown, Silent};

use super::forge::Forge;
use super::liar::{Reply, Twist};
use super::tricks::{
    another_origin, at, bomb, bomb_window, critical, cut, drip, drip_head, empty, endless, entry,
    false_signature, garbage, gzip, html, million_headers, name_collision, nested_card, nesting,
    redirect_home, redirect_private, refused_pages, twice, version, with, wrong_key,
};

/// How a node should see a feed afterwards.
#[derive(Debug, Clone, Copy)]
pub enum Expected {
    /// Silent, for a reason with these words in it.
    Silent(&'static str),
    /// Kept at its last good state, for a reason with these words in it.
    Frozen(&'static str),
    /// Verified up to its end, with so many entries set aside, the first for a reason with these words.
    Aside(usize, &'static str),
    /// Verified, and every listing shown.
    Shown,
}

/// One row of the table.
pub struct Row {
    /// What is tried; also the first part of its path.
    pub name: &'static str,
    /// What it adds to its feed, which holds one sound listing.
    pub deed: fn(&mut Forge),
    /// What it answers from then on.
    pub twist: Option<Twist>,
    /// What should come of it.
    pub expected: Expected,
}

/// A lie about bytes that are served: a deed that makes it necessary to ask, and the lie.
const fn lie(name: &'static str, twist: Twist, expected: Expected) -> Row {
    Row {
        name,
        deed: news,
        twist: Some(twist),
        expected,
    }
}

/// Something odd under a sound signature.
const fn odd(name: &'static str, deed: fn(&mut Forge), expected: Expected) -> Row {
    Row {
        name,
        deed,
        twist: None,
        expected,
    }
}

fn news(forge: &mut Forge) {
    forge.list("newsqzx", |body| body);
}

/// All rows.
pub const ROWS: [Row; 40] = [
    lie("wrong-key", wrong_key, Silent("not signed by")),
    lie("false-signature", false_signature, Silent("is false")),
    lie("same-name-other-key", name_collision, Shown),
    lie("another-origin", another_origin, Silent("not signed by")),
    odd(
        "smaller",
        |forge| forge.shorten(0),
        Frozen("offers 0 entries"),
    ),
    odd(
        "another-root",
        Forge::other_history,
        Frozen("does not contain"),
    ),
    lie(
        "endless-entries",
        |_, path| at(path, "/tile", endless),
        Silent("longer than"),
    ),
    lie(
        "endless-checkpoint",
        |_, path| at(path, "/checkpoint", endless),
        Silent("longer than"),
    ),
    lie(
        "endless-bodies",
        |_, path| at(path, "/bod", endless),
        Silent("longer than"),
    ),
    lie(
        "drip",
        |_, path| at(path, "/checkpoint", drip),
        Silent("did not answer"),
    ),
    lie(
        "drip-head",
        |_, path| at(path, "/checkpoint", drip_head),
        Silent("did not answer"),
    ),
    lie(
        "silence",
        |_, path| at(path, "/checkpoint", || Reply::Silence),
        Silent("did not answer"),
    ),
    lie(
        "bomb",
        |_, path| at(path, "/tile", bomb),
        Silent("longer than"),
    ),
    lie(
        "bomb-window",
        |_, path| at(path, "/tile", bomb_window),
        Silent("damaged"),
    ),
    lie("gzip", |_, path| at(path, "/tile", gzip), Silent("damaged")),
    lie(
        "headers",
        |_, path| at(path, "/tile", million_headers),
        Silent("could not be reached"),
    ),
    lie(
        "redirect-home",
        |_, path| at(path, "/tile", redirect_home),
        Silent("status 302"),
    ),
    lie(
        "redirect-private",
        |_, path| at(path, "/tile", redirect_private),
        Silent("status 307"),
    ),
    lie(
        "cut",
        |_, path| at(path, "/tile", cut),
        Silent("could not be reached"),
    ),
    lie(
        "no-http",
        |_, path| at(path, "/tile", garbage),
        Silent("could not be reached"),
    ),
    lie(
        "wrong-bundle",
        |_, path| at(path, "/tile", empty),
        Silent("does not hold"),
    ),
    odd("critical", critical, Frozen("cannot be followed beyond")),
    odd(
        "unknown-kind",
        |forge| forge.push(entry(200, 0)),
        Aside(1, "kind"),
    ),
    odd(
        "unknown-flag",
        |forge| forge.push(entry(1, 0x0001)),
        Aside(1, "flag"),
    ),
    odd("short-entry", |forge| forge.push(vec![1; 51]), Aside(1, "")),
    odd("empty-entry", |forge| forge.push(Vec::new()), Aside(1, "")),
    odd("refused-pages", refused_pages, Aside(100, "")),
    odd(
        "number-2-53",
        |forge| with(forge, "9007199254740993"),
        Shown,
    ),
    odd(
        "number-2-63",
        |forge| with(forge, "9223372036854775807"),
        Shown,
    ),
    odd("number-minus-0", |forge| with(forge, "-0"), Shown),
    odd("number-1e999", |forge| with(forge, "1e999"), Aside(1, "")),
    odd(
        "nul",
        |forge| with(forge, "\"a\\u0000b\""),
        Aside(1, "U+0000"),
    ),
    odd(
        "lone-surrogate",
        |forge| with(forge, "\"\\ud800\""),
        Aside(1, ""),
    ),
    odd(
        "version-2-63",
        |forge| version(forge, "9223372036854775807"),
        Shown,
    ),
    odd(
        "version-minus-0",
        |forge| version(forge, "-0"),
        Aside(1, ""),
    ),
    odd(
        "version-1e999",
        |forge| version(forge, "1e999"),
        Aside(1, ""),
    ),
    odd("nesting", nesting, Aside(1, "")),
    odd("no-json", |forge| forge.put(vec![0xff; 300]), Aside(1, "")),
    odd("twice", twice, Aside(1, "")),
    odd("html", html, Shown),
];

/// What a node cannot even meet: the answers to its first questions, and what it says then.
pub fn doors() -> Vec<(&'static str, Twist, &'static str)> {
    vec![
        (
            "door-nested",
            |_, path| at(path, "well-known", nested_card),
            "cannot be read",
        ),
        (
            "door-endless",
            |_, path| at(path, "well-known", endless),
            "longer than",
        ),
        (
            "door-headers",
            |_, path| at(path, "well-known", million_headers),
            "could not be reached",
        ),
        (
            "door-redirect",
            |_, path| at(path, "well-known", redirect_home),
            "302",
        ),
        (
            "door-bomb",
            |_, path| at(path, "well-known", bomb),
            "longer than",
        ),
        (
            "door-endless-identity",
            |_, path| at(path, "/identity", endless),
            "longer than",
        ),
        (
            "door-no-identity",
            |_, path| at(path, "/identity", empty),
            "",
        ),
    ]
}
