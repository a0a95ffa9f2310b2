//! A Wiki.js in memory that runs until it is told to stop: `wikijs-fake --help`.

mod announce;
mod options;
mod stop;

use clap::Parser as _;
use options::Options;
use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    // Before anybody learns the address, and may tell it to stop.
    let stop = stop::Signals::listen(options.until_stdin_closes)?;
    let builder = options.describe()?;
    let wiki = builder
        .try_start()
        .await
        .map_err(|error| options.explain(&error))?;
    wiki.set_faults(options.faults());
    if let Some(warning) = options.warning() {
        say(&format!("warning: {warning}"));
    }
    announce::tell(&mut io::stdout(), options, &wiki)?;
    stop.wait().await;
    say(&format!(
        "stopped after {} requests with {} operations",
        wiki.request_count(),
        wiki.operation_count()
    ));
    Ok(())
}

/// A line on standard error. Nobody is left to tell if that is closed.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "wikijs-fake: {line}");
}
