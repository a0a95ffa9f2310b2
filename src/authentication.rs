//! Authentication strategies, self-registered accounts, and the wiki's certificates.
//!
//! [`Client::auth`](crate::Client::auth) returns [`Authentication`]. To log in, use
//! [`ClientBuilder::login`](crate::ClientBuilder::login).
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! for strategy in wiki.auth().enabled_strategies().await? {
//!     println!("{} ({}): log in with the strategy `{}`", strategy.display_name, strategy.provider.title, strategy.key);
//! }
//! # });
//! ```

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    api::{
        self, Argument,
        authentication_active_strategies::{
            AuthenticationActiveStrategiesAuthenticationActiveStrategies as Configured,
            AuthenticationActiveStrategiesAuthenticationActiveStrategiesStrategy as Kind,
        },
    },
    auth::verification,
    call::Call,
    error::{Applied, Error, ErrorCode, Result},
    handle::{Handle, handle},
    response::{model, mutation, query, sending, write_unobserved},
    text::{check_short, no_nul},
    transport::WritePermit,
    types::Timestamp,
    write::{Observation, Repeat, Target, partially_applied, write_and_reconcile},
};

/// Minimum length of a password, in UTF-16 units.
const MIN_PASSWORD: usize = 6;
/// Minimum length of a name, in UTF-16 units.
const MIN_NAME: usize = 2;
/// Id of the account that all guests share.
const GUEST: i64 = 2;

/// An authentication strategy that the wiki is configured with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActiveStrategy {
    /// `key`: the argument of [`LogIn::strategy`](crate::LogIn::strategy). `local`, or a UUID.
    pub key: String,
    /// `displayName`: the name on the login page.
    pub display_name: String,
    /// `order`: the position on the login page.
    pub order: i64,
    /// `isEnabled`.
    pub is_enabled: bool,
    /// `selfRegistration`: `true` if the first login of a new person creates an account. For `local`, `true` if
    /// [`Authentication::register`] is allowed.
    pub self_registration: bool,
    /// `strategy`: the kind of strategy.
    pub provider: StrategyProvider,
}

/// A kind of authentication strategy, such as `local`, `ldap` or `oidc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StrategyProvider {
    /// `key`.
    pub key: String,
    /// `title`.
    pub title: String,
    /// `description`.
    pub description: Option<String>,
    /// `isAvailable`.
    pub is_available: bool,
    /// `useForm`: `true` if the strategy requires a user name and a password, so that a client can log in.
    pub use_form: bool,
    /// `usernameType`: `email` or `username`, if it has a form.
    pub username_type: Option<String>,
    /// `logo`: the URL of an image.
    pub logo: Option<String>,
    /// `color`.
    pub color: Option<String>,
    /// `website`.
    pub website: Option<String>,
    /// `icon`: an SVG image.
    pub icon: Option<String>,
}

model!(Configured => ActiveStrategy, |configured| {
    key, display_name, order, self_registration;
    // Before 2.5.117, every configured strategy is enabled.
    is_enabled: configured.is_enabled.unwrap_or(true),
    provider: configured.strategy.into(),
});

model!(Kind => StrategyProvider, |kind| {
    key, title, description, use_form, username_type, logo, color, website, icon;
    is_available: kind.is_available.unwrap_or_default(),
});

/// Parameters for registering an account.
///
/// ```
/// use wikijs_client::authentication::NewAccount;
///
/// let account = NewAccount::new("edith@example.com", "Edith", "a long password");
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use = "`register` registers the account"]
pub struct NewAccount {
    email: String,
    name: String,
    #[serde(deserialize_with = "secret")]
    password: SecretString,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(Into::into)
}

impl NewAccount {
    /// Creates parameters with e-mail address, name and password.
    pub fn new(
        email: impl Into<String>,
        name: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        Self {
            email: email.into(),
            name: name.into(),
            password: password.into(),
        }
    }

    fn check(&self) -> Result<()> {
        check_email(&self.email)?;
        check_short("name", &self.name)?;
        let is_shorter =
            |text: &str, min| text.trim().is_empty() || text.encode_utf16().count() < min;
        let password = self.password.expose_secret();
        let (field, problem) = if is_shorter(&self.name, MIN_NAME) {
            ("name", "it is shorter than two characters")
        } else if is_shorter(password, MIN_PASSWORD) {
            ("password", "it is shorter than six characters")
        } else {
            return no_nul("password", password);
        };
        Err(Error::invalid(field, problem, "choose a longer one"))
    }
}

fn check_email(email: &str) -> Result<()> {
    check_short("email", email)?;
    let is_address = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !email.contains(char::is_whitespace)
    });
    if is_address {
        return Ok(());
    }
    let problem = format!("`{email}` is not an e-mail address");
    let remedy = "pass one such as edith@example.com";
    Err(Error::invalid("email", problem, remedy))
}

handle! {
    /// A handle for authentication strategies and accounts.
    Authentication,
    /// Returns a handle for authentication strategies and self-registered accounts.
    auth
}

impl Authentication {
    /// Lists the configured strategies, including disabled ones, in the order of the login page. This requires no
    /// permission.
    ///
    /// # Errors
    ///
    /// Those of any query, for example if the wiki cannot be reached or the request times out.
    pub fn active_strategies(&self) -> Call<Vec<ActiveStrategy>> {
        Call::on(self, |auth| async move { auth.strategies(false).await })
    }

    /// Lists the enabled strategies. This requires no permission.
    ///
    /// ```
    /// # async fn example() -> wikijs_client::Result<()> {
    /// use wikijs_client::Client;
    ///
    /// let url = "https://wiki.example.com";
    /// let guest = Client::builder(url).build()?;
    /// let strategies = guest.auth().enabled_strategies().await?;
    /// if let Some(ldap) = strategies.iter().find(|strategy| strategy.provider.key == "ldap") {
    ///     let login = Client::builder(url).login("edith", "password").strategy(&ldap.key).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`active_strategies`](Self::active_strategies).
    pub fn enabled_strategies(&self) -> Call<Vec<ActiveStrategy>> {
        Call::on(self, |auth| async move { auth.strategies(true).await })
    }

    async fn strategies(&self, enabled_only: bool) -> Result<Vec<ActiveStrategy>> {
        match self.read_strategies(enabled_only.into()).await {
            // Before 2.5.117, every configured strategy is enabled.
            Err(Error::Unsupported(error)) if error.lacks_argument("enabledOnly") => {
                self.read_strategies(Argument::Omit).await
            }
            other => other,
        }
    }

    async fn read_strategies(&self, enabled_only: Argument<bool>) -> Result<Vec<ActiveStrategy>> {
        let variables = api::authentication_active_strategies::Variables { enabled_only };
        let strategies = query!(
            self.client,
            AuthenticationActiveStrategies,
            authentication.active_strategies,
            variables
        );
        Ok(strategies.into_iter().map(ActiveStrategy::from).collect())
    }

    /// Registers an account. This requires no permission, but the wiki must allow registration.
    ///
    /// The wiki sends an e-mail with a link to verify the address. The account cannot be used before it is verified.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::authentication::NewAccount;
    ///
    /// wiki.auth().register(NewAccount::new("edith@example.com", "Edith", "a long password")).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`is_forbidden`](Error::is_forbidden) if the wiki does not allow registration (1010), or not for this
    ///   domain (1011).
    /// - [`is_conflict`](Error::is_conflict) if there is an account with this address (1004).
    /// - [`Error::InvalidInput`] for an invalid address, a name under two characters and a password under six.
    /// - [`Error::PartiallyApplied`] if the wiki cannot send e-mail (3001 to 3004). It reports a failure, but has
    ///   stored the account; a user with `manage:users` has to verify it.
    /// - [`Error::Unconfirmed`] if the response was lost, because only callers with `manage:users` may read accounts. A
    ///   second call fails with [`is_conflict`](Error::is_conflict) if the first one was executed.
    pub fn register(&self, account: NewAccount) -> Call<()> {
        Call::on(self, |auth| async move {
            account.check()?;
            let done = format!("the account of {} is stored", account.email);
            auth.send_registration(account).await.map_err(|error| {
                let error = match error {
                    Error::Unconfirmed(unconfirmed) if is_of_mail(&unconfirmed.source) => {
                        unconfirmed.source
                    }
                    error if is_of_mail(&error) => error,
                    error => return error,
                };
                let missing = "the e-mail to verify it was not sent";
                partially_applied("AuthenticationRegister", done, missing, error)
            })
        })
    }

    async fn send_registration(&self, account: NewAccount) -> Result<()> {
        let object = format!("the account of {}", account.email);
        let target = Target::new("AuthenticationRegister", object);
        let variables = api::authentication_register::Variables {
            email: account.email,
            password: account.password.expose_secret().to_owned(),
            name: account.name,
        };
        write_unobserved!(
            self.client,
            target,
            AuthenticationRegister,
            authentication.register,
            variables
        );
        Ok(())
    }

    /// Sends an e-mail for setting a new password, if there is a `local` account with this address. This requires no
    /// permission.
    ///
    /// Wiki.js reports success for every address. It compares addresses case-sensitively and stores them in lower
    /// case, so the client sends the address in lower case.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for an invalid address.
    /// - [`is_rate_limited`](Error::is_rate_limited) after three calls in a minute from one IP address
    ///   ([K51](crate::guide::known_issues#k51)), if the client's [`RetryPolicy`](crate::RetryPolicy) does not allow
    ///   the wait.
    /// - [`Error::Api`] if the wiki cannot send e-mail (3002), which it reports for existing accounts only.
    /// - [`Error::Unconfirmed`] if the response was lost, because the API does not show which e-mails were sent. A
    ///   second call sends another e-mail.
    pub fn forgot_password(&self, email: impl Into<String>) -> Call<()> {
        let email = email.into().to_lowercase();
        Call::on(self, |auth| async move {
            check_email(&email)?;
            auth.send_forgotten(email)
                .await
                .map_err(|error| match error {
                    Error::Unconfirmed(unconfirmed) if is_of_mail(&unconfirmed.source) => {
                        unconfirmed.source.with_applied(Applied::No)
                    }
                    other => other,
                })
        })
    }

    async fn send_forgotten(&self, email: String) -> Result<()> {
        let object = format!("the e-mail to {email}");
        let target = Target::new("AuthenticationForgotPassword", object);
        let variables = api::authentication_forgot_password::Variables { email };
        write_unobserved!(
            self.client,
            target,
            AuthenticationForgotPassword,
            authentication.forgot_password,
            variables
        );
        Ok(())
    }

    /// Regenerates the certificates with which the wiki signs API keys and sessions. **Every API key and every
    /// session becomes invalid**, including those of this client.
    ///
    /// Wiki.js treats a caller with an invalid key as a guest ([K47](crate::guide::known_issues#k47)). Only a user who
    /// logs in can create new keys. A client of [`login`](crate::ClientBuilder::login) logs in again automatically,
    /// unless the login requires more than the password.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`. [`Error::Unconfirmed`] if the response
    /// was lost and the wiki still recognizes the caller.
    pub fn regenerate_certificates(&self) -> Call<()> {
        const OPERATION: &str = "AuthenticationRegenerateCertificates";
        let regenerated: Call<()> = self.write(OPERATION, Ok(()), |auth, permit| async move {
            auth.regenerate_in(&permit).await
        });
        Call::on(self, |auth| async move {
            let regenerated = regenerated.await;
            auth.client.inner().verification.record(false);
            auth.client.inner().forget_permissions();
            regenerated
        })
    }

    async fn regenerate_in(&self, permit: &WritePermit) -> Result<()> {
        let client = &self.client;
        let remedy = "call Client::check to see whether the wiki still recognizes the caller";
        let target = Target::new(
            "AuthenticationRegenerateCertificates",
            "the wiki's certificates",
        )
        .repeat(Repeat::Unsafe(remedy));
        // The wiki recognizes this caller before the mutation, and no longer recognizes it afterwards.
        let is_recognized = || async {
            client.inner().verification.record(false);
            verification::verify_identity(client).await
        };
        let target = target.refused_if_executed_after(Ok(is_recognized().await?), |error| {
            error.is_forbidden() || error.is_unauthenticated()
        })?;
        let variables = api::authentication_regenerate_certificates::Variables::new();
        let send = sending!(
            client,
            permit,
            AuthenticationRegenerateCertificates,
            authentication.regenerate_certificates,
            variables => Some(())
        );
        let observe = |_| async {
            Ok(if is_recognized().await? {
                Observation::Unchanged
            } else {
                Observation::Applied(())
            })
        };
        write_and_reconcile(client, permit, &target, send, observe).await
    }

    /// Resets the account of the guest to its state after the installation: its name, its address, and group 2 as
    /// its only group. The permissions of that group are not changed.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`;
    /// [`is_conflict`](Error::is_conflict) if content of guests exists, such as comments: Wiki.js
    /// deletes the account first, and its database refuses the deletion.
    pub fn reset_guest_user(&self) -> Call<()> {
        const OPERATION: &str = "AuthenticationResetGuestUser";
        self.write(OPERATION, Ok(()), |auth, permit| async move {
            let target = Target::new(OPERATION, "the guest's account").completes();
            let before = auth.guest_created_at().await?;
            let send = || auth.send_reset(&permit);
            // Wiki.js deletes the account and creates another one with the same id.
            let observe = |_| async {
                Ok(match auth.guest_created_at().await? {
                    now if now == before => Observation::Unchanged,
                    Some(_) => Observation::Applied(()),
                    None => Observation::Partial {
                        done: "the guest's account is deleted".to_owned(),
                        missing: "it is not created again".to_owned(),
                    },
                })
            };
            write_and_reconcile(&auth.client, &permit, &target, send, observe).await
        })
    }

    async fn send_reset(&self, permit: &WritePermit) -> Result<Option<()>> {
        let send = async {
            let variables = api::authentication_reset_guest_user::Variables::new();
            mutation!(
                self.client,
                permit,
                AuthenticationResetGuestUser,
                authentication.reset_guest_user,
                variables
            );
            Ok(None)
        };
        send.await.map_err(|error: Error| {
            // A conflict means that the first statement, the deletion, has failed.
            if error.is_conflict() {
                error.with_applied(Applied::No)
            } else {
                error
            }
        })
    }

    /// Returns the time at which the guest's account was created, or `None` if there is none.
    async fn guest_created_at(&self) -> Result<Option<Timestamp>> {
        let variables = api::users_get::Variables { id: GUEST };
        let found = self.client.execute::<api::UsersGet>(variables).await;
        match found {
            Ok(data) => Ok(Some(data.users.single.created_at)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Returns `true` if the wiki failed to send e-mail.
fn is_of_mail(error: &Error) -> bool {
    use ErrorCode::{
        MailGenericError, MailInvalidRecipient, MailNotConfigured, MailTemplateFailed,
    };
    matches!(
        error.code(),
        Some(MailGenericError | MailInvalidRecipient | MailNotConfigured | MailTemplateFailed)
    )
}
