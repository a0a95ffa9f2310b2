//! The allocator, which counts for all threads.

use std::alloc::System;

use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait as _};
use stats_alloc::{INSTRUMENTED_SYSTEM, Stats, StatsAlloc};

#[global_allocator]
static HEAP: PeakMemAlloc<&StatsAlloc<System>> = PeakMemAlloc::new(&INSTRUMENTED_SYSTEM);

/// Allocations, and bytes of them, since `before`. What grows in place counts by what is added.
pub(crate) fn allocated(before: Stats) -> (usize, usize) {
    let change = stats() - before;
    (
        change.allocations + change.reallocations,
        change.bytes_allocated,
    )
}

pub(crate) fn stats() -> Stats {
    INSTRUMENTED_SYSTEM.stats()
}

/// Bytes that are alive.
pub(crate) fn alive() -> usize {
    let stats = stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Begins to look for the most bytes that are alive beside those that are alive now.
pub(crate) fn watch() {
    HEAP.reset_peak_memory();
}

/// The most bytes that were alive at once beside those from before [`watch`].
pub(crate) fn peak() -> usize {
    HEAP.get_peak_memory()
}
