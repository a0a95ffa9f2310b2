//! A handbook of two hundred pages is brought up to date, with a bar: what would change first, then the
//! work itself, interrupted in the middle and taken up again.
//!
//! On the wiki of `WIKIJS_URL` and `WIKIJS_API_KEY`, or, where `WIKIJS_URL` is not set, on a fake that
//! is started for it. Everything happens below one path, and is removed at the end.
//! `BULK_PAGES` is another number of pages.
#![allow(clippy::print_stdout, reason = "that is what the example is for")]

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

    println!("What would be done?");
    show(follow(pages.upsert_many(handbook()).dry_run(), None).await?);

    println!("Do half of it, and be interrupted:");
    let half = pages.upsert_many(handbook()).journal(&journal);
    show(follow(half, Some(count.unwrap_or(200) / 2)).await?);

    println!("Go on:");
    let all = pages.upsert_many(handbook()).journal(&journal);
    show(follow(all, None).await?);

    println!("And once more, where there is nothing to do:");
    show(follow(pages.upsert_many(handbook()), None).await?);

    println!("Remove it:");
    let _ = std::fs::remove_file(&journal);
    remove(&pages, &folder).await
}

/// The wiki of the environment, or a fake one, which lives as long as it is held.
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
    println!("WIKIJS_URL is not set: this is done to a fake wiki.\n");
    Ok((wiki, Some(fake)))
}

/// The pages as they shall be, made one by one as they are asked for.
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

/// Draws a bar of what happens, and says at the end what came of it. Goes away after so many steps, if
/// that is asked for.
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
                if let Err(error) = &item.result {
                    bar.println(format!("   {}: {error}", item.subject));
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
            "   {} made, {} changed, {} as they shall be, {} done before, {} failed\n",
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
