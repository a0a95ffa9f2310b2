//! The workspace's own commands.
//!
//! - `wikijs schema pull` prints the GraphQL schema of a Wiki.js as SDL, always in the same order;
//! - `wikijs schema diff` compares two schemas;
//! - `wikijs schema check` says which operations a wiki cannot run.
//!
//! Exit codes: 0 for yes, 1 for no, 2 where the question could not be answered.

mod breaks;
mod commands;
mod descriptions;
mod folder;
mod introspection;
mod live;
mod reachable;
mod sdl;
mod source;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(
    name = "wikijs",
    about = "Keeps wikijs-client in step with Wiki.js",
    version
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The GraphQL schema that the client is generated from.
    #[command(subcommand)]
    Schema(SchemaCommand),
}

#[derive(Debug, Subcommand)]
enum SchemaCommand {
    /// Reads a schema and writes it as sorted SDL.
    Pull(commands::pull::Arguments),
    /// Lists what changed from one SDL file to another; exit code 1 where something breaks a client.
    Diff(commands::diff::Arguments),
    /// Says which operations a wiki or schema cannot run; exit code 1 where there is one.
    Check(commands::check::Arguments),
}

fn main() -> ExitCode {
    let Command::Schema(command) = Arguments::parse().command;
    let outcome = match command {
        SchemaCommand::Pull(arguments) => commands::pull::run(&arguments),
        SchemaCommand::Diff(arguments) => commands::diff::run(&arguments),
        SchemaCommand::Check(arguments) => commands::check::run(&arguments),
    };
    outcome.unwrap_or_else(|error| commands::report(&*error))
}
