//! What was asked for on the command line.

use super::{Result, canned};

pub(crate) const HELP: &str = "\
cargo bench [-- [PART]… [--quick] [--markdown] [--table]]

PART        a piece of a measurement's name, such as `direct`, `coalesced/fake`, `list/100000`, `growth`
--quick     fewer rounds and smaller numbers, to see that it works
--markdown  prints the tables of benches/RESULTS.md instead of the one table
--table     measures nothing and prints the last run again";

/// What is to be measured, and how it is shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arguments {
    pub(crate) quick: bool,
    pub(crate) markdown: bool,
    /// Nothing is measured, and the last run shown.
    pub(crate) table: bool,
    parts: Vec<String>,
}

impl Arguments {
    /// Reads them; `None` where all is done already: this process was the server of canned answers, or
    /// asked for help, or was not started by `cargo bench`.
    #[expect(clippy::print_stdout, reason = "help")]
    pub(crate) fn read() -> Result<Option<Self>> {
        if canned::serve_if_asked()? {
            return Ok(None);
        }
        let mut arguments = Self::default();
        let mut is_benchmark = false;
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                // Cargo's own: `cargo test --benches` does not pass it.
                "--bench" => is_benchmark = true,
                "--quick" => arguments.quick = true,
                "--markdown" => arguments.markdown = true,
                "--table" => arguments.table = true,
                "--help" | "-h" => {
                    println!("{HELP}");
                    return Ok(None);
                }
                unknown if unknown.starts_with('-') => {
                    return Err(format!("unknown switch {unknown}\n\n{HELP}").into());
                }
                part => arguments.parts.push(part.to_owned()),
            }
        }
        if !is_benchmark {
            println!("A benchmark: run it with `cargo bench`.");
        }
        Ok(Some(arguments).filter(|_| is_benchmark))
    }

    /// Whether a measurement was asked for, by its name `part/…`.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|part| name.contains(part.as_str()))
    }

    /// The first where it is to be quick, else the second.
    pub(crate) fn quick_or<T>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }
}
