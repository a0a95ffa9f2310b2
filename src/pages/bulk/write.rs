//! Writing one step, including one that an earlier run has begun, and recording it in the journal.

use super::{
    journal::{Line, RecordedState},
    observe::{Observed, Verdict, fresh},
    report::{Change, Event, Item, PageState},
    run::Context,
    step::{Action, NumberedStep, Step},
};
use crate::{
    api,
    client::Client,
    error::{Applied, Error, Result},
    handle::{Handle, Write},
    pages::{NewPage, Page, PageUpdate, Pages, Upserted},
    write::{Observation, observe_earlier, partially_applied},
};

/// The outcome of a step.
#[derive(Default)]
pub(super) struct StepOutcome {
    /// `None` if the step was not executed, because the journal could not be written.
    pub(super) item: Option<Item>,
    /// All further steps would fail with the same error.
    pub(super) concerns_all: bool,
    pub(super) journal_error: Option<Error>,
    /// The step, if its outcome is unknown and it can be executed again.
    pub(super) unconfirmed: Option<NumberedStep>,
}

/// Writes a step, unless its result is already known, and records it in the journal.
pub(super) async fn execute(context: &Context, observed: Observed) -> StepOutcome {
    let Observed {
        mut step,
        id,
        page,
        verdict,
        ..
    } = observed;
    let (index, action) = (step.index, step.action);
    let journal = context.journal.as_ref().zip(step.key.clone());
    let is_write = matches!(verdict, Verdict::Write(_));
    let mut item = Item {
        index,
        action,
        subject: step.subject.clone(),
        id,
        page,
        result: Ok(Change::Unchanged),
    };
    let mut outcome = StepOutcome::default();
    match verdict {
        Verdict::Settled(result) => item.result = result,
        Verdict::Write(expected) => {
            if step.known.is_some() {
                let message = "an earlier attempt may have applied this step: looking at the wiki";
                context.warn(Some(index), message).await;
            }
            let subject = step.subject.clone();
            context
                .emit(Event::Begun {
                    index,
                    action,
                    subject,
                })
                .await;
            let before = match &step.known {
                Some(RecordedState::Begun(before)) => before.clone(),
                _ => item.page.clone().filter(|_| action == Action::Move),
            };
            if let Some((journal, step)) = &journal {
                let (step, before) = (step.clone(), before.clone());
                let begun = Line::Begun {
                    step,
                    index,
                    before,
                };
                if let Err(error) = journal.record(begun).await {
                    outcome.journal_error = Some(error);
                    return outcome;
                }
            }
            let before_write = before.clone().or_else(|| item.page.clone());
            match write(&context.pages, &step, before_write, expected.fields).await {
                Ok((page, change)) => {
                    item.id = page.as_ref().map(|page| page.id).or(item.id);
                    item.page = page.as_ref().map(PageState::from);
                    item.result = Ok(change);
                }
                Err(error) => {
                    // The effect of a modification cannot be recognized, so a repetition might apply it twice.
                    let may_repeat = action != Action::Modify;
                    if may_repeat && error.applied() == Applied::Unknown {
                        step.known = Some(RecordedState::Begun(before));
                        outcome.unconfirmed = Some(step);
                    }
                    item.result = Err(error);
                }
            }
            context.note_write(item.subject.id().or(item.id));
        }
    }
    if item.result.is_ok() {
        item.id = item.subject.id().or(item.id);
    }
    if let Some((journal, step)) = journal {
        let id = item.id;
        let line = match &item.result {
            Ok(Change::DoneBefore) => None,
            Ok(_) => Some(Line::Done { step, index, id }),
            // A step that may have been applied gets no further line, so that the next run observes the wiki.
            Err(error) if is_write && error.applied() == Applied::No => {
                let error = error.to_string();
                Some(Line::Failed { step, index, error })
            }
            Err(_) => None,
        };
        if let Some(line) = line {
            outcome.journal_error = journal.record(line).await.err();
        }
    }
    if let Err(error) = &item.result {
        outcome.concerns_all = concerns_all(&context.pages.client, error).await;
    }
    outcome.item = Some(item);
    outcome
}

/// Returns `true` if the next step would fail with the same error.
async fn concerns_all(client: &Client, error: &Error) -> bool {
    let error = match error {
        // The source decides. A partially applied write without a source concerns only this step.
        Error::PartiallyApplied(partial) => partial.source.as_ref().unwrap_or(error),
        Error::Unconfirmed(unconfirmed) => &unconfirmed.source,
        error => error,
    };
    let is_unreachable = |error: &Error| error.is_unavailable() || error.is_rate_limited();
    let is_transport_error = |error: &Error| matches!(error, Error::Transport(_) | Error::Http(_));
    if error.is_unauthenticated() || is_unreachable(error) || matches!(error, Error::Config(_)) {
        return true;
    }
    if !is_transport_error(error) {
        return false;
    }
    // The request may have failed because this page is too large for the wiki or a proxy. A small request shows whether
    // they still respond.
    let variables = api::users_who_am_i::Variables::new();
    let response = client
        .execute_unverified::<api::UsersWhoAmI>(variables)
        .await;
    response.is_err_and(|error| is_transport_error(&error) || is_unreachable(&error))
}

/// The page after a write, and the change.
type Done = (Option<Page>, Change);

/// Writes a step. If an earlier run has begun the step, it may be applied already.
async fn write(
    pages: &Pages,
    step: &NumberedStep,
    mut before: Option<PageState>,
    mut fields: Vec<&'static str>,
) -> Result<Done> {
    let is_begun = matches!(step.known, Some(RecordedState::Begun(_)));
    let updated = |page: Page, before: Option<PageState>, fields| {
        let is_same = before.is_some_and(|before| before.updated_at == page.updated_at);
        let change = if is_same {
            Change::Unchanged
        } else {
            Change::Updated { fields }
        };
        (Some(page), change)
    };
    Ok(match &step.step {
        Step::Create(page) => {
            let page = page.clone();
            let create = move |write: Write<Pages>| async move {
                if is_begun && let Some(created) = created_before(&write, &page).await? {
                    return Ok(created);
                }
                write.create_page(&page).await
            };
            let created = pages.mutate("PagesCreate", Ok(()), create).await?;
            (Some(created), Change::Created)
        }
        Step::Upsert(page) => {
            let page = page.clone();
            let upsert = move |write: Write<Pages>| async move {
                if is_begun {
                    // The request of an earlier attempt may still be executed. Wait for it, so that the page is not
                    // created twice.
                    let observe = |_| write.observe_earlier(&page);
                    observe_earlier(&write.client, write.permit(), observe).await?;
                }
                write.upsert_page(page).await
            };
            let upserted = pages.mutate("PagesUpsert", Ok(()), upsert).await?;
            let change = match &upserted {
                Upserted::Created(_) => Change::Created,
                Upserted::Updated(_) => Change::Updated { fields },
                Upserted::Unchanged(_) => Change::Unchanged,
            };
            (Some(upserted.into_stored()), change)
        }
        Step::Update(id, update) => {
            if is_begun {
                // If the page has the intended values already, the new `updatedAt` is not treated as a conflict.
                let current = fresh(pages.read_to_write(*id)).await?;
                fields = current.differences(&update.apply(&current), str::eq);
                if fields.is_empty() {
                    return Ok((Some(current), Change::Unchanged));
                }
                before = Some(PageState::from(&current));
            }
            let page = pages.update(*id, update.clone()).await?;
            updated(page, before, fields)
        }
        Step::Modify(id, modification) => {
            let page = pages.modify(*id, |page| modification.update(page)).await?;
            updated(page, before, fields)
        }
        Step::Delete(id) => match pages.delete(*id).await {
            Err(error) if is_begun && error.is_not_found() => (None, Change::Deleted),
            deleted => deleted.map(|()| (None, Change::Deleted))?,
        },
        Step::Move { id, path, locale } => {
            let before = match before {
                Some(before) => before,
                None => PageState::from(&fresh(pages.get(*id)).await?),
            };
            let mut to = pages.move_to(*id, path);
            if let Some(locale) = locale {
                to = to.locale(locale);
            }
            let mut page = to.await?;
            // An earlier run may have ended before it restored the title (known issue K32).
            if page.title != before.title && page.title == page.path.last_segment() {
                let title = PageUpdate::new().title(before.title);
                page = pages.update(*id, title).await?;
            }
            (Some(page), Change::Moved { from: before.path })
        }
    })
}

/// Returns the page that an earlier attempt has created, if any.
async fn created_before(write: &Write<Pages>, page: &NewPage) -> Result<Option<Page>> {
    let observe = |_| write.observe_earlier(page);
    match observe_earlier(&write.client, write.permit(), observe).await? {
        Observation::Applied(created) => Ok(Some(created)),
        Observation::Partial { done, missing } => {
            Err(partially_applied("PagesCreate", done, missing, None))
        }
        // The wiki itself refuses a create at the path of another page.
        Observation::Unchanged | Observation::Foreign(_) | Observation::Hidden => Ok(None),
    }
}
