//! Who can sign a note, and how is that key written?

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::Signer;

use super::hash::sha256;
use super::text::{self, TextError};

/// Why a name or a key was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A name is empty, or has a space, a plus sign or a control character.
    #[error("a key name is empty or contains a space, a plus sign or a control character")]
    Name,
    /// The parts are not joined as a key is written.
    #[error("not of the form name+id+key")]
    Form,
    /// A part is spelled otherwise than it is written.
    #[error("a part of the key has another spelling than the one it is written in")]
    Spelling(#[from] TextError),
    /// The id is not the hash of what it names.
    #[error("the key id {written} does not belong to this key, whose id is {computed}")]
    Id {
        /// The id that the text states.
        written: KeyId,
        /// The id of the key that the text holds.
        computed: KeyId,
    },
    /// Neither an Ed25519 key nor a key for timestamped cosignatures.
    #[error("signature type {0:#04x} is not known here")]
    Algorithm(u8),
    /// The bytes are no public key that can be trusted: no point, another spelling of a point,
    /// or a point of small order, under which one signature fits many messages.
    #[error("not a sound Ed25519 public key")]
    Weak,
    /// The key is as long as no key of its type.
    #[error("a key of {0} bytes where 32 are expected")]
    Length(usize),
}

/// The name of a key: not empty, without Unicode spaces, plus signs or control characters
/// (C2SP signed-note, section Format).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName(String);

impl KeyName {
    /// Takes a name.
    ///
    /// # Errors
    /// [`KeyError::Name`] if it cannot stand in a note.
    pub fn new(name: impl Into<String>) -> Result<Self, KeyError> {
        let name = name.into();
        let refused = |c: char| c.is_whitespace() || c == '+' || c < ' ';
        if name.is_empty() || name.contains(refused) {
            return Err(KeyError::Name);
        }
        Ok(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = KeyError;

    fn from_str(name: &str) -> Result<Self, KeyError> {
        Self::new(name)
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Four bytes that tell apart the keys of one name. Short on purpose: a hint, not a proof.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    /// The id that C2SP signed-note recommends: the start of the SHA-256 of name, newline,
    /// signature type and public key.
    pub fn of(name: &KeyName, algorithm: Algorithm, public_key: &[u8; 32]) -> Self {
        let name = name.as_str().as_bytes();
        let hash = sha256(&[name, b"\n", &[algorithm.byte()], public_key]);
        Self([hash[0], hash[1], hash[2], hash[3]])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::to_hex(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// What a key signs. A key has one role, so a signature made in one is never valid in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519 over the text of a note: signature type 1 (C2SP signed-note).
    Ed25519,
    /// Ed25519 over a time and a checkpoint: signature type 4 (C2SP tlog-cosignature).
    CosignatureV1,
}

impl Algorithm {
    /// The byte assigned to this signature type (C2SP signed-note, section Signature types).
    pub fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::CosignatureV1 => 4,
        }
    }

    fn from_byte(byte: u8) -> Result<Self, KeyError> {
        match byte {
            1 => Ok(Self::Ed25519),
            4 => Ok(Self::CosignatureV1),
            other => Err(KeyError::Algorithm(other)),
        }
    }
}

/// A public key under a name: what a reader trusts.
///
/// Written as a vkey, `name+id+key`: eight hexadecimal digits, and base64 of the signature type
/// and the public key (C2SP signed-note, section Verifier keys).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    algorithm: Algorithm,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    /// Takes a public key of 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::Weak`] if the bytes are no point, not the one spelling of their point, or a
    /// point of small order.
    pub fn new(name: KeyName, algorithm: Algorithm, key: &[u8; 32]) -> Result<Self, KeyError> {
        let id = KeyId::of(&name, algorithm, key);
        let key = ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| KeyError::Weak)?;
        // Decoding reduces a coordinate above the field's prime; such a key would have two
        // spellings and thus two ids (RFC 8032, section 5.1.3 refuses it).
        if key.is_weak() || key.to_edwards().compress().as_bytes() != key.as_bytes() {
            return Err(KeyError::Weak);
        }
        Ok(Self {
            name,
            id,
            algorithm,
            key,
        })
    }

    /// The name under which this key signs.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The id that stands in this key's signatures.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What this key signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key, 32 bytes (RFC 8032, section 5.1.5).
    pub fn public_key(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Whether `signature` is this key's Ed25519 signature of exactly `message`.
    ///
    /// Strict: a signature with a component of small order or in another encoding is false, so
    /// all readers agree about every signature.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else {
            return false;
        };
        self.key.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = typed(self.algorithm, self.public_key());
        write!(f, "{}+{}+{key}", self.name, self.id)
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(vkey: &str) -> Result<Self, KeyError> {
        let (name, id, algorithm, key) = split(vkey)?;
        let verifier = Self::new(name, algorithm, &key)?;
        matching(id, verifier.id)?;
        Ok(verifier)
    }
}

/// A secret key under a name. It never shows itself in debugging output.
///
/// Written as `PRIVATE+KEY+name+id+key`: as a vkey, with the seed instead of the public key.
pub struct SigningKey {
    verifier: VerifierKey,
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    const PREFIX: &str = "PRIVATE+KEY+";

    /// Makes the key that belongs to a seed of 32 random bytes (RFC 8032, section 5.1.5).
    pub fn from_seed(name: KeyName, algorithm: Algorithm, seed: [u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        let verifier = VerifierKey::new(name, algorithm, key.verifying_key().as_bytes())
            .expect("a clamped secret times the base point is never of small order");
        Self { verifier, key }
    }

    /// The same secret under another name, as one key signs several logs in turn.
    pub fn under(&self, name: KeyName) -> Self {
        Self::from_seed(name, self.verifier.algorithm, self.key.to_bytes())
    }

    /// A key for another role, whose seed is the SHA-256 of `label`, a zero byte and this key's seed.
    ///
    /// Who knows the one public key learns nothing of the other, and nobody has to keep a second
    /// secret. `label` says what the key is for and is used for nothing else.
    pub fn derive(&self, label: &str, name: KeyName, algorithm: Algorithm) -> SigningKey {
        let seed = sha256(&[label.as_bytes(), b"\0", self.key.as_bytes()]);
        Self::from_seed(name, algorithm, seed)
    }

    /// The Ed25519 signature of a message. Nothing is put before the message: callers say in it
    /// what kind of statement it is.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// The public half of this key.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The text that holds this key's secret. For the key's file and for nothing else.
    pub fn to_secret_text(&self) -> String {
        let VerifierKey {
            name,
            id,
            algorithm,
            ..
        } = &self.verifier;
        let key = typed(*algorithm, self.key.as_bytes());
        format!("{}{name}+{id}+{key}", Self::PREFIX)
    }
}

impl FromStr for SigningKey {
    type Err = KeyError;

    fn from_str(secret: &str) -> Result<Self, KeyError> {
        let rest = secret.strip_prefix(Self::PREFIX).ok_or(KeyError::Form)?;
        let (name, id, algorithm, seed) = split(rest)?;
        let signer = Self::from_seed(name, algorithm, seed);
        matching(id, signer.verifier.id)?;
        Ok(signer)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifier)
    }
}

/// Base64 of a signature type and a key of that type.
fn typed(algorithm: Algorithm, key: &[u8; 32]) -> String {
    let mut bytes = [algorithm.byte(); 33];
    bytes[1..].copy_from_slice(key);
    text::to_base64(&bytes)
}

/// Takes `name+id+key` apart. The key's base64 may itself contain a plus sign, the name cannot.
fn split(text: &str) -> Result<(KeyName, KeyId, Algorithm, [u8; 32]), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Form);
    };
    let name = KeyName::new(name)?;
    let id = KeyId(text::array_from_hex(id)?);
    let key = text::from_base64(key)?;
    let (&algorithm, key) = key.split_first().ok_or(KeyError::Length(0))?;
    let algorithm = Algorithm::from_byte(algorithm)?;
    let key = key.try_into().map_err(|_| KeyError::Length(key.len()))?;
    Ok((name, id, algorithm, key))
}

fn matching(written: KeyId, computed: KeyId) -> Result<(), KeyError> {
    if written == computed {
        Ok(())
    } else {
        Err(KeyError::Id { written, computed })
    }
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
