//! Upload of files.
//!
//! The response to an upload is the word "ok", even if nothing was stored, and has no id
//! ([K37](crate::guide::known_issues#k37)). The client therefore lists the folder before and after the upload. It then
//! downloads the file and compares a digest of its bytes with that of the sent bytes, because a file of the same name
//! and size may be somebody else's.

use std::sync::{Arc, OnceLock};

use futures::TryStreamExt;

use super::{
    Asset, AssetFolder, AssetFolderAt, AssetLimits, Assets, Content, Progress, already_exists,
    path::url_below, stored_name,
};
use crate::{
    call::request,
    client::verification,
    error::{Applied, Error, HttpError, Result, TransportErrorKind},
    handle::{Handle, Write},
    text::refuse_if,
    transport::{Digest, Form, Received, Report, body_excerpt},
    types::opaque_debug,
    write::{Observation, Response},
};

const OPERATION: &str = "AssetsUpload";

/// Maximum size of a file in the wiki's database and in GraphQL's `Int`.
const MAX_BYTES: u64 = i32::MAX as u64;

impl Assets {
    /// Uploads a file into a folder, and returns it as stored, under the name that [`stored_name`] returns.
    ///
    /// An existing file is replaced only if [`replace`](UploadAsset::replace) is set.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
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
    /// # });
    /// ```
    pub fn upload(
        &self,
        folder: impl Into<AssetFolderAt>,
        name: impl Into<String>,
        content: impl Into<Content>,
    ) -> UploadAsset {
        UploadAsset::new(
            self.clone(),
            folder.into(),
            name.into(),
            Arc::new(content.into()),
        )
    }
}

request! {
    /// Request builder for an upload, returned by [`Assets::upload`]. Await it.
    ///
    /// An upload is a write: a client and its clones run their writes one after another. Dropping the future before the
    /// last byte is sent cancels the upload, and nothing is stored. After the last byte, the wiki stores the file. The
    /// client's timeout limits the time without sent bytes, not the whole upload.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a name that Wiki.js would replace (see [`stored_name`]), for a file that could not be
    /// downloaded, and for a file above the size limit of the wiki. [`is_not_found`](Error::is_not_found) if the folder
    /// does not exist, for which Wiki.js would discard the file and report success ([K37](crate::guide::known_issues#k37));
    /// [`is_conflict`](Error::is_conflict) if the file exists and [`replace`](Self::replace) is not set;
    /// [`is_forbidden`](Error::is_forbidden) without `write:assets` for the path, or without `read:assets`, which these
    /// checks require. Nothing is stored in any of these cases.
    ///
    /// The client downloads the file afterwards and compares it with what was sent, since Wiki.js responds "ok" even if
    /// it stored nothing. [`Error::NotApplied`] if there is no new file; [`Error::Unconfirmed`] if there is a different
    /// file, and, after a lost response, if there is no file or it cannot be downloaded. The client does not repeat an
    /// upload whose response was lost.
    UploadAsset(assets: Assets, folder: AssetFolderAt, name: String, content: Arc<Content>) -> Asset, run {
        content_type: Option<String> = None;
        replace: bool = false;
        even_if_unreachable: bool = false;
        max_size: Option<u64> = None;
        progress: Option<OnProgress> = None;
    }

    /// Replaces an existing file of the same name, which keeps its id.
    replace() => replace = true;

    /// Sets the MIME type, from which Wiki.js derives the kind of the file. Default: by the extension.
    content_type(mime: impl Into<String>) => content_type = Some(mime.into());

    /// Allows a file that cannot be downloaded, because its path has no dot or two dots in a row, or because Wiki.js
    /// uses its extension for pages (`md`, `html` and `txt` by default). Such a file can be listed and deleted
    /// ([K38](crate::guide::known_issues#k38)).
    even_if_unreachable() => even_if_unreachable = true;

    /// Sets the size limit of the wiki in bytes, if it is known. Wiki.js responds to a larger file with HTTP 500.
    ///
    /// By default, the client reads the limit from the wiki for a file of more than 5 MiB (`uploadMaxFileSize` of
    /// `site.config`), and assumes 5 MiB if the caller may not read it.
    max_size(bytes: u64) => max_size = Some(bytes);

    /// Calls `report` for each piece that is passed to the connection. `report` should return quickly. A retry starts
    /// at 0 again.
    on_progress(report: impl Fn(Progress) + Send + Sync + 'static) => progress = Some(OnProgress(Arc::new(report)));
}

/// The function that receives the progress.
#[derive(Clone)]
struct OnProgress(Report);

opaque_debug!(OnProgress);

impl UploadAsset {
    async fn run(self) -> Result<Asset> {
        let filename = stored_name(&self.name)?;
        let content_type = match &self.content_type {
            Some(mime) => checked_mime(mime)?,
            None => mime_of(&filename),
        };
        verification::check_expired(&self.assets.client).await?;
        let content_type = content_type.to_owned();
        self.check_size().await?;
        let assets = self.assets.clone();
        let work = move |write: Write<Assets>| async move {
            let folder = write.resolve(&self.folder).await?;
            if !self.even_if_unreachable {
                write.check_reachable(&folder, &filename).await?;
            }
            let before = Before {
                files: write.files(&folder, None).await?,
                folder,
            };
            if !self.replace
                && let Some(there) = before.named(&filename)
            {
                return Err(already_exists(OPERATION, "asset", &there.path));
            }
            let form = Arc::new(Form {
                url: url_below(write.client.url(), ["u"])?,
                metadata: format!("{{\"folderId\":{}}}", before.folder.id),
                filename,
                content_type,
                content: self.content,
                progress: self.progress.map(|OnProgress(report)| report),
                digest: Digest::default(),
                sent: OnceLock::new(),
            });
            let path = before.folder.path.join_name(&form.filename);
            let send = || write.send_upload(&form);
            let observe = |response| write.observe_upload(&form, &before, response);
            let target = write.target(format!("asset `{path}`"));
            write.reconcile(target, send, observe).await
        };
        assets.mutate(OPERATION, Ok(()), work).await
    }

    /// Checks the size of the file. Wiki.js responds to a file that is too large with HTTP 500 after the upload.
    async fn check_size(&self) -> Result<()> {
        let bytes = self.content.len();
        let usual = AssetLimits::default().file_bytes;
        let limit = match self.max_size {
            Some(limit) => limit,
            None if bytes <= usual => usual,
            None => self.assets.limits().await?.file_bytes,
        };
        let limit = limit.min(MAX_BYTES);
        if bytes > limit {
            return Err(too_large(bytes, &format!("the wiki accepts {limit}")));
        }
        Ok(())
    }
}

/// The folder and its files before the upload.
struct Before {
    folder: AssetFolder,
    files: Vec<Asset>,
}

impl Before {
    fn named(&self, filename: &str) -> Option<&Asset> {
        self.files.iter().find(|file| file.filename == filename)
    }

    /// Returns `true` if the file was stored after this list was read.
    fn is_new(&self, file: &Asset) -> bool {
        let earlier = self.files.iter().find(|earlier| earlier.id == file.id);
        earlier.is_none_or(|earlier| earlier.updated_at != file.updated_at)
    }
}

impl Write<Assets> {
    async fn send_upload(&self, form: &Arc<Form>) -> Result<Option<Asset>> {
        let transport = &self.client.inner().transport;
        match transport.upload(OPERATION, form, self.permit()).await {
            Ok(response) if response.body == b"ok" => Ok(None),
            Ok(response) => Err(self.not_ok(&response)),
            Err(error) => Err(self.explain_refusal(form, error).await),
        }
    }
}

impl Assets {
    async fn check_reachable(&self, folder: &AssetFolder, filename: &str) -> Result<()> {
        let path = folder.path.join_name(filename);
        match AssetLimits::default().check_path(&path) {
            Ok(()) => Ok(()),
            // The wiki may have other settings than the defaults.
            Err(_) => self.limits().await?.check_path(&path),
        }
    }

    /// Looks for the file in its folder, and compares its bytes with those that were sent. The wiki reports success
    /// even if nothing was stored, and a file of the same name and size may be somebody else's.
    async fn observe_upload(
        &self,
        form: &Form,
        before: &Before,
        response: Response,
    ) -> Result<Observation<Asset>> {
        let mut files = self.files(&before.folder, None).await?;
        let is_named = |file: &Asset| file.filename == form.filename;
        if before.named(&form.filename).is_some() && !files.iter().any(is_named) {
            return Ok(Observation::Foreign(
                "it was deleted by somebody else".to_owned(),
            ));
        }
        files.retain(|file| before.is_new(file));
        // Other new files are compared, too, in case Wiki.js stored the upload under another name.
        files.sort_by_key(|file| !is_named(file));
        let mut observed = Observation::Unchanged;
        for file in files {
            let is_named = is_named(&file);
            let is_confirmed = response == Response::Success && is_named;
            match self.compare(form, file, is_confirmed).await? {
                Observation::Applied(file) => return Ok(Observation::Applied(file)),
                other if is_named => observed = other,
                _ => {}
            }
        }
        Ok(observed)
    }

    /// Compares the bytes of a stored file with those that were sent. If the file is confirmed by a response of the
    /// wiki, it need not be readable.
    async fn compare(
        &self,
        form: &Form,
        file: Asset,
        is_confirmed: bool,
    ) -> Result<Observation<Asset>> {
        let problem = |problem| Observation::Foreign(format!("`{}` {problem}", file.path));
        if file.file_size != form.content.len() {
            return Ok(problem("is another file"));
        }
        let sent = match form.sent.get() {
            Some(sent) => *sent,
            None if is_confirmed => return Ok(Observation::Applied(file)),
            None => return Ok(Observation::Hidden),
        };
        let stored = match self.digest_of(form, &file).await {
            Err(Error::Transport(error)) if error.kind == TransportErrorKind::TooLarge => Ok(None),
            stored => stored.map(Some),
        };
        Ok(match stored {
            Ok(stored) if stored == Some(sent) => Observation::Applied(file),
            // Wiki.js removes scripts from SVG.
            Ok(_) if is_confirmed && form.is_svg() => Observation::Applied(file),
            Ok(_) => problem("is another file"),
            // Nothing contradicts the response of the wiki.
            Err(_) if is_confirmed => Observation::Applied(file),
            Err(error) if error.is_not_found() => problem("cannot be downloaded"),
            Err(error) if error.is_forbidden() || error.is_invalid_input() => Observation::Hidden,
            Err(error) => return Err(error),
        })
    }

    async fn digest_of(&self, form: &Form, file: &Asset) -> Result<u128> {
        let download = self.download(&file.path).max_size(form.content.len());
        let mut pieces = download.await?;
        let mut digest = form.digest.clone();
        while let Some(piece) = pieces.try_next().await? {
            digest.add(&piece);
        }
        Ok(digest.finish())
    }

    /// Replaces the errors for a file that is too large and for unrecognized credentials by more specific ones.
    async fn explain_refusal(&self, form: &Form, error: Error) -> Error {
        match &error {
            Error::Http(http) if http.problem == "File too large" => {
                too_large(form.content.len(), "the wiki accepts less")
            }
            _ if error.is_forbidden() => {
                let known = verification::verify_identity(&self.client).await;
                if known.unwrap_or(true) {
                    error
                } else {
                    verification::unrecognized(&self.client)
                }
            }
            _ => error,
        }
    }

    fn not_ok(&self, response: &Received) -> Error {
        let problem = "not the response of a wiki to an upload; is there a login page before it?";
        Error::Http(Box::new(HttpError {
            body: body_excerpt(&self.client.credentials().secrets(), &response.body),
            ..HttpError::new(OPERATION, response.status, problem, Applied::Unknown)
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

/// Checks a MIME type. It may have parameters, as `text/csv; charset=utf-8`, which Wiki.js does not store.
fn checked_mime(mime: &str) -> Result<&str> {
    let is_plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b';')
    };
    let essence = mime.split(';').next().unwrap_or_default().trim_end();
    let is_printable = mime.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let has_kind = essence
        .split_once('/')
        .is_some_and(|(kind, subtype)| is_plain(kind) && is_plain(subtype));
    refuse_if! {
        !has_kind || !is_printable || mime.len() > 255 => "content_type",
            format!("`{mime}` is not a MIME type"), "write it as image/png";
    }?;
    Ok(mime)
}

/// Returns the MIME type of a file, whose name is in lower case: all images, and other common types. Wiki.js derives the
/// kind of a file from the type, and removes scripts from SVG. Wiki.js determines the type of a download itself.
fn mime_of(name: &str) -> &'static str {
    /// The types whose second part is the extension.
    const NAMED_AS_EXTENSION: &str = "image/apng image/avif image/bmp image/gif image/heic image/heif image/jpeg \
        image/jxl image/png image/tiff image/webp application/json application/pdf application/xml application/zip \
        audio/ogg audio/wav text/css text/csv text/html video/mp4 video/webm";
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "ico" => "image/x-icon",
        "jfif" | "jpe" | "jpg" => "image/jpeg",
        "svg" | "svgz" => "image/svg+xml",
        "tif" => "image/tiff",
        "7z" => "application/x-7z-compressed",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "gz" => "application/gzip",
        "htm" => "text/html",
        "js" => "text/javascript",
        "md" => "text/markdown",
        "mov" => "video/quicktime",
        "mp3" => "audio/mpeg",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "tar" => "application/x-tar",
        "txt" => "text/plain",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        extension => {
            let is_type = |mime: &&str| mime.split_once('/').is_some_and(|it| it.1 == extension);
            let mime = NAMED_AS_EXTENSION.split(' ').find(is_type);
            mime.unwrap_or("application/octet-stream")
        }
    }
}
