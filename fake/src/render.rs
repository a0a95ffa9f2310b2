//! A small, honest imitation of rendering and conversion.
//!
//! Wiki.js runs a whole Markdown pipeline. The fake knows headings, paragraphs, list items, bold text and links,
//! which is enough to see whether a page was rendered, when, and where it links to.

use crate::state::FakePage;
use std::fmt::Write as _;

/// Renders a page. `exists` tells whether there is a page at a locale and path.
/// Gives the HTML and the locale and path of each internal link.
pub(crate) fn page(
    page: &FakePage,
    default_locale: &str,
    exists: &dyn Fn(&str, &str) -> bool,
) -> (String, Vec<(String, String)>) {
    let html = match page.content_type.as_str() {
        "markdown" => markdown(&page.content),
        "html" => page.content.clone(),
        _ => format!("<pre>{}</pre>\n", escape(&page.content)),
    };
    mark_links(&html, default_locale, exists)
}

/// Renders a comment, in which HTML counts for nothing and a line break for one.
pub(crate) fn comment(content: &str) -> String {
    markdown(content)
        .replace('\n', "<br>\n")
        .replace("</p><br>", "</p>")
}

/// The headings of Markdown: title and anchor, which is what `toc` of Wiki.js is made of.
pub(crate) fn headings(content: &str) -> Vec<(String, String)> {
    content
        .lines()
        .filter_map(heading)
        .map(|(_, title)| (title.to_owned(), slug(title)))
        .collect()
}

fn markdown(content: &str) -> String {
    let mut html = String::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut items = false;
    for line in content.lines().chain([""]) {
        let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
        if item.is_none() && items {
            html.push_str("</ul>\n");
            items = false;
        }
        let ends_paragraph = heading(line).is_some() || item.is_some() || line.trim().is_empty();
        if ends_paragraph && !paragraph.is_empty() {
            let _ = writeln!(html, "<p>{}</p>", inline(&paragraph.join("\n")));
            paragraph.clear();
        }
        if let Some((level, title)) = heading(line) {
            let anchor = slug(title);
            let _ = writeln!(
                html,
                "<h{level} id=\"{anchor}\" class=\"toc-header\"><a class=\"toc-anchor\" href=\"#{anchor}\">¶</a> {}</h{level}>",
                inline(title)
            );
        } else if let Some(item) = item {
            if !items {
                html.push_str("<ul>\n");
                items = true;
            }
            let _ = writeln!(html, "<li>{}</li>", inline(item));
        } else if !line.trim().is_empty() {
            paragraph.push(line);
        }
    }
    html
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let title = line[level..].strip_prefix(' ')?;
    (1..=6).contains(&level).then(|| (level, title.trim()))
}

fn slug(title: &str) -> String {
    title
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

/// Bold text and links of one run of Markdown.
fn inline(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    let mut bold = false;
    while let Some(at) = rest.find(['*', '[']) {
        html.push_str(&escape(&rest[..at]));
        let here = &rest[at..];
        if let Some(after) = here.strip_prefix("**")
            && (bold || after.contains("**"))
        {
            html.push_str(if bold { "</strong>" } else { "<strong>" });
            bold = !bold;
            rest = after;
        } else if let Some((label, target, after)) = link(here) {
            let _ = write!(html, "<a href=\"{}\">{}</a>", escape(target), escape(label));
            rest = after;
        } else {
            html.push_str(&here[..1]);
            rest = &here[1..];
        }
    }
    html.push_str(&escape(rest));
    html
}

/// `[label](target)` at the start of `text`, and what follows it.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (target, after) = rest.split_once(')')?;
    let valid = !label.contains(['[', ']']) && !target.contains(char::is_whitespace);
    valid.then_some((label, target, after))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Gives each link to this wiki the class that says whether its page exists.
fn mark_links(
    html: &str,
    default_locale: &str,
    exists: &dyn Fn(&str, &str) -> bool,
) -> (String, Vec<(String, String)>) {
    const OPEN: &str = "<a href=\"/";
    let mut marked = String::with_capacity(html.len());
    let mut links = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(OPEN) {
        let (before, link) = rest.split_at(at);
        marked.push_str(before);
        let Some((target, after)) = link[OPEN.len()..].split_once('"') else {
            rest = link;
            break;
        };
        let place = place(target, default_locale);
        let class = if exists(&place.0, &place.1) {
            "is-valid-page"
        } else {
            "is-invalid-page"
        };
        let _ = write!(
            marked,
            "{OPEN}{target}\" class=\"is-internal-link {class}\""
        );
        links.push(place);
        rest = after;
    }
    marked.push_str(rest);
    (marked, links)
}

/// Locale and path of a link's target, without query and fragment.
fn place(target: &str, default_locale: &str) -> (String, String) {
    let target = target.split(['?', '#']).next().unwrap_or_default();
    let path = if target.is_empty() { "home" } else { target };
    match path.split_once('/') {
        Some((locale, path))
            if locale.len() == 2 && locale.bytes().all(|b| b.is_ascii_alphabetic()) =>
        {
            (locale.to_owned(), path.to_owned())
        }
        _ => (default_locale.to_owned(), path.to_owned()),
    }
}

/// The text of HTML, without its tags.
pub(crate) fn text(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => {
                inside = true;
                text.push(' ');
            }
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

/// What `pages.convert` makes of the rendering of a Markdown page: HTML without the anchors of headings.
pub(crate) fn to_html(render: &str) -> String {
    let mut html = String::new();
    let mut rest = render;
    while let Some(at) = rest.find("<a class=\"toc-anchor\"") {
        html.push_str(&rest[..at]);
        let Some(end) = rest[at..].find("</a>") else {
            break;
        };
        rest = &rest[at + end + "</a>".len()..];
    }
    html.push_str(rest);
    html
}

/// What `pages.convert` makes of HTML: Markdown of the headings, list items, bold text and paragraphs.
pub(crate) fn to_markdown(html: &str) -> String {
    let mut markdown = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        markdown.push_str(&rest[..at]);
        let Some(end) = rest[at..].find('>') else {
            break;
        };
        let tag = &rest[at + 1..at + end];
        let name = tag.split_whitespace().next().unwrap_or_default();
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = name[1..].parse().unwrap_or(1);
                let _ = write!(markdown, "\n\n{} ", "#".repeat(level));
            }
            "/p" | "/h1" | "/h2" | "/h3" | "/h4" | "/h5" | "/h6" | "/ul" => {
                markdown.push_str("\n\n");
            }
            "li" => markdown.push_str("-   "),
            "strong" | "/strong" | "b" | "/b" => markdown.push_str("**"),
            _ => {}
        }
        rest = &rest[at + end + 1..];
    }
    markdown.push_str(rest);
    let mut lines: Vec<String> = Vec::new();
    for line in markdown.lines() {
        let line = line.trim_end().replace("#  ", "# ");
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(content: &str) -> (String, Vec<(String, String)>) {
        page(
            &FakePage::new("p", "P").content(content),
            "en",
            &|_, path| path == "home",
        )
    }

    #[test]
    fn markdown_becomes_html() {
        let (html, _) = render("# Hi there\n\nsome **bold**\ntext\n\n- a\n- b");
        assert_eq!(
            html,
            "<h1 id=\"hi-there\" class=\"toc-header\"><a class=\"toc-anchor\" href=\"#hi-there\">¶</a> Hi there</h1>\n\
             <p>some <strong>bold</strong>\ntext</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"
        );
    }

    #[test]
    fn links_are_marked_and_found() {
        let (html, links) = render("[a](/home) [b](/fr/x#y) [c](https://example.com) * [not");
        assert_eq!(
            html,
            "<p><a href=\"/home\" class=\"is-internal-link is-valid-page\">a</a> \
             <a href=\"/fr/x#y\" class=\"is-internal-link is-invalid-page\">b</a> \
             <a href=\"https://example.com\">c</a> * [not</p>\n"
        );
        let place = |locale: &str, path: &str| (locale.to_owned(), path.to_owned());
        assert_eq!(links, [place("en", "home"), place("fr", "x")]);
    }

    #[test]
    fn conversion_there_and_back() {
        let (html, _) = render("# Head\n\n- a\n- b\n\n**bold**");
        let html = to_html(&html);
        assert!(!html.contains("toc-anchor"), "{html}");
        assert_eq!(to_markdown(&html), "# Head\n\n-   a\n-   b\n\n**bold**");
    }
}
