//! The command line as a whole.

use std::{
    io::{self, Write as _},
    process,
};

use clap::{
    Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};
use clap_complete::ArgValueCompleter;

use crate::{commands, complete, failure::EXIT_CODES, schema};

const ENVIRONMENT: &str = "\
Environment:
  WIKIJS_URL         address of the wiki
  WIKIJS_API_KEY     API key for it, from Administration > API Access
  WIKIJS_WIKI        name of the wiki in the configuration file
  WIKIJS_LOCALE      locale of paths without one
  WIKIJS_CONFIG_DIR  folder of config.toml and credentials.toml
  WIKIJS_STORE       place for new credentials: auto, keyring, file
  VISUAL, EDITOR     editor of `wikijs page edit`
  WIKIJS_PAGER       pager for output longer than the screen; before PAGER, and less; empty for none
  NO_COLOR           no colors

The wiki is the first of: --url, --wiki, WIKIJS_URL, WIKIJS_WIKI, the default of the
configuration file, its only wiki. WIKIJS_API_KEY is preferred to stored keys. If WIKIJS_URL is
set, the key is only sent to that wiki.";

/// Aliases of verbs, with names from other command-line programs.
const ALIASES: [(&str, &[&str]); 6] = [
    ("get", &["show", "view", "cat"]),
    ("list", &["ls"]),
    ("create", &["new"]),
    ("delete", &["rm"]),
    ("move", &["mv"]),
    ("copy", &["cp"]),
];

fn after_help() -> String {
    format!(
        "Examples:\n  \
         wikijs login https://wiki.example.com\n  \
         wikijs search install\n  \
         wikijs page get docs/install\n  \
         wikijs page edit https://wiki.example.com/en/docs/install\n  \
         wikijs page list --tag draft --quiet | wikijs page tag - --add archive\n  \
         wikijs export backup/\n\n{ENVIRONMENT}\n\n{EXIT_CODES}"
    )
}

/// Reads, edits and administers a Wiki.js 2.x wiki.
#[derive(Debug, Parser)]
#[command(name = "wikijs", version, after_help = after_help(), max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent switch"
)]
pub(crate) struct Global {
    /// Name of the wiki in the configuration file
    #[arg(long, short = 'w', global = true, value_name = "NAME", add = ArgValueCompleter::new(complete::wikis))]
    pub(crate) wiki: Option<String>,
    /// Address of the wiki
    #[arg(long, global = true, value_name = "URL", conflicts_with = "wiki")]
    pub(crate) url: Option<String>,
    /// Prints JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Prints only these fields, separated by commas; `author.name` is a nested field
    #[arg(long, global = true, value_name = "FIELDS")]
    pub(crate) fields: Vec<String>,
    /// Prints no messages and only the first column of a list
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Prints no colors, like NO_COLOR
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Prints long output without a pager
    #[arg(long, global = true)]
    pub(crate) no_pager: bool,
    /// Prints what would be written, and writes nothing
    #[arg(long, short = 'n', global = true)]
    pub(crate) dry_run: bool,
    /// Answers every question with yes
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Adds a wiki to the configuration and stores a key for it
    Login(commands::session::Login),
    /// Removes the stored key of a wiki
    Logout(commands::session::Logout),
    /// Shows the user or API key that the wiki recognizes
    Whoami(commands::session::Whoami),
    /// Checks that the wiki can be reached and accepts the credentials
    Check(commands::session::Check),
    /// Reads and writes pages
    #[command(subcommand)]
    Page(commands::page::Command),
    /// Searches pages; exit code 1 if nothing is found
    Search(commands::search::Search),
    /// Lists, uploads and downloads files
    #[command(subcommand)]
    Asset(commands::asset::Command),
    /// Lists, renames and deletes tags
    #[command(subcommand)]
    Tag(commands::tag::Command),
    /// Reads and writes comments of pages
    #[command(subcommand)]
    Comment(commands::comment::Command),
    /// Administers users
    #[command(subcommand)]
    User(commands::user::Command),
    /// Administers groups and their members
    #[command(subcommand)]
    Group(commands::group::Command),
    /// Administers API keys
    #[command(subcommand, name = "apikey")]
    ApiKey(commands::apikey::Command),
    /// Writes pages and files of the wiki into a folder, as Markdown with front matter
    Export(commands::transfer::Export),
    /// Imports a folder into the wiki: shows a plan, asks, and applies it
    Import(commands::transfer::Import),
    /// Lists changed pages
    Changes(commands::changes::Changes),
    /// Reads and changes settings of the wiki
    #[command(subcommand)]
    Config(commands::config::Command),
    /// Shows the version and the machine of the wiki
    #[command(subcommand)]
    System(commands::system::Command),
    /// Prints the wiki's log as it is written
    Log(commands::log::Log),
    /// Checks a GraphQL operation in a file against the schema and sends it
    Query(commands::query::Query),
    /// Reads and compares GraphQL schemas
    #[command(subcommand)]
    Schema(schema::Command),
    /// Runs a wiki in memory, for tests and first steps
    Fake(commands::fake::Fake),
    /// Prints a script that completes commands in a shell
    Completions(commands::manual::Completions),
    /// Writes man pages into a folder
    Man(commands::manual::Man),
}

/// Returns the definition of the command line, with aliases of verbs.
pub(crate) fn definition() -> clap::Command {
    fn with_aliases(command: clap::Command) -> clap::Command {
        let name = command.get_name().to_owned();
        let aliases = ALIASES.iter().find(|(verb, _)| *verb == name);
        let command = match aliases {
            Some((_, aliases)) => command.aliases(aliases.iter().copied()),
            None => command,
        };
        command.mut_subcommands(with_aliases)
    }
    Cli::command().mut_subcommands(with_aliases)
}

impl Cli {
    /// Parses the command line of the process, and exits for an error, `--help` and `--version`.
    pub(crate) fn of_process() -> Self {
        let matches = match definition().try_get_matches() {
            Ok(matches) => matches,
            Err(error) => {
                let word = error.get(ContextKind::InvalidSubcommand);
                let found = match (error.kind(), word) {
                    (ErrorKind::InvalidSubcommand, Some(ContextValue::String(word))) => {
                        commands_with(&definition(), "wikijs", word)
                    }
                    _ => Vec::new(),
                };
                if found.is_empty() {
                    error.exit();
                }
                // Ignores a closed standard error, since there is no other channel for the message.
                let _ = error.print();
                let _ = writeln!(io::stderr(), "\nDid you mean `{}`?", found.join("` or `"));
                process::exit(error.exit_code());
            }
        };
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// Returns the commands below `command` that end with a verb.
fn commands_with(command: &clap::Command, path: &str, verb: &str) -> Vec<String> {
    let mut found = Vec::new();
    for sub in command.get_subcommands() {
        let path = format!("{path} {}", sub.get_name());
        let is_it = sub.get_name() == verb || sub.get_all_aliases().any(|alias| alias == verb);
        if is_it && !sub.has_subcommands() {
            found.push(path.clone());
        }
        found.extend(commands_with(sub, &path, verb));
    }
    found
}

/// Splits `a,b` and repeated options into their parts.
pub(crate) fn comma_separated(values: &[impl AsRef<str>]) -> Vec<String> {
    values
        .iter()
        .flat_map(|value| value.as_ref().split(','))
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

    use clap::Command;

    use super::*;

    /// Commands that print a file in a format of its own.
    const WITHOUT_JSON: [&str; 2] = ["completions", "schema pull"];

    fn leaves(command: &Command, name: &str, all: &mut Vec<(String, Command)>) {
        for sub in command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help")
        {
            let name = format!("{name} {}", sub.get_name()).trim().to_owned();
            if sub.has_subcommands() {
                leaves(sub, &name, all);
            } else {
                all.push((name, sub.clone()));
            }
        }
    }

    fn commands() -> Vec<(String, Command)> {
        let mut all = Vec::new();
        leaves(&definition(), "", &mut all);
        all
    }

    fn transcripts() -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        files
            .iter()
            .map(|file| fs::read_to_string(file).unwrap())
            .collect()
    }

    #[test]
    fn the_command_line_is_consistent() {
        definition().debug_assert();
    }

    #[test]
    fn secrets_are_never_arguments() {
        for (name, command) in commands() {
            for argument in command.get_arguments() {
                let takes_a_value = argument.get_action().takes_values();
                let id = argument.get_id().as_str();
                let is_secret = ["password", "secret", "token", "api_key"]
                    .iter()
                    .any(|word| id.contains(word));
                assert!(!(takes_a_value && is_secret), "{name}: {id}");
            }
        }
    }

    #[test]
    fn every_command_has_an_example() {
        for (name, command) in commands() {
            let help = command.get_after_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            assert!(help.contains(&format!("wikijs {name}")), "{name}: {help}");
        }
    }

    #[test]
    fn every_command_has_a_transcript() {
        let transcripts = transcripts().concat();
        let lines: Vec<&str> = transcripts
            .lines()
            .filter(|line| line.starts_with("$ ") || line.starts_with("> "))
            .collect();
        let mut missing = BTreeSet::new();
        for (name, _) in commands() {
            let mut runs = lines
                .iter()
                .filter(|line| line.contains(&format!("wikijs {name}")));
            let with_json = WITHOUT_JSON.contains(&name.as_str())
                || runs.clone().any(|line| line.contains("--json"));
            if runs.next().is_none() || !with_json {
                missing.insert(name);
            }
        }
        assert!(
            missing.is_empty(),
            "without a transcript, or without one with --json: {missing:?}"
        );
    }

    #[test]
    fn docs_cli_matches_the_command_line() {
        let mut text = transcripts().concat();
        text +=
            "\n## All commands\n\nEach has `--help`, with examples.\n\n| command | |\n|---|---|\n";
        for (name, command) in commands() {
            let about = command
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default();
            let _ = writeln!(text, "| `wikijs {name}` | {about} |");
        }
        let _ = write!(
            text,
            "\n## Environment and exit codes\n\n```text\n{ENVIRONMENT}\n\n{EXIT_CODES}\n```\n"
        );
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
        if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
            fs::write(&file, &text).unwrap();
        }
        let written = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            written == text,
            "docs/cli.md: run the tests with UPDATE_TRANSCRIPTS=1"
        );
    }
}
