//! Titles of pages whose front matter has no title.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use wikijs_client::Editor;

use crate::text::with_line_feeds;

/// Returns the text of the first heading that is not empty.
pub(crate) fn heading(content: &str, editor: &Editor) -> Option<String> {
    let content = content.trim_start_matches('\u{feff}');
    let heading = match editor {
        Editor::Markdown => return markdown(content),
        Editor::AsciiDoc => {
            let first = content.lines().find(|line| {
                !line.trim().is_empty() && !line.starts_with("//") && !line.starts_with(':')
            })?;
            first.strip_prefix("= ").map(str::to_owned)
        }
        Editor::Code | Editor::CkEditor => html(content),
        _ => None,
    };
    heading.and_then(|heading| joined(&heading))
}

fn markdown(content: &str) -> Option<String> {
    let content = with_line_feeds(content);
    let content = content.replace('\r', "\n");
    let mut options = Options::empty();
    // Wiki.js allows attributes after a heading: `# Title {.tabset}`.
    options.insert(Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_STRIKETHROUGH);
    let mut text: Option<String> = None;
    // Alternative texts of images, which are the title only if the heading has no other text.
    let mut images = String::new();
    let mut image_depth = 0;
    for event in Parser::new_ext(&content, options) {
        let Some(title) = &mut text else {
            if matches!(event, Event::Start(Tag::Heading { .. })) {
                text = Some(String::new());
                images.clear();
            }
            continue;
        };
        match event {
            Event::Start(Tag::Image { .. }) => image_depth += 1,
            Event::End(TagEnd::Image) => image_depth -= 1,
            Event::Text(part) | Event::Code(part) => {
                let target = if image_depth > 0 { &mut images } else { title };
                target.push_str(&part);
            }
            Event::SoftBreak | Event::HardBreak => title.push(' '),
            Event::InlineHtml(tag) if tag.to_lowercase().starts_with("<br") => title.push(' '),
            Event::End(TagEnd::Heading(_)) => {
                let found = joined(title).or_else(|| joined(&images));
                if found.is_some() {
                    return found;
                }
                text = None;
            }
            _ => {}
        }
    }
    None
}

/// Returns the text of the first `<h1>`.
fn html(content: &str) -> Option<String> {
    let lower = content.to_ascii_lowercase();
    let mut from = 0;
    let start = loop {
        let found = from + lower[from..].find('<')?;
        let rest = &lower[found..];
        let skipped = [
            ("<!--", "-->"),
            ("<script", "</script"),
            ("<style", "</style"),
        ]
        .into_iter()
        .find(|(begin, _)| rest.starts_with(begin));
        from = match skipped {
            Some((_, end)) => found + rest.find(end)?,
            None => found + 1,
        };
        let after = rest.strip_prefix("<h1");
        if after.is_some_and(|after| after.starts_with(|c: char| c == '>' || c.is_whitespace())) {
            break found + rest.find('>')? + 1;
        }
    };
    let end = start + lower[start..].find("</h1")?;
    let mut text = String::new();
    let mut rest = content.get(start..end)?;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        if tag.to_ascii_lowercase().starts_with("br") {
            text.push(' ');
        }
        let end = if tag.starts_with("!--") { "-->" } else { ">" };
        rest = tag.split_once(end).map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    Some(html_escape::decode_html_entities(&text).into_owned())
}

/// Joins a text into one line; `None` if it is empty.
pub(crate) fn joined(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).collect();
    let line = lines.join(" ");
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_text_of_the_first_heading() {
        for (content, title) in [
            ("# C#\nx", Some("C#")),
            ("# C# #\nx", Some("C#")),
            ("# Issue #\nx", Some("Issue")),
            ("#\nx", None),
            ("# #\nx", None),
            ("#\n\n## Next", Some("Next")),
            ("#hashtag\n\n# Title", Some("Title")),
            ("Title\n=====\ntext", Some("Title")),
            ("Two\nlines\n---\ntext", Some("Two lines")),
            ("<!-- a --><!--\nmulti\n-->\n# H\n", Some("H")),
            ("[[_TOC_]]\n\n# H", Some("H")),
            ("[![build](x.svg)](y)\n\n# H", Some("H")),
            ("# ![logo](x) Name", Some("Name")),
            ("# ![Logo](x)\n", Some("Logo")),
            ("```\n# no\n```\n# yes", Some("yes")),
            ("    # no\n\n# yes", Some("yes")),
            (
                "# Snake\\_case \\* and &amp; &lt;tag&gt;",
                Some("Snake_case * and & <tag>"),
            ),
            ("# <b>Bold</b> and `code` <!-- x -->", Some("Bold and code")),
            ("# [Link](https://example.com) {#anchor}", Some("Link")),
            ("# Title {.tabset}", Some("Title")),
            ("# A<br>B", Some("A B")),
            ("# Cr\rline\r", Some("Cr")),
            ("# Crlf\r\n\r\nline", Some("Crlf")),
            ("\u{feff}# Mark", Some("Mark")),
            ("no heading", None),
            ("", None),
        ] {
            let found = heading(content, &Editor::Markdown);
            assert_eq!(found.as_deref(), title, "{content:?}");
        }
        for (content, title) in [
            (
                "<!-- <h1>no</h1> -->\n<h1 id=\"x\">A <em>b</em> &amp; c</h1>",
                Some("A b & c"),
            ),
            ("<H1 class=x>Upper</H1>", Some("Upper")),
            ("<h10>no</h10><p>x</p>", None),
            (
                "<script>'<h1>no</h1>'</script><h1>İ yes</h1>",
                Some("İ yes"),
            ),
            ("<h1>open", None),
            ("<h1", None),
        ] {
            let found = heading(content, &Editor::Code);
            assert_eq!(found.as_deref(), title, "{content:?}");
        }
        let adoc = "// comment\n:attr: x\n= Manual\n";
        assert_eq!(heading(adoc, &Editor::AsciiDoc).as_deref(), Some("Manual"));
    }
}
