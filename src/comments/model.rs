//! What a comment is, and one to be posted.

use serde::{Deserialize, Serialize};

use crate::{
    api::fragments::{CommentWithSource, FullComment, ReadableComment},
    error::{Error, Result},
    text::{check_short, no_nul},
    types::{CommentId, Timestamp, UserId},
};

/// The user whom all guests are.
const GUEST: UserId = UserId::new(2);

/// The shortest comment that Wiki.js posts, and the shortest name of a guest, in UTF-16 units.
const SHORTEST: usize = 2;

/// A comment on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comment {
    /// `id`.
    pub id: CommentId,
    /// `content`: the source, in Markdown. `None` where the caller has neither `write:comments` nor
    /// `manage:comments`.
    pub content: Option<String>,
    /// `render`: the same as HTML.
    pub render: String,
    /// `authorId`: 2 for all guests, 1 for all API keys.
    pub author_id: UserId,
    /// `authorName`: at the time of the comment. "API" for API keys.
    pub author_name: String,
    /// `authorEmail`. `None` where the caller has not `manage:system`.
    pub author_email: Option<String>,
    /// `authorIP`: the address that it was posted from. `None` as of `author_email`.
    pub author_ip: Option<String>,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`.
    pub updated_at: Timestamp,
}

impl Comment {
    /// Whether somebody posted it who had not logged in, and chose name and e-mail address freely.
    pub fn is_by_guest(&self) -> bool {
        self.author_id == GUEST
    }
}

impl From<FullComment> for Comment {
    fn from(comment: FullComment) -> Self {
        Self {
            id: comment.id.into(),
            content: Some(comment.content),
            render: comment.render,
            author_id: comment.author_id.into(),
            author_name: comment.author_name,
            author_email: Some(comment.author_email),
            author_ip: Some(comment.author_ip),
            created_at: comment.created_at,
            updated_at: comment.updated_at,
        }
    }
}

impl From<CommentWithSource> for Comment {
    fn from(comment: CommentWithSource) -> Self {
        Self {
            id: comment.id.into(),
            content: Some(comment.content),
            render: comment.render,
            author_id: comment.author_id.into(),
            author_name: comment.author_name,
            author_email: None,
            author_ip: None,
            created_at: comment.created_at,
            updated_at: comment.updated_at,
        }
    }
}

impl From<ReadableComment> for Comment {
    fn from(comment: ReadableComment) -> Self {
        Self {
            id: comment.id.into(),
            content: None,
            render: comment.render,
            author_id: comment.author_id.into(),
            author_name: comment.author_name,
            author_email: None,
            author_ip: None,
            created_at: comment.created_at,
            updated_at: comment.updated_at,
        }
    }
}

/// A comment to be posted. A text is one.
///
/// ```
/// use wikijs_client::comments::NewComment;
///
/// let plain = NewComment::from("Thank you!");
/// let answer = NewComment::new("You are welcome.").reply_to(7);
/// let of_a_guest = NewComment::new("Hello!").guest("Gast", "gast@example.com");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a comment is posted by `create`"]
pub struct NewComment {
    /// Trimmed, as Wiki.js does.
    pub(super) content: String,
    pub(super) reply_to: Option<CommentId>,
    pub(super) guest: Option<Guest>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guest {
    pub(super) name: String,
    pub(super) email: String,
}

impl NewComment {
    /// A comment with this content, in Markdown. White space at its ends is left off.
    pub fn new(content: impl Into<String>) -> Self {
        Self {
            content: content.into().trim().to_owned(),
            reply_to: None,
            guest: None,
        }
    }

    /// In answer to another comment on the same page. Wiki.js keeps it and neither shows nor tells it.
    pub fn reply_to(mut self, comment: impl Into<CommentId>) -> Self {
        self.reply_to = Some(comment.into());
        self
    }

    /// By a guest of this name and e-mail address, which a client without key and login has to tell.
    pub fn guest(mut self, name: impl Into<String>, email: impl Into<String>) -> Self {
        self.guest = Some(Guest {
            name: name.into(),
            email: email.into(),
        });
        self
    }

    pub(super) fn check(&self, is_guest: bool) -> Result<()> {
        check_content(&self.content)?;
        self.reply_to
            .map_or(Ok(0), CommentId::to_argument)
            .map(drop)?;
        match &self.guest {
            Some(guest) if is_guest => guest.check(),
            None if is_guest => Err(Error::invalid(
                "guest",
                "this client calls without a key and without a login, and Wiki.js asks guests for a name and an \
                 e-mail address",
                "tell them by `guest`",
            )),
            Some(_) => Err(Error::invalid(
                "guest",
                "this client calls as somebody, whose name Wiki.js takes",
                "leave it out, or use a client without key and login",
            )),
            None => Ok(()),
        }
    }
}

impl Guest {
    fn check(&self) -> Result<()> {
        check_short("guest", &self.name)?;
        check_short("guest", &self.email)?;
        let problem = if self.name.trim().is_empty() || length(&self.name) < SHORTEST {
            "the name is shorter than two characters"
        } else if !self.email.contains('@') {
            "the e-mail address is none"
        } else {
            return Ok(());
        };
        Err(Error::invalid("guest", problem, "Wiki.js asks for both"))
    }
}

impl<T: Into<String>> From<T> for NewComment {
    fn from(content: T) -> Self {
        Self::new(content)
    }
}

/// What Wiki.js refuses, or takes when a comment is changed and would not have posted (8003).
pub(super) fn check_content(content: &str) -> Result<()> {
    if length(content) < SHORTEST {
        return Err(Error::invalid(
            "content",
            "it is shorter than two characters",
            "write at least two that are not white space",
        ));
    }
    no_nul("content", content)
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
