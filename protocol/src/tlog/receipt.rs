//! How does a proof of inclusion fit into one file that can be checked years later?
//!
//! C2SP tlog-proof: where an entry stands, the proof, and the signed checkpoint it leads to.

use std::fmt;
use std::str::FromStr;

use super::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use super::hash::Hash;
use super::key::VerifierKey;
use super::note::{NoteError, SignedNote};
use super::proof::{self, ProofError};
use super::text::{self, Lines, TextError};
use super::tree::Index;

/// The first line of every receipt.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The most bytes of extra matter in a receipt that is read or written. What we add ourselves
/// is a salt and a length.
pub const MAX_EXTRA_BYTES: usize = 65_536;

/// Why a receipt was not read or not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not UTF-8, or lines missing, surplus or in another spelling.
    #[error("not the lines of a receipt: header, extra, index, proof, checkpoint")]
    Form,
    /// A decimal, base64 or line in another spelling than it is written in.
    #[error("a line of the receipt")]
    Text(#[from] TextError),
    /// More extra matter than [`MAX_EXTRA_BYTES`].
    #[error("{0} bytes of extra matter, more than {MAX_EXTRA_BYTES}")]
    ExtraTooLong(usize),
    /// The checkpoint in the receipt is no note.
    #[error("the note in the receipt")]
    Note(#[from] NoteError),
    /// What should be a checkpoint is none, or is not the log's.
    #[error("the checkpoint in the receipt")]
    Checkpoint(#[from] CheckpointError),
    /// The proof does not lead from the leaf to the checkpoint's root.
    #[error("the inclusion proof in the receipt")]
    Proof(#[from] ProofError),
}

/// Where an entry stands in a log, with all that shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What an application adds. **Nothing vouches for it.** Empty is the same as none.
    pub extra: Option<Vec<u8>>,
    /// The position of the entry.
    pub index: Index,
    /// The inclusion proof, from the leaf's sibling up.
    pub proof: Vec<Hash>,
    /// The signed checkpoint, with the cosignatures it has.
    pub checkpoint: SignedNote,
}

impl Receipt {
    /// Reads a receipt. Reading one verifies nothing.
    ///
    /// # Errors
    /// [`ReceiptError`] for everything that [`Receipt::to_bytes`] would not write.
    pub fn parse(receipt: &[u8]) -> Result<Self, ReceiptError> {
        let receipt = std::str::from_utf8(receipt).map_err(|_| ReceiptError::Form)?;
        let mut lines = Lines::new(receipt)?;
        if lines.next() != Some(HEADER) {
            return Err(ReceiptError::Form);
        }
        let mut line = lines.next().ok_or(ReceiptError::Form)?;
        let mut extra = None;
        if let Some(base64) = line.strip_prefix("extra ") {
            extra = Some(parse_extra(base64)?);
            line = lines.next().ok_or(ReceiptError::Form)?;
        }
        let index = line.strip_prefix("index ").ok_or(ReceiptError::Form)?;
        let index = Index(text::decimal(index)?);
        let proof = proof::from_lines(&mut lines)?;
        let checkpoint = SignedNote::parse(lines.rest().as_bytes())?;
        // Else the proof could be hidden in a longer text of the note.
        Checkpoint::parse(checkpoint.text())?;
        Ok(Self {
            extra,
            index,
            proof,
            checkpoint,
        })
    }

    /// Verifies that the log `origin`, whose key is `key`, holds the leaf at
    /// [`Receipt::index`], and says in which checkpoint. Cosignatures are for a policy to judge.
    ///
    /// # Errors
    /// [`ReceiptError::Checkpoint`] or [`ReceiptError::Proof`].
    pub fn verify(
        &self,
        leaf: Hash,
        origin: &str,
        key: &VerifierKey,
    ) -> Result<SignedCheckpoint, ReceiptError> {
        let signed = SignedCheckpoint::from_note(self.checkpoint.clone(), origin, key)?;
        let tree = signed.checkpoint();
        proof::verify_inclusion(leaf, self.index, tree.size, &self.proof, tree.root)?;
        Ok(signed)
    }

    /// The bytes of the receipt, as they are sent and kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = self.extra.as_ref().filter(|extra| !extra.is_empty()) {
            writeln!(f, "extra {}", text::to_base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        write!(f, "{}\n{}", proof::to_lines(&self.proof), self.checkpoint)
    }
}

impl FromStr for Receipt {
    type Err = ReceiptError;

    fn from_str(receipt: &str) -> Result<Self, ReceiptError> {
        Self::parse(receipt.as_bytes())
    }
}

fn parse_extra(base64: &str) -> Result<Vec<u8>, ReceiptError> {
    let extra = text::from_base64(base64)?;
    match extra.len() {
        // Without extra matter the line is left out (C2SP tlog-proof, section Format).
        0 => Err(ReceiptError::Form),
        1..=MAX_EXTRA_BYTES => Ok(extra),
        more => Err(ReceiptError::ExtraTooLong(more)),
    }
}

#[cfg(test)]
#[path = "receipt_tests.rs"]
mod tests;
