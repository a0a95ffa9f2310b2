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

mod write;

use serde::{Deserialize, Serialize};

pub use self::write::CreateComment;
use crate::{
    api::{self, fragments::VisibleComment},
    call::{Call, request, setters},
    client::Observed,
    error::{Error, Result},
    handle::handle,
    response::{models, query},
    text::{check_short, js_trim, no_nul, refuse_if},
    types::{CommentId, Locale, PageId, PagePath, Timestamp, UserId, converted, id_of},
};

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
        self.reply_to.map_or(Ok(()), CommentId::check)?;
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

/// The fields of comments that the caller may read, besides the HTML.
///
/// Reading the HTML of a comment requires `read:comments`. Its source requires `write:comments` or `manage:comments`,
/// and the addresses of its author require `manage:system`. One forbidden field nulls the whole comment. The
/// client therefore requests all fields first, and fewer if they are refused. It remembers a refusal for a
/// minute, until its next successful write, or until [`Client::check`](crate::Client::check).
#[derive(Debug, Clone, Copy)]
struct CommentVisibility {
    source: bool,
    addresses: bool,
}

impl CommentVisibility {
    const ALL: Self = Self {
        source: true,
        addresses: true,
    };

    /// Returns the selection to request after this one was refused.
    fn reduced(self) -> Option<Self> {
        let Self { source, addresses } = self;
        source.then_some(Self {
            source: addresses,
            addresses: false,
        })
    }
}

impl Observed for CommentVisibility {}

impl Comments {
    /// Lists the comments on a page, the oldest first.
    ///
    /// A path is in the client's default locale unless [`locale`](ListComments::locale) sets another one.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let comments = wiki.comments().list("docs/install").await?;
    /// let french = wiki.comments().list("docs/install").locale("fr").await?;
    /// let by_id = wiki.comments().list(12).await?;
    /// # });
    /// ```
    pub fn list(&self, page: impl Into<CommentedPage>) -> ListComments {
        ListComments::new(self.clone(), page.into())
    }

    /// Returns the comment with this id.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none (8005);
    /// [`is_forbidden`](Error::is_forbidden) without `read:comments` for its page (8006).
    pub fn get(&self, id: impl Into<CommentId>) -> Call<Comment> {
        let id = id.into();
        Call::on(self, move |comments| async move {
            let id = id.to_argument()?;
            let client = &comments.client;
            let get = |CommentVisibility { source, addresses }| async move {
                let variables = api::comments_get::Variables {
                    id,
                    source,
                    addresses,
                };
                Ok(query!(client, CommentsGet, variables).into())
            };
            comments.as_far_as_visible(get).await
        })
    }

    /// Returns the comment with this id, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), except for a missing comment.
    pub fn get_opt(&self, id: impl Into<CommentId>) -> Call<Option<Comment>> {
        self.get(id).found()
    }

    async fn list_at(&self, path: &str, locale: &str) -> Result<Vec<Comment>> {
        let list = |CommentVisibility { source, addresses }| async move {
            let variables = api::comments_list::Variables {
                path: path.to_owned(),
                locale: locale.to_owned(),
                source,
                addresses,
            };
            Ok(converted(query!(self.client, CommentsList, variables)))
        };
        self.as_far_as_visible(list).await
    }

    async fn as_far_as_visible<T, Reading>(
        &self,
        read: impl Fn(CommentVisibility) -> Reading,
    ) -> Result<T>
    where
        Reading: Future<Output = Result<T>>,
    {
        let observations = self.client.observations();
        let mut visibility = observations.get().unwrap_or(CommentVisibility::ALL);
        loop {
            match (read(visibility).await, visibility.reduced()) {
                (Err(error), Some(reduced)) if error.is_forbidden_field() => visibility = reduced,
                (result, _) => return result,
            }
            observations.set(Some(visibility));
        }
    }

    /// Returns the path and the locale of a page.
    async fn location_of(&self, id: PageId) -> Result<(String, String)> {
        let id = id.to_argument()?;
        let variables = api::comments_page::Variables { id };
        let page = query!(self.client, CommentsPage, variables);
        Ok((page.path, page.locale))
    }
}

request! {
    /// Request builder for the comments on a page, returned by [`Comments::list`]. Await it.
    ///
    /// # Errors
    ///
    /// - [`is_forbidden`](Error::is_forbidden) without `read:comments` for the path (8006). By page id, also
    ///   without `manage:pages` or `delete:pages`.
    /// - [`is_not_found`](Error::is_not_found) if there is no such page. Wiki.js returns no comments for a path
    ///   without a page. For an empty list, the client therefore checks that the page exists, if the caller has
    ///   `read:pages` and the wiki has `pages.singleByPath` (since 2.5.296). Otherwise, the list is empty.
    ListComments(comments: Comments, page: CommentedPage) -> Vec<Comment>, run {
        locale: Option<Locale> = None;
    }

    /// Sets the locale of the path. Default: the client's default locale.
    locale(locale: impl Into<Locale>) => locale = Some(locale.into());
}

impl ListComments {
    async fn run(self) -> Result<Vec<Comment>> {
        let comments = &self.comments;
        let path = match &self.page {
            CommentedPage::Id(id) => {
                let (path, locale) = comments.location_of(*id).await?;
                return comments.list_at(&path, &locale).await;
            }
            CommentedPage::Path(path) => path,
        };
        no_nul("path", path.as_str())?;
        let locale = comments.client.locale_or_default(self.locale).await?;
        let found = comments.list_at(path.as_str(), locale.as_str()).await?;
        if !found.is_empty() {
            return Ok(found);
        }
        let pages = comments.client.pages();
        match pages.id_at(path.as_str(), locale.as_str()).await {
            Ok(None) => Err(Error::not_found(
                "CommentsList",
                format_args!("{path} (locale {locale})"),
            )),
            Err(error) if !error.is_forbidden() && !error.is_unsupported() => Err(error),
            _ => Ok(found),
        }
    }
}
