//! How are the tables of places read, and how are names spelled for comparison?

use std::collections::HashMap;

use clearinghouse_protocol::listing::fold;

use super::{POSTAL_KM, Place};

/// One word of a query: folded, and where it stands there in bytes.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) folded: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The words of a query as [`fold`] would part them, with the places where they stand.
pub(super) fn words_with_spans(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut start = None;
    let ends = text.char_indices().chain([(text.len(), ' ')]);
    for (at, c) in ends {
        // A combining accent belongs to the letter before it; it is what folds to nothing
        // without parting words.
        let inside = c.is_alphanumeric() || (start.is_some() && fold(&format!("a{c}a")) == "aa");
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(begun)) => {
                words.push(Word {
                    folded: fold(&text[begun..at]),
                    start: begun,
                    end: at,
                });
                start = None;
            }
            _ => {}
        }
    }
    words.retain(|word| !word.folded.is_empty());
    words
}

/// Words as one key: abbreviations written out, spaces left out, so that `Val d'Or`, `Val-dOr`
/// and `val dor` are one name.
pub(super) fn joined(words: &[Word]) -> String {
    words.iter().map(|word| written_out(&word.folded)).collect()
}

/// The key of a name.
pub(super) fn key_of(name: &str) -> String {
    fold(name).split(' ').map(written_out).collect()
}

fn written_out(word: &str) -> &str {
    match word {
        "st" => "saint",
        "ste" => "sainte",
        word => word,
    }
}

/// Reads the table of places: name, province, latitude, longitude, population, kind (place or
/// province), French name where it differs, other names separated by semicolons.
pub(super) fn read_places(table: &str) -> Result<Vec<(Place, Vec<String>)>, String> {
    let read = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [
            name,
            province,
            latitude,
            longitude,
            population,
            kind,
            french,
            others,
        ] = columns[..]
        else {
            return None;
        };
        let (population, is_province) = (population.parse().ok()?, kind == "province");
        let place = Place {
            name_en: name.to_owned(),
            name_fr: if french.is_empty() { name } else { french }.to_owned(),
            province: province.to_owned(),
            latitude: latitude.parse().ok()?,
            longitude: longitude.parse().ok()?,
            population,
            approx_km: if is_province {
                province_km(province)
            } else {
                settlement_km(population)
            },
            is_province,
        };
        let others = others
            .split(';')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        Some((place, others))
    };
    rows(table)
        .map(|line| read(line).ok_or_else(|| line.to_owned()))
        .collect()
}

/// Reads the table of postal areas: three characters, place, province, latitude, longitude.
pub(super) fn read_postal(table: &str) -> Result<HashMap<String, Place>, String> {
    let read = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [area, name, province, latitude, longitude] = columns[..] else {
            return None;
        };
        let name = format!("{area} ({name})");
        let place = Place {
            name_fr: name.clone(),
            name_en: name,
            province: province.to_owned(),
            latitude: latitude.parse().ok()?,
            longitude: longitude.parse().ok()?,
            population: 0,
            approx_km: if area.as_bytes().get(1) == Some(&b'0') {
                POSTAL_KM.1
            } else {
                POSTAL_KM.0
            },
            is_province: false,
        };
        Some((area.to_lowercase(), place))
    };
    rows(table)
        .map(|line| read(line).ok_or_else(|| line.to_owned()))
        .collect()
}

fn rows(table: &str) -> impl Iterator<Item = &str> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A town of ten thousand reaches about 2 km from its middle, a city of three million 25.
fn settlement_km(population: u32) -> f32 {
    ((population as f32).sqrt() * 0.015).clamp(2.0, 60.0)
}

/// From the middle of a province to its farthest inhabited corner, in km.
fn province_km(province: &str) -> f32 {
    match province {
        "PE" => 110.0,
        "NB" => 190.0,
        "NS" => 330.0,
        "SK" | "MB" | "YT" => 650.0,
        "AB" | "NL" => 700.0,
        "BC" => 850.0,
        "ON" | "QC" => 950.0,
        _ => 1_500.0,
    }
}
