//! The global allocator of this benchmark, which counts allocations of all threads.

use std::alloc::System;

use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait as _};
use stats_alloc::{INSTRUMENTED_SYSTEM, Stats, StatsAlloc};

#[global_allocator]
static HEAP: PeakMemAlloc<&StatsAlloc<System>> = PeakMemAlloc::new(&INSTRUMENTED_SYSTEM);

/// Returns the number of allocations and of allocated bytes since `before`. A reallocation counts the bytes that
/// it adds.
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

/// Returns the number of bytes that are allocated now.
pub(crate) fn alive() -> usize {
    let stats = stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Starts to measure the peak, relative to the bytes that are allocated now.
pub(crate) fn watch() {
    HEAP.reset_peak_memory();
}

/// Returns the peak of allocated bytes since [`watch`], without the bytes that were allocated before.
pub(crate) fn peak() -> usize {
    HEAP.get_peak_memory()
}
