//! What is to be changed of a page.

use serde::Serialize;

use super::{NewPage, Page};
use crate::{
    error::{Conflict, Error, Result},
    text::{check_content, check_short, check_tags, no_nul},
    types::{Tag, Timestamp},
};

/// What to change of a page. Everything that is not named stays as it is.
///
/// What can be absent has three states: left out (kept), cleared, set.
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
/// A path is changed with [`Pages::move_to`](super::Pages::move_to), an editor with [`Pages::convert`](super::Pages::convert).
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "a page is changed by `update`"]
pub struct PageUpdate {
    title: Option<String>,
    content: Option<String>,
    description: Option<String>,
    tags: Option<Vec<Tag>>,
    added_tags: Vec<Tag>,
    removed_tags: Vec<Tag>,
    is_published: Option<bool>,
    publish_start: Change<Timestamp>,
    publish_end: Change<Timestamp>,
    script_css: Change<String>,
    script_js: Change<String>,
    if_unmodified: Option<Timestamp>,
}

/// What happens to a field that can be absent.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
enum Change<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<T> From<Option<T>> for Change<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }
}

impl<T: Clone> Change<T> {
    fn apply(&self, current: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *current = None,
            Self::Set(value) => *current = Some(value.clone()),
        }
    }

    fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}

impl PageUpdate {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another title, at most 255 characters.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Another content. It cannot be cleared: Wiki.js keeps no empty page.
    pub fn content(mut self, content: impl Into<String>) -> Self {
        self.content = Some(content.into());
        self
    }

    /// Another description, at most 255 characters.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// No description any more.
    pub fn clear_description(self) -> Self {
        self.description("")
    }

    /// These tags in place of those that are there.
    pub fn tags(mut self, tags: impl IntoIterator<Item: Into<Tag>>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// These tags besides those that are there.
    pub fn add_tags(mut self, tags: impl IntoIterator<Item: Into<Tag>>) -> Self {
        self.added_tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// Without these tags.
    pub fn remove_tags(mut self, tags: impl IntoIterator<Item: Into<Tag>>) -> Self {
        self.removed_tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// No tags any more.
    pub fn clear_tags(self) -> Self {
        self.tags(Vec::<Tag>::new())
    }

    /// Whether readers see the page.
    pub fn published(mut self, is_published: bool) -> Self {
        self.is_published = Some(is_published);
        self
    }

    /// When readers begin to see the page.
    pub fn publish_start(mut self, date: impl Into<Timestamp>) -> Self {
        self.publish_start = Change::Set(date.into());
        self
    }

    /// Readers see the page from now on, as far as it is published.
    pub fn clear_publish_start(mut self) -> Self {
        self.publish_start = Change::Clear;
        self
    }

    /// When readers cease to see the page.
    pub fn publish_end(mut self, date: impl Into<Timestamp>) -> Self {
        self.publish_end = Change::Set(date.into());
        self
    }

    /// Readers see the page without an end.
    pub fn clear_publish_end(mut self) -> Self {
        self.publish_end = Change::Clear;
        self
    }

    /// Another style sheet. Needs the permission `write:styles`.
    pub fn script_css(mut self, css: impl Into<String>) -> Self {
        self.script_css = Change::Set(css.into());
        self
    }

    /// No style sheet any more. Needs the permission `write:styles`.
    pub fn clear_script_css(mut self) -> Self {
        self.script_css = Change::Clear;
        self
    }

    /// Another script. Needs the permission `write:scripts`.
    pub fn script_js(mut self, js: impl Into<String>) -> Self {
        self.script_js = Change::Set(js.into());
        self
    }

    /// No script any more. Needs the permission `write:scripts`.
    pub fn clear_script_js(mut self) -> Self {
        self.script_js = Change::Clear;
        self
    }

    /// Writes only if the page is still the one of this [`updated_at`](Page::updated_at); otherwise
    /// [`Error::Conflict`](crate::Error::Conflict) brings the newer page.
    ///
    /// Wiki.js has no compare-and-set: the page is looked at right before it is written, and between
    /// the two a few milliseconds remain open to others.
    pub fn if_unmodified(mut self, updated_at: impl Into<Timestamp>) -> Self {
        self.if_unmodified = Some(updated_at.into());
        self
    }

    /// Everything that the new page says.
    pub(super) fn like(page: NewPage) -> Self {
        Self {
            title: Some(page.title),
            content: Some(page.content),
            description: page.description,
            tags: page.tags,
            is_published: page.is_published,
            publish_start: page.publish_start.into(),
            publish_end: page.publish_end.into(),
            script_css: page.script_css.into(),
            script_js: page.script_js.into(),
            ..Self::default()
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.title
            .iter()
            .try_for_each(|text| check_short("title", text))?;
        self.content
            .iter()
            .try_for_each(|text| check_content(text))?;
        self.description
            .iter()
            .try_for_each(|text| check_short("description", text))?;
        self.tags.iter().try_for_each(|tags| check_tags(tags))?;
        check_tags(&self.added_tags)?;
        self.publish_start
            .value()
            .map_or(Ok(()), |date| date.check("publish_start"))?;
        self.publish_end
            .value()
            .map_or(Ok(()), |date| date.check("publish_end"))?;
        self.script_css
            .value()
            .map_or(Ok(()), |text| no_nul("script_css", text))?;
        self.script_js
            .value()
            .map_or(Ok(()), |text| no_nul("script_js", text))
    }

    /// All its parts, to know it again by.
    pub(super) fn identity(&self) -> impl Serialize + '_ {
        (
            (&self.title, &self.content, &self.description),
            (&self.tags, &self.added_tags, &self.removed_tags),
            (self.is_published, &self.publish_start, &self.publish_end),
            (&self.script_css, &self.script_js),
            &self.if_unmodified,
        )
    }

    /// The page, if it is as [`if_unmodified`](Self::if_unmodified) wants it; else the conflict.
    pub(super) fn unless_modified(&self, current: Page) -> Result<Page> {
        match &self.if_unmodified {
            Some(expected) if *expected != current.updated_at => {
                Err(Error::Conflict(Box::new(Conflict {
                    expected: expected.clone(),
                    newer: current,
                })))
            }
            _ => Ok(current),
        }
    }

    /// The page as it shall be.
    pub(super) fn apply(&self, current: &Page) -> Page {
        let mut page = current.clone();
        page.title = self.title.clone().unwrap_or(page.title);
        page.content = self.content.clone().unwrap_or(page.content);
        page.description = self.description.clone().unwrap_or(page.description);
        page.tags = self.tags.clone().unwrap_or(page.tags);
        page.tags.extend(self.added_tags.iter().cloned());
        page.tags.retain(|tag| !self.removed_tags.contains(tag));
        page.tags.sort_unstable();
        page.tags.dedup();
        self.script_css.apply(&mut page.script_css);
        self.script_js.apply(&mut page.script_js);
        if let Some(editorial) = &mut page.editorial {
            editorial.is_published = self.is_published.unwrap_or(editorial.is_published);
            self.publish_start.apply(&mut editorial.publish_start);
            self.publish_end.apply(&mut editorial.publish_end);
        }
        page
    }
}
