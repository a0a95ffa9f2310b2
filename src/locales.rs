//! The languages of the wiki: which there are, which is its own, and what its interface says in each.
//!
//! [`Client::locales`](crate::Client::locales) gives [`Locales`]:
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::locales::LocaleUpdate;
//!
//! for locale in wiki.locales().list().await?.iter().filter(|locale| locale.is_installed) {
//!     println!("{} {}", locale.code, locale.native_name);
//! }
//! let config = wiki.locales().update(LocaleUpdate::new().namespacing(true).add_namespaces(["fr"])).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```

use std::collections::BTreeMap;

use crate::{
    api::{self, localization_locales::LocalizationLocalesLocalizationLocales},
    client::Client,
    error::{Error, Result},
    outcome::{mutation, query},
    settle::{self, Look, until_certain},
    transport::Turn,
    types::{Locale, Timestamp},
};

/// The languages of the wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Locales {
    client: Client,
}

impl Client {
    /// The languages of the wiki.
    pub fn locales(&self) -> Locales {
        Locales {
            client: self.clone(),
        }
    }
}

/// A language that the wiki has or could have.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct LocaleInfo {
    /// `code`, such as `pt-br`.
    pub code: Locale,
    /// `name` in English.
    pub name: String,
    /// `nativeName` in the language itself.
    pub native_name: String,
    /// `isRTL`: it is written from right to left.
    pub is_rtl: bool,
    /// `isInstalled`: pages can be in it, and it can be the wiki's own.
    pub is_installed: bool,
    /// `installDate`: when its translations were last downloaded; `None` if it is not installed.
    pub installed_at: Option<Timestamp>,
    /// `availability`: how much of the interface is translated, in percent.
    pub availability: i64,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`.
    pub updated_at: Timestamp,
}

impl From<LocalizationLocalesLocalizationLocales> for LocaleInfo {
    fn from(locale: LocalizationLocalesLocalizationLocales) -> Self {
        Self {
            code: locale.code.into(),
            name: locale.name,
            native_name: locale.native_name,
            is_rtl: locale.is_rtl,
            is_installed: locale.is_installed,
            installed_at: locale.install_date,
            availability: locale.availability,
            created_at: locale.created_at,
            updated_at: locale.updated_at,
        }
    }
}

/// Which languages the wiki uses, and how. `localization.config`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct LocaleConfig {
    /// `locale`: the wiki's own language. Not the one that this [`Client`] takes by default, which
    /// its builder says.
    pub locale: Locale,
    /// `autoUpdate`: download the translations of installed languages each day.
    pub auto_update: bool,
    /// `namespacing`: pages can be in several languages, and their URLs begin with one.
    pub namespacing: bool,
    /// `namespaces`: in which, the wiki's own among them. Before they were ever set there may be none.
    pub namespaces: Vec<Locale>,
}

/// What to change of the languages that the wiki uses. Everything that is not named stays as it is.
///
/// ```
/// use wikijs_client::locales::LocaleUpdate;
///
/// let update = LocaleUpdate::new().namespacing(true).add_namespaces(["fr", "de"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "the wiki's languages are changed by `update`"]
pub struct LocaleUpdate {
    locale: Option<Locale>,
    auto_update: Option<bool>,
    namespacing: Option<bool>,
    namespaces: Option<Vec<Locale>>,
    added: Vec<Locale>,
    removed: Vec<Locale>,
}

impl LocaleUpdate {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another language of the wiki's own. It must be installed. The one before stays among the
    /// namespaces.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    /// Whether translations are downloaded each day.
    pub fn auto_update(mut self, updates: bool) -> Self {
        self.auto_update = Some(updates);
        self
    }

    /// Whether pages can be in several languages. It changes the URLs of all pages.
    pub fn namespacing(mut self, namespaces: bool) -> Self {
        self.namespacing = Some(namespaces);
        self
    }

    /// These languages in place of those that are there. Each must be installed; the wiki's own is
    /// always one of them.
    pub fn namespaces(mut self, locales: impl IntoIterator<Item: Into<Locale>>) -> Self {
        self.namespaces = Some(locales.into_iter().map(Into::into).collect());
        self
    }

    /// These languages besides those that are there.
    pub fn add_namespaces(mut self, locales: impl IntoIterator<Item: Into<Locale>>) -> Self {
        self.added.extend(locales.into_iter().map(Into::into));
        self
    }

    /// Without these languages. Their pages stay in the wiki, out of the readers' reach.
    pub fn remove_namespaces(mut self, locales: impl IntoIterator<Item: Into<Locale>>) -> Self {
        self.removed.extend(locales.into_iter().map(Into::into));
        self
    }

    fn check(&self) -> Result<()> {
        let named = self.locale.iter().chain(self.namespaces.iter().flatten());
        named
            .chain(&self.added)
            .chain(&self.removed)
            .try_for_each(Locale::check)
    }

    /// The configuration as it shall be.
    fn apply(&self, current: &LocaleConfig) -> LocaleConfig {
        let locale = self.locale.as_ref().unwrap_or(&current.locale).clone();
        let kept = self.namespaces.as_ref().unwrap_or(&current.namespaces);
        let mut namespaces: Vec<Locale> = Vec::new();
        for one in kept.iter().chain(&self.added) {
            if !self.removed.contains(one) && !namespaces.contains(one) {
                namespaces.push(one.clone());
            }
        }
        let names_some = self.namespaces.is_some() || !self.added.is_empty();
        let changes = names_some || locale != current.locale || !self.removed.is_empty();
        if changes && !namespaces.contains(&locale) {
            namespaces.push(locale.clone());
        }
        LocaleConfig {
            locale,
            auto_update: self.auto_update.unwrap_or(current.auto_update),
            namespacing: self.namespacing.unwrap_or(current.namespacing),
            namespaces,
        }
    }
}

impl Locales {
    /// The languages that the wiki has, and, unless it is offline, those that it could download.
    ///
    /// Everybody may read them.
    ///
    /// # Errors
    ///
    /// Those of any query: no connection, no answer in time, a key that the wiki does not accept.
    pub async fn list(&self) -> Result<Vec<LocaleInfo>> {
        let variables = api::localization_locales::Variables::new();
        let locales = query!(
            self.client,
            LocalizationLocales,
            localization.locales,
            variables
        );
        Ok(locales.into_iter().flatten().map(Into::into).collect())
    }

    /// Which languages the wiki uses. Everybody may read it.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub async fn config(&self) -> Result<LocaleConfig> {
        let variables = api::localization_config::Variables::new();
        let config = query!(
            self.client,
            LocalizationConfig,
            localization.config,
            variables
        );
        Ok(LocaleConfig {
            locale: config.locale.into(),
            auto_update: config.auto_update,
            namespacing: config.namespacing,
            namespaces: config
                .namespaces
                .into_iter()
                .flatten()
                .map(Locale::from)
                .collect(),
        })
    }

    /// What the interface says in a language, by key, such as `actions.save`. The namespaces here are
    /// those of the translations: `admin`, `auth`, `common`.
    ///
    /// Only the wiki's own language and its namespaces are loaded; of an installed language that the
    /// wiki does not use there is nothing. Everybody may read them.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if the wiki has none for that language and namespace.
    pub async fn translations(
        &self,
        locale: impl Into<Locale>,
        namespace: impl Into<String>,
    ) -> Result<BTreeMap<String, String>> {
        let (locale, namespace) = (locale.into(), namespace.into());
        locale.check()?;
        let variables = api::localization_translations::Variables {
            locale: locale.to_string(),
            namespace: namespace.clone(),
        };
        let translations = self.ask_translations(variables).await;
        let translations = translations.map_err(|error| match error {
            Error::GraphQl(errors)
                if errors
                    .errors
                    .iter()
                    .any(|error| error.message == "Invalid locale or namespace") =>
            {
                Error::NotFound {
                    operation: "LocalizationTranslations",
                    what: format!("the wiki has no translations of `{namespace}` in `{locale}`"),
                }
            }
            other => other,
        })?;
        Ok(translations)
    }

    async fn ask_translations(
        &self,
        variables: api::localization_translations::Variables,
    ) -> Result<BTreeMap<String, String>> {
        let translations = query!(
            self.client,
            LocalizationTranslations,
            localization.translations,
            variables
        );
        let pairs = translations.into_iter().flatten();
        Ok(pairs.map(|pair| (pair.key, pair.value)).collect())
    }

    /// Changes what `update` names, and gives the configuration back as it is then.
    ///
    /// `localization.updateLocale` replaces everything, and with a language that is not installed it
    /// changes half of it before it fails (hazard 45): the languages are looked up before.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if a language is not installed: nothing was changed;
    /// [`Error::InvalidInput`] for what is no code of a language, and to remove the wiki's own;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn update(&self, update: LocaleUpdate) -> Result<LocaleConfig> {
        update.check()?;
        let locales = self.clone();
        let work = move |turn| async move { locales.update_in(&turn, &update).await };
        self.client.write("LocalizationUpdateLocale", work).await
    }

    async fn update_in(&self, turn: &Turn, update: &LocaleUpdate) -> Result<LocaleConfig> {
        let current = self.config().await?;
        let wanted = update.apply(&current);
        if update.removed.contains(&wanted.locale) {
            return Err(Error::invalid(
                "remove_namespaces",
                format!("`{}` is the wiki's own language", wanted.locale),
                "give the wiki another one, too",
            ));
        }
        if wanted == current {
            return Ok(current);
        }
        self.check_installed(&wanted).await?;
        settle::set(
            &self.client,
            "LocalizationUpdateLocale",
            || self.send(turn, &wanted),
            || self.config(),
            |now| is_as(&wanted, now),
        )
        .await
    }

    async fn check_installed(&self, wanted: &LocaleConfig) -> Result<()> {
        let installed = self.list().await?;
        let is_installed = |code: &&Locale| {
            installed
                .iter()
                .any(|locale| locale.is_installed && locale.code == **code)
        };
        let mut used = wanted.namespaces.iter().chain([&wanted.locale]);
        match used.find(|code| !is_installed(code)) {
            Some(missing) => Err(Error::NotFound {
                operation: "LocalizationUpdateLocale",
                what: format!("the language `{missing}` is not installed; download it before"),
            }),
            None => Ok(()),
        }
    }

    async fn send(&self, turn: &Turn, wanted: &LocaleConfig) -> Result<()> {
        let variables = api::localization_update_locale::Variables {
            locale: wanted.locale.to_string(),
            auto_update: wanted.auto_update,
            namespacing: wanted.namespacing,
            namespaces: wanted
                .namespaces
                .iter()
                .map(|locale| Some(locale.to_string()))
                .collect(),
        };
        mutation!(
            self.client,
            turn,
            LocalizationUpdateLocale,
            localization.update_locale,
            variables
        );
        Ok(())
    }

    /// Has the wiki download the translations of a language, which installs it, or renews them.
    ///
    /// The wiki asks `graph.requarks.io` for them and reports success whatever comes of it. So the
    /// date of the installation is looked at before and afterwards. An empty answer from there cannot
    /// be told from a full one: with it, the language is installed without translations.
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
    /// [`is_not_found`](Error::is_not_found) if the wiki knows no such language;
    /// [`Error::NotDone`] if it did not get the translations, as a wiki without access to the internet
    /// does not: its log says why; [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn download(&self, locale: impl Into<Locale>) -> Result<LocaleInfo> {
        let locale = locale.into();
        locale.check()?;
        let locales = self.clone();
        let work = move |turn| async move { locales.download_in(&turn, &locale).await };
        self.client.write("LocalizationDownloadLocale", work).await
    }

    async fn download_in(&self, turn: &Turn, locale: &Locale) -> Result<LocaleInfo> {
        const OPERATION: &str = "LocalizationDownloadLocale";
        let Some(before) = self.find(locale).await? else {
            return Err(Error::NotFound {
                operation: OPERATION,
                what: format!("the wiki knows no language `{locale}`"),
            });
        };
        let is_new = |now: &LocaleInfo| now.is_installed && now.installed_at != before.installed_at;
        let look = |_| async {
            let now = self.find(locale).await?.filter(is_new);
            Ok(now.map_or(Look::NotMade, |now| Look::Made(Some(now))))
        };
        let attempt = || async { self.send_download(turn, locale).await.map(|()| None) };
        let seen = until_certain(&self.client, OPERATION, attempt, look).await?;
        let now = match seen {
            Some(seen) => Some(seen),
            None => self
                .find(locale)
                .await
                .map_err(|error| settle::unread(OPERATION, error))?
                .filter(is_new),
        };
        now.ok_or_else(|| Error::NotDone {
            operation: OPERATION,
            what: format!(
                "`{locale}` was not downloaded; the wiki may be without access to the internet, its log says why"
            ),
        })
    }

    async fn find(&self, locale: &Locale) -> Result<Option<LocaleInfo>> {
        let mut all = self.list().await?.into_iter();
        Ok(all.find(|one| one.code == *locale))
    }

    async fn send_download(&self, turn: &Turn, locale: &Locale) -> Result<()> {
        let variables = api::localization_download_locale::Variables {
            locale: locale.to_string(),
        };
        mutation!(
            self.client,
            turn,
            LocalizationDownloadLocale,
            localization.download_locale,
            variables
        );
        Ok(())
    }
}

/// Whether the configuration is the wanted one: the wiki adds its own language to the namespaces.
fn is_as(wanted: &LocaleConfig, now: &LocaleConfig) -> bool {
    let has = |locale: &Locale| wanted.namespaces.contains(locale) || *locale == wanted.locale;
    let same_namespaces = now.namespaces.iter().all(has)
        && wanted
            .namespaces
            .iter()
            .all(|locale| now.namespaces.contains(locale));
    same_namespaces
        && (&now.locale, now.auto_update, now.namespacing)
            == (&wanted.locale, wanted.auto_update, wanted.namespacing)
}
