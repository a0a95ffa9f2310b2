//! Lists of all pages: throughput of the whole call, and of decoding alone.

use std::{hint::black_box, sync::Arc, time::Instant};

use serde::Deserialize;
use wikijs_client::{api::pages_list, pages::PageSummary};

use super::shared::{
    Result,
    arguments::Arguments,
    bare::{self, Bare, KEY},
    canned::{Canned, Packed},
    report::{Report, Row, Unit},
    rounds::{Side, interleave},
    wiki::{Coalescing, client},
};

pub(crate) async fn measure(
    arguments: &Arguments,
    report: &mut Report,
    canned: &Canned,
) -> Result<()> {
    for pages in [10_000, 100_000] {
        for packed in [Packed::Plain, Packed::Gzip] {
            let name = format!("list/{pages}/{}", packed.name());
            if arguments.wants(&name) {
                report.add([end_to_end(arguments, canned, packed, pages, &name).await?])?;
            }
        }
        let name = format!("list/{pages}/decode");
        if arguments.wants(&name) {
            report.add(decode(arguments, canned, pages, &name).await?)?;
        }
    }
    Ok(())
}

/// Measures the whole call, up to the vector of pages.
async fn end_to_end(
    arguments: &Arguments,
    canned: &Canned,
    packed: Packed,
    pages: usize,
    name: &str,
) -> Result<Row> {
    let url = canned.wiki(packed, 0, pages);
    let wiki = client(&url, Coalescing::On)?;
    let bare = Arc::new(Bare::new(&url, KEY)?);
    let body = bare.list_body().await?.len();
    let mut sides = [
        Side::new(move || {
            let wiki = wiki.clone();
            timed(body, async move { Ok(wiki.pages().list().await?.len()) })
        }),
        Side::new(move || {
            let bare = Arc::clone(&bare);
            timed(body, async move { Ok(bare.list().await?.len()) })
        }),
    ];
    let figures = interleave(rounds(arguments, pages), &mut sides).await?;
    Ok(Row::of_rounds(
        name,
        format!("list of {pages} pages, whole call, {}", packed.name()),
        Unit::BytesPerSecond,
        &figures[0],
        ("bare reqwest and serde_json", &figures[1]),
    )
    .at_least(0.9))
}

fn rounds(arguments: &Arguments, pages: usize) -> usize {
    arguments.quick_or(5, if pages > 10_000 { 61 } else { 121 })
}

/// Returns the bytes of the response per second, including the drop of its pages.
async fn timed(
    body: usize,
    list: impl Future<Output = Result<usize>> + Send + 'static,
) -> Result<f64> {
    let begin = Instant::now();
    tokio::spawn(list).await??;
    Ok(per_second(body, begin))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn per_second(bytes: usize, begin: Instant) -> f64 {
    bytes as f64 / begin.elapsed().as_secs_f64()
}

/// A response with generated types, in the shape that the transport decodes.
#[derive(Deserialize)]
struct Generated {
    data: pages_list::ResponseData,
}

/// Measures decoding of the same bytes, without the network.
async fn decode(
    arguments: &Arguments,
    canned: &Canned,
    pages: usize,
    name: &str,
) -> Result<Vec<Row>> {
    let url = canned.wiki(Packed::Plain, 0, pages);
    let body = Bare::new(&url, KEY)?.list_body().await?;
    let mut sides = [
        decoding(&body, bare::list),
        decoding(&body, list_of),
        decoding(&body, |body| {
            let models = list_of(body)?.into_iter().map(PageSummary::from);
            Ok(models.collect::<Vec<_>>())
        }),
    ];
    let figures = interleave(rounds(arguments, pages), &mut sides).await?;
    let row = |suffix: &str, words: &str, side: usize| {
        Row::of_rounds(
            format!("{name}/{suffix}"),
            format!("decoding a list of {pages} pages, {words}"),
            Unit::BytesPerSecond,
            &figures[side],
            ("hand-written serde_json", &figures[0]),
        )
        .at_least(0.9)
    };
    Ok(vec![
        row("generated", "generated types", 1),
        row("models", "generated types and models", 2),
    ])
}

fn list_of(body: &[u8]) -> Result<Vec<pages_list::PagesListPagesList>> {
    let answer: Generated = serde_json::from_slice(body)?;
    Ok(answer.data.pages.list)
}

/// Creates the side that measures decoded bytes per second, including the drop of the decoded value.
fn decoding<Decoded>(
    body: &bytes::Bytes,
    decode: impl Fn(&[u8]) -> Result<Decoded> + Copy + Send + 'static,
) -> Side {
    let body = body.clone();
    Side::new(move || {
        let body = body.clone();
        async move {
            let begin = Instant::now();
            drop(black_box(decode(&body)?));
            Ok(per_second(body.len(), begin))
        }
    })
}
