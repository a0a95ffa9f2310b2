//! `Client::check`: is the wiki there, and as whom does it take the caller?

use crate::{
    api,
    auth::KeyClaims,
    client::Client,
    error::{AuthError, AuthFailure, Error, ErrorCode, Result},
    identity,
    types::{GroupId, UserId},
};

/// The guests' group of every Wiki.js.
const GUESTS: GroupId = GroupId::new(2);

/// What [`Client::check`] found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Check {
    /// As whom the wiki takes the caller.
    pub identity: Identity,
    /// The version of Wiki.js, which it shows only with the permission `manage:system`.
    pub version: Option<String>,
    /// The permissions of the caller's group, such as `read:pages`, which Wiki.js shows only to those
    /// who may manage groups. `None` for a user who has logged in, who may have several groups.
    pub permissions: Option<Vec<String>>,
}

/// As whom the wiki takes the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// Nobody in particular: no key was given.
    Guest,
    /// An API key. Wiki.js lets every key act as user 1, whose name its writes bear, with the
    /// permissions of the key's group.
    ApiKey {
        /// The user that the key acts as.
        acts_as: User,
        /// What the key says of itself; `None` if it is not readable.
        claims: Option<KeyClaims>,
    },
    /// A user who has logged in.
    User(User),
}

/// A user, as far as a check shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The user's name.
    pub name: String,
    /// The user's e-mail address.
    pub email: String,
}

impl Client {
    /// Reaches the wiki and says as whom it accepts the caller, in one request.
    ///
    /// Wiki.js runs a key that it does not know as a guest, with HTTP 200 and often with data. Check
    /// once at the start: what follows is then done by whom you think.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let check = wiki.check().await?;
    /// println!("accepted as {:?} by Wiki.js {}", check.identity, check.version.unwrap_or_default());
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Auth`] with its reason where the key is revoked, expired or ignored, or API access is
    /// switched off; [`Error::Transport`] where the wiki cannot be reached and [`Error::Http`] where
    /// something else answers.
    pub async fn check(&self) -> Result<Check> {
        let generation = self.token_generation()?;
        match self.check_once().await {
            Err(error) if error.is_unauthenticated() => {
                identity::mend(self, error, generation).await?;
                self.check_once().await
            }
            other => other,
        }
    }

    async fn check_once(&self) -> Result<Check> {
        let claims = self.key_claims().copied();
        let group = claims.map_or(GUESTS, |claims| claims.group);
        let variables = api::system_check::Variables { group: group.get() };
        let data = match self.execute_plainly::<api::SystemCheck>(variables).await {
            Ok(data) => data,
            Err(error) => partial_data(error)?,
        };
        let user = data
            .users
            .and_then(|users| users.profile)
            .map(|profile| User {
                id: profile.id.into(),
                name: profile.name,
                email: profile.email,
            });
        let has_session = self.credentials().session().is_some();
        let identity = match user {
            _ if self.credentials().is_anonymous() => Identity::Guest,
            Some(user) if has_session => Identity::User(user),
            Some(acts_as) => Identity::ApiKey { acts_as, claims },
            // An expired key is a guest's, too, once it is expired for 14 days (hazard 47).
            None if has_session || claims.is_some_and(|claims| claims.is_expired()) => {
                return Err(AuthError::found(AuthFailure::Expired));
            }
            None => return Err(AuthError::found(AuthFailure::KeyIgnored)),
        };
        self.inner().forget_permissions();
        self.inner().certainty.note(true);
        Ok(Check {
            identity,
            version: data
                .system
                .and_then(|system| system.info)
                .and_then(|info| info.current_version),
            permissions: data
                .groups
                .and_then(|groups| groups.single)
                .filter(|single| !has_session && single.id == group.get())
                .map(|single| single.permissions.into_iter().flatten().collect()),
        })
    }
}

/// What the wiki answers beside the errors that are to be expected: a guest has no profile (1019),
/// and most may see neither the version nor the group (`Forbidden`).
fn partial_data(error: Error) -> Result<api::system_check::ResponseData> {
    let Error::GraphQl(errors) = error else {
        return Err(error);
    };
    let expected = errors
        .errors
        .iter()
        .all(|error| error.code() == Some(ErrorCode::AuthRequired) || error.message == "Forbidden");
    match errors.partial_data() {
        Some(data) if expected => Ok(data),
        _ => Err(Error::GraphQl(errors)),
    }
}
