//! File operations in the folder of an export or import.
//!
//! Files are written atomically. A file is replaced or deleted only if an export wrote it, its digest is still
//! the recorded one, no component of its path is a link, and it is inside of the folder and not in a dot folder.

use std::{
    fs::{self, File, TryLockError},
    hash::{BuildHasher, RandomState},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use tokio::{io::AsyncWriteExt as _, task::spawn_blocking};
use wikijs_client::assets::Download;

use crate::{
    digest::{Digest, FileDigests},
    error::{Error, KeptReason, Result},
    names::{self, LOCAL},
};

/// A folder that pages and assets are exported into or imported from.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
    /// Lock of a running export.
    _lock: Option<Arc<File>>,
}

/// The contents of a folder.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// Files, by their paths in the folder, with `/` between the names.
    pub(crate) files: Vec<String>,
    /// Folders without a file.
    pub(crate) empty: Vec<String>,
    /// Links, special files, and names that are not Unicode, by their paths in the folder.
    pub(crate) unsupported: Vec<PathBuf>,
    /// Folders that cannot be read, with the reason.
    pub(crate) unreadable: Vec<(PathBuf, String)>,
}

/// State of a file before it is replaced or deleted.
enum FileState {
    Absent,
    /// A file that an export wrote and that is unchanged since.
    Ours,
    Foreign(KeptReason, Option<FileDigests>),
}

/// Result of the removal of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removal {
    /// The file was deleted, or did not exist.
    Removed,
    Kept(KeptReason),
}

impl Folder {
    /// Creates the folder if necessary, and locks it for an export.
    pub(crate) async fn create(root: &Path) -> Result<Self> {
        let folder = Self {
            root: root.to_owned(),
            _lock: None,
        };
        local(root, tokio::fs::create_dir_all(root).await)?;
        folder.prepare_local().await?;
        let path = folder.path(LOCAL).join("lock");
        let (locked, path) = blocking(move || (lock(&path), path)).await;
        let file = match locked {
            Ok(Some(file)) => file,
            Ok(None) => {
                return Err(Error::invalid(
                    "folder",
                    format!("another export is writing `{}`", root.display()),
                    "wait until it has ended, or use another folder",
                ));
            }
            Err(error) => return local(&path, Err(error)),
        };
        let folder = Self {
            _lock: Some(Arc::new(file)),
            ..folder
        };
        folder.remove_parts().await?;
        Ok(folder)
    }

    /// Opens a folder that exists.
    pub(crate) async fn open(root: &Path) -> Result<Self> {
        let metadata = tokio::fs::metadata(root).await;
        if metadata.is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(Self {
                root: root.to_owned(),
                _lock: None,
            });
        }
        Err(Error::invalid(
            "folder",
            format!("`{}` is not a folder", root.display()),
            "pass the folder of an export, or a folder of files",
        ))
    }

    /// Returns the path of a file in the folder.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// Creates `.wikijs/local`, which Git ignores.
    pub(crate) async fn prepare_local(&self) -> Result<()> {
        self.ensure(LOCAL).await?;
        let ignore = self.path(LOCAL).join(".gitignore");
        let (result, ignore) = blocking(move || (write_new(&ignore, b"*\n"), ignore)).await;
        local(&ignore, result)
    }

    /// Writes bytes to a temporary file, and returns it with the digest of the bytes.
    pub(crate) async fn stage(&self, bytes: Vec<u8>) -> Result<(PartFile, Digest)> {
        let part = PartFile::new(self);
        let (written, part, digest) = blocking(move || {
            let digest = Digest::of(&bytes);
            let written = File::create_new(&part.0).and_then(|mut file| file.write_all(&bytes));
            (written, part, digest)
        })
        .await;
        local(&part.0, written)?;
        Ok((part, digest))
    }

    /// Writes a download to a temporary file, and returns it with the digest of the download.
    pub(crate) async fn receive(&self, mut download: Download) -> Result<(PartFile, Digest)> {
        let part = PartFile::new(self);
        let mut hasher = Sha256::new();
        let mut writer = local(&part.0, tokio::fs::File::create_new(&part.0).await)?;
        while let Some(piece) = download.try_next().await? {
            hasher.update(&piece);
            local(&part.0, writer.write_all(&piece).await)?;
        }
        local(&part.0, writer.flush().await)?;
        drop(writer);
        Ok((part, Digest::from(hasher)))
    }

    /// Checks that a file can be written. `written` has the digests of the contents that earlier exports wrote to
    /// it. Returns `true` if the file exists already with the digest `digest`.
    pub(crate) async fn check(
        &self,
        file: &str,
        digest: Digest,
        written: &[Digest],
    ) -> Result<bool> {
        let kept = |reason| Error::Kept {
            path: file.into(),
            reason,
        };
        if !names::is_own_place(file) {
            return Err(kept(KeptReason::NotExported));
        }
        let (root, name, written) = (self.root.clone(), file.to_owned(), written.to_vec());
        let state = blocking(move || file_state(&root, &name, &written)).await;
        match local(&self.path(file), state)? {
            FileState::Absent | FileState::Ours => Ok(false),
            FileState::Foreign(_, Some(digests)) if digests.matches(digest) => Ok(true),
            FileState::Foreign(reason, _) => Err(kept(reason)),
        }
    }

    /// Renames a complete temporary file to its final name, unless a file with this name exists that no export
    /// wrote. An existing file with the same bytes is not an error.
    pub(crate) async fn put(
        &self,
        part: PartFile,
        digest: Digest,
        file: &str,
        written: Vec<Digest>,
    ) -> Result<()> {
        let kept = |reason| Error::Kept {
            path: file.into(),
            reason,
        };
        if !names::is_own_place(file) {
            return Err(kept(KeptReason::NotExported));
        }
        if let Some((above, _)) = file.rsplit_once('/') {
            self.ensure(above).await?;
        }
        let (root, name) = (self.root.clone(), file.to_owned());
        let placed =
            blocking(move || rename_into_place(&root, &name, &part, digest, &written)).await;
        match placed {
            Ok(None) => Ok(()),
            Ok(Some(reason)) => Err(kept(reason)),
            Err(error) => local(&self.path(file), Err(error)),
        }
    }

    /// Creates a subfolder and its parents. Links are not followed.
    pub(crate) async fn ensure(&self, folder: &str) -> Result<()> {
        let root = self.root.clone();
        let folder = folder.to_owned();
        let made = blocking(move || {
            let mut path = root;
            for name in folder.split('/') {
                path.push(name);
                match fs::symlink_metadata(&path) {
                    Ok(metadata) if metadata.is_dir() => {}
                    Ok(_) => {
                        let problem = io::Error::new(
                            io::ErrorKind::NotADirectory,
                            "a file or a link is in the way of a folder",
                        );
                        return Err((path, problem));
                    }
                    Err(_) => match fs::create_dir(&path) {
                        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                            return Err((path, error));
                        }
                        _ => {}
                    },
                }
            }
            Ok(())
        });
        made.await
            .map_err(|(path, source)| Error::File { path, source })
    }

    /// Returns the digests of a file; `None` if there is none.
    pub(crate) async fn digests(&self, file: &str) -> Result<Option<FileDigests>> {
        let (root, name) = (self.root.clone(), file.to_owned());
        match blocking(move || open_file(&root, &name).and_then(FileDigests::of)).await {
            Ok(digests) => Ok(Some(digests)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => local(&self.path(file), Err(error)),
        }
    }

    /// Returns the bytes of a file of at most this size.
    pub(crate) async fn read(&self, file: &str, most: u64) -> io::Result<Vec<u8>> {
        let (root, name) = (self.root.clone(), file.to_owned());
        blocking(move || {
            let file = open_file(&root, &name)?;
            let size = file.metadata()?.len();
            let mut bytes = Vec::new();
            file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > most {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    format!("it has {size} bytes, and the maximum for a page is {most}"),
                ));
            }
            Ok(bytes)
        })
        .await
    }

    /// Deletes a file that an export wrote, and then its empty parent folders.
    pub(crate) async fn remove(&self, file: &str, written: Vec<Digest>) -> Result<Removal> {
        let (root, name) = (self.root.clone(), file.to_owned());
        let removed = blocking(move || remove(&root, &name, &written)).await;
        local(&self.path(file), removed)
    }

    /// Lists the contents of the folder, sorted by name, without dot files and dot folders. Links are not
    /// followed.
    pub(crate) async fn contents(&self) -> Result<Contents> {
        let root = self.root.clone();
        let (result, root) = blocking(move || (walk(&root), root)).await;
        let mut contents = local(&root, result)?;
        contents.files.sort_unstable();
        contents.empty.sort_unstable();
        Ok(contents)
    }

    /// Removes the temporary files of interrupted exports. Only the holder of the lock writes such files.
    async fn remove_parts(&self) -> Result<()> {
        let own = self.path(LOCAL);
        let (result, own) = blocking(move || (remove_parts(&own), own)).await;
        local(&own, result)
    }
}

/// A temporary file, which is removed when the value is dropped.
pub(crate) struct PartFile(PathBuf);

const PART_PREFIX: &str = "export-";
const PART_EXTENSION: &str = ".part";

impl PartFile {
    pub(crate) fn new(folder: &Folder) -> Self {
        let random = RandomState::new().hash_one(&folder.root);
        let name = format!("{PART_PREFIX}{random:016x}{PART_EXTENSION}");
        Self(folder.path(LOCAL).join(name))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // A renamed file no longer exists under this name.
        let _ = fs::remove_file(&self.0);
    }
}

/// Adds the path to an error of the file system.
pub(crate) fn local<T>(path: &Path, result: io::Result<T>) -> Result<T> {
    result.map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}

/// Locks a folder. Returns `None` if another export holds the lock. An export that was just dropped may hold the
/// lock for a short time, so this waits up to half a second.
fn lock(path: &Path) -> io::Result<Option<File>> {
    const PAUSE: Duration = Duration::from_millis(10);
    let file = File::options().append(true).create(true).open(path)?;
    for _ in 0..50 {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match File::create_new(path) {
        Ok(mut file) => file.write_all(bytes),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn remove_parts(own: &Path) -> io::Result<()> {
    for entry in fs::read_dir(own)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_part = name.to_str().is_some_and(|name| {
            let middle = name.strip_prefix(PART_PREFIX);
            let middle = middle.and_then(|rest| rest.strip_suffix(PART_EXTENSION));
            middle.is_some_and(|middle| {
                middle.len() == 16 && middle.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
        });
        if is_part && entry.file_type()?.is_file() {
            match fs::remove_file(entry.path()) {
                // An export that was just dropped has removed the file in the meantime.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => result?,
            }
        }
    }
    Ok(())
}

/// Returns the state of a file in the folder.
fn file_state(root: &Path, file: &str, written: &[Digest]) -> io::Result<FileState> {
    let mut path = root.to_owned();
    let mut parts = file.split('/').peekable();
    while let Some(name) = parts.next() {
        path.push(name);
        let metadata = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileState::Absent),
            other => other?,
        };
        let is_last = parts.peek().is_none();
        let is_expected = if is_last {
            metadata.is_file()
        } else {
            metadata.is_dir()
        };
        if !is_expected {
            return Ok(FileState::Foreign(KeptReason::Link, None));
        }
    }
    let digests = FileDigests::of(File::open(&path)?)?;
    Ok(if written.iter().any(|digest| digests.matches(*digest)) {
        FileState::Ours
    } else if written.is_empty() {
        FileState::Foreign(KeptReason::NotExported, Some(digests))
    } else {
        FileState::Foreign(KeptReason::Edited, Some(digests))
    })
}

/// Renames a complete temporary file, or returns the reason why the existing file is kept.
fn rename_into_place(
    root: &Path,
    file: &str,
    part: &PartFile,
    digest: Digest,
    written: &[Digest],
) -> io::Result<Option<KeptReason>> {
    let target = root.join(file);
    match file_state(root, file, written)? {
        FileState::Ours => fs::rename(&part.0, &target).map(|()| None),
        FileState::Foreign(_, Some(digests)) if digests.matches(digest) => Ok(None),
        FileState::Foreign(reason, _) => Ok(Some(reason)),
        // Unlike a rename, a hard link does not replace a file that was created in the meantime.
        FileState::Absent => match fs::hard_link(&part.0, &target) {
            Ok(()) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(Some(KeptReason::NotExported))
            }
            // Some file systems have no hard links.
            Err(_) => fs::rename(&part.0, &target).map(|()| None),
        },
    }
}

fn remove(root: &Path, file: &str, written: &[Digest]) -> io::Result<Removal> {
    if !names::is_own_place(file) {
        return Ok(Removal::Kept(KeptReason::NotExported));
    }
    match file_state(root, file, written)? {
        FileState::Absent => return Ok(Removal::Removed),
        FileState::Foreign(reason, _) => return Ok(Removal::Kept(reason)),
        FileState::Ours => fs::remove_file(root.join(file))?,
    }
    let mut above = file;
    while let Some((folder, _)) = above.rsplit_once('/') {
        // The removal of a folder that is not empty fails, and the folder is kept.
        if fs::remove_dir(root.join(folder)).is_err() {
            break;
        }
        above = folder;
    }
    Ok(Removal::Removed)
}

/// Opens a regular file without following links in its path.
fn open_file(root: &Path, file: &str) -> io::Result<File> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, what.to_owned());
    let mut path = root.to_owned();
    let mut parts = file.split('/').peekable();
    while let Some(name) = parts.next() {
        path.push(name);
        let metadata = fs::symlink_metadata(&path)?;
        if parts.peek().is_none() {
            if !metadata.is_file() {
                return Err(invalid("it is a link or not a regular file"));
            }
        } else if !metadata.is_dir() {
            return Err(invalid("a folder above it is a link or a file"));
        }
    }
    File::open(path)
}

/// A subfolder whose contents are collected.
struct Visited {
    /// Path of the subfolder in the folder, with `/` between the names.
    name: String,
    /// Index of the parent folder among the visited folders.
    above: usize,
    /// `true` if the subfolder or a folder below it contains a file.
    has_files: bool,
}

/// Collects the contents of a folder without recursion, since folders may be nested too deeply for the stack of a
/// thread.
fn walk(root: &Path) -> io::Result<Contents> {
    let mut contents = Contents::default();
    let mut folders = vec![Visited {
        name: String::new(),
        above: 0,
        has_files: false,
    }];
    let mut next = 0;
    while let Some(folder) = folders.get(next) {
        let name = folder.name.clone();
        let mut below = Vec::new();
        let has_files = match list(&root.join(&name), &name, &mut contents, &mut below) {
            Ok(has_files) => has_files,
            Err(error) if next == 0 => return Err(error),
            Err(error) => {
                contents.unreadable.push((name.into(), error.to_string()));
                true
            }
        };
        folders[next].has_files = has_files;
        folders.extend(below.into_iter().map(|name| Visited {
            name,
            above: next,
            has_files: false,
        }));
        next += 1;
    }
    // A folder comes after its parent, so that the reverse order visits children first.
    for index in (1..folders.len()).rev() {
        let above = folders[index].above;
        folders[above].has_files |= folders[index].has_files;
    }
    let empty = folders.into_iter().skip(1);
    contents.empty = empty
        .filter(|folder| !folder.has_files)
        .map(|folder| folder.name)
        .collect();
    Ok(contents)
}

/// Collects the files and subfolders of one folder. Returns `true` if it contains a file.
fn list(
    folder: &Path,
    name: &str,
    contents: &mut Contents,
    below: &mut Vec<String>,
) -> io::Result<bool> {
    let mut has_files = false;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let own = entry.file_name();
        if own.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let Some(own) = own.to_str() else {
            contents.unsupported.push(Path::new(name).join(own));
            continue;
        };
        let path = if name.is_empty() {
            own.to_owned()
        } else {
            format!("{name}/{own}")
        };
        match entry.file_type() {
            Err(error) => contents.unreadable.push((path.into(), error.to_string())),
            Ok(kind) if kind.is_dir() => below.push(path),
            Ok(kind) if kind.is_file() => {
                has_files = true;
                contents.files.push(path);
            }
            Ok(_) => contents.unsupported.push(path.into()),
        }
    }
    Ok(has_files)
}

/// Runs blocking work on a separate thread.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime shuts down and drops this future.
            Err(_) => std::future::pending().await,
        },
    }
}
