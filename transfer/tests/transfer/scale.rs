//! Tests with large wikis.

use futures::StreamExt;
use wikijs_fake::FakePage;
use wikijs_transfer::{ExportEvent, TransferExt};

use crate::common::{fake, folder};

/// The cost of an export.
struct Cost {
    /// Operations other than reads of one page.
    others: usize,
    requests: usize,
}

/// Exports `pages` pages and returns the cost.
async fn export(pages: usize) -> Cost {
    let (one, wiki) = fake().await;
    for n in 0..pages {
        let page = FakePage::new(format!("part{}/page{n}", n % 100), format!("Page {n}"));
        one.insert_page(page.content("text ".repeat(20)));
    }
    one.clear_requests();
    let folder = folder();
    let mut events = wiki.export(folder.path()).with_assets(false).stream();
    let mut written = 0;
    while let Some(event) = events.next().await {
        written += usize::from(matches!(event.unwrap(), ExportEvent::Written { .. }));
    }
    assert_eq!(written, pages);
    let requests = one.requests();
    let operations = requests.iter().flat_map(|request| &request.operations);
    let (reads, others): (Vec<_>, Vec<_>) =
        operations.partition(|operation| operation.name.as_deref() == Some("PagesGet"));
    assert_eq!(reads.len(), pages, "each page is read once");
    Cost {
        others: others.len(),
        requests: requests.len(),
    }
}

#[tokio::test]
async fn the_requests_per_page_do_not_grow_with_the_number_of_pages() {
    let few = export(1000).await;
    let many = export(10_000).await;
    assert_eq!(many.others, few.others);
    // Fifty pages are read together: at most four take the free permits, and the others are a batch.
    let most = many.others + 5 * 10_000 / 50;
    assert!(many.requests <= most, "{} {most}", many.requests);
}
