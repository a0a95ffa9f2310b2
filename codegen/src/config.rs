//! The configuration of a build script, and the steps from its files to the generated one.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
};

pub(crate) use crate::settings::Settings;
use crate::{
    Checked, Deprecations, Error, Report,
    documents::Documents,
    generate,
    plan::plan,
    schema::Schema,
    source::{self, Found, Source},
};

/// Documents, schema and settings of one generated file.
///
/// Created by [`configure`](crate::configure).
#[derive(Debug, Clone)]
#[must_use = "nothing happens before `compile`, `compile_or_exit` or `generate`"]
pub struct Config {
    queries: Vec<String>,
    schema: Option<PathBuf>,
    extensions: Vec<PathBuf>,
    nullability: bool,
    out_file: PathBuf,
    settings: Settings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            queries: Vec::new(),
            schema: None,
            extensions: Vec::new(),
            nullability: true,
            out_file: PathBuf::from("wikijs.rs"),
            settings: Settings {
                crate_path: "::wikijs_client".to_owned(),
                ..Settings::default()
            },
        }
    }
}

impl Config {
    /// Adds documents: a file, a folder (with its folders, every `.graphql` and `.gql` file in them but hidden ones) or
    /// a pattern such as `queries/**/list*.graphql`.
    ///
    /// Paths are relative to the package's folder, in which a build script runs. Documents of one configuration can use
    /// each other's fragments.
    pub fn queries(mut self, pattern: impl AsRef<Path>) -> Self {
        self.queries
            .push(pattern.as_ref().to_string_lossy().into_owned());
        self
    }

    /// Reads the schema from an SDL file instead of the one that comes with `wikijs-schema`.
    ///
    /// The schema of any GraphQL server is accepted; see [`runtime`](Self::runtime).
    pub fn schema(mut self, path: impl Into<PathBuf>) -> Self {
        self.schema = Some(path.into());
        self
    }

    /// Adds a file that extends the schema, usually to mark fields that are never null:
    ///
    /// ```graphql
    /// extend type PageListItem @semanticNonNullField(name: "description")
    /// extend type LocalizationConfig @semanticNonNullField(name: "namespaces", levels: [1])
    /// ```
    ///
    /// Level 0 is the field itself, level 1 the items of its list. A marked field is not an `Option`. If the server
    /// returns null there, decoding the response fails. The marks are added to those of
    /// [`nullability`](Self::nullability).
    pub fn extend_schema(mut self, path: impl Into<PathBuf>) -> Self {
        self.extensions.push(path.into());
        self
    }

    /// Sets whether fields that Wiki.js never returns as null are generated without `Option`; default `true`.
    ///
    /// The fields are those of `wikijs_schema::NULLABILITY`. With [`schema`](Self::schema), no field is marked. If a
    /// marked field is null and the response has no error, decoding fails. With `false`, the types follow the schema
    /// alone.
    pub fn nullability(mut self, on: bool) -> Self {
        self.nullability = on;
        self
    }

    /// Sets the path of the client's crate in generated code; default `::wikijs_client`.
    ///
    /// The crate must have the modules `api` (with `Argument` and `scalars`) and `__codegen` that `wikijs-client` has.
    /// With the path `crate`, which is that of the client itself, operations also implement `__codegen::SingleField` if
    /// they select exactly one field, below a root field that is never null.
    pub fn crate_path(mut self, path: impl Into<String>) -> Self {
        self.settings.crate_path = path.into();
        self
    }

    /// Generates code that depends on `graphql_client` and `serde` alone, not on `wikijs-client`.
    ///
    /// `path` is the path of `graphql_client`. The generated file defines its own `Argument`. Every custom scalar
    /// needs a [`scalar`](Self::scalar).
    ///
    /// ```no_run
    /// wikijs_codegen::configure()
    ///     .schema("shop.graphql")
    ///     .queries("shop")
    ///     .runtime("graphql_client")
    ///     .scalar("DateTime", "String")
    ///     .out_file("shop.rs")
    ///     .compile_or_exit();
    /// ```
    pub fn runtime(mut self, path: impl Into<String>) -> Self {
        self.settings.runtime = Some(path.into());
        self
    }

    /// Sets the Rust type of a scalar of the schema, as in `.scalar("Date", "crate::Timestamp")`.
    ///
    /// The type must implement `Debug`, `Clone`, `PartialEq`, `Serialize` and `Deserialize`.
    pub fn scalar(mut self, graphql: impl Into<String>, rust: impl Into<String>) -> Self {
        self.settings.scalars.insert(graphql.into(), rust.into());
        self
    }

    /// Adds derives to the types of responses, separated by commas, as in `.derive_responses("Eq, Hash")`.
    ///
    /// They always implement `Debug`, `Clone`, `PartialEq`, `Serialize` and `Deserialize`. They can be deserialized
    /// only from formats with field names, such as JSON.
    pub fn derive_responses(mut self, derives: impl AsRef<str>) -> Self {
        let derives = list(derives.as_ref());
        self.settings.derive_responses.extend(derives);
        self
    }

    /// Adds derives to `Variables` and input objects, separated by commas.
    ///
    /// They always implement `Debug`, `Clone`, `PartialEq` and `Serialize`, and `Default` if no field is required.
    pub fn derive_inputs(mut self, derives: impl AsRef<str>) -> Self {
        self.settings.derive_inputs.extend(list(derives.as_ref()));
        self
    }

    /// Renames a Rust type. `from` is the GraphQL name of an enum, input object or fragment, or the Rust name that a
    /// type of a response would have, such as `RecentPagesPages`.
    pub fn rename_type(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.settings.renames.insert(from.into(), to.into());
        self
    }

    /// Wraps the generated code in a module of this name.
    pub fn module(mut self, name: impl Into<String>) -> Self {
        self.settings.module = Some(name.into());
        self
    }

    /// Adds an attribute to the generated type with this Rust name, as in
    /// `.attribute("PageOrderBy", "#[derive(clap::ValueEnum)]")`. A struct of a response with an attribute of serde is
    /// decoded as serde's derive does.
    pub fn attribute(mut self, rust: impl Into<String>, attribute: impl Into<String>) -> Self {
        let attributes = self.settings.attributes.entry(rust.into()).or_default();
        attributes.push(attribute.into());
        self
    }

    /// Sets the treatment of deprecated fields, arguments and enum values in documents; default [`Deprecations::Warn`].
    pub fn deprecations(mut self, deprecations: Deprecations) -> Self {
        self.settings.deprecations = deprecations;
        self
    }

    /// Sets whether the generated code lists the parts of each document that can be omitted; default `false`.
    ///
    /// The list is the constant `OPTIONAL_PARTS` in the operation's module. Each entry has the coordinate of the part,
    /// such as `Page.toc` or `PageQuery.list(limit:)`, the variables of an argument, and its places in `QUERY`, in
    /// bytes. Without these bytes, and without brackets that become empty, the document is still valid. With this list,
    /// a client can run the operation on a server that lacks the part. The constant `OPTIONAL_PARTS` next to the
    /// operations has the lists of all operations, by their `QUERY`.
    ///
    /// With the bundled schema, the parts are the fields and arguments that some release of Wiki.js lacks
    /// (`wikijs_schema::history`), unless nothing useful would remain. Such a field is always an `Option`, and such a
    /// field of an input object can be omitted. With [`schema`](Self::schema), the parts are all fields that are
    /// `Option`s, and all arguments whose variable is optional.
    pub fn optional_parts(mut self, on: bool) -> Self {
        self.settings.optional_parts = on;
        self
    }

    /// Sets the generated file; default `wikijs.rs`. A relative path is relative to `OUT_DIR`.
    pub fn out_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.out_file = path.into();
        self
    }

    /// Generates the file, and passes warnings and the files to watch to Cargo.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; with [`Error::Documents`], everything that is wrong in any document.
    pub fn compile(&self) -> Result<Report, Error> {
        let mut said = String::new();
        let result = self.compile_saying(&mut said);
        print_to_cargo(&said);
        result
    }

    /// Generates the file like [`compile`](Self::compile), but passes errors to Cargo and exits the build script.
    ///
    /// The script exits with status 0. Cargo fails the build because of the errors and shows only them. After a failed
    /// script, Cargo would also show everything that the script printed.
    pub fn compile_or_exit(&self) -> Report {
        self.compile().unwrap_or_else(|error| {
            print_to_cargo(&directives("error", &error.to_string()));
            process::exit(0)
        })
    }

    fn compile_saying(&self, said: &mut String) -> Result<Report, Error> {
        let out_dir = env::var_os("OUT_DIR").ok_or(Error::NoOutDir)?;
        // These instructions are printed before anything can fail, so that the next build watches the same files.
        let found = source::find(&self.queries);
        let patterns = |_| self.queries.iter().map(PathBuf::from).collect();
        let watched = found.map_or_else(patterns, |found| found.watched);
        for path in watched.iter().chain(self.schema_files()) {
            said.push_str(&directives("rerun-if-changed", &path.display().to_string()));
        }
        let (code, mut report) = self.generate()?;
        for warning in &report.warnings {
            said.push_str(&directives("warning", &warning.to_string()));
        }
        // `join` returns an absolute path as it is.
        report.out_file = Path::new(&out_dir).join(&self.out_file);
        write_if_changed(&report.out_file, &code)?;
        Ok(report)
    }

    /// Returns the generated code without writing it, and without instructions to Cargo, for tests and other tools.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; with [`Error::Documents`], everything that is wrong in any document.
    pub fn generate(&self) -> Result<(String, Report), Error> {
        in_large_stack(|| self.generate_here())
    }

    fn generate_here(&self) -> Result<(String, Report), Error> {
        self.settings.validate()?;
        let read = self.read()?;
        let plan = plan(&read.schema, &read.documents, &self.settings)?;
        let code = generate::generate(&plan, &self.settings)?;
        let watched = read.found.watched.iter().chain(self.schema_files());
        let report = Report {
            out_file: PathBuf::new(),
            operations: plan
                .operations
                .iter()
                .map(|it| it.name.to_owned())
                .collect(),
            fragments: plan.fragments.into_iter().map(str::to_owned).collect(),
            warnings: plan.warnings,
            files: read.found.files.iter().cloned().collect(),
            watched: watched.cloned().collect(),
        };
        Ok((code, report))
    }

    fn schema_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.schema.iter().chain(&self.extensions)
    }

    /// Checks which operations the schema can run, without generating code. An error in a fragment is reported for
    /// every operation that uses the fragment.
    ///
    /// # Errors
    ///
    /// Any [`Error`] but [`Error::Documents`].
    pub fn check(&self) -> Result<Checked, Error> {
        in_large_stack(|| {
            let read = self.read()?;
            let settings = Settings {
                checks_only: true,
                ..self.settings.clone()
            };
            // Documents without operations can be checked, too: there is just nothing to generate from them.
            let errors = match plan(&read.schema, &read.documents, &settings) {
                Ok(_) | Err(Error::NoOperations) => Vec::new(),
                Err(Error::Documents(errors)) => errors,
                Err(other) => return Err(other),
            };
            Ok(Checked::new(&read.documents, errors))
        })
    }

    fn read(&self) -> Result<Read, Error> {
        if self.queries.is_empty() {
            return Err(Error::NoQueries);
        }
        let found = source::find(&self.queries)?;
        let mut extensions = Vec::new();
        let sdl = if let Some(path) = &self.schema {
            Source::read(path)?
        } else {
            if self.nullability {
                let marks = wikijs_schema::NULLABILITY;
                extensions.push(Source::new("nullability.graphql", marks));
            }
            Source::new("wikijs.graphql", wikijs_schema::SDL)
        };
        for path in &self.extensions {
            extensions.push(Source::read(path)?);
        }
        let mut schema = Schema::parse(sdl, extensions)?;
        if self.settings.optional_parts && self.schema.is_none() {
            // A field whose type changed exists on older servers, too, so it need not be left out there.
            let added = wikijs_schema::history().filter(|it| it.type_before.is_none());
            schema.set_newer(added.map(|it| it.coordinate));
        }
        let sources = found.files.iter().map(|path| Source::read(path));
        let sources = sources.collect::<Result<Vec<Source>, Error>>()?;
        Ok(Read {
            found,
            schema,
            documents: Documents::parse(sources),
        })
    }
}

/// Returns the items of a comma-separated list.
fn list(text: &str) -> impl Iterator<Item = String> {
    let items = text.split(',').map(str::trim);
    items.filter(|item| !item.is_empty()).map(str::to_owned)
}

/// Runs the work on a thread with a large stack, for deep nesting and long chains of fragments.
fn in_large_stack<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    const SIZE: usize = 256 << 20;
    // Validation and shapes recurse once for each level of nesting and each narrowing, and the frames of a debug
    // build are large. The main thread, which has 1 MiB on Windows, would limit the depth of documents.
    let thread = std::thread::Builder::new().stack_size(SIZE);
    std::thread::scope(|scope| match thread.spawn_scoped(scope, work) {
        Ok(running) => running.join().unwrap_or_else(|_| {
            let message = "it panicked; see the message above".to_owned();
            Err(Error::Generator { message })
        }),
        Err(source) => Err(Error::Thread(source)),
    })
}

/// The files that a compile reads, parsed.
struct Read {
    found: Found,
    schema: Schema,
    documents: Documents,
}

/// Formats instructions to Cargo, one for each line of the text.
fn directives(name: &str, text: &str) -> String {
    let mut directives = String::new();
    // Cargo reads one instruction a line, so a message of several lines needs one for each.
    for line in text.lines() {
        directives.extend(["cargo::", name, "=", line, "\n"]);
    }
    directives
}

fn print_to_cargo(text: &str) {
    // Only Cargo reads the standard output of a build script. If writing fails, Cargo has ended.
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Writes the file if its text has changed. An unchanged file keeps its modification time, so Cargo does not recompile.
fn write_if_changed(path: &Path, code: &str) -> Result<(), Error> {
    if fs::read_to_string(path).is_ok_and(|known| known == code) {
        return Ok(());
    }
    fs::write(path, code).map_err(|source| Error::Write {
        path: path.to_owned(),
        source,
    })
}
