//! `wikijs schema pull`: a schema, from wherever it is, as sorted SDL.

use std::{path::PathBuf, process::ExitCode};

use super::{Outcome, read, write};
use crate::{introspection, sdl};

/// What `schema pull` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A file that holds an introspection answer, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    introspection: PathBuf,
    /// Where the SDL goes; standard output where left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let document = introspection::parse(&read(&arguments.introspection)?)?;
    write(arguments.out.as_deref(), &sdl::print(document))?;
    Ok(ExitCode::SUCCESS)
}
