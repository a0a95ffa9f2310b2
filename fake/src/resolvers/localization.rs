//! `localization`: the languages. Everybody may read them.

use super::{Call, FieldValue, Object, Resolved, done, object, response_result};
use crate::errors::{Failure, ensure};
use crate::state::State;
use crate::state::configuration::defaults;

pub(super) fn resolve(call: Call<'_>) -> Resolved {
    let mut state = call.state();
    let state = &mut *state;
    Ok(match call.field {
        "locales" => locales(state),
        "config" => {
            let languages = &state.configuration.languages;
            let config = object! {
                languages [auto_update, namespacing, namespaces],
                "locale" => &state.settings.default_locale,
            };
            config.into()
        }
        "translations" => return translations(state, call),
        "updateLocale" => response_result(update(state, call)),
        // Wiki.js logs failures, and always reports success.
        "downloadLocale" => {
            download(state, call.text("locale").to_owned());
            done("Locale downloaded successfully").into()
        }
        _ => return call.not_imitated(),
    })
}

fn locales(state: &State) -> FieldValue {
    let installed = &state.settings.locales;
    let further = state.configuration.languages.downloadable.iter();
    let further = further.filter(|code| !installed.contains(code));
    let locales = installed.iter().map(|code| locale(state, code, true));
    locales
        .chain(further.map(|code| locale(state, code, false)))
        .collect()
}

fn locale(state: &State, code: &str, is_installed: bool) -> Object {
    let since = state.groups.get(&1).map(|group| group.created_at.as_str());
    let since = since.unwrap_or_default();
    let languages = &state.configuration.languages;
    let installed_at = languages.installed_at.get(code);
    let installed_at = installed_at.map_or(since, String::as_str);
    // The name of an unknown language is its code.
    let names = &defaults("languages")[code];
    let name = |index: usize| names[index].as_str().unwrap_or(code);
    object! {
        "availability" => if code == "en" { 0_i64 } else { 100 },
        "code" => code,
        "createdAt" => since,
        "installDate" => is_installed.then_some(installed_at),
        "isInstalled" => is_installed,
        "isRTL" => false,
        "name" => name(0),
        "nativeName" => name(1),
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
    let place = (locale.to_owned(), namespace.to_owned());
    let found = languages.translations.get(&place).filter(|_| is_used);
    let pairs = found
        .ok_or_else(|| Failure::error("Invalid locale or namespace"))?
        .iter();
    Ok(pairs
        .map(|(key, value)| object! { "key" => key, "value" => value })
        .collect())
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
    ensure(!of_locale, || Failure::property_of("undefined", "isRTL"))?;
    let message = "No such locale in local store.";
    ensure(!of_namespaces, || Failure::error(message))?;
    Ok(done("Locale config updated"))
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
