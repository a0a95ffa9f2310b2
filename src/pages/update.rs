//! Changing pages without losing what is not changed.

use super::{Editorial, Page, PageUpdate, Pages, create::read_back_failed, scripts::check_scripts};
use crate::{
    api,
    client::within,
    error::{Applied, Conflict, Error, Result},
    outcome::mutation,
    settle::{Look, until_certain},
    text::check_content,
    transport::Turn,
    types::{PageId, Timestamp},
};

impl Pages {
    /// Changes what the update names and keeps everything else.
    ///
    /// The update of Wiki.js is none: what a request leaves out, it resets. It unpublishes the page,
    /// wipes dates and scripts, and without tags it fails after half of it is written (hazards 1 to
    /// 5). So the page is read, the change is made to it, all of it is written and read back: three
    /// requests. A change that changes nothing is not written, since Wiki.js would add a version to
    /// the page's history for it.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::pages::PageUpdate;
    ///
    /// let page = wiki.pages().update(123, PageUpdate::new().title("Updated")).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for what Wiki.js refuses: nothing is sent then.
    /// [`is_not_found`](Error::is_not_found) if there is no such page;
    /// [`is_forbidden`](Error::is_forbidden) if the page may not be read and written whole, for which
    /// Wiki.js wants `write:pages` besides `manage:pages` or `delete:pages`;
    /// [`Error::Conflict`] after [`PageUpdate::if_unmodified`]; [`Error::Incomplete`] if the page is
    /// written, but a script or style sheet is not stored because the key may not write it.
    pub async fn update(&self, id: impl Into<PageId>, update: PageUpdate) -> Result<Page> {
        let id = id.into();
        update.check()?;
        let pages = self.clone();
        let work = move |turn| async move { pages.update_in(&turn, id, &update).await };
        self.client.write("PagesUpdate", work).await
    }

    /// Reads a page, makes a change of it, and writes that, unless somebody else was faster: then
    /// all of it is done again, five times at the most.
    ///
    /// Other writes of this client and its clones may come in between; then the change is made again
    /// as well, as often as it takes. A write of somebody else's is noticed if it is made before this
    /// one is sent; Wiki.js has no compare-and-set, so that a few milliseconds remain open. What closes
    /// them in practice is to let one client write.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::pages::PageUpdate;
    ///
    /// let page = wiki
    ///     .pages()
    ///     .modify(123, |page| PageUpdate::new().content(page.content.replace("colour", "color")))
    ///     .await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update); [`Error::Conflict`] if somebody else was faster each time.
    pub async fn modify(
        &self,
        id: impl Into<PageId>,
        mut change: impl FnMut(&Page) -> PageUpdate + Send,
    ) -> Result<Page> {
        const OPERATION: &str = "PagesUpdate";
        let id = id.into();
        let due = self.client.due();
        // The change is made by the caller, who may not be polled for long: not in a turn to write.
        let mut seen_in = self.client.turns_begun();
        let read = Box::pin(self.read_to_write(id));
        let mut page = within(due, OPERATION, || Applied::No, read).await?;
        let mut tries = 0;
        loop {
            let update = change(&page).if_unmodified(&page.updated_at);
            update.check()?;
            let pages = self.clone();
            let work = move |turn: Turn| async move {
                match pages.update_in(&turn, id, &update).await {
                    Err(Error::Conflict(conflict)) => Ok(Err((turn.number(), conflict))),
                    other => other.map(Ok),
                }
            };
            let (turn, conflict) = match self.client.write_until(due, OPERATION, work).await? {
                Ok(page) => return Ok(page),
                Err(faster) => faster,
            };
            // Where there were own turns in between, it was one of those.
            if turn <= seen_in + 1 {
                tries += 1;
                if tries == MOST_MODIFICATIONS {
                    return Err(Error::Conflict(conflict));
                }
            }
            seen_in = turn;
            page = conflict.newer;
        }
    }

    /// Changes a page in a turn to write.
    pub(super) async fn update_in(
        &self,
        turn: &Turn,
        id: PageId,
        update: &PageUpdate,
    ) -> Result<Page> {
        let current = update.unless_modified(self.read_to_write(id).await?)?;
        let wanted = update.apply(&current);
        if wanted == current {
            return Ok(current);
        }
        // A page that is there may hold what may not be written; then this says so.
        check_content(&wanted.content)?;
        self.write(turn, &current, &wanted).await?;
        let stored = self
            .get(id)
            .await
            .map_err(|error| read_back_failed(id, error))?;
        check_scripts(&current, &wanted, &stored)?;
        Ok(stored)
    }

    /// Writes a page, that was `before`, as it shall be, until it is certain that it is.
    pub(super) async fn write(&self, turn: &Turn, before: &Page, wanted: &Page) -> Result<()> {
        until_certain(
            &self.client,
            "PagesUpdate",
            || self.send_update(turn, wanted),
            |is_over| self.look_for_update(before, wanted, is_over),
        )
        .await
    }

    /// Writes a page as it is, which renders it and associates its tags anew.
    pub(super) async fn rewrite(&self, turn: &Turn, page: &Page) -> Result<()> {
        let look = |_| async { Ok(Look::InPart) };
        until_certain(
            &self.client,
            "PagesUpdate",
            || self.send_update(turn, page),
            look,
        )
        .await
    }

    /// Whether an update was made. A page that is neither as before nor as wanted was written by
    /// somebody else, and is not written over.
    async fn look_for_update(
        &self,
        before: &Page,
        wanted: &Page,
        is_over: bool,
    ) -> Result<Look<()>> {
        let now = self.read_to_write(wanted.id).await?;
        if now.updated_at == before.updated_at {
            return Ok(Look::NotMade);
        }
        if !is_between(before, wanted, &now) {
            return Err(Error::Conflict(Box::new(Conflict {
                expected: before.updated_at.clone(),
                newer: now,
            })));
        }
        // What failed at the end of an update may be its rendering, which nothing shows.
        let is_whole = is_between(wanted, wanted, &now) && !is_over;
        Ok(if is_whole {
            Look::Made(())
        } else {
            Look::InPart
        })
    }

    /// Writes a page as it shall be, with every field that Wiki.js resets where it is left out, and
    /// without those that move the page half-way (hazards 5, 7).
    async fn send_update(&self, turn: &Turn, page: &Page) -> Result<()> {
        let Some(Editorial {
            is_published,
            publish_start,
            publish_end,
            ..
        }) = &page.editorial
        else {
            return Err(Error::invalid(
                "page",
                "it was read without the permission write:pages",
                "read it with a key that may write it",
            ));
        };
        // An absent date or script is written as the empty text, which is how Wiki.js keeps it.
        let date_or_empty =
            |date: &Option<Timestamp>| date.clone().unwrap_or_else(|| Timestamp::from(""));
        let variables = api::pages_update::Variables {
            content: page.content.clone().into(),
            description: page.description.clone().into(),
            is_published: (*is_published).into(),
            publish_end_date: date_or_empty(publish_end).into(),
            publish_start_date: date_or_empty(publish_start).into(),
            script_css: page.script_css.clone().unwrap_or_default().into(),
            script_js: page.script_js.clone().unwrap_or_default().into(),
            tags: page
                .tags
                .iter()
                .map(|tag| Some(tag.to_string()))
                .collect::<Vec<_>>()
                .into(),
            title: page.title.clone().into(),
            ..api::pages_update::Variables::new(page.id.to_argument()?)
        };
        mutation!(self.client, turn, PagesUpdate, pages.update, variables);
        Ok(())
    }
}

/// How often a modification is tried.
const MOST_MODIFICATIONS: usize = 5;

/// Whether each field of `now` is that of the one or of the other page. The style sheet is left out:
/// Wiki.js minifies it.
fn is_between(one: &Page, other: &Page, now: &Page) -> bool {
    fn either<T: PartialEq>(one: &T, other: &T, now: &T) -> bool {
        now == one || now == other
    }
    let same_publication = match (&one.editorial, &other.editorial, &now.editorial) {
        (Some(one), Some(other), Some(now)) => {
            either(&one.is_published, &other.is_published, &now.is_published)
                && either(&one.publish_start, &other.publish_start, &now.publish_start)
                && either(&one.publish_end, &other.publish_end, &now.publish_end)
        }
        _ => true,
    };
    same_publication
        && either(&one.title, &other.title, &now.title)
        && either(&one.description, &other.description, &now.description)
        && either(&one.content, &other.content, &now.content)
        && either(&one.tags, &other.tags, &now.tags)
        && either(&one.script_js, &other.script_js, &now.script_js)
}
