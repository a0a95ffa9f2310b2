//! A tour of the main calls.
//!
//! Uses the wiki of `WIKIJS_URL` and `WIKIJS_API_KEY`. Without `WIKIJS_URL` it starts a fake wiki. All pages are
//! created below one path, and deleted at the end.
#![allow(clippy::print_stdout, reason = "an example prints its results")]

use std::time::{SystemTime, UNIX_EPOCH};

use futures::{StreamExt, TryStreamExt};
use wikijs_client::{
    Client, Identity, Result,
    pages::{NewPage, PageOrderBy, PageUpdate, Pages},
};
use wikijs_fake::FakeWiki;

#[tokio::main]
async fn main() -> Result<()> {
    let (wiki, _fake) = connect().await?;
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let folder = format!("tour-{seconds}");

    let outcome = tour(&wiki, &folder).await;
    remove(&wiki.pages(), &folder).await?;
    wiki.close().await;
    outcome
}

/// Connects to the wiki of the environment, or to a fake wiki, which runs until the value is dropped.
async fn connect() -> Result<(Client, Option<FakeWiki>)> {
    if std::env::var_os("WIKIJS_URL").is_some() {
        return Ok((Client::from_env()?, None));
    }
    let fake = FakeWiki::start().await;
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .build()?;
    println!("WIKIJS_URL is not set: this is a tour of a fake wiki.\n");
    Ok((wiki, Some(fake)))
}

async fn tour(wiki: &Client, folder: &str) -> Result<()> {
    let pages = wiki.pages();

    step("Check the connection");
    let check = wiki.check().await?;
    let identity = match check.identity {
        Identity::Guest => "a guest".to_owned(),
        Identity::ApiKey { acts_as, .. } => format!("an API key that acts as {}", acts_as.name),
        other => format!("{other:?}"),
    };
    let version = check
        .version
        .unwrap_or_else(|| "of an unknown version".to_owned());
    println!(
        "   {} is Wiki.js {version}, and the caller is {identity}",
        wiki.url()
    );

    step("Create three pages concurrently");
    let new = ["install", "configure", "upgrade"].map(|name| {
        NewPage::new(
            format!("{folder}/{name}"),
            format!("How to {name}"),
            format!("# {name}\n\nText."),
        )
        .description("A page of the tour")
        .tags(["tour", name])
    });
    let made: Vec<_> = futures::future::try_join_all(new.map(|page| pages.create(page))).await?;
    for page in &made {
        println!(
            "   {} at {} with tags {}",
            page.id,
            page.path,
            join(&page.tags)
        );
    }

    step("Update only the title");
    let updated = pages
        .update(made[0].id, PageUpdate::new().title("Installation"))
        .await?;
    println!(
        "   {} is now {:?}; its tags are still {}",
        updated.id,
        updated.title,
        join(&updated.tags)
    );
    println!("   and it is still published: {:?}", updated.is_published());

    step("List, by title");
    let list = pages
        .list()
        .path_prefix(folder)
        .order_by(PageOrderBy::Title)
        .limit(10);
    for page in list.await? {
        println!("   {:<16} {}", page.title, page.path);
    }

    step("Search");
    let hits = pages
        .search("configure")
        .path_prefix(folder)
        .limit(10)
        .await?;
    for hit in &hits {
        println!("   {} {}", hit.id, hit.path);
    }

    step("Find pages by tag, and get them concurrently");
    let tagged = pages.get_by_tags(["tour"]).path_prefix(folder).await?;
    let mut contents = pages.get_many(tagged.iter().map(|page| page.id).collect::<Vec<_>>());
    while let Some((id, page)) = contents.next().await {
        println!("   {id}: {} characters", page?.content.chars().count());
    }

    step("Get a page that does not exist");
    match pages.get_by_path(format!("{folder}/nothing")).await {
        Err(error) if error.is_not_found() => println!("   {error}"),
        Err(error) => return Err(error),
        Ok(page) => println!("   found {}", page.path),
    }
    Ok(())
}

/// Deletes all pages below the path of the tour, even after an error.
async fn remove(pages: &Pages, folder: &str) -> Result<()> {
    step("Delete");
    let mut left = pages.list().path_prefix(folder).stream();
    while let Some(page) = left.try_next().await? {
        pages.delete(page.id).await?;
        println!("   {}", page.path);
    }
    Ok(())
}

fn step(title: &str) {
    println!("{title}");
}

fn join(tags: &[wikijs_client::Tag]) -> String {
    tags.iter()
        .map(AsRef::as_ref)
        .collect::<Vec<_>>()
        .join(", ")
}
