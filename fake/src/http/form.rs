//! A form with files (`multipart/form-data`), as far as an upload is one.

use axum::body::Bytes;

/// How far one looks ahead for the beginning of a delimiter.
const NEAR: usize = 4096;

/// A part of a form.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    /// Only a file has one.
    pub(super) filename: Option<String>,
    pub(super) mime: String,
    pub(super) content: Bytes,
}

/// The parts of a form that is complete; `None` for one that ends too early.
pub(super) fn parse(content_type: &str, body: &Bytes) -> Option<Vec<Part>> {
    let boundary = content_type
        .split(';')
        .find_map(|item| item.trim().strip_prefix("boundary="))?
        .trim_matches('"');
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut at = find(body, delimiter.as_bytes(), 0)? + delimiter.len();
    loop {
        if body.get(at..at + 2)? == b"--" {
            return Some(parts);
        }
        let start = at + 2;
        let head_end = find(body, b"\r\n\r\n", start)?;
        let content_start = head_end + 4;
        let next = format!("\r\n{delimiter}");
        let content_end = find(body, next.as_bytes(), content_start)?;
        parts.extend(part(
            &String::from_utf8_lossy(&body[start..head_end]),
            body.slice(content_start..content_end),
        ));
        at = content_end + next.len();
    }
}

fn part(head: &str, content: Bytes) -> Option<Part> {
    let header = |name: &str| {
        head.split("\r\n").find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let disposition = header("content-disposition")?;
    Some(Part {
        name: parameter(disposition, "name")?,
        filename: parameter(disposition, "filename").map(|name| base_name(&name)),
        mime: header("content-type")
            .and_then(|mime| mime.split(';').next())
            .unwrap_or("text/plain")
            .to_lowercase(),
        content,
    })
}

/// A quoted parameter of a header.
fn parameter(header: &str, name: &str) -> Option<String> {
    let (_, value) = header.split_once(&format!("; {name}=\""))?;
    let mut text = String::new();
    let mut characters = value.chars();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
}

/// The name without the path before it.
fn base_name(name: &str) -> String {
    let name = name.trim_end_matches('/');
    name.rsplit(['/', '\\', ':'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn find(body: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let first = wanted.first()?;
    let mut at = from;
    while let Some(rest) = body.get(at..).filter(|rest| !rest.is_empty()) {
        let (near, _) = rest.split_at(rest.len().min(NEAR));
        // Much faster than a look at each byte where nothing is optimised, as in most tests.
        if !near.contains(first) {
            at += near.len();
        } else if rest.starts_with(wanted) {
            return Some(at);
        } else {
            let next = rest.iter().skip(1).position(|byte| byte == first)?;
            at += next + 1;
        }
    }
    None
}
