//! Maintenance of all pages, for administrators.

use super::Pages;
use crate::{
    api,
    call::Call,
    error::{Error, Result},
    handle::Write,
    response::{mutation, write_unobserved},
    text::refuse_if,
    types::{Locale, PageId},
    write::{Repeat, Target},
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
        Call::on(self, move |pages| async move {
            let variables = api::pages_render::Variables {
                id: id.to_argument()?,
            };
            let target = Target::new("PagesRender", format!("page {id}")).repeat(Repeat::Automatic);
            write_unobserved!(pages.client, target, PagesRender, pages.render, variables);
            Ok(())
        })
    }

    /// Removes the rendered pages from the wiki's cache. Wiki.js fills the cache again when pages are read.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn flush_cache(&self) -> Call<()> {
        Call::on(self, |Self { client }| async move {
            let target = Target::new("PagesFlushCache", "the cache").repeat(Repeat::Automatic);
            write_unobserved!(client, target, PagesFlushCache, pages.flush_cache);
            Ok(())
        })
    }

    /// Rebuilds the page tree. All of its entries get new ids. Every create, move and delete rebuilds the tree, too.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn rebuild_tree(&self) -> Call<()> {
        Call::on(self, |Self { client }| async move {
            let target = Target::new("PagesRebuildTree", "the page tree").repeat(Repeat::Automatic);
            write_unobserved!(client, target, PagesRebuildTree, pages.rebuild_tree);
            Ok(())
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
        Call::on(self, |Self { client }| async move {
            source.check()?;
            target.check()?;
            refuse_if! {
                source == target => "target",
                    format!("the pages are in `{source}` already"), "pass another locale";
            }?;
            let variables = api::pages_migrate_to_locale::Variables {
                source_locale: source.to_string(),
                target_locale: target.into_string(),
            };
            let object = format!("the pages of the locale `{source}`");
            let target = Target::new("PagesMigrateToLocale", object);
            let response = write_unobserved!(
                client,
                target,
                PagesMigrateToLocale,
                pages.migrate_to_locale,
                variables
            );
            Ok(u64::try_from(response.count.unwrap_or_default()).unwrap_or_default())
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
        let older_than = older_than.to_owned();
        Call::on(self, |Self { client }| async move {
            let duration: Result<jiff::Span, _> = older_than.parse();
            let is_iso =
                older_than.starts_with('P') && duration.is_ok_and(|span| !span.is_negative());
            refuse_if! {
                !is_iso => "older_than",
                    format!("`{older_than}` is not a duration of ISO 8601"), "write it as P6M, P1Y or P30D";
            }?;
            let variables = api::pages_purge_history::Variables { older_than };
            let target = Target::new("PagesPurgeHistory", "the history of all pages");
            write_unobserved!(
                client,
                target,
                PagesPurgeHistory,
                pages.purge_history,
                variables
            );
            Ok(())
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
