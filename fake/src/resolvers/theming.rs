//! `theming`: how the wiki looks. Style sheets are minified when they are stored, and spread out when they are read.

use super::{Arguments, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Context, record};
use crate::state::configuration::Theming;

pub(super) fn query(context: &Context, field: &str) -> Result<Answer, Failure> {
    match field {
        "themes" => {
            Ok(
                [record! { "key" => "default", "title" => "Default", "author" => "requarks.io" }]
                    .into_iter()
                    .collect(),
            )
        }
        "config" => {
            let state = context.shared.state();
            let theme = &state.configuration.theme;
            Ok(record! {
                "theme" => &theme.theme,
                "iconset" => &theme.iconset,
                "darkMode" => theme.dark_mode,
                "tocPosition" => &theme.toc_position,
                "injectCSS" => spread_out(&theme.css),
                "injectHead" => &theme.head,
                "injectBody" => &theme.body,
            }
            .into())
        }
        _ => Err(Failure::not_imitated("ThemingQuery", field)),
    }
}

pub(super) fn mutate(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    if field != "setConfig" {
        return Err(Failure::not_imitated("ThemingMutation", field));
    }
    let text = |name| arguments.text(name).unwrap_or_default().to_owned();
    context.shared.state().configuration.theme = Theming {
        theme: text("theme"),
        iconset: text("iconset"),
        dark_mode: arguments.flag("darkMode"),
        toc_position: arguments.filled("tocPosition").unwrap_or("left").to_owned(),
        css: minified(&text("injectCSS")),
        head: text("injectHead"),
        body: text("injectBody"),
    };
    Ok(outcome::done("Theme config updated").into())
}

/// The rules of a style sheet, without comments and white space; what is no rule is dropped, and so is a rule
/// within another.
fn minified(css: &str) -> String {
    rules(css).concat()
}

/// The rules of a stored style sheet, one after the other. An `@import` of a file, which no server has, is dropped.
fn spread_out(css: &str) -> String {
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
