//! Writing a step, also one that an earlier run has begun.

use super::{
    journal::{Before, Known},
    look::{Expected, Look as Wanted, differences, read},
    report::Change,
    step::Step,
};
use crate::{
    error::{Applied, Error, Result, TransportErrorKind},
    pages::{NewPage, Page, PageUpdate, Pages, Upserted},
    settle::{Look, settle},
    transport::Turn,
    types::{Locale, PageId, PagePath},
};

/// What a write did, and the page as it is afterwards.
pub(super) type Done = (Option<Page>, Change);

/// Writes a step. `known` says if an earlier run has begun it; then it may be made already.
pub(super) async fn perform(
    pages: &Pages,
    step: Step,
    known: Option<Known>,
    expected: Expected,
) -> Result<Done> {
    let begun = match known {
        Some(Known::Begun(before)) => Some(before),
        Some(Known::Done(_)) | None => None,
    };
    match step {
        Step::Create(page) => {
            let made = match begun {
                Some(_) => create_again(pages, page).await?,
                None => pages.create(page).await?,
            };
            Ok((Some(made), Change::Created))
        }
        Step::Upsert(page) => {
            let upserted = match begun {
                Some(_) => upsert_again(pages, page).await?,
                None => pages.upsert(page).await?,
            };
            let change = match &upserted {
                Upserted::Created(_) => Change::Created,
                Upserted::Updated(_) => Change::Updated {
                    fields: expected.fields,
                },
                Upserted::Unchanged(_) => Change::Unchanged,
            };
            Ok((Some(upserted.into_page()), change))
        }
        Step::Update(id, update) if begun.is_some() => update_again(pages, id, update).await,
        Step::Update(id, update) => change(pages, id, update, expected).await,
        Step::Delete(id) => match pages.delete(id).await {
            Err(error) if begun.is_some() && error.is_not_found() => Ok((None, Change::Deleted)),
            deleted => deleted.map(|()| (None, Change::Deleted)),
        },
        Step::Move { id, path, locale } => {
            let before = match begun.flatten().or(expected.before) {
                Some(before) => before,
                None => Before::from(&read(pages, Wanted::Any(id)).await?),
            };
            relocate(pages, id, path, locale, before).await
        }
    }
}

async fn change(pages: &Pages, id: PageId, update: PageUpdate, expected: Expected) -> Result<Done> {
    let page = pages.update(id, update).await?;
    let change = if expected.updated_at.as_ref() == Some(&page.updated_at) {
        Change::Unchanged
    } else {
        Change::Updated {
            fields: expected.fields,
        }
    };
    Ok((Some(page), change))
}

/// An update that was made has changed the page, which must not be taken for somebody else's change.
async fn update_again(pages: &Pages, id: PageId, update: PageUpdate) -> Result<Done> {
    let current = read(pages, Wanted::Whole(id)).await?;
    let fields = differences(&current, &update.apply(&current));
    if fields.is_empty() {
        return Ok((Some(current), Change::Unchanged));
    }
    let expected = Expected {
        fields,
        updated_at: Some(current.updated_at),
        before: None,
    };
    change(pages, id, update, expected).await
}

async fn relocate(
    pages: &Pages,
    id: PageId,
    path: PagePath,
    locale: Option<Locale>,
    before: Before,
) -> Result<Done> {
    let mut to = pages.move_to(id, path);
    if let Some(locale) = locale {
        to = to.locale(locale);
    }
    let mut page = to.await?;
    // An earlier run may have ended between the move and the title's return (hazard 32).
    if page.title != before.title && page.title == page.path.last_segment() {
        let title = PageUpdate::new().title(before.title);
        page = pages.update(id, title).await?;
    }
    let change = Change::Moved { from: before.path };
    Ok((Some(page), change))
}

async fn create_again(pages: &Pages, page: NewPage) -> Result<Page> {
    let (client, pages) = (pages.client.clone(), pages.clone());
    let work = move |turn| async move {
        match made_before(&pages, &turn, &page).await? {
            Some(made) => Ok(made),
            None => pages.create_in(&turn, &page).await,
        }
    };
    client.write("PagesCreate", work).await
}

async fn upsert_again(pages: &Pages, page: NewPage) -> Result<Upserted> {
    let (client, pages) = (pages.client.clone(), pages.clone());
    let work = move |turn| async move {
        match made_before(&pages, &turn, &page).await? {
            Some(made) => pages.become_like(&turn, made, page).await,
            None => pages.upsert_in(&turn, page).await,
        }
    };
    client.write("PagesUpsert", work).await
}

/// The page, whole, if a create that was begun has made it. The wiki may still be at work on it, and
/// would make it a second time (hazard 12): it is given time, as after an answer that was lost.
async fn made_before(pages: &Pages, turn: &Turn, page: &NewPage) -> Result<Option<Page>> {
    let kind = TransportErrorKind::Interrupted;
    let lost = Error::no_answer("PagesCreate", kind, Applied::Unknown);
    let mut look = |is_over| pages.look_for_created(turn, page, is_over);
    match settle(&pages.client, &lost, &mut look).await {
        Some(Look::Made(made)) => Ok(Some(made)),
        Some(Look::NotMade | Look::InPart) => Ok(None),
        None => Err(lost),
    }
}
