//! What administrators do with all pages at once.

use super::Pages;
use crate::{
    api,
    error::{Error, Result},
    outcome::mutation,
    transport::Turn,
    types::{Locale, PageId},
};

impl Pages {
    /// Renders a page anew. Takes Wiki.js 1 to 2.5 s.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn render(&self, id: impl Into<PageId>) -> Result<()> {
        let variables = api::pages_render::Variables {
            id: id.into().to_argument()?,
        };
        mutation!(self.client, PagesRender, pages.render, variables);
        Ok(())
    }

    /// Removes the rendered pages from the wiki's cache; they are put there again when they are read.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn flush_cache(&self) -> Result<()> {
        let variables = api::pages_flush_cache::Variables::new();
        mutation!(self.client, PagesFlushCache, pages.flush_cache, variables);
        Ok(())
    }

    /// Makes the page tree anew, which gives all of its entries new ids. Every create, move and
    /// delete does that too.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn rebuild_tree(&self) -> Result<()> {
        let pages = self.clone();
        let work = move |turn| async move { pages.rebuild_tree_in(&turn).await };
        self.client.write("PagesRebuildTree", work).await
    }

    /// Mends the page tree after a write that Wiki.js did not enter there. Only administrators may;
    /// for others the next create, move or delete of anybody does it.
    pub(super) async fn mend_tree(&self, turn: &Turn) {
        if let Err(error) = self.rebuild_tree_in(turn).await {
            tracing::warn!(%error, "the page tree waits for the next create, move or delete");
        }
    }

    async fn rebuild_tree_in(&self, turn: &Turn) -> Result<()> {
        let variables = api::pages_rebuild_tree::Variables::new();
        mutation!(
            self.client,
            turn,
            PagesRebuildTree,
            pages.rebuild_tree,
            variables
        );
        Ok(())
    }

    /// Moves all pages of one locale to another and says how many those were.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if both are the same locale or one is none;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn migrate_to_locale(
        &self,
        source: impl Into<Locale>,
        target: impl Into<Locale>,
    ) -> Result<u64> {
        let (source, target) = (source.into(), target.into());
        source.check()?;
        target.check()?;
        if source == target {
            return Err(Error::invalid(
                "target",
                format!("the pages are in `{source}` already"),
                "name another locale",
            ));
        }
        let variables = api::pages_migrate_to_locale::Variables {
            source_locale: source.into_string(),
            target_locale: target.into_string(),
        };
        let answer = mutation!(
            self.client,
            PagesMigrateToLocale,
            pages.migrate_to_locale,
            variables
        );
        Ok(u64::try_from(answer.count.unwrap_or_default()).unwrap_or_default())
    }

    /// Deletes the versions of all pages that are older than a duration of ISO 8601, such as `P6M`
    /// (six months) or `P1Y`. They cannot be brought back.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for another form of duration or a negative one;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn purge_history(&self, older_than: &str) -> Result<()> {
        let duration: Result<jiff::Span, _> = older_than.parse();
        let iso = older_than.starts_with('P') && duration.is_ok_and(|span| !span.is_negative());
        if !iso {
            return Err(Error::invalid(
                "older_than",
                format!("`{older_than}` is not a duration of ISO 8601"),
                "write it as P6M, P1Y or P30D",
            ));
        }
        let variables = api::pages_purge_history::Variables {
            older_than: older_than.to_owned(),
        };
        mutation!(
            self.client,
            PagesPurgeHistory,
            pages.purge_history,
            variables
        );
        Ok(())
    }
}
