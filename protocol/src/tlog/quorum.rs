//! Which witnesses, and which groups of them, have witnessed a checkpoint?

use super::key::{Algorithm, KeyName, VerifierKey};

/// The most witnesses and groups together, and the most logs, in one policy. C2SP tlog-policy
/// asks for at least 32 of each.
pub const MAX_DEFINITIONS: usize = 256;

/// The name that stands for no witness at all.
pub const NONE: &str = "none";

/// Why a log, a witness or a group was not defined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuorumError {
    /// A name is `none`, is defined already, or cannot stand between two spaces.
    #[error("{0:?} cannot be defined, or not again")]
    Name(String),
    /// A URL cannot stand between two spaces.
    #[error("{0:?} cannot stand in a policy")]
    Url(String),
    /// A name is used before it is defined.
    #[error("{0:?} is not defined above")]
    Unknown(String),
    /// A name is a member of two groups, or of one group twice.
    #[error("{0:?} is a member of a group already")]
    Twice(String),
    /// A threshold below 1 or above the count of members.
    #[error("a threshold of {threshold} for {members} members")]
    Threshold {
        /// How many members are needed.
        threshold: u64,
        /// How many there are.
        members: usize,
    },
    /// A log's key is no log's, or a witness's key no cosigner's.
    #[error("the key of {0} has another role")]
    Role(KeyName),
    /// The same public key is defined already.
    #[error("the key of {0} is defined already")]
    SameKey(KeyName),
    /// More than [`MAX_DEFINITIONS`].
    #[error("more than {MAX_DEFINITIONS} definitions")]
    TooMany,
}

/// A log or a witness: its key, and where it can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The key that it signs with.
    pub key: VerifierKey,
    /// Where it can be reached, if that is said. Not checked beyond having no white space.
    pub url: Option<String>,
}

impl Party {
    /// Takes a key of this role that none of the known ones has.
    pub(super) fn new<'a>(
        key: VerifierKey,
        url: Option<&str>,
        role: Algorithm,
        mut known: impl Iterator<Item = &'a Party>,
    ) -> Result<Self, QuorumError> {
        if key.algorithm() != role {
            return Err(QuorumError::Role(key.name().clone()));
        }
        // The same key under another name would be one voice counted twice.
        if known.any(|party| party.key.public_key() == key.public_key()) {
            return Err(QuorumError::SameKey(key.name().clone()));
        }
        if let Some(url) = url.filter(|url| !is_word(url)) {
            return Err(QuorumError::Url(url.to_owned()));
        }
        Ok(Self {
            key,
            url: url.map(str::to_owned),
        })
    }
}

/// One witness, or a group of what is defined before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Definition {
    Witness(Box<Party>),
    Group {
        threshold: usize,
        members: Vec<usize>,
    },
}

/// Witnesses and groups under names that only their policy uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Witnesses {
    // Members of a group stand before it, so one pass from the front judges them all.
    definitions: Vec<(String, Definition)>,
}

impl Witnesses {
    /// Adds a witness.
    ///
    /// # Errors
    /// [`QuorumError`] `Role`, `SameKey`, `Url`, `Name` or `TooMany`.
    pub fn witness(
        &mut self,
        name: &str,
        key: VerifierKey,
        url: Option<&str>,
    ) -> Result<(), QuorumError> {
        let known = self.iter().map(|(_, witness)| witness);
        let witness = Party::new(key, url, Algorithm::CosignatureV1, known)?;
        self.define(name, Definition::Witness(Box::new(witness)))
    }

    /// Adds a group that has witnessed what at least `threshold` of its members have.
    ///
    /// # Errors
    /// [`QuorumError`] `Unknown`, `Twice`, `Threshold`, `Name` or `TooMany`.
    pub fn group(
        &mut self,
        name: &str,
        threshold: u64,
        members: &[&str],
    ) -> Result<(), QuorumError> {
        let found: Result<Vec<usize>, _> = members.iter().map(|name| self.find(name)).collect();
        let found = found?;
        for (position, member) in found.iter().enumerate() {
            if found[..position].contains(member) || self.is_member(*member) {
                return Err(QuorumError::Twice(members[position].to_owned()));
            }
        }
        let sound = usize::try_from(threshold)
            .ok()
            .filter(|k| (1..=found.len()).contains(k));
        let wrong = QuorumError::Threshold {
            threshold,
            members: found.len(),
        };
        let threshold = sound.ok_or(wrong)?;
        self.define(
            name,
            Definition::Group {
                threshold,
                members: found,
            },
        )
    }

    /// The witnesses with their names, without the groups.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Party)> {
        self.definitions
            .iter()
            .filter_map(|(name, definition)| match definition {
                Definition::Witness(witness) => Some((name.as_str(), &**witness)),
                Definition::Group { .. } => None,
            })
    }

    pub(super) fn definitions(&self) -> &[(String, Definition)] {
        &self.definitions
    }

    pub(super) fn find(&self, name: &str) -> Result<usize, QuorumError> {
        let found = self
            .definitions
            .iter()
            .position(|(defined, _)| defined == name);
        found.ok_or_else(|| QuorumError::Unknown(name.to_owned()))
    }

    /// For each definition, whether it has witnessed what the witnesses for whom `has_cosigned`
    /// is true have cosigned. It is asked once about each witness.
    pub(super) fn witnessed(
        &self,
        mut has_cosigned: impl FnMut(&VerifierKey) -> bool,
    ) -> Vec<bool> {
        let mut witnessed: Vec<bool> = Vec::with_capacity(self.definitions.len());
        for (_, definition) in &self.definitions {
            witnessed.push(match definition {
                Definition::Witness(witness) => has_cosigned(&witness.key),
                Definition::Group { threshold, members } => {
                    members.iter().filter(|member| witnessed[**member]).count() >= *threshold
                }
            });
        }
        witnessed
    }

    fn is_member(&self, definition: usize) -> bool {
        self.definitions.iter().any(|(_, other)| match other {
            Definition::Group { members, .. } => members.contains(&definition),
            Definition::Witness(_) => false,
        })
    }

    fn define(&mut self, name: &str, definition: Definition) -> Result<(), QuorumError> {
        if !is_word(name) || name == NONE || self.find(name).is_ok() {
            return Err(QuorumError::Name(name.to_owned()));
        }
        if self.definitions.len() == MAX_DEFINITIONS {
            return Err(QuorumError::TooMany);
        }
        self.definitions.push((name.to_owned(), definition));
        Ok(())
    }
}

/// Whether this can stand between two spaces and be read again.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b > b' ' && b != 0x7f)
}
