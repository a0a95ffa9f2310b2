//! Logging in with a user name and a password.

use std::{fmt, future::IntoFuture, sync::Arc};

use futures::{FutureExt, future::BoxFuture};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    api::{self, fragments::LoginStep},
    auth::{Account, Credentials, Session, bearer},
    builder::{ClientBuilder, Parts},
    client::Client,
    error::{Applied, AuthError, AuthFailure, Error, Result},
    outcome::succeeded,
};

impl ClientBuilder {
    /// Logs in instead of calling with an API key: what is written then bears the user's name.
    ///
    /// The login is renewed by itself: Wiki.js ends it after half an hour and renews it with the next
    /// request; where it does not, the client logs in again, once for all tasks. Wiki.js allows five
    /// logins a minute. A user who is not administrator may do what the groups allow; see
    /// [`Client::check`].
    ///
    /// ```no_run
    /// use wikijs_client::{Client, Login};
    ///
    /// # async fn example(code_from_the_app: &str) -> wikijs_client::Result<()> {
    /// let builder = Client::builder("https://wiki.example.com");
    /// let wiki = match builder.login("me@example.com", "password").await? {
    ///     Login::Done(wiki) => wiki,
    ///     Login::MustProvideTwoFactor(question) => question.answer(code_from_the_app).await?.done()?,
    ///     other => other.done()?,
    /// };
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build); [`is_unauthenticated`](Error::is_unauthenticated) for a wrong user
    /// name or password (1002) and a disabled account (1013);
    /// [`is_rate_limited`](Error::is_rate_limited) after too many logins.
    pub fn login(self, username: impl Into<String>, password: impl Into<SecretString>) -> LogIn {
        LogIn {
            builder: self.anonymous(),
            account: Account {
                username: username.into(),
                password: password.into(),
                strategy: "local".to_owned(),
            },
        }
    }
}

/// A login. Await it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct LogIn {
    builder: ClientBuilder,
    account: Account,
}

impl LogIn {
    /// By another strategy than `local`: its key, which for all others is a UUID that the
    /// administration shows.
    pub fn strategy(mut self, key: impl Into<String>) -> Self {
        self.account.strategy = key.into();
        self
    }

    async fn run(self) -> Result<Login> {
        for (field, is_empty) in [
            ("username", self.account.username.trim().is_empty()),
            ("password", self.account.password.expose_secret().is_empty()),
            ("strategy", self.account.strategy.is_empty()),
        ] {
            if is_empty {
                return Err(Error::invalid(
                    field,
                    "it is empty",
                    "name who logs in, and how",
                ));
            }
        }
        let parts = self.builder.into_parts(true)?;
        let guest = parts.clone().into_client(Credentials::Anonymous);
        let step = send(&guest, &self.account).await?;
        let open = Open {
            parts,
            guest,
            account: self.account,
            is_repeatable: true,
        };
        open.go_on(step)
    }
}

impl IntoFuture for LogIn {
    type Output = Result<Login>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}

/// How far a login has come.
#[derive(Debug)]
#[non_exhaustive]
pub enum Login {
    /// All the way.
    Done(Client),
    /// To the code of the user's authenticator app.
    MustProvideTwoFactor(TwoFactor),
    /// To the user's first use of an authenticator app, which the wiki demands.
    MustSetUpTwoFactor(TwoFactorSetup),
    /// To a new password, which the wiki demands.
    MustChangePassword(PasswordChange),
}

impl Login {
    /// The client, if the login is done.
    ///
    /// # Errors
    ///
    /// [`Error::Auth`] with [`AuthFailure::LoginNeeded`] if something is still to be answered.
    pub fn done(self) -> Result<Client> {
        match self {
            Self::Done(client) => Ok(client),
            _ => Err(AuthError::found(AuthFailure::LoginNeeded)),
        }
    }
}

/// What an unfinished login holds.
struct Open {
    parts: Parts,
    guest: Client,
    account: Account,
    /// Whether user name and password are enough.
    is_repeatable: bool,
}

/// A login that waits for an answer.
struct Question {
    open: Open,
    continuation: SecretString,
}

impl Open {
    fn go_on(self, step: LoginStep) -> Result<Login> {
        if let Some(jwt) = step.jwt.filter(|jwt| !jwt.is_empty()) {
            let header = bearer(&jwt)
                .ok_or_else(|| Error::unanswered("AuthenticationLogin", "jwt", Applied::No))?;
            let account = Some(self.account).filter(|_| self.is_repeatable);
            let session = Arc::new(Session::new(account, header));
            return Ok(Login::Done(
                self.parts.into_client(Credentials::Session(session)),
            ));
        }
        let continuation = step.continuation_token.ok_or_else(|| {
            Error::unanswered("AuthenticationLogin", "continuationToken", Applied::No)
        })?;
        let question = Question {
            open: self,
            continuation: continuation.into(),
        };
        if step.must_provide_tfa == Some(true) {
            Ok(Login::MustProvideTwoFactor(TwoFactor(question)))
        } else if step.must_setup_tfa == Some(true) {
            let qr_image = step.tfa_qr_image.unwrap_or_default();
            Ok(Login::MustSetUpTwoFactor(TwoFactorSetup {
                question,
                qr_image,
            }))
        } else if step.must_change_pwd == Some(true) {
            Ok(Login::MustChangePassword(PasswordChange(question)))
        } else {
            Err(Error::unanswered("AuthenticationLogin", "jwt", Applied::No))
        }
    }
}

impl Question {
    async fn two_factor(mut self, code: String, is_setup: bool) -> Result<Login> {
        let variables = api::authentication_login_tfa::Variables {
            setup: is_setup.into(),
            ..api::authentication_login_tfa::Variables::new(
                self.continuation.expose_secret().to_owned(),
                code,
            )
        };
        let data = self
            .open
            .guest
            .execute_plainly::<api::AuthenticationLoginTfa>(variables)
            .await?;
        let step = data.authentication.and_then(|answer| answer.login_tfa);
        self.open.is_repeatable = false;
        self.open.go_on(accepted("AuthenticationLoginTfa", step)?)
    }
}

/// A login that waits for the code of the user's authenticator app.
#[derive(Debug)]
#[must_use = "the login goes on with `answer`"]
pub struct TwoFactor(Question);

impl TwoFactor {
    /// Goes on with the six digits that the app shows. Such a login cannot be repeated without the
    /// user: when the wiki ends it, calls fail with [`AuthFailure::LoginNeeded`].
    ///
    /// # Errors
    ///
    /// [`is_unauthenticated`](Error::is_unauthenticated) for a wrong code (1005, 1006), after which
    /// the login starts anew.
    pub async fn answer(self, code: impl Into<String>) -> Result<Login> {
        self.0.two_factor(code.into(), false).await
    }
}

/// A login that waits for the user to set up an authenticator app.
#[derive(Debug)]
#[must_use = "the login goes on with `answer`"]
pub struct TwoFactorSetup {
    question: Question,
    qr_image: String,
}

impl TwoFactorSetup {
    /// What the user scans with the app: an image in SVG (`tfaQRImage`).
    pub fn qr_image(&self) -> &str {
        &self.qr_image
    }

    /// Goes on with the six digits that the app shows then.
    ///
    /// # Errors
    ///
    /// As [`TwoFactor::answer`].
    pub async fn answer(self, code: impl Into<String>) -> Result<Login> {
        self.question.two_factor(code.into(), true).await
    }
}

/// A login that waits for a new password.
#[derive(Debug)]
#[must_use = "the login goes on with `new_password`"]
pub struct PasswordChange(Question);

impl PasswordChange {
    /// Sets the user's password and goes on with it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an empty one; [`Error::Api`] for one that the wiki refuses.
    pub async fn new_password(mut self, password: impl Into<SecretString>) -> Result<Login> {
        let password = password.into();
        if password.expose_secret().is_empty() {
            return Err(Error::invalid("password", "it is empty", "choose another"));
        }
        let variables = api::authentication_login_change_password::Variables {
            continuation_token: self.0.continuation.expose_secret().to_owned(),
            new_password: password.expose_secret().to_owned(),
        };
        let data = self
            .0
            .open
            .guest
            .execute_plainly::<api::AuthenticationLoginChangePassword>(variables)
            .await?;
        let step = data
            .authentication
            .and_then(|answer| answer.login_change_password);
        self.0.open.account.password = password;
        self.0
            .open
            .go_on(accepted("AuthenticationLoginChangePassword", step)?)
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question")
            .field("account", &self.open.account)
            .finish_non_exhaustive()
    }
}

/// The first step of a login, not in the turn of writes: one of them may be waiting for it.
pub(crate) async fn send(client: &Client, account: &Account) -> Result<LoginStep> {
    let variables = api::authentication_login::Variables {
        username: account.username.clone(),
        password: account.password.expose_secret().to_owned(),
        strategy: account.strategy.clone(),
    };
    let data = client
        .execute_plainly::<api::AuthenticationLogin>(variables)
        .await?;
    let step = data.authentication.and_then(|answer| answer.login);
    accepted("AuthenticationLogin", step)
}

fn accepted(operation: &'static str, step: Option<LoginStep>) -> Result<LoginStep> {
    let mut step = step.ok_or_else(|| Error::unanswered(operation, "login", Applied::No))?;
    succeeded(operation, step.response_result.take())?;
    Ok(step)
}
