//! What a build script says, and the way from files to a file.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
};

use crate::{
    Checked, Diagnostic, Error, Report, deprecated,
    documents::Documents,
    generate,
    plan::plan,
    schema::Schema,
    source::{self, Found, Source},
};

/// A compile to be: which documents, against which schema, into which file.
///
/// Made by [`configure`](crate::configure).
#[derive(Debug, Clone)]
#[must_use = "nothing happens before `compile`, `compile_or_exit` or `generate`"]
pub struct Config {
    queries: Vec<String>,
    schema: Option<PathBuf>,
    crate_path: String,
    out_file: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            queries: Vec::new(),
            schema: None,
            crate_path: "::wikijs_client".to_owned(),
            out_file: "wikijs.rs".to_owned(),
        }
    }
}

impl Config {
    /// Adds documents: a file, a folder (with its folders, every `.graphql` file in them) or a pattern such as
    /// `queries/**/list*.graphql`. Relative to the package, as a build script runs there. May be called several times:
    /// all documents of a compile see each other's fragments.
    pub fn queries(mut self, pattern: impl AsRef<Path>) -> Self {
        self.queries
            .push(pattern.as_ref().to_string_lossy().into_owned());
        self
    }

    /// Takes the schema from an SDL file instead of the one that comes with `wikijs-schema`.
    pub fn schema(mut self, path: impl Into<PathBuf>) -> Self {
        self.schema = Some(path.into());
        self
    }

    /// How generated code names the client's crate; `::wikijs_client` where not set. Whatever stands there must have the
    /// modules `api` (with `Argument` and `scalars`) and `__codegen` (with `serde`, `graphql_client` and the functions that
    /// decode lists) that `wikijs-client` has.
    pub fn crate_path(mut self, path: impl Into<String>) -> Self {
        self.crate_path = path.into();
        self
    }

    /// The name of the generated file in `OUT_DIR`; `wikijs.rs` where not set.
    pub fn out_file(mut self, name: impl Into<String>) -> Self {
        self.out_file = name.into();
        self
    }

    /// Generates the file in `OUT_DIR`, tells Cargo what to watch, and gives warnings to it.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; with [`Error::Documents`], everything that is wrong in any document.
    pub fn compile(&self) -> Result<Report, Error> {
        let mut said = String::new();
        let result = self.compile_saying(&mut said);
        say(&said);
        result
    }

    /// As [`compile`](Self::compile), but gives errors to Cargo and ends the build script.
    ///
    /// The script itself ends well: Cargo fails the build for the errors it was given, and shows them alone. After a
    /// failed script it would repeat all that the script printed.
    pub fn compile_or_exit(&self) -> Report {
        match self.compile() {
            Ok(report) => report,
            Err(error) => {
                let error = error.to_string();
                say(&directives("error", &error));
                process::exit(0)
            }
        }
    }

    fn compile_saying(&self, said: &mut String) -> Result<Report, Error> {
        let out_dir = env::var_os("OUT_DIR").ok_or(Error::NoOutDir)?;
        // Said before anything can fail, so that the next build looks at the same files again.
        let found = source::find(&self.queries);
        let watched = found
            .as_ref()
            .map(|found| found.watched.clone())
            .unwrap_or_default();
        let patterns = if found.is_err() {
            self.queries.iter().map(PathBuf::from).collect()
        } else {
            Vec::new()
        };
        for path in watched.iter().chain(&patterns).chain(&self.schema) {
            said.push_str(&directives("rerun-if-changed", &path.display().to_string()));
        }
        let (code, mut report) = self.generate()?;
        for warning in &report.warnings {
            said.push_str(&directives("warning", &warning.to_string()));
        }
        report.out_file = Path::new(&out_dir).join(&self.out_file);
        write_if_changed(&report.out_file, &code)?;
        Ok(report)
    }

    /// Generates the code without writing it, and without a word to Cargo: for tests and other tools.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; with [`Error::Documents`], everything that is wrong in any document.
    pub fn generate(&self) -> Result<(String, Report), Error> {
        let krate: syn::Path = syn::parse_str(&self.crate_path)
            .map_err(|_| Error::CratePath(self.crate_path.clone()))?;
        let Read {
            found,
            sdl,
            sdl_path,
            schema,
            documents,
            syntax_errors,
        } = self.read()?;
        let plan = plan(&sdl, &sdl_path, &schema, &documents, syntax_errors)?;
        let code = generate::generate(&plan, krate)?;
        let report = Report {
            out_file: PathBuf::new(),
            operations: plan.operations.iter().map(|it| it.name.clone()).collect(),
            fragments: plan.fragments.keys().cloned().collect(),
            warnings: deprecated::warnings(&schema, &documents),
            files: found.files.into_iter().collect(),
            watched: found
                .watched
                .into_iter()
                .chain(self.schema.clone())
                .collect(),
        };
        Ok((code, report))
    }

    /// Says of each operation whether the schema can run it, without generating anything. What is wrong in a fragment is
    /// wrong in every operation that uses it.
    ///
    /// # Errors
    ///
    /// Any [`Error`] but [`Error::Documents`].
    pub fn check(&self) -> Result<Checked, Error> {
        let read = self.read()?;
        let errors = match plan(
            &read.sdl,
            &read.sdl_path,
            &read.schema,
            &read.documents,
            read.syntax_errors.clone(),
        ) {
            Ok(_) => Vec::new(),
            Err(Error::Documents(errors)) => errors,
            Err(other) => return Err(other),
        };
        Ok(Checked::new(&read.documents, &errors))
    }

    fn read(&self) -> Result<Read, Error> {
        if self.queries.is_empty() {
            return Err(Error::NoQueries);
        }
        let found = source::find(&self.queries)?;
        let (sdl, sdl_path) = self.sdl()?;
        let schema = Schema::parse(&sdl, &sdl_path)?;
        let sources = found
            .files
            .iter()
            .map(|path| Source::read(path))
            .collect::<Result<Vec<Source>, Error>>()?;
        let mut syntax_errors = Vec::new();
        let documents = Documents::parse(sources, &mut syntax_errors);
        Ok(Read {
            found,
            sdl,
            sdl_path,
            schema,
            documents,
            syntax_errors,
        })
    }

    fn sdl(&self) -> Result<(String, PathBuf), Error> {
        match &self.schema {
            Some(path) => Source::read(path).map(|source| (source.text, source.path)),
            None => Ok((
                wikijs_schema::SDL.to_owned(),
                PathBuf::from("wikijs.graphql"),
            )),
        }
    }
}

/// Everything that a compile reads.
struct Read {
    found: Found,
    sdl: String,
    sdl_path: PathBuf,
    schema: Schema,
    documents: Documents,
    /// The files that are no GraphQL.
    syntax_errors: Vec<Diagnostic>,
}

/// What Cargo is told, a line at a time.
fn directives(name: &str, text: &str) -> String {
    let mut directives = String::new();
    for line in text.lines() {
        directives.extend(["cargo::", name, "=", line, "\n"]);
    }
    directives
}

fn say(text: &str) {
    // Cargo reads a build script's standard output; if it is gone, so is the build.
    let _ = io::stdout().write_all(text.as_bytes());
}

/// An unchanged file keeps its time, and Cargo compiles nothing anew.
fn write_if_changed(path: &Path, code: &str) -> Result<(), Error> {
    if fs::read_to_string(path).is_ok_and(|known| known == code) {
        return Ok(());
    }
    fs::write(path, code).map_err(|source| Error::Write {
        path: path.to_owned(),
        source,
    })
}
