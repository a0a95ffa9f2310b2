//! API keys: list, create, revoke, and the state of the API.
//!
//! [`Client::api_keys`](crate::Client::api_keys) returns [`ApiKeys`]. All methods require the permission
//! `manage:api` or `manage:system`.
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::api_keys::{KeyLifetime, NewApiKey};
//!
//! let keys = wiki.api_keys();
//! let created = keys.create(NewApiKey::for_group("backup", 3, KeyLifetime::days(90))).await?;
//! println!("{} expires on {}", created.entry.name, created.entry.expires);
//! keys.revoke(created.entry.id).await?;
//! # });
//! ```

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    api::{self, fragments::ApiKeyEntry},
    auth::{Credentials, KeyClaims},
    call::Call,
    error::{Applied, AuthFailure, Error, Result},
    handle::{Handle, handle},
    response::{models, mutation, sending, variables},
    text::{check_name, refuse_if},
    types::{ApiKeyId, GroupId, Timestamp, converted, id_of},
    write::{Existing, Observation},
};

/// Prefix of `keyShort`, which has the end of a key.
const CUT: &str = "...";

const CREATE: &str = "AuthenticationCreateApiKey";
const REVOKE: &str = "AuthenticationRevokeApiKey";
const SET_STATE: &str = "AuthenticationSetApiState";
/// Field of the response that holds a new key.
const KEY_FIELD: &str = "authentication.createApiKey.key";

models! {
    /// The entry of a key in the list of the wiki. Wiki.js returns the key itself only once, when it is created.
    ApiKey from ApiKeyEntry as entry {
        /// `id`, which the key also contains; see [`KeyClaims`].
        pub id: ApiKeyId,
        /// `name`.
        pub name: String,
        /// `keyShort`: three dots and the last 20 characters of the key.
        pub key_short: String,
        /// `expiration`.
        pub expires: Timestamp = entry.expiration,
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`.
        pub updated_at: Timestamp,
        /// `isRevoked`; `true` also for a key that Wiki.js failed to create.
        pub is_revoked: bool,
    }
}

id_of!(ApiKeyId: ApiKey);

impl ApiKey {
    /// Returns `true` if the key has expired, by the clock of this machine.
    pub fn is_expired(&self) -> bool {
        let end = self.expires.to_jiff();
        end.is_ok_and(|end| end <= jiff::Timestamp::now())
    }

    /// Builds the entry of a new key from the claims in the key.
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

/// A new API key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CreatedApiKey {
    /// The key itself. The wiki never returns it again.
    pub key: SecretString,
    /// Its entry in the list of the wiki.
    pub entry: ApiKey,
}

/// The lifetime of a key, in whole seconds.
///
/// Every key of Wiki.js expires.
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
    /// The limit keeps the year of the expiry at four digits: Wiki.js compares dates as text.
    const LONGEST: Self = Self::years(1000);

    /// Creates a lifetime in days of 24 hours. The administration of Wiki.js offers 30, 90 and 180.
    pub const fn days(days: u32) -> Self {
        Self(Duration::from_secs(days as u64 * Self::DAY))
    }

    /// Creates a lifetime in years of 365¼ days, as in Wiki.js. A key lives for at most 1000 years. The administration of
    /// Wiki.js offers one and three.
    pub const fn years(years: u16) -> Self {
        Self(Duration::from_secs(
            years as u64 * (365 * Self::DAY + Self::DAY / 4),
        ))
    }

    /// Returns the lifetime as a duration.
    pub const fn as_duration(self) -> Duration {
        self.0
    }

    fn check(self) -> Result<()> {
        let remedy = "pass a time between a second and 1000 years";
        refuse_if! {
            self.0.as_secs() == 0 => "expiration", "the key would expire at once", remedy;
            self > Self::LONGEST => "expiration",
                "it is longer than 1000 years, so that Wiki.js would treat the key as expired", remedy;
        }
    }

    /// Returns the text that the library `ms` in Wiki.js parses.
    fn to_argument(self) -> String {
        format!("{}s", self.0.as_secs())
    }
}

impl From<Duration> for KeyLifetime {
    fn from(time: Duration) -> Self {
        Self(time)
    }
}

/// The permissions of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyAccess {
    /// Everything: the key has the permissions of the administrators' group (`fullAccess`).
    Full,
    /// The permissions of this group.
    Group(GroupId),
}

/// Parameters for creating an API key.
///
/// ```
/// use wikijs_client::api_keys::{KeyLifetime, NewApiKey};
///
/// let backup = NewApiKey::for_group("backup", 3, KeyLifetime::days(90));
/// let admin = NewApiKey::full_access("provisioning", KeyLifetime::days(1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a key is created by `create`"]
pub struct NewApiKey {
    name: String,
    lifetime: KeyLifetime,
    access: KeyAccess,
}

impl NewApiKey {
    /// Creates parameters for a key with the permissions of a group. Later changes of these permissions apply to the
    /// key, too.
    pub fn for_group(
        name: impl Into<String>,
        group: impl Into<GroupId>,
        lifetime: impl Into<KeyLifetime>,
    ) -> Self {
        Self::new(name, KeyAccess::Group(group.into()), lifetime)
    }

    /// Creates parameters for a key with full access.
    pub fn full_access(name: impl Into<String>, lifetime: impl Into<KeyLifetime>) -> Self {
        Self::new(name, KeyAccess::Full, lifetime)
    }

    /// Creates parameters for a key with this name, access and lifetime.
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

    fn to_variables(&self) -> api::authentication_create_api_key::Variables {
        let group = match self.access {
            KeyAccess::Full => None,
            KeyAccess::Group(group) => Some(group.get()),
        };
        api::authentication_create_api_key::Variables {
            name: self.name.clone(),
            expiration: self.lifetime.to_argument(),
            full_access: group.is_none(),
            group: group.into(),
        }
    }

    fn check(&self) -> Result<()> {
        check_name("name", &self.name, "describe the purpose of the key")?;
        self.lifetime.check()?;
        match self.access {
            KeyAccess::Full => Ok(()),
            KeyAccess::Group(group) => group.check(),
        }
    }

    /// Returns `true` if the entry has the name and the lifetime of this key, so that it may be its entry.
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

handle! {
    /// Handle for the API keys of a wiki.
    ApiKeys,
    /// Returns the handle for the API keys and the state of the API.
    api_keys
}

impl ApiKeys {
    /// Lists all keys, including revoked and expired ones. Keys that are not revoked come first, sorted by name.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// for key in wiki.api_keys().list().await? {
    ///     if !key.is_revoked && !key.is_expired() {
    ///         println!("{} {} until {}", key.id, key.name, key.expires);
    ///     }
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:api`.
    pub fn list(&self) -> Call<Vec<ApiKey>> {
        self.query::<api::AuthenticationApiKeys, _>(Ok(api::NoVariables {}), converted)
    }

    /// Creates a key, and returns it with its entry in the list. Wiki.js returns the key only once.
    ///
    /// Wiki.js would also create useless keys for groups that do not exist. The client therefore reads the group
    /// first, if the caller may read groups. If the response is lost, the key is lost, too: revoke it and create
    /// another one.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::{Client, api_keys::{KeyLifetime, NewApiKey}};
    ///
    /// let created = wiki.api_keys().create(NewApiKey::for_group("reader", 3, KeyLifetime::years(1))).await?;
    /// let reader = Client::builder(wiki.url().as_str()).api_key(created.key).build()?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a name that is empty or over 255 characters and for a lifetime of
    /// less than a second or more than 1000 years; [`is_not_found`](Error::is_not_found) if there is no
    /// such group; [`is_forbidden`](Error::is_forbidden) without `manage:api`. [`Error::Unconfirmed`] if
    /// the response was lost; the error names the id of the key if one was created.
    pub fn create(&self, key: NewApiKey) -> Call<CreatedApiKey> {
        let name = key.name.clone();
        let created = self.mutate(CREATE, key.check(), |write| async move {
            if let KeyAccess::Group(group) = key.access {
                write.check_group(group).await?;
            }
            let existing: Existing<ApiKeyId> = write.existing(write.list()).await?;
            let remedy =
                "if the list has a key of this name, revoke it before you create another one";
            let target = write.target(format!("API key `{}`", key.name)).once(remedy);
            let send = || async {
                let created = mutation!(write, AuthenticationCreateApiKey, key.to_variables());
                let missing = || Error::missing_field(CREATE, KEY_FIELD, Applied::Unknown);
                Ok(Some(SecretString::from(created.key.ok_or_else(missing)?)))
            };
            let observe = |_| async {
                let mut entries = write.list().await?;
                entries.retain(|entry| key.may_be(entry));
                let created = existing.created("API key", entries);
                let observed = created.map(|entry| Observation::Partial {
                    done: format!("API key {} (`{}`) is created", entry.id, entry.name),
                    missing: "the response with the key was lost".to_owned(),
                });
                Ok(observed.unwrap_or_else(|observed| observed))
            };
            write.reconcile(target, send, observe).await
        });
        Call::on(self, |keys| async move {
            let key = created.await?;
            let text = key.expose_secret();
            // The key must not be lost if the list cannot be read.
            let listed = match keys.list().await {
                Ok(entries) => entries.into_iter().find(|entry| entry.is_of(text)),
                Err(error) => {
                    tracing::warn!(%error, "an API key was created, but its entry could not be read");
                    None
                }
            };
            let entry = listed.or_else(|| ApiKey::of_new(text, &name));
            let entry =
                entry.ok_or_else(|| Error::missing_field(CREATE, KEY_FIELD, Applied::Yes))?;
            Ok(CreatedApiKey { key, entry })
        })
    }

    async fn check_group(&self, group: GroupId) -> Result<()> {
        let variables = variables!(AuthenticationKeyGroup(group));
        let client = &self.client;
        let found = client.execute_field::<api::AuthenticationKeyGroup>(variables);
        match found.await {
            Ok(None) => Err(Error::not_found(CREATE, format_args!("group {group}"))),
            // `manage:api` permits creating keys, but not reading groups.
            Err(error) if !error.is_forbidden() => Err(error),
            _ => Ok(()),
        }
    }

    /// Revokes a key. Wiki.js then refuses the key, and keeps it in the list. Nothing is sent for a key that is
    /// already revoked.
    ///
    /// Wiki.js reports success for a key that does not exist ([K46](crate::guide::known_issues#k46)), so the client
    /// reads the list first. Revoking the key of this client is permitted; its later calls fail.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such key;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:api`.
    pub fn revoke(&self, id: impl Into<ApiKeyId>) -> Call<()> {
        let id = id.into();
        self.mutate(REVOKE, id.check(), move |write| async move {
            if write.is_revoked(id).await? {
                return Ok(());
            }
            let is_own = write.client.key_claims().is_some_and(|own| own.id == id);
            let target = write.target(format!("API key {id}")).automatic();
            let send = sending!(write, AuthenticationRevokeApiKey(id));
            let observe = |_| async {
                let is_revoked = write.is_revoked(id).await;
                observed(is_revoked, is_own.then_some(AuthFailure::KeyRevoked))
            };
            write.reconcile(target, send, observe).await
        })
    }

    async fn is_revoked(&self, id: ApiKeyId) -> Result<bool> {
        let mut entries = self.list().await?.into_iter();
        let entry = entries.find(|entry| entry.id == id);
        let missing = || Error::not_found(REVOKE, format_args!("API key {id}"));
        entry.map(|entry| entry.is_revoked).ok_or_else(missing)
    }

    /// Returns `true` if the API is enabled, so that Wiki.js accepts API keys (`apiState`).
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:api`. With an API key this returns `true` or
    /// fails: while the API is disabled, every key is refused
    /// ([`AuthFailure::ApiDisabled`]).
    pub fn state(&self) -> Call<bool> {
        self.query::<api::AuthenticationApiState, _>(Ok(api::NoVariables {}), |state| state)
    }

    /// Enables or disables the API.
    ///
    /// While the API is disabled, Wiki.js refuses every API key, and only a user who is logged in can enable
    /// it again. This method therefore refuses to disable the API with an API key, because that would lock out
    /// the client and every other program with a key. Use a client of
    /// [`login`](crate::ClientBuilder::login), or call
    /// [`lock_out_api_keys`](Self::lock_out_api_keys).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for `false` with an API key; [`is_forbidden`](Error::is_forbidden)
    /// without `manage:api`.
    pub fn set_state(&self, enabled: bool) -> Call<()> {
        let has_key = matches!(self.client.credentials(), Credentials::ApiKey { .. });
        let checked = refuse_if! {
            has_key && !enabled => "enabled",
                "this client uses an API key, which the wiki would refuse from then on",
                "log in as a user, or call lock_out_api_keys";
        };
        self.write_state(checked, enabled)
    }

    /// Disables the API, even if this client uses an API key.
    ///
    /// All later calls with any API key fail with [`AuthFailure::ApiDisabled`] until a user who is logged in enables
    /// the API again.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:api`.
    pub fn lock_out_api_keys(&self) -> Call<()> {
        self.write_state(Ok(()), false)
    }

    fn write_state(&self, checked: Result<()>, enabled: bool) -> Call<()> {
        self.mutate(SET_STATE, checked, move |write| async move {
            let target = write.target("the state of the API");
            let send = sending!(write, AuthenticationSetApiState(enabled));
            let observe = |_| async {
                let is_intended = write.state().await.map(|found| found == enabled);
                observed(is_intended, (!enabled).then_some(AuthFailure::ApiDisabled))
            };
            write.reconcile(target, send, observe).await
        })
    }
}

/// Creates an observation from a read, which fails for the reason `refused` in the intended state.
fn observed(is_intended: Result<bool>, refused: Option<AuthFailure>) -> Result<Observation<()>> {
    match is_intended {
        Err(Error::Auth(auth)) if Some(auth.reason) == refused => Ok(Observation::Applied(())),
        is_intended => is_intended.map(Observation::of),
    }
}
