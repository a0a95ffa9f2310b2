//! The folder on this machine: files are written whole or not at all, and nothing leads out of it.

use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use sha2::{Digest as _, Sha256};
use tokio::{io::AsyncWriteExt as _, task::spawn_blocking};

use super::{digest::Digest, place::MEMORY};
use crate::{
    assets::Download,
    error::{Error, Result},
    transport::local,
};

/// A folder that pages and assets are written into or read from.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: PathBuf,
    operation: &'static str,
}

/// What a folder has.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Files, by their paths in the folder with `/` between the names.
    pub(super) files: Vec<String>,
    /// Folders without a file.
    pub(super) empty: Vec<String>,
    /// What is neither, or has a name that is not Unicode.
    pub(super) odd: Vec<PathBuf>,
}

impl Folder {
    /// The folder, which is made where it is not there.
    pub(super) async fn create(root: &Path, operation: &'static str) -> Result<Self> {
        let folder = Self {
            root: root.to_owned(),
            operation,
        };
        let memory = folder.path(MEMORY);
        folder.local(&memory, tokio::fs::create_dir_all(&memory).await)?;
        folder.remove_parts().await?;
        Ok(folder)
    }

    /// The folder, if it is there.
    pub(super) async fn open(root: &Path, operation: &'static str) -> Result<Self> {
        let metadata = tokio::fs::metadata(root).await;
        if metadata.is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(Self {
                root: root.to_owned(),
                operation,
            });
        }
        Err(Error::invalid(
            "folder",
            format!("`{}` is not a folder", root.display()),
            "pass the folder of an export, or one of files",
        ))
    }

    /// Where a file of the folder is.
    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// The error of this side, with the file in it.
    pub(super) fn local<T>(&self, path: &Path, result: io::Result<T>) -> Result<T> {
        result.map_err(|error| {
            let text = format!("{}: {error}", path.display());
            local(self.operation, io::Error::new(error.kind(), text))
        })
    }

    /// Writes a file in place of what is there.
    pub(super) async fn write(&self, file: &str, bytes: Vec<u8>) -> Result<Digest> {
        let digest = Digest::of(&bytes);
        let part = PartFile::new(self);
        self.local(&part.0, tokio::fs::write(&part.0, bytes).await)?;
        self.put(part, file).await?;
        Ok(digest)
    }

    /// Writes a file as it comes.
    pub(super) async fn receive(&self, file: &str, mut download: Download) -> Result<Digest> {
        use futures::TryStreamExt as _;

        let part = PartFile::new(self);
        let mut hasher = Sha256::new();
        let mut writer = self.local(&part.0, tokio::fs::File::create(&part.0).await)?;
        while let Some(piece) = download.try_next().await? {
            hasher.update(&piece);
            self.local(&part.0, writer.write_all(&piece).await)?;
        }
        self.local(&part.0, writer.flush().await)?;
        drop(writer);
        self.put(part, file).await?;
        Ok(Digest::from(hasher))
    }

    /// Gives a file that is complete its name.
    async fn put(&self, part: PartFile, file: &str) -> Result<()> {
        if let Some((above, _)) = file.rsplit_once('/') {
            self.ensure(above).await?;
        }
        let target = self.path(file);
        self.local(&target, tokio::fs::rename(&part.0, &target).await)
    }

    /// Makes a folder in the folder. One that is a link to elsewhere is not gone through.
    pub(super) async fn ensure(&self, folder: &str) -> Result<()> {
        let mut path = self.root.clone();
        for name in folder.split('/') {
            path.push(name);
            match tokio::fs::symlink_metadata(&path).await {
                Ok(there) if there.is_dir() => {}
                Ok(_) => {
                    let problem = io::Error::new(
                        io::ErrorKind::NotADirectory,
                        "it is in the way of a folder, or a link to one",
                    );
                    return self.local(&path, Err(problem));
                }
                Err(_) => self.local(&path, make_dir(&path).await)?,
            }
        }
        Ok(())
    }

    /// The digest of a file; `None` if there is none.
    pub(super) async fn digest(&self, file: &str) -> Result<Option<Digest>> {
        let path = self.path(file);
        let (result, path) = blocking(move || {
            let digest = open_file(&path).and_then(Digest::of_reader);
            (digest, path)
        })
        .await;
        match result {
            Ok(digest) => Ok(Some(digest)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => self.local(&path, Err(error)),
        }
    }

    /// The bytes of a file.
    pub(super) async fn read(&self, file: &str) -> Result<Vec<u8>> {
        let path = self.path(file);
        let (result, path) = blocking(move || {
            let read = open_file(&path).and_then(|mut file| {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).map(|_| bytes)
            });
            (read, path)
        })
        .await;
        self.local(&path, result)
    }

    /// Removes a file, and the folders above it that are empty then.
    pub(super) async fn remove(&self, file: &str) -> Result<()> {
        let path = self.path(file);
        match tokio::fs::remove_file(&path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return self.local(&path, Err(error));
            }
            _ => {}
        }
        let mut above = file;
        while let Some((folder, _)) = above.rsplit_once('/') {
            // Where something is left in it, it stays.
            if tokio::fs::remove_dir(self.path(folder)).await.is_err() {
                break;
            }
            above = folder;
        }
        Ok(())
    }

    /// All that is in the folder, in the order of the names, without what begins with a dot. Links are
    /// not followed.
    pub(super) async fn contents(&self) -> Result<Contents> {
        let root = self.root.clone();
        let (result, root) = blocking(move || {
            let mut contents = Contents::default();
            (walk(&root, "", &mut contents).map(|_| contents), root)
        })
        .await;
        let mut contents = self.local(&root, result)?;
        contents.files.sort_unstable();
        contents.empty.sort_unstable();
        Ok(contents)
    }

    /// Removes what an interrupted run left.
    async fn remove_parts(&self) -> Result<()> {
        let memory = self.path(MEMORY);
        let mut entries = self.local(&memory, tokio::fs::read_dir(&memory).await)?;
        while let Some(entry) = self.local(&memory, entries.next_entry().await)? {
            let is_part = entry.path().extension().is_some_and(|end| end == "part");
            if !is_part {
                continue;
            }
            match tokio::fs::remove_file(entry.path()).await {
                // Its run, which was dropped a moment ago, has done it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => self.local(&entry.path(), result)?,
            }
        }
        Ok(())
    }
}

/// A file that is not complete, or has not got its name. It does not outlive the one who writes it, and is
/// nobody else's: what the file system was asked for is done even if the run that asked was dropped.
pub(super) struct PartFile(PathBuf);

impl PartFile {
    pub(super) fn new(folder: &Folder) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}.part", std::process::id());
        Self(folder.path(MEMORY).join(name))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // Nothing is there any more once it has its name.
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn make_dir(path: &Path) -> io::Result<()> {
    match tokio::fs::create_dir(path).await {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// A file, and nothing that looks like one: what is a link leads elsewhere.
fn open_file(path: &Path) -> io::Result<std::fs::File> {
    if std::fs::symlink_metadata(path)?.is_file() {
        std::fs::File::open(path)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a file, or a link to one",
        ))
    }
}

/// Whether a folder has a file anywhere in it.
fn walk(folder: &Path, name: &str, contents: &mut Contents) -> io::Result<bool> {
    let mut has_files = false;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let Ok(own) = entry.file_name().into_string() else {
            contents.odd.push(entry.path());
            continue;
        };
        if own.starts_with('.') {
            continue;
        }
        let path = if name.is_empty() {
            own
        } else {
            format!("{name}/{own}")
        };
        if kind.is_dir() {
            has_files |= walk(&entry.path(), &path, contents)?;
        } else if kind.is_file() {
            has_files = true;
            contents.files.push(path);
        } else {
            contents.odd.push(entry.path());
        }
    }
    if !has_files && !name.is_empty() {
        contents.empty.push(name.to_owned());
    }
    Ok(has_files)
}

/// Runs what waits for the disk where it keeps nobody waiting.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and this with it.
            Err(_) => std::future::pending().await,
        },
    }
}
