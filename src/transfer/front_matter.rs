//! The lines before a page's content, as YAML between two lines of `---`.
#![allow(
    clippy::option_option,
    reason = "what is not said, what is said to be absent and a value are three things"
)]

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    pages::{Contributor, Page},
    types::{Editor, Locale, PageId, PagePath, Tag, Timestamp},
};

/// What a page's file says of the page. What is absent is not said; what is `null` is not there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FrontMatter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<PagePath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) locale: Option<Locale>,
    #[serde(deserialize_with = "tags", skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<Vec<Tag>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) editor: Option<Editor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    #[serde(alias = "published", skip_serializing_if = "Option::is_none")]
    pub(super) is_published: Option<bool>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub(super) publish_start_date: Option<Option<Timestamp>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub(super) publish_end_date: Option<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_private: Option<bool>,
    #[serde(
        rename = "privateNS",
        deserialize_with = "said",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) private_ns: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub(super) script_css: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub(super) script_js: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<PageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<String>,
    #[serde(alias = "dateCreated", skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Timestamp>,
    #[serde(alias = "date", skip_serializing_if = "Option::is_none")]
    pub(super) updated_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) author: Option<Contributor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) creator: Option<Contributor>,
}

/// The keys above, and their other names in the files that Wiki.js writes itself.
const KEYS: [&str; 23] = [
    "title",
    "description",
    "path",
    "locale",
    "tags",
    "editor",
    "contentType",
    "isPublished",
    "published",
    "publishStartDate",
    "publishEndDate",
    "isPrivate",
    "privateNS",
    "scriptCss",
    "scriptJs",
    "id",
    "hash",
    "createdAt",
    "dateCreated",
    "updatedAt",
    "date",
    "author",
    "creator",
];

/// What is wrong with a file's first lines.
#[derive(Debug, PartialEq)]
pub(super) struct Problem {
    /// In the file, from 1.
    pub(super) line: Option<usize>,
    pub(super) what: String,
    pub(super) remedy: &'static str,
}

/// A page's file, taken apart.
#[derive(Debug, PartialEq)]
pub(super) struct Parsed<'text> {
    pub(super) front: FrontMatter,
    pub(super) content: &'text str,
    /// Keys that mean nothing here.
    pub(super) ignored: Vec<String>,
}

impl FrontMatter {
    /// All that Wiki.js keeps of a page, as far as the caller may see it, but for its content.
    pub(super) fn of(page: &Page) -> Self {
        let editorial = page.editorial.as_ref();
        Self {
            title: Some(page.title.clone()),
            description: Some(page.description.clone()),
            path: Some(page.path.clone()),
            locale: Some(page.locale.clone()),
            tags: Some(page.tags.clone()),
            editor: editorial.map(|editorial| editorial.editor.clone()),
            content_type: Some(page.content_type.clone()),
            is_published: editorial.map(|editorial| editorial.is_published),
            publish_start_date: editorial.map(|editorial| editorial.publish_start.clone()),
            publish_end_date: editorial.map(|editorial| editorial.publish_end.clone()),
            is_private: editorial.map(|editorial| editorial.is_private),
            private_ns: editorial.map(|editorial| editorial.private_ns.clone()),
            script_css: Some(page.script_css.clone()),
            script_js: Some(page.script_js.clone()),
            id: Some(page.id),
            hash: Some(page.hash.clone()),
            created_at: Some(page.created_at.clone()),
            updated_at: Some(page.updated_at.clone()),
            author: editorial.map(|editorial| editorial.author.clone()),
            creator: editorial.map(|editorial| editorial.creator.clone()),
        }
    }
}

/// The file of a page: the content stands in it byte by byte.
pub(super) fn written(page: &Page) -> Result<Vec<u8>, yaml_serde::Error> {
    let front = yaml_serde::to_string(&FrontMatter::of(page))?;
    Ok(format!("---\n{front}---\n{}", page.content).into_bytes())
}

/// Takes a page's file apart.
pub(super) fn parsed(text: &str) -> Result<Parsed<'_>, Problem> {
    let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some((yaml, content)) = split(plain) else {
        return Ok(Parsed {
            front: FrontMatter::default(),
            content: text,
            ignored: Vec::new(),
        });
    };
    let keys: Option<BTreeMap<String, yaml_serde::Value>> =
        yaml_serde::from_str(yaml).map_err(|error| Problem::in_yaml(&error))?;
    let mut front = FrontMatter::default();
    if keys.is_some() {
        front = yaml_serde::from_str(yaml).map_err(|error| Problem::in_yaml(&error))?;
    }
    let keys = keys.unwrap_or_default().into_keys();
    let is_exported = front.hash.is_some();
    if !is_exported {
        front.path = front.path.map(|path| PagePath::from(path.as_str()));
    }
    Ok(Parsed {
        content: if is_exported {
            content
        } else {
            without_blank_line(content)
        },
        front,
        ignored: keys.filter(|key| !KEYS.contains(&key.as_str())).collect(),
    })
}

/// The YAML and what follows, if the text begins with a line `---` and has another one.
fn split(text: &str) -> Option<(&str, &str)> {
    let (first, rest) = text.split_once('\n')?;
    if first.trim_end() != "---" {
        return None;
    }
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((&rest[..end], &rest[end + line.len()..]));
        }
        end += line.len();
    }
    None
}

/// The line that people leave between the front matter and the text.
fn without_blank_line(content: &str) -> &str {
    let without = content.strip_prefix("\r\n");
    without
        .or_else(|| content.strip_prefix('\n'))
        .unwrap_or(content)
}

impl Problem {
    fn in_yaml(error: &yaml_serde::Error) -> Self {
        let text = error.to_string();
        let remedy = if text.contains("a string") {
            "put the text in quotes"
        } else if text.contains("expected a map") {
            "write `key: value` lines, or begin the file with an empty line if `---` is a line of the text"
        } else {
            "correct the YAML between the two lines of `---`, with quotes around texts that have `: ` or ` #`"
        };
        // The place is said in the file, and not in the YAML.
        let what = text
            .split_once(" at line ")
            .map_or(text.as_str(), |(what, _)| what);
        Self {
            line: error.location().map(|location| location.line() + 1),
            what: format!("the front matter is not as it should be: {what}"),
            remedy,
        }
    }
}

/// `null` is something that is said.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `description:` is the empty one.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(Some(text.unwrap_or_default()))
}

/// A list, or, as Wiki.js writes it into its own files, one text with commas.
fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Tag>>, D::Error> {
    struct Tags;

    impl<'de> serde::de::Visitor<'de> for Tags {
        type Value = Vec<Tag>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list of tags")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            let tags = text.split(',').map(Tag::from);
            Ok(tags.filter(|tag| !tag.as_str().is_empty()).collect())
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(
            self,
            mut items: A,
        ) -> Result<Self::Value, A::Error> {
            let mut tags = Vec::new();
            while let Some(tag) = items.next_element::<String>()? {
                tags.push(Tag::from(tag));
            }
            Ok(tags)
        }
    }

    deserializer.deserialize_any(Tags).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(change: impl FnOnce(&mut Page)) -> Page {
        let mut page: Page = serde_json::from_value(serde_json::json!({
            "id": 7, "path": "docs/a", "locale": "en", "title": "A", "description": "", "content": "# A",
            "content_type": "markdown", "render": null, "tags": ["one", "two"],
            "created_at": "2026-01-01T00:00:00.001Z", "updated_at": "2026-01-01T00:00:00.010Z",
            "hash": "abc", "script_css": null, "script_js": null,
            "editorial": { "is_published": true, "publish_start": null, "publish_end": "2030-01-01",
                "is_private": false, "private_ns": null, "editor": "markdown",
                "author": { "id": 1, "name": "A", "email": "a@b" },
                "creator": { "id": 2, "name": "C", "email": "c@d" } }
        }))
        .unwrap();
        change(&mut page);
        page
    }

    const NASTY: [&str; 58] = [
        "",
        "no",
        "null",
        "~",
        "true",
        "2026-01-01T00:00:00.000Z",
        "1e3",
        "0x10",
        "007",
        "1_000",
        ".inf",
        " lead",
        "trail ",
        "a: b",
        "# c",
        "a #c",
        "multi\nline",
        "multi\nline\n",
        "\n",
        "\n\n",
        "\n\n lead\n  x\n",
        "a\r\nb",
        "\r",
        "\t",
        "\t lead",
        "\u{feff}bom",
        "\u{85}",
        "\u{2028}",
        "😀",
        "- x",
        "-",
        "'",
        "\"",
        "\\",
        "\\n",
        "%x",
        "@",
        "`",
        "---",
        "---\n",
        "\n---\n",
        "a\n---\nb: c\n---\n",
        "...",
        "? x",
        ":",
        "!tag",
        "&a",
        "*a",
        "{a",
        "[a",
        "|",
        ">",
        "\u{7f}",
        "\u{1}",
        "\u{ffff}",
        "<<",
        "\r\n",
        "---\r\ntitle: x\r\n---\r\ny",
    ];

    #[test]
    fn whatever_a_page_holds_is_read_back_byte_by_byte() {
        for nasty in NASTY {
            let page = page(|page| {
                page.title = nasty.to_owned();
                page.description = nasty.to_owned();
                page.content = nasty.to_owned();
                page.script_css = Some(nasty.to_owned());
                page.script_js = Some(nasty.to_owned());
                page.path = serde_json::from_value(serde_json::json!(format!("/{nasty}"))).unwrap();
                page.locale = Locale::from(nasty);
                page.hash = nasty.to_owned();
                page.editorial.as_mut().unwrap().publish_start = Some(Timestamp::from(nasty));
                page.editorial.as_mut().unwrap().author.name = nasty.to_owned();
            });
            let file = String::from_utf8(written(&page).unwrap()).unwrap();
            let parsed =
                parsed(&file).unwrap_or_else(|problem| panic!("{nasty:?}: {problem:?}\n{file}"));
            assert_eq!(parsed.front, FrontMatter::of(&page), "{nasty:?}");
            assert_eq!(parsed.content, page.content, "{nasty:?}");
            assert_eq!(parsed.ignored, [""; 0]);
        }
    }

    #[test]
    fn what_could_not_be_seen_is_not_said() {
        let file = written(&page(|page| page.editorial = None)).unwrap();
        let file = String::from_utf8(file).unwrap();
        let front = parsed(&file).unwrap().front;
        assert_eq!((front.is_published, front.publish_end_date), (None, None));
        assert_eq!(front.script_css, Some(None));
    }

    #[test]
    fn people_write_less() {
        let text = "---\r\ntitle: Hello: no\r\n---\r\n";
        assert!(parsed(text).is_err());
        let text = "\u{feff}---  \ntitle: 1.10\npath: /docs/x/\nweight: 3\ntags: [A, b ]\n---\n\n# Hello\n";
        let parsed_text = parsed(text).unwrap();
        assert_eq!(parsed_text.front.title.as_deref(), Some("1.10"));
        assert_eq!(parsed_text.front.path, Some(PagePath::from("docs/x")));
        assert_eq!(parsed_text.front.tags.unwrap(), ["a", "b"]);
        assert_eq!(parsed_text.front.description, None);
        assert_eq!(parsed_text.content, "# Hello\n");
        assert_eq!(parsed_text.ignored, ["weight"]);
        for plain in [
            "",
            "# Hello",
            "---",
            "---\nno end",
            "text\n---\nx: y\n---\n",
            "--- x\na: b\n---\n",
        ] {
            let parsed = parsed(plain).unwrap();
            assert_eq!(
                (parsed.front, parsed.content),
                (FrontMatter::default(), plain)
            );
        }
        assert_eq!(parsed("---\n# nothing\n---\nText").unwrap().content, "Text");
    }

    #[test]
    fn the_files_that_wiki_js_writes_itself_are_understood() {
        let text = "---\ntitle: Hello\ndescription: \npublished: true\ndate: 2026-01-01T00:00:00.000Z\n\
                    tags: one, two\neditor: markdown\ndateCreated: 2025-01-01T00:00:00.000Z\n---\n\n# Hello";
        let parsed = parsed(text).unwrap();
        assert_eq!(parsed.front.tags.unwrap(), ["one", "two"]);
        assert_eq!(parsed.front.description.as_deref(), Some(""));
        assert_eq!(parsed.front.is_published, Some(true));
        assert_eq!(parsed.front.created_at.unwrap(), "2025-01-01T00:00:00.000Z");
        assert_eq!((parsed.content, parsed.ignored.len()), ("# Hello", 0));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, line, part) in [
            ("---\ntitle: x\ntags: 5\n---\n", 3, "list of tags"),
            ("---\ntitle: [5]\n---\n", 2, "quotes"),
            ("---\ntitle: x\n y: [\n---\n", 3, ""),
            ("---\ntitle x\n---\n", 2, "key: value"),
            ("---\ntitle: x\nisPublished: perhaps\n---\n", 3, "boolean"),
            ("---\ntitle: x\ntitle: y\n---\n", 2, "duplicate"),
        ] {
            let problem = parsed(text).unwrap_err();
            let said = format!("{}; {}", problem.what, problem.remedy);
            assert_eq!(problem.line, Some(line), "{text}: {said}");
            assert!(said.contains(part), "{text}: {said}");
        }
    }
}
