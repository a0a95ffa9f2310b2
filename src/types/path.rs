//! Rules for the paths of pages.

use super::{MAX_CHARACTERS, PagePath, js_trim};

impl PagePath {
    /// Creates a path exactly as the wiki stores it, also with slashes at its ends.
    pub fn verbatim(path: String) -> Self {
        Self(path)
    }

    /// Reads the path of a model, which is exactly the one that the wiki stores.
    pub(crate) fn deserialize_verbatim<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Self, D::Error> {
        <String as serde::Deserialize>::deserialize(deserializer).map(Self)
    }

    /// Returns the last segment. Wiki.js uses it as the title of a folder that has no page.
    ///
    /// ```
    /// use wikijs_client::PagePath;
    ///
    /// assert_eq!(PagePath::from("docs/install").last_segment(), "install");
    /// ```
    pub fn last_segment(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the path without its last segment. It is empty for a path of one segment.
    pub(crate) fn parent(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(parent, _)| parent)
    }

    /// Returns `true` if `path` is this path or one below it. The empty path contains every path.
    ///
    /// ```
    /// use wikijs_client::PagePath;
    ///
    /// let docs = PagePath::from("docs");
    /// assert!(docs.contains("docs/install"));
    /// assert!(!docs.contains("docs-old"));
    /// ```
    pub fn contains(&self, path: &str) -> bool {
        self.0.is_empty()
            || path
                .strip_prefix(&self.0)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Returns the reason for which the wiki would refuse or not find the path, and a remedy.
    pub(crate) fn problem(&self) -> Option<(String, &'static str)> {
        if let Some((character, name)) = self.unseen_character() {
            // The character is escaped, because it would be invisible in the message or reverse its text.
            let shown: String = self.0.escape_debug().collect();
            let problem = format!("`{shown}` has U+{:04X} {name}", u32::from(character));
            return Some((problem, "remove that character"));
        }
        let (problem, remedy) = unreachable_because(&self.0)?;
        Some((format!("`{}` {problem}", self.0), remedy))
    }

    /// Returns the first character that is invisible or changes the direction of text, and its name.
    fn unseen_character(&self) -> Option<(char, &'static str)> {
        let mut before = None;
        let mut characters = self.0.chars().peekable();
        while let Some(character) = characters.next() {
            if let Some(name) = unseen_name(character)
                && !shapes_text(before, character, characters.peek().copied())
            {
                return Some((character, name));
            }
            before = Some(character);
        }
        None
    }
}

/// First segments that are routes of Wiki.js itself, which take precedence over pages.
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

/// Returns the reason for which a page at the path cannot be opened in a browser, and a remedy.
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
    } else if path.split('/').any(|segment| js_trim(segment).is_empty()) {
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

/// Returns the reason for which a character is not allowed in a path.
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
        _ => None,
    }
}

/// Returns `true` for two letters, or two pairs of letters: `en`, `pt-br`.
fn reads_as_locale(segment: &str) -> bool {
    let two_letters = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic());
    match segment.split_once('-') {
        None => two_letters(segment),
        Some((language, region)) => two_letters(language) && two_letters(region),
    }
}

/// Returns the name of a character that is invisible, white space other than a space, a control character, or one
/// that changes the direction of text. Returns `None` for any other character.
fn unseen_name(character: char) -> Option<&'static str> {
    let named = NAMES.binary_search_by_key(&character, |(named, _)| *named);
    if let Ok(index) = named {
        return Some(NAMES[index].1);
    }
    match character {
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Some("VARIATION SELECTOR"),
        '\u{e0000}'..='\u{e007f}' => Some("TAG CHARACTER"),
        '\u{e000}'..='\u{f8ff}' => None,
        c if c.is_control() => Some("CONTROL CHARACTER"),
        c if c.is_whitespace() => Some("WHITE SPACE"),
        _ => None,
    }
}

/// Returns `true` if an invisible character changes the shape of the characters next to it. Joiners and variation
/// selectors do so with emoji and the letters of many scripts.
fn shapes_text(before: Option<char>, character: char, after: Option<char>) -> bool {
    let is_shaped = |c: Option<char>| {
        c.is_some_and(|c| {
            let is_selector = matches!(c, '\u{fe00}'..='\u{fe0f}');
            is_selector || (!c.is_ascii() && unseen_name(c).is_none())
        })
    };
    match character {
        '\u{200c}' | '\u{200d}' => is_shaped(before) && is_shaped(after),
        '\u{fe00}'..='\u{fe0f}' => is_shaped(before),
        _ => false,
    }
}

/// Names of characters, sorted by code point: Unicode names, and common names of control characters.
const NAMES: [(char, &str); 80] = [
    ('\u{0}', "NULL"),
    ('\u{8}', "BACKSPACE"),
    ('\u{9}', "CHARACTER TABULATION"),
    ('\u{a}', "LINE FEED"),
    ('\u{b}', "LINE TABULATION"),
    ('\u{c}', "FORM FEED"),
    ('\u{d}', "CARRIAGE RETURN"),
    ('\u{1b}', "ESCAPE"),
    ('\u{7f}', "DELETE"),
    ('\u{85}', "NEXT LINE"),
    ('\u{a0}', "NO-BREAK SPACE"),
    ('\u{ad}', "SOFT HYPHEN"),
    ('\u{34f}', "COMBINING GRAPHEME JOINER"),
    ('\u{61c}', "ARABIC LETTER MARK"),
    ('\u{115f}', "HANGUL CHOSEONG FILLER"),
    ('\u{1160}', "HANGUL JUNGSEONG FILLER"),
    ('\u{1680}', "OGHAM SPACE MARK"),
    ('\u{17b4}', "KHMER VOWEL INHERENT AQ"),
    ('\u{17b5}', "KHMER VOWEL INHERENT AA"),
    ('\u{180b}', "MONGOLIAN FREE VARIATION SELECTOR ONE"),
    ('\u{180c}', "MONGOLIAN FREE VARIATION SELECTOR TWO"),
    ('\u{180d}', "MONGOLIAN FREE VARIATION SELECTOR THREE"),
    ('\u{180e}', "MONGOLIAN VOWEL SEPARATOR"),
    ('\u{180f}', "MONGOLIAN FREE VARIATION SELECTOR FOUR"),
    ('\u{2000}', "EN QUAD"),
    ('\u{2001}', "EM QUAD"),
    ('\u{2002}', "EN SPACE"),
    ('\u{2003}', "EM SPACE"),
    ('\u{2004}', "THREE-PER-EM SPACE"),
    ('\u{2005}', "FOUR-PER-EM SPACE"),
    ('\u{2006}', "SIX-PER-EM SPACE"),
    ('\u{2007}', "FIGURE SPACE"),
    ('\u{2008}', "PUNCTUATION SPACE"),
    ('\u{2009}', "THIN SPACE"),
    ('\u{200a}', "HAIR SPACE"),
    ('\u{200b}', "ZERO WIDTH SPACE"),
    ('\u{200c}', "ZERO WIDTH NON-JOINER"),
    ('\u{200d}', "ZERO WIDTH JOINER"),
    ('\u{200e}', "LEFT-TO-RIGHT MARK"),
    ('\u{200f}', "RIGHT-TO-LEFT MARK"),
    ('\u{2028}', "LINE SEPARATOR"),
    ('\u{2029}', "PARAGRAPH SEPARATOR"),
    ('\u{202a}', "LEFT-TO-RIGHT EMBEDDING"),
    ('\u{202b}', "RIGHT-TO-LEFT EMBEDDING"),
    ('\u{202c}', "POP DIRECTIONAL FORMATTING"),
    ('\u{202d}', "LEFT-TO-RIGHT OVERRIDE"),
    ('\u{202e}', "RIGHT-TO-LEFT OVERRIDE"),
    ('\u{202f}', "NARROW NO-BREAK SPACE"),
    ('\u{205f}', "MEDIUM MATHEMATICAL SPACE"),
    ('\u{2060}', "WORD JOINER"),
    ('\u{2061}', "FUNCTION APPLICATION"),
    ('\u{2062}', "INVISIBLE TIMES"),
    ('\u{2063}', "INVISIBLE SEPARATOR"),
    ('\u{2064}', "INVISIBLE PLUS"),
    ('\u{2066}', "LEFT-TO-RIGHT ISOLATE"),
    ('\u{2067}', "RIGHT-TO-LEFT ISOLATE"),
    ('\u{2068}', "FIRST STRONG ISOLATE"),
    ('\u{2069}', "POP DIRECTIONAL ISOLATE"),
    ('\u{206a}', "INHIBIT SYMMETRIC SWAPPING"),
    ('\u{206b}', "ACTIVATE SYMMETRIC SWAPPING"),
    ('\u{206c}', "INHIBIT ARABIC FORM SHAPING"),
    ('\u{206d}', "ACTIVATE ARABIC FORM SHAPING"),
    ('\u{206e}', "NATIONAL DIGIT SHAPES"),
    ('\u{206f}', "NOMINAL DIGIT SHAPES"),
    ('\u{2800}', "BRAILLE PATTERN BLANK"),
    ('\u{3000}', "IDEOGRAPHIC SPACE"),
    ('\u{3164}', "HANGUL FILLER"),
    ('\u{feff}', "ZERO WIDTH NO-BREAK SPACE"),
    ('\u{ffa0}', "HALFWIDTH HANGUL FILLER"),
    ('\u{fff9}', "INTERLINEAR ANNOTATION ANCHOR"),
    ('\u{fffa}', "INTERLINEAR ANNOTATION SEPARATOR"),
    ('\u{fffb}', "INTERLINEAR ANNOTATION TERMINATOR"),
    ('\u{1d173}', "MUSICAL SYMBOL BEGIN BEAM"),
    ('\u{1d174}', "MUSICAL SYMBOL END BEAM"),
    ('\u{1d175}', "MUSICAL SYMBOL BEGIN TIE"),
    ('\u{1d176}', "MUSICAL SYMBOL END TIE"),
    ('\u{1d177}', "MUSICAL SYMBOL BEGIN SLUR"),
    ('\u{1d178}', "MUSICAL SYMBOL END SLUR"),
    ('\u{1d179}', "MUSICAL SYMBOL BEGIN PHRASE"),
    ('\u{1d17a}', "MUSICAL SYMBOL END PHRASE"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(NAMES.is_sorted_by_key(|(character, _)| *character));
        assert_eq!(unseen_name('\u{200b}'), Some("ZERO WIDTH SPACE"));
        assert_eq!(unseen_name('\u{202e}'), Some("RIGHT-TO-LEFT OVERRIDE"));
        assert_eq!(unseen_name('\u{feff}'), Some("ZERO WIDTH NO-BREAK SPACE"));
        assert_eq!(unseen_name('\u{85}'), Some("NEXT LINE"));
        for seen in ['a', 'é', '日', '🎉', '\u{301}', '-'] {
            assert_eq!(unseen_name(seen), None, "{seen}");
        }
    }
}
