//! Locales of the wiki: the installed ones, the active ones, and the translations of its interface.
//!
//! [`Client::locales`](crate::Client::locales) returns [`Locales`]:
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::locales::LocaleUpdate;
//!
//! for locale in wiki.locales().list().await?.iter().filter(|locale| locale.is_installed) {
//!     println!("{} {}", locale.code, locale.native_name);
//! }
//! let config = wiki.locales().update(LocaleUpdate::new().namespacing(true).add_namespaces(["fr"])).await?;
//! # });
//! ```

use std::collections::BTreeMap;

use super::{change, group, not_applied_because, read, table::fields};
use crate::{
    api::{
        self, localization_config::LocalizationConfigLocalizationConfig,
        localization_locales::LocalizationLocalesLocalizationLocales, localization_update_locale,
    },
    call::{Call, setters},
    client::Client,
    error::{Error, ObjectError, Result},
    handle::{Handle, handle},
    response::{models, sending, variables},
    text::{each, refuse_if},
    types::{Locale, Timestamp, converted, distinct},
    write::value_of,
};

const DOWNLOAD: &str = "LocalizationDownloadLocale";

/// Message of Wiki.js for translations that it does not have.
const MISSING: &str = "Invalid locale or namespace";

handle! {
    /// Handle for the locales of a wiki.
    Locales,
    /// Returns a handle for the locales of the wiki.
    locales
}

models! {
    /// A locale that is installed or can be downloaded.
    LocaleInfo from LocalizationLocalesLocalizationLocales as locale {
        /// `code`, such as `pt-br`.
        pub code: Locale,
        /// `name` in English.
        pub name: String,
        /// `nativeName`: name in the language itself.
        pub native_name: String,
        /// `isRTL`: the language is written from right to left.
        pub is_rtl: bool,
        /// `isInstalled`: pages can use it, and it can be the locale of the wiki.
        pub is_installed: bool,
        /// `installDate`: time of the last download of its translations; `None` if it is not installed.
        pub installed_at: Option<Timestamp> = locale.install_date,
        /// `availability`: translated part of the interface, in percent.
        pub availability: i64,
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`.
        pub updated_at: Timestamp,
    }
}

fields! {
    /// Locales that the wiki uses. `localization.config`.
    #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    LocaleConfig from LocalizationConfigLocalizationConfig;
    /// Changes to the locales that the wiki uses. Unset fields keep their values.
    ///
    /// ```
    /// use wikijs_client::locales::LocaleUpdate;
    ///
    /// let update = LocaleUpdate::new().namespacing(true).add_namespaces(["fr", "de"]);
    /// ```
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    #[must_use = "the locales of the wiki are changed by `update`"]
    LocaleUpdate { added: Vec<Locale>, removed: Vec<Locale> };
    whole localization_update_locale::Variables;

    /// `locale` of the wiki, which must be installed. Calls that name no locale use it, unless
    /// [`ClientBuilder::default_locale`](crate::ClientBuilder::default_locale) sets another one. After a change, the
    /// previous locale remains one of the namespaces.
    pub locale: into Locale = locale;
    /// `autoUpdate`: download the translations of installed locales every day.
    pub auto_update: plain bool = auto_update;
    /// `namespacing`: pages exist in several locales, and the URL of each page begins with its locale. Changing this
    /// changes the URLs of all pages.
    pub namespacing: plain bool = namespacing;
    /// `namespaces`: locales of pages, including the locale of the wiki. Each must be installed. The list may be empty
    /// if it was never set.
    pub namespaces: list Locale = namespaces;
}

setters! { LocaleUpdate {
    /// Adds locales to the namespaces.
    add_namespaces(locales: impl IntoIterator<Item: Into<Locale>>) =>
        added.extend(locales.into_iter().map(Into::into));

    /// Removes locales from the namespaces. Their pages stay in the wiki, but readers cannot open them.
    remove_namespaces(locales: impl IntoIterator<Item: Into<Locale>>) =>
        removed.extend(locales.into_iter().map(Into::into));
} }

impl LocaleUpdate {
    fn check(&self) -> Result<()> {
        self.check_values()?;
        each(self.added.iter().chain(&self.removed), Locale::check)
    }

    /// Returns the intended configuration, whose namespaces include the locale of the wiki.
    fn wanted(&self, current: &LocaleConfig) -> Result<LocaleConfig> {
        let mut wanted = self.apply(current);
        let namespaces = wanted.namespaces.iter().chain(&self.added);
        let mut namespaces: Vec<Locale> =
            distinct(namespaces.filter(|one| !self.removed.contains(one)));
        let names_some = self.namespaces.is_some() || !self.added.is_empty();
        let changes = names_some || wanted.locale != current.locale || !self.removed.is_empty();
        if changes && !namespaces.contains(&wanted.locale) {
            namespaces.push(wanted.locale.clone());
        }
        wanted.namespaces = namespaces;
        refuse_if! {
            self.removed.contains(&wanted.locale) => "remove_namespaces",
                format!("`{}` is the locale of the wiki", wanted.locale),
                "set another locale of the wiki as well";
        }?;
        Ok(wanted)
    }
}

group! {
    LocaleConfig, "the locales of the wiki", |config| {
        let mut value = value_of(config);
        // The order of the namespaces has no meaning.
        let namespaces = config.namespaces.iter();
        value["namespaces"] = namespaces.map(|locale| (locale.to_string(), true)).collect();
        value
    };
    LocalizationConfig, |config| config.into();
    LocalizationUpdateLocale, |before, wanted| wanted.variables(before);

    /// Checks that the locales are installed. With another locale, Wiki.js changes some settings before it fails.
    async fn check(_before: &Self, wanted: &Self, client: &Client) -> Result<()> {
        let installed = client.locales().list().await?;
        let is_missing = |code: &&Locale| {
            !installed.iter().any(|locale| locale.is_installed && locale.code == **code)
        };
        let mut used = wanted.namespaces.iter().chain([&wanted.locale]);
        used.find(is_missing).map_or(Ok(()), |missing| {
            Err(Error::NotFound(ObjectError::new(
                "LocalizationUpdateLocale",
                format_args!("locale `{missing}`"),
                "not installed; download it first",
            )))
        })
    }
}

impl Locales {
    /// Lists the installed locales and, unless the wiki is offline, those that it can download.
    ///
    /// This requires no permission.
    ///
    /// # Errors
    ///
    /// As any query: if the wiki cannot be reached, the request times out, or the wiki does not accept the key.
    pub fn list(&self) -> Call<Vec<LocaleInfo>> {
        self.query::<api::LocalizationLocales, _>(Ok(api::NoVariables {}), converted)
    }

    /// Returns the locales that the wiki uses. This requires no permission.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn config(&self) -> Call<LocaleConfig> {
        read(self)
    }

    /// Returns the translations of the interface in a locale, by key, such as `actions.save`. `namespace` is a part
    /// of the translations: `admin`, `auth` or `common`.
    ///
    /// The wiki loads only its own locale and its namespaces: an installed locale that it does not use has no
    /// translations. This requires no permission.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if the wiki has no translations for that locale and namespace;
    /// [`Error::InvalidInput`] for a text that is not the code of a locale.
    pub fn translations(
        &self,
        locale: impl Into<Locale>,
        namespace: impl Into<String>,
    ) -> Call<BTreeMap<String, String>> {
        let (locale, namespace) = (locale.into(), namespace.into());
        Call::on(self, |locales| async move {
            locale.check()?;
            let arguments = variables!(LocalizationTranslations(&*locale, &*namespace));
            let client = &locales.client;
            let pairs = client.execute_field::<api::LocalizationTranslations>(arguments);
            match pairs.await {
                Ok(pairs) => Ok(pairs
                    .into_iter()
                    .map(|pair| (pair.key, pair.value))
                    .collect()),
                Err(Error::GraphQl(errors)) if errors.all(|it| it == MISSING) => {
                    let object = format!("translations of `{namespace}` in locale `{locale}`");
                    Err(Error::not_found("LocalizationTranslations", object))
                }
                Err(error) => Err(error),
            }
        })
    }

    /// Changes the set fields of `update`, and returns the locales that the wiki uses afterwards.
    ///
    /// `localization.updateLocale` replaces everything ([K45](crate::guide::known_issues#k45)).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if a locale is not installed: nothing was changed;
    /// [`Error::InvalidInput`] for a text that is not the code of a locale, and for the removal of the locale of the
    /// wiki; [`is_forbidden`](Error::is_forbidden) without `manage:system`; [`Error::NotApplied`] if the wiki
    /// reports success and stored nothing; [`Error::PartiallyApplied`] if it stored some of the
    /// fields, which the error names.
    pub fn update(&self, update: LocaleUpdate) -> Call<LocaleConfig> {
        let changed = change(self, update.check(), move |before| update.wanted(before));
        Call::on(self, |locales| async move {
            let result = changed.await;
            // A write that failed may have changed the locale of the wiki.
            locales.client.inner().default_locale.learn(None);
            result
        })
    }

    /// Installs a locale, or updates an installed one: the wiki downloads its translations.
    ///
    /// The wiki requests them from `graph.requarks.io` and reports success even if this fails. The client therefore
    /// compares the date of the installation before and after the call. It cannot detect an empty response from that
    /// server: the locale is then installed without translations.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let fake = wikijs_fake::FakeWiki::builder().online().start().await;
    /// # fake.offer_locales(["fr"]);
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let french = wiki.locales().download("fr").await?;
    /// assert!(french.is_installed);
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if the wiki does not know the locale;
    /// [`Error::NotApplied`] if it could not download the translations, for example without access to the internet:
    /// its log has the reason; [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn download(&self, locale: impl Into<Locale>) -> Call<LocaleInfo> {
        let locale = locale.into();
        self.mutate(DOWNLOAD, locale.check(), |write| async move {
            let object = format!("locale `{locale}`");
            let Some(before) = write.find(&locale).await? else {
                return Err(Error::not_found(DOWNLOAD, object));
            };
            let is_new =
                |now: &LocaleInfo| now.is_installed && now.installed_at != before.installed_at;
            let target = write.target(&object).automatic();
            let send = sending!(write, LocalizationDownloadLocale(&*locale));
            let observe = |_| async { Ok(write.find(&locale).await?.filter(is_new).into()) };
            let result = write.reconcile(target, send, observe).await;
            let problem =
                "not downloaded; the wiki may have no access to the internet, see its log";
            result.map_err(|error| not_applied_because(error, problem))
        })
    }

    async fn find(&self, locale: &Locale) -> Result<Option<LocaleInfo>> {
        let mut all = self.list().await?.into_iter();
        Ok(all.find(|one| one.code == *locale))
    }
}
