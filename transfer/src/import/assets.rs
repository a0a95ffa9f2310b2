//! Comparison of the assets of a folder with the assets of a wiki.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use wikijs_client::assets::{
    Asset, AssetFolder, AssetFolderPath, AssetLimits, AssetPath, stored_folder, stored_name,
};

use super::{
    compare::Comparison,
    plan::{AssetAction, AssetPlan, ConflictReason},
};
use crate::{
    digest::Digest,
    error::{Error, Result},
    export::most_bytes,
    folder::local,
    names::{self, ASSETS},
    page_file::problem_of,
    report::FileProblem,
    text::Shown,
};

impl Comparison {
    pub(super) async fn assets(&mut self) -> Result<()> {
        let existing = self.existing_assets().await?;
        let below = format!("{ASSETS}/");
        let files: Vec<String> = self
            .contents
            .files
            .iter()
            .filter(|file| file.starts_with(&below))
            .chain(&self.other_assets)
            .cloned()
            .collect();
        if files.is_empty() && self.contents.empty.is_empty() {
            self.existing = existing;
            return Ok(());
        }
        let limits = self.import.client.assets().limits().await?;
        let known: BTreeMap<String, AssetPath> = self
            .manifest
            .assets
            .values()
            .map(|entry| (entry.file.clone(), entry.path.clone()))
            .collect();
        let mut wanted: BTreeMap<AssetPath, String> = BTreeMap::new();
        for file in files {
            let path = match known.get(&file) {
                Some(path) => Ok(path.clone()),
                None => asset_path(&file),
            };
            let path = match path {
                Ok(path) => path,
                Err(problem) => {
                    self.plan.problems.push(problem);
                    continue;
                }
            };
            if !self.import.part.has_asset(path.as_str()) {
                continue;
            }
            if let Some(other) = wanted.insert(path.clone(), file.clone()) {
                let problem = format!("it has the asset path {path}, as does {other}");
                let remedy = "remove one of the files, or give it another name";
                self.plan
                    .problems
                    .push(FileProblem::new(file, problem, remedy));
                continue;
            }
            let existing = existing.get(&path).cloned();
            match self.asset(&file, path, existing, &limits).await {
                Ok(()) => {}
                // An unreadable file is a problem of the plan, and the other files are compared.
                Err(Error::File { source, .. }) => {
                    let problem = FileProblem::new(file, source.to_string(), "make it readable");
                    self.plan.problems.push(problem);
                }
                Err(error) => return Err(error),
            }
        }
        self.asset_folders().await?;
        self.existing = existing;
        Ok(())
    }

    /// Lists the assets of the wiki in the imported part.
    async fn existing_assets(&self) -> Result<BTreeMap<AssetPath, Asset>> {
        let assets = self.import.client.assets();
        let start = match &self.import.part.path_prefix {
            None => Some(AssetFolder::root()),
            Some(prefix) => assets.folder_opt(prefix.as_str()).await?,
        };
        let Some(start) = start else {
            return Ok(BTreeMap::new());
        };
        let files = assets.list().folder(start).recursive().stream();
        let files = files.map_ok(|asset| (asset.path.clone(), asset));
        Ok(files.try_collect().await?)
    }

    async fn asset(
        &mut self,
        file: &str,
        path: AssetPath,
        existing: Option<Asset>,
        limits: &AssetLimits,
    ) -> Result<()> {
        let folder = &self.plan.folder;
        let Some(digests) = folder.digests(file).await? else {
            return Ok(());
        };
        let digest = digests.exact;
        let entry = self.manifest.assets.get(&path);
        let action = match &existing {
            None => AssetAction::Upload,
            Some(asset) => {
                let as_it_was = entry.is_some_and(|entry| entry.is_of(asset));
                let known = entry.filter(|_| as_it_was).map(|entry| entry.sha256);
                let is_same = match known {
                    Some(known) if self.import.is_exact => known == digest,
                    Some(known) => digests.matches(known),
                    None => self.is_same(asset, file, digest).await?,
                };
                let changed = self.knows_this_wiki() && entry.is_some() && !as_it_was;
                if is_same {
                    AssetAction::Unchanged
                } else if changed && !self.import.overwrites {
                    AssetAction::Conflict(ConflictReason::ChangedInWiki)
                } else {
                    AssetAction::Replace
                }
            }
        };
        let mime = entry.map(|entry| entry.mime.clone());
        if matches!(action, AssetAction::Upload | AssetAction::Replace) {
            let bytes = self.size(file).await?;
            if let Err(problem) = check(file, &path, bytes, limits) {
                self.plan.problems.push(problem);
                return Ok(());
            }
        }
        let name = file.rsplit('/').next().unwrap_or_default();
        if action == AssetAction::Upload && mime.is_none() && name != path.name() {
            let notice = format!("{}: the wiki stores it as {path}", Shown(file));
            self.plan.notices.push(notice);
        }
        self.plan.assets.push(AssetPlan {
            mime,
            path,
            file: Some(file.into()),
            action,
            digest: Some(digest),
            existing,
        });
        Ok(())
    }

    /// Returns the size of a file.
    async fn size(&self, file: &str) -> Result<u64> {
        let path = self.plan.folder.path(file);
        let metadata = tokio::fs::metadata(&path).await;
        Ok(local(&path, metadata)?.len())
    }

    /// Returns `true` if the asset in the wiki has the same bytes. The real size of an SVG may differ from its listed
    /// size.
    async fn is_same(&self, asset: &Asset, file: &str, digest: Digest) -> Result<bool> {
        let size = self.size(file).await?;
        let is_svg = asset.ext.eq_ignore_ascii_case(".svg");
        if size != asset.file_size && !is_svg {
            return Ok(false);
        }
        let assets = self.import.client.assets();
        let download = assets.download(&asset.path).max_size(most_bytes(asset));
        let mut download = match download.await {
            // An asset without a working URL (known issue K38) can be replaced, but not compared.
            Err(error) if error.is_not_found() || error.is_invalid_input() => return Ok(false),
            other => other?,
        };
        let mut hasher = Sha256::new();
        while let Some(piece) = download.try_next().await? {
            hasher.update(&piece);
        }
        Ok(Digest::from(hasher) == digest)
    }

    /// Plans the creation of folders without files.
    async fn asset_folders(&mut self) -> Result<()> {
        let below = format!("{ASSETS}/");
        for folder in self.contents.empty.clone() {
            let Some(name) = folder.strip_prefix(&below) else {
                continue;
            };
            let Some(path) = names::decoded_asset(name).filter(|_| !name.contains('~')) else {
                continue;
            };
            let path = AssetFolderPath::from(path);
            let is_wanted = self.import.part.has_asset(path.as_str());
            let assets = self.import.client.assets();
            if is_wanted && assets.folder_opt(&path).await?.is_none() {
                self.plan.asset_folders.push(path);
            }
        }
        Ok(())
    }

    /// Plans the deletion of assets that have no file in the folder.
    pub(super) fn missing_assets(&mut self) {
        let part = &self.import.part;
        let was_exported = self.manifest.has_whole(part).is_some();
        let has_assets = if was_exported {
            self.manifest.has_assets_of(part)
        } else {
            !self.plan.assets.is_empty()
        };
        if !part.assets || self.existing.is_empty() {
            return;
        }
        if !has_assets {
            let notice = "no asset is deleted: the folder has no assets, or they were not exported";
            self.plan.notices.push(notice.to_owned());
            return;
        }
        let kept: BTreeSet<AssetPath> = self
            .plan
            .assets
            .iter()
            .map(|asset| asset.path.clone())
            .collect();
        let existing = std::mem::take(&mut self.existing);
        for (path, asset) in existing {
            if kept.contains(&path) {
                continue;
            }
            let reason = match self.manifest.assets.get(&path) {
                Some(entry) if entry.is_of(&asset) => None,
                Some(_) if self.knows_this_wiki() => Some(ConflictReason::ChangedInWiki),
                None if self.knows_this_wiki() => Some(ConflictReason::NewInWiki),
                _ => None,
            };
            let action = match reason.filter(|_| !self.import.overwrites) {
                Some(reason) => AssetAction::Conflict(reason),
                None => AssetAction::Delete,
            };
            self.plan.assets.push(AssetPlan {
                path,
                file: None,
                action,
                digest: None,
                mime: None,
                existing: Some(asset),
            });
        }
    }
}

/// Returns the path under which Wiki.js stores a file that no export wrote.
fn asset_path(file: &str) -> Result<AssetPath, FileProblem> {
    let path = match file.strip_prefix(ASSETS) {
        // File names in a storage target are unencoded paths of the wiki.
        None => AssetPath::from(file),
        Some(inside) => {
            let path = names::decoded_asset(inside.trim_start_matches('/')).ok_or_else(|| {
                let problem = "its name has a `%` and two digits that are not UTF-8";
                FileProblem::new(file, problem, "write `%25` for a `%`")
            })?;
            AssetPath::from(path)
        }
    };
    let name = stored_name(path.name()).map_err(|error| problem_of(file, &error))?;
    let folder = stored_folder(&path.folder()).map_err(|error| problem_of(file, &error))?;
    Ok(if folder.is_root() {
        AssetPath::from(name)
    } else {
        AssetPath::from(format!("{folder}/{name}"))
    })
}

/// Checks that the wiki accepts an upload of the file and can serve it.
fn check(
    file: &str,
    path: &AssetPath,
    bytes: u64,
    limits: &AssetLimits,
) -> Result<(), FileProblem> {
    if bytes > limits.file_bytes {
        let problem = format!(
            "it has {bytes} bytes, and the wiki accepts {}",
            limits.file_bytes
        );
        let remedy = "raise the limit in Administration > Security, or make the file smaller";
        return Err(FileProblem::new(file, problem, remedy));
    }
    limits.check_path(path).map_err(|_| {
        let problem = format!("no URL of the wiki would lead to the file `{path}`");
        let remedy = "use an extension that no page has, and no two dots in a row";
        FileProblem::new(file, problem, remedy)
    })
}
