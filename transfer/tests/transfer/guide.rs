//! The programs of the page about folders in the client's guide. The client cannot run them, since it does not depend on
//! this package.

use wikijs_client::Client;
use wikijs_fake::{FakePage, FakeWiki};
use wikijs_transfer::TransferExt;

const GUIDE: &str = include_str!("../../../src/guide/folders.md");

async fn export_and_import(wiki: &Client, folder: &str) -> Result<(), Box<dyn std::error::Error>> {
    let report = wiki.export(folder).await?;
    println!("{report}");
    let plan = wiki.import(folder).plan().await?;
    println!("{plan}");
    if plan.problems.is_empty() {
        println!("{}", plan.apply().await?);
    }
    Ok(())
}

#[tokio::test]
async fn the_programs_of_the_guide_run() {
    let fake = FakeWiki::start().await;
    let id = fake.insert_page(FakePage::new("home", "Home").content("old"));
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    export_and_import(&wiki, folder).await.unwrap();
    assert_eq!(fake.page(id).unwrap().content, "old");
}

#[test]
fn the_programs_above_are_those_of_the_guide() {
    let tested: Vec<_> = include_str!("guide.rs").lines().map(str::trim).collect();
    let mut programs = GUIDE.split("```").skip(1).step_by(2);
    let mut compared = 0;
    for line in programs
        .by_ref()
        .filter_map(|program| program.strip_prefix("rust,ignore"))
        .flat_map(str::lines)
    {
        // The folder and the import of the crate stand elsewhere in this file.
        if !line.is_empty() && line != "let folder = \"backup\";" {
            assert!(tested.contains(&line.trim()), "{line}");
            compared += 1;
        }
    }
    assert_eq!(compared, 8);
}
