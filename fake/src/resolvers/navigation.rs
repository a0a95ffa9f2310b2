//! `navigation`: what stands beside the pages.

use super::{Arguments, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use serde_json::{Value, json};

pub(super) fn query(context: &Context, field: &str) -> Result<Answer, Failure> {
    let state = context.shared.state();
    match field {
        "config" => Ok(record! { "mode" => &state.configuration.navigation_mode }.into()),
        "tree" => {
            let trees = state.configuration.navigation.iter().flatten();
            Ok(trees
                .map(|tree| {
                    let items = tree["items"].as_array().into_iter().flatten();
                    record! {
                        "locale" => tree["locale"].as_str(),
                        "items" => items.map(item).collect::<Answer>(),
                    }
                })
                .collect())
        }
        _ => Err(Failure::not_imitated("NavigationQuery", field)),
    }
}

fn item(item: &Value) -> Record {
    let groups = item["visibilityGroups"].as_array().map(|groups| {
        let groups = groups.iter().map(Value::as_i64);
        groups.collect::<Answer>()
    });
    record! {
        "id" => item["id"].as_str(),
        "kind" => item["kind"].as_str(),
        "label" => item["label"].as_str(),
        "icon" => item["icon"].as_str(),
        "targetType" => item["targetType"].as_str(),
        "target" => item["target"].as_str(),
        "visibilityMode" => item["visibilityMode"].as_str(),
        "visibilityGroups" => groups,
    }
}

pub(super) fn mutate(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let mut state = context.shared.state();
    match field {
        "updateConfig" => {
            let mode = arguments.text("mode").unwrap_or_default();
            mode.clone_into(&mut state.configuration.navigation_mode);
            Ok(outcome::done("Navigation config updated successfully").into())
        }
        // Where the row is lost, nothing is updated, and that is a success, too.
        "updateTree" => {
            let tree = json!(arguments.raw("tree"));
            if let Some(stored) = &mut state.configuration.navigation {
                *stored = tree.as_array().cloned().unwrap_or_default();
            }
            Ok(outcome::done("Navigation updated successfully").into())
        }
        _ => Err(Failure::not_imitated("NavigationMutation", field)),
    }
}
