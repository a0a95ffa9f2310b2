//! Paths of files and folders, and the names under which Wiki.js stores them.

use url::Url;

use crate::{
    error::{Error, Result},
    text::{js_trim, reads_as_locale, refuse_if},
    types::{Locale, is_js_space, text_types, without_slashes},
};

/// Maximum length of a name in bytes. Wiki.js truncates a longer one, including its extension.
const MAX_NAME_BYTES: usize = 255;

text_types! {
    /// Path of a file, such as `docs/images/photo.png`. It has no slash at either end.
    AssetPath, without_slashes;
    /// Path of a folder of files, such as `docs/images`. It has no slash at either end. The root is empty.
    AssetFolderPath, without_slashes;
}

impl AssetPath {
    /// Returns the name of the file: the part after the last slash.
    ///
    /// ```
    /// use wikijs_client::assets::AssetPath;
    ///
    /// let path = AssetPath::from("docs/images/photo.png");
    /// assert_eq!((path.name(), path.folder().as_str()), ("photo.png", "docs/images"));
    /// ```
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the path of the folder: the part before the last slash.
    pub fn folder(&self) -> AssetFolderPath {
        let folder = self.0.rsplit_once('/').map_or("", |(folder, _)| folder);
        AssetFolderPath(folder.to_owned())
    }

    /// Returns the path in lower case, if it differs. Wiki.js stores names in lower case, and its URLs are
    /// case-sensitive ([K38](crate::guide::known_issues#k38)).
    pub(super) fn in_lower_case(&self) -> Option<Self> {
        let lower = self.0.to_lowercase();
        (lower != self.0).then_some(Self(lower))
    }

    /// Returns the reason for which the file cannot be downloaded, if any.
    pub(super) fn unreachable_because(&self, page_extensions: &[String]) -> Option<String> {
        if !self.0.contains('.') {
            return Some("has no dot, and Wiki.js treats it as the path of a page".to_owned());
        }
        if self.0.contains("..") {
            return Some("has two dots in a row, which Wiki.js drops from a URL".to_owned());
        }
        if self.0.split('/').any(|segment| js_trim(segment).is_empty()) {
            return Some("has an empty segment, which Wiki.js drops from a URL".to_owned());
        }
        let is_page = |extension: &&String| {
            let before = self.0.strip_suffix(extension.as_str());
            before.is_some_and(|before| before.ends_with('.'))
        };
        page_extensions.iter().find(is_page).map(|extension| {
            format!("ends with `.{extension}`, and Wiki.js treats it as the path of a page")
        })
    }

    /// Returns the URL of the file in the wiki at `base`.
    ///
    /// Wiki.js has its own routes, removes a first segment of one letter, and interprets a first segment that looks
    /// like a locale. It does none of this after a locale, so a locale is prepended to such a path.
    pub(super) fn url(&self, base: &Url, locale: &Locale) -> Result<Url> {
        let first = self.0.split('/').next().unwrap_or_default();
        let before = is_reserved(first).then(|| locale.as_str());
        url_below(base, before.into_iter().chain(self.0.split('/')))
    }
}

/// Returns the URL with these segments below the address of a wiki.
pub(super) fn url_below<'a>(
    base: &Url,
    segments: impl IntoIterator<Item = &'a str>,
) -> Result<Url> {
    let mut url = base.clone();
    match url.path_segments_mut() {
        Ok(mut path) => path.pop_if_empty().extend(segments),
        Err(()) => {
            return Err(Error::invalid(
                "path",
                format!("`{base}` cannot have a path"),
                "configure the wiki's address",
            ));
        }
    };
    Ok(url)
}

/// Returns `true` if Wiki.js does not serve files at URLs that begin with this segment.
fn is_reserved(segment: &str) -> bool {
    const ROUTES: &str = ".well-known _assets _userav favicon.ico graphql graphql-subscriptions healthz login \
        login-reset logout register robots.txt verify";
    let is_route = |segment: String| ROUTES.split(' ').any(|route| route == segment);
    let one_letter = segment.encode_utf16().count() == 1;
    one_letter || reads_as_locale(segment) || is_route(segment.to_lowercase())
}

impl AssetFolderPath {
    /// Returns the root.
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// Returns `true` for the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the path of a folder in this folder.
    pub(super) fn join(&self, name: &str) -> Self {
        Self(self.join_name(name).0)
    }

    /// Returns the path of a file in this folder.
    pub(crate) fn join_name(&self, name: &str) -> AssetPath {
        AssetPath(if self.0.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.0)
        })
    }

    /// Returns the segments, from the root down.
    pub(super) fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|_| !self.0.is_empty())
    }
}

/// Returns the name under which Wiki.js stores an upload: `Photo 1.PNG` becomes `photo_1.png`.
///
/// Wiki.js converts a name to lower case. Each run of white space, commas, semicolons and `#` becomes one `_`.
/// The characters `? < > : * | "`, control characters, and dots and spaces at the end are removed
/// ([K37](crate::guide::known_issues#k37)).
///
/// ```
/// use wikijs_client::assets::stored_name;
///
/// assert_eq!(stored_name("Photo 1, Größe?.PNG")?, "photo_1_größe.png");
/// assert!(stored_name("con.png").is_err());
/// # Ok::<(), wikijs_client::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::InvalidInput`] for a name that Wiki.js would replace: `..` and the names of Windows devices, such as
/// `con.png`, which become empty; names with a slash or a backslash, of which Wiki.js keeps only the end; and names of
/// more than 255 bytes, which lose their extension.
pub fn stored_name(name: &str) -> Result<String> {
    check_name("name", name)?;
    let mut spaced = String::with_capacity(name.len());
    let mut is_in_gap = false;
    for character in name.to_lowercase().chars() {
        let is_gap = is_js_space(character) || matches!(character, ',' | ';' | '#');
        if !is_gap {
            spaced.push(character);
        } else if !is_in_gap {
            spaced.push('_');
        }
        is_in_gap = is_gap;
    }
    sanitized("name", &spaced)
}

/// Returns the name under which Wiki.js stores a renamed file. Unlike in an upload, spaces are kept.
pub(super) fn renamed_name(name: &str) -> Result<String> {
    check_name("name", name)?;
    sanitized("name", &name.to_lowercase())
}

/// Returns the name under which Wiki.js stores a folder.
pub(super) fn folder_slug(name: &str) -> Result<String> {
    check_name("folder", name)?;
    let slug = sanitized("folder", &name.to_lowercase())?;
    refuse_if! {
        slug.contains("..") || js_trim(&slug).is_empty() => "folder",
            format!("no URL leads into a folder `{slug}`"), "use letters, digits, `-` and `_`";
    }?;
    Ok(slug)
}

fn check_name(field: &'static str, name: &str) -> Result<()> {
    refuse_if! {
        name.contains(['/', '\\']) => field,
            format!("`{name}` has a slash or a backslash, and Wiki.js would store only a part of it"),
            "pass the folder separately, and a name without them";
    }
}

/// Returns a name without the characters that Wiki.js removes, or an error if Wiki.js would replace the name.
fn sanitized(field: &'static str, name: &str) -> Result<String> {
    let is_dropped = |character: &char| {
        matches!(
            character,
            '/' | '?' | '<' | '>' | '\\' | ':' | '*' | '|' | '"'
        ) || (character.is_control() && *character != '\u{7f}')
    };
    let kept: String = name
        .chars()
        .filter(|character| !is_dropped(character))
        .collect();
    let kept = kept.trim_end_matches(['.', ' ']);
    let remedy = "choose another name";
    refuse_if! {
        kept.is_empty() => field,
            format!("`{name}` has no character that Wiki.js would keep"), remedy;
        is_device(kept) => field,
            format!("`{name}` is the name of a Windows device, and Wiki.js would store the file without a name"),
            remedy;
        kept.len() > MAX_NAME_BYTES => field,
            format!("`{name}` is longer than 255 bytes, and Wiki.js would truncate it"), remedy;
    }?;
    Ok(kept.to_owned())
}

/// Returns `true` for the name of a Windows device with any extension: `con`, `com1.txt`.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let numbered = |device: &str| {
        let number = stem.strip_prefix(device);
        number.is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(stem, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}
