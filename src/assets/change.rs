//! Renaming and deleting files, and tidying up.

use super::{Asset, Assets, not_found, path::renamed_name};
use crate::{
    api,
    error::{Applied, Error, Result},
    outcome::mutation,
    settle::{Look, until_certain},
    transport::Turn,
};

impl Assets {
    /// Gives a file another name in its folder, and gives it back. What links to the old one is left as
    /// it is.
    ///
    /// The name is stored in lower case and without `? < > : * | "`; other than at an upload, spaces stay.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let photo = wiki.assets().get("docs/photo.png").await?;
    /// let photo = wiki.assets().rename(&photo, "portrait.png").await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for another extension (2008, hazard 39), for a name that is nothing but the
    /// extension (2007), and for one of which Wiki.js would make another: nothing is sent then.
    /// [`is_conflict`](Error::is_conflict) if there is a file of the name in the folder (2005);
    /// [`is_not_found`](Error::is_not_found) if the file is not there any more (2004);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:assets` for its old path (2006) or
    /// `write:assets` for the new one (2009).
    pub async fn rename(&self, asset: &Asset, name: impl AsRef<str>) -> Result<Asset> {
        let name = name.as_ref();
        asset.id.to_argument()?;
        let filename = checked_new_name(asset, name)?;
        let assets = self.clone();
        let asset = asset.clone();
        let work = move |turn| async move {
            // Wiki.js says of its own name that it is taken.
            match assets.again(&asset).await? {
                Some(there) if there.filename == filename => return Ok(there),
                Some(_) => {}
                None => return Err(gone("AssetsRename", &asset)),
            }
            let look = |_| async {
                Ok(match assets.again(&asset).await? {
                    Some(there) if there.filename == filename => Look::Made(there),
                    _ => Look::NotMade,
                })
            };
            until_certain(
                &assets.client,
                "AssetsRename",
                || assets.send_rename(&turn, &asset, &filename),
                look,
            )
            .await
        };
        self.client.write("AssetsRename", work).await
    }

    /// Deletes a file. Nothing brings it back.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let photo = wiki.assets().get("docs/photo.png").await?;
    /// wiki.assets().delete(&photo).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if it is not there any more (2004);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:assets` for its path (2003).
    pub async fn delete(&self, asset: &Asset) -> Result<()> {
        asset.id.to_argument()?;
        let assets = self.clone();
        let asset = asset.clone();
        let work = move |turn| async move {
            let look = |_| async {
                Ok(match assets.again(&asset).await? {
                    Some(_) => Look::NotMade,
                    None => Look::Made(()),
                })
            };
            until_certain(
                &assets.client,
                "AssetsDelete",
                || assets.send_delete(&turn, &asset),
                look,
            )
            .await
        };
        self.client.write("AssetsDelete", work).await
    }

    /// Removes what uploads that were refused or broken off left in the wiki's folder for uploads on its
    /// disk. One that is under way at that moment is lost.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// wiki.assets().flush_temp_uploads().await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn flush_temp_uploads(&self) -> Result<()> {
        let variables = api::assets_flush_temp_uploads::Variables::new();
        mutation!(
            self.client,
            AssetsFlushTempUploads,
            assets.flush_temp_uploads,
            variables
        );
        Ok(())
    }

    /// The same file as it is now.
    async fn again(&self, asset: &Asset) -> Result<Option<Asset>> {
        let files = self.files(&asset.in_folder(), None).await?;
        Ok(files.into_iter().find(|file| file.id == asset.id))
    }

    async fn send_rename(&self, turn: &Turn, asset: &Asset, filename: &str) -> Result<Asset> {
        let variables =
            api::assets_rename::Variables::new(asset.id.to_argument()?, filename.to_owned());
        mutation!(
            self.client,
            turn,
            AssetsRename,
            assets.rename_asset,
            variables
        );
        let renamed = self.again(asset).await;
        renamed
            .map_err(|error| error.with_applied(Applied::Yes))?
            .ok_or_else(|| gone("AssetsRename", asset))
    }

    async fn send_delete(&self, turn: &Turn, asset: &Asset) -> Result<()> {
        let variables = api::assets_delete::Variables {
            id: asset.id.to_argument()?,
        };
        mutation!(
            self.client,
            turn,
            AssetsDelete,
            assets.delete_asset,
            variables
        );
        Ok(())
    }
}

/// Hazard 39, and what no URL would lead to.
fn checked_new_name(asset: &Asset, name: &str) -> Result<String> {
    let filename = renamed_name(name)?;
    let Some(stem) = filename.strip_suffix(asset.ext.as_str()) else {
        return Err(Error::invalid(
            "name",
            format!("`{filename}` does not end with `{}`", asset.ext),
            "keep the extension, or upload the file anew and delete this one",
        ));
    };
    if stem.is_empty() {
        return Err(Error::invalid(
            "name",
            format!("`{filename}` is nothing but the extension"),
            "put a name before it",
        ));
    }
    if filename.contains("..") {
        return Err(Error::invalid(
            "name",
            format!("`{filename}` has two dots in a row, which Wiki.js drops from a URL"),
            "write one dot",
        ));
    }
    Ok(filename)
}

fn gone(operation: &'static str, asset: &Asset) -> Error {
    not_found(operation, "asset", asset.path.as_str())
}
