//! Paths of files and folders, and what Wiki.js makes of a name.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    error::{Error, Result},
    types::{Locale, texts},
};

/// The longest name, in bytes; Wiki.js cuts off what is more, and with it the extension.
const NAME_BYTES: usize = 255;

texts! {
    /// Where a file stands, such as `docs/images/photo.png`: no slash at either end.
    AssetPath;
    /// Where a folder stands, such as `docs/images`: no slash at either end. The root is empty.
    AssetFolderPath;
}

/// Paths lose a slash at their ends: `/docs/images/` is `docs/images`.
macro_rules! from_text {
    ($($name:ident),*) => {$(
        impl From<&str> for $name {
            fn from(path: &str) -> Self {
                let path = path.strip_prefix('/').unwrap_or(path);
                Self(path.strip_suffix('/').unwrap_or(path).to_owned())
            }
        }

        impl From<String> for $name {
            fn from(path: String) -> Self {
                Self::from(path.as_str())
            }
        }

        impl From<&String> for $name {
            fn from(path: &String) -> Self {
                Self::from(path.as_str())
            }
        }
    )*};
}

from_text!(AssetPath, AssetFolderPath);

impl AssetPath {
    /// The file's name: what stands behind the last slash.
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

    /// The folder's path: what stands before the last slash.
    pub fn folder(&self) -> AssetFolderPath {
        let folder = self.0.rsplit_once('/').map_or("", |(folder, _)| folder);
        AssetFolderPath(folder.to_owned())
    }

    /// The same in lower case, if that is another one. Wiki.js stores no other, and tells the cases
    /// apart (hazard 38).
    pub(super) fn in_lower_case(&self) -> Option<Self> {
        let lower = self.0.to_lowercase();
        (lower != self.0).then_some(Self(lower))
    }

    /// Why nothing leads to the file, if so.
    pub(super) fn unreachable_because(&self, page_extensions: &[String]) -> Option<String> {
        if !self.0.contains('.') {
            return Some("has no dot, and Wiki.js takes it for the path of a page".to_owned());
        }
        if self.0.contains("..") {
            return Some("has two dots in a row, which Wiki.js drops from a URL".to_owned());
        }
        if self.0.split('/').any(|segment| segment.trim().is_empty()) {
            return Some("has an empty segment, which Wiki.js drops from a URL".to_owned());
        }
        let is_page = |extension: &&String| {
            let before = self.0.strip_suffix(extension.as_str());
            before.is_some_and(|before| before.ends_with('.'))
        };
        page_extensions.iter().find(is_page).map(|extension| {
            format!("ends with `.{extension}`, and Wiki.js takes it for the path of a page")
        })
    }

    /// Its address in the wiki at `base`.
    ///
    /// Wiki.js has routes of its own, drops a first segment of one letter and takes one that looks like
    /// a locale for the page's; behind a locale it does none of it.
    pub(super) fn url(&self, base: &Url, locale: &Locale) -> Result<Url> {
        let first = self.0.split('/').next().unwrap_or_default();
        let before = is_taken(first).then(|| locale.as_str());
        let mut url = base.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => {
                segments
                    .pop_if_empty()
                    .extend(before.into_iter().chain(self.0.split('/')));
            }
            Err(()) => {
                return Err(Error::invalid(
                    "path",
                    format!("`{base}` has no paths"),
                    "configure the wiki's address",
                ));
            }
        }
        Ok(url)
    }
}

/// Whether Wiki.js keeps addresses that begin with this segment for itself.
fn is_taken(segment: &str) -> bool {
    const ROUTES: [&str; 14] = [
        ".well-known",
        "_assets",
        "_userav",
        "favicon.ico",
        "graphql",
        "graphql-subscriptions",
        "healthz",
        "login",
        "login-reset",
        "logout",
        "register",
        "robots.txt",
        "u",
        "verify",
    ];
    let is_locale = |text: &str| match text.split_once('-') {
        None => is_two_letters(text),
        Some((language, region)) => is_two_letters(language) && is_two_letters(region),
    };
    let one_letter = segment.encode_utf16().count() == 1;
    one_letter || is_locale(segment) || ROUTES.contains(&segment.to_lowercase().as_str())
}

fn is_two_letters(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

impl AssetFolderPath {
    /// The root.
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The folder of this name in it.
    pub(super) fn join(&self, name: &str) -> Self {
        Self(self.join_name(name).0)
    }

    /// The file of this name in it.
    pub(crate) fn join_name(&self, name: &str) -> AssetPath {
        AssetPath(if self.0.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.0)
        })
    }

    /// The names from the root down.
    pub(super) fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|_| !self.0.is_empty())
    }
}

/// The name under which Wiki.js stores a file of this name: `Photo 1.PNG` becomes `photo_1.png`.
///
/// It is in lower case; each run of white space, commas, semicolons and `#` is one `_`; of the characters
/// `? < > : * | "` and control characters nothing remains, nor of dots and spaces at the end
/// (hazard 37).
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
/// [`Error::InvalidInput`] for a name that is stored as something else altogether: one of which nothing
/// remains (`..`, and what Windows has devices for: `con.png`), one with a slash or a backslash, of which
/// only the end remains, and one of more than 255 bytes, which loses its extension.
pub fn stored_name(name: &str) -> Result<String> {
    check_name("name", name)?;
    let mut spaced = String::with_capacity(name.len());
    for character in name.to_lowercase().chars() {
        let is_gap = is_javascript_space(character) || matches!(character, ',' | ';' | '#');
        match (is_gap, spaced.ends_with('\0')) {
            (true, true) => {}
            // NUL stands for the gap, as an underscore may stand in the name.
            (true, false) => spaced.push('\0'),
            (false, _) if character == '\0' => {}
            (false, _) => spaced.push(character),
        }
    }
    sanitized("name", &spaced.replace('\0', "_"))
}

/// The name that Wiki.js gives a file that is renamed: other than at an upload, spaces stay.
pub(super) fn renamed_name(name: &str) -> Result<String> {
    check_name("name", name)?;
    sanitized("name", &name.to_lowercase())
}

/// The name that Wiki.js gives a folder.
pub(super) fn folder_slug(name: &str) -> Result<String> {
    check_name("folder", name)?;
    let slug = sanitized("folder", &name.to_lowercase())?;
    if slug.contains("..") || slug.trim().is_empty() {
        return Err(Error::invalid(
            "folder",
            format!("no URL leads into a folder `{slug}`"),
            "use letters, digits, `-` and `_`",
        ));
    }
    Ok(slug)
}

fn check_name(field: &'static str, name: &str) -> Result<()> {
    if name.contains(['/', '\\']) {
        return Err(Error::invalid(
            field,
            format!(
                "`{name}` has a slash or a backslash, and Wiki.js would store only a part of it"
            ),
            "pass the folder by itself, and a name without them",
        ));
    }
    Ok(())
}

/// What remains of a name where it is stored, if Wiki.js would make nothing else of that.
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
    let problem = if kept.is_empty() {
        "has nothing that Wiki.js would keep"
    } else if is_device(kept) {
        "is a device of Windows, and Wiki.js would store it without a name"
    } else if kept.len() > NAME_BYTES {
        "is longer than 255 bytes, and Wiki.js would cut off its end"
    } else {
        return Ok(kept.to_owned());
    };
    Err(Error::invalid(
        field,
        format!("`{name}` {problem}"),
        "choose another name",
    ))
}

/// `con`, `com1.txt`: names that Windows has for devices, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let numbered = |device: &str| {
        let number = stem.strip_prefix(device);
        number.is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(stem, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

/// What `\s` is to JavaScript.
fn is_javascript_space(character: char) -> bool {
    (character.is_whitespace() && character != '\u{85}') || character == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::{AssetPath, folder_slug, renamed_name, stored_name};
    use crate::types::Locale;

    #[test]
    fn a_name_is_stored_as_wiki_js_was_seen_to_store_it() {
        for (name, stored) in [
            ("Photo 1.PNG", "photo_1.png"),
            ("a,b;c#d.png", "a_b_c_d.png"),
            ("a , ; #b.png", "a_b.png"),
            ("ümläut.PNG", "ümläut.png"),
            ("日本語.png", "日本語.png"),
            ("emoji😀.png", "emoji😀.png"),
            (".hidden", ".hidden"),
            ("..png", "..png"),
            ("a..b.png", "a..b.png"),
            ("%41.png", "%41.png"),
            ("a+b.png", "a+b.png"),
            ("it's.png", "it's.png"),
            ("tab\there.png", "tab_here.png"),
            ("trail .png ", "trail_.png_"),
            ("trail.", "trail"),
            ("x.png...", "x.png"),
            ("a*b?.png", "ab.png"),
            ("pipe|lt<gt>.png", "pipeltgt.png"),
            ("\u{a0}nbsp.png", "_nbsp.png"),
            ("\u{3000}.png", "_.png"),
            ("\u{85}nel.png", "nel.png"),
            ("\u{200b}zws.png", "\u{200b}zws.png"),
            ("e\u{301}.png", "e\u{301}.png"),
            ("İ.png", "i\u{307}.png"),
            ("ΣΑΣ.png", "σασ.png"),
            ("ß.PNG", "ß.png"),
            ("\u{7}bell.png", "bell.png"),
            (" .png", "_.png"),
            ("null", "null"),
        ] {
            assert_eq!(stored_name(name).unwrap(), stored, "{name:?}");
            assert_eq!(stored_name(stored).unwrap(), stored, "once is enough");
        }
    }

    #[test]
    fn a_name_of_which_wiki_js_makes_another_file_is_refused() {
        let long = "a".repeat(252) + ".png";
        for name in [
            "",
            ".",
            "..",
            "...",
            "?",
            "con",
            "CON.PNG",
            "nul",
            "aux.tar.gz",
            "com1.txt",
            "lpt9",
            "co:n",
            "a/b.png",
            "a\\b.png",
            "../x.png",
            long.as_str(),
        ] {
            assert!(
                stored_name(name).unwrap_err().is_invalid_input(),
                "{name:?}"
            );
        }
        assert_eq!(stored_name(&long[1..]).unwrap().len(), 255);
        assert_eq!(stored_name("com10.txt").unwrap(), "com10.txt");
    }

    #[test]
    fn a_renamed_file_and_a_folder_keep_their_spaces() {
        assert_eq!(renamed_name("New Name.PNG").unwrap(), "new name.png");
        assert_eq!(renamed_name("a,b;c#d.png").unwrap(), "a,b;c#d.png");
        assert_eq!(renamed_name("tab\there.png").unwrap(), "tabhere.png");
        assert_eq!(folder_slug("A Folder").unwrap(), "a folder");
        assert_eq!(folder_slug("trail. ").unwrap(), "trail");
        for name in ["", "..", "a..b", "con", "a/b"] {
            assert!(folder_slug(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn the_address_of_a_file_gets_past_the_routes_of_wiki_js() {
        let locale = Locale::from("en");
        for (base, path, url) in [
            ("http://w/", "docs/a b.png", "http://w/docs/a%20b.png"),
            (
                "http://w/wiki/",
                "docs/100%#.png",
                "http://w/wiki/docs/100%25%23.png",
            ),
            ("http://w/", "ü/日.png", "http://w/en/%C3%BC/%E6%97%A5.png"),
            ("http://w/", "a/p.png", "http://w/en/a/p.png"),
            ("http://w/", "fr/p.png", "http://w/en/fr/p.png"),
            ("http://w/", "pt-br/p.png", "http://w/en/pt-br/p.png"),
            ("http://w/", "graphql/p.png", "http://w/en/graphql/p.png"),
            ("http://w/", "favicon.ico", "http://w/en/favicon.ico"),
            ("http://w/", "docs/fr/p.png", "http://w/docs/fr/p.png"),
        ] {
            let found = AssetPath::from(path)
                .url(&base.parse().unwrap(), &locale)
                .unwrap();
            assert_eq!(found.as_str(), url);
        }
    }

    #[test]
    fn what_no_url_leads_to_is_known() {
        let extensions = ["md", "txt"].map(str::to_owned);
        for (path, is_unreachable) in [
            ("docs/photo.png", false),
            ("docs/noext", true),
            ("v1.0/noext", false),
            ("docs/read.me.md", true),
            ("docs/readmemd.zip", false),
            ("docs/page.html", false),
            ("a..b.png", true),
            ("a//b.png", true),
        ] {
            let because = AssetPath::from(path).unreachable_because(&extensions);
            assert_eq!(because.is_some(), is_unreachable, "{path}: {because:?}");
        }
    }
}
