//! `wikijs schema check`: which of our operations a wiki or a schema cannot run.

use std::{fmt::Write as _, path::PathBuf, process::ExitCode};

use serde::Serialize;
use wikijs_codegen::{Checked, Diagnostic};

use super::{FileError, Outcome, write};
use crate::source::{Access, Source};

/// What `schema check` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    access: Access,
    /// The operations: a file, a folder or a pattern; may be given several times.
    #[arg(long, value_name = "PATTERN", default_value = "queries")]
    queries: Vec<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    ok: bool,
    operations: Vec<OperationAnswer<'a>>,
    /// What is wrong outside of any operation.
    problems: Vec<Problem<'a>>,
}

#[derive(Debug, Serialize)]
struct OperationAnswer<'a> {
    name: &'a str,
    file: String,
    ok: bool,
    problems: Vec<Problem<'a>>,
}

#[derive(Debug, Serialize)]
struct Problem<'a> {
    message: &'a str,
    file: String,
    line: usize,
    column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

/// Ends with 0 where all can be run, with 1 where one cannot.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let sdl = arguments.source.read(&arguments.access)?;
    let schema = Schema::write(&sdl)?;
    let mut compile = wikijs_codegen::configure().schema(&schema.path);
    for pattern in &arguments.queries {
        compile = compile.queries(pattern);
    }
    let checked = compile.check()?;
    let text = if arguments.json {
        json(&checked)?
    } else {
        describe(&checked)
    };
    write(None, &text)?;
    Ok(if checked.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The schema as a file, for as long as it is looked at.
struct Schema {
    path: PathBuf,
}

impl Schema {
    fn write(sdl: &str) -> Result<Self, FileError> {
        let path =
            std::env::temp_dir().join(format!("wikijs-schema-{}.graphql", std::process::id()));
        write(Some(&path), sdl)?;
        Ok(Self { path })
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        // A file that is left behind in a temporary folder does no harm.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn problem(diagnostic: &Diagnostic) -> Problem<'_> {
    Problem {
        message: &diagnostic.message,
        file: diagnostic.file.display().to_string(),
        line: diagnostic.line,
        column: diagnostic.column,
        rule: diagnostic.rule.as_deref(),
        help: diagnostic.help.as_deref(),
    }
}

fn json(checked: &Checked) -> Result<String, serde_json::Error> {
    let operations = checked.operations.iter().map(|operation| OperationAnswer {
        name: &operation.name,
        file: operation.file.display().to_string(),
        ok: operation.errors.is_empty(),
        problems: operation.errors.iter().map(problem).collect(),
    });
    let answer = Answer {
        ok: checked.is_ok(),
        operations: operations.collect(),
        problems: checked.others.iter().map(problem).collect(),
    };
    Ok(serde_json::to_string_pretty(&answer)? + "\n")
}

fn describe(checked: &Checked) -> String {
    let mut text = String::new();
    let failing = || {
        checked
            .operations
            .iter()
            .filter(|operation| !operation.errors.is_empty())
    };
    for operation in failing() {
        let _ = writeln!(text, "{} cannot be run:\n", operation.name);
        for diagnostic in &operation.errors {
            let _ = writeln!(text, "{diagnostic}\n");
        }
    }
    for diagnostic in &checked.others {
        let _ = writeln!(text, "{diagnostic}\n");
    }
    let (all, count) = (checked.operations.len(), failing().count());
    let _ = match count {
        0 => writeln!(text, "all {all} operations can be run"),
        count => writeln!(text, "{count} of {all} operations cannot be run"),
    };
    text
}
