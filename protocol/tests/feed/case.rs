//! How is a vector read?

use std::path::PathBuf;

use serde_json::Value;

/// The file of vectors of this name, whole.
pub fn file(name: &str) -> Value {
    let path = folder().join(name);
    let bytes = std::fs::read(&path).expect(name);
    serde_json::from_slice(&bytes).expect(name)
}

/// Where the vectors are.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/vectors/feed"
    ))
}

/// The names of all files of vectors, sorted.
pub fn names() -> Vec<String> {
    let files = std::fs::read_dir(folder()).expect("the folder of the vectors");
    let names = files.map(|file| file.expect("a file").file_name().into_string());
    let mut names: Vec<String> = names
        .map(|name| name.expect("a plain name"))
        .filter(|name| name.ends_with(".json"))
        .collect();
    names.sort();
    names
}

/// The cases of a file, under the field `cases`.
pub fn cases(file: &Value) -> impl Iterator<Item = Case<'_>> {
    Case(file).list("cases").into_iter().map(Case)
}

/// A part of a vector, with its fields.
#[derive(Clone, Copy)]
pub struct Case<'a>(pub &'a Value);

impl<'a> Case<'a> {
    pub fn text(&self, field: &str) -> &'a str {
        self.0[field].as_str().expect(field)
    }

    pub fn number(&self, field: &str) -> u64 {
        self.0[field].as_u64().expect(field)
    }

    pub fn is(&self, field: &str) -> bool {
        self.0[field].as_bool().expect(field)
    }

    pub fn list(&self, field: &str) -> Vec<&'a Value> {
        self.0[field].as_array().expect(field).iter().collect()
    }

    pub fn numbers(&self, field: &str) -> Vec<u64> {
        let numbers = self.list(field).into_iter();
        numbers
            .map(|number| number.as_u64().expect(field))
            .collect()
    }

    pub fn texts(&self, field: &str) -> Vec<&'a str> {
        let texts = self.list(field).into_iter();
        texts.map(|text| text.as_str().expect(field)).collect()
    }

    /// A list of bytes, each in hexadecimal.
    pub fn all_bytes(&self, field: &str) -> Vec<Vec<u8>> {
        self.texts(field).into_iter().map(from_hex).collect()
    }

    /// The bytes in `hex`, or those of `text` with `%GROW%` replaced as `grow` says.
    pub fn bytes(&self) -> Vec<u8> {
        if let Some(hex) = self.0["hex"].as_str() {
            return from_hex(hex);
        }
        let text = self.text("text");
        let Some(grow) = self.0.get("grow").map(Case) else {
            return text.as_bytes().to_vec();
        };
        let times = usize::try_from(grow.number("times")).expect("a small number");
        text.replace("%GROW%", &grow.text("with").repeat(times))
            .into_bytes()
    }
}

pub fn from_hex(hex: &str) -> Vec<u8> {
    let pairs = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]);
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal"))
        .collect()
}
