//! Maintenance of all pages, for administrators.

use super::Pages;
use crate::{
    call::Call,
    error::{Error, Result},
    handle::{Handle, Write},
    response::{mutation, sending, variables},
    text::refuse_if,
    types::{Locale, PageId},
    write::Repeat,
};

impl Pages {
    /// Renders a page again. Wiki.js takes 1 to 2.5 s.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn render(&self, id: impl Into<PageId>) -> Call<()> {
        let id = id.into();
        let checked = id.to_argument().map(drop);
        self.mutate("PagesRender", checked, move |write| async move {
            let target = write.target(format!("page {id}")).repeat(Repeat::Automatic);
            let send = sending!(write, PagesRender, pages.render(id.get()) => Some(()));
            write.send_unobserved(target, send).await
        })
    }

    /// Removes the rendered pages from the wiki's cache. Wiki.js fills the cache again when pages are read.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn flush_cache(&self) -> Call<()> {
        self.mutate("PagesFlushCache", Ok(()), |write| async move {
            let target = write.target("the cache").repeat(Repeat::Automatic);
            let send = sending!(write, PagesFlushCache, pages.flush_cache() => Some(()));
            write.send_unobserved(target, send).await
        })
    }

    /// Rebuilds the page tree. All of its entries get new ids. Every create, move and delete rebuilds the tree, too.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn rebuild_tree(&self) -> Call<()> {
        self.mutate("PagesRebuildTree", Ok(()), |write| async move {
            let target = write.target("the page tree").repeat(Repeat::Automatic);
            let send = sending!(write, PagesRebuildTree, pages.rebuild_tree() => Some(()));
            write.send_unobserved(target, send).await
        })
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
                let (source, target) = (source.to_string(), target.to_string());
                let variables = variables!(PagesMigrateToLocale(source, target));
                let migrated = mutation!(
                    write,
                    PagesMigrateToLocale,
                    pages.migrate_to_locale,
                    variables
                );
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
        let duration: Result<jiff::Span, _> = older_than.parse();
        let is_iso = older_than.starts_with('P') && duration.is_ok_and(|span| !span.is_negative());
        let checked = refuse_if! {
            !is_iso => "older_than",
                format!("`{older_than}` is not a duration of ISO 8601"), "write it as P6M, P1Y or P30D";
        };
        let older_than = older_than.to_owned();
        self.mutate("PagesPurgeHistory", checked, |write| async move {
            let send =
                sending!(write, PagesPurgeHistory, pages.purge_history(older_than) => Some(()));
            let target = write.target("the history of all pages");
            write.send_unobserved(target, send).await
        })
    }
}

impl Write<Pages> {
    /// Rebuilds the page tree after a write that failed before Wiki.js updated the tree. This requires `manage:system`;
    /// without it, the tree is outdated until the next create, move or delete by anybody.
    pub(super) async fn repair_tree(&self) {
        let rebuild = async {
            mutation!(self, PagesRebuildTree, pages.rebuild_tree());
            Ok::<_, Error>(())
        };
        if let Err(error) = rebuild.await {
            tracing::warn!(%error, "the page tree is out of date until the next create, move or delete");
        }
    }
}
