//! Moving pages to another path or locale.

use std::future::IntoFuture;

use futures::{FutureExt, future::BoxFuture};

use super::{Page, PageUpdate, Pages, create::read_back_failed};
use crate::{
    api,
    error::{Error, Incomplete, Result},
    outcome::mutation,
    settle::{Look, until_certain},
    transport::Turn,
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
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let page = wiki.pages().move_to(123, "guides/install").await?;
    /// let french = wiki.pages().move_to(124, "guides/install").locale("fr").await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
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
        self.path.check()?;
        self.locale.iter().try_for_each(Locale::check)?;
        let client = self.pages.client.clone();
        let work = move |turn| async move { self.run_in(&turn).await };
        client.write("PagesMove", work).await
    }

    async fn run_in(self, turn: &Turn) -> Result<Page> {
        let Self {
            pages,
            id,
            path,
            locale,
        } = self;
        let before = pages.get(id).await?;
        let locale = locale.unwrap_or_else(|| before.locale.clone());
        if before.path == path && before.locale == locale {
            return Ok(before);
        }
        let look = |is_over| {
            let (pages, path, locale) = (&pages, &path, &locale);
            async move {
                let now = pages.get(id).await?;
                if now.path != *path || now.locale != *locale {
                    return Ok(Look::NotMade);
                }
                if is_over {
                    pages.mend_tree(turn).await;
                }
                Ok(Look::Made(()))
            }
        };
        until_certain(
            &pages.client,
            "PagesMove",
            || pages.send_move(turn, id, &path, &locale),
            look,
        )
        .await?;
        let moved = pages
            .get(id)
            .await
            .map_err(|error| read_back_failed(id, error))?;
        if moved.title == before.title {
            return Ok(moved);
        }
        pages.put_back_title(turn, moved, before.title).await
    }
}

impl Pages {
    async fn send_move(
        &self,
        turn: &Turn,
        id: PageId,
        path: &PagePath,
        locale: &Locale,
    ) -> Result<()> {
        let variables = api::pages_move::Variables {
            id: id.to_argument()?,
            destination_path: path.to_string(),
            destination_locale: locale.to_string(),
        };
        mutation!(self.client, turn, PagesMove, pages.move_, variables);
        Ok(())
    }

    async fn put_back_title(&self, turn: &Turn, moved: Page, title: String) -> Result<Page> {
        let restore = PageUpdate::new().title(title);
        self.update_in(turn, moved.id, &restore)
            .await
            .map_err(|source| {
                Error::Incomplete(Box::new(Incomplete {
                    done: format!("page {} is moved to {}", moved.id, moved.path),
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
