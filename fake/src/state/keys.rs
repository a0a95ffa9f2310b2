//! API keys, which are JSON Web Tokens, and the inspection of tokens.

use super::sessions::UserToken;
use crate::text::now_seconds;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

/// The claims `aud` and `iss` of Wiki.js.
const AUDIENCE: &str = "urn:wiki.js";
/// The time after its expiry in which a token is "Unauthorized". Later it runs as Guest.
const RENEWAL_SECONDS: i64 = 14 * 24 * 60 * 60;
/// The lifetime of a key for a test.
pub(crate) const YEAR_SECONDS: i64 = 365 * 24 * 60 * 60;

/// The API keys of a wiki.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// Secret of the signatures, different for each wiki.
    secret: RandomState,
    issued: BTreeMap<i64, ApiKey>,
    /// A key that the test has chosen, which is not a JWT.
    chosen: Option<String>,
    last: i64,
}

/// An issued API key.
#[derive(Debug)]
pub(crate) struct ApiKey {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) group: i64,
    pub(crate) expires: i64,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) is_revoked: bool,
}

/// The result of the inspection of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A token of another wiki, or one that expired more than 14 days ago. The request runs as Guest.
    Invalid,
    /// An API key that expired within the last 14 days. The request has no caller.
    Expired,
    /// An API key of this wiki with its group, or `None` if it was revoked or never issued.
    ApiKey(Option<i64>),
    /// A token of a user, valid or expired within the last 14 days.
    User(UserToken),
}

impl Keys {
    /// Issues a key for a group, valid for a number of seconds. Group 0 has no permissions.
    pub(crate) fn issue(
        &mut self,
        name: &str,
        group: i64,
        seconds: i64,
        created_at: &str,
    ) -> String {
        let expires = now_seconds().saturating_add(seconds);
        let token = self.sign(self.last + 1, group, expires);
        self.keep(name, &token, group, expires, created_at);
        token
    }

    /// Accepts a text as the key of a group for a year, unlike Wiki.js.
    pub(crate) fn accept(&mut self, name: &str, token: &str, group: i64, created_at: &str) {
        let expires = now_seconds().saturating_add(YEAR_SECONDS);
        self.keep(name, token, group, expires, created_at);
        self.chosen = Some(token.to_owned());
    }

    /// Stores the row of a key that could not be signed.
    pub(crate) fn leave_pending(&mut self, name: &str, created_at: &str) {
        self.keep(name, "pending", 0, now_seconds(), created_at);
        if let Some(key) = self.issued.get_mut(&self.last) {
            key.is_revoked = true;
        }
    }

    fn keep(&mut self, name: &str, token: &str, group: i64, expires: i64, created_at: &str) {
        self.last += 1;
        self.issued.insert(
            self.last,
            ApiKey {
                name: name.to_owned(),
                token: token.to_owned(),
                group,
                expires,
                created_at: created_at.to_owned(),
                updated_at: created_at.to_owned(),
                is_revoked: false,
            },
        );
    }

    /// Invalidates every token.
    pub(crate) fn change_secret(&mut self) {
        self.secret = RandomState::new();
        self.chosen = None;
    }

    /// Revokes the key of an id, if there is one.
    pub(crate) fn revoke_by_id(&mut self, id: i64, now: &str) {
        if let Some(key) = self.issued.get_mut(&id) {
            key.is_revoked = true;
            now.clone_into(&mut key.updated_at);
        }
    }

    /// Signs a token without storing a key.
    pub(crate) fn sign(&self, id: i64, group: i64, expires: i64) -> String {
        let issued = now_seconds().min(expires - 1);
        self.sign_claims(json!({"api": id, "grp": group, "iat": issued, "exp": expires}))
    }

    /// Signs a token with these claims, and those of every token.
    pub(super) fn sign_claims(&self, mut claims: Value) -> String {
        claims["aud"] = json!(AUDIENCE);
        claims["iss"] = json!(AUDIENCE);
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let signed = [header, claims]
            .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
            .join(".");
        let signature = self.signature(&signed);
        format!("{signed}.{signature}")
    }

    /// Returns a signature of 256 bytes, the length of RS256 with a key of 2048 bits.
    pub(super) fn signature(&self, signed: &str) -> String {
        let bytes: Vec<u8> = (0_u8..32)
            .flat_map(|part| self.secret.hash_one((part, signed)).to_be_bytes())
            .collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Revokes a key. Returns `false` if it is not one of this wiki.
    pub(crate) fn revoke(&mut self, token: &str) -> bool {
        let key = self.issued.values_mut().find(|key| key.token == token);
        key.map(|key| key.is_revoked = true).is_some()
    }

    /// Returns the issued keys, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, &ApiKey)> {
        self.issued.iter().map(|(id, key)| (*id, key))
    }

    /// Inspects a token.
    pub(crate) fn inspect(&self, token: &str) -> Token {
        if self.chosen.as_deref() == Some(token) {
            let mut keys = self.issued.values();
            let key = keys.find(|key| key.token == token && !key.is_revoked);
            return Token::ApiKey(key.map(|key| key.group));
        }
        let Some((signed, signature)) = token.rsplit_once('.') else {
            return Token::Invalid;
        };
        let claims = signed
            .split_once('.')
            .map(|(_, claims)| URL_SAFE_NO_PAD.decode(claims));
        let claims = claims.and_then(|claims| serde_json::from_slice(&claims.ok()?).ok());
        let claims: Value = claims.unwrap_or_default();
        if self.signature(signed) != signature || claims["aud"] != AUDIENCE {
            return Token::Invalid;
        }
        let expired_for = now_seconds() - claims["exp"].as_i64().unwrap_or_default();
        if expired_for >= RENEWAL_SECONDS {
            Token::Invalid
        } else if let Some(user) = claims["id"].as_i64() {
            Token::User(UserToken {
                user,
                permissions: list(&claims["permissions"], |value| {
                    value.as_str().map(str::to_owned)
                }),
                groups: list(&claims["groups"], Value::as_i64),
                serial: claims["jti"].as_u64().unwrap_or_default(),
                is_expired: expired_for >= 0,
            })
        } else if expired_for >= 0 {
            Token::Expired
        } else {
            let id = claims["api"].as_i64().unwrap_or_default();
            let valid = self.issued.get(&id).filter(|key| !key.is_revoked);
            Token::ApiKey(valid.map(|key| key.group))
        }
    }
}

fn list<T>(values: &Value, item: impl Fn(&Value) -> Option<T>) -> Vec<T> {
    let values = values.as_array().into_iter().flatten();
    values.filter_map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_until_it_is_revoked() {
        let mut keys = Keys::default();
        let token = keys.issue("full", 1, YEAR_SECONDS, "");
        assert_eq!(token.split('.').count(), 3);
        assert_eq!(keys.inspect(&token), Token::ApiKey(Some(1)));
        assert!(keys.revoke(&token));
        assert_eq!(keys.inspect(&token), Token::ApiKey(None));
        assert!(!keys.revoke("other"));
    }

    #[test]
    fn a_chosen_key_is_known_until_it_is_revoked_or_all_are() {
        let mut keys = Keys::default();
        keys.accept("full", "secret", 1, "");
        assert_eq!(keys.inspect("secret"), Token::ApiKey(Some(1)));
        assert!(keys.revoke("secret"));
        assert_eq!(keys.inspect("secret"), Token::ApiKey(None));
        keys.change_secret();
        assert_eq!(keys.inspect("secret"), Token::Invalid);
    }

    #[test]
    fn keys_that_expired_more_than_14_days_ago_are_invalid() {
        let keys = Keys::default();
        let day = 24 * 60 * 60;
        let lately = keys.sign(1, 1, now_seconds() - day);
        let long_ago = keys.sign(1, 1, now_seconds() - 20 * day);
        assert_eq!(keys.inspect(&lately), Token::Expired);
        assert_eq!(keys.inspect(&long_ago), Token::Invalid);
    }

    #[test]
    fn tokens_of_other_wikis_are_invalid() {
        let keys = Keys::default();
        let other = Keys::default();
        let foreign = other.sign(1, 1, now_seconds() + day_ahead());
        for token in ["abc", "a.b.c", "", &foreign] {
            assert_eq!(keys.inspect(token), Token::Invalid, "{token}");
        }
    }

    fn day_ahead() -> i64 {
        24 * 60 * 60
    }
}
