//! Changes of the caller's own account.

use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::{ExposeSecret, SecretString};

use super::{Profile, ProfileUpdate, Users, input::check_password};
use crate::{
    api::{self, users_update_profile::Variables},
    auth::Account,
    call::Call,
    client::send_login,
    error::{AuthError, AuthFailure, Error, Result},
    handle::Handle,
    response::mutation,
    transport::WritePermit,
    write::{Observation, Repeat, Response, Target, compare, write_and_reconcile},
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
    /// - [`Error::Auth`] with [`AuthFailure::UserNeeded`] without a login, and [`Error::InvalidInput`] for values that
    ///   Wiki.js refuses or ignores. No request is sent then.
    /// - [`is_unauthenticated`](Error::is_unauthenticated) for a user who was deactivated (1013) or is no longer
    ///   verified (1014).
    /// - [`Error::Unconfirmed`] if the response was lost and the change was not seen.
    pub fn update_profile(&self, update: ProfileUpdate) -> Call<Profile> {
        let checked = self.require_login().and_then(|()| update.check());
        self.write("UsersUpdateProfile", checked, |users, permit| async move {
            users.update_profile_in(&permit, &update).await
        })
    }

    async fn update_profile_in(
        &self,
        permit: &WritePermit,
        update: &ProfileUpdate,
    ) -> Result<Profile> {
        let before = self.profile().await?;
        let state = |profile: &Profile| ProfileUpdate::default().applied_to(profile);
        let wanted = update.applied_to(&before);
        if wanted == state(&before) {
            return Ok(before);
        }
        let target = Target::new("UsersUpdateProfile", "the caller's profile");
        let variables = Variables::from(wanted.clone());
        let client = &self.client;
        let send = || async {
            let variables = variables.clone();
            let sent = mutation!(
                client,
                permit,
                UsersUpdateProfile,
                users.update_profile,
                variables
            );
            self.replace_token(sent.jwt);
            Ok(None)
        };
        let observe = |_| async {
            let now = self.profile().await?;
            Ok(compare(&state(&before), &wanted, &state(&now)).observation(now))
        };
        write_and_reconcile(client, permit, &target, send, observe).await
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
    /// - [`Error::Auth`] with [`AuthFailure::UserNeeded`] without a login, and [`Error::InvalidInput`] for a new
    ///   password that Wiki.js refuses, or ignores because it is empty. No request is sent then.
    /// - [`ErrorCode::AuthPasswordInvalid`](crate::ErrorCode::AuthPasswordInvalid) for a wrong current password
    ///   (1020).
    /// - [`AuthProviderInvalid`](crate::ErrorCode::AuthProviderInvalid) for a user of another strategy than
    ///   `local` (1003).
    /// - [`Error::Unconfirmed`] if the response was lost and no login with the new password succeeded. Calling
    ///   again fails with 1020 if the first call was executed.
    pub fn change_password(
        &self,
        current: impl Into<SecretString>,
        new: impl Into<SecretString>,
    ) -> Call<()> {
        let (current, new) = (current.into(), new.into());
        let check = || {
            self.require_login()?;
            if current.expose_secret().is_empty() {
                let remedy = "pass the current password of the user";
                return Err(Error::invalid("current", "it is empty", remedy));
            }
            check_password("new", &new)
        };
        self.write("UsersChangePassword", check(), |users, permit| async move {
            users.change_password_in(&permit, &current, &new).await
        })
    }

    async fn change_password_in(
        &self,
        permit: &WritePermit,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<()> {
        let before = self.profile().await?;
        let target = Target::new("UsersChangePassword", "the caller's password").repeat(
            Repeat::Unsafe("log in with the new password to see whether it is set"),
        );
        let client = &self.client;
        let send = || async {
            let variables = api::users_change_password::Variables {
                current: current.expose_secret().to_owned(),
                new: new.expose_secret().to_owned(),
            };
            let sent = mutation!(
                client,
                permit,
                UsersChangePassword,
                users.change_password,
                variables
            );
            self.replace_token(sent.jwt);
            Ok(None)
        };
        let has_tried = AtomicBool::new(false);
        let observe = |response| self.observe_password(&before, new, response, &has_tried);
        write_and_reconcile(client, permit, &target, send, observe).await?;
        if let Some(session) = client.credentials().session() {
            session.change_password(new);
        }
        Ok(())
    }

    /// Determines whether the password was changed. Every write of a user changes `updatedAt`. After a lost response,
    /// a login with the new password shows whether this write changed it. The login is tried once, because Wiki.js
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
