//! Growth of time with the number of pages: listing them, and reading their content.

use std::time::Instant;

use futures::{StreamExt, TryStreamExt};
use wikijs_client::Client;

use super::shared::{
    Result,
    arguments::Arguments,
    canned::{Canned, Packed},
    report::{Report, Row, Unit},
    rounds::{Side, interleave},
    wiki::{Coalescing, client, hydrate},
};

/// Bytes of content of a page.
const CONTENT: usize = 1024;
/// The size with which the others are compared.
const UNIT: usize = 1000;

pub(crate) async fn measure(
    arguments: &Arguments,
    report: &mut Report,
    canned: &Canned,
) -> Result<()> {
    let most = arguments.quick_or(10_000, 100_000);
    for work in [Work::List, Work::Hydrate, Work::GetMany] {
        let name = format!("growth/time/{}", work.name());
        if arguments.wants(&name) {
            report.add(grow(arguments, canned, most, work, &name).await?)?;
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Work {
    List,
    Hydrate,
    GetMany,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Hydrate => "list with content",
            Self::GetMany => "get_many",
        }
    }

    /// Runs the work and returns the number of pages.
    async fn run(self, wiki: Client, pages: usize) -> Result<usize> {
        Ok(match self {
            Self::List => wiki.pages().list().await?.len(),
            Self::Hydrate => {
                hydrate(&wiki)
                    .try_fold(0, |sum, _| async move { Ok(sum + 1) })
                    .await?
            }
            Self::GetMany => {
                let ids = 1..=i64::try_from(pages)?;
                let mut many = wiki.pages().get_many(ids);
                let mut got = 0;
                while let Some((_, page)) = many.next().await {
                    page?;
                    got += 1;
                }
                got
            }
        })
    }
}

/// Measures the time per page for each size.
async fn grow(
    arguments: &Arguments,
    canned: &Canned,
    most: usize,
    work: Work,
    name: &str,
) -> Result<Vec<Row>> {
    let counts: Vec<usize> = [100, UNIT, 10_000, 100_000]
        .into_iter()
        .filter(|pages| *pages <= most)
        .collect();
    let mut sides = Vec::new();
    for pages in counts.iter().copied() {
        let wiki = client(&canned.wiki(Packed::Plain, CONTENT, pages), Coalescing::On)?;
        // Small sizes are repeated, so that the duration can be measured.
        let times = (2 * UNIT / pages).max(1);
        sides.push(Side::new(move || {
            let wiki = wiki.clone();
            async move {
                wiki.pages().get(1).await?;
                let begin = Instant::now();
                for _ in 0..times {
                    let got = tokio::spawn(work.run(wiki.clone(), pages)).await??;
                    if got != pages {
                        return Err(format!("{got} of {pages} pages").into());
                    }
                }
                #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
                let each = begin.elapsed().as_secs_f64() / (pages * times) as f64;
                Ok(each)
            }
        }));
    }
    let figures = interleave(arguments.quick_or(1, 3), &mut sides).await?;
    let unit = counts.iter().position(|pages| *pages == UNIT).unwrap_or(0);
    let rows = counts.iter().zip(&figures).map(|(pages, each)| {
        Row::of_rounds(
            format!("{name}/{pages}"),
            format!("time for each page, {}, {pages} pages", work.name()),
            Unit::Seconds,
            each,
            ("1000 pages", &figures[unit]),
        )
    });
    Ok(rows.collect())
}
