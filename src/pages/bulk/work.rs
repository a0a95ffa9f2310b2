//! Doing one step, and writing it down.

use std::sync::atomic::AtomicU64;

use super::{
    journal::{Journal, Known},
    look::{Looked, Verdict},
    perform::perform,
    report::{Change, Item, PageAt},
    step::Subject,
};
use crate::{
    api,
    client::Client,
    error::{Applied, Error},
    pages::Pages,
    types::PageId,
};

/// What all steps of a bulk share.
pub(super) struct Context {
    pub(super) pages: Pages,
    pub(super) dry_run: bool,
    pub(super) journal: Option<Journal>,
    /// How many writes are over.
    pub(super) over: AtomicU64,
}

/// Which page a write has touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touched {
    Page(PageId),
    /// Nobody knows which.
    Any,
}

/// A step that is over.
#[derive(Default)]
pub(super) struct Over {
    /// None if it was not touched, since the journal could not be written.
    pub(super) item: Option<Item>,
    pub(super) is_write: bool,
    pub(super) touched: Option<Touched>,
    pub(super) concerns_all: bool,
    pub(super) journal_error: Option<Error>,
}

/// Does what is to be done of a step, and writes it down.
pub(super) async fn work(context: &Context, looked: Looked) -> Over {
    let Looked {
        taken,
        id,
        page,
        verdict,
        ..
    } = looked;
    let (index, action) = (taken.index, taken.action);
    let journal = context.journal.as_ref().zip(taken.key);
    let mut item = Item {
        index,
        action,
        subject: taken.subject,
        id,
        page,
        result: Ok(Change::Unchanged),
    };
    let mut over = Over::default();
    match verdict {
        Verdict::Settled(result) => item.result = result,
        Verdict::ToDo(expected) => {
            if let Some((journal, key)) = journal {
                let before = match &taken.known {
                    Some(Known::Begun(before)) => before.clone(),
                    _ => expected.before.clone(),
                };
                if let Err(error) = journal.begun(key, index, before).await {
                    over.journal_error = Some(error);
                    return over;
                }
            }
            let pages = &context.pages;
            item.result = match perform(pages, taken.step, taken.known, expected).await {
                Ok((page, change)) => {
                    item.id = page.as_ref().map(|page| page.id).or(item.id);
                    item.page = page.as_ref().map(PageAt::from);
                    Ok(change)
                }
                Err(error) => Err(error),
            };
            let id = match &item.subject {
                Subject::Page { id } => Some(*id),
                Subject::Path { .. } => item.id,
            };
            over.touched = Some(id.map_or(Touched::Any, Touched::Page));
        }
    }
    if let (Subject::Page { id }, true) = (&item.subject, item.result.is_ok()) {
        item.id = Some(*id);
    }
    if let Some((journal, key)) = journal {
        let written = match &item.result {
            Ok(Change::DoneBefore) => Ok(()),
            Ok(_) => journal.done(key, index, item.id).await,
            // What may have been made is looked at by the next run.
            Err(error) if over.touched.is_some() && error.applied() == Applied::No => {
                journal.failed(key, index, error).await
            }
            Err(_) => Ok(()),
        };
        over.journal_error = written.err();
    }
    if let Err(error) = &item.result {
        over.concerns_all = concerns_all(&context.pages.client, error).await;
    }
    over.item = Some(item);
    over
}

/// Whether an error is not the step's own: the next one would fail for it, too.
async fn concerns_all(client: &Client, error: &Error) -> bool {
    let error = match error {
        Error::Incomplete(incomplete) => &incomplete.source,
        error => error,
    };
    let is_the_wikis = |error: &Error| {
        error.is_unauthenticated() || error.is_unavailable() || error.is_rate_limited()
    };
    let is_on_the_way = |error: &Error| matches!(error, Error::Transport(_) | Error::Http(_));
    if is_the_wikis(error) || matches!(error, Error::Config(_)) {
        return true;
    }
    if !is_on_the_way(error) {
        return false;
    }
    // One page may be too much for the wiki or for a proxy. Does it answer at all?
    let variables = api::users_who_am_i::Variables::new();
    let answer = client.execute_plainly::<api::UsersWhoAmI>(variables).await;
    answer.is_err_and(|error| {
        is_on_the_way(&error) || error.is_unavailable() || error.is_rate_limited()
    })
}
