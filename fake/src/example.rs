//! A wiki for examples in documentation.

use crate::state::{FakeAsset, FakeGroup, FakePage, FakeUser, SearchEngine};
use crate::wiki::{FakeWiki, FakeWikiBuilder};
use serde::Deserialize;
use std::fmt;
use std::sync::LazyLock;

/// The number of pages of the handbook, so that the ids in examples can be like those of a real wiki.
const CHAPTERS: usize = 122;

/// The other pages.
static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
    let pages = serde_json::from_str(include_str!("data/example.json"));
    pages.unwrap_or_default()
});

#[derive(Debug, Deserialize)]
struct Page {
    locale: String,
    path: String,
    title: String,
    description: String,
    content: String,
    tags: Vec<String>,
}

impl FakeWikiBuilder {
    /// Fills the wiki with an example of everything:
    ///
    /// | | |
    /// |---|---|
    /// | pages 1 to 122 | `handbook/chapter-1` and so on, with the tag `handbook` |
    /// | page 123 | `guides/colours`, with the tags `api` and `guide`, and a link to `docs/install` |
    /// | page 124 | `guides/couleurs`, in French |
    /// | other pages | `docs/api`, and `docs/install` and `getting-started` in English and in French |
    /// | files | `docs/photo.png`, `docs/film.mp4`, `docs/images/photo.png` |
    /// | groups 3 and 4 | Readers and Editors |
    /// | users 3, 4 and 5 | Emil, an editor, with the password [`EMILS_PASSWORD`](Self::EMILS_PASSWORD), Fred and Rosa, readers |
    ///
    /// French is installed, the search engine is `postgres`, anybody may register, and mail is configured.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let wiki = wikijs_fake::FakeWiki::builder().filled().start().await;
    /// assert_eq!(wiki.page(123).unwrap().path, "guides/colours");
    /// # });
    /// ```
    pub fn filled(self) -> Self {
        let chapters = (1..=CHAPTERS).map(|number| {
            let path = format!("handbook/chapter-{number}");
            FakePage::new(path, format!("Chapter {number}"))
                .description("A chapter of the handbook")
                .content(format!("# Chapter {number}\n\nWhat there is to know."))
                .tags(["handbook"])
        });
        let readers = ["read:pages", "read:assets", "read:comments"];
        let editors = [
            "read:pages",
            "read:source",
            "read:history",
            "write:pages",
            "manage:pages",
        ];
        let emil = FakeUser::new("Emil", "emil@example.com").password(Self::EMILS_PASSWORD);
        let pages = PAGES.iter().map(|page| {
            FakePage::new(&page.path, &page.title)
                .locale(&page.locale)
                .description(&page.description)
                .content(&page.content)
                .tags(&page.tags)
        });
        let picture = [0x89, b'P', b'N', b'G'];
        self.locales(["fr"])
            .search_engine(SearchEngine::Postgres)
            .self_registration(Vec::<String>::new())
            .sends_mail()
            .group(FakeGroup::new("Readers", readers))
            .group(FakeGroup::new("Editors", editors))
            .user(emil.groups([4]))
            .user(FakeUser::new("Fred", "fred@example.com").groups([3]))
            .user(FakeUser::new("Rosa", "rosa@example.com").groups([3]))
            .pages(chapters)
            .pages(pages)
            .asset(FakeAsset::new("docs/photo.png", picture))
            .asset(FakeAsset::new("docs/film.mp4", vec![0; 4096]))
            .asset(FakeAsset::new("docs/images/photo.png", picture))
    }

    /// The password of Emil in a [filled](Self::filled) wiki.
    pub const EMILS_PASSWORD: &str = "correct horse";
}

/// Runs an example in documentation on a [filled](FakeWikiBuilder::filled) wiki, on its own runtime.
///
/// ````
/// /// Says hello.
/// ///
/// /// ```
/// /// # wikijs_fake::example(async |wiki| {
/// /// # let (url, key) = (wiki.url(), wiki.api_key());
/// /// my_bot::greet(url, key).await?;
/// /// # Ok::<_, my_bot::Error>(())
/// /// # });
/// /// ```
/// # fn greet() {}
/// ````
///
/// # Panics
///
/// Panics if the example fails, or if the runtime or the wiki cannot be started.
#[expect(clippy::panic, reason = "examples in documentation fail by panicking")]
pub fn example<E: fmt::Debug>(example: impl AsyncFnOnce(FakeWiki) -> Result<(), E>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(async {
            let wiki = FakeWiki::builder().filled().start().await;
            example(wiki).await
        }),
        Err(error) => panic!("the runtime cannot be started: {error}"),
    };
    if let Err(error) = result {
        panic!("the example failed: {error:?}");
    }
}

/// Runs an example in the documentation of `wikijs-client`, which must be a dependency of the calling crate: `wiki` is
/// a client of a [filled](FakeWikiBuilder::filled) wiki, and `fake` is that wiki.
///
/// ```ignore
/// # wikijs_fake::example!(wiki, fake => {
/// let page = wiki.pages().get(123).await?;
/// assert_eq!(fake.request_count(), 2); // one for the page, and one for the identity of the caller
/// # });
/// ```
#[macro_export]
macro_rules! example {
    ($wiki:ident => { $($body:tt)* }) => {
        $crate::example!($wiki, fake => { $($body)* })
    };
    ($wiki:ident, $fake:ident => { $($body:tt)* }) => {
        $crate::example(async |$fake| {
            let $wiki = ::wikijs_client::Client::builder($fake.url())
                .api_key($fake.api_key())
                .build()?;
            $($body)*
            Ok::<_, Box<dyn std::error::Error>>(())
        })
    };
}
