//! Creating pages, and updating those that exist.

use std::sync::OnceLock;

use super::{
    Contributor, NewPage, Page, PageMetadata, PageUpdate, Pages, model::in_order,
    update::check_scripts,
};
use crate::{
    api::{self, pages_create::PagesCreatePagesCreatePage as CreatedPage},
    call::Call,
    client::ensure_known_editor,
    error::{Error, Result},
    handle::{Handle, Write},
    response::mutation,
    text::refuse_if,
    types::{Locale, PageId, PagePath, Tag},
    write::{Observation, Response, Target, Upserted},
};

impl Pages {
    /// Creates a page and returns it as stored.
    ///
    /// Wiki.js takes about 2 s. Creates of one client and its clones run one after another, even if several tasks call
    /// this method: Wiki.js fails some concurrent creates and stores others without their tags
    /// ([K13](crate::guide::known_issues#k13)).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::pages::NewPage;
    ///
    /// let page = wiki.pages().create(NewPage::new("new-page", "New Page", "# New").tags(["new"])).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`], before anything is sent, for values that Wiki.js refuses (6004, 6005, texts that are
    /// too long), for a path that no reader could reach ([`PagePath::check`]), and for an editor or a locale that the
    /// wiki does not have. [`is_conflict`](Error::is_conflict) if there is a page at the path (6002);
    /// [`is_forbidden`](Error::is_forbidden) without `write:pages` for the path, which Wiki.js reports as 6010, "not
    /// authorized to delete". [`Error::PartiallyApplied`] if the page is stored without its tags or its rendering, or
    /// without a script or style sheet that the key may not write; a key that may not read the page by its id gets no such
    /// error, and a page without rendering and scripts. [`Error::Unconfirmed`] if the response was lost and
    /// the page was not seen within the time of [`confirm_writes_for`](crate::ClientBuilder::confirm_writes_for). Also
    /// for a conflict if the caller may not read the path: a proxy may have delivered the request twice.
    pub fn create(&self, page: NewPage) -> Call<Page> {
        let checked = page.check();
        self.mutate("PagesCreate", checked, move |write| async move {
            write.check_size(&page)?;
            let page = write.localized(page).await?;
            // A proxy may execute the mutation twice and return the second response, "already exists", which is also
            // the response for a path that was taken before.
            let occupant = write.at_path_of(&page).await;
            write.create_at(&page, occupant).await
        })
    }

    /// Creates the page, or updates the one at its path and locale to have its values.
    ///
    /// An unset field, such as the tags, uses the wiki's default if the page is created, and keeps its value if the
    /// page exists. A second call with the same page changes nothing.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::pages::NewPage;
    ///
    /// let page = wiki.pages().upsert(NewPage::new("docs/install", "Install", "# Install")).await?;
    /// println!("{}", page.stored().id);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create) and [`update`](Self::update), and [`Error::InvalidInput`] if the
    /// page exists with an editor other than the one that is set, or is public and should be
    /// [`private`](NewPage::private).
    pub fn upsert(&self, page: NewPage) -> Call<Upserted<Page>> {
        let checked = page.check();
        self.mutate("PagesUpsert", checked, move |write| async move {
            write.check_size(&page)?;
            let page = write.localized(page).await?;
            if let Some(current) = write.at_path_of(&page).await? {
                return write.update_to(current, page).await;
            }
            match write.create_at(&page, Ok(None)).await {
                Ok(created) => Ok(Upserted::Created(created)),
                // Somebody else has created it in the meantime.
                Err(error) if error.is_conflict() => match write.at_path_of(&page).await? {
                    Some(current) => write.update_to(current, page).await,
                    None => Err(error),
                },
                Err(error) => Err(error),
            }
        })
    }

    /// Looks for a page that an earlier run of a program may have created without receiving the response, until the page
    /// is seen or the time for observations has passed. Its request may still be executed during this time.
    pub(super) fn observe_earlier(&self, page: &NewPage) -> Call<Observation<Page>> {
        let page = page.clone();
        self.mutate("PagesCreate", Ok(()), move |write| async move {
            // The earlier run has recorded the step because it was to create the page.
            let attempt = Creation::new(&write, &page, Occupant::None);
            write
                .observe_lost(|response| attempt.look_at_path(response))
                .await
        })
    }

    /// Returns the page at the path and in the locale of a new page, if there is one.
    pub(super) fn at_path_of(&self, page: &NewPage) -> Call<Option<Page>> {
        let read = self.get_by_path(&page.path);
        match &page.locale {
            Some(locale) => read.locale(locale).opt(),
            None => read.opt(),
        }
    }

    /// Returns an error if the page exists with another editor, or is public and should be private, because an update
    /// can change neither.
    pub(super) fn check_kept(current: &Page, page: &NewPage) -> Result<()> {
        let metadata = current.metadata.as_ref();
        refuse_if! {
            page.is_private && metadata.is_some_and(|metadata| !metadata.is_private) => "is_private",
                format!("page {} exists and is public, which an update cannot change", current.id),
                "omit it, or delete the page first";
        }?;
        match (&page.editor, current.editor()) {
            (Some(wanted), Some(editor)) if wanted != editor => Err(Error::invalid(
                "editor",
                format!("page {} exists with the editor {editor}", current.id),
                format!("convert it to {wanted} first"),
            )),
            _ => Ok(()),
        }
    }

    /// Returns an error if the request that creates a page is larger than the wiki accepts.
    fn check_size(&self, page: &NewPage) -> Result<()> {
        let variables = self.creation_variables(page);
        let transport = &self.client.inner().transport;
        transport.encode::<api::PagesCreate>(variables).map(|_| ())
    }

    fn creation_variables(&self, page: &NewPage) -> api::pages_create::Variables {
        let tags = page.tags.iter().flatten();
        api::pages_create::Variables {
            publish_start_date: page.publish_start.clone().into(),
            publish_end_date: page.publish_end.clone().into(),
            script_css: page.script_css.clone().into(),
            script_js: page.script_js.clone().into(),
            ..api::pages_create::Variables::new(
                page.content.clone(),
                page.description.clone().unwrap_or_default(),
                page.editor_or_default().to_string(),
                page.is_published.unwrap_or(true),
                page.is_private,
                self.locale_of(page).to_string(),
                page.path.to_string(),
                tags.map(|tag| Some(tag.to_string())).collect(),
                page.title.clone(),
            )
        }
    }

    /// Sets the locale of the new page, if it is unset. This may send a request for the wiki's default locale.
    async fn localized(&self, mut page: NewPage) -> Result<NewPage> {
        page.locale = Some(self.client.locale_or_default(page.locale).await?);
        Ok(page)
    }

    /// Returns the locale of a new page. If it is unset, returns the default locale that is known without a request.
    pub(super) fn locale_of(&self, page: &NewPage) -> Locale {
        let given = page.locale.clone();
        given.unwrap_or_else(|| self.client.assumed_locale())
    }
}

impl Write<Pages> {
    /// Updates a page that was found at the path of `page`.
    async fn update_to(&self, current: Page, page: NewPage) -> Result<Upserted<Page>> {
        Pages::check_kept(&current, &page)?;
        let update = PageUpdate::like(page);
        let page = self.update_page(current.id, &update).await?;
        Ok(if page.updated_at == current.updated_at {
            Upserted::Unchanged(page)
        } else {
            Upserted::Updated(page)
        })
    }

    /// Creates a page at a path; `occupant` is the result of a read of the path within the same write.
    async fn create_at(&self, page: &NewPage, occupant: Result<Option<Page>>) -> Result<Page> {
        ensure_known_editor(page.editor_or_default())?;
        let locale = self.locale_of(page);
        self.client.ensure_known_locale(&locale).await?;
        let before = match &occupant {
            Ok(None) => Occupant::None,
            Ok(Some(page)) => Occupant::Page(page.id),
            Err(_) => Occupant::Unknown,
        };
        let attempt = Creation::new(self, page, before);
        let object = format!("{} (locale {locale})", page.path);
        let target = Target::new("PagesCreate", object)
            .once("look for the page before calling again, or call upsert, which is safe");
        let is_free = occupant.map(|occupant| occupant.is_none());
        let target = target.refused_if_executed_after(is_free, Error::is_conflict)?;
        let send = || attempt.send();
        let observe = |response| attempt.observe(response);
        match self.reconcile(target, send, observe).await {
            Ok(stored) => {
                if attempt.is_readable() {
                    let scripts = (page.script_css.as_deref(), page.script_js.as_deref());
                    check_scripts(None, scripts, &stored)?;
                }
                Ok(stored)
            }
            Err(error) => {
                let error = name_unknown_editor(error, page);
                Err(self.name_occupant(error, &page.path, &locale).await)
            }
        }
    }
}

/// Replaces the database error for an editor that this wiki does not have, such as `asciidoc` in an older wiki.
fn name_unknown_editor(error: Error, page: &NewPage) -> Error {
    let is_about_editor = error.to_string().to_lowercase().contains("editorkey");
    if !error.is_invalid_input() || !is_about_editor {
        return error;
    }
    Error::invalid(
        "editor",
        format!("the wiki has no editor `{}`", page.editor_or_default()),
        "use markdown, code or ckeditor, or update the wiki",
    )
}

/// The page at a path before a write creates one there.
enum Occupant {
    /// There was none. A page that is there later is new, whatever its creation time: the clocks of the wiki, its
    /// replicas and the proxies in front of it may differ.
    None,
    Page(PageId),
    /// The path could not be read.
    Unknown,
}

/// The creation of a page.
struct Creation<'a> {
    write: &'a Write<Pages>,
    page: &'a NewPage,
    before: Occupant,
    /// The page in the wiki's response.
    created: OnceLock<CreatedPage>,
    /// Set if the caller may not read the page.
    unreadable: OnceLock<()>,
}

impl<'a> Creation<'a> {
    fn new(write: &'a Write<Pages>, page: &'a NewPage, before: Occupant) -> Self {
        let created = OnceLock::new();
        Self {
            write,
            page,
            before,
            created,
            unreadable: OnceLock::new(),
        }
    }

    /// Returns `false` if the caller may not read the page, so that nobody knows whether its scripts are stored.
    fn is_readable(&self) -> bool {
        self.unreadable.get().is_none()
    }

    async fn send(&self) -> Result<Option<Page>> {
        let variables = self.write.creation_variables(self.page);
        let response = mutation!(self.write, PagesCreate, variables);
        if let Some(created) = response.page {
            // The page is set at most once: a create is not sent again after a response.
            let _ = self.created.set(created);
        }
        Ok(None)
    }

    async fn observe(&self, response: Response) -> Result<Observation<Page>> {
        if let Some(created) = self.created.get() {
            return match self.write.read_back(created.id.into()).await {
                Ok(stored) => Ok(self.compare(stored)),
                // A caller may have the permission to write pages but not to read them.
                Err(error) if error.is_forbidden() => {
                    self.unreadable.get_or_init(|| ());
                    let page = self.page_from_response(created.clone());
                    Ok(Observation::Applied(page))
                }
                Err(error) if error.is_not_found() => Ok(Observation::Foreign(format!(
                    "page {} was created, and deleted by somebody else",
                    created.id
                ))),
                Err(error) => Err(error),
            };
        }
        let observed = self.look_at_path(response).await?;
        if response == Response::FinalError && !matches!(observed, Observation::Unchanged) {
            self.write.repair_tree().await;
        }
        Ok(observed)
    }

    async fn look_at_path(&self, response: Response) -> Result<Observation<Page>> {
        let Some(found) = self.write.at_path_of(self.page).await? else {
            return Ok(Observation::Unchanged);
        };
        let is_foreign = self.is_of_another(&found);
        Ok(match self.before {
            // The final response reports a failure, and this call did not create the page.
            _ if is_foreign && response == Response::FinalError => Observation::Unchanged,
            _ if is_foreign => Observation::Foreign(format!(
                "page {} is at the path, which was not created by this call",
                found.id
            )),
            Occupant::Unknown if response != Response::Success => Observation::Foreign(format!(
                "page {} is at the path, which may have been there before this call",
                found.id
            )),
            _ => self.compare(found),
        })
    }

    /// Returns `true` if the page was there before, or was created by another user.
    fn is_of_another(&self, found: &Page) -> bool {
        let creator = found.metadata.as_ref().map(|metadata| metadata.creator.id);
        let caller = self.write.client.credentials().user_id();
        let both = creator.zip(caller);
        let was_there = matches!(self.before, Occupant::Page(id) if id == found.id);
        was_there || both.is_some_and(|(creator, caller)| creator != caller)
    }

    /// Compares the page with the intended one. Wiki.js stores a page before its tags, its rendering and the page
    /// tree, each of which may fail.
    fn compare(&self, found: Page) -> Observation<Page> {
        let mut differences = self.page.intended(&found).differences_as_stored(&found);
        let editor = self.page.editor_or_default();
        if found.editor().is_some_and(|found| found != editor) {
            differences.push("editor");
        }
        let missing = if differences == ["tags"] {
            let tags: Vec<&str> = found.tags.iter().map(Tag::as_str).collect();
            format!("its tags are not: it has [{}]", tags.join(", "))
        } else if !differences.is_empty() {
            let differences = differences.join(", ");
            return Observation::Foreign(format!("page {} has another {differences}", found.id));
        } else if found.render.is_none() {
            "it is not rendered".to_owned()
        } else {
            return Observation::Applied(found);
        };
        Observation::Partial {
            done: format!("page {} is stored at `{}`", found.id, found.path),
            missing,
        }
    }

    /// Builds the page from the response and the request, for callers who may not read it.
    fn page_from_response(&self, stored: CreatedPage) -> Page {
        let page = self.page;
        let metadata = PageMetadata {
            is_published: page.is_published.unwrap_or(true),
            publish_start: page.publish_start.clone(),
            publish_end: page.publish_end.clone(),
            is_private: stored.is_private,
            private_ns: stored.private_ns,
            editor: page.editor_or_default().clone(),
            author: Contributor::new(stored.author_id, stored.author_name, stored.author_email),
            creator: Contributor::new(stored.creator_id, stored.creator_name, stored.creator_email),
        };
        Page {
            id: stored.id.into(),
            path: PagePath::verbatim(stored.path),
            locale: self.write.locale_of(page),
            title: page.title.clone(),
            description: page.description.clone().unwrap_or_default(),
            content: page.content.clone(),
            content_type: stored.content_type,
            render: None,
            tags: in_order(stored.tags.into_iter().map(|tag| tag.tag)),
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            hash: stored.hash,
            // The response lacks the scripts, and Wiki.js drops them if the caller lacks the permission.
            script_css: None,
            script_js: None,
            metadata: Some(metadata),
        }
    }
}
