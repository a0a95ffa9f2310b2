//! Custom GraphQL operations: `queries/*.graphql` contains the documents, the build script checks them against the
//! schema of Wiki.js and generates types, and [`Client::execute`] runs them.
//!
//! The library depends only on `wikijs-client`, and its build script on `wikijs-codegen`. `examples/run.rs` runs
//! the operations:
//!
//! ```sh
//! cargo run -p own-queries --example run
//! ```

use wikijs_client::{Client, Result};

/// Code that the build script generated.
pub mod api {
    wikijs_client::include_queries!();
}

use api::{
    RecentPages, TreeLevel,
    enums::{PageOrderBy, PageTreeMode},
    fragments::Entry,
    recent_pages, tree_level,
};

/// Returns the paths of recently changed pages, newest first.
///
/// # Errors
///
/// Any [`Error`](wikijs_client::Error) of [`Client::execute`].
pub async fn recent_paths(wiki: &Client, limit: i64) -> Result<Vec<String>> {
    let variables = recent_pages::Variables {
        limit: limit.into(),
        order_by: PageOrderBy::Updated.into(),
        // Unset variables are omitted from the request, and the wiki uses its defaults.
        ..recent_pages::Variables::new()
    };
    let data = wiki.execute::<RecentPages>(variables).await?;
    Ok(data.pages.list.into_iter().map(|page| page.path).collect())
}

/// Returns the folders and pages at the top level of the page tree. Every operation with the fragment `Entry`
/// returns the same Rust type for it.
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
    Ok(data.pages.tree.into_iter().map(|item| item.entry).collect())
}
