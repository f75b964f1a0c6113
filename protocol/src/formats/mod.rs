//! What foreign lists of meetings say, as drafts of ours.
//!
//! Modules stand lowest first; each uses only those above it. Everything here is a pure function
//! of the bytes of one file and a description of where they come from.

/// What was changed, set aside or refused, and why, in words.
pub mod report;

/// How foreign text becomes clean text.
mod clean;

/// Which days, times and durations a cell names.
mod when;

/// Provinces, states and countries: names, codes, time zones.
mod regions;

/// What an address line says.
mod address;

/// Where a file comes from and what holds for all its rows.
pub mod source;

/// Which fellowship a feed belongs to, when it does not say.
mod fellowship;

/// How bytes become rows.
pub mod rows;

/// What an import is, and how its drafts become listings.
pub mod import;

/// Meeting Guide files.
pub mod meeting_guide;

/// Where in a row a value stands, and where in a listing it goes.
mod path;

/// How one cell is read.
mod reading;

/// What can be wrong with a mapping.
mod unsound_mapping;

/// What one rule of a mapping says.
mod rule;

/// Mapping files: which column is which field.
pub mod mapping;

/// Which values one rule takes from a row.
mod values;

/// What brings a mapped row into the form of a listing.
mod finish;

/// What a mapping makes of the rows of a file.
mod mapped;

/// Lists of our own drafts.
pub mod listings;

/// JSON arrays of objects, through a mapping.
pub mod objects;

/// CSV files, through a mapping.
pub mod csv;

/// Which of the formats a file is in.
mod sniffing;

/// What an import adds to, revises in and misses from what we hold.
pub mod compare;

pub use import::{Import, ImportedDraft, Sound, SoundListing};
pub use mapping::{Mapping, MappingError};
pub use report::{Note, Report, What, Why};
pub use rows::ImportError;
pub use sniffing::{Format, read, sniff};
pub use source::Source;
