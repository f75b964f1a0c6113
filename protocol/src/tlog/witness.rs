//! When may a witness sign?
//!
//! C2SP tlog-witness, `add-checkpoint`: what a log asks, what the witness decides, and what it
//! answers. Who keeps the last cosigned state must compare and replace it in one step; the
//! specification shows the race that follows otherwise.

use std::fmt;
use std::str::FromStr;

use super::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use super::hash::{Hash, sha256};
use super::key::VerifierKey;
use super::note::{self, NoteError, Signature, SignedNote};
use super::proof;
use super::text::{self, Lines, TextError};
use super::tree::Size;

/// Why a request or an answer was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// Not UTF-8, or not the lines in their order.
    #[error("not the lines of a request: old size, proof, checkpoint")]
    Form,
    /// A decimal, base64 or line in another spelling than it is written in.
    #[error("a line of the request or answer")]
    Text(#[from] TextError),
    /// What should be a note is none.
    #[error("the note in the request or answer")]
    Note(#[from] NoteError),
    /// The note is no checkpoint.
    #[error("the checkpoint in the request")]
    Checkpoint(#[from] CheckpointError),
}

/// What a log asks of a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The size that the log believes the witness cosigned last.
    pub old: Size,
    /// The consistency proof from there to the checkpoint.
    pub proof: Vec<Hash>,
    /// The checkpoint, signed by the log.
    pub checkpoint: SignedNote,
}

impl Request {
    /// Reads a request. Reading one verifies nothing.
    ///
    /// # Errors
    /// [`WitnessError`] for everything that [`Request::to_bytes`] would not write.
    pub fn parse(request: &[u8]) -> Result<Self, WitnessError> {
        let request = std::str::from_utf8(request).map_err(|_| WitnessError::Form)?;
        let mut lines = Lines::new(request)?;
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = Size(text::decimal(old.ok_or(WitnessError::Form)?)?);
        let proof = proof::from_lines(&mut lines)?;
        let checkpoint = SignedNote::parse(lines.rest().as_bytes())?;
        // Else the proof could be hidden in a longer text of the note.
        Checkpoint::parse(checkpoint.text())?;
        Ok(Self {
            old,
            proof,
            checkpoint,
        })
    }

    /// The log that the checkpoint claims to be of: which key and which state to look up.
    /// Nothing vouches for it yet.
    pub fn origin(&self) -> &str {
        let text = self.checkpoint.text();
        text.split_once('\n').map_or(text, |(origin, _)| origin)
    }

    /// The bytes of the request, as they are sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            old,
            proof,
            checkpoint,
        } = self;
        write!(f, "old {old}\n{}\n{checkpoint}", proof::to_lines(proof))
    }
}

impl FromStr for Request {
    type Err = WitnessError;

    fn from_str(request: &str) -> Result<Self, WitnessError> {
        Self::parse(request.as_bytes())
    }
}

/// The largest tree of a log that a witness has cosigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosigned {
    /// Its size.
    pub size: Size,
    /// Its root.
    pub root: Hash,
}

impl Cosigned {
    /// Of a log that the witness has never cosigned.
    pub const NOTHING: Self = Self {
        size: Size::ZERO,
        root: Hash::EMPTY,
    };
}

impl From<&Checkpoint> for Cosigned {
    fn from(checkpoint: &Checkpoint) -> Self {
        Self {
            size: checkpoint.size,
            root: checkpoint.root,
        }
    }
}

/// What a witness answers to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Keep this as the last cosigned state, flush it, then cosign it.
    Cosign(Checkpoint),
    /// The log's key has not signed it: forbidden.
    Unsigned,
    /// Signed, but no checkpoint of this log as we read them: a bad request.
    Unreadable(CheckpointError),
    /// The old size is larger than the checkpoint's: a bad request.
    Backwards {
        /// What the log says we cosigned.
        old: Size,
        /// What it wants cosigned now.
        new: Size,
    },
    /// The log does not know what we cosigned last: a conflict, answered with this size. When it
    /// is larger than the log's own tree, the log has lost something.
    Conflict {
        /// What we cosigned last.
        size: Size,
    },
    /// Signed by the log, of the size that we cosigned, with another root: a conflict, and the
    /// two checkpoints are evidence of a fork.
    Forked {
        /// What we cosigned last.
        size: Size,
    },
    /// The proof does not join the trees: it cannot be processed. It may be a mistake or a fork.
    BadProof,
}

/// Decides whether to cosign a checkpoint of the log `origin`, whose key is `key`, after `last`.
///
/// The checks stand in the order of C2SP tlog-witness, section add-checkpoint. That the origin
/// is known at all was found by whoever looked up the key.
pub fn decide(request: &Request, origin: &str, key: &VerifierKey, last: Cosigned) -> Decision {
    let signed = SignedCheckpoint::from_note(request.checkpoint.clone(), origin, key);
    let new = match signed {
        Ok(signed) => signed.checkpoint().clone(),
        Err(CheckpointError::Note(_)) => return Decision::Unsigned,
        Err(unreadable) => return Decision::Unreadable(unreadable),
    };
    if request.old > new.size {
        return Decision::Backwards {
            old: request.old,
            new: new.size,
        };
    }
    if request.old != last.size {
        return Decision::Conflict { size: last.size };
    }
    // Two roots at one size are a fork, whatever else the request carries.
    if new.size == last.size && new.root != last.root {
        return Decision::Forked { size: last.size };
    }
    let proof = &request.proof;
    match proof::verify_consistency(last.size, last.root, new.size, new.root, proof) {
        Ok(()) => Decision::Cosign(new),
        Err(_) => Decision::BadProof,
    }
}

/// Writes the answer to a request that was granted: one line for each cosignature.
pub fn cosignatures_text(cosignatures: &[Signature]) -> String {
    cosignatures
        .iter()
        .map(|signature| format!("{signature}\n"))
        .collect()
}

/// Reads such an answer. The caller ignores what is not from keys that it trusts.
///
/// # Errors
/// [`NoteError`] as for the signatures of a note.
pub fn parse_cosignatures(answer: &[u8]) -> Result<Vec<Signature>, WitnessError> {
    let answer = std::str::from_utf8(answer).map_err(|_| WitnessError::Form)?;
    Ok(note::parse_signatures(answer)?)
}

/// Writes the body of the answer to a conflict: what was cosigned last.
/// Its media type is [`SIZE_MEDIA_TYPE`].
pub fn size_text(size: Size) -> String {
    format!("{size}\n")
}

/// Reads the body of the answer to a conflict.
///
/// # Errors
/// [`WitnessError`] unless it is one line with a decimal.
pub fn parse_size(answer: &[u8]) -> Result<Size, WitnessError> {
    let answer = std::str::from_utf8(answer).map_err(|_| WitnessError::Form)?;
    let size = answer.strip_suffix('\n').ok_or(TextError::NoFinalNewline)?;
    Ok(Size(text::decimal(size)?))
}

/// The name under which witnesses and mirrors serve a log: the SHA-256 of its origin, in
/// hexadecimal (C2SP tlog-witness, section Monitor Retrieval, and C2SP tlog-mirror).
pub fn origin_hash(origin: &str) -> String {
    text::to_hex(&sha256(&[origin.as_bytes()]))
}

/// The media type of the answer to a conflict.
pub const SIZE_MEDIA_TYPE: &str = "text/x.tlog.size";

#[cfg(test)]
#[path = "witness_tests.rs"]
mod tests;
