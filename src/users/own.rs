//! Changes of the caller's own account.

use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::{ExposeSecret, SecretString};

use super::{Appearance, Profile, ProfileUpdate, Users, check_password};
use crate::{
    api::users_update_profile::Variables,
    auth::Account,
    call::Call,
    client::send_login,
    error::{AuthError, AuthFailure, ErrorCode, Result},
    handle::Handle,
    response::{mutation, variables},
    text::refuse_if,
    write::{Observation, Response, compare},
};

impl Users {
    /// Updates the account of the user who has [logged in](crate::ClientBuilder::login), and returns it.
    ///
    /// An API key is refused, because it acts as user 1: Wiki.js would change the profile of the administrator
    /// ([K48](crate::guide::known_issues#k48)). Wiki.js returns a new token with the new name, which the client
    /// uses afterwards.
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
    /// - [`Error::Auth`](crate::Error::Auth) with [`AuthFailure::UserNeeded`] without a login, and
    ///   [`Error::InvalidInput`](crate::Error::InvalidInput) for values that Wiki.js refuses or ignores. No request is
    ///   sent then.
    /// - [`is_unauthenticated`](crate::Error::is_unauthenticated) for a user who was deactivated (1013) or is no longer
    ///   verified (1014).
    /// - [`Error::Unconfirmed`](crate::Error::Unconfirmed) if the response was lost and the change was not seen.
    pub fn update_profile(&self, update: ProfileUpdate) -> Call<Profile> {
        let checked = self.require_login().and_then(|()| update.check());
        self.mutate("UsersUpdateProfile", checked, |write| async move {
            let before = write.profile().await?;
            let wanted = update.apply_details(&before);
            if wanted == before {
                return Ok(before);
            }
            let send = || async {
                let variables = Variables::from(wanted.clone());
                let sent = mutation!(write, UsersUpdateProfile, variables);
                write.replace_token(sent.jwt);
                Ok(None)
            };
            let observe = |_| async {
                let now = write.profile().await?;
                Ok(compare(&before, &wanted, &now).observation(now))
            };
            write
                .reconcile(write.target("the caller's profile"), send, observe)
                .await
        })
    }

    /// Changes the password of the user who has [logged in](crate::ClientBuilder::login). The client uses the new
    /// password for its next login.
    ///
    /// An API key is refused, because it acts as user 1: Wiki.js would change the password of the administrator
    /// ([K48](crate::guide::known_issues#k48)). Existing sessions continue. For the password of another user, see
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
    /// - [`Error::Auth`](crate::Error::Auth) with [`AuthFailure::UserNeeded`] without a login, and
    ///   [`Error::InvalidInput`](crate::Error::InvalidInput) for a new password that Wiki.js refuses, or ignores
    ///   because it is empty. No request is sent then.
    /// - [`ErrorCode::AuthPasswordInvalid`] (1020) for a wrong current password.
    /// - [`AuthProviderInvalid`](crate::ErrorCode::AuthProviderInvalid) for a user of another strategy than
    ///   `local` (1003).
    /// - [`Error::Unconfirmed`](crate::Error::Unconfirmed) if the response was lost and no login with the new password
    ///   succeeded. Calling again fails with 1020 if the first call was executed.
    pub fn change_password(
        &self,
        current: impl Into<SecretString>,
        new: impl Into<SecretString>,
    ) -> Call<()> {
        let (current, new) = (current.into(), new.into());
        let check = || {
            self.require_login()?;
            refuse_if! {
                current.expose_secret().is_empty() => "current", "it is empty",
                    "pass the current password of the user";
            }?;
            check_password("new", &new)
        };
        self.mutate("UsersChangePassword", check(), |write| async move {
            let before = write.profile().await?;
            let remedy = "log in with the new password to see whether it is set";
            let target = write.target("the caller's password").once(remedy);
            // The current password is wrong if an earlier execution has changed it.
            let target = target
                .refused_if_executed(|error| error.code() == Some(ErrorCode::AuthPasswordInvalid));
            let send = || async {
                let [current, new] = [&current, &new].map(ExposeSecret::expose_secret);
                let variables = variables!(UsersChangePassword(current, new));
                let sent = mutation!(write, UsersChangePassword, variables);
                write.replace_token(sent.jwt);
                Ok(None)
            };
            let has_tried = AtomicBool::new(false);
            let observe = |response| write.observe_password(&before, &new, response, &has_tried);
            write.reconcile(target, send, observe).await?;
            if let Some(session) = write.client.credentials().session() {
                session.change_password(&new);
            }
            Ok(())
        })
    }

    /// Determines whether the password was changed. Every write of a user changes `updatedAt`. Without a response of
    /// success, a login with the new password shows whether this write changed it. The login is tried once, because Wiki.js
    /// limits logins ([K51](crate::guide::known_issues#k51)).
    async fn observe_password(
        &self,
        before: &Profile,
        new: &SecretString,
        response: Response,
        has_tried: &AtomicBool,
    ) -> Result<Observation<()>> {
        if self.profile().await?.updated_at == before.updated_at {
            return Ok(Observation::Unchanged);
        }
        if response == Response::Success {
            return Ok(Observation::Applied(()));
        }
        let session = self.client.credentials().session();
        let account = session.and_then(|session| session.account());
        let Some(account) = account.filter(|_| !has_tried.swap(true, Ordering::Relaxed)) else {
            return Ok(Observation::Hidden);
        };
        let account = Account {
            password: new.clone(),
            ..account
        };
        Ok(match send_login(&self.client, &account).await {
            Ok(_) => Observation::Applied(()),
            Err(_) => Observation::Hidden,
        })
    }

    /// Returns an error without a login: an API key would change user 1, and a guest has no account.
    fn require_login(&self) -> Result<()> {
        match self.client.credentials().session() {
            Some(_) => Ok(()),
            None => Err(AuthError::found(AuthFailure::UserNeeded)),
        }
    }

    fn replace_token(&self, jwt: Option<String>) {
        if let Some(jwt) = jwt {
            self.client.credentials().replace_token(&jwt);
        }
    }
}

impl From<Profile> for Variables {
    fn from(profile: Profile) -> Self {
        let appearance = profile.appearance.as_ref().map(Appearance::as_str);
        Self {
            name: profile.name,
            location: profile.location,
            job_title: profile.job_title,
            timezone: profile.timezone,
            date_format: profile.date_format.unwrap_or_default(),
            appearance: appearance.unwrap_or_default().to_owned(),
        }
    }
}
