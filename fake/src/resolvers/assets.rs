//! `assets`: files and folders. Uploads and downloads are in the HTTP module.

use super::{Call, FieldValue, Object, Resolved, done, object, response_result};
use crate::auth::{Location, Viewer};
use crate::database::{ForeignKey, Statement};
use crate::errors::{Code, ensure};
use crate::state::FakeAsset;
use crate::state::assets::{join, sanitize};
use serde_json::json;

/// The parent of a folder.
const PARENT: ForeignKey = ForeignKey::new("assetFolders", "parentId", "assetFolders", "id");

pub(super) async fn resolve(call: Call<'_>) -> Resolved {
    let viewer = call.viewer()?;
    if call.type_name == "AssetMutation" {
        let duration = call.state().settings.write_duration;
        tokio::time::sleep(duration).await;
    }
    Ok(response_result(match call.field {
        "list" => return Ok(list(call, viewer)),
        "folders" => return Ok(folders(call, viewer)),
        "createFolder" => create_folder(call),
        "renameAsset" => rename(call, viewer),
        "deleteAsset" => delete(call, viewer),
        "flushTempUploads" => {
            call.state().assets.left_over = 0;
            Ok(done("Temporary Uploads have been flushed successfully."))
        }
        _ => return call.not_imitated(),
    }))
}

fn list(call: Call<'_>, viewer: &Viewer) -> FieldValue {
    let (folder, kind) = (call.int("folderId"), call.text("kind"));
    let is_kind = |file: &FakeAsset| kind == "ALL" || kind == kind_of(file);
    let state = call.state();
    let files = state.assets.files.values().filter(|file| {
        file.folder == folder && is_kind(file) && may(viewer, "read:assets", &file.path)
    });
    files.map(item).collect()
}

fn folders(call: Call<'_>, viewer: &Viewer) -> FieldValue {
    let parent = call.int("parentFolderId");
    let state = call.state();
    let folders = state
        .assets
        .folders
        .values()
        .filter(|folder| folder.parent == parent && may(viewer, "read:assets", &folder.path));
    folders
        .map(|folder| object! { folder [id, slug], "name" => &folder.slug })
        .collect()
}

fn create_folder(call: Call<'_>) -> Resolved<Object> {
    let parent = call.int("parentFolderId");
    let slug = sanitize(call.text("slug")).to_lowercase();
    let mut state = call.state();
    let is_new = state.assets.child(parent, &slug).is_none();
    ensure(is_new, || Code::AssetFolderExists)?;
    let exists = state.assets.folder_path(parent).is_some();
    let insert = Statement::insert(
        "assetFolders",
        [("parentId", json!(parent)), ("slug", json!(slug))],
    );
    if let Err(failure) = state.database().check_reference(exists, PARENT, &insert) {
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
    let file = state.assets.files.get(&call.int("id"));
    let file = file.ok_or(Code::AssetInvalid)?;
    let keeps_type = filename.ends_with(&file.ext);
    ensure(keeps_type, || Code::AssetRenameInvalidExt)?;
    let has_name = file.ext.is_empty() || filename.len() > file.ext.len();
    ensure(has_name, || Code::AssetRenameInvalid)?;
    let is_new = state.assets.named(file.folder, &filename).is_none();
    ensure(is_new, || Code::AssetRenameCollision)?;
    let may_manage = may(viewer, "manage:assets", &file.path);
    ensure(may_manage, || Code::AssetRenameForbidden)?;
    let folder = state.assets.folder_path(file.folder).unwrap_or_default();
    let path = join(folder, &filename);
    let may_write = may(viewer, "write:assets", &path);
    ensure(may_write, || Code::AssetRenameTargetForbidden)?;
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
    let file = state.assets.files.get(&id);
    let file = file.ok_or(Code::AssetInvalid)?;
    let may_manage = may(viewer, "manage:assets", &file.path);
    ensure(may_manage, || Code::AssetDeleteForbidden)?;
    state.assets.files.remove(&id);
    Ok(done("Asset has been deleted successfully."))
}

/// Returns whether the caller may act on a path. Wiki.js checks it without a locale, so rules for locales never match.
fn may(viewer: &Viewer, permission: &str, path: &str) -> bool {
    let location = Location::partial(None, Some(path));
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
