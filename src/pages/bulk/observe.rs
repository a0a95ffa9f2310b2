//! Observing the wiki before a step is written, and predicting its result in a dry run.
//!
//! Observations run ahead of the writes and share requests. A page that has every value already is not written.
//! Each read is spawned as a task, because nothing else polls the reads during a write, which may take seconds.

use std::collections::HashMap;

use super::{
    journal::RecordedState,
    report::{Change, Item},
    run::{Context, StepState},
    step::Step,
};
use crate::{
    error::{Error, ObjectError, Result},
    pages::{NewPage, Page, PageLocation, PageUpdate, Pages},
    task::{Reads, Sent, spawn_and_join},
    text::{check_content, refuse_if},
    types::PageId,
};

/// Name of the operation in the errors of a dry run.
const OPERATION: &str = "PagesBulk";

/// Reads the page of a step, if necessary, and concludes whether the step has to be written.
pub(super) async fn observe(context: &Context, mut state: StepState) -> StepState {
    state.since = context.ended_writes();
    let item = &mut state.item;
    (item.id, item.page, item.result) = (None, None, Ok(Change::Unchanged));
    let expected = match &state.known {
        Some(RecordedState::Done(id)) => {
            (item.id, item.result) = (*id, Ok(Change::DoneBefore));
            Ok(None)
        }
        // The write compares the wiki with the step first, and so detects whether the earlier run has applied it.
        Some(RecordedState::Begun(_)) if !context.dry_run => {
            state.step.check().map(|()| Some(Change::Unchanged))
        }
        _ => compare(context, &mut state).await,
    };
    // A step that fails is not written, even if an earlier observation expected a change.
    state.expected = expected.unwrap_or_else(|error| {
        state.item.result = Err(error);
        None
    });
    state
}

/// Compares the wiki with the result of a step. Returns the expected change, or `None` if the step changes nothing.
async fn compare(context: &Context, state: &mut StepState) -> Result<Option<Change>> {
    let (pages, item) = (&context.pages, &mut state.item);
    state.step.check()?;
    Ok(Some(match &state.step {
        // The wiki itself refuses a create at a path that is taken, and a deletion of a page that does not exist.
        Step::Create(_) if !context.dry_run => Change::Created,
        Step::Delete(_) if !context.dry_run => Change::Deleted,
        Step::Create(new) => {
            state.occupant = fresh(pages.at_path_of(new)).await?;
            Change::Created
        }
        Step::Delete(id) => {
            item.see(&fresh(pages.get(*id)).await?);
            Change::Deleted
        }
        Step::Upsert(new) => {
            let Some(current) = fresh(pages.at_path_of(new)).await? else {
                return Ok(Some(Change::Created));
            };
            item.see(&current);
            Pages::check_kept(&current, new)?;
            return compare_update(&current, &PageUpdate::like(new.clone()));
        }
        Step::Update(id, update) => {
            let current = fresh(pages.read_to_write(*id)).await?;
            item.see(&current);
            return compare_update(&current, update);
        }
        Step::Modify(id, modification) => {
            refuse_if! {
                state.key.is_some() => "journal", "a modification cannot be recognized by another run",
                    "modify pages without a journal, or pass their updates to update_many";
            }?;
            let current = fresh(pages.read_to_write(*id)).await?;
            item.see(&current);
            let update = modification.update(&current);
            update.check()?;
            return compare_update(&current, &update);
        }
        Step::Move { id, path, locale } => {
            let current = fresh(pages.get(*id)).await?;
            item.see(&current);
            let locale = locale.as_ref().unwrap_or(&current.locale);
            if current.is_at(path, locale) {
                return Ok(None);
            }
            if context.dry_run {
                state.occupant = fresh(pages.get_by_path(path).locale(locale).opt()).await?;
            }
            Change::Moved { from: current.path }
        }
    }))
}

/// Returns the change that an update will make. An update of no field renders the page, or changes fields that the caller
/// cannot read.
fn compare_update(current: &Page, update: &PageUpdate) -> Result<Option<Change>> {
    update.unless_modified(current)?;
    let wanted = update.apply(current);
    let fields = current.differences(&wanted, str::eq);
    // Without the metadata, fields may differ. A page without a rendering is written to render it.
    let is_known = current.metadata.is_some() && current.render.is_some();
    if fields.is_empty() && is_known {
        return Ok(None);
    }
    check_content(&wanted.content)?;
    Ok(Some(Change::Updated { fields }))
}

/// Reads from the wiki. A cached page may be outdated, because other programs may have changed it.
pub(super) async fn fresh<T: Send + 'static>(
    read: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    spawn_and_join("PagesGet", Sent::default(), Reads::Uncached.scope(read)).await
}

/// The locations of pages after the earlier steps of a dry run.
#[derive(Default)]
pub(super) struct PredictedState {
    /// New locations of moved pages; `None` for deleted pages.
    moved: HashMap<PageId, Option<PageLocation>>,
    /// Locations that earlier steps change; `true` if a page would be there.
    occupied: HashMap<PageLocation, bool>,
}

impl PredictedState {
    /// Predicts the result of a step after the earlier steps, instead of writing it.
    pub(super) fn predict(&mut self, pages: &Pages, mut state: StepState) -> StepState {
        let expected = state.expected.take().unwrap_or(Change::Unchanged);
        if matches!(state.item.result, Ok(Change::Unchanged)) {
            state.item.result = self.result(pages, &mut state, expected);
        }
        // A failed item has an id only for a blocking page.
        let item = &mut state.item;
        if item.result.is_err() {
            let occupant = state.occupant.as_ref();
            (item.id, item.page) = occupant.map(|page| (page.id, page.into())).unzip();
        }
        state
    }

    fn result(&mut self, pages: &Pages, state: &mut StepState, expected: Change) -> Result<Change> {
        let (item, occupant) = (&mut state.item, &mut state.occupant);
        if let Some(id) = item.subject.id()
            && let Some(None) = self.moved.get(&id)
        {
            *occupant = None;
            let object = format_args!("page {id}");
            let error = ObjectError::new(OPERATION, object, "an earlier step deletes it");
            return Err(Error::NotFound(error));
        }
        let location_of = |new: &NewPage| PageLocation::new(pages.locale_of(new), &new.path);
        Ok(match &state.step {
            Step::Create(new) => {
                self.occupy(location_of(new), occupant.as_ref())?;
                expected
            }
            Step::Upsert(new) => {
                let location = location_of(new);
                let change = match (self.occupied.get(&location), &item.page) {
                    (None, Some(_)) => return Ok(expected),
                    // An earlier step puts a page there. Its values are unknown.
                    (Some(true), _) => Change::Updated { fields: Vec::new() },
                    (None, None) | (Some(false), _) => Change::Created,
                };
                (item.id, item.page) = (None, None);
                self.occupied.insert(location, true);
                change
            }
            Step::Update(..) | Step::Modify(..) => expected,
            Step::Delete(id) => {
                if let Some(location) = self.location_of(*id, item) {
                    self.occupied.insert(location, false);
                }
                self.moved.insert(*id, None);
                expected
            }
            Step::Move { id, path, locale } => {
                let Some(from) = self.location_of(*id, item) else {
                    return Ok(Change::Unchanged);
                };
                let to = PageLocation::new(locale.as_ref().unwrap_or(&from.locale), path);
                if from == to {
                    return Ok(Change::Unchanged);
                }
                self.occupy(to.clone(), occupant.as_ref())?;
                self.occupied.insert(from.clone(), false);
                self.moved.insert(*id, Some(to));
                Change::Moved { from: from.path }
            }
        })
    }

    /// Puts a page at a location.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] if the location is occupied.
    fn occupy(&mut self, location: PageLocation, occupant: Option<&Page>) -> Result<()> {
        let problem = match (self.occupied.get(&location), occupant) {
            (Some(true), _) => "an earlier step creates a page there".to_owned(),
            (None, Some(page)) => format!("page {} already exists there", page.id),
            (None, None) | (Some(false), _) => {
                self.occupied.insert(location, true);
                return Ok(());
            }
        };
        let object = format!("{} (locale {})", location.path, location.locale);
        let error = ObjectError::new(OPERATION, object, problem);
        Err(Error::AlreadyExists(error))
    }

    /// Returns the location of a page that is not deleted, if it is known.
    fn location_of(&self, id: PageId, item: &Item) -> Option<PageLocation> {
        let moved = self.moved.get(&id).cloned().flatten();
        let page = item.page.as_ref();
        moved.or_else(|| page.map(|page| PageLocation::new(&page.locale, &page.path)))
    }
}
