//! Paths of pages. The checks of paths are in `crate::text`.

use super::PagePath;

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

    /// Returns `true` if `path` is this path or one below it. The empty path is a prefix of every path.
    ///
    /// ```
    /// use wikijs_client::PagePath;
    ///
    /// let docs = PagePath::from("docs");
    /// assert!(docs.is_prefix_of("docs/install"));
    /// assert!(!docs.is_prefix_of("docs-old"));
    /// ```
    pub fn is_prefix_of(&self, path: &str) -> bool {
        self.0.is_empty()
            || path
                .strip_prefix(&self.0)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Returns the first character that is invisible or changes the direction of text, and its name.
    pub(crate) fn unseen_character(&self) -> Option<(char, &'static str)> {
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

/// Returns the name of a character that is invisible, white space other than a space, a control character, or one
/// that changes the direction of text. Returns `None` for any other character.
fn unseen_name(character: char) -> Option<&'static str> {
    Some(match character {
        '\0' => "NULL",
        '\t' => "CHARACTER TABULATION",
        '\n' => "LINE FEED",
        '\r' => "CARRIAGE RETURN",
        '\u{85}' => "NEXT LINE",
        '\u{a0}' => "NO-BREAK SPACE",
        '\u{ad}' => "SOFT HYPHEN",
        '\u{34f}' => "COMBINING GRAPHEME JOINER",
        '\u{61c}' => "ARABIC LETTER MARK",
        '\u{115f}'..='\u{1160}' | '\u{3164}' | '\u{ffa0}' => "HANGUL FILLER",
        '\u{17b4}'..='\u{17b5}' => "KHMER INHERENT VOWEL",
        '\u{180b}'..='\u{180d}' | '\u{180f}' => "MONGOLIAN VARIATION SELECTOR",
        '\u{180e}' => "MONGOLIAN VOWEL SEPARATOR",
        '\u{200b}' => "ZERO WIDTH SPACE",
        '\u{200c}' => "ZERO WIDTH NON-JOINER",
        '\u{200d}' => "ZERO WIDTH JOINER",
        '\u{200e}' => "LEFT-TO-RIGHT MARK",
        '\u{200f}' => "RIGHT-TO-LEFT MARK",
        '\u{2028}' => "LINE SEPARATOR",
        '\u{2029}' => "PARAGRAPH SEPARATOR",
        '\u{202a}' => "LEFT-TO-RIGHT EMBEDDING",
        '\u{202b}' => "RIGHT-TO-LEFT EMBEDDING",
        '\u{202c}' => "POP DIRECTIONAL FORMATTING",
        '\u{202d}' => "LEFT-TO-RIGHT OVERRIDE",
        '\u{202e}' => "RIGHT-TO-LEFT OVERRIDE",
        '\u{2060}' => "WORD JOINER",
        '\u{2061}'..='\u{2064}' => "INVISIBLE OPERATOR",
        '\u{2066}' => "LEFT-TO-RIGHT ISOLATE",
        '\u{2067}' => "RIGHT-TO-LEFT ISOLATE",
        '\u{2068}' => "FIRST STRONG ISOLATE",
        '\u{2069}' => "POP DIRECTIONAL ISOLATE",
        '\u{206a}'..='\u{206f}' => "DEPRECATED FORMAT CHARACTER",
        '\u{2800}' => "BRAILLE PATTERN BLANK",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => "VARIATION SELECTOR",
        '\u{feff}' => "ZERO WIDTH NO-BREAK SPACE",
        '\u{fff9}'..='\u{fffb}' => "INTERLINEAR ANNOTATION CHARACTER",
        '\u{1d173}'..='\u{1d17a}' => "MUSICAL FORMAT CHARACTER",
        '\u{e0000}'..='\u{e007f}' => "TAG CHARACTER",
        ' ' => return None,
        c if c.is_control() => "CONTROL CHARACTER",
        c if c.is_whitespace() => "WHITE SPACE",
        _ => return None,
    })
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
