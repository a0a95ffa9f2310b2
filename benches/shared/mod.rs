//! Shared parts of the benchmarks: the servers, the two clients that are compared, and the report.
//!
//! `cargo bench` runs two programs: `memory`, whose allocator counts allocations, and `speed`, which uses the
//! default allocator, since counting would slow down each request. `memory` runs first and stores its rows,
//! and `speed` prints them together with its own.

pub(crate) mod arguments;
pub(crate) mod bare;
pub(crate) mod canned;
pub(crate) mod machine;
pub(crate) mod report;
pub(crate) mod rounds;
pub(crate) mod wiki;

/// Anything that stops a benchmark.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
