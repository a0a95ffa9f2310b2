//! `authentication`: the login strategies. Logins themselves are next door.

use super::{Arguments, config, inputs, outcome, parsed};
use crate::errors::Failure;
use crate::execute::{Answer, Record, record};
use crate::state::State;
use crate::state::providers::{Definition, FakeProvider, More, ProviderKind};
use serde_json::Value;

const KIND: ProviderKind = ProviderKind::Strategy;

pub(super) fn kinds(state: &State) -> Answer {
    let kinds = state.providers.definitions(KIND).iter();
    kinds
        .map(|definition| {
            let props: Answer = definition
                .props
                .iter()
                .map(|prop| {
                    record! {
                        "key" => prop.key,
                        "value" => Value::Object(prop.shown()).to_string(),
                    }
                })
                .collect();
            module(definition).with("props", props)
        })
        .collect()
}

/// A kind of strategies, but for its settings.
fn module(definition: &Definition) -> Record {
    let username_type = match definition.more {
        More::Strategy { username_type } => username_type,
        _ => None,
    };
    record! {
        "key" => definition.key,
        "title" => definition.title,
        "description" => "A strategy of wikijs-fake.",
        "isAvailable" => definition.is_available,
        "useForm" => username_type.is_some(),
        "usernameType" => username_type,
        "logo" => "https://wiki.example.com/logo.svg",
        "color" => "primary",
        "website" => "https://wiki.example.com",
        "icon" => "<svg/>",
    }
}

pub(super) fn active(state: &State, arguments: Arguments<'_>) -> Answer {
    let props =
        "Expected Iterable, but did not find one for field \"AuthenticationStrategy.props\".";
    let mut rows: Vec<_> = state.providers.rows(KIND).iter().collect();
    rows.retain(|row| row.is_enabled || !arguments.flag("enabledOnly"));
    rows.sort_by_key(|row| row.order);
    rows.into_iter()
        .map(|row| {
            let definition = state.providers.definition(KIND, &row.module);
            let strategy = definition
                .map(|it| module(it).with("props", Failure::graphql(props)))
                .unwrap_or_default();
            let groups = row.auto_enroll_groups.iter().copied();
            record! {
                "key" => &row.key,
                "strategy" => strategy,
                "displayName" => &row.display_name,
                "order" => row.order,
                "isEnabled" => row.is_enabled,
                "config" => config(row, definition, false),
                "selfRegistration" => row.self_registration,
                "domainWhitelist" => row.domain_whitelist.iter().collect::<Answer>(),
                "autoEnrollGroups" => groups.collect::<Answer>(),
            }
        })
        .collect()
}

/// Writes what is listed, then deletes what is not, until a strategy has users.
pub(super) fn update(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let before: Vec<_> = state.providers.rows(KIND).to_vec();
    let mut listed = Vec::new();
    for input in inputs(arguments, "strategies")? {
        let key = input.key()?;
        listed.push(key.to_owned());
        let settings = parsed(&input.settings()?)?;
        let list = |name: &str| input.0[name].as_array().cloned().unwrap_or_default();
        let write = |row: &mut FakeProvider| {
            row.module = input.text("strategyKey");
            row.display_name = input.text("displayName");
            row.order = input.0["order"].as_i64().unwrap_or_default();
            row.is_enabled = input.flag("isEnabled");
            row.self_registration = input.flag("selfRegistration");
            row.config = Value::Object(settings);
            row.domain_whitelist = list("domainWhitelist")
                .iter()
                .filter_map(|domain| domain.as_str().map(str::to_owned))
                .collect();
            row.auto_enroll_groups = list("autoEnrollGroups")
                .iter()
                .filter_map(Value::as_i64)
                .collect();
        };
        if before.iter().any(|row| row.key == key) {
            state.providers.patch(KIND, key, write);
        } else {
            let local = before.first().cloned();
            let mut row =
                local.unwrap_or_else(|| FakeProvider::of(&state.providers.definitions(KIND)[0]));
            key.clone_into(&mut row.key);
            write(&mut row);
            state.providers.insert(KIND, row);
        }
    }
    for row in before.iter().filter(|row| !listed.contains(&row.key)) {
        let users = state.providers.users.get(&row.key).copied();
        if users.unwrap_or_default() > 0 {
            let name = &row.display_name;
            return Err(Failure::error(format!(
                "Cannot delete {name} as 1 or more users are still using it."
            )));
        }
        state.providers.remove(KIND, &row.key);
    }
    Ok(outcome::done("Strategies updated successfully"))
}
