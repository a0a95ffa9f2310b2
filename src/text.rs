//! Checks of arguments before they are sent. Wiki.js checks some arguments only after it has written a part of the
//! change.

pub(crate) use crate::types::js_trim;
use crate::{
    error::{Error, Result},
    types::{
        ApiKeyId, AssetFolderId, AssetId, CommentId, GroupId, Locale, MAX_CHARACTERS, PageId,
        PagePath, Tag, TagId, Timestamp, TreeId, UserId, VersionId,
    },
};

/// Evaluates to [`Error::InvalidInput`] of the first row whose condition is true, or to `Ok(())`. A row has the
/// condition, the field, the problem and the remedy.
///
/// ```ignore
/// refuse_if! {
///     path.is_empty() => "path", "it is empty", "pass the path of a page";
///     path.starts_with('/') => "path", format!("`{path}` starts with a slash"), "omit the slash";
/// }
/// ```
macro_rules! refuse_if {
    (@$kind:ident: $($condition:expr => $name:expr, $problem:expr, $remedy:expr;)*) => {
        $(if $condition {
            Err($crate::error::Error::$kind($name, $problem, $remedy))
        } else)* {
            Ok::<(), $crate::error::Error>(())
        }
    };
    ($($rows:tt)*) => {
        $crate::text::refuse_if!(@invalid: $($rows)*)
    };
}

/// Evaluates to [`Error::Config`] of the first row whose condition is true, as [`refuse_if`] does for arguments.
macro_rules! refuse_setting_if {
    ($($rows:tt)*) => {
        $crate::text::refuse_if!(@config: $($rows)*)
    };
}

pub(crate) use {refuse_if, refuse_setting_if};

macro_rules! arguments {
    ($($id:ident)*) => {$(
        impl $id {
            /// Returns the integer as GraphQL's 32-bit `Int`, or an error that names the argument.
            #[allow(dead_code, reason = "some ids are no arguments")]
            pub(crate) fn to_argument(self) -> Result<i64> {
                let id = self.get();
                if i32::try_from(id).is_ok() {
                    return Ok(id);
                }
                let problem = format!("{id} does not fit GraphQL's 32-bit Int");
                let remedy = "pass an id that the wiki returned";
                Err(Error::invalid(Self::ARGUMENT, problem, remedy))
            }

            /// Returns an error if the integer is no argument.
            #[allow(dead_code, reason = "some ids are no arguments")]
            pub(crate) fn check(self) -> Result<()> {
                self.to_argument().map(drop)
            }
        }
    )*};
}

arguments! { ApiKeyId CommentId AssetFolderId AssetId PageId VersionId UserId GroupId TagId TreeId }

impl PagePath {
    /// Checks that a browser can reach a page at this path.
    ///
    /// Wiki.js stores pages at paths that cannot be opened in a browser:
    ///
    /// - its own routes (`login`), and an empty path;
    /// - a first segment of one letter (`x/y`), or one that looks like a locale (`en/foo`);
    /// - characters that end the path of a URL or are decoded in a URL (`a?b`, `a%20b`).
    ///
    /// Invisible characters, and those that change the direction of text, are refused, unless they shape the letters
    /// or emoji next to them. Paths that Wiki.js itself would refuse are refused, too (6005, or more than 255
    /// characters). All methods of this crate that write a path check it first.
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
    /// [`Error::InvalidInput`] with the problem and a remedy.
    pub fn check(&self) -> Result<()> {
        let path = self.as_str();
        if let Some((character, name)) = self.unseen_character() {
            // The path is escaped, because the character would be invisible in the message or reverse its text.
            let shown = path.escape_debug();
            let problem = format!("`{shown}` has U+{:04X} {name}", u32::from(character));
            return Err(Error::invalid("path", problem, "remove that character"));
        }
        let first = path.split('/').next().unwrap_or_default();
        let refused = path.chars().find_map(refused_character);
        let shown = |problem: &str| format!("`{path}` {problem}");
        refuse_if! {
            path.is_empty() => "path",
                shown("is empty, and no URL leads to an empty path"), "use `home` for the front page";
            path.chars().count() > MAX_CHARACTERS => "path",
                shown("is longer than 255 characters"), "shorten it";
            refused.is_some() => "path",
                shown(refused.unwrap_or_default()), "use letters, digits, `-`, `_` and `/`";
            path.contains("//") => "path",
                shown("has an empty segment"), "write one slash between segments";
            path.split('/').any(|segment| js_trim(segment).is_empty()) => "path",
                shown("has a blank segment"), "give every segment a name";
            first.chars().count() == 1 => "path",
                shown("starts with a segment of one letter, which Wiki.js takes for a prefix of its own"),
                "make the first segment at least two letters long";
            reads_as_locale(first) => "path",
                shown("starts with a segment that Wiki.js reads as a locale"),
                "leave the locale out of the path and pass it as the locale";
            ROUTES.contains(&first.to_lowercase().as_str()) => "path",
                shown("starts with a route of Wiki.js itself"), "choose another first segment";
        }
    }
}

/// First segments that are routes of Wiki.js itself, which take precedence over pages.
const ROUTES: [&str; 14] = [
    "login",
    "login-reset",
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
];

/// Returns the reason for which a character is not allowed in a path.
fn refused_character(character: char) -> Option<&'static str> {
    Some(match character {
        '.' => "has a dot, which Wiki.js refuses",
        ' ' => "has a space, which Wiki.js refuses",
        '\\' => "has a backslash, which Wiki.js refuses",
        '?' | '#' => "has a `?` or `#`, at which a URL's path ends",
        '%' => "has a `%`, which a URL decodes",
        '"' | '|' | '<' | '>' | ':' | '*' => {
            "has one of `\" | < > : *`, which Wiki.js drops from a URL"
        }
        _ => return None,
    })
}

/// Returns `true` if Wiki.js reads the first segment of a URL as a locale: two letters, or two pairs of letters, such as
/// `en` and `pt-br`.
pub(crate) fn reads_as_locale(segment: &str) -> bool {
    let mut parts = segment.splitn(2, '-');
    parts.all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

impl Locale {
    pub(crate) fn check(&self) -> Result<()> {
        let code = self.as_str();
        refuse_if! {
            code.is_empty() || code.chars().count() > 5 => "locale",
                format!("`{code}` is not a locale of Wiki.js"), "pass a code such as `en` or `pt-br`";
        }
    }
}

impl Tag {
    pub(crate) fn check(&self) -> Result<()> {
        let (tag, remedy) = (self.as_str(), "omit it or rename it");
        refuse_if! {
            tag.is_empty() => "tags", "a tag is empty", remedy;
            tag.chars().count() > MAX_CHARACTERS =>
                "tags", "a tag is longer than 255 characters", remedy;
            tag.contains('\0') => "tags", "a tag has a NUL character", remedy;
        }
    }
}

impl Timestamp {
    pub(crate) fn check(&self, field: &'static str) -> Result<()> {
        // The editor of Wiki.js stores a day without a time, so this format is valid, too.
        let is_day =
            self.as_str().len() == 10 && self.as_str().parse::<jiff::civil::Date>().is_ok();
        let problem = match self.to_jiff() {
            _ if is_day => return Ok(()),
            Ok(_) if is_read_by_javascript(self.as_str()) => return Ok(()),
            Ok(_) => format!("Wiki.js cannot read the date and time `{}`", self.as_str()),
            Err(error) => format!("`{}` is not a date and time: {error}", self.as_str()),
        };
        let remedy = "write it as 2026-01-31T09:30:00.000Z";
        Err(Error::invalid(field, problem, remedy))
    }
}

/// Returns `true` if the `Date` of JavaScript accepts a valid date and time, of which it knows fewer notations: it lacks
/// leap seconds, named time zones, omitted separators and omitted minutes.
fn is_read_by_javascript(text: &str) -> bool {
    let Some((day, time)) = text.split_once(['T', 't', ' ']) else {
        return false;
    };
    let clock = time.split(['Z', 'z', '+', '-']).next().unwrap_or_default();
    let zone = &time[clock.len()..];
    let hours = zone.get(1..3).map_or(Ok(0), str::parse::<u32>);
    let is_leap_second = clock
        .split(':')
        .nth(2)
        .is_some_and(|it| it.starts_with("60"));
    day.matches('-').count() >= 2
        && clock.contains(':')
        && !clock.contains(',')
        && !is_leap_second
        && matches!(zone.len(), 1 | 5 | 6)
        && hours.is_ok_and(|hours| hours < 24)
}

/// Returns an error for a text with a NUL character, which the wiki's database cannot store.
pub(crate) fn no_nul(field: &'static str, text: &str) -> Result<()> {
    refuse_if! { text.contains('\0') => field, "it has a NUL character", "remove it"; }
}

/// Checks the content of a page.
pub(crate) fn check_content(content: &str) -> Result<()> {
    refuse_if! {
        js_trim(content).is_empty() => "content", "it is empty, and Wiki.js stores no empty page",
            "write at least one character that is not white space";
    }?;
    no_nul("content", content)
}

/// Checks that a text fits into a column of 255 characters and has no NUL character.
pub(crate) fn check_short(field: &'static str, text: &str) -> Result<()> {
    let length = text.chars().count();
    refuse_if! {
        length > MAX_CHARACTERS => field,
            format!("it has {length} characters, and the wiki stores at most 255"), "shorten it";
    }?;
    no_nul(field, text)
}

/// Checks each value of a list, or an optional value.
pub(crate) fn each<T>(
    values: impl IntoIterator<Item = T>,
    check: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    values.into_iter().try_for_each(check)
}

/// Returns the values of a list that Wiki.js stores as one text: `md, html, txt`.
pub(crate) fn comma_separated(list: &str) -> Vec<String> {
    let values = list
        .split(',')
        .filter_map(|value| filled(js_trim(value).to_owned()));
    values.collect()
}

/// Returns `true` for a duration of ISO 8601 that is not negative, such as `PT5M`.
pub(crate) fn is_iso_duration(text: &str) -> bool {
    let duration: Result<jiff::Span, _> = text.parse();
    text.starts_with('P') && duration.is_ok_and(|span| !span.is_negative())
}

/// Returns `None` for an empty text. For an absent value, Wiki.js returns the empty text or null.
pub(crate) fn filled(text: impl Into<Option<String>>) -> Option<String> {
    text.into().filter(|text| !text.is_empty())
}

/// Checks the name of an object: it is not blank, and fits into a column of 255 characters.
pub(crate) fn check_name(field: &'static str, name: &str, remedy: &str) -> Result<()> {
    refuse_if! { js_trim(name).is_empty() => field, "it is empty", remedy; }?;
    check_short(field, name)
}

/// Returns `true` if a text has the form of an e-mail address. Wiki.js itself checks addresses more strictly.
pub(crate) fn is_email(text: &str) -> bool {
    let is_odd = |letter: char| letter.is_whitespace() || letter.is_control();
    let parts = text.split_once('@').filter(|_| !text.contains(is_odd));
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}
