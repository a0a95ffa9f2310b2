//! What is remembered of the folder: which file is which page's, and as of when.
//!
//! It stands in `.wikijs/manifest.jsonl`, a line for each file, and each is written when its file is
//! complete: an interrupted run loses nothing that it has done. Without it, and where it is damaged,
//! what is missing in it is exported again and compared whole.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Write as _},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;

use super::{
    digest::Digest,
    folder::{Folder, PartFile, blocking},
    place::{self, MEMORY},
};
use crate::{
    assets::{Asset, AssetPath},
    error::{Error, Result},
    pages::{Page, PagePlace, PageSummary},
    types::{Locale, PageId, PagePath, Timestamp},
};

/// The form of the lines.
const FORMAT: u32 = 1;

/// The part of a wiki that is exported or imported.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    pub(super) locale: Option<Locale>,
    #[serde(default)]
    pub(super) path_prefix: Option<PagePath>,
    pub(super) assets: bool,
}

impl Part {
    pub(super) fn has_page(&self, place: &PagePlace) -> bool {
        let prefix = self.path_prefix.as_ref();
        self.locale
            .as_ref()
            .is_none_or(|locale| *locale == place.locale)
            && prefix.is_none_or(|prefix| prefix.contains(place.path.as_str()))
    }

    /// Wiki.js keeps the folders of assets in lower case.
    pub(super) fn has_asset(&self, path: &str) -> bool {
        let prefix = self.path_prefix.as_ref();
        self.assets
            && prefix
                .is_none_or(|prefix| PagePath::from(prefix.as_str().to_lowercase()).contains(path))
    }

    /// Whether all pages of the other part are in this one.
    fn has_pages_of(&self, other: &Self) -> bool {
        let prefix = self.path_prefix.as_ref();
        let others = other.path_prefix.as_ref();
        (self.locale.is_none() || self.locale == other.locale)
            && prefix
                .is_none_or(|prefix| others.is_some_and(|other| prefix.contains(other.as_str())))
    }
}

/// A page in the folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageEntry {
    #[serde(flatten)]
    pub(super) place: PagePlace,
    pub(super) file: String,
    /// Of the file.
    pub(super) sha256: Digest,
    pub(super) id: PageId,
    pub(super) created_at: Timestamp,
    /// Of the page as it was listed; none where that was not seen.
    pub(super) listed: Option<Digest>,
    /// Of all of it that can be written.
    pub(super) substance: Digest,
}

impl PageEntry {
    /// The page as the wiki keeps it, whose file this is.
    pub(super) fn new(page: &Page, file: String, sha256: Digest, listed: Option<Digest>) -> Self {
        Self {
            place: PagePlace::new(&page.locale, &page.path),
            file,
            sha256,
            id: page.id,
            created_at: page.created_at.clone(),
            listed,
            substance: Digest::of_substance(page),
        }
    }

    /// Whether it is of this very page, and not of one in another wiki or of one that was there before.
    pub(super) fn is_of(&self, page: &PageSummary) -> bool {
        self.id == page.id && self.created_at == page.created_at
    }
}

/// An asset in the folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssetEntry {
    pub(super) path: AssetPath,
    pub(super) file: String,
    pub(super) sha256: Digest,
    pub(super) mime: String,
    pub(super) updated_at: Timestamp,
    pub(super) created_at: Timestamp,
    pub(super) size: u64,
}

impl AssetEntry {
    pub(super) fn new(asset: &Asset, file: String, sha256: Digest) -> Self {
        Self {
            path: asset.path.clone(),
            file,
            sha256,
            mime: asset.mime.clone(),
            updated_at: asset.updated_at.clone(),
            created_at: asset.created_at.clone(),
            size: asset.file_size,
        }
    }

    /// Whether it is of this very asset, as it is now.
    pub(super) fn is_of(&self, asset: &Asset) -> bool {
        self.updated_at == asset.updated_at
            && self.created_at == asset.created_at
            && self.size == asset.file_size
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Wiki {
        format: u32,
        url: String,
        /// Whether it was exported, or the folder was only imported into it.
        exports: bool,
    },
    /// A part that was exported whole.
    Exported(Part),
    Page(PageEntry),
    Asset(AssetEntry),
    RemovedPage(PagePlace),
    RemovedAsset(AssetPath),
}

/// What is remembered of a folder.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// The address of the wiki that was exported last or, of a folder of people's own, imported into.
    pub(super) wiki: Option<String>,
    exports: bool,
    pub(super) exported: Vec<Part>,
    pub(super) pages: HashMap<PagePlace, PageEntry>,
    pub(super) assets: BTreeMap<AssetPath, AssetEntry>,
    /// Whose each name is, as a file system may see it that does not tell case apart.
    names: HashMap<String, Owner>,
    log: Option<tokio::fs::File>,
    path: PathBuf,
}

#[derive(Debug, Clone, PartialEq)]
enum Owner {
    Page(PagePlace),
    Asset(AssetPath),
}

impl Manifest {
    /// What is remembered of the folder.
    pub(super) async fn read(folder: &Folder) -> Result<Self> {
        let path = folder.path(MEMORY).join("manifest.jsonl");
        let (result, path) = blocking(move || (read_lines(&path), path)).await;
        let mut manifest = Self {
            path: path.clone(),
            ..Self::default()
        };
        for line in folder.local(&path, result)? {
            if let Line::Wiki { format, .. } = line
                && format > FORMAT
            {
                return Err(Error::invalid(
                    "folder",
                    format!("`{}` is of a later version", path.display()),
                    "use that version, or another folder",
                ));
            }
            manifest.take(line);
        }
        Ok(manifest)
    }

    /// As [`read`](Self::read), and goes on with it for an export.
    pub(super) async fn open_to_export(folder: &Folder, wiki: &str) -> Result<Self> {
        let mut manifest = Self::read(folder).await?;
        if manifest.wiki.as_deref() != Some(wiki) {
            // What was exported whole was another wiki's.
            manifest.exported.clear();
        }
        manifest.wiki = Some(wiki.to_owned());
        manifest.exports = true;
        manifest.compact(folder).await?;
        Ok(manifest)
    }

    /// As [`read`](Self::read), and goes on with it for an import.
    pub(super) async fn open_to_import(folder: &Folder, wiki: &str) -> Result<Self> {
        let mut manifest = Self::read(folder).await?;
        manifest.wiki.get_or_insert_with(|| wiki.to_owned());
        manifest.compact(folder).await?;
        Ok(manifest)
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Wiki { url, exports, .. } => {
                self.wiki = Some(url);
                self.exports = exports;
            }
            Line::Exported(part) => self.exported.push(part),
            // A list that somebody else wrote leads nowhere else.
            Line::Page(entry) if place::is_inside(&entry.file) => {
                self.own(&entry.file, Owner::Page(entry.place.clone()));
                self.pages.insert(entry.place.clone(), entry);
            }
            Line::Asset(entry) if place::is_inside(&entry.file) => {
                self.own(&entry.file, Owner::Asset(entry.path.clone()));
                self.assets.insert(entry.path.clone(), entry);
            }
            Line::RemovedPage(place) => {
                if let Some(entry) = self.pages.remove(&place) {
                    self.names.remove(&place::folded(&entry.file));
                }
            }
            Line::RemovedAsset(path) => {
                if let Some(entry) = self.assets.remove(&path) {
                    self.names.remove(&place::folded(&entry.file));
                }
            }
            Line::Page(_) | Line::Asset(_) => {}
        }
    }

    fn own(&mut self, file: &str, owner: Owner) {
        self.names.insert(place::folded(file), owner);
    }

    /// The file for a page: the one that it has, if that is of the right kind.
    pub(super) fn file_of_page(&self, place: &PagePlace, extension: &str) -> String {
        let owner = Owner::Page(place.clone());
        let has = self.pages.get(place).map(|entry| &entry.file);
        let [usual, distinct] =
            [false, true].map(|distinct| place::page_file(place, extension, distinct));
        if has == Some(&distinct) || !self.is_free(&usual, &owner) {
            distinct
        } else {
            usual
        }
    }

    /// The file for an asset.
    pub(super) fn file_of_asset(&self, path: &AssetPath) -> String {
        let owner = Owner::Asset(path.clone());
        let has = self.assets.get(path).map(|entry| &entry.file);
        let [usual, distinct] = [false, true].map(|distinct| place::asset_file(path, distinct));
        if has == Some(&distinct) || !self.is_free(&usual, &owner) {
            distinct
        } else {
            usual
        }
    }

    fn is_free(&self, file: &str, owner: &Owner) -> bool {
        self.names
            .get(&place::folded(file))
            .is_none_or(|has| has == owner)
    }

    pub(super) async fn note_page(&mut self, folder: &Folder, entry: PageEntry) -> Result<()> {
        self.note(folder, Line::Page(entry)).await
    }

    pub(super) async fn note_asset(&mut self, folder: &Folder, entry: AssetEntry) -> Result<()> {
        self.note(folder, Line::Asset(entry)).await
    }

    pub(super) async fn note_exported(&mut self, folder: &Folder, part: Part) -> Result<()> {
        if self.exported.contains(&part) {
            return Ok(());
        }
        self.note(folder, Line::Exported(part)).await
    }

    pub(super) async fn forget_page(&mut self, folder: &Folder, place: PagePlace) -> Result<()> {
        self.note(folder, Line::RemovedPage(place)).await
    }

    pub(super) async fn forget_asset(&mut self, folder: &Folder, path: AssetPath) -> Result<()> {
        self.note(folder, Line::RemovedAsset(path)).await
    }

    async fn note(&mut self, folder: &Folder, line: Line) -> Result<()> {
        let mut text = written(&line);
        text.push(b'\n');
        self.take(line);
        if let Some(log) = &mut self.log {
            let appended = async {
                log.write_all(&text).await?;
                log.flush().await
            };
            let appended = appended.await;
            folder.local(&self.path, appended)?;
        }
        Ok(())
    }

    /// Writes all of it anew, without what does not hold any more.
    pub(super) async fn compact(&mut self, folder: &Folder) -> Result<()> {
        self.log = None;
        let mut lines = Vec::with_capacity(self.pages.len() + self.assets.len() + 2);
        lines.push(written(&Line::Wiki {
            format: FORMAT,
            url: self.wiki.clone().unwrap_or_default(),
            exports: self.exports,
        }));
        for part in &self.exported {
            lines.push(written(&Line::Exported(part.clone())));
        }
        let mut pages: Vec<&PageEntry> = self.pages.values().collect();
        pages.sort_unstable_by(|one, other| one.place.cmp(&other.place));
        lines.extend(
            pages
                .into_iter()
                .map(|entry| written(&Line::Page(entry.clone()))),
        );
        let assets = self.assets.values();
        lines.extend(assets.map(|entry| written(&Line::Asset(entry.clone()))));
        let (part, path) = (PartFile::new(folder), self.path.clone());
        let (result, path) = blocking(move || (write_lines(&part, &path, &lines), path)).await;
        folder.local(&path, result)?;
        let log = tokio::fs::OpenOptions::new().append(true).open(&path).await;
        self.log = Some(folder.local(&path, log)?);
        Ok(())
    }

    /// Whether a part of the wiki was exported whole into the folder; `None` if nothing of a wiki ever was.
    pub(super) fn has_whole(&self, part: &Part) -> Option<bool> {
        let is_whole = self.exported.iter().any(|whole| whole.has_pages_of(part));
        self.exports.then_some(is_whole)
    }

    /// Whether the assets of a part were exported with it.
    pub(super) fn has_assets_of(&self, part: &Part) -> bool {
        let mut with_assets = self.exported.iter().filter(|whole| whole.assets);
        with_assets.any(|whole| {
            let prefix = whole.path_prefix.as_ref();
            prefix.is_none_or(|prefix| {
                let others = part.path_prefix.as_ref();
                others.is_some_and(|other| prefix.contains(other.as_str()))
            })
        })
    }
}

fn written(line: &Line) -> Vec<u8> {
    // Nothing of these cannot be written as JSON.
    serde_json::to_vec(line).unwrap_or_default()
}

/// The lines that can be understood. The last one of an interrupted run may be cut.
fn read_lines(path: &std::path::Path) -> io::Result<Vec<Line>> {
    let text = match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let lines = text.split(|byte| *byte == b'\n');
    Ok(lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect())
}

fn write_lines(part: &PartFile, path: &std::path::Path, lines: &[Vec<u8>]) -> io::Result<()> {
    let mut file = io::BufWriter::new(std::fs::File::create(part.path())?);
    for line in lines {
        file.write_all(line)?;
        file.write_all(b"\n")?;
    }
    file.into_inner()?.sync_all()?;
    std::fs::rename(part.path(), path)
}
