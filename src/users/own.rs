//! What users change of their own accounts.

use secrecy::{ExposeSecret, SecretString};

use super::{
    Appearance, Profile, Users,
    input::{check_appearance, check_date_format, check_name, check_password, check_timezone},
};
use crate::{
    api::{self, users_update_profile::Variables},
    error::{AuthError, AuthFailure, Error, Incomplete, Result},
    outcome::mutation,
    settle::{Look, until_certain},
    text::check_short,
    transport::Turn,
};

/// What to change of the own account. Everything that is not named stays as it is.
///
/// Location and job title can be set and not cleared: Wiki.js lets only an administrator clear them,
/// see [`UserUpdate`](super::UserUpdate).
///
/// ```
/// use wikijs_client::users::{Appearance, ProfileUpdate};
///
/// let update = ProfileUpdate::new().job_title("Editor").appearance(Appearance::Dark);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "a profile is changed by `update_profile`"]
pub struct ProfileUpdate {
    name: Option<String>,
    location: Option<String>,
    job_title: Option<String>,
    timezone: Option<String>,
    date_format: Option<String>,
    appearance: Option<String>,
}

impl ProfileUpdate {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into().trim().to_owned());
        self
    }

    /// Another location. It cannot be cleared.
    pub fn location(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into().trim().to_owned());
        self
    }

    /// Another job title. It cannot be cleared.
    pub fn job_title(mut self, job_title: impl Into<String>) -> Self {
        self.job_title = Some(job_title.into().trim().to_owned());
        self
    }

    /// Another time zone, such as `Europe/Berlin`.
    pub fn timezone(mut self, timezone: impl Into<String>) -> Self {
        self.timezone = Some(timezone.into());
        self
    }

    /// Another date format: `DD/MM/YYYY`, `DD.MM.YYYY`, `MM/DD/YYYY`, `YYYY-MM-DD` or `YYYY/MM/DD`.
    pub fn date_format(mut self, format: impl Into<String>) -> Self {
        self.date_format = Some(format.into());
        self
    }

    /// The date format of the user's language.
    pub fn clear_date_format(self) -> Self {
        self.date_format("")
    }

    /// Another appearance.
    pub fn appearance(mut self, appearance: impl Into<Appearance>) -> Self {
        self.appearance = Some(appearance.into().to_string());
        self
    }

    /// The appearance of the site.
    pub fn clear_appearance(mut self) -> Self {
        self.appearance = Some(String::new());
        self
    }

    fn check(&self) -> Result<()> {
        let each = |text: &Option<String>, check: fn(&str) -> Result<()>| {
            text.iter().try_for_each(|text| check(text))
        };
        each(&self.name, |name| check_name(name, 1))?;
        each(&self.location, |text| check_unclearable("location", text))?;
        each(&self.job_title, |text| check_unclearable("job_title", text))?;
        each(&self.timezone, check_timezone)?;
        each(&self.date_format, check_date_format)?;
        each(&self.appearance, check_appearance)
    }

    /// All that Wiki.js wants: what is not named as it is.
    fn to_variables(&self, profile: &Profile) -> Variables {
        let or =
            |wanted: &Option<String>, kept: &str| wanted.clone().unwrap_or_else(|| kept.to_owned());
        let appearance = profile.appearance.as_ref().map(Appearance::as_str);
        Variables {
            name: or(&self.name, &profile.name),
            location: or(&self.location, &profile.location),
            job_title: or(&self.job_title, &profile.job_title),
            timezone: or(&self.timezone, &profile.timezone),
            date_format: or(
                &self.date_format,
                profile.date_format.as_deref().unwrap_or_default(),
            ),
            appearance: or(&self.appearance, appearance.unwrap_or_default()),
        }
    }
}

/// Wiki.js takes an empty text for "as it is".
fn check_unclearable(field: &'static str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::invalid(
            field,
            "it is empty, and Wiki.js does not let users clear it themselves",
            "have an administrator clear it with Users::update",
        ));
    }
    check_short(field, text)
}

impl Users {
    /// Changes the account of the user who has [logged in](crate::ClientBuilder::login), and gives it
    /// back.
    ///
    /// With an API key it is refused: the key acts as user 1, whose profile Wiki.js would change, with
    /// any key (hazard 48). Wiki.js answers another token, which bears the new name and is used from
    /// then on.
    ///
    /// ```no_run
    /// use wikijs_client::{Client, users::ProfileUpdate};
    ///
    /// # async fn example() -> wikijs_client::Result<()> {
    /// let builder = Client::builder("https://wiki.example.com");
    /// let wiki = builder.login("me@example.com", "password").await?.done()?;
    /// let me = wiki.users().update_profile(ProfileUpdate::new().job_title("Editor")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Auth`] with [`AuthFailure::UserNeeded`] without a login, and [`Error::InvalidInput`] for
    /// what Wiki.js refuses or ignores: nothing is sent then.
    /// [`is_unauthenticated`](Error::is_unauthenticated) for a user who was deactivated (1013) or is not
    /// verified (1014) any more.
    pub async fn update_profile(&self, update: ProfileUpdate) -> Result<Profile> {
        self.require_login()?;
        update.check()?;
        let users = self.clone();
        let work = move |turn| async move { users.update_profile_in(&turn, &update).await };
        self.client.write("UsersUpdateProfile", work).await
    }

    async fn update_profile_in(&self, turn: &Turn, update: &ProfileUpdate) -> Result<Profile> {
        let before = self.profile().await?;
        let wanted = update.to_variables(&before);
        if wanted == ProfileUpdate::default().to_variables(&before) {
            return Ok(before);
        }
        let send = || async {
            let (client, variables) = (&self.client, wanted.clone());
            let answer = mutation!(
                client,
                turn,
                UsersUpdateProfile,
                users.update_profile,
                variables
            );
            self.take_over(answer.jwt);
            Ok(())
        };
        self.change_own(&before, "UsersUpdateProfile", send).await?;
        self.profile().await.map_err(|source| {
            Error::Incomplete(Box::new(Incomplete {
                done: "the profile is written".to_owned(),
                missing: "it could not be read back".to_owned(),
                source,
            }))
        })
    }

    /// Changes the password of the user who has [logged in](crate::ClientBuilder::login). The client
    /// logs in with the new one from then on.
    ///
    /// With an API key it is refused: the key acts as user 1, whose password Wiki.js would change
    /// (hazard 48). Logins that there are do not end. For another user's password, see
    /// [`UserUpdate::password`](super::UserUpdate::password).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url());
    /// # let wiki = wiki.login("emil@example.com", "correct horse").await?.done()?;
    /// wiki.users().change_password("correct horse", "battery staple").await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Auth`] with [`AuthFailure::UserNeeded`] without a login, and [`Error::InvalidInput`] for
    /// a new password that Wiki.js refuses, or, if it is empty, ignores: nothing is sent then.
    /// [`ErrorCode::AuthPasswordInvalid`](crate::ErrorCode::AuthPasswordInvalid) if the current password
    /// is another (1020), [`AuthProviderInvalid`](crate::ErrorCode::AuthProviderInvalid) for a user who
    /// logs in elsewhere (1003).
    pub async fn change_password(
        &self,
        current: impl Into<SecretString>,
        new: impl Into<SecretString>,
    ) -> Result<()> {
        self.require_login()?;
        let (current, new) = (current.into(), new.into());
        if current.expose_secret().is_empty() {
            return Err(Error::invalid(
                "current",
                "it is empty",
                "pass the user's password",
            ));
        }
        check_password("new", &new)?;
        let users = self.clone();
        let work = move |turn| async move { users.change_password_in(&turn, &current, &new).await };
        self.client.write("UsersChangePassword", work).await
    }

    async fn change_password_in(
        &self,
        turn: &Turn,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<()> {
        let before = self.profile().await?;
        let send = || async {
            let sent = self.send_password(turn, current, new).await;
            sent.map_err(|error| {
                error
                    .without(current.expose_secret())
                    .without(new.expose_secret())
            })
        };
        self.change_own(&before, "UsersChangePassword", send)
            .await?;
        if let Some(session) = self.client.credentials().session() {
            session.change_password(new);
        }
        Ok(())
    }

    async fn send_password(
        &self,
        turn: &Turn,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<()> {
        let variables = api::users_change_password::Variables {
            current: current.expose_secret().to_owned(),
            new: new.expose_secret().to_owned(),
        };
        let answer = mutation!(
            self.client,
            turn,
            UsersChangePassword,
            users.change_password,
            variables
        );
        self.take_over(answer.jwt);
        Ok(())
    }

    /// Refuses to change user 1 in somebody else's name, and the guest, who has no account.
    fn require_login(&self) -> Result<()> {
        match self.client.credentials().session() {
            Some(_) => Ok(()),
            None => Err(AuthError::found(AuthFailure::UserNeeded)),
        }
    }

    fn take_over(&self, jwt: Option<String>) {
        if let Some(jwt) = jwt {
            self.client.credentials().take_over(&jwt);
        }
    }

    /// Changes the own account until it is certain what became of it. Each write of Wiki.js gives a
    /// user another `updatedAt`.
    async fn change_own<Sent>(
        &self,
        before: &Profile,
        operation: &'static str,
        send: impl FnMut() -> Sent,
    ) -> Result<()>
    where
        Sent: Future<Output = Result<()>>,
    {
        let look = |_| async {
            let now = self.profile().await?;
            Ok(if now.updated_at == before.updated_at {
                Look::NotMade
            } else {
                Look::Made(())
            })
        };
        until_certain(&self.client, operation, send, look).await
    }
}
