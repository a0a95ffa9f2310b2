//! Growth of memory with the number of pages whose content is read. It should not grow.

use futures::{StreamExt, TryStreamExt};
use wikijs_client::{Client, PageId};

use super::{
    heap,
    shared::{
        Result,
        arguments::Arguments,
        canned::{Canned, Packed},
        report::{Report, Row, Unit},
        wiki::{Coalescing, client, hydrate},
    },
};

/// Bytes of content of a page.
const CONTENT: usize = 1024;
/// The size with which the others are compared.
const UNIT: usize = 1000;
/// Maximum number of runs of one size.
const MOST_RUNS: usize = 100;

pub(crate) async fn measure(
    arguments: &Arguments,
    report: &mut Report,
    canned: &Canned,
) -> Result<()> {
    let most = arguments.quick_or(10_000, 100_000);
    let sizes: Vec<usize> = [100, UNIT, 10_000, 100_000]
        .into_iter()
        .filter(|pages| *pages <= most)
        .collect();
    let name = "growth/memory/list";
    if arguments.wants(name) {
        report.add(grow(canned, &sizes, name, "list", listed).await?)?;
    }
    let name = "growth/memory/list with content";
    if arguments.wants(name) {
        let words = "list with content, without its ids and the connections";
        report.add(limit_largest(
            grow(canned, &sizes, name, words, hydrated).await?,
        ))?;
    }
    let name = "growth/memory/get_many";
    if arguments.wants(name) {
        report.add(limit_largest(
            grow(
                canned,
                &sizes,
                name,
                "get_many, without the connections",
                read_by_id,
            )
            .await?,
        ))?;
    }
    Ok(())
}

/// Sets the target: the largest size may need little more memory than the unit.
fn limit_largest(mut rows: Vec<Row>) -> Vec<Row> {
    if let Some(largest) = rows.pop() {
        rows.push(largest.at_most(1.2));
    }
    rows
}

/// Measures the peak memory of some work for each size. A single peak varies by chance, so a small size runs
/// until it has read as many pages as the largest size, and its highest peak counts.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
async fn grow(
    canned: &Canned,
    sizes: &[usize],
    name: &str,
    words: &str,
    work: impl AsyncFn(&Client, usize) -> Result<usize>,
) -> Result<Vec<Row>> {
    let largest = sizes.iter().copied().max().unwrap_or_default();
    let mut peaks = Vec::new();
    for pages in sizes {
        let wiki = client(&canned.wiki(Packed::Plain, CONTENT, *pages), Coalescing::On)?;
        warm_up(&wiki).await?;
        // A warm-up run, since buffers grow with the data received so far.
        work(&wiki, *pages).await?;
        let mut peak = 0;
        for _ in 0..(largest / pages).min(MOST_RUNS) {
            peak = work(&wiki, *pages).await?.max(peak);
        }
        peaks.push(peak as f64);
    }
    let unit = sizes.iter().position(|pages| *pages == UNIT).unwrap_or(0);
    let rows = sizes.iter().zip(&peaks).map(|(pages, peak)| {
        Row::new(
            format!("{name}/{pages}"),
            format!("peak memory, {words}, {pages} pages"),
            Unit::Bytes,
            *peak,
        )
        .against("1000 pages", peaks[unit])
    });
    Ok(rows.collect())
}

/// Returns the peak memory of a list.
async fn listed(wiki: &Client, pages: usize) -> Result<usize> {
    heap::watch();
    let list = wiki.pages().list().await?;
    check_count(list.len(), pages)?;
    Ok(heap::peak())
}

/// Returns the peak memory of a list with content from its first page on, without the ids of its pages.
async fn hydrated(wiki: &Client, pages: usize) -> Result<usize> {
    let before = heap::alive();
    let mut stream = hydrate(wiki);
    let mut got = usize::from(stream.try_next().await?.is_some());
    // The list has been received and decoded.
    let at_first = heap::alive();
    heap::watch();
    while stream.try_next().await?.is_some() {
        got += 1;
    }
    check_count(got, pages)?;
    let most = (at_first + heap::peak()).saturating_sub(before);
    Ok(most.saturating_sub(pages * size_of::<PageId>()))
}

/// Returns the peak memory of reading pages by their ids.
async fn read_by_id(wiki: &Client, pages: usize) -> Result<usize> {
    heap::watch();
    read(wiki, pages).await?;
    Ok(heap::peak())
}

/// Opens all connections and fills their buffers. hyper doubles the read buffer of a connection whenever a
/// response fills it, up to 400 KiB. That memory is independent of the number of pages.
async fn warm_up(wiki: &Client) -> Result<()> {
    read(wiki, 10_000).await
}

async fn read(wiki: &Client, pages: usize) -> Result<()> {
    let mut many = wiki.pages().get_many(1..=i64::try_from(pages)?);
    let mut got = 0;
    while let Some((_, page)) = many.next().await {
        page?;
        got += 1;
    }
    check_count(got, pages)
}

fn check_count(got: usize, wanted: usize) -> Result<()> {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{got} of {wanted} pages").into())
    }
}
