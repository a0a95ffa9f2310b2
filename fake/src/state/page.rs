//! Pages and their comments.

use sha1::{Digest, Sha1};

/// A page, with every column of Wiki.js, to be inserted or as returned by [`FakeWiki::page`](crate::FakeWiki::page).
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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FakePage {
    /// Id; 0 until the page is in a wiki.
    pub id: i64,
    /// Locale code, such as `en`; the wiki's default locale if it is empty.
    pub locale: String,
    /// Path without a leading slash and without the locale.
    pub path: String,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// Source text.
    pub content: String,
    /// Rendered HTML; `None` if the page was not rendered.
    pub render: Option<String>,
    /// Tags, in the order in which they were associated.
    pub tags: Vec<String>,
    /// `true` if the page is published.
    pub is_published: bool,
    /// `true` if the page is marked private. Wiki.js shows it nevertheless.
    pub is_private: bool,
    /// First day of publication, or `""`.
    pub publish_start_date: String,
    /// Last day of publication, or `""`.
    pub publish_end_date: String,
    /// Own style sheet.
    pub script_css: String,
    /// Own script.
    pub script_js: String,
    /// Editor key, such as `markdown` or `code`.
    pub editor: String,
    /// Content type that follows from the editor, such as `markdown` or `html`.
    pub content_type: String,
    /// Id of the user who created it.
    pub creator_id: i64,
    /// Id of the user who changed it last.
    pub author_id: i64,
    /// Time of creation; now if it is empty.
    pub created_at: String,
    /// Time of the last change; now if it is empty.
    pub updated_at: String,
}

setters! {
    FakePage {
        /// Sets the locale code.
        locale(locale: impl Into<String>) => locale = locale.into();

        /// Sets the description.
        description(description: impl Into<String>) => description = description.into();

        /// Sets the source text.
        content(content: impl Into<String>) => content = content.into();

        /// Marks the page as not published.
        unpublished() => is_published = false;

        /// Marks the page as private.
        private() => is_private = true;

        /// Sets the first and the last day of publication; `""` for none.
        publish_dates(start: impl Into<String>, end: impl Into<String>) =>
            publish_start_date = start.into(), publish_end_date = end.into();

        /// Sets the page's own style sheet and script.
        scripts(css: impl Into<String>, js: impl Into<String>) => script_css = css.into(), script_js = js.into();

        /// Sets the ids of the users who created it and who changed it last.
        users(creator_id: i64, author_id: i64) => creator_id = creator_id, author_id = author_id;

        /// Sets the times of creation and of the last change, as `YYYY-MM-DDTHH:MM:SS.mmmZ`.
        timestamps(created_at: impl Into<String>, updated_at: impl Into<String>) =>
            created_at = created_at.into(), updated_at = updated_at.into();
    }
}

impl FakePage {
    /// Returns a published, public Markdown page of the default locale, created by user 1, with a line of content.
    pub fn new(path: impl Into<String>, title: impl Into<String>) -> Self {
        let title = title.into();
        Self {
            path: path.into(),
            content: format!("# {title}"),
            title,
            is_published: true,
            editor: "markdown".to_owned(),
            content_type: "markdown".to_owned(),
            creator_id: 1,
            author_id: 1,
            ..Self::default()
        }
    }

    /// Sets the tags. They are trimmed, converted to lower case and made unique, as in Wiki.js.
    #[must_use]
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the editor, and with it the content type.
    #[must_use]
    pub fn editor(mut self, editor: impl Into<String>) -> Self {
        self.editor = editor.into();
        content_type(&self.editor).clone_into(&mut self.content_type);
        self
    }

    /// Returns the hash of a page in Wiki.js: SHA-1 of locale, path and private namespace, which is `TODO` for every
    /// private page.
    pub fn hash(&self) -> String {
        let namespace = if self.is_private { "TODO" } else { "" };
        let digest = Sha1::digest(format!("{}|{}|{namespace}", self.locale, self.path));
        let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .filter_map(|digit| char::from_digit(u32::from(digit), 16))
            .collect()
    }
}

/// The editors of Wiki.js 2.5 with their content types.
const EDITORS: [(&str, &str); 6] = [
    ("api", "yml"),
    ("asciidoc", "asciidoc"),
    ("ckeditor", "html"),
    ("code", "html"),
    ("markdown", "markdown"),
    ("redirect", "redirect"),
];

/// Returns whether Wiki.js 2.5 has this editor.
pub(crate) fn is_editor(key: &str) -> bool {
    EDITORS.iter().any(|(editor, _)| *editor == key)
}

/// Returns the content type of an editor, `text` for a missing one.
pub(crate) fn content_type(editor: &str) -> &'static str {
    EDITORS
        .iter()
        .find(|(key, _)| *key == editor)
        .map_or("text", |(_, content_type)| content_type)
}

/// A stored page, with tags by id, since a tag can be renamed, and the links of its last rendering.
#[derive(Debug, Clone)]
pub(crate) struct StoredPage {
    /// Columns. The tags are empty here.
    pub(crate) page: FakePage,
    pub(crate) tag_ids: Vec<i64>,
    /// Locale and path of each internal link of the last rendering.
    pub(crate) links: Vec<(String, String)>,
    /// Row in the index of the `postgres` search engine.
    pub(crate) index_id: i64,
}

/// A comment, with every column of Wiki.js, to be inserted or as returned by
/// [`FakeWiki::comment`](crate::FakeWiki::comment).
///
/// ```
/// use wikijs_fake::FakeComment;
///
/// let comment = FakeComment::new(1, "Nice **page**!").author(2, "Gast", "gast@example.com");
/// assert_eq!(comment.page_id, 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FakeComment {
    /// Id; 0 until the comment is in a wiki.
    pub id: i64,
    /// Id of the page.
    pub page_id: i64,
    /// Id of the comment that it replies to, or 0. Wiki.js stores it and does not use it.
    pub reply_to: i64,
    /// Source text, in Markdown.
    pub content: String,
    /// HTML.
    pub render: String,
    /// Id of the author: 2 for guests, 1 for API keys.
    pub author_id: i64,
    /// Name of the author at that time.
    pub author_name: String,
    /// Mail address of the author at that time.
    pub author_email: String,
    /// IP address of the author.
    pub author_ip: String,
    /// Time of creation; now if it is empty.
    pub created_at: String,
    /// Time of the last change; now if it is empty.
    pub updated_at: String,
}

impl FakeComment {
    /// Returns a comment of the administrator on a page.
    pub fn new(page_id: i64, content: impl Into<String>) -> Self {
        let content = content.into();
        let comment = Self {
            page_id,
            render: crate::render::comment(&content),
            content,
            author_ip: "127.0.0.1".to_owned(),
            ..Self::default()
        };
        comment.author(1, "Administrator", "admin@example.com")
    }

    /// Sets the author.
    #[must_use]
    pub fn author(mut self, id: i64, name: impl Into<String>, email: impl Into<String>) -> Self {
        self.author_id = id;
        self.author_name = name.into();
        self.author_email = email.into();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_same_as_in_wiki_js() {
        let home = FakePage::new("home", "Home").locale("en");
        assert_eq!(home.hash(), "b29b5d2ce62e55412776ab98f05631e0aa96597b");
    }
}
