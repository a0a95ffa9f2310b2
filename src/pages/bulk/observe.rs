//! Observing the wiki before a step is written, and predicting its result in a dry run.
//!
//! Observations run ahead of the writes and share requests. A page that has every value already is not written.
//! Each read is spawned as a task, because nothing else polls the reads during a write, which may take seconds.

use std::collections::{HashMap, HashSet};

use super::{
    journal::RecordedState,
    report::{Change, PageState},
    run::Context,
    step::{NumberedStep, Step},
};
use crate::{
    error::{Error, ObjectError, Result},
    pages::{NewPage, Page, PageLocation, PageUpdate, Pages},
    task::{Reads, Sent, spawn_and_join},
    text::check_content,
    types::PageId,
};

/// Name of the operation in the errors of a dry run.
const OPERATION: &str = "PagesBulk";

/// A step after the wiki was observed.
pub(super) struct Observed {
    pub(super) step: NumberedStep,
    /// Number of the bulk's writes that had ended when the observation began.
    pub(super) since: usize,
    /// The page that was observed.
    pub(super) id: Option<PageId>,
    pub(super) page: Option<PageState>,
    pub(super) verdict: Verdict,
}

/// The conclusion of an observation.
pub(super) enum Verdict {
    /// The result is known without a write.
    Settled(Result<Change>),
    Write(Expected),
}

/// The expected effect of a write.
#[derive(Default)]
pub(super) struct Expected {
    /// The fields that will change.
    pub(super) fields: Vec<&'static str>,
    /// The page that blocks the location that the step needs. It is read in a dry run only; in a real run the wiki
    /// refuses the write.
    occupant: Option<Seen>,
}

type Seen = (PageId, PageState);

fn seen(page: &Page) -> Seen {
    (page.id, page.into())
}

/// Reads the page of a step, if necessary, and concludes whether the step has to be written.
pub(super) async fn observe(context: &Context, step: NumberedStep) -> Observed {
    let since = context.ended_writes();
    let mut page = None;
    let mut done = None;
    let verdict = match &step.known {
        Some(RecordedState::Done(id)) => {
            done = *id;
            Ok(Verdict::Settled(Ok(Change::DoneBefore)))
        }
        // The write compares the wiki with the step first, and so detects whether the earlier run has applied it.
        Some(RecordedState::Begun(_)) if !context.dry_run => {
            let checked = step.step.check();
            checked.map(|()| Verdict::Write(Expected::default()))
        }
        _ => compare(context, &step, &mut page).await,
    };
    let (id, page) = page.unzip();
    Observed {
        step,
        since,
        id: id.or(done),
        page,
        verdict: verdict.unwrap_or_else(|error| Verdict::Settled(Err(error))),
    }
}

/// Compares the wiki with the result of a step.
async fn compare(
    context: &Context,
    step: &NumberedStep,
    page: &mut Option<Seen>,
) -> Result<Verdict> {
    let pages = &context.pages;
    step.step.check()?;
    let mut expected = Expected::default();
    let mut see = |current: &Page| *page = Some(seen(current));
    match &step.step {
        // The wiki itself refuses a create at a path that is taken, and a deletion of a page that does not exist.
        Step::Create(_) | Step::Delete(_) if !context.dry_run => {}
        Step::Create(new) => {
            let occupant = fresh(pages.at_path_of(new)).await?;
            expected.occupant = occupant.as_ref().map(seen);
        }
        Step::Delete(id) => see(&fresh(pages.get(*id)).await?),
        Step::Upsert(new) => {
            if let Some(current) = fresh(pages.at_path_of(new)).await? {
                see(&current);
                Pages::check_editor(&current, new)?;
                let verdict = compare_update(&current, &PageUpdate::like(new.clone()))?;
                // Without the metadata, fields may differ. A page without a rendering is written to render it.
                let is_known = current.metadata.is_some() && current.render.is_some();
                if is_known || matches!(verdict, Verdict::Write(_)) {
                    return Ok(verdict);
                }
            }
        }
        Step::Update(id, update) => {
            let current = fresh(pages.read_to_write(*id)).await?;
            see(&current);
            return compare_update(&current, update);
        }
        Step::Modify(id, modification) => {
            if step.key.is_some() {
                return Err(Error::invalid(
                    "journal",
                    "a modification cannot be recognized by another run",
                    "modify pages without a journal, or pass their updates to update_many",
                ));
            }
            let current = fresh(pages.read_to_write(*id)).await?;
            see(&current);
            let update = modification.update(&current);
            update.check()?;
            return compare_update(&current, &update);
        }
        Step::Move { id, path, locale } => {
            let current = fresh(pages.get(*id)).await?;
            see(&current);
            let locale = locale.as_ref().unwrap_or(&current.locale);
            if current.is_at(path, locale) {
                return Ok(Verdict::Settled(Ok(Change::Unchanged)));
            }
            if context.dry_run {
                let occupant = fresh(pages.get_by_path(path).locale(locale).opt()).await?;
                expected.occupant = occupant.as_ref().map(seen);
            }
        }
    }
    Ok(Verdict::Write(expected))
}

fn compare_update(current: &Page, update: &PageUpdate) -> Result<Verdict> {
    update.unless_modified(current)?;
    let wanted = update.apply(current);
    let fields = current.differences(&wanted, str::eq);
    if fields.is_empty() {
        return Ok(Verdict::Settled(Ok(Change::Unchanged)));
    }
    check_content(&wanted.content)?;
    Ok(Verdict::Write(Expected {
        fields,
        occupant: None,
    }))
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
    deleted: HashSet<PageId>,
    /// New locations of moved pages.
    moved: HashMap<PageId, PageLocation>,
    /// Locations that earlier steps change; `true` if a page would be there.
    occupied: HashMap<PageLocation, bool>,
}

type Prediction = (Option<Seen>, Result<Change>);

impl PredictedState {
    /// Predicts the result of a step after the earlier steps, instead of writing it.
    pub(super) fn predict(&mut self, pages: &Pages, observed: Observed) -> Observed {
        let page = observed.id.zip(observed.page);
        let (page, result) = match observed.verdict {
            Verdict::Write(expected) => self.result(pages, &observed.step, page, expected),
            Verdict::Settled(Ok(Change::Unchanged)) => {
                self.result(pages, &observed.step, page, Expected::default())
            }
            // A failed item has an id only for a blocking page, and this error has none.
            Verdict::Settled(Err(error)) => (None, Err(error)),
            Verdict::Settled(result) => {
                return Observed {
                    page: None,
                    verdict: Verdict::Settled(result),
                    ..observed
                };
            }
        };
        let (id, page) = page.unzip();
        Observed {
            id,
            page,
            verdict: Verdict::Settled(result),
            ..observed
        }
    }

    fn result(
        &mut self,
        pages: &Pages,
        step: &NumberedStep,
        page: Option<Seen>,
        expected: Expected,
    ) -> Prediction {
        if let Some(id) = step.subject.id().filter(|id| self.deleted.contains(id)) {
            let object = format_args!("page {id}");
            let error = ObjectError::new(OPERATION, object, "an earlier step deletes it");
            return (None, Err(Error::NotFound(error)));
        }
        let location_of = |new: &NewPage| PageLocation::new(pages.locale_of(new), &new.path);
        match &step.step {
            Step::Create(new) => {
                self.occupy(location_of(new), expected.occupant, Change::Created, None)
            }
            Step::Upsert(new) => {
                let location = location_of(new);
                let change = match (self.occupied.get(&location), &page) {
                    (None, Some(_)) => return (page, Ok(updated(expected.fields))),
                    // An earlier step puts a page there. Its values are unknown.
                    (Some(true), _) => Change::Updated { fields: Vec::new() },
                    (None, None) | (Some(false), _) => Change::Created,
                };
                self.occupied.insert(location, true);
                (None, Ok(change))
            }
            Step::Update(..) | Step::Modify(..) => (page, Ok(updated(expected.fields))),
            Step::Delete(id) => {
                self.deleted.insert(*id);
                if let Some(location) = self.location_of(*id, page.as_ref()) {
                    self.occupied.insert(location, false);
                }
                (page, Ok(Change::Deleted))
            }
            Step::Move { id, path, locale } => {
                let Some(from) = self.location_of(*id, page.as_ref()) else {
                    return (None, Ok(Change::Unchanged));
                };
                let to = PageLocation::new(locale.as_ref().unwrap_or(&from.locale), path);
                if from == to {
                    return (page, Ok(Change::Unchanged));
                }
                let change = Change::Moved {
                    from: from.path.clone(),
                };
                let prediction = self.occupy(to.clone(), expected.occupant, change, page);
                if prediction.1.is_ok() {
                    self.occupied.insert(from, false);
                    self.moved.insert(*id, to);
                }
                prediction
            }
        }
    }

    /// Puts a page at a location. The prediction is a conflict if the location is occupied.
    fn occupy(
        &mut self,
        location: PageLocation,
        occupant: Option<Seen>,
        change: Change,
        page: Option<Seen>,
    ) -> Prediction {
        let problem = match (self.occupied.get(&location), &occupant) {
            (Some(true), _) => "an earlier step creates a page there".to_owned(),
            (None, Some((id, _))) => format!("page {id} already exists there"),
            (None, None) | (Some(false), _) => {
                self.occupied.insert(location, true);
                return (page, Ok(change));
            }
        };
        let object = format!("{} (locale {})", location.path, location.locale);
        let error = ObjectError::new(OPERATION, object, problem);
        (occupant, Err(Error::AlreadyExists(error)))
    }

    fn location_of(&self, id: PageId, page: Option<&Seen>) -> Option<PageLocation> {
        let seen = || page.map(|(_, page)| PageLocation::new(&page.locale, &page.path));
        self.moved.get(&id).cloned().or_else(seen)
    }
}

fn updated(fields: Vec<&'static str>) -> Change {
    if fields.is_empty() {
        Change::Unchanged
    } else {
        Change::Updated { fields }
    }
}
