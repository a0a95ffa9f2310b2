//! `Client::check`: verifies that the wiki can be reached, and identifies the caller.

use std::fmt;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{Client, verification, with_deadline};
use crate::{
    api,
    auth::KeyClaims,
    call::Call,
    error::{Applied, Error, ErrorCode, Result},
    types::{GroupId, Locale, UserId},
};

const OPERATION: &str = "SystemCheck";
/// The group of guests. The check requests it if the caller has no API key.
const GUESTS: GroupId = GroupId::new(2);

/// Result of [`Client::check`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// The identity of the caller.
    pub identity: Identity,
    /// Version of Wiki.js. `None` without `manage:system`.
    pub version: Option<String>,
    /// Permissions of the API key's group, such as `read:pages`. `None` if the key has neither `write:groups` nor
    /// `manage:groups`. Also `None` for a user who has logged in, because a user may be in several groups.
    pub permissions: Option<Vec<String>>,
    /// Locale of the wiki. Calls that set no locale use it, unless
    /// [`ClientBuilder::default_locale`](crate::ClientBuilder::default_locale) sets another one.
    pub default_locale: Locale,
}

/// Identity of a caller, as the wiki recognizes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Identity {
    /// A guest: the client has no credentials.
    Guest,
    /// An API key. Every API key acts as user 1, with the permissions of the key's group.
    ApiKey {
        /// The user that the key acts as.
        acts_as: User,
        /// The claims of the key. `None` if they cannot be read.
        claims: Option<KeyClaims>,
    },
    /// A user who has logged in.
    User(User),
}

impl fmt::Display for Identity {
    /// Writes `guest`, `API key 5 (group 1)` or `Edith <edith@example.com> (user 3)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest => f.write_str("guest"),
            Self::ApiKey {
                claims: Some(claims),
                ..
            } => write!(f, "API key {} (group {})", claims.id, claims.group),
            Self::ApiKey { claims: None, .. } => f.write_str("API key"),
            Self::User(user) => write!(f, "{} <{}> (user {})", user.name, user.email, user.id),
        }
    }
}

/// A user in the result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// Id of the user.
    pub id: UserId,
    /// Name of the user.
    pub name: String,
    /// E-mail address of the user.
    pub email: String,
}

impl Client {
    /// Verifies with one request that the wiki can be reached and recognizes the credentials.
    ///
    /// Wiki.js does not reject an unknown API key: it treats the caller as a guest, and responds with HTTP 200 and
    /// often with data. Call this method once at the start of a program to detect invalid credentials.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let check = wiki.check().await?;
    /// println!("accepted as {} by Wiki.js {}", check.identity, check.version.unwrap_or_default());
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Auth`] with the reason if the key is revoked, expired or unknown, or if the API is disabled.
    /// - [`Error::Transport`] if the wiki cannot be reached.
    /// - [`Error::Http`] if another server responds.
    pub fn check(&self) -> Call<Check> {
        Call::on(self, |client| async move {
            client.tasks().refuse_if_closed(OPERATION)?;
            let deadline = client.deadline();
            let checks = async {
                let generation = client.token_generation();
                match client.check_once(deadline).await {
                    Err(error) if error.is_unauthenticated() => {
                        verification::recover(&client, error, generation).await?;
                        client.check_once(deadline).await
                    }
                    other => other,
                }
            };
            with_deadline(deadline, OPERATION, || Applied::No, checks).await
        })
    }

    async fn check_once(&self, deadline: Option<Instant>) -> Result<Check> {
        let claims = self.key_claims().copied();
        let group = claims.map_or(GUESTS, |claims| claims.group);
        let variables = api::system_check::Variables { group: group.get() };
        let data = match self
            .execute_unverified::<api::SystemCheck>(variables, deadline)
            .await
        {
            Ok(data) => data,
            Err(error) => partial_data(error)?,
        };
        let user = data.users.profile.map(|profile| User {
            id: profile.id.into(),
            name: profile.name,
            email: profile.email,
        });
        let has_session = self.credentials().session().is_some();
        let identity = match user {
            _ if self.credentials().is_anonymous() => Identity::Guest,
            Some(user) if has_session => Identity::User(user),
            Some(acts_as) => Identity::ApiKey { acts_as, claims },
            None => return Err(verification::unrecognized(self)),
        };
        self.inner().forget_permissions();
        verification::record(self, true);
        let default_locale = Locale::from(data.localization.config.locale);
        let learnt = Some(default_locale.clone());
        self.inner().default_locale.learn(learnt);
        let is_of_key = |id: i64| !has_session && group == id;
        let group = data.groups.single.filter(|single| is_of_key(single.id));
        Ok(Check {
            identity,
            version: data.system.info.current_version,
            default_locale,
            permissions: group.map(|group| group.permissions.into_iter().flatten().collect()),
        })
    }
}

/// Returns the partial data if all errors are expected ones: a guest has no profile (1019), and most callers may read
/// neither the version nor the group (`Forbidden`).
fn partial_data(error: Error) -> Result<api::system_check::ResponseData> {
    let Error::GraphQl(errors) = error else {
        return Err(error);
    };
    let is_expected = errors
        .errors
        .iter()
        .all(|error| error.code() == Some(ErrorCode::AuthRequired) || error.message == "Forbidden");
    match errors.partial_data() {
        Some(data) if is_expected => Ok(data),
        _ => Err(Error::GraphQl(errors)),
    }
}
