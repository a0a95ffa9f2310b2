//! Comments on pages.

/// A comment of the fake wiki, with every column that Wiki.js keeps for it.
///
/// Made by [`FakeComment::new`] to be put in, and given back by [`FakeWiki::comment`](crate::FakeWiki::comment).
///
/// ```
/// use wikijs_fake::FakeComment;
///
/// let comment = FakeComment::new(1, "Nice **page**!").author(2, "Gast", "gast@example.com");
/// assert_eq!(comment.page_id, 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeComment {
    /// The comment's id; 0 until it is in a wiki.
    pub id: i64,
    /// The page that it is about.
    pub page_id: i64,
    /// The comment that it answers; 0: none. Wiki.js keeps it and never looks at it.
    pub reply_to: i64,
    /// Source text, in Markdown.
    pub content: String,
    /// HTML.
    pub render: String,
    /// The user who wrote it: 2 for guests, 1 for API keys.
    pub author_id: i64,
    /// The author's name at that time.
    pub author_name: String,
    /// The author's mail address at that time.
    pub author_email: String,
    /// The address that it came from.
    pub author_ip: String,
    /// Made at. Empty: now.
    pub created_at: String,
    /// Changed last at. Empty: now.
    pub updated_at: String,
}

impl FakeComment {
    /// A comment of the administrator on a page.
    pub fn new(page_id: i64, content: impl Into<String>) -> Self {
        let content = content.into();
        Self {
            id: 0,
            page_id,
            reply_to: 0,
            render: crate::render::comment(&content),
            content,
            author_id: 1,
            author_name: "Administrator".to_owned(),
            author_email: "admin@example.com".to_owned(),
            author_ip: "127.0.0.1".to_owned(),
            created_at: String::new(),
            updated_at: String::new(),
        }
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
