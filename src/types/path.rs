//! Which paths a page may have.

use super::{MAX_CHARACTERS, PagePath};
use crate::error::{Error, Result};

impl PagePath {
    /// A path exactly as the wiki wrote it.
    pub(crate) fn verbatim(path: String) -> Self {
        Self(path)
    }

    /// The last segment, which is what a title defaults to in Wiki.js.
    ///
    /// ```
    /// use wikijs_client::PagePath;
    ///
    /// assert_eq!(PagePath::from("docs/install").last_segment(), "install");
    /// ```
    pub fn last_segment(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Whether `path` is this path or one below it.
    pub(crate) fn contains(&self, path: &str) -> bool {
        self.0.is_empty()
            || path
                .strip_prefix(&self.0)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether a reader's browser can reach a page at this path.
    ///
    /// Wiki.js stores pages at paths that none of its URLs lead to: its own routes (`login`), a
    /// first segment of one letter (`x/y`) or one that reads as a locale (`en/foo`), an empty path,
    /// and characters that a URL cuts off or decodes (`a?b`, `a%20b`). Others it refuses only after
    /// the request (6005, 255 characters). Everything that writes a path checks it with this first.
    ///
    /// ```
    /// use wikijs_client::PagePath;
    ///
    /// assert!(PagePath::from("docs/install").check().is_ok());
    /// assert!(PagePath::from("en/install").check().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) that says what is wrong with the path and
    /// what to write instead.
    pub fn check(&self) -> Result<()> {
        match unreachable_because(&self.0) {
            None => Ok(()),
            Some((problem, remedy)) => Err(Error::invalid(
                "path",
                format!("`{}` {problem}", self.0),
                remedy,
            )),
        }
    }
}

/// First segments that Wiki.js answers itself, before it looks for a page.
const RESERVED_SEGMENTS: [&str; 14] = [
    "login",
    "logout",
    "register",
    "verify",
    "favicons",
    "fonts",
    "img",
    "js",
    "svg",
    "graphql",
    "healthz",
    "_assets",
    "_userav",
    "robots.txt",
];

fn unreachable_because(path: &str) -> Option<(&'static str, &'static str)> {
    let first = path.split('/').next().unwrap_or_default();
    if path.is_empty() {
        Some((
            "is empty, and no URL leads to an empty path",
            "use `home` for the front page",
        ))
    } else if path.chars().count() > MAX_CHARACTERS {
        Some(("is longer than 255 characters", "shorten it"))
    } else if let Some(reason) = path.chars().find_map(refused_character) {
        Some((reason, "use letters, digits, `-`, `_` and `/`"))
    } else if path.contains("//") {
        Some(("has an empty segment", "write one slash between segments"))
    } else if path.split('/').any(|segment| segment.trim().is_empty()) {
        Some(("has a blank segment", "give every segment a name"))
    } else if first.chars().count() == 1 {
        Some((
            "starts with a segment of one letter, which Wiki.js takes for a prefix of its own",
            "make the first segment at least two letters long",
        ))
    } else if reads_as_locale(first) {
        Some((
            "starts with a segment that Wiki.js reads as a locale",
            "leave the locale out of the path and pass it as the locale",
        ))
    } else if RESERVED_SEGMENTS.contains(&first.to_lowercase().as_str()) {
        Some((
            "starts with a route of Wiki.js itself",
            "choose another first segment",
        ))
    } else {
        None
    }
}

fn refused_character(character: char) -> Option<&'static str> {
    match character {
        '.' => Some("has a dot, which Wiki.js refuses"),
        ' ' => Some("has a space, which Wiki.js refuses"),
        '\\' => Some("has a backslash, which Wiki.js refuses"),
        '?' | '#' => Some("has a `?` or `#`, at which a URL's path ends"),
        '%' => Some("has a `%`, which a URL decodes"),
        '"' | '|' | '<' | '>' | ':' | '*' => {
            Some("has one of `\" | < > : *`, which Wiki.js drops from a URL")
        }
        c if c.is_control() => Some("has a control character, which Wiki.js drops from a URL"),
        c if c.is_whitespace() => Some("has white space"),
        _ => None,
    }
}

/// `en`, `pt-br`: two letters, or twice two letters.
fn reads_as_locale(segment: &str) -> bool {
    let two_letters = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic());
    match segment.split_once('-') {
        None => two_letters(segment),
        Some((language, region)) => two_letters(language) && two_letters(region),
    }
}

impl From<&str> for PagePath {
    /// A path without a slash at its ends: `/docs/install/` is `docs/install`.
    fn from(path: &str) -> Self {
        let path = path.strip_prefix('/').unwrap_or(path);
        Self(path.strip_suffix('/').unwrap_or(path).to_owned())
    }
}

impl From<String> for PagePath {
    fn from(path: String) -> Self {
        if path.starts_with('/') || path.ends_with('/') {
            Self::from(path.as_str())
        } else {
            Self(path)
        }
    }
}

impl From<&String> for PagePath {
    fn from(path: &String) -> Self {
        Self::from(path.as_str())
    }
}
