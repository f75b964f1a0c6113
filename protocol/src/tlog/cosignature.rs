//! What does a witness sign, and when did it?
//!
//! C2SP tlog-cosignature, version 1, Ed25519: the time and the checkpoint. The statement is
//! *at this time, this was the largest tree of this log that I had seen, and it grew from all
//! that I had seen before*.

use super::checkpoint::Checkpoint;
use super::key::{Algorithm, SigningKey, VerifierKey};
use super::note::{self, NoteError, Signature, SignedNote};

/// The latest time that can be stated, in seconds since 1970: 2^63-1.
pub const MAX_TIME_S: u64 = (1 << 63) - 1;

/// Cosigns a checkpoint at a time in seconds since 1970 (POSIX).
///
/// The text that is signed is written anew from what was understood, so no line that we do not
/// know is ever signed. Whether to sign is the decision of [`super::witness`].
///
/// # Errors
/// [`NoteError::Role`] for a key that is no cosigner's, [`NoteError::Text`] for a time after
/// [`MAX_TIME_S`].
pub fn cosign(
    checkpoint: &Checkpoint,
    time_s: u64,
    key: &SigningKey,
) -> Result<Signature, NoteError> {
    let verifier = key.verifier();
    note::has_role(verifier, Algorithm::CosignatureV1)?;
    if time_s > MAX_TIME_S {
        return Err(NoteError::Text);
    }
    let mut bytes = time_s.to_be_bytes().to_vec();
    bytes.extend_from_slice(&key.sign(message(time_s, &checkpoint.to_text()).as_bytes()));
    Ok(Signature {
        name: verifier.name().clone(),
        id: verifier.id(),
        bytes,
    })
}

/// Verifies that a witness has cosigned a checkpoint, and says when: the latest time, in seconds
/// since 1970, if it did so more than once. Whether the log signed it is another question.
///
/// # Errors
/// [`NoteError::Unsigned`], [`NoteError::FalseSignature`] if any cosignature under this key is
/// false, or [`NoteError::Role`] for a key that is no cosigner's.
pub fn verify(note: &SignedNote, key: &VerifierKey) -> Result<u64, NoteError> {
    note::has_role(key, Algorithm::CosignatureV1)?;
    let mut latest_s = 0;
    for signature in note.claimed_by(key)? {
        let time_s = verify_one(note.text(), signature, key);
        latest_s = latest_s.max(time_s.ok_or_else(|| note::false_signature(key))?);
    }
    Ok(latest_s)
}

/// The times of a witness's true cosignatures, in seconds since 1970; false ones are passed over.
///
/// For counting a quorum: anyone can add a line to a note, and must not be able to take a true
/// cosignature away by adding a false one. At most [`note::MAX_SIGNATURES`] are verified.
pub fn times_s(note: &SignedNote, key: &VerifierKey) -> Vec<u64> {
    if note::has_role(key, Algorithm::CosignatureV1).is_err() {
        return Vec::new();
    }
    let claimed = note
        .signatures()
        .iter()
        .filter(|signature| signature.is_claimed_by(key));
    claimed
        .filter_map(|signature| verify_one(note.text(), signature, key))
        .collect()
}

/// The time of one cosignature, in seconds since 1970, if it is true.
fn verify_one(text: &str, signature: &Signature, key: &VerifierKey) -> Option<u64> {
    let (time_s, ed25519) = signature.bytes.split_first_chunk()?;
    let time_s = u64::from_be_bytes(*time_s);
    let holds = time_s <= MAX_TIME_S && key.verify(message(time_s, text).as_bytes(), ed25519);
    holds.then_some(time_s)
}

/// C2SP tlog-cosignature, section Ed25519 signed message.
fn message(time_s: u64, checkpoint: &str) -> String {
    format!("cosignature/v1\ntime {time_s}\n{checkpoint}")
}

#[cfg(test)]
#[path = "cosignature_tests.rs"]
mod tests;
