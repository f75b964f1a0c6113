//! What is kept of what was done: imports, and the audit trail?

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The name of the source, as given.
    pub source: String,
    /// When it was imported.
    pub time: u64,
    /// How many listings were added, revised, left as they were, removed, and refused.
    pub counts: ImportCounts,
}

/// How many rows of an import met which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportCounts {
    /// New listings.
    pub added: u64,
    /// Listings whose content changed.
    pub revised: u64,
    /// Listings that say what they said before.
    pub unchanged: u64,
    /// Listings that are gone.
    pub removed: u64,
    /// Listings that wait for a person's yes before they are removed.
    pub proposed: u64,
    /// Rows that are no sound listing.
    pub refused: u64,
}

/// A line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// The day since 1970-01-01, UTC.
    pub day: u32,
    /// The name of the token, or of the command.
    pub who: String,
    /// The deed, such as "put" or "erase".
    pub what: String,
    /// The listing it was done to, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub uuid: Option<Uuid>,
}
