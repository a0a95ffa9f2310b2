//! The journal of a bulk: what was begun and what was done, so that another run goes on from there.
//!
//! A file of JSON lines that only grows: the wiki that it belongs to, then a line for each step that is
//! begun and one for each that is over. A step is known again by what it is, not by its place.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Seek, SeekFrom, Write},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::step::Key;
use crate::{
    error::{Applied, Error, Result, TransportError, TransportErrorKind},
    pages::Page,
    types::{Locale, PageId, PagePath},
};

const VERSION: u32 = 1;
/// What the journal is called in errors.
const OPERATION: &str = "journal of a bulk";

/// What an earlier run has written of a step.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    /// It was begun, and nobody knows what became of it.
    Begun(Option<Before>),
    /// It was done, to the page of this id.
    Done(Option<PageId>),
}

/// A page as it was before it was moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Before {
    pub(super) path: PagePath,
    pub(super) locale: Locale,
    pub(super) title: String,
}

impl From<&Page> for Before {
    fn from(page: &Page) -> Self {
        Self {
            path: page.path.clone(),
            locale: page.locale.clone(),
            title: page.title.clone(),
        }
    }
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    Journal {
        version: u32,
        wiki: String,
    },
    Begun {
        step: String,
        index: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Before>,
    },
    Done {
        step: String,
        index: u64,
        id: Option<PageId>,
    },
    Failed {
        step: String,
        index: u64,
        error: String,
    },
    /// All steps are done: the next run begins anew.
    Finished,
}

/// What earlier runs have written.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub(super) known: HashMap<Key, Known>,
    /// The last line was cut off, as by a machine that was switched off.
    pub(super) was_cut_off: bool,
    is_finished: bool,
    has_header: bool,
    /// Where the whole lines end.
    end: u64,
}

/// A journal that is written.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    file: Arc<Mutex<File>>,
}

impl Journal {
    /// Opens a journal, or begins one, and reads what it has.
    pub(super) async fn open(path: &Path, wiki: &str) -> Result<(Self, Past)> {
        let (path, wiki) = (path.to_owned(), wiki.to_owned());
        blocking(move || {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(|error| unusable(&path, &error))?;
            let mut past = read(&mut file, &path, &wiki)?;
            if past.is_finished {
                past = Past::default();
            }
            file.set_len(past.end).map_err(failed)?;
            file.seek(SeekFrom::End(0)).map_err(failed)?;
            if !past.has_header {
                let version = VERSION;
                append(&mut file, &Line::Journal { version, wiki }).map_err(failed)?;
            }
            let file = Arc::new(Mutex::new(file));
            Ok((Self { file }, past))
        })
        .await
    }

    /// Reads a journal, if it is there, and leaves it as it is.
    pub(super) async fn peek(path: &Path, wiki: &str) -> Result<Past> {
        let (path, wiki) = (path.to_owned(), wiki.to_owned());
        blocking(move || match File::open(&path) {
            Ok(mut file) => {
                let past = read(&mut file, &path, &wiki)?;
                Ok(if past.is_finished {
                    Past::default()
                } else {
                    past
                })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Past::default()),
            Err(error) => Err(unusable(&path, &error)),
        })
        .await
    }

    /// A step will be sent now. It is on the disk when this returns, with all that was written before.
    pub(super) async fn begun(&self, step: Key, index: u64, before: Option<Before>) -> Result<()> {
        let step = step.to_string();
        self.write(
            true,
            Line::Begun {
                step,
                index,
                before,
            },
        )
        .await
    }

    pub(super) async fn done(&self, step: Key, index: u64, id: Option<PageId>) -> Result<()> {
        let step = step.to_string();
        self.write(false, Line::Done { step, index, id }).await
    }

    /// A step failed, and the wiki is as it was.
    pub(super) async fn failed(&self, step: Key, index: u64, error: &Error) -> Result<()> {
        let (step, error) = (step.to_string(), error.to_string());
        self.write(false, Line::Failed { step, index, error }).await
    }

    pub(super) async fn finished(&self) -> Result<()> {
        self.write(true, Line::Finished).await
    }

    async fn write(&self, to_the_disk: bool, line: Line) -> Result<()> {
        let file = Arc::clone(&self.file);
        blocking(move || {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            append(&mut file, &line).map_err(failed)?;
            if to_the_disk {
                file.sync_data().map_err(failed)?;
            }
            Ok(())
        })
        .await
    }
}

fn append(file: &mut File, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

fn read(file: &mut File, path: &Path, wiki: &str) -> Result<Past> {
    let mut past = Past::default();
    let mut reader = BufReader::new(file);
    let mut text = Vec::new();
    for number in 1_u64.. {
        text.clear();
        let bytes = reader.read_until(b'\n', &mut text);
        let bytes = bytes.map_err(|error| unusable(path, &error))?;
        if bytes == 0 {
            break;
        }
        if text.last() != Some(&b'\n') {
            // But not another file, which would be cut off here.
            if !past.has_header && !text.starts_with(b"{") {
                return Err(no_journal(path, number));
            }
            past.was_cut_off = true;
            break;
        }
        let line = serde_json::from_slice(&text).map_err(|_| no_journal(path, number))?;
        past.learn(line, wiki)
            .ok_or_else(|| no_journal(path, number))??;
        past.end += u64::try_from(bytes).unwrap_or_default();
    }
    Ok(past)
}

impl Past {
    /// `None` if the line cannot stand there.
    fn learn(&mut self, line: Line, wiki: &str) -> Option<Result<()>> {
        if let Line::Journal { version, wiki: of } = line {
            self.has_header = true;
            return Some(fits(version, &of, wiki));
        }
        if !self.has_header {
            return None;
        }
        self.is_finished = false;
        match line {
            Line::Journal { .. } => {}
            Line::Begun { step, before, .. } => {
                self.known.insert(Key::parse(&step)?, Known::Begun(before));
            }
            Line::Done { step, id, .. } => {
                self.known.insert(Key::parse(&step)?, Known::Done(id));
            }
            Line::Failed { step, .. } => {
                self.known.remove(&Key::parse(&step)?);
            }
            Line::Finished => self.is_finished = true,
        }
        Some(Ok(()))
    }
}

fn fits(version: u32, of: &str, wiki: &str) -> Result<()> {
    if version != VERSION {
        return Err(Error::invalid(
            "journal",
            format!("it is of version {version}, and this library reads {VERSION}"),
            "finish that work with the version that began it, or name another file",
        ));
    }
    if of != wiki {
        return Err(Error::invalid(
            "journal",
            format!("it is of work on {of}, and this wiki is {wiki}"),
            "name another file",
        ));
    }
    Ok(())
}

fn no_journal(path: &Path, line: u64) -> Error {
    Error::invalid(
        "journal",
        format!("line {line} of {} is none of a journal", path.display()),
        "name another file, or one that is not there yet",
    )
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    Error::invalid(
        "journal",
        format!("{} cannot be read and written: {error}", path.display()),
        "name a file in a folder that is there and may be written",
    )
}

/// The journal cannot be kept any longer.
fn failed(source: io::Error) -> Error {
    Error::Transport(Box::new(TransportError {
        operation: OPERATION.to_owned(),
        kind: TransportErrorKind::Local,
        source: Some(source.into()),
        applied: Applied::No,
    }))
}

/// A disk may be slow: nobody else shall wait for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let runtime =
        tokio::runtime::Handle::try_current().map_err(|_| Error::no_runtime(OPERATION))?;
    let ended = |_| {
        let kind = TransportErrorKind::Interrupted;
        Error::no_answer(OPERATION, kind, Applied::No)
    };
    runtime.spawn_blocking(work).await.map_err(ended)?
}
