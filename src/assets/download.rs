//! Download of files.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures::TryStreamExt;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    time::Instant,
};
use url::Url;

use super::{AssetPath, Assets, not_found};
use crate::{
    call::request,
    client::{verification, with_deadline},
    error::{Applied, Error, ObjectError, Result},
    transport::{Download, Missing},
};

const OPERATION: &str = "AssetsDownload";

impl Assets {
    /// Downloads the file at this path, as a stream of bytes.
    ///
    /// If there is no file at the path, the client tries the path in lower case, because Wiki.js stores names in lower
    /// case ([K38](crate::guide::known_issues#k38)).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
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
    /// # });
    /// ```
    pub fn download(&self, path: impl Into<AssetPath>) -> DownloadAsset {
        DownloadAsset::new(self.clone(), path.into())
    }

    /// Returns the URL of the file at this path, without checking that the file exists.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let url = wiki.assets().url("docs/photo 1.png")?; // https://wiki.example.com/docs/photo%201.png
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a path that no URL of a file can have: without a dot, with two dots in a row, or
    /// with an empty segment.
    pub fn url(&self, path: impl Into<AssetPath>) -> Result<Url> {
        let path = path.into();
        // The extensions of pages are not checked, because they are a setting of the wiki, which requires a request.
        match path.unreachable_because(&[]) {
            None => path.url(self.client.url(), &self.client.assumed_locale()),
            Some(because) => Err(Error::invalid(
                "path",
                format!("`{path}` {because}"),
                "pass the path of a file that has an extension",
            )),
        }
    }
}

request! {
    /// Request builder for a download, returned by [`Assets::download`]. Await it for a [`Download`], which is returned
    /// when the response begins.
    ///
    /// The request is sent to the wiki only, and redirects are not followed, so that the credentials reach no other
    /// server. The client's timeout limits the time without received bytes, not the whole download.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a path that no URL of a file can have; [`is_not_found`](Error::is_not_found) if
    /// there is no file, or if Wiki.js treats the path as that of a page (`md`, `html`, `txt`,
    /// [K38](crate::guide::known_issues#k38)); [`is_forbidden`](Error::is_forbidden) without `read:assets` for the
    /// path, even if the file does not exist;
    /// [`TransportErrorKind::TooLarge`](crate::error::TransportErrorKind::TooLarge) for more bytes than
    /// [`max_size`](Self::max_size).
    DownloadAsset(assets: Assets, path: AssetPath) -> Download, run {
        max_size: Option<u64> = None;
    }

    /// Limits the size of the file, in bytes. Default: the client's
    /// [`max_response_bytes`](crate::ClientBuilder::max_response_bytes), 256 MiB.
    max_size(bytes: u64) => max_size = Some(bytes);
}

impl DownloadAsset {
    async fn run(self) -> Result<Download> {
        self.assets.client.tasks().refuse_if_closed(OPERATION)?;
        let deadline = self.assets.client.deadline();
        let attempts = async {
            let asked = self.fetch(&self.path, deadline).await;
            match (asked, self.path.in_lower_case()) {
                (Err(error), Some(lower)) if error.is_not_found() => {
                    let in_lower_case = self.fetch(&lower, deadline).await;
                    in_lower_case.map_err(|again| if again.is_not_found() { error } else { again })
                }
                (result, _) => result,
            }
        };
        with_deadline(deadline, OPERATION, || Applied::No, attempts).await
    }

    async fn fetch(&self, path: &AssetPath, deadline: Option<Instant>) -> Result<Download> {
        let Self { assets, .. } = self;
        let url = assets.url(path)?;
        verification::check_expired(&assets.client).await?;
        let generation = assets.client.token_generation();
        let result = match self.ask(&url, deadline).await {
            Err(error) if error.is_unauthenticated() || error.is_forbidden() => {
                verification::recover(&assets.client, error, generation).await?;
                self.ask(&url, deadline).await
            }
            other => other,
        };
        match result {
            Ok(Ok(file)) if !is_page(&file, path) => Ok(file),
            Ok(Ok(_) | Err(Missing { is_page: true })) => {
                // A wiki whose installation is not finished returns a page for every path.
                verification::check_available(&assets.client).await?;
                Err(page_instead_of_file(path))
            }
            Ok(Err(Missing { is_page: false })) => {
                Err(not_found(OPERATION, "asset", path.as_str()))
            }
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, url: &Url, deadline: Option<Instant>) -> Result<Result<Download, Missing>> {
        let transport = &self.assets.client.inner().transport;
        transport
            .download(OPERATION, url, self.max_size, deadline)
            .await
    }
}

/// Returns `true` for a page instead of the file: HTML without a file name.
fn is_page(file: &Download, path: &AssetPath) -> bool {
    let is_html = file
        .content_type()
        .is_some_and(|mime| mime.starts_with("text/html"));
    let may_be_html = [".html", ".htm", ".shtml"]
        .iter()
        .any(|end| path.as_str().ends_with(end));
    is_html && !(may_be_html && file.is_sent_as_file())
}

fn page_instead_of_file(path: &AssetPath) -> Error {
    Error::NotFound(ObjectError::new(
        OPERATION,
        format_args!("asset `{path}`"),
        "not found, the wiki shows a page at this path",
    ))
}

/// Maximum memory that is reserved for a file before its bytes arrive.
const MAX_RESERVED: usize = 16 * 1024 * 1024;

impl Download {
    /// Reads the whole file into memory.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] if the download fails, as in the items of the stream.
    pub async fn bytes(mut self) -> Result<Bytes> {
        // The length comes from the server and may be wrong.
        let expected = usize::try_from(self.length().unwrap_or_default()).unwrap_or_default();
        let mut bytes = Vec::with_capacity(expected.min(MAX_RESERVED));
        while let Some(piece) = self.try_next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.into())
    }

    /// Writes the file to a writer, flushes it, and returns the number of bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`], as the items of the stream, and with
    /// [`TransportErrorKind::Local`](crate::error::TransportErrorKind::Local) if the writer fails. The bytes
    /// written so far remain.
    pub async fn write_to(
        mut self,
        writer: &mut (impl AsyncWrite + Unpin + ?Sized),
    ) -> Result<u64> {
        while let Some(piece) = self.try_next().await? {
            let written = writer.write_all(&piece).await;
            written.map_err(|error| Error::local(OPERATION, error))?;
        }
        let flushed = writer.flush().await;
        flushed.map_err(|error| Error::local(OPERATION, error))?;
        Ok(self.progress().transferred)
    }

    /// Writes the file to a path on this machine, replacing an existing file, and returns the number of bytes.
    ///
    /// The bytes are written to a temporary file in the same folder, which is renamed when it is complete. The path
    /// always has either the old file or the complete new one, even with concurrent downloads to the same path.
    ///
    /// # Errors
    ///
    /// As [`write_to`](Self::write_to). The path is unchanged then, and the temporary file is removed.
    pub async fn to_file(self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let failed = |error| Error::local(OPERATION, error);
        let (part, mut file) = Part::beside(path).await.map_err(failed)?;
        let bytes = self.write_to(&mut file).await?;
        file.sync_all().await.map_err(failed)?;
        drop(file);
        tokio::fs::rename(&part.0, path).await.map_err(failed)?;
        Ok(bytes)
    }
}

/// A temporary file. Dropping it removes the file.
struct Part(PathBuf);

impl Part {
    /// Creates a file with an unused name in the folder of `path`.
    async fn beside(path: &Path) -> io::Result<(Self, tokio::fs::File)> {
        loop {
            // The name is random and short, because the target's name may already have the maximum length.
            let name = format!(".{:016x}.part", RandomState::new().hash_one(path));
            let part = path.with_file_name(name);
            let created = {
                let part = part.clone();
                // The file and its guard are created in one step, so that dropping the future leaves no file.
                let create =
                    move || std::fs::File::create_new(&part).map(|file| (Self(part), file));
                tokio::task::spawn_blocking(create).await
            };
            match created.map_err(io::Error::other)? {
                Ok((part, file)) => return Ok((part, tokio::fs::File::from_std(file))),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // An error is ignored: a complete file was already renamed.
        let _ = std::fs::remove_file(&self.0);
    }
}
