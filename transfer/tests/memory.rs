//! Test that the memory of an export does not grow with the contents of the wiki.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{alloc::System, path::Path, time::Duration};

use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait as _};
use wikijs_client::Client;
use wikijs_fake::{FakePage, FakeWiki};
use wikijs_transfer::TransferExt;

#[global_allocator]
static HEAP: PeakMemAlloc<System> = PeakMemAlloc::new(System);

const CONTENT_BYTES: usize = 32 * 1024;

async fn wiki(pages: usize) -> (FakeWiki, Client) {
    let fake = FakeWiki::builder()
        .write_duration(Duration::ZERO)
        .keep_requests(false)
        .start()
        .await;
    for n in 0..pages {
        let content = format!("{n} ").repeat(CONTENT_BYTES / 4);
        fake.insert_page(FakePage::new(format!("page{n}"), format!("Page {n}")).content(content));
    }
    let client = Client::builder(fake.url())
        .api_key(fake.api_key())
        .build()
        .unwrap();
    (fake, client)
}

/// Returns the peak memory of an export of `pages` pages in bytes, without the memory of the fake wiki.
async fn export(pages: usize, folder: &Path) -> usize {
    let (_fake, client) = wiki(pages).await;
    HEAP.reset_peak_memory();
    let report = client.export(folder).with_assets(false).await.unwrap();
    assert_eq!(report.pages_written, pages);
    HEAP.get_peak_memory()
}

#[tokio::test]
async fn export_memory_is_independent_of_the_number_of_large_pages() {
    let (few, many) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let few = export(200, few.path()).await; // twice what is read ahead
    let many = export(1000, many.path()).await;
    assert!(
        many < few + few / 2,
        "{few} bytes for 200 pages, {many} for 1000"
    );
}
