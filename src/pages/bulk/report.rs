//! What became of the steps.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::step::{Action, Subject};
use crate::{
    error::{Applied, Error, ErrorCode},
    pages::Page,
    types::{Locale, PageId, PagePath, Timestamp},
};

/// What became of one step; in a [dry run](super::Bulk::dry_run), what would become of it.
///
/// Serialized, `result` is `{"change": "updated", "fields": ["title"]}` or
/// `{"error": {"message": …, "operation": …, "code": …, "applied": "no"}}`.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Item {
    /// Which step: the number of those before it in the input.
    pub index: u64,
    /// What the step does.
    pub action: Action,
    /// Which page it is about, as it says itself.
    pub subject: Subject,
    /// The page's id, where it is known. For a [conflict](Error::is_conflict) in a dry run it is that
    /// of the page that is in the way.
    pub id: Option<PageId>,
    /// The page of this id, where it was seen; as it is afterwards.
    pub page: Option<PageAt>,
    /// What was done.
    #[serde(serialize_with = "result")]
    pub result: Result<Change, Error>,
}

/// What a step did, or, in a dry run, would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The page was made.
    Created,
    /// The page was changed.
    Updated {
        /// In these fields, named as in [`PageUpdate`](crate::pages::PageUpdate). Empty where that is
        /// not known.
        fields: Vec<&'static str>,
    },
    /// The page was moved.
    Moved {
        /// From this path.
        from: PagePath,
    },
    /// The page was deleted.
    Deleted,
    /// There was nothing to do: the page is as it shall be.
    Unchanged,
    /// An earlier run with the same [journal](super::Bulk::journal) did it. Nothing was asked or sent.
    DoneBefore,
}

/// Where a page is, and since when it is as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PageAt {
    /// `path`.
    pub path: PagePath,
    /// `locale`.
    pub locale: Locale,
    /// `title`.
    pub title: String,
    /// `updatedAt`.
    pub updated_at: Timestamp,
}

impl From<&Page> for PageAt {
    fn from(page: &Page) -> Self {
        Self {
            path: page.path.clone(),
            locale: page.locale.clone(),
            title: page.title.clone(),
            updated_at: page.updated_at.clone(),
        }
    }
}

/// How many steps came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
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
    /// All of them.
    pub fn total(&self) -> u64 {
        let changed = self.created + self.updated + self.moved + self.deleted;
        changed + self.unchanged + self.done_before + self.failed
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

/// What became of a bulk.
#[derive(Debug, Default)]
#[must_use = "steps may have failed, or not have been touched"]
#[non_exhaustive]
pub struct Report {
    /// The steps that were tried, each with its result, in the order of the input.
    pub items: Vec<Item>,
    /// How many came to what.
    pub counts: Counts,
    /// How many steps there are, where that is known: always, if the bulk came to its end.
    pub total: Option<u64>,
    /// The [index](Item::index) of the step whose error stopped the bulk, if one did.
    pub stopped_at: Option<u64>,
    /// Why the [journal](super::Bulk::journal) could not be kept any longer, which stopped the bulk.
    pub journal_error: Option<Error>,
}

impl Report {
    /// Whether every step was done.
    pub fn is_complete(&self) -> bool {
        let is_whole = self.total == Some(self.counts.total());
        is_whole && self.counts.failed == 0
    }

    /// The steps that failed.
    pub fn failed(&self) -> impl Iterator<Item = (&Item, &Error)> {
        self.items
            .iter()
            .filter_map(|item| Some((item, item.result.as_ref().err()?)))
    }

    /// The [indices](Item::index) of the steps that were not touched, since the bulk was stopped. Where
    /// the [total](Self::total) is not known, there may be any number of others behind the last one.
    pub fn untouched(&self) -> impl Iterator<Item = u64> {
        let behind = self.items.last().map_or(0, |item| item.index + 1);
        let mut tried = self.items.iter().map(|item| item.index).peekable();
        (0..self.total.unwrap_or(behind)).filter(move |index| tried.next_if_eq(index).is_none())
    }
}

fn result<S: Serializer>(result: &Result<Change, Error>, serializer: S) -> Result<S::Ok, S::Error> {
    let error = match result {
        Ok(change) => return change.serialize(serializer),
        Err(error) => error,
    };
    let mut failed = serializer.serialize_struct("Failed", 1)?;
    failed.serialize_field("error", &Told(error))?;
    failed.end()
}

/// An error as far as it can be told to others.
struct Told<'a>(&'a Error);

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(error) = self;
        let mut told = serializer.serialize_struct("Error", 4)?;
        told.serialize_field("message", &error.to_string())?;
        told.serialize_field("operation", &error.operation())?;
        told.serialize_field("code", &error.code().map(ErrorCode::number))?;
        let applied = match error.applied() {
            Applied::No => "no",
            Applied::Yes => "yes",
            Applied::Unknown => "unknown",
        };
        told.serialize_field("applied", applied)?;
        told.end()
    }
}
