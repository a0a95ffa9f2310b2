//! `site`, `navigation` and `contribute`.

use super::{Call, FieldValue, Object, Resolved, done, object};
use crate::state::configuration::Defaults;
use serde_json::{Value, json};

/// Fields whose white space is trimmed; null becomes the empty text.
const TRIMMED: [&str; 4] = ["host", "title", "company", "logoUrl"];

/// Resolves a field of these domains.
pub(super) fn resolve(call: Call<'_>) -> Resolved {
    let mut state = call.state();
    let configuration = &mut state.configuration;
    match (call.type_name, call.field) {
        ("SiteQuery", "config") => {
            let mut config = Object::default();
            for field in Defaults::get().site.keys() {
                if let Some(value) = configuration.site.get(field) {
                    config = config.with(field, FieldValue::of_json(value));
                }
            }
            Ok(config.into())
        }
        ("SiteMutation", "updateConfig") => {
            for field in Defaults::get().site.keys() {
                // An omitted field is kept; null is stored as it is.
                if call.raw(field).is_some() {
                    let stored = stored(field, call.json(field));
                    configuration.site.insert(field.clone(), stored);
                }
            }
            Ok(done("Site configuration updated successfully").into())
        }
        ("NavigationQuery", "config") => {
            Ok(object! { "mode" => &configuration.navigation_mode }.into())
        }
        ("NavigationQuery", "tree") => {
            let trees = configuration.navigation.iter().flatten();
            let trees = trees.map(|tree| {
                let items = tree["items"].as_array().into_iter().flatten();
                object! {
                    "locale" => tree["locale"].as_str(),
                    "items" => items.map(navigation_item).collect::<FieldValue>(),
                }
            });
            Ok(trees.collect())
        }
        ("NavigationMutation", "updateConfig") => {
            call.text("mode")
                .clone_into(&mut configuration.navigation_mode);
            Ok(done("Navigation config updated successfully").into())
        }
        // Without its row in the database nothing is updated, which Wiki.js reports as success.
        ("NavigationMutation", "updateTree") => {
            if let Some(stored) = &mut configuration.navigation {
                *stored = call.json("tree").as_array().cloned().unwrap_or_default();
            }
            Ok(done("Navigation updated successfully").into())
        }
        // Wiki.js requests the list from graph.requarks.io. Without Internet access it logs the failure and returns
        // null.
        ("ContributeQuery", "contributors") if !state.settings.is_online => Ok(FieldValue::NULL),
        ("ContributeQuery", "contributors") => Ok(vec![object! {
            "id" => "5c1a9b7e-0000-4000-8000-000000000001",
            "source" => "OpenCollective",
            "name" => "Ada",
            "joined" => "2019-05-01T00:00:00.000Z",
            "website" => "https://ada.example.com",
        }]
        .into()),
        _ => call.not_imitated(),
    }
}

/// Returns the value that Wiki.js stores for a field of the site.
fn stored(field: &str, given: Value) -> Value {
    let text = given.as_str().unwrap_or_default();
    match field {
        "host" => json!(text.trim().strip_suffix('/').unwrap_or(text.trim())),
        "pageExtensions" => {
            let extensions = text.split(',').map(|one| one.trim().to_lowercase());
            let extensions: Vec<_> = extensions.filter(|one| !one.is_empty()).collect();
            json!(extensions.join(", "))
        }
        trimmed if TRIMMED.contains(&trimmed) => json!(text.trim()),
        _ => given,
    }
}

fn navigation_item(item: &Value) -> Object {
    const TEXTS: [&str; 7] = [
        "id",
        "kind",
        "label",
        "icon",
        "targetType",
        "target",
        "visibilityMode",
    ];
    let mut object = Object::default();
    for field in TEXTS {
        object = object.with(field, item[field].as_str());
    }
    object.with(
        "visibilityGroups",
        FieldValue::of_json(&item["visibilityGroups"]),
    )
}
