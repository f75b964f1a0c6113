//! What does a token's secret look like, and what do we keep of it?

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Every secret begins so, that a program which looks for leaked secrets may recognize it.
const PREFIX: &str = "ch_";

/// A secret, shown once to the person who asked for it and kept nowhere.
pub struct TokenSecret(String);

impl TokenSecret {
    /// A secret of 32 bytes of chance: `ch_` and 43 characters of base64url.
    pub fn new(chance: [u8; 32]) -> TokenSecret {
        TokenSecret(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(chance)))
    }

    /// The text to show.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What to keep of it.
    pub fn hash(&self) -> TokenHash {
        hash_of(&self.0)
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

/// SHA-256 of a secret. A secret has 256 bits of chance, so nobody finds it by guessing, and no
/// slow hash is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Whether both are the same, in a time that does not depend on where they differ.
    pub(super) fn is(&self, other: &TokenHash) -> bool {
        let differing = self
            .0
            .iter()
            .zip(other.0)
            .fold(0, |bits, (a, b)| bits | (a ^ b));
        std::hint::black_box(differing) == 0
    }
}

/// The hash of whatever somebody presents as a secret.
pub(super) fn hash_of(secret: &str) -> TokenHash {
    TokenHash(Sha256::digest(secret).into())
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TokenHash, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        let hash = bytes
            .try_into()
            .map_err(|_| serde::de::Error::custom("a hash has 32 bytes"))?;
        Ok(TokenHash(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_the_shape_that_was_promised_and_is_not_printed() {
        let secret = TokenSecret::new([255; 32]);
        assert_eq!(secret.as_str(), format!("ch_{}8", "_".repeat(42)));
        assert_eq!(secret.as_str().len(), 46);
        assert!(!format!("{secret:?}").contains("ch_"));
    }

    #[test]
    fn only_the_same_secret_has_the_same_hash() {
        let hash = TokenSecret::new([7; 32]).hash();
        assert!(hash.is(&hash_of(TokenSecret::new([7; 32]).as_str())));
        assert!(!hash.is(&hash_of("")));
        assert!(!hash.is(&TokenSecret::new([8; 32]).hash()));
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<TokenHash>(&json).unwrap(), hash);
    }
}
