//! What the benchmarks share: the servers, the two sides that are compared, and the report.
//!
//! `cargo bench` runs two programs: `memory`, whose allocator counts, and `speed`, whose allocator does
//! not, since counting costs a share of what a request costs. `memory` comes first and leaves its rows
//! to `speed`, which prints all of them.

pub(crate) mod arguments;
pub(crate) mod bare;
pub(crate) mod canned;
pub(crate) mod machine;
pub(crate) mod report;
pub(crate) mod rounds;
pub(crate) mod wiki;

/// Anything that stops a benchmark.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
