//! Comparison of pages of the wiki with their files.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, stream};
use wikijs_client::{
    Editor, PageId,
    pages::{Page, PageLocation, PageSummary},
};

use super::{
    compare::{Comparison, ToRead, needs_of},
    plan::{Base, ConflictReason, Needs, PageAction, PagePlan},
};
use crate::{
    digest::Digest,
    error::{Error, Result},
    page_file::{PageFile, problem_of, unreadable as unreadable_file},
    report::{FileProblem, PageField},
};

/// The result of a comparison.
enum Compared {
    Plan(PagePlan),
    Problem(FileProblem),
    /// Nothing to do: the page was deleted and has no file.
    Nothing,
    Notice(String),
}

impl Comparison {
    /// Reads pages and compares them with their files.
    pub(super) async fn read(&mut self, to_read: Vec<ToRead>) -> Result<()> {
        let ids: Vec<PageId> = to_read.iter().map(|one| one.summary.id).collect();
        let pages = self.import.client.pages().get_many(ids);
        let mut pages = pages.zip(stream::iter(to_read));
        let mut compared = HashMap::new();
        while let Some(((_, page), one)) = pages.next().await {
            let result = match page {
                Err(error) if error.is_not_found() => after_deletion(&one),
                Err(error) => {
                    let error = Error::from(error);
                    if error.is_fatal() {
                        return Err(error);
                    }
                    unreadable(&one, &error)
                }
                Ok(page) => self.compare(&one, &page).await,
            };
            compared.insert(place_of(&one.summary), result);
        }
        // Replaces the provisional plans of pages with a file.
        let plan = &mut self.plan;
        plan.pages
            .retain(|page| !compared.contains_key(&page.place));
        for result in compared.into_values() {
            match result {
                Compared::Plan(page) => plan.pages.push(page),
                Compared::Problem(problem) => plan.problems.push(problem),
                Compared::Notice(notice) => plan.notices.push(notice),
                Compared::Nothing => {}
            }
        }
        Ok(())
    }

    async fn compare(&self, one: &ToRead, page: &Page) -> Compared {
        let mut fields = Vec::new();
        let mut is_older = false;
        if let Some((name, digest)) = &one.file {
            let bytes = match self.plan.folder.read(name, self.import.most_bytes).await {
                Ok(bytes) => bytes,
                Err(error) => return Compared::Problem(unreadable_file(name, &error)),
            };
            let file = match PageFile::read(name, bytes, &self.plan.locales) {
                Ok(Some(file)) if file.digest == *digest => file,
                Err(problem) => return Compared::Problem(problem),
                _ => {
                    let problem = "it was changed while the plan was made";
                    let problem = FileProblem::new(name, problem, "plan again");
                    return Compared::Problem(problem);
                }
            };
            fields = file.differences(page, self.import.is_exact);
            if fields.is_empty() {
                let action = PageAction::Unchanged { id: page.id };
                return Compared::Plan(self.planned(one, page, action));
            }
            let checked = check(&file, page, &fields);
            if let Err(problem) = checked.and_then(|()| self.check_size(&file)) {
                return Compared::Problem(problem);
            }
            is_older = is_of_other_revision(&file, page);
        }
        let reason = self.conflict(one, page, is_older);
        let reason = reason.filter(|_| !self.import.overwrites);
        let id = page.id;
        let action = match (reason, &one.file) {
            (Some(reason), _) => PageAction::Conflict { id, reason, fields },
            (None, Some(_)) => PageAction::Update { id, fields },
            (None, None) => PageAction::Delete { id },
        };
        Compared::Plan(self.planned(one, page, action))
    }

    fn planned(&self, one: &ToRead, page: &Page, action: PageAction) -> PagePlan {
        let needs = match &action {
            PageAction::Update { fields, .. } => needs_of(fields),
            _ => Needs::default(),
        };
        PagePlan {
            place: place_of(&one.summary),
            file: one.file.as_ref().map(|(file, _)| file.into()),
            action,
            digest: one.file.as_ref().map(|(_, digest)| *digest),
            base: Some(Base {
                updated_at: page.updated_at.clone(),
                substance: Digest::of_substance(page),
            }),
            with_line_feeds: !self.import.is_exact && !page.content.contains("\r\n"),
            needs,
        }
    }

    /// Returns the reason for a conflict if the page was changed in the wiki after the last export or import.
    fn conflict(&self, one: &ToRead, page: &Page, is_older: bool) -> Option<ConflictReason> {
        let place = place_of(&one.summary);
        let entry = self.manifest.pages.get(&place);
        // The digest decides, not the date: Wiki.js also changes `updatedAt` when linked pages are created or deleted.
        let is_changed = match entry.filter(|entry| entry.is_of(&one.summary)) {
            Some(entry) => entry.substance != Digest::of_substance(page),
            None if one.file.is_some() => is_older,
            None => return self.knows_this_wiki().then_some(ConflictReason::NewInWiki),
        };
        is_changed.then_some(ConflictReason::ChangedInWiki)
    }

    /// Plans the deletion of pages that have no file in the folder.
    pub(super) async fn missing_pages(&mut self) -> Result<()> {
        let existing: HashSet<&PageLocation> =
            self.plan.pages.iter().map(|page| &page.place).collect();
        let mut missing: Vec<PageSummary> = self
            .listed
            .iter()
            .filter(|(place, _)| !existing.contains(place))
            .map(|(_, page)| page.clone())
            .collect();
        missing.sort_unstable_by_key(|page| page.id);
        let missing = missing.into_iter().map(|summary| ToRead {
            summary,
            file: None,
        });
        self.read(missing.collect()).await
    }
}

/// Returns the result for a page that was deleted after it was listed.
fn after_deletion(one: &ToRead) -> Compared {
    let Some((file, digest)) = &one.file else {
        return Compared::Nothing;
    };
    Compared::Plan(PagePlan {
        place: place_of(&one.summary),
        file: Some(file.into()),
        action: PageAction::Create,
        digest: Some(*digest),
        base: None,
        with_line_feeds: false,
        needs: Needs::default(),
    })
}

fn unreadable(one: &ToRead, error: &Error) -> Compared {
    match &one.file {
        Some((file, _)) => Compared::Problem(FileProblem::new(
            file,
            format!("the page of the wiki cannot be read: {error}"),
            "use a key with permission to read it, or remove the file",
        )),
        None => Compared::Notice(format!(
            "not deleted, since it cannot be read: {}: {error}",
            place_of(&one.summary)
        )),
    }
}

/// Returns `true` if the front matter belongs to another revision of the same page.
fn is_of_other_revision(file: &PageFile, page: &Page) -> bool {
    let front = &file.front;
    let updated = front.updated_at.as_ref();
    front.id == Some(page.id)
        && front.created_at.as_ref() == Some(&page.created_at)
        && updated.is_some_and(|updated| *updated != page.updated_at)
}

fn place_of(page: &PageSummary) -> PageLocation {
    PageLocation::new(&page.locale, &page.path)
}

/// Checks that an update can set the fields of the file.
fn check(file: &PageFile, page: &Page, fields: &[PageField]) -> Result<(), FileProblem> {
    if let Err(error) = file.update(fields).check() {
        return Err(problem_of(&file.file, &error));
    }
    let (Some(has), true) = (page.editor(), fields.contains(&PageField::Editor)) else {
        return Ok(());
    };
    let wanted = file.editor();
    let converts =
        |editor: &Editor| matches!(editor, Editor::Markdown | Editor::Code | Editor::CkEditor);
    if converts(has) && converts(&wanted) {
        return Ok(());
    }
    Err(FileProblem::new(
        &file.file,
        format!("the page has the editor {has}, which Wiki.js cannot convert to {wanted}"),
        "delete the page first, or set the same editor in the file",
    ))
}
