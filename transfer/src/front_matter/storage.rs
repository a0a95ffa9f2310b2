//! Page format of the storage targets of Wiki.js.
//!
//! The front matter has seven keys in a fixed order, with unquoted values up to the end of the line. It is not
//! YAML: the values of `title: Ticket #42`, `title: [Draft] Plan` and `tags: c#, x #y` are literal. The keys are
//! between two `---` lines in Markdown, and in a comment in HTML. The empty line after them is not part of the
//! content.

use wikijs_client::{Tag, Timestamp};

use super::{FrontMatter, Origin, Parsed, Problem, fields, lines::Lines};

const KEYS: [&str; 7] = [
    "title",
    "description",
    "published",
    "date",
    "tags",
    "editor",
    "dateCreated",
];

/// Parses a page in the storage format. Returns `None` if the text has another format.
pub(super) fn parse<'text>(
    text: &'text str,
    [start, end]: [&str; 2],
) -> Option<Result<Parsed<'text>, Problem>> {
    let mut lines = Lines::new(text);
    if lines.next()? != start {
        return None;
    }
    let mut values = [""; 7];
    for (value, key) in values.iter_mut().zip(KEYS) {
        let rest = lines.next()?.strip_prefix(key)?.strip_prefix(':')?;
        // An editor may have removed the space at the end of the line.
        *value = match rest.strip_prefix(' ') {
            Some(value) => value,
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    if lines.next()? != end {
        return None;
    }
    let content = super::without_blank_line(lines.rest());
    Some(front_matter(values).map(|(front, notes)| Parsed {
        front,
        content,
        notes,
        origin: Origin::Storage,
    }))
}

fn front_matter(values: [&str; 7]) -> Result<(FrontMatter, Vec<String>), Problem> {
    let [title, description, published, date, tags, editor, created] = values;
    let mut notes = Vec::new();
    let description = if description == "null" {
        notes.push("`description: null` is read as no description".to_owned());
        ""
    } else {
        description
    };
    let is_published = fields::truth(published).ok_or_else(|| Problem {
        line: Some(4),
        what: format!("`published` is `{published}`"),
        remedy: "write `published: true` or `published: false`".to_owned(),
    })?;
    let editor = match editor.trim() {
        "" | "null" | "undefined" => None,
        text => Some(fields::known_editor(text).ok_or_else(|| Problem {
            line: Some(7),
            what: format!("Wiki.js has no editor `{text}`"),
            remedy: fields::EDITORS.to_owned(),
        })?),
    };
    let tags = tags.split(',').map(Tag::from);
    let timestamp = |text: &str| Some(Timestamp::from(text)).filter(|_| !text.is_empty());
    let front = FrontMatter {
        title: Some(title.to_owned()).filter(|title| !title.is_empty()),
        description: Some(description.to_owned()),
        is_published: Some(is_published),
        tags: Some(tags.filter(|tag| !tag.as_str().is_empty()).collect()),
        editor,
        created_at: timestamp(created),
        updated_at: timestamp(date),
        ..FrontMatter::default()
    };
    Ok((front, notes))
}
