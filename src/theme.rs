//! How the wiki looks: its theme, its icons, and what is put into every page.
//!
//! [`Client::theme`](crate::Client::theme) gives [`Theme`]:
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::theme::{ThemeUpdate, TocPosition};
//!
//! let update = ThemeUpdate::new().dark_mode(true).toc_position(TocPosition::Right);
//! let config = wiki.theme().update(update).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! `theming.setConfig` empties what it is not told, so [`Theme::update`] reads what is there and sends
//! it all (hazard 45). One thing it cannot keep: see [`ThemeConfig::inject_css`].

use crate::{
    api::{self, theming_config::ThemingConfigThemingConfig},
    client::Client,
    error::{Error, Incomplete, Result},
    outcome::{mutation, query},
    settle::{self, Look, until_certain},
    transport::Turn,
    types::{no_nul, open_enum},
};

/// How the wiki looks. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Theme {
    client: Client,
}

impl Client {
    /// How the wiki looks.
    pub fn theme(&self) -> Theme {
        Theme {
            client: self.clone(),
        }
    }
}

/// A theme that the wiki has. Wiki.js 2.5 has one, `default`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct ThemeInfo {
    /// `key`: what [`ThemeUpdate::theme`] takes.
    pub key: String,
    /// `title`.
    pub title: String,
    /// `author`.
    pub author: String,
}

open_enum! {
    /// The icons of the wiki.
    Iconset {
        /// Material Design Icons, the default.
        MaterialDesign = "mdi",
        /// Font Awesome 5.
        FontAwesome5 = "fa",
        /// Font Awesome 4.
        FontAwesome4 = "fa4",
    }
}

open_enum! {
    /// Where a page's table of contents stands.
    TocPosition {
        /// On the left, the default.
        Left = "left",
        /// On the right.
        Right = "right",
        /// Nowhere.
        Off = "off",
    }
}

/// How the wiki looks. `theming.config`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct ThemeConfig {
    /// `theme`: the key of the theme.
    pub theme: String,
    /// `iconset`.
    pub iconset: Iconset,
    /// `darkMode`: show the wiki dark unless the reader chose otherwise.
    pub dark_mode: bool,
    /// `tocPosition`.
    pub toc_position: TocPosition,
    /// `injectCSS`: a style sheet for every page.
    ///
    /// Wiki.js keeps it minified and shows it spread out again. Showing it, it drops each `@import`
    /// that is no whole URL, though readers still get it; the next update of anything then writes the
    /// style sheet without it. So [`ThemeUpdate::inject_css`] refuses those, and one that somebody put
    /// in in the browser is lost by an update: nothing in the API of Wiki.js shows it.
    pub inject_css: String,
    /// `injectHead`: HTML for the head of every page.
    pub inject_head: String,
    /// `injectBody`: HTML for the end of every page's body.
    pub inject_body: String,
}

impl From<ThemingConfigThemingConfig> for ThemeConfig {
    fn from(config: ThemingConfigThemingConfig) -> Self {
        Self {
            theme: config.theme,
            iconset: config.iconset.into(),
            dark_mode: config.dark_mode,
            toc_position: config
                .toc_position
                .map_or(TocPosition::Left, TocPosition::from),
            inject_css: config.inject_css.unwrap_or_default(),
            inject_head: config.inject_head.unwrap_or_default(),
            inject_body: config.inject_body.unwrap_or_default(),
        }
    }
}

/// What to change of how the wiki looks. Everything that is not named stays as it is.
///
/// ```
/// use wikijs_client::theme::ThemeUpdate;
///
/// let update = ThemeUpdate::new().inject_css(".v-footer { display: none }").clear_inject_head();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "the wiki's look is changed by `update`"]
pub struct ThemeUpdate {
    theme: Option<String>,
    iconset: Option<Iconset>,
    dark_mode: Option<bool>,
    toc_position: Option<TocPosition>,
    inject_css: Option<String>,
    inject_head: Option<String>,
    inject_body: Option<String>,
}

impl ThemeUpdate {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another theme, by its [key](ThemeInfo::key). It must be one of [`Theme::themes`].
    pub fn theme(mut self, key: impl Into<String>) -> Self {
        self.theme = Some(key.into());
        self
    }

    /// Other icons.
    pub fn iconset(mut self, iconset: impl Into<Iconset>) -> Self {
        self.iconset = Some(iconset.into());
        self
    }

    /// Whether the wiki is dark unless the reader chose otherwise.
    pub fn dark_mode(mut self, is_dark: bool) -> Self {
        self.dark_mode = Some(is_dark);
        self
    }

    /// Where the table of contents stands.
    pub fn toc_position(mut self, position: impl Into<TocPosition>) -> Self {
        self.toc_position = Some(position.into());
        self
    }

    /// Another style sheet for every page. Wiki.js minifies it and drops what it does not understand,
    /// nested rules among it. An `@import` must be a whole URL, see [`ThemeConfig::inject_css`].
    pub fn inject_css(mut self, css: impl Into<String>) -> Self {
        self.inject_css = Some(css.into());
        self
    }

    /// No style sheet any more.
    pub fn clear_inject_css(self) -> Self {
        self.inject_css("")
    }

    /// Other HTML for the head of every page.
    pub fn inject_head(mut self, html: impl Into<String>) -> Self {
        self.inject_head = Some(html.into());
        self
    }

    /// No HTML for the head of every page any more.
    pub fn clear_inject_head(self) -> Self {
        self.inject_head("")
    }

    /// Other HTML for the end of every page's body.
    pub fn inject_body(mut self, html: impl Into<String>) -> Self {
        self.inject_body = Some(html.into());
        self
    }

    /// No HTML for the end of every page's body any more.
    pub fn clear_inject_body(self) -> Self {
        self.inject_body("")
    }

    fn check(&self) -> Result<()> {
        let texts = [
            ("theme", self.theme.as_deref()),
            ("iconset", self.iconset.as_ref().map(Iconset::as_str)),
            (
                "toc_position",
                self.toc_position.as_ref().map(TocPosition::as_str),
            ),
            ("inject_css", self.inject_css.as_deref()),
            ("inject_head", self.inject_head.as_deref()),
            ("inject_body", self.inject_body.as_deref()),
        ];
        for (field, text) in texts {
            text.map_or(Ok(()), |text| no_nul(field, text))?;
        }
        for (field, text) in &texts[..3] {
            if text.is_some_and(|text| text.trim().is_empty()) {
                return Err(Error::invalid(field, "it is empty", "leave it out"));
            }
        }
        match self.inject_css.as_deref().and_then(lost_import) {
            Some(import) => Err(Error::invalid(
                "inject_css",
                format!(
                    "Wiki.js does not show `{import}` again, and the next update would delete it"
                ),
                "import by a whole URL, https://…",
            )),
            None => Ok(()),
        }
    }

    /// The look as it shall be.
    fn apply(&self, current: &ThemeConfig) -> ThemeConfig {
        fn or<T: Clone>(new: Option<&T>, current: &T) -> T {
            new.unwrap_or(current).clone()
        }
        ThemeConfig {
            theme: or(self.theme.as_ref(), &current.theme),
            iconset: or(self.iconset.as_ref(), &current.iconset),
            dark_mode: or(self.dark_mode.as_ref(), &current.dark_mode),
            toc_position: or(self.toc_position.as_ref(), &current.toc_position),
            inject_css: or(self.inject_css.as_ref(), &current.inject_css),
            inject_head: or(self.inject_head.as_ref(), &current.inject_head),
            inject_body: or(self.inject_body.as_ref(), &current.inject_body),
        }
    }
}

/// The first `@import` of a style sheet that Wiki.js would take for a file of its own.
fn lost_import(css: &str) -> Option<&str> {
    let imports = css.match_indices('@').map(|(at, _)| &css[at..]);
    let mut imports = imports.filter(|rule| {
        rule.get(.."@import".len())
            .is_some_and(|keyword| keyword.eq_ignore_ascii_case("@import"))
    });
    imports.find_map(|rule| {
        let rule = rule.split([';', '\n']).next().unwrap_or(rule).trim_end();
        let source = rule["@import".len()..].trim_start();
        let source = source
            .get(.."url(".len())
            .filter(|start| start.eq_ignore_ascii_case("url("))
            .map_or(source, |start| &source[start.len()..]);
        let source = source.trim_start().trim_start_matches(['"', '\'']);
        let is_whole = ["https://", "http://", "//"]
            .iter()
            .any(|start| source.starts_with(start));
        (!is_whole).then_some(rule)
    })
}

impl Theme {
    /// The themes that the wiki has.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:theme` or `manage:system`.
    pub async fn themes(&self) -> Result<Vec<ThemeInfo>> {
        let variables = api::theming_themes::Variables::new();
        let themes = query!(self.client, ThemingThemes, theming.themes, variables);
        let themes = themes.into_iter().flatten().map(|theme| ThemeInfo {
            key: theme.key.unwrap_or_default(),
            title: theme.title.unwrap_or_default(),
            author: theme.author.unwrap_or_default(),
        });
        Ok(themes.collect())
    }

    /// How the wiki looks.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:theme` or `manage:system`.
    pub async fn config(&self) -> Result<ThemeConfig> {
        let variables = api::theming_config::Variables::new();
        let config = query!(self.client, ThemingConfig, theming.config, variables);
        Ok(config.into())
    }

    /// Changes the fields that `update` names, and gives the look back as it is then. Readers see it
    /// when they load a page anew.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a theme that the wiki has not, an `@import` that would get lost
    /// and NUL characters; [`is_forbidden`](Error::is_forbidden) without `manage:theme` or
    /// `manage:system`; [`Error::Incomplete`] if Wiki.js kept nothing of a style sheet.
    pub async fn update(&self, update: ThemeUpdate) -> Result<ThemeConfig> {
        update.check()?;
        let theme = self.clone();
        let work = move |turn| async move { theme.update_in(&turn, &update).await };
        self.client.write("ThemingSetConfig", work).await
    }

    async fn update_in(&self, turn: &Turn, update: &ThemeUpdate) -> Result<ThemeConfig> {
        if let Some(key) = &update.theme {
            self.check_theme(key).await?;
        }
        let current = self.config().await?;
        let wanted = update.apply(&current);
        if wanted == current {
            return Ok(current);
        }
        let look = |_| async {
            let now = self.config().await?;
            Ok(if is_made(&current, &wanted, &now) {
                Look::Made(())
            } else {
                Look::NotMade
            })
        };
        until_certain(
            &self.client,
            "ThemingSetConfig",
            || self.send(turn, &wanted),
            look,
        )
        .await?;
        let now = self
            .config()
            .await
            .map_err(|error| settle::unread("ThemingSetConfig", error))?;
        check_kept(&wanted, now)
    }

    /// Wiki.js takes any text for a theme, and then shows a page without one.
    async fn check_theme(&self, key: &str) -> Result<()> {
        let themes = self.themes().await?;
        if themes.iter().any(|theme| theme.key == key) {
            return Ok(());
        }
        let keys: Vec<_> = themes.iter().map(|theme| theme.key.as_str()).collect();
        Err(Error::invalid(
            "theme",
            format!("the wiki has no theme `{key}`"),
            format!("pass one of: {}", keys.join(", ")),
        ))
    }

    async fn send(&self, turn: &Turn, wanted: &ThemeConfig) -> Result<()> {
        let variables = api::theming_set_config::Variables {
            theme: wanted.theme.clone(),
            iconset: wanted.iconset.to_string(),
            dark_mode: wanted.dark_mode,
            toc_position: wanted.toc_position.to_string().into(),
            inject_css: wanted.inject_css.clone().into(),
            inject_head: wanted.inject_head.clone().into(),
            inject_body: wanted.inject_body.clone().into(),
        };
        mutation!(
            self.client,
            turn,
            ThemingSetConfig,
            theming.set_config,
            variables
        );
        Ok(())
    }
}

/// Whether a write was made that made `wanted` of `before`. The style sheet is minified on its way, so
/// it is another one rather than the wanted one; made again, a write does no harm.
fn is_made(before: &ThemeConfig, wanted: &ThemeConfig, now: &ThemeConfig) -> bool {
    let has_css = wanted.inject_css == before.inject_css || now.inject_css != before.inject_css;
    has_css && is_like(wanted, now)
}

/// Whether both are the same but for their style sheets.
fn is_like(wanted: &ThemeConfig, now: &ThemeConfig) -> bool {
    let with_its_css = ThemeConfig {
        inject_css: now.inject_css.clone(),
        ..wanted.clone()
    };
    with_its_css == *now
}

/// Success is reported for a style sheet that is thrown away as a whole, too.
fn check_kept(wanted: &ThemeConfig, now: ThemeConfig) -> Result<ThemeConfig> {
    if !is_like(wanted, &now) {
        return Err(Error::NotDone {
            operation: "ThemingSetConfig",
            what: "what is read back is not what was set".to_owned(),
        });
    }
    let had_css = !wanted.inject_css.trim().is_empty();
    if had_css && now.inject_css.is_empty() {
        return Err(Error::Incomplete(Box::new(Incomplete {
            done: "the theme is set".to_owned(),
            missing: "Wiki.js kept nothing of the style sheet".to_owned(),
            source: Error::invalid(
                "inject_css",
                "Wiki.js finds no rule in it that it understands",
                "write plain rules, without nesting",
            ),
        })));
    }
    Ok(now)
}
