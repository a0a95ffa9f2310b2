//! The command `wikijs-fake`: a Wiki.js in memory that runs until it is stopped.

mod options;

use clap::Parser as _;
use options::{EDITORS, Options, READERS};
use serde_json::json;
use std::error::Error;
use std::io::{self, Read as _, Write};
use std::process::ExitCode;
use tokio::sync::oneshot;
use wikijs_fake::FakeWiki;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    // The handlers are installed before the address is printed, because a reader of the address may send a signal.
    let signals = Signals::listen(options.until_stdin_closes)?;
    let builder = options.describe()?;
    let wiki = builder
        .try_start()
        .await
        .map_err(|error| options.explain(&error))?;
    wiki.set_faults(options.faults());
    if let Some(warning) = options.warning() {
        log(&format!("warning: {warning}"));
    }
    print(&mut io::stdout(), options, &wiki)?;
    signals.wait().await;
    log(&format!(
        "stopped after {} requests with {} operations",
        wiki.request_count(),
        wiki.operation_count()
    ));
    Ok(())
}

/// Writes a line to standard error. A failure has no other place to be reported.
fn log(line: &str) {
    let _ = writeln!(io::stderr(), "wikijs-fake: {line}");
}

/// Prints address and keys of the wiki, for people or as one line of JSON.
fn print(out: &mut impl Write, options: &Options, wiki: &FakeWiki) -> io::Result<()> {
    let (url, pages) = (wiki.url(), wiki.pages().len());
    let (editor, reader) = (wiki.key_for(EDITORS), wiki.key_for(READERS));
    let (email, password) = (FakeWiki::ADMIN_EMAIL, FakeWiki::ADMIN_PASSWORD);
    let version = wiki.version();
    if options.json {
        let line = json!({
            "url": url,
            "graphql": format!("{url}/graphql"),
            "port": wiki.address().port(),
            "api_key": wiki.api_key(),
            "editor_key": editor,
            "reader_key": reader,
            "administrator": {"email": email, "password": password},
            "version": version,
            "pages": pages,
        });
        writeln!(out, "{line}")?;
    } else {
        writeln!(
            out,
            "A Wiki.js {version} in memory with {pages} pages; Ctrl-C ends it.\n\n\
             URL:            {url}\n\
             GraphQL:        {url}/graphql\n\
             administrator:  {email}, password {password}\n\n\
             API key with full access:\n{}\n\n\
             API key of an editor:\n{editor}\n\n\
             API key of a reader:\n{reader}",
            wiki.api_key(),
        )?;
    }
    out.flush()
}

/// The events that end the wiki: Ctrl-C, the signal to terminate, or the end of standard input.
#[derive(Debug)]
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(not(unix))]
    interrupt: tokio::signal::windows::CtrlC,
    stdin: Option<oneshot::Receiver<()>>,
}

impl Signals {
    /// Starts to listen for the signals and, with `to_stdin`, for the end of standard input.
    fn listen(to_stdin: bool) -> io::Result<Self> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt())?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
            #[cfg(not(unix))]
            interrupt: tokio::signal::windows::ctrl_c()?,
            stdin: to_stdin.then(end_of_stdin),
        })
    }

    /// Waits for the first event.
    async fn wait(mut self) {
        let stdin = async {
            match self.stdin {
                // An error means that the thread has ended without a report.
                Some(end) => drop(end.await),
                None => std::future::pending().await,
            }
        };
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = stdin => {}
        }
        #[cfg(not(unix))]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            () = stdin => {}
        }
    }
}

/// Returns a receiver for the end of standard input. Other input is ignored.
fn end_of_stdin() -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 1024];
        while io::stdin().read(&mut buffer).is_ok_and(|length| length > 0) {}
        // An error means that the receiver was dropped.
        let _ = ended.send(());
    });
    end
}
