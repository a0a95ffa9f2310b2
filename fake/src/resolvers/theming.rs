//! `theming`: the appearance. Style sheets are minified when they are stored, and expanded when they are read.

use super::{Call, Resolved, done, object};
use crate::state::configuration::Theming;

pub(super) fn query(call: Call<'_>) -> Resolved {
    match call.field {
        "themes" => Ok(vec![object! {
            "key" => "default", "title" => "Default", "author" => "requarks.io",
        }]
        .into()),
        "config" => {
            let theme = &call.state().configuration.theme;
            Ok(object! {
                theme [theme, iconset, dark_mode, toc_position],
                "injectCSS" => expanded(&theme.css),
                "injectHead" => &theme.head,
                "injectBody" => &theme.body,
            }
            .into())
        }
        _ => call.not_imitated(),
    }
}

pub(super) fn mutate(call: Call<'_>) -> Resolved {
    if call.field != "setConfig" {
        return call.not_imitated();
    }
    let text = |name| call.text(name).to_owned();
    call.state().configuration.theme = Theming {
        theme: text("theme"),
        iconset: text("iconset"),
        dark_mode: call.flag("darkMode"),
        toc_position: call.filled("tocPosition").unwrap_or("left").to_owned(),
        css: rules(call.text("injectCSS")).concat(),
        head: text("injectHead"),
        body: text("injectBody"),
    };
    Ok(done("Theme config updated").into())
}

/// Returns the rules of a stored style sheet on separate lines. An `@import` of a relative URL is dropped.
fn expanded(css: &str) -> String {
    let rules = rules(css);
    let is_read = |rule: &&String| {
        let import = rule.strip_prefix("@import url(");
        import.is_none_or(|url| url.starts_with("http") || url.starts_with("//"))
    };
    let shown: Vec<String> = rules
        .iter()
        .filter(is_read)
        .map(|rule| match rule.split_once('{') {
            Some((selector, body)) => {
                let body = body.trim_end_matches('}').replace(';', ";\n  ");
                format!("{selector} {{\n  {}\n}}", body.replace(':', ": "))
            }
            None => rule.clone(),
        })
        .collect();
    shown.join("\n")
}

/// Returns the rules of a style sheet without comments and white space. Other text and nested rules are dropped.
fn rules(css: &str) -> Vec<String> {
    let css = without_comments(css);
    let mut rules = Vec::new();
    let mut rest = css.trim();
    while !rest.is_empty() {
        let end = if rest.starts_with("@import") {
            rest.find(';').unwrap_or(rest.len() - 1)
        } else if let Some(end) = rest.find('}') {
            end
        } else {
            break;
        };
        let (rule, after) = rest.split_at(end + 1);
        rest = after.trim_start();
        rules.extend(as_stored(rule));
    }
    rules
}

fn as_stored(rule: &str) -> Option<String> {
    if let Some(source) = rule.strip_prefix("@import") {
        let source = source.trim().trim_end_matches(';').trim();
        let source = source
            .strip_prefix("url(")
            .map_or(source, |url| url.trim_end_matches(')'));
        return Some(format!(
            "@import url({});",
            source.trim_matches(['"', '\'', ' '])
        ));
    }
    let (selector, body) = rule.split_once('{')?;
    let body = body.trim_end_matches('}').trim().trim_end_matches(';');
    if body.is_empty() || body.contains('{') {
        return None;
    }
    let words = body.split_whitespace().collect::<Vec<_>>().join(" ");
    let tight = words
        .replace(": ", ":")
        .replace(" :", ":")
        .replace("; ", ";")
        .replace(" ;", ";");
    Some(format!("{}{{{tight}}}", selector.trim()))
}

fn without_comments(css: &str) -> String {
    let mut left = String::new();
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        left.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    left + rest
}
