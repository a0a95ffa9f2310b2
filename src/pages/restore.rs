//! Bringing back an earlier version of a page.

use super::{Page, Pages, create::read_back_failed};
use crate::{
    api,
    error::{Error, Incomplete, Result},
    outcome::mutation,
    settle::{Look, until_certain},
    transport::Turn,
    types::{PageId, VersionId},
};

impl Pages {
    /// Brings back the title, description, content, path and publication of an earlier version, and
    /// gives the page back.
    ///
    /// The history of Wiki.js holds neither tags nor scripts, and its restore wipes both (hazard 30):
    /// they are kept as they are now, which takes a second write where the page has any. A page that
    /// was moved since goes back to the path that it had; an editor that was converted since stays.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let versions = wiki.pages().history(123).limit(1).await?;
    /// if let Some(last) = versions.first() {
    ///     wiki.pages().restore(123, last.version_id).await?;
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page or version (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `write:pages` for its path (6011);
    /// [`Error::Incomplete`] if the version is back, but tags or scripts could not be kept.
    pub async fn restore(
        &self,
        id: impl Into<PageId>,
        version: impl Into<VersionId>,
    ) -> Result<Page> {
        let (id, version) = (id.into(), version.into());
        let pages = self.clone();
        let work = move |turn| async move { pages.restore_in(&turn, id, version).await };
        self.client.write("PagesRestore", work).await
    }

    async fn restore_in(&self, turn: &Turn, id: PageId, version: VersionId) -> Result<Page> {
        let before = self.read_to_write(id).await?;
        let look = |_| async {
            let now = self.read_to_write(id).await?;
            let changed = now.updated_at != before.updated_at;
            Ok(if changed {
                Look::Made(())
            } else {
                Look::NotMade
            })
        };
        until_certain(
            &self.client,
            "PagesRestore",
            || self.send_restore(turn, id, version),
            look,
        )
        .await?;
        let restored = self
            .read_to_write(id)
            .await
            .map_err(|error| read_back_failed(id, error))?;
        self.keep_what_history_lacks(turn, before, restored).await
    }

    async fn send_restore(&self, turn: &Turn, id: PageId, version: VersionId) -> Result<()> {
        let variables = api::pages_restore::Variables {
            page_id: id.to_argument()?,
            version_id: version.to_argument()?,
        };
        mutation!(self.client, turn, PagesRestore, pages.restore, variables);
        Ok(())
    }

    async fn keep_what_history_lacks(
        &self,
        turn: &Turn,
        before: Page,
        restored: Page,
    ) -> Result<Page> {
        let id = restored.id;
        let wanted = Page {
            tags: before.tags,
            script_css: before.script_css,
            script_js: before.script_js,
            ..restored.clone()
        };
        if wanted == restored {
            return Ok(restored);
        }
        let kept = async {
            self.write(turn, &restored, &wanted).await?;
            self.get(id).await
        };
        kept.await.map_err(|source| {
            Error::Incomplete(Box::new(Incomplete {
                done: format!("page {id} is restored"),
                missing: "its tags and scripts could not be kept".to_owned(),
                source,
            }))
        })
    }
}
