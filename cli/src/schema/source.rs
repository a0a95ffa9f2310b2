//! Sources of a schema: a live wiki, an introspection response, the source of a server, or SDL.

use std::{error::Error, path::PathBuf};

use apollo_compiler::{Schema, ast::Definition};

use super::{self as commands, descriptions, folder, introspection, live, sdl};
use crate::config;

/// A source of a schema.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Source {
    /// A live wiki, such as `https://wiki.example.com`; the key for it is WIKIJS_API_KEY
    #[arg(long)]
    url: Option<String>,
    /// A file with an introspection response, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    introspection: Option<PathBuf>,
    /// The folder of .graphql files in a Wiki.js source: server/graph/schemas.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// An SDL file, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    sdl: Option<PathBuf>,
}

impl Source {
    /// Reads the schema, validates it and returns it as sorted SDL.
    pub(crate) fn read(&self) -> Result<String, Box<dyn Error>> {
        print(self.definitions()?)
    }

    /// Reads the schema like [`read`](Self::read), without descriptions.
    pub(crate) fn read_without_descriptions(&self) -> Result<String, Box<dyn Error>> {
        let mut definitions = self.definitions()?;
        descriptions::remove(&mut definitions);
        print(definitions)
    }

    fn definitions(&self) -> Result<Vec<Definition>, Box<dyn Error>> {
        Ok(if let Some(url) = &self.url {
            let api_key = config::variable("WIKIJS_API_KEY");
            introspection::parse(&live::introspect(url, api_key.as_deref())?)?
        } else if let Some(path) = &self.introspection {
            introspection::parse(&commands::read(path)?)?
        } else if let Some(path) = &self.folder {
            folder::read(path)?
        } else if let Some(path) = &self.sdl {
            folder::merge(folder::parse(&commands::read(path)?, path)?)?
        } else {
            return Err("pass one of --url, --introspection, --folder and --sdl".into());
        })
    }
}

fn print(definitions: Vec<Definition>) -> Result<String, Box<dyn Error>> {
    let sdl = sdl::print(definitions);
    match Schema::parse_and_validate(&sdl, "schema.graphql") {
        Ok(_) => Ok(sdl),
        Err(invalid) => Err(format!("this is not a valid schema:\n{}", invalid.errors).into()),
    }
}
