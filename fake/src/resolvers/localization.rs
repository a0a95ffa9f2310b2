//! `localization`: the languages. Everybody may read them.

use super::{Call, FieldValue, Object, Resolved, done, object, response_result};
use crate::errors::Failure;
use crate::state::State;

/// Names of a few locales. The name of another one is its code.
const NAMES: [(&str, &str, &str); 5] = [
    ("de", "German", "Deutsch"),
    ("en", "English", "English"),
    ("es", "Spanish", "español"),
    ("fr", "French", "Français"),
    ("it", "Italian", "italiano"),
];

pub(super) fn query(call: Call<'_>) -> Resolved {
    let state = call.state();
    match call.field {
        "locales" => {
            let installed = state.settings.locales.iter();
            let languages = &state.configuration.languages;
            let further = languages.downloadable.iter();
            let further = further.filter(|code| !state.settings.locales.contains(code));
            Ok(installed
                .map(|code| locale(&state, code, true))
                .chain(further.map(|code| locale(&state, code, false)))
                .collect())
        }
        "config" => {
            let languages = &state.configuration.languages;
            Ok(object! {
                languages [auto_update, namespacing],
                "locale" => &state.settings.default_locale,
                "namespaces" => languages.namespaces.iter().collect::<FieldValue>(),
            }
            .into())
        }
        "translations" => translations(&state, call),
        _ => call.not_imitated(),
    }
}

fn locale(state: &State, code: &str, is_installed: bool) -> Object {
    let since = state.groups.get(&1).map(|group| group.created_at.as_str());
    let since = since.unwrap_or_default();
    let languages = &state.configuration.languages;
    let installed_at = languages.installed_at.get(code);
    let installed_at = installed_at.map_or(since, String::as_str);
    let known = NAMES.iter().find(|(own, ..)| *own == code);
    let (name, native) = known.map_or((code, code), |(_, name, native)| (*name, *native));
    object! {
        "availability" => if code == "en" { 0_i64 } else { 100 },
        "code" => code,
        "createdAt" => since,
        "installDate" => is_installed.then_some(installed_at),
        "isInstalled" => is_installed,
        "isRTL" => false,
        "name" => name,
        "nativeName" => native,
        "updatedAt" => installed_at,
    }
}

/// Returns translations. Wiki.js loads only the languages that the wiki uses.
fn translations(state: &State, call: Call<'_>) -> Resolved {
    let locale = call.text("locale");
    let namespace = call.text("namespace");
    let languages = &state.configuration.languages;
    let is_used = state.settings.default_locale == locale
        || (languages.namespacing && languages.namespaces.iter().any(|used| used == locale));
    let found = languages
        .translations
        .get(&(locale.to_owned(), namespace.to_owned()));
    match found.filter(|_| is_used) {
        Some(pairs) => Ok(pairs
            .iter()
            .map(|(key, value)| object! { "key" => key, "value" => value })
            .collect()),
        None => Err(Failure::error("Invalid locale or namespace")),
    }
}

pub(super) fn mutate(call: Call<'_>) -> Resolved {
    let mut state = call.state();
    match call.field {
        "updateLocale" => Ok(response_result(update(&mut state, call))),
        // Wiki.js logs failures, and always reports success.
        "downloadLocale" => {
            let code = call.text("locale").to_owned();
            download(&mut state, code);
            Ok(done("Locale downloaded successfully").into())
        }
        _ => call.not_imitated(),
    }
}

/// Changes the configuration, before it is checked whether the languages are installed.
fn update(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let locale = call.text("locale").to_owned();
    let mut namespaces: Vec<String> = Vec::new();
    let given = call.texts("namespaces").unwrap_or_default();
    for one in given.into_iter().chain([locale.as_str()]) {
        if !namespaces.iter().any(|other| other == one) {
            namespaces.push(one.to_owned());
        }
    }
    let languages = &mut state.configuration.languages;
    languages.auto_update = call.flag("autoUpdate");
    languages.namespacing = call.flag("namespacing");
    languages.namespaces = namespaces;
    let installed = &state.settings.locales;
    let is_missing = |code: &String| !installed.contains(code);
    let of_locale = is_missing(&locale);
    let of_namespaces = languages.namespacing && languages.namespaces.iter().any(is_missing);
    state.settings.default_locale = locale;
    if of_locale {
        Err(Failure::undefined_property("isRTL"))
    } else if of_namespaces {
        Err(Failure::error("No such locale in local store."))
    } else {
        Ok(done("Locale config updated"))
    }
}

fn download(state: &mut State, code: String) {
    if !state.configuration.languages.downloadable.contains(&code) {
        return;
    }
    let now = state.now();
    if !state.settings.locales.contains(&code) {
        state.settings.locales.push(code.clone());
    }
    state.configuration.languages.installed_at.insert(code, now);
}
