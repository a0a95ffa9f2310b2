//! The assets of a folder compared with those of a wiki.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};

use super::{
    compare::Comparison,
    plan::{AssetAction, AssetPlan, ConflictReason},
};
use crate::{
    assets::{Asset, AssetFolder, AssetFolderPath, AssetPath, stored_folder, stored_name},
    error::Result,
    transfer::{
        digest::Digest,
        export::most_bytes,
        model::FileProblem,
        page_file::problem_of,
        place::{self, ASSETS},
    },
};

impl Comparison {
    pub(super) async fn assets(&mut self) -> Result<()> {
        let there = self.assets_there().await?;
        let below = format!("{ASSETS}/");
        let files: Vec<String> = self
            .contents
            .files
            .iter()
            .filter(|file| file.starts_with(&below))
            .cloned()
            .collect();
        let known: BTreeMap<String, AssetPath> = self
            .manifest
            .assets
            .values()
            .map(|entry| (entry.file.clone(), entry.path.clone()))
            .collect();
        let mut wanted = BTreeSet::new();
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
            if !wanted.insert(path.clone()) {
                let problem = format!("it is the asset {path}, and so is another file");
                let remedy = "remove one of the files, or give it another name";
                self.plan
                    .problems
                    .push(FileProblem::new(file, problem, remedy));
                continue;
            }
            self.asset(file, path.clone(), there.get(&path).cloned())
                .await?;
        }
        self.asset_folders().await?;
        self.there = there;
        Ok(())
    }

    /// The assets of the wiki, as far as they are looked at.
    async fn assets_there(&self) -> Result<BTreeMap<AssetPath, Asset>> {
        let assets = self.import.client.assets();
        let start = match &self.import.part.path_prefix {
            None => Some(AssetFolder::root()),
            Some(prefix) => assets.folder_opt(prefix.as_str()).await?,
        };
        let Some(start) = start else {
            return Ok(BTreeMap::new());
        };
        let files = assets.list().folder(start).recursive().stream();
        files
            .map_ok(|asset| (asset.path.clone(), asset))
            .try_collect()
            .await
    }

    async fn asset(&mut self, file: String, path: AssetPath, there: Option<Asset>) -> Result<()> {
        let folder = &self.plan.folder;
        let Some(digest) = folder.digest(&file).await? else {
            return Ok(());
        };
        let entry = self.manifest.assets.get(&path);
        let action = match &there {
            None => AssetAction::Upload,
            Some(asset) => {
                let as_it_was = entry.is_some_and(|entry| entry.is_of(asset));
                let known = entry.filter(|_| as_it_was).map(|entry| entry.sha256);
                let is_same = match known {
                    Some(known) => known == digest,
                    None => self.is_same(asset, &file, digest).await?,
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
        self.plan.assets.push(AssetPlan {
            mime: entry.map(|entry| entry.mime.clone()),
            path,
            file: Some(file.into()),
            action,
            digest: Some(digest),
            there,
        });
        Ok(())
    }

    /// Whether the wiki's file has the same bytes. That of an SVG has another size than it says.
    async fn is_same(&self, asset: &Asset, file: &str, digest: Digest) -> Result<bool> {
        let path = self.plan.folder.path(file);
        let size = tokio::fs::metadata(&path).await;
        let size = self.plan.folder.local(&path, size)?.len();
        let is_svg = asset.ext.eq_ignore_ascii_case(".svg");
        if size != asset.file_size && !is_svg {
            return Ok(false);
        }
        let assets = self.import.client.assets();
        let download = assets.download(&asset.path).max_size(most_bytes(asset));
        let mut download = match download.await {
            // What no URL leads to can be replaced, and not be compared.
            Err(error) if error.is_not_found() || error.is_invalid_input() => return Ok(false),
            other => other?,
        };
        let mut hasher = Sha256::new();
        while let Some(piece) = download.try_next().await? {
            hasher.update(&piece);
        }
        Ok(Digest::from(hasher) == digest)
    }

    /// Folders without files.
    async fn asset_folders(&mut self) -> Result<()> {
        let below = format!("{ASSETS}/");
        for folder in self.contents.empty.clone() {
            let Some(name) = folder.strip_prefix(&below) else {
                continue;
            };
            let Some(path) = place::decoded(name).filter(|_| !name.contains('~')) else {
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

    /// The assets of which the folder has no file.
    pub(super) fn missing_assets(&mut self) {
        let part = &self.import.part;
        let was_exported = self.manifest.has_whole(part).is_some();
        let has_assets = if was_exported {
            self.manifest.has_assets_of(part)
        } else {
            !self.plan.assets.is_empty()
        };
        if !part.assets || self.there.is_empty() {
            return;
        }
        if !has_assets {
            let notice = "no asset is deleted: none were exported into the folder, or it has none";
            self.plan.notices.push(notice.to_owned());
            return;
        }
        let kept: BTreeSet<AssetPath> = self
            .plan
            .assets
            .iter()
            .map(|asset| asset.path.clone())
            .collect();
        let there = std::mem::take(&mut self.there);
        for (path, asset) in there {
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
                there: Some(asset),
            });
        }
    }
}

/// The asset that a file of people's own is to be: as Wiki.js would store it.
fn asset_path(file: &str) -> Result<AssetPath, FileProblem> {
    let inside = file
        .strip_prefix(ASSETS)
        .unwrap_or(file)
        .trim_start_matches('/');
    let path = place::decoded(inside).ok_or_else(|| {
        let problem = "its name has a `%` that stands for nothing";
        FileProblem::new(file, problem, "write `%25` for a `%`")
    })?;
    let path = AssetPath::from(path);
    let name = stored_name(path.name()).map_err(|error| problem_of(file, &error))?;
    let folder = stored_folder(&path.folder()).map_err(|error| problem_of(file, &error))?;
    Ok(folder.join_name(&name))
}
