//! Earlier versions of pages: the history, and restoring from it.

use futures::{Stream, StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{Page, Pages, update::check_scripts};
use crate::{
    api::{self, pages_history::PagesHistoryPagesHistoryTrail},
    call::{Call, elements, none_if, request},
    error::{Error, ErrorCode, PartiallyApplied, Result},
    handle::{Handle, Write},
    response::{models, query, sending},
    text::js_trim,
    types::{Editor, Locale, PageId, PagePath, Timestamp, UserId, VersionId},
    write::{Observation, Response, partially_applied},
};

/// Number of entries per request, which is the default of Wiki.js.
const ENTRIES_PER_REQUEST: usize = 100;

const RESTORE: &str = "PagesRestore";

const NOT_KEPT: &str = "its tags and scripts could not be kept";

/// The write that led to the state of a [`HistoryEntry`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HistoryAction {
    /// The page was created.
    Initial,
    /// The page was changed.
    Edit,
    /// The page was moved.
    Move {
        /// `valueBefore`: the old path.
        #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
        from: PagePath,
        /// `valueAfter`: the new path.
        #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
        to: PagePath,
    },
    /// An action that this version of the library does not know.
    Other(String),
}

models! {
    /// An entry of a page's history: the state of the page before a write.
    HistoryEntry from PagesHistoryPagesHistoryTrail as entry {
        /// `versionId`, for [`Pages::version`] and [`Pages::restore`].
        pub version_id: VersionId,
        /// `versionDate`: the time since which the page had this state.
        pub version_date: Timestamp,
        /// `authorId`.
        pub author_id: UserId,
        /// `authorName`.
        pub author_name: String,
        /// `actionType`.
        pub action: HistoryAction =
            HistoryAction::new(entry.action_type, entry.value_before, entry.value_after),
    }

    /// An earlier version of a page, with its content.
    PageVersion from api::pages_version::PagesVersionPagesVersion as version {
        /// `versionId`.
        pub version_id: VersionId,
        /// `pageId`.
        pub page_id: PageId,
        /// `versionDate`: the time since which the page had this state.
        pub version_date: Timestamp,
        /// `action`: the write that ended this state, such as `updated`.
        pub action: String,
        /// `path`.
        #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
        pub path: PagePath = PagePath::verbatim(version.path),
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
        pub publish_start: Option<Timestamp> = version.publish_start_date.or_none(),
        /// `publishEndDate`.
        pub publish_end: Option<Timestamp> = version.publish_end_date.or_none(),
        /// `authorId`, which Wiki.js declares as text; `None` if it is not a number.
        pub author_id: Option<UserId> = version.author_id.parse().ok(),
        /// `authorName`.
        pub author_name: String,
        /// `createdAt`: the time at which the entry was written.
        pub created_at: Timestamp,
    }
}

impl Pages {
    /// Lists the earlier states of a page, newest first. A page that was never changed has none.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// for entry in wiki.pages().history(123).limit(10).await? {
    ///     println!("{} {} {:?}", entry.version_date, entry.author_name, entry.action);
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page;
    /// [`is_forbidden`](Error::is_forbidden) without `read:history` (6012).
    pub fn history(&self, id: impl Into<PageId>) -> ListHistory {
        ListHistory::new(self.clone(), id.into())
    }

    /// Returns an earlier version of a page, with its content. The history of Wiki.js has no tags and no scripts.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page or it has no such version;
    /// [`is_forbidden`](Error::is_forbidden) without `read:history` (6012).
    pub fn version(
        &self,
        id: impl Into<PageId>,
        version: impl Into<VersionId>,
    ) -> Call<PageVersion> {
        let (id, version) = (id.into(), version.into());
        Call::on(self, move |pages| async move {
            let (client, page, earlier) =
                (&pages.client, id.to_argument()?, version.to_argument()?);
            let object = format!("version {version} of page {id}");
            let version = query!(client, PagesVersion(page, earlier), "{object}");
            // A version that does not exist is null without an error.
            let missing = || Error::not_found("PagesVersion", object);
            version.map(PageVersion::from).ok_or_else(missing)
        })
    }

    /// Restores title, description, content, path and publication of an earlier version, and
    /// returns the page.
    ///
    /// The history of Wiki.js has neither tags nor scripts, and restoring a version clears both
    /// ([K30](crate::guide::known_issues#k30)). The client keeps their current values, which takes a second write if
    /// the page has any. A page that was moved since then moves back to its old path. The editor is not restored if the
    /// page was converted since then.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let versions = wiki.pages().history(123).limit(1).await?;
    /// if let Some(last) = versions.first() {
    ///     wiki.pages().restore(123, last.version_id).await?;
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page or version (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `write:pages` for its path (6011);
    /// [`Error::PartiallyApplied`] if the version is restored, but the page could not be moved back to its old path,
    /// because another page is there (6006) or the caller may not write there (6007), or tags or scripts could not be
    /// kept.
    pub fn restore(&self, id: impl Into<PageId>, version: impl Into<VersionId>) -> Call<Page> {
        let (id, version) = (id.into(), version.into());
        self.mutate(RESTORE, Ok(()), move |write| async move {
            let before = &write.read_to_write(id).await?;
            // Without `read:history` the restored page cannot be compared with the version.
            let earlier = none_if(write.version(id, version).await, Error::is_forbidden)?;
            let (write, earlier) = (&write, earlier.as_ref());
            let observe = |response| async move {
                let now = write.read_to_write(id).await?;
                Ok(match earlier {
                    _ if now.updated_at == before.updated_at => Observation::Unchanged,
                    None if response == Response::Success => Observation::Applied(now),
                    None => Observation::Hidden,
                    Some(earlier) if !is_restored(&now, earlier, before) => now.changed_by_others(),
                    Some(earlier) if now.is_at(&earlier.path, &earlier.locale) => {
                        Observation::Applied(now)
                    }
                    Some(earlier) if now.is_at(&before.path, &before.locale) => {
                        Observation::Partial {
                            done: format!("page {id} has the content of version {version}"),
                            missing: format!("it was not moved back to {}", earlier.path),
                        }
                    }
                    Some(_) => now.changed_by_others(),
                })
            };
            let (page, number) = (id.to_argument()?, version.to_argument()?);
            let send = sending!(write, PagesRestore(page, number));
            let target = write.target(format!("page {id}"));
            let failure = match write.reconcile(target, send, observe).await {
                Ok(restored) => return write.keep(before, earlier, restored).await,
                Err(Error::PartiallyApplied(failure)) => *failure,
                // Only a restored page is moved.
                Err(Error::Unconfirmed(failure))
                    if earlier.is_none() && is_of_move(&failure.source) =>
                {
                    PartiallyApplied {
                        operation: RESTORE,
                        done: format!("page {id} has the content of version {version}"),
                        missing: "it was not moved back to its old path".to_owned(),
                        source: Some(failure.source),
                    }
                }
                Err(error) => return Err(error),
            };
            let kept = match write.read_to_write(id).await {
                Ok(restored) => write.keep(before, earlier, restored).await,
                Err(error) => Err(error),
            };
            let missing = match kept {
                Ok(_) => failure.missing,
                Err(Error::PartiallyApplied(kept)) => {
                    format!("{}, and {}", failure.missing, kept.missing)
                }
                Err(_) => format!("{}, and {NOT_KEPT}", failure.missing),
            };
            Err(partially_applied(
                RESTORE,
                failure.done,
                missing,
                failure.source,
            ))
        })
    }
}

impl Write<Pages> {
    /// Writes what restoring a version changes but should not: tags and scripts, which the history lacks, and a title that
    /// the move back to the old path has replaced (K32).
    async fn keep(
        &self,
        before: &Page,
        earlier: Option<&PageVersion>,
        restored: Page,
    ) -> Result<Page> {
        let replaced = earlier.filter(|earlier| !is_same(&earlier.title, &restored.title));
        let wanted = Page {
            title: replaced
                .map_or(&restored.title, |earlier| &earlier.title)
                .clone(),
            tags: before.tags.clone(),
            script_css: before.script_css.clone(),
            script_js: before.script_js.clone(),
            ..restored.clone()
        };
        if wanted == restored {
            return Ok(restored);
        }
        let kept = self.write_page(&restored, &wanted).await;
        let kept = kept.and_then(|stored| {
            check_scripts(restored.scripts().0, wanted.scripts(), &stored)?;
            Ok(stored)
        });
        match kept {
            Ok(stored) => Ok(stored),
            Err(source) => {
                let done = format!("page {} is restored", restored.id);
                Err(self
                    .fail_after(RESTORE, done, NOT_KEPT, &wanted, source)
                    .await)
            }
        }
    }
}

fn is_same(one: &str, other: &str) -> bool {
    js_trim(one) == js_trim(other)
}

/// Returns `true` if a page has the values of this version, perhaps at another path.
fn is_restored(page: &Page, version: &PageVersion, before: &Page) -> bool {
    let is_published = page.is_published();
    // The move to the old path replaces a title that equals the last segment of the path.
    let is_replaced =
        version.title == before.path.last_segment() && page.title == version.path.last_segment();
    (is_same(&page.title, &version.title) || is_replaced)
        && is_same(&page.description, &version.description)
        && is_same(&page.content, &version.content)
        && is_published.is_none_or(|is| is == version.is_published)
}

/// Returns `true` for an error of the move with which `pages.restore` ends. The fields of the page are then restored.
fn is_of_move(error: &Error) -> bool {
    let code = error.code();
    matches!(
        code,
        Some(ErrorCode::PageMoveForbidden | ErrorCode::PagePathCollision)
    )
}

impl HistoryAction {
    fn new(action: String, before: Option<String>, after: Option<String>) -> Self {
        let path = |value: Option<String>| PagePath::verbatim(value.unwrap_or_default());
        match action.as_str() {
            "initial" => Self::Initial,
            "edit" => Self::Edit,
            "move" => Self::Move {
                from: path(before),
                to: path(after),
            },
            _ => Self::Other(action),
        }
    }
}

request! {
    /// The history of a page. Await it, or read it as a stream.
    ListHistory(pages: Pages, id: PageId) -> Vec<HistoryEntry>, stream.try_collect {
        limit: Option<usize> = None;
        offset: usize = 0;
    }

    /// Limits the number of entries. Default: all.
    limit(entries: usize) => limit = Some(entries);

    /// Skips this many of the newest entries.
    offset(entries: usize) => offset = entries;
}

impl ListHistory {
    /// Returns a stream of the entries. A request (`offsetPage`, `offsetSize`) reads up to 100 entries. The next
    /// request is sent when they are consumed.
    ///
    /// # Errors
    ///
    /// As [`Pages::history`], in place of an entry.
    pub fn stream(self) -> impl Stream<Item = Result<HistoryEntry>> + Send + Unpin {
        let limit = self.limit.unwrap_or(usize::MAX);
        let size = limit.clamp(1, ENTRIES_PER_REQUEST);
        elements(self.requests(size)).take(limit)
    }

    /// Returns a stream of vectors of `size` entries; the last one may have fewer.
    ///
    /// # Errors
    ///
    /// As [`Pages::history`], in place of a vector; [`Error::InvalidInput`] for a size of 0.
    pub fn by_page(
        self,
        size: usize,
    ) -> impl Stream<Item = Result<Vec<HistoryEntry>>> + Send + Unpin {
        super::list::in_pages(self.stream(), size)
    }

    /// Returns a stream with the entries of one request per item, starting at the offset.
    fn requests(self, size: usize) -> impl Stream<Item = Result<Vec<HistoryEntry>>> + Send {
        let first = (self.offset / size, self.offset % size);
        stream::try_unfold((self, Some(first)), move |(list, next)| async move {
            let Some((page, skip)) = next else {
                return Ok(None);
            };
            let (mut entries, total) = list.request(page, size).await?;
            let is_last = (page + 1) * size >= total || entries.is_empty();
            let wanted = entries.split_off(skip.min(entries.len()));
            Ok(Some((wanted, (list, (!is_last).then_some((page + 1, 0))))))
        })
    }

    /// Returns one page of the history and the total number of entries.
    async fn request(&self, page: usize, size: usize) -> Result<(Vec<HistoryEntry>, usize)> {
        let id = self.id;
        let as_int = |number: usize| i64::from(i32::try_from(number).unwrap_or(i32::MAX));
        let variables = api::pages_history::Variables {
            offset_page: as_int(page).into(),
            offset_size: as_int(size).into(),
            ..api::pages_history::Variables::new(id.to_argument()?)
        };
        let client = &self.pages.client;
        let history = query!(client, PagesHistory, variables, "page {id}");
        let total = usize::try_from(history.total).unwrap_or_default();
        let mut entries: Vec<_> = history.trail.into_iter().map(HistoryEntry::from).collect();
        // Wiki.js reports the oldest entry of a page as a move if it is the last one of a full response.
        if page * size + entries.len() == total
            && let Some(oldest) = entries.last_mut()
        {
            oldest.action = HistoryAction::Initial;
        }
        Ok((entries, total))
    }
}
