//! Finds the files of a compile by path, folder or pattern, and reads them.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{Error, document::Span};

/// A file of documents or of a schema.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A span as line and column.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) length: usize,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let path = path.to_owned();
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self { path, text }),
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: PathBuf::from(path),
            text: text.to_owned(),
        }
    }

    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Returns the byte offset, or the start of the character that contains it.
    fn boundary(&self, place: usize) -> usize {
        // `split_at` panics inside of a character.
        (0..=place.min(self.text.len()))
            .rev()
            .find(|at| self.text.is_char_boundary(*at))
            .unwrap_or(0)
    }

    /// Returns the line and column where a span begins. Its length is cut at the end of that line.
    pub(crate) fn place(&self, span: Span) -> Place {
        let start = self.boundary(span.start);
        let (before, after) = self.text.split_at(start);
        let line_start = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        let (above, left) = before.split_at(line_start);
        let right = after.split(['\n', '\r']).next().unwrap_or_default();
        let marked = self.boundary(span.end).saturating_sub(start);
        let marked = right.get(..marked.min(right.len())).unwrap_or_default();
        // GraphQL ends a line at `\n`, at `\r`, and at both together.
        let returns = above.matches('\r').count() - above.matches("\r\n").count();
        Place {
            line: above.matches('\n').count() + returns + 1,
            column: left.chars().count() + 1,
            length: marked.chars().count(),
            text: format!("{left}{right}"),
        }
    }
}

/// Files and folders that patterns match.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The files, sorted, each once.
    pub(crate) files: BTreeSet<PathBuf>,
    /// Files and folders for Cargo to watch. A new file in one of these folders requires another compile.
    pub(crate) watched: BTreeSet<PathBuf>,
}

/// Finds the files of all patterns. A pattern that matches no file is an error, as it is probably misspelt.
pub(crate) fn find(patterns: &[String]) -> Result<Found, Error> {
    let mut search = Search::default();
    for pattern in patterns {
        let before = search.matches;
        let path = Path::new(pattern);
        if path.is_dir() {
            // Files of other kinds in a folder, such as a README, are not documents. A pattern names exactly what it
            // wants.
            search.walk(path, usize::MAX, is_document)?;
            search.found.watched.insert(path.to_owned());
        } else if path.is_file() {
            search.add(path.to_owned());
        } else {
            search.pattern(pattern)?;
        }
        if search.matches == before {
            return Err(Error::NoFile {
                pattern: pattern.clone(),
            });
        }
    }
    Ok(search.found)
}

/// The files found so far. If links lead to a file or folder by several paths, the first path counts.
#[derive(Default)]
struct Search {
    found: Found,
    /// Files and folders by their real paths.
    seen: BTreeSet<PathBuf>,
    matches: usize,
}

impl Search {
    /// Returns `true` if the file or folder has not been found before.
    fn is_new(&mut self, path: &Path) -> bool {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        self.seen.insert(real)
    }

    fn add(&mut self, path: PathBuf) {
        // A pattern that finds only files of other patterns is not misspelt.
        self.matches += 1;
        if self.is_new(&path) {
            self.found.watched.insert(path.clone());
            self.found.files.insert(path);
        }
    }

    fn pattern(&mut self, text: &str) -> Result<(), Error> {
        let pattern = glob::Pattern::new(text).map_err(|error| Error::Pattern {
            pattern: text.to_owned(),
            reason: error.msg,
        })?;
        let options = glob::MatchOptions {
            // As in shells, `*` matches neither a `/` nor the point of a hidden file.
            require_literal_separator: true,
            require_literal_leading_dot: true,
            ..glob::MatchOptions::new()
        };
        let folder = fixed_part(Path::new(text));
        let below = Path::new(text).components().count();
        let depth = if text.contains("**") {
            usize::MAX
        } else {
            below
        };
        self.walk(&folder, depth, |path| {
            // The walk below a pattern without a folder begins at `.`, which the pattern does not have.
            let path = path.strip_prefix(".").unwrap_or(path);
            pattern.matches_path_with(path, options)
        })?;
        self.found.watched.insert(folder);
        Ok(())
    }

    /// Adds the files in the folder and in its folders, up to a number of levels.
    fn walk(
        &mut self,
        folder: &Path,
        depth: usize,
        accepts: impl Fn(&Path) -> bool,
    ) -> Result<(), Error> {
        let mut seen = BTreeSet::new();
        let mut folders = vec![(folder.to_owned(), 0)];
        while let Some((folder, level)) = folders.pop() {
            let at = |source: io::Error| Error::Read {
                path: folder.clone(),
                source,
            };
            // A link can lead back to a folder above it.
            if level >= depth || !seen.insert(fs::canonicalize(&folder).map_err(at)?) {
                continue;
            }
            let entries = fs::read_dir(&folder).map_err(at)?;
            let paths = entries.map(|entry| entry.map(|it| it.path()));
            let mut paths = paths.collect::<io::Result<Vec<PathBuf>>>().map_err(at)?;
            // The order of a folder depends on the file system. Generated code must be the same everywhere.
            paths.sort();
            for path in paths {
                // A hidden file is an editor's lock or backup.
                let is_hidden = path
                    .file_name()
                    .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
                if !is_hidden && path.is_dir() {
                    folders.push((path, level + 1));
                } else if !is_hidden && accepts(&path) {
                    self.add(path);
                }
            }
        }
        Ok(())
    }
}

/// Returns `true` if the extension is `.graphql` or `.gql`, in any case.
fn is_document(path: &Path) -> bool {
    let extension = path.extension().map(OsStr::to_ascii_lowercase);
    // Some file systems ignore case, and some editors write the extension in capitals.
    extension.is_some_and(|it| it == "graphql" || it == "gql")
}

/// Returns the folder above the first part of a pattern that has a wildcard.
fn fixed_part(pattern: &Path) -> PathBuf {
    let plain = |part: &std::path::Component<'_>| {
        !part.as_os_str().to_string_lossy().contains(['*', '?', '['])
    };
    let mut folder: PathBuf = pattern.components().take_while(plain).collect();
    // Cargo runs a build script again in each build if a watched path does not exist.
    while !folder.is_dir() && folder.pop() {}
    if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder
    }
}
