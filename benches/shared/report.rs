//! The report: rows that both benchmarks write into one JSON file, and the tables of them.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    Result,
    arguments::Arguments,
    machine::Machine,
    rounds::{Ratio, median},
};

/// Unit of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Unit {
    /// Figures in seconds.
    Seconds,
    PerSecond,
    Bytes,
    BytesPerSecond,
    Count,
}

/// Target of a ratio, or of a figure without one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

/// One measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Name that selects the measurement on the command line: `part/…`.
    pub(crate) name: String,
    /// Description for the table.
    pub(crate) what: String,
    pub(crate) unit: Unit,
    /// The client's median.
    pub(crate) client: f64,
    /// The name of the other side and its median.
    pub(crate) against: Option<(String, f64)>,
    pub(crate) ratio: Option<Ratio>,
    pub(crate) target: Option<Target>,
}

impl Row {
    pub(crate) fn new(
        name: impl Into<String>,
        what: impl Into<String>,
        unit: Unit,
        client: f64,
    ) -> Self {
        Self {
            name: name.into(),
            what: what.into(),
            unit,
            client,
            against: None,
            ratio: None,
            target: None,
        }
    }

    /// Creates a row that compares the rounds of the client with those of another side.
    pub(crate) fn of_rounds(
        name: impl Into<String>,
        what: impl Into<String>,
        unit: Unit,
        client: &[f64],
        against: (&str, &[f64]),
    ) -> Self {
        Self {
            against: Some((against.0.to_owned(), median(against.1))),
            ratio: Some(Ratio::of(client, against.1)),
            ..Self::new(name, what, unit, median(client))
        }
    }

    /// Compares the row with a figure that is the same in each run.
    pub(crate) fn against(mut self, what: impl Into<String>, figure: f64) -> Self {
        self.ratio = Some(Ratio::exact(self.client, figure));
        self.against = Some((what.into(), figure));
        self
    }

    pub(crate) fn at_least(mut self, target: f64) -> Self {
        self.target = Some(Target::AtLeast(target));
        self
    }

    pub(crate) fn at_most(mut self, target: f64) -> Self {
        self.target = Some(Target::AtMost(target));
        self
    }

    /// Returns the figure that the target applies to: the ratio, or the client's figure without one.
    fn measured(&self) -> f64 {
        self.ratio.map_or(self.client, |ratio| ratio.median)
    }

    fn is_met(&self) -> Option<bool> {
        // Rounded to the digits that the table shows.
        let shown = (self.measured() * 100.0).round() / 100.0;
        Some(match self.target? {
            Target::AtLeast(bound) => shown >= bound,
            Target::AtMost(bound) => shown <= bound,
        })
    }
}

/// The results of one run of `cargo bench`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Identifier of the run of `cargo bench`.
    run: u32,
    quick: bool,
    machine: Machine,
    rows: Vec<Row>,
    #[serde(skip)]
    file: PathBuf,
}

impl Report {
    /// Opens the report of this run of `cargo bench`, with the rows of the benchmark that ran before.
    pub(crate) fn open(arguments: &Arguments) -> Result<Self> {
        let file = file()?;
        let run = run();
        let known = fs::read(&file)
            .ok()
            .and_then(|json| serde_json::from_slice::<Self>(&json).ok())
            .filter(|known| known.run == run || arguments.table);
        Ok(match known {
            Some(known) => Self { file, ..known },
            None => Self {
                run,
                quick: arguments.quick,
                machine: Machine::this(),
                rows: Vec::new(),
                file,
            },
        })
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds rows, stores them, and prints them to standard error as progress.
    #[expect(clippy::print_stderr, reason = "progress")]
    pub(crate) fn add(&mut self, rows: impl IntoIterator<Item = Row>) -> Result<()> {
        for row in rows {
            let cells = cells(&row);
            eprintln!("  {}", cells.map(|cell| cell.replace('\n', " ")).join("  "));
            self.rows.push(row);
        }
        fs::write(&self.file, serde_json::to_vec_pretty(self)?)?;
        Ok(())
    }

    /// Formats all rows as one table.
    pub(crate) fn table(&self) -> String {
        table(self.rows.iter())
    }

    /// Formats `benches/RESULTS.md`: the targets, all results by part, the machine.
    pub(crate) fn markdown(&self) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for row in &self.rows {
            let part = row.name.split('/').next().unwrap_or_default();
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        let targets = self.rows.iter().filter(|row| row.target.is_some());
        let parts = parts.into_iter().map(|part| {
            let of_part = |row: &&Row| row.name.split('/').next() == Some(part);
            format!("## {part}\n\n{}", table(self.rows.iter().filter(of_part)))
        });
        let Machine {
            cpu,
            cores,
            memory,
            system,
            rustc,
        } = &self.machine;
        let quick = if self.quick {
            " Measured with `--quick`."
        } else {
            ""
        };
        [format!("## Targets\n\n{}", table(targets))]
            .into_iter()
            .chain(parts)
            .chain([format!(
                "## Machine\n\n{cpu}, {cores} cores, {memory} of memory, {system}, {rustc}.{quick}"
            )])
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Returns the path of the report: `target/wikijs-bench.json`, beside the folder of the profile.
fn file() -> Result<PathBuf> {
    let program = env::current_exe()?;
    let target = program.ancestors().nth(3).ok_or("no target folder")?;
    Ok(target.join("wikijs-bench.json"))
}

/// Identifies a run of `cargo bench`, by the parent process.
fn run() -> u32 {
    #[cfg(unix)]
    let run = std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    let run = 0;
    run
}

const TITLES: [&str; 8] = [
    "measurement",
    "client",
    "against",
    "baseline",
    "ratio",
    "middle half",
    "target",
    "met",
];

fn table<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    let lines: Vec<[String; 8]> = std::iter::once(TITLES.map(str::to_owned))
        .chain(rows.map(cells))
        .collect();
    let widths: [usize; 8] = std::array::from_fn(|column| {
        let widths = lines.iter().map(|line| line[column].chars().count());
        widths.max().unwrap_or_default()
    });
    let mut lines = lines.iter().map(|line| {
        let cells = line.iter().zip(widths);
        let cells = cells.map(|(cell, width)| format!("| {cell:width$} "));
        cells.chain(["|\n".to_owned()]).collect::<String>()
    });
    let head = lines.next().unwrap_or_default();
    let rule = widths.map(|width| format!("|{}", "-".repeat(width + 2)));
    [head, rule.concat(), "|\n".to_owned()]
        .into_iter()
        .chain(lines)
        .collect()
}

fn cells(row: &Row) -> [String; 8] {
    let (against, that_one) = match &row.against {
        Some((against, that_one)) => (against.clone(), figure(*that_one, row.unit)),
        None => <(String, String)>::default(),
    };
    let (ratio, spread) = match row.ratio {
        Some(ratio) if ratio.rounds > 1 => (
            format!("{:.2}", ratio.median),
            format!("{:.2}\u{2013}{:.2}", ratio.low, ratio.high),
        ),
        Some(ratio) => (format!("{:.2}", ratio.median), String::new()),
        None => <(String, String)>::default(),
    };
    let target = match row.target {
        Some(Target::AtLeast(bound)) => format!("\u{2265} {bound}"),
        Some(Target::AtMost(bound)) => format!("\u{2264} {bound}"),
        None => String::new(),
    };
    let met = match row.is_met() {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "",
    };
    [
        row.what.clone(),
        figure(row.client, row.unit),
        against,
        that_one,
        ratio,
        spread,
        target,
        met.to_owned(),
    ]
}

/// Formats a figure with three digits and its unit.
fn figure(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds if value.abs() < 0.001 => format!("{} \u{b5}s", digits(value * 1e6)),
        Unit::Seconds if value.abs() < 1.0 => format!("{} ms", digits(value * 1e3)),
        Unit::Seconds => format!("{} s", digits(value)),
        Unit::PerSecond => format!("{}/s", digits(value)),
        Unit::Bytes => bytes(value),
        Unit::BytesPerSecond => format!("{}/s", bytes(value)),
        Unit::Count => digits(value),
    }
}

fn bytes(value: f64) -> String {
    const KIB: f64 = 1024.0;
    if value.abs() < 10.0 * KIB {
        format!("{} B", digits(value))
    } else if value.abs() < KIB * KIB {
        format!("{} KiB", digits(value / KIB))
    } else {
        format!("{} MiB", digits(value / KIB / KIB))
    }
}

fn digits(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
