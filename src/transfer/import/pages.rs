//! Pages of the wiki, read and compared with their files.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, stream};

use super::{
    compare::{Comparison, ToRead},
    plan::{Base, ConflictReason, PageAction, PagePlan},
};
use crate::{
    error::{Error, Result},
    pages::{Page, PagePlace, PageSummary},
    transfer::{
        digest::Digest,
        is_fatal,
        model::{FileProblem, PageField},
        page_file::{PageFile, problem_of},
    },
    types::{Editor, PageId},
};

/// What a comparison came to.
enum Compared {
    Plan(PagePlan),
    Problem(FileProblem),
    /// There is nothing to do, and nothing there.
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
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error) => unreadable(&one, &error),
                Ok(page) => self.compare(&one, &page).await?,
            };
            compared.insert(PagePlace::of(&one.summary), result);
        }
        // What has a file has a plan already, which this one takes the place of.
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
        plan.problems
            .sort_by(|one, other| one.file.cmp(&other.file));
        Ok(())
    }

    async fn compare(&self, one: &ToRead, page: &Page) -> Result<Compared> {
        let mut fields = Vec::new();
        let mut is_older = false;
        if let Some((name, digest)) = &one.file {
            let bytes = self.plan.folder.read(name).await?;
            let file = match PageFile::read(name, bytes, self.import.client.default_locale()) {
                Ok(Some(file)) if file.digest == *digest => file,
                Err(problem) => return Ok(Compared::Problem(problem)),
                _ => {
                    let problem = "it was changed while the plan was made";
                    let problem = FileProblem::new(name, problem, "plan again");
                    return Ok(Compared::Problem(problem));
                }
            };
            fields = file.differences(page);
            if fields.is_empty() {
                let action = PageAction::Unchanged { id: page.id };
                return Ok(Compared::Plan(planned(one, page, action)));
            }
            if let Err(problem) = check(&file, page, &fields) {
                return Ok(Compared::Problem(problem));
            }
            is_older = speaks_of_another_moment(&file, page);
        }
        let reason = self.conflict(one, page, is_older);
        let reason = reason.filter(|_| !self.import.overwrites);
        let id = page.id;
        let action = match (reason, &one.file) {
            (Some(reason), _) => PageAction::Conflict { id, reason, fields },
            (None, Some(_)) => PageAction::Update { id, fields },
            (None, None) => PageAction::Delete { id },
        };
        Ok(Compared::Plan(planned(one, page, action)))
    }

    /// Whether somebody changed the page in the wiki since it was exported or imported.
    fn conflict(&self, one: &ToRead, page: &Page, is_older: bool) -> Option<ConflictReason> {
        let place = PagePlace::of(&one.summary);
        let entry = self.manifest.pages.get(&place);
        // What is remembered tells more than the date, which changes with what the page links to.
        let is_changed = match entry.filter(|entry| entry.is_of(&one.summary)) {
            Some(entry) => entry.substance != Digest::of_substance(page),
            None if one.file.is_some() => is_older,
            None => return self.knows_this_wiki().then_some(ConflictReason::NewInWiki),
        };
        is_changed.then_some(ConflictReason::ChangedInWiki)
    }

    /// The pages of which the folder has no file.
    pub(super) async fn missing_pages(&mut self) -> Result<()> {
        let there: HashSet<&PagePlace> = self.plan.pages.iter().map(|page| &page.place).collect();
        let mut missing: Vec<PageSummary> = self
            .listed
            .iter()
            .filter(|(place, _)| !there.contains(place))
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

/// The page was deleted since it was listed.
fn after_deletion(one: &ToRead) -> Compared {
    let Some((file, digest)) = &one.file else {
        return Compared::Nothing;
    };
    Compared::Plan(PagePlan {
        place: PagePlace::of(&one.summary),
        file: Some(file.into()),
        action: PageAction::Create,
        digest: Some(*digest),
        base: None,
    })
}

fn unreadable(one: &ToRead, error: &Error) -> Compared {
    match &one.file {
        Some((file, _)) => Compared::Problem(FileProblem::new(
            file,
            format!("the page of the wiki cannot be read: {error}"),
            "use a key that may, or leave the file out",
        )),
        None => Compared::Notice(format!(
            "not deleted, as it cannot be read: {}: {error}",
            PagePlace::of(&one.summary)
        )),
    }
}

/// Whether the front matter is of this very page, and not as it is now.
fn speaks_of_another_moment(file: &PageFile, page: &Page) -> bool {
    let front = &file.front;
    let updated = front.updated_at.as_ref();
    front.id == Some(page.id)
        && front.created_at.as_ref() == Some(&page.created_at)
        && updated.is_some_and(|updated| *updated != page.updated_at)
}

fn planned(one: &ToRead, page: &Page, action: PageAction) -> PagePlan {
    PagePlan {
        place: PagePlace::of(&one.summary),
        file: one.file.as_ref().map(|(file, _)| file.into()),
        action,
        digest: one.file.as_ref().map(|(_, digest)| *digest),
        base: Some(Base {
            updated_at: page.updated_at.clone(),
            substance: Digest::of_substance(page),
        }),
    }
}

/// Whether the page can be made like the file.
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
        format!(
            "the page is there with the editor {has}, and Wiki.js cannot convert it to {wanted}"
        ),
        "delete the page first, or give the file the page's editor",
    ))
}
