//! The journal of a bulk operation, from which another run resumes after an interruption.
//!
//! The journal is an append-only file of JSON lines. Each run adds a line that names the wiki. Each step adds a line
//! when it begins and a line when it ends. A step is recognized by its content, not by its number. A completed step is
//! forgotten if a later run has completed another step of the same page.

use std::{
    collections::{HashMap, HashSet},
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    report::{Change, Item, PageState},
    run::StepState,
    step::{Step, Subject},
};
use crate::{
    error::{Applied, Error, Result, TransportErrorKind},
    pages::Pages,
    task,
    text::refuse_if,
    types::PageId,
};

const VERSION: u32 = 1;
/// Name of the operation in errors.
const OPERATION: &str = "journal of a bulk";

/// The key by which the journal finds a step: the hash of its content, and the number of equal steps before it.
pub(super) type Key = String;

/// The state of a step in the journal.
#[derive(Debug)]
pub(super) enum RecordedState {
    /// The step has begun, and its outcome is unknown. For a move, this has the state of the page before the move.
    Begun(Option<PageState>),
    /// The step was applied, to the page with this id.
    Done(Option<PageId>),
}

/// A step in the journal, with its page and the number of the run that has recorded it.
struct RecordedStep {
    run: u32,
    subject: Subject,
    state: RecordedState,
}

impl RecordedStep {
    fn new(run: u32, subject: Subject, state: RecordedState) -> Self {
        Self {
            run,
            subject,
            state,
        }
    }

    /// Returns the page of the step: by its path or id, and by the id that a completed step has recorded.
    fn subjects(&self) -> impl Iterator<Item = Subject> {
        let id = match self.state {
            RecordedState::Begun(_) => None,
            RecordedState::Done(id) => id,
        };
        let by_id = id.map(|id| Subject::Page { id });
        [self.subject.clone()].into_iter().chain(by_id)
    }
}

/// A line of the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(super) enum Line {
    /// The begin of a run.
    Journal { version: u32, wiki: String },
    Begun {
        step: Key,
        index: u64,
        subject: Subject,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<PageState>,
    },
    Done {
        step: Key,
        index: u64,
        subject: Subject,
        id: Option<PageId>,
    },
    Failed {
        step: Key,
        index: u64,
        error: String,
    },
    /// All steps are done: the next run starts a new journal.
    Finished,
}

/// The content of a journal that earlier runs have written.
#[derive(Debug, Default)]
pub(super) struct JournalContent {
    pub(super) known: HashMap<Key, RecordedState>,
    /// The last line is incomplete, such as after a power failure.
    pub(super) was_cut_off: bool,
    /// Length of the complete lines in bytes.
    end: u64,
}

/// A journal that is open for writing. The file is locked until this is dropped, because two runs with one journal
/// would each resume from the other's lines.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    file: Arc<Mutex<File>>,
}

impl Journal {
    /// Opens or creates a journal, and returns its content. A dry run returns the content of the journal, if it exists,
    /// without locking or changing it.
    pub(super) async fn open(
        path: PathBuf,
        wiki: String,
        dry_run: bool,
    ) -> Result<(Option<Self>, Option<JournalContent>)> {
        blocking(move || {
            let mut options = OpenOptions::new();
            options
                .read(true)
                .write(!dry_run)
                .create(!dry_run)
                .truncate(false);
            let mut file = match check_kind(&path).and_then(|()| options.open(&path)) {
                Err(error) if dry_run && error.kind() == io::ErrorKind::NotFound => {
                    return Ok((None, Some(JournalContent::default())));
                }
                file => file.map_err(|error| unusable(&path, &error))?,
            };
            if dry_run {
                return Ok((None, Some(read(&mut file, &path, &wiki)?)));
            }
            lock(&file, &path)?;
            let past = read(&mut file, &path, &wiki)?;
            file.set_len(past.end).map_err(failed)?;
            file.seek(SeekFrom::End(0)).map_err(failed)?;
            file.write_all(&header(&wiki)?).map_err(failed)?;
            let file = Arc::new(Mutex::new(file));
            Ok((Some(Self { file }), Some(past)))
        })
        .await
    }

    /// Appends a line. The begin of a step and the end of the bulk operation are synced to the disk before this
    /// returns.
    pub(super) async fn record(&self, line: Line) -> Result<()> {
        let syncs = matches!(line, Line::Begun { .. } | Line::Finished);
        let file = Arc::clone(&self.file);
        blocking(move || {
            let mut file = task::lock(&file);
            file.write_all(&encode(&line)?).map_err(failed)?;
            if syncs {
                file.sync_data().map_err(failed)?;
            }
            Ok(())
        })
        .await
    }
}

/// Locks the journal. Waits up to a second, because a run that was dropped may still write its last line.
fn lock(file: &File, path: &Path) -> Result<()> {
    const PAUSE: Duration = Duration::from_millis(10);
    for _ in 0..100 {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(unusable(path, &error)),
        }
    }
    let problem = format!("another run writes {}", path.display());
    let remedy = "wait until it has ended, or name another file";
    Err(Error::invalid("journal", problem, remedy))
}

/// Returns an error for a pipe or a device, because reading it may block forever. A missing file is no error.
fn check_kind(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a regular file",
        )),
        _ => Ok(()),
    }
}

fn encode(line: &Line) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
    text.push(b'\n');
    Ok(text)
}

/// Returns the first line of a run.
fn header(wiki: &str) -> Result<Vec<u8>> {
    let (version, wiki) = (VERSION, wiki.to_owned());
    encode(&Line::Journal { version, wiki })
}

/// Reads a journal. Returns no content if all of its steps are done, so that the next run starts a new journal.
fn read(file: &mut File, path: &Path, wiki: &str) -> Result<JournalContent> {
    let mut past = JournalContent::default();
    let (mut run, mut steps) = (0, HashMap::new());
    let mut checked = Ok(());
    let mut reader = BufReader::new(file);
    let mut text = Vec::new();
    for number in 1_u64.. {
        text.clear();
        let bytes = reader.read_until(b'\n', &mut text);
        let bytes = bytes.map_err(|error| unusable(path, &error))?;
        if bytes == 0 {
            break;
        }
        let is_first = number == 1;
        let no_journal = || {
            let problem = format!(
                "line {number} of {} is not a line of a journal",
                path.display()
            );
            let remedy = "name a journal, or a file that does not exist";
            Error::invalid("journal", problem, remedy)
        };
        if text.last() != Some(&b'\n') {
            // A file with an incomplete first line is a journal only if this line is the beginning of a header.
            if is_first && !header(wiki)?.starts_with(&text) {
                return Err(no_journal());
            }
            past.was_cut_off = true;
            break;
        }
        match serde_json::from_slice(&text).map_err(|_| no_journal())? {
            Line::Journal { version, wiki: of } => {
                run += 1;
                check_version(version)?;
                checked = checked.and(check_wiki(&of, wiki));
            }
            _ if is_first => return Err(no_journal()),
            Line::Begun {
                step,
                subject,
                before,
                ..
            } => {
                let state = RecordedState::Begun(before);
                steps.insert(step, RecordedStep::new(run, subject, state));
            }
            Line::Done {
                step, subject, id, ..
            } => {
                let state = RecordedState::Done(id);
                steps.insert(step, RecordedStep::new(run, subject, state));
            }
            Line::Failed { step, .. } => {
                steps.remove(&step);
            }
            Line::Finished => return Ok(JournalContent::default()),
        }
        past.end += u64::try_from(bytes).unwrap_or_default();
    }
    past.known = current(steps);
    checked.map(|()| past)
}

/// Returns the states of the steps without completed ones whose page a later run has changed by another step: the page
/// no longer has the result of the earlier one.
fn current(mut steps: HashMap<Key, RecordedStep>) -> HashMap<Key, RecordedState> {
    let mut last_run: HashMap<Subject, u32> = HashMap::new();
    for step in steps.values() {
        for subject in step.subjects() {
            let last = last_run.entry(subject).or_default();
            *last = step.run.max(*last);
        }
    }
    steps.retain(|_, step| {
        let is_last = |subject| last_run.get(&subject) == Some(&step.run);
        matches!(step.state, RecordedState::Begun(_)) || step.subjects().all(is_last)
    });
    let states = steps.into_iter().map(|(key, step)| (key, step.state));
    states.collect()
}

fn check_version(version: u32) -> Result<()> {
    refuse_if! {
        version != VERSION => "journal",
            format!("its version is {version}, and this library reads version {VERSION}"),
            "finish the bulk with the version that began it, or name another file";
    }
}

fn check_wiki(of: &str, wiki: &str) -> Result<()> {
    refuse_if! {
        of != wiki => "journal",
            format!("it belongs to a bulk on {of}, and this wiki is {wiki}"), "name another file";
    }
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    let problem = format!("{} cannot be read and written: {error}", path.display());
    let remedy = "name a file in a folder that exists and is writable";
    Error::invalid("journal", problem, remedy)
}

/// Creates the error for a failed write to the journal.
fn failed(source: io::Error) -> Error {
    Error::local(OPERATION, source)
}

/// Runs file operations on a thread for blocking work, because a disk may be slow.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let runtime =
        tokio::runtime::Handle::try_current().map_err(|_| Error::no_runtime(OPERATION))?;
    let ended = |_| {
        let kind = TransportErrorKind::Interrupted;
        Error::no_response(OPERATION, kind, Applied::No)
    };
    runtime.spawn_blocking(work).await.map_err(ended)?
}

/// Numbers steps and recognizes those of earlier runs.
pub(super) struct Numbering {
    pages: Pages,
    next: u64,
    /// The content of the journal. `None` without a journal.
    known: Option<HashMap<Key, RecordedState>>,
    /// Number of steps with the same content so far.
    repetitions: HashMap<u128, u32>,
    /// Pages of steps that this run executes, among them those that an earlier run has begun.
    again: HashSet<Subject>,
}

impl Numbering {
    pub(super) fn new(pages: Pages, past: Option<JournalContent>) -> Self {
        Self {
            pages,
            next: 0,
            known: past.map(|past| past.known),
            repetitions: HashMap::new(),
            again: HashSet::new(),
        }
    }

    /// Returns the next step with its number and its state in the journal. Sets the locale of a new page. If the
    /// default cannot be read, the step reports the error.
    pub(super) async fn number(&mut self, mut step: Step) -> StepState {
        if let Step::Create(page) | Step::Upsert(page) = &mut step
            && page.locale.is_none()
        {
            page.locale = self.pages.client.default_locale().await.ok();
        }
        let index = self.next;
        self.next += 1;
        let subject = step.subject(&self.pages);
        let has_journal = self.known.is_some();
        let key = has_journal.then(|| self.key(step.content(&self.pages)));
        let known = key.as_ref().and_then(|key| self.recognize(key, &subject));
        StepState {
            key,
            known,
            since: 0,
            expected: None,
            occupant: None,
            is_refused: false,
            item: Item {
                index,
                action: step.action(),
                subject,
                id: None,
                page: None,
                result: Ok(Change::Unchanged),
            },
            step,
        }
    }

    fn key(&mut self, content: u128) -> Key {
        let count = self.repetitions.entry(content).or_default();
        *count += 1;
        match *count {
            1 => format!("{content:032x}"),
            count => format!("{content:032x}.{}", count - 1),
        }
    }

    /// Returns the state of the next step in the journal. If a step of a page is executed, all later steps of this page
    /// are executed, too, even if an earlier run has completed them, because this step changes their result.
    fn recognize(&mut self, key: &Key, subject: &Subject) -> Option<RecordedState> {
        let known = self.known.as_mut()?;
        match known.remove(key) {
            Some(RecordedState::Done(_)) if self.again.contains(subject) => {
                Some(RecordedState::Begun(None))
            }
            Some(done @ RecordedState::Done(_)) => Some(done),
            begun_or_new => {
                if !known.is_empty() {
                    self.again.insert(subject.clone());
                }
                begun_or_new
            }
        }
    }
}
