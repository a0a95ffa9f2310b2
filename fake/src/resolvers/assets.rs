//! `assets`: files and folders. What goes over `/u` and is downloaded is HTTP's.

use super::{Arguments, outcome};
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use crate::state::FakeAsset;
use crate::state::assets::{join, sanitize};

const INSERT_FOLDER: &str = "insert into \"assetFolders\" (\"name\", \"parentId\", \"slug\") values ($1, $2, $3) \
    returning \"id\"";

pub(super) fn query(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let viewer = viewer(context)?;
    let state = context.shared.state();
    let readable = |path: &str| may(viewer, "read:assets", path);
    match field {
        "list" => {
            let folder = arguments.int("folderId").unwrap_or_default();
            let kind = arguments.text("kind").unwrap_or_default();
            let files = state.assets.files.values().filter(|file| {
                let is_kind = kind == "ALL" || kind == kind_of(file);
                file.folder == folder && is_kind && readable(&file.path)
            });
            Ok(files.map(item).collect())
        }
        "folders" => {
            let parent = arguments.int("parentFolderId").unwrap_or_default();
            let folders = state.assets.folders.values();
            let seen = folders.filter(|folder| folder.parent == parent && readable(&folder.path));
            Ok(seen
                .map(|folder| {
                    record! { "id" => folder.id, "slug" => &folder.slug, "name" => &folder.slug }
                })
                .collect())
        }
        _ => Err(Failure::not_imitated("AssetQuery", field)),
    }
}

pub(super) async fn mutate(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let viewer = viewer(context)?;
    let duration = context.shared.state().settings.write_duration;
    tokio::time::sleep(duration).await;
    let result = match field {
        "createFolder" => create_folder(context, arguments),
        "renameAsset" => rename(context, viewer, arguments),
        "deleteAsset" => delete(context, viewer, arguments),
        "flushTempUploads" => {
            context.shared.state().assets.left_over = 0;
            Ok(outcome::done(
                "Temporary Uploads have been flushed successfully.",
            ))
        }
        _ => return Err(Failure::not_imitated("AssetMutation", field)),
    };
    Ok(outcome::of(result))
}

fn create_folder(context: &Context, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let parent = arguments.int("parentFolderId").unwrap_or_default();
    let slug = sanitize(arguments.text("slug").unwrap_or_default()).to_lowercase();
    let mut state = context.shared.state();
    if state.assets.child(parent, &slug).is_some() {
        return Err(Failure::asset_folder_exists());
    }
    if state.assets.folder_path(parent).is_none() {
        state.assets.skip_folder_id();
        return Err(Failure::foreign_key_of(
            INSERT_FOLDER,
            "assetFolders",
            "assetfolders_parentid_foreign",
        ));
    }
    state.assets.add_folder(parent, &slug);
    Ok(outcome::done("Asset Folder has been created successfully."))
}

fn rename(context: &Context, viewer: &Viewer, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let filename = sanitize(arguments.text("filename").unwrap_or_default()).to_lowercase();
    let mut state = context.shared.state();
    let now = state.now();
    let file = state
        .assets
        .files
        .get(&arguments.int("id").unwrap_or_default());
    let file = file.ok_or_else(Failure::asset_invalid)?;
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
    Ok(outcome::done("Asset has been renamed successfully."))
}

fn delete(context: &Context, viewer: &Viewer, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    let mut state = context.shared.state();
    let file = state.assets.files.get(&id);
    let file = file.ok_or_else(Failure::asset_invalid)?;
    if !may(viewer, "manage:assets", &file.path) {
        return Err(Failure::asset_delete_forbidden());
    }
    state.assets.files.remove(&id);
    Ok(outcome::done("Asset has been deleted successfully."))
}

/// Page rules that are limited to locales never match: Wiki.js asks without one.
fn may(viewer: &Viewer, permission: &str, path: &str) -> bool {
    let place = Place {
        locale: None,
        path: Some(path),
        tags: &[],
    };
    viewer.may(&[permission], place)
}

fn viewer(context: &Context) -> Result<&Viewer, Failure> {
    context
        .viewer
        .as_ref()
        .ok_or_else(|| Failure::error("Unauthorized"))
}

fn kind_of(file: &FakeAsset) -> &'static str {
    if file.is_image() { "IMAGE" } else { "BINARY" }
}

/// `folder`, `author` and `metadata` are null always.
fn item(file: &FakeAsset) -> Record {
    record! {
        "id" => file.id,
        "filename" => &file.filename,
        "ext" => &file.ext,
        "kind" => kind_of(file),
        "mime" => &file.mime,
        "fileSize" => file.file_size,
        "createdAt" => &file.created_at,
        "updatedAt" => &file.updated_at,
    }
}
