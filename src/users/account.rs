//! What an administrator does to an account: verify, activate, deactivate, second factor, password.

use super::{User, Users, delete::refuse_protected};
use crate::{
    api,
    error::Result,
    outcome::{mutation, succeeded},
    types::UserId,
};

/// Sets one property of a user. Wiki.js answers success for a user that does not exist (hazard 41), so
/// the user is read before, and read back afterwards.
macro_rules! set {
    ($users:ident, $id:ident, $operation:ident, $module:ident, $field:ident, $is_made:expr) => {{
        let argument = $id.to_argument()?;
        let users = $users.clone();
        let work = move |turn| async move {
            let before = users.subject(stringify!($operation), $id).await?;
            let send = || async {
                let variables = api::$module::Variables::new(argument);
                mutation!(users.client, &turn, $operation, users.$field, variables);
                Ok(())
            };
            users
                .change(&before, stringify!($operation), send, $is_made)
                .await
        };
        $users.client.write(stringify!($operation), work).await
    }};
}

/// What became of a request to reset a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "this version of Wiki.js resets no password"]
#[non_exhaustive]
pub enum PasswordReset {
    /// The wiki says that it was done.
    Accepted,
    /// The wiki did nothing: this version of it has the operation, and no work behind it.
    NotImplemented,
}

impl Users {
    /// Takes the user's e-mail address for confirmed, without which a user cannot log in (1014), and
    /// gives the user back.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// assert!(wiki.users().verify(3).await?.is_verified);
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) if there is no such user, though Wiki.js answers
    /// success then (hazard 41); [`is_forbidden`](crate::Error::is_forbidden) without `manage:users`.
    pub async fn verify(&self, id: impl Into<UserId>) -> Result<User> {
        let id = id.into();
        set!(self, id, UsersVerify, users_verify, verify, |user| user
            .is_verified)
    }

    /// Lets the user log in again, and gives the user back.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub async fn activate(&self, id: impl Into<UserId>) -> Result<User> {
        let id = id.into();
        set!(self, id, UsersActivate, users_activate, activate, |user| {
            user.is_active
        })
    }

    /// Lets the user log in no more, ends the logins that there are, and gives the user back. What the
    /// user has written stays.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), and [`Error::InvalidInput`](crate::Error::InvalidInput) for users 1
    /// and 2, which Wiki.js keeps active: nothing is sent then.
    pub async fn deactivate(&self, id: impl Into<UserId>) -> Result<User> {
        let id = id.into();
        refuse_protected(id, "cannot be deactivated")?;
        set!(
            self,
            id,
            UsersDeactivate,
            users_deactivate,
            deactivate,
            |user| !user.is_active
        )
    }

    /// Demands a security code at each login of the user from now on, and gives the user back.
    ///
    /// A secret that the user had is forgotten: the next login begins with the set-up of an app, see
    /// [`Login::MustSetUpTwoFactor`](crate::Login::MustSetUpTwoFactor). Stands on `enableTFA`.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub async fn enable_two_factor(&self, id: impl Into<UserId>) -> Result<User> {
        let id = id.into();
        set!(
            self,
            id,
            UsersEnableTfa,
            users_enable_tfa,
            enable_tfa,
            |user| user.has_two_factor
        )
    }

    /// Demands no security code at the user's logins any more, forgets the user's secret, and gives the
    /// user back. Stands on `disableTFA`.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub async fn disable_two_factor(&self, id: impl Into<UserId>) -> Result<User> {
        let id = id.into();
        set!(
            self,
            id,
            UsersDisableTfa,
            users_disable_tfa,
            disable_tfa,
            |user| !user.has_two_factor
        )
    }

    /// Asks the wiki to reset a user's password, which Wiki.js 2.5.314 does not do: it has the
    /// operation and nothing behind it (hazard 41), for users that do not exist, too. To set another
    /// password, see [`UserUpdate::password`](super::UserUpdate::password).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::users::{PasswordReset, UserUpdate};
    ///
    /// if wiki.users().reset_password(3).await? == PasswordReset::NotImplemented {
    ///     wiki.users().update(3, UserUpdate::new().password("battery staple")).await?;
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// What a version of Wiki.js that does reset passwords may answer.
    pub async fn reset_password(&self, id: impl Into<UserId>) -> Result<PasswordReset> {
        let variables = api::users_reset_password::Variables {
            id: id.into().to_argument()?,
        };
        let data = self
            .client
            .execute::<api::UsersResetPassword>(variables)
            .await?;
        let answer = data.users.and_then(|users| users.reset_password);
        match answer.and_then(|answer| answer.response_result) {
            None => Ok(PasswordReset::NotImplemented),
            status => {
                succeeded("UsersResetPassword", status)?;
                Ok(PasswordReset::Accepted)
            }
        }
    }
}
