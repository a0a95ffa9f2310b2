//! The manifest, which maps files to pages and assets, with the dates and digests of the last transfer.
//!
//! `.wikijs/manifest.jsonl` has a line for each file. An export appends a line before it renames a temporary
//! file to its final name, and another one afterwards, so that an interruption loses nothing. An import writes to
//! `.wikijs/local/import.jsonl` instead, which Git ignores and which is only valid together with the manifest that
//! it was written for. Items that both lack are exported again and compared.
//!
//! The manifest is not trusted, since anybody can edit it. An entry counts as written by an export only if an
//! export would choose its file name for the page or asset.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;
use wikijs_client::{
    Locale, PageId, PagePath, Timestamp,
    assets::{Asset, AssetPath},
    pages::{Page, PageLocation, PageSummary},
};

use crate::{
    digest::Digest,
    error::{Error, Result},
    folder::{Folder, PartFile, blocking, local},
    names::{self, LOCAL, MANIFEST_FOLDER},
};

/// The version of the format.
const FORMAT: u32 = 1;

/// The part of a wiki that is exported or imported.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Part {
    #[serde(default)]
    pub(crate) locale: Option<Locale>,
    #[serde(default)]
    pub(crate) path_prefix: Option<PagePath>,
    pub(crate) assets: bool,
}

/// Declares the setters of the [`Part`] of a request: `part_setters! { Export, "Exports", "exported" }`.
macro_rules! part_setters {
    ($request:ident, $verb:literal, $done:literal) => {
        impl $request {
            #[doc = concat!($verb, " only the page at this path and the pages below it, and the assets in the folder of the same path.")]
            pub fn path_prefix(mut self, path: impl Into<wikijs_client::PagePath>) -> Self {
                self.part.path_prefix = Some(path.into());
                self
            }

            #[doc = concat!($verb, " only pages of this locale. Default: all locales. Assets have no locale.")]
            pub fn locale(mut self, locale: impl Into<wikijs_client::Locale>) -> Self {
                self.part.locale = Some(locale.into());
                self
            }

            #[doc = concat!("Sets whether assets are ", $done, ", too. Default: `true`.")]
            pub fn with_assets(mut self, with_assets: bool) -> Self {
                self.part.assets = with_assets;
                self
            }
        }
    };
}

pub(crate) use part_setters;

impl Part {
    pub(crate) fn whole() -> Self {
        Self {
            assets: true,
            ..Self::default()
        }
    }

    pub(crate) fn has_page(&self, place: &PageLocation) -> bool {
        let prefix = self.path_prefix.as_ref();
        self.locale
            .as_ref()
            .is_none_or(|locale| *locale == place.locale)
            && prefix.is_none_or(|prefix| prefix.is_prefix_of(&place.path))
    }

    /// Returns `true` if an asset is in the part. The prefix is compared in lower case, since Wiki.js converts the
    /// names of asset folders.
    pub(crate) fn has_asset(&self, path: &str) -> bool {
        let prefix = self.path_prefix.as_ref();
        self.assets
            && prefix.is_none_or(|prefix| {
                PagePath::from(prefix.as_str().to_lowercase()).is_prefix_of(path)
            })
    }

    /// Returns `true` if this part contains all pages of the other part.
    fn has_pages_of(&self, other: &Self) -> bool {
        let prefix = self.path_prefix.as_ref();
        let others = other.path_prefix.as_ref();
        (self.locale.is_none() || self.locale == other.locale)
            && prefix.is_none_or(|prefix| others.is_some_and(|other| prefix.is_prefix_of(other)))
    }
}

/// A page in the folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageEntry {
    #[serde(flatten)]
    pub(crate) place: PageLocation,
    pub(crate) file: String,
    /// The digest of the file at the time when file and page were equal.
    pub(crate) sha256: Digest,
    /// The digest of the content that an export wrote to the file. `None` if no export wrote the file.
    #[serde(default)]
    pub(crate) written: Option<Digest>,
    pub(crate) id: PageId,
    pub(crate) created_at: Timestamp,
    /// The digest of the page in the list of pages. `None` if it was not listed.
    pub(crate) listed: Option<Digest>,
    /// The digest of all writable fields of the page.
    pub(crate) substance: Digest,
}

impl PageEntry {
    /// Creates the entry of a page and of the file that equals it.
    pub(crate) fn new(page: &Page, file: String, sha256: Digest, listed: Option<Digest>) -> Self {
        Self {
            place: PageLocation::new(&page.locale, &page.path),
            file,
            sha256,
            written: None,
            id: page.id,
            created_at: page.created_at.clone(),
            listed,
            substance: Digest::of_substance(page),
        }
    }

    /// Returns `true` if the entry belongs to this page, and not to a deleted page or to a page of another wiki.
    pub(crate) fn is_of(&self, page: &PageSummary) -> bool {
        self.id == page.id && self.created_at == page.created_at
    }
}

/// An asset in the folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssetEntry {
    pub(crate) path: AssetPath,
    pub(crate) file: String,
    pub(crate) sha256: Digest,
    #[serde(default)]
    pub(crate) written: Option<Digest>,
    pub(crate) mime: String,
    pub(crate) updated_at: Timestamp,
    pub(crate) created_at: Timestamp,
    pub(crate) size: u64,
}

impl AssetEntry {
    pub(crate) fn new(asset: &Asset, file: String, sha256: Digest) -> Self {
        Self {
            path: asset.path.clone(),
            file,
            sha256,
            written: None,
            mime: asset.mime.clone(),
            updated_at: asset.updated_at.clone(),
            created_at: asset.created_at.clone(),
            size: asset.file_size,
        }
    }

    /// Returns `true` if the entry belongs to this asset in its current state.
    pub(crate) fn is_of(&self, asset: &Asset) -> bool {
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
        /// `false` if the folder was only imported and never exported.
        exports: bool,
        /// In the file of an import: the digest of the manifest that the file belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        manifest: Option<Digest>,
    },
    /// A part that was exported completely.
    Exported(Part),
    Page(PageEntry),
    Asset(AssetEntry),
    RemovedPage(PageLocation),
    RemovedAsset(AssetPath),
    /// Content that is about to be written to a file.
    Writing {
        file: String,
        sha256: Digest,
    },
}

/// The record of earlier exports and imports of a folder.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    /// The address of the wiki that was exported. For hand-written files, the wiki of the last import.
    pub(crate) wiki: Option<String>,
    exports: bool,
    pub(crate) exported: Vec<Part>,
    pub(crate) pages: HashMap<PageLocation, PageEntry>,
    pub(crate) assets: BTreeMap<AssetPath, AssetEntry>,
    /// Digests of contents that were about to be written, by file.
    writing: HashMap<String, Vec<Digest>>,
    /// The page or asset of each file, by the collision key of the file name.
    names: HashMap<String, Owner>,
    log: Option<tokio::fs::File>,
    path: PathBuf,
}

#[derive(Debug, Clone, PartialEq)]
enum Owner {
    Page(PageLocation),
    Asset(AssetPath),
}

fn manifest_path(folder: &Folder) -> PathBuf {
    folder.path(MANIFEST_FOLDER).join("manifest.jsonl")
}

fn import_path(folder: &Folder) -> PathBuf {
    folder.path(LOCAL).join("import.jsonl")
}

impl Manifest {
    /// Reads the manifest and the file of imports, without the entries of imports into other wikis.
    pub(crate) async fn read(folder: &Folder, wiki: &str) -> Result<Self> {
        let (path, import) = (manifest_path(folder), import_path(folder));
        let read = {
            let (path, import) = (path.clone(), import.clone());
            blocking(move || (read_lines(&path), read_lines(&import))).await
        };
        let (exported, digest) = local(&path, read.0)?;
        let (imported, _) = local(&import, read.1)?;
        let mut manifest = Self::default();
        for line in exported {
            if let Line::Wiki { format, .. } = line
                && format > FORMAT
            {
                return Err(Error::invalid(
                    "folder",
                    format!("`{}` was written by a later version", path.display()),
                    "use that version, or another folder",
                ));
            }
            manifest.take(line);
        }
        if belongs(&imported, digest, wiki) {
            let (exported, exports) = (manifest.wiki.take(), manifest.exports);
            for line in imported {
                manifest.take(line);
            }
            manifest.wiki = exported.or(manifest.wiki);
            manifest.exports = exports;
        }
        Ok(manifest)
    }

    /// Reads the manifest and opens it for an export.
    pub(crate) async fn open_to_export(
        folder: &Folder,
        wiki: &str,
        moved_from: Option<&str>,
    ) -> Result<Self> {
        let mut manifest = Self::read(folder, wiki).await?;
        let other = manifest.wiki.as_deref().filter(|other| *other != wiki);
        if let Some(other) = other.filter(|_| manifest.exports)
            && moved_from
                .is_none_or(|from| from.trim_end_matches('/') != other.trim_end_matches('/'))
        {
            return Err(Error::invalid(
                "folder",
                format!("it has an export of {other}, and this wiki is {wiki}"),
                "use another folder, or call moved_from() if it is the same wiki at another address",
            ));
        }
        manifest.wiki = Some(wiki.to_owned());
        manifest.exports = true;
        manifest.path = manifest_path(folder);
        manifest.compact_export(folder).await?;
        Ok(manifest)
    }

    /// Reads the manifest and opens the file of imports for an import.
    pub(crate) async fn open_to_import(folder: &Folder, wiki: &str) -> Result<Self> {
        let mut manifest = Self::read(folder, wiki).await?;
        let url = wiki.to_owned();
        manifest.wiki.get_or_insert_with(|| url.clone());
        folder.prepare_local().await?;
        manifest.path = import_path(folder);
        let (path, import) = (manifest_path(folder), manifest.path.clone());
        let opened = blocking(move || {
            let (_, digest) = read_lines(&path)?;
            let (lines, _) = read_lines(&import)?;
            let belongs = belongs(&lines, digest, &url);
            let header = Line::Wiki {
                format: FORMAT,
                url,
                exports: false,
                manifest: digest,
            };
            open_import(&import, belongs, &header)
        })
        .await;
        let file = local(&manifest.path, opened)?;
        manifest.log = Some(tokio::fs::File::from_std(file));
        Ok(manifest)
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Wiki { url, exports, .. } => {
                self.wiki = Some(url);
                self.exports = exports;
            }
            Line::Exported(part) => {
                if !self.exported.contains(&part) {
                    self.exported.push(part);
                }
            }
            Line::Page(mut entry) if names::is_own_place(&entry.file) => {
                if !names::is_file_of_page(&entry.file, &entry.place) {
                    entry.written = None;
                }
                self.writing.remove(&entry.file);
                self.own(&entry.file, Owner::Page(entry.place.clone()));
                self.pages.insert(entry.place.clone(), entry);
            }
            Line::Asset(mut entry) if names::is_own_place(&entry.file) => {
                if !names::is_file_of_asset(&entry.file, &entry.path) {
                    entry.written = None;
                }
                self.writing.remove(&entry.file);
                self.own(&entry.file, Owner::Asset(entry.path.clone()));
                self.assets.insert(entry.path.clone(), entry);
            }
            Line::RemovedPage(place) => {
                if let Some(entry) = self.pages.remove(&place) {
                    self.names.remove(&names::collision_key(&entry.file));
                }
            }
            Line::RemovedAsset(path) => {
                if let Some(entry) = self.assets.remove(&path) {
                    self.names.remove(&names::collision_key(&entry.file));
                }
            }
            Line::Writing { file, sha256 } if names::is_own_place(&file) => {
                let digests = self.writing.entry(file).or_default();
                if !digests.contains(&sha256) {
                    digests.push(sha256);
                }
            }
            Line::Page(_) | Line::Asset(_) | Line::Writing { .. } => {}
        }
    }

    fn own(&mut self, file: &str, owner: Owner) {
        self.names.insert(names::collision_key(file), owner);
    }

    /// Returns the digests of all contents that exports wrote to the file of a page.
    pub(crate) fn written_of_page(&self, place: &PageLocation, file: &str) -> Vec<Digest> {
        let entry = self.pages.get(place).filter(|entry| entry.file == file);
        let interrupted = names::is_file_of_page(file, place);
        self.written(entry.and_then(|entry| entry.written), file, interrupted)
    }

    /// Returns the digests of all contents that exports wrote to the file of an asset.
    pub(crate) fn written_of_asset(&self, path: &AssetPath, file: &str) -> Vec<Digest> {
        let entry = self.assets.get(path).filter(|entry| entry.file == file);
        let interrupted = names::is_file_of_asset(file, path);
        self.written(entry.and_then(|entry| entry.written), file, interrupted)
    }

    fn written(&self, done: Option<Digest>, file: &str, interrupted: bool) -> Vec<Digest> {
        let begun = self.writing.get(file).filter(|_| interrupted);
        done.into_iter()
            .chain(begun.into_iter().flatten().copied())
            .collect()
    }

    /// Returns the file name for a page. A page keeps a distinct name that it already has.
    pub(crate) fn file_of_page(&self, place: &PageLocation, extension: &str) -> String {
        let owner = Owner::Page(place.clone());
        let has = self.pages.get(place).map(|entry| &entry.file);
        let [usual, distinct] =
            [false, true].map(|distinct| names::page_file(place, extension, distinct));
        if has == Some(&distinct) || !self.is_free(&usual, &owner) {
            distinct
        } else {
            usual
        }
    }

    /// Returns the hand-written file of a page, which an import has found equal.
    pub(crate) fn own_file_of_page(&self, place: &PageLocation) -> Option<&str> {
        let entry = self.pages.get(place)?;
        (!names::is_file_of_page(&entry.file, place)).then_some(&*entry.file)
    }

    /// Returns the file name for an asset. An asset keeps a distinct name that it already has.
    pub(crate) fn file_of_asset(&self, path: &AssetPath) -> String {
        let owner = Owner::Asset(path.clone());
        let has = self.assets.get(path).map(|entry| &entry.file);
        let [usual, distinct] = [false, true].map(|distinct| names::asset_file(path, distinct));
        if has == Some(&distinct) || !self.is_free(&usual, &owner) {
            distinct
        } else {
            usual
        }
    }

    /// Returns `true` if the manifest has the file as the file of a page.
    pub(crate) fn is_page_file(&self, file: &str) -> bool {
        match self.names.get(&names::collision_key(file)) {
            Some(Owner::Page(place)) => {
                let entry = self.pages.get(place);
                entry.is_some_and(|entry| entry.file == file)
            }
            _ => false,
        }
    }

    fn is_free(&self, file: &str, owner: &Owner) -> bool {
        self.names
            .get(&names::collision_key(file))
            .is_none_or(|has| has == owner)
    }

    /// Records that this content is about to be written to a file.
    pub(crate) async fn note_writing(&mut self, file: &str, sha256: Digest) -> Result<()> {
        let file = file.to_owned();
        self.note(Line::Writing { file, sha256 }).await
    }

    /// Records a page whose file an export wrote.
    pub(crate) async fn note_exported_page(&mut self, mut entry: PageEntry) -> Result<()> {
        entry.written = Some(entry.sha256);
        self.note(Line::Page(entry)).await
    }

    /// Records a page that equals a file.
    pub(crate) async fn note_page(&mut self, mut entry: PageEntry) -> Result<()> {
        let earlier = self.pages.get(&entry.place);
        let earlier = earlier.filter(|earlier| earlier.file == entry.file);
        entry.written = earlier.and_then(|earlier| earlier.written);
        self.note(Line::Page(entry)).await
    }

    /// Records an asset whose file an export wrote.
    pub(crate) async fn note_exported_asset(&mut self, mut entry: AssetEntry) -> Result<()> {
        entry.written = Some(entry.sha256);
        self.note(Line::Asset(entry)).await
    }

    /// Records an asset that equals a file.
    pub(crate) async fn note_asset(&mut self, mut entry: AssetEntry) -> Result<()> {
        let earlier = self.assets.get(&entry.path);
        let earlier = earlier.filter(|earlier| earlier.file == entry.file);
        entry.written = earlier.and_then(|earlier| earlier.written);
        self.note(Line::Asset(entry)).await
    }

    pub(crate) async fn note_exported(&mut self, part: Part) -> Result<()> {
        if self.exported.contains(&part) {
            return Ok(());
        }
        self.note(Line::Exported(part)).await
    }

    pub(crate) async fn forget_page(&mut self, place: PageLocation) -> Result<()> {
        self.note(Line::RemovedPage(place)).await
    }

    pub(crate) async fn forget_asset(&mut self, path: AssetPath) -> Result<()> {
        self.note(Line::RemovedAsset(path)).await
    }

    async fn note(&mut self, line: Line) -> Result<()> {
        let mut text = json(&line);
        text.push(b'\n');
        self.take(line);
        if let Some(log) = &mut self.log {
            let appended = async {
                log.write_all(&text).await?;
                log.flush().await
            };
            let appended = appended.await;
            local(&self.path, appended)?;
        }
        Ok(())
    }

    /// Rewrites the manifest without outdated lines, and merges the entries of imports.
    pub(crate) async fn compact_export(&mut self, folder: &Folder) -> Result<()> {
        self.log = None;
        let mut lines = Vec::with_capacity(self.pages.len() + self.assets.len() + 2);
        lines.push(json(&Line::Wiki {
            format: FORMAT,
            url: self.wiki.clone().unwrap_or_default(),
            exports: self.exports,
            manifest: None,
        }));
        for part in &self.exported {
            lines.push(json(&Line::Exported(part.clone())));
        }
        let mut pages: Vec<&PageEntry> = self.pages.values().collect();
        pages.sort_unstable_by(|one, other| one.place.cmp(&other.place));
        lines.extend(
            pages
                .into_iter()
                .map(|entry| json(&Line::Page(entry.clone()))),
        );
        let assets = self.assets.values();
        lines.extend(assets.map(|entry| json(&Line::Asset(entry.clone()))));
        let mut writing: Vec<_> = self.writing.iter().collect();
        writing.sort_unstable_by_key(|(file, _)| *file);
        for (file, digests) in writing {
            lines.extend(digests.iter().map(|sha256| {
                let (file, sha256) = (file.clone(), *sha256);
                json(&Line::Writing { file, sha256 })
            }));
        }
        let (part, path) = (PartFile::new(folder), self.path.clone());
        let import = import_path(folder);
        let written = blocking(move || {
            // Fails for a file of this name that is not a manifest, which must not be replaced.
            read_lines(&path)?;
            write_lines(&part, &path, &lines)?;
            if !read_lines(&import)?.0.is_empty() {
                std::fs::remove_file(&import)?;
            }
            std::fs::OpenOptions::new().append(true).open(&path)
        })
        .await;
        let log = local(&self.path, written)?;
        self.log = Some(tokio::fs::File::from_std(log));
        Ok(())
    }

    /// Returns `true` if a part of the wiki was exported completely into the folder. `None` if no export ever wrote
    /// to the folder.
    pub(crate) fn has_whole(&self, part: &Part) -> Option<bool> {
        let is_whole = self.exported.iter().any(|whole| whole.has_pages_of(part));
        self.exports.then_some(is_whole)
    }

    /// Returns `true` if an export wrote to the folder.
    pub(crate) fn is_export(&self) -> bool {
        self.exports
    }

    /// Returns `true` if the assets of a part were exported completely.
    pub(crate) fn has_assets_of(&self, part: &Part) -> bool {
        let mut with_assets = self.exported.iter().filter(|whole| whole.assets);
        with_assets.any(|whole| {
            let prefix = whole.path_prefix.as_ref();
            prefix.is_none_or(|prefix| {
                let others = part.path_prefix.as_ref();
                others.is_some_and(|other| prefix.is_prefix_of(other))
            })
        })
    }
}

fn json(line: &Line) -> Vec<u8> {
    // The serialization of the lines does not fail.
    serde_json::to_vec(line).unwrap_or_default()
}

/// Returns the valid lines and the digest of the file. Invalid lines are skipped, since an interruption may
/// truncate the last line.
fn read_lines(path: &Path) -> io::Result<(Vec<Line>, Option<Digest>)> {
    let text = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), None)),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Ok((Vec::new(), None));
        }
        Err(error) => return Err(error),
        Ok(there) if !there.is_file() => {
            let problem = "it is a link or not a regular file";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        Ok(_) => std::fs::read(path)?,
    };
    let mut lines = text.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let header = serde_json::from_slice(first);
    let Ok(header @ Line::Wiki { .. }) = header else {
        if text.is_empty() {
            return Ok((Vec::new(), None));
        }
        let problem = "it is not a manifest, since its first line is not a header; move it away";
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    };
    let rest = lines.filter_map(|line| serde_json::from_slice(line).ok());
    let lines = std::iter::once(header).chain(rest).collect();
    Ok((lines, Some(Digest::of(&text))))
}

/// Returns `true` if the lines of an import were written for this manifest and this wiki.
fn belongs(imported: &[Line], digest: Option<Digest>, wiki: &str) -> bool {
    matches!(imported.first(), Some(Line::Wiki { format: FORMAT, url, manifest, .. })
        if *manifest == digest && url == wiki)
}

fn write_lines(part: &PartFile, path: &Path, lines: &[Vec<u8>]) -> io::Result<()> {
    let mut file = io::BufWriter::new(std::fs::File::create_new(part.path())?);
    for line in lines {
        file.write_all(line)?;
        file.write_all(b"\n")?;
    }
    file.into_inner()?.sync_all()?;
    std::fs::rename(part.path(), path)
}

/// Opens the file of imports. A file that belongs to another manifest is cleared.
fn open_import(path: &Path, belongs: bool, header: &Line) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.append(true).create(true).open(path)?;
    if belongs {
        // Removes a truncated last line of an interrupted import, to which the next line would be appended.
        let text = std::fs::read(path)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n');
        file.set_len(whole.map_or(0, |end| end as u64 + 1))?;
    } else {
        file.set_len(0)?;
        let mut text = json(header);
        text.push(b'\n');
        file.write_all(&text)?;
    }
    Ok(file)
}
