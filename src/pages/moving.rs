//! Moving, converting, rendering and deleting pages, and maintenance of all pages.

use super::{Page, PageUpdate, Pages};
use crate::{
    api,
    call::{Call, request},
    error::{Error, Result},
    handle::{Handle, Write},
    response::{command, mutation, sending},
    text::{is_iso_duration, refuse_if},
    types::{Editor, Locale, PageId, PagePath},
    write::{Observation, Response},
};

impl Pages {
    /// Moves a page to another path, within its locale unless another is set, and returns it.
    ///
    /// The title is kept: Wiki.js replaces a title that equals the last segment of the path,
    /// and the client then restores it ([K32](crate::guide::known_issues#k32)). A page that is at the path already is
    /// not written. Wiki.js updates links to the page in the rendering of other pages, but not in their content.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let page = wiki.pages().move_to(123, "guides/install").await?;
    /// let french = wiki.pages().move_to(124, "guides/install").locale("fr").await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`], before anything is sent, for a path that no reader could reach
    /// ([`PagePath::check`]), and for a locale that is not installed. [`is_not_found`](Error::is_not_found) if there is
    /// no such page; [`is_conflict`](Error::is_conflict) if there is another at the path (6006);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:pages` for the old path and `write:pages` for the new one
    /// (6007).
    pub fn move_to(&self, id: impl Into<PageId>, path: impl Into<PagePath>) -> MovePage {
        MovePage::new(self.clone(), id.into(), path.into())
    }

    /// Converts a page's content for another editor and returns the page.
    ///
    /// Wiki.js converts between Markdown and HTML ([`Editor::Code`], [`Editor::CkEditor`]) only. It
    /// neither renders nor indexes the converted content: readers see the old rendering until the next update or
    /// [`render`](Self::render) ([K34](crate::guide::known_issues#k34)). A page that has the editor already is not
    /// written.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::Editor;
    ///
    /// let page = wiki.pages().convert(123, Editor::Code).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page;
    /// [`is_forbidden`](Error::is_forbidden) without `write:pages` for its path (6009);
    /// [`Error::Api`] if Wiki.js cannot convert from the one editor to the other.
    pub fn convert(&self, id: impl Into<PageId>, editor: impl Into<Editor>) -> Call<Page> {
        let (id, editor) = (id.into(), editor.into());
        self.mutate("PagesConvert", Ok(()), move |write| async move {
            let before = write.get(id).await?;
            if before.editor() == Some(&editor) {
                return Ok(before);
            }
            let observe = |_| async {
                let now = write.read_to_write(id).await?;
                Ok(if now.editor() == Some(&editor) {
                    Observation::Applied(now)
                } else if now.updated_at == before.updated_at {
                    Observation::Unchanged
                } else {
                    now.changed_by_others()
                })
            };
            let send = sending!(write, PagesConvert(id.to_argument()?, editor.as_str()));
            let target = write.target(format!("page {id}"));
            write.reconcile(target, send, observe).await
        })
    }

    /// Deletes a page and its comments. The API of Wiki.js cannot restore it, and the
    /// history of a deleted page cannot be read ([K31](crate::guide::known_issues#k31),
    /// [K35](crate::guide::known_issues#k35)).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// wiki.pages().delete(123).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `delete:pages` for its path (6010), and also
    /// with a page rule that is limited to locales, which Wiki.js cannot match here
    /// ([K33](crate::guide::known_issues#k33)).
    pub fn delete(&self, id: impl Into<PageId>) -> Call<()> {
        let id = id.into();
        let checked = id.check();
        self.mutate("PagesDelete", checked, move |write| async move {
            let send = sending!(write, PagesDelete(id) => Some(()));
            let exists = async |response| {
                let exists = write.get_opt(id).await?.is_some();
                if !exists && response == Some(Response::FinalError) {
                    write.repair_tree().await;
                }
                Ok(exists)
            };
            let target = write.target(format!("page {id}"));
            write.delete_object(target, send, exists).await
        })
    }

    /// Renders a page again. Wiki.js takes 1 to 2.5 s.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn render(&self, id: impl Into<PageId>) -> Call<()> {
        let id = id.into();
        command! { self, id.check(), PagesRender(id), format!("page {id}"), automatic() }
    }

    /// Removes the rendered pages from the wiki's cache. Wiki.js fills the cache again when pages are read.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn flush_cache(&self) -> Call<()> {
        command! { self, Ok(()), PagesFlushCache(), "the cache", automatic() }
    }

    /// Rebuilds the page tree. All of its entries get new ids. Every create, move and delete rebuilds the tree, too.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn rebuild_tree(&self) -> Call<()> {
        command! { self, Ok(()), PagesRebuildTree(), "the page tree", automatic() }
    }

    /// Moves all pages of one locale to another and returns the number of pages.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the two are the same locale, or one is not a locale;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn migrate_to_locale(
        &self,
        source: impl Into<Locale>,
        target: impl Into<Locale>,
    ) -> Call<u64> {
        let (source, target) = (source.into(), target.into());
        let is_same = refuse_if! {
            source == target => "target",
                format!("the pages are in `{source}` already"), "pass another locale";
        };
        let checked = source.check().and(target.check()).and(is_same);
        self.mutate("PagesMigrateToLocale", checked, |write| async move {
            let send = || async {
                let (source, target) = (source.as_str(), target.as_str());
                let migrated = mutation!(write, PagesMigrateToLocale(source, target));
                Ok(Some(migrated.count.unwrap_or_default()))
            };
            let target = write.target(format!("the pages of the locale `{source}`"));
            let count = write.send_unobserved(target, send).await?;
            Ok(u64::try_from(count).unwrap_or_default())
        })
    }

    /// Deletes the versions of all pages that are older than a duration of ISO 8601, such as `P6M`
    /// (six months) or `P1Y`. They cannot be restored.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for another form of duration or a negative one;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn purge_history(&self, older_than: &str) -> Call<()> {
        let checked = refuse_if! {
            !is_iso_duration(older_than) => "older_than",
                format!("`{older_than}` is not a duration of ISO 8601"), "write it as P6M, P1Y or P30D";
        };
        command! { self, checked, PagesPurgeHistory(older_than), "the history of all pages" }
    }
}

request! {
    /// A move of a page. Await it.
    MovePage(pages: Pages, id: PageId, path: PagePath) -> Page, run {
        locale: Option<Locale> = None;
    }

    /// Moves the page to this locale, which must be installed in the wiki. Default: the page's own locale.
    locale(locale: impl Into<Locale>) => locale = Some(locale.into());
}

impl Page {
    /// Returns `true` if Wiki.js has replaced the title when it moved the page: it replaces a title that equals the last
    /// segment of the path by that of the new path. Any other new title was set by somebody else.
    pub(super) fn has_lost_title(&self, before: &str) -> bool {
        self.title != before && self.title == self.path.last_segment()
    }
}

impl Pages {
    /// Restores the title that a moved page had before.
    pub(super) fn restore_title(&self, moved: Page, title: String) -> Call<Page> {
        self.mutate("PagesMove", Ok(()), move |write| async move {
            write.restore_title(moved, &title).await
        })
    }
}

impl MovePage {
    async fn run(self) -> Result<Page> {
        self.path.check()?;
        self.locale.iter().try_for_each(Locale::check)?;
        let (id, path, locale) = (self.id, self.path, self.locale);
        let work =
            move |write: Write<Pages>| async move { write.move_page(id, &path, locale).await };
        self.pages.mutate("PagesMove", Ok(()), work).await
    }
}

impl Write<Pages> {
    async fn move_page(&self, id: PageId, path: &PagePath, locale: Option<Locale>) -> Result<Page> {
        let before = &self.get(id).await?;
        let locale = locale.as_ref().unwrap_or(&before.locale);
        if before.is_at(path, locale) {
            return Ok(before.clone());
        }
        if before.locale != *locale {
            self.client.ensure_known_locale(locale).await?;
        }
        let observe = |response| async move {
            let now = self.get(id).await?;
            if now.is_at(&before.path, &before.locale) {
                return Ok(Observation::Unchanged);
            }
            if !now.is_at(path, locale) {
                return Ok(Observation::Foreign(format!(
                    "page {id} was moved to {} by somebody else",
                    now.path
                )));
            }
            if response == Response::FinalError {
                self.repair_tree().await;
            }
            Ok(Observation::Applied(now))
        };
        let variables = api::pages_move::Variables {
            id: id.to_argument()?,
            destination_path: path.to_string(),
            destination_locale: locale.to_string(),
        };
        let target = self.target(format!("page {id}"));
        let target = target.refused_if_executed(Error::is_conflict);
        let send = sending!(self, PagesMove, variables);
        match self.reconcile(target, send, observe).await {
            Ok(moved) if moved.has_lost_title(&before.title) => {
                self.restore_title(moved, &before.title).await
            }
            Ok(moved) => Ok(moved),
            Err(error) => Err(self.name_occupant(error, path, locale).await),
        }
    }

    async fn restore_title(&self, moved: Page, title: &str) -> Result<Page> {
        let restore = PageUpdate::new().title(title);
        match self.update_page(moved.id, &restore).await {
            Ok(restored) => Ok(restored),
            Err(source) => {
                let done = format!("page {} is moved to {}", moved.id, moved.path);
                let missing = "Wiki.js replaced its title, which could not be restored";
                let wanted = restore.apply(&moved);
                let failed = self.fail_after("PagesMove", done, missing, &wanted, source);
                Err(failed.await)
            }
        }
    }

    /// Rebuilds the page tree after a write that failed before Wiki.js updated the tree. This requires `manage:system`;
    /// without it, the tree is outdated until the next create, move or delete by anybody.
    pub(super) async fn repair_tree(&self) {
        let rebuild = sending!(self, PagesRebuildTree() => ());
        if let Err(error) = rebuild().await {
            tracing::warn!(%error, "the page tree is out of date until the next create, move or delete");
        }
    }
}
