//! Finding out whether somebody else was faster.

use super::{LatestPage, Pages};
use crate::{
    api,
    error::{Error, Result},
    outcome::query,
    types::{PageId, Timestamp},
};

impl Pages {
    /// Whether the page was changed after `updated_at`, which is the page's
    /// [`updated_at`](super::Page::updated_at) as it was read.
    ///
    /// This is a question, not a lock: for a write that depends on it see
    /// [`PageUpdate::if_unmodified`](super::PageUpdate::if_unmodified). Stands on `checkConflicts`.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let page = wiki.pages().get(123).await?;
    /// // …
    /// if wiki.pages().check_conflicts(page.id, &page.updated_at).await? {
    ///     println!("somebody else changed it");
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a date in another form than Wiki.js writes: it compares dates as
    /// text, and any other form gives false answers (hazard 9).
    /// [`is_not_found`](Error::is_not_found) if there is no such page (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `write:pages` or `manage:pages`.
    pub async fn check_conflicts(
        &self,
        id: impl Into<PageId>,
        updated_at: &Timestamp,
    ) -> Result<bool> {
        if !is_as_the_wiki_writes(updated_at) {
            return Err(Error::invalid(
                "updated_at",
                format!("`{updated_at}` is not a date as Wiki.js writes it"),
                "pass the page's updated_at unchanged, such as 2026-01-31T09:30:00.000Z",
            ));
        }
        let variables = api::pages_check_conflicts::Variables {
            id: id.into().to_argument()?,
            checkout_date: updated_at.clone(),
        };
        Ok(query!(self.client, PagesCheckConflicts, pages.check_conflicts!, variables))
    }

    /// The newest state of a page for those who may write it but not read it by id.
    ///
    /// With `write:pages` alone this is the only way to a page's content (hazard 27). It lacks the
    /// dates of publication and the scripts, so an [`update`](Self::update) cannot stand on it. Stands
    /// on `conflictLatest`.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `write:pages` or `manage:pages`.
    pub async fn latest(&self, id: impl Into<PageId>) -> Result<LatestPage> {
        let variables = api::pages_latest::Variables {
            id: id.into().to_argument()?,
        };
        Ok(query!(self.client, PagesLatest, pages.conflict_latest!, variables).into())
    }
}

/// `2026-01-31T09:30:00.000Z`, to the letter: written anew from the moment, it is the same.
fn is_as_the_wiki_writes(date: &Timestamp) -> bool {
    date.to_jiff()
        .is_ok_and(|moment| Timestamp::from(moment) == *date)
}
