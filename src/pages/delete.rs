//! Deleting pages.

use super::Pages;
use crate::{
    api,
    error::Result,
    outcome::mutation,
    settle::{Look, until_certain},
    transport::Turn,
    types::PageId,
};

impl Pages {
    /// Deletes a page, with its comments. Wiki.js keeps nothing that its API could bring back: the
    /// history of a deleted page cannot be read any more (hazards 31, 35).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// wiki.pages().delete(123).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) if there is no such page (6003);
    /// [`is_forbidden`](crate::Error::is_forbidden) without `delete:pages` for its path (6010), and also
    /// with a page rule that is limited to locales, which Wiki.js cannot match here (hazard 33).
    pub async fn delete(&self, id: impl Into<PageId>) -> Result<()> {
        let id = id.into();
        id.to_argument()?;
        let pages = self.clone();
        let work = move |turn| async move { pages.delete_in(&turn, id).await };
        self.client.write("PagesDelete", work).await
    }

    async fn delete_in(&self, turn: &Turn, id: PageId) -> Result<()> {
        let look = |is_over| async move {
            if self.get_opt(id).await?.is_some() {
                return Ok(Look::NotMade);
            }
            if is_over {
                self.mend_tree(turn).await;
            }
            Ok(Look::Made(()))
        };
        until_certain(
            &self.client,
            "PagesDelete",
            || self.send_delete(turn, id),
            look,
        )
        .await
    }

    async fn send_delete(&self, turn: &Turn, id: PageId) -> Result<()> {
        let variables = api::pages_delete::Variables {
            id: id.to_argument()?,
        };
        mutation!(self.client, turn, PagesDelete, pages.delete, variables);
        Ok(())
    }
}
