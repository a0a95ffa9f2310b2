//! Writing one step, including one that an earlier run has begun, and recording it in the journal.

use std::mem::replace;

use super::{
    journal::{Line, RecordedState},
    observe::fresh,
    report::{Change, Event, Item, PageState},
    run::{Context, StepState},
    step::{Action, Step, Subject},
};
use crate::{
    api,
    client::Client,
    error::{Applied, Error, Result, Unconfirmed},
    pages::{NewPage, Page, PageUpdate, Pages, Upserted},
    write::{Observation, partially_applied},
};

/// Writes a step, unless its result is already known, and records it in the journal.
///
/// Returns `None` if the step was not executed, because the journal could not be written.
pub(super) async fn execute(context: &Context, mut state: StepState) -> Option<StepState> {
    let (index, action) = (state.item.index, state.item.action);
    let expected = state.expected.take();
    let is_write = expected.is_some();
    let was_begun = !context.dry_run && matches!(state.known, Some(RecordedState::Begun(_)));
    if let Some(expected) = expected {
        if state.known.is_some() {
            let message = "an earlier attempt may have applied this step: looking at the wiki";
            context.warn(Some(index), message).await;
        }
        let begun = Event::Begun {
            index,
            action,
            subject: state.item.subject.clone(),
        };
        context.emit(begun).await;
        let before = match &state.known {
            Some(RecordedState::Begun(before)) => before.clone(),
            _ => state.item.page.clone().filter(|_| action == Action::Move),
        };
        if let Some(step) = state.key.clone() {
            let before = before.clone();
            let begun = Line::Begun {
                step,
                index,
                subject: state.item.subject.clone(),
                before,
            };
            if !context.record(begun).await {
                return None;
            }
        }
        let page = before.clone().or_else(|| state.item.page.clone());
        let fields = match expected {
            Change::Updated { fields } => fields,
            _ => Vec::new(),
        };
        state.item.result = write(&context.pages, &mut state, page, fields).await;
        // If the outcome is unknown, the step may be executed again.
        state.known = Some(RecordedState::Begun(before));
        context.note_write(state.item.subject.id().or(state.item.id));
    }
    let item = &mut state.item;
    state.is_refused = false;
    item.result = match replace(&mut item.result, Ok(Change::Unchanged)) {
        Err(error) if was_begun && error.applied() == Applied::No => {
            state.is_refused = !error.is_transient();
            Err(still_unknown(item, error))
        }
        result => result,
    };
    if item.result.is_ok() {
        item.id = item.subject.id().or(item.id);
    }
    let (id, subject) = (item.id, item.subject.clone());
    let line = state.key.clone().and_then(|step| match &item.result {
        Ok(Change::DoneBefore) => None,
        Ok(_) => Some(Line::Done {
            step,
            index,
            subject,
            id,
        }),
        // A step that may have been applied gets no further line, so that the next run observes the wiki.
        Err(error) if is_write && error.applied() == Applied::No => {
            let error = error.to_string();
            Some(Line::Failed { step, index, error })
        }
        Err(_) => None,
    });
    if let Some(line) = line {
        context.record(line).await;
    }
    Some(state)
}

/// Returns the error of a step that an earlier attempt may have applied. `error` states only that this attempt did not.
fn still_unknown(item: &Item, source: Error) -> Error {
    let operation = match item.action {
        Action::Create => "PagesCreate",
        Action::Upsert => "PagesUpsert",
        Action::Update | Action::Modify => "PagesUpdate",
        Action::Delete => "PagesDelete",
        Action::Move => "PagesMove",
    };
    let object = match &item.subject {
        Subject::Page { id } => format!("page {id}"),
        Subject::Path { path, locale } => format!("{path} (locale {locale})"),
    };
    Error::Unconfirmed(Box::new(Unconfirmed {
        operation,
        object,
        observed: Some("an earlier attempt may have been applied".to_owned()),
        observed_at: None,
        is_safe_to_repeat: item.action != Action::Create,
        remedy: "run the bulk again with its journal, or look at the page before you repeat the step",
        source,
    }))
}

/// Returns `true` if the next step would fail with the same error.
pub(super) async fn concerns_all(client: &Client, error: &Error) -> bool {
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
        .execute_unverified::<api::UsersWhoAmI>(variables, client.deadline())
        .await;
    response.is_err_and(|error| is_transport_error(&error) || is_unreachable(&error))
}

/// Writes a step, and notes the page as stored. If an earlier attempt has begun the step, it may be applied already.
async fn write(
    pages: &Pages,
    state: &mut StepState,
    before: Option<PageState>,
    fields: Vec<&'static str>,
) -> Result<Change> {
    let is_begun = matches!(state.known, Some(RecordedState::Begun(_)));
    let (page, change) = match &state.step {
        Step::Create(page) => {
            let created = if is_begun {
                created_before(pages, page).await?
            } else {
                None
            };
            let created = match created {
                Some(created) => created,
                None => pages.create(page.clone()).await?,
            };
            (Some(created), Change::Created)
        }
        Step::Upsert(page) => {
            if is_begun {
                // Waits for the request of the earlier attempt, so that the page is not created twice.
                pages.observe_earlier(page).await?;
            }
            let upserted = pages.upsert(page.clone()).await?;
            let change = match &upserted {
                Upserted::Created(_) => Change::Created,
                Upserted::Updated(_) => Change::Updated { fields },
                Upserted::Unchanged(_) => Change::Unchanged,
            };
            (Some(upserted.into_stored()), change)
        }
        Step::Update(id, update) if is_begun => {
            let current = fresh(pages.read_to_write(*id)).await?;
            let fields = current.differences(&update.apply(&current), str::eq);
            // If the page has the intended values already, the new `updatedAt` is not treated as a conflict. An empty
            // update renders the page if the earlier run did not.
            let update = if fields.is_empty() {
                PageUpdate::new()
            } else {
                update.clone()
            };
            let before = Some(PageState::from(&current));
            updated(pages.update(*id, update).await?, before, fields)
        }
        Step::Update(id, update) => {
            updated(pages.update(*id, update.clone()).await?, before, fields)
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
            if page.has_lost_title(&before.title) {
                page = pages.restore_title(page, before.title).await?;
            }
            (Some(page), Change::Moved { from: before.path })
        }
    };
    let item = &mut state.item;
    item.id = page.as_ref().map(|page| page.id).or(item.id);
    item.page = page.as_ref().map(PageState::from);
    Ok(change)
}

/// Returns the page after an update, and the change since `before`.
fn updated(
    page: Page,
    before: Option<PageState>,
    fields: Vec<&'static str>,
) -> (Option<Page>, Change) {
    let is_same = before.is_some_and(|before| before.updated_at == page.updated_at);
    let change = if is_same {
        Change::Unchanged
    } else {
        Change::Updated { fields }
    };
    (Some(page), change)
}

/// Returns the page that an earlier attempt has created, if there was one.
async fn created_before(pages: &Pages, page: &NewPage) -> Result<Option<Page>> {
    match pages.observe_earlier(page).await? {
        Observation::Applied(created) => Ok(Some(created)),
        Observation::Partial { done, missing } => {
            Err(partially_applied("PagesCreate", done, missing, None))
        }
        // The wiki itself refuses a create at the path of another page.
        Observation::Unchanged | Observation::Foreign(_) | Observation::Hidden => Ok(None),
    }
}
