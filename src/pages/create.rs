//! Making pages.

use serde::Serialize;

use super::{Contributor, Editorial, Page, Pages, model::in_order, scripts::check_new_scripts};
use crate::{
    api::{self, pages_create::PagesCreatePagesCreatePage as CreatedPage},
    error::{Applied, Error, Incomplete, Result},
    outcome::mutation,
    settle::{Look, until_certain},
    text::{check_content, check_short, check_tags, no_nul},
    transport::Turn,
    types::{Editor, Locale, PagePath, Tag, Timestamp},
};

/// A page to be made.
///
/// What is not said is the wiki's usual: published, without description and tags, Markdown, in the
/// client's default locale.
///
/// ```
/// use wikijs_client::pages::NewPage;
///
/// let page = NewPage::new("docs/install", "Install", "# Install\n\nRun it.")
///     .description("How to install it")
///     .tags(["docs", "setup"]);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a page is made by `create`"]
pub struct NewPage {
    pub(super) path: PagePath,
    pub(super) title: String,
    pub(super) content: String,
    pub(super) locale: Option<Locale>,
    pub(super) description: Option<String>,
    pub(super) tags: Option<Vec<Tag>>,
    pub(super) editor: Option<Editor>,
    pub(super) is_published: Option<bool>,
    pub(super) publish_start: Option<Timestamp>,
    pub(super) publish_end: Option<Timestamp>,
    pub(super) script_css: Option<String>,
    pub(super) script_js: Option<String>,
    pub(super) is_private: bool,
}

impl NewPage {
    /// A page at `path` with this title and content.
    pub fn new(
        path: impl Into<PagePath>,
        title: impl Into<String>,
        content: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            title: title.into(),
            content: content.into(),
            locale: None,
            description: None,
            tags: None,
            editor: None,
            is_published: None,
            publish_start: None,
            publish_end: None,
            script_css: None,
            script_js: None,
            is_private: false,
        }
    }

    /// In this locale instead of the client's default. It has to be installed in the wiki.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    /// The line below the title, at most 255 characters.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The tags. Wiki.js makes those that are new.
    pub fn tags(mut self, tags: impl IntoIterator<Item: Into<Tag>>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// What the content is written in. Default: [`Editor::Markdown`].
    pub fn editor(mut self, editor: impl Into<Editor>) -> Self {
        self.editor = Some(editor.into());
        self
    }

    /// Whether readers see the page. Default: yes.
    pub fn published(mut self, is_published: bool) -> Self {
        self.is_published = Some(is_published);
        self
    }

    /// When readers begin to see the page.
    pub fn publish_start(mut self, date: impl Into<Timestamp>) -> Self {
        self.publish_start = Some(date.into());
        self
    }

    /// When readers cease to see the page.
    pub fn publish_end(mut self, date: impl Into<Timestamp>) -> Self {
        self.publish_end = Some(date.into());
        self
    }

    /// A style sheet for this page alone. Needs the permission `write:styles`.
    pub fn script_css(mut self, css: impl Into<String>) -> Self {
        self.script_css = Some(css.into());
        self
    }

    /// A script for this page alone. Needs the permission `write:scripts`.
    pub fn script_js(mut self, js: impl Into<String>) -> Self {
        self.script_js = Some(js.into());
        self
    }

    /// Marked as private, which Wiki.js stores and hides nothing by.
    #[cfg(feature = "transfer")]
    pub(crate) fn private(mut self, is_private: bool) -> Self {
        self.is_private = is_private;
        self
    }

    /// Whether this is the page that was made of it, tags and rendering aside.
    pub(super) fn is_kept_as(&self, found: &Page) -> bool {
        let is_published = self.is_published.unwrap_or(true);
        found.title == self.title
            && found.content == self.content
            && found.description == self.description.as_deref().unwrap_or_default()
            && found
                .is_published()
                .is_none_or(|found| found == is_published)
    }

    /// All its parts but the locale, to know it again by.
    pub(super) fn identity(&self) -> impl Serialize + '_ {
        (
            (&self.path, &self.title, &self.content, &self.description),
            (&self.tags, &self.editor, self.is_published),
            (&self.publish_start, &self.publish_end),
            (&self.script_css, &self.script_js),
        )
    }

    /// Everything that Wiki.js would refuse, or take and never show again.
    pub(crate) fn check(&self) -> Result<()> {
        self.path.check()?;
        self.locale.iter().try_for_each(Locale::check)?;
        check_short("title", &self.title)?;
        check_content(&self.content)?;
        self.description
            .iter()
            .try_for_each(|text| check_short("description", text))?;
        self.tags.iter().try_for_each(|tags| check_tags(tags))?;
        self.publish_start
            .iter()
            .try_for_each(|date| date.check("publish_start"))?;
        self.publish_end
            .iter()
            .try_for_each(|date| date.check("publish_end"))?;
        self.script_css
            .iter()
            .try_for_each(|text| no_nul("script_css", text))?;
        self.script_js
            .iter()
            .try_for_each(|text| no_nul("script_js", text))
    }
}

impl Pages {
    /// Makes a page and gives it back as the wiki keeps it.
    ///
    /// Wiki.js takes about 2 s for it. Creates of one client, and of its clones, run one after
    /// another however many tasks call them: side by side, Wiki.js fails some of them and makes
    /// others without their tags (hazard 13).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::pages::NewPage;
    ///
    /// let page = wiki.pages().create(NewPage::new("new-page", "New Page", "# New").tags(["new"])).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for what Wiki.js refuses (6004, 6005, texts that are too long) and for
    /// a path that no reader could reach, see [`PagePath::check`]: nothing is sent then.
    /// [`is_conflict`](Error::is_conflict) if there is a page at the path (6002);
    /// [`is_forbidden`](Error::is_forbidden) without `write:pages` for the path, which Wiki.js
    /// reports as 6010, "not authorized to delete"; [`is_invalid_input`](Error::is_invalid_input) if
    /// the locale is not installed. [`Error::Incomplete`] if the page is made, but a script or style
    /// sheet is not stored because the key may not write it.
    pub async fn create(&self, page: NewPage) -> Result<Page> {
        page.check()?;
        let pages = self.clone();
        let work = move |turn| async move { pages.create_in(&turn, &page).await };
        self.client.write("PagesCreate", work).await
    }

    /// Makes a page in a turn to write.
    pub(super) async fn create_in(&self, turn: &Turn, page: &NewPage) -> Result<Page> {
        let stored = until_certain(
            &self.client,
            "PagesCreate",
            || self.send_create(turn, page),
            |is_over| self.look_for_created(turn, page, is_over),
        )
        .await?;
        check_new_scripts(
            &stored,
            page.script_css.as_deref(),
            page.script_js.as_deref(),
        )?;
        Ok(stored)
    }

    /// The locale that a new page means.
    pub(super) fn locale_of<'a>(&'a self, page: &'a NewPage) -> &'a Locale {
        page.locale
            .as_ref()
            .unwrap_or_else(|| self.client.default_locale())
    }

    async fn send_create(&self, turn: &Turn, page: &NewPage) -> Result<Page> {
        let locale = self.locale_of(page);
        let variables = api::pages_create::Variables {
            publish_start_date: page.publish_start.clone().into(),
            publish_end_date: page.publish_end.clone().into(),
            script_css: page.script_css.clone().into(),
            script_js: page.script_js.clone().into(),
            ..api::pages_create::Variables::new(
                page.content.clone(),
                page.description.clone().unwrap_or_default(),
                page.editor.clone().unwrap_or_default().to_string(),
                page.is_published.unwrap_or(true),
                page.is_private,
                locale.to_string(),
                page.path.to_string(),
                page.tags
                    .iter()
                    .flatten()
                    .map(|tag| Some(tag.to_string()))
                    .collect(),
                page.title.clone(),
            )
        };
        let answer = mutation!(self.client, turn, PagesCreate, pages.create, variables);
        let created = answer
            .page
            .ok_or_else(|| Error::unanswered("PagesCreate", "pages.create.page", Applied::Yes))?;
        match self.get(created.id).await {
            Ok(stored) => Ok(stored),
            // Whoever may write pages need not be allowed to read them (hazard 27).
            Err(error) if error.is_forbidden() => Ok(from_answer(created, page, locale.clone())),
            Err(error) => Err(read_back_failed(created.id, error)),
        }
    }

    /// Whether the page was made, and completes it if it was.
    pub(super) async fn look_for_created(
        &self,
        turn: &Turn,
        page: &NewPage,
        is_over: bool,
    ) -> Result<Look<Page>> {
        let at_path = self.get_by_path(&page.path).locale(self.locale_of(page));
        match at_path.opt().await? {
            Some(found) if page.is_kept_as(&found) => self
                .complete(turn, page, found, is_over)
                .await
                .map(Look::Made),
            // Somebody else's, or nobody's.
            _ => Ok(Look::NotMade),
        }
    }

    /// Wiki.js stores a page first and then its tags, its rendering and the page tree, each of which
    /// may fail (hazard 13). While it may still be at work it is waited for.
    async fn complete(
        &self,
        turn: &Turn,
        page: &NewPage,
        mut found: Page,
        is_over: bool,
    ) -> Result<Page> {
        let lacks_nothing = |found: &Page| {
            let has_tags = page
                .tags
                .iter()
                .flatten()
                .all(|tag| found.tags.contains(tag));
            has_tags && found.render.is_some()
        };
        let waits = if is_over { &[][..] } else { &STILL_AT_WORK };
        for wait in waits {
            if lacks_nothing(&found) {
                break;
            }
            self.client.pause(*wait).await;
            found = self.get(found.id).await?;
        }
        if is_over {
            self.mend_tree(turn).await;
        }
        if lacks_nothing(&found) {
            return Ok(found);
        }
        // An update writes the tags and renders.
        tracing::info!(page = %found.id, "completing a page that was made in part");
        let mut wanted = self.read_to_write(found.id).await?;
        wanted.tags = page.tags.clone().unwrap_or_default();
        self.rewrite(turn, &wanted).await?;
        self.get(found.id).await
    }
}

/// How long a page is waited for that Wiki.js may still be rendering, which takes it 1 to 2.5 s; in
/// units of the client's first delay between retries, by default 0.4, 0.6, 2 and 4 s.
const STILL_AT_WORK: [u32; 4] = [2, 3, 10, 20];

/// The page as far as the answer and what was sent tell.
fn from_answer(created: CreatedPage, page: &NewPage, locale: Locale) -> Page {
    let contributor = |id: i64, name, email| Contributor {
        id: id.into(),
        name,
        email,
    };
    Page {
        id: created.id.into(),
        path: PagePath::verbatim(created.path),
        locale,
        title: page.title.clone(),
        description: page.description.clone().unwrap_or_default(),
        content: page.content.clone(),
        content_type: created.content_type,
        render: None,
        tags: in_order(created.tags.into_iter().flatten().map(|tag| tag.tag)),
        created_at: created.created_at,
        updated_at: created.updated_at,
        hash: created.hash,
        // Not in the answer, and dropped in silence without a permission for them: not claimed.
        script_css: None,
        script_js: None,
        editorial: Some(Editorial {
            is_published: page.is_published.unwrap_or(true),
            publish_start: page.publish_start.clone(),
            publish_end: page.publish_end.clone(),
            is_private: created.is_private,
            private_ns: created.private_ns,
            editor: page.editor.clone().unwrap_or_default(),
            author: contributor(created.author_id, created.author_name, created.author_email),
            creator: contributor(
                created.creator_id,
                created.creator_name,
                created.creator_email,
            ),
        }),
    }
}

/// The write is made; only the look at it failed.
pub(super) fn read_back_failed(id: impl std::fmt::Display, error: Error) -> Error {
    Error::Incomplete(Box::new(Incomplete {
        done: format!("page {id} is written"),
        missing: "it could not be read back".to_owned(),
        source: error,
    }))
}
