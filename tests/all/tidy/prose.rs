//! What may remarks, texts and documents say?

use super::fault::Fault;
use super::house::House;
use super::source::{Remark, is_test_file};

/// The files that name what must not be named.
const RULES: &[&str] = &["tests/all/tidy/prose.rs", "tests/all/tidy/samples.rs"];

/// Written by tools, not by us.
const LOCKS: &[&str] = &["Cargo.lock", "package-lock.json"];

/// An open task is an issue, not a mark in the text.
pub fn tasks(house: &House) -> Vec<Fault> {
    const MARKS: [&str; 4] = ["TODO", "FIXME", "XXX", "HACK"];
    let mut faults = Vec::new();
    for (path, text) in written(house).filter(|(path, _)| !path.contains("/vectors/")) {
        for (n, line) in text.lines().enumerate() {
            let mut words = line.split(|c: char| !c.is_alphanumeric());
            if let Some(mark) = words.find(|word| MARKS.contains(word)) {
                faults.push(Fault::new(path, n + 1, format!("{mark}: make it an issue")));
            }
        }
    }
    faults
}

/// What is no longer needed is in the history.
pub fn dead_code(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in &house.rust {
        let remarks = source.remarks.iter().filter(|remark| is_code(remark));
        faults.extend(remarks.map(|remark| {
            Fault::new(
                &source.path,
                remark.line,
                format!("looks like code: {}", remark.text),
            )
        }));
    }
    faults
}

/// Whether a remark would compile if its slashes were taken away.
fn is_code(remark: &Remark) -> bool {
    let text = remark.text.as_str();
    let starts = [
        "let ",
        "use crate",
        "pub fn ",
        "pub struct ",
        "#[",
        "return ",
        "if let ",
    ];
    let statement = text.ends_with(';') && (text.contains('(') || text.contains(" = "));
    let opening = text.ends_with('{') || text == "}" || text == "});" || text == "};";
    let begun =
        starts.iter().any(|start| text.starts_with(start)) && text.ends_with([';', '{', ']']);
    !remark.documents && (statement || opening || begun)
}

/// Nothing written down holds only on one machine, for one person or at one registry.
pub fn places(house: &House) -> Vec<Fault> {
    const MACHINES: [&str; 5] = ["/work/", "/root/", "/home/", "/Users/", "../shared"];
    const REGISTRIES: [&str; 4] = ["crates.io", "npmjs.", "pypi.org", "proxy.golang"];
    let mut faults = Vec::new();
    for (path, text) in written(house) {
        for (n, line) in text.lines().enumerate() {
            let mut fault = |what: String| faults.push(Fault::new(path, n + 1, what));
            for machine in MACHINES
                .iter()
                .filter(|machine| stands_alone(line, machine))
            {
                fault(format!("`{machine}` is a place on one machine"));
            }
            if stands_alone(line, "/tmp") && path.ends_with(".rs") && !is_test_file(path) {
                fault("`/tmp` is a place on some machines".to_owned());
            }
            for host in REGISTRIES.iter().filter(|host| line.contains(*host)) {
                fault(format!("`{host}` is where tools look, not we"));
            }
            for address in addresses(line).filter(|address| !is_example(address)) {
                fault(format!("`{address}` may be someone's address"));
            }
        }
    }
    faults
}

/// What we wrote: neither what tools wrote nor the rules themselves.
fn written(house: &House) -> impl Iterator<Item = (&str, &str)> {
    let texts = house
        .texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    texts
        .filter(|(path, _)| !RULES.contains(path) && !LOCKS.iter().any(|lock| path.ends_with(lock)))
}

/// Whether a path is named from its root, and not as a part of another one.
fn stands_alone(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "/._-}>)*".contains(c))
    })
}

/// The words of a line that could be e-mail addresses.
fn addresses(line: &str) -> impl Iterator<Item = &str> {
    let part_of = |c: char| c.is_ascii_alphanumeric() || "@.-_+".contains(c);
    let words = line
        .split(move |c: char| !part_of(c))
        .map(|word| word.trim_matches('.'));
    words.filter(|word| {
        let Some((person, domain)) = word.split_once('@') else {
            return false;
        };
        let Some((_, top)) = domain.rsplit_once('.') else {
            return false;
        };
        // A part of a name is never empty and never begins with a hyphen (RFC 1034, 3.5).
        let sound = domain
            .split('.')
            .all(|part| !part.is_empty() && !part.starts_with('-'));
        sound && !person.is_empty() && top.len() > 1 && top.chars().all(|c| c.is_ascii_alphabetic())
    })
}

/// Whether an address is in a domain that nobody can have (RFC 2606, RFC 6761).
fn is_example(address: &str) -> bool {
    let domain = address
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let names = ["example.org", "example.com", "example.net"];
    let tops = ["example", "invalid", "test", "localhost"];
    names
        .iter()
        .any(|name| domain == *name || domain.ends_with(&format!(".{name}")))
        || tops.iter().any(|top| domain.ends_with(&format!(".{top}")))
}
