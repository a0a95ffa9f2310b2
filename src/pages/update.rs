//! Updating pages without losing the fields that are not updated.

use super::{Page, PageUpdate, Pages, css};
use crate::{
    api,
    call::{Call, found},
    client::with_deadline,
    error::{Applied, Error, Result},
    handle::{Handle, Write},
    response::mutation,
    text::check_content,
    types::{PageId, Timestamp},
    write::{Observation, Response, Target, partially_applied},
};

const OPERATION: &str = "PagesUpdate";

const FAILED_LATER: &str = "Wiki.js failed after that, so its rendering may be old";

/// Maximum number of attempts of `modify` when other programs write the page.
const MAX_ATTEMPTS: usize = 5;

impl Pages {
    /// Updates the fields that `update` sets, and keeps all others.
    ///
    /// `pages.update` of Wiki.js is not a partial update: omitted fields are reset. It unpublishes the page and
    /// clears dates and scripts; without tags it fails after some fields are written
    /// ([K1](crate::guide::known_issues#k1) to K5). The client therefore reads the page, applies the update, writes all
    /// fields and reads the page back: three requests. An update that changes nothing is not written, because Wiki.js
    /// would add a version to the page's history.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::pages::PageUpdate;
    ///
    /// let page = wiki.pages().update(123, PageUpdate::new().title("Updated")).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`], before anything is sent, for values that Wiki.js refuses.
    /// [`is_not_found`](Error::is_not_found) if there is no such page;
    /// [`is_forbidden`](Error::is_forbidden) unless the caller may read and write all fields, which requires
    /// `write:pages`, and `manage:pages` or `delete:pages`;
    /// [`Error::Conflict`] after [`PageUpdate::if_unmodified`]; [`Error::PartiallyApplied`] if the page is
    /// stored without a script or style sheet that the key may not write. Of style sheets, which Wiki.js minifies, only
    /// those are reported that are certainly not stored: those with other selectors or properties than the stored one.
    pub fn update(&self, id: impl Into<PageId>, update: PageUpdate) -> Call<Page> {
        let (id, checked) = (id.into(), update.check());
        self.mutate(OPERATION, checked, move |write| async move {
            write.update_page(id, &update).await
        })
    }

    /// Reads a page and applies the update that `change` returns for it. If somebody else changes the page in the
    /// meantime, reads the page and calls `change` again, for at most five attempts in all.
    ///
    /// Attempts that conflict with writes of this client or its clones do not count. Wiki.js has no compare-and-set: a
    /// write by somebody else is detected if it is stored before the client compares the page, but not in the few
    /// milliseconds between this comparison and the write. To exclude such a lost update, let only one client write.
    ///
    /// The future borrows only what `change` borrows.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::pages::PageUpdate;
    ///
    /// let page = wiki
    ///     .pages()
    ///     .modify(123, |page| PageUpdate::new().content(page.content.replace("colour", "color")))
    ///     .await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update); [`Error::Conflict`] if somebody else changed the page each time.
    pub fn modify<Id, Change>(
        &self,
        id: Id,
        mut change: Change,
    ) -> impl Future<Output = Result<Page>> + Send + Unpin + use<Id, Change>
    where
        Id: Into<PageId>,
        Change: FnMut(&Page) -> PageUpdate + Send,
    {
        let (pages, id) = (self.clone(), id.into());
        Box::pin(async move {
            let client = &pages.client;
            let deadline = client.deadline();
            // The caller's closure runs without the write permit, because the caller may stop polling for a long time.
            let mut seen_in = client.inner().transport.writes.granted();
            let read = pages.read_to_write(id);
            let mut page = with_deadline(deadline, OPERATION, || Applied::No, read).await?;
            let mut attempts = 0;
            loop {
                let update = change(&page).if_unmodified(&page.updated_at);
                update.check()?;
                let work = move |client, permit| async move {
                    let write = Write::new(Pages::on_client(client), permit, OPERATION);
                    let current = write.read_to_write(id).await?;
                    match update.unless_modified(&current) {
                        Ok(()) => write.update_from(current, &update).await.map(Ok),
                        Err(conflict) => Ok(Err((write.permit().number(), current, conflict))),
                    }
                };
                let written = client.write(deadline, OPERATION, work).await?;
                let (number, newer, conflict) = match written {
                    Ok(page) => return Ok(page),
                    Err(conflict) => conflict,
                };
                // A conflict counts only if this client has not written since the page was read.
                if number <= seen_in + 1 {
                    attempts += 1;
                    if attempts == MAX_ATTEMPTS {
                        return Err(conflict);
                    }
                }
                seen_in = number;
                page = newer;
            }
        })
    }
}

impl Write<Pages> {
    /// Updates a page.
    pub(super) async fn update_page(&self, id: PageId, update: &PageUpdate) -> Result<Page> {
        let current = self.read_to_write(id).await?;
        update.unless_modified(&current)?;
        self.update_from(current, update).await
    }

    /// Updates a page that was read within this write.
    async fn update_from(&self, current: Page, update: &PageUpdate) -> Result<Page> {
        let wanted = update.apply(&current);
        // A page that is not rendered is written even without a change, because that renders it.
        if wanted == current && current.render.is_some() {
            return Ok(current);
        }
        // A stored page may have content that `pages.update` refuses, such as none.
        check_content(&wanted.content)?;
        let stored = self.write_page(&current, &wanted).await?;
        check_scripts(current.script_css.as_deref(), wanted.scripts(), &stored)?;
        Ok(stored)
    }

    /// Updates a page from the state `before` to the state `wanted` and returns it as stored.
    pub(super) async fn write_page(&self, before: &Page, wanted: &Page) -> Result<Page> {
        let target = Target::new(OPERATION, format!("page {}", wanted.id)).completes();
        let send = || self.send_update(before, wanted);
        let observe = |response| self.observe_update(before, wanted, response);
        self.reconcile(target, send, observe).await
    }

    /// Compares the current state of a page with the previous and the intended one. If it differs from both, somebody
    /// else has written the page, and it is not overwritten.
    async fn observe_update(
        &self,
        before: &Page,
        wanted: &Page,
        response: Response,
    ) -> Result<Observation<Page>> {
        let id = wanted.id;
        let Some(now) = found(self.read_to_write(id).await)? else {
            return Ok(Observation::Foreign(format!("page {id} was deleted")));
        };
        if now.updated_at == before.updated_at {
            return Ok(Observation::Unchanged);
        }
        if response == Response::Lost
            && before.differences_as_stored(wanted).is_empty()
            && before.scripts() != wanted.scripts()
            && before.scripts() == now.scripts()
        {
            // `updatedAt` alone proves nothing: creating a page changes the `updatedAt` of the pages that link to it.
            return Ok(Observation::Unchanged);
        }
        let missing = wanted.differences_as_stored(&now);
        let changed = before.differences_as_stored(&now);
        Ok(if missing.is_empty() && response == Response::FinalError {
            Observation::Partial {
                done: format!("page {id} is stored"),
                missing: FAILED_LATER.to_owned(),
            }
        } else if missing.is_empty() {
            Observation::Applied(now)
        } else if missing.iter().all(|field| !changed.contains(field)) {
            Observation::Partial {
                done: format!("page {id} is stored"),
                missing: format!("its old values of {} are still there", missing.join(", ")),
            }
        } else {
            now.changed_by_others()
        })
    }

    /// Returns the error of a write that has succeeded, but whose following update to `wanted` has failed.
    ///
    /// Wiki.js may fail after it has stored the update, for example in a storage target.
    pub(super) async fn fail_after(
        &self,
        operation: &'static str,
        done: String,
        missing: &str,
        wanted: &Page,
        source: Error,
    ) -> Error {
        let now = self.read_to_write(wanted.id).await;
        let is_stored = now.is_ok_and(|now| {
            wanted.scripts() == now.scripts() && wanted.differences_as_stored(&now).is_empty()
        });
        let missing = if is_stored { FAILED_LATER } else { missing };
        partially_applied(operation, done, missing, source)
    }

    /// Sends every field that Wiki.js resets if it is omitted.
    ///
    /// Path and locale are omitted unless scripts change, because with them Wiki.js moves a page that somebody else has
    /// moved in the meantime ([K5](crate::guide::known_issues#k5), [K7](crate::guide::known_issues#k7)). Without them
    /// Wiki.js does not apply the page rules for scripts and style sheets.
    async fn send_update(&self, before: &Page, page: &Page) -> Result<Option<Page>> {
        let Some(metadata) = &page.metadata else {
            return Err(Error::invalid(
                "page",
                "it was read without the permission write:pages",
                "read it with a key that may write it",
            ));
        };
        // An absent date or script is written as the empty text, which is how Wiki.js stores it.
        let date_or_empty =
            |date: &Option<Timestamp>| date.clone().unwrap_or_else(|| Timestamp::from(""));
        let tags = page.tags.iter().map(|tag| Some(tag.to_string()));
        let location = (before.scripts() != page.scripts()).then_some((&page.locale, &page.path));
        let variables = api::pages_update::Variables {
            content: page.content.clone().into(),
            description: page.description.clone().into(),
            is_published: metadata.is_published.into(),
            locale: location.map(|(locale, _)| locale.to_string()).into(),
            path: location.map(|(_, path)| path.to_string()).into(),
            publish_end_date: date_or_empty(&metadata.publish_end).into(),
            publish_start_date: date_or_empty(&metadata.publish_start).into(),
            script_css: page.script_css.clone().unwrap_or_default().into(),
            script_js: page.script_js.clone().unwrap_or_default().into(),
            tags: tags.collect::<Vec<_>>().into(),
            title: page.title.clone().into(),
            ..api::pages_update::Variables::new(page.id.to_argument()?)
        };
        // Other pages do not change and stay in the cache.
        let permit = self.permit().changing_only(page.id.get());
        let write = Write::new(Pages::clone(self), permit, OPERATION);
        mutation!(write, PagesUpdate, variables);
        Ok(None)
    }
}

/// Returns an error if Wiki.js dropped a style sheet or a script. Wiki.js does so, without an error, if the caller
/// lacks the permission.
///
/// The stored style sheet differs from the intended one, because Wiki.js minifies it. The error is returned only if it was
/// certainly dropped.
pub(super) fn check_scripts(
    css_before: Option<&str>,
    (css, js): (Option<&str>, Option<&str>),
    stored: &Page,
) -> Result<()> {
    let or_empty = Option::unwrap_or_default;
    let (css_before, css) = (or_empty(css_before), or_empty(css));
    let stored_css = or_empty(stored.script_css.as_deref());
    let (field, permission) = if css::is_refused(css_before, css, stored_css) {
        ("script_css", "write:styles")
    } else if not_blank(stored.script_js.as_deref()) != not_blank(js) {
        ("script_js", "write:scripts")
    } else {
        return Ok(());
    };
    Err(partially_applied(
        OPERATION,
        format!("page {} is stored", stored.id),
        format!("its {field} is not"),
        Error::invalid(
            field,
            "Wiki.js drops it without an error",
            format!("use a key with the permission {permission}, or omit it"),
        ),
    ))
}

fn not_blank(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}
