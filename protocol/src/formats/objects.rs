//! JSON arrays of objects, through a mapping.

use super::import::ImportResult;
use super::mapped;
use super::mapping::Mapping;
use super::rows;
use super::source::Source;

/// Reads a JSON list of objects, or an object that holds one, through a mapping.
///
/// # Errors
/// If the file as a whole cannot be read.
pub fn read(bytes: &[u8], mapping: &Mapping, source: &Source) -> ImportResult {
    let rows = rows::json(bytes, mapping.rows.as_deref())?;
    Ok(mapped::read_rows(&rows, mapping, source))
}
