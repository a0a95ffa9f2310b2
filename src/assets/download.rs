//! Downloading files.

use std::{
    future::IntoFuture,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures::{FutureExt, TryStreamExt, future::BoxFuture};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use url::Url;

use super::{AssetPath, Assets, not_found};
use crate::{
    error::{Error, Result},
    identity,
    transport::{Download, Missing, local},
};

const OPERATION: &str = "AssetsDownload";

impl Assets {
    /// Downloads the file at this path: one request, whose answer is a stream of bytes.
    ///
    /// The case does not matter where Wiki.js stored the file itself, in lower case: a path that leads to
    /// nothing is tried in lower case, too (hazard 38).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// # std::env::set_current_dir(std::env::temp_dir()).unwrap();
    /// use futures::TryStreamExt;
    ///
    /// let photo = wiki.assets().download("docs/photo.png").await?.bytes().await?;
    /// let size = wiki.assets().download("docs/film.mp4").await?.to_file("film.mp4").await?;
    ///
    /// let mut film = wiki.assets().download("docs/film.mp4").await?;
    /// println!("{:?}, {:?} bytes", film.content_type(), film.length());
    /// while let Some(piece) = film.try_next().await? {
    ///     println!("{} more", piece.len());
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn download(&self, path: impl Into<AssetPath>) -> DownloadAsset {
        DownloadAsset {
            assets: self.clone(),
            path: path.into(),
            max_size: None,
        }
    }

    /// The address of the file at this path, to link to it from elsewhere. Whether it is there is not
    /// asked.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let url = wiki.assets().url("docs/photo 1.png")?; // https://wiki.example.com/docs/photo%201.png
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a path that no URL leads to: without a dot, with two in a row, with an
    /// empty segment.
    pub fn url(&self, path: impl Into<AssetPath>) -> Result<Url> {
        let path = path.into();
        // Which extensions are pages' is the wiki's to say.
        match path.unreachable_because(&[]) {
            None => path.url(self.client.url(), self.client.default_locale()),
            Some(because) => Err(Error::invalid(
                "path",
                format!("`{path}` {because}"),
                "pass the path of a file that has an extension",
            )),
        }
    }
}

/// The download of a file. Await it: it is there when its first byte is.
///
/// The request goes to the wiki's own address and follows no redirection, so that neither the key nor the
/// question gets elsewhere. The client's timeout is for the time in which nothing comes, and not for the
/// whole download.
///
/// # Errors
///
/// [`Error::InvalidInput`] for a path that no URL leads to; [`is_not_found`](Error::is_not_found) if there
/// is no file, or if Wiki.js takes the path for that of a page (`md`, `html`, `txt`, hazard 38);
/// [`is_forbidden`](Error::is_forbidden) without `read:assets` for the path, whether there is a file or
/// not; [`TransportErrorKind::TooLarge`](crate::error::TransportErrorKind::TooLarge) for more bytes than
/// [`max_size`](Self::max_size).
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct DownloadAsset {
    assets: Assets,
    path: AssetPath,
    max_size: Option<u64>,
}

impl DownloadAsset {
    /// The most bytes that are taken. Default: the client's
    /// [`max_answer_bytes`](crate::ClientBuilder::max_answer_bytes), 256 MiB.
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = Some(bytes);
        self
    }

    async fn run(self) -> Result<Download> {
        match (self.fetch(&self.path).await, self.path.in_lower_case()) {
            (Err(error), Some(lower)) if error.is_not_found() => match self.fetch(&lower).await {
                Err(again) if again.is_not_found() => Err(error),
                other => other,
            },
            (result, _) => result,
        }
    }

    async fn fetch(&self, path: &AssetPath) -> Result<Download> {
        let Self { assets, .. } = self;
        let url = assets.url(path)?;
        assets.check_key()?;
        let generation = assets.client.token_generation()?;
        let result = match self.ask(&url).await {
            Err(error) if error.is_unauthenticated() || error.is_forbidden() => {
                identity::mend(&assets.client, error, generation).await?;
                self.ask(&url).await
            }
            other => other,
        };
        match result {
            Ok(Ok(file)) if !is_page(&file, path) => Ok(file),
            Ok(Ok(_) | Err(Missing { is_page: true })) => Err(taken_for_page(path)),
            Ok(Err(Missing { is_page: false })) => {
                Err(not_found(OPERATION, "asset", path.as_str()))
            }
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, url: &Url) -> Result<Result<Download, Missing>> {
        let transport = &self.assets.client.inner().transport;
        transport.download(OPERATION, url, self.max_size).await
    }
}

impl IntoFuture for DownloadAsset {
    type Output = Result<Download>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}

/// Whether a page came instead of the file: HTML that is not sent as a file.
fn is_page(file: &Download, path: &AssetPath) -> bool {
    let is_html = file
        .content_type()
        .is_some_and(|mime| mime.starts_with("text/html"));
    let may_be_html = [".html", ".htm", ".shtml"]
        .iter()
        .any(|end| path.as_str().ends_with(end));
    is_html && !(may_be_html && file.is_sent_as_file())
}

fn taken_for_page(path: &AssetPath) -> Error {
    Error::NotFound {
        operation: OPERATION,
        what: format!("the wiki shows a page at `{path}`, and not a file"),
    }
}

impl Download {
    /// The whole file in memory.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] as of the stream.
    pub async fn bytes(mut self) -> Result<Bytes> {
        let expected = usize::try_from(self.length().unwrap_or_default()).unwrap_or_default();
        let mut bytes = Vec::with_capacity(expected);
        while let Some(piece) = self.try_next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.into())
    }

    /// Writes the file, piece by piece, and gives the number of its bytes. The writer is flushed.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] as of the stream, and with
    /// [`TransportErrorKind::Local`](crate::error::TransportErrorKind::Local) where the writer fails. What
    /// was written until then stays.
    pub async fn write_to(
        mut self,
        writer: &mut (impl AsyncWrite + Unpin + ?Sized),
    ) -> Result<u64> {
        while let Some(piece) = self.try_next().await? {
            let written = writer.write_all(&piece).await;
            written.map_err(|error| local(OPERATION, error))?;
        }
        let flushed = writer.flush().await;
        flushed.map_err(|error| local(OPERATION, error))?;
        Ok(self.progress().transferred)
    }

    /// Writes the file to this path on this machine, in place of what is there, and gives the number of
    /// its bytes.
    ///
    /// It is written beside it, with `.part` behind the name, and takes the path only when it is
    /// complete.
    ///
    /// # Errors
    ///
    /// As [`write_to`](Self::write_to); the path is as it was then.
    pub async fn to_file(self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let part = Part::beside(path);
        let failed = |error| local(OPERATION, error);
        let mut file = tokio::fs::File::create(&part.0).await.map_err(failed)?;
        let bytes = self.write_to(&mut file).await?;
        file.sync_all().await.map_err(failed)?;
        drop(file);
        tokio::fs::rename(&part.0, path).await.map_err(failed)?;
        Ok(bytes)
    }
}

/// A file that is not complete. It does not outlive the one who writes it.
struct Part(PathBuf);

impl Part {
    fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        Self(name.into())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Nothing is there any more once it is complete.
        let _ = std::fs::remove_file(&self.0);
    }
}
