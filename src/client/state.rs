//! State that a client and its clones share: what the domains have observed, such as the permissions that the caller is
//! known to lack; the default locale, the installed locales, and the editors.
//!
//! Wiki.js does not check the locale and the editor of a new page, and SQLite does not enforce foreign keys. With
//! SQLite, a page in a locale that does not exist would be stored where no reader finds it. So the client checks both
//! before it creates a page.

use std::{any::Any, sync::Mutex, time::Duration};

use tokio::time::{Instant, timeout};

use super::Client;
use crate::{
    api,
    call::{Call, none_if},
    error::{Error, Result},
    task::{Sent, lock, spawn_and_join},
    types::{Editor, Locale},
};

/// The locale of a new installation of Wiki.js, used if the wiki does not let the caller read its locale.
const FALLBACK: &str = "en";

/// An observation of a domain, such as a permission that the caller lacks.
pub(crate) trait Observed: Any + Copy + Send {
    /// Time for which the observation is valid. It is limited because permissions may be granted, and the wiki may be
    /// upgraded, at any time.
    const VALID_FOR: Duration = Duration::from_secs(60);
    /// The observation is outdated if permissions were granted.
    const IS_REFUSAL: bool = true;
}

/// The last observation of each type. Each domain has types of its own. There are few of them, and every read looks for
/// some, so they are in a list.
#[derive(Default)]
pub(crate) struct Observations(Mutex<Vec<Last>>);

/// The last observation of a type.
struct Last {
    observed: Box<dyn Any + Send>,
    at: Instant,
    is_refusal: bool,
}

impl Observations {
    /// Returns the last observation, unless it is no longer valid.
    pub(crate) fn get<T: Observed>(&self) -> Option<T> {
        let all = lock(&self.0);
        let found = |last: &Last| Some((*last.observed.downcast_ref()?, last.at));
        let (observed, at) = all.iter().find_map(found)?;
        (at.elapsed() < T::VALID_FOR).then_some(observed)
    }

    /// Stores an observation, or removes the last one.
    pub(crate) fn set<T: Observed>(&self, observed: Option<T>) {
        let last = observed.map(|observed| Last {
            observed: Box::new(observed),
            at: Instant::now(),
            is_refusal: T::IS_REFUSAL,
        });
        let mut all = lock(&self.0);
        all.retain(|last| !last.observed.is::<T>());
        all.extend(last);
    }

    /// Removes the permissions that the caller is known to lack, since they may have been granted in the meantime.
    pub(crate) fn forget_refusals(&self) {
        lock(&self.0).retain(|last| !last.is_refusal);
    }
}

/// The locale that was configured, or that the wiki returned.
#[derive(Debug, Default)]
pub(crate) struct DefaultLocale {
    is_set: bool,
    known: Mutex<Option<Locale>>,
    /// Held by the call that requests the locale on behalf of all callers.
    asking: tokio::sync::Mutex<()>,
    /// The installed locales that the wiki returned last.
    installed: Mutex<Vec<Locale>>,
}

impl DefaultLocale {
    pub(crate) fn new(set: Option<Locale>) -> Self {
        Self {
            is_set: set.is_some(),
            known: Mutex::new(set),
            ..Self::default()
        }
    }

    /// Returns the locale if it is known without a request.
    pub(crate) fn known(&self) -> Option<Locale> {
        lock(&self.known).clone()
    }

    /// Stores the wiki's own locale, or removes it if it may have changed, unless another one was configured.
    pub(crate) fn learn(&self, locale: Option<Locale>) {
        if !self.is_set {
            *lock(&self.known) = locale;
        }
    }
}

impl Client {
    /// Returns the locale for calls that specify none: that of
    /// [`ClientBuilder::default_locale`](crate::ClientBuilder::default_locale), or else the wiki's own.
    ///
    /// The first call that needs the wiki's locale requests it. All clones of the client share the response, and
    /// [`check`](Self::check) refreshes it. If the wiki or a proxy forbids the request, the locale is `en`.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// assert_eq!(wiki.default_locale().await?, "en");
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// Those of any read, if a request is needed.
    pub fn default_locale(&self) -> Call<Locale> {
        Call::on(self, |client| async move {
            client.locale_or_default(None).await
        })
    }

    /// Returns the locale if one is given, else the default one.
    pub(crate) async fn locale_or_default(&self, locale: Option<Locale>) -> Result<Locale> {
        match locale.or_else(|| self.inner.default_locale.known()) {
            Some(locale) => Ok(locale),
            None => Box::pin(self.request_default_locale()).await,
        }
    }

    /// Returns the default locale if it is known without a request, else that of a new Wiki.js.
    pub(crate) fn assumed_locale(&self) -> Locale {
        let known = self.inner.default_locale.known();
        known.unwrap_or_else(|| Locale::from(FALLBACK))
    }

    /// Requests the wiki's locale, once for all callers. A spawned task sends the request, so that no caller depends on
    /// another one being polled.
    async fn request_default_locale(&self) -> Result<Locale> {
        let client = self.clone();
        spawn_and_join("SystemDefaultLocale", Sent::default(), async move {
            let state = &client.inner.default_locale;
            // The lock may be held by a task on a runtime that is not driven. After a timeout, this task sends its own
            // request.
            let _asking = timeout(client.patience(), state.asking.lock()).await;
            if let Some(known) = state.known() {
                return Ok(known);
            }
            let locale = client.read_default_locale().await?;
            state.learn(Some(locale.clone()));
            Ok(locale)
        })
        .await
    }

    async fn read_default_locale(&self) -> Result<Locale> {
        let variables = api::system_default_locale::Variables::new();
        let read = self.execute_unverified::<api::SystemDefaultLocale>(variables, self.deadline());
        match read.await {
            Ok(data) => {
                let locale = Locale::from(data.localization.config.locale);
                if locale.check().is_ok() {
                    return Ok(locale);
                }
            }
            Err(error) if error.is_forbidden() || error.is_unsupported() => {
                tracing::warn!(%error, "the locale of the wiki cannot be read; using en");
            }
            Err(error) => return Err(error),
        }
        Ok(Locale::from(FALLBACK))
    }

    /// Checks that a locale is installed, before a page is written in it.
    ///
    /// The installed locales are requested once, and again for a locale that is not among them. `en` and the wiki's own
    /// locale are always accepted. If the caller may not read the installed locales, every locale is accepted.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a locale that is not installed; otherwise those of any read.
    pub(crate) async fn ensure_known_locale(&self, locale: &Locale) -> Result<()> {
        let state = &self.inner.default_locale;
        let is_own = !state.is_set && state.known().as_ref() == Some(locale);
        if *locale == FALLBACK || is_own || lock(&state.installed).contains(locale) {
            return Ok(());
        }
        let read = Box::pin(self.read_installed_locales()).await?;
        let mut installed = lock(&state.installed);
        *installed = read;
        if installed.is_empty() || installed.contains(locale) {
            return Ok(());
        }
        let names: Vec<&str> = installed.iter().map(Locale::as_str).collect();
        let names = names.join(", ");
        let problem = format!("the wiki has no locale `{locale}`; it has {names}");
        let remedy = "use an installed locale, or install this one in Administration > Locale";
        Err(Error::invalid("locale", problem, remedy))
    }

    async fn read_installed_locales(&self) -> Result<Vec<Locale>> {
        let read = self.execute_field::<api::SystemInstalledLocales>(api::NoVariables {});
        let is_unknown = |error: &Error| error.is_forbidden() || error.is_unsupported();
        let locales = none_if(read.await, is_unknown)?.into_iter().flatten();
        let installed = locales.filter(|locale| locale.is_installed);
        Ok(installed.map(|locale| locale.code.into()).collect())
    }
}

/// Checks that Wiki.js has the editor, before a page is created with it.
pub(crate) fn ensure_known_editor(editor: &Editor) -> Result<()> {
    match editor {
        Editor::Other(key) => Err(Error::invalid(
            "editor",
            format!(
                "the wiki has no editor `{key}`; it has markdown, code, ckeditor, asciidoc, api and redirect"
            ),
            "use one of these",
        )),
        _ => Ok(()),
    }
}
