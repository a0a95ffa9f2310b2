//! Response bodies as Wiki.js writes them.

use std::{fmt::Write as _, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

const WORDS: &str = "The wiki keeps each page as text, and renders it when it is saved. \
    \"Markdown\" is the usual language; a link such as [Setup](/docs/setup) leads to another page. \
    Umlauts (\u{e4}, \u{f6}, \u{fc}) and dashes \u{2013} take more than one byte.\n\n";

/// Creates the response with a page of `content` bytes of content, split at the position of its id.
pub(super) fn page(content: usize) -> [String; 2] {
    let content = text(WORDS, content);
    let render = content.replace("\n\n", "</p>\n<p class=\"text\">");
    let before = r#"{"data":{"pages":{"single":{"id":"#.to_owned();
    let page = json!({
        "path": "docs/section/page",
        "hash": "8f0e5bbf4d9a4f5c9b64b4d2d0c9f4a2b7d0e3a1",
        "title": "A page of the benchmark",
        "description": "What is read again and again",
        "isPrivate": false,
        "isPublished": true,
        "privateNS": null,
        "publishStartDate": "",
        "publishEndDate": "",
        "tags": [{"tag": "benchmark"}, {"tag": "guide"}],
        "content": content,
        "render": format!("<p class=\"text\">{render}</p>"),
        "contentType": "markdown",
        "createdAt": "2026-01-31T09:30:00.000Z",
        "updatedAt": "2026-02-14T17:05:12.345Z",
        "editor": "markdown",
        "locale": "en",
        "scriptCss": "",
        "scriptJs": "",
        "authorId": 1,
        "authorName": "Administrator",
        "authorEmail": "admin@example.com",
        "creatorId": 1,
        "creatorName": "Administrator",
        "creatorEmail": "admin@example.com",
    });
    let after = format!(",{}}}}}}}", page.to_string().trim_start_matches('{'));
    [before, after]
}

/// Creates the response with a list of `pages` pages, about 350 bytes each.
pub(super) fn list(pages: usize) -> String {
    let mut answer = String::with_capacity(400 * pages + 64);
    answer.push_str(r#"{"data":{"pages":{"list":["#);
    for id in 1..=pages {
        let section = id / 40;
        let item = json!({
            "id": id,
            "path": format!("docs/section-{section}/page-{id}"),
            "locale": "en",
            "title": format!("Page {id} of the benchmark"),
            "description": match id % 4 {
                0 => Value::Null,
                _ => json!("What is listed again and again, with a sentence of \"some\" length"),
            },
            "contentType": "markdown",
            "isPublished": id % 20 != 0,
            "isPrivate": false,
            "privateNS": null,
            "createdAt": "2026-01-31T09:30:00.000Z",
            "updatedAt": "2026-02-14T17:05:12.345Z",
            "tags": [format!("section-{section}"), "guide"],
        });
        // Writing to a string does not fail.
        let _ = write!(answer, "{}{item}", if id == 1 { "" } else { "," });
    }
    answer.push_str("]}}}");
    answer
}

/// Returns the response to the identity check: the wiki recognizes the caller.
pub(super) fn profile() -> &'static str {
    r#"{"data":{"users":{"profile":{"id":1}}}}"#
}

/// Returns the response to an unknown operation.
pub(super) fn unknown() -> &'static str {
    r#"{"errors":[{"message":"The canned server has no answer to that.","path":[]}]}"#
}

/// Compresses a body as Wiki.js does.
pub(super) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to a vector does not fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

/// Splits a body into HTTP chunks of 16 KiB, as Wiki.js sends compressed bodies.
pub(super) fn chunked(body: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(body.len() + body.len() / 1024 + 64);
    for chunk in body.chunks(16 * 1024) {
        framed.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        framed.extend_from_slice(chunk);
        framed.extend_from_slice(b"\r\n");
    }
    framed.extend_from_slice(b"0\r\n\r\n");
    framed
}

/// Repeats a pattern up to `bytes` bytes. The text is shorter if the last character would be cut.
fn text(pattern: &str, bytes: usize) -> String {
    let mut text = pattern.repeat(bytes / pattern.len() + 1);
    let end = (0..=bytes)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    text.truncate(end);
    text
}
