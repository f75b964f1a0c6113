//! Who may write to this node over the network?

use super::Desk;
use crate::store::private::{PrivateError, Statement, Token, TokenSecret};

/// What a token lets its bearer do.
pub const SCOPE_WRITE: &str = "listings:write";

impl Desk {
    /// Makes a token under a name. The secret is shown once; only its hash is kept.
    pub async fn create_token(&self, name: &str) -> Result<TokenSecret, PrivateError> {
        let secret = TokenSecret::new(self.clock.random());
        let token = Token {
            name: name.to_owned(),
            hash: secret.hash(),
            created: u64::try_from(self.clock.now().as_second()).unwrap_or(0),
            scopes: vec![SCOPE_WRITE.to_owned()],
        };
        self.blocking(move |desk| desk.private().say(&[Statement::Token(token)]))
            .await?;
        Ok(secret)
    }

    /// Takes a token back; whether there was one of this name.
    pub async fn revoke_token(&self, name: &str) -> Result<bool, PrivateError> {
        let known = self
            .private()
            .state()
            .tokens()
            .any(|token| token.name == name);
        if known {
            let name = name.to_owned();
            self.blocking(move |desk| desk.private().say(&[Statement::TokenRevoked { name }]))
                .await?;
        }
        Ok(known)
    }

    /// The name of the token that a bearer shows, if it may write listings.
    pub fn bearer(&self, secret: &str) -> Option<String> {
        let private = self.private();
        let token = private.state().token_with(secret)?;
        token
            .scopes
            .iter()
            .any(|scope| scope == SCOPE_WRITE)
            .then(|| token.name.clone())
    }
}
