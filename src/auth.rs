//! What a request carries to say who is calling, and what can be read from it.

use std::fmt;

use base64::Engine as _;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{
    error::{Error, Result},
    types::GroupId,
};

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
        if text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || !c.is_ascii())
        {
            // Neither shown nor handed on as a source: it is a secret even if it is a wrong one.
            return Err(Error::config(
                "api_key",
                "the key has characters that no HTTP header may hold",
                REMEDY,
            ));
        }
        let mut header = HeaderValue::try_from(format!("Bearer {text}"))
            .map_err(|_| Error::config("api_key", "the key cannot be an HTTP header", REMEDY))?;
        header.set_sensitive(true);
        Ok(Self::ApiKey {
            key: text.to_owned().into(),
            header,
            claims: KeyClaims::read(text),
        })
    }

    pub(crate) fn header(&self) -> Option<HeaderValue> {
        match self {
            Self::Anonymous => None,
            Self::ApiKey { header, .. } => Some(header.clone()),
        }
    }

    pub(crate) fn claims(&self) -> Option<&KeyClaims> {
        match self {
            Self::Anonymous => None,
            Self::ApiKey { claims, .. } => claims.as_ref(),
        }
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }

    /// The text without the key, should somebody echo it.
    pub(crate) fn redact(&self, text: &str) -> String {
        match self {
            Self::Anonymous => text.to_owned(),
            Self::ApiKey { key, .. } => text.replace(key.expose_secret(), "[redacted]"),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "anonymous",
            Self::ApiKey { .. } => "API key [redacted]",
        })
    }
}

/// What an API key says of itself. It is a signed token, and only the wiki can check the signature:
/// these are the key's own words, good for a hint and never for a decision about rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyClaims {
    /// The group whose permissions the key has. Group 1, the administrators', is full access.
    pub group: GroupId,
    /// When the key ends.
    pub expires: jiff::Timestamp,
}

impl KeyClaims {
    /// Whether the key's time is over.
    pub fn is_expired(&self) -> bool {
        self.expires <= jiff::Timestamp::now()
    }

    /// `None` for what is not a key of Wiki.js.
    fn read(key: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Payload {
            grp: i64,
            exp: i64,
        }
        let payload = key.split('.').nth(1)?;
        let json = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(payload)
            .ok()?;
        let Payload { grp, exp } = serde_json::from_slice(&json).ok()?;
        Some(Self {
            group: grp.into(),
            expires: jiff::Timestamp::from_second(exp).ok()?,
        })
    }
}
