//! Appearance of the wiki: its theme, its icons, and code that is injected into every page.
//!
//! [`Client::theme`](crate::Client::theme) returns [`Theme`]:
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::theme::{ThemeUpdate, TocPosition};
//!
//! let update = ThemeUpdate::new().dark_mode(true).toc_position(TocPosition::Right);
//! let config = wiki.theme().update(update).await?;
//! # });
//! ```

use super::{
    change, group, read,
    table::{fields, not_empty},
};
use crate::{
    api::{
        self, theming_config::ThemingConfigThemingConfig, theming_set_config,
        theming_themes::ThemingThemesThemingThemes,
    },
    call::{Call, setters},
    client::Client,
    error::Result,
    handle::{Handle, handle},
    response::models,
    text::{each, refuse_if},
    types::{converted, open_enum, strip_prefix_ignore_case},
    write::{Compared, Field, compare, value_of},
};

handle! {
    /// Handle for the appearance of a wiki.
    Theme,
    /// Returns a handle for the appearance of the wiki.
    theme
}

models! {
    /// A theme of the wiki. Wiki.js 2.5 has one, `default`.
    ThemeInfo from ThemingThemesThemingThemes as theme {
        /// `key`, the argument of [`ThemeUpdate::theme`].
        pub key: String,
        /// `title`.
        pub title: String,
        /// `author`.
        pub author: String,
    }
}

open_enum! {
    /// Icon set of the wiki.
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
    /// Position of the table of contents of a page.
    TocPosition {
        /// On the left, the default.
        Left = "left",
        /// On the right.
        Right = "right",
        /// Not shown.
        Off = "off",
    }
}

fields! {
    /// Appearance of the wiki. `theming.config`.
    #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    ThemeConfig from ThemingConfigThemingConfig;
    /// Changes to the appearance of the wiki. Unset fields keep their values.
    ///
    /// ```
    /// use wikijs_client::theme::ThemeUpdate;
    ///
    /// let update = ThemeUpdate::new().inject_css(".v-footer { display: none }").clear_inject_head();
    /// ```
    ///
    /// It can be deserialized: a missing field keeps its value, and an unknown field is an error.
    #[derive(Debug, Clone, PartialEq, Eq, Default, serde::Deserialize)]
    #[serde(default, deny_unknown_fields)]
    #[must_use = "the appearance is changed by `update`"]
    ThemeUpdate;
    whole theming_set_config::Variables;

    /// `theme`: key of the theme, one of [`Theme::themes`].
    pub theme: into String = theme;
    /// `iconset`.
    pub iconset: into Iconset = iconset;
    /// `darkMode`: the wiki is dark unless the reader has chosen otherwise.
    pub dark_mode: plain bool = dark_mode;
    /// `tocPosition`. `None` before Wiki.js 2.5.293, and if it was never set; the table of contents is then on the
    /// left.
    pub toc_position: newer into TocPosition = toc_position;
    /// `injectCSS`: style sheet of every page.
    ///
    /// Wiki.js stores the style sheet minified and drops rules that it does not understand, such as nested ones. It
    /// formats the style sheet when the API returns it, and then omits each `@import` whose target is not a complete
    /// URL. The next update of any field would therefore delete the `@import`. For this reason an update with such an
    /// `@import` is refused. An `@import` that was entered in the browser is lost with the next update, because
    /// the API does not return it.
    pub inject_css: into String = inject_css;
    /// `injectHead`: HTML for the head of every page.
    pub inject_head: into String = inject_head;
    /// `injectBody`: HTML for the end of the body of every page.
    pub inject_body: into String = inject_body;
}

setters! { ThemeUpdate {
    /// Removes the style sheet.
    clear_inject_css() => inject_css = Some(String::new());

    /// Removes the HTML for the head of every page.
    clear_inject_head() => inject_head = Some(String::new());

    /// Removes the HTML for the end of the body of every page.
    clear_inject_body() => inject_body = Some(String::new());
} }

impl ThemeUpdate {
    fn check(&self) -> Result<()> {
        self.check_values()?;
        each(&self.theme, |theme| not_empty("theme", theme))?;
        let import = self.inject_css.as_deref().and_then(lost_import);
        refuse_if! {
            import.is_some() => "inject_css",
                format!(
                    "Wiki.js does not show `{}` again, and the next update would delete it",
                    import.unwrap_or_default()
                ),
                "import by a whole URL, https://…";
        }
    }
}

/// Returns the first `@import` of a style sheet whose target is not a complete URL.
fn lost_import(css: &str) -> Option<&str> {
    fn after<'a>(text: &'a str, keyword: &str) -> Option<&'a str> {
        strip_prefix_ignore_case(text, keyword).map(str::trim_start)
    }
    css.match_indices('@').find_map(|(at, _)| {
        let rule = css[at..].split([';', '\n']).next()?.trim_end();
        let source = after(rule, "@import")?;
        let source = after(source, "url(").unwrap_or(source);
        let source = source.trim_start_matches(['"', '\'']);
        let is_whole = ["https://", "http://", "//"]
            .iter()
            .any(|start| source.starts_with(start));
        (!is_whole).then_some(rule)
    })
}

impl Theme {
    /// Lists the themes of the wiki.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:theme` or `manage:system`.
    pub fn themes(&self) -> Call<Vec<ThemeInfo>> {
        self.query::<api::ThemingThemes, _>(Ok(api::NoVariables {}), converted)
    }

    /// Returns the appearance of the wiki.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:theme` or `manage:system`.
    pub fn config(&self) -> Call<ThemeConfig> {
        read(self)
    }

    /// Changes the set fields of `update`, and returns the appearance as stored. Readers see the change after
    /// they reload a page.
    ///
    /// `theming.setConfig` resets omitted fields, so the client sends all fields
    /// ([K45](crate::guide::known_issues#k45)).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for a theme that the wiki does not have, an `@import` that
    /// would be lost and NUL characters; [`is_forbidden`](crate::Error::is_forbidden) without `manage:theme` or
    /// `manage:system`; [`Error::NotApplied`](crate::Error::NotApplied) if the wiki reports success and stored nothing,
    /// for example because it does not understand any rule of a style sheet;
    /// [`Error::PartiallyApplied`](crate::Error::PartiallyApplied) if it stored some of the fields, which the error
    /// names. [`Error::Unconfirmed`](crate::Error::Unconfirmed) if the response was lost and the stored style sheet
    /// differs from the intended one: it may be the minified form, or another program may have written it.
    pub fn update(&self, update: ThemeUpdate) -> Call<ThemeConfig> {
        change(self, update.check(), move |before| Ok(update.apply(before)))
    }
}

group! {
    ThemeConfig, "the theme", |config| config;
    ThemingConfig, |config| config.into();
    ThemingSetConfig, |before, wanted| wanted.variables(before);

    /// Wiki.js minifies the style sheet, so a stored style sheet that differs may be the minified form, or another
    /// program may have written it.
    fn compare(before: &Self, wanted: &Self, now: &Self) -> Compared {
        let without_css = |config: &Self| {
            value_of(&Self { inject_css: String::new(), ..config.clone() })
        };
        let mut compared = compare(&without_css(before), &without_css(wanted), &without_css(now));
        let [old, new, seen] = [before, wanted, now].map(|config| compact(&config.inject_css));
        if old == new {
            return compared;
        }
        let field = if seen == new {
            Field::Stored
        } else if new.is_empty() && seen != old {
            Field::Foreign
        } else if new.is_empty() || old.is_empty() && seen.is_empty() {
            Field::Unchanged
        } else if seen.is_empty() {
            compared.push("the removal of the old style sheet", Field::Stored);
            Field::Unchanged
        } else {
            Field::Hidden
        };
        compared.push("inject_css", field);
        compared
    }

    /// Checks that the theme exists. Wiki.js accepts any text as a theme, and then shows pages without a theme.
    async fn check(before: &Self, wanted: &Self, client: &Client) -> Result<()> {
        if before.theme == wanted.theme {
            return Ok(());
        }
        let known: Vec<_> = client.theme().themes().await?.into_iter().map(|theme| theme.key).collect();
        refuse_if! {
            !known.contains(&wanted.theme) => "theme",
                format!("the wiki has no theme `{}`", wanted.theme),
                format!("pass one of: {}", known.join(", "));
        }
    }

    fn not_applied(before: &Self, wanted: &Self) -> Option<&'static str> {
        let is_new = before.inject_css != wanted.inject_css;
        is_new.then_some(
            "nothing has changed; Wiki.js drops a style sheet in which it finds no rule that it understands, such as nested rules",
        )
    }
}

/// Removes white space and optional semicolons from a style sheet, because Wiki.js changes them.
fn compact(css: &str) -> String {
    let css: String = css.chars().filter(|one| !one.is_whitespace()).collect();
    css.replace(";}", "}").trim_end_matches(';').to_owned()
}
