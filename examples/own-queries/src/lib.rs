//! Operations of one's own: written in `queries/*.graphql`, checked against the schema of Wiki.js when this crate is
//! built, and run by [`Client::execute`].
//!
//! This is a library with nothing but `wikijs-client` below it, and `wikijs-codegen` in its build. What runs it is in
//! `examples/run.rs`:
//!
//! ```sh
//! cargo run -p own-queries --example run
//! ```

use wikijs_client::{Client, Result};

/// What the build script generated.
pub mod api {
    wikijs_client::include_queries!();
}

use api::{
    RecentPages, TreeLevel,
    enums::{PageOrderBy, PageTreeMode},
    fragments::Entry,
    recent_pages, tree_level,
};

/// The paths of the pages that changed last, newest first.
///
/// # Errors
///
/// Any [`Error`](wikijs_client::Error) of [`Client::execute`].
pub async fn recent_paths(wiki: &Client, limit: i64) -> Result<Vec<String>> {
    let variables = recent_pages::Variables {
        limit: limit.into(),
        order_by: PageOrderBy::Updated.into(),
        // What is not named is left out of the request, and the wiki takes its own default.
        ..recent_pages::Variables::new()
    };
    let data = wiki.execute::<RecentPages>(variables).await?;
    let pages = data.pages.map(|pages| pages.list).unwrap_or_default();
    Ok(pages.into_iter().map(|page| page.path).collect())
}

/// The folders and pages at the top of the page tree. Each is the fragment `Entry`: one Rust type, whichever operation
/// it comes from.
///
/// # Errors
///
/// Any [`Error`](wikijs_client::Error) of [`Client::execute`].
pub async fn top_level(wiki: &Client, locale: &str) -> Result<Vec<Entry>> {
    let variables = tree_level::Variables {
        parent: 0.into(),
        ..tree_level::Variables::new(PageTreeMode::All, locale.to_owned())
    };
    let data = wiki.execute::<TreeLevel>(variables).await?;
    let items = data.pages.and_then(|pages| pages.tree).unwrap_or_default();
    Ok(items.into_iter().flatten().map(|item| item.entry).collect())
}
