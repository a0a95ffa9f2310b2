//! `wikijs schema pull`: a schema, from wherever it is, as sorted SDL.

use std::{path::PathBuf, process::ExitCode};

use super::{Outcome, write};
use crate::source::{Access, Source};

/// What `schema pull` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    access: Access,
    /// Leaves descriptions out: those of Wiki.js are under its licence.
    #[arg(long)]
    no_descriptions: bool,
    /// Where the SDL goes; standard output where left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let sdl = if arguments.no_descriptions {
        arguments.source.read_bare(&arguments.access)?
    } else {
        arguments.source.read(&arguments.access)?
    };
    write(arguments.out.as_deref(), &sdl)?;
    Ok(ExitCode::SUCCESS)
}
