//! CSV files, through a mapping.

use super::import::ImportResult;
use super::mapped;
use super::mapping::Mapping;
use super::rows;
use super::source::Source;

/// Reads a CSV file with a header line through a mapping.
///
/// # Errors
/// If the file as a whole cannot be read.
pub fn read(bytes: &[u8], mapping: &Mapping, source: &Source) -> ImportResult {
    let rows = rows::csv(bytes, mapping.delimiter)?;
    Ok(mapped::read_rows(&rows, mapping, source))
}
