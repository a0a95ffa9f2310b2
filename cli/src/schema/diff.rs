//! `wikijs schema diff`: the changes between two schemas, and those that break a client.

use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf, process::ExitCode};

use graphql_schema_diff::{Change, ChangeKind};
use serde::Serialize;

use super::{ExitResult, breaks, folder, read, sdl, write};

/// Arguments of `schema diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  wikijs schema diff old.graphql new.graphql --json")]
pub(crate) struct Arguments {
    /// SDL file of the old schema.
    old: PathBuf,
    /// SDL file of the new schema.
    new: PathBuf,
}

/// One difference.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    /// Path of the changed element: `Page.title`, or `PageQuery.list.limit` for an argument.
    path: String,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
    /// Reason why a client of the old schema may fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    breaks: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    breaking: bool,
    changes: &'a [Difference],
}

/// Returns exit code 0 if no change breaks a client, and 1 otherwise.
pub(crate) fn run(arguments: &Arguments, json: bool) -> ExitResult {
    let [old, new] = [&arguments.old, &arguments.new].map(
        |path| -> Result<String, Box<dyn std::error::Error>> {
            Ok(sdl::print(folder::merge(folder::parse(
                &read(path)?,
                path,
            )?)?))
        },
    );
    let differences = between(&old?, &new?)?;
    let breaking = differences
        .iter()
        .any(|difference| difference.breaks.is_some());
    let text = if json {
        let answer = Answer {
            breaking,
            changes: &differences,
        };
        serde_json::to_string_pretty(&answer)? + "\n"
    } else {
        describe(&differences)
    };
    write(None, &text)?;
    Ok(if breaking {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Returns all differences, breaking ones first.
fn between(old: &str, new: &str) -> Result<Vec<Difference>, Box<dyn std::error::Error>> {
    let changes = graphql_schema_diff::diff(old, new)?;
    let inputs = breaks::input_types(old, new);
    let mut differences: Vec<Difference> = changes
        .iter()
        .filter_map(|change| difference(change, old, new, &inputs))
        .collect();
    differences.sort_by(|a, b| {
        (a.breaks.is_none(), &a.path, a.change).cmp(&(b.breaks.is_none(), &b.path, b.change))
    });
    Ok(differences)
}

fn difference(
    change: &Change,
    old: &str,
    new: &str,
    inputs: &BTreeSet<String>,
) -> Option<Difference> {
    let of = |sdl: &str, start: usize, end: usize| {
        sdl.get(start..end)
            .map(|it| it.trim_matches(['=', ',', ' ', '\n']).to_owned())
            .filter(|it| !it.is_empty())
    };
    let before = change
        .source_span
        .as_ref()
        .and_then(|span| of(old, span.start, span.end));
    let after = of(new, change.span.start, change.span.end);
    let is_input = change
        .path
        .split('.')
        .next()
        .is_some_and(|ty| inputs.contains(ty));
    let breaks = breaks::why(change.kind, is_input, before.as_deref(), after.as_deref());
    let (change_text, shows_both) = text(change.kind)?;
    let after = match change.kind {
        // The path contains the name.
        ChangeKind::AddFieldArgument => {
            after.and_then(|it| it.split_once(':').map(|(_, ty)| ty.trim().to_owned()))
        }
        _ => after.filter(|_| shows_both),
    };
    Some(Difference {
        path: change.path.clone(),
        change: change_text,
        old: before.filter(|_| shows_both),
        new: after,
        breaks,
    })
}

/// Returns a description of the change, and `true` if the old and new text add information.
fn text(kind: ChangeKind) -> Option<(&'static str, bool)> {
    use ChangeKind as Kind;
    Some(match kind {
        Kind::AddObjectType
        | Kind::AddUnion
        | Kind::AddEnum
        | Kind::AddScalar
        | Kind::AddInterface
        | Kind::AddInputObject => ("added type", false),
        Kind::RemoveObjectType
        | Kind::RemoveUnion
        | Kind::RemoveEnum
        | Kind::RemoveScalar
        | Kind::RemoveInterface
        | Kind::RemoveInputObject => ("removed type", false),
        Kind::AddField => ("added field", false),
        Kind::RemoveField => ("removed field", false),
        Kind::ChangeFieldType => ("changed type of field", true),
        Kind::AddFieldArgument => ("added argument", false),
        Kind::RemoveFieldArgument => ("removed argument", false),
        Kind::ChangeFieldArgumentType => ("changed type of argument", true),
        Kind::AddFieldArgumentDefault => ("added default of argument", true),
        Kind::RemoveFieldArgumentDefault => ("removed default of argument", true),
        Kind::ChangeFieldArgumentDefault => ("changed default of argument", true),
        Kind::AddEnumValue => ("added enum value", false),
        Kind::RemoveEnumValue => ("removed enum value", false),
        Kind::AddUnionMember => ("added union member", false),
        Kind::RemoveUnionMember => ("removed union member", false),
        Kind::AddInterfaceImplementation => ("added interface", false),
        Kind::RemoveInterfaceImplementation => ("removed interface", false),
        Kind::AddDirectiveDefinition => ("added directive", false),
        Kind::RemoveDirectiveDefinition => ("removed directive", false),
        Kind::AddDirective => ("added use of directive", true),
        Kind::RemoveDirective => ("removed use of directive", true),
        Kind::ChangeQueryType => ("changed query type", true),
        Kind::ChangeMutationType => ("changed mutation type", true),
        Kind::ChangeSubscriptionType => ("changed subscription type", true),
        Kind::AddSchemaDefinition => ("added schema definition", false),
        Kind::RemoveSchemaDefinition => ("removed schema definition", false),
        Kind::ChangeDescription => ("changed description", false),
        // Extensions are merged into their definitions before two schemas are compared.
        Kind::AddSchemaExtension | Kind::RemoveSchemaExtension => return None,
    })
}

fn describe(differences: &[Difference]) -> String {
    if differences.is_empty() {
        return "the two schemas are the same\n".to_owned();
    }
    let mut text = String::new();
    for difference in differences {
        let mark = if difference.breaks.is_some() {
            "BREAKS"
        } else {
            "      "
        };
        let _ = write!(text, "{mark} {} {}", difference.change, difference.path);
        match (&difference.old, &difference.new) {
            (Some(old), Some(new)) => drop(write!(text, ": {old} -> {new}")),
            (Some(one), None) | (None, Some(one)) => drop(write!(text, ": {one}")),
            (None, None) => {}
        }
        if let Some(reason) = difference.breaks {
            let _ = write!(text, "\n         {reason}");
        }
        text.push('\n');
    }
    let breaking = differences
        .iter()
        .filter(|difference| difference.breaks.is_some())
        .count();
    let _ = writeln!(
        text,
        "{} changes, {breaking} of them breaking",
        differences.len()
    );
    text
}
