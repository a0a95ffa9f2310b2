//! Files and their folders.

use super::State;
use crate::text::regex;
use std::collections::BTreeMap;

/// A file.
///
/// ```
/// use wikijs_fake::FakeAsset;
///
/// let photo = FakeAsset::new("docs/images/photo.png", b"not really one");
/// assert_eq!((photo.ext.as_str(), photo.mime.as_str()), (".png", "image/png"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FakeAsset {
    /// Id; 0 until the file is in a wiki.
    pub id: i64,
    /// Path, such as `docs/images/photo.png`.
    pub path: String,
    /// Id of the folder; 0 is the root.
    pub folder: i64,
    /// Name.
    pub filename: String,
    /// Extension of the name at the upload, such as `.png`.
    pub ext: String,
    /// MIME type of the upload.
    pub mime: String,
    /// Number of uploaded bytes.
    pub file_size: i64,
    /// Content.
    pub content: Vec<u8>,
    /// Time of creation.
    pub created_at: String,
    /// Time of the last change.
    pub updated_at: String,
}

impl FakeAsset {
    /// Returns a file at a path. Its name is not changed.
    pub fn new(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        let (path, content) = (path.into(), content.into());
        let filename = path.rsplit('/').next().unwrap_or_default().to_owned();
        let ext = extension(&filename).to_owned();
        // The type of an upload has no parameters.
        let mime = mime_of(&ext).split(';').next().unwrap_or_default();
        Self {
            mime: mime.to_owned(),
            file_size: i64::try_from(content.len()).unwrap_or(i64::MAX),
            path,
            filename,
            ext,
            content,
            ..Self::default()
        }
    }

    /// Returns whether it is an image for Wiki.js.
    pub(crate) fn is_image(&self) -> bool {
        self.mime.starts_with("image/")
    }
}

/// A folder of files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeAssetFolder {
    /// Id.
    pub id: i64,
    /// Path, such as `docs/images`.
    pub path: String,
    /// Id of the parent folder; 0 is the root.
    pub parent: i64,
    /// Last part of the path.
    pub slug: String,
}

/// Files, folders, and the remains of failed uploads.
#[derive(Debug, Default)]
pub(crate) struct Assets {
    pub(crate) files: BTreeMap<i64, FakeAsset>,
    pub(crate) folders: BTreeMap<i64, FakeAssetFolder>,
    /// Number of files that uploads left in the folder for uploads.
    pub(crate) left_over: usize,
    last_file: i64,
    last_folder: i64,
}

impl Assets {
    /// Returns the path of a folder, which is empty for the root.
    pub(crate) fn folder_path(&self, id: i64) -> Option<&str> {
        match id {
            0 => Some(""),
            id => self.folders.get(&id).map(|folder| folder.path.as_str()),
        }
    }

    pub(crate) fn named(&self, folder: i64, filename: &str) -> Option<&FakeAsset> {
        self.files
            .values()
            .find(|file| file.folder == folder && file.filename == filename)
    }

    pub(crate) fn at(&self, path: &str) -> Option<&FakeAsset> {
        self.files.values().find(|file| file.path == path)
    }

    pub(crate) fn child(&self, parent: i64, slug: &str) -> Option<&FakeAssetFolder> {
        self.folders
            .values()
            .find(|folder| folder.parent == parent && folder.slug == slug)
    }

    /// Creates a folder in an existing one.
    pub(crate) fn add_folder(&mut self, parent: i64, slug: &str) -> i64 {
        self.last_folder += 1;
        let path = join(self.folder_path(parent).unwrap_or_default(), slug);
        self.folders.insert(
            self.last_folder,
            FakeAssetFolder {
                id: self.last_folder,
                path,
                parent,
                slug: slug.to_owned(),
            },
        );
        self.last_folder
    }

    /// Skips an id, as the database does for a folder that it refuses.
    pub(crate) fn skip_folder_id(&mut self) {
        self.last_folder += 1;
    }
}

impl State {
    /// Returns the folder at a path, which is created if it is missing.
    pub(crate) fn ensure_asset_folder(&mut self, path: &str) -> i64 {
        let mut id = 0;
        for slug in path.split('/').filter(|slug| !slug.is_empty()) {
            id = match self.assets.child(id, slug) {
                Some(folder) => folder.id,
                None => self.assets.add_folder(id, slug),
            };
        }
        id
    }

    /// Inserts a file, with the folders above it.
    pub(crate) fn seed_asset(&mut self, mut file: FakeAsset) -> i64 {
        let folder = file.path.rsplit_once('/').map(|(folder, _)| folder);
        file.folder = self.ensure_asset_folder(folder.unwrap_or_default());
        self.store_asset(file)
    }

    /// Stores a file in its folder, in place of one of the same name. Stores nothing if the folder is missing.
    pub(crate) fn store_asset(&mut self, mut file: FakeAsset) -> i64 {
        let now = self.now();
        let assets = &mut self.assets;
        let earlier = assets.named(file.folder, &file.filename);
        if let Some(earlier) = earlier {
            file.id = earlier.id;
            file.created_at.clone_from(&earlier.created_at);
        } else {
            assets.last_file += 1;
            file.id = assets.last_file;
            super::fill([&mut file.created_at], &now);
        }
        file.updated_at = now;
        let Some(folder) = assets.folder_path(file.folder) else {
            assets.left_over += 1;
            return 0;
        };
        file.path = join(folder, &file.filename);
        let id = file.id;
        assets.files.insert(id, file);
        id
    }
}

/// Returns the path of a file or folder in a folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// Returns the extension of a name with its dot. A dot at the start does not count.
pub(crate) fn extension(filename: &str) -> &str {
    match filename.rfind('.') {
        None | Some(0) => "",
        Some(dot) => &filename[dot..],
    }
}

/// Returns the name under which Wiki.js stores an uploaded file, which can be empty.
pub(crate) fn uploaded_name(filename: &str) -> String {
    let gaps = regex!(
        r"[\t-\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff},;#]+"
    );
    sanitize(&gaps.replace(&filename.to_lowercase(), "_"))
}

/// Removes the characters of a name that some operating system does not allow.
pub(crate) fn sanitize(name: &str) -> String {
    let kept = regex!(r#"[/?<>\\:*|"\x00-\x1f\x80-\x9f]"#).replace(name, "");
    let kept = regex!(r"(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$").replace(&kept, "");
    let mut kept = kept.trim_end_matches(['.', ' ']).to_owned();
    while kept.len() > 255 {
        kept.pop();
    }
    kept
}

/// Removes the scripts of an SVG, as Wiki.js does.
pub(crate) fn without_scripts(svg: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(svg);
    regex!("(?is)<script.*?</script>")
        .replace(&text, "")
        .into_bytes()
}

/// Returns the MIME type of a download by the extension.
pub(crate) fn mime_of(extension: &str) -> &'static str {
    let mut types = include_str!("../data/mime.txt").lines();
    let found = types.find_map(|line| {
        let (extensions, mime) = line.split_once(": ")?;
        extensions
            .split(' ')
            .any(|own| own == extension)
            .then_some(mime)
    });
    found.unwrap_or("application/octet-stream")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploaded_names_match_observed_names() {
        for (name, stored) in [
            ("Photo 1.PNG", "photo_1.png"),
            ("a,b;c#d.png", "a_b_c_d.png"),
            ("trail .png ", "trail_.png_"),
            ("x.png...", "x.png"),
            ("a*b?.png", "ab.png"),
            ("\u{85}nel.png", "nel.png"),
            ("con.png", ""),
            ("..", ""),
            ("..png", "..png"),
        ] {
            assert_eq!(uploaded_name(name), stored, "{name:?}");
        }
        assert_eq!(sanitize("  lead"), "  lead");
        assert_eq!(uploaded_name(&"é".repeat(130)).len(), 254);
        assert_eq!((extension(".hidden"), extension("a.tar.gz")), ("", ".gz"));
    }
}
