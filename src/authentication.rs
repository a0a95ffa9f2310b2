//! Ways to log in, accounts that people make for themselves, and what all keys and logins hang on.
//!
//! [`Client::auth`](crate::Client::auth) gives [`Authentication`]. Logging in is with
//! [`ClientBuilder::login`](crate::ClientBuilder::login), API keys are `Client::api_keys`.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! for strategy in wiki.auth().enabled_strategies().await? {
//!     println!("{} ({}): log in with the strategy `{}`", strategy.display_name, strategy.provider.title, strategy.key);
//! }
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    api::{
        self,
        authentication_active_strategies::AuthenticationActiveStrategiesAuthenticationActiveStrategies as Configured,
    },
    client::Client,
    error::{Applied, Error, ErrorCode, Incomplete, Result},
    outcome::{mutation, query},
    text::{check_short, no_nul},
};

/// The shortest password and the shortest name that Wiki.js takes, in UTF-16 units.
const SHORTEST_PASSWORD: usize = 6;
const SHORTEST_NAME: usize = 2;

/// A way to log in that the wiki is configured for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActiveStrategy {
    /// `key`: what [`LogIn::strategy`](crate::LogIn::strategy) takes. `local`, or a UUID.
    pub key: String,
    /// `displayName`: what people see.
    pub display_name: String,
    /// `order`: where on the login page.
    pub order: i64,
    /// `isEnabled`.
    pub is_enabled: bool,
    /// `selfRegistration`: whether who is new gets an account. Of `local`, whether
    /// [`Authentication::register`] is open.
    pub self_registration: bool,
    /// `strategy`: what does the work.
    pub provider: StrategyProvider,
}

/// A kind of strategy that Wiki.js knows, such as `local`, `ldap` or `oidc`.
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
    /// `useForm`: whether a user name and a password are asked for, so that a client can log in.
    pub use_form: bool,
    /// `usernameType`: `email` or `username`, where they are.
    pub username_type: Option<String>,
    /// `logo`: an image's address.
    pub logo: Option<String>,
    /// `color`.
    pub color: Option<String>,
    /// `website`.
    pub website: Option<String>,
    /// `icon`: an image in SVG.
    pub icon: Option<String>,
}

impl From<Configured> for ActiveStrategy {
    fn from(configured: Configured) -> Self {
        let provider = configured.strategy;
        Self {
            key: configured.key,
            display_name: configured.display_name,
            order: configured.order,
            is_enabled: configured.is_enabled,
            self_registration: configured.self_registration,
            provider: StrategyProvider {
                key: provider.key,
                title: provider.title,
                description: provider.description,
                is_available: provider.is_available.unwrap_or_default(),
                use_form: provider.use_form,
                username_type: provider.username_type,
                logo: provider.logo,
                color: provider.color,
                website: provider.website,
                icon: provider.icon,
            },
        }
    }
}

/// An account that somebody makes for themselves.
///
/// ```
/// use wikijs_client::authentication::NewAccount;
///
/// let account = NewAccount::new("edith@example.com", "Edith", "a long password");
/// ```
#[derive(Debug, Clone)]
#[must_use = "an account is made by `register`"]
pub struct NewAccount {
    email: String,
    name: String,
    password: SecretString,
}

impl NewAccount {
    /// An account for this e-mail address and name, with this password.
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
        let length = |text: &str| text.encode_utf16().count();
        if self.name.trim().is_empty() || length(&self.name) < SHORTEST_NAME {
            return Err(Error::invalid(
                "name",
                "it is shorter than two characters",
                "write it out",
            ));
        }
        let password = self.password.expose_secret();
        if password.trim().is_empty() || length(password) < SHORTEST_PASSWORD {
            return Err(Error::invalid(
                "password",
                "it is shorter than six characters",
                "choose a longer one",
            ));
        }
        no_nul("password", password)
    }
}

fn check_email(email: &str) -> Result<()> {
    check_short("email", email)?;
    let is_one = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !email.contains(char::is_whitespace)
    });
    if is_one {
        return Ok(());
    }
    Err(Error::invalid(
        "email",
        format!("`{email}` is not an e-mail address"),
        "write one such as edith@example.com",
    ))
}

/// Ways to log in, and accounts. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Authentication {
    client: Client,
}

impl Client {
    /// Ways to log in to the wiki, and accounts that people make for themselves.
    pub fn auth(&self) -> Authentication {
        Authentication {
            client: self.clone(),
        }
    }
}

impl Authentication {
    /// The ways to log in that the wiki is configured for, in the order of the login page, also those
    /// that are switched off. Everybody may ask.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub async fn active_strategies(&self) -> Result<Vec<ActiveStrategy>> {
        self.strategies(false).await
    }

    /// The ways to log in that are switched on. Everybody may ask.
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
    /// None of its own.
    pub async fn enabled_strategies(&self) -> Result<Vec<ActiveStrategy>> {
        self.strategies(true).await
    }

    async fn strategies(&self, enabled_only: bool) -> Result<Vec<ActiveStrategy>> {
        let variables = api::authentication_active_strategies::Variables {
            enabled_only: enabled_only.into(),
        };
        let strategies = query!(
            self.client,
            AuthenticationActiveStrategies,
            authentication.active_strategies,
            variables
        );
        let strategies = strategies.into_iter().flatten();
        Ok(strategies.map(ActiveStrategy::from).collect())
    }

    /// Makes an account for somebody new. The wiki sends a mail with a link, without which nobody can
    /// log in with it. Everybody may ask, where the wiki allows it.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::authentication::NewAccount;
    ///
    /// wiki.auth().register(NewAccount::new("edith@example.com", "Edith", "a long password")).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) where the wiki has no registration (1010) or not for that
    /// domain (1011); [`is_conflict`](Error::is_conflict) if the address has an account (1004);
    /// [`Error::InvalidInput`] for an address that is none, a name under two and a password under six
    /// characters. [`Error::Incomplete`] if the wiki cannot send mail (3001 to 3004): it says that it
    /// failed, but the account is made, and somebody with `manage:users` has to verify it.
    pub async fn register(&self, account: NewAccount) -> Result<()> {
        account.check()?;
        self.send_registration(&account).await.map_err(|error| {
            let is_of_mail = matches!(
                error.code(),
                Some(
                    ErrorCode::MailGenericError
                        | ErrorCode::MailNotConfigured
                        | ErrorCode::MailTemplateFailed
                        | ErrorCode::MailInvalidRecipient
                )
            );
            if !is_of_mail {
                return error;
            }
            Error::Incomplete(Box::new(Incomplete {
                done: format!("the account of {} is made", account.email),
                missing: "the mail to verify it was not sent".to_owned(),
                source: error,
            }))
        })
    }

    async fn send_registration(&self, account: &NewAccount) -> Result<()> {
        let variables = api::authentication_register::Variables {
            email: account.email.clone(),
            password: account.password.expose_secret().to_owned(),
            name: account.name.clone(),
        };
        mutation!(
            self.client,
            AuthenticationRegister,
            authentication.register,
            variables
        );
        Ok(())
    }

    /// Has the wiki send a mail to set a new password, if the address has an account of its own
    /// (`local`). Whether it has, Wiki.js does not say: it reports success for any. Everybody may ask.
    ///
    /// Wiki.js compares the address to the letter and keeps it in lower case: so it is sent.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an address that is none; [`is_rate_limited`](Error::is_rate_limited)
    /// after three in a minute from one IP address (hazard 51), where the client's
    /// [`RetryPolicy`](crate::RetryPolicy) does not allow the wait; [`Error::Api`] if the wiki cannot
    /// send mail (3002), which it says of an account that there is.
    pub async fn forgot_password(&self, email: impl Into<String>) -> Result<()> {
        let email = email.into().to_lowercase();
        check_email(&email)?;
        let variables = api::authentication_forgot_password::Variables { email };
        mutation!(
            self.client,
            AuthenticationForgotPassword,
            authentication.forgot_password,
            variables
        );
        Ok(())
    }

    /// Makes the wiki's certificates anew, with which it signs API keys and logins: **every API key and
    /// every login is worthless from then on**, this client's too. Who calls with one is a guest
    /// (hazard 47). New keys can be made only by somebody who logs in.
    ///
    /// A client of [`login`](crate::ClientBuilder::login) logs in again by itself where that takes no
    /// more than the password.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn regenerate_certificates(&self) -> Result<()> {
        let variables = api::authentication_regenerate_certificates::Variables::new();
        mutation!(
            self.client,
            AuthenticationRegenerateCertificates,
            authentication.regenerate_certificates,
            variables
        );
        let inner = self.client.inner();
        inner.certainty.note(false);
        inner.forget_permissions();
        Ok(())
    }

    /// Puts the guest's account back as it was when the wiki was set up: its name, its address, the
    /// guests' group as its only group. What that group may do stays as it is.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`;
    /// [`is_conflict`](Error::is_conflict) if guests wrote something that is still there, such as
    /// comments: Wiki.js deletes the account first, and its database does not let it.
    pub async fn reset_guest_user(&self) -> Result<()> {
        self.send_reset().await.map_err(|error| {
            // It is the first statement that fails.
            if error.is_conflict() {
                error.with_applied(Applied::No)
            } else {
                error
            }
        })
    }

    async fn send_reset(&self) -> Result<()> {
        let variables = api::authentication_reset_guest_user::Variables::new();
        mutation!(
            self.client,
            AuthenticationResetGuestUser,
            authentication.reset_guest_user,
            variables
        );
        Ok(())
    }
}
