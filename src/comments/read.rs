//! Reads of comments.
//!
//! Reading the HTML of a comment requires `read:comments`. Its source requires `write:comments` or `manage:comments`,
//! and the addresses of its author require `manage:system`. One forbidden field nulls the whole comment. The
//! client therefore requests all fields first, and fewer if they are refused. It remembers a refusal for a
//! minute, until its next successful write, or until [`Client::check`](crate::Client::check).

use super::{Comment, CommentedPage, Comments};
use crate::{
    api,
    call::{Call, request},
    error::{Error, Result},
    response::query,
    slot::{DomainState, Expiring},
    text::no_nul,
    types::{CommentId, Locale, PageId},
};

/// The fields of comments that the caller may read, besides the HTML.
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

impl DomainState for Expiring<CommentVisibility> {
    fn forget_refusals(&self) {
        self.forget();
    }
}

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
                Ok(query!(client, CommentsGet, comments.single, variables).into())
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

    pub(super) async fn list_at(&self, path: &str, locale: &str) -> Result<Vec<Comment>> {
        let list = |CommentVisibility { source, addresses }| async move {
            let variables = api::comments_list::Variables {
                path: path.to_owned(),
                locale: locale.to_owned(),
                source,
                addresses,
            };
            let list = query!(self.client, CommentsList, comments.list, variables);
            Ok(list.into_iter().map(Comment::from).collect())
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
        let known = self.client.slot::<Expiring<CommentVisibility>>();
        let mut visibility = known.get().unwrap_or(CommentVisibility::ALL);
        loop {
            let error = match read(visibility).await {
                Ok(found) => return Ok(found),
                Err(error) => error,
            };
            match visibility.reduced() {
                Some(reduced) if error.is_forbidden_field() => visibility = reduced,
                _ => return Err(error),
            }
            known.set(visibility);
        }
    }

    /// Returns the path and the locale of a page.
    pub(super) async fn location_of(&self, id: PageId) -> Result<(String, String)> {
        let id = id.to_argument()?;
        let variables = api::comments_page::Variables { id };
        let page = query!(self.client, CommentsPage, pages.single, variables);
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
