//! What a build script says, and the way from files to a file.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
};

use crate::{
    Diagnostic, Error, Severity, deprecated,
    documents::Documents,
    generate::{self, Plan, Planned},
    names, null_default,
    outline::{Outline, Outliner, spreads},
    refuse,
    schema::Schema,
    shape::{Shape, Shapes},
    source::{self, Source},
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

/// What a compile did.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// The generated file; empty where [`Config::generate`] wrote none.
    pub out_file: PathBuf,
    /// The operations by name, in the order of the generated file.
    pub operations: Vec<String>,
    /// The fragments that became types of their own.
    pub fragments: Vec<String>,
    /// What should be looked at: uses of what the schema calls deprecated.
    pub warnings: Vec<Diagnostic>,
    /// The documents that were read.
    pub files: Vec<PathBuf>,
    /// The files and folders whose change calls for another compile.
    pub watched: Vec<PathBuf>,
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
    /// modules `api` (with `Argument` and `scalars`) and `__codegen` (with `serde` and `graphql_client`) that
    /// `wikijs-client` has.
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
                let lines: String = error
                    .lines()
                    .map(|line| format!("cargo::error={line}\n"))
                    .collect();
                say(&lines);
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
            said.push_str(&format!("cargo::rerun-if-changed={}\n", path.display()));
        }
        let (code, mut report) = self.generate()?;
        for warning in &report.warnings {
            said.extend(
                warning
                    .to_string()
                    .lines()
                    .map(|line| format!("cargo::warning={line}\n")),
            );
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
        if self.queries.is_empty() {
            return Err(Error::NoQueries);
        }
        let krate: syn::Path = syn::parse_str(&self.crate_path)
            .map_err(|_| Error::CratePath(self.crate_path.clone()))?;
        let found = source::find(&self.queries)?;
        let (sdl, sdl_path) = self.sdl()?;
        let schema = Schema::parse(&sdl, &sdl_path)?;
        let sources = found
            .files
            .iter()
            .map(|path| Source::read(path))
            .collect::<Result<Vec<Source>, Error>>()?;
        let mut diagnostics = Vec::new();
        let documents = Documents::parse(sources, &mut diagnostics);
        let plan = plan(&sdl, &sdl_path, &schema, &documents, diagnostics)?;
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

/// Checks everything and works out what to generate.
fn plan<'a>(
    sdl: &str,
    sdl_path: &Path,
    schema: &'a Schema,
    documents: &'a Documents,
    syntax_errors: Vec<Diagnostic>,
) -> Result<Plan<'a>, Error> {
    let mut diagnostics = check(sdl, sdl_path, schema, documents)?;
    add_new(&mut diagnostics, syntax_errors);
    add_new(&mut diagnostics, refuse::beyond_graphql(documents));
    add_new(&mut diagnostics, null_default::errors(schema, documents));
    if diagnostics.is_empty() {
        diagnostics = refuse::basics(schema, documents);
    }
    if !documents.cyclic_fragments().is_empty() {
        return Err(Error::Documents(sorted(diagnostics)));
    }
    let shapes = Shapes::new(schema, documents);
    let operations = operations(schema, documents, &shapes, &mut diagnostics);
    let (fragments, fragments_outline) =
        fragments(schema, documents, &shapes, &operations, &mut diagnostics);
    let (mistakes, refusals) = shapes.into_diagnostics();
    add_new(&mut diagnostics, refusals);
    if diagnostics.is_empty() {
        diagnostics = mistakes;
    }
    if !diagnostics.is_empty() {
        return Err(Error::Documents(sorted(diagnostics)));
    }
    if operations.is_empty() {
        return Err(Error::NoOperations);
    }
    Ok(Plan {
        schema,
        documents,
        operations,
        fragments,
        fragments_outline,
    })
}

#[cfg(feature = "check")]
fn check(
    sdl: &str,
    sdl_path: &Path,
    schema: &Schema,
    documents: &Documents,
) -> Result<Vec<Diagnostic>, Error> {
    crate::check::check(sdl, sdl_path, schema, documents)
}

#[cfg(not(feature = "check"))]
#[expect(clippy::unnecessary_wraps, reason = "the same face as with the check")]
fn check(
    _sdl: &str,
    _sdl_path: &Path,
    _schema: &Schema,
    _documents: &Documents,
) -> Result<Vec<Diagnostic>, Error> {
    Ok(Vec::new())
}

fn operations<'a>(
    schema: &Schema,
    documents: &'a Documents,
    shapes: &Shapes<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Planned<'a>> {
    let mut planned = Vec::new();
    for (file, operation) in documents.operations() {
        let (Some(name), Some(root)) = (&operation.name, schema.root(operation.kind)) else {
            continue;
        };
        let shape = shapes.of(root, &operation.selections, file);
        let mut outliner = Outliner {
            schema,
            documents,
            outline: Outline::default(),
            diagnostics: Vec::new(),
        };
        outliner.add(
            "ResponseData",
            &names::type_name(&name.text).unwrap_or_default(),
            &shape,
        );
        add_new(diagnostics, outliner.diagnostics);
        planned.push(Planned {
            file,
            operation,
            name: name.text.clone(),
            shape,
            outline: outliner.outline,
        });
    }
    planned
}

/// The fragments that some shape refers to, directly or through another fragment.
fn fragments(
    schema: &Schema,
    documents: &Documents,
    shapes: &Shapes<'_>,
    operations: &[Planned<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> (BTreeMap<String, std::rc::Rc<Shape>>, Outline) {
    let mut open = BTreeSet::new();
    for planned in operations {
        spreads(&planned.shape, &mut open);
    }
    let mut fragments = BTreeMap::new();
    let mut outliner = Outliner {
        schema,
        documents,
        outline: Outline::default(),
        diagnostics: Vec::new(),
    };
    while let Some(name) = open.pop_first() {
        if fragments.contains_key(&name) {
            continue;
        }
        if let Some(shape) = shapes.of_fragment(&name) {
            spreads(&shape, &mut open);
            let rust = names::type_name(&name).unwrap_or_default();
            outliner.add(&rust, &rust, &shape);
            fragments.insert(name, shape);
        }
    }
    add_new(diagnostics, outliner.diagnostics);
    (fragments, outliner.outline)
}

/// Adds what points at a place that nothing points at yet: the whole check words its errors best.
fn add_new(diagnostics: &mut Vec<Diagnostic>, more: Vec<Diagnostic>) {
    for diagnostic in more {
        let known = |it: &Diagnostic| {
            (&it.file, it.line, it.column) == (&diagnostic.file, diagnostic.line, diagnostic.column)
        };
        if !diagnostics.iter().any(known) {
            diagnostics.push(diagnostic);
        }
    }
}

fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.retain(|it| it.severity == Severity::Error);
    diagnostics.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    diagnostics
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
