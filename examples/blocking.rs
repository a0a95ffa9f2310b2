//! A program without `async`: `cargo run --example blocking --features blocking`.
//!
//! On the wiki of `WIKIJS_URL` and `WIKIJS_API_KEY`, or, where `WIKIJS_URL` is not set, on a fake that
//! is started for it. Everything happens below one path, and is removed at the end.
#![allow(clippy::print_stdout, reason = "that is what the example is for")]

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

/// The wiki of the environment, or a fake one, which lives as long as it is held.
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
        println!("made {} at {}", page.id, page.path);
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

    // A client is for all threads.
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
