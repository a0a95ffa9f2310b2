//! Speed of the client, compared with hand-written code for the same requests.
//!
//! `benches/RESULTS.md` has the results, and `cargo bench -- --help` lists the options.

#[path = "../shared/mod.rs"]
#[allow(dead_code, reason = "the other benchmark needs the rest of it")]
mod shared;

mod coalesced;
mod direct;
mod growth;
mod list;

use shared::{
    Result,
    arguments::{Arguments, HELP},
    canned::Canned,
    report::Report,
};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the result")]
fn main() -> Result<()> {
    let Some(arguments) = Arguments::read()? else {
        return Ok(());
    };
    let mut report = Report::open(&arguments)?;
    if !arguments.table {
        measure(&arguments, &mut report)?;
    }
    if report.is_empty() {
        println!("No measurement has this name.\n\n{HELP}");
    } else if arguments.markdown {
        println!("{}", report.markdown());
        eprintln!("{}", report.file().display());
    } else {
        println!("{}\n{}", report.table(), report.file().display());
    }
    Ok(())
}

fn measure(arguments: &Arguments, report: &mut Report) -> Result<()> {
    let canned = Canned::start()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        direct::measure(arguments, report, &canned).await?;
        coalesced::measure(arguments, report).await?;
        list::measure(arguments, report, &canned).await?;
        growth::measure(arguments, report, &canned).await
    })
}
