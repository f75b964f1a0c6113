//! When did a node last say that its log was no longer than this?
//!
//! A checkpoint has no time, so whoever repeats an old one cannot be told from an author who has nothing
//! new. A node therefore cosigns its own checkpoints with its key `witness`: at that time it had signed
//! nothing larger (docs/format.md, F100 to F102). Nobody counts this as confirmation by a witness.

use super::identity::Identity;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::cosignature::{cosign, times_s};
use crate::tlog::key::SigningKey;
use crate::tlog::note::{NoteError, SignedNote};

/// How far an author's clock may be ahead of a reader's, in seconds: ten minutes.
pub const AHEAD_MAX_S: u64 = 600;

/// Why nothing was attested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttestError {
    /// The note is none, or has no room for another signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] crate::tlog::checkpoint::CheckpointError),
}

/// Adds to our own checkpoint that nothing larger was signed at `time_s`, in seconds since 1970.
///
/// # Errors
/// [`AttestError`] for what is no signed checkpoint.
pub fn attest(note: &[u8], time_s: u64, witness: &SigningKey) -> Result<Vec<u8>, AttestError> {
    let mut note = SignedNote::parse(note)?;
    let checkpoint: Checkpoint = note.text().parse()?;
    note.add(cosign(&checkpoint, time_s, witness)?)?;
    Ok(note.to_bytes())
}

/// The latest time, in seconds since 1970, at which the author attested this checkpoint; at the reader's
/// time `now_s` no time of the future counts. The signature of the log is not checked here.
pub fn attested_s(note: &[u8], author: &Identity, now_s: u64) -> Option<u64> {
    let note = SignedNote::parse(note).ok()?;
    let times = times_s(&note, &author.witness_key).into_iter();
    // Who is a little ahead has said it now; who is far ahead could be repeated for years.
    let soon = times.filter(|time_s| *time_s <= now_s.saturating_add(AHEAD_MAX_S));
    soon.max().map(|time_s| time_s.min(now_s))
}

/// A checkpoint with the signatures under its author's names alone; `None` if the log's is not there.
/// Anyone can add lines to a note, and what we serve on behalf of others should not grow by them.
pub fn authors_own(note: &[u8], author: &Identity) -> Option<Vec<u8>> {
    let note = SignedNote::parse(note).ok()?;
    let keys = [&author.log_key, &author.witness_key];
    let note = note.only(|signature| keys.iter().any(|key| signature.is_claimed_by(key)));
    let note = note.ok()?;
    note.verify(&author.log_key).ok()?;
    Some(note.to_bytes())
}
