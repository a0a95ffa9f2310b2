//! The pages of an export.

use std::collections::HashSet;

use futures::{StreamExt, stream};
use wikijs_client::{
    PageId,
    pages::{Page, PageLocation, PageSummary},
};

use super::{Absence, Run, STILL_THERE};
use crate::{
    FILES_AT_ONCE,
    digest::Digest,
    error::{Error, KeptReason, Result},
    front_matter,
    manifest::PageEntry,
    names,
    report::{ExportEvent, TransferItem},
};

impl Run {
    pub(super) async fn pages(&mut self) -> Result<()> {
        let mut list = self.export.client.pages().list();
        if let Some(locale) = &self.export.part.locale {
            list = list.locale(locale);
        }
        if let Some(prefix) = &self.export.part.path_prefix {
            list = list.path_prefix(prefix);
        }
        let listed = list.await?;
        let pages = listed.len();
        self.events.emit(ExportEvent::Listed { pages }).await;
        let mut listed_locations = HashSet::new();
        let (listed, twins): (Vec<_>, Vec<_>) = listed
            .into_iter()
            .partition(|page| listed_locations.insert(PageLocation::new(&page.locale, &page.path)));
        for twin in twins {
            // Wiki.js shows the older one of two pages at one path (known issue K12).
            let place = PageLocation::new(&twin.locale, &twin.path);
            let problem = format!("page {} has the path of another page", twin.id);
            let error = Error::invalid("page", problem, "delete one of the two, or move it");
            self.failed(TransferItem::Page(place), error).await?;
        }
        let changed = self.changed(listed).await?;
        for place in self.read(changed).await? {
            // The page was deleted or moved after the pages were listed.
            listed_locations.remove(&place);
        }
        let part = &self.export.part;
        let known = self
            .manifest
            .pages
            .keys()
            .filter(|place| part.has_page(place));
        let mut gone: Vec<PageLocation> = known
            .clone()
            .filter(|place| !listed_locations.contains(place))
            .cloned()
            .collect();
        let known = known.count();
        gone.sort_unstable();
        self.gone_pages(gone, known, pages).await
    }

    /// Returns the pages that have no file, or whose entry in the list of pages has changed since the last export.
    async fn changed(&mut self, listed: Vec<PageSummary>) -> Result<Vec<(PageId, Listed)>> {
        let folder = self.folder.clone();
        let candidates = listed.into_iter().map(|page| {
            let listed = Listed {
                place: PageLocation::new(&page.locale, &page.path),
                digest: Digest::of_summary(&page),
                is_published: page.is_published,
            };
            let entry = self.manifest.pages.get(&listed.place);
            let same = entry.filter(|entry| entry.listed == Some(listed.digest));
            let same = same.map(|entry| (entry.file.clone(), entry.sha256));
            (page.id, listed, same)
        });
        // Collected first, since the loop below borrows the run mutably.
        let candidates: Vec<_> = candidates.collect();
        let mut candidates = stream::iter(candidates)
            .map(move |(id, listed, same)| {
                let folder = folder.clone();
                async move {
                    let is_same = match same {
                        // A file that cannot be read is written again. If that fails, too, the error has the reason.
                        Some((file, digest)) => {
                            let digests = folder.digests(&file).await.ok().flatten();
                            digests.is_some_and(|digests| digests.matches(digest))
                        }
                        None => false,
                    };
                    (id, listed, is_same)
                }
            })
            .buffered(FILES_AT_ONCE);
        let mut changed = Vec::new();
        while let Some((id, listed, is_same)) = candidates.next().await {
            if is_same {
                self.report.pages_unchanged += 1;
                let item = TransferItem::Page(listed.place);
                self.events.emit(ExportEvent::Unchanged { item }).await;
            } else {
                changed.push((id, listed));
            }
        }
        Ok(changed)
    }

    /// Reads pages and writes their files. Returns the locations of pages that were deleted or moved.
    async fn read(&mut self, changed: Vec<(PageId, Listed)>) -> Result<Vec<PageLocation>> {
        let ids: Vec<PageId> = changed.iter().map(|(id, _)| *id).collect();
        let listed = stream::iter(changed.into_iter().map(|(_, listed)| listed));
        let pages = self.export.client.pages().get_many(ids);
        let mut pages = pages.zip(listed);
        let mut missing = Vec::new();
        while let Some(((_, page), listed)) = pages.next().await {
            match page {
                Err(error) if error.is_not_found() => missing.push(listed.place),
                Err(error) => {
                    self.failed(TransferItem::Page(listed.place), error.into())
                        .await?;
                }
                Ok(page) => {
                    let place = PageLocation::new(&page.locale, &page.path);
                    if place != listed.place {
                        missing.push(listed.place.clone());
                    }
                    if let Err(error) = self.write(&page, &listed).await {
                        self.failed(TransferItem::Page(place), error).await?;
                    }
                }
            }
        }
        Ok(missing)
    }

    async fn write(&mut self, page: &Page, listed: &Listed) -> Result<()> {
        let place = PageLocation::new(&page.locale, &page.path);
        // Unlike the page itself, a list contains `isPublished` for callers without write permission.
        let is_published = page.is_published().unwrap_or(listed.is_published);
        let bytes = front_matter::written(page, is_published).map_err(|error| {
            let problem = format!("page {} cannot be written as YAML: {error}", page.id);
            Error::invalid("page", problem, "check its fields in the wiki")
        })?;
        if let Some(own) = self.manifest.own_file_of_page(&place) {
            // A second file of the page would compete with the hand-written one.
            if self.folder.digests(own).await.ok().flatten().is_some() {
                return Err(Error::Kept {
                    path: own.into(),
                    reason: KeptReason::NotExported,
                });
            }
        }
        let extension = names::extension(&page.content_type);
        let file = self.manifest.file_of_page(&place, extension);
        let written = self.manifest.written_of_page(&place, &file);
        let (part, digest) = self.folder.stage(bytes).await?;
        if !self.folder.check(&file, digest, &written).await? {
            self.manifest.note_writing(&file, digest).await?;
            self.folder.put(part, digest, &file, written).await?;
        }
        let earlier = self.manifest.pages.get(&place);
        let earlier = earlier.map(|entry| entry.file.clone());
        if let Some(earlier) = earlier.filter(|earlier| *earlier != file) {
            // The content type, and so the file name, has changed: the former file would be a second one for the page.
            let written = self.manifest.written_of_page(&place, &earlier);
            self.folder.remove(&earlier, written).await?;
        }
        let entry = PageEntry::new(page, file.clone(), digest, Some(listed.digest));
        self.manifest.note_exported_page(entry).await?;
        self.report.pages_written += 1;
        self.emit_written(TransferItem::Page(place), file).await;
        Ok(())
    }

    /// Reports pages that the wiki no longer lists. Removes their files if that is enabled and they are certainly
    /// deleted.
    async fn gone_pages(
        &mut self,
        gone: Vec<PageLocation>,
        known: usize,
        listed: usize,
    ) -> Result<()> {
        let entries: Vec<(PageLocation, PageEntry)> = gone
            .into_iter()
            .filter_map(|place| {
                let entry = self.manifest.pages.get(&place)?.clone();
                Some((place, entry))
            })
            .collect();
        if !self.may_remove("pages", entries.len(), known, listed).await {
            for (place, entry) in entries {
                self.emit_gone(TransferItem::Page(place), entry.file, false)
                    .await;
            }
            return Ok(());
        }
        let ids: Vec<PageId> = entries.iter().map(|(_, entry)| entry.id).collect();
        let pages = self.export.client.pages().get_many(ids);
        let mut pages = pages.zip(stream::iter(entries));
        while let Some(((_, page), (place, entry))) = pages.next().await {
            let absence = match page {
                Ok(page) if page.created_at != entry.created_at => {
                    Absence::Doubtful("another page has its id now")
                }
                // The page was moved. If its new location belongs to this export, it was listed there.
                Ok(page) if PageLocation::new(&page.locale, &page.path) != place => {
                    Absence::Certain
                }
                Ok(_) => Absence::Doubtful(STILL_THERE),
                Err(error) => Absence::from(error),
            };
            self.gone(TransferItem::Page(place), entry.file, absence)
                .await?;
        }
        Ok(())
    }
}

/// A page in the list of pages.
struct Listed {
    place: PageLocation,
    digest: Digest,
    is_published: bool,
}
