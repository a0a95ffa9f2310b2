//! Allocations of a single get, compared with bare reqwest and `serde_json`.

use super::{
    heap,
    shared::{
        Result,
        arguments::Arguments,
        bare::{Bare, KEY},
        canned::{Canned, Packed},
        report::{Report, Row, Unit},
        wiki::{Coalescing, client},
    },
};

const CONTENT: usize = 2048;

pub(crate) async fn measure(
    arguments: &Arguments,
    report: &mut Report,
    canned: &Canned,
) -> Result<()> {
    for packed in [Packed::Plain, Packed::Gzip] {
        let name = format!("direct/allocations/{}", packed.name());
        if arguments.wants(&name) {
            report.add(allocations(canned, packed, &name).await?)?;
        }
    }
    Ok(())
}

async fn allocations(canned: &Canned, packed: Packed, name: &str) -> Result<Vec<Row>> {
    let url = canned.wiki(packed, CONTENT, 0);
    let bare = Bare::new(&url, KEY)?;
    let by_bare = each(async || bare.get(1).await.map(drop)).await?;
    let mut rows = Vec::new();
    for coalescing in [Coalescing::Off, Coalescing::On] {
        let wiki = client(&url, coalescing)?;
        let by_client = each(async || {
            wiki.pages().get(1).await?;
            Ok(())
        })
        .await?;
        let words = format!("a single get, {}, {}", packed.name(), coalescing.name());
        let name = format!("{name}/{coalescing:?}");
        rows.push(
            Row::new(
                format!("{name}/count"),
                format!("allocations for {words}"),
                Unit::Count,
                by_client.0,
            )
            .against("bare reqwest", by_bare.0),
        );
        rows.push(
            Row::new(
                format!("{name}/bytes"),
                format!("bytes allocated for {words}"),
                Unit::Bytes,
                by_client.1,
            )
            .against("bare reqwest", by_bare.1),
        );
    }
    Ok(rows)
}

/// Returns the allocations and allocated bytes of one get, with connections and buffers already warm.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
async fn each(mut get: impl AsyncFnMut() -> Result<()>) -> Result<(f64, f64)> {
    const GETS: usize = 500;
    for _ in 0..100 {
        get().await?;
    }
    let before = heap::stats();
    for _ in 0..GETS {
        get().await?;
    }
    let (count, bytes) = heap::allocated(before);
    Ok((count as f64 / GETS as f64, bytes as f64 / GETS as f64))
}
