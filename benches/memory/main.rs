//! Allocations of the client, and its peak memory.
//!
//! `cargo bench` runs this benchmark first, and the benchmark `speed` prints its rows. It is a separate program
//! because its allocator counts allocations, which slows it down.

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
    // A single thread makes the counts reproducible.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        direct::measure(&arguments, &mut report, &canned).await?;
        list::measure(&arguments, &mut report, &canned).await?;
        growth::measure(&arguments, &mut report, &canned).await
    })
}
