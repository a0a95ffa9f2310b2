//! The earlier states of a page.

use std::future::IntoFuture;

use futures::{FutureExt, Stream, StreamExt, TryStreamExt, future::BoxFuture, stream};
use serde::{Deserialize, Serialize};

use super::Pages;
use crate::{
    api::{self, pages_history::PagesHistoryPagesHistoryTrail},
    error::{Error, Result},
    outcome::query,
    types::{Editor, Locale, PageId, PagePath, Timestamp, UserId, VersionId},
};

/// How many entries Wiki.js is asked for at once; it is its own default.
const ENTRIES_AT_ONCE: usize = 100;

/// An entry of a page's history: what the page was before a write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// `versionId`, for [`Pages::version`] and [`Pages::restore`].
    pub version_id: VersionId,
    /// `versionDate`: since when the page was like this.
    pub version_date: Timestamp,
    /// `authorId`.
    pub author_id: UserId,
    /// `authorName`.
    pub author_name: String,
    /// `actionType`.
    pub action: HistoryAction,
}

/// How a page came to be as an entry of its history shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum HistoryAction {
    /// It was made.
    Initial,
    /// It was changed.
    Edit,
    /// It was moved.
    Move {
        /// `valueBefore`: the path that it had.
        from: PagePath,
        /// `valueAfter`: the path that it got.
        to: PagePath,
    },
    /// Something that this version of the library does not know.
    Other(String),
}

/// A page as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageVersion {
    /// `versionId`.
    pub version_id: VersionId,
    /// `pageId`.
    pub page_id: PageId,
    /// `versionDate`: since when the page was like this.
    pub version_date: Timestamp,
    /// `action`: what ended this state, such as `updated`.
    pub action: String,
    /// `path`.
    pub path: PagePath,
    /// `locale`.
    pub locale: Locale,
    /// `title`.
    pub title: String,
    /// `description`.
    pub description: String,
    /// `content`.
    pub content: String,
    /// `contentType`.
    pub content_type: String,
    /// `editor`.
    pub editor: Editor,
    /// `isPublished`.
    pub is_published: bool,
    /// `isPrivate`.
    pub is_private: bool,
    /// `publishStartDate`.
    pub publish_start: Option<Timestamp>,
    /// `publishEndDate`.
    pub publish_end: Option<Timestamp>,
    /// `authorId`; `None` should it not be a number, as Wiki.js declares it as text.
    pub author_id: Option<UserId>,
    /// `authorName`.
    pub author_name: String,
    /// `createdAt`: when the entry was written.
    pub created_at: Timestamp,
}

impl Pages {
    /// The earlier states of a page, newest first; a page that was never changed has none.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// for entry in wiki.pages().history(123).limit(10).await? {
    ///     println!("{} {} {:?}", entry.version_date, entry.author_name, entry.action);
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn history(&self, id: impl Into<PageId>) -> ListHistory {
        ListHistory {
            pages: self.clone(),
            id: id.into(),
            limit: None,
            offset: 0,
        }
    }

    /// A page as it was, with its content. The history of Wiki.js holds no tags and no scripts.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page or it has no such version;
    /// [`is_forbidden`](Error::is_forbidden) without `read:history` (6012).
    pub async fn version(
        &self,
        id: impl Into<PageId>,
        version: impl Into<VersionId>,
    ) -> Result<PageVersion> {
        let (id, version) = (id.into(), version.into());
        let variables = api::pages_version::Variables {
            page_id: id.to_argument()?,
            version_id: version.to_argument()?,
        };
        // A version that does not exist is null without an error.
        query!(self.client, PagesVersion, pages.version!, variables)
            .map(PageVersion::from)
            .ok_or_else(|| Error::NotFound {
                operation: "PagesVersion",
                what: format!("page {id} has no version {version}"),
            })
    }
}

impl From<api::pages_version::PagesVersionPagesVersion> for PageVersion {
    fn from(version: api::pages_version::PagesVersionPagesVersion) -> Self {
        Self {
            version_id: version.version_id.into(),
            page_id: version.page_id.into(),
            version_date: version.version_date,
            action: version.action,
            path: PagePath::verbatim(version.path),
            locale: version.locale.into(),
            title: version.title,
            description: version.description,
            content: version.content,
            content_type: version.content_type,
            editor: version.editor.into(),
            is_published: version.is_published,
            is_private: version.is_private,
            publish_start: version.publish_start_date.or_none(),
            publish_end: version.publish_end_date.or_none(),
            author_id: version.author_id.parse().ok(),
            author_name: version.author_name,
            created_at: version.created_at,
        }
    }
}

impl HistoryEntry {
    /// `is_first` says whether it is the page's oldest entry: Wiki.js takes it for a move where it
    /// is the last of a full page of the history.
    fn new(entry: PagesHistoryPagesHistoryTrail, is_first: bool) -> Self {
        let path = |value: Option<String>| PagePath::verbatim(value.unwrap_or_default());
        let action = match entry.action_type.as_str() {
            _ if is_first => HistoryAction::Initial,
            "initial" => HistoryAction::Initial,
            "edit" => HistoryAction::Edit,
            "move" => HistoryAction::Move {
                from: path(entry.value_before),
                to: path(entry.value_after),
            },
            _ => HistoryAction::Other(entry.action_type),
        };
        Self {
            version_id: entry.version_id.into(),
            version_date: entry.version_date,
            author_id: entry.author_id.into(),
            author_name: entry.author_name,
            action,
        }
    }
}

/// The history of a page. Await it, or take it as a stream or by pages.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct ListHistory {
    pages: Pages,
    id: PageId,
    limit: Option<usize>,
    offset: usize,
}

impl ListHistory {
    /// At most this many entries.
    pub fn limit(mut self, entries: usize) -> Self {
        self.limit = Some(entries);
        self
    }

    /// Without the newest entries, this many.
    pub fn offset(mut self, entries: usize) -> Self {
        self.offset = entries;
        self
    }

    /// One entry after another. Wiki.js pages the history (`offsetPage`, `offsetSize`): it is asked
    /// for 100 entries at once, and for the next only when they are wanted.
    pub fn stream(self) -> impl Stream<Item = Result<HistoryEntry>> + Send + Unpin {
        let size = self
            .limit
            .unwrap_or(ENTRIES_AT_ONCE)
            .clamp(1, ENTRIES_AT_ONCE);
        let limit = self.limit.unwrap_or(usize::MAX);
        self.chunks(size)
            .map_ok(|entries| stream::iter(entries.into_iter().map(Ok)))
            .try_flatten()
            .take(limit)
            .boxed()
    }

    /// Vectors of this many entries, the last perhaps of fewer.
    pub fn by_page(
        self,
        size: usize,
    ) -> impl Stream<Item = Result<Vec<HistoryEntry>>> + Send + Unpin {
        super::list::in_pages(self.stream(), size)
    }

    /// What the wiki sends at once, from the offset on.
    fn chunks(self, size: usize) -> impl Stream<Item = Result<Vec<HistoryEntry>>> + Send {
        let first = (self.offset / size, self.offset % size);
        stream::try_unfold(Some(first), move |next| {
            let (pages, id) = (self.pages.clone(), self.id);
            async move {
                let Some((page, skip)) = next else {
                    return Ok(None);
                };
                let (mut entries, total) = pages.history_page(id, page, size).await?;
                let is_last = (page + 1) * size >= total || entries.is_empty();
                let wanted = entries.split_off(skip.min(entries.len()));
                Ok(Some((wanted, (!is_last).then_some((page + 1, 0)))))
            }
        })
    }

    async fn run(self) -> Result<Vec<HistoryEntry>> {
        if self.limit == Some(0) {
            return Ok(Vec::new());
        }
        self.stream().try_collect().await
    }
}

impl Pages {
    /// One page of the history, and how many entries there are in all.
    async fn history_page(
        &self,
        id: PageId,
        page: usize,
        size: usize,
    ) -> Result<(Vec<HistoryEntry>, usize)> {
        let as_int = |number: usize| {
            i64::try_from(number)
                .unwrap_or(i64::MAX)
                .min(i32::MAX.into())
        };
        let variables = api::pages_history::Variables {
            offset_page: as_int(page).into(),
            offset_size: as_int(size).into(),
            ..api::pages_history::Variables::new(id.to_argument()?)
        };
        let history = query!(self.client, PagesHistory, pages.history, variables);
        let total = usize::try_from(history.total).unwrap_or_default();
        let entries = history.trail.into_iter().flatten().flatten().enumerate();
        let entries = entries
            .map(|(index, entry)| HistoryEntry::new(entry, page * size + index + 1 == total))
            .collect();
        Ok((entries, total))
    }
}

impl IntoFuture for ListHistory {
    type Output = Result<Vec<HistoryEntry>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}
