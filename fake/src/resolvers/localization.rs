//! `localization`: the locales that are installed. Everybody may read them.

use crate::errors::Failure;
use crate::execute::{Answer, Context, record};

/// Names of a few locales; another one is called by its code.
const NAMES: [(&str, &str, &str); 5] = [
    ("de", "German", "Deutsch"),
    ("en", "English", "English"),
    ("es", "Spanish", "español"),
    ("fr", "French", "Français"),
    ("it", "Italian", "italiano"),
];

pub(super) fn query(context: &Context, field: &str) -> Result<Answer, Failure> {
    let state = context.shared.state();
    match field {
        "locales" => {
            let since = state.groups.get(&1).map(|group| group.created_at.as_str());
            let since = since.unwrap_or_default();
            Ok(state
                .settings
                .locales
                .iter()
                .map(|code| {
                    let known = NAMES.iter().find(|(own, ..)| own == code);
                    let (name, native) = known
                        .map_or((code.as_str(), code.as_str()), |(_, name, native)| {
                            (name, native)
                        });
                    record! {
                        "availability" => if code == "en" { 0_i64 } else { 100 },
                        "code" => code,
                        "createdAt" => since,
                        "installDate" => since,
                        "isInstalled" => true,
                        "isRTL" => false,
                        "name" => name,
                        "nativeName" => native,
                        "updatedAt" => since,
                    }
                })
                .collect())
        }
        "config" => Ok(record! {
            "locale" => &state.settings.default_locale,
            "autoUpdate" => true,
            "namespacing" => false,
            "namespaces" => Answer::List(Vec::new()),
        }
        .into()),
        _ => Err(Failure::not_imitated("LocalizationQuery", field)),
    }
}
