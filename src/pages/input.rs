//! Pages to create, and changes of pages.
#![allow(
    clippy::option_option,
    reason = "a field that may be absent is kept, cleared or set"
)]

use serde::{Deserialize, Serialize};

use super::{Page, css};
use crate::{
    call::setters,
    error::{Conflict, Error, Result},
    text::{check_content, check_short, each, no_nul},
    types::{Editor, Locale, PagePath, Tag, Timestamp, converted, set},
};

/// Parameters for creating a page.
///
/// Unset fields use the wiki's defaults: published, without description and tags, Markdown, in the
/// client's default locale.
///
/// ```
/// use wikijs_client::pages::NewPage;
///
/// let page = NewPage::new("docs/install", "Install", "# Install\n\nRun it.")
///     .description("How to install it")
///     .tags(["docs", "setup"]);
/// ```
///
/// A `NewPage` can be converted from a [`Page`], to copy that page, and it can be deserialized. The required fields are
/// `path`, `title` and `content`; the optional ones are `locale`, `description`, `tags`, `editor`, `is_published`,
/// `publish_start`, `publish_end`, `script_css`, `script_js` and `is_private`:
///
/// ```
/// use wikijs_client::pages::NewPage;
///
/// let page: NewPage = serde_json::from_str(
///     r##"{"path": "docs/install", "title": "Install", "content": "# Install", "tags": [" Docs "]}"##,
/// )?;
/// assert_eq!(page, NewPage::new("docs/install", "Install", "# Install").tags(["docs"]));
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[must_use = "a page is created by `create`"]
#[non_exhaustive]
pub struct NewPage {
    /// The path, without the locale.
    pub path: PagePath,
    /// The title.
    pub title: String,
    /// The content, in the language of the editor.
    pub content: String,
    /// The locale. `None` is the client's default locale.
    pub locale: Option<Locale>,
    /// The description.
    pub description: Option<String>,
    /// The tags.
    pub tags: Option<Vec<Tag>>,
    /// The editor. `None` is [`Editor::Markdown`].
    pub editor: Option<Editor>,
    /// `None` publishes a new page, and keeps the state of an existing one.
    pub is_published: Option<bool>,
    /// The date from which on readers see the page.
    pub publish_start: Option<Timestamp>,
    /// The date until which readers see the page.
    pub publish_end: Option<Timestamp>,
    /// The style sheet of the page.
    pub script_css: Option<String>,
    /// The script of the page.
    pub script_js: Option<String>,
    /// A flag that Wiki.js stores without restricting access to the page.
    #[serde(default)]
    pub is_private: bool,
}

impl NewPage {
    /// Creates the parameters of a page at `path` with this title and content.
    pub fn new(
        path: impl Into<PagePath>,
        title: impl Into<String>,
        content: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            title: title.into(),
            content: content.into(),
            locale: None,
            description: None,
            tags: None,
            editor: None,
            is_published: None,
            publish_start: None,
            publish_end: None,
            script_css: None,
            script_js: None,
            is_private: false,
        }
    }
}

setters! { NewPage {
    /// Sets the path.
    path(path: impl Into<PagePath>) => path = path.into();

    /// Sets the locale, which must be installed in the wiki. Default: the client's default locale.
    locale(locale: impl Into<Locale>) => locale = Some(locale.into());

    /// Sets the description, the line below the title: at most 255 characters.
    description(description: impl Into<String>) => description = Some(description.into());

    /// Sets the tags. Wiki.js creates those that do not exist.
    tags(tags: impl IntoIterator<Item: Into<Tag>>) => tags = Some(converted(tags));

    /// Sets the editor, which decides the language of the content. Default: [`Editor::Markdown`].
    editor(editor: impl Into<Editor>) => editor = Some(editor.into());

    /// Publishes the page, or stores it unpublished. Default: `true`.
    published(is_published: bool) => is_published = Some(is_published);

    /// Sets the date from which on readers see the page.
    publish_start(date: impl Into<Timestamp>) => publish_start = Some(date.into());

    /// Sets the date until which readers see the page.
    publish_end(date: impl Into<Timestamp>) => publish_end = Some(date.into());

    /// Sets the style sheet of this page alone. Needs the permission `write:styles`.
    script_css(css: impl Into<String>) => script_css = Some(css.into());

    /// Sets the script of this page alone. Needs the permission `write:scripts`.
    script_js(js: impl Into<String>) => script_js = Some(js.into());

    /// Marks the page as private. Wiki.js stores this flag but does not restrict access to the page.
    private(is_private: bool) => is_private = is_private;
} }

impl NewPage {
    /// Returns the editor with which the page is created.
    pub(super) fn editor_or_default(&self) -> &Editor {
        self.editor.as_ref().unwrap_or(&Editor::Markdown)
    }

    /// Returns `found` with the values that a create with these parameters stores, including the defaults.
    pub(super) fn intended(&self, found: &Page) -> Page {
        let update = PageUpdate {
            publish_start: Some(self.publish_start.clone()),
            publish_end: Some(self.publish_end.clone()),
            ..PageUpdate::like(Self {
                description: Some(self.description.clone().unwrap_or_default()),
                tags: Some(self.tags.clone().unwrap_or_default()),
                is_published: Some(self.is_published.unwrap_or(true)),
                ..self.clone()
            })
        };
        update.apply(found)
    }

    /// Checks everything that [`Pages::create`](super::Pages::create) checks before it sends the page.
    ///
    /// ```
    /// use wikijs_client::pages::NewPage;
    ///
    /// assert!(NewPage::new("docs/install", "Install", "# Install").check().is_ok());
    /// assert!(NewPage::new("docs/install", "Install", "").check().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for values that Wiki.js would refuse, and for a path that no reader could reach.
    pub fn check(&self) -> Result<()> {
        self.path.check()?;
        self.locale.iter().try_for_each(Locale::check)?;
        PageUpdate::like(self.clone()).check()
    }
}

impl From<&Page> for NewPage {
    /// Copies every field that can be set on creation. If the page was read without the permission `write:pages`, its
    /// publication and editor are unknown and stay unset.
    fn from(page: &Page) -> Self {
        let metadata = page.metadata.as_ref();
        Self {
            path: page.path.clone(),
            title: page.title.clone(),
            content: page.content.clone(),
            locale: Some(page.locale.clone()),
            description: Some(page.description.clone()),
            tags: Some(page.tags.clone()),
            editor: page.editor().cloned(),
            is_published: page.is_published(),
            publish_start: metadata.and_then(|metadata| metadata.publish_start.clone()),
            publish_end: metadata.and_then(|metadata| metadata.publish_end.clone()),
            script_css: page.script_css.clone(),
            script_js: page.script_js.clone(),
            is_private: metadata.is_some_and(|metadata| metadata.is_private),
        }
    }
}

/// Changes of a page. Fields that are not set keep their values.
///
/// Fields that may be absent have three states: unset (kept), cleared, and set.
///
/// ```
/// use wikijs_client::pages::PageUpdate;
///
/// let update = PageUpdate::new()
///     .title("Installation")
///     .add_tags(["setup"])
///     .clear_publish_end();
/// ```
///
/// [`Pages::move_to`](super::Pages::move_to) changes the path, [`Pages::convert`](super::Pages::convert) the editor.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[must_use = "a page is changed by `update`"]
pub struct PageUpdate {
    title: Option<String>,
    content: Option<String>,
    description: Option<String>,
    tags: Option<Vec<Tag>>,
    added_tags: Vec<Tag>,
    removed_tags: Vec<Tag>,
    is_published: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publish_start: Option<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publish_end: Option<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_css: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_js: Option<Option<String>>,
    if_unmodified: Option<Timestamp>,
}

setters! { PageUpdate {
    /// Sets the title: at most 255 characters.
    title(title: impl Into<String>) => title = Some(title.into());

    /// Sets the content. It cannot be cleared: Wiki.js stores no empty page.
    content(content: impl Into<String>) => content = Some(content.into());

    /// Sets the description: at most 255 characters.
    description(description: impl Into<String>) => description = Some(description.into());

    /// Removes the description.
    clear_description() => description = Some(String::new());

    /// Replaces all tags.
    tags(tags: impl IntoIterator<Item: Into<Tag>>) => tags = Some(converted(tags));

    /// Adds tags to those that the page has.
    add_tags(tags: impl IntoIterator<Item: Into<Tag>>) =>
        added_tags.extend(converted(tags));

    /// Removes these tags from those that the page has.
    remove_tags(tags: impl IntoIterator<Item: Into<Tag>>) =>
        removed_tags.extend(converted(tags));

    /// Removes all tags.
    clear_tags() => tags = Some(Vec::new());

    /// Publishes or unpublishes the page.
    published(is_published: bool) => is_published = Some(is_published);

    /// Sets the date from which on readers see the page.
    publish_start(date: impl Into<Timestamp>) => publish_start = Some(Some(date.into()));

    /// Removes the date from which on readers see the page.
    clear_publish_start() => publish_start = Some(None);

    /// Sets the date until which readers see the page.
    publish_end(date: impl Into<Timestamp>) => publish_end = Some(Some(date.into()));

    /// Removes the date until which readers see the page.
    clear_publish_end() => publish_end = Some(None);

    /// Sets the style sheet of this page alone. Needs the permission `write:styles`.
    script_css(css: impl Into<String>) => script_css = Some(Some(css.into()));

    /// Removes the style sheet. Needs the permission `write:styles`.
    clear_script_css() => script_css = Some(None);

    /// Sets the script of this page alone. Needs the permission `write:scripts`.
    script_js(js: impl Into<String>) => script_js = Some(Some(js.into()));

    /// Removes the script. Needs the permission `write:scripts`.
    clear_script_js() => script_js = Some(None);

    /// Updates the page only if its [`updated_at`](Page::updated_at) is still this one; otherwise
    /// the update fails with [`Error::Conflict`](crate::Error::Conflict).
    ///
    /// Wiki.js has no compare-and-set. The client reads the page immediately before it writes the page. A write by
    /// somebody else in the few milliseconds in between is not detected.
    if_unmodified(updated_at: impl Into<Timestamp>) => if_unmodified = Some(updated_at.into());
} }

impl PageUpdate {
    /// Creates an update that changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an update that sets every field that the new page sets.
    pub(super) fn like(page: NewPage) -> Self {
        Self {
            title: Some(page.title),
            content: Some(page.content),
            description: page.description,
            tags: page.tags,
            is_published: page.is_published,
            publish_start: page.publish_start.map(Some),
            publish_end: page.publish_end.map(Some),
            script_css: page.script_css.map(Some),
            script_js: page.script_js.map(Some),
            ..Self::default()
        }
    }

    /// Checks everything that [`Pages::update`](super::Pages::update) checks before it sends anything.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for values that Wiki.js would refuse.
    pub fn check(&self) -> Result<()> {
        for (field, text) in [("title", &self.title), ("description", &self.description)] {
            each(text, |text| check_short(field, text))?;
        }
        each(&self.content, |text| check_content(text))?;
        let tags = self.tags.iter().flatten().chain(&self.added_tags);
        each(tags, Tag::check)?;
        let (start, end) = (&self.publish_start, &self.publish_end);
        for (field, date) in [("publish_start", start), ("publish_end", end)] {
            each(date.iter().flatten(), |date| date.check(field))?;
        }
        let (css, js) = (&self.script_css, &self.script_js);
        for (field, script) in [("script_css", css), ("script_js", js)] {
            each(script.iter().flatten(), |script| no_nul(field, script))?;
        }
        Ok(())
    }

    /// Returns a conflict if the page was modified since the date of [`if_unmodified`](Self::if_unmodified).
    pub(super) fn unless_modified(&self, current: &Page) -> Result<()> {
        match &self.if_unmodified {
            Some(expected) if *expected != current.updated_at => {
                Err(Error::Conflict(Box::new(Conflict {
                    id: current.id,
                    path: current.path.clone(),
                    expected: expected.clone(),
                    actual: current.updated_at.clone(),
                })))
            }
            _ => Ok(()),
        }
    }

    /// Returns the intended state of the page after the update.
    pub(super) fn apply(&self, current: &Page) -> Page {
        let mut page = current.clone();
        set(&mut page.title, self.title.as_ref());
        set(&mut page.content, self.content.as_ref());
        set(&mut page.description, self.description.as_ref());
        set(&mut page.tags, self.tags.as_ref());
        page.tags.extend(self.added_tags.iter().cloned());
        page.tags.retain(|tag| !self.removed_tags.contains(tag));
        page.tags.sort_unstable();
        page.tags.dedup();
        // A style sheet that Wiki.js has only minified is not written again.
        let wanted_css = self.script_css.as_ref().filter(|wanted| {
            let (stored, wanted) = (page.script_css.as_deref(), wanted.as_deref());
            !css::is_same(stored.unwrap_or_default(), wanted.unwrap_or_default())
        });
        set(&mut page.script_css, wanted_css);
        set(&mut page.script_js, self.script_js.as_ref());
        if let Some(metadata) = &mut page.metadata {
            set(&mut metadata.is_published, self.is_published.as_ref());
            set(&mut metadata.publish_start, self.publish_start.as_ref());
            set(&mut metadata.publish_end, self.publish_end.as_ref());
        }
        page
    }
}
