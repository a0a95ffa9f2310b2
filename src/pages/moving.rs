//! Moving pages to another path or locale.

use std::future::IntoFuture;

use futures::{FutureExt, future::BoxFuture};

use super::{Page, Pages, create::read_back_failed};
use crate::{
    api,
    error::{Error, Incomplete, Result},
    outcome::succeeded,
    types::{Locale, PageId, PagePath},
};

impl Pages {
    /// Moves a page to another path, within its locale unless another is named, and gives it back.
    ///
    /// The title stays as it is: Wiki.js replaces a title that equals the last segment of the path,
    /// and it is put back then (hazard 32). A page that is there already is not touched. Links to the
    /// page in the sources of other pages are not rewritten; Wiki.js only changes their rendering.
    ///
    /// ```
    /// # async fn example(wiki: wikijs_client::Client) -> wikijs_client::Result<()> {
    /// let page = wiki.pages().move_to(123, "guides/install").await?;
    /// let french = wiki.pages().move_to(124, "guides/install").locale("fr").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a path that no reader could reach, see [`PagePath::check`]: nothing
    /// is sent then. [`is_not_found`](Error::is_not_found) if there is no such page;
    /// [`is_conflict`](Error::is_conflict) if there is another at the path (6006);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:pages` here and `write:pages` there (6007);
    /// [`is_invalid_input`](Error::is_invalid_input) if the locale is not installed.
    pub fn move_to(&self, id: impl Into<PageId>, path: impl Into<PagePath>) -> MovePage {
        MovePage {
            pages: self.clone(),
            id: id.into(),
            path: path.into(),
            locale: None,
        }
    }
}

/// A page's move. Await it.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct MovePage {
    pages: Pages,
    id: PageId,
    path: PagePath,
    locale: Option<Locale>,
}

impl MovePage {
    /// To this locale instead of the page's own. It has to be installed in the wiki.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    async fn run(self) -> Result<Page> {
        let Self {
            pages,
            id,
            path,
            locale,
        } = self;
        path.check()?;
        locale.iter().try_for_each(Locale::check)?;
        let before = pages.get(id).await?;
        let locale = locale.unwrap_or_else(|| before.locale.clone());
        if before.path == path && before.locale == locale {
            return Ok(before);
        }
        let variables = api::pages_move::Variables {
            id: id.to_argument()?,
            destination_path: path.to_string(),
            destination_locale: locale.to_string(),
        };
        let data = pages.client.execute::<api::PagesMove>(variables).await?;
        let answer = data.pages.and_then(|pages| pages.move_);
        succeeded(
            "PagesMove",
            answer.and_then(|answer| answer.response_result),
        )?;
        let moved = pages
            .get(id)
            .await
            .map_err(|error| read_back_failed(id, error))?;
        if moved.title == before.title {
            return Ok(moved);
        }
        pages.put_back_title(moved, before.title).await
    }
}

impl Pages {
    async fn put_back_title(&self, moved: Page, title: String) -> Result<Page> {
        let id = moved.id;
        let restore = super::PageUpdate::new().title(title);
        self.update(id, restore).await.map_err(|source| {
            Error::Incomplete(Box::new(Incomplete {
                done: format!("page {id} is moved to {}", moved.path),
                missing: "Wiki.js replaced its title, which could not be put back".to_owned(),
                source,
            }))
        })
    }
}

impl IntoFuture for MovePage {
    type Output = Result<Page>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}
