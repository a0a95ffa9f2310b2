//! Single gets compared with bare reqwest and `serde_json`, from a server that responds at once.

use std::{sync::Arc, time::Instant};

use futures::future::try_join_all;
use wikijs_client::Client;

use super::shared::{
    Result,
    arguments::Arguments,
    bare::{Bare, KEY},
    canned::{Canned, Packed},
    machine::processor_time,
    report::{Report, Row, Unit},
    rounds::{Ratio, Side, interleave, quantile},
    wiki::{Coalescing, client},
};

/// Bytes of content of a page. The rendered HTML is a little larger.
const CONTENT: usize = 2048;
/// Number of different ids that are requested in turn.
const IDS: usize = 100;
const BARE: &str = "bare reqwest";

pub(crate) async fn measure(
    arguments: &Arguments,
    report: &mut Report,
    canned: &Canned,
) -> Result<()> {
    for (packed, tasks) in [
        (Packed::Plain, 1),
        (Packed::Plain, 8),
        (Packed::Plain, 32),
        (Packed::Gzip, 1),
        (Packed::Gzip, 32),
    ] {
        let name = format!("direct/throughput/{}/{tasks}", packed.name());
        if arguments.wants(&name) {
            report.add(throughput(arguments, canned, packed, tasks, &name).await?)?;
        }
    }
    let name = "direct/latency";
    if arguments.wants(name) {
        report.add(latency(arguments, canned, name).await?)?;
    }
    Ok(())
}

/// Duration of a run of gets.
#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    gets_per_second: f64,
    /// Processor time of this process for each get.
    processor_time: Option<f64>,
}

/// Measures gets per second with `tasks` concurrent tasks.
async fn throughput(
    arguments: &Arguments,
    canned: &Canned,
    packed: Packed,
    tasks: usize,
    name: &str,
) -> Result<Vec<Row>> {
    let url = canned.wiki(packed, CONTENT, 0);
    let gets = arguments.quick_or(200, if tasks == 1 { 1000 } else { 3200 });
    let bare = Arc::new(Bare::new(&url, KEY)?);
    let mut sides = vec![Side::new(move || {
        let bare = Arc::clone(&bare);
        spend(tasks, gets, move |id| {
            let bare = Arc::clone(&bare);
            async move { bare.get(id).await.map(drop) }
        })
    })];
    for coalescing in [Coalescing::Off, Coalescing::On] {
        let wiki = client(&url, coalescing)?;
        sides.push(Side::new(move || {
            let wiki = wiki.clone();
            spend(tasks, gets, move |id| get(wiki.clone(), id))
        }));
    }
    // With many tasks the scheduler makes rounds vary more, so that more rounds are needed.
    let rounds = arguments.quick_or(5, if tasks == 1 { 25 } else { 151 });
    let figures = interleave(rounds, &mut sides).await?;
    let rates: Vec<Vec<f64>> = figures.iter().map(|side| rates(side)).collect();
    let times: Option<Vec<Vec<f64>>> = figures.iter().map(|side| times(side)).collect();
    let mut rows = Vec::new();
    for (side, coalescing) in [(1, Coalescing::Off), (2, Coalescing::On)] {
        let words = format!(
            "single gets by {tasks} {}, {}, {}",
            if tasks == 1 { "task" } else { "tasks" },
            packed.name(),
            coalescing.name()
        );
        let row = Row::of_rounds(
            format!("{name}/{coalescing:?}"),
            &words,
            Unit::PerSecond,
            &rates[side],
            (BARE, &rates[0]),
        );
        rows.push(match (packed, tasks, coalescing) {
            (Packed::Plain, 32, Coalescing::Off) => row.at_least(0.95),
            _ => row,
        });
        if let Some(times) = &times {
            rows.push(Row::of_rounds(
                format!("{name}/{coalescing:?}/processor"),
                format!("processor time of that, {words}"),
                Unit::Seconds,
                &times[side],
                (BARE, &times[0]),
            ));
        }
    }
    Ok(rows)
}

fn rates(side: &[Spent]) -> Vec<f64> {
    side.iter().map(|spent| spent.gets_per_second).collect()
}

fn times(side: &[Spent]) -> Option<Vec<f64>> {
    side.iter().map(|spent| spent.processor_time).collect()
}

async fn get(wiki: Client, id: i64) -> Result<()> {
    wiki.pages().get(id).await?;
    Ok(())
}

/// Runs `gets` gets in `tasks` tasks and returns the duration.
#[expect(clippy::cast_precision_loss, reason = "some thousands")]
async fn spend<Get, Got>(tasks: usize, gets: usize, get: Get) -> Result<Spent>
where
    Get: Fn(i64) -> Got + Clone + Send + 'static,
    Got: Future<Output = Result<()>> + Send + 'static,
{
    let each = gets / tasks;
    let before = processor_time();
    let begin = Instant::now();
    let running = (0..tasks).map(|task| {
        let get = get.clone();
        tokio::spawn(async move {
            for number in 0..each {
                get(id(task + number)).await?;
            }
            Result::Ok(())
        })
    });
    for task in try_join_all(running).await? {
        task?;
    }
    let done = (each * tasks) as f64;
    let elapsed = begin.elapsed().as_secs_f64();
    let processor = processor_time().zip(before);
    Ok(Spent {
        gets_per_second: done / elapsed,
        processor_time: processor.map(|(after, before)| (after - before) / done),
    })
}

fn id(number: usize) -> i64 {
    i64::try_from(number % IDS + 1).unwrap_or(1)
}

/// Measures the latency of sequential gets. The sides alternate with each single get.
async fn latency(arguments: &Arguments, canned: &Canned, name: &str) -> Result<Vec<Row>> {
    const BLOCK: usize = 500;
    let url = canned.wiki(Packed::Plain, CONTENT, 0);
    let bare = Bare::new(&url, KEY)?;
    let off = client(&url, Coalescing::Off)?;
    let on = client(&url, Coalescing::On)?;
    let blocks = arguments.quick_or(2, 40);
    // In a task, since requests of users run in tasks, and not in the runtime's `block_on`.
    let times = tokio::spawn(async move {
        let mut times = [const { Vec::new() }; 3];
        for number in 0..(blocks + 1) * BLOCK {
            let begin = Instant::now();
            bare.get(id(number)).await?;
            let after_bare = Instant::now();
            off.pages().get(id(number)).await?;
            let after_off = Instant::now();
            on.pages().get(id(number)).await?;
            let after_on = Instant::now();
            // The first block opens the connections and does not count.
            if number >= BLOCK {
                times[0].push((after_bare - begin).as_secs_f64());
                times[1].push((after_off - after_bare).as_secs_f64());
                times[2].push((after_on - after_off).as_secs_f64());
            }
        }
        Result::Ok(times)
    })
    .await??;
    let by_block = |side: usize, share: f64| -> Vec<f64> {
        let blocks = times[side].chunks(BLOCK);
        blocks.map(|block| quantile(block, share)).collect()
    };
    let mut rows = Vec::new();
    for (share, words) in [(0.5, "median"), (0.99, "99th percentile")] {
        for (side, coalescing) in [(1, Coalescing::Off), (2, Coalescing::On)] {
            let row = Row {
                against: Some((BARE.to_owned(), quantile(&times[0], share))),
                ratio: Some(Ratio::of(&by_block(side, share), &by_block(0, share))),
                ..Row::new(
                    format!("{name}/{words}/{coalescing:?}"),
                    format!("latency of sequential gets, {words}, {}", coalescing.name()),
                    Unit::Seconds,
                    quantile(&times[side], share),
                )
            };
            rows.push(if (share - 0.5).abs() < 0.1 {
                row.at_most(1.05)
            } else {
                row
            });
        }
    }
    Ok(rows)
}
