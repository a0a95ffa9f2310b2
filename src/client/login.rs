//! Login with a user name and a password.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::{Client, ClientBuilder, with_deadline};
use crate::{
    api::{self, fragments::LoginStep},
    auth::{Account, Credentials, Session, bearer},
    call::{Call, request},
    error::{Applied, AuthError, AuthFailure, Error, ErrorCode, Result},
    response::{query, succeeded},
};

impl ClientBuilder {
    /// Logs in as a user instead of using an API key. The wiki records this user as the author of all writes of the
    /// client.
    ///
    /// The client renews the session automatically. A session of Wiki.js expires after half an hour, and the wiki
    /// renews it with the next request. If the wiki does not renew it, the client logs in again, once for all tasks.
    /// Wiki.js allows five logins per minute for each IP address. The groups of the user determine the permissions
    /// of the client; see [`Client::check`].
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
    /// Those of [`build`](Self::build), and:
    ///
    /// - [`is_unauthenticated`](Error::is_unauthenticated) for a wrong user name or password (1002) and a
    ///   deactivated account (1013).
    /// - [`ErrorCode::AuthProviderInvalid`] for an unknown [`strategy`](LogIn::strategy) (1003). The message
    ///   lists the strategies of the wiki.
    /// - [`is_rate_limited`](Error::is_rate_limited) after too many logins.
    pub fn login(self, username: impl Into<String>, password: impl Into<SecretString>) -> LogIn {
        let account = Account {
            username: username.into(),
            password: password.into(),
            strategy: "local".to_owned(),
        };
        LogIn::new(self.anonymous(), account)
    }
}

request! {
    /// Request builder of a login, returned by [`ClientBuilder::login`]. Await it.
    LogIn(builder: ClientBuilder, account: Account) -> Login, run {}

    /// Sets the key of the authentication strategy. Default: `local`. The key of every other strategy is a
    /// UUID, which the administration area shows.
    strategy(key: impl Into<String>) => account.strategy = key.into();
}

impl LogIn {
    async fn run(self) -> Result<Login> {
        for (field, is_empty) in [
            ("username", self.account.username.trim().is_empty()),
            ("password", self.account.password.expose_secret().is_empty()),
            ("strategy", self.account.strategy.is_empty()),
        ] {
            if is_empty {
                let remedy = "pass the user name, the password and the key of the strategy";
                return Err(Error::invalid(field, "it is empty", remedy));
            }
        }
        let settings = self.builder.into_settings(true)?;
        let guest = settings.into_client(Credentials::Anonymous);
        let step = match send(&guest, &self.account).await {
            Err(error) => return Err(explain(&guest, &self.account.strategy, error).await),
            Ok(step) => step,
        };
        let question = Question {
            guest,
            account: self.account,
            is_repeatable: true,
            continuation: String::new().into(),
        };
        question.proceed(step)
    }
}

/// Result of a step of a login.
#[derive(Debug)]
#[non_exhaustive]
pub enum Login {
    /// The login is complete.
    Done(Client),
    /// The wiki requires a code from the user's authenticator app.
    MustProvideTwoFactor(TwoFactor),
    /// The wiki requires the user to set up an authenticator app.
    MustSetUpTwoFactor(TwoFactorSetup),
    /// The wiki requires a new password.
    MustChangePassword(PasswordChange),
}

impl Login {
    /// Returns the client, if the login is complete.
    ///
    /// # Errors
    ///
    /// [`Error::Auth`] with [`AuthFailure::LoginNeeded`] if the wiki requires another step.
    pub fn done(self) -> Result<Client> {
        match self {
            Self::Done(client) => Ok(client),
            _ => Err(AuthError::found(AuthFailure::LoginNeeded)),
        }
    }
}

/// An incomplete login.
#[derive(Debug)]
struct Question {
    guest: Client,
    account: Account,
    /// `true` if the client can log in again with the user name and the password alone.
    is_repeatable: bool,
    /// The token with which the login continues.
    continuation: SecretString,
}

impl Question {
    /// Ends the login, or returns the next question.
    fn proceed(mut self, step: LoginStep) -> Result<Login> {
        let missing = |field| Error::missing_field("AuthenticationLogin", field, Applied::No);
        if let Some(jwt) = step.jwt.filter(|jwt| !jwt.is_empty()) {
            let header = bearer(&jwt).ok_or_else(|| missing("jwt"))?;
            let account = Some(self.account).filter(|_| self.is_repeatable);
            let session = Credentials::Session(Arc::new(Session::new(account, header)));
            let settings = self.guest.inner.settings.clone();
            return Ok(Login::Done(settings.into_client(session)));
        }
        let continuation = step.continuation_token;
        let continuation = continuation.ok_or_else(|| missing("continuationToken"))?;
        self.continuation = continuation.into();
        if step.must_provide_tfa == Some(true) {
            Ok(Login::MustProvideTwoFactor(TwoFactor(self)))
        } else if step.must_setup_tfa == Some(true) {
            Ok(Login::MustSetUpTwoFactor(TwoFactorSetup {
                question: self,
                qr_image: step.tfa_qr_image.unwrap_or_default(),
            }))
        } else if step.must_change_pwd == Some(true) {
            Ok(Login::MustChangePassword(PasswordChange(self)))
        } else {
            Err(missing("jwt"))
        }
    }

    /// Sends the code of an authenticator app.
    async fn two_factor(mut self, code: String, is_setup: bool) -> Result<Login> {
        let continuation = self.continuation.expose_secret().to_owned();
        let variables = api::authentication_login_tfa::Variables {
            setup: is_setup.into(),
            ..api::authentication_login_tfa::Variables::new(continuation, code)
        };
        let guest = &self.guest;
        let data =
            guest.execute_unverified::<api::AuthenticationLoginTfa>(variables, guest.deadline());
        let step = data.await?.authentication.login_tfa;
        self.is_repeatable = false;
        let step = accepted("AuthenticationLoginTfa", step);
        // Only a set-up changes the account.
        self.proceed(step.map_err(|error| if is_setup { unless_used(error) } else { error })?)
    }

    async fn new_password(mut self, password: SecretString) -> Result<Login> {
        if password.expose_secret().is_empty() {
            return Err(Error::invalid("password", "it is empty", "choose another"));
        }
        let variables = api::authentication_login_change_password::Variables {
            continuation_token: self.continuation.expose_secret().to_owned(),
            new_password: password.expose_secret().to_owned(),
        };
        let guest = &self.guest;
        let data = guest.execute_unverified::<api::AuthenticationLoginChangePassword>(
            variables,
            guest.deadline(),
        );
        let step = data.await?.authentication.login_change_password;
        self.account.password = password;
        let step = accepted("AuthenticationLoginChangePassword", step);
        self.proceed(step.map_err(unless_used)?)
    }
}

/// Marks the outcome as unknown if the wiki no longer knows the continuation token: a proxy may have delivered the request
/// twice, and the first execution has used the token.
fn unless_used(error: Error) -> Error {
    if error.code() == Some(ErrorCode::AuthValidationTokenInvalid) {
        return error.with_applied(Applied::Unknown);
    }
    error
}

/// A login that waits for the code of the user's authenticator app.
#[derive(Debug)]
#[must_use = "the login continues with `answer`"]
pub struct TwoFactor(Question);

impl TwoFactor {
    /// Continues the login with the six digits that the app shows.
    ///
    /// The client cannot repeat such a login without the user. After the session ends, calls fail with
    /// [`AuthFailure::LoginNeeded`].
    ///
    /// # Errors
    ///
    /// [`is_unauthenticated`](Error::is_unauthenticated) for a wrong code (1005, 1006). Start again with
    /// [`ClientBuilder::login`] then.
    pub fn answer(self, code: impl Into<String>) -> Call<Login> {
        Call::new(self.0.two_factor(code.into(), false))
    }
}

/// A login that waits for the user to set up an authenticator app.
#[derive(Debug)]
#[must_use = "the login continues with `answer`"]
pub struct TwoFactorSetup {
    question: Question,
    qr_image: String,
}

impl TwoFactorSetup {
    /// Returns the QR code for the user to scan with the app, as an SVG image (`tfaQRImage`).
    pub fn qr_image(&self) -> &str {
        &self.qr_image
    }

    /// Continues the login with the six digits that the app shows after the scan.
    ///
    /// # Errors
    ///
    /// Those of [`TwoFactor::answer`].
    pub fn answer(self, code: impl Into<String>) -> Call<Login> {
        Call::new(self.question.two_factor(code.into(), true))
    }
}

/// A login that waits for a new password.
#[derive(Debug)]
#[must_use = "the login continues with `new_password`"]
pub struct PasswordChange(Question);

impl PasswordChange {
    /// Sets the user's password and continues the login with it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an empty password; [`Error::Api`] for one that the wiki refuses. If the login has
    /// expired, it is unknown whether the password is set, because a proxy may have delivered the request twice.
    pub fn new_password(self, password: impl Into<SecretString>) -> Call<Login> {
        Call::new(self.0.new_password(password.into()))
    }
}

/// Sends the first step of a login. It requires no write permit: a write that holds the permit may be waiting for
/// this login.
///
/// A login changes nothing, so it is retried like a query. While its database is unreachable, Wiki.js responds
/// with an error or not at all.
pub(crate) async fn send(client: &Client, account: &Account) -> Result<LoginStep> {
    const OPERATION: &str = "AuthenticationLogin";
    let deadline = client.deadline();
    let attempts = async {
        let mut retries = client.inner().transport.limits.retry.start(deadline);
        loop {
            match send_once(client, account, deadline).await {
                // The transport has already retried errors of requests that were certainly not applied.
                Err(error) if error.applied() != Applied::No => {
                    let error = error.with_applied(Applied::No);
                    retries.wait(OPERATION, error).await?;
                }
                result => return result,
            }
        }
    };
    with_deadline(deadline, OPERATION, || Applied::No, attempts).await
}

async fn send_once(
    client: &Client,
    account: &Account,
    deadline: Option<Instant>,
) -> Result<LoginStep> {
    let variables = api::authentication_login::Variables {
        username: account.username.clone(),
        password: account.password.expose_secret().to_owned(),
        strategy: account.strategy.clone(),
    };
    let data = client.execute_unverified::<api::AuthenticationLogin>(variables, deadline);
    accepted("AuthenticationLogin", data.await?.authentication.login)
}

fn accepted(operation: &'static str, step: LoginStep) -> Result<LoginStep> {
    succeeded(operation, &step.response_result)?;
    Ok(step)
}

/// Adds the list of strategies to the error about an unknown strategy.
async fn explain(client: &Client, strategy: &str, error: Error) -> Error {
    match error {
        Error::Api(mut api) if api.code == ErrorCode::AuthProviderInvalid => {
            if let Ok(known) = strategies(client).await {
                api.message = format!("{} {}", api.message, unknown_strategy(strategy, &known));
            }
            Error::Api(api)
        }
        other => other,
    }
}

/// Returns the keys and names of the wiki's authentication strategies. Any caller may read them.
pub(crate) async fn strategies(client: &Client) -> Result<Vec<(String, String)>> {
    let known = query!(client, AuthenticationLoginStrategies).into_iter();
    Ok(known
        .map(|strategy| (strategy.key, strategy.display_name))
        .collect())
}

/// Returns the message about an unknown strategy, which lists the known ones.
pub(crate) fn unknown_strategy(key: &str, known: &[(String, String)]) -> String {
    let known = known.iter().map(|(key, name)| format!("`{key}` ({name})"));
    format!(
        "The wiki has no authentication strategy `{key}`; it has {}.",
        known.collect::<Vec<_>>().join(", ")
    )
}
