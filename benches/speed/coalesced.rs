//! Many concurrent gets from a wiki that serves one request after another, which coalescing speeds up.

use std::{
    env,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::{StreamExt, TryStreamExt, future::try_join_all, stream};
use wikijs_client::Client;
use wikijs_fake::{CostModel, FakePage, FakeWiki};

use super::shared::{
    Result,
    arguments::Arguments,
    bare::Bare,
    report::{Report, Row, Unit},
    rounds::{Side, interleave, median},
    wiki::{Coalescing, client_with},
};

/// Numbers of concurrent gets to try with the client that does not batch.
const AT_ONCE: [usize; 4] = [4, 8, 16, 32];
/// Number of operations in a JSON array of the hand-written client.
const BY_HAND: usize = 100;
/// Number of gets that measure sequential reads.
const SEQUENTIAL: usize = 100;
/// Fewer gets than this are repeated, so that the duration can be measured.
const FEW: usize = 50;
/// Minimum number of pages of a real wiki for a meaningful result.
const FEWEST_PAGES: usize = 20;

pub(crate) async fn measure(arguments: &Arguments, report: &mut Report) -> Result<()> {
    let most = arguments.quick_or(100, 1000);
    for latency in [0, 20] {
        for gets in [1, 10, 100, 1000].into_iter().filter(|gets| *gets <= most) {
            let name = format!("coalesced/fake/{latency}ms/{gets}");
            if arguments.wants(&name) {
                let latency = Duration::from_millis(latency);
                report.add(on_fake(arguments, latency, gets, &name).await?)?;
            }
        }
    }
    on_real_wiki(arguments, report).await
}

/// A server and the pages to get from it.
#[derive(Clone)]
struct Place {
    url: String,
    key: String,
    ids: Arc<Vec<i64>>,
    words: String,
}

/// Targets for one server.
struct Targets {
    best: Option<f64>,
    sequential: Option<f64>,
    requests: Option<f64>,
}

async fn on_fake(
    arguments: &Arguments,
    latency: Duration,
    gets: usize,
    name: &str,
) -> Result<Vec<Row>> {
    let pages = (1..=gets.max(10)).map(|number| {
        FakePage::new(format!("docs/page-{number}"), format!("Page {number}"))
            .content("A page of the benchmark. ".repeat(20))
            .tags(["benchmark"])
    });
    let wiki = FakeWiki::builder()
        .pages(pages)
        .cost(CostModel::default())
        .network_latency(latency)
        .keep_requests(false)
        .try_start()
        .await?;
    let wiki = Arc::new(wiki);
    let place = Place {
        url: wiki.url().to_owned(),
        key: wiki.api_key().to_owned(),
        ids: Arc::new(wiki.pages().iter().map(|page| page.id).collect()),
        words: format!("fake, {} ms away", latency.as_millis()),
    };
    let targets = match (gets, latency.is_zero()) {
        (100, true) => Targets {
            best: Some(1.7),
            sequential: Some(1.9),
            requests: Some(8.0),
        },
        (100, false) => Targets {
            best: None,
            sequential: Some(10.0),
            requests: Some(8.0),
        },
        _ => Targets {
            best: None,
            sequential: None,
            requests: None,
        },
    };
    let count = Some(Arc::new(move || wiki.request_count()) as Count);
    let rounds = arguments.quick_or(3, if gets < 1000 { 11 } else { 3 });
    compare(&place, gets, rounds, name, &targets, count).await
}

async fn on_real_wiki(arguments: &Arguments, report: &mut Report) -> Result<()> {
    let part = "coalesced/wiki";
    let (Ok(url), Ok(key)) = (env::var("WIKIJS_TEST_URL"), env::var("WIKIJS_TEST_API_KEY")) else {
        return Ok(());
    };
    if !arguments.wants(part) {
        return Ok(());
    }
    let pages = client_with(&url, &key, Coalescing::Off)?
        .pages()
        .list()
        .await?;
    let ids: Vec<i64> = pages.iter().map(|page| page.id.get()).collect();
    if ids.len() < FEWEST_PAGES {
        skipped(ids.len());
        return Ok(());
    }
    let place = Place {
        url,
        key,
        words: format!("real wiki of {} pages", ids.len()),
        ids: Arc::new(ids),
    };
    for gets in [10, 100] {
        let targets = Targets {
            best: (gets == 100).then_some(1.5),
            sequential: (gets == 100).then_some(2.5),
            requests: None,
        };
        let name = format!("{part}/{gets}");
        let rounds = arguments.quick_or(3, 15);
        report.add(compare(&place, gets, rounds, &name, &targets, None).await?)?;
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "progress")]
fn skipped(pages: usize) {
    eprintln!(
        "  the wiki at WIKIJS_TEST_URL has {pages} pages and {FEWEST_PAGES} are needed: skipped"
    );
}

/// Returns the number of requests that a server has received.
type Count = Arc<dyn Fn() -> usize + Send + Sync>;

/// Compares all strategies for reading `gets` pages, in interleaved rounds.
async fn compare(
    place: &Place,
    gets: usize,
    rounds: usize,
    name: &str,
    targets: &Targets,
    count: Option<Count>,
) -> Result<Vec<Row>> {
    let singly = [1].into_iter().chain(AT_ONCE);
    let mut ways = vec![Way::Coalesced];
    ways.extend(singly.filter(|at_once| *at_once <= gets).map(Way::Singly));
    ways.push(Way::ByHand);
    let requests = Arc::new(Mutex::new(Vec::new()));
    let mut sides = Vec::new();
    for way in &ways {
        let count = count.clone().filter(|_| *way == Way::Coalesced);
        sides.push(side(place, *way, gets, count, Arc::clone(&requests))?);
    }
    let figures = interleave(rounds, &mut sides).await?;
    let by_hand = ways.len() - 1;
    let best = (1..by_hand)
        .max_by(|a, b| median(&figures[*a]).total_cmp(&median(&figures[*b])))
        .unwrap_or(1);
    let row = |suffix: &str, side: usize, words: &str, target: Option<f64>| {
        let row = Row::of_rounds(
            format!("{name}/{suffix}"),
            format!("{gets} concurrent gets, {}", place.words),
            Unit::PerSecond,
            &figures[0],
            (&format!("{words}{}", ways[side].name()), &figures[side]),
        );
        match target {
            Some(bound) => row.at_least(bound),
            None => row,
        }
    };
    let mut rows = vec![row("sequential", 1, "", targets.sequential)];
    if gets > 1 {
        rows.push(row("best", best, "best ", targets.best));
        rows.push(row("arrays", by_hand, "", None));
    }
    let requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(most) = requests.iter().copied().reduce(f64::max) {
        let row = Row::new(
            format!("{name}/requests"),
            format!(
                "HTTP requests for {gets} concurrent gets, maximum, {}",
                place.words
            ),
            Unit::Count,
            most,
        );
        rows.push(match targets.requests {
            Some(bound) => row.at_most(bound),
            None => row,
        });
    }
    Ok(rows)
}

/// Strategy for reading many pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// All gets at once, by a client with default settings.
    Coalesced,
    /// One request for each get, with this many in flight.
    Singly(usize),
    /// Large JSON arrays, two in flight, without the client: an upper bound for coalescing.
    ByHand,
}

impl Way {
    fn name(self) -> String {
        match self {
            Self::Coalesced => "coalesced".to_owned(),
            Self::Singly(1) => "sequential".to_owned(),
            Self::Singly(at_once) => format!("uncoalesced, {at_once} in flight"),
            Self::ByHand => "hand-written JSON arrays".to_owned(),
        }
    }
}

/// Creates the side that measures pages per second with one strategy.
fn side(
    place: &Place,
    way: Way,
    gets: usize,
    count: Option<Count>,
    requests: Arc<Mutex<Vec<f64>>>,
) -> Result<Side> {
    let coalescing = match way {
        Way::Coalesced => Coalescing::On,
        Way::Singly(_) | Way::ByHand => Coalescing::Off,
    };
    let getter = Arc::new(Getter {
        wiki: client_with(&place.url, &place.key, coalescing)?,
        bare: Bare::new(&place.url, &place.key)?,
        ids: Arc::clone(&place.ids),
    });
    let gets = match way {
        Way::Singly(1) => gets.min(SEQUENTIAL),
        _ => gets,
    };
    let times = (FEW / gets).max(1);
    Ok(Side::new(move || {
        let (getter, count, requests) = (Arc::clone(&getter), count.clone(), Arc::clone(&requests));
        async move {
            // Opens the connection and verifies the identity of the caller, so that neither is measured.
            getter.get(0).await?;
            getter.bare.get(getter.ids[0]).await?;
            let begin = Instant::now();
            let work = tokio::spawn(async move {
                for _ in 0..times {
                    let before = count.as_ref().map(|count| count());
                    getter.all(way, gets).await?;
                    if let (Some(count), Some(before)) = (&count, before) {
                        let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
                        requests.push(number(count() - before));
                    }
                }
                Result::Ok(())
            });
            work.await??;
            Ok(number(times * gets) / begin.elapsed().as_secs_f64())
        }
    }))
}

struct Getter {
    wiki: Client,
    bare: Bare,
    ids: Arc<Vec<i64>>,
}

impl Getter {
    /// Reads `gets` pages.
    async fn all(&self, way: Way, gets: usize) -> Result<()> {
        match way {
            Way::Coalesced => {
                try_join_all((0..gets).map(|number| self.get(number))).await?;
            }
            Way::Singly(at_once) => {
                stream::iter(0..gets)
                    .map(|number| self.get(number))
                    .buffer_unordered(at_once)
                    .try_collect::<()>()
                    .await?;
            }
            Way::ByHand => {
                let wanted: Vec<i64> = (0..gets).map(|number| self.id(number)).collect();
                let arrays: Vec<Vec<i64>> = wanted.chunks(BY_HAND).map(<[i64]>::to_vec).collect();
                stream::iter(arrays)
                    .map(|ids| async move { self.bare.get_in_array(&ids).await.map(drop) })
                    .buffer_unordered(2)
                    .try_collect::<()>()
                    .await?;
            }
        }
        Ok(())
    }

    async fn get(&self, number: usize) -> Result<()> {
        self.wiki.pages().get(self.id(number)).await?;
        Ok(())
    }

    fn id(&self, number: usize) -> i64 {
        self.ids[number % self.ids.len()]
    }
}

#[expect(clippy::cast_precision_loss, reason = "some thousands")]
fn number(count: usize) -> f64 {
    count as f64
}
