//! A page: as it is put in, as it is read out, and as the fake keeps it.

use sha1::{Digest, Sha1};

/// A page of the fake wiki, with every column that Wiki.js keeps for it.
///
/// Made by [`FakePage::new`] to be put in, and given back by [`FakeWiki::page`](crate::FakeWiki::page).
///
/// ```
/// use wikijs_fake::FakePage;
///
/// let page = FakePage::new("docs/intro", "Introduction")
///     .content("# Hello")
///     .tags(["guide", "start"])
///     .unpublished();
/// assert_eq!(page.path, "docs/intro");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakePage {
    /// The page's id; 0 until it is in a wiki.
    pub id: i64,
    /// Locale code, such as `en`. Empty: the wiki's default locale.
    pub locale: String,
    /// Path without a leading slash and without the locale.
    pub path: String,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// Source text.
    pub content: String,
    /// Rendered HTML; `None` where the last rendering did not happen.
    pub render: Option<String>,
    /// Tags, in the order in which they were associated.
    pub tags: Vec<String>,
    /// Whether the page is published.
    pub is_published: bool,
    /// Whether the page is marked private (Wiki.js shows it all the same).
    pub is_private: bool,
    /// First day of publication, `""` where there is none.
    pub publish_start_date: String,
    /// Last day of publication, `""` where there is none.
    pub publish_end_date: String,
    /// Own style sheet.
    pub script_css: String,
    /// Own script.
    pub script_js: String,
    /// Editor key, such as `markdown` or `code`.
    pub editor: String,
    /// Content type that follows from the editor, such as `markdown` or `html`.
    pub content_type: String,
    /// Id of the user who made it.
    pub creator_id: i64,
    /// Id of the user who changed it last.
    pub author_id: i64,
    /// Made at. Empty: now.
    pub created_at: String,
    /// Changed last at. Empty: now.
    pub updated_at: String,
}

impl FakePage {
    /// A published, public Markdown page of the default locale, made by user 1, with a line of content.
    pub fn new(path: impl Into<String>, title: impl Into<String>) -> Self {
        let title = title.into();
        Self {
            id: 0,
            locale: String::new(),
            path: path.into(),
            content: format!("# {title}"),
            title,
            description: String::new(),
            render: None,
            tags: Vec::new(),
            is_published: true,
            is_private: false,
            publish_start_date: String::new(),
            publish_end_date: String::new(),
            script_css: String::new(),
            script_js: String::new(),
            editor: "markdown".to_owned(),
            content_type: "markdown".to_owned(),
            creator_id: 1,
            author_id: 1,
            created_at: String::new(),
            updated_at: String::new(),
        }
    }

    /// Sets the locale code.
    #[must_use]
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = locale.into();
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Sets the source text.
    #[must_use]
    pub fn content(mut self, content: impl Into<String>) -> Self {
        self.content = content.into();
        self
    }

    /// Sets the tags. They are trimmed, lower-cased and made unique, as Wiki.js does.
    #[must_use]
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// Marks the page as not published.
    #[must_use]
    pub fn unpublished(mut self) -> Self {
        self.is_published = false;
        self
    }

    /// Marks the page as private.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.is_private = true;
        self
    }

    /// Sets the first and the last day of publication; `""` for none.
    #[must_use]
    pub fn publish_dates(mut self, start: impl Into<String>, end: impl Into<String>) -> Self {
        self.publish_start_date = start.into();
        self.publish_end_date = end.into();
        self
    }

    /// Sets the page's own style sheet and script.
    #[must_use]
    pub fn scripts(mut self, css: impl Into<String>, js: impl Into<String>) -> Self {
        self.script_css = css.into();
        self.script_js = js.into();
        self
    }

    /// Sets the editor, and with it the content type.
    #[must_use]
    pub fn editor(mut self, editor: impl Into<String>) -> Self {
        self.editor = editor.into();
        content_type(&self.editor).clone_into(&mut self.content_type);
        self
    }

    /// Sets the users who made it and who changed it last.
    #[must_use]
    pub fn users(mut self, creator_id: i64, author_id: i64) -> Self {
        self.creator_id = creator_id;
        self.author_id = author_id;
        self
    }

    /// Sets when it was made and when it was changed last, as `YYYY-MM-DDTHH:MM:SS.mmmZ`.
    #[must_use]
    pub fn timestamps(
        mut self,
        created_at: impl Into<String>,
        updated_at: impl Into<String>,
    ) -> Self {
        self.created_at = created_at.into();
        self.updated_at = updated_at.into();
        self
    }

    /// The hash that Wiki.js keeps for a page: SHA-1 of locale, path and private namespace, which of every
    /// private page is the word `TODO`.
    pub fn hash(&self) -> String {
        let namespace = if self.is_private { "TODO" } else { "" };
        let digest = Sha1::digest(format!("{}|{}|{namespace}", self.locale, self.path));
        digest
            .iter()
            .fold(String::with_capacity(40), |mut text, byte| {
                for nibble in [byte >> 4, byte & 15] {
                    text.push(char::from_digit(u32::from(nibble), 16).unwrap_or_default());
                }
                text
            })
    }
}

/// The content type of an editor that Wiki.js 2.5 knows.
const EDITORS: [(&str, &str); 6] = [
    ("api", "yml"),
    ("asciidoc", "asciidoc"),
    ("ckeditor", "html"),
    ("code", "html"),
    ("markdown", "markdown"),
    ("redirect", "redirect"),
];

/// Whether Wiki.js 2.5 has this editor.
pub(crate) fn is_editor(key: &str) -> bool {
    EDITORS.iter().any(|(editor, _)| *editor == key)
}

/// The content type that follows from an editor, `text` for one that does not exist.
pub(crate) fn content_type(editor: &str) -> &'static str {
    EDITORS
        .iter()
        .find(|(key, _)| *key == editor)
        .map_or("text", |(_, content_type)| content_type)
}

/// A page as the fake keeps it: tags by id, since a tag can be renamed, and the links found when it was rendered.
#[derive(Debug, Clone)]
pub(crate) struct StoredPage {
    /// Everything but the tags, which are empty here.
    pub(crate) page: FakePage,
    pub(crate) tag_ids: Vec<i64>,
    /// Locale and path of each internal link of the last rendering.
    pub(crate) links: Vec<(String, String)>,
    /// Row in the index of the `postgres` search engine.
    pub(crate) index_id: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_wiki_js() {
        let home = FakePage::new("home", "Home").locale("en");
        assert_eq!(home.hash(), "b29b5d2ce62e55412776ab98f05631e0aa96597b");
    }
}
