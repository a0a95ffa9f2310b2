//! `wikijs schema check`: operations that a wiki or a schema cannot run.

use std::{fmt::Write as _, path::PathBuf, process::ExitCode};

use serde::Serialize;
use wikijs_codegen::{Checked, Diagnostic};

use super::{ExitResult, FileError, source::Source, write};

/// Arguments of `schema check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  wikijs schema check --url https://wiki.example.com --queries queries\n  wikijs schema check --sdl new.graphql --json"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// File, folder or pattern of the operations; repeatable
    #[arg(long, value_name = "PATTERN", default_value = "queries")]
    queries: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    ok: bool,
    operations: Vec<OperationAnswer<'a>>,
    /// Problems that do not belong to an operation.
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

/// Returns exit code 0 if all operations can be run, and 1 otherwise.
pub(crate) fn run(arguments: &Arguments, json: bool) -> ExitResult {
    let sdl = arguments.source.read()?;
    let schema = Schema::write(&sdl)?;
    let mut compile = wikijs_codegen::configure().schema(&schema.path);
    for pattern in &arguments.queries {
        compile = compile.queries(pattern);
    }
    let checked = compile.check()?;
    let text = if json {
        as_json(&checked)?
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

/// The schema as a temporary file.
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
        // A leftover file in the temporary folder is harmless.
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

fn as_json(checked: &Checked) -> Result<String, serde_json::Error> {
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
