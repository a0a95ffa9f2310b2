//! The configuration of the wiki as a whole: its name, its address, what it shows, allows and limits.
//!
//! [`Client::site`](crate::Client::site) gives [`Site`]:
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::site::SiteUpdate;
//!
//! let config = wiki.site().update(SiteUpdate::new().title("Handbook")).await?;
//! println!("{} at {}", config.title, config.host);
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! `site.updateConfig` has 41 arguments and no memory of what it was not told: an argument that is
//! null wipes its field (hazard 45). [`Site::update`] reads what is there, sends the fields that change
//! and nothing else, and reads back what is there then.

use crate::{
    api::{self, Argument},
    client::Client,
    error::{Error, Result},
    outcome::{mutation, query},
    settle,
    transport::Turn,
    types::no_nul,
};

/// The configuration of the wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Site {
    client: Client,
}

impl Client {
    /// The configuration of the wiki as a whole.
    pub fn site(&self) -> Site {
        Site {
            client: self.clone(),
        }
    }
}

/// The type of a field of a kind.
macro_rules! kind {
    (text) => { String };
    (flag) => { bool };
    (number) => { u32 };
    (list) => { Vec<String> };
}

/// What sets a field of a kind.
macro_rules! setter {
    (text $(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        pub fn $name(mut self, $name: impl Into<String>) -> Self {
            self.$name = Some($name.into());
            self
        }
    };
    (list $(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        pub fn $name(mut self, $name: impl IntoIterator<Item: Into<String>>) -> Self {
            self.$name = Some($name.into_iter().map(Into::into).collect());
            self
        }
    };
    ($kind:ident $(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        pub fn $name(mut self, $name: kind!($kind)) -> Self {
            self.$name = Some($name);
            self
        }
    };
}

/// Declares the fields once: the configuration, its update, and the way to the wiki and back. The
/// second name is that of the generated field.
macro_rules! fields {
    ($($(#[doc = $doc:literal])* $kind:ident $name:ident = $wire:ident;)*) => {
        /// The configuration of a wiki.
        ///
        /// Texts are empty where nothing is set. `site.config`.
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub struct SiteConfig {
            $($(#[doc = $doc])* pub $name: kind!($kind),)*
        }

        impl From<api::site_config::SiteConfigSiteConfig> for SiteConfig {
            fn from(config: api::site_config::SiteConfigSiteConfig) -> Self {
                Self { $($name: Field::read(config.$wire),)* }
            }
        }

        /// What to change of the configuration. Everything that is not named stays as it is.
        ///
        /// ```
        /// use wikijs_client::site::SiteUpdate;
        ///
        /// let update = SiteUpdate::new().title("Handbook").company("Example Ltd").feature_page_ratings(false);
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        #[must_use = "the configuration is changed by `update`"]
        pub struct SiteUpdate {
            $($name: Option<kind!($kind)>,)*
        }

        impl SiteUpdate {
            /// No change yet.
            pub fn new() -> Self {
                Self::default()
            }

            $(setter! { $kind $(#[doc = $doc])* $name })*

            fn check(&self) -> Result<()> {
                $(if let Some(value) = &self.$name {
                    value.check(stringify!($name))?;
                })*
                self.check_meaning()
            }

            /// The configuration as it shall be.
            fn apply(&self, current: &SiteConfig) -> SiteConfig {
                SiteConfig {
                    $($name: self.$name.as_ref().unwrap_or(&current.$name).clone(),)*
                }
            }
        }

        /// The arguments that make `wanted` of `current`: those of the fields that differ. What is left
        /// out stays as it is.
        fn difference(current: &SiteConfig, wanted: &SiteConfig) -> api::site_update_config::Variables {
            api::site_update_config::Variables {
                $($wire: if wanted.$name == current.$name {
                    Argument::Omit
                } else {
                    Argument::Value(Field::write(&wanted.$name))
                },)*
            }
        }
    };
}

fields! {
    /// `analyticsId`: the wiki's id with its [analytics service](Self::analytics_service).
    text analytics_id = analytics_id;
    /// `analyticsService`: for the page's head; the analytics module is configured elsewhere.
    text analytics_service = analytics_service;
    /// `authAutoLogin`: go to the login of the first strategy without asking which.
    flag auth_auto_login = auth_auto_login;
    /// `authEnforce2FA`: every user of the local strategy must set up a second factor.
    flag auth_enforce_2fa = auth_enforce2_fa;
    /// `authHideLocal`: do not offer the local strategy on the login page.
    flag auth_hide_local = auth_hide_local;
    /// `authJwtAudience`: whom tokens are for, `urn:wiki.js`. Every API key and every login carries
    /// it: after a change, and the wiki's next start, those that are there are accepted no more.
    text auth_jwt_audience = auth_jwt_audience;
    /// `authJwtExpiration`: how long the token of a login is valid, such as `30m`.
    text auth_jwt_expiration = auth_jwt_expiration;
    /// `authJwtRenewablePeriod`: how long after that it is renewed without a login, such as `14d`.
    text auth_jwt_renewable_period = auth_jwt_renewable_period;
    /// `authLoginBgUrl`: the picture behind the login page.
    text auth_login_bg_url = auth_login_bg_url;
    /// `company`: who stands in the footer. Without white space at its ends.
    text company = company;
    /// `contentLicense`: the key of the licence in the footer, such as `ccby`; empty for none.
    text content_license = content_license;
    /// `description`: the wiki's description for search engines.
    text description = description;
    /// `editFab`: show the floating button of a page's actions.
    flag edit_fab = edit_fab;
    /// `editMenuBar`: show the menu bar of a page's actions.
    flag edit_menu_bar = edit_menu_bar;
    /// `editMenuBtn`: show the edit button in that bar.
    flag edit_menu_btn = edit_menu_btn;
    /// `editMenuExternalBtn`: show a button in that bar that leads to the page in another editor.
    flag edit_menu_external_btn = edit_menu_external_btn;
    /// `editMenuExternalIcon`: the icon of that button, such as `mdi-github`.
    text edit_menu_external_icon = edit_menu_external_icon;
    /// `editMenuExternalName`: the text of that button.
    text edit_menu_external_name = edit_menu_external_name;
    /// `editMenuExternalUrl`: where that button leads; `{filename}` stands for the page's file.
    text edit_menu_external_url = edit_menu_external_url;
    /// `featurePageComments`: pages can be commented.
    flag feature_page_comments = feature_page_comments;
    /// `featurePageRatings`: pages can be rated.
    flag feature_page_ratings = feature_page_ratings;
    /// `featurePersonalWikis`: users may have a wiki of their own.
    flag feature_personal_wikis = feature_personal_wikis;
    /// `footerOverride`: a footer in place of company and licence.
    text footer_override = footer_override;
    /// `host`: the wiki's whole address without a slash at its end, which links in mails and the
    /// callbacks of logins begin with.
    text host = host;
    /// `logoUrl`: the logo. Without white space at its ends.
    text logo_url = logo_url;
    /// `pageExtensions`: extensions that a page's URL may have, in lower case and without a dot.
    /// Wiki.js reads and writes them as one text with commas.
    list page_extensions = page_extensions;
    /// `robots`: what search engines are told, such as `index`, `follow`.
    list robots = robots;
    /// `securityCSP`: send a content security policy.
    flag security_csp = security_csp;
    /// `securityCSPDirectives`: that policy.
    text security_csp_directives = security_csp_directives;
    /// `securityHSTS`: tell browsers to use HTTPS only, for
    /// [`security_hsts_duration`](Self::security_hsts_duration).
    flag security_hsts = security_hsts;
    /// `securityHSTSDuration`: how long browsers keep to that, in seconds.
    number security_hsts_duration = security_hsts_duration;
    /// `securityIframe`: forbid other sites to show the wiki in a frame.
    flag security_iframe = security_iframe;
    /// `securityOpenRedirect`: clean URLs of what would lead to another site.
    flag security_open_redirect = security_open_redirect;
    /// `securityReferrerPolicy`: tell other sites nothing of where their visitors come from.
    flag security_referrer_policy = security_referrer_policy;
    /// `securitySRI`: have browsers check the wiki's own scripts.
    flag security_sri = security_sri;
    /// `securityTrustProxy`: believe the headers of a proxy about address and protocol. The limits on
    /// logins and comments count by that address.
    flag security_trust_proxy = security_trust_proxy;
    /// `title`: the wiki's name. Without white space at its ends.
    text title = title;
    /// `uploadForceDownload`: have browsers save assets of unsafe types rather than show them.
    flag upload_force_download = upload_force_download;
    /// `uploadMaxFileSize`: the largest asset, in bytes.
    number upload_max_file_size = upload_max_file_size;
    /// `uploadMaxFiles`: how many files the browser may upload at once.
    number upload_max_files = upload_max_files;
    /// `uploadScanSVG`: remove scripts from SVG pictures.
    flag upload_scan_svg = upload_scan_svg;
}

/// How a field goes over the wire, which is not always how it came.
trait Field<Wire> {
    fn read(wire: Option<Wire>) -> Self;
    fn write(&self) -> Wire;
}

impl Field<String> for String {
    fn read(wire: Option<String>) -> Self {
        wire.unwrap_or_default()
    }

    fn write(&self) -> String {
        self.clone()
    }
}

impl Field<bool> for bool {
    fn read(wire: Option<bool>) -> Self {
        wire.unwrap_or_default()
    }

    fn write(&self) -> bool {
        *self
    }
}

impl Field<i64> for u32 {
    fn read(wire: Option<i64>) -> Self {
        wire.and_then(|number| number.try_into().ok())
            .unwrap_or_default()
    }

    fn write(&self) -> i64 {
        i64::from(*self)
    }
}

impl Field<Vec<Option<String>>> for Vec<String> {
    fn read(wire: Option<Vec<Option<String>>>) -> Self {
        wire.into_iter().flatten().flatten().collect()
    }

    fn write(&self) -> Vec<Option<String>> {
        self.iter().cloned().map(Some).collect()
    }
}

/// `md, html, txt`.
impl Field<String> for Vec<String> {
    fn read(wire: Option<String>) -> Self {
        let wire = wire.unwrap_or_default();
        let extensions = wire.split(',').map(str::trim);
        extensions
            .filter(|extension| !extension.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn write(&self) -> String {
        self.join(", ")
    }
}

/// What can be said of a value by its type alone.
trait Checked {
    fn check(&self, field: &'static str) -> Result<()>;
}

impl Checked for String {
    fn check(&self, field: &'static str) -> Result<()> {
        no_nul(field, self)
    }
}

impl Checked for bool {
    fn check(&self, _field: &'static str) -> Result<()> {
        Ok(())
    }
}

impl Checked for u32 {
    fn check(&self, field: &'static str) -> Result<()> {
        if i32::try_from(*self).is_err() {
            return Err(Error::invalid(
                field,
                format!("{self} does not fit GraphQL's 32-bit Int"),
                "pass at most 2147483647",
            ));
        }
        Ok(())
    }
}

impl Checked for Vec<String> {
    fn check(&self, field: &'static str) -> Result<()> {
        self.iter().try_for_each(|text| text.check(field))
    }
}

impl SiteUpdate {
    /// As Wiki.js keeps it.
    fn normalized(mut self) -> Self {
        for text in [&mut self.title, &mut self.company, &mut self.logo_url] {
            *text = text.take().map(|text| text.trim().to_owned());
        }
        self.host = self.host.map(|host| {
            let host = host.trim();
            host.strip_suffix('/').unwrap_or(host).to_owned()
        });
        self.page_extensions = self.page_extensions.map(|extensions| {
            let extensions = extensions.iter().map(|one| one.trim().to_lowercase());
            extensions.filter(|one| !one.is_empty()).collect()
        });
        self
    }

    /// What would leave the wiki without logins or links.
    fn check_meaning(&self) -> Result<()> {
        if let Some(host) = &self.host {
            check_host(host)?;
        }
        if let Some(audience) = &self.auth_jwt_audience
            && audience.trim().is_empty()
        {
            return Err(Error::invalid(
                "auth_jwt_audience",
                "it is empty, and nobody could log in",
                "write it as urn:wiki.js",
            ));
        }
        for (field, duration) in [
            ("auth_jwt_expiration", &self.auth_jwt_expiration),
            ("auth_jwt_renewable_period", &self.auth_jwt_renewable_period),
        ] {
            if let Some(duration) = duration
                && !is_duration(duration)
            {
                return Err(Error::invalid(
                    field,
                    format!("`{duration}` is not a duration, and nobody could log in"),
                    "write it as 30m, 12h or 14d",
                ));
            }
        }
        let extensions = self.page_extensions.iter().flatten();
        match extensions
            .into_iter()
            .find(|one| one.contains([',', '/', '.']))
        {
            Some(odd) => Err(Error::invalid(
                "page_extensions",
                format!("`{odd}` is not an extension"),
                "write each as md, without a dot",
            )),
            None => Ok(()),
        }
    }
}

fn check_host(host: &str) -> Result<()> {
    let is_address = url::Url::parse(host).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if is_address {
        return Ok(());
    }
    Err(Error::invalid(
        "host",
        format!("`{host}` is not the address of a wiki"),
        "write it as https://wiki.example.com",
    ))
}

/// A number and its unit. Wiki.js takes a number alone for milliseconds.
fn is_duration(text: &str) -> bool {
    let Some(number) = text.strip_suffix(['s', 'm', 'h', 'd', 'w', 'y']) else {
        return false;
    };
    let number = number.trim_end();
    !number.is_empty() && number.len() < 10 && number.bytes().all(|digit| digit.is_ascii_digit())
}

impl Site {
    /// The configuration as it is.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn config(&self) -> Result<SiteConfig> {
        let variables = api::site_config::Variables::new();
        let config = query!(self.client, SiteConfig, site.config, variables);
        Ok(config.into())
    }

    /// Changes the fields that `update` names, and gives the configuration back as it is then.
    ///
    /// Nothing is sent for a field that has the value already, so that what others change at the same
    /// time stays. Where an answer is lost, the wiki is asked what became of it.
    ///
    /// Wiki.js takes a new configuration into its memory first; if it cannot store it in its
    /// database, it writes so into its log and reports success. Nothing in its API shows that.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::site::SiteUpdate;
    ///
    /// let update = SiteUpdate::new().company("Example Ltd").robots(["noindex", "nofollow"]);
    /// let config = wiki.site().update(update).await?;
    /// assert_eq!(config.robots, ["noindex", "nofollow"]);
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a host that is no address, a duration that is none (nobody could
    /// log in any more), numbers over 2,147,483,647 and NUL characters;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`; [`Error::NotDone`] if the wiki
    /// reports success and has another configuration.
    pub async fn update(&self, update: SiteUpdate) -> Result<SiteConfig> {
        let update = update.normalized();
        update.check()?;
        let site = self.clone();
        let work = move |turn| async move { site.update_in(&turn, &update).await };
        self.client.write("SiteUpdateConfig", work).await
    }

    async fn update_in(&self, turn: &Turn, update: &SiteUpdate) -> Result<SiteConfig> {
        let current = self.config().await?;
        let wanted = update.apply(&current);
        if wanted == current {
            return Ok(current);
        }
        let variables = difference(&current, &wanted);
        settle::set(
            &self.client,
            "SiteUpdateConfig",
            || self.send(turn, variables.clone()),
            || self.config(),
            |now| update.apply(now) == *now,
        )
        .await
    }

    async fn send(&self, turn: &Turn, variables: api::site_update_config::Variables) -> Result<()> {
        mutation!(
            self.client,
            turn,
            SiteUpdateConfig,
            site.update_config,
            variables
        );
        Ok(())
    }
}
