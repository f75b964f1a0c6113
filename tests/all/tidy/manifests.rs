//! Is every part from others that we ask for also used?

use super::fault::Fault;
use super::house::House;
use super::lexer::Kind;

/// The manifest of the whole repository, which says where each part comes from.
const ROOT: &str = "Cargo.toml";

/// A crate names what its sources use and no more, and the workspace what its crates name.
pub fn dependencies(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    let manifests: Vec<(&str, &str)> = house.ending_in(ROOT).collect();
    for (path, text) in &manifests {
        let folder = path.trim_end_matches(ROOT);
        for (line, name) in named(text) {
            let used = match folder {
                "" => manifests.iter().any(|(path, text)| {
                    *path != ROOT && named(text).any(|(_, member)| member == name)
                }),
                folder => is_used(house, folder, name),
            };
            if !used {
                faults.push(Fault::new(path, line, format!("nothing uses `{name}`")));
            }
        }
    }
    faults
}

/// The parts that a manifest asks for, with their lines.
fn named(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut asks = false;
    let lines = text.lines().enumerate();
    lines.filter_map(move |(n, line)| {
        if let Some(table) = line.strip_prefix('[') {
            asks = table.trim_end_matches(']').ends_with("dependencies");
            return None;
        }
        let name = line.split([' ', '.', '=']).next()?;
        (asks && !name.is_empty() && !name.starts_with('#')).then_some((n + 1, name))
    })
}

/// Whether a source in this folder says the name.
fn is_used(house: &House, folder: &str, name: &str) -> bool {
    let name = name.replace('-', "_");
    let mut sources = house
        .rust
        .iter()
        .filter(|source| source.path.starts_with(folder));
    sources.any(|source| {
        let mut words = source
            .tokens
            .iter()
            .filter(|token| token.kind == Kind::Word);
        words.any(|word| word.text == name)
    })
}
