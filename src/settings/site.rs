//! Configuration of the wiki as a whole: its name, its address, features, security and limits.
//!
//! [`Client::site`](crate::Client::site) returns [`Site`]:
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::site::SiteUpdate;
//!
//! let config = wiki.site().update(SiteUpdate::new().title("Handbook")).await?;
//! println!("{} at {}", config.title, config.host);
//! # });
//! ```
//!
//! `site.updateConfig` has 41 arguments, and a null argument erases its field
//! ([K45](crate::guide::known_issues#k45)). [`Site::update`] therefore sends the changed fields and omits the others.

use std::collections::BTreeMap;

use super::{change, group, read, table::fields};
use crate::{
    api::{
        inputs::SystemFlagInput, site_config::SiteConfigSiteConfig, site_update_config,
        system_set_https_redirection, system_set_telemetry, system_update_flags,
    },
    call::Call,
    error::Result,
    handle::{Handle, handle},
    system::System,
    text::{js_trim, no_nul, refuse_if},
};

handle! {
    /// Handle for the site configuration.
    Site,
    /// Returns a handle for the site configuration.
    site
}

fields! {
    /// Configuration of a wiki.
    ///
    /// Unset texts are empty. Fields that the release of Wiki.js lacks are `None`. `site.config`.
    #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    SiteConfig from SiteConfigSiteConfig;
    /// Changes to the site configuration. Unset fields keep their values.
    ///
    /// ```
    /// use wikijs_client::site::SiteUpdate;
    ///
    /// let update = SiteUpdate::new().title("Handbook").company("Example Ltd").feature_page_ratings(false);
    /// ```
    ///
    /// It can be deserialized: a missing field keeps its value, and an unknown field is an error.
    #[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
    #[serde(default, deny_unknown_fields)]
    #[must_use = "the configuration is changed by `update`"]
    SiteUpdate;
    differences site_update_config::Variables;
    /// `analyticsId`: id of the wiki at its [analytics service](Self::analytics_service).
    pub analytics_id: into String = analytics_id;
    /// `analyticsService`, for the head of pages. The analytics providers are configured by `Client::analytics`.
    pub analytics_service: into String = analytics_service;
    /// `authAutoLogin`: redirect to the login of the first strategy without a choice.
    pub auth_auto_login: plain bool = auth_auto_login;
    /// `authEnforce2FA`: every user of the local strategy must set up a second factor.
    pub auth_enforce_2fa: plain bool = auth_enforce2_fa;
    /// `authHideLocal`: hide the local strategy on the login page.
    pub auth_hide_local: plain bool = auth_hide_local;
    /// `authJwtAudience`: audience of tokens, by default `urn:wiki.js`. Every API key and every login token contains
    /// the audience. After a change and a restart of the wiki, existing keys and tokens are refused.
    pub auth_jwt_audience: into String = auth_jwt_audience;
    /// `authJwtExpiration`: lifetime of the token of a login, such as `30m`.
    pub auth_jwt_expiration: into String = auth_jwt_expiration;
    /// `authJwtRenewablePeriod`: period after the expiry in which the token is renewed without a login, such as `14d`.
    pub auth_jwt_renewable_period: into String = auth_jwt_renewable_period;
    /// `authLoginBgUrl`: URL of the background image of the login page.
    pub auth_login_bg_url: into String = auth_login_bg_url;
    /// `company`: name in the footer. It is trimmed.
    pub company: into String = company;
    /// `contentLicense`: key of the licence in the footer, such as `ccby`; empty for none.
    pub content_license: into String = content_license;
    /// `description` of the wiki for search engines.
    pub description: into String = description;
    /// `editFab`: show the floating button with the actions of a page.
    /// Since Wiki.js 2.5.289.
    pub edit_fab: newer plain bool = edit_fab;
    /// `editMenuBar`: show the menu bar with the actions of a page.
    /// Since Wiki.js 2.5.289.
    pub edit_menu_bar: newer plain bool = edit_menu_bar;
    /// `editMenuBtn`: show the edit button in the menu bar.
    /// Since Wiki.js 2.5.289.
    pub edit_menu_btn: newer plain bool = edit_menu_btn;
    /// `editMenuExternalBtn`: show a button in the menu bar that opens the page in an external editor.
    /// Since Wiki.js 2.5.289.
    pub edit_menu_external_btn: newer plain bool = edit_menu_external_btn;
    /// `editMenuExternalIcon`: icon of the button for the external editor, such as `mdi-github`.
    /// Since Wiki.js 2.5.289.
    pub edit_menu_external_icon: newer into String = edit_menu_external_icon;
    /// `editMenuExternalName`: label of the button for the external editor.
    /// Since Wiki.js 2.5.289.
    pub edit_menu_external_name: newer into String = edit_menu_external_name;
    /// `editMenuExternalUrl`: URL of the external editor; `{filename}` is replaced by the file name of the page.
    /// Since Wiki.js 2.5.289.
    pub edit_menu_external_url: newer into String = edit_menu_external_url;
    /// `featurePageComments`: pages can be commented.
    pub feature_page_comments: plain bool = feature_page_comments;
    /// `featurePageRatings`: pages can be rated.
    pub feature_page_ratings: plain bool = feature_page_ratings;
    /// `featurePersonalWikis`: users may have personal wikis.
    pub feature_personal_wikis: plain bool = feature_personal_wikis;
    /// `footerOverride`: footer in place of company and licence.
    /// Since Wiki.js 2.5.297.
    pub footer_override: newer into String = footer_override;
    /// `host`: base URL of the wiki without a trailing slash, used in links in mails and in callbacks
    /// of logins.
    pub host: into String = host;
    /// `logoUrl`: URL of the logo. It is trimmed.
    pub logo_url: into String = logo_url;
    /// `pageExtensions`: extensions that the URL of a page may have, in lower case and without a dot.
    /// Wiki.js stores them as one text with commas.
    /// Since Wiki.js 2.5.285.
    pub page_extensions: newer list String = page_extensions as commas;
    /// `robots`: directives for search engines, such as `index`, `follow`.
    pub robots: list String = robots;
    /// `securityCSP`: send a content security policy.
    pub security_csp: plain bool = security_csp;
    /// `securityCSPDirectives`: directives of the content security policy.
    pub security_csp_directives: into String = security_csp_directives;
    /// `securityHSTS`: send the header that makes browsers use HTTPS only, for
    /// [`security_hsts_duration`](Self::security_hsts_duration).
    pub security_hsts: plain bool = security_hsts;
    /// `securityHSTSDuration`: duration for which browsers use HTTPS only, in seconds.
    pub security_hsts_duration: plain u32 = security_hsts_duration;
    /// `securityIframe`: forbid other sites to embed the wiki in a frame.
    pub security_iframe: plain bool = security_iframe;
    /// `securityOpenRedirect`: refuse URLs that would redirect to another site.
    pub security_open_redirect: plain bool = security_open_redirect;
    /// `securityReferrerPolicy`: send no referrer to other sites.
    pub security_referrer_policy: plain bool = security_referrer_policy;
    /// `securitySRI`: let browsers verify the scripts of the wiki (subresource integrity).
    pub security_sri: plain bool = security_sri;
    /// `securityTrustProxy`: trust the headers of a proxy for the caller's address and the protocol. The rate limits of
    /// logins and comments apply to this address.
    pub security_trust_proxy: plain bool = security_trust_proxy;
    /// `title` of the wiki. It is trimmed.
    pub title: into String = title;
    /// `uploadForceDownload`: let browsers save assets of unsafe types instead of showing them.
    /// Since Wiki.js 2.5.264.
    pub upload_force_download: newer plain bool = upload_force_download;
    /// `uploadMaxFileSize`: maximum size of an asset, in bytes.
    pub upload_max_file_size: plain u32 = upload_max_file_size;
    /// `uploadMaxFiles`: maximum number of files that a browser uploads at once.
    pub upload_max_files: plain u32 = upload_max_files;
    /// `uploadScanSVG`: remove scripts from SVG images.
    /// Since Wiki.js 2.5.260.
    pub upload_scan_svg: newer plain bool = upload_scan_svg;
}

group! {
    SiteConfig, "the configuration of the site", |config| config;
    SiteConfig, |config| config.into();
    SiteUpdateConfig, |before, wanted| wanted.variables(before);
}

/// Conversion of page extensions from and to the format of Wiki.js: `md, html, txt`.
mod commas {
    use crate::text::comma_separated;

    pub(super) fn read(text: Option<String>) -> Option<Vec<Option<String>>> {
        Some(comma_separated(&text?).into_iter().map(Some).collect())
    }

    pub(super) fn write(extensions: Option<Vec<Option<String>>>) -> Option<String> {
        let extensions: Vec<_> = extensions?.into_iter().flatten().collect();
        Some(extensions.join(", "))
    }
}

impl SiteUpdate {
    /// Converts the values to the form in which Wiki.js stores them, so that they can be compared.
    fn normalized(mut self) -> Self {
        for text in [&mut self.title, &mut self.company, &mut self.logo_url] {
            *text = text.take().map(|text| js_trim(&text).to_owned());
        }
        self.host = self.host.map(|host| {
            let host = js_trim(&host);
            host.strip_suffix('/').unwrap_or(host).to_owned()
        });
        self.page_extensions = self.page_extensions.map(|extensions| {
            let extensions = extensions.iter().map(|one| js_trim(one).to_lowercase());
            extensions.filter(|one| !one.is_empty()).collect()
        });
        self
    }

    /// Returns an error for values that cannot be stored, or that would break logins or links.
    fn check(&self) -> Result<()> {
        self.check_values()?;
        let is_blank = |text: &String| js_trim(text).is_empty();
        let lifetimes = [
            ("auth_jwt_expiration", &self.auth_jwt_expiration),
            ("auth_jwt_renewable_period", &self.auth_jwt_renewable_period),
        ];
        refuse_if! {
            self.auth_jwt_audience.as_ref().is_some_and(is_blank) => "auth_jwt_audience",
                "it is empty, so that nobody could log in", "write it as urn:wiki.js";
        }?;
        if let Some(host) = &self.host {
            refuse_if! {
                !is_base_url(host) => "host", format!("`{host}` is not the address of a wiki"),
                    "write it as https://wiki.example.com";
            }?;
        }
        for (field, lifetime) in lifetimes {
            let Some(lifetime) = lifetime else { continue };
            refuse_if! {
                !is_duration(lifetime) => field,
                    format!("`{lifetime}` is not a duration, so that nobody could log in"),
                    "write it as 30m, 12h or 14d";
            }?;
        }
        for extension in self.page_extensions.iter().flatten() {
            refuse_if! {
                extension.contains([',', '/', '.']) => "page_extensions",
                    format!("`{extension}` is not an extension"), "write each as md, without a dot";
            }?;
        }
        Ok(())
    }
}

fn is_base_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

/// Returns `true` for a number with a unit. Wiki.js would read a number without a unit as milliseconds.
fn is_duration(text: &str) -> bool {
    let Some(number) = text.strip_suffix(['s', 'm', 'h', 'd', 'w', 'y']) else {
        return false;
    };
    let number = number.trim_end();
    !number.is_empty() && number.len() < 10 && number.bytes().all(|digit| digit.is_ascii_digit())
}

impl Site {
    /// Returns the configuration.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn config(&self) -> Call<SiteConfig> {
        read(self)
    }

    /// Changes the set fields of `update`, and returns the configuration as stored.
    ///
    /// Only the changed fields are sent, so that concurrent changes to other fields are kept. After a lost
    /// response the client reads the configuration until it has the intended state. If it does not reach this state in
    /// time, the error is [`Error::Unconfirmed`](crate::Error::Unconfirmed).
    ///
    /// Wiki.js updates its memory before its database. If it cannot store the configuration, it reports success and
    /// only writes a message to its log. The client cannot detect this, because the API returns the configuration in
    /// memory.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::site::SiteUpdate;
    ///
    /// let update = SiteUpdate::new().company("Example Ltd").robots(["noindex", "nofollow"]);
    /// let config = wiki.site().update(update).await?;
    /// assert_eq!(config.robots, ["noindex", "nofollow"]);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for a host that is not a URL, for a text that is not a
    /// duration (nobody could log in any more), for an empty audience, for numbers over 2,147,483,647 and for NUL
    /// characters; [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`;
    /// [`Error::NotApplied`](crate::Error::NotApplied) if the wiki reports success and stored nothing;
    /// [`Error::PartiallyApplied`](crate::Error::PartiallyApplied) if it stored some of the fields, which the error
    /// names.
    pub fn update(&self, update: SiteUpdate) -> Call<SiteConfig> {
        let update = update.normalized();
        change(self, update.check(), move |before| Ok(update.apply(before)))
    }
}

// The switches of the server, which `Client::system` returns: flags that turn on diagnostics in its log, telemetry, and
// the redirection to HTTPS.

group! {
    BTreeMap<String, bool>, "the flags of the server", |flags| flags;
    SystemFlags, |flags| {
        flags.into_iter().map(|flag| (flag.key, flag.value)).collect()
    };
    SystemUpdateFlags, |_, flags| {
        let flags = flags.iter().map(|(key, value)| {
            Some(SystemFlagInput { key: key.clone(), value: *value })
        });
        system_update_flags::Variables { flags: flags.collect() }
    };
}

#[derive(Clone)]
struct Telemetry(Option<bool>);

group! {
    Telemetry, "telemetry", |switch| switch.0;
    SystemSwitches, |info| Telemetry(info.telemetry);
    SystemSetTelemetry, |_, switch| system_set_telemetry::Variables {
        enabled: switch.0.unwrap_or_default(),
    };
}

#[derive(Clone)]
struct HttpsRedirection {
    enabled: Option<bool>,
    https_port: Option<i64>,
}

group! {
    HttpsRedirection, "the redirection to HTTPS", |switch| switch.enabled;
    SystemSwitches, |info| HttpsRedirection {
        enabled: info.http_redirection,
        https_port: info.https_port.filter(|port| *port != 0),
    };
    SystemSetHttpsRedirection, |_, switch| {
        system_set_https_redirection::Variables { enabled: switch.enabled.unwrap_or_default() }
    };
}

impl System {
    /// Returns the flags. Wiki.js 2.5 has `ldapdebug` and `sqllog`.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn flags(&self) -> Call<BTreeMap<String, bool>> {
        read(self)
    }

    /// Sets some flags and returns all of them. Flags that are not named keep their values.
    ///
    /// `system.updateFlags` replaces all flags ([K45](crate::guide::known_issues#k45)), and stores unknown ones
    /// without an error. With `sqllog`, each SQL statement is written to the log of the wiki, values
    /// included.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let flags = wiki.system().update_flags([("sqllog", true)]).await?;
    /// assert_eq!(flags.get("sqllog"), Some(&true));
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for a key that is empty or contains a dot or a bracket:
    /// Wiki.js would store it as a path, after which the flags cannot be read;
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`;
    /// [`Error::NotApplied`](crate::Error::NotApplied) if the wiki reports success and stored none of the flags;
    /// [`Error::PartiallyApplied`](crate::Error::PartiallyApplied) if it stored some, which the error names. Wiki.js
    /// drops keys such as `constructor`.
    pub fn update_flags<Key: Into<String>>(
        &self,
        flags: impl IntoIterator<Item = (Key, bool)>,
    ) -> Call<BTreeMap<String, bool>> {
        let flags = flags.into_iter().map(|(key, value)| (key.into(), value));
        let changes: BTreeMap<String, bool> = flags.collect();
        let checked = changes.keys().try_for_each(|key| check_key(key));
        change(self, checked, |current: &BTreeMap<String, bool>| {
            let mut wanted = current.clone();
            wanted.extend(changes);
            Ok(wanted)
        })
    }

    /// Switches the telemetry of Wiki.js on or off. The change takes effect at its next start.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn set_telemetry(&self, enabled: bool) -> Call<()> {
        change(self, Ok(()), move |_| Ok(Telemetry(Some(enabled)))).map(drop)
    }

    /// **Dangerous**: switches the redirection from HTTP to the HTTPS server of the wiki on or off.
    ///
    /// A redirection turns a POST into a GET ([K54](crate::guide::known_issues#k54)): clients whose address begins
    /// with `http://`, including this one, can no longer use the API. The redirection has no effect on a wiki whose
    /// HTTPS is served by a proxy.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) if this client uses HTTP, the wiki serves HTTPS itself, and
    /// `enabled` is `true`; [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn set_https_redirection(&self, enabled: bool) -> Call<()> {
        let is_redirected = enabled && self.client().url().scheme() == "http";
        let changed = change(self, Ok(()), move |current: &HttpsRedirection| {
            refuse_if! {
                is_redirected && current.https_port.is_some() => "enabled",
                    "this client uses HTTP, so that its requests would be redirected, too",
                    "use the address of the wiki that begins with https://";
            }?;
            Ok(HttpsRedirection {
                enabled: Some(enabled),
                ..current.clone()
            })
        });
        changed.map(drop)
    }
}

/// Returns an error for a key that would make all flags unreadable.
fn check_key(key: &str) -> Result<()> {
    refuse_if! {
        key.trim().is_empty() || key.contains(['.', '[', ']']) => "flags",
            format!("`{key}` is not the key of a flag"),
            "pass one that `flags` returns, such as `sqllog`";
    }?;
    no_nul("flags", key)
}
