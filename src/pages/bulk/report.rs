//! The results of a bulk: items, the report, and events.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::step::{Action, Subject};
use crate::{
    error::{Error, ErrorCode},
    pages::Page,
    types::{Locale, PageId, PagePath, Timestamp},
};

/// The result of one step; in a [dry run](super::Bulk::dry_run), the predicted one.
///
/// Serialized, `result` is `{"change": "updated", "fields": ["title"]}` or
/// `{"error": {"message": …, "operation": …, "code": …, "applied": "no"}}`.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Item {
    /// Number of the step in the input, from 0.
    pub index: u64,
    /// Kind of the step.
    pub action: Action,
    /// The page, as the step names it.
    pub subject: Subject,
    /// The page's id, if it is known. For a [conflict](Error::is_conflict) in a dry run, the id
    /// of the blocking page.
    pub id: Option<PageId>,
    /// The state of the page with this id after the step, if it was read.
    pub page: Option<PageState>,
    /// The change, or the error of the step.
    #[serde(serialize_with = "result")]
    pub result: Result<Change, Error>,
}

impl Item {
    /// Returns the message of the error of a step that failed. It begins with the [subject](Self::subject), unless the
    /// error names the page.
    pub fn problem(&self) -> Option<String> {
        let error = self.result.as_ref().err()?;
        Some(match error.object() {
            Some(_) => error.to_string(),
            None => format!("{}: {error}", self.subject),
        })
    }

    /// Sets the page that was read.
    pub(super) fn see(&mut self, page: &Page) {
        self.id = Some(page.id);
        self.page = Some(page.into());
    }
}

/// The change that a step made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The page was created.
    Created,
    /// The page was changed.
    Updated {
        /// The changed fields, named as in [`PageUpdate`](crate::pages::PageUpdate). Empty if they are
        /// not known, or if the page was only rendered.
        fields: Vec<&'static str>,
    },
    /// The page was moved.
    Moved {
        /// The old path.
        from: PagePath,
    },
    /// The page was deleted.
    Deleted,
    /// The page had every value already, and nothing was written.
    Unchanged,
    /// An earlier run with the same [journal](super::Bulk::journal) executed the step. No request was sent.
    DoneBefore,
}

/// Location, title and time of the last change of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageState {
    /// `path`.
    #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
    pub path: PagePath,
    /// `locale`.
    pub locale: Locale,
    /// `title`.
    pub title: String,
    /// `updatedAt`.
    pub updated_at: Timestamp,
}

impl From<&Page> for PageState {
    fn from(page: &Page) -> Self {
        Self {
            path: page.path.clone(),
            locale: page.locale.clone(),
            title: page.title.clone(),
            updated_at: page.updated_at.clone(),
        }
    }
}

/// Numbers of steps by their result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Counts {
    /// [`Change::Created`].
    pub created: u64,
    /// [`Change::Updated`].
    pub updated: u64,
    /// [`Change::Moved`].
    pub moved: u64,
    /// [`Change::Deleted`].
    pub deleted: u64,
    /// [`Change::Unchanged`].
    pub unchanged: u64,
    /// [`Change::DoneBefore`].
    pub done_before: u64,
    /// An error.
    pub failed: u64,
}

impl Counts {
    /// Returns the sum of all numbers.
    pub fn total(&self) -> u64 {
        self.named().iter().map(|(number, _)| number).sum()
    }

    fn named(&self) -> [(u64, &'static str); 7] {
        [
            (self.created, "created"),
            (self.updated, "updated"),
            (self.moved, "moved"),
            (self.deleted, "deleted"),
            (self.unchanged, "unchanged"),
            (self.done_before, "done before"),
            (self.failed, "failed"),
        ]
    }

    pub(super) fn count(&mut self, result: &Result<Change, Error>) {
        *match result {
            Ok(Change::Created) => &mut self.created,
            Ok(Change::Updated { .. }) => &mut self.updated,
            Ok(Change::Moved { .. }) => &mut self.moved,
            Ok(Change::Deleted) => &mut self.deleted,
            Ok(Change::Unchanged) => &mut self.unchanged,
            Ok(Change::DoneBefore) => &mut self.done_before,
            Err(_) => &mut self.failed,
        } += 1;
    }
}

/// Lists the numbers that are not zero: `3 created, 1 failed`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = self.named().into_iter().filter(|(number, _)| *number > 0);
        let counted = counted.map(|(number, result)| format!("{number} {result}"));
        match counted.collect::<Vec<_>>().as_slice() {
            [] => f.write_str("nothing to do"),
            counted => f.write_str(&counted.join(", ")),
        }
    }
}

/// The results of a bulk.
#[derive(Debug, Default)]
#[must_use = "steps may have failed, or not have been executed"]
#[non_exhaustive]
pub struct Report {
    /// The results of the executed steps, in the order of the input.
    pub items: Vec<Item>,
    /// Nothing was written: the results are those that a run would have.
    pub dry_run: bool,
    /// Numbers of steps by their result.
    pub counts: Counts,
    /// Number of all steps. `None` only if the bulk operation was stopped and the length of its input is unknown.
    pub total: Option<u64>,
    /// The [index](Item::index) of the step whose error stopped the bulk.
    pub stopped_at: Option<u64>,
    /// The error of the [journal](super::Bulk::journal) that stopped the bulk.
    pub journal_error: Option<Error>,
}

/// Writes the counts, and a line for each step that failed.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.dry_run { "dry run: " } else { "" };
        write!(f, "{kind}{}", self.counts)?;
        let mut problems = self.items.iter().filter_map(Item::problem);
        problems.try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

impl Report {
    /// Returns `true` if every step succeeded.
    pub fn is_complete(&self) -> bool {
        self.total == Some(self.counts.total()) && self.counts.failed == 0
    }

    /// Returns the steps that failed, with their errors.
    pub fn failed(&self) -> impl Iterator<Item = (&Item, &Error)> {
        self.items
            .iter()
            .filter_map(|item| Some((item, item.result.as_ref().err()?)))
    }

    /// Returns the [indices](Item::index) of the steps that were not executed because the bulk operation was stopped.
    /// If the [total](Self::total) is unknown, the input may have more steps after the last executed one.
    pub fn untouched(&self) -> impl Iterator<Item = u64> {
        let behind = self.items.last().map_or(0, |item| item.index + 1);
        let mut executed = self.items.iter().map(|item| item.index).peekable();
        (0..self.total.unwrap_or(behind)).filter(move |index| executed.next_if_eq(index).is_none())
    }
}

/// An event in the progress of a bulk operation. It is serialized as an object with a field `event`.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The bulk has begun: the first event.
    #[non_exhaustive]
    Started {
        /// Number of steps, if the input has a known length.
        total: Option<u64>,
        /// `true` if nothing is written.
        dry_run: bool,
    },
    /// A step that has to be written has begun. Steps that need no write have no such event.
    #[non_exhaustive]
    Begun {
        /// As in [`Item`].
        index: u64,
        /// As in [`Item`].
        action: Action,
        /// As in [`Item`].
        subject: Subject,
    },
    /// A warning that is not the result of a step.
    #[non_exhaustive]
    Warning {
        /// The step that the warning is about, if it is about one.
        index: Option<u64>,
        /// The text of the warning.
        message: String,
    },
    /// A step has ended. Each executed step has one such event.
    Item(Item),
    /// The bulk has ended: the last event.
    #[non_exhaustive]
    Finished {
        /// Numbers of steps by their result.
        counts: Counts,
        /// Number of all steps. `None` only if the bulk operation was stopped and the length of its input is unknown.
        total: Option<u64>,
        /// The index of the step whose error stopped the bulk.
        stopped_at: Option<u64>,
    },
}

/// Serializes the result of a step.
fn result<S: Serializer>(result: &Result<Change, Error>, serializer: S) -> Result<S::Ok, S::Error> {
    let error = match result {
        Ok(change) => return change.serialize(serializer),
        Err(error) => error,
    };
    let error = serde_json::json!({
        "message": error.to_string(),
        "operation": error.operation(),
        "code": error.code().map(ErrorCode::number),
        "applied": error.applied(),
    });
    serde_json::json!({ "error": error }).serialize(serializer)
}
