//! `assets`: files and folders. Uploads and downloads are in the HTTP module.

use super::{Call, Object, Resolved, done, object, response_result};
use crate::auth::{Location, Viewer};
use crate::database::{ForeignKey, Statement};
use crate::errors::Failure;
use crate::state::FakeAsset;
use crate::state::assets::{join, sanitize};
use serde_json::json;

/// The parent of a folder.
const PARENT: ForeignKey = ForeignKey("assetFolders", "parentId", "assetFolders", "id");

pub(super) fn query(call: Call<'_>) -> Resolved {
    let viewer = call.viewer()?;
    let state = call.state();
    let readable = |path: &str| may(viewer, "read:assets", path);
    match call.field {
        "list" => {
            let folder = call.int("folderId");
            let kind = call.text("kind");
            let files = state.assets.files.values().filter(|file| {
                let is_kind = kind == "ALL" || kind == kind_of(file);
                file.folder == folder && is_kind && readable(&file.path)
            });
            Ok(files.map(item).collect())
        }
        "folders" => {
            let parent = call.int("parentFolderId");
            let folders = state.assets.folders.values();
            let seen = folders.filter(|folder| folder.parent == parent && readable(&folder.path));
            Ok(seen
                .map(|folder| object! { folder [id, slug], "name" => &folder.slug })
                .collect())
        }
        _ => call.not_imitated(),
    }
}

pub(super) async fn mutate(call: Call<'_>) -> Resolved {
    let viewer = call.viewer()?;
    let duration = call.state().settings.write_duration;
    tokio::time::sleep(duration).await;
    let result = match call.field {
        "createFolder" => create_folder(call),
        "renameAsset" => rename(call, viewer),
        "deleteAsset" => delete(call, viewer),
        "flushTempUploads" => {
            call.state().assets.left_over = 0;
            Ok(done("Temporary Uploads have been flushed successfully."))
        }
        _ => return call.not_imitated(),
    };
    Ok(response_result(result))
}

fn create_folder(call: Call<'_>) -> Resolved<Object> {
    let parent = call.int("parentFolderId");
    let slug = sanitize(call.text("slug")).to_lowercase();
    let mut state = call.state();
    if state.assets.child(parent, &slug).is_some() {
        return Err(Failure::asset_folder_exists());
    }
    let exists = state.assets.folder_path(parent).is_some();
    let row = json!({"name": slug, "parentId": parent, "slug": slug});
    let insert = || Statement::insert("assetFolders", row, "id");
    if let Err(failure) = state.database().check_reference(exists, PARENT, insert) {
        state.assets.skip_folder_id();
        return Err(failure);
    }
    state.assets.add_folder(parent, &slug);
    Ok(done("Asset Folder has been created successfully."))
}

fn rename(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    let filename = sanitize(call.text("filename")).to_lowercase();
    let mut state = call.state();
    let now = state.now();
    let file = state
        .assets
        .files
        .get(&call.int("id"))
        .ok_or_else(Failure::asset_invalid)?;
    if !filename.ends_with(&file.ext) {
        return Err(Failure::asset_rename_invalid_ext());
    }
    if !file.ext.is_empty() && filename.len() == file.ext.len() {
        return Err(Failure::asset_rename_invalid());
    }
    if state.assets.named(file.folder, &filename).is_some() {
        return Err(Failure::asset_rename_collision());
    }
    if !may(viewer, "manage:assets", &file.path) {
        return Err(Failure::asset_rename_forbidden());
    }
    let folder = state.assets.folder_path(file.folder).unwrap_or_default();
    let path = join(folder, &filename);
    if !may(viewer, "write:assets", &path) {
        return Err(Failure::asset_rename_target_forbidden());
    }
    let renamed = FakeAsset {
        path,
        filename,
        updated_at: now,
        ..file.clone()
    };
    state.assets.files.insert(renamed.id, renamed);
    Ok(done("Asset has been renamed successfully."))
}

fn delete(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    let id = call.int("id");
    let mut state = call.state();
    let file = state
        .assets
        .files
        .get(&id)
        .ok_or_else(Failure::asset_invalid)?;
    if !may(viewer, "manage:assets", &file.path) {
        return Err(Failure::asset_delete_forbidden());
    }
    state.assets.files.remove(&id);
    Ok(done("Asset has been deleted successfully."))
}

/// Returns whether the caller may act on a path. Wiki.js checks it without a locale, so rules for locales never match.
fn may(viewer: &Viewer, permission: &str, path: &str) -> bool {
    let location = Location {
        locale: None,
        path: Some(path),
        tags: &[],
    };
    viewer.may(&[permission], location)
}

fn kind_of(file: &FakeAsset) -> &'static str {
    if file.is_image() { "IMAGE" } else { "BINARY" }
}

/// Returns a file as listed. Its `folder`, `author` and `metadata` are always null.
fn item(file: &FakeAsset) -> Object {
    object! {
        file [id, filename, ext, mime, file_size, created_at, updated_at],
        "kind" => kind_of(file),
    }
}
