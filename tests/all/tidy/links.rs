//! Do documents point to what is there?

use super::fault::Fault;
use super::house::House;

/// Beginnings by which a path of this repository is known.
const ROOTS: &[&str] = &[
    "docs/",
    "node/",
    "protocol/",
    "tests/",
    "tools/",
    ".ci/",
    ".config/",
];

/// Links and paths in documents lead to files, and links to headings to headings.
pub fn targets(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in house.ending_in(".md") {
        for (n, line) in text.lines().enumerate() {
            let links = links_of(line).filter(|link| !leads(house, path, text, link));
            let dead = links.chain(paths_of(line).filter(|named| !exists(house, named)));
            faults.extend(dead.map(|to| Fault::new(path, n + 1, format!("`{to}` is not there"))));
        }
    }
    faults
}

/// The targets of links to places in the repository.
fn links_of(line: &str) -> impl Iterator<Item = &str> {
    let ends = line
        .match_indices("](")
        .map(|(at, mark)| &line[at + mark.len()..]);
    let links = ends.filter_map(|rest| rest.split_once(')').map(|(link, _)| link));
    links.filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
}

/// Paths between backticks that begin at the root of the repository.
fn paths_of(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(|text| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
        ROOTS.iter().any(|root| text.starts_with(root)) && text.chars().all(plain)
    })
}

fn leads(house: &House, page: &str, text: &str, link: &str) -> bool {
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    if path.is_empty() {
        return headings(text).any(|there| there == heading);
    }
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let target = resolve(folder, path);
    let heading_there = || {
        let mut page = house.texts.iter().filter(|(path, _)| *path == target);
        page.any(|(_, text)| headings(text).any(|there| there == heading))
    };
    exists(house, &target) && (heading.is_empty() || heading_there())
}

fn exists(house: &House, path: &str) -> bool {
    house.paths.contains(path.trim_end_matches('/'))
}

/// A relative path from the root of the repository.
fn resolve(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The names by which a page's headings are linked: lower case, hyphens for spaces, no signs.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}

/// Every vector belongs to a format that a document describes, and is read by a test.
pub fn vectors(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    let pages: Vec<&str> = house.ending_in(".md").map(|(_, text)| text).collect();
    let tests: Vec<&str> = house.ending_in(".rs").map(|(_, text)| text).collect();
    for path in house
        .paths
        .iter()
        .filter(|path| path.starts_with("tests/vectors/"))
    {
        let parts: Vec<&str> = path.split('/').collect();
        // A folder of vectors is one format, whatever is in it.
        let [_, _, folder] = parts[..] else { continue };
        if folder.contains('.') {
            continue;
        }
        if !pages.iter().any(|page| page.contains(path.as_str())) {
            faults.push(Fault::new(path, 0, "no document names it"));
        }
        if !tests
            .iter()
            .any(|test| test.contains(&format!("vectors/{folder}")))
        {
            faults.push(Fault::new(path, 0, "no test reads it"));
        }
    }
    faults
}
