//! Front matter: the lines before a page's content with its title, tags and other fields.
//!
//! A file has front matter if it begins with a mapping with at least one known key, or with an empty pair of
//! `---` lines. Everything else is content, since a document may begin with a thematic break.

mod fields;
mod lines;
mod node;
mod storage;
mod write;

use wikijs_client::{Editor, Locale, PageId, PagePath, Tag, Timestamp};

pub(crate) use self::write::written;
use self::{lines::Lines, node::Node};

/// The fields of front matter. `None` is an omitted field, and `Some(None)` is a field with an empty value.
#[allow(
    clippy::option_option,
    reason = "a field may be omitted, null, or have a value"
)]
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct FrontMatter {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) path: Option<PagePath>,
    pub(crate) locale: Option<Locale>,
    pub(crate) tags: Option<Vec<Tag>>,
    pub(crate) editor: Option<Editor>,
    pub(crate) is_published: Option<bool>,
    pub(crate) publish_start: Option<Option<Timestamp>>,
    pub(crate) publish_end: Option<Option<Timestamp>>,
    pub(crate) is_private: Option<bool>,
    pub(crate) script_css: Option<Option<String>>,
    pub(crate) script_js: Option<Option<String>>,
    pub(crate) id: Option<PageId>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) updated_at: Option<Timestamp>,
}

/// The writer of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Origin {
    /// The file has no front matter.
    #[default]
    Plain,
    /// A person or another program.
    Other,
    /// An export of this program.
    Export,
    /// A storage target of Wiki.js.
    Storage,
}

/// An error in front matter.
#[derive(Debug, PartialEq)]
pub(crate) struct Problem {
    /// The line in the file, from 1.
    pub(crate) line: Option<usize>,
    pub(crate) what: String,
    pub(crate) remedy: String,
}

/// The parts of a page's file.
#[derive(Debug, PartialEq)]
pub(crate) struct Parsed<'text> {
    pub(crate) front: FrontMatter,
    pub(crate) content: &'text str,
    pub(crate) origin: Origin,
    /// Notices about keys that are not imported, or that are interpreted in an unexpected way.
    pub(crate) notes: Vec<String>,
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Splits a page's file into its parts.
pub(crate) fn parsed<'text>(
    text: &'text str,
    editor: Option<&Editor>,
) -> Result<Parsed<'text>, Problem> {
    let plain = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let recognized = match plain.as_bytes().first() {
        Some(b'-') => yaml(plain)?,
        Some(b'+') => toml(plain)?,
        Some(b'{') => json(plain)?,
        Some(b'%') if editor == Some(&Editor::Markdown) => pandoc(plain),
        Some(b'<') => comment(plain, editor)?,
        _ => None,
    };
    match recognized {
        Some(Ok(parsed)) => return Ok(parsed),
        Some(Err(note)) => return Ok(as_text(plain, vec![note])),
        None => {}
    }
    let mut notes = Vec::new();
    if plain.len() < text.len() {
        notes.push("the byte order mark at its beginning is not part of the content".to_owned());
    }
    notes.extend(misplaced(plain));
    Ok(as_text(plain, notes))
}

fn as_text(content: &str, notes: Vec<String>) -> Parsed<'_> {
    Parsed {
        front: FrontMatter::default(),
        content,
        origin: Origin::Plain,
        notes,
    }
}

/// Recognized front matter, or a notice with the reason why a block that looks like front matter is content.
type Recognized<'text> = Option<Result<Parsed<'text>, String>>;

/// The lines between two fences, and the text that follows.
struct Block<'text> {
    inner: &'text str,
    end: &'text str,
    rest: &'text str,
}

fn block<'text>(text: &'text str, fence: &str, ends: &[&str]) -> Option<Block<'text>> {
    let mut lines = Lines::new(text);
    if without_blanks(lines.next()?) != fence {
        return None;
    }
    let start = lines.rest();
    loop {
        let length = start.len() - lines.rest().len();
        let end = without_blanks(lines.next()?);
        if ends.contains(&end) {
            return Some(Block {
                inner: &start[..length],
                end,
                rest: lines.rest(),
            });
        }
    }
}

fn yaml(text: &str) -> Result<Recognized<'_>, Problem> {
    if let Some(parsed) = storage::parse(text, ["---", "---"]) {
        return parsed.map(|parsed| Some(Ok(parsed)));
    }
    let Some(block) = block(text, "---", &["---", "..."]) else {
        let unclosed = Lines::new(text).next().map(without_blanks) == Some("---")
            && Lines::new(text).nth(1).is_some_and(fields::has_known_key);
        let note = "it begins with `---` and a key of front matter, but no line `---` ends that: taken as text";
        return Ok(unclosed.then(|| Err(note.to_owned())));
    };
    let is_blank = block.inner.bytes().all(|byte| byte.is_ascii_whitespace());
    if is_blank && block.end == "---" {
        return Ok(Some(Ok(Parsed {
            front: FrontMatter::default(),
            content: without_blank_line(block.rest),
            origin: Origin::Other,
            notes: Vec::new(),
        })));
    }
    let lines = Lines::new(block.inner);
    let inner: String = lines.flat_map(|line| [line, "\n"]).collect();
    match node::from_yaml(&inner) {
        Ok(Node::Map(entries)) => recognize(entries, &inner, block.rest),
        Ok(_) => Ok(None),
        Err(error) => {
            let mut lines = Lines::new(block.inner);
            if lines.any(fields::has_known_key) {
                return Err(fields::problem_in_yaml(&inner, &error));
            }
            let mut lines = Lines::new(block.inner);
            let is_meant = lines.any(|line| fields::has_known_key(line.trim_start()));
            let note = "it begins with `---` and an indented key of front matter, but is not valid YAML: taken as text";
            Ok(is_meant.then(|| Err(note.to_owned())))
        }
    }
}

fn toml(text: &str) -> Result<Recognized<'_>, Problem> {
    let Some(block) = block(text, "+++", &["+++"]) else {
        let mut lines = Lines::new(text);
        let is_meant = lines.next().map(without_blanks) == Some("+++")
            && lines.next().is_some_and(is_known_in_toml);
        let note = "it begins with `+++` and a key of front matter, but no line `+++` ends that: taken as text";
        return Ok(is_meant.then(|| Err(note.to_owned())));
    };
    match node::from_toml(block.inner) {
        Ok(Node::Map(entries)) => recognize(entries, "", block.rest),
        Ok(_) => Ok(None),
        Err(error) => {
            if !Lines::new(block.inner).any(is_known_in_toml) {
                return Ok(None);
            }
            let line = error.span().map(|span| {
                let before = block.inner.get(..span.start).unwrap_or_default();
                before.matches('\n').count() + 2
            });
            Err(Problem {
                line,
                what: format!("the TOML front matter is not valid: {}", error.message()),
                remedy: "correct it, or write YAML between two lines of `---`".to_owned(),
            })
        }
    }
}

/// Returns `true` for a line `key = value` with a known key.
fn is_known_in_toml(line: &str) -> bool {
    line.split_once('=')
        .is_some_and(|(key, _)| fields::is_known(key.trim()))
}

/// Returns a notice if a text begins like JSON with a known key.
fn broken_json(text: &str) -> Option<Result<Parsed<'_>, String>> {
    let key = text.strip_prefix('{')?.trim_start().strip_prefix('"')?;
    let (key, rest) = key.split_once('"')?;
    let is_meant = fields::is_known(key) && rest.trim_start().starts_with(':');
    let note = "it begins with `{` and a key of front matter, but is not valid JSON that ends with its line: taken as text";
    is_meant.then(|| Err(note.to_owned()))
}

fn json(text: &str) -> Result<Recognized<'_>, Problem> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Map<_, _>>();
    let Some(Ok(map)) = values.next() else {
        return Ok(broken_json(text));
    };
    let rest = text[values.byte_offset()..].trim_start_matches([' ', '\t']);
    let rest = match rest.strip_prefix("\r\n") {
        Some(rest) => rest,
        None if rest.is_empty() => rest,
        None => match rest.strip_prefix(['\n', '\r']) {
            Some(rest) => rest,
            None => return Ok(broken_json(text)),
        },
    };
    match Node::from(serde_json::Value::Object(map)) {
        Node::Map(entries) => recognize(entries, "", rest),
        _ => Ok(None),
    }
}

/// Reads a mapping as front matter if at least one of its keys is known.
fn recognize<'text>(
    entries: Vec<(String, Node)>,
    yaml: &str,
    rest: &'text str,
) -> Result<Recognized<'text>, Problem> {
    let entries = fields::merged(entries);
    if !entries.iter().any(|(key, _)| fields::is_known(key)) {
        let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
        let note = format!(
            "it begins with a mapping of which no key is known ({}): taken as text",
            keys.join(", ")
        );
        return Ok(Some(Err(note)));
    }
    let read = fields::read(&entries, yaml)?;
    Ok(Some(Ok(Parsed {
        content: if read.origin == Origin::Export {
            rest
        } else {
            without_blank_line(rest)
        },
        front: read.front,
        origin: read.origin,
        notes: read.notes,
    })))
}

/// Reads the title block of Pandoc: up to three lines that begin with `%`, followed by an empty line.
fn pandoc(text: &str) -> Option<Result<Parsed<'_>, String>> {
    let mut lines = Lines::new(text);
    let title = lines.next()?.strip_prefix("% ")?.trim();
    let mut others = 0;
    loop {
        match lines.next() {
            Some(line) if line.starts_with('%') && others < 2 => others += 1,
            Some(line) if !line.trim().is_empty() => return None,
            _ => break,
        }
    }
    let mut notes = vec!["the title comes from a `%` line at its beginning".to_owned()];
    if others > 0 {
        notes.push("author and date of a `%` line are not imported: the wiki sets them".to_owned());
    }
    let front = FrontMatter {
        title: Some(title.to_owned()).filter(|title| !title.is_empty()),
        ..FrontMatter::default()
    };
    Some(Ok(Parsed {
        front,
        content: lines.rest(),
        origin: Origin::Other,
        notes,
    }))
}

/// Reads an HTML comment of Wiki.js: that of a storage target, or the title and subtitle of Wiki.js 1.
fn comment<'text>(text: &'text str, editor: Option<&Editor>) -> Result<Recognized<'text>, Problem> {
    if let Some(parsed) = storage::parse(text, ["<!--", "-->"]) {
        return parsed.map(|parsed| Some(Ok(parsed)));
    }
    let said = |line: &'text str, key: &str| {
        let inner = line.trim_end().strip_prefix("<!--")?.strip_suffix("-->")?;
        inner.trim().strip_prefix(key).map(str::trim)
    };
    let mut lines = Lines::new(text);
    if let Some(title) = lines.next().and_then(|line| said(line, "TITLE:")) {
        let mut rest = lines.rest();
        let subtitle = lines.next().and_then(|line| said(line, "SUBTITLE:"));
        if subtitle.is_some() {
            rest = lines.rest();
        }
        let front = FrontMatter {
            title: Some(title.to_owned()).filter(|title| !title.is_empty()),
            description: subtitle.map(str::to_owned),
            ..FrontMatter::default()
        };
        return Ok(Some(Ok(Parsed {
            front,
            content: without_blank_line(rest),
            origin: Origin::Other,
            notes: vec!["the title comes from a `TITLE` comment of Wiki.js 1".to_owned()],
        })));
    }
    if editor != Some(&Editor::Code) {
        return Ok(None);
    }
    // Older versions of Wiki.js wrote fewer keys.
    let Some(block) = block(text, "<!--", &["-->"]) else {
        return Ok(None);
    };
    match node::from_yaml(block.inner) {
        Ok(Node::Map(entries)) if entries.iter().any(|(key, _)| fields::is_known(key)) => {
            recognize(entries, block.inner, block.rest)
        }
        _ => Ok(None),
    }
}

/// Returns a notice if a block that looks like front matter is at a position where it is content.
fn misplaced(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some(after) = rest.trim_start().strip_prefix("<!--") {
        rest = after.split_once("-->")?.1;
    }
    let start = text.len() - rest.trim_start().len();
    let mut lines = Lines::new(&text[start..]);
    let fence = lines.next()?.trim();
    let is_fence = fence.len() >= 3 && fence.bytes().all(|byte| byte == b'-');
    let is_key = fields::has_known_key(lines.next()?.trim_start());
    // An exact fence in the first line has already been handled.
    let was_seen = start == 0 && fence.len() == 3;
    (is_fence && is_key && !was_seen).then(|| {
        let line = text[..start].matches('\n').count() + 1;
        format!(
            "what looks like front matter in line {line} is taken as text: it has to begin in the first line, with exactly `---`"
        )
    })
}

/// Removes the optional empty line between the front matter and the content.
fn without_blank_line(content: &str) -> &str {
    let without = content.strip_prefix("\r\n");
    without
        .or_else(|| content.strip_prefix('\n'))
        .or_else(|| {
            content
                .strip_prefix('\r')
                .filter(|_| !content.contains('\n'))
        })
        .unwrap_or(content)
}

fn without_blanks(line: &str) -> &str {
    line.trim_end_matches([' ', '\t'])
}
