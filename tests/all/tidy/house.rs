//! Which files does the repository hold?

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::source::Source;

/// What is made, fetched or kept by tools, and is no part of the house.
const OUTSIDE: &[&str] = &[".git", "target", "build", "node_modules"];

/// All files of the repository.
pub struct House {
    /// Rust files.
    pub rust: Vec<Source>,
    /// All files of text with their paths from the root, Rust files among them.
    pub texts: Vec<(String, String)>,
    /// Paths of all files and folders, from the root.
    pub paths: BTreeSet<String>,
}

impl House {
    /// Reads the repository that this test belongs to.
    pub fn open() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files = Vec::new();
        let mut paths = BTreeSet::new();
        walk(&root, "", &mut files, &mut paths);
        let mut texts = Vec::new();
        for (path, file) in files {
            let bytes = fs::read(&file).unwrap_or_else(|e| panic!("cannot read {path}: {e}"));
            if let Ok(text) = String::from_utf8(bytes) {
                texts.push((path, text));
            }
        }
        Self::of(texts, paths)
    }

    /// A house of these files and no others.
    pub fn of(texts: Vec<(String, String)>, paths: BTreeSet<String>) -> Self {
        let rust = texts.iter().filter(|(path, _)| path.ends_with(".rs"));
        let rust = rust
            .map(|(path, text)| Source::read(path, text.clone()))
            .collect();
        Self { rust, texts, paths }
    }

    /// Files of text with this ending.
    pub fn ending_in<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let texts = self
            .texts
            .iter()
            .filter(move |(path, _)| path.ends_with(ending));
        texts.map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

fn walk(
    folder: &Path,
    name: &str,
    files: &mut Vec<(String, PathBuf)>,
    paths: &mut BTreeSet<String>,
) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("cannot read /{name}: {e}"));
    for entry in entries.map(|entry| entry.expect("a folder that was opened can be read")) {
        let file = entry.file_name().to_string_lossy().into_owned();
        if OUTSIDE.contains(&file.as_str()) {
            continue;
        }
        let path = if name.is_empty() {
            file
        } else {
            format!("{name}/{file}")
        };
        paths.insert(path.clone());
        let kind = entry.file_type().expect("a file that is listed has a type");
        if kind.is_dir() {
            walk(&entry.path(), &path, files, paths);
        } else if kind.is_file() {
            files.push((path, entry.path()));
        }
    }
    files.sort();
}
