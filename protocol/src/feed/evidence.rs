//! How does anyone see, offline, that a log has signed two histories?
//!
//! About a kilobyte: two signed checkpoints, and the proof that the larger tree does not begin with
//! the smaller one. Whoever has the log's key needs nothing else and has to believe nobody.

use std::fmt;

use super::origin::Origin;
use crate::tlog::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::tlog::hash::Hash;
use crate::tlog::key::VerifierKey;
use crate::tlog::note::{NoteError, SignedNote};
use crate::tlog::proof::{self, ProofError, prove_consistency, verify_consistency};
use crate::tlog::text::{Lines, TextError};
use crate::tlog::tree::{Hashes, Size, root};

/// The longest evidence that is read or written, in bytes: two checkpoints with a hundred
/// cosignatures each, and the longest proof, are below it.
pub const EVIDENCE_MAX_BYTES: usize = 131_072;

/// The first line of every evidence.
const HEADER: &str = "clearinghouse/evidence/v1";

/// Why evidence was not read, or proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Longer than [`EVIDENCE_MAX_BYTES`].
    #[error("{0} bytes, more than {EVIDENCE_MAX_BYTES}")]
    TooLong(usize),
    /// Not UTF-8, or lines missing, surplus or in another spelling.
    #[error("not the lines of evidence: header, prefix, proof, and two signed checkpoints")]
    Form,
    /// A hash or line in another spelling than it is written in.
    #[error("a line of the evidence: {0}")]
    Text(#[from] TextError),
    /// What should be a signed checkpoint is no note.
    #[error("a note in the evidence: {0}")]
    Note(#[from] NoteError),
    /// What should be a checkpoint is none, or is not one of the log that it should be of.
    #[error("a checkpoint in the evidence: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The proof does not show that the larger tree begins with the prefix.
    #[error("the proof in the evidence: {0}")]
    Proof(#[from] ProofError),
    /// The larger tree begins with the smaller one, so nothing is wrong.
    #[error("the larger checkpoint contains the smaller one: there is no fork")]
    NoFork,
}

/// How a tree begins, and the proof that it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joint {
    /// The root of the tree's first leaves.
    pub prefix: Hash,
    /// The consistency proof from these leaves to the whole tree.
    pub proof: Vec<Hash>,
}

impl Joint {
    /// How `tree` begins at `size`, from hashes that anyone may have served: they prove themselves.
    ///
    /// `None` if a hash is not there, or they do not lead to the root of `tree`.
    pub fn of(size: Size, tree: &Checkpoint, hashes: &(impl Hashes + ?Sized)) -> Option<Joint> {
        let prefix = root(size, hashes)?;
        let proof = prove_consistency(size, tree.size, hashes).ok()?;
        verify_consistency(size, prefix, tree.size, tree.root, &proof).ok()?;
        Some(Joint { prefix, proof })
    }
}

/// The text that proves a fork. Reading one proves nothing: that is for [`Evidence::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    joint: Joint,
    smaller: SignedNote,
    larger: SignedNote,
}

/// Two histories that one log has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// The log.
    pub origin: Origin,
    /// The checkpoint of fewer entries, or one of two of equally many.
    pub smaller: Checkpoint,
    /// The other one; the tree of the smaller is not its beginning.
    pub larger: Checkpoint,
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (origin, fewer, more) = (self.origin, self.smaller.size, self.larger.size);
        if fewer == more {
            return write!(
                f,
                "{origin} signed two different histories of {more} entries"
            );
        }
        write!(
            f,
            "{origin} signed a history of {more} entries that does not begin with the {fewer} that it signed"
        )
    }
}

impl Evidence {
    /// Puts the evidence together and checks it: what this returns holds.
    ///
    /// Cosignatures are kept, because they say when; where they make it too long they are left out.
    ///
    /// # Errors
    /// As for [`Evidence::check`], and [`EvidenceError::Note`] for bytes that are no note.
    pub fn new(
        joint: Joint,
        smaller: &[u8],
        larger: &[u8],
        origin: &Origin,
        key: &VerifierKey,
    ) -> Result<Evidence, EvidenceError> {
        let mut evidence = Evidence {
            joint,
            smaller: SignedNote::parse(smaller)?,
            larger: SignedNote::parse(larger)?,
        };
        if evidence.write().len() > EVIDENCE_MAX_BYTES {
            evidence.smaller = bare(&evidence.smaller, key)?;
            evidence.larger = bare(&evidence.larger, key)?;
        }
        evidence.check(origin, key)?;
        Ok(evidence)
    }

    /// Reads evidence.
    ///
    /// # Errors
    /// [`EvidenceError`] for everything that [`Evidence::write`] would not write.
    pub fn read(bytes: &[u8]) -> Result<Evidence, EvidenceError> {
        if bytes.len() > EVIDENCE_MAX_BYTES {
            return Err(EvidenceError::TooLong(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| EvidenceError::Form)?;
        let mut lines = Lines::new(text)?;
        if lines.next() != Some(HEADER) {
            return Err(EvidenceError::Form);
        }
        let prefix = lines.next().and_then(|line| line.strip_prefix("prefix "));
        let prefix = prefix.ok_or(EvidenceError::Form)?.parse()?;
        let proof = proof::from_lines(&mut lines)?;
        // Neither a checkpoint nor its signatures have an empty line, so there is one way to divide them.
        let mut parts = lines.rest().splitn(4, "\n\n");
        let (Some(first), Some(by), Some(last)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(EvidenceError::Form);
        };
        let rest = parts.next().ok_or(EvidenceError::Form)?;
        let evidence = Evidence {
            joint: Joint { prefix, proof },
            smaller: SignedNote::parse(format!("{first}\n\n{by}\n").as_bytes())?,
            larger: SignedNote::parse(format!("{last}\n\n{rest}").as_bytes())?,
        };
        let smaller = Checkpoint::parse(evidence.smaller.text())?;
        let larger = Checkpoint::parse(evidence.larger.text())?;
        if smaller.origin != larger.origin || smaller.size > larger.size {
            return Err(EvidenceError::Form);
        }
        Ok(evidence)
    }

    /// The text, as it is kept and served.
    pub fn write(&self) -> Vec<u8> {
        let Joint { prefix, proof } = &self.joint;
        let proof = proof::to_lines(proof);
        let (smaller, larger) = (&self.smaller, &self.larger);
        format!("{HEADER}\nprefix {prefix}\n{proof}\n{smaller}\n{larger}").into_bytes()
    }

    /// Checks that the log `origin`, whose key is `key`, has signed two histories, and says which.
    ///
    /// # Errors
    /// [`EvidenceError::Checkpoint`] if it did not sign both, [`EvidenceError::Proof`] or
    /// [`EvidenceError::NoFork`] if they do not contradict each other.
    pub fn check(&self, origin: &Origin, key: &VerifierKey) -> Result<Fork, EvidenceError> {
        let name = origin.to_string();
        let signed = |note: &SignedNote| {
            SignedCheckpoint::from_note(note.clone(), &name, key)
                .map(|signed| signed.checkpoint().clone())
        };
        let (smaller, larger) = (signed(&self.smaller)?, signed(&self.larger)?);
        let Joint { prefix, proof } = &self.joint;
        verify_consistency(smaller.size, *prefix, larger.size, larger.root, proof)?;
        if *prefix == smaller.root {
            return Err(EvidenceError::NoFork);
        }
        Ok(Fork {
            origin: *origin,
            smaller,
            larger,
        })
    }

    /// The signed checkpoint of fewer entries, with its cosignatures.
    pub fn smaller(&self) -> &SignedNote {
        &self.smaller
    }

    /// The signed checkpoint of more entries, with its cosignatures.
    pub fn larger(&self) -> &SignedNote {
        &self.larger
    }

    /// The log that the evidence says it is about; to be checked with that log's key.
    pub fn origin(&self) -> Option<Origin> {
        self.smaller.text().lines().next()?.parse().ok()
    }
}

/// A note with the signatures of `key` alone.
fn bare(note: &SignedNote, key: &VerifierKey) -> Result<SignedNote, NoteError> {
    let signatures = note.claimed_by(key)?;
    let lines: String = signatures.map(|line| format!("{line}\n")).collect();
    SignedNote::parse(format!("{}\n{lines}", note.text()).as_bytes())
}

#[cfg(test)]
#[path = "evidence_tests.rs"]
mod tests;
