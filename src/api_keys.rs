//! API keys: list, make, revoke, and the switch of the API.
//!
//! [`Client::api_keys`](crate::Client::api_keys) gives [`ApiKeys`]. All of it needs the permission
//! `manage:api` or `manage:system`.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::api_keys::{KeyLifetime, NewApiKey};
//!
//! let keys = wiki.api_keys();
//! let made = keys.create(NewApiKey::for_group("backup", 3, KeyLifetime::days(90))).await?;
//! println!("{} ends on {}", made.entry.name, made.entry.expires);
//! keys.revoke(made.entry.id).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```

use std::{collections::HashSet, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    api::{self, fragments::ApiKeyEntry},
    auth::{Credentials, KeyClaims},
    client::Client,
    error::{Applied, AuthFailure, Error, Result},
    outcome::{mutation, query},
    settle::{Look, until_certain},
    text::check_short,
    transport::Turn,
    types::{ApiKeyId, GroupId, Timestamp},
};

/// What Wiki.js shows of a key: these, and the end of it.
const CUT: &str = "...";

/// A key in the wiki's list, without the key itself, which Wiki.js shows only once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApiKey {
    /// `id`; a key says it of itself, see [`KeyClaims`].
    pub id: ApiKeyId,
    /// `name`.
    pub name: String,
    /// `keyShort`: three dots and the last 20 characters of the key, to know it by.
    pub key_short: String,
    /// `expiration`.
    pub expires: Timestamp,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`.
    pub updated_at: Timestamp,
    /// `isRevoked`: also of a key that Wiki.js began to make and could not.
    pub is_revoked: bool,
}

impl ApiKey {
    /// Whether the key's time is over, as far as this machine's clock can tell.
    pub fn is_expired(&self) -> bool {
        let end = self.expires.to_jiff();
        end.is_ok_and(|end| end <= jiff::Timestamp::now())
    }

    /// The entry of a key that was just made, from what the key says of itself.
    fn of_new(key: &str, name: &str) -> Option<Self> {
        let claims = KeyClaims::read(key)?;
        let now = Timestamp::from(jiff::Timestamp::now());
        Some(Self {
            id: claims.id,
            name: name.to_owned(),
            key_short: format!("{CUT}{}", key.get(key.len().saturating_sub(20)..)?),
            expires: claims.expires.into(),
            created_at: now.clone(),
            updated_at: now,
            is_revoked: false,
        })
    }

    fn is_of(&self, key: &str) -> bool {
        let end = self.key_short.strip_prefix(CUT);
        end.is_some_and(|end| !end.is_empty() && key.ends_with(end))
    }
}

impl From<ApiKeyEntry> for ApiKey {
    fn from(entry: ApiKeyEntry) -> Self {
        Self {
            id: entry.id.into(),
            name: entry.name,
            key_short: entry.key_short,
            expires: entry.expiration,
            created_at: entry.created_at,
            updated_at: entry.updated_at,
            is_revoked: entry.is_revoked,
        }
    }
}

/// A key that was just made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CreatedApiKey {
    /// The key itself. The wiki never shows it again.
    pub key: SecretString,
    /// Its entry in the wiki's list.
    pub entry: ApiKey,
}

/// For how long a key is valid, in whole seconds.
///
/// Every key of Wiki.js ends at some time: there is no "forever".
///
/// ```
/// use std::time::Duration;
/// use wikijs_client::api_keys::KeyLifetime;
///
/// assert_eq!(KeyLifetime::days(1), Duration::from_secs(86_400).into());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyLifetime(Duration);

impl KeyLifetime {
    const DAY: u64 = 24 * 60 * 60;
    /// The text of a date with a later year is not one that Wiki.js can compare.
    const LONGEST: Duration = Duration::from_secs(1000 * 365 * Self::DAY);

    /// So many days of 24 hours. The administration of Wiki.js offers 30, 90 and 180.
    pub const fn days(days: u32) -> Self {
        Self(Duration::from_secs(days as u64 * Self::DAY))
    }

    /// So many years of 365¼ days, as Wiki.js counts them. Its administration offers one and three.
    pub const fn years(years: u16) -> Self {
        Self(Duration::from_secs(
            years as u64 * (365 * Self::DAY + Self::DAY / 4),
        ))
    }

    /// How long that is.
    pub const fn as_duration(self) -> Duration {
        self.0
    }

    fn check(self) -> Result<()> {
        let problem = if self.0.as_secs() == 0 {
            "the key would end at once"
        } else if self.0 > Self::LONGEST {
            "it is longer than 1000 years, and Wiki.js would take the key for expired"
        } else {
            return Ok(());
        };
        Err(Error::invalid(
            "expiration",
            problem,
            "pass a time between a second and 1000 years",
        ))
    }

    /// As the library that Wiki.js reads it with (`ms`) writes it.
    fn to_argument(self) -> String {
        format!("{}s", self.0.as_secs())
    }
}

impl From<Duration> for KeyLifetime {
    fn from(time: Duration) -> Self {
        Self(time)
    }
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyAccess {
    /// Everything: the key has the permissions of the administrators' group (`fullAccess`).
    Full,
    /// What this group may.
    Group(GroupId),
}

/// A key to be made.
///
/// ```
/// use wikijs_client::api_keys::{KeyLifetime, NewApiKey};
///
/// let backup = NewApiKey::for_group("backup", 3, KeyLifetime::days(90));
/// let admin = NewApiKey::full_access("provisioning", KeyLifetime::days(1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a key is made by `create`"]
pub struct NewApiKey {
    name: String,
    lifetime: KeyLifetime,
    access: KeyAccess,
}

impl NewApiKey {
    /// A key with the permissions of a group, whatever they are from time to time.
    pub fn for_group(
        name: impl Into<String>,
        group: impl Into<GroupId>,
        lifetime: impl Into<KeyLifetime>,
    ) -> Self {
        Self::new(name, KeyAccess::Group(group.into()), lifetime)
    }

    /// A key that may do everything.
    pub fn full_access(name: impl Into<String>, lifetime: impl Into<KeyLifetime>) -> Self {
        Self::new(name, KeyAccess::Full, lifetime)
    }

    /// A key of this name that may do this, for so long.
    pub fn new(
        name: impl Into<String>,
        access: KeyAccess,
        lifetime: impl Into<KeyLifetime>,
    ) -> Self {
        Self {
            name: name.into(),
            lifetime: lifetime.into(),
            access,
        }
    }

    fn check(&self) -> Result<()> {
        if self.name.trim().is_empty() {
            return Err(Error::invalid(
                "name",
                "it is empty",
                "name what the key is for",
            ));
        }
        check_short("name", &self.name)?;
        self.lifetime.check()?;
        if let KeyAccess::Group(group) = self.access {
            group.to_argument()?;
        }
        Ok(())
    }

    /// Whether an entry may be what became of it.
    fn may_be(&self, entry: &ApiKey) -> bool {
        const SLACK: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
        let lifetime = entry
            .created_at
            .to_jiff()
            .and_then(|from| Ok(entry.expires.to_jiff()?.duration_since(from)));
        let wanted = jiff::SignedDuration::try_from(self.lifetime.0);
        let same_time = matches!((lifetime, wanted), (Ok(lifetime), Ok(wanted))
            if (lifetime - wanted).abs() < SLACK);
        entry.name == self.name && same_time
    }
}

/// The API keys of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct ApiKeys {
    client: Client,
}

impl Client {
    /// The API keys of the wiki, and the switch of its API.
    pub fn api_keys(&self) -> ApiKeys {
        ApiKeys {
            client: self.clone(),
        }
    }
}

impl ApiKeys {
    /// All keys, also those that are revoked or expired: first those that are not revoked, by name.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// for key in wiki.api_keys().list().await? {
    ///     if !key.is_revoked && !key.is_expired() {
    ///         println!("{} {} until {}", key.id, key.name, key.expires);
    ///     }
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:api`.
    pub async fn list(&self) -> Result<Vec<ApiKey>> {
        let variables = api::authentication_api_keys::Variables::new();
        let entries = query!(
            self.client,
            AuthenticationApiKeys,
            authentication.api_keys,
            variables
        );
        Ok(entries.into_iter().flatten().map(ApiKey::from).collect())
    }

    /// Makes a key and gives it out, this once, with its entry in the list.
    ///
    /// Wiki.js makes a key for a group that does not exist, too, which can do nothing: the group is
    /// looked for first, where the caller may see groups. Where the answer with the key is lost, so is
    /// the key: then its entry is revoked, and another one is made.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::{Client, api_keys::{KeyLifetime, NewApiKey}};
    ///
    /// let made = wiki.api_keys().create(NewApiKey::for_group("reader", 3, KeyLifetime::years(1))).await?;
    /// let reader = Client::builder(wiki.url().as_str()).api_key(made.key).build()?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a name that is empty or over 255 characters and for a lifetime of
    /// less than a second or more than 1000 years; [`is_not_found`](Error::is_not_found) if there is no
    /// such group; [`is_forbidden`](Error::is_forbidden) without `manage:api`.
    pub async fn create(&self, key: NewApiKey) -> Result<CreatedApiKey> {
        key.check()?;
        let name = key.name.clone();
        let keys = self.clone();
        let work = move |turn| async move { keys.create_in(&turn, &key).await };
        let secret = self
            .client
            .write("AuthenticationCreateApiKey", work)
            .await?;
        let text = secret.expose_secret();
        // From here on the key must not be lost, even if the list cannot be read.
        let listed = match self.list().await {
            Ok(entries) => entries.into_iter().find(|entry| entry.is_of(text)),
            Err(error) => {
                tracing::warn!(%error, "a key was made, but its entry could not be read");
                None
            }
        };
        let entry = listed.or_else(|| ApiKey::of_new(text, &name));
        let entry = entry.ok_or_else(|| {
            Error::unanswered(
                "AuthenticationCreateApiKey",
                "authentication.createApiKey.key",
                Applied::Yes,
            )
        })?;
        Ok(CreatedApiKey { key: secret, entry })
    }

    async fn create_in(&self, turn: &Turn, key: &NewApiKey) -> Result<SecretString> {
        if let KeyAccess::Group(group) = key.access {
            self.check_group(group).await?;
        }
        let before: HashSet<ApiKeyId> = self.list().await?.iter().map(|entry| entry.id).collect();
        let before = &before;
        let look = |_| async move {
            for entry in self.list().await? {
                if !entry.is_revoked && !before.contains(&entry.id) && key.may_be(&entry) {
                    tracing::warn!(id = %entry.id, "revoking a key whose answer was lost");
                    self.send_revoke(turn, entry.id).await?;
                }
            }
            Ok(Look::NotMade)
        };
        until_certain(
            &self.client,
            "AuthenticationCreateApiKey",
            || self.send_create(turn, key),
            look,
        )
        .await
    }

    async fn check_group(&self, group: GroupId) -> Result<()> {
        let variables = api::authentication_key_group::Variables {
            group: group.to_argument()?,
        };
        let data = self
            .client
            .execute::<api::AuthenticationKeyGroup>(variables)
            .await;
        let is_there = match data {
            Ok(data) => data.groups.and_then(|groups| groups.single).is_some(),
            // `manage:api` is enough to make keys, not to see groups.
            Err(error) if error.is_forbidden() => true,
            Err(error) => return Err(error),
        };
        if is_there {
            return Ok(());
        }
        Err(Error::NotFound {
            operation: "AuthenticationCreateApiKey",
            what: format!("there is no group {group}, and a key for it could do nothing"),
        })
    }

    async fn send_create(&self, turn: &Turn, key: &NewApiKey) -> Result<SecretString> {
        let group = match key.access {
            KeyAccess::Full => None,
            KeyAccess::Group(group) => Some(group.to_argument()?),
        };
        let variables = api::authentication_create_api_key::Variables {
            name: key.name.clone(),
            expiration: key.lifetime.to_argument(),
            full_access: group.is_none(),
            group: group.into(),
        };
        let answer = mutation!(
            self.client,
            turn,
            AuthenticationCreateApiKey,
            authentication.create_api_key,
            variables
        );
        answer.key.map(SecretString::from).ok_or_else(|| {
            Error::unanswered(
                "AuthenticationCreateApiKey",
                "authentication.createApiKey.key",
                Applied::Unknown,
            )
        })
    }

    /// Revokes a key: Wiki.js refuses it from then on, and it stays in the list. A key that is revoked
    /// already stays so.
    ///
    /// Wiki.js reports success for a key that does not exist (hazard 46): the list is looked at first.
    /// The key of this very client may be revoked as any other; nothing can be done with it afterwards.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such key;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:api`.
    pub async fn revoke(&self, id: impl Into<ApiKeyId>) -> Result<()> {
        let id = id.into();
        id.to_argument()?;
        let keys = self.clone();
        let work = move |turn| async move { keys.revoke_in(&turn, id).await };
        self.client.write("AuthenticationRevokeApiKey", work).await
    }

    async fn revoke_in(&self, turn: &Turn, id: ApiKeyId) -> Result<()> {
        if self.is_revoked(id).await? {
            return Ok(());
        }
        let is_own = self.client.key_claims().is_some_and(|own| own.id == id);
        let look = |_| async move {
            match self.is_revoked(id).await {
                Ok(true) => Ok(Look::Made(())),
                Ok(false) => Ok(Look::NotMade),
                Err(error) if is_own && failed_for(&error, AuthFailure::KeyRevoked) => {
                    Ok(Look::Made(()))
                }
                Err(error) => Err(error),
            }
        };
        until_certain(
            &self.client,
            "AuthenticationRevokeApiKey",
            || self.send_revoke(turn, id),
            look,
        )
        .await
    }

    async fn is_revoked(&self, id: ApiKeyId) -> Result<bool> {
        let entry = self.list().await?.into_iter().find(|entry| entry.id == id);
        entry
            .map(|entry| entry.is_revoked)
            .ok_or_else(|| Error::NotFound {
                operation: "AuthenticationRevokeApiKey",
                what: format!("there is no API key {id}"),
            })
    }

    async fn send_revoke(&self, turn: &Turn, id: ApiKeyId) -> Result<()> {
        let variables = api::authentication_revoke_api_key::Variables {
            id: id.to_argument()?,
        };
        mutation!(
            self.client,
            turn,
            AuthenticationRevokeApiKey,
            authentication.revoke_api_key,
            variables
        );
        Ok(())
    }

    /// Whether the API is switched on, that is, whether Wiki.js accepts API keys at all (`apiState`).
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:api`. With an API key this says yes or
    /// fails: while the API is off, every key is refused
    /// ([`AuthFailure::ApiDisabled`]).
    pub async fn state(&self) -> Result<bool> {
        let variables = api::authentication_api_state::Variables::new();
        Ok(query!(
            self.client,
            AuthenticationApiState,
            authentication.api_state!,
            variables
        ))
    }

    /// Switches the API on or off.
    ///
    /// While it is off, Wiki.js refuses every API key, and only a user who has logged in can switch it
    /// on again. So a client that calls with an API key may not switch it off by this: it would shut
    /// itself out, and with it every other program, in a way that no program with a key can undo. Use
    /// a client of [`login`](crate::ClientBuilder::login), or, where that is what you want,
    /// [`lock_out_api_keys`](Self::lock_out_api_keys).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for `false` with an API key; [`is_forbidden`](Error::is_forbidden)
    /// without `manage:api`.
    pub async fn set_state(&self, enabled: bool) -> Result<()> {
        let has_key = matches!(self.client.credentials(), Credentials::ApiKey { .. });
        if has_key && !enabled {
            return Err(Error::invalid(
                "enabled",
                "this client calls with an API key, which the wiki would refuse from then on",
                "log in as a user, or call lock_out_api_keys if that is meant",
            ));
        }
        self.write_state(enabled).await
    }

    /// Switches the API off with whatever credentials this client has.
    ///
    /// With an API key this is its last call: it fails from then on with [`AuthFailure::ApiDisabled`],
    /// as every key does, until somebody who has logged in switches the API on again.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:api`.
    pub async fn lock_out_api_keys(&self) -> Result<()> {
        self.write_state(false).await
    }

    async fn write_state(&self, enabled: bool) -> Result<()> {
        let keys = self.clone();
        let work = move |turn| async move {
            let look = |_| async {
                match keys.state().await {
                    Ok(found) if found == enabled => Ok(Look::Made(())),
                    Ok(_) => Ok(Look::NotMade),
                    Err(error) if !enabled && failed_for(&error, AuthFailure::ApiDisabled) => {
                        Ok(Look::Made(()))
                    }
                    Err(error) => Err(error),
                }
            };
            let send = || keys.send_state(&turn, enabled);
            until_certain(&keys.client, "AuthenticationSetApiState", send, look).await
        };
        self.client.write("AuthenticationSetApiState", work).await
    }

    async fn send_state(&self, turn: &Turn, enabled: bool) -> Result<()> {
        let variables = api::authentication_set_api_state::Variables { enabled };
        mutation!(
            self.client,
            turn,
            AuthenticationSetApiState,
            authentication.set_api_state,
            variables
        );
        Ok(())
    }
}

fn failed_for(error: &Error, reason: AuthFailure) -> bool {
    matches!(error, Error::Auth(auth) if auth.reason == reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, created: &str, expires: &str) -> ApiKey {
        ApiKey {
            id: 7.into(),
            name: name.to_owned(),
            key_short: "...cdef".to_owned(),
            expires: expires.into(),
            created_at: created.into(),
            updated_at: created.into(),
            is_revoked: false,
        }
    }

    #[test]
    fn a_key_is_known_by_its_end() {
        let entry = entry("x", "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z");
        assert!(entry.is_of("abcdef"));
        assert!(!entry.is_of("abcde"));
        let cut_off = ApiKey {
            key_short: "...".to_owned(),
            ..entry
        };
        assert!(!cut_off.is_of("abcdef"));
    }

    #[test]
    fn a_lost_key_is_known_by_its_name_and_its_lifetime() {
        let wanted = NewApiKey::full_access("x", KeyLifetime::days(1));
        let from = "2026-01-01T00:00:00.000Z";
        assert!(wanted.may_be(&entry("x", from, "2026-01-01T23:59:59.998Z")));
        assert!(!wanted.may_be(&entry("y", from, "2026-01-02T00:00:00.000Z")));
        assert!(!wanted.may_be(&entry("x", from, "2026-01-03T00:00:00.000Z")));
    }

    #[test]
    fn lifetimes_are_written_in_seconds() {
        assert_eq!(KeyLifetime::years(1).to_argument(), "31557600s");
        assert!(
            KeyLifetime::from(Duration::from_millis(999))
                .check()
                .is_err()
        );
        assert!(KeyLifetime::years(1000).check().is_err());
        assert!(KeyLifetime::years(999).check().is_ok());
    }
}
