//! Shared functions of the tests.

use std::{fs, path::Path, time::Duration};

use tempfile::TempDir;
use wikijs_client::{Client, RetryPolicy};
use wikijs_fake::FakeWiki;
use wikijs_transfer::{AssetAction, ImportPlan, PageAction, TransferExt};

/// Starts a fake wiki, and returns it with a client that does not retry.
pub async fn fake() -> (FakeWiki, Client) {
    let fake = FakeWiki::builder()
        .locales(["fr", "pt-br"])
        .write_duration(Duration::ZERO)
        .start()
        .await;
    let client = of(&fake);
    (fake, client)
}

pub fn of(fake: &FakeWiki) -> Client {
    let retry = RetryPolicy::none();
    let client = Client::builder(fake.url()).api_key(fake.api_key());
    client.retry(retry).build().unwrap()
}

/// Exports the whole wiki into the folder.
pub async fn exported(wiki: &Client, folder: &TempDir) {
    let report = wiki.export(folder.path()).await.unwrap();
    assert!(report.is_complete(), "{report}");
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub fn write(folder: &TempDir, file: &str, text: &str) {
    let path = folder.path().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub fn read(folder: &TempDir, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).unwrap()
}

/// Returns the files of a folder, without the manifest.
pub fn files(folder: &TempDir) -> Vec<String> {
    fn walk(root: &Path, folder: &Path, files: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                let file = path.strip_prefix(root).unwrap();
                files.push(file.to_str().unwrap().to_owned());
            }
        }
    }
    let mut files = Vec::new();
    walk(folder.path(), folder.path(), &mut files);
    files.retain(|file| !file.starts_with(".wikijs"));
    files.sort();
    files
}

/// Returns a short form of a plan.
pub fn todo(plan: &ImportPlan) -> Vec<String> {
    let pages = plan.pages.iter().filter_map(|page| {
        let path = &page.place.path;
        Some(match &page.action {
            PageAction::Create => format!("create {path}"),
            PageAction::Update { fields, .. } => format!("update {path} {}", fields[0]),
            PageAction::Delete { .. } => format!("delete {path}"),
            PageAction::Conflict { reason, .. } => format!("conflict {path} {reason:?}"),
            _ => return None,
        })
    });
    let assets = plan.assets.iter().filter_map(|asset| {
        let path = &asset.path;
        Some(match asset.action {
            AssetAction::Upload => format!("upload {path}"),
            AssetAction::Replace => format!("replace {path}"),
            AssetAction::Delete => format!("remove {path}"),
            AssetAction::Conflict(reason) => format!("conflict {path} {reason:?}"),
            _ => return None,
        })
    });
    let folders = plan.asset_folders.iter();
    let folders = folders.map(|folder| format!("folder {folder}"));
    pages.chain(folders).chain(assets).collect()
}
