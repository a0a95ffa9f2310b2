//! What the client allocates, and how much of it is alive at once.
//!
//! The rows go into the table that the benchmark `speed` prints; `cargo bench` runs this one first. It
//! is a program of its own because its allocator counts.

#[path = "../shared/mod.rs"]
#[allow(dead_code, reason = "the other benchmark needs the rest of it")]
mod shared;

mod direct;
mod growth;
mod heap;
mod list;

use shared::{Result, arguments::Arguments, canned::Canned, report::Report};

fn main() -> Result<()> {
    let Some(arguments) = Arguments::read()?.filter(|arguments| !arguments.table) else {
        return Ok(());
    };
    let mut report = Report::open(&arguments)?;
    let canned = Canned::start()?;
    // One thread: what is counted is the same in each run.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        direct::measure(&arguments, &mut report, &canned).await?;
        list::measure(&arguments, &mut report, &canned).await?;
        growth::measure(&arguments, &mut report, &canned).await
    })
}
