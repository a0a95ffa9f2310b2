//! The workspace's own commands.
//!
//! `wikijs schema pull` prints the GraphQL schema of a Wiki.js as SDL, always in the same order.

mod commands;
mod introspection;
mod sdl;

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
}

fn main() -> ExitCode {
    let Command::Schema(command) = Arguments::parse().command;
    let outcome = match command {
        SchemaCommand::Pull(arguments) => commands::pull::run(&arguments),
    };
    outcome.unwrap_or_else(|error| commands::report(&*error))
}
