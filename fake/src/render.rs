//! A small imitation of rendering and conversion.
//!
//! Wiki.js has a whole Markdown pipeline. The fake renders headings, paragraphs, list items, bold text and links, which
//! suffices to test when a page was rendered and which pages it links to.

use crate::text::regex;
use regex::Captures;
use std::fmt::Write as _;

/// Renders a page. Returns the HTML, and the locale and path of each internal link.
///
/// `exists` returns whether there is a page at a locale and path.
pub(crate) fn page(
    content_type: &str,
    content: &str,
    default_locale: &str,
    exists: &dyn Fn(&str, &str) -> bool,
) -> (String, Vec<(String, String)>) {
    // Neither comments and scripts nor the definitions of links are shown.
    let shown = regex!(r"(?s)<!--.*?-->|<script.*?</script>").replace(content, "");
    let html = match content_type {
        "markdown" => markdown(&regex!(r"(?m)^\[[^\]]+\]: \S+$").replace(&shown, "")),
        "html" => shown,
        _ => format!("<pre>{}</pre>\n", escape(content)),
    };
    mark_links(&html, default_locale, exists)
}

/// Renders a comment, in which HTML is escaped and line breaks are kept.
pub(crate) fn comment(content: &str) -> String {
    markdown(content)
        .replace('\n', "<br>\n")
        .replace("</p><br>", "</p>")
}

/// Returns title and anchor of each heading, from which Wiki.js makes `toc`.
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

/// Renders bold text and links.
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

/// Parses `[label](target)` at the start of a text. Returns both, and the rest.
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

/// Adds a class to each internal link, which depends on whether its page exists.
fn mark_links(
    html: &str,
    default_locale: &str,
    exists: &dyn Fn(&str, &str) -> bool,
) -> (String, Vec<(String, String)>) {
    let mut links = Vec::new();
    let marked = regex!("<a href=\"/([^\"]*)\"").replace(html, |link: &Captures<'_>| {
        let (locale, path) = location(&link[1], default_locale);
        let validity = if exists(&locale, &path) {
            "valid"
        } else {
            "invalid"
        };
        links.push((locale, path));
        format!("{} class=\"is-internal-link is-{validity}-page\"", &link[0])
    });
    (marked, links)
}

/// Returns locale and path of the target of a link, without query and fragment.
fn location(target: &str, default_locale: &str) -> (String, String) {
    let target = target.split(['?', '#']).next().unwrap_or_default();
    let path = if target.is_empty() { "home" } else { target };
    let is_locale = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic());
    let parts = path.split_once('/').filter(|(locale, _)| is_locale(locale));
    let (locale, path) = parts.unwrap_or((default_locale, path));
    (locale.to_owned(), path.to_owned())
}

/// Returns the text of HTML, without tags.
pub(crate) fn text(html: &str) -> String {
    regex!("<[^>]*>?").replace(html, " ")
}

/// Converts the rendering of a Markdown page to HTML, like `pages.convert`: without the anchors of headings.
pub(crate) fn to_html(render: &str) -> String {
    regex!("<a class=\"toc-anchor\".*?</a>").replace(render, "")
}

/// Converts HTML to Markdown, like `pages.convert`: headings, list items, bold text and paragraphs.
pub(crate) fn to_markdown(html: &str) -> String {
    let tag = |tag: &Captures<'_>| match &tag[1] {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
            let level = tag[1][1..].parse().unwrap_or(1);
            format!("\n\n{} ", "#".repeat(level))
        }
        "/p" | "/h1" | "/h2" | "/h3" | "/h4" | "/h5" | "/h6" | "/ul" => "\n\n".to_owned(),
        "li" => "-   ".to_owned(),
        "strong" | "/strong" | "b" | "/b" => "**".to_owned(),
        _ => String::new(),
    };
    let markdown = regex!(r"<([^\s>]*)[^>]*>").replace(html, tag);
    let markdown = regex!(r"(?m)[ \t]+$")
        .replace(&markdown, "")
        .replace("#  ", "# ");
    regex!(r"\n{3,}")
        .replace(&markdown, "\n\n")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(content: &str) -> (String, Vec<(String, String)>) {
        page("markdown", content, "en", &|_, path| path == "home")
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
        let location = |locale: &str, path: &str| (locale.to_owned(), path.to_owned());
        assert_eq!(links, [location("en", "home"), location("fr", "x")]);
    }

    #[test]
    fn conversion_to_html_and_to_markdown() {
        let (html, _) = render("# Head\n\n- a\n- b\n\n**bold**");
        let html = to_html(&html);
        assert!(!html.contains("toc-anchor"), "{html}");
        assert_eq!(to_markdown(&html), "# Head\n\n-   a\n-   b\n\n**bold**");
    }
}
