//! `localization`: the languages. Everybody may read them.

use super::{Arguments, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use crate::state::State;

/// Names of a few locales; another one is called by its code.
const NAMES: [(&str, &str, &str); 5] = [
    ("de", "German", "Deutsch"),
    ("en", "English", "English"),
    ("es", "Spanish", "español"),
    ("fr", "French", "Français"),
    ("it", "Italian", "italiano"),
];

pub(super) fn query(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let state = context.shared.state();
    match field {
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
            Ok(record! {
                "locale" => &state.settings.default_locale,
                "autoUpdate" => languages.auto_update,
                "namespacing" => languages.namespacing,
                "namespaces" => languages.namespaces.iter().collect::<Answer>(),
            }
            .into())
        }
        "translations" => translations(&state, arguments),
        _ => Err(Failure::not_imitated("LocalizationQuery", field)),
    }
}

fn locale(state: &State, code: &str, is_installed: bool) -> Record {
    let since = state.groups.get(&1).map(|group| group.created_at.as_str());
    let since = since.unwrap_or_default();
    let languages = &state.configuration.languages;
    let installed_at = languages.installed_at.get(code);
    let installed_at = installed_at.map_or(since, String::as_str);
    let known = NAMES.iter().find(|(own, ..)| *own == code);
    let (name, native) = known.map_or((code, code), |(_, name, native)| (*name, *native));
    record! {
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

/// Only the languages that the wiki uses are loaded.
fn translations(state: &State, arguments: Arguments<'_>) -> Result<Answer, Failure> {
    let locale = arguments.text("locale").unwrap_or_default();
    let namespace = arguments.text("namespace").unwrap_or_default();
    let languages = &state.configuration.languages;
    let is_used = state.settings.default_locale == locale
        || (languages.namespacing && languages.namespaces.iter().any(|used| used == locale));
    let found = languages
        .translations
        .get(&(locale.to_owned(), namespace.to_owned()));
    match found.filter(|_| is_used) {
        Some(pairs) => Ok(pairs
            .iter()
            .map(|(key, value)| record! { "key" => key, "value" => value })
            .collect()),
        None => Err(Failure::error("Invalid locale or namespace")),
    }
}

pub(super) fn mutate(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let mut state = context.shared.state();
    match field {
        "updateLocale" => Ok(outcome::of(update(&mut state, arguments))),
        // What goes wrong stands in the log; the answer is always the same.
        "downloadLocale" => {
            let code = arguments.text("locale").unwrap_or_default().to_owned();
            download(&mut state, code);
            Ok(outcome::done("Locale downloaded successfully").into())
        }
        _ => Err(Failure::not_imitated("LocalizationMutation", field)),
    }
}

/// The configuration is taken over before the languages are looked for.
fn update(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let locale = arguments.text("locale").unwrap_or_default().to_owned();
    let mut namespaces: Vec<String> = Vec::new();
    let given = arguments.texts("namespaces").unwrap_or_default();
    for one in given.into_iter().chain([locale.as_str()]) {
        if !namespaces.iter().any(|other| other == one) {
            namespaces.push(one.to_owned());
        }
    }
    let languages = &mut state.configuration.languages;
    languages.auto_update = arguments.flag("autoUpdate");
    languages.namespacing = arguments.flag("namespacing");
    languages.namespaces = namespaces;
    let installed = &state.settings.locales;
    let is_missing = |code: &String| !installed.contains(code);
    let of_locale = is_missing(&locale);
    let of_namespaces = languages.namespacing && languages.namespaces.iter().any(is_missing);
    state.settings.default_locale = locale;
    if of_locale {
        Err(Failure::type_error(
            "Cannot read properties of undefined (reading 'isRTL')",
        ))
    } else if of_namespaces {
        Err(Failure::error("No such locale in local store."))
    } else {
        Ok(outcome::done("Locale config updated"))
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
