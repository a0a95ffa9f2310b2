//! Tests of exports and imports on fake wikis. Some also run on the wiki of `WIKIJS_TEST_URL`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::too_many_lines,
    reason = "tests"
)]

mod common;
mod disk;
mod folders;
mod guide;
mod plans;
mod properties;
mod scale;
#[allow(
    dead_code,
    unexpected_cfgs,
    unreachable_pub,
    reason = "the module is shared with the contract tests of the client"
)]
#[path = "../../../tests/contract/support.rs"]
mod support;
mod texts;
