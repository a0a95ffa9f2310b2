//! Deleting pages.

use super::Pages;
use crate::{
    api,
    error::{Error, Result},
    outcome::succeeded,
    types::PageId,
};

impl Pages {
    /// Deletes a page, with its comments. Wiki.js keeps nothing that its API could bring back: the
    /// history of a deleted page cannot be read any more (hazards 31, 35).
    ///
    /// ```
    /// # async fn example(wiki: wikijs_client::Client) -> wikijs_client::Result<()> {
    /// wiki.pages().delete(123).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `delete:pages` for its path (6010), and also
    /// with a page rule that is limited to locales, which Wiki.js cannot match here (hazard 33).
    pub async fn delete(&self, id: impl Into<PageId>) -> Result<(), Error> {
        let variables = api::pages_delete::Variables {
            id: id.into().to_argument()?,
        };
        let data = self.client.execute::<api::PagesDelete>(variables).await?;
        let answer = data.pages.and_then(|pages| pages.delete);
        succeeded(
            "PagesDelete",
            answer.and_then(|answer| answer.response_result),
        )
    }
}
