//! Which of the formats a file is in.

use serde_json::Value;

use super::import::ImportResult;
use super::mapping::{Mapping, Shape};
use super::rows::{self, ImportError};
use super::source::Source;
use super::{csv, listings, meeting_guide, objects};

/// A format that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Meeting Guide, as JSON or as CSV.
    MeetingGuide,
    /// A JSON list of drafts in our own form.
    Listings,
    /// A JSON list of objects, through a mapping.
    Objects,
    /// A CSV file, through a mapping.
    Csv,
}

/// Rows that are looked at to tell formats apart.
const SAMPLE_ROWS: usize = 20;

/// Chooses the format of a file by its mapping, its name and its first rows.
///
/// # Errors
/// If the file cannot be read, or if nothing tells what its columns mean.
pub fn sniff(bytes: &[u8], name: &str, mapping: Option<&Mapping>) -> Result<Format, ImportError> {
    let (text, _) = rows::text(bytes)?;
    let lower = name.to_lowercase();
    let json = match text.trim_start().chars().next() {
        Some('[' | '{') => !lower.ends_with(".csv"),
        _ => lower.ends_with(".json"),
    };
    if let Some(mapping) = mapping {
        let shape = mapping
            .shape()
            .unwrap_or(if json { Shape::Json } else { Shape::Csv });
        return Ok(if shape == Shape::Json {
            Format::Objects
        } else {
            Format::Csv
        });
    }
    let rows = if json {
        rows::json(bytes, None)?
    } else {
        rows::csv(bytes, None)?
    };
    let sample: Vec<Vec<String>> = rows
        .rows
        .iter()
        .filter_map(Value::as_object)
        .take(SAMPLE_ROWS)
        .map(|row| field_names(row.keys()))
        .collect();
    let most = |known: &dyn Fn(&[String]) -> bool| {
        sample.iter().filter(|row| known(row)).count() * 2 > sample.len()
    };
    let has = |row: &[String], field: &str| row.iter().any(|name| name == field);
    if most(&|row| has(row, "kind") && has(row, "name")) {
        return Ok(Format::Listings);
    }
    let guide = |row: &[String]| {
        has(row, "name")
            && ["slug", "time", "day", "types"]
                .iter()
                .filter(|field| has(row, field))
                .count()
                >= 2
    };
    // An empty list is a list of anything.
    if most(&guide) || (json && rows.rows.is_empty()) {
        return Ok(Format::MeetingGuide);
    }
    Err(ImportError::Unknown)
}

fn field_names<'k>(keys: impl Iterator<Item = &'k String>) -> Vec<String> {
    keys.map(|key| key.trim().to_lowercase().replace([' ', '-'], "_"))
        .collect()
}

/// Reads a file in whatever format it is.
///
/// # Errors
/// As [`sniff`], and if the file as a whole cannot be read.
pub fn read(bytes: &[u8], name: &str, mapping: Option<&Mapping>, source: &Source) -> ImportResult {
    match (sniff(bytes, name, mapping)?, mapping) {
        (Format::Objects, Some(mapping)) => objects::read(bytes, mapping, source),
        (Format::Csv, Some(mapping)) => csv::read(bytes, mapping, source),
        (Format::Listings, _) => listings::read(bytes, source),
        (Format::MeetingGuide, _) => meeting_guide::read(bytes, source),
        (Format::Objects | Format::Csv, None) => Err(ImportError::Unknown),
    }
}
