//! File names of pages and assets.
//!
//! A path in a wiki may be any string. The file names are valid on every file system, stay inside of the folder,
//! and can be decoded into the path again:
//!
//! - Each segment of a path is a name. The bytes of unsuitable characters are encoded as `%` and two hexadecimal
//!   digits. These are ASCII characters other than letters, digits, space and `-_+,()=@!'&`, dots, control and
//!   invisible characters, a space at the start or end, and the first letter of a Windows device name (`con`). An
//!   empty segment is `%`.
//! - Dots in the path of a page are encoded, so that a folder `a.md` (`a%2Emd`) never collides with the page `a`
//!   (`a.md`), and no name begins with a dot. Names of assets keep their dots except at the start and end. A name
//!   of an asset without a dot ends with `%`, and names of asset folders keep no dots, for the same reason.
//! - A name that would be too long is truncated and ends with `~` and a hash of the whole name. A name that
//!   differs from another name only in case or Unicode normalization has a hash, too.

use unicode_normalization::{UnicodeNormalization, is_nfc};
use wikijs_client::{
    assets::{AssetFolderPath, AssetPath},
    pages::PageLocation,
};

use crate::{digest::Digest, text::is_visible};

/// Folder of the assets.
pub(crate) const ASSETS: &str = "_assets";
/// Folder of the manifest.
pub(crate) const MANIFEST_FOLDER: &str = ".wikijs";
/// Folder of the files for this machine only. Git ignores it.
pub(crate) const LOCAL: &str = ".wikijs/local";

/// Maximum length of a name in bytes, including its extension. File systems allow 255 bytes, or 143 if they
/// encrypt names.
const NAME_BYTES: usize = 140;
/// Maximum length of a path in bytes. A longer path is replaced by its hash.
const PATH_BYTES: usize = 1024;

/// Returns the file name of a page. With `distinct` it contains a hash, for a page whose name a file system may
/// treat as equal to the name of another page.
pub(crate) fn page_file(place: &PageLocation, extension: &str, distinct: bool) -> String {
    let mut names = vec![locale_name(place.locale.as_str())];
    let parts: Vec<&str> = place.path.as_str().split('/').collect();
    let (last, above) = parts.split_last().unwrap_or((&"", &[]));
    names.extend(above.iter().map(|part| truncated(encoded(part, false), 0)));
    let mut name = encoded(last, false);
    if distinct || has_several_spellings(place.path.as_str()) {
        name = format!("{name}~{}", &hash_of(place.path.as_str())[..8]);
    }
    let name = truncated(name, extension.len() + 1);
    names.push(format!("{name}.{extension}"));
    let file = names.join("/");
    if file.len() <= PATH_BYTES {
        return file;
    }
    let hash = hash_of(place.path.as_str());
    format!("{}/~/{hash}.{extension}", names[0])
}

/// Returns the file name of an asset. `distinct` has the same meaning as in [`page_file`].
pub(crate) fn asset_file(path: &AssetPath, distinct: bool) -> String {
    let mut names = folder_names(&path.folder());
    let mut name = encoded(path.name(), true);
    if !name.contains('.') {
        name.push('%');
    }
    if distinct || has_several_spellings(path.as_str()) {
        name = format!("{}~{name}", &hash_of(path.as_str())[..8]);
    }
    names.push(truncated_before_extension(name));
    let file = names.join("/");
    if file.len() <= PATH_BYTES {
        return file;
    }
    format!("{ASSETS}/~/{}.bin", hash_of(path.as_str()))
}

/// Returns the folder name of an asset folder. `None` if its path is too long.
pub(crate) fn asset_folder(path: &AssetFolderPath) -> Option<String> {
    let folder = folder_names(path).join("/");
    (folder.len() <= PATH_BYTES).then_some(folder)
}

fn folder_names(path: &AssetFolderPath) -> Vec<String> {
    let mut names = vec![ASSETS.to_owned()];
    if !path.is_root() {
        let parts = path.as_str().split('/');
        names.extend(parts.map(|part| truncated(encoded(part, false), 0)));
    }
    names
}

/// Decodes the file name of a page, without its extension, into the path of the page.
///
/// A `%` without two hexadecimal digits, which an export never writes, is kept. Returns `None` if the decoded
/// bytes are not UTF-8.
pub(crate) fn decoded(file: &str) -> Option<String> {
    decoded_parts(file, |name| {
        name.strip_suffix('%').filter(|rest| rest.is_empty())
    })
}

/// Decodes the file name of an asset into the path of the asset.
pub(crate) fn decoded_asset(file: &str) -> Option<String> {
    decoded_parts(file, |name| {
        let rest = name.strip_suffix('%');
        rest.filter(|rest| !rest.contains('.'))
    })
}

fn decoded_parts(file: &str, without_mark: fn(&str) -> Option<&str>) -> Option<String> {
    let parts = file.split('/').map(|name| {
        let name = without_mark(name).unwrap_or(name);
        decoded_name(name)
    });
    let parts: Option<Vec<String>> = parts.collect();
    parts.map(|parts| parts.join("/"))
}

/// Returns the collision key of a name, which ignores case and Unicode normalization. It is equal for names that
/// some file system treats as equal.
pub(crate) fn collision_key(file: &str) -> String {
    let cased: String = file.nfd().flat_map(char::to_uppercase).collect();
    cased.to_lowercase().nfd().collect()
}

/// Returns `true` if a relative path stays inside of the folder and contains no dot files or dot folders.
pub(crate) fn is_own_place(file: &str) -> bool {
    file.split('/').all(|name| {
        let leads_elsewhere = name.contains(['\\', '\0']) || (cfg!(windows) && name.contains(':'));
        !(name.is_empty() || name.starts_with('.') || leads_elsewhere)
    })
}

/// Returns `true` if an export could have written the page to this file.
pub(crate) fn is_file_of_page(file: &str, place: &PageLocation) -> bool {
    let extension = file.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| {
        EXTENSIONS.contains(&extension)
            && [false, true]
                .iter()
                .any(|distinct| page_file(place, extension, *distinct) == file)
    })
}

/// Returns `true` if an export could have written the asset to this file.
pub(crate) fn is_file_of_asset(file: &str, path: &AssetPath) -> bool {
    [false, true]
        .iter()
        .any(|distinct| asset_file(path, *distinct) == file)
}

const EXTENSIONS: [&str; 5] = ["md", "html", "adoc", "yml", "txt"];

/// Returns the extension for the file of a page.
pub(crate) fn extension(content_type: &str) -> &'static str {
    match content_type {
        "markdown" => "md",
        "html" => "html",
        "asciidoc" => "adoc",
        "yml" => "yml",
        _ => "txt",
    }
}

/// Returns the name of the folder of a locale, which is different from all other top-level folders.
fn locale_name(locale: &str) -> String {
    let name = truncated(encoded(locale, false), 0);
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

fn decoded_name(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let code = after
            .get(..2)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(code) if *first == b'%' => {
                bytes.push(code);
                rest = &after[2..];
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok()
}

/// Returns `true` for names of Windows devices (`con`, `com1`), ignoring everything after a dot or a space.
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

/// Returns `true` if Unicode normalization changes the text, as some file systems do.
fn has_several_spellings(text: &str) -> bool {
    !is_nfc(text)
}

/// Truncates a name so that there is room for a suffix of `room` bytes.
fn truncated(name: String, room: usize) -> String {
    if name.len() + room <= NAME_BYTES {
        return name;
    }
    let hash = &hash_of(&name)[..16];
    let mut end = NAME_BYTES - room - hash.len() - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    // Does not split an encoded byte.
    let kept = &name[..end];
    let kept = match kept.rfind('%') {
        Some(start) if start + 3 > kept.len() => &kept[..start],
        _ => kept,
    };
    format!("{kept}~{hash}")
}

/// Truncates a name like [`truncated`], but keeps its extension.
fn truncated_before_extension(name: String) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 && name.len() > NAME_BYTES => {
            let stem = truncated(stem.to_owned(), extension.len() + 1);
            format!("{stem}.{extension}")
        }
        _ => truncated(name, 0),
    }
}

fn hash_of(text: &str) -> String {
    Digest::of(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> String {
        let place: PageLocation =
            serde_json::from_value(serde_json::json!({ "locale": "en", "path": path })).unwrap();
        page_file(&place, "md", false)
    }

    #[test]
    fn an_ordinary_path_is_unchanged() {
        assert_eq!(file("home"), "en/home.md");
        assert_eq!(file("docs/Install_it-now"), "en/docs/Install_it-now.md");
        assert_eq!(file("größe/日本語"), "en/größe/日本語.md");
    }

    #[test]
    fn no_path_leads_out_of_the_folder_or_to_an_invalid_name() {
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
            assert!(is_own_place(&found), "{path:?}");
            let back = decoded(found.strip_suffix(".md").unwrap()).unwrap();
            assert_eq!(back.strip_prefix("en/").unwrap(), path);
        }
    }

    #[test]
    fn a_locale_folder_has_a_unique_name() {
        for (locale, folder) in [
            ("..", "%2E%2E"),
            ("_assets", "%5Fassets"),
            (".wikijs", "%2Ewikijs"),
        ] {
            let place = PageLocation::new(locale, "home");
            assert_eq!(page_file(&place, "md", false), format!("{folder}/home.md"));
        }
    }

    #[test]
    fn long_paths_have_distinct_files() {
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
            assert!(is_own_place(file));
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
    fn composed_and_decomposed_letters_are_distinct_files() {
        let (composed, in_parts) = (file("caf\u{e9}"), file("cafe\u{301}"));
        assert_eq!(composed, "en/caf\u{e9}.md");
        assert!(in_parts.starts_with("en/cafe\u{301}~"), "{in_parts}");
        assert_eq!(collision_key("en/Straße"), collision_key("EN/STRASSE"));
    }

    #[test]
    fn an_asset_folder_never_collides_with_a_file() {
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
            let back = decoded_asset(&found).unwrap();
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
    fn no_listed_path_leads_out_of_the_folder() {
        for file in [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a//b",
            ".wikijs/x",
            "a\\..\\b",
            ".",
            ".git/HEAD",
            "en/.obsidian/x.md",
        ] {
            assert!(!is_own_place(file), "{file:?}");
        }
        assert!(is_own_place("en/docs/a.md"));
    }
}
