//! Peak memory of a list, compared with the size of its response.

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

pub(crate) async fn measure(
    arguments: &Arguments,
    report: &mut Report,
    canned: &Canned,
) -> Result<()> {
    for pages in [10_000, 100_000] {
        for packed in [Packed::Plain, Packed::Gzip] {
            let name = format!("list/{pages}/memory/{}", packed.name());
            if arguments.wants(&name) {
                report.add(peak(canned, packed, pages, &name).await?)?;
            }
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
async fn peak(canned: &Canned, packed: Packed, pages: usize, name: &str) -> Result<Vec<Row>> {
    let url = canned.wiki(packed, 0, pages);
    let bare = Bare::new(&url, KEY)?;
    let body = bare.list_body().await?.len() as f64;
    heap::watch();
    let listed = bare.list().await?;
    let by_bare = heap::peak() as f64;
    drop(listed);
    let wiki = client(&url, Coalescing::On)?;
    // Opens the connection and verifies the identity of the caller, so that neither is measured.
    wiki.pages().get(1).await?;
    let before = heap::alive();
    heap::watch();
    let listed = wiki.pages().list().await?;
    let by_client = heap::peak() as f64;
    let kept = heap::alive().saturating_sub(before) as f64;
    drop(listed);
    let words = format!("a list of {pages} pages, {}", packed.name());
    let row = |suffix: &str, what: String, figure: f64| {
        Row::new(format!("{name}/{suffix}"), what, Unit::Bytes, figure)
    };
    let of_body =
        row("body", format!("peak memory of {words}"), by_client).against("its body", body);
    Ok(vec![
        if pages == 100_000 {
            of_body.at_most(2.5)
        } else {
            of_body
        },
        row("bare", format!("peak memory of {words}"), by_client)
            .against("bare reqwest and serde_json", by_bare),
        row("kept", format!("memory of the result of {words}"), kept).against("its body", body),
    ])
}
