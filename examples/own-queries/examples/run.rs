//! Runs the operations of this crate on the wiki of `WIKIJS_URL` and `WIKIJS_API_KEY`, or on a fake wiki.
#![allow(clippy::print_stdout, reason = "an example prints its results")]

use wikijs_client::{Client, Result};
use wikijs_fake::{FakePage, FakeWiki};

#[tokio::main]
async fn main() -> Result<()> {
    let (wiki, _fake) = connect().await?;
    println!("Recently changed:");
    for path in own_queries::recent_paths(&wiki, 5).await? {
        println!("  /{path}");
    }
    println!("At the top of the tree:");
    for entry in own_queries::top_level(&wiki, "en").await? {
        println!(
            "  {} ({})",
            entry.title,
            if entry.is_folder { "folder" } else { "page" }
        );
    }
    Ok(())
}

/// Connects to the wiki of the environment, or to a fake wiki, which runs until the value is dropped.
async fn connect() -> Result<(Client, Option<FakeWiki>)> {
    if std::env::var_os("WIKIJS_URL").is_some() {
        return Ok((Client::from_env()?, None));
    }
    let fake = FakeWiki::start().await;
    fake.insert_pages([
        FakePage::new("home", "Home"),
        FakePage::new("docs/install", "Install"),
    ]);
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .build()?;
    Ok((wiki, Some(fake)))
}
