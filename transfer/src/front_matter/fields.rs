//! The keys of front matter and the meaning of their values.

use std::fmt::Write as _;

use jiff::{Timestamp as Moment, civil, tz::TimeZone};
use wikijs_client::{Editor, Locale, PagePath, Tag, Timestamp};

use super::{FrontMatter, Origin, Problem, lines::Lines, node::Node};
use crate::title::joined;

/// The field that a key sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    Description,
    Path,
    Locale,
    Tags,
    Editor,
    IsPublished,
    Draft,
    PublishStart,
    PublishEnd,
    IsPrivate,
    Private,
    ScriptCss,
    ScriptJs,
    /// A field that only the wiki can set, and that an import ignores.
    Informational,
}

/// The known keys.
const KEYS: [(&str, Field); 27] = [
    ("title", Field::Title),
    ("description", Field::Description),
    ("path", Field::Path),
    ("locale", Field::Locale),
    ("tags", Field::Tags),
    ("editor", Field::Editor),
    ("isPublished", Field::IsPublished),
    ("published", Field::IsPublished),
    ("publish", Field::IsPublished),
    ("draft", Field::Draft),
    ("publishStartDate", Field::PublishStart),
    ("publishEndDate", Field::PublishEnd),
    ("isPrivate", Field::IsPrivate),
    ("private", Field::Private),
    ("scriptCss", Field::ScriptCss),
    ("scriptJs", Field::ScriptJs),
    ("contentType", Field::Informational),
    ("privateNS", Field::Informational),
    ("id", Field::Informational),
    ("hash", Field::Informational),
    ("createdAt", Field::Informational),
    ("dateCreated", Field::Informational),
    ("updatedAt", Field::Informational),
    ("date", Field::Informational),
    ("author", Field::Informational),
    ("authors", Field::Informational),
    ("creator", Field::Informational),
];

/// Keys that occur together only in files of an export.
const EXPORTED: [&str; 7] = [
    "path",
    "locale",
    "contentType",
    "hash",
    "id",
    "createdAt",
    "updatedAt",
];

/// The fields, notes and problems that were read from a mapping.
pub(super) struct Read {
    pub(super) front: FrontMatter,
    pub(super) origin: Origin,
    pub(super) notes: Vec<String>,
}

/// Returns a known key, ignoring case, `_` and `-`.
fn known(key: &str) -> Option<(&'static str, Field)> {
    let folded = |key: &str| key.replace(['_', '-'], "").to_lowercase();
    let wanted = folded(key);
    KEYS.into_iter().find(|(key, _)| folded(key) == wanted)
}

pub(super) fn is_known(key: &str) -> bool {
    known(key).is_some()
}

/// Returns `true` for a line `key: value` with a known key, in its usual case.
pub(super) fn has_known_key(line: &str) -> bool {
    key_of(line).is_some_and(|(key, _)| KEYS.iter().any(|(known, _)| *known == key))
}

fn key_of(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let ends = value.is_empty() || value.starts_with([' ', '\t']);
    ends.then_some((key.trim_end(), value.trim()))
}

/// Resolves merge keys (`<<`).
pub(super) fn merged(entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    let (merges, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(key, _)| key == "<<");
    let maps = merges.into_iter().flat_map(|(_, value)| match value {
        Node::List(items) => items,
        other => vec![other],
    });
    for map in maps {
        let Node::Map(entries) = map else { continue };
        for (key, value) in entries {
            if !own.iter().any(|(there, _)| *there == key) {
                own.push((key, value));
            }
        }
    }
    own
}

/// Reads a mapping. `yaml` is its text if it is YAML, for line numbers in messages.
pub(super) fn read(entries: &[(String, Node)], yaml: &str) -> Result<Read, Problem> {
    let has = |key: &str| {
        entries
            .iter()
            .any(|(own, value)| own == key && matches!(value, Node::Scalar(_)))
    };
    let id = entries.iter().find(|(key, _)| key == "id");
    let has_id = matches!(id, Some((_, Node::Scalar(id))) if id.parse::<i64>().is_ok());
    let is_exported = has_id && EXPORTED.into_iter().all(has);
    let mut reader = Reader {
        yaml,
        is_exported,
        front: FrontMatter::default(),
        notes: Vec::new(),
        ignored: Vec::new(),
        informational: Vec::new(),
        first: Vec::new(),
    };
    for (key, value) in entries {
        reader.entry(key, value)?;
    }
    if !is_exported {
        reader.note_comments();
    }
    Ok(reader.finish())
}

struct Reader<'a> {
    yaml: &'a str,
    is_exported: bool,
    front: FrontMatter,
    notes: Vec<String>,
    ignored: Vec<&'a str>,
    informational: Vec<&'a str>,
    /// The key that set each field first, to detect duplicates.
    first: Vec<(Field, &'a str)>,
}

impl<'a> Reader<'a> {
    fn entry(&mut self, key: &'a str, value: &'a Node) -> Result<(), Problem> {
        let Some((usual, field)) = known(key) else {
            self.ignored.push(key);
            return Ok(());
        };
        if key != usual {
            self.notes.push(format!("`{key}` is read as `{usual}`"));
        }
        let before = self.front.clone();
        self.set(key, field, value)?;
        let same_field = match field {
            Field::Draft => Field::IsPublished,
            Field::Private => Field::IsPrivate,
            other => other,
        };
        let earlier = self.first.iter().find(|(field, _)| *field == same_field);
        match earlier {
            Some((_, other)) if before != self.front => {
                let what = if *other == key {
                    format!("`{key}` occurs twice, with different values")
                } else {
                    format!("`{other}` and `{key}` contradict each other")
                };
                Err(self.problem(key, what, "keep one of them".to_owned()))
            }
            _ => {
                if field != Field::Informational {
                    self.first.push((same_field, key));
                }
                Ok(())
            }
        }
    }

    fn set(&mut self, key: &'a str, field: Field, value: &'a Node) -> Result<(), Problem> {
        match field {
            Field::Title => {
                let title = self.text(key, value)?;
                // A wiki may have pages with an empty title.
                self.front.title = if self.is_exported {
                    title
                } else {
                    // A block scalar of YAML ends with a line break.
                    let title = title.map(|title| {
                        if title.contains(['\n', '\r']) {
                            joined(&title).unwrap_or_default()
                        } else {
                            title
                        }
                    });
                    title.filter(|title| !title.is_empty())
                };
            }
            Field::Description => {
                self.front.description = Some(self.text(key, value)?.unwrap_or_default());
            }
            Field::Path => {
                let path = self.text(key, value)?;
                self.front.path = match path {
                    Some(path) if self.is_exported => Some(PagePath::verbatim(path)),
                    Some(path) if path.is_empty() => None,
                    path => path.map(PagePath::from),
                };
            }
            Field::Locale => {
                let locale = self.text(key, value)?;
                let locale = locale.filter(|locale| self.is_exported || !locale.is_empty());
                self.front.locale = locale.map(Locale::from);
            }
            Field::Tags => self.front.tags = Some(self.tags(key, value)?),
            Field::Editor => self.front.editor = self.editor(key, value)?,
            Field::IsPublished => self.front.is_published = Some(self.truth(key, value)?),
            Field::Draft => self.front.is_published = Some(!self.truth(key, value)?),
            Field::PublishStart => self.front.publish_start = Some(self.date(key, value)?),
            Field::PublishEnd => self.front.publish_end = Some(self.date(key, value)?),
            Field::IsPrivate => {
                let is_private = self.truth(key, value)?;
                self.front.is_private = Some(is_private);
                if is_private && !self.is_exported {
                    let note = "`isPrivate` is stored, but Wiki.js hides no page by it";
                    self.notes.push(note.to_owned());
                }
            }
            Field::Private => {
                if self.truth(key, value)? {
                    let what =
                        "`private: true` cannot be imported: Wiki.js hides no page by such a mark";
                    let remedy = "write `published: false`, or remove the key and restrict the path by the page rules of a group";
                    return Err(self.problem(key, what.to_owned(), remedy.to_owned()));
                }
                self.front.is_private = Some(false);
            }
            Field::ScriptCss => self.front.script_css = Some(self.text(key, value)?),
            Field::ScriptJs => self.front.script_js = Some(self.text(key, value)?),
            Field::Informational => self.informational(key, value),
        }
        Ok(())
    }

    /// Records the fields that identify an exported page and its time.
    fn informational(&mut self, key: &'a str, value: &'a Node) {
        if !self.is_exported {
            self.informational.push(key);
            return;
        }
        let Node::Scalar(text) = value else { return };
        match key {
            "id" => self.front.id = text.parse::<i64>().ok().map(Into::into),
            "createdAt" => self.front.created_at = Some(Timestamp::from(text.as_str())),
            "updatedAt" => self.front.updated_at = Some(Timestamp::from(text.as_str())),
            _ => {}
        }
    }

    fn text(&self, key: &str, value: &Node) -> Result<Option<String>, Problem> {
        let binary = || {
            let value =
                key_value(self.yaml, key).is_some_and(|value| value.starts_with("!!binary"));
            value.then_some("binary data")
        };
        let kind = match value {
            Node::Null => return Ok(None),
            Node::Scalar(text) => match binary() {
                None => return Ok(Some(text.clone())),
                Some(kind) => kind,
            },
            Node::List(_) => "a list",
            Node::Map(_) => "a mapping",
            Node::Tagged => "a value with a YAML tag",
        };
        let what = format!("`{key}` is {kind}, and should be a text");
        let remedy = match value {
            Node::Scalar(_) | Node::Tagged => "write the text itself, without a `!`".to_owned(),
            _ => self.quoted(key),
        };
        Err(self.problem(key, what, remedy))
    }

    /// Returns instructions to quote the value of a key.
    fn quoted(&self, key: &str) -> String {
        match key_value(self.yaml, key) {
            Some(value) if !value.is_empty() => {
                format!("put the text in quotes: {key}: {}", in_quotes(value))
            }
            _ => format!("put the text in quotes: {key}: \"…\""),
        }
    }

    fn tags(&mut self, key: &str, value: &Node) -> Result<Vec<Tag>, Problem> {
        let texts: Vec<&str> = match value {
            Node::Null => Vec::new(),
            Node::Scalar(text) if !text.contains(',') => {
                let text = text.trim();
                if text.contains(char::is_whitespace) {
                    let words: Vec<&str> = text.split_whitespace().collect();
                    let what = format!("`{key}: {text}` may be one tag or several");
                    let remedy = format!(
                        "write `{key}: [{}]`, or `{key}: [\"{text}\"]` for one tag",
                        words.join(", ")
                    );
                    return Err(self.problem(key, what, remedy));
                }
                vec![text]
            }
            Node::Scalar(text) => text.split(',').collect(),
            Node::List(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for item in items {
                    let Node::Scalar(text) = item else {
                        let (what, remedy) = match item {
                            Node::Null => (
                                "a tag has no text",
                                "remove it, or put it in quotes if it begins with `#`, which begins a comment in YAML",
                            ),
                            _ => ("a tag is no text", "write the tags as `[one, two]`"),
                        };
                        return Err(self.problem(key, what.to_owned(), remedy.to_owned()));
                    };
                    texts.push(text.as_str());
                }
                texts
            }
            Node::Map(_) | Node::Tagged => {
                let what = format!("`{key}` is not a list of tags");
                let remedy = format!("write `{key}: [one, two]`");
                return Err(self.problem(key, what, remedy));
            }
        };
        let tags = texts.into_iter().map(Tag::from);
        Ok(tags.filter(|tag| !tag.as_str().is_empty()).collect())
    }

    fn editor(&self, key: &str, value: &Node) -> Result<Option<Editor>, Problem> {
        let Some(text) = self.text(key, value)?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        match known_editor(&text) {
            Some(known) => Ok(Some(known)),
            // The wiki of the export has this editor, even if this crate does not know it.
            None if self.is_exported => Ok(Some(Editor::from(text))),
            None => {
                let what = format!("Wiki.js has no editor `{text}`");
                Err(self.problem(key, what, EDITORS.to_owned()))
            }
        }
    }

    fn truth(&self, key: &str, value: &Node) -> Result<bool, Problem> {
        let read = match value {
            Node::Scalar(text) => truth(text),
            _ => None,
        };
        read.ok_or_else(|| {
            let what = match value {
                Node::Null => format!("`{key}` has no value"),
                Node::Scalar(text) => format!("`{key}` is `{text}`"),
                _ => format!("`{key}` is neither true nor false"),
            };
            self.problem(key, what, format!("write `{key}: true` or `{key}: false`"))
        })
    }

    fn date(&mut self, key: &str, value: &Node) -> Result<Option<Timestamp>, Problem> {
        let text = self.text(key, value)?;
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let as_written = Timestamp::from(text.as_str());
        let is_day = text.len() == 10 && text.parse::<civil::Date>().is_ok();
        if self.is_exported || is_day || as_written.to_jiff().is_ok() {
            return Ok(Some(as_written));
        }
        let Some(moment) = moment(&text) else {
            let what = format!("`{key}: {text}` is not a date");
            let remedy = "write it as 2026-01-31T09:30:00.000Z".to_owned();
            return Err(self.problem(key, what, remedy));
        };
        let date = Timestamp::from(moment);
        self.notes
            .push(format!("`{key}: {text}` is read as {date}"));
        Ok(Some(date))
    }

    /// Adds a notice for a YAML comment after a value: YAML reads `title: Ticket #42` as `Ticket`.
    fn note_comments(&mut self) {
        let mut notes = Vec::new();
        for (number, line) in Lines::new(self.yaml).enumerate() {
            let trimmed = line.trim_start();
            let value = trimmed.strip_prefix("- ").or_else(|| {
                key_of(line)
                    .filter(|(key, _)| is_known(key))
                    .map(|(_, value)| value)
            });
            let Some(value) = value.map(str::trim_start) else {
                continue;
            };
            let is_plain = !value.starts_with(['"', '\'', '|', '>', '[', '{', '&', '!', '#']);
            if let Some((_, comment)) = value.split_once(" #").filter(|_| is_plain) {
                notes.push(format!(
                    "line {}: `#{comment}` is a comment in YAML, and not part of the value; put the value in quotes if it is",
                    number + 2
                ));
            }
        }
        self.notes.extend(notes);
    }

    fn problem(&self, key: &str, what: String, remedy: String) -> Problem {
        let line = Lines::new(self.yaml).position(|line| {
            key_of(line).is_some_and(|(own, _)| own.trim_matches(['"', '\'']) == key)
        });
        Problem {
            line: line.map(|line| line + 2),
            what,
            remedy,
        }
    }

    fn finish(mut self) -> Read {
        let mut listed = |what: &str, keys: &[&str]| {
            if !keys.is_empty() {
                let mut note = what.to_owned();
                let _ = write!(note, ": {}", keys.join(", "));
                self.notes.push(note);
            }
        };
        listed("unknown keys, which are not imported", &self.ignored);
        listed(
            "keys that are not imported, since only the wiki sets them",
            &self.informational,
        );
        Read {
            origin: if self.is_exported {
                Origin::Export
            } else {
                Origin::Other
            },
            front: self.front,
            notes: self.notes,
        }
    }
}

/// Converts a YAML error into a problem with instructions.
pub(super) fn problem_in_yaml(yaml: &str, error: &yaml_serde::Error) -> Problem {
    let text = error.to_string();
    // The error message counts lines of the YAML. The problem has the line of the file instead.
    let what = text
        .split_once(" at line ")
        .map_or(text.as_str(), |(what, _)| what);
    let number = error.location().map(|location| location.line());
    let line = number.and_then(|number| Lines::new(yaml).nth(number.saturating_sub(1)));
    let remedy = match line.map(|line| (line, key_of(line))) {
        Some((_, Some((key, value)))) if is_known(key) && !value.is_empty() => {
            format!("put the value in quotes: {key}: {}", in_quotes(value))
        }
        Some((line, _)) if line.trim_start_matches(' ').starts_with('\t') => {
            "indent with spaces, since YAML allows no tabs".to_owned()
        }
        _ => "correct it, with quotes around texts that contain `: ` or ` #`; if it is content, put an empty line before the first `---`".to_owned(),
    };
    Problem {
        line: number.map(|number| number + 1),
        what: format!("the front matter is not valid YAML: {what}"),
        remedy,
    }
}

/// Returns the unparsed value of a key on its line.
fn key_value<'text>(yaml: &'text str, key: &str) -> Option<&'text str> {
    let mut lines = Lines::new(yaml).filter_map(key_of);
    lines.find(|(own, _)| *own == key).map(|(_, value)| value)
}

/// Returns a text in double quotes, which JSON and YAML share.
fn in_quotes(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// The valid editors, for messages.
pub(super) const EDITORS: &str = "write markdown, code (HTML), ckeditor, asciidoc, api or redirect";

/// Returns the editor of Wiki.js with this name, ignoring case.
pub(super) fn known_editor(text: &str) -> Option<Editor> {
    match Editor::from(text.to_lowercase()) {
        known @ (Editor::Markdown
        | Editor::Code
        | Editor::CkEditor
        | Editor::AsciiDoc
        | Editor::Api
        | Editor::Redirect) => Some(known),
        _ => None,
    }
}

/// Parses the common spellings of `true` and `false`.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// Parses a date and time in a format other than that of Wiki.js. Without an offset it is UTC, as in YAML.
fn moment(text: &str) -> Option<Moment> {
    let compact = match text.rsplit_once(' ') {
        Some((before, offset)) if offset.starts_with(['+', '-', 'Z', 'z']) => {
            format!("{before}{offset}")
        }
        _ => text.to_owned(),
    };
    compact.parse().ok().or_else(|| {
        let moment: civil::DateTime = text.parse().ok()?;
        let moment = moment.to_zoned(TimeZone::UTC).ok()?;
        Some(moment.timestamp())
    })
}
