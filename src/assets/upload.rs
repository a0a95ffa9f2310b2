//! Uploading files.
//!
//! The answer to an upload is the word "ok", also where nothing was stored, and has no id (hazard 37).
//! So the folder is looked at before, whether it is there and whether it has the file, and afterwards.

use std::{fmt, future::IntoFuture, sync::Arc};

use futures::{FutureExt, future::BoxFuture};

use super::{
    Asset, AssetFolder, AssetFolderAt, Assets, Content, Limits, Progress, mime, stored_name,
};
use crate::{
    error::{Applied, Error, HttpError, Incomplete, Result},
    identity,
    settle::{Look, MOST_TRIES, passes, settle},
    transport::{Form, Received, Report, Turn, shown},
};

const OPERATION: &str = "AssetsUpload";

/// What the wiki's database and GraphQL's `Int` take.
const MOST_BYTES: u64 = i32::MAX as u64;

impl Assets {
    /// Uploads a file into a folder, and gives it back as the wiki stores it: under the name that
    /// [`stored_name`] says.
    ///
    /// A file that is there is replaced only if [`replace`](UploadAsset::replace) says so.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// # std::env::set_current_dir(std::env::temp_dir()).unwrap();
    /// # std::fs::write("Photo 1.PNG", [0x89, 0x50]).unwrap();
    /// use wikijs_client::assets::Content;
    ///
    /// let assets = wiki.assets();
    /// let asset = assets.upload("docs/images", "dot.png", vec![0x89, 0x50]).await?;
    /// let asset = assets
    ///     .upload("docs/images", "Photo 1.PNG", Content::file("Photo 1.PNG").await?)
    ///     .replace()
    ///     .on_progress(|progress| println!("{} bytes", progress.transferred))
    ///     .await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn upload(
        &self,
        folder: impl Into<AssetFolderAt>,
        name: impl Into<String>,
        content: impl Into<Content>,
    ) -> UploadAsset {
        UploadAsset {
            assets: self.clone(),
            folder: folder.into(),
            name: name.into(),
            content: content.into(),
            content_type: None,
            replace: false,
            even_if_unreachable: false,
            max_size: None,
            progress: None,
        }
    }
}

/// The upload of a file. Await it.
///
/// Uploads are writes: those of one client, and of its clones, run one after another, and in turn with
/// its other writes. One that is dropped before its last byte is sent is broken off, and nothing is
/// stored; later, the wiki finishes it. The client's timeout is for the time in which nothing moves, and
/// not for the whole upload.
///
/// # Errors
///
/// [`Error::InvalidInput`] for a name of which Wiki.js would make another (see [`stored_name`]), for a
/// path that no URL leads to, and for a file that is larger than the wiki takes.
/// [`is_not_found`](Error::is_not_found) if the folder is not there, into which Wiki.js would lose the
/// file in silence (hazard 37); [`is_conflict`](Error::is_conflict) if the file is there and is not to be
/// replaced; [`is_forbidden`](Error::is_forbidden) without `write:assets` for the path, or without
/// `read:assets`, without which none of this can be seen. In all of these cases nothing is stored.
///
/// Where the answer is lost, the folder is looked at: an upload that was stored succeeds, and another one
/// is made again if its content can be read once more, or says [`Applied::No`]. [`Error::NotDone`] where
/// the wiki says ok and stored nothing.
#[must_use = "a request does nothing until it is awaited"]
pub struct UploadAsset {
    assets: Assets,
    folder: AssetFolderAt,
    name: String,
    content: Content,
    content_type: Option<String>,
    replace: bool,
    even_if_unreachable: bool,
    max_size: Option<u64>,
    progress: Option<Report>,
}

impl UploadAsset {
    /// Replaces the file of the same name if there is one; its id stays.
    pub fn replace(mut self) -> Self {
        self.replace = true;
        self
    }

    /// Of this MIME type, by which Wiki.js decides whether it is an image. Default: by the name's end.
    pub fn content_type(mut self, mime: impl Into<String>) -> Self {
        self.content_type = Some(mime.into());
        self
    }

    /// Also where no URL leads to the file, because its path has no dot, has two in a row or ends like a
    /// page's (`md`, `html`, `txt` unless the wiki is configured otherwise). It can be listed and deleted
    /// then, but not downloaded (hazard 38).
    pub fn even_if_unreachable(mut self) -> Self {
        self.even_if_unreachable = true;
        self
    }

    /// The size in bytes that the wiki takes, where it is known. Default: what the wiki says
    /// (`uploadMaxFileSize` of `site.config`, asked for a file of more than 5 MiB), and 5 MiB where the
    /// caller may not see that. Wiki.js answers a larger one with HTTP 500.
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = Some(bytes);
        self
    }

    /// Calls this with each piece that is handed to the connection. It should return at once. An upload
    /// that is tried again begins again at 0.
    pub fn on_progress(mut self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(report));
        self
    }

    async fn run(self) -> Result<Asset> {
        let filename = stored_name(&self.name)?;
        let content_type = match &self.content_type {
            Some(mime) => checked_mime(mime)?,
            None => mime::of_name(&filename),
        };
        self.assets.check_key()?;
        let content_type = content_type.to_owned();
        self.check_size().await?;
        let client = self.assets.client.clone();
        let work = move |turn| async move {
            let Self {
                assets,
                folder,
                content,
                progress,
                replace,
                even_if_unreachable,
                ..
            } = self;
            let folder = assets.resolve(&folder).await?;
            if !even_if_unreachable {
                assets.check_reachable(&folder, &filename).await?;
            }
            let before = Before {
                files: assets.files(&folder, None).await?,
                folder,
                bytes: content.len(),
            };
            if !replace && let Some(there) = before.named(&filename) {
                return Err(Error::Exists {
                    operation: OPERATION,
                    what: format!("the file `{}` is there already", there.path),
                });
            }
            let form = Arc::new(Form {
                url: assets.upload_url()?,
                metadata: format!("{{\"folderId\":{}}}", before.folder.id),
                filename,
                content_type,
                content,
                progress,
            });
            assets.upload_in(&turn, &form, &before).await
        };
        client.write(OPERATION, work).await
    }

    /// Too large a file is answered with HTTP 500 when it has arrived.
    async fn check_size(&self) -> Result<()> {
        let bytes = self.content.len();
        let usual = Limits::default().file_bytes;
        let most = match self.max_size {
            Some(most) => most,
            None if bytes <= usual => usual,
            None => self.assets.limits().await?.file_bytes,
        };
        let most = most.min(MOST_BYTES);
        if bytes > most {
            return Err(too_large(bytes, &format!("the wiki takes {most}")));
        }
        Ok(())
    }
}

impl IntoFuture for UploadAsset {
    type Output = Result<Asset>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}

impl fmt::Debug for UploadAsset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadAsset")
            .field("folder", &self.folder)
            .field("name", &self.name)
            .field("content", &self.content)
            .field("replace", &self.replace)
            .finish_non_exhaustive()
    }
}

/// The folder before the upload, and what is to be found afterwards.
struct Before {
    folder: AssetFolder,
    files: Vec<Asset>,
    bytes: u64,
}

impl Before {
    fn named(&self, filename: &str) -> Option<&Asset> {
        self.files.iter().find(|file| file.filename == filename)
    }

    /// Whether the file was stored since, and is of the size that was sent.
    fn is_new(&self, file: &Asset) -> bool {
        let earlier = self.files.iter().find(|earlier| earlier.id == file.id);
        let changed = earlier.is_none_or(|earlier| earlier.updated_at != file.updated_at);
        changed && file.file_size == self.bytes
    }
}

impl Assets {
    async fn check_reachable(&self, folder: &AssetFolder, filename: &str) -> Result<()> {
        let path = folder.path.join_name(filename);
        let usual = Limits::default().page_extensions;
        let because = match path.unreachable_because(&usual) {
            None => return Ok(()),
            // The wiki may be configured otherwise.
            Some(_) => path.unreachable_because(&self.limits().await?.page_extensions),
        };
        match because {
            None => Ok(()),
            Some(because) => Err(Error::invalid(
                "name",
                format!("`{path}` {because}, so that no URL leads to the file"),
                "give it another extension, such as that of an archive, or say even_if_unreachable()",
            )),
        }
    }

    fn upload_url(&self) -> Result<url::Url> {
        let mut url = self.client.url().clone();
        match url.path_segments_mut() {
            Ok(mut segments) => {
                segments.pop_if_empty().push("u");
            }
            Err(()) => {
                return Err(Error::invalid(
                    "url",
                    "it has no paths",
                    "configure the wiki's address",
                ));
            }
        }
        Ok(url)
    }

    /// Uploads until it is certain what became of the file.
    async fn upload_in(&self, turn: &Turn, form: &Arc<Form>, before: &Before) -> Result<Asset> {
        let mut look = |_| async {
            let files = self.files(&before.folder, None).await?;
            let stored = files
                .into_iter()
                .find(|file| file.filename == form.filename && before.is_new(file));
            Ok(stored.map_or(Look::NotMade, Look::Made))
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match self.send_upload(turn, form, before).await {
                Ok(stored) => return Ok(stored),
                Err(error) if error.applied() != Applied::Unknown => return Err(error),
                Err(error) => error,
            };
            match settle(&self.client, &error, &mut look).await {
                Some(Look::Made(stored)) => {
                    tracing::info!(OPERATION, %error, "an upload that was reported as failed was stored");
                    return Ok(stored);
                }
                Some(_) if passes(&error) && tries < MOST_TRIES && form.content.can_be_opened() => {
                    tracing::warn!(OPERATION, tries, %error, "an upload was not stored, trying again");
                }
                Some(_) => return Err(error.with_applied(Applied::No)),
                None => return Err(error),
            }
        }
    }

    async fn send_upload(&self, turn: &Turn, form: &Arc<Form>, before: &Before) -> Result<Asset> {
        let answer = match self
            .client
            .inner()
            .transport
            .upload(OPERATION, form, turn)
            .await
        {
            Ok(answer) => answer,
            Err(error) => return Err(self.explain_refusal(form, error).await),
        };
        if answer.body != b"ok" {
            return Err(self.not_ok(&answer));
        }
        let files = self.files(&before.folder, None).await.map_err(|source| {
            Error::Incomplete(Box::new(Incomplete {
                done: format!("`{}` is uploaded", form.filename),
                missing: "the folder could not be looked at".to_owned(),
                source,
            }))
        })?;
        let mut new = files.into_iter().filter(|file| before.is_new(file));
        let first = new.next();
        let stored = match first {
            Some(file) if file.filename == form.filename => Some(file),
            // Somebody else's, unless Wiki.js made another name of this one.
            other => new.find(|file| file.filename == form.filename).or(other),
        };
        stored.ok_or_else(|| Error::NotDone {
            operation: OPERATION,
            what: format!(
                "the folder does not have `{}`: its log says why",
                form.filename
            ),
        })
    }

    /// What Wiki.js says of a file that is too large, and to whom it does not know.
    async fn explain_refusal(&self, form: &Form, error: Error) -> Error {
        match &error {
            Error::Http(http) if http.problem == "File too large" => {
                too_large(form.content.len(), "the wiki takes less")
            }
            _ if error.is_forbidden() => {
                let known = identity::knows_caller(&self.client).await;
                if known.unwrap_or(true) {
                    error
                } else {
                    identity::ignored(&self.client)
                }
            }
            _ => error,
        }
    }

    fn not_ok(&self, answer: &Received) -> Error {
        let text = String::from_utf8_lossy(&answer.body);
        Error::Http(Box::new(HttpError {
            operation: OPERATION.to_owned(),
            status: answer.status,
            problem: "another answer than that of a wiki to an upload; is no login page before it?"
                .to_owned(),
            body: shown(self.client.credentials(), &text),
            retry_after: None,
            applied: Applied::Unknown,
        }))
    }
}

fn too_large(bytes: u64, limit: &str) -> Error {
    Error::invalid(
        "content",
        format!("the file has {bytes} bytes, and {limit}"),
        "raise the wiki's limit in Administration > Security, or upload a smaller one",
    )
}

fn checked_mime(mime: &str) -> Result<&str> {
    let is_plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b';')
    };
    match mime.split_once('/') {
        Some((kind, subtype)) if is_plain(kind) && is_plain(subtype) && mime.len() <= 255 => {
            Ok(mime)
        }
        _ => Err(Error::invalid(
            "content_type",
            format!("`{mime}` is not a MIME type"),
            "write it as image/png",
        )),
    }
}
