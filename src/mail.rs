//! Mail: through which server Wiki.js sends its mail, and as whom.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use secrecy::SecretString;
//! use wikijs_client::mail::MailUpdate;
//!
//! let update = MailUpdate::new()
//!     .host("smtp.example.com")
//!     .port(587)
//!     .secure(false)
//!     .user("wiki")
//!     .password(SecretString::from("s3cret"));
//! wiki.mail().update(update).await?;
//! wiki.mail().send_test("me@example.com").await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! Everything here wants the permission `manage:system`.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    api::{self, mail_config::MailConfigMailConfig, mail_update_config::Variables},
    client::Client,
    error::{Applied, DecodeError, Error, Incomplete, Result},
    outcome::{mutation, query},
    settle::{Look, until_certain},
    transport::Turn,
};

/// What Wiki.js shows in place of the password. Written back, it keeps the password that is there.
const MASK: &str = "********";

/// The shortest address that Wiki.js sends a test to.
const LEAST_ADDRESS: usize = 6;

/// The mail of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Mail {
    client: Client,
}

impl Client {
    /// The mail of the wiki.
    pub fn mail(&self) -> Mail {
        Mail {
            client: self.clone(),
        }
    }
}

/// How Wiki.js sends mail.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MailConfig {
    /// `senderName`.
    pub sender_name: String,
    /// `senderEmail`.
    pub sender_email: String,
    /// `host` of the mail server; empty where mail is not set up.
    pub host: String,
    /// `port` of the mail server.
    pub port: i64,
    /// `name`: what the wiki calls itself when it greets the mail server. Empty: its host's name.
    pub name: String,
    /// `secure`: TLS from the beginning. Without it TLS is begun if the server offers it.
    pub is_secure: bool,
    /// `verifySSL`: the server's certificate is checked.
    pub verifies_certificate: bool,
    /// `user` at the mail server; empty where it asks for none.
    pub user: String,
    /// `useDKIM`: mail is signed.
    pub uses_dkim: bool,
    /// `dkimDomainName`.
    pub dkim_domain_name: String,
    /// `dkimKeySelector`.
    pub dkim_key_selector: String,
    /// `dkimPrivateKey`, which Wiki.js shows to whoever may see the configuration.
    pub dkim_private_key: SecretString,
    /// `pass`, masked.
    password: SecretString,
}

impl MailConfig {
    /// Whether a password is set. Wiki.js does not show it.
    pub fn has_password(&self) -> bool {
        !self.password.expose_secret().is_empty()
    }

    /// All of it, as Wiki.js wants it written.
    fn written(&self) -> Variables {
        Variables {
            sender_name: self.sender_name.clone(),
            sender_email: self.sender_email.clone(),
            host: self.host.clone(),
            port: self.port,
            name: self.name.clone(),
            secure: self.is_secure,
            verify_ssl: self.verifies_certificate,
            user: self.user.clone(),
            pass: self.password.expose_secret().to_owned(),
            use_dkim: self.uses_dkim,
            dkim_domain_name: self.dkim_domain_name.clone(),
            dkim_key_selector: self.dkim_key_selector.clone(),
            dkim_private_key: self.dkim_private_key.expose_secret().to_owned(),
        }
    }
}

impl From<MailConfigMailConfig> for MailConfig {
    /// A wiki that was set up by an older version has not all of it.
    fn from(config: MailConfigMailConfig) -> Self {
        Self {
            sender_name: config.sender_name.unwrap_or_default(),
            sender_email: config.sender_email.unwrap_or_default(),
            host: config.host.unwrap_or_default(),
            port: config.port.unwrap_or(USUAL_PORT),
            name: config.name.unwrap_or_default(),
            is_secure: config.secure.unwrap_or_default(),
            // Wiki.js checks it unless this is false.
            verifies_certificate: config.verify_ssl.unwrap_or(true),
            user: config.user.unwrap_or_default(),
            password: config.pass.unwrap_or_default().into(),
            uses_dkim: config.use_dkim.unwrap_or_default(),
            dkim_domain_name: config.dkim_domain_name.unwrap_or_default(),
            dkim_key_selector: config.dkim_key_selector.unwrap_or_default(),
            dkim_private_key: config.dkim_private_key.unwrap_or_default().into(),
        }
    }
}

/// The port of a fresh wiki's configuration.
const USUAL_PORT: i64 = 465;

/// What to change of how mail is sent. Everything that is not named stays as it is, the password too.
///
/// ```
/// use wikijs_client::mail::MailUpdate;
///
/// let update = MailUpdate::new().sender_name("Our wiki").sender_email("wiki@example.com");
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "the configuration is changed by `update`"]
pub struct MailUpdate {
    sender_name: Option<String>,
    sender_email: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    name: Option<String>,
    is_secure: Option<bool>,
    verifies_certificate: Option<bool>,
    user: Option<String>,
    password: Option<SecretString>,
    uses_dkim: Option<bool>,
    dkim_domain_name: Option<String>,
    dkim_key_selector: Option<String>,
    dkim_private_key: Option<SecretString>,
}

impl MailUpdate {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name in the sender.
    pub fn sender_name(mut self, name: impl Into<String>) -> Self {
        self.sender_name = Some(name.into());
        self
    }

    /// The address in the sender.
    pub fn sender_email(mut self, address: impl Into<String>) -> Self {
        self.sender_email = Some(address.into());
        self
    }

    /// The mail server. An empty one switches mail off.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// The port of the mail server.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// What the wiki calls itself when it greets the mail server.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// TLS from the beginning.
    pub fn secure(mut self, is_secure: bool) -> Self {
        self.is_secure = Some(is_secure);
        self
    }

    /// Whether the server's certificate is checked.
    pub fn verify_certificate(mut self, verifies: bool) -> Self {
        self.verifies_certificate = Some(verifies);
        self
    }

    /// The user at the mail server.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The user's password at the mail server.
    pub fn password(mut self, password: impl Into<SecretString>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// No password any more.
    pub fn clear_password(self) -> Self {
        self.password("")
    }

    /// Whether mail is signed with DKIM.
    pub fn use_dkim(mut self, uses: bool) -> Self {
        self.uses_dkim = Some(uses);
        self
    }

    /// The domain of the DKIM key.
    pub fn dkim_domain_name(mut self, domain: impl Into<String>) -> Self {
        self.dkim_domain_name = Some(domain.into());
        self
    }

    /// The selector of the DKIM key.
    pub fn dkim_key_selector(mut self, selector: impl Into<String>) -> Self {
        self.dkim_key_selector = Some(selector.into());
        self
    }

    /// The private key that mail is signed with, as PEM.
    pub fn dkim_private_key(mut self, key: impl Into<SecretString>) -> Self {
        self.dkim_private_key = Some(key.into());
        self
    }

    fn check(&self) -> Result<()> {
        let is_mask = |secret: &Option<SecretString>| {
            secret
                .as_ref()
                .is_some_and(|secret| secret.expose_secret() == MASK)
        };
        if is_mask(&self.password) || is_mask(&self.dkim_private_key) {
            return Err(Error::invalid(
                "password",
                "it is the mask that Wiki.js shows in place of a secret",
                "give the secret itself, or leave it out to keep it",
            ));
        }
        if self.port == Some(0) {
            return Err(Error::invalid(
                "port",
                "there is no port 0",
                "usual are 25, 465 and 587",
            ));
        }
        match &self.sender_email {
            Some(address) if !address.is_empty() => check_address("sender_email", address),
            _ => Ok(()),
        }
    }

    fn apply(&self, config: &MailConfig) -> MailConfig {
        let text = |new: &Option<String>, old: &String| new.as_ref().unwrap_or(old).clone();
        let secret =
            |new: &Option<SecretString>, old: &SecretString| new.as_ref().unwrap_or(old).clone();
        MailConfig {
            sender_name: text(&self.sender_name, &config.sender_name),
            sender_email: text(&self.sender_email, &config.sender_email),
            host: text(&self.host, &config.host),
            port: self.port.map_or(config.port, i64::from),
            name: text(&self.name, &config.name),
            is_secure: self.is_secure.unwrap_or(config.is_secure),
            verifies_certificate: self
                .verifies_certificate
                .unwrap_or(config.verifies_certificate),
            user: text(&self.user, &config.user),
            uses_dkim: self.uses_dkim.unwrap_or(config.uses_dkim),
            dkim_domain_name: text(&self.dkim_domain_name, &config.dkim_domain_name),
            dkim_key_selector: text(&self.dkim_key_selector, &config.dkim_key_selector),
            dkim_private_key: secret(&self.dkim_private_key, &config.dkim_private_key),
            password: secret(&self.password, &config.password),
        }
    }
}

fn check_address(field: &'static str, address: &str) -> Result<()> {
    let is_address = address
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
        && address.encode_utf16().count() >= LEAST_ADDRESS
        && !address.contains(char::is_whitespace);
    if is_address {
        return Ok(());
    }
    Err(Error::invalid(
        field,
        format!("`{address}` is not a mail address"),
        "write it as me@example.com, without a name",
    ))
}

impl Mail {
    /// How the wiki sends mail. The password is not shown.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn config(&self) -> Result<MailConfig> {
        let variables = api::mail_config::Variables::new();
        Ok(query!(self.client, MailConfig, mail.config, variables).into())
    }

    /// Changes what the update names, keeps everything else, and gives the configuration back.
    ///
    /// Wiki.js writes the configuration whole and shows the password as `********`; where that mask
    /// comes back it keeps the password. Nothing is sent to the mail server: try it with
    /// [`send_test`](Self::send_test).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for the mask as a password, an address that is none, or port 0: nothing
    /// is sent then. [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    /// [`Error::Incomplete`] if it is written, but reads back otherwise.
    pub async fn update(&self, update: MailUpdate) -> Result<MailConfig> {
        update.check()?;
        let mail = self.clone();
        let work = move |turn| async move {
            let before = mail.config().await?;
            let wanted = update.apply(&before);
            if wanted.written() == before.written() {
                return Ok(before);
            }
            mail.write(&turn, &before, &wanted).await?;
            let stored = mail
                .config()
                .await
                .map_err(|source| incomplete("it could not be read back", source))?;
            if shown(&wanted, &stored) != stored.written() {
                let source = Error::Decode(Box::new(DecodeError {
                    operation: "MailConfig".to_owned(),
                    status: 200,
                    path: "data.mail.config".to_owned(),
                    source: serde::de::Error::custom(
                        "what reads back is not what was written; somebody else may have written it as well",
                    ),
                    applied: Applied::Yes,
                }));
                return Err(incomplete("it reads back otherwise", source));
            }
            Ok(stored)
        };
        self.client.write("MailUpdateConfig", work).await
    }

    /// Writes the configuration until it is certain that it is written.
    async fn write(&self, turn: &Turn, before: &MailConfig, wanted: &MailConfig) -> Result<()> {
        let send = || async {
            let variables = wanted.written();
            mutation!(
                self.client,
                turn,
                MailUpdateConfig,
                mail.update_config,
                variables
            );
            Ok(())
        };
        // A password looks the same before and after.
        let is_blind = before.has_password()
            && wanted.has_password()
            && wanted.written().pass != before.written().pass;
        let look = |_| async move {
            let now = self.config().await?;
            Ok(if is_blind {
                Look::InPart
            } else if shown(wanted, &now) == now.written() {
                Look::Made(())
            } else if shown(before, &now) == now.written() {
                Look::NotMade
            } else {
                Look::InPart
            })
        };
        let written = until_certain(&self.client, "MailUpdateConfig", send, look).await;
        written.map_err(|error| match error.applied() {
            Applied::Yes if is_blind => error.with_applied(Applied::Unknown),
            _ => error,
        })
    }

    /// Has the wiki send a mail to this address, to see whether it can.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for what is no address; [`Error::Api`] with
    /// [`MailNotConfigured`](crate::ErrorCode::MailNotConfigured) where no mail server is set, with
    /// code 1 and its words where the mail server refuses; [`is_forbidden`](Error::is_forbidden)
    /// without `manage:system`.
    pub async fn send_test(&self, recipient: &str) -> Result<()> {
        check_address("recipient", recipient)?;
        let variables = api::mail_send_test::Variables {
            recipient_email: recipient.to_owned(),
        };
        mutation!(self.client, MailSendTest, mail.send_test, variables);
        Ok(())
    }
}

/// A configuration as it shows where the password is masked as in another one.
fn shown(config: &MailConfig, like: &MailConfig) -> Variables {
    let mut shown = config.written();
    if config.has_password() && like.password.expose_secret() == MASK {
        MASK.clone_into(&mut shown.pass);
    }
    shown
}

fn incomplete(missing: &str, source: Error) -> Error {
    Error::Incomplete(Box::new(Incomplete {
        done: "the configuration of mail is written".to_owned(),
        missing: missing.to_owned(),
        source,
    }))
}
