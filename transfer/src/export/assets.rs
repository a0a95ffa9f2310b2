//! The assets of an export.

use std::collections::HashSet;

use futures::TryStreamExt;
use wikijs_client::assets::{Asset, AssetFolder, AssetPath};

use super::{Absence, Run, STILL_THERE};
use crate::{
    error::Result,
    manifest::AssetEntry,
    names,
    report::{ExportEvent, TransferItem},
};

impl Run {
    pub(super) async fn assets(&mut self) -> Result<()> {
        let assets = self.export.client.assets();
        let below = self.export.part.path_prefix.as_ref();
        let below = below.map(|prefix| prefix.as_str().to_owned());
        let start = match &below {
            None => Some(AssetFolder::root()),
            Some(path) => assets.folder_opt(path).await?,
        };
        let mut listed_paths = HashSet::new();
        if let Some(start) = start {
            let folders: Vec<_> = assets.folders().below(&start).recursive().await?;
            for folder in [&start].into_iter().chain(&folders) {
                self.asset_folder(folder).await?;
            }
            let mut files = assets.list().folder(&start).recursive().stream();
            while let Some(asset) = files.try_next().await? {
                listed_paths.insert(asset.path.clone());
                let item = TransferItem::Asset(asset.path.clone());
                if let Err(error) = self.asset(asset).await {
                    self.failed(item, error).await?;
                }
            }
        }
        let part = &self.export.part;
        let known = self.manifest.assets.keys();
        let known = known.filter(|path| part.has_asset(path.as_str()));
        let gone: Vec<AssetPath> = known
            .clone()
            .filter(|path| !listed_paths.contains(*path))
            .cloned()
            .collect();
        let known = known.count();
        self.gone_assets(gone, known, listed_paths.len()).await
    }

    /// Reports assets that the wiki no longer lists. Removes their files if that is enabled and they are certainly
    /// deleted.
    async fn gone_assets(
        &mut self,
        gone: Vec<AssetPath>,
        known: usize,
        listed: usize,
    ) -> Result<()> {
        let may_remove = self.may_remove("assets", gone.len(), known, listed).await;
        for path in gone {
            let entry = self.manifest.assets.get(&path);
            let file = entry.map(|entry| entry.file.clone()).unwrap_or_default();
            if !may_remove {
                self.emit_gone(TransferItem::Asset(path), file, false).await;
                continue;
            }
            // A page rule hides assets from lists without an error. A download distinguishes hidden and deleted assets.
            let absence = match self.export.client.assets().download(&path).await {
                Ok(_) => Absence::Doubtful(STILL_THERE),
                Err(error) if is_too_large(&error) => Absence::Doubtful(STILL_THERE),
                Err(error) if error.is_invalid_input() => Absence::Certain,
                Err(error) => Absence::from(error),
            };
            self.gone(TransferItem::Asset(path), file, absence).await?;
        }
        Ok(())
    }

    /// Creates the folder of an asset folder, even if it has no files.
    async fn asset_folder(&mut self, folder: &AssetFolder) -> Result<()> {
        let Some(path) = names::asset_folder(&folder.path) else {
            return Ok(());
        };
        match self.folder.ensure(&path).await {
            Err(error) => {
                let item = TransferItem::AssetFolder(folder.path.clone());
                self.failed(item, error).await
            }
            Ok(()) => Ok(()),
        }
    }

    async fn asset(&mut self, asset: Asset) -> Result<()> {
        let file = self.manifest.file_of_asset(&asset.path);
        if let Some(entry) = self.manifest.assets.get(&asset.path)
            && entry.is_of(&asset)
            && let Ok(Some(digests)) = self.folder.digests(&entry.file).await
            && digests.matches(entry.sha256)
        {
            self.report.assets_unchanged += 1;
            let item = TransferItem::Asset(asset.path);
            self.events.emit(ExportEvent::Unchanged { item }).await;
            return Ok(());
        }
        let download = self.export.client.assets().download(&asset.path);
        let download = download.max_size(most_bytes(&asset)).await?;
        let (part, sha256) = self.folder.receive(download).await?;
        let written = self.manifest.written_of_asset(&asset.path, &file);
        let entry = AssetEntry::new(&asset, file.clone(), sha256);
        let item = TransferItem::Asset(asset.path);
        if self.folder.check(&file, sha256, &written).await? {
            // An equal file exists that no export wrote.
            self.manifest.note_asset(entry).await?;
            self.report.assets_unchanged += 1;
            self.events.emit(ExportEvent::Unchanged { item }).await;
            return Ok(());
        }
        self.manifest.note_writing(&file, sha256).await?;
        self.folder.put(part, sha256, &file, written).await?;
        self.manifest.note_exported_asset(entry).await?;
        self.report.assets_written += 1;
        self.emit_written(item, file).await;
        Ok(())
    }
}

fn is_too_large(error: &wikijs_client::Error) -> bool {
    use wikijs_client::error::TransportErrorKind;
    matches!(error, wikijs_client::Error::Transport(error) if error.kind == TransportErrorKind::TooLarge)
}

/// Returns the maximum size of a download. Wiki.js sanitizes an SVG after it has recorded the size, so an SVG may
/// be larger than its listed size.
pub(crate) fn most_bytes(asset: &Asset) -> u64 {
    const MIB: u64 = 1024 * 1024;
    asset.file_size.saturating_mul(4).saturating_add(MIB)
}
