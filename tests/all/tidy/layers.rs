//! Does a module use only those above it?

use std::collections::BTreeMap;

use super::fault::Fault;
use super::house::House;
use super::source::{Source, Token};

/// Modules in the order in which a file lists them, by the path of the module that lists them.
type Orders = BTreeMap<Vec<String>, Vec<String>>;

/// In every crate, and in every room whose `mod.rs` says so, modules stand lowest first.
pub fn order(house: &House) -> Vec<Fault> {
    let orders: Orders = house.rust.iter().filter_map(listed).collect();
    let mut faults = Vec::new();
    for source in &house.rust {
        for used in uses(source) {
            let Some((lower, upper)) = upward(&orders, &module_of(source), &used.path) else {
                continue;
            };
            let what = format!("`{lower}` uses `{upper}`, which stands below it in the list");
            let fault = Fault::new(&source.path, used.line, what);
            if !source.is_test(used.line) && !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }
    faults
}

/// The modules that a file lists lowest first.
fn listed(source: &Source) -> Option<(Vec<String>, Vec<String>)> {
    let root = source.path.ends_with("/lib.rs");
    let says = source.text.contains("lowest first");
    if !(root || source.path.ends_with("/mod.rs") && says) {
        return None;
    }
    let named = source.tokens.windows(3).filter(|window| {
        window[0].text == "mod" && window[2].text == ";" && !source.is_test(window[0].line)
    });
    Some((
        module_of(source),
        named.map(|window| window[1].text.clone()).collect(),
    ))
}

/// The path of a file's module: the crate's folder, then modules.
fn module_of(source: &Source) -> Vec<String> {
    let path = source.path.trim_end_matches(".rs");
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    if let Some(src) = parts.iter().position(|part| part == "src") {
        parts.remove(src);
    }
    if parts
        .last()
        .is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str()))
    {
        parts.pop();
    }
    parts
}

/// The names of the user and of the used module if the used one stands below in their list.
fn upward(orders: &Orders, user: &[String], used: &[String]) -> Option<(String, String)> {
    let shared = user.iter().zip(used).take_while(|(a, b)| a == b).count();
    let order = orders.get(&user[..shared])?;
    let place = |path: &[String]| {
        let name = path.get(shared)?;
        Some((
            order.iter().position(|module| module == name)?,
            name.clone(),
        ))
    };
    let ((from, lower), (to, upper)) = (place(user)?, place(used)?);
    (from < to).then_some((lower, upper))
}

/// A path that a file uses, from its crate's folder on.
struct Used {
    path: Vec<String>,
    line: usize,
}

/// All paths that begin with `crate`, `self` or `super`.
fn uses(source: &Source) -> Vec<Used> {
    let mut uses = Vec::new();
    let tokens = &source.tokens;
    for at in 0..tokens.len() {
        let next = tokens.get(at + 1).map(|token| token.text.as_str());
        let before = at.checked_sub(1).map(|before| tokens[before].text.as_str());
        if next != Some("::") || before == Some("::") {
            continue;
        }
        let module = module_of(source);
        let start = match tokens[at].text.as_str() {
            "crate" => module[..1].to_vec(),
            "self" => module,
            "super" => module[..module.len().saturating_sub(1).max(1)].to_vec(),
            _ => continue,
        };
        follow(tokens, at + 2, start, &mut uses);
    }
    uses
}

/// Reads on behind a `::`, into every branch of a group; gives the position behind it.
fn follow(tokens: &[Token], mut at: usize, mut path: Vec<String>, uses: &mut Vec<Used>) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let line = tokens.get(at).map_or(0, |token| token.line);
    if text(at) == "{" {
        at += 1;
        while !["}", ""].contains(&text(at)) {
            at = match text(at) {
                "," => at + 1,
                _ => follow(tokens, at, path.clone(), uses),
            };
        }
        return at + 1;
    }
    match text(at) {
        "super" => drop(path.pop()),
        "self" => {}
        name => path.push(name.to_owned()),
    }
    if text(at + 1) == "::" && text(at + 2) != "<" {
        return follow(tokens, at + 2, path, uses);
    }
    uses.push(Used { path, line });
    at += 1;
    while text(at) == "as" {
        at += 2;
    }
    at
}
