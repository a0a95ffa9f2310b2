//! The files of a compile: finds them by path, folder or pattern, reads them, and knows lines and columns.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{Error, document::Span};

/// One `.graphql` file.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A span in the terms of a reader.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) length: usize,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Self {
                path: path.to_owned(),
                text,
            }),
            Err(source) => Err(Error::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The place itself, or the beginning of the character that it is in.
    fn boundary(&self, place: usize) -> usize {
        (0..=place.min(self.text.len()))
            .rev()
            .find(|at| self.text.is_char_boundary(*at))
            .unwrap_or(0)
    }

    /// Where a span begins; its length is cut at the end of that line.
    pub(crate) fn place(&self, span: Span) -> Place {
        let start = self.boundary(span.start);
        let (before, after) = self.text.split_at(start);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = after
            .find(['\n', '\r'])
            .map_or(self.text.len(), |newline| start + newline);
        let marked = self.boundary(span.end).clamp(start, line_end.max(start));
        let chars =
            |from: usize, to: usize| self.text.get(from..to).unwrap_or_default().chars().count();
        Place {
            line: before.matches('\n').count() + 1,
            column: chars(line_start, start) + 1,
            length: chars(start, marked),
            text: self
                .text
                .get(line_start..line_end)
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// The span from a line and column (in characters, from 1) to another.
    #[cfg(feature = "check")]
    pub(crate) fn span_between(&self, from: (usize, usize), to: (usize, usize)) -> Span {
        Span {
            start: self.offset(from),
            end: self.offset(to),
        }
    }

    #[cfg(feature = "check")]
    fn offset(&self, (line, column): (usize, usize)) -> usize {
        let line_start: usize = self
            .text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let rest = self.text.get(line_start..).unwrap_or_default();
        let within: usize = rest
            .chars()
            .take(column.saturating_sub(1))
            .map(char::len_utf8)
            .sum();
        line_start + within
    }
}

/// What the patterns stand for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The files, sorted, each once.
    pub(crate) files: BTreeSet<PathBuf>,
    /// What Cargo must watch: the files, and the folders where a new one would count.
    pub(crate) watched: BTreeSet<PathBuf>,
}

/// Finds the files of all patterns. A pattern that stands for no file is an error: it is a slip, or a moved folder.
pub(crate) fn find(patterns: &[String]) -> Result<Found, Error> {
    let mut found = Found::default();
    for pattern in patterns {
        let before = found.files.len();
        let mut seen_before = false;
        let mut add = |path: PathBuf| {
            seen_before |= found.files.contains(&path);
            found.watched.insert(path.clone());
            found.files.insert(path);
        };
        let path = Path::new(pattern);
        if path.is_dir() {
            walk(path, &mut add)?;
            found.watched.insert(path.to_owned());
        } else if path.is_file() {
            add(path.to_owned());
        } else {
            for path in glob::glob(pattern).map_err(|error| Error::Pattern {
                pattern: pattern.clone(),
                reason: error.msg,
            })? {
                let path = path.map_err(|error| Error::Read {
                    path: error.path().to_owned(),
                    source: error.into(),
                })?;
                if path.is_file() {
                    add(path);
                }
            }
            found.watched.insert(fixed_part(path));
        }
        if found.files.len() == before && !seen_before {
            return Err(Error::NoFile {
                pattern: pattern.clone(),
            });
        }
    }
    Ok(found)
}

/// The folder above the first part of a pattern that is not a plain name.
fn fixed_part(pattern: &Path) -> PathBuf {
    let plain = |part: &std::path::Component<'_>| {
        !part.as_os_str().to_string_lossy().contains(['*', '?', '['])
    };
    let mut folder: PathBuf = pattern.components().take_while(plain).collect();
    while !folder.is_dir() && folder.pop() {}
    if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder
    }
}

fn walk(folder: &Path, add: &mut impl FnMut(PathBuf)) -> Result<(), Error> {
    let at = |source: io::Error| Error::Read {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        if path.is_dir() {
            walk(&path, add)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "graphql" || extension == "gql")
        {
            add(path);
        }
    }
    Ok(())
}
