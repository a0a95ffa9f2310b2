//! Making a page, or changing the one that is there.

use super::{NewPage, Page, PageUpdate, Pages};
use crate::{
    error::{Error, Result},
    transport::Turn,
};

/// What an upsert did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Upserted {
    /// There was no page at the path, and now there is this one.
    Created(Page),
    /// There was one, and now it is this.
    Updated(Page),
    /// There was one, and it was like this already.
    Unchanged(Page),
}

impl Upserted {
    /// The page as the wiki keeps it now.
    pub fn page(&self) -> &Page {
        match self {
            Self::Created(page) | Self::Updated(page) | Self::Unchanged(page) => page,
        }
    }

    /// The page, without a copy.
    pub fn into_page(self) -> Page {
        match self {
            Self::Created(page) | Self::Updated(page) | Self::Unchanged(page) => page,
        }
    }
}

impl Pages {
    /// Makes the page, or changes the one at its path and locale to be like it.
    ///
    /// What the new page does not say, such as its tags, is the wiki's usual in a page that is made,
    /// and stays as it is in one that is there. Run twice, it changes nothing the second time.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::pages::NewPage;
    ///
    /// let page = wiki.pages().upsert(NewPage::new("docs/install", "Install", "# Install")).await?;
    /// println!("{}", page.page().id);
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create) and [`update`](Self::update), and [`Error::InvalidInput`] if the
    /// page is there with another editor than the new page names.
    pub async fn upsert(&self, page: NewPage) -> Result<Upserted> {
        page.check()?;
        let pages = self.clone();
        let work = move |turn| async move { pages.upsert_in(&turn, page).await };
        self.client.write("PagesUpsert", work).await
    }

    pub(super) async fn upsert_in(&self, turn: &Turn, page: NewPage) -> Result<Upserted> {
        if let Some(current) = self.at_path_of(&page).await? {
            return self.become_like(turn, current, page).await;
        }
        match self.create_in(turn, &page).await {
            Ok(created) => Ok(Upserted::Created(created)),
            // Somebody was faster.
            Err(error) if error.is_conflict() => match self.at_path_of(&page).await? {
                Some(current) => self.become_like(turn, current, page).await,
                None => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    async fn at_path_of(&self, page: &NewPage) -> Result<Option<Page>> {
        self.get_by_path(&page.path)
            .locale(self.locale_of(page))
            .opt()
            .await
    }

    /// An update changes no editor.
    pub(super) fn check_editor(current: &Page, page: &NewPage) -> Result<()> {
        match (&page.editor, current.editor()) {
            (Some(wanted), Some(editor)) if wanted != editor => Err(Error::invalid(
                "editor",
                format!("page {} is there with the editor {editor}", current.id),
                format!("convert it to {wanted} first"),
            )),
            _ => Ok(()),
        }
    }

    pub(super) async fn become_like(
        &self,
        turn: &Turn,
        current: Page,
        page: NewPage,
    ) -> Result<Upserted> {
        Self::check_editor(&current, &page)?;
        let before = current.updated_at;
        let page = self
            .update_in(turn, current.id, &PageUpdate::like(page))
            .await?;
        Ok(if page.updated_at == before {
            Upserted::Unchanged(page)
        } else {
            Upserted::Updated(page)
        })
    }
}
