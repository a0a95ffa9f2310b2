//! A program without `async`: `cargo run --example blocking --features blocking`.
//!
//! Uses the wiki of `WIKIJS_URL` and `WIKIJS_API_KEY`. Without `WIKIJS_URL` it starts a fake wiki. All pages are
//! created below one path, and deleted at the end.
#![allow(clippy::print_stdout, reason = "an example prints its results")]

use std::{
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use wikijs_client::{
    Client, Result,
    blocking::{Wait, WaitEach, block_on},
    pages::{NewPage, PageUpdate},
};
use wikijs_fake::FakeWiki;

fn main() -> Result<()> {
    let (wiki, _fake) = connect()?;
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let folder = format!("blocking-{seconds}");

    let outcome = work(&wiki, &folder);
    for page in wiki.pages().list().path_prefix(&folder).wait()? {
        wiki.pages().delete(page.id).wait()?;
    }
    outcome
}

/// Connects to the wiki of the environment, or to a fake wiki, which runs until the value is dropped.
fn connect() -> Result<(Client, Option<FakeWiki>)> {
    if std::env::var_os("WIKIJS_URL").is_some() {
        return Ok((Client::from_env()?, None));
    }
    let fake = block_on(FakeWiki::start())?;
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .build()?;
    println!("WIKIJS_URL is not set: this is a fake wiki.\n");
    Ok((wiki, Some(fake)))
}

fn work(wiki: &Client, folder: &str) -> Result<()> {
    let pages = wiki.pages();
    wiki.check().wait()?;

    for name in ["install", "configure", "upgrade"] {
        let page = NewPage::new(format!("{folder}/{name}"), name, format!("# {name}"));
        let page = pages.create(page).wait()?;
        println!("created {} at {}", page.id, page.path);
    }

    let page = pages.get_by_path(format!("{folder}/install")).wait()?;
    let page = pages
        .update(page.id, PageUpdate::new().title("Installation"))
        .wait()?;
    println!("{} is now {:?}", page.id, page.title);

    let listed = pages.list().path_prefix(folder).wait()?;
    let ids: Vec<_> = listed.iter().map(|page| page.id).collect();
    for (id, page) in pages.get_many(ids).wait_each()? {
        println!("{id}: {} bytes", page?.content.len());
    }

    // All threads can share a client.
    thread::scope(|scope| {
        for page in &listed {
            let pages = &pages;
            scope.spawn(move || match pages.history(page.id).wait() {
                Ok(history) => println!("{} has {} versions", page.path, history.len()),
                Err(error) => println!("{}: {error}", page.path),
            });
        }
    });
    Ok(())
}
