//! How is a text signed, so that everyone reads the same text and the same signatures?
//!
//! A note is a text, an empty line, and one line for each signature (C2SP signed-note). The text
//! is worth nothing until [`SignedNote::verify`] has said who signed it.

use std::fmt;
use std::str::FromStr;

use super::key::{Algorithm, KeyError, KeyId, KeyName, SigningKey, VerifierKey};
use super::text::{self, Lines, TextError};

/// The longest note that is read, in bytes. A checkpoint with a hundred Ed25519 cosignatures has
/// about 20,000; the other implementations stop at the same length.
pub const MAX_NOTE_BYTES: usize = 1_000_000;

/// The most signatures on one note. The specification asks for at least 16; each one that names
/// a known key costs a verification.
pub const MAX_SIGNATURES: usize = 100;

/// What every signature line begins with: an em dash and a space.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Why a note was not read, not made, or not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`MAX_NOTE_BYTES`].
    #[error("a note of {0} bytes, more than {MAX_NOTE_BYTES}")]
    TooLong(usize),
    /// Not UTF-8, or with a control character other than newline.
    #[error("a note holds only UTF-8 without control characters other than newline")]
    Characters,
    /// The text does not end in a newline.
    #[error("the text of a note ends in a newline")]
    Text,
    /// No empty line divides the text from the signatures, or no signature follows it.
    #[error("no signatures after the last empty line")]
    NoSignatures,
    /// More than [`MAX_SIGNATURES`].
    #[error("more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// A signature line has another form than `— name base64`.
    #[error("signature line {0} is not an em dash, a name, and base64")]
    SignatureLine(usize),
    /// No signature bears the key's name and id.
    #[error("not signed by {name} ({id})")]
    Unsigned {
        /// The name of the key that was asked for.
        name: KeyName,
        /// The id of the key that was asked for.
        id: KeyId,
    },
    /// A signature bears the key's name and id but was not made by the key.
    #[error("the signature of {name} ({id}) is false")]
    FalseSignature {
        /// The name of the key that was asked for.
        name: KeyName,
        /// The id of the key that was asked for.
        id: KeyId,
    },
    /// The key has another role than signing this kind of statement.
    #[error("the key {0} has another role")]
    Role(KeyName),
}

/// One signature: who claims to have made it, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Signature {
    /// The name of the key.
    pub name: KeyName,
    /// The id of the key.
    pub id: KeyId,
    /// What the key made: 64 bytes of Ed25519, or 8 bytes of time and 64 of Ed25519, or whatever
    /// a key that we do not know makes. Not empty.
    pub bytes: Vec<u8>,
}

impl Signature {
    /// Whether this signature claims to be made by the key: name and id agree.
    pub fn is_claimed_by(&self, key: &VerifierKey) -> bool {
        self.id == key.id() && self.name == *key.name()
    }
}

/// Writes the signature line without its newline.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.id.0.to_vec();
        bytes.extend_from_slice(&self.bytes);
        write!(
            f,
            "{SIGNATURE_PREFIX}{} {}",
            self.name,
            text::to_base64(&bytes)
        )
    }
}

impl FromStr for Signature {
    type Err = SignatureLineError;

    /// Reads a signature line without its newline.
    fn from_str(line: &str) -> Result<Self, SignatureLineError> {
        let line = line
            .strip_prefix(SIGNATURE_PREFIX)
            .ok_or(SignatureLineError::Form)?;
        let (name, bytes) = line.split_once(' ').ok_or(SignatureLineError::Form)?;
        let name = KeyName::new(name)?;
        let bytes = text::from_base64(bytes)?;
        match bytes.split_first_chunk() {
            Some((id, rest)) if !rest.is_empty() => Ok(Self {
                name,
                id: KeyId(*id),
                bytes: rest.to_vec(),
            }),
            _ => Err(SignatureLineError::Form),
        }
    }
}

/// Why a signature line was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureLineError {
    /// Not of the form `— name base64`, or with nothing after the key id.
    #[error("not an em dash, a name, and base64 of a key id and a signature")]
    Form,
    /// The name cannot be the name of a key.
    #[error("the name in a signature line")]
    Name(#[from] KeyError),
    /// The base64 has another spelling.
    #[error("the base64 in a signature line")]
    Base64(#[from] TextError),
}

/// A text and its signatures. Reading one verifies nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<Signature>,
}

impl SignedNote {
    /// Reads a note, at most [`MAX_NOTE_BYTES`] with at most [`MAX_SIGNATURES`].
    ///
    /// # Errors
    /// [`NoteError`] for everything that [`SignedNote::to_bytes`] would not write.
    pub fn parse(note: &[u8]) -> Result<Self, NoteError> {
        if note.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(note.len()));
        }
        let note = std::str::from_utf8(note).map_err(|_| NoteError::Characters)?;
        check_characters(note)?;
        // The last empty line divides: the text may have empty lines, the signatures have none.
        let divide = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, signatures) = (&note[..=divide], &note[divide + 2..]);
        let signatures = parse_signatures(signatures)?;
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }

    /// Signs a text with keys whose role is signing notes, in this order.
    ///
    /// # Errors
    /// [`NoteError::Text`] or [`NoteError::Characters`] if the text cannot be a note's,
    /// [`NoteError::NoSignatures`] without keys, [`NoteError::Role`] for a cosigner's key,
    /// [`NoteError::TooLong`] and [`NoteError::TooManySignatures`] at the limits.
    pub fn sign(text: impl Into<String>, keys: &[&SigningKey]) -> Result<Self, NoteError> {
        let text = text.into();
        if !text.ends_with('\n') {
            return Err(NoteError::Text);
        }
        check_characters(&text)?;
        let mut signatures = Vec::with_capacity(keys.len());
        for key in keys {
            let verifier = key.verifier();
            has_role(verifier, Algorithm::Ed25519)?;
            signatures.push(Signature {
                name: verifier.name().clone(),
                id: verifier.id(),
                bytes: key.sign(text.as_bytes()).to_vec(),
            });
        }
        if signatures.is_empty() {
            return Err(NoteError::NoSignatures);
        }
        let mut note = Self {
            text,
            signatures: Vec::new(),
        };
        for signature in signatures {
            note.add(signature)?;
        }
        Ok(note)
    }

    /// The text that is signed; it ends in a newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures in their order. What they claim has not been verified.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature at the end; one that is there already is not added again.
    ///
    /// # Errors
    /// [`NoteError::TooManySignatures`] and [`NoteError::TooLong`] at the limits,
    /// [`NoteError::SignatureLine`] for a signature without bytes; the note stays as it was.
    pub fn add(&mut self, signature: Signature) -> Result<(), NoteError> {
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        if signature.bytes.is_empty() {
            return Err(NoteError::SignatureLine(self.signatures.len()));
        }
        if self.signatures.len() == MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        self.signatures.push(signature);
        let length = self.to_string().len();
        if length > MAX_NOTE_BYTES {
            self.signatures.pop();
            return Err(NoteError::TooLong(length));
        }
        Ok(())
    }

    /// The same text with only those signatures that `keep` wants, in their order.
    ///
    /// # Errors
    /// [`NoteError::NoSignatures`] if it wants none.
    pub fn only(&self, keep: impl FnMut(&&Signature) -> bool) -> Result<Self, NoteError> {
        let signatures: Vec<Signature> = self.signatures.iter().filter(keep).cloned().collect();
        if signatures.is_empty() {
            return Err(NoteError::NoSignatures);
        }
        Ok(Self {
            text: self.text.clone(),
            signatures,
        })
    }

    /// Verifies that a key whose role is signing notes has signed this text.
    ///
    /// Every signature under the key's name and id is verified, so one false signature spoils a
    /// note even when a true one stands beside it. Signatures of other keys are not looked at.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`], [`NoteError::FalseSignature`], or [`NoteError::Role`].
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        has_role(key, Algorithm::Ed25519)?;
        for signature in self.claimed_by(key)? {
            if !key.verify(self.text.as_bytes(), &signature.bytes) {
                return Err(false_signature(key));
            }
        }
        Ok(())
    }

    /// The signatures that claim to be made by a key: at least one.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`] if there is none.
    pub(crate) fn claimed_by<'a>(
        &'a self,
        key: &'a VerifierKey,
    ) -> Result<impl Iterator<Item = &'a Signature>, NoteError> {
        let mut claimed = self
            .signatures
            .iter()
            .filter(|s| s.is_claimed_by(key))
            .peekable();
        if claimed.peek().is_none() {
            return Err(NoteError::Unsigned {
                name: key.name().clone(),
                id: key.id(),
            });
        }
        Ok(claimed)
    }

    /// The bytes of the note, as they are sent and kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

/// Reads signature lines, at least one, each with its newline.
///
/// # Errors
/// [`NoteError::NoSignatures`], [`NoteError::TooManySignatures`], or the number of the first
/// line (from 1) that is no signature.
pub fn parse_signatures(lines: &str) -> Result<Vec<Signature>, NoteError> {
    let mut signatures = Vec::new();
    for line in Lines::new(lines).map_err(|_| NoteError::NoSignatures)? {
        if signatures.len() == MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        let number = signatures.len() + 1;
        signatures.push(line.parse().map_err(|_| NoteError::SignatureLine(number))?);
    }
    if signatures.is_empty() {
        return Err(NoteError::NoSignatures);
    }
    Ok(signatures)
}

pub(crate) fn has_role(key: &VerifierKey, role: Algorithm) -> Result<(), NoteError> {
    if key.algorithm() == role {
        Ok(())
    } else {
        Err(NoteError::Role(key.name().clone()))
    }
}

pub(crate) fn false_signature(key: &VerifierKey) -> NoteError {
    NoteError::FalseSignature {
        name: key.name().clone(),
        id: key.id(),
    }
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    if text.bytes().any(|b| b < b' ' && b != b'\n') {
        return Err(NoteError::Characters);
    }
    Ok(())
}

#[cfg(test)]
#[path = "note_tests.rs"]
mod tests;
