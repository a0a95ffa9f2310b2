//! What a request carries to say who is calling, and what can be read from it.

mod claims;
mod session;

use std::{fmt, sync::Arc};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{AuthFailure, Error, Result};

pub use self::claims::KeyClaims;
pub(crate) use self::session::{Account, Session};

/// The header with the token that the wiki sends in place of one that has run out.
const NEW_JWT: HeaderName = HeaderName::from_static("new-jwt");

/// As whom a client calls.
#[derive(Clone, Default)]
pub(crate) enum Credentials {
    /// As a guest.
    #[default]
    Anonymous,
    /// With an API key.
    ApiKey {
        key: SecretString,
        /// `Bearer …`, marked as sensitive.
        header: HeaderValue,
        claims: Option<KeyClaims>,
    },
    /// As a user who has logged in.
    Session(Arc<Session>),
}

impl Credentials {
    /// Checks an API key's form, as far as it can be seen from outside.
    pub(crate) fn api_key(key: &SecretString) -> Result<Self> {
        const REMEDY: &str =
            "copy the key from Administration > API Access, whole and without quotes";
        let text = key.expose_secret().trim();
        if text.is_empty() {
            return Err(Error::config("api_key", "the key is empty", REMEDY));
        }
        // Neither shown nor handed on as a source: it is a secret even if it is a wrong one.
        let header = bearer(text).ok_or_else(|| {
            Error::config(
                "api_key",
                "the key has characters that no HTTP header may hold",
                REMEDY,
            )
        })?;
        let claims = KeyClaims::read(text);
        if let Some(claims) = &claims {
            claims.warn_if_it_ends_soon();
        }
        Ok(Self::ApiKey {
            key: text.to_owned().into(),
            header,
            claims,
        })
    }

    /// What the next request carries.
    ///
    /// # Errors
    ///
    /// [`AuthFailure::Expired`] for a key that is expired for so long that Wiki.js takes the caller for
    /// a guest instead of saying so (hazard 47).
    pub(crate) fn authorization(&self) -> Result<Option<HeaderValue>, AuthFailure> {
        self.check()?;
        Ok(match self {
            Self::Anonymous => None,
            Self::ApiKey { header, .. } => Some(header.clone()),
            Self::Session(session) => Some(session.token()),
        })
    }

    /// Which token of a session the next request carries; the same for all requests with an API key.
    ///
    /// # Errors
    ///
    /// As [`authorization`](Self::authorization).
    pub(crate) fn generation(&self) -> Result<u64, AuthFailure> {
        self.check()?;
        Ok(match self {
            Self::Anonymous | Self::ApiKey { .. } => 0,
            Self::Session(session) => session.generation(),
        })
    }

    fn check(&self) -> Result<(), AuthFailure> {
        match self.claims() {
            Some(claims) if claims.is_a_guests() => Err(AuthFailure::Expired),
            _ => Ok(()),
        }
    }

    /// Takes over the token that the wiki sends along when one has run out.
    pub(crate) fn renew(&self, answer: &HeaderMap) {
        if let Self::Session(_) = self
            && let Some(token) = answer.get(NEW_JWT)
            && let Ok(token) = token.to_str()
        {
            self.take_over(token);
        }
    }

    /// Takes over a token that the wiki answers in place of the one that there is.
    pub(crate) fn take_over(&self, token: &str) {
        if let Self::Session(session) = self
            && let Some(header) = bearer(token)
        {
            session.replace(header);
        }
    }

    pub(crate) fn claims(&self) -> Option<&KeyClaims> {
        match self {
            Self::Anonymous | Self::Session(_) => None,
            Self::ApiKey { claims, .. } => claims.as_ref(),
        }
    }

    pub(crate) fn session(&self) -> Option<&Arc<Session>> {
        match self {
            Self::Anonymous | Self::ApiKey { .. } => None,
            Self::Session(session) => Some(session),
        }
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }

    /// The text without the key or token, should somebody echo it.
    pub(crate) fn redact(&self, text: &str) -> String {
        const REDACTED: &str = "[redacted]";
        match self {
            Self::Anonymous => text.to_owned(),
            Self::ApiKey { key, .. } => text.replace(key.expose_secret(), REDACTED),
            Self::Session(session) => {
                let header = session.token();
                let token = header
                    .to_str()
                    .unwrap_or_default()
                    .trim_start_matches("Bearer ");
                if token.is_empty() {
                    text.to_owned()
                } else {
                    text.replace(token, REDACTED)
                }
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "anonymous",
            Self::ApiKey { .. } => "API key [redacted]",
            Self::Session(_) => "session [redacted]",
        })
    }
}

/// `Bearer …` as a header that is never shown; `None` for what cannot be one.
pub(crate) fn bearer(token: &str) -> Option<HeaderValue> {
    let refused = |c: char| c.is_whitespace() || c.is_control() || !c.is_ascii();
    if token.is_empty() || token.chars().any(refused) {
        return None;
    }
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}
