//! Creates and updates a handbook of 200 pages with a progress bar: first a dry run, then the bulk operation, which
//! is interrupted in the middle and resumed.
//!
//! Uses the wiki of `WIKIJS_URL` and `WIKIJS_API_KEY`. Without `WIKIJS_URL` it starts a fake wiki. All pages are
//! created below one path, and deleted at the end. `BULK_PAGES` sets the number of pages.
#![allow(clippy::print_stdout, reason = "an example prints its results")]

use std::{
    env,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::TryStreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use wikijs_client::{
    Client, Result,
    pages::{
        NewPage, Pages,
        bulk::{Bulk, Counts, Event},
    },
};
use wikijs_fake::FakeWiki;

#[tokio::main]
async fn main() -> Result<()> {
    let (wiki, _fake) = connect().await?;
    let pages = wiki.pages();
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let folder = format!("bulk-{seconds}");
    let journal = env::temp_dir().join(format!("{folder}.jsonl"));
    let count = env::var("BULK_PAGES")
        .ok()
        .and_then(|text| text.parse().ok());
    let handbook = || handbook(&folder, count.unwrap_or(200));

    println!("Dry run:");
    show(follow(pages.upsert_many(handbook()).dry_run(), None).await?);

    println!("Run, and interrupt it in the middle:");
    let half = pages.upsert_many(handbook()).journal(&journal);
    show(follow(half, Some(count.unwrap_or(200) / 2)).await?);

    println!("Resume:");
    let all = pages.upsert_many(handbook()).journal(&journal);
    show(follow(all, None).await?);

    println!("Run again, with nothing left to do:");
    show(follow(pages.upsert_many(handbook()), None).await?);

    println!("Delete the pages:");
    let _ = std::fs::remove_file(&journal);
    remove(&pages, &folder).await?;
    wiki.close().await;
    Ok(())
}

/// Connects to the wiki of the environment, or to a fake wiki, which runs until the value is dropped.
async fn connect() -> Result<(Client, Option<FakeWiki>)> {
    if env::var_os("WIKIJS_URL").is_some() {
        return Ok((Client::from_env()?, None));
    }
    let fake = FakeWiki::builder()
        .write_duration(Duration::from_millis(5))
        .start()
        .await;
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .build()?;
    println!("WIKIJS_URL is not set: this is a fake wiki.\n");
    Ok((wiki, Some(fake)))
}

/// Returns the desired state of the pages. The iterator creates them lazily.
fn handbook(folder: &str, count: u64) -> impl Iterator<Item = NewPage> + Send + use<> {
    let folder = folder.to_owned();
    (1..=count).map(move |number| {
        NewPage::new(
            format!("{folder}/chapter-{number}"),
            format!("Chapter {number}"),
            format!("# Chapter {number}\n\nText."),
        )
        .tags(["handbook"])
    })
}

/// Runs a bulk operation with a progress bar, and returns its counts. With `most`, drops the operation after that
/// many pages and returns `None`.
async fn follow(bulk: Bulk, most: Option<u64>) -> Result<Option<Counts>> {
    let bar = ProgressBar::no_length().with_style(
        ProgressStyle::with_template("   {bar:40} {pos}/{len} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut events = bulk.events();
    while let Some(event) = events.try_next().await? {
        match event {
            Event::Started { total, .. } => bar.set_length(total.unwrap_or_default()),
            Event::Begun {
                action, subject, ..
            } => bar.set_message(format!("{action} {subject}")),
            Event::Warning { message, .. } => bar.println(format!("   {message}")),
            Event::Item(item) => {
                if let Some(problem) = item.problem() {
                    bar.println(format!("   {problem}"));
                }
                bar.inc(1);
                if most == Some(item.index + 1) {
                    bar.abandon_with_message("interrupted");
                    return Ok(None);
                }
            }
            Event::Finished { counts, .. } => {
                bar.finish_with_message("done");
                return Ok(Some(counts));
            }
            _ => {}
        }
    }
    Ok(None)
}

fn show(counts: Option<Counts>) {
    match counts {
        Some(counts) => println!(
            "   {} created, {} updated, {} unchanged, {} done before, {} failed\n",
            counts.created, counts.updated, counts.unchanged, counts.done_before, counts.failed
        ),
        None => println!("   interrupted\n"),
    }
}

async fn remove(pages: &Pages, folder: &str) -> Result<()> {
    let list = pages.list().path_prefix(folder).await?;
    let ids: Vec<_> = list.into_iter().map(|page| page.id).collect();
    let report = pages.delete_many(ids).await?;
    println!("   {} deleted", report.counts.deleted);
    Ok(())
}
