//! Exports a wiki into a folder, edits the files, and imports them into another wiki. Run it with
//! `cargo run --package wikijs-transfer --example export`.
//!
//! The example starts two fake wikis, and removes the folder at the end. For a real wiki, set `WIKIJS_URL` and
//! `WIKIJS_API_KEY` and use `Client::from_env()`.
#![allow(clippy::print_stdout, reason = "an example prints its results")]

use std::{error::Error, fs, path::Path};

use futures::TryStreamExt;
use wikijs_client::Client;
use wikijs_fake::{FakeAsset, FakePage, FakeWiki};
use wikijs_transfer::{ExportEvent, TransferExt};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (one, other) = (start_sample_wiki().await, FakeWiki::start().await);
    let (from, to) = (client(&one)?, client(&other)?);
    let folder = tempfile::tempdir()?;
    let folder = folder.path();

    println!("Export");
    let mut events = from.export(folder).stream();
    while let Some(event) = events.try_next().await? {
        match event {
            ExportEvent::Listed { pages } => println!("   {pages} pages"),
            ExportEvent::Written { item, file } => println!("   {item} -> {}", file.display()),
            ExportEvent::Failed(failure) => println!("   {failure}"),
            ExportEvent::Finished(report) => println!("   {report}"),
            _ => {}
        }
    }
    println!("\nThe file of a page");
    println!("{}", indented(&folder.join("en/docs/install.md"))?);

    println!("\nExport again: only changes are read and written");
    println!("   {}", from.export(folder).await?);

    println!("\nWrite a page by hand, and import the folder into an empty wiki");
    fs::write(
        folder.join("en/docs/upgrade.md"),
        "# How to upgrade\n\nText.\n",
    )?;
    let plan = to.import(folder).plan().await?;
    println!("{plan}\n");
    println!("   {}", plan.apply().await?);

    println!("\nChange a file, and show the plan");
    let file = folder.join("en/home.md");
    let text = fs::read_to_string(&file)?;
    fs::write(&file, text.replace("title: Home", "title: Welcome"))?;
    println!("{}", to.import(folder).plan().await?);
    Ok(())
}

async fn start_sample_wiki() -> FakeWiki {
    FakeWiki::builder()
        .page(FakePage::new("home", "Home"))
        .page(FakePage::new("docs/install", "Install").tags(["docs", "setup"]))
        .page(
            FakePage::new("docs/api", "API")
                .editor("code")
                .content("<p>HTML</p>"),
        )
        .asset(FakeAsset::new("docs/photo.png", "not really one"))
        .start()
        .await
}

fn client(wiki: &FakeWiki) -> wikijs_client::Result<Client> {
    Client::builder(wiki.url()).api_key(wiki.api_key()).build()
}

fn indented(file: &Path) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(file)?;
    let lines: Vec<String> = text.lines().map(|line| format!("   | {line}")).collect();
    Ok(lines.join("\n"))
}
