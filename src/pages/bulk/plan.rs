//! What the steps of a dry run would do, each after those before it.

use std::collections::{HashMap, HashSet};

use super::{
    look::{Look, at_path_of, changed, differences, is_at, read},
    report::{Change, PageAt},
    step::Step,
};
use crate::{
    error::{Error, Result},
    pages::{NewPage, Page, PageUpdate, Pages, read::found},
    text::check_content,
    types::{Locale, PageId, PagePath},
};

/// What errors call it.
const OPERATION: &str = "PagesBulk";

type Place = (Locale, PagePath);
type Seen = (PageId, PageAt);

/// What there is for a step to come upon.
#[derive(Default)]
pub(super) struct Foreseen {
    /// The page that the step names by its id.
    current: Option<Seen>,
    /// The page that is where the step wants one.
    there: Option<Seen>,
    /// What would change.
    fields: Vec<&'static str>,
}

fn seen(page: &Page) -> Seen {
    (page.id, page.into())
}

/// Looks at the wiki as it is. An error is what the step would end in.
pub(super) async fn foresee(pages: &Pages, step: &Step) -> Result<Foreseen> {
    Ok(match step {
        Step::Create(page) => Foreseen {
            there: at_path_of(pages, page).await?.as_ref().map(seen),
            ..Foreseen::default()
        },
        Step::Upsert(page) => match at_path_of(pages, page).await? {
            Some(there) => would_become(&there, page)?,
            None => Foreseen::default(),
        },
        Step::Update(id, update) => {
            let current = read(pages, Look::Whole(*id)).await?;
            let wanted = changed(current.clone(), update)?;
            check_content(&wanted.content)?;
            Foreseen {
                current: Some(seen(&current)),
                fields: differences(&current, &wanted),
                ..Foreseen::default()
            }
        }
        Step::Delete(id) => Foreseen {
            current: Some(seen(&read(pages, Look::Any(*id)).await?)),
            ..Foreseen::default()
        },
        Step::Move { id, path, locale } => {
            let current = read(pages, Look::Any(*id)).await?;
            let there = if is_at(&current, path, locale.as_ref()) {
                None
            } else {
                let locale = locale.as_ref().unwrap_or(&current.locale).clone();
                found(read(pages, Look::At(path.clone(), locale)).await)?
            };
            Foreseen {
                current: Some(seen(&current)),
                there: there.as_ref().map(seen),
                ..Foreseen::default()
            }
        }
    })
}

fn would_become(there: &Page, page: &NewPage) -> Result<Foreseen> {
    Pages::check_editor(there, page)?;
    let wanted = PageUpdate::like(page.clone()).apply(there);
    Ok(Foreseen {
        there: Some(seen(there)),
        fields: differences(there, &wanted),
        ..Foreseen::default()
    })
}

/// What the steps so far would have made of the wiki.
#[derive(Default)]
pub(super) struct Plan {
    deleted: HashSet<PageId>,
    /// Where pages would have been moved.
    moved: HashMap<PageId, Place>,
    /// Whether a page would be there.
    places: HashMap<Place, bool>,
}

/// What a step would do, and the page that says so.
pub(super) type Outcome = (Option<Seen>, Result<Change>);

impl Plan {
    /// What a step would do after those so far; and that it would have done it.
    pub(super) fn take(&mut self, pages: &Pages, step: &Step, foreseen: Foreseen) -> Outcome {
        match step {
            Step::Create(page) => {
                let place = (pages.locale_of(page).clone(), page.path.clone());
                self.occupy(place, foreseen.there, Change::Created, None)
            }
            Step::Upsert(page) => {
                let place = (pages.locale_of(page).clone(), page.path.clone());
                let change = match (self.places.get(&place), &foreseen.there) {
                    (None, Some(_)) => return (foreseen.there, Ok(updated(foreseen.fields))),
                    // An earlier step puts it there: nobody knows how it differs.
                    (Some(true), _) => Change::Updated { fields: Vec::new() },
                    (None, None) | (Some(false), _) => Change::Created,
                };
                self.places.insert(place, true);
                (None, Ok(change))
            }
            Step::Update(id, _) => match self.is_there(*id) {
                Ok(()) => (foreseen.current, Ok(updated(foreseen.fields))),
                Err(error) => (None, Err(error)),
            },
            Step::Delete(id) => match self.is_there(*id) {
                Ok(()) => {
                    self.deleted.insert(*id);
                    if let Some(place) = self.place_of(*id, foreseen.current.as_ref()) {
                        self.places.insert(place, false);
                    }
                    (foreseen.current, Ok(Change::Deleted))
                }
                Err(error) => (None, Err(error)),
            },
            Step::Move { id, path, locale } => {
                if let Err(error) = self.is_there(*id) {
                    return (None, Err(error));
                }
                let Some(from) = self.place_of(*id, foreseen.current.as_ref()) else {
                    return (None, Ok(Change::Unchanged));
                };
                let to = (locale.as_ref().unwrap_or(&from.0).clone(), path.clone());
                if from == to {
                    return (foreseen.current, Ok(Change::Unchanged));
                }
                let change = Change::Moved {
                    from: from.1.clone(),
                };
                let outcome = self.occupy(to.clone(), foreseen.there, change, foreseen.current);
                if outcome.1.is_ok() {
                    self.places.insert(from, false);
                    self.moved.insert(*id, to);
                }
                outcome
            }
        }
    }

    /// Puts a page there, unless there is one.
    fn occupy(
        &mut self,
        place: Place,
        there: Option<Seen>,
        change: Change,
        page: Option<Seen>,
    ) -> Outcome {
        let by = match (self.places.get(&place), &there) {
            (Some(true), _) => "an earlier step puts a page".to_owned(),
            (None, Some((id, _))) => format!("page {id} is"),
            (None, None) | (Some(false), _) => {
                self.places.insert(place, true);
                return (page, Ok(change));
            }
        };
        let what = format!("{by} at `{}` in the locale `{}`", place.1, place.0);
        let operation = OPERATION;
        (there, Err(Error::Exists { operation, what }))
    }

    fn is_there(&self, id: PageId) -> Result<()> {
        if self.deleted.contains(&id) {
            return Err(Error::NotFound {
                operation: OPERATION,
                what: format!("an earlier step deletes page {id}"),
            });
        }
        Ok(())
    }

    fn place_of(&self, id: PageId, seen: Option<&Seen>) -> Option<Place> {
        let seen = || seen.map(|(_, page)| (page.locale.clone(), page.path.clone()));
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
