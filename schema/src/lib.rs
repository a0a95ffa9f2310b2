//! The GraphQL schema of Wiki.js 2.x as SDL.
//!
//! The schema is a separate crate so that build scripts can read it without building the client. `wikijs-codegen`
//! checks documents against it, and `wikijs-fake` executes requests against it. [`sdl_of`] returns the schema of an
//! older release.

mod codes;

use std::{collections::HashMap, sync::LazyLock};

/// The schema as SDL: types, fields, arguments and enum values sorted by name, as `wikijs schema pull` prints it.
///
/// ```
/// assert!(wikijs_schema::SDL.contains("type PageQuery {"));
/// ```
pub const SDL: &str = include_str!("../wikijs.graphql");

/// The version of Wiki.js whose introspection response [`SDL`] was printed from.
///
/// ```
/// assert!(wikijs_schema::WIKIJS_VERSION.starts_with("2."));
/// ```
pub const WIKIJS_VERSION: &str = include_str!("../WIKIJS_VERSION").trim_ascii();

/// The fields that the schema declares nullable but that Wiki.js never returns as null, as an extension of [`SDL`].
///
/// `wikijs-codegen` reads it together with [`SDL`], to generate fewer `Option`s.
pub const NULLABILITY: &str = include_str!("../nullability.graphql");

/// The history of the schema: the changes of each release of Wiki.js since [`OLDEST`], as text. [`history`] parses it.
pub const HISTORY: &str = include_str!("../history.txt");

/// Returns the permissions of which a caller needs one for a field, as the directive `@auth` of Wiki.js lists them.
///
/// Introspection does not show the directive. Returns `None` for a field without it. Page rules may require a permission
/// besides.
///
/// ```
/// let permissions = wikijs_schema::permissions_of("PageMutation", "delete").unwrap();
/// assert_eq!(permissions, ["delete:pages", "manage:system"]);
/// ```
pub fn permissions_of(type_name: &str, field: &str) -> Option<&'static [&'static str]> {
    let mut guards = GUARDS.get(type_name)?.iter();
    let (_, permissions) =
        guards.find(|(fields, _)| fields.contains(&field) || fields == &["*"])?;
    (permissions != &["-"]).then_some(permissions.as_slice())
}

/// Fields and permissions of a type: the fields, of which `*` is any, and the permissions of which one is needed.
type Guards = Vec<(Vec<&'static str>, Vec<&'static str>)>;

/// The contents of `permissions.txt` by type.
static GUARDS: LazyLock<HashMap<&'static str, Guards>> = LazyLock::new(|| {
    let mut guards: HashMap<_, Guards> = HashMap::new();
    let words = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
    for line in include_str!("../permissions.txt").lines() {
        let mut parts = line.split('|').map(words);
        if let (Some(types), Some(fields), Some(permissions)) =
            (parts.next(), parts.next(), parts.next())
        {
            for name in types {
                let guard = (fields.clone(), permissions.clone());
                guards.entry(name).or_default().push(guard);
            }
        }
    }
    guards
});

/// The oldest release whose schema is known.
pub const OLDEST: &str = "2.5.105";

/// A difference between the schemas of two releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The first release with the change.
    pub version: &'static str,
    /// The schema coordinate of a type, a field or an argument: `SiteConfig.footerOverride`,
    /// `AuthenticationQuery.activeStrategies(enabledOnly:)`.
    pub coordinate: &'static str,
    /// The type that the field had before. `None` if the release added it.
    pub type_before: Option<&'static str>,
}

/// Returns the changes of the schema since [`OLDEST`], oldest first.
///
/// ```
/// let mut added = wikijs_schema::history().filter(|it| it.type_before.is_none());
/// let by_path = added.find(|it| it.coordinate == "PageQuery.singleByPath").unwrap();
/// assert_eq!(by_path.version, "2.5.296");
/// ```
pub fn history() -> impl Iterator<Item = Change> {
    let mut version = "";
    HISTORY.lines().filter_map(move |line| {
        if line.starts_with(|first: char| first.is_ascii_digit()) {
            version = line;
        }
        if let Some(coordinate) = line.strip_prefix("+ ") {
            return Some(Change {
                version,
                coordinate,
                type_before: None,
            });
        }
        if let Some((coordinate, ty)) = line.strip_prefix("~ ")?.split_once(": ") {
            return Some(Change {
                version,
                coordinate,
                type_before: Some(ty),
            });
        }
        None
    })
}

/// Returns the schema of a release of Wiki.js as SDL.
///
/// For a release before [`OLDEST`], returns the schema of [`OLDEST`]. For [`WIKIJS_VERSION`], for a later release, and
/// for a text that is not a version, returns [`SDL`].
///
/// ```
/// let old = wikijs_schema::sdl_of("2.5.201");
/// assert!(!old.contains("singleByPath"));
/// ```
pub fn sdl_of(version: &str) -> String {
    let Some(version) = numbers(version) else {
        return SDL.to_owned();
    };
    let later = history().filter(|it| numbers(it.version).is_some_and(|it| it > version));
    later.fold(SDL.to_owned(), |sdl, change| {
        before(&sdl, change).unwrap_or(sdl)
    })
}

/// Returns the numbers of a version, which are compared to order versions. Returns `None` for any other text.
fn numbers(version: &str) -> Option<Vec<u32>> {
    let parts = version.trim_start_matches('v').split('.');
    parts.map(|part| part.parse().ok()).collect()
}

/// Returns the SDL before a change. Relies on [`SDL`] having each field on a line of its own.
fn before(sdl: &str, change: Change) -> Option<String> {
    let (of_type, rest) = match change.coordinate.split_once('.') {
        Some((of_type, rest)) => (of_type, Some(rest)),
        None => (change.coordinate, None),
    };
    let start = ["type", "input"]
        .iter()
        .find_map(|keyword| sdl.find(&format!("\n{keyword} {of_type} {{\n")))?
        + 1;
    let end = start + sdl[start..].find("\n}\n")? + "\n}\n".len();
    let Some(rest) = rest else {
        return Some([&sdl[..start], sdl[end..].trim_start()].concat());
    };
    let (field, argument) = match rest.trim_end_matches(":)").split_once('(') {
        Some((field, argument)) => (field, Some(argument)),
        None => (rest, None),
    };
    let line = [": ", "("]
        .iter()
        .find_map(|sign| sdl[start..end].find(&format!("\n  {field}{sign}")))?;
    let line = start + line + 1;
    let next = line + sdl[line..].find('\n')? + 1;
    let text = match (argument, change.type_before) {
        (Some(argument), _) => without_argument(&sdl[line..next], argument)?,
        (None, Some(ty)) => {
            let (definition, _) = sdl[line..next].rsplit_once(": ")?;
            format!("{definition}: {ty}\n")
        }
        (None, None) => String::new(),
    };
    Some([&sdl[..line], &text, &sdl[next..]].concat())
}

/// Returns the line of a field without one of its arguments.
fn without_argument(line: &str, argument: &str) -> Option<String> {
    let (name, rest) = line.split_once('(')?;
    let (arguments, ty) = rest.rsplit_once(')')?;
    let others = arguments
        .split(", ")
        .filter(|it| it.split_once(':').is_some_and(|(name, _)| name != argument));
    let others: Vec<_> = others.collect();
    Some(if others.is_empty() {
        format!("{name}{ty}")
    } else {
        format!("{name}({}){ty}", others.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_can_be_reverted() {
        let mut sdl = SDL.to_owned();
        let mut changes: Vec<_> = history().collect();
        assert!(changes.len() > 60);
        changes.reverse();
        for change in changes {
            let older = before(&sdl, change).unwrap_or_else(|| panic!("{change:?}"));
            assert_ne!(older, sdl, "{change:?}");
            sdl = older;
        }
        assert_eq!(sdl, sdl_of(OLDEST));
        assert!(!sdl.contains("footerOverride") && !sdl.contains("SystemExportStatus"));
        assert!(sdl.contains("  activeStrategies: ["));
        assert!(sdl.contains("  host: String!\n"));
    }

    #[test]
    fn the_schema_of_a_version_has_the_changes_up_to_it() {
        assert_eq!(sdl_of(WIKIJS_VERSION), SDL);
        assert_eq!(sdl_of("2.5.999"), SDL);
        assert_eq!(sdl_of("3.0.0-beta"), SDL);
        assert_eq!(sdl_of("2.4.0"), sdl_of(OLDEST));
        assert!(sdl_of("2.5.296").contains("singleByPath"));
        assert!(!sdl_of("v2.5.295").contains("singleByPath"));
    }
}
