//! Where a schema is read from: a live wiki, an introspection answer, a server's source, or SDL.

use std::{error::Error, path::PathBuf};

use apollo_compiler::{Schema, ast::Definition};

use crate::{commands, descriptions, folder, introspection, live, sdl};

/// One of the places that a schema can be read from.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Source {
    /// A live wiki, such as `https://wiki.example.com`.
    #[arg(long)]
    url: Option<String>,
    /// A file that holds an introspection answer, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    introspection: Option<PathBuf>,
    /// The folder of .graphql files in a Wiki.js source: server/graph/schemas.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// An SDL file, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    sdl: Option<PathBuf>,
}

/// How to be let in at a live wiki.
#[derive(Debug, clap::Args)]
pub(crate) struct Access {
    /// The API key for --url.
    #[arg(long, env = "WIKIJS_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
}

impl Source {
    /// The schema as sorted SDL, checked to be one.
    pub(crate) fn read(&self, access: &Access) -> Result<String, Box<dyn Error>> {
        print(self.definitions(access)?)
    }

    /// As [`read`](Self::read), without descriptions.
    pub(crate) fn read_bare(&self, access: &Access) -> Result<String, Box<dyn Error>> {
        let mut definitions = self.definitions(access)?;
        descriptions::remove(&mut definitions);
        print(definitions)
    }

    fn definitions(&self, access: &Access) -> Result<Vec<Definition>, Box<dyn Error>> {
        Ok(if let Some(url) = &self.url {
            introspection::parse(&live::introspect(url, access.api_key.as_deref())?)?
        } else if let Some(path) = &self.introspection {
            introspection::parse(&commands::read(path)?)?
        } else if let Some(path) = &self.folder {
            folder::read(path)?
        } else if let Some(path) = &self.sdl {
            folder::merge(folder::parse(&commands::read(path)?, path)?)?
        } else {
            return Err("give one of --url, --introspection, --folder and --sdl".into());
        })
    }
}

fn print(definitions: Vec<Definition>) -> Result<String, Box<dyn Error>> {
    let sdl = sdl::print(definitions);
    match Schema::parse_and_validate(&sdl, "schema.graphql") {
        Ok(_) => Ok(sdl),
        Err(invalid) => Err(format!("this is no valid schema:\n{}", invalid.errors).into()),
    }
}
