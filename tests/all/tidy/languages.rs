//! Do both languages say the same?

use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;
use super::house::House;

/// What a message must have in common in both languages: itself and the values that it shows.
type Messages = BTreeMap<String, BTreeSet<String>>;

/// Values that are words of a language and so have a name in each: French, English.
const WORDS: &[(&str, &str)] = &[("nom", "name"), ("reseau", "network"), ("faute", "fault")];

/// Messages that rightly show different values, and why.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "clock",
        "English has two halves of a day, French writes no minutes of a whole hour",
    ),
    ("rhythm-date", "English numbers have four endings"),
    (
        "season",
        "French has three words for from, chosen by what follows",
    ),
    (
        "search-found-near",
        "French drops a letter before a place that begins with a vowel",
    ),
];

/// Every message is there in both languages and shows the same values.
pub fn parity(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in house.ending_in(".ftl") {
        let (ours, theirs) = if path.contains("/en/") {
            ("/en/", "/fr/")
        } else {
            ("/fr/", "/en/")
        };
        let other = path.replace(ours, theirs);
        let Some((_, there)) = house.texts.iter().find(|(path, _)| *path == other) else {
            faults.push(Fault::new(path, 0, format!("there is no {other}")));
            continue;
        };
        let there = messages(there);
        for (name, values) in messages(text) {
            match there.get(&name) {
                None => faults.push(Fault::new(path, 0, format!("`{name}` is not in {other}"))),
                Some(shown) if !values.is_subset(shown) && !differs(&name) => {
                    let what = format!("`{name}` shows other values than in {other}");
                    faults.push(Fault::new(path, 0, what));
                }
                Some(_) => {}
            }
        }
    }
    faults
}

fn differs(name: &str) -> bool {
    DIFFERENT.iter().any(|(message, _)| *message == name)
}

/// The messages and attributes of a Fluent file with the values that each shows.
fn messages(text: &str) -> Messages {
    let mut messages = Messages::new();
    let mut message = String::new();
    let mut name = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (head, _) = line.split_once('=').unwrap_or(("", ""));
        let word = head.trim();
        if !word.is_empty() && !line.starts_with(' ') {
            (message, name) = (word.to_owned(), word.to_owned());
        } else if word.starts_with('.') {
            name = format!("{message}{word}");
        }
        let values = messages.entry(name.clone()).or_default();
        let shown = line.split('$').skip(1);
        values.extend(shown.map(value));
    }
    messages.remove("");
    messages
}

/// The name of the value that begins here, in English.
fn value(rest: &str) -> String {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
    let name = &rest[..end.unwrap_or(rest.len())];
    let english = WORDS.iter().find(|(french, _)| *french == name);
    english.map_or(name, |(_, english)| english).to_owned()
}
