//! Reading comments.
//!
//! `read:comments` shows a comment as HTML; its source needs `write:comments` or `manage:comments`, its
//! author's addresses need `manage:system`, and one forbidden field nulls the whole comment. So it is
//! asked for whole first, and for less if that is refused. The client remembers which it was, until
//! [`Client::check`](crate::Client::check).

use std::{
    future::IntoFuture,
    sync::atomic::{AtomicU8, Ordering},
};

use futures::{FutureExt, future::BoxFuture};

use super::{Comment, Comments};
use crate::{
    api,
    error::{Error, Result},
    outcome::query,
    types::{CommentId, Locale, PagePath},
};

/// How much of a comment is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Everything,
    Source,
    Rendering,
}

impl Sight {
    fn less(self) -> Option<Self> {
        match self {
            Self::Everything => Some(Self::Source),
            Self::Source => Some(Self::Rendering),
            Self::Rendering => None,
        }
    }
}

/// How much of a comment the caller was found to see.
#[derive(Debug, Default)]
pub(crate) struct LearntSight(AtomicU8);

impl LearntSight {
    pub(crate) fn forget(&self) {
        self.learn(Sight::Everything);
    }

    fn learn(&self, sight: Sight) {
        self.0.store(sight as u8, Ordering::Relaxed);
    }

    fn get(&self) -> Sight {
        match self.0.load(Ordering::Relaxed) {
            0 => Sight::Everything,
            1 => Sight::Source,
            _ => Sight::Rendering,
        }
    }
}

impl Comments {
    /// The comments on the page at this path, the oldest first, in the client's default locale unless
    /// another is named.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let comments = wiki.comments().list("docs/install").await?;
    /// let french = wiki.comments().list("docs/install").locale("fr").await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `read:comments` for the path (8006);
    /// [`is_not_found`](Error::is_not_found) if there is no such page. Wiki.js says of such a page that
    /// it has no comments: where there are none, the page is looked for, if the caller has `read:pages`
    /// and the wiki is not older than `singleByPath`; if not, the list is empty.
    pub fn list(&self, path: impl Into<PagePath>) -> ListComments {
        ListComments {
            comments: self.clone(),
            path: path.into(),
            locale: None,
        }
    }

    /// The comment with this id.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none (8005);
    /// [`is_forbidden`](Error::is_forbidden) without `read:comments` for its page (8006).
    pub async fn get(&self, id: impl Into<CommentId>) -> Result<Comment> {
        let id = id.into().to_argument()?;
        self.as_far_as_allowed(|sight| self.get_as(sight, id)).await
    }

    /// The comment with this id, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), but for a missing comment.
    pub async fn get_opt(&self, id: impl Into<CommentId>) -> Result<Option<Comment>> {
        match self.get(id).await {
            Ok(comment) => Ok(Some(comment)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn list_at(&self, path: &str, locale: &str) -> Result<Vec<Comment>> {
        self.as_far_as_allowed(|sight| self.list_as(sight, path, locale))
            .await
    }

    async fn as_far_as_allowed<T, Asked>(&self, ask: impl Fn(Sight) -> Asked) -> Result<T>
    where
        Asked: Future<Output = Result<T>>,
    {
        let learnt = &self.client.inner().comment_sight;
        let mut sight = learnt.get();
        loop {
            let error = match ask(sight).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match sight.less() {
                Some(less) if error.is_of_a_field() => sight = less,
                _ => return Err(error),
            }
            learnt.learn(sight);
        }
    }

    async fn list_as(&self, sight: Sight, path: &str, locale: &str) -> Result<Vec<Comment>> {
        let (path, locale) = (path.to_owned(), locale.to_owned());
        let client = &self.client;
        Ok(match sight {
            Sight::Everything => {
                let variables = api::comments_list::Variables { path, locale };
                let list = query!(client, CommentsList, comments.list!, variables);
                list.into_iter().flatten().map(Comment::from).collect()
            }
            Sight::Source => {
                let variables = api::comments_list_sources::Variables { path, locale };
                let list = query!(client, CommentsListSources, comments.list!, variables);
                list.into_iter().flatten().map(Comment::from).collect()
            }
            Sight::Rendering => {
                let variables = api::comments_list_readable::Variables { path, locale };
                let list = query!(client, CommentsListReadable, comments.list!, variables);
                list.into_iter().flatten().map(Comment::from).collect()
            }
        })
    }

    async fn get_as(&self, sight: Sight, id: i64) -> Result<Comment> {
        let client = &self.client;
        Ok(match sight {
            Sight::Everything => {
                let variables = api::comments_get::Variables { id };
                query!(client, CommentsGet, comments.single, variables).into()
            }
            Sight::Source => {
                let variables = api::comments_get_source::Variables { id };
                query!(client, CommentsGetSource, comments.single, variables).into()
            }
            Sight::Rendering => {
                let variables = api::comments_get_readable::Variables { id };
                query!(client, CommentsGetReadable, comments.single, variables).into()
            }
        })
    }

    /// Fails if there is no page at a path, as far as the caller may know.
    async fn check_page(&self, path: &PagePath, locale: &Locale) -> Result<()> {
        let variables = api::pages_get_id_by_path::Variables {
            path: path.to_string(),
            locale: locale.to_string(),
        };
        let found = self
            .client
            .execute::<api::PagesGetIdByPath>(variables)
            .await;
        match found {
            Err(error) if error.is_not_found() => Err(Error::NotFound {
                operation: "CommentsList",
                what: format!("there is no page at `{path}` in the locale `{locale}`"),
            }),
            Err(error) if !error.is_forbidden() && !error.is_unsupported() => Err(error),
            _ => Ok(()),
        }
    }
}

/// The comments on a page. Await it.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct ListComments {
    comments: Comments,
    path: PagePath,
    locale: Option<Locale>,
}

impl ListComments {
    /// Of the page in this locale instead of the client's default.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    async fn run(self) -> Result<Vec<Comment>> {
        let Self {
            comments,
            path,
            locale,
        } = self;
        let locale = locale.unwrap_or_else(|| comments.client.default_locale().clone());
        crate::text::no_nul("path", path.as_str())?;
        let found = comments.list_at(path.as_str(), locale.as_str()).await?;
        if found.is_empty() {
            comments.check_page(&path, &locale).await?;
        }
        Ok(found)
    }
}

impl IntoFuture for ListComments {
    type Output = Result<Vec<Comment>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}
