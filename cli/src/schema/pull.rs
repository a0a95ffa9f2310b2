//! `wikijs schema pull`: a schema from any source as sorted SDL.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{ExitResult, FileError, source::Source, write};

/// Default names of the files to write.
const SCHEMA: &str = "schema.graphql";
const EDITORS: &str = ".graphqlrc.yml";

/// Arguments of `schema pull`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  wikijs schema pull --url https://wiki.example.com\n  wikijs schema pull --sdl schema.graphql --out -"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Omits descriptions, since those of Wiki.js are under its licence
    #[arg(long)]
    no_descriptions: bool,
    /// The SDL file, `-` for standard output. Without it, `schema.graphql` and `.graphqlrc.yml` are written, so that
    /// editors complete and check the documents.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Documents for `.graphqlrc.yml`
    #[arg(
        long,
        value_name = "PATTERN",
        default_value = "queries/**/*.{graphql,gql}"
    )]
    documents: String,
}

pub(crate) fn run(arguments: &Arguments) -> ExitResult {
    let sdl = if arguments.no_descriptions {
        arguments.source.read_without_descriptions()?
    } else {
        arguments.source.read()?
    };
    match &arguments.out {
        Some(path) if path.as_os_str() == "-" => write(None, &sdl)?,
        Some(path) => write(Some(path), &sdl)?,
        None => {
            write(Some(Path::new(SCHEMA)), &sdl)?;
            write_editors_file(&arguments.documents)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the configuration file of editors, unless it exists.
fn write_editors_file(documents: &str) -> Result<(), FileError> {
    let path = Path::new(EDITORS);
    let documents = documents.replace('\'', "''");
    let text = format!(
        "# For the GraphQL extensions of editors, and for graphql-cli.\nschema: {SCHEMA}\ndocuments: '{documents}'\n"
    );
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result.map_err(FileError::at(path)),
    }
}
