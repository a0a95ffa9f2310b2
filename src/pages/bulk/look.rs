//! Looking at the wiki before a step is written.
//!
//! Looks run ahead of the writes and share requests. What they find to be as it shall be is not written.
//! Each read is a task of its own: a write may take seconds, and a look must not wait for it half asked.

use std::sync::atomic::Ordering;

use super::{
    journal::{Before, Known},
    plan::{Foreseen, foresee},
    report::{Change, PageAt},
    step::Step,
    take::Taken,
    work::Context,
};
use crate::{
    caching::Caching,
    error::Result,
    pages::{Editorial, NewPage, Page, PageUpdate, Pages, read::found},
    task::by_a_task,
    transport::Sent,
    types::{Locale, PageId, PagePath, Timestamp},
};

/// A step that was looked into ahead.
pub(super) enum Ahead {
    Looked(Looked),
    /// In a dry run.
    Foreseen(Taken, Foreseen),
}

/// A step after a look.
pub(super) struct Looked {
    pub(super) taken: Taken,
    /// How many writes of the bulk were over when the look began.
    pub(super) since: u64,
    /// The page that was seen.
    pub(super) id: Option<PageId>,
    pub(super) page: Option<PageAt>,
    pub(super) verdict: Verdict,
}

/// What a look shows.
pub(super) enum Verdict {
    /// There is nothing to be written.
    Settled(Result<Change>),
    ToDo(Expected),
}

/// What a write is expected to find and to do.
#[derive(Default)]
pub(super) struct Expected {
    pub(super) fields: Vec<&'static str>,
    /// The page's last change before.
    pub(super) updated_at: Option<Timestamp>,
    /// Of a page that is to be moved.
    pub(super) before: Option<Before>,
}

/// Which page is looked at, and how much of it is needed.
pub(super) enum Look {
    /// Every field.
    Whole(PageId),
    /// As much as the caller may see.
    Any(PageId),
    At(PagePath, Locale),
}

/// Looks into a step, as far as it needs that.
pub(super) async fn look_ahead(context: &Context, taken: Taken) -> Ahead {
    let settled = |taken, id, result| {
        Ahead::Looked(Looked {
            taken,
            since: 0,
            id,
            page: None,
            verdict: Verdict::Settled(result),
        })
    };
    if let Some(Known::Done(id)) = taken.known {
        return settled(taken, id, Ok(Change::DoneBefore));
    }
    if let Err(error) = taken.step.check() {
        return settled(taken, None, Err(error));
    }
    if !context.dry_run {
        return Ahead::Looked(look(context, taken).await);
    }
    match foresee(&context.pages, &taken.step).await {
        Ok(foreseen) => Ahead::Foreseen(taken, foreseen),
        Err(error) => settled(taken, None, Err(error)),
    }
}

/// Looks at the wiki for whether a step has to be written.
pub(super) async fn look(context: &Context, taken: Taken) -> Looked {
    let since = context.over.load(Ordering::Relaxed);
    let mut seen = Seen::default();
    // What became of a step that was begun before is found out by whoever does it again.
    let verdict = if taken.known.is_some() {
        Verdict::ToDo(Expected::default())
    } else {
        compare(&context.pages, &taken.step, &mut seen)
            .await
            .unwrap_or_else(|error| Verdict::Settled(Err(error)))
    };
    Looked {
        taken,
        since,
        id: seen.id,
        page: seen.page,
        verdict,
    }
}

/// The page that a look came upon.
#[derive(Default)]
struct Seen {
    id: Option<PageId>,
    page: Option<PageAt>,
}

impl Seen {
    fn note(&mut self, page: &Page) {
        self.id = Some(page.id);
        self.page = Some(page.into());
    }
}

/// Whether a step has to be written.
async fn compare(pages: &Pages, step: &Step, seen: &mut Seen) -> Result<Verdict> {
    let settled_or = |fields: Vec<_>, updated_at| {
        if fields.is_empty() {
            return Verdict::Settled(Ok(Change::Unchanged));
        }
        Verdict::ToDo(Expected {
            fields,
            updated_at: Some(updated_at),
            before: None,
        })
    };
    Ok(match step {
        // The wiki says in one request whether there is such a page.
        Step::Create(_) | Step::Delete(_) => Verdict::ToDo(Expected::default()),
        Step::Upsert(page) => match at_path_of(pages, page).await? {
            Some(current) => {
                seen.note(&current);
                Pages::check_editor(&current, page)?;
                // Some of its fields may be hidden: then the write tells.
                if current.editorial.is_none() {
                    return Ok(Verdict::ToDo(Expected::default()));
                }
                let wanted = PageUpdate::like(page.clone()).apply(&current);
                settled_or(differences(&current, &wanted), current.updated_at)
            }
            None => Verdict::ToDo(Expected::default()),
        },
        Step::Update(id, update) => {
            let current = read(pages, Look::Whole(*id)).await?;
            seen.note(&current);
            let wanted = changed(current.clone(), update)?;
            settled_or(differences(&current, &wanted), current.updated_at)
        }
        Step::Move { id, path, locale } => {
            let current = read(pages, Look::Any(*id)).await?;
            seen.note(&current);
            if is_at(&current, path, locale.as_ref()) {
                return Ok(Verdict::Settled(Ok(Change::Unchanged)));
            }
            Verdict::ToDo(Expected {
                updated_at: Some(current.updated_at.clone()),
                before: Some(Before::from(&current)),
                ..Expected::default()
            })
        }
    })
}

pub(super) fn is_at(page: &Page, path: &PagePath, locale: Option<&Locale>) -> bool {
    page.path == *path && locale.is_none_or(|locale| page.locale == *locale)
}

/// The page as an update makes it.
pub(super) fn changed(current: Page, update: &PageUpdate) -> Result<Page> {
    let current = update.unless_modified(current)?;
    Ok(update.apply(&current))
}

/// The fields in which two states of a page differ, named as in an update.
pub(super) fn differences(one: &Page, other: &Page) -> Vec<&'static str> {
    let (own, others) = (one.editorial.as_ref(), other.editorial.as_ref());
    let publication =
        |field: fn(&Editorial) -> (bool, &Option<Timestamp>)| own.map(field) != others.map(field);
    [
        ("title", one.title != other.title),
        ("content", one.content != other.content),
        ("description", one.description != other.description),
        ("tags", one.tags != other.tags),
        (
            "published",
            publication(|editorial| (editorial.is_published, &None)),
        ),
        (
            "publish_start",
            publication(|editorial| (true, &editorial.publish_start)),
        ),
        (
            "publish_end",
            publication(|editorial| (true, &editorial.publish_end)),
        ),
        ("script_css", one.script_css != other.script_css),
        ("script_js", one.script_js != other.script_js),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}

pub(super) async fn at_path_of(pages: &Pages, page: &NewPage) -> Result<Option<Page>> {
    let locale = pages.locale_of(page).clone();
    found(read(pages, Look::At(page.path.clone(), locale)).await)
}

pub(super) async fn read(pages: &Pages, look: Look) -> Result<Page> {
    let pages = pages.clone();
    let read = async move {
        match look {
            Look::Whole(id) => pages.read_to_write(id).await,
            Look::Any(id) => pages.get(id).await,
            Look::At(path, locale) => pages.get_by_path(path).locale(locale).await,
        }
    };
    // What others have changed since it was cached must not be taken for what is wanted.
    by_a_task("PagesGet", Sent::default(), Caching::past(read)).await
}
