//! Where in the folder a page or a file of the wiki is put.
//!
//! Paths are the wiki's, and a wiki may hold any text as one. What stands here makes names of them that
//! every file system takes, that lead nowhere else, and that say the path again:
//!
//! - Each part of a path is a name. Bytes of what may not stand in a name are written as `%` and two
//!   digits: ASCII but letters, digits, space and `-_+,()=@!'&`, dots, control characters, invisible ones,
//!   a space at an end, the first letter of what Windows has devices for (`con`). An empty part is `%`.
//! - Of a page's path no dot remains. So `a.md` as a folder (`a%2Emd`) is never in the way of the page
//!   `a` (`a.md`). Assets keep their dots but at an end; a name that has none then gets a `%` at its end, and folders
//!   keep none, for the same reason.
//! - A name that would be too long is cut, and a hash of all of it put behind (`~`). So is one that
//!   has a twin for a file system that does not tell case or composed letters apart.

use super::digest::Digest;
use crate::{
    assets::{AssetFolderPath, AssetPath},
    pages::PagePlace,
};

/// The folder of the assets.
pub(super) const ASSETS: &str = "_assets";
/// The folder of what is remembered.
pub(super) const MEMORY: &str = ".wikijs";

/// The longest name in bytes, extension and all: what file systems take is 255, or 143 where names are
/// encrypted.
const NAME_BYTES: usize = 140;
/// The longest path in bytes; beyond it only a hash stands for it.
const PATH_BYTES: usize = 1024;

/// The file of a page. Of two pages for which a file system may take the same name, one is `distinct`.
pub(super) fn page_file(place: &PagePlace, extension: &str, distinct: bool) -> String {
    let mut names = vec![locale_name(place.locale.as_str())];
    let parts: Vec<&str> = place.path.as_str().split('/').collect();
    let (last, above) = parts.split_last().unwrap_or((&"", &[]));
    names.extend(above.iter().map(|part| fitted(encoded(part, false), 0)));
    let mut name = encoded(last, false);
    if distinct || has_several_spellings(place.path.as_str()) {
        name = format!("{name}~{}", &hash_of(place.path.as_str())[..8]);
    }
    let name = fitted(name, extension.len() + 1);
    names.push(format!("{name}.{extension}"));
    let file = names.join("/");
    if file.len() <= PATH_BYTES {
        return file;
    }
    let hash = hash_of(place.path.as_str());
    format!("{}/~/{hash}.{extension}", names[0])
}

/// The file of an asset.
pub(super) fn asset_file(path: &AssetPath, distinct: bool) -> String {
    let mut names = folder_names(&path.folder());
    let mut name = encoded(path.name(), true);
    if !name.contains('.') {
        name.push('%');
    }
    if distinct || has_several_spellings(path.as_str()) {
        name = format!("{}~{name}", &hash_of(path.as_str())[..8]);
    }
    names.push(fitted_before_extension(name));
    let file = names.join("/");
    if file.len() <= PATH_BYTES {
        return file;
    }
    format!("{ASSETS}/~/{}.bin", hash_of(path.as_str()))
}

/// The folder of a folder of assets; `None` for one whose path is too long.
pub(super) fn asset_folder(path: &AssetFolderPath) -> Option<String> {
    let folder = folder_names(path).join("/");
    (folder.len() <= PATH_BYTES).then_some(folder)
}

fn folder_names(path: &AssetFolderPath) -> Vec<String> {
    let mut names = vec![ASSETS.to_owned()];
    if !path.is_root() {
        let parts = path.as_str().split('/');
        names.extend(parts.map(|part| fitted(encoded(part, false), 0)));
    }
    names
}

/// The path that a name stands for, part by part; `None` if it is not one that is made here.
pub(super) fn decoded(file: &str) -> Option<String> {
    let parts: Option<Vec<String>> = file.split('/').map(decoded_name).collect();
    parts.map(|parts| parts.join("/"))
}

/// What two files have in common that some file system takes for one.
pub(super) fn folded(file: &str) -> String {
    file.to_uppercase().to_lowercase()
}

/// Whether a path from a list leads to a file in the folder, and to nothing else.
pub(super) fn is_inside(file: &str) -> bool {
    !file.is_empty()
        && file.split('/').all(|name| {
            !name.is_empty()
                && name != "."
                && name != ".."
                && !name.contains(['\\', '\0'])
                && !(cfg!(windows) && name.contains(':'))
        })
        && !file.starts_with(MEMORY)
}

/// The extension of a page's file.
pub(super) fn extension(content_type: &str) -> &'static str {
    match content_type {
        "markdown" => "md",
        "html" => "html",
        "asciidoc" => "adoc",
        "yml" => "yml",
        _ => "txt",
    }
}

/// The locale, which is no other folder's name.
fn locale_name(locale: &str) -> String {
    let name = fitted(encoded(locale, false), 0);
    match name.strip_prefix('_') {
        Some(rest) => format!("%5F{rest}"),
        None => name,
    }
}

fn encoded(part: &str, keeps_dots: bool) -> String {
    if part.is_empty() {
        return "%".to_owned();
    }
    let is_device = is_device(part);
    let last = part.chars().count() - 1;
    let mut name = String::with_capacity(part.len());
    for (position, character) in part.chars().enumerate() {
        let is_at_end = position == 0 || position == last;
        let is_kept = match character {
            '.' => keeps_dots && !is_at_end,
            ' ' => !is_at_end,
            '-' | '_' | '+' | ',' | '(' | ')' | '=' | '@' | '!' | '\'' | '&' => true,
            c if c.is_ascii() => c.is_ascii_alphanumeric(),
            c => is_visible(c),
        };
        if is_kept && !(is_device && position == 0) {
            name.push(character);
        } else {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                name.push('%');
                name.extend([byte >> 4, byte & 15].map(digit));
            }
        }
    }
    name
}

fn digit(value: u8) -> char {
    let digit = char::from_digit(u32::from(value), 16);
    digit.unwrap_or_default().to_ascii_uppercase()
}

fn is_visible(character: char) -> bool {
    let is_hidden = matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}');
    !is_hidden
        && !character.is_control()
        && !character.is_whitespace()
        && u32::from(character) & 0xfffe != 0xfffe
}

fn decoded_name(name: &str) -> Option<String> {
    if name == "%" {
        return Some(String::new());
    }
    let name = name.strip_suffix('%').unwrap_or(name);
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let digits = after
                .get(..2)
                .and_then(|two| std::str::from_utf8(two).ok())?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// `con`, `com1`: names that Windows has for devices, whatever follows behind a dot or a space.
fn is_device(part: &str) -> bool {
    let stem = part.split(['.', ' ']).next().unwrap_or_default();
    let stem = stem.to_lowercase();
    let numbered = |device: &str| {
        let number = stem
            .strip_prefix(device)
            .map(|rest| rest.chars().collect::<Vec<_>>());
        matches!(
            number.as_deref(),
            Some(['0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'])
        )
    };
    matches!(
        stem.as_str(),
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$"
    ) || numbered("com")
        || numbered("lpt")
}

/// Whether some file system may spell the text in another way: with marks of their own or within letters.
fn has_several_spellings(text: &str) -> bool {
    text.chars().any(|character| {
        matches!(character, '\u{300}'..='\u{36f}' | '\u{1100}'..='\u{11ff}' | '\u{3099}' | '\u{309a}')
    })
}

/// A name that is not too long, with room for what follows.
fn fitted(name: String, room: usize) -> String {
    if name.len() + room <= NAME_BYTES {
        return name;
    }
    let hash = &hash_of(&name)[..16];
    let mut end = NAME_BYTES - room - hash.len() - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    // A byte that is written out stays whole.
    let kept = &name[..end];
    let kept = match kept.rfind('%') {
        Some(start) if start + 3 > kept.len() => &kept[..start],
        _ => kept,
    };
    format!("{kept}~{hash}")
}

/// As [`fitted`], but the extension stays.
fn fitted_before_extension(name: String) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 && name.len() > NAME_BYTES => {
            let stem = fitted(stem.to_owned(), extension.len() + 1);
            format!("{stem}.{extension}")
        }
        _ => fitted(name, 0),
    }
}

fn hash_of(text: &str) -> String {
    Digest::of(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> String {
        let place: PagePlace =
            serde_json::from_value(serde_json::json!({ "locale": "en", "path": path })).unwrap();
        page_file(&place, "md", false)
    }

    #[test]
    fn a_usual_path_is_its_own_file() {
        assert_eq!(file("home"), "en/home.md");
        assert_eq!(file("docs/Install_it-now"), "en/docs/Install_it-now.md");
        assert_eq!(file("größe/日本語"), "en/größe/日本語.md");
    }

    #[test]
    fn no_path_leads_out_of_the_folder_or_to_a_name_that_a_system_does_not_take() {
        for (path, expected) in [
            ("..", "en/%2E%2E.md"),
            ("../../etc/passwd", "en/%2E%2E/%2E%2E/etc/passwd.md"),
            ("/etc/passwd", "en/%/etc/passwd.md"),
            ("C:\\x", "en/C%3A%5Cx.md"),
            ("", "en/%.md"),
            ("a//b", "en/a/%/b.md"),
            ("a/", "en/a/%.md"),
            (".", "en/%2E.md"),
            ("a.md", "en/a%2Emd.md"),
            ("a.md/b", "en/a%2Emd/b.md"),
            (".git/config", "en/%2Egit/config.md"),
            ("con", "en/%63on.md"),
            ("NUL/x", "en/%4EUL/x.md"),
            ("com1.x", "en/%63om1%2Ex.md"),
            ("a\0b\n", "en/a%00b%0A.md"),
            ("a~b%", "en/a%7Eb%25.md"),
            (" a b ", "en/%20a b%20.md"),
            ("a\u{202e}b", "en/a%E2%80%AEb.md"),
            ("<a|b>*?\"", "en/%3Ca%7Cb%3E%2A%3F%22.md"),
        ] {
            let found = file(path);
            assert_eq!(found, expected, "{path:?}");
            assert!(is_inside(&found), "{path:?}");
            let back = decoded(found.strip_suffix(".md").unwrap()).unwrap();
            assert_eq!(back.strip_prefix("en/").unwrap(), path);
        }
    }

    #[test]
    fn a_locale_is_no_other_folder() {
        for (locale, folder) in [
            ("..", "%2E%2E"),
            ("_assets", "%5Fassets"),
            (".wikijs", "%2Ewikijs"),
        ] {
            let place = PagePlace::new(locale, "home");
            assert_eq!(page_file(&place, "md", false), format!("{folder}/home.md"));
        }
    }

    #[test]
    fn a_long_path_has_a_file_of_its_own() {
        let long = "ü".repeat(300);
        let one = file(&format!("{long}a"));
        let other = file(&format!("{long}b"));
        assert_ne!(one, other);
        let deep = file(&"abc/".repeat(1000));
        for file in [&one, &other, &deep] {
            assert!(file.len() <= PATH_BYTES + 64, "{file}");
            assert!(
                file.split('/').all(|name| name.len() <= NAME_BYTES),
                "{file}"
            );
            assert!(is_inside(file));
        }
        let percent = "\u{1}".repeat(100);
        assert!(
            file(&percent)
                .split('~')
                .next()
                .unwrap()
                .len()
                .is_multiple_of(3),
            "en/ and whole bytes"
        );
    }

    #[test]
    fn letters_that_are_composed_in_two_ways_are_two_files() {
        let (composed, in_parts) = (file("caf\u{e9}"), file("cafe\u{301}"));
        assert_eq!(composed, "en/caf\u{e9}.md");
        assert!(in_parts.starts_with("en/cafe\u{301}~"), "{in_parts}");
        assert_eq!(folded("en/Straße"), folded("EN/STRASSE"));
    }

    #[test]
    fn a_folder_of_assets_is_never_in_the_way_of_a_file() {
        for (path, expected) in [
            ("photo.png", "_assets/photo.png"),
            ("x.png/y.png", "_assets/x%2Epng/y.png"),
            ("v1.0/noext", "_assets/v1%2E0/noext%"),
            ("v1.0/noext/a.b", "_assets/v1%2E0/noext/a.b"),
            (".hidden", "_assets/%2Ehidden%"),
            ("../a.png", "_assets/%2E%2E/a.png"),
            ("..", "_assets/%2E%2E%"),
        ] {
            let found = asset_file(&AssetPath::from(path), false);
            assert_eq!(found, expected);
            let back = decoded(&found).unwrap();
            assert_eq!(back, format!("_assets/{path}"));
        }
        let long = format!("{}.png", "a".repeat(250));
        let found = asset_file(&AssetPath::from(long), false);
        assert!(
            found.strip_suffix(".png").is_some() && found.len() <= NAME_BYTES + 8,
            "{found}"
        );
    }

    #[test]
    fn a_list_cannot_lead_out_of_the_folder_either() {
        for file in [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a//b",
            ".wikijs/x",
            "a\\..\\b",
            ".",
        ] {
            assert!(!is_inside(file), "{file:?}");
        }
        assert!(is_inside("en/docs/a.md"));
    }
}
