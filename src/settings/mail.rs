//! Mail settings: the mail server, the sender, DKIM, and a test mail.
//!
//! ```
//! # wikijs_fake::example!(wiki => {
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
//! # });
//! ```
//!
//! All methods require the permission `manage:system`.

use secrecy::{ExposeSecret, SecretString};

use super::{change, group, read, table::fields};
use crate::{
    api::{mail_config::MailConfigMailConfig, mail_update_config},
    call::Call,
    error::{Applied, Error, ErrorCode, Result},
    handle::{Handle, handle},
    response::command,
    text::{is_email, refuse_if},
};

/// Minimum length of an address for a test mail, in UTF-16 units.
const SHORTEST_ADDRESS: usize = 6;

handle! {
    /// Handle for the mail settings of a wiki.
    Mail,
    /// Returns a handle for the mail settings.
    mail
}

fields! {
    /// Mail settings of a wiki. `mail.config`.
    #[derive(Debug, Clone)]
    MailConfig from MailConfigMailConfig;
    /// Changes to the mail settings. Unset fields keep their values, the password included.
    ///
    /// ```
    /// use wikijs_client::mail::MailUpdate;
    ///
    /// let update = MailUpdate::new().sender_name("Our wiki").sender_email("wiki@example.com");
    /// ```
    #[derive(Debug, Clone, Default)]
    #[must_use = "the settings are changed by `update`"]
    MailUpdate;
    whole mail_update_config::Variables;

    /// `senderName`.
    pub sender_name: into String = sender_name;
    /// `senderEmail`.
    pub sender_email: into String = sender_email;
    /// `host` of the mail server. Empty: mail is off.
    pub host: into String = host;
    /// `port` of the mail server; 465 if none is stored.
    pub port: plain i64 = port or 465;
    /// `name`: host name with which the wiki greets the mail server. Empty: the name of its own host.
    /// Since Wiki.js 2.5.284.
    pub name: newer into String = name;
    /// `secure`: TLS from the beginning. Without it, STARTTLS is used if the server offers it.
    pub secure: plain bool = secure;
    /// `verifySSL`: the certificate of the server is verified; `true` if nothing is stored.
    pub verify_certificate: plain bool = verify_ssl or true;
    /// `user` at the mail server. Empty: no authentication.
    pub user: into String = user;
    /// `pass`: password at the mail server. Wiki.js returns a mask instead, and keeps the stored password if an update
    /// contains the mask.
    password: into SecretString = pass;
    /// `useDKIM`: mail is signed.
    pub use_dkim: plain bool = use_dkim;
    /// `dkimDomainName`.
    pub dkim_domain_name: into String = dkim_domain_name;
    /// `dkimKeySelector`.
    pub dkim_key_selector: into String = dkim_key_selector;
    /// `dkimPrivateKey`, as PEM. Wiki.js returns it to everybody who may read the settings.
    pub dkim_private_key: into SecretString = dkim_private_key;
}

impl MailConfig {
    /// Returns `true` if a password is set. Wiki.js does not return the password itself.
    pub fn has_password(&self) -> bool {
        !self.password.expose_secret().is_empty()
    }
}

impl MailUpdate {
    /// Removes the password.
    pub fn clear_password(self) -> Self {
        self.password("")
    }

    fn check(&self) -> Result<()> {
        self.check_values()?;
        if let Some(port) = self.port {
            refuse_if! {
                !(1..=65535).contains(&port) => "port", format!("there is no port {port}"),
                    "pass a port such as 25, 465 or 587";
            }?;
        }
        match &self.sender_email {
            Some(address) if !address.is_empty() => check_address("sender_email", address),
            _ => Ok(()),
        }
    }
}

group! {
    MailConfig, "the configuration of mail", |config| config.variables(config);
    MailConfig, |config| config.into();
    MailUpdateConfig, |before, wanted| wanted.variables(before);
}

fn check_address(field: &'static str, address: &str) -> Result<()> {
    let is_long_enough = address.encode_utf16().count() >= SHORTEST_ADDRESS;
    refuse_if! {
        !is_email(address) || !is_long_enough => field, format!("`{address}` is not a mail address"),
            "write it as me@example.com, without a name";
    }
}

impl Mail {
    /// Returns the mail settings, without the password.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn config(&self) -> Call<MailConfig> {
        read(self)
    }

    /// Changes the set fields of `update`, and returns the settings as stored.
    ///
    /// Wiki.js replaces all mail settings at once. It returns the password as the mask `********`, and keeps the
    /// stored password if an update contains the mask. An update does not contact the mail server: test the settings
    /// with [`send_test`](Self::send_test).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`], before anything is sent, for the mask as a password, a text that is not an address,
    /// a port outside of 1 to 65535, and NUL characters. [`is_forbidden`](Error::is_forbidden) without
    /// `manage:system`. [`Error::NotApplied`] if the wiki reports success and stored nothing;
    /// [`Error::PartiallyApplied`] if it stored some of the fields, which the error names;
    /// [`Error::Unconfirmed`] if the response to a changed password was lost, because the API does not return
    /// passwords.
    pub fn update(&self, update: MailUpdate) -> Call<MailConfig> {
        change(self, update.check(), move |before| Ok(update.apply(before)))
    }

    /// Sends a test mail to this address.
    ///
    /// The API of Wiki.js does not report which mails were sent, so a lost response is
    /// [`Error::Unconfirmed`].
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a text that is not an address; [`Error::Api`] with
    /// [`MailNotConfigured`](crate::ErrorCode::MailNotConfigured) if no mail server is set, or with
    /// code 1 and the message of the mail server if it refuses the mail; [`is_forbidden`](Error::is_forbidden)
    /// without `manage:system`.
    pub fn send_test(&self, recipient: impl Into<String>) -> Call<()> {
        let recipient = recipient.into();
        let checked = check_address("recipient", &recipient);
        let object = format!("the test to {recipient}");
        let remedy = "look for the mail before sending another one";
        // Without a configured mail server Wiki.js fails before it connects, so no mail was sent.
        let is_off = |error: &Error| error.code() == Some(ErrorCode::MailNotConfigured);
        command! {
            self, checked, MailSendTest(recipient), object,
            once(remedy), outcome_of(is_off, Applied::No)
        }
    }
}
