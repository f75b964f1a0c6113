//! What can be wrong with a mapping file?

/// Bytes of a mapping file at most; the longest we wrote has six thousand.
pub const MAX_MAPPING_BYTES: usize = 256 * 1024;

/// What is wrong with a mapping file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MappingError {
    /// It is not TOML.
    #[error("the mapping is not TOML: {0}")]
    NotToml(String),
    /// It is larger than [`MAX_MAPPING_BYTES`] or fills too many fields.
    #[error("the mapping is too long")]
    TooLong,
    /// A key that nothing reads.
    #[error("{place}: unknown key {key:?}{}", nearest.as_ref().map(|n| format!(", did you mean {n:?}?")).unwrap_or_default())]
    Unknown {
        /// Where in the mapping.
        place: String,
        /// The key.
        key: String,
        /// The known key that is spelled most like it.
        nearest: Option<String>,
    },
    /// A key that must be there is not.
    #[error("{place}: {key} is missing")]
    Missing {
        /// Where in the mapping.
        place: String,
        /// The key.
        key: String,
    },
    /// A value of the wrong sort.
    #[error("{place}: expected {expected}")]
    Expected {
        /// Where in the mapping.
        place: String,
        /// What should stand there.
        expected: String,
    },
}

impl MappingError {
    pub(crate) fn expected(place: &str, expected: &str) -> MappingError {
        MappingError::Expected {
            place: place.to_string(),
            expected: expected.to_string(),
        }
    }

    pub(crate) fn missing(place: &str, key: &str) -> MappingError {
        MappingError::Missing {
            place: place.to_string(),
            key: key.to_string(),
        }
    }

    pub(crate) fn unknown(place: &str, key: &str, known: &[&str]) -> MappingError {
        let nearest = known
            .iter()
            .map(|name| (strsim::damerau_levenshtein(name, key), *name))
            .filter(|(distance, name)| *distance <= 1 + name.len() / 3)
            .min()
            .map(|(_, name)| name.to_string());
        MappingError::Unknown {
            place: place.to_string(),
            key: key.to_string(),
            nearest,
        }
    }
}
