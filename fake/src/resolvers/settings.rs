//! `site`, `navigation`, `theming`, `mail` and `contribute`.

use super::pages::minify;
use super::providers::MASK;
use super::{Call, FieldValue, Object, Resolved, done, response_result};
use crate::errors::{Code, Failure, ensure};
use crate::state::State;
use crate::state::configuration::defaults;
use crate::text::{length, regex, trim};
use serde_json::{Value, json};

/// The length of the shortest address that Wiki.js sends a test to.
const SHORTEST_ADDRESS: usize = 6;

/// Resolves a field of these domains.
pub(super) fn resolve(call: Call<'_>) -> Resolved {
    let mut state = call.state();
    let configuration = &mut state.configuration;
    Ok(match (call.type_name, call.field) {
        ("SiteQuery", "config") => (&configuration.site).into(),
        ("SiteMutation", "updateConfig") => {
            for field in fields("site") {
                // An omitted field is kept; null is stored as it is.
                if call.raw(field).is_some() {
                    configuration.site[field] = stored(field, call.json(field));
                }
            }
            done("Site configuration updated successfully").into()
        }
        ("NavigationQuery", "config") => Object::default()
            .with("mode", &configuration.navigation_mode)
            .into(),
        ("NavigationQuery", "tree") => configuration.navigation.iter().flatten().collect(),
        ("NavigationMutation", "updateConfig") => {
            call.text("mode")
                .clone_into(&mut configuration.navigation_mode);
            done("Navigation config updated successfully").into()
        }
        // Without its row in the database nothing is updated, which Wiki.js reports as success.
        ("NavigationMutation", "updateTree") => {
            if let Some(stored) = &mut configuration.navigation {
                *stored = call.json("tree").as_array().cloned().unwrap_or_default();
            }
            done("Navigation updated successfully").into()
        }
        ("ThemingQuery", "themes") => defaults("themes").into(),
        ("ThemingQuery", "config") => {
            let css = configuration.theme["injectCSS"]
                .as_str()
                .unwrap_or_default();
            let shown = Object::default().with("injectCSS", expanded(css));
            shown.with_all(&configuration.theme).into()
        }
        ("ThemingMutation", "setConfig") => {
            let fields = fields("theme").map(|field| (field.clone(), themed(field, call)));
            configuration.theme = fields.collect();
            done("Theme config updated").into()
        }
        ("MailQuery", "config") => {
            let password = configuration.mail["pass"].as_str();
            let password = password.ok_or_else(|| Failure::property_of("undefined", "length"))?;
            let shown = if password.is_empty() { "" } else { MASK };
            Object::default()
                .with("pass", shown)
                .with_all(&configuration.mail)
                .into()
        }
        ("MailMutation", "updateConfig") => {
            let fields = fields("mail").map(|field| (field.clone(), call.json(field)));
            let mut mail: Value = fields.collect();
            if mail["pass"] == MASK {
                mail["pass"] = configuration.mail["pass"].take();
            }
            configuration.mail = mail;
            done("Mail configuration updated successfully.").into()
        }
        ("MailMutation", "sendTest") => {
            response_result(send_test(&mut state, call.text("recipientEmail")))
        }
        // Wiki.js requests the list from graph.requarks.io. Without Internet access it logs the failure and returns
        // null.
        ("ContributeQuery", "contributors") if !state.settings.is_online => FieldValue::NULL,
        ("ContributeQuery", "contributors") => defaults("contributors").into(),
        _ => return call.not_imitated(),
    })
}

/// Returns the names of the settings of a section.
fn fields(section: &str) -> impl Iterator<Item = &'static String> {
    let section = defaults(section).as_object();
    section.into_iter().flat_map(|fields| fields.keys())
}

/// Returns the value that Wiki.js stores for a field of the site. Null becomes the empty text in some of them.
fn stored(field: &str, given: Value) -> Value {
    let text = given.as_str().unwrap_or_default();
    match field {
        "host" => json!(trim(text).strip_suffix('/').unwrap_or(trim(text))),
        "title" | "company" | "logoUrl" => json!(trim(text)),
        "pageExtensions" => {
            let extensions = text.split(',').map(|one| trim(one).to_lowercase());
            let extensions: Vec<_> = extensions.filter(|one| !one.is_empty()).collect();
            json!(extensions.join(", "))
        }
        _ => given,
    }
}

/// Returns the value that Wiki.js stores for a field of the theme. An omitted one is reset.
fn themed(field: &str, call: Call<'_>) -> Value {
    match field {
        "darkMode" => json!(call.flag(field)),
        "tocPosition" => json!(call.filled(field).unwrap_or("left")),
        "injectCSS" => json!(rules(call.text(field)).concat()),
        _ => json!(call.text(field)),
    }
}

/// Returns the rules of a style sheet in the form in which they are stored. Nested rules are dropped.
fn rules(css: &str) -> Vec<String> {
    let comment = regex!(r"(?s)/\*.*?(\*/|$)");
    let rule = regex!(
        r#"\s*@import\s+(?:url\()?\s*["']?(?<url>[^"');]*)[^;]*;?|[^{}]*\{(?:[^{}]*\{[^{}]*\})+[^{}]*\}|(?<rule>[^{}]*\{[^{}]*\})"#
    );
    let css = comment.replace(css, "");
    let rules = rule.captures(&css).filter_map(|found| {
        if let Some(url) = found.name("url") {
            return Some(format!("@import url({});", url.as_str().trim()));
        }
        let rule = minify(found.name("rule")?.as_str().trim());
        Some(rule).filter(|rule| !rule.ends_with("{}"))
    });
    rules.collect()
}

/// Returns the rules of a stored style sheet on separate lines. An `@import` of a relative URL is dropped.
fn expanded(css: &str) -> String {
    let shown = rules(css).into_iter().filter_map(|rule| {
        if let Some(url) = rule.strip_prefix("@import url(") {
            let is_read = url.starts_with("http") || url.starts_with("//");
            return is_read.then_some(rule);
        }
        let (selector, body) = rule.split_once('{')?;
        let body = body
            .trim_end_matches('}')
            .replace(';', ";\n  ")
            .replace(':', ": ");
        Some(format!("{selector} {{\n  {body}\n}}"))
    });
    shown.collect::<Vec<_>>().join("\n")
}

fn send_test(state: &mut State, recipient: &str) -> Resolved<Object> {
    let is_address = length(recipient) >= SHORTEST_ADDRESS;
    ensure(is_address, || Code::MailInvalidRecipient)?;
    let sends_mail = state.configuration.sends_mail();
    ensure(sends_mail, || Code::MailNotConfigured)?;
    state.test_mails.push(recipient.to_owned());
    Ok(done("Test email sent successfully."))
}
