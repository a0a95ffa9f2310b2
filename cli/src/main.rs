//! `wikijs`: pages, files and administration of a Wiki.js 2.x wiki on the command line.
//!
//! Each noun is a module of [`commands`]. A command receives a [`Context`], calls the client and prints with
//! [`Output`](output::Output). Every error becomes a [`Failure`], which has the exit code.

#![allow(
    clippy::format_push_string,
    reason = "the strings are short, and `write!` to a string never fails"
)]
#![allow(
    clippy::similar_names,
    reason = "`content` and `context` are the usual terms"
)]
#![allow(
    clippy::single_match_else,
    reason = "a match shows both cases side by side"
)]

mod arguments;
mod bulk;
mod commands;
mod complete;
mod config;
mod context;
mod credentials;
mod diff;
mod failure;
mod output;
mod pager;
mod schema;
mod target;

use std::{
    future::Future,
    io::{self, Write as _},
    process::ExitCode,
};

use crate::{
    arguments::{Cli, Command},
    context::Context,
    failure::{Failure, Result},
};

fn main() -> ExitCode {
    complete::complete_and_exit();
    let Cli { global, command } = Cli::of_process();
    let context = Context::new(global);
    let result = match command {
        Command::Schema(command) => return schema::run(&command, &context),
        Command::Completions(arguments) => arguments.run(&context),
        Command::Man(arguments) => arguments.run(&context),
        command => run(&context, command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if failure.has_message() {
                // Ignores a closed standard error, since there is no other channel for the message.
                let _ = writeln!(io::stderr(), "{failure}");
            }
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// Runs a command that needs a runtime, and ends it cleanly on Ctrl-C.
fn run(context: &Context, command: Command) -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let result = until_interrupted(context, Box::pin(execute(context, command))).await;
        let closed = context.close().await;
        result.and(closed)
    })
}

async fn until_interrupted(context: &Context, work: impl Future<Output = Result>) -> Result {
    tokio::select! {
        // The handler of Ctrl-C is installed before the work, which may wait for a pager or an editor.
        biased;
        signal = tokio::signal::ctrl_c() => {
            signal?;
            if !context.is_following() {
                context.output.message("\ninterrupted; waiting for requests in flight, Ctrl-C again to quit");
            }
            tokio::spawn(async {
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(failure::Exit::Unknown as i32);
                }
            });
            Err(context.interrupted())
        }
        result = work => result,
    }
}

async fn execute(context: &Context, command: Command) -> Result {
    match command {
        Command::Login(arguments) => arguments.run(context).await,
        Command::Logout(arguments) => arguments.run(context),
        Command::Whoami(arguments) => arguments.run(context).await,
        Command::Check(arguments) => arguments.run(context).await,
        Command::Page(command) => command.run(context).await,
        Command::Search(arguments) => arguments.run(context).await,
        Command::Asset(command) => command.run(context).await,
        Command::Tag(command) => command.run(context).await,
        Command::Comment(command) => command.run(context).await,
        Command::User(command) => command.run(context).await,
        Command::Group(command) => command.run(context).await,
        Command::ApiKey(command) => command.run(context).await,
        Command::Export(arguments) => arguments.run(context).await,
        Command::Import(arguments) => arguments.run(context).await,
        Command::Changes(arguments) => arguments.run(context).await,
        Command::Config(command) => command.run(context).await,
        Command::System(command) => command.run(context).await,
        Command::Log(arguments) => arguments.run(context).await,
        Command::Query(arguments) => arguments.run(context).await,
        Command::Fake(arguments) => arguments.run(context).await,
        Command::Schema(_) | Command::Completions(_) | Command::Man(_) => {
            Err(Failure::usage("this command needs no wiki"))
        }
    }
}
