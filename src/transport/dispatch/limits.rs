//! Limits of the dispatcher: the rate of requests, the expected sizes of responses, and pauses without arrays.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use tokio::time::Instant;

use crate::task::lock;

/// Expected size of a response to an operation that has not been sent before.
const UNKNOWN_RESPONSE: usize = 64 * 1024;
/// Time for which no array is sent after the first rejection. Each further rejection doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(5 * 60);
const MAX_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Limits of requests and batches.
#[derive(Debug, Clone)]
pub(crate) struct BatchLimits {
    /// Maximum number of requests in flight.
    pub(crate) requests: Option<usize>,
    /// Maximum number of requests per second.
    pub(crate) requests_per_second: Option<f64>,
    /// Maximum number of queries in a batch; 1 without batching.
    pub(crate) operations: usize,
    /// Maximum size of a request body.
    pub(crate) request_bytes: usize,
    /// Maximum size of a response body after decompression.
    pub(crate) response_bytes: usize,
}

/// Rate limiter that spaces requests evenly over time.
#[derive(Debug)]
pub(super) struct RateLimiter {
    interval: Duration,
    /// The next point in time that is not reserved; `None` before the first request.
    next: Mutex<Option<Instant>>,
}

impl RateLimiter {
    pub(super) fn new(per_second: f64) -> Self {
        Self {
            // The interval of a tiny rate exceeds every duration.
            interval: Duration::try_from_secs_f64(per_second.recip()).unwrap_or(Duration::MAX),
            next: Mutex::new(None),
        }
    }

    /// Reserves the next point in time for a request.
    pub(super) fn reserve(&self) -> Instant {
        let mut next = lock(&self.next);
        let now = Instant::now();
        // Time that passes without requests is not saved up, since a burst would exceed the rate.
        let reserved = next.map_or(now, |next| next.max(now));
        *next = Some(reserved.checked_add(self.interval).unwrap_or(reserved));
        reserved
    }
}

/// Expected size of the response to each operation, estimated from earlier responses.
#[derive(Debug, Default)]
pub(super) struct ResponseSizes(HashMap<&'static str, usize>);

impl ResponseSizes {
    /// Updates the estimate with the size of a response.
    ///
    /// The estimate rises faster than it falls. One that is too high only costs an extra request, but one that is
    /// too low delays every operation of a batch.
    pub(super) fn learn(&mut self, operation: &'static str, bytes: usize) {
        self.0
            .entry(operation)
            .and_modify(|expected| {
                *expected = if bytes > *expected {
                    usize::midpoint(*expected, bytes)
                } else {
                    *expected - (*expected - bytes) / 8
                };
            })
            .or_insert(bytes);
    }

    /// Returns the expected size of the next response to an operation, in bytes.
    pub(super) fn expect(&self, operation: &str) -> usize {
        self.0.get(operation).copied().unwrap_or(UNKNOWN_RESPONSE)
    }
}

/// Pauses during which no array is sent, because the wiki or a proxy rejects arrays.
#[derive(Debug)]
pub(super) struct ArrayPauses {
    /// Number of running trials. See [`Trial`](super::exchange::Trial).
    trials: usize,
    paused_until: Duration,
    next_pause: Duration,
}

impl ArrayPauses {
    pub(super) fn new() -> Self {
        Self {
            trials: 0,
            paused_until: Duration::ZERO,
            next_pause: FIRST_PAUSE,
        }
    }

    /// Returns `true` if an array may be sent.
    pub(super) fn may_send(&self, now: Duration) -> bool {
        self.trials == 0 && now >= self.paused_until
    }

    /// Records that an array was accepted, which resets the length of the next pause.
    pub(super) fn accepted(&mut self) {
        self.next_pause = FIRST_PAUSE;
    }

    /// Begins a trial. No array is sent until it ends.
    pub(super) fn begin_trial(&mut self) {
        self.trials += 1;
    }

    /// Ends a trial. If arrays were rejected, a pause begins.
    pub(super) fn end_trial(&mut self, refused: bool, now: Duration) {
        self.trials = self.trials.saturating_sub(1);
        // A rejection during a pause belongs to an array that was already in flight, so it does not extend the pause.
        if refused && now >= self.paused_until {
            self.paused_until = now.saturating_add(self.next_pause);
            self.next_pause = (self.next_pause * 2).min(MAX_PAUSE);
        }
    }
}
