//! What an API key says of itself.

use std::time::Duration;

use base64::Engine as _;
use serde::Deserialize;

use crate::types::{ApiKeyId, GroupId};

/// For so long after a key has run out Wiki.js answers "Unauthorized"; from then on the caller is a
/// guest without a word (hazard 47).
const RENEWABLE_FOR: jiff::SignedDuration = jiff::SignedDuration::from_hours(14 * 24);

/// How long before a key's end a client that is built with it warns.
const WARNS_BEFORE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What an API key says of itself. It is a signed token, and only the wiki can check the signature:
/// these are the key's own words, good for a hint and never for a decision about rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyClaims {
    /// Which key it is in the wiki's list of keys.
    pub id: ApiKeyId,
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

    /// Whether the key's time is over before this time has passed.
    ///
    /// A client that is built with a key that ends within a week says so in its log.
    pub fn expires_within(&self, time: Duration) -> bool {
        jiff::Timestamp::now()
            .checked_add(time)
            .is_ok_and(|then| self.expires <= then)
    }

    /// Whether Wiki.js does not even say any more that the key is expired.
    pub(super) fn is_a_guests(&self) -> bool {
        self.expires
            .checked_add(RENEWABLE_FOR)
            .is_ok_and(|end| end <= jiff::Timestamp::now())
    }

    pub(super) fn warn_if_it_ends_soon(&self) {
        if self.is_expired() {
            tracing::warn!(expired = %self.expires, "the API key is expired");
        } else if self.expires_within(WARNS_BEFORE) {
            tracing::warn!(expires = %self.expires, "the API key expires soon");
        }
    }

    /// `None` for what is not a key of Wiki.js.
    pub(crate) fn read(key: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Payload {
            api: i64,
            grp: i64,
            exp: i64,
        }
        let payload = key.split('.').nth(1)?;
        let json = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(payload)
            .ok()?;
        let Payload { api, grp, exp } = serde_json::from_slice(&json).ok()?;
        Some(Self {
            id: api.into(),
            group: grp.into(),
            expires: jiff::Timestamp::from_second(exp).ok()?,
        })
    }
}
