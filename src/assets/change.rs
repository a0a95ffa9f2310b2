//! Rename and deletion of files.

use super::{Asset, Assets, not_found, path::renamed_name};
use crate::{
    call::Call,
    error::{Error, Result},
    handle::Handle,
    response::sending,
    text::refuse_if,
    write::{Observation, Repeat},
};

impl Assets {
    /// Renames a file within its folder, and returns it. Links to the old name are not changed.
    ///
    /// Wiki.js converts the name to lower case and removes `? < > : * | "`. Unlike in an upload, spaces remain.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let photo = wiki.assets().get("docs/photo.png").await?;
    /// let photo = wiki.assets().rename(&photo, "portrait.png").await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for another extension (2008, [K39](crate::guide::known_issues#k39)), for a name
    ///   that is only the extension (2007), and for a name that Wiki.js would replace. No request is sent then.
    /// - [`is_conflict`](Error::is_conflict) if the folder has a file of this name (2005).
    /// - [`is_not_found`](Error::is_not_found) if the file no longer exists (2004).
    /// - [`is_forbidden`](Error::is_forbidden) without `manage:assets` for its old path (2006) or `write:assets`
    ///   for the new one (2009).
    pub fn rename(&self, asset: &Asset, name: impl AsRef<str>) -> Call<Asset> {
        let id = asset.id.to_argument();
        let filename = id.and_then(|_| checked_new_name(asset, name.as_ref()));
        let (asset, filename, checked) = match filename {
            Ok(filename) => (asset.clone(), filename, Ok(())),
            Err(error) => (asset.clone(), String::new(), Err(error)),
        };
        self.mutate("AssetsRename", checked, |write| async move {
            let Some(before) = write.reread(&asset).await? else {
                return Err(not_found("AssetsRename", "asset", asset.path.as_str()));
            };
            // Wiki.js would report a conflict with the file itself.
            if before.filename == filename {
                return Ok(before);
            }
            let target = write.target(format!("asset `{}`", before.path));
            let target = target.refused_if_executed(Error::is_conflict);
            let (id, name) = (asset.id.get(), filename.clone());
            let send = sending!(write, AssetsRename, assets.rename_asset(id, name));
            let observe = |_| async {
                Ok(match write.reread(&asset).await? {
                    Some(now) if now.filename == filename => Observation::Applied(now),
                    Some(now) if now.filename == before.filename => Observation::Unchanged,
                    Some(now) => Observation::Foreign(format!(
                        "it was renamed to `{}` by somebody else",
                        now.filename
                    )),
                    None => Observation::Foreign("it was deleted by somebody else".to_owned()),
                })
            };
            write.reconcile(target, send, observe).await
        })
    }

    /// Deletes a file. It cannot be restored.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let photo = wiki.assets().get("docs/photo.png").await?;
    /// wiki.assets().delete(&photo).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if the file no longer exists (2004);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:assets` for its path (2003).
    pub fn delete(&self, asset: &Asset) -> Call<()> {
        let (asset, checked) = (asset.clone(), asset.id.to_argument().map(drop));
        self.mutate("AssetsDelete", checked, |write| async move {
            // Lists omit files that the caller may not read, so for such a caller a missing file proves nothing.
            let is_visible = match write.reread(&asset).await {
                Err(error) if error.is_forbidden() => false,
                found => found?.is_some(),
            };
            let target = write.target(format!("asset `{}`", asset.path));
            let target = target
                .repeat(Repeat::Automatic)
                .refused_if_executed_after(Ok(is_visible), Error::is_not_found)?;
            let send =
                sending!(write, AssetsDelete, assets.delete_asset(asset.id.get()) => Some(()));
            let observe = |_| async {
                Ok(match write.reread(&asset).await? {
                    Some(_) => Observation::Unchanged,
                    None if is_visible => Observation::Applied(()),
                    None => Observation::Hidden,
                })
            };
            write.reconcile(target, send, observe).await
        })
    }

    /// Deletes the files of refused and interrupted uploads in the temporary folder on the wiki's disk. An upload
    /// that is in flight is lost.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// wiki.assets().flush_temp_uploads().await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`. [`Error::Unconfirmed`] if the response
    /// was lost, because the API has no access to that folder.
    pub fn flush_temp_uploads(&self) -> Call<()> {
        self.mutate("AssetsFlushTempUploads", Ok(()), |write| async move {
            let send =
                sending!(write, AssetsFlushTempUploads, assets.flush_temp_uploads() => Some(()));
            let target = write.target("the folder for uploads");
            write.send_unobserved(target, send).await
        })
    }

    /// Reads a file again.
    async fn reread(&self, asset: &Asset) -> Result<Option<Asset>> {
        let files = self.files(&asset.in_folder(), None).await?;
        Ok(files.into_iter().find(|file| file.id == asset.id))
    }
}

/// Returns the name under which Wiki.js stores a renamed file. Returns an error for another extension
/// ([K39](crate::guide::known_issues#k39)), and for a name that no URL can contain.
fn checked_new_name(asset: &Asset, name: &str) -> Result<String> {
    let filename = renamed_name(name)?;
    refuse_if! {
        !filename.ends_with(&asset.ext) => "name",
            format!("`{filename}` does not end with `{}`", asset.ext),
            "keep the extension, or upload the file again and delete this one";
        filename == asset.ext => "name",
            format!("`{filename}` is only the extension"), "put a name before it";
        filename.contains("..") => "name",
            format!("`{filename}` has two dots in a row, which Wiki.js removes from a URL"), "write one dot";
    }?;
    Ok(filename)
}
