//! Comments on pages: list, get, create, update, delete.
//!
//! [`Client::comments`](crate::Client::comments) returns [`Comments`], which handles the comments of the wiki's own
//! comment provider (`default`). The API of Wiki.js has no access to the comments of other providers, such as Disqus.
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! let comments = wiki.comments();
//! for comment in comments.list("docs/install").await? {
//!     println!("{}: {}", comment.author_name, comment.render);
//! }
//! let comment = comments.create("docs/install", "Thank **you**!").await?;
//! comments.update(comment.id, "Thank you!").await?;
//! comments.delete(comment.id).await?;
//! # });
//! ```

mod read;
mod write;

use serde::{Deserialize, Serialize};

use crate::{
    api::fragments::VisibleComment,
    call::setters,
    error::Result,
    handle::handle,
    response::models,
    text::{check_short, js_trim, no_nul, refuse_if},
    types::{CommentId, PageId, PagePath, Timestamp, UserId, id_of},
};

pub use self::{read::ListComments, write::CreateComment};

handle! {
    /// A handle for the comments of a wiki.
    Comments,
    /// Returns a handle for comments on pages.
    comments
}

/// The user that all guests share.
const GUEST: UserId = UserId::new(2);

/// Minimum length of a comment and of the name of a guest, in UTF-16 units.
const MIN_LENGTH: usize = 2;

models! {
    /// A comment on a page.
    Comment from VisibleComment as comment {
        /// `id`.
        pub id: CommentId,
        /// `content`: the source, in Markdown. `None` without `write:comments` and `manage:comments`.
        pub content: Option<String>,
        /// `render`: the content as HTML.
        pub render: String,
        /// `authorId`: 2 for every guest, 1 for every API key.
        pub author_id: UserId,
        /// `authorName`: the name at the time of the comment. "API" for API keys.
        pub author_name: String,
        /// `authorEmail`. `None` without `manage:system`.
        pub author_email: Option<String>,
        /// `authorIP`: the IP address of the author. `None` without `manage:system`.
        pub author_ip: Option<String>,
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`.
        pub updated_at: Timestamp,
    }
}

impl Comment {
    /// Returns `true` if the author is a guest, who chose name and e-mail address freely.
    pub fn is_by_guest(&self) -> bool {
        self.author_id == GUEST
    }
}

/// Parameters for creating a comment. A text converts into `NewComment`.
///
/// ```
/// use wikijs_client::comments::NewComment;
///
/// let plain = NewComment::from("Thank you!");
/// let reply = NewComment::new("You are welcome.").reply_to(7);
/// let by_guest = NewComment::new("Hello!").guest("Gast", "gast@example.com");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "`create` creates the comment"]
pub struct NewComment {
    content: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<CommentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guest: Option<Guest>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Guest {
    name: String,
    email: String,
}

impl NewComment {
    /// Creates parameters with the content, in Markdown. Wiki.js removes white space at its ends.
    pub fn new(content: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            reply_to: None,
            guest: None,
        }
    }

    fn check(&self, is_guest: bool) -> Result<()> {
        check_content(js_trim(&self.content))?;
        self.reply_to
            .map_or(Ok(0), CommentId::to_argument)
            .map(drop)?;
        refuse_if! {
            is_guest && self.guest.is_none() => "guest",
                "this client has no credentials, and Wiki.js requires a name and an e-mail address of guests",
                "set them with `guest`";
            !is_guest && self.guest.is_some() => "guest",
                "this client has credentials, and Wiki.js uses the name of their user",
                "omit it, or use a client without credentials";
        }?;
        self.guest.iter().try_for_each(Guest::check)
    }
}

setters! { NewComment {
    /// Makes the comment a reply to another comment on the same page. Wiki.js stores `replyTo` but never returns it.
    reply_to(comment: impl Into<CommentId>) => reply_to = Some(comment.into());

    /// Sets name and e-mail address of a guest. Required for a client without credentials, and refused for any other.
    guest(name: impl Into<String>, email: impl Into<String>) => guest = Some(Guest {
        name: name.into(),
        email: email.into(),
    });
} }

impl Guest {
    fn check(&self) -> Result<()> {
        check_short("guest", &self.name)?;
        check_short("guest", &self.email)?;
        refuse_if! {
            js_trim(&self.name).is_empty() || length(&self.name) < MIN_LENGTH => "guest",
                "the name is shorter than two characters", "Wiki.js requires both";
            !self.email.contains('@') => "guest",
                "the e-mail address is invalid", "Wiki.js requires both";
        }
    }
}

/// A page, by its id or its path.
///
/// Converts from integers, [`PageId`]s, texts and [`PagePath`]s.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommentedPage {
    /// A page id.
    Id(PageId),
    /// A path, within the locale of the request.
    Path(PagePath),
}

impl<T: Into<PagePath>> From<T> for CommentedPage {
    fn from(path: T) -> Self {
        Self::Path(path.into())
    }
}

/// Implements the conversions from ids.
macro_rules! from_ids {
    ($($id:ty),*) => {$(
        impl From<$id> for CommentedPage {
            fn from(id: $id) -> Self {
                Self::Id(id.into())
            }
        }
    )*};
}

from_ids!(PageId, &PageId, i64, i32, u32, i16, u16, i8, u8);

impl<T: Into<String>> From<T> for NewComment {
    fn from(content: T) -> Self {
        Self::new(content)
    }
}

/// Returns an error for a content that is too short. Wiki.js refuses it in a new comment (8003), but not in an update.
fn check_content(content: &str) -> Result<()> {
    refuse_if! {
        length(content) < MIN_LENGTH => "content",
            "it is shorter than two characters", "write at least two that are not white space";
    }?;
    no_nul("content", content)
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

id_of!(CommentId: Comment);
