//! What does a log say about itself, and who may say it?
//!
//! A checkpoint is a note of three lines: origin, size, root (C2SP tlog-checkpoint). Extension
//! lines are refused: nothing that follows a log could check them.

use std::fmt;
use std::str::FromStr;

use super::hash::Hash;
use super::key::{SigningKey, VerifierKey};
use super::note::{NoteError, SignedNote};
use super::text::{self, Lines};
use super::tree::{Frontier, Size};

/// Why a checkpoint was not read or not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it was not read, or is not signed by the key.
    #[error("the note of the checkpoint")]
    Note(#[from] NoteError),
    /// Not exactly three lines, or with a line in another spelling.
    #[error("not the three lines of a checkpoint: origin, size, root")]
    Form,
    /// The origin is empty or has a control character.
    #[error("an origin is one line that is not empty")]
    OriginForm,
    /// A size above [`Size::MAX`].
    #[error("a tree of {0} leaves is larger than any can be")]
    TooLarge(Size),
    /// No leaves, but another root than that of no leaves.
    #[error("a tree without leaves has another root than {0}")]
    EmptyRoot(Hash),
    /// A checkpoint of another log.
    #[error("a checkpoint of {found} where one of {expected} was expected")]
    Origin {
        /// The log whose checkpoint was expected.
        expected: String,
        /// The log that it speaks of.
        found: String,
    },
}

/// The state of a log: how many leaves it has, and their root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// How many leaves it has.
    pub size: Size,
    /// The root of the tree of these leaves.
    pub root: Hash,
}

impl Checkpoint {
    /// The checkpoint of a tree whose right edge is known.
    pub fn of(origin: impl Into<String>, tree: &Frontier) -> Self {
        Self {
            origin: origin.into(),
            size: tree.size(),
            root: tree.root(),
        }
    }

    /// The text that is signed: three lines.
    pub fn to_text(&self) -> String {
        self.to_string()
    }

    /// Reads the text of a checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError`] for everything that [`Checkpoint::to_text`] would not write for a
    /// sound checkpoint, extension lines included.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = Lines::new(text).map_err(|_| CheckpointError::Form)?;
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Form);
        };
        let size = Size(text::decimal(size).map_err(|_| CheckpointError::Form)?);
        let root = root.parse().map_err(|_| CheckpointError::Form)?;
        let checkpoint = Self {
            origin: origin.to_owned(),
            size,
            root,
        };
        checkpoint.check()?;
        Ok(checkpoint)
    }

    /// Signs the checkpoint. That the log never signs two that contradict each other is for the
    /// caller to see to.
    ///
    /// # Errors
    /// What [`Checkpoint::parse`] would refuse, and [`NoteError::Role`] for a cosigner's key.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedNote, CheckpointError> {
        self.check()?;
        Ok(SignedNote::sign(self.to_text(), &[key])?)
    }

    fn check(&self) -> Result<(), CheckpointError> {
        if self.origin.is_empty() || self.origin.bytes().any(|b| b < b' ') {
            return Err(CheckpointError::OriginForm);
        }
        if self.size > Size::MAX {
            return Err(CheckpointError::TooLarge(self.size));
        }
        if self.size == Size::ZERO && self.root != Hash::EMPTY {
            return Err(CheckpointError::EmptyRoot(self.root));
        }
        Ok(())
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        Self::parse(text)
    }
}

/// A checkpoint that is known to be signed by its log, with the note that shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: SignedNote,
}

impl SignedCheckpoint {
    /// Reads a signed checkpoint of the log `origin` and verifies the log's signature.
    /// Signatures of others, such as witnesses, are kept but not looked at.
    ///
    /// # Errors
    /// [`CheckpointError`]: not a checkpoint, not of this log, not signed by this key.
    pub fn read(bytes: &[u8], origin: &str, key: &VerifierKey) -> Result<Self, CheckpointError> {
        Self::from_note(SignedNote::parse(bytes)?, origin, key)
    }

    /// As [`SignedCheckpoint::read`], for a note that was read already.
    ///
    /// # Errors
    /// As [`SignedCheckpoint::read`].
    pub fn from_note(
        note: SignedNote,
        origin: &str,
        key: &VerifierKey,
    ) -> Result<Self, CheckpointError> {
        // The signature first: nothing is said about a text that nobody answers for.
        note.verify(key)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        if checkpoint.origin != origin {
            let (expected, found) = (origin.to_owned(), checkpoint.origin);
            return Err(CheckpointError::Origin { expected, found });
        }
        Ok(Self { checkpoint, note })
    }

    /// What a signed checkpoint says, when only that is wanted.
    ///
    /// # Errors
    /// As [`SignedCheckpoint::read`].
    pub fn open(
        bytes: &[u8],
        origin: &str,
        key: &VerifierKey,
    ) -> Result<Checkpoint, CheckpointError> {
        Self::read(bytes, origin, key).map(|signed| signed.checkpoint)
    }

    /// What the log says.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note with all its signatures.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
