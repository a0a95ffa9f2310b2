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
use serde::Deserialize;

use crate::{
    api::{
        self, Argument,
        authentication_active_strategies::{
            AuthenticationActiveStrategiesAuthenticationActiveStrategies as Configured,
            AuthenticationActiveStrategiesAuthenticationActiveStrategiesStrategy as Kind,
        },
    },
    call::Call,
    client::verification,
    error::{Applied, Error, ErrorCode, Result},
    handle::{Handle, handle},
    response::{command, models, query, sending},
    text::{no_nul, refuse_if},
    types::{Timestamp, converted},
    users::{check_email, check_password, check_user_name},
    write::{Observation, partially_applied},
};

/// Minimum length of a name, in UTF-16 units.
const MIN_NAME: usize = 2;
/// Id of the account that all guests share.
const GUEST: i64 = 2;

models! {
    /// An authentication strategy that the wiki is configured with.
    ActiveStrategy from Configured as configured {
        /// `key`: the argument of [`LogIn::strategy`](crate::LogIn::strategy). `local`, or a UUID.
        pub key: String,
        /// `displayName`: the name on the login page.
        pub display_name: String,
        /// `order`: the position on the login page.
        pub order: i64,
        /// `isEnabled`. Before 2.5.117, every configured strategy is enabled.
        pub is_enabled: bool = configured.is_enabled.unwrap_or(true),
        /// `selfRegistration`: `true` if the first login of a new person creates an account. For `local`, `true` if
        /// [`Authentication::register`] is allowed.
        pub self_registration: bool,
        /// `strategy`: the kind of strategy.
        pub provider: StrategyProvider = configured.strategy.into(),
    }

    /// A kind of authentication strategy, such as `local`, `ldap` or `oidc`.
    StrategyProvider from Kind as kind {
        /// `key`.
        pub key: String,
        /// `title`.
        pub title: String,
        /// `description`.
        pub description: Option<String>,
        /// `isAvailable`.
        pub is_available: bool = kind.is_available.unwrap_or_default(),
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
}

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
    password: SecretString,
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
        check_address(&self.email)?;
        check_user_name(&self.name, MIN_NAME)?;
        check_password("password", &self.password)?;
        no_nul("password", self.password.expose_secret())
    }
}

/// Checks an e-mail address. Wiki.js requires a domain with a dot for accounts that it stores itself.
fn check_address(email: &str) -> Result<()> {
    check_email(email)?;
    let has_dot = email
        .split_once('@')
        .is_some_and(|(_, domain)| domain.contains('.'));
    refuse_if! {
        !has_dot => "email", format!("`{email}` is not an e-mail address"),
            "write it as name@example.com";
    }
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
            Err(Error::Unsupported(error))
                if error.lacks("AuthenticationQuery.activeStrategies(enabledOnly:)") =>
            {
                self.read_strategies(Argument::Omit).await
            }
            other => other,
        }
    }

    async fn read_strategies(&self, enabled_only: Argument<bool>) -> Result<Vec<ActiveStrategy>> {
        let variables = api::authentication_active_strategies::Variables { enabled_only };
        let strategies = query!(self.client, AuthenticationActiveStrategies, variables);
        Ok(converted(strategies))
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
    /// - [`is_conflict`](Error::is_conflict) if there is an account with this address (1004). The outcome is unknown
    ///   then, because a proxy may have delivered the request twice.
    /// - [`Error::InvalidInput`] for an invalid address, a name under two characters and a password under six.
    /// - [`Error::PartiallyApplied`] if the wiki cannot send e-mail (3001 to 3004). It reports a failure, but has
    ///   stored the account; a user with `manage:users` has to verify it.
    /// - [`Error::Unconfirmed`] if the response was lost, because only callers with `manage:users` may read accounts. A
    ///   second call fails with [`is_conflict`](Error::is_conflict) if the first one was executed.
    pub fn register(&self, account: NewAccount) -> Call<()> {
        let checked = account.check();
        self.mutate("AuthenticationRegister", checked, |write| async move {
            let object = format!("the account of {}", account.email);
            // The account is stored before the e-mail is sent.
            let target = write.target(&object).outcome_of(is_of_mail, Applied::No);
            let target = target.unknown_if_refused(Error::is_conflict);
            let password = account.password.expose_secret();
            let send = sending!(
                write, AuthenticationRegister(account.email, password, account.name) => Some(())
            );
            let registered = write.send_unobserved(target, send).await;
            registered.map_err(|error| {
                if !is_of_mail(&error) {
                    return error;
                }
                let done = format!("{object} is stored");
                let missing = "the e-mail to verify it was not sent";
                partially_applied("AuthenticationRegister", done, missing, error)
            })
        })
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
        let checked = check_address(&email);
        let object = format!("the e-mail to {email}");
        command! {
            self, checked, AuthenticationForgotPassword(email), object,
            outcome_of(is_of_mail, Applied::No)
        }
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
        let regenerated = self.mutate(OPERATION, Ok(()), |write| async move {
            let client = &write.client;
            // The wiki recognizes this caller before the mutation, and no longer recognizes it afterwards.
            let is_recognized = || async {
                verification::record(client, false);
                verification::verify_identity(client).await
            };
            let remedy = "call Client::check to see whether the wiki still recognizes the caller";
            let target = write.target("the wiki's certificates").once(remedy);
            let target = target.refused_if_executed_after(Ok(is_recognized().await?), |error| {
                error.is_forbidden() || error.is_unauthenticated()
            })?;
            let send = sending!(write, AuthenticationRegenerateCertificates() => Some(()));
            let observe = |_| async { Ok(Observation::of(!is_recognized().await?)) };
            write.reconcile(target, send, observe).await
        });
        Call::on(self, |auth| async move {
            let regenerated = regenerated.await;
            verification::record(&auth.client, false);
            auth.client.inner().forget_permissions();
            regenerated
        })
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
        self.mutate("AuthenticationResetGuestUser", Ok(()), |write| async move {
            // A conflict means that the first statement, the deletion, has failed.
            let target = write.target("the guest's account").completes();
            let target = target.outcome_of(Error::is_conflict, Applied::No);
            let before = write.guest_created_at().await?;
            let send = sending!(write, AuthenticationResetGuestUser());
            // Wiki.js deletes the account and creates another one with the same id.
            let observe = |_| async {
                Ok(match write.guest_created_at().await? {
                    now if now == before => Observation::Unchanged,
                    Some(_) => Observation::Applied(()),
                    None => Observation::Partial {
                        done: "the guest's account is deleted".to_owned(),
                        missing: "it is not created again".to_owned(),
                    },
                })
            };
            write.reconcile(target, send, observe).await
        })
    }

    /// Returns the time at which the guest's account was created, or `None` if there is none.
    async fn guest_created_at(&self) -> Result<Option<Timestamp>> {
        let guest = self.client.users().get_opt(GUEST).await?;
        Ok(guest.map(|guest| guest.created_at))
    }
}

/// Returns `true` if the wiki failed to send e-mail.
fn is_of_mail(error: &Error) -> bool {
    // From `MailGenericError` to `MailInvalidRecipient`.
    let is_of_mail = |code: ErrorCode| (3001..=3004).contains(&code.number());
    error.code().is_some_and(is_of_mail)
}
