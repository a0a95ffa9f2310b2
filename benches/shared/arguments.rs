//! Arguments of the command line.

use super::{Result, canned};

pub(crate) const HELP: &str = "\
cargo bench [-- [PART]… [--quick] [--markdown] [--table]]

PART        part of the name of a measurement, such as `direct`, `coalesced/fake`, `list/100000`, `growth`
--quick     runs fewer rounds with smaller numbers, as a smoke test
--markdown  prints the tables of benches/RESULTS.md instead of one table
--table     prints the results of the last run without measuring";

/// Measurements to make, and the form of the report.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arguments {
    pub(crate) quick: bool,
    pub(crate) markdown: bool,
    /// Prints the report of the last run without measuring anything.
    pub(crate) table: bool,
    parts: Vec<String>,
}

impl Arguments {
    /// Parses the arguments of the process. Returns `None` if there is nothing to measure: the process was the
    /// server of canned responses, `--help` was requested, or `cargo bench` did not start it.
    #[expect(clippy::print_stdout, reason = "help")]
    pub(crate) fn read() -> Result<Option<Self>> {
        if canned::serve_if_asked()? {
            return Ok(None);
        }
        let mut arguments = Self::default();
        let mut is_benchmark = false;
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                // Passed by `cargo bench`, and not by `cargo test --benches`.
                "--bench" => is_benchmark = true,
                "--quick" => arguments.quick = true,
                "--markdown" => arguments.markdown = true,
                "--table" => arguments.table = true,
                "--help" | "-h" => {
                    println!("{HELP}");
                    return Ok(None);
                }
                unknown if unknown.starts_with('-') => {
                    return Err(format!("unknown option {unknown}\n\n{HELP}").into());
                }
                part => arguments.parts.push(part.to_owned()),
            }
        }
        if !is_benchmark {
            println!("This is a benchmark: run it with `cargo bench`.");
        }
        Ok(Some(arguments).filter(|_| is_benchmark))
    }

    /// Returns `true` if a measurement is selected, by its name `part/…`.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|part| name.contains(part.as_str()))
    }

    /// Returns `quick` with `--quick`, and `full` otherwise.
    pub(crate) fn quick_or<T>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }
}
